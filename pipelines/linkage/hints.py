"""What a damaged ID number still says: which positions agree with a whole one, and how well.

A hint is what standardise could still read of a number it does not trust: ``?`` for a character that
is not known (masked, or invented by a spreadsheet after the fifteenth digit), all eighteen characters
where only the check digit fails, seventeen or nineteen where one was dropped or doubled.
"""

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


def visible_agreement() -> list[pl.Expr]:
    """Give ``agree`` and ``clash``: known positions of ``left`` and ``right`` that are equal, or not."""
    agree, clash = [], []
    for i in range(LENGTH):
        a, b = pl.col("left").str.slice(i, 1), pl.col("right").str.slice(i, 1)
        known = (a != "?") & (b != "?")
        agree.append((known & (a == b)).cast(pl.UInt8))
        clash.append((known & (a != b)).cast(pl.UInt8))
    return [pl.sum_horizontal(agree).alias("agree"), pl.sum_horizontal(clash).alias("clash")]


def hint_levels(pairs: pl.DataFrame) -> pl.DataFrame:
    """Give distinct pairs of numbers, at least one of them damaged, their level.

    Args:
        pairs: ``left``, ``right``: numbers or hints, no nulls.

    Returns:
        `pairs` with ``level`` (UInt8, codes of ``id_number`` in levels.yaml): 6 one edit, 5 fourteen
        or more visible positions equal, 4 fewer (nine or more) or two edits, 2 they clash, 0 where
        what is visible says nothing (the district alone).
    """
    if pairs.is_empty():
        return pairs.with_columns(level=pl.lit(None, dtype=pl.UInt8))
    whole = (pl.col("left").str.len_chars() == LENGTH) & (
        pl.col("right").str.len_chars() == LENGTH
    )
    masked = pl.col("left").str.contains("?", literal=True) | pl.col("right").str.contains(
        "?", literal=True
    )
    frame = pairs.with_columns(
        *visible_agreement(), distance=pl.Series(distances(pairs["left"], pairs["right"]))
    )
    level = (
        pl.when(masked & whole & (pl.col("clash") > 0)).then(2)
        .when(masked & whole & (pl.col("agree") >= 14)).then(5)
        .when(masked & whole & (pl.col("agree") >= 9)).then(4)
        .when(masked & whole).then(0)
        .when(masked).then(0)
        .when(pl.col("distance") <= 1).then(6)
        .when(pl.col("distance") == 2).then(4)
        .otherwise(2)
    )
    return frame.select("left", "right", level.cast(pl.UInt8).alias("level"))
