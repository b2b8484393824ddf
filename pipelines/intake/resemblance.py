"""What an undeclared header cell most likely means: by its words, and by the values below it.

Contract words come first (`match`); here is only what they leave open. For every open cell and
every contract column that the sheet does not have yet, two things are weighed: how like the cell's
words are to the column's spellings, and whether the values below look like the column's type
(``reference/looks.yaml``). Both are logarithms of odds and add up; the columns then compete with
each other and with "none of them", so that two columns that fit equally leave neither certain.

Source of the weighing: naive Bayes over two independent kinds of evidence; the words are compared
as vectors of characters and pairs of characters, each weighted by how few columns it speaks for
(tf-idf), since 类别 says little and 监护 nearly all.
"""

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np
import polars as pl
import yaml

from pipelines.contracts import Column, ColumnType, Contract
from pipelines.home import SHIPPED
from pipelines.intake.match import Match
from pipelines.intake.vocabulary import IGNORED_KEYS, header_forms

SAMPLED_ROWS = 200
"""So many rows below the header are looked at."""

_NONE = 0.0
"""Log odds of "none of the contract's columns", what the others are measured by."""
_WORDS_AT_NOTHING = -5.0
_WORDS_AT_EQUAL = 12.0
"""Log odds that words alone give with nothing in common, and what the same characters add."""
_FOREIGN = 1.5
"""A character pair that no column of the contract has weighs so much more than one that one has."""
_SURE_TO_BE_THERE = 2.5
_MAY_BE_THERE = -2.5
"""Log odds before anything is seen: what a row is of no use without, and the subject's own ID
number, stand in nearly every sheet."""
_ANOTHERS = -8.0
"""Log odds where the header names whose it is (户主, 监护人) and no spelling of the column does."""
_FEW = 2
"""With so many values the evidence of values counts half."""
_FAINT = 0.1
"""Where a column that every list should have is not found, a text cell is asked about from here."""
LEAST_KNOWN = 3
"""With fewer cells that contract words name, a sheet may be no list: no faint likeness is asked."""
_PLAIN = re.compile(r"\s+")


@dataclass(frozen=True)
class Guess:
    """What an open cell may mean."""

    position: int
    column: str
    certainty: float
    """Probability that the cell means the column, among the contract's open columns and none."""


@dataclass(frozen=True)
class Looks:
    """What values of a type look like, and how much that says (natural logarithm)."""

    pattern: re.Pattern[str]
    says: float


@dataclass(frozen=True)
class Understood:
    """A header with its open cells weighed."""

    match: Match
    """With every meaning that is certain enough taken over, its probability beside it."""
    doubtful: tuple[Guess, ...]
    """What an officer should be asked, surest first."""

    @property
    def by_words(self) -> int:
        """Count the columns that contract words alone name."""
        return len(self.match.columns) - len(self.match.certainty)

    @property
    def has_must_haves(self) -> bool:
        """Whether every must-have column is there, or likely enough to be asked about."""
        there = {*self.match.columns, *self.match.said, *(guess.column for guess in self.doubtful)}
        return there.issuperset(self.match.vocabulary.contract.header.must_have)

    @property
    def weight(self) -> float:
        """How much of the contract the header explains: columns known, and guessed as likely."""
        by_position = self.match.certainty
        every = {guess.column: guess.certainty for guess in self.doubtful}
        for name, positions in self.match.columns.items():
            every[name] = max(by_position.get(at, 1.0) for at in positions)
        must = self.match.vocabulary.contract.header.must_have
        return sum(every.values()) + 2 * sum(every.get(name, 0.0) for name in must)


def understood(match: Match, cells: pl.DataFrame) -> Understood:
    """Weigh the header cells that no word of the contract names.

    Args:
        match: The header as contract words read it.
        cells: The whole sheet, columns named by position.
    """
    contract = match.vocabulary.contract
    open_cells = {cell.position: cell.forms for cell in match.unknown}
    below = cells.slice(match.last_row + 1)
    found = guesses(contract, open_cells, match.columns, below)
    certain = [guess for guess in found if guess.certainty >= contract.header.certain]
    lacking = _lacking(match, certain)
    doubtful = [
        guess
        for guess in found
        if guess.certainty < contract.header.certain
        and (
            guess.certainty >= contract.header.doubtful
            or (guess.column in lacking and _worth_asking(guess, contract, below))
        )
    ]
    taken = replace(
        match,
        columns=match.columns | {guess.column: (guess.position,) for guess in certain},
        certainty={guess.position: guess.certainty for guess in certain},
    )
    return Understood(taken, tuple(doubtful))


def _lacking(match: Match, certain: Sequence[Guess]) -> set[str]:
    """Give the columns that rules and checks ask of every such list and this one seems to lack."""
    if match.known_cells < LEAST_KNOWN:
        return set()
    contract = match.vocabulary.contract
    wanted = {
        *contract.header.must_have,
        *contract.header.any_of,
        *(e.column for e in contract.expectations if e.column),
    }
    return wanted - set(match.columns) - set(match.said) - {guess.column for guess in certain}


def _worth_asking(guess: Guess, contract: Contract, below: pl.DataFrame) -> bool:
    """Whether the best guess for a cell is worth a question though its words hardly say so."""
    column = contract.columns[guess.column]
    if _looks_of(column) is None:
        return guess.certainty >= _FAINT
    return _value_log_odds(column, _sample(below, guess.position)) > 0


def guesses(
    contract: Contract,
    open_cells: Mapping[int, Sequence[str]],
    taken: Iterable[str],
    values: pl.DataFrame,
) -> list[Guess]:
    """Give the likeliest meaning of each open cell, each column at most once, surest first.

    Args:
        contract: Whose columns are open to it.
        open_cells: Position to the forms of the header cell (`vocabulary.header_forms`).
        taken: Columns the sheet has already.
        values: The rows below the header, columns named by position.
    """
    closed = {
        *taken,
        *(n for n, c in contract.columns.items() if header_forms(c.title)[0] in IGNORED_KEYS),
    }
    open_columns = [c for n, c in contract.columns.items() if n not in closed]
    if not open_columns or not open_cells:
        return []
    words = _words(contract)
    odds: dict[int, dict[str, float]] = {}
    for position, forms in open_cells.items():
        sample = _sample(values, position)
        odds[position] = {
            column.name: _before(contract, column)
            + words.log_odds(forms, column.name)
            + _value_log_odds(column, sample)
            for column in open_columns
        }
    return _competed(odds, [column.name for column in open_columns])


def _competed(odds: Mapping[int, Mapping[str, float]], columns: Sequence[str]) -> list[Guess]:
    """Give each column to the cell that is likeliest to be it, surest first.

    A certainty is the share of the column among those the cell may still be, times the cell's share
    among its rivals for the column. As one table: three hundred cells compete in one file.
    """
    positions = sorted(odds)
    likely = np.exp(np.minimum([[odds[at][name] for name in columns] for at in positions], 30))
    found: list[Guess] = []
    for _ in range(min(likely.shape)):
        among_columns = math.exp(_NONE) + likely.sum(axis=1, keepdims=True)
        among_cells = np.maximum(likely.sum(axis=0, keepdims=True), np.finfo(float).tiny)
        certainty = likely / among_columns * likely / among_cells
        row, column = divmod(int(certainty.argmax()), len(columns))
        sure = float(certainty[row, column])
        found.append(Guess(positions[row], columns[column], sure))
        likely[row, :] = 0.0
        likely[:, column] = 0.0
    return found


def _before(contract: Contract, column: Column) -> float:
    numbered = column.type is ColumnType.ID_NUMBER and column.name in contract.key
    sure = numbered or column.required or column.name in contract.header.must_have
    return _SURE_TO_BE_THERE if sure else _MAY_BE_THERE


def _sample(values: pl.DataFrame, position: int) -> list[str]:
    """Give the filled cells of a column in the form in which looks are declared."""
    name = str(position)
    if name not in values.columns:
        return []
    texts = values[name].drop_nulls().head(SAMPLED_ROWS).to_list()
    return [_folded(text) for text in texts]


def _folded(text: str) -> str:
    return _PLAIN.sub("", unicodedata.normalize("NFKC", text)).lstrip("'").upper()


def _value_log_odds(column: Column, sample: Sequence[str]) -> float:
    """Give how much likelier these values are in `column` than elsewhere (natural logarithm)."""
    looks = _looks_of(column)
    if looks is None or not sample:
        return 0.0
    share = sum(bool(looks.pattern.search(text)) for text in sample) / len(sample)
    weight = len(sample) / (len(sample) + _FEW)
    return weight * looks.says * max(-1.0, min(1.0, (share - 0.5) / 0.4))


@lru_cache(maxsize=4_000)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


def _looks_of(column: Column) -> Looks | None:
    if column.looks:
        return Looks(_compiled(column.looks), _by_type()["declared"].says)
    if column.codes is not None:
        spellings = {
            unicodedata.normalize("NFKC", s).upper()
            for c, ss in column.codes.items()
            for s in (c, *ss)
        }
        several = ";、,/" if column.type is ColumnType.CODES else ""
        one = "|".join(re.escape(s) for s in sorted(spellings, key=len, reverse=True))
        end = f"(?:$|[{several}])" if several else "$"
        return Looks(_compiled(f"^(?:{one}){end}"), _by_type()["code"].says)
    return _by_type().get(column.type.value)


@lru_cache(maxsize=1)
def _declared() -> dict[str, Any]:
    path = SHIPPED / "reference" / "looks.yaml"
    declared: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return declared


@lru_cache(maxsize=1)
def _by_type() -> dict[str, Looks]:
    return {
        name: Looks(re.compile(own.get("looks", "")), float(own["says"]))
        for name, own in _declared()["types"].items()
    }


_KEPT_FORMS = 100


class _Words:
    """A contract's spellings as weighted characters and pairs of characters."""

    def __init__(self, contract: Contract) -> None:
        spellings = {
            column.name: {
                form for word in (column.title, *column.synonyms) for form in header_forms(word)[:1]
            }
            for column in contract.columns.values()
        }
        self._last: dict[str, dict[str, float]] = {}
        self._roles = {
            name: {role for form in forms for role in _roles_in(form)}
            for name, forms in spellings.items()
        }
        features = {
            name: set[str]().union(*map(_features, forms)) for name, forms in spellings.items()
        }
        spoken_for = Counter(feature for own in features.values() for feature in own)
        total = len(features)
        self._weight = {f: math.log(1 + total / count) for f, count in spoken_for.items()}
        self._unknown = _FOREIGN * math.log(1 + total)
        self._vectors = {
            name: [self._vector(form) for form in forms] for name, forms in spellings.items()
        }

    def log_odds(self, forms: Sequence[str], column: str) -> float:
        """Give the log odds that a header of these forms means `column`, by its words alone."""
        read = [self._read(form) for form in forms]
        alike: float = max(
            (_cosine(vector, own) for vector in read for own in self._vectors[column]),
            default=0.0,
        )
        foreign = any(r not in self._roles[column] for form in forms[-1:] for r in _roles_in(form))
        return _WORDS_AT_NOTHING + _WORDS_AT_EQUAL * alike + _ANOTHERS * foreign

    def _read(self, form: str) -> dict[str, float]:
        """The vector of a header's form, kept while its columns are gone through."""
        if form not in self._last:
            if len(self._last) > _KEPT_FORMS:
                self._last.clear()
            self._last[form] = self._vector(form)
        return self._last[form]

    def _vector(self, form: str) -> dict[str, float]:
        weighted = {f: self._weight.get(f, self._unknown) for f in _features(form)}
        length = math.sqrt(sum(w * w for w in weighted.values())) or 1.0
        return {f: w / length for f, w in weighted.items()}


def _roles_in(form: str) -> set[str]:
    return {role for role in _declared()["roles"] if role in form}


def _features(form: str) -> dict[str, None]:
    """Characters and pairs of characters, in their order: sums are the same in every process."""
    return dict.fromkeys((*form, *(form[i : i + 2] for i in range(len(form) - 1))))


def _cosine(left: Mapping[str, float], right: Mapping[str, float]) -> float:
    few, many = (left, right) if len(left) < len(right) else (right, left)
    return sum(w * many[f] for f, w in few.items() if f in many)


_BUILT: dict[str, tuple[Contract, _Words]] = {}


def _words(contract: Contract) -> _Words:
    """Give the contract's words, built once for each contract as it was last declared."""
    known = _BUILT.get(contract.dataset)
    if known is None or known[0] is not contract:
        known = _BUILT[contract.dataset] = (contract, _Words(contract))
    return known[1]
