"""Where a sheet's header stands, what its cells mean, and which dataset the sheet is.

The header is the one to three rows, begun within the first fifteen, in which most cells are words
of a contract: found by vocabulary, never by position. Levels of a merged header are joined
(``家庭收入/工资性收入``) and matched joined first, then by the last level. Each sheet is matched
against every contract of the department that sent it; a contract fits if its must-have columns are
there and enough of the header is known to it; the contract with most matched columns wins.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

import polars as pl

from pipelines.contracts import ColumnType
from pipelines.intake.vocabulary import (
    IGNORED_KEYS,
    SERIAL_KEYS,
    Term,
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
_LONG_NUMBER = re.compile(r"\d{5,}")
_ABOUT = re.compile(r"(?:基本)?(?:信息|情况|资料)$")
"""What a group's title says besides whose or what the columns below it are."""
_LEAST_TICKED = 3
"""So many codes side by side are ticked columns even without their group's name above them."""
_STATES = "保障"
"""住房安全保障 names a measure, but also the state that every list of households reports."""


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
class Match:
    """A header read with one contract's words."""

    vocabulary: Vocabulary
    first_row: int
    last_row: int
    cells: tuple[Cell, ...]
    columns: dict[str, tuple[int, ...]]
    """Contract column to positions; several only where the column is numbered."""
    repeated: dict[int, str]
    """Position to the column it means as well; the first or surest of equal headers is used."""
    ticks: dict[int, str] = field(default_factory=dict)
    """Position to the code that a ticked column stands for (帮扶措施 over 产业帮扶, 就业帮扶 …)."""
    certainty: dict[int, float] = field(default_factory=dict)
    """Position to how sure its meaning is, where no contract word but words and values alike said
    it (`resemblance`)."""

    @property
    def dataset(self) -> str:
        """The contract's dataset."""
        return self.vocabulary.contract.dataset

    @cached_property
    def unknown(self) -> list[Cell]:
        """Header cells without a meaning in the contract."""
        known = {p for positions in self.columns.values() for p in positions} | set(self.repeated)
        return [c for c in self.cells if c.position not in known and not c.ignored]

    @cached_property
    def known_cells(self) -> int:
        """Count the cells that words of the contract name; 序号 and 备注 do not count."""
        return sum(not c.ignored for c in self.cells) - len(self.unknown)

    @cached_property
    def share(self) -> float:
        """Share of the header's cells that are known; 序号 and 备注 do not count."""
        telling = [c for c in self.cells if not c.ignored]
        return 1 - len(self.unknown) / len(telling) if telling else 0.0

    @property
    def missing(self) -> list[str]:
        """Must-have columns that the header lacks."""
        return [c for c in self.vocabulary.contract.header.must_have if c not in self.columns]

    @property
    def lacks_any(self) -> bool:
        """Whether none of the columns that tell the dataset from its neighbours is there."""
        any_of = self.vocabulary.contract.header.any_of
        return bool(any_of) and not any(c in self.columns for c in any_of)

    @cached_property
    def fits(self) -> bool:
        """Whether the sheet may be taken for the dataset."""
        enough = self.share >= self.vocabulary.contract.header.min_share
        return not self.missing and not self.lacks_any and enough

    @property
    def score(self) -> tuple[int, float]:
        """How well the contract explains the header: columns matched, then share of its own."""
        matched = len(self.columns)
        return matched, round(matched / len(self.vocabulary.contract.columns), 6)


@dataclass(frozen=True)
class Routing:
    """Which dataset a sheet is, and what else it might have been."""

    chosen: Match | None
    rivals: tuple[Match, ...]
    """Where nothing is chosen: the equally good ones, or the nearest one."""
    ambiguous: bool


def match_header(
    top: Sequence[Sequence[str | None]], spans: Sequence[Span], vocabularies: Iterable[Vocabulary]
) -> list[Match]:
    """Give each contract's best reading of the sheet's header, best first.

    Args:
        top: The sheet's first rows (`SEARCHED_ROWS` and `MAX_LEVELS` - 1 more), cells as text.
        spans: What may be the header (`header_spans`).
        vocabularies: The contracts to try.
    """
    vocabularies = list(vocabularies)
    telling = _telling_rows(top, vocabularies)
    spans = [span for span in spans if any(telling[span.first_row : span.last_row + 1])]
    found = []
    for vocabulary in vocabularies:
        best: Match | None = None
        for span in spans:
            # A span with fewer known cells than the best has columns cannot beat it.
            known = sum(map(vocabulary.may_know, span.forms))
            if known < (len(best.columns) if best else 1):
                continue
            match = assigned(vocabulary, span)
            if best is None or _reading_rank(match) > _reading_rank(best):
                best = match
        if best is not None and best.columns:
            found.append(best)
    return sorted(found, key=lambda m: (m.fits, *m.score), reverse=True)


def header_spans(
    top: Sequence[Sequence[str | None]], positions: Sequence[int], merges: pl.DataFrame
) -> list[Span]:
    """Give every one to three rows, begun within the first fifteen, that may be the header.

    A row of units alone below them ((年), (元)) belongs to it.
    """
    filled = _one_spaced(_filled_across(top, positions, merges))
    top = _one_spaced(top)
    units_in = [_units(row, positions) for row in top]
    spans = []
    for first in range(min(SEARCHED_ROWS, len(top))):
        for depth in range(1, min(MAX_LEVELS, len(top) - first) + 1):
            cells = _cells(top, filled, positions, first, depth)
            below = first + depth
            units = units_in[below] if below < len(top) else {}
            if len(cells) > 1:
                last = below if units else below - 1
                named = tuple(_with_unit(c, units) for c in cells) if units else cells
                spans.append(Span(first, last, named))
    return spans


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


def _telling_rows(
    top: Sequence[Sequence[str | None]], vocabularies: Sequence[Vocabulary]
) -> list[bool]:
    """Say of each row whether it may be of the header: two of its cells are words of a contract.

    Where no row has two, one word must do, so that what is missing can at least be said.
    """
    words = frozenset[str]().union(*(v.words for v in vocabularies))
    every = [
        [header_forms(text) for text in row if text and len(text) <= _LONGEST_TITLE] for row in top
    ]
    # The cells below a header are words of no contract: they need not be asked of each.
    rows = [
        [
            forms
            for forms in row
            if any(form in words or without_number(form) in words for form in forms)
        ]
        for row in every
    ]
    known = [
        max((sum(any(map(v.knows, forms)) for forms in row) for v in vocabularies), default=0)
        for row in rows
    ]
    least = 2 if max(known, default=0) > 1 else 1
    return [count >= least for count in known]


def route(matches: Sequence[Match]) -> Routing:
    """Choose among each contract's best reading (sorted as `match_header` gives them)."""
    fitting = [m for m in matches if m.fits]
    if not fitting:
        return Routing(None, tuple(matches[:1]), ambiguous=False)
    equal = tuple(m for m in fitting if m.score == fitting[0].score)
    if len(equal) > 1:
        return Routing(None, equal, ambiguous=True)
    return Routing(fitting[0], (), ambiguous=False)


def _reading_rank(match: Match) -> tuple[bool, int, int, float, int, int]:
    """More columns, ticked codes, then fewer unknown cells, then fewer levels, then higher up."""
    depth = match.last_row - match.first_row
    return (
        match.fits,
        len(match.columns),
        len(match.ticks),
        match.share,
        -depth,
        -match.first_row,
    )


def _filled_across(
    top: Sequence[Sequence[str | None]], positions: Sequence[int], merges: pl.DataFrame
) -> list[list[str | None]]:
    """Give the rows with each group title written over all columns it spans."""
    index = {p: i for i, p in enumerate(positions)}
    rows = [list(row) for row in top]
    ranges = merges.filter(
        (pl.col("row_from") < len(top)) & (pl.col("col_to") > pl.col("col_from"))
    )
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
            if (text := row[i]) and text not in levels:
                levels.append(text)
        if levels and len(levels[-1]) <= _LONGEST_TITLE:
            cells.append(Cell(position, tuple(levels)))
    return tuple(cells)


def assigned(vocabulary: Vocabulary, span: Span) -> Match:
    """Give each header cell the column it most surely means, surest cells first."""
    cells = span.cells
    wishes: list[tuple[int, int, int, str]] = []
    numbered: set[tuple[int, str]] = set()
    ticked = _ticked(vocabulary, cells)
    for cell in (c for c in cells if c.position not in ticked):
        for order, (term, by_number) in enumerate(_meanings(vocabulary, cell)):
            column = vocabulary.contract.columns[term.column]
            if column.numbered:
                numbered.add((cell.position, term.column))
            wishes.append((order + (50 if by_number else 0), term.rank, cell.position, term.column))
    taken: dict[str, list[int]] = {}
    placed: set[int] = set()
    for _, _, position, name in sorted(wishes):
        if position in placed:
            continue
        if name not in taken or (position, name) in numbered:
            taken.setdefault(name, []).append(position)
            placed.add(position)
    for position, (name, _) in ticked.items():
        taken.setdefault(name, []).append(position)
    repeated: dict[int, str] = {}
    for _, _, position, name in sorted(wishes):
        if position not in placed:
            repeated.setdefault(position, name)
    _by_owner(vocabulary, taken, repeated)
    columns = {name: tuple(sorted(at)) for name, at in taken.items()}
    ticks = {position: code for position, (_, code) in ticked.items()}
    return Match(vocabulary, span.first_row, span.last_row, cells, columns, repeated, ticks)


def _by_owner(
    vocabulary: Vocabulary, taken: dict[str, list[int]], repeated: dict[int, str]
) -> None:
    """Give ID numbers whose headers are alike to the person named before each.

    户主姓名 身份证号 姓名 身份证号: the first is the head's, though its header does not say so.
    """
    columns = vocabulary.contract.columns
    alike = {n for n in repeated.values() if columns[n].type is ColumnType.ID_NUMBER}
    if len(alike) != 1:
        return
    own = alike.pop()
    meaning = {at: name for name, positions in taken.items() for at in positions} | repeated
    names = {at: n for at, n in meaning.items() if columns[n].type is ColumnType.NAME}
    whose: dict[int, str] = {}
    for at in sorted(position for position, name in meaning.items() if name == own):
        before = max((name for name in names if name < at), default=None)
        whose[at] = own if before is None else _number_of(names[before])
    mine = [at for at, name in whose.items() if name == own]
    if not mine or len(mine) == len(whose):
        return
    taken[own] = [at for at in taken[own] if at in mine] or mine[:1]
    for at, name in whose.items():
        repeated.pop(at, None)
        if name in columns and name not in taken:
            taken[name] = [at]
        elif at not in taken[own]:
            repeated[at] = name if name in columns else own


def _number_of(name: str) -> str:
    """Give the column of the number of the person that a name column names."""
    return "id_number" if name == "name" else f"{name.removesuffix('_name')}_id_number"


def _ticked(vocabulary: Vocabulary, cells: Sequence[Cell]) -> dict[int, tuple[str, str]]:
    """Give the columns that tick one code each: position to contract column and code.

    The group above names the contract column over two codes or more, or three codes stand there
    without any group and mean nothing else. One code below a column's name is a first record.
    """
    found: dict[int, tuple[str, str]] = {}
    for name, codes in vocabulary.codes.items():
        named = {c.position: codes[f] for c in cells for f in c.forms[-1:] if f in codes}
        above = {
            c.position: group
            for c in cells
            for group in c.levels[:-1]
            if c.position in named
            and any(
                t.column == name for form in header_forms(group) for t in vocabulary.terms(form)
            )
        }
        often = Counter(above.values())
        grouped = {at for at, group in above.items() if often[group] > 1}
        alone = {
            c.position
            for c in cells
            if c.position in named and len(c.levels) == 1 and not _meanings(vocabulary, c)
        }
        telling = {
            named[c.position]
            for c in cells
            if c.position in alone and not c.ignored and not c.forms[-1].endswith(_STATES)
        }
        if len(telling) < _LEAST_TICKED:
            alone = set()
        for at in sorted(grouped | alone):
            if at in grouped or at not in found:
                found[at] = (name, named[at])
    return found


def _meanings(vocabulary: Vocabulary, cell: Cell) -> list[tuple[Term, bool]]:
    """Give what a header cell may mean, surest first, and whether only without its number."""
    plain = [(term, False) for form in cell.forms for term in vocabulary.terms(form)]
    if plain:
        return plain
    return [(term, True) for form in cell.forms for term in vocabulary.numbered_terms(form)]
