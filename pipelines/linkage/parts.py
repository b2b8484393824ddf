"""The parts of a record as numbers, made once a side: blocking joins them, levels set them equal.

Most are the hash of a text, 64 bits; equal parts have equal numbers on both sides, and a null says
nothing. That two texts of a county share a number is less likely than one in ten million. Keys join
two or three parts (`candidates`), levels set them against each other (`compare_pairs`). Texts are
read again only where two of them are nearly equal.

What is in a name is kept once for each distinct name (`KNOWN`), for a county has far fewer names
than rows that bear one; a row has the number of its name.
"""

from collections.abc import Iterable, Sequence
from threading import Lock

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

OF_NAME = ("sound", "letters", "starts", "ends", "given", "rest", "initial")
"""Parts of a name beside its ``key``; and its ``length`` in characters."""

NAME = "#nth_name"
"""The column that says which of `KNOWN` the subject's name is (UInt32)."""


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


PARTS = (*_texts(), "key", *FEW, *OF_NAME, "day", "birth_year", "number_year")
"""What both sides know of the subject: columns, but for `OF_NAME` (`key_of`)."""

RELATIVES = ("head_key", "guardian_key", "head_id", "guardian_id", "group")
"""What a list says beside; of them the population has ``head_key`` alone."""


def with_parts(side: pl.DataFrame) -> pl.DataFrame:
    """Give a side (`sides.left`, `sides.right`) its parts.

    A name, a number are hashed as they are, so that ``head_key`` meets ``key``.

    Returns:
        `side`, `FEW` as categories, with columns for `PARTS` but `OF_NAME`, each `MARK` and its
        name; on the left for `RELATIVES`, ``other_head`` and ``other_head_id`` (null where the head
        is the subject), too, and ``relative_key``; on the right ``head_key`` and ``former``. They
        are UInt64, but for `FEW` (UInt32), ``day`` (the birth date's eight digits, Int32),
        ``birth_year`` and ``number_year`` (Int16). Beside them `NAME`, ``nth_relative`` (on the
        right ``nth_head``): which of `KNOWN` these names are, and whether a number is ``masked``.
    """
    side = side.with_columns(pl.col(FEW).cast(pl.Categorical))
    listed = "guardian_key" in side.columns
    texts = _texts() | {"key": pl.col("key")}
    if listed:
        texts |= {c: pl.col(c) for c in RELATIVES} | _OTHERS | {"relative_key": RELATIVE}
    else:
        texts |= {"head_key": pl.col("head_key")}
    if "former_key" in side.columns:
        texts |= {"former": pl.col("former_key")}
    relative, kin = ("relative", RELATIVE) if listed else ("head", pl.col("head_key"))
    said = {column.name for column in side if column.null_count() < side.height}
    told = [name for name, text in texts.items() if said.intersection(text.meta.root_names())]
    return side.with_columns(
        *(hashed_part(texts[name]).alias(MARK + name) for name in told),
        # Of what nobody says there is one null for all rows.
        *(pl.lit(None, dtype=pl.UInt64).alias(MARK + name) for name in texts if name not in told),
        pl.col(FEW).to_physical().name.prefix(MARK),
        _eight_digits(pl.col("birth")).alias("#day"),
        pl.col("birth").dt.year().cast(pl.Int16).alias("#birth_year"),
        _slice(6, 4).cast(pl.Int16, strict=False).alias("#number_year"),
        pl.col("any_id").str.contains("?", literal=True).alias("#masked"),
        KNOWN.numbers(side["key"]).alias(NAME),
        KNOWN.numbers(side.select(kin).to_series()).alias(f"#nth_{relative}"),
    )


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


def key_of(side: pl.DataFrame, parts: Sequence[str], beside: Sequence[str] = ()) -> pl.DataFrame:
    """Give the number of a key of each row of a side, whatever its parts.

    Args:
        side: `with_parts`.
        parts: Some of `PARTS`, `RELATIVES`.
        beside: Further columns of the side.

    Returns:
        The columns `beside`, and ``value``, null where a part is.
    """
    of_name = [part for part in parts if part in OF_NAME]
    own = side.select(*beside, *(MARK + part for part in parts if part not in OF_NAME))
    if of_name:
        read = KNOWN.parts(side[NAME], of_name).select(pl.all().name.prefix(MARK))
        own = pl.concat([own, read], how="horizontal")
    return own.select(*beside, value=joined(parts))


def _eight_digits(day: pl.Expr) -> pl.Expr:
    """The date as the number that its eight digits make: 20210506."""
    month, of_month = day.dt.month().cast(pl.Int32), day.dt.day().cast(pl.Int32)
    return day.dt.year() * 10_000 + month * 100 + of_month


class KnownNames:
    """Every name that was met in this process, and its parts, in the order in which they came.

    So the same name has the same number in every frame, as categories have.
    """

    def __init__(self) -> None:
        """Begin with none."""
        self._read = pl.DataFrame(
            schema={"key": pl.UInt64, "length": pl.UInt8, **dict.fromkeys(OF_NAME, pl.UInt64)}
        )
        self._reading = Lock()

    def numbers(self, texts: pl.Series) -> pl.Series:
        """Give which of them each name is; those that were not met before are read."""
        keys = texts.to_frame("text").select("text", key=hashed_part(pl.col("text")))
        with self._reading:
            new = keys.drop_nulls().join(self._read, on="key", how="anti").unique("key")
            if not new.is_empty():
                self._read = pl.concat([self._read, _of_names(new["text"])], rechunk=True)
            known = self._read.select("key").with_row_index("nth")
        return keys.join(known, on="key", how="left", maintain_order="left")["nth"]

    def parts(self, numbers: pl.Series, parts: Sequence[str] = ()) -> pl.DataFrame:
        """Give parts of names by their numbers, all where none are named; null where a name is."""
        return self._read.select(pl.col(parts or self._read.columns).gather(numbers))


def _of_names(texts: pl.Series) -> pl.DataFrame:
    """The parts of distinct names: ``key``, ``length``, `OF_NAME`."""
    read = names.sounds(texts, declared()).rename({"key": "text"})
    text, length = pl.col("text"), pl.col("text").str.len_chars()
    three = {
        "starts": text.str.head(2),
        "ends": pl.concat_str(text.str.head(1), text.str.tail(1)),
        "given": text.str.slice(1),
    }
    parts = {
        "sound": pl.col("sound"),
        "letters": pl.col("letters"),
        **{name: pl.when(length >= 3).then(part) for name, part in three.items()},
        "rest": pl.when(length == 2).then(text.str.tail(1)),
        "initial": text.str.head(1),
    }
    hashed = [hashed_part(parts[name]).alias(name) for name in OF_NAME]
    return read.select(
        hashed_part(text).alias("key"), length.cast(pl.UInt8).alias("length"), *hashed
    )


KNOWN = KnownNames()
"""The names of both sides of every list."""
