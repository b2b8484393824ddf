"""What Chinese names sound like, and how two of them differ.

Everything works on distinct names or distinct characters and on whole columns; distances count
characters (rapidfuzz, polars), never bytes.
"""

import os
from functools import cache, lru_cache

import numpy as np
import polars as pl
from rapidfuzz.distance import OSA
from rapidfuzz.process import cpdist

from pipelines.linkage.levels import Declared
from pipelines.standardise.names import CHILD_OF

LONGEST = 24
"""Characters of a name that are compared; minority names with all parts stay below."""

_LONG = 6
"""Characters of a name from which a third may differ and it is still nearly the same."""

_SHORT = 4
"""Characters of a name up to which all are read together, a column a place."""

_MOST = 1 << 10
"""More characters than a name has: so many numbers of 54 bits have a sum of 64."""

_UNREADABLE = r"[a-zA-Z?？□■*＊○〇]+"


def readable(column: str) -> pl.Expr:
    """Give a name key with each run of characters that could not be written as one ``?``."""
    return pl.col(column).str.replace_all(_UNREADABLE, "?")


def child_sex(column: str) -> pl.Expr:
    """Give the sex that 之子 or 之女 says, else null."""
    word = pl.col(column).str.extract(CHILD_OF, 2)
    return (
        pl.when(word.str.contains("女"))
        .then(pl.lit("女"))
        .when(word.str.contains("子"))
        .then(pl.lit("男"))
    )


def key_of(column: str) -> pl.Expr:
    """Give a plain comparison key for a name that comes without one: no spaces, no separators."""
    return pl.col(column).str.replace_all(r"[\s·•・．.‧∙]+", "")


def sounds(names: pl.Series, declared: Declared) -> pl.DataFrame:
    """Give each distinct name its sound, the first character read as a surname.

    Args:
        names: Name keys; nulls are left out.
        declared: Where the surname readings stand.

    Returns:
        Columns ``key``, ``sound`` (toneless readings joined with a space) and ``letters`` (one
        number of its characters, whatever their order).
    """
    keys = pl.DataFrame({"key": names.drop_nulls().unique()})
    # One column a place: names are short, and the few long ones must not make columns for all.
    long = pl.col("key").str.len_chars() > _SHORT
    return pl.concat([_said(keys.filter(~long), declared), _said(keys.filter(long), declared)])


def _said(keys: pl.DataFrame, declared: Declared) -> pl.DataFrame:
    longest = int(keys.select(pl.col("key").str.len_chars().max().fill_null(0)).item())
    places = [pl.col("key").str.slice(i, 1).alias(f"{i}") for i in range(max(longest, 1))]
    characters = keys.select(places)
    # A reading costs a Python call, so it is asked once a distinct character, not once a name.
    distinct = pl.concat([column.unique().alias("c") for column in characters]).unique()
    readings = {c: _reading(c) for c in distinct if c}
    surnames = {c: declared.surname_readings.get(c, r) for c, r in readings.items()}
    first, *rest = characters.columns
    tables = [(first, surnames), *((place, readings) for place in rest)]
    said = [
        pl.col(place).replace_strict(table, default=None, return_dtype=pl.String)
        for place, table in tables
    ]
    numbers = [
        pl.when(pl.col(c) != "").then(pl.col(c).hash() // _MOST).otherwise(0)
        for c in characters.columns
    ]
    told = characters.select(
        sound=pl.concat_str(said, separator=" ", ignore_nulls=True),
        letters=pl.sum_horizontal(numbers),
    )
    return pl.concat([keys, told], how="horizontal")


@lru_cache(maxsize=50_000)
def _reading(character: str) -> str:
    # One character at a time needs no dictionary of phrases, which would take most of the loading.
    os.environ.setdefault("PYPINYIN_NO_PHRASES", "true")
    from pypinyin import Style, pinyin

    return str(pinyin(character, style=Style.NORMAL)[0][0])


@lru_cache(maxsize=4)
def _look_alike(families: tuple[str, ...]) -> pl.Series:
    pairs = {a + b for family in families for a in family for b in family if a != b}
    return pl.Series("pair", sorted(pairs), dtype=pl.String)


def look_alike_pairs(declared: Declared) -> pl.Series:
    """Give every ordered pair of characters that are taken for one another, as two-letter text."""
    return _look_alike(declared.look_alike)


def distances(left: pl.Series, right: pl.Series) -> "np.ndarray[tuple[int], np.dtype[np.int_]]":
    """Give the optimal string alignment distance, in characters, of two columns without nulls."""
    if len(left) == 0:
        return np.zeros(0, dtype=int)
    return np.asarray(cpdist(left.to_list(), right.to_list(), scorer=OSA.distance), dtype=int)


def name_levels(pairs: pl.DataFrame, declared: Declared) -> pl.DataFrame:
    """Give distinct pairs of name keys their level (codes of ``name`` in levels.yaml).

    Args:
        pairs: ``left`` and ``right`` name keys, no nulls.
        declared: Look-alike characters and surname readings.

    Returns:
        ``left``, ``right`` and ``level`` (UInt8): 8 where the keys are equal, down to 1; or `PART`,
        `SPELT`; 0 where a name is `UNWRITTEN`.
    """
    n_l, n_r = pl.col("left").str.len_chars(), pl.col("right").str.len_chars()
    frame = _read(pairs, declared).with_columns(n_l=n_l, n_r=n_r).pipe(_with_distance)
    # Few pairs are near; only theirs is worth finding out where they differ.
    near = (
        frame.filter((pl.col("distance") == 1) & (pl.col("n_l") == pl.col("n_r")))
        .select("left", "right")
        .with_columns(swap=_differing())
    )
    frame = frame.join(near, on=["left", "right"], how="left", maintain_order="left")
    n_l, n_r = pl.col("n_l"), pl.col("n_r")
    alike = pl.col("swap").is_in(look_alike_pairs(declared).implode())
    unreadable = (n_l >= 2) & pl.col("swap").str.contains("?", literal=True)
    reordered = (n_l == n_r) & (n_l >= 2) & (pl.col("letters") == pl.col("letters_r"))
    shorter, longer = pl.min_horizontal(n_l, n_r), pl.max_horizontal(n_l, n_r)
    inserted = (shorter >= 2) & (longer - shorter == 1) & (pl.col("distance") == 1)
    contained = (
        (shorter >= 2)
        & (longer >= 4)
        & (
            pl.col("left").str.starts_with(pl.col("right"))
            | pl.col("right").str.starts_with(pl.col("left"))
            | pl.col("left").str.ends_with(pl.col("right"))
            | pl.col("right").str.ends_with(pl.col("left"))
        )
    )
    spelt = (shorter >= _LONG) & pl.col("distance").is_between(1, longer // 3)
    level = (
        pl.when(pl.col("left") == pl.col("right"))
        .then(8)
        .when(pl.any_horizontal(pl.col("left", "right") == UNWRITTEN))
        .then(0)
        .when((n_l == n_r) & (pl.col("sound") == pl.col("sound_r")))
        .then(7)
        .when(alike | unreadable)
        .then(6)
        .when(reordered)
        .then(5)
        .when(inserted)
        .then(4)
        .when(contained)
        .then(PART)
        .when((pl.col("distance") == 1) & (n_l >= 3) & (n_l == n_r))
        .then(3)
        .when(spelt)
        .then(SPELT)
        .when(pl.col("left").str.head(1) == pl.col("right").str.head(1))
        .then(2)
        .otherwise(1)
    )
    return frame.select("left", "right", level.cast(pl.UInt8).alias("level"))


PART, FORMER, EXCHANGED, SPELT = 10, 11, 12, 13
"""A part of the other name (买买提 of 买买提·艾力); the name in an earlier roster; the head's, the
subject's standing as the head's; a long name in other characters (依明, 伊敏)."""

ANOTHER = 2
"""The level up to which a name is clearly another."""

UNWRITTEN = "?"
"""The key of a name of which no character could be written (`readable`)."""

ONE_APART, ASK = 14, 15
"""What `by_parts` says of two names that differ in one character, and of such as must be read."""


def by_parts() -> pl.Expr:
    """Give the level of two names by their parts alone, as far as it goes.

    Names of two and three characters, nearly all, need not be read: equal halves tell.

    Returns:
        On the parts of one name (`parts.KNOWN`), those of the other with ``_r`` behind: the codes
        of `name_levels`; `ONE_APART`: 6, 3, 2 or 1, as the two characters say (`apart_levels`);
        `ASK`: only `name_levels` knows. Null where a name is.
    """

    def a(part: str) -> pl.Expr:
        return pl.col(part)

    def b(part: str) -> pl.Expr:
        return pl.col(f"{part}_r")

    def same(*parts: str) -> pl.Expr:
        return pl.any_horizontal((a(part) == b(part)).fill_null(value=False) for part in parts)

    n_l, n_r = a("length"), b("length")
    equal = n_l == n_r
    halves = ("starts", "ends", "given")
    shorter = pl.any_horizontal(
        *(
            (n_l == 2) & (n_r == 3) & (a("key") == b(half)).fill_null(value=False)
            for half in halves
        ),
        *(
            (n_l == 3) & (n_r == 2) & (b("key") == a(half)).fill_null(value=False)
            for half in halves
        ),
    )
    return (
        pl.when(n_l.is_null() | n_r.is_null())
        .then(None)
        .when(a("key") == b("key"))
        .then(8)
        .when(equal & (a("sound") == b("sound")))
        .then(7)
        .when((n_l > 3) | (n_r > 3) | (equal & ((n_l == 1) | (a("letters") == b("letters")))))
        .then(ASK)
        .when(equal & (same(*halves) | ((n_l == 2) & same("initial", "rest"))))
        .then(ONE_APART)
        .when(shorter)
        .then(4)
        .when(same("initial"))
        .then(2)
        .otherwise(1)
        .cast(pl.UInt8)
    )


def apart_levels(pairs: pl.DataFrame, declared: Declared) -> pl.Series:
    """Give the level of names of two or three characters that differ in one.

    Args:
        pairs: ``left`` and ``right`` name keys.
        declared: Look-alike characters.
    """
    left, right = pl.col("left"), pl.col("right")
    swap = pl.coalesce(
        pl.when(left.str.slice(i, 1) != right.str.slice(i, 1)).then(
            pl.concat_str(left.str.slice(i, 1), right.str.slice(i, 1))
        )
        for i in range(3)
    )
    alike = swap.is_in(look_alike_pairs(declared).implode())
    level = (
        pl.when(alike | swap.str.contains("?", literal=True))
        .then(6)
        .when(left.str.len_chars() >= 3)
        .then(3)
        .when(left.str.head(1) == right.str.head(1))
        .then(2)
        .otherwise(1)
    )
    return pairs.select(level.cast(pl.UInt8)).to_series()


def _read(pairs: pl.DataFrame, declared: Declared) -> pl.DataFrame:
    known = sounds(pl.concat([pairs["left"], pairs["right"]]), declared)
    for side, suffix in (("left", ""), ("right", "_r")):
        own = known.rename({"key": side, "sound": f"sound{suffix}", "letters": f"letters{suffix}"})
        pairs = pairs.join(own, on=side, how="left", maintain_order="left")
    return pairs


def _with_distance(frame: pl.DataFrame) -> pl.DataFrame:
    """Add ``distance`` where it may be 1, else -1: one edit is asked for, of long names a few.

    Two names of two and more characters that are one edit apart begin or end alike, or are the same
    characters turned round.
    """
    n_l, n_r = pl.col("n_l").cast(pl.Int32), pl.col("n_r").cast(pl.Int32)
    left, right = pl.col("left"), pl.col("right")
    long = pl.min_horizontal(n_l, n_r) >= _LONG
    may = long | ((n_l - n_r).abs() <= 1) & (
        (pl.min_horizontal(n_l, n_r) <= 1)
        | (left.str.head(1) == right.str.head(1))
        | (left.str.tail(1) == right.str.tail(1))
        | (pl.col("letters") == pl.col("letters_r"))
    )
    asked = frame.select(may.fill_null(value=True)).to_series()
    near = frame.filter(asked)
    distance = np.full(frame.height, -1, dtype=int)
    distance[asked.to_numpy()] = distances(near["left"], near["right"])
    return frame.with_columns(distance=pl.Series(distance))


@cache
def _differing() -> pl.Expr:
    """The two characters, left then right, at the one place where two names differ."""
    places = [
        pl.when(pl.col("left").str.slice(i, 1) != pl.col("right").str.slice(i, 1)).then(
            pl.concat_str(pl.col("left").str.slice(i, 1), pl.col("right").str.slice(i, 1))
        )
        for i in range(LONGEST)
    ]
    return pl.coalesce(places)
