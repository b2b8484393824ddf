"""A sheet as cells of text, whatever it was read from: what every reader gives to `header`."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import zip_longest

import polars as pl

from pipelines.intake.containers import RefusedError

MAX_COLUMNS = 16_384
"""What a spreadsheet has (XFD)."""
MAX_ROWS = 1_048_576
MAX_CELLS = 60_000_000
"""200,000 rows of 300 columns; the readers need about 30 bytes for each, blank or not."""

MERGES = {"row_from": pl.Int64, "row_to": pl.Int64, "col_from": pl.Int64, "col_to": pl.Int64}
"""Merged ranges, from 0, both ends included."""


def no_merges() -> pl.DataFrame:
    """Give a frame of no merged ranges."""
    return pl.DataFrame(schema=MERGES)


def _no_numbers(columns: Sequence[int]) -> pl.DataFrame | None:  # noqa: ARG001
    return None


@dataclass
class RawSheet:
    """One sheet. Row i of `cells` is spreadsheet row i + 1; columns bear their position from 0."""

    name: str
    cells: pl.DataFrame
    """String columns named by position (``"0"`` is column A); leading blank ones may be absent. A
    cell without visible text is null."""
    hidden: bool = False
    merges: pl.DataFrame = field(default_factory=no_merges)
    numbers: Callable[[Sequence[int]], pl.DataFrame | None] = _no_numbers
    """Given positions, a Boolean frame: was the cell a number? None where no long number stands."""
    from_1904: bool = False
    """Whether days are counted from 1904, as old workbooks of Macs do."""
    hidden_rows: int = 0
    hidden_at: Sequence[int] = ()
    """Numbers (from 1) of the first of them."""
    error_cells: int = 0
    """Cells with ``#N/A``, ``#REF!`` and the like; none is used."""
    unsaved_formulas: int = 0
    """Formulas without a stored result; they read as blank."""
    unsaved_at: tuple[str, ...] = ()
    """References of the first dozen of them."""
    marks: Mapping[str, Iterable[int]] = field(default_factory=dict)
    """Kind of mark (`pipelines.intake.marks`) to the numbers of rows with text that bears it."""
    comments: int = 0
    """Cells with notes pinned to them; these are not read."""
    comments_at: tuple[str, ...] = ()
    """References of the first dozen of them."""
    elsewhere: int = 0
    """Rows that stand blank here because they are another list's of the same sheet."""


def later_list(part: RawSheet) -> RawSheet:
    """Give a list that is not its sheet's first: what holds for the whole sheet is said there."""
    return replace(
        part,
        hidden_rows=0,
        error_cells=0,
        unsaved_formulas=0,
        unsaved_at=(),
        comments=0,
        comments_at=(),
    )


def from_rows(name: str, rows: Sequence[Sequence[str | None]], merges: pl.DataFrame) -> RawSheet:
    """Give a sheet from rows of any length, cells as strings; white space alone is blank.

    Raises:
        RefusedError: The table is larger than a spreadsheet may be.
    """
    bounded(len(rows), max(map(len, rows), default=0), name)
    columns = list(zip_longest(*rows)) if rows else []
    cells = pl.DataFrame(
        [pl.Series(str(i), column, dtype=pl.String) for i, column in enumerate(columns)]
    )
    return RawSheet(name, blank_as_null(cells), merges=merges)


def blank_as_null(cells: pl.DataFrame) -> pl.DataFrame:
    """Give the cells with null for those of white space alone."""
    return cells.with_columns(pl.when(pl.all().str.contains(r"\S")).then(pl.all()))


def bounded(rows: int, columns: int, sheet: str) -> None:
    """Refuse a table so large that one cell far away, not its data, must be the reason.

    Raises:
        RefusedError: It has more columns than a spreadsheet, or too many cells.
    """
    if columns > MAX_COLUMNS or rows * columns > MAX_CELLS:
        where = f"工作表“{sheet}”" if sheet else "表格"
        raise RefusedError(
            f"{where}的范围过大（到 {column_letters(columns - 1)}{rows}）；"
            "请删除数据以外的多余行列后另存再报送。"
        )


def column_position(letters: str) -> int:
    """Give the position from 0 of the column that a spreadsheet calls `letters`."""
    position = 0
    for letter in letters:
        position = position * 26 + ord(letter) - 64
    return position - 1


def column_letters(position: int) -> str:
    """Give what a spreadsheet calls the column at `position` from 0."""
    letters = ""
    number = position + 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
