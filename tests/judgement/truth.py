"""What a right reading of a file is, cell by cell and line by line."""

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

# -- values that need a word of their own ---------------------------------------------------------


@dataclass(frozen=True)
class Month:
    """A date known to the month (the year where `month` is 0)."""

    year: int
    month: int = 0


@dataclass(frozen=True)
class Term:
    """A school term: the school year begins in `year`; 1 autumn, 2 spring, 0 the whole year."""

    year: int
    half: int


@dataclass(frozen=True)
class Place:
    """A village that must be understood as this code (empty: must not be guessed)."""

    code: str


@dataclass(frozen=True)
class Codes:
    """A cell of several codes, in any order."""

    values: frozenset[str]


# -- what is wanted of one cell -------------------------------------------------------------------


@dataclass(frozen=True)
class Want:
    """One cell.

    Attributes:
        values: clean values that are right (None: empty).
        refused: it is right, too, to leave the value empty and say so (quarantine of the cell or
            its row).
        flag: `may`: saying something about the cell is neither asked nor wrong; `must`: the value
            is right only together with a doubt noted on it, its row or its column; `no`: clean.
        asked: it is right, too, to ask what the column means instead of reading it.
        defect: number in DOMAIN C2 (or a word for the line "also test").
    """

    values: tuple[Any, ...] = ()
    refused: bool = False
    flag: str = "no"
    asked: bool = False
    defect: str = ""


def value(*values: Any, defect: str = "") -> Want:
    """The value, one of several spellings."""
    return Want(values, defect=defect, flag="may" if defect else "no")


def flagged(*values: Any, defect: str = "") -> Want:
    """The value is kept and a doubt is noted."""
    return Want(values, flag="must", defect=defect)


def refused(defect: str = "") -> Want:
    """The value is not used, and somebody is told why."""
    return Want((), refused=True, defect=defect)


def either(*values: Any, defect: str = "") -> Want:
    """The value, or its refusal with a reason: the catalogue leaves both open."""
    return Want(values, refused=True, flag="may", defect=defect)


def doubted(*values: Any, defect: str = "") -> Want:
    """The value with a doubt, or its refusal with a reason; never the value in silence."""
    return Want(values, refused=True, flag="must", defect=defect)


# -- what stands in a file ------------------------------------------------------------------------


@dataclass(frozen=True)
class Cell:
    """What is written, and what is wanted of it."""

    raw: Any
    want: Want


@dataclass(frozen=True)
class Num:
    """A number with a number format of the spreadsheet."""

    value: float
    fmt: str = "General"


@dataclass(frozen=True)
class Formula:
    """A formula; `cached` None: the file was written by a program that computes nothing."""

    text: str
    cached: Any = None


@dataclass(frozen=True)
class Err:
    """An error value of the spreadsheet."""

    text: str


@dataclass(frozen=True)
class Look:
    """A value with a look: struck through, coloured, with a comment."""

    value: Any
    strike: bool = False
    colour: str = ""
    comment: str = ""


DATA, SET_ASIDE, NOT_DATA, EITHER = "data", "set_aside", "not_data", "set_aside or not_data"


@dataclass
class Line:
    """A line of a sheet as a person sees it.

    Attributes:
        cells: what is written, left to right.
        kind: record, set aside, or not data.
        wants: column of the contract -> wanted; only for records.
        split: for a line that holds several persons, the wants of each record.
        doubt: the line as a whole must carry a doubt (hidden, struck through, repeated).
        hidden: hidden or filtered.
        written: column of the contract -> what stands there.
    """

    cells: list[Any]
    kind: str = NOT_DATA
    wants: dict[str, Want] = field(default_factory=dict)
    split: list[dict[str, Want]] = field(default_factory=list)
    doubt: str = ""
    hidden: bool = False
    written: dict[str, Any] = field(default_factory=dict)


@dataclass
class Page:
    """A sheet."""

    name: str
    lines: list[Line]
    dataset: str
    merges: list[tuple[int, int, int, int]] = field(
        default_factory=list
    )  # row, col, row, col from 0
    visible: str = "visible"
    skipped: bool = False  # a hidden or foreign sheet that must be named and not read
    widths: int = 12


@dataclass
class Book:
    """A file.

    Attributes:
        name: its name under the department's folder.
        department: Chinese title of the folder.
        pages: its sheets in order.
        container: how it is written; see `tests.judgement.writers`.
        as_of: the day it speaks of; None where only its arrival is known.
        refused: the whole file must be refused with a sentence (kind of reason in words).
        defects: structural defects that touch every cell.
        notice: something must be said of the file or sheet as a whole (number in C2).
        options: of the writer.
    """

    name: str
    department: str
    pages: list[Page]
    container: str = "xlsx"
    as_of: dt.date | None = None
    refused: str = ""
    defects: tuple[str, ...] = ()
    notice: tuple[str, ...] = ()
    options: dict[str, Any] = field(default_factory=dict)
