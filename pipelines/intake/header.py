"""Where a sheet's header may stand, and what its cells say.

The header is the one to three rows, begun within the first fifteen, in which most cells are words
of a contract: found by vocabulary, never by position. Levels of a merged header are joined
(``家庭收入/工资性收入``). What the cells mean is said in `match`.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

import polars as pl

from pipelines.intake.vocabulary import (
    IGNORED_KEYS,
    SERIAL_KEYS,
    Vocabulary,
    header_forms,
    unit_alone,
    without_number,
    words_only,
)

SEARCHED_ROWS = 15
MAX_LEVELS = 3
_LONGEST_TITLE = 60  # a longer cell is a remark, no header
_LEAST_LIKELY = 3
"""A row of fewer cells is no header by its looks alone."""
_OF_DATE = {"年", "月", "日"}
_BRACKETS = ("(", "（", "[", "【")
"""What a unit below a header stands in; 年 alone may be a column of its own."""
_LONG_NUMBER = re.compile(r"\d{5,}")
_ABOUT = re.compile(r"(?:基本)?(?:信息|情况|资料)$")
"""What a group's title says besides whose or what the columns below it are."""


@dataclass(frozen=True)
class Cell:
    """One column's header: its position and its levels from top to bottom."""

    position: int
    levels: tuple[str, ...]

    @property
    def text(self) -> str:
        """The header as it stood, levels joined."""
        return "/".join(self.levels)

    @property
    def forms(self) -> tuple[str, ...]:
        """The forms to look up: joined levels before the last level alone."""
        return _forms(self.levels)

    @cached_property
    def ignored(self) -> bool:
        """Whether the column says nothing about the dataset (序号, 备注)."""
        return self.forms[-1] in IGNORED_KEYS if self.forms else True

    @cached_property
    def serial(self) -> bool:
        """Whether the column is a running number."""
        return bool(self.forms) and self.forms[-1] in SERIAL_KEYS


@lru_cache(maxsize=20_000)
def _forms(levels: tuple[str, ...]) -> tuple[str, ...]:
    last = header_forms(levels[-1])
    joined: list[str] = []
    if len(levels) > 1:
        joined += header_forms("".join(levels[-2:]))[:1]
        joined += header_forms("".join(levels))[:1]
        group = words_only(levels[-2])
        # 监护人信息 over 姓名 is 监护人姓名.
        if (whose := _ABOUT.sub("", group)) not in {group, ""}:
            joined += header_forms(whose + levels[-1])[:1]
        # 家庭收入 over 工资性: the word both share stands only above.
        joined += [form + group[-2:] for form in last[:1] if not form.endswith(group[-2:])]
    return tuple(dict.fromkeys((*joined, *last)))


@dataclass(frozen=True)
class Span:
    """Rows that may be a sheet's header, from 0, both ends included, and their cells."""

    first_row: int
    last_row: int
    cells: tuple[Cell, ...]

    @cached_property
    def forms(self) -> tuple[str, ...]:
        """The forms of all cells."""
        return tuple(form for cell in self.cells for form in cell.forms)


@dataclass(frozen=True)
class Top:
    """The rows in which a sheet's header is sought."""

    rows: Sequence[Sequence[str | None]]
    """The first `SEARCHED_ROWS` and `MAX_LEVELS` - 1 more, cells as text."""
    positions: Sequence[int]
    """Of the columns."""
    merges: pl.DataFrame
    """`MERGES`, of the sheet."""
    above: int = 0
    """Rows of the sheet above these."""
    begins: int = SEARCHED_ROWS
    """So many of the rows may be the header's first."""

    @classmethod
    def of(cls, cells: pl.DataFrame, merges: pl.DataFrame, row: int | None = None) -> "Top":
        """Give the top of a sheet's `cells`, or what begins at `row`, if the header does there."""
        rows = cells.slice(row or 0, SEARCHED_ROWS + MAX_LEVELS - 1).rows()
        positions = [int(c) for c in cells.columns]
        if row is None:
            return cls(rows, positions, merges)
        return cls(rows, positions, merges, above=row, begins=1)

    def spans(self, telling: Sequence[bool] | None = None) -> list[Span]:
        """Give every one to three rows that may be the header.

        A row of units alone below them ((年), (元)) belongs to it.

        Args:
            telling: Of each row, whether it may be of the header; only what has such a row is
                given. Not said: any row may.
        """
        top, filled, units_in = self._spaced, self._filled, self._units
        spans = []
        for first in range(min(self.begins, len(top))):
            for depth in range(1, min(MAX_LEVELS, len(top) - first) + 1):
                below = first + depth
                units = units_in[below] if below < len(top) else {}
                last = below if units else below - 1
                if telling is not None and not any(telling[first : last + 1]):
                    continue
                # 年 月 日 below a title merged over three columns part one date.
                named = filled if set(units.values()) >= _OF_DATE else top
                cells = _cells(named, filled, self.positions, first, depth)
                if len(cells) > 1:
                    cells = tuple(_with_unit(c, units) for c in cells) if units else cells
                    spans.append(Span(self.above + first, self.above + last, cells))
        return spans

    @cached_property
    def _spaced(self) -> list[list[str]]:
        return _one_spaced(self.rows)

    @cached_property
    def _filled(self) -> list[list[str]]:
        merges = self.merges
        if self.above:
            down = pl.col("row_from", "row_to") - self.above
            merges = merges.with_columns(down).filter(pl.col("row_from") >= 0)
        return _one_spaced(_filled_across(self.rows, self.positions, merges))

    @cached_property
    def _units(self) -> list[dict[int, str]]:
        return [_units(row, self.positions) for row in self._spaced]


def _units(row: Sequence[str], positions: Sequence[int]) -> dict[int, str]:
    """Give position to unit of a row in which nothing else stands."""
    found = {}
    for position, text in zip(positions, row, strict=True):
        unit = unit_alone(text) if text else ""
        if unit is None:
            return {}
        if unit:
            found[position] = unit
    return found


def _with_unit(cell: Cell, units: Mapping[int, str]) -> Cell:
    if cell.position not in units:
        return cell
    return Cell(cell.position, (*cell.levels[:-1], f"{cell.levels[-1]}({units[cell.position]})"))


def likely_span(spans: Sequence[Span]) -> Span | None:
    """Give the row that looks most like a header where no cell of any is a word of a contract.

    Header cells are short, unlike each other, and hold no long numbers; the first such row that is
    nearly as wide as the widest.
    """
    fair = [
        span
        for span in spans
        if span.first_row == span.last_row
        and len({cell.text for cell in span.cells}) == len(span.cells) >= _LEAST_LIKELY
        and not any(_LONG_NUMBER.search(cell.text) for cell in span.cells)
    ]
    widest = max((len(span.cells) for span in fair), default=0)
    return next((span for span in fair if len(span.cells) >= 0.8 * widest), None)


def telling_rows(
    rows: Sequence[Sequence[str | None]], vocabularies: Sequence[Vocabulary]
) -> list[bool]:
    """Say of each row whether it may be of the header: two of its cells are words of a contract.

    Where no row has two, one word must do, so that what is missing can at least be said.

    Args:
        rows: The sheet's first rows, cells as text.
        vocabularies: The contracts that count.
    """
    words = frozenset[str]().union(*(v.words for v in vocabularies))
    every = [
        [header_forms(text) for text in row if text and len(text) <= _LONGEST_TITLE] for row in rows
    ]
    # The cells below a header are words of no contract: they need not be asked of each.
    worded = [
        [
            forms
            for forms in row
            if any(form in words or without_number(form) in words for form in forms)
        ]
        for row in every
    ]
    known = [
        max((sum(any(map(v.knows, forms)) for forms in row) for v in vocabularies), default=0)
        for row in worded
    ]
    least = 2 if max(known, default=0) > 1 else 1
    return [count >= least for count in known]


def _filled_across(
    top: Sequence[Sequence[str | None]], positions: Sequence[int], merges: pl.DataFrame
) -> list[list[str | None]]:
    """Give the rows with each group title written over all columns it spans."""
    index = {p: i for i, p in enumerate(positions)}
    rows = [list(row) for row in top]
    ranges = merges
    if merges.height:
        wide = pl.col("col_to") > pl.col("col_from")
        ranges = merges.filter((pl.col("row_from") < len(top)) & wide)
    for row_from, row_to, col_from, col_to in ranges.rows():
        text = rows[row_from][index[col_from]] if col_from in index else None
        for row in range(row_from, min(row_to + 1, len(rows))):
            for position in range(col_from, col_to + 1):
                if text and position in index:
                    rows[row][index[position]] = text
    if ranges.is_empty():
        # Formats without merges leave the cells under a group title blank.
        for row in range(len(rows) - 1):
            group: str | None = None
            for i in range(len(rows[row])):
                below = top[row + 1][i]
                group = rows[row][i] or (group if below else None)
                if below:
                    rows[row][i] = group
    return rows


def _one_spaced(rows: Sequence[Sequence[str | None]]) -> list[list[str]]:
    """Give the rows with single spaces within cells and nothing around them; "" for null."""
    return [[" ".join(text.split()) if text else "" for text in row] for row in rows]


def _cells(
    top: Sequence[Sequence[str]],
    filled: Sequence[Sequence[str]],
    positions: Sequence[int],
    first: int,
    depth: int,
) -> tuple[Cell, ...]:
    """Give the header cells if rows `first` to `first + depth - 1` are the header."""
    last = first + depth - 1
    rows = [*filled[first:last], top[last]]
    cells = []
    for i, position in enumerate(positions):
        levels: list[str] = []
        for row in rows:
            if levels and row[i][:1] in _BRACKETS and (unit := unit_alone(row[i])):
                levels[-1] += f"({unit})"
            elif (text := row[i]) and text not in levels:
                levels.append(text)
        if levels and len(levels[-1]) <= _LONGEST_TITLE:
            cells.append(Cell(position, tuple(levels)))
    return tuple(cells)
