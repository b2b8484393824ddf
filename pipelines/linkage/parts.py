"""What blocking keys are made of: each part of a record as one number, hashed once a side.

A key joins two or three parts (`candidates`); equal parts have equal numbers on both sides, and a
null part makes no key. Numbers instead of texts, because the keys of a county are joined again for
every list.
"""

import polars as pl

from pipelines.linkage import names
from pipelines.linkage.levels import declared

MARK = "#"
"""Stands before the name of a part's column."""

_FACTOR = 0x9E3779B97F4A7C15
"""An odd number of 64 bits that spreads (Knuth's multiplicative hashing, the golden ratio)."""


def _visible(part: pl.Expr) -> pl.Expr:
    return pl.when(~part.str.contains("?", literal=True)).then(part)


def _slice(start: int, length: int) -> pl.Expr:
    whole = pl.col("any_id").str.len_chars() == 18
    return pl.when(whole).then(_visible(pl.col("any_id").str.slice(start, length)))


def _of_three(part: pl.Expr) -> pl.Expr:
    return pl.when(pl.col("key").str.len_chars() >= 3).then(part)


def _parts() -> dict[str, pl.Expr]:
    number, key = pl.col("any_id"), pl.col("key")
    own = ("id", "birth", "village", "village_name", "township", "key", "phone", "household")
    return {
        **{column: pl.col(column) for column in (*own, "sound", "letters")},
        "birth_year": pl.col("birth").dt.year(),
        "number_year": _slice(6, 4),
        "number_last_4": _slice(14, 4),
        "tail_4": _visible(number.str.tail(4)),
        "tail_8": _visible(number.str.tail(8)),
        "front_14": _visible(number.str.head(14)),
        "initial": key.str.head(1),
        "given": _of_three(key.str.slice(1)),
        "ends": _of_three(pl.concat_str(key.str.head(1), key.str.tail(1))),
        "starts": _of_three(key.str.head(2)),
    }


PARTS = tuple(_parts())
"""What both sides have."""

RELATIVES = ("head_key", "guardian_key", "head_id", "guardian_id")
"""What a list says of relatives, and the population of nobody."""


def with_parts(side: pl.DataFrame) -> pl.DataFrame:
    """Give a side (`sides.left`, `sides.right`) a column of UInt64 for each part.

    A date, a name, a number are hashed as they are, so that ``head_key`` meets ``key``.
    """
    sounds = names.sounds(side["key"], declared())
    read = side.join(sounds, on="key", how="left", maintain_order="left")
    parts = _parts() | {c: pl.col(c) for c in RELATIVES if c in side.columns}
    numbers = [
        pl.when(part.is_not_null()).then(part.hash()).alias(MARK + name)
        for name, part in parts.items()
    ]
    return read.drop("sound", "letters").with_columns(read.select(numbers))


def joined(parts: tuple[str, ...]) -> pl.Expr:
    """Give the number of a key from its parts; null where one is null."""
    first, *rest = (pl.col(MARK + part) for part in parts)
    for part in rest:
        first = (first * _FACTOR) ^ part
    return first
