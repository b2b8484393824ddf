"""What a list itself says of its size: its sums, and the number in its file's name.

A file that broke off, or from which rows were lost, shows here: 合计 speaks of more than stands
above it (DOMAIN C2, 6 and 17). A difference is said, never acted on.
"""

import re
from pathlib import PurePosixPath

import polars as pl

from pipelines.contracts import ColumnType, Contract
from pipelines.intake.header import Match

_GRAND_TOTAL = r"^(?:本表|全县|总)?(?:合计|总计|共计)"
_SAID = re.compile(r"(\d+)\s*(人|名|户|条|笔|行|个)(?!民)")
_IN_NAME = re.compile(r"(\d+)\s*(人|户|条|名|笔|行)(?!民|数|均|口)")
_OF_HOUSEHOLDS = frozenset("户条笔行个")
_OF_PERSONS = frozenset("人名条笔行个")
_SUMMED = {ColumnType.AMOUNT, ColumnType.NUMBER, ColumnType.INTEGER}
_COUNTED = {ColumnType.NAME, ColumnType.ID_NUMBER}
_CENT = 0.01


def count_in_name(path: str) -> tuple[int, str] | None:
    """Give the number of rows that a file's name states, and how it stands there (608人)."""
    found = _IN_NAME.search(PurePosixPath(path).stem)
    return (int(found[1]), found[0]) if found else None


def count_doubts(
    data: pl.DataFrame, totals: pl.DataFrame, match: Match, contract: Contract
) -> tuple[str, ...]:
    """Give a sentence for each sum of the sheet's one 合计 row that its records do not make.

    Args:
        data: The records' cells by position.
        totals: The rows of sums, the same columns.
        match: Which position is which column.
        contract: What the columns are.
    """
    if totals.is_empty():
        return ()
    names = [c for c in totals.columns if c != "row"]
    first = pl.coalesce(
        pl.when(~pl.col(c).str.contains(r"^[\d.\s]+$")).then(pl.col(c)) for c in names
    ).str.replace_all(r"\s", "")
    grand = totals.filter(first.str.contains(_GRAND_TOTAL).fill_null(value=False))
    if grand.height != 1:
        return ()
    row = grand.row(0, named=True)
    doubts = []
    stated = _stated_rows(row, match, contract)
    if stated and data.height not in stated:
        doubts.append(
            f"合计行写的是 {max(stated)}，实际读到记录 {data.height} 行，两者不符，"
            "请核对文件是否完整"
        )
    for name, positions in match.columns.items():
        if contract.columns[name].type not in _SUMMED or len(positions) != 1:
            continue
        at = str(positions[0])
        said, added = _number(row[at]), _sum(data, at)
        if said is not None and added is not None and abs(said - added) > _CENT:
            title = contract.columns[name].title
            doubts.append(
                f"合计行的“{title}”是 {said:g}，各行相加是 {added:g}，两者不符，请核对文件是否完整"
            )
    return tuple(doubts)


def _stated_rows(row: dict[str, str | None], match: Match, contract: Contract) -> set[int]:
    """Give the numbers of rows that the 合计 row states: 共3人, or a bare number under the name."""
    units = _OF_HOUSEHOLDS if contract.grain == "household" else _OF_PERSONS
    texts = [text for at, text in row.items() if at != "row" and text]
    stated = {int(n) for text in texts for n, unit in _SAID.findall(text) if unit in units}
    for name, positions in match.columns.items():
        cell = row[str(positions[0])]
        if contract.columns[name].type in _COUNTED and cell and cell.strip().isdecimal():
            stated.add(int(cell))
    return stated


def _number(text: str | None) -> float | None:
    try:
        return float(text.replace(",", "").replace("，", "")) if text else None
    except ValueError:
        return None


def _sum(data: pl.DataFrame, at: str) -> float | None:
    """Give the sum of a column of plain numbers; None where a cell is no such number."""
    cells = data[at].str.strip_chars().str.replace_all("[,，]", "")
    numbers = cells.cast(pl.Float64, strict=False)
    if numbers.null_count() > (cells.is_null() | (cells == "")).sum():
        return None
    return float(numbers.sum())
