"""Lists that stand below each other on one sheet, each under a header of its own.

A header that comes again with its columns in their places belongs to a printed page (`row_kinds`).
One whose columns stand elsewhere, or are others, begins another list: read under the first header,
one column's values would be taken for another's.
"""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import polars as pl

from pipelines.intake.cells import RawSheet, later_list
from pipelines.intake.header import Cell, Span
from pipelines.intake.match import Match, assigned
from pipelines.intake.vocabulary import IGNORED_KEYS, Vocabulary, header_forms, words_only

_HEADER = 0.6
"""Share of a row's cells that must be header words before it is taken for one."""
_SPACES = r"\s+"


def lists_below(match: Match, cells: pl.DataFrame) -> list[int]:
    """Give the rows (from 0) at which further lists of a sheet begin, else nothing.

    Args:
        match: The sheet's first header.
        cells: The whole sheet.
    """
    begins: list[int] = []
    header = {cell.position: {words_only(level) for level in cell.levels} for cell in match.cells}
    for row in _candidates(match, cells):
        texts = {int(at): text for at, text in cells.row(row, named=True).items() if text}
        if _is_another(match, header, texts):
            begins.append(row)
            own = tuple(Cell(at, (" ".join(text.split()),)) for at, text in texts.items())
            match = assigned(match.vocabulary, Span(row, row, own))
            header = {at: {words_only(text)} for at, text in texts.items()}
    return begins


def _candidates(match: Match, cells: pl.DataFrame) -> list[int]:
    """Give the rows below the header in which a must-have column has a header's word."""
    vocabulary = match.vocabulary
    must = [str(match.columns[c][0]) for c in vocabulary.contract.header.must_have]
    if not must:
        return []
    own = {words_only(cell.levels[-1]) for cell in match.cells}
    words = [*(vocabulary.words | IGNORED_KEYS | own)]
    found = cells.select(
        pl.any_horizontal(pl.col(name).str.replace_all(_SPACES, "").is_in(words) for name in must)
    )
    rows = found.to_series().arg_true()
    return rows.filter(rows > match.last_row).to_list()


def _is_another(match: Match, header: dict[int, set[str]], texts: dict[int, str]) -> bool:
    """Whether a row is a header, and one of its columns stands where another one did."""
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
    return moved > 0 and known >= max(2, _HEADER * len(texts))


def _columns(vocabulary: Vocabulary, text: str) -> set[str]:
    return {term.column for form in header_forms(text) for term in vocabulary.terms(form)}


def cut(raw: RawSheet, begins: Sequence[int], header_row: int) -> list[RawSheet]:
    """Give each list of a sheet as a sheet; the titles above the first stand above each.

    Rows stay those that people see: the rows of the other lists are blank.

    Args:
        raw: The sheet.
        begins: Where each further list begins, as `lists_below` gives it.
        header_row: The first header's first row, from 0.
    """
    row = pl.int_range(raw.cells.height)
    parts = []
    bounds = [header_row, *begins, raw.cells.height]
    for number, (begin, end) in enumerate(pairwise(bounds)):
        own = (row < header_row) | row.is_between(begin, end, closed="left")
        part = replace(
            raw,
            cells=raw.cells.select(pl.when(own).then(pl.all())),
            elsewhere=raw.cells.height - header_row - (end - begin),
        )
        parts.append(later_list(part) if number else part)
    return parts
