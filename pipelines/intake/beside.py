"""Lists that stand side by side on one sheet: each is read as a sheet of its own.

A list begins where the header says again what it said before (序号 姓名 … 序号 姓名 …). Rows and
columns stay those that people see; what counts rows, sums and units never takes two lists for one.
"""

from collections.abc import Collection, Sequence
from dataclasses import replace

import polars as pl

from pipelines.intake.cells import RawSheet, later_list
from pipelines.intake.header import Cell, Span
from pipelines.intake.match import Match, assigned, best_match, blocks
from pipelines.intake.vocabulary import Vocabulary, words_only

_ALIKE = 0.8
"""Share of columns that each list has in common with the first."""


def lists_beside(match: Match, own: Sequence[Vocabulary]) -> list[int]:
    """Give where each of several lists side by side begins (positions from 0), else nothing.

    Each must be a list of the dataset by its own header, with nearly the columns of the first; or,
    with a blank column between, of any dataset. So the second 姓名 of one list, a guardian's, makes
    no list.

    Args:
        match: The header by which the sheet is known.
        own: The contracts that its lists may be of.
    """
    must = match.must_haves.keys()
    again = must & set(match.repeated.values())
    if not again:
        return []
    apart = [_span(match, block) for block in blocks(match.cells)]
    if len(apart) > 1 and all(best_match(s, own) or _read_like(match, s).fits for s in apart):
        return [span.cells[0].position for span in apart]
    if again < must:
        return []
    groups = [_span(match, [cell.position for cell in group]) for group in _groups(match)]
    lists = [_read_like(match, group) for group in groups]
    first = set(lists[0].columns)
    alike = all(
        list_.fits
        and len(first & set(list_.columns)) >= _ALIKE * max(len(first), len(list_.columns))
        for list_ in lists
    )
    return [group.cells[0].position for group in groups] if alike else []


def _read_like(match: Match, span: Span) -> Match:
    """Read a part of a header as the whole was; what is said above the whole is said of it."""
    return replace(assigned(match.vocabulary, span), said=match.said)


def _span(match: Match, positions: Collection[int]) -> Span:
    """Give the header's part at some columns, by itself."""
    cells = sorted(match.cells, key=lambda cell: cell.position)
    own = tuple(cell for cell in cells if cell.position in positions)
    return Span(match.first_row, match.last_row, own)


def _groups(match: Match) -> list[list[Cell]]:
    """Give the header's cells, parted where one says what an earlier one of its part says."""
    columns = match.vocabulary.contract.columns
    meaning = {at: name for name, positions in match.columns.items() for at in positions}
    groups: list[list[Cell]] = []
    seen: set[str] = set()
    for cell in sorted(match.cells, key=lambda c: c.position):
        what = (meaning | match.repeated).get(cell.position) or words_only(cell.levels[-1])
        if not groups or (what in seen and not (what in columns and columns[what].numbered)):
            groups.append([])
            seen = set()
        seen.add(what)
        groups[-1].append(cell)
    return groups


def parted(raw: RawSheet, begins: list[int], header_row: int) -> list[RawSheet]:
    """Give each list of a sheet as a sheet.

    Args:
        raw: The sheet.
        begins: Where each list begins, as `lists_beside` gives it.
        header_row: The header's first row, from 0: titles merged over several lists are said
            above each.
    """
    ends = [*begins[1:], 1 + max(map(int, raw.cells.columns))]
    parts = []
    for number, (begin, end) in enumerate(zip(begins, ends, strict=True)):
        low = 0 if number == 0 else begin
        own = [name for name in raw.cells.columns if low <= int(name) < end]
        from_ = pl.col("col_from")
        merges = raw.merges.filter((from_ >= low) & (from_ < end))
        part = replace(raw, cells=raw.cells.select(own), merges=merges)
        if number:
            over = raw.merges.filter(
                (from_ < begin) & (pl.col("col_to") >= begin) & (pl.col("row_to") < header_row)
            )
            part = _of_later(part, _titles(raw, over), str(begin))
        parts.append(part)
    return parts


def _titles(raw: RawSheet, merges: pl.DataFrame) -> dict[int, str]:
    """Give row to text of merged titles."""
    found = {}
    for row, column in merges.select("row_from", "col_from").iter_rows():
        if str(column) in raw.cells.columns and (text := raw.cells[str(column)][row]):
            found[row] = text
    return found


def _of_later(part: RawSheet, titles: dict[int, str], first: str) -> RawSheet:
    """Give a list that is not the first, under the titles merged over it."""
    if titles:
        column = part.cells[first].scatter(list(titles), list(titles.values()))
        part = replace(part, cells=part.cells.with_columns(column))
    return later_list(part)
