"""Lists that stand below each other on one sheet, each under a header of its own.

A header that comes again with its columns in their places belongs to a printed page (`row_kinds`).
One whose columns stand elsewhere, or are others, begins another list: read under the first header,
one column's values would be taken for another's. It may be a list of another dataset, and the sheet
may be known by the header of its second list: then the first is above it.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import pairwise

import polars as pl

from pipelines.intake.cells import RawSheet, later_list
from pipelines.intake.header import Cell, Span
from pipelines.intake.match import Match, assigned, best_match
from pipelines.intake.vocabulary import IGNORED_KEYS, Vocabulary, header_forms, words_only

_HEADER = 0.6
"""Share of a row's cells that must be header words before it is taken for one."""
_SPACED = "[ \t\r\n\u00a0\u3000]"
"""What stands between the characters of a header; to look for any white space takes thrice as
long."""
_SPACES = r"\s+"
_NUMBER = "[0-9]{15}"
"""What a record has and neither a title nor a header."""


def lists_below(match: Match, cells: pl.DataFrame, own: Sequence[Vocabulary]) -> list[int]:
    """Give the rows (from 0) at which the lists of a sheet begin; nothing where there is but one.

    Args:
        match: The header by which the sheet is known.
        cells: The whole sheet.
        own: The contracts that its lists may be of.
    """
    above, below = _candidates(match, cells, own)
    if not above and not below:
        return []
    begins = [row for row in above if _is_first(match, cells, row, own)][:1]
    begins.append(match.first_row)
    header = {cell.position: {words_only(level) for level in cell.levels} for cell in match.cells}
    for row in below:
        texts = _texts(cells, row)
        if another := _another(match, header, row, texts, own):
            begins.append(row)
            match = another
            header = {at: {words_only(text)} for at, text in texts.items()}
    return begins if len(begins) > 1 else []


def _texts(cells: pl.DataFrame, row: int) -> dict[int, str]:
    return {int(at): text for at, text in cells.row(row, named=True).items() if text}


def _candidates(
    match: Match, cells: pl.DataFrame, own: Sequence[Vocabulary]
) -> tuple[list[int], list[int]]:
    """Give the rows above and below the header in which a must-have column has a header's word.

    A row with an ID number is a record, whatever it says.
    """
    must = list(map(str, match.must_haves.values()))
    if not must:
        return [], []
    headed = {words_only(cell.levels[-1]) for cell in match.cells}
    words = pl.Series([*headed, *_header_words(tuple(own))]).implode()
    worded, spaced = cells.select_seq(
        worded=pl.any_horizontal(pl.col(must).is_in(words)),
        spaced=pl.any_horizontal(pl.col(must).str.contains(_SPACED)),
    ).get_columns()
    if (at := spaced.arg_true()).len():
        close = pl.col(must).str.replace_all(_SPACES, "")
        again = cells.select_seq(pl.col(must).gather(at)).select_seq(
            pl.any_horizontal(close.is_in(words)).fill_null(value=False)
        )
        worded |= spaced.scatter(at, again.to_series())
    rows = worded.arg_true()
    rows = rows.filter((rows < match.first_row) | (rows > match.last_row))
    if rows.is_empty():
        return [], []
    numbered = cells[rows].select(pl.any_horizontal(pl.all().str.contains(_NUMBER)))
    rows = rows.filter(~numbered.to_series().fill_null(value=False))
    above, below = rows.filter(rows < match.first_row), rows.filter(rows > match.last_row)
    return above.to_list(), below.to_list()


@lru_cache(maxsize=32)
def _header_words(own: tuple[Vocabulary, ...]) -> frozenset[str]:
    """Give the words that stand in headers of some contracts."""
    return IGNORED_KEYS.union(*(vocabulary.words for vocabulary in own))


def _is_first(match: Match, cells: pl.DataFrame, row: int, own: Sequence[Vocabulary]) -> bool:
    """Whether the header of another list stands in a row, and its records down to the header."""
    between = cells.slice(row + 1, match.first_row - row - 1)
    if not between.select(pl.any_horizontal(pl.all().str.contains(_NUMBER).any())).item():
        return False
    return best_match(_span(row, _texts(cells, row)), own) is not None


def _span(row: int, texts: dict[int, str]) -> Span:
    cells = (Cell(at, (" ".join(text.split()),)) for at, text in texts.items())
    return Span(row, row, tuple(cells))


def _another(
    match: Match,
    header: dict[int, set[str]],
    row: int,
    texts: dict[int, str],
    own: Sequence[Vocabulary],
) -> Match | None:
    """Give the header that a row is, if one of its columns stands where another one did."""
    meaning = {at: name for name, positions in match.columns.items() for at in positions}
    known = moved = 0
    for at, text in texts.items():
        if words_only(text) in header.get(at, ()):
            known += 1
        elif columns := _columns(match.vocabulary, text):
            known += 1
            moved += (meaning | match.repeated).get(at) not in columns
        else:
            known += words_only(text) in IGNORED_KEYS
    if moved > 0 and known >= max(2, _HEADER * len(texts)):
        return assigned(match.vocabulary, _span(row, texts))
    if known == len(texts):  # the same header again, as on a printed page
        return None
    best = best_match(_span(row, texts), own)
    return best if best and best.dataset != match.dataset and best.known_cells > known else None


def _columns(vocabulary: Vocabulary, text: str) -> set[str]:
    return {term.column for form in header_forms(text) for term in vocabulary.terms(form)}


def cut(raw: RawSheet, begins: Sequence[int]) -> list[RawSheet]:
    """Give each list of a sheet as a sheet; the titles above the first stand above each.

    Rows stay those that people see: the rows of the other lists are blank.

    Args:
        raw: The sheet.
        begins: Where each list begins, as `lists_below` gives it.
    """
    header_row = begins[0]
    bounds = [header_row, *(_title_above(raw.cells, row) for row in begins[1:]), raw.cells.height]
    row = pl.int_range(raw.cells.height)
    parts = []
    for number, (begin, end) in enumerate(pairwise(bounds)):
        own = (row < header_row) | row.is_between(begin, end, closed="left")
        part = replace(
            raw,
            cells=raw.cells.select(pl.when(own).then(pl.all())),
            elsewhere=raw.cells.height - header_row - (end - begin),
        )
        parts.append(later_list(part) if number else part)
    return parts


def _title_above(cells: pl.DataFrame, row: int) -> int:
    """Give where the list begins whose header stands in a row: with the title above it, if any."""
    while len(above := _texts(cells, row - 1)) == 1 and not any(
        re.search(_NUMBER, text) for text in above.values()
    ):
        row -= 1
    return row
