"""What the cells of a sheet's header mean, and which dataset the sheet is.

Levels of a merged header are matched joined first, then by the last level. Each sheet is matched
against every contract of the department that sent it; a contract fits if its must-have columns are
there and enough of the header is known to it; the contract with most matched columns wins.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from pipelines.contracts import ColumnType
from pipelines.intake.header import Cell, Span, Top, telling_rows
from pipelines.intake.vocabulary import Term, Vocabulary, header_forms

_LEAST_TICKED = 3
"""So many codes side by side are ticked columns even without their group's name above them."""
_STATES = "保障"
"""住房安全保障 names a measure, but also the state that every list of households reports."""


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
    said: dict[str, str] = field(default_factory=dict)
    """Contract column to what stands in place of it above the header (`said`)."""

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
    def dates(self) -> dict[str, tuple[int, ...]]:
        """Give the columns of which year, month and day stand each in one of its own: positions."""
        texts = {cell.position: cell.text for cell in self.cells}
        found: dict[str, tuple[int, ...]] = {}
        for name, (first, *_) in self.columns.items():
            ends = [
                texts.get(first + n, "").endswith(f"({part})") for n, part in enumerate("年月日")
            ]
            if all(ends) and all(self.repeated.get(first + n) == name for n in (1, 2)):
                found[name] = (first, first + 1, first + 2)
        return found

    @cached_property
    def joined(self) -> frozenset[int]:
        """Positions of months and days that are read together with the year before them."""
        return frozenset(at for parts in self.dates.values() for at in parts[1:])

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
        """Must-have columns that the header lacks, and that nothing above it says."""
        there = self.columns.keys() | self.said
        return [c for c in self.vocabulary.contract.header.must_have if c not in there]

    @property
    def must_haves(self) -> dict[str, int]:
        """Must-have columns that the header has, and where."""
        must = self.vocabulary.contract.header.must_have
        return {c: self.columns[c][0] for c in must if c in self.columns}

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


def match_header(top: Top, vocabularies: Iterable[Vocabulary]) -> list[Match]:
    """Give each contract's best reading of a sheet's header, best first.

    Args:
        top: The sheet's first rows.
        vocabularies: The contracts to try.
    """
    vocabularies = list(vocabularies)
    spans = top.spans(telling_rows(top.rows, vocabularies))
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
    return best_first(found)


def best_first(matches: Iterable[Match]) -> list[Match]:
    """Give readings of one sheet by different contracts, the best first."""
    return sorted(matches, key=lambda m: (m.fits, *m.score), reverse=True)


def best_match(span: Span, vocabularies: Iterable[Vocabulary]) -> Match | None:
    """Give what a header is by itself: the contract that explains most of it, if any fits."""
    read = (assigned(vocabulary, span) for vocabulary in vocabularies)
    return max((m for m in read if m.fits), key=lambda m: m.score, default=None)


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
    _by_block(vocabulary, cells, taken, repeated)
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
    if not mine:
        return
    taken[own] = [at for at in taken[own] if at in mine] or mine[:1]
    for at, name in whose.items():
        repeated.pop(at, None)
        if name in columns and name not in taken:
            taken[name] = [at]
        elif at not in taken[own]:
            repeated[at] = name if name in columns else own


def _by_block(
    vocabulary: Vocabulary,
    cells: Sequence[Cell],
    taken: dict[str, list[int]],
    repeated: dict[int, str],
) -> None:
    """Take of equal columns the one that stands with the must-have ones, a blank column apart.

    村 人数 金额 beside a list is a table of sums: its village is not that of the list's persons.
    """
    must = [at for c in vocabulary.contract.header.must_have for at in taken.get(c, ())]
    block = next((b for b in blocks(cells) if must and set(must) <= set(b)), ())
    for at, name in sorted(repeated.items()):
        if at in block and len(taken[name]) == 1 and taken[name][0] not in block:
            repeated[taken[name][0]] = repeated.pop(at)
            taken[name] = [at]


def blocks(cells: Sequence[Cell]) -> list[list[int]]:
    """Give the positions of a header's cells, parted where a column has none."""
    found: list[list[int]] = []
    for at in sorted(cell.position for cell in cells):
        if not found or at > found[-1][-1] + 1:
            found.append([])
        found[-1].append(at)
    return found


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
