"""What a damaged ID number still says: which positions agree with a whole one, and how well.

A hint is what standardise could still read of a number it does not trust: ``?`` for a character
that is not known (masked, or invented by a spreadsheet after the fifteenth digit), all eighteen
characters where only the check digit fails, seventeen or nineteen where one was dropped or doubled.
"""

import numpy as np
import numpy.typing as npt
import polars as pl

from pipelines.linkage.names import distances

LENGTH = 18
_PLAUSIBLE = r"^[0-9?]{14,19}[0-9Xx?]?$"


def usable(column: str) -> pl.Expr:
    """Give the hint where it is the rest of an ID number, else null (passports, 无, 户口簿)."""
    hint = pl.col(column).str.to_uppercase()
    fits = hint.str.contains(_PLAUSIBLE) & hint.str.len_chars().is_between(15, 20)
    known = hint.str.count_matches("[0-9X]")
    return pl.when(fits & (known >= 6)).then(hint)


def birth(column: str) -> pl.Expr:
    """Give the birth date inside an 18-character number where its eight digits are known."""
    digits = pl.when(pl.col(column).str.len_chars() == LENGTH).then(pl.col(column).str.slice(6, 8))
    return digits.str.to_date("%Y%m%d", strict=False)


def sex(column: str) -> pl.Expr:
    """Give the sex that the seventeenth digit of a valid number says."""
    digit = pl.col(column).str.slice(16, 1).cast(pl.Int8, strict=False)
    return pl.when(digit % 2 == 1).then(pl.lit("男")).when(digit % 2 == 0).then(pl.lit("女"))


def visible_agreement(
    left: pl.Series, right: pl.Series
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Count the positions known on both sides that are equal, and those that are not.

    Args:
        left: Numbers or hints of 18 characters, no nulls.
        right: The same, of equal length.
    """
    a = np.array(left.to_list(), dtype=f"S{LENGTH}").view(np.uint8).reshape(-1, LENGTH)
    b = np.array(right.to_list(), dtype=f"S{LENGTH}").view(np.uint8).reshape(-1, LENGTH)
    known = (a != ord("?")) & (b != ord("?"))
    return (known & (a == b)).sum(axis=1), (known & (a != b)).sum(axis=1)


def hint_levels(pairs: pl.DataFrame) -> pl.DataFrame:
    """Give distinct pairs of numbers, at least one of them damaged, their level.

    Args:
        pairs: ``left``, ``right``: numbers or hints, no nulls.

    Returns:
        `pairs` with ``level`` (UInt8, codes of ``id_number`` in levels.yaml): 6 one edit, 5
        fourteen or more visible positions equal, 4 fewer (nine or more) or two edits, 2 they clash,
        0 where what is visible says nothing (the district alone).
    """
    masked = pl.any_horizontal(pl.col("left", "right").str.contains("?", literal=True))
    whole = pl.all_horizontal(pl.col("left", "right").str.len_chars() == LENGTH)
    hidden = pairs.filter(masked & whole)
    agree, clash = visible_agreement(hidden["left"], hidden["right"])
    by_visible = (
        pl.when(pl.col("clash") > 0)
        .then(2)
        .when(pl.col("agree") >= 14)
        .then(5)
        .when(pl.col("agree") >= 9)
        .then(4)
        .otherwise(0)
    )
    seen = hidden.with_columns(agree=pl.Series(agree), clash=pl.Series(clash))
    written = pairs.filter(~masked)
    edits = written.with_columns(
        distance=pl.Series(distances(written["left"], written["right"]), dtype=pl.Int64)
    )
    by_edits = (
        pl.when(pl.col("distance") <= 1).then(6).when(pl.col("distance") == 2).then(4).otherwise(2)
    )
    rest = pairs.filter(masked & ~whole)
    columns = ("left", "right")
    return pl.concat(
        [
            seen.select(*columns, by_visible.cast(pl.UInt8).alias("level")),
            edits.select(*columns, by_edits.cast(pl.UInt8).alias("level")),
            rest.select(*columns, pl.lit(0, dtype=pl.UInt8).alias("level")),
        ]
    )
