"""A sheet as cells of text, whatever it was read from: what every reader gives to `header`."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest

import polars as pl

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
    hidden_rows: int = 0
    error_cells: int = 0
    """Cells with ``#N/A``, ``#REF!`` and the like; they read as blank."""


def from_rows(name: str, rows: Sequence[Sequence[str | None]], merges: pl.DataFrame) -> RawSheet:
    """Give a sheet from rows of any length, cells as strings; white space alone is blank."""
    columns = list(zip_longest(*rows)) if rows else []
    cells = pl.DataFrame(
        [pl.Series(str(i), column, dtype=pl.String) for i, column in enumerate(columns)]
    )
    cells = cells.with_columns(pl.when(pl.all().str.contains(r"\S")).then(pl.all()))
    return RawSheet(name, cells, merges=merges)
