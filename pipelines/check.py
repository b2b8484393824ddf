"""How one file would be read, said before it is sent (``bidui check``). Writes nothing."""

import datetime as dt
import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from pipelines.contracts import Contract, Contracts
from pipelines.frames import conform, intake_schema
from pipelines.intake.archive import file_hash
from pipelines.intake.as_of import date_in_name
from pipelines.intake.cells import column_letters
from pipelines.intake.masking import masked_numbers
from pipelines.intake.parsed import ParsedFile
from pipelines.intake.places import department_of
from pipelines.intake.protected import Readers
from pipelines.intake.recognition import ParsedSheet
from pipelines.standardise.standardise import standardise

_EXAMPLES = 3
_COUNT_IN_NAME = re.compile(r"(\d+)\s*(?:人|户|条|名|笔|行)(?!民)")
_STATUS = {
    "read": "可以读取",
    "unrecognised": "未识别",
    "hidden": "隐藏，不读取",
    "empty": "空表",
    "refused": "无法打开",
}


@dataclass(frozen=True)
class Report:
    """How a file would be read."""

    text: str
    """Chinese, for the clerk."""
    readable: bool
    """Whether every visible sheet with content was recognised."""


def check_file(path: Path, contracts: Contracts, department: str) -> Report:
    """Say how `path`, sent by `department` (id or Chinese name), would be read.

    Args:
        path: The file.
        contracts: All contracts.
        department: Department id or the name of its folder.
    """
    known = department_of(department, contracts)
    if known is None:
        names = "、".join(f"{d}（{t}）" for d, t in contracts.departments.items())
        return Report(f"没有部门“{department}”；请写其中之一：{names}。", readable=False)
    with tempfile.TemporaryDirectory() as folder, Readers(contracts, Path(folder)) as readers:
        parsed = readers.read(path, file_hash(path), known)
        return _report(path, parsed, contracts, known)


def _report(path: Path, parsed: ParsedFile, contracts: Contracts, known: str) -> Report:
    lines = [f"文件 {path.name}（部门：{contracts.departments[known]}）", _date_line(path, parsed)]
    for sheet in parsed.sheets:
        lines += ["", *_sheet_lines(sheet, parsed, contracts, path)]
    bad = any(s.status in {"refused", "unrecognised"} for s in parsed.sheets)
    some = any(s.status == "read" for s in parsed.sheets)
    readable = some and not bad
    verdict = "可以报送。" if readable else "请按上面的提示修改后再报送。"
    return Report("\n".join([*lines, "", verdict]), readable)


def _date_line(path: Path, parsed: ParsedFile) -> str:
    if named := date_in_name(path.name):
        return f"截至日期：{named}（取自文件名）"
    titled = next((s.title_date for s in parsed.sheets if s.title_date), None)
    if titled:
        return f"截至日期：{titled}（取自标题行）"
    return (
        "截至日期：文件名和标题行中都没有日期，将按收到的日期计；建议在文件名中写明，如 20210831。"
    )


def _sheet_lines(
    sheet: ParsedSheet, parsed: ParsedFile, contracts: Contracts, path: Path
) -> Iterator[str]:
    place = "、".join(
        part
        for part in (
            f"压缩包内“{sheet.member}”" if sheet.member else "",
            f"工作表“{sheet.sheet}”" if sheet.sheet else "",
        )
        if part
    )
    yield f"【{place or '内容'}】{_STATUS[sheet.status]}：{sheet.message}"
    yield from _header_lines(sheet, contracts)
    if sheet.dataset is None or sheet.status != "read":
        return
    yield from _row_lines(sheet, parsed, contracts[sheet.dataset])
    counted = _COUNT_IN_NAME.search(path.stem)
    if counted and sheet.rows_accepted != int(counted[1]) and len(parsed.sheets) == 1:
        yield (
            f"  注意：文件名写 {counted[0]}，读到 {sheet.rows_accepted} 行；请核对文件是否完整。"
        )


def _header_lines(sheet: ParsedSheet, contracts: Contracts) -> Iterator[str]:
    """Say for each header cell what it was taken for."""
    if not sheet.header:
        return
    dataset = sheet.dataset or sheet.likeliest
    contract = contracts[dataset] if dataset else None
    yield "  表头："
    for cell in sheet.header:
        letters, meaning = column_letters(cell["position"]), _meaning(cell, contract, sheet)
        yield f"    {letters} 列“{cell['text']}” {meaning}"


def _meaning(cell: dict[str, Any], contract: Contract | None, sheet: ParsedSheet) -> str:
    if cell["column"]:
        title = contract.columns[cell["column"]].title if contract else cell["column"]
        unit = sheet.units.get(cell["column"])
        sure = f"（按字面和内容认作，把握 {cell['certainty']:.0%}）" if cell["certainty"] else ""
        return f"→ {title}{sure}" + (f"（单位：{unit}）" if unit else "")
    if cell["guess"]:
        guess = cell["guess"]
        title = contract.columns[guess["column"]].title if contract else guess["column"]
        samples = f"；样例：{'、'.join(guess['samples'])}" if guess["samples"] else ""
        return f"→ 可能是 {title}（把握 {guess['certainty']:.0%}），待确认{samples}"
    if cell["repeats"]:
        title = contract.columns[cell["repeats"]].title if contract else cell["repeats"]
        return f"→ 与另一列重复（{title}），不使用，原文保留"
    return "→ 不使用（序号、备注类）" if cell["ignored"] else "→ 未认出，不使用，原文保留"


def _row_lines(sheet: ParsedSheet, parsed: ParsedFile, contract: Contract) -> Iterator[str]:
    """Say how many rows and cells can be used, and the first examples of those that cannot."""
    rows = parsed.frames.rows(sheet.sheet_no)
    records = rows.with_columns(
        record_id=pl.concat_str(pl.lit(f"{sheet.sheet_no}-"), pl.col("row_number").cast(pl.String)),
        sheet=pl.lit(sheet.sheet),
        as_of=pl.lit(dt.date.fromisoformat(sheet.title_date) if sheet.title_date else None),
    ).pipe(conform, intake_schema(contract))
    clean = standardise(records, contract, None, sheet.units)
    whole = clean.quarantine.filter(pl.col("scope") == "row")
    yield f"  行：接收 {clean.frame.height}，搁置 {whole['record_id'].n_unique()}"
    yield from _reason_lines(clean.quarantine, contract)
    yield from _duplicate_lines(records, contract)


def _reason_lines(quarantine: pl.DataFrame, contract: Contract) -> Iterator[str]:
    grouped = (
        quarantine.group_by("scope", "column_name", "reason_code")
        .agg(
            pl.len().alias("count"),
            pl.col("reason").first(),
            pl.col("row_number").head(_EXAMPLES),
            pl.col("raw_value").head(_EXAMPLES),
        )
        .sort(["scope", "count"], descending=True)
    )
    for group in grouped.iter_rows(named=True):
        column = group["column_name"]
        title = contract.columns[column].title if column in contract.columns else ""
        what = "整行搁置" if group["scope"] == "row" else "单元格不使用"
        where = f"（{title}）" if title else ""
        yield f"  {what} {group['count']} 处{where}：{masked_numbers(group['reason'])}"
        for row, value in zip(group["row_number"], group["raw_value"], strict=True):
            shown = "空白" if value is None else f"“{masked_numbers(value)}”"
            yield f"    例：第 {row} 行，{shown}"


def _duplicate_lines(records: pl.DataFrame, contract: Contract) -> Iterator[str]:
    keys = [k for k in contract.key if records[k].null_count() < records.height]
    if not keys:
        return
    again = records.filter(pl.any_horizontal(pl.col(k).is_not_null() for k in keys)).filter(
        pl.struct(keys).is_duplicated()
    )
    if again.height:
        titles = "、".join(contract.columns[k].title for k in keys)
        rows = "、".join(str(r) for r in again["row_number"].head(6))
        yield f"  重复：{again.height} 行的{titles}相同（第 {rows} 行等）；都会保留，请核对。"
