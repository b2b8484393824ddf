"""What a list itself says of its size: the rows of sums, and the number in its file's name.

Both are kept as they stand. Whether they agree with the rows is asked once the rows have values
(`pipelines.standardise.totals`): a file that broke off, or that lost rows, shows there (DOMAIN C2,
6 and 17).
"""

import json
import re
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any

import polars as pl

from pipelines.frames import STATED, conform, empty
from pipelines.intake.kept import ParsedSheet

_IN_NAME = re.compile(
    r"(?<![\d./年月])(?<!(?<!\d)\d[\-_])(?<!(?<!\d)\d\d[\-_])(\d{1,7})\s*(?:人(?![民数均口员事社力才])|户(?![数均口籍主型别])"
    r"|名(?![册单录称字])|行(?![政业动程])|条(?![件例])|笔)"
)
"""608人 and 20210825-18人, but not the day in 8.24行政区划, 8-24户 or 8月24人员名单."""


def stated_in_sheet(parsed: ParsedSheet, sheet: Mapping[str, Any]) -> pl.DataFrame:
    """Give the cells of a sheet's rows of sums (STATED).

    Args:
        parsed: The sheet as it was read.
        sheet: ``file_id``, ``path``, ``sheet`` and ``sheet_no``.
    """
    if not parsed.totals or not parsed.header_rows:
        return empty(STATED)
    meaning = {cell["position"]: cell["column"] for cell in parsed.header}
    words = {cell["position"]: cell["text"] for cell in parsed.header}
    rows = []
    for total in parsed.totals:
        cells = {int(at): text for at, text in total["cells"].items()}
        raw = {words.get(at) or f"列{at + 1}": text for at, text in cells.items()}
        rows += [
            {
                "record_id": f"{sheet['file_id'][:16]}-{sheet['sheet_no']}-{total['row']}",
                "row_number": total["row"],
                "first_row": parsed.header_rows[1] + 1,
                "last_row": parsed.rows_read,
                "label": next(iter(cells.values())),
                "column_name": meaning.get(at),
                "text": text,
                "raw_row": json.dumps(raw, ensure_ascii=False),
            }
            for at, text in cells.items()
        ]
    return (
        pl.DataFrame(rows, schema_overrides={"column_name": pl.String})
        .with_columns(pl.lit(sheet[name]).alias(name) for name in ("file_id", "path", "sheet"))
        .pipe(conform, STATED)
    )


def stated_in_name(path: str, file_id: str) -> pl.DataFrame:
    """Give the number of rows that a file's name tells (608人), as STATED without a row."""
    name = PurePosixPath(path).name
    found = _IN_NAME.search(PurePosixPath(name).stem)
    if found is None:
        return empty(STATED)
    raw = json.dumps({"文件名": name}, ensure_ascii=False)
    entry = {"file_id": file_id, "path": path, "text": found[0], "raw_row": raw}
    return pl.DataFrame([entry]).pipe(conform, STATED)
