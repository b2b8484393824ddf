"""Whether what a list says of its own size agrees with its rows (DOMAIN C2, 6 and 17).

Its rows of sums (合计, 小计) and the number in its file's name may be of money or of rows. A sum
covers the rows its words say: 小计 and a place's those since a sum before, 合计 all above it, all
below where it stands on top. Lists differ in what they mean, so a printed number that agrees with
any of these is taken as right; only what agrees with none is asked about, with both numbers.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from pipelines import frames
from pipelines.contracts import Column, ColumnType, Contract
from pipelines.standardise.columns import standardise_column

SIZES = {
    "total_differs": "合计与各行相加的数不一致",
    "count_differs": "合计写的数目与读到的行数不一致",
    "name_count_differs": "文件名写的数目与读到的行数不一致",
}
"""Reason code to what it means."""

_ADDED_UP = {ColumnType.AMOUNT, ColumnType.INTEGER, ColumnType.NUMBER}
_NOT_ADDED_UP = {"age", "serial"}
_GRAND = re.compile(r"^(?:总计|共计|累计|合计|总合计|全[县镇乡村]合计)")
_COUNT = re.compile(r"(?:共|计|[:：]|^)?\s*(\d{1,7})\s*(户|人|条|名|笔|行|个)(?!民)")
_BARE = re.compile(r"^\d{1,7}(?:\.0+)?$")
_COUNTED = {ColumnType.NAME, ColumnType.ID_NUMBER}
_HOUSEHOLD = ("household_id", "head_id_number", "head_name")
_LEAST_OFF = 0.05
_LIKELY_SPANS = 3
"""Spans of which households are counted: that is dear, and houses seldom have sums of sums."""

_Numbers = npt.NDArray[np.float64]
_Rows = npt.NDArray[np.int64]


def size_doubts(
    records: pl.DataFrame, stated: pl.DataFrame, contract: Contract, units: Mapping[str, str]
) -> pl.DataFrame:
    """Give the printed sums and counts that agree with none of the rows they may stand for.

    Args:
        records: The list as its department wrote it (`frames.intake_schema`), every row of it.
        stated: What it says of its size (STATED).
        contract: The dataset.
        units: Column to the unit its header names, as for `standardise`.

    Returns:
        `frames.QUARANTINE`, scope ``flag``.
    """
    entries: list[dict[str, Any]] = []
    in_rows = stated.filter(pl.col("row_number").is_not_null())
    if in_rows.height:
        values = _valued(records, in_rows, contract, units)
        # By the sheet's number: lists side by side bear the same name.
        place = ["path", "sheet_no"]
        number = pl.col("record_id").str.split("-").list.get(1).alias("sheet_no")
        of_sheet = records.select("path", number, pl.int_range(pl.len()).alias("at")).partition_by(
            place, as_dict=True
        )
        by_sheet = in_rows.with_columns(number).partition_by(
            place, as_dict=True, maintain_order=True
        )
        for key, said in by_sheet.items():
            if key in of_sheet:
                sheet = _Sheet.of(records, values, of_sheet[key]["at"], contract)
                entries += _sheet_entries(sheet, said, values, contract)
    for named in stated.filter(pl.col("row_number").is_null()).iter_rows(named=True):
        own = records.filter(pl.col("path") == named["path"])
        entries += _name_entries(own, named, contract)
    found = pl.DataFrame(
        entries, schema_overrides={"column_name": pl.String}, infer_schema_length=None
    )
    return found.with_columns(scope=pl.lit("flag"), dataset=pl.lit(contract.dataset)).pipe(
        frames.conform, frames.QUARANTINE
    )


@dataclass(frozen=True)
class _Values:
    """A column's values: of all records, and of the printed sums by record id."""

    of_records: pl.Series
    written: pl.Series
    """Whether the record's cell says anything."""
    printed: Mapping[str, float]


def _valued(
    records: pl.DataFrame, stated: pl.DataFrame, contract: Contract, units: Mapping[str, str]
) -> dict[str, _Values]:
    """Read the columns for which a sum is printed, and the sums in the same way."""
    found = {}
    for name in stated["column_name"].drop_nulls().unique().sort():
        column = contract.columns[name]
        if column.type not in _ADDED_UP or name in _NOT_ADDED_UP:
            continue
        sums = stated.filter(pl.col("column_name") == name)
        printed = _values(sums.select(pl.col("text").alias(name)), column, units.get(name))
        found[name] = _Values(
            _values(records, column, units.get(name)),
            records[name].is_not_null(),
            {
                record: value
                for record, value in zip(sums["record_id"], printed, strict=True)
                if value is not None
            },
        )
    return found


def _values(records: pl.DataFrame, column: Column, unit: str | None) -> pl.Series:
    frame, _ = standardise_column(records, column, unit)
    return frame[column.name].cast(pl.Float64)


@dataclass(frozen=True)
class _Sheet:
    """The records of one sheet in the order of their rows."""

    rows: _Rows
    sums: Mapping[str, _Numbers]
    """Column to the sum of the first n records, n from 0."""
    lost: Mapping[str, _Numbers]
    """Column to how many of the first n records have a cell that is no number."""
    usable: _Numbers
    """How many of the first n records have what the list must have."""
    households: pl.Series | None
    """What tells households apart."""

    @classmethod
    def of(
        cls, records: pl.DataFrame, values: Mapping[str, _Values], at: pl.Series, contract: Contract
    ) -> "_Sheet":
        rows = records["row_number"].gather(at)
        order = rows.arg_sort()
        own = records[at.gather(order)]
        must = [pl.col(c.name).is_not_null() for c in contract.columns.values() if c.required]
        has_all = own.select(pl.all_horizontal(must or [True]).alias("all"))["all"]
        key = next((k for k in _HOUSEHOLD if k in own.columns and own[k].count()), None)
        taken = {name: v.of_records.gather(at).gather(order) for name, v in values.items()}
        lost = {
            name: v.written.gather(at).gather(order) & taken[name].is_null()
            for name, v in values.items()
        }
        return cls(
            rows=rows.gather(order).to_numpy(),
            sums={name: _running(v.fill_null(0)) for name, v in taken.items()},
            lost={name: _running(v) for name, v in lost.items()},
            usable=_running(has_all),
            households=own[key] if key else None,
        )

    def within(self, spans: _Rows) -> _Rows:
        """Give the first record of each span and the one behind its last, as places from 0."""
        places: _Rows = np.searchsorted(self.rows, spans + np.array([0, 1]))
        return places

    def households_in(self, first: int, last: int) -> int:
        """Count households of the records from `first` to before `last`; else the records."""
        if self.households is None:
            return last - first
        return self.households.slice(first, last - first).drop_nulls().n_unique()


def _running(values: pl.Series) -> _Numbers:
    return np.concatenate([[0.0], np.cumsum(values.cast(pl.Float64).to_numpy())])


def _sheet_entries(
    sheet: _Sheet, said: pl.DataFrame, values: Mapping[str, _Values], contract: Contract
) -> Iterator[dict[str, Any]]:
    totals = said["row_number"].unique().sort().to_numpy()
    for cell in said.sort("row_number").iter_rows(named=True):
        name = cell["column_name"]
        spans = _spans(cell, totals, sheet)
        if name in values:
            printed = values[name].printed.get(cell["record_id"])
            if printed is not None:
                yield from _sum_entry(sheet, cell, contract.columns[name], printed, spans)
        elif name not in _NOT_ADDED_UP:
            yield from _count_entry(sheet, cell, contract, spans)


def _spans(cell: Mapping[str, Any], totals: _Rows, sheet: _Sheet) -> _Rows:
    """Give the first and last rows that a row of sums may cover, the likeliest first.

    These are all above it or below it, and what lies between it and any other row of sums.
    """
    row, first, last = cell["row_number"], cell["first_row"], cell["last_row"]
    starts = np.append(totals[totals < row][::-1] + 1, first)
    ends = np.append(totals[totals > row] - 1, last)
    above = np.stack([starts, np.full_like(starts, row - 1)], axis=1)
    below = np.stack([np.full_like(ends, row + 1), ends], axis=1)
    whole = np.array([[first, last]])
    if not len(sheet.rows) or row < sheet.rows[0]:
        return np.concatenate([whole, below])
    if _GRAND.match(re.sub(r"\s", "", cell["label"])):
        above = np.roll(above, 1, axis=0)
    return np.concatenate([above, whole, below])


def _sum_entry(
    sheet: _Sheet, cell: Mapping[str, Any], column: Column, printed: float, spans: _Rows
) -> Iterator[dict[str, Any]]:
    off = _rounding(cell["text"], printed)
    begin, end = sheet.within(spans).T
    sums = sheet.sums[column.name][end] - sheet.sums[column.name][begin]
    # The number of rows is often printed below a column of numbers.
    if (np.abs(np.concatenate([sums, end - begin]) - printed) <= off).any():
        return
    first, last = spans[0]
    lost = int(sheet.lost[column.name][end[0]] - sheet.lost[column.name][begin[0]])
    without = f"（其中 {lost} 格不是数字，没有计入）" if lost else ""
    yield _entry(
        cell,
        "total_differs",
        f"“{column.title}”的合计与各行相加的数不一致：写 {_shown(printed)}，"
        f"第 {first} 至 {last} 行相加得 {_shown(sums[0])}{without}；"
        "请核对合计和各行，确认文件没有缺行。",
    )


def _rounding(text: str, printed: float) -> float:
    """Give half of the last digit that is printed, in the column's unit."""
    plain = re.sub(r"[,，\s]", "", text)
    number = re.search(r"\d+(?:\.(\d+))?", plain)
    if number is None or not printed:
        return _LEAST_OFF
    scale = abs(printed) / max(float(number[0]), 1e-9)
    off = 0.51 * scale * 10 ** -len(number[1] or "")
    return max(_LEAST_OFF, off) if scale > 1 else _LEAST_OFF


def _count_entry(
    sheet: _Sheet, cell: Mapping[str, Any], contract: Contract, spans: _Rows
) -> Iterator[dict[str, Any]]:
    """Compare a count (213人, 50 户, a bare number under names) with the rows."""
    name = cell["column_name"]
    said = _COUNT.search(cell["text"])
    counted = name is not None and contract.columns[name].type in _COUNTED
    if said is None and not (counted and _BARE.match(cell["text"])):
        return
    printed = int(said[1]) if said else int(float(cell["text"]))
    unit = said[2] if said else "人"
    begin, end = sheet.within(spans).T
    if printed in {*(end - begin), *(sheet.usable[end] - sheet.usable[begin])}:
        return
    likely = [(int(a), int(b)) for a, b in zip(begin, end, strict=True)][:_LIKELY_SPANS]
    households = [sheet.households_in(a, b) for a, b in likely]
    if printed in households:
        return
    first, last = spans[0]
    read = f"{households[0]} 户" if unit == "户" else f"{end[0] - begin[0]} 行"
    yield _entry(
        cell,
        "count_differs",
        f"合计写的数目与读到的行数不一致：写 {printed} {unit}，第 {first} 至 {last} 行读到 {read}；"
        "请核对是否缺行或多行。",
    )


def _name_entries(
    records: pl.DataFrame, said: Mapping[str, Any], contract: Contract
) -> Iterator[dict[str, Any]]:
    """Compare the number in a file's name with all its rows."""
    must = [pl.col(c.name).is_not_null() for c in contract.columns.values() if c.required]
    usable = records.filter(pl.all_horizontal(must or [True])).height
    key = next((k for k in _HOUSEHOLD if k in records.columns and records[k].count()), None)
    households = records[key].drop_nulls().n_unique() if key else records.height
    number = int(re.sub(r"\D", "", said["text"]))
    if number in {records.height, usable, households}:
        return
    rows = f"{records.height} 行"
    read = f"{households} 户（{rows}）" if "户" in said["text"] else rows
    yield _entry(
        said,
        "name_count_differs",
        f"文件名写的数目与读到的行数不一致：写 {said['text']}，读到 {read}；请核对文件是否完整。",
    )


def _entry(cell: Mapping[str, Any], code: str, reason: str) -> dict[str, Any]:
    kept = ("record_id", "file_id", "path", "sheet", "row_number", "column_name", "raw_row")
    return {name: cell[name] for name in kept} | {
        "raw_value": cell["text"],
        "reason_code": code,
        "reason": reason,
    }


def _shown(number: float) -> str:
    return f"{number:,.2f}".rstrip("0").rstrip(".")
