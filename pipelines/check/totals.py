"""Whether printed totals and counts agree with the rows: 合计 and 小计 rows, and the file's name.

A total covers the rows its words say: 小计, 本页合计 and a place's total those since the total
before, 合计 and 总计 all above it (all below, where it stands on top). Lists differ in what they
mean, so a printed number that agrees with any of these is taken as right; only what agrees with
none is a finding, with both numbers.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from pipelines.check.findings import DOUBTFUL, found
from pipelines.check.reading import Reading
from pipelines.contracts import Column, ColumnType
from pipelines.frames import conform, intake_schema
from pipelines.standardise.columns import standardise_column

_ADDED_UP = {ColumnType.AMOUNT, ColumnType.INTEGER, ColumnType.NUMBER}
_NOT_ADDED_UP = {"age", "serial"}
_GRAND = re.compile(r"^(?:总计|共计|累计|合计|总合计|全[县镇乡村]合计)")
_COUNT = re.compile(r"(?:共|计|[:：]|^)?\s*(\d{1,7})\s*(户|人|条|名|笔|行)")
_BARE = re.compile(r"^\d{1,7}(?:\.0+)?$")
_IN_NAME = re.compile(r"(\d+)\s*(人|户|条|名|笔|行)(?!民)")
_HOUSEHOLD = ("household_id", "head_id_number", "head_name")


@dataclass(frozen=True)
class _Total:
    """One row of totals: where it stands and the spans of rows it may cover."""

    row: int
    cells: dict[int, str]
    spans: tuple[tuple[int, int], ...]
    """First and last row number, the likeliest first."""


def total_findings(reading: Reading) -> pl.DataFrame:
    """Give printed sums and counts that agree with none of the spans they may stand for."""
    totals = list(_totals(reading))
    if not totals:
        return found()
    printed = _printed(reading, totals)
    entries: list[dict[str, Any]] = []
    for number, total in enumerate(totals):
        for name, column in _summed(reading).items():
            entries += _sum_entries(reading, total, column, printed[name][number])
        entries += _count_entries(reading, total)
    return found(*entries)


def _totals(reading: Reading) -> Iterator[_Total]:
    rows = reading.sheet.total_rows
    cells = reading.raw.cells
    first = reading.sheet.header_rows[1] + 1
    last = cells.height
    before = first
    for row in rows:
        texts = {
            int(c): t.strip()
            for c, t in cells.row(row - 1, named=True).items()
            if t is not None and t.strip()
        }
        label = re.sub(r"\s", "", next(iter(texts.values()), ""))
        since, above, all_rows = (before, row - 1), (first, row - 1), (first, last)
        order = (above, since) if _GRAND.match(label) else (since, above)
        on_top = reading.records["row_number"].is_between(first, row - 1).sum() == 0
        spans = (all_rows,) if on_top else (*order, all_rows)
        yield _Total(row, texts, tuple(dict.fromkeys(spans)))
        before = row + 1


def _summed(reading: Reading) -> dict[str, Column]:
    return {
        name: column
        for name, column in reading.contract.columns.items()
        if column.type in _ADDED_UP and name in reading.positions and name not in _NOT_ADDED_UP
    }


def _printed(reading: Reading, totals: Sequence[_Total]) -> dict[str, list[float | None]]:
    """Give each column's printed totals as values in the column's unit."""
    columns = _summed(reading)
    rows = pl.DataFrame(
        {
            name: pl.Series([t.cells.get(reading.positions[name]) for t in totals], dtype=pl.String)
            for name in columns
        }
    ).pipe(conform, intake_schema(reading.contract))
    return {
        name: standardise_column(rows, column, reading.sheet.units.get(name))[0][name].to_list()
        for name, column in columns.items()
    }


def _sum_entries(
    reading: Reading, total: _Total, column: Column, printed: float | None
) -> Iterator[dict[str, Any]]:
    if printed is None:
        return
    position = reading.positions[column.name]
    text = total.cells[position]
    off = _rounding(text, printed)
    sums = [_sum(reading, column, span) for span in total.spans]
    rows = [_rows_in(reading, span).height for span in total.spans]
    if any(abs(s - printed) <= off for s in (*sums, *rows)):
        return  # the count of rows is often printed below a column of numbers
    (first, last), likeliest = total.spans[0], sums[0]
    lost = reading.clean.quarantine.filter(
        (pl.col("column_name") == column.name) & pl.col("row_number").is_between(first, last)
    ).height
    aside = f"，其中 {lost} 格不能用，没有计入" if lost else ""
    yield {
        "sheet_no": reading.sheet.sheet_no,
        "row_number": total.row,
        "position": position,
        "title": column.title,
        "code": "total_differs",
        "severity": DOUBTFUL,
        "text": text,
        "reason": "合计与各行相加的数不一致",
        "expected": "请核对合计和各行，确认没有缺行",
        "hint": f"写 {_shown(printed)}，第 {first} 至 {last} 行相加得 {_shown(likeliest)}{aside}",
    }


def _rounding(text: str, printed: float) -> float:
    """Give half of the last digit that is printed, in the column's unit."""
    plain = re.sub(r"[,，\s]", "", text)
    number = re.search(r"\d+(?:\.(\d+))?", plain)
    if number is None or not printed:
        return 0.05
    scale = abs(printed) / max(float(number[0]), 1e-9)
    return max(0.05, 0.51 * scale * 10 ** -len(number[1] or "")) if scale > 1 else 0.05


def _rows_in(
    reading: Reading, span: tuple[int, int], rows: pl.DataFrame | None = None
) -> pl.DataFrame:
    """Give the accepted rows of a span, or those of `rows`."""
    source = reading.clean.frame if rows is None else rows
    return source.filter(pl.col("row_number").is_between(*span))


def _sum(reading: Reading, column: Column, span: tuple[int, int]) -> float:
    return float(_rows_in(reading, span)[column.name].sum() or 0)


def _count_entries(reading: Reading, total: _Total) -> Iterator[dict[str, Any]]:
    """Compare counts (213人, 50 户, a bare number under a column of words) with the rows."""
    meanings = {at: name for name, at in reading.positions.items()}
    for position, text in total.cells.items():
        name = meanings.get(position)
        if name in _summed(reading) or name in _NOT_ADDED_UP:
            continue
        said = _COUNT.search(text)
        if said is None and not (name in {"name", "id_number"} and _BARE.match(text)):
            continue
        printed = int(said[1]) if said else int(float(text))
        unit = said[2] if said else "人"
        frames = [
            rows
            for span in total.spans
            for rows in (_rows_in(reading, span, reading.records), _rows_in(reading, span))
        ]
        if any(printed in counts(frame) for frame in frames):
            continue
        (first, last), rows = total.spans[0], counts(frames[0])[unit == "户"]
        yield {
            "sheet_no": reading.sheet.sheet_no,
            "row_number": total.row,
            "position": position,
            "title": reading.contract.columns[name].title if name else None,
            "code": "count_differs",
            "severity": DOUBTFUL,
            "text": text,
            "reason": "合计写的数目与读到的行数不一致",
            "expected": "请核对是否缺行或多行",
            "hint": f"写 {printed} {unit}，第 {first} 至 {last} 行读到 {rows} {unit}",
        }


def counts(frame: pl.DataFrame) -> tuple[int, int]:
    """Give the number of rows and of households (of rows, where nothing tells households)."""
    key = next((k for k in _HOUSEHOLD if k in frame.columns and frame[k].count()), None)
    return frame.height, frame[key].drop_nulls().n_unique() if key else frame.height


def count_in_name(path: Path, readings: Sequence[Reading]) -> pl.DataFrame:
    """Give a finding where the file's name tells a count that its rows do not have."""
    said = _IN_NAME.search(path.stem)
    datasets = {reading.contract.dataset for reading in readings}
    if said is None or len(datasets) != 1:
        return found()
    both = [counts(reading.records) for reading in readings]
    rows, households = sum(r for r, _ in both), sum(h for _, h in both)
    if int(said[1]) in {rows, households, sum(r.accepted for r in readings)}:
        return found()
    shown = f"{households} 户（{rows} 行）" if said[2] == "户" else f"{rows} 行"
    return found(
        {
            "code": "name_count_differs",
            "severity": DOUBTFUL,
            "text": path.name,
            "reason": f"文件名写 {said[0]}，读到 {shown}",
            "expected": "请核对文件是否完整",
        }
    )


def _shown(number: float) -> str:
    return f"{number:,.2f}".rstrip("0").rstrip(".")
