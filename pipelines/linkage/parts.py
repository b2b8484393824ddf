"""The parts of a record as numbers, made once a side: blocking joins them, levels set them equal.

Most are the hash of a text, 64 bits; equal parts have equal numbers on both sides, and a null says
nothing. That two texts of a county share a number is less likely than one in ten million. Keys join
two or three parts (`candidates`), levels set them against each other (`compare_pairs`). Texts are
read again only where two of them are nearly equal.
"""

from collections.abc import Iterable

import polars as pl

from pipelines.linkage import names
from pipelines.linkage.levels import declared

MARK = "#"
"""Stands before the name of a part's column."""

FEW = ("sex", "village", "village_name", "township")
"""Columns with few values. They become categories, whose codes are the parts: the same value has
the same code in every frame of a process."""

_FACTOR = 0x9E3779B97F4A7C15
"""An odd number of 64 bits that spreads (Knuth's multiplicative hashing, the golden ratio)."""

OF_NAME = ("key", "sound", "letters", "starts", "ends", "given", "rest", "initial")
"""Parts of a name; and its ``length`` in characters."""


def _visible(part: pl.Expr) -> pl.Expr:
    return pl.when(~part.str.contains("?", literal=True)).then(part)


def _slice(start: int, length: int) -> pl.Expr:
    whole = pl.col("any_id").str.len_chars() == 18
    return pl.when(whole).then(_visible(pl.col("any_id").str.slice(start, length)))


def _texts() -> dict[str, pl.Expr]:
    number = pl.col("any_id")
    return {
        **{column: pl.col(column) for column in ("name", "id", "any_id", "phone", "household")},
        "number_last_4": _slice(14, 4),
        "tail_4": _visible(number.str.tail(4)),
        "tail_8": _visible(number.str.tail(8)),
        "front_14": _visible(number.str.head(14)),
    }


PARTS = (*_texts(), *FEW, *OF_NAME, "day", "birth_year", "number_year")
"""What both sides have, of the subject."""

RELATIVES = ("head_key", "guardian_key", "head_id", "guardian_id", "group")
"""What a list says beside; of them the population has ``head_key`` alone."""


def with_parts(side: pl.DataFrame) -> pl.DataFrame:
    """Give a side (`sides.left`, `sides.right`) its parts.

    A name, a number are hashed as they are, so that ``head_key`` meets ``key``.

    Returns:
        `side`, `FEW` as categories, with columns for `PARTS`, each `MARK` and its name; on the left
        for `RELATIVES`, ``other_head`` and ``other_head_id`` (null where the head is the subject),
        too, and of the relative's name ``relative_`` and each of `OF_NAME`; on the right ``head_``
        and each, and ``former``. They are UInt64, but for `FEW` (UInt32), ``day`` (the birth date's
        eight digits, Int32), ``birth_year`` and ``number_year`` (Int16). Beside them the ``length``
        of names in characters, and whether a number is ``masked``.
    """
    side = side.with_columns(pl.col(FEW).cast(pl.Categorical))
    listed = "guardian_key" in side.columns
    texts = _texts() | ({c: pl.col(c) for c in RELATIVES} | _OTHERS if listed else {})
    if "former_key" in side.columns:
        texts |= {"former": pl.col("former_key")}
    relative, kin = ("relative_", RELATIVE) if listed else ("head_", pl.col("head_key"))
    kin_names = side.select(kin).to_series()
    table = _of_names(pl.concat([side["key"], kin_names]).unique())
    hashed = side.select(
        *(hashed_part(text).alias(MARK + name) for name, text in texts.items()),
        pl.col(FEW).to_physical().name.prefix(MARK),
        _eight_digits(pl.col("birth")).alias("#day"),
        pl.col("birth").dt.year().cast(pl.Int16).alias("#birth_year"),
        _slice(6, 4).cast(pl.Int16, strict=False).alias("#number_year"),
        pl.col("any_id").str.contains("?", literal=True).alias("#masked"),
    )
    own, of_kin = _beside(side["key"], table, MARK), _beside(kin_names, table, MARK + relative)
    return pl.concat([side, hashed, own, of_kin], how="horizontal")


def _not_himself(column: str, own: str) -> pl.Expr:
    # A head who is the subject himself is his name and number once more, not a relative.
    return pl.when(pl.col(column).ne_missing(pl.col(own))).then(column)


_OTHERS = {
    "other_head": _not_himself("head_key", "key"),
    "other_head_id": _not_himself("head_id", "any_id"),
}

RELATIVE = pl.coalesce(_OTHERS["other_head"], "guardian_key")
"""The name of the relative whom a row of a list names."""


def rehashed(side: pl.DataFrame, column: str) -> pl.DataFrame:
    """Give a side whose `column` was changed the part anew."""
    return side.with_columns(hashed_part(pl.col(column)).alias(MARK + column))


def hashed_part(text: pl.Expr) -> pl.Expr:
    """Give the number of a text, null where there is none."""
    return pl.when(text.is_not_null()).then(text.hash())


def joined(parts: Iterable[str]) -> pl.Expr:
    """Give the number of a key from its parts; null where one is null."""
    first, *rest = (pl.col(MARK + part) for part in parts)
    for part in rest:
        first = together(first, part)
    return first


def together(first: pl.Expr, second: pl.Expr) -> pl.Expr:
    """Give one number for two."""
    return (first.cast(pl.UInt64) * _FACTOR) ^ second.cast(pl.UInt64)


def _eight_digits(day: pl.Expr) -> pl.Expr:
    """The date as the number that its eight digits make: 20210506."""
    month, of_month = day.dt.month().cast(pl.Int32), day.dt.day().cast(pl.Int32)
    return day.dt.year() * 10_000 + month * 100 + of_month


def _of_names(texts: pl.Series) -> pl.DataFrame:
    """The parts of distinct names, by ``text``."""
    read = names.sounds(texts, declared()).rename({"key": "text"})
    text, length = pl.col("text"), pl.col("text").str.len_chars()
    three = {
        "starts": text.str.head(2),
        "ends": pl.concat_str(text.str.head(1), text.str.tail(1)),
        "given": text.str.slice(1),
    }
    parts = {
        "key": text,
        "sound": pl.col("sound"),
        "letters": pl.col("letters"),
        **{name: pl.when(length >= 3).then(part) for name, part in three.items()},
        "rest": pl.when(length == 2).then(text.str.tail(1)),
        "initial": text.str.head(1),
    }
    hashed = [hashed_part(parts[name]).alias(name) for name in OF_NAME]
    return read.select("text", length.cast(pl.UInt8).alias("length"), *hashed)


def _beside(texts: pl.Series, table: pl.DataFrame, mark: str) -> pl.DataFrame:
    """The parts of each row's name, their columns marked."""
    found = texts.to_frame("text").join(table, on="text", how="left", maintain_order="left")
    return found.drop("text").select(pl.all().name.prefix(mark))
