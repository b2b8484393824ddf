"""The list of findings: where, what stands there, what is wrong, what should stand there."""

from collections.abc import Iterable
from typing import Any

import polars as pl

WRONG, DOUBTFUL = "错误", "提醒"
"""It cannot be used as it stands; it can, but somebody should look."""

FINDINGS: dict[str, Any] = {
    "sheet_no": pl.Int64,  # null: the file as a whole
    "row_number": pl.Int64,  # as a person sees it, from 1; null: the sheet as a whole
    "position": pl.Int64,  # column, from 0; null: the whole row
    "title": pl.String,  # Chinese title of the contract's column
    "code": pl.String,
    "severity": pl.String,  # WRONG, DOUBTFUL
    "blocks": pl.Boolean,  # the file should not be sent as it is
    "text": pl.String,  # the cell as it stood
    "reason": pl.String,  # Chinese: what is wrong
    "expected": pl.String,  # Chinese: what to write or do
    "hint": pl.String,  # Chinese: what differs from cell to cell: the nearest code, the other row
}
"""One row a finding."""


def none_found() -> pl.DataFrame:
    """Give a frame without findings."""
    return pl.DataFrame(schema=FINDINGS)


def found(*entries: dict[str, Any]) -> pl.DataFrame:
    """Give findings from mappings of `FINDINGS`; what is left out is null (`blocks`: no)."""
    rows = [{"blocks": False, **entry} for entry in entries]
    return pl.DataFrame(rows, schema=FINDINGS)


def conformed(frame: pl.DataFrame) -> pl.DataFrame:
    """Give `frame` with the columns of `FINDINGS`; what it lacks is null (`blocks`: no)."""
    return frame.select(
        (pl.col(name) if name in frame.columns else pl.lit(None)).cast(kind).alias(name)
        for name, kind in FINDINGS.items()
    ).with_columns(pl.col("blocks").fill_null(value=False))


def all_of(frames: Iterable[pl.DataFrame]) -> pl.DataFrame:
    """Give findings together, in the order of sheets, rows and columns."""
    return pl.concat([none_found(), *frames]).sort(
        "sheet_no", "row_number", "position", nulls_last=False, maintain_order=True
    )
