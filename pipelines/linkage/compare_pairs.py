"""How a pair of rows compares: one integer level a field, 0 where a side says nothing.

Dear comparisons (names, damaged numbers) are made once for each distinct pair of values; the rest
are whole-column expressions. The codes are those of `data/reference/levels.yaml`.
"""

from collections.abc import Sequence

import polars as pl

from pipelines.linkage import hints, names
from pipelines.linkage.levels import FIELDS, Declared

SLICE = 500_000
"""Pairs that stand side by side at a time: both sides' texts of all pairs would be the peak."""

_LEFT = (
    "name", "key", "id", "any_id", "sex", "birth", "precision", "birth_from_id", "village",
    "village_name", "township", "phone", "household", "head_key", "guardian_key", "head_id",
    "guardian_id", "group",
)  # fmt: skip
_RIGHT = (
    "name", "key", "id", "any_id", "sex", "birth", "precision", "birth_from_id", "village",
    "village_name", "township", "phone", "household", "head_key", "hh",
)  # fmt: skip


def with_levels(
    pairs: pl.DataFrame,
    left: pl.DataFrame,
    right: pl.DataFrame,
    declared: Declared,
    settled: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """Give each pair its level in every field.

    Args:
        pairs: ``l``, ``r`` and any further columns.
        left: `sides.left`.
        right: `sides.right`.
        declared: The levels.
        settled: ``group``, ``hh``: where other rows of the list's own groups are known to belong,
            for the field ``mates``. The rows compared must not be among those rows.

    Returns:
        `pairs` with one UInt8 column a field, in the order of `levels.FIELDS`.
    """
    kept = [c for c in pairs.columns if c not in FIELDS]
    if pairs.is_empty():
        return pairs.select(*kept, *[pl.lit(0, dtype=pl.UInt8).alias(f) for f in FIELDS])
    known = pairs.select(kept).with_columns(_name_level=_name_levels(pairs, left, right, declared))
    compared = (_levels(part, left, right, declared, settled) for part in known.iter_slices(SLICE))
    return pl.concat(compared).select(*kept, *FIELDS)


def _levels(
    pairs: pl.DataFrame,
    left: pl.DataFrame,
    right: pl.DataFrame,
    declared: Declared,
    settled: pl.DataFrame | None,
) -> pl.DataFrame:
    theirs = at(right, pairs["r"], _RIGHT)
    both = (
        pairs,
        at(left, pairs["l"], _LEFT),
        theirs.rename({c: f"{c}_r" for c in _RIGHT if c in _LEFT}),
    )
    wide = pl.concat(both, how="horizontal")
    return (
        wide.pipe(_id_number, right)
        .pipe(_birth_date)
        .with_columns(_name(), _sex(), _village(), _household())
        .pipe(_family, right, declared)
        .pipe(_phone, right)
        .pipe(_mates, settled)
        .select(*pairs.columns, *[pl.col(f).cast(pl.UInt8) for f in FIELDS])
    )


def at(side: pl.DataFrame, positions: pl.Series, columns: Sequence[str]) -> pl.DataFrame:
    """Give columns of a side's rows by their positions (named ``l`` or ``r`` as in the side)."""
    numbers = side[positions.name]
    whole = side.height == 0 or numbers[-1] == side.height - 1
    rows = positions if whole else numbers.search_sorted(positions)
    return side.select(pl.col(columns).gather(rows))


def _by_distinct(wide: pl.DataFrame, a: str, b: str, where: pl.Expr) -> pl.DataFrame:
    """The distinct value pairs of two columns where `where` holds: ``left``, ``right``."""
    return (
        wide.filter(where & pl.col(a).is_not_null() & pl.col(b).is_not_null())
        .select(pl.col(a).alias("left"), pl.col(b).alias("right"))
        .unique()
    )


def _look_up(wide: pl.DataFrame, a: str, b: str, table: pl.DataFrame, name: str) -> pl.DataFrame:
    found = table.select(pl.col("left").alias(a), pl.col("right").alias(b), pl.col("level"))
    return wide.join(found, on=[a, b], how="left", maintain_order="left").rename({"level": name})


def _name_levels(
    pairs: pl.DataFrame, left: pl.DataFrame, right: pl.DataFrame, declared: Declared
) -> pl.Series:
    """The levels of unequal names, of all pairs at once: one name meets many."""
    met = pl.concat(
        [at(left, pairs["l"], ["key"]), at(right, pairs["r"], ["key"]).rename({"key": "key_r"})],
        how="horizontal",
    )
    unequal = pl.col("key") != pl.col("key_r")
    table = names.name_levels(_by_distinct(met, "key", "key_r", unequal), declared)
    return _look_up(met, "key", "key_r", table, "level")["level"]


def _name() -> pl.Expr:
    missing = pl.col("key").is_null() | pl.col("key_r").is_null()
    level = (
        pl.when(missing)
        .then(0)
        .when(pl.col("name") == pl.col("name_r"))
        .then(9)
        .when(pl.col("key") == pl.col("key_r"))
        .then(8)
        .otherwise(pl.col("_name_level"))
    )
    # The level stands under a name of its own until the end: `name` is still the value.
    return level.alias("_name")


def _id_number(wide: pl.DataFrame, right: pl.DataFrame) -> pl.DataFrame:
    damaged = pl.col("id").is_null() | pl.col("id_r").is_null()
    unequal = pl.col("any_id") != pl.col("any_id_r")
    table = hints.hint_levels(_by_distinct(wide, "any_id", "any_id_r", damaged & unequal))
    wide = _look_up(wide, "any_id", "any_id_r", table, "_hint_level")
    owners = right.select("id", "hh").drop_nulls()
    kin = _member(wide, "id", owners, "id")
    missing = pl.col("any_id").is_null() | pl.col("any_id_r").is_null()
    unmasked = ~pl.col("any_id").str.contains("?", literal=True)
    level = (
        pl.when(pl.col("id") == pl.col("id_r"))
        .then(7)
        .when((pl.col("any_id") == pl.col("any_id_r")) & unmasked)
        .then(6)
        .when(pl.col("any_id") == pl.col("any_id_r"))
        .then(0)
        .when(kin)
        .then(3)
        .when(missing)
        .then(0)
        .when(~damaged)
        .then(1)
        .otherwise(pl.col("_hint_level"))
    )
    return wide.with_columns(id_number=level)


def _member(wide: pl.DataFrame, column: str, owners: pl.DataFrame, value: str) -> pl.Series:
    """Whether a value of the left is one of somebody in the household of the right."""
    asked = wide.select(pl.col(column).alias(value), "hh")
    owned = owners.join(asked.drop_nulls(), on="hh", how="semi")
    known = owned.select(pl.struct(value, "hh").hash()).to_series()
    found = asked.select(pl.struct(value, "hh").hash()).to_series().is_in(known.implode())
    return wide[column].is_not_null() & found


def _birth_date(wide: pl.DataFrame) -> pl.DataFrame:
    a, b = pl.col("birth"), pl.col("birth_r")
    wide = wide.with_columns(_one_off=_one_digit_off(wide))
    turned = (
        (a.dt.year() == b.dt.year())
        & (a.dt.month() == b.dt.day().cast(pl.Int8))
        & (a.dt.day() == b.dt.month().cast(pl.Int8))
    )
    by_day = (pl.col("precision") == "day") & (pl.col("precision_r") == "day")
    by_year = (pl.col("precision") == "year") | (pl.col("precision_r") == "year")
    same_year = a.dt.year() == b.dt.year()
    same_month = same_year & (a.dt.month() == b.dt.month())
    # A roster has solar dates. A lunar one in the list reads 17 to 51 days earlier.
    lunar = (b - a).dt.total_days().is_between(17, 51)
    # A date taken from the number is the number once more, and somebody else's where the number is.
    # Two whole numbers that differ leave the date to say whether they may be one person's.
    double = (pl.col("birth_from_id") | pl.col("birth_from_id_r")) & (pl.col("id_number") > 1)
    # Two numbers that agree hold one date: that it stands beside them too is no second agreement.
    agreed = pl.col("id_number") >= 5
    typed = by_day & (pl.col("_one_off") | turned)
    near = (by_day & (a == b)) | typed | (~by_day & ~by_year & same_month)
    level = (
        pl.when(a.is_null() | b.is_null() | double)
        .then(0)
        .when(agreed)
        .then(pl.when(near).then(7).otherwise(8))
        .when(by_day & (a == b))
        .then(6)
        .when(~by_day & ~by_year & same_month)
        .then(5)
        .when(typed)
        .then(4)
        .when(by_day & lunar)
        .then(3)
        .when(same_year)
        .then(2)
        .otherwise(1)
    )
    return wide.with_columns(birth_date=level)


def _one_digit_off(wide: pl.DataFrame) -> pl.Series:
    """Whether two dates differ in one of their eight digits, as numbers: by 1 to 9 times a ten."""
    dates = wide.select(
        _eight_digits(pl.col("birth")).alias("a"), _eight_digits(pl.col("birth_r")).alias("b")
    ).with_row_index("at")
    steps = [digit * 10**place for place in range(8) for digit in range(1, 10)]
    # Few differ so; only of them the digits are looked at.
    few = dates.filter((pl.col("a") - pl.col("b")).abs().is_in(steps))
    digits = [
        (pl.col("a") // 10**i % 10 != pl.col("b") // 10**i % 10).cast(pl.UInt8) for i in range(8)
    ]
    found = few.filter(pl.sum_horizontal(digits) == 1)["at"]
    return pl.repeat(value=False, n=wide.height, eager=True).scatter(found, values=True)


def _eight_digits(day: pl.Expr) -> pl.Expr:
    """The date as the number that its eight digits make: 20210506."""
    month, of_month = day.dt.month().cast(pl.Int32), day.dt.day().cast(pl.Int32)
    return day.dt.year() * 10_000 + month * 100 + of_month


def _equal(a: pl.Expr, b: pl.Expr, then: int) -> pl.Expr:
    return pl.when(a.is_null() | b.is_null()).then(0).when(a == b).then(then).otherwise(1)


def _sex() -> pl.Expr:
    return _equal(pl.col("sex"), pl.col("sex_r"), 2).alias("_sex")


def _village() -> pl.Expr:
    same = pl.col("village") == pl.col("village_r")
    # The list says only a name that villages of several townships bear.
    by_name = pl.col("village").is_null() & pl.col("village_name").is_not_null()
    by_name &= pl.col("village_name_r").is_not_null()
    same_name = pl.col("village_name") == pl.col("village_name_r")
    township = pl.col("township") == pl.col("township_r")
    no_village = pl.col("village").is_null() | pl.col("village_r").is_null()
    no_township = pl.col("township").is_null() | pl.col("township_r").is_null()
    return (
        pl.when(by_name & same_name & (no_township | township))
        .then(4)
        .when(by_name & no_township)
        .then(1)
        .when(by_name & township)
        .then(2)
        .when(no_village & no_township)
        .then(0)
        .when(~no_village & same)
        .then(5)
        .when(no_village & township)
        .then(3)
        .when(township)
        .then(2)
        .when(no_township)
        .then(0)
        .otherwise(1)
        .alias("_village")
    )


def _household() -> pl.Expr:
    return _equal(pl.col("household"), pl.col("household_r"), 2).alias("_household")


def _family(wide: pl.DataFrame, right: pl.DataFrame, declared: Declared) -> pl.DataFrame:
    relatives = ("head_key", "guardian_key", "head_id", "guardian_id")
    if all(wide[c].null_count() == wide.height for c in relatives):
        return wide.with_columns(family=pl.lit(0))
    # A head who is the subject himself is his name and number once more, not a relative.
    wide = wide.with_columns(
        head_key=pl.when(pl.col("head_key").ne_missing(pl.col("key"))).then("head_key"),
        head_id=pl.when(pl.col("head_id").ne_missing(pl.col("any_id"))).then("head_id"),
    )
    numbers = right.select("id", "hh").drop_nulls()
    keys = right.select("key", "hh").drop_nulls()
    by_number = _member(wide, "head_id", numbers, "id") | _member(
        wide, "guardian_id", numbers, "id"
    )
    by_name = _member(wide, "head_key", keys, "key") | _member(wide, "guardian_key", keys, "key")
    relative = pl.coalesce("head_key", "guardian_key")
    wide = wide.with_columns(_relative=relative, _by_number=by_number, _by_name=by_name)
    as_head = (pl.col("head_key") == pl.col("head_key_r")).fill_null(value=False) | (
        pl.col("guardian_key") == pl.col("head_key_r")
    ).fill_null(value=False)
    unequal = ~pl.col("_by_name") & (pl.col("_relative") != pl.col("head_key_r"))
    table = names.name_levels(_by_distinct(wide, "_relative", "head_key_r", unequal), declared)
    wide = _look_up(wide, "_relative", "head_key_r", table, "_relative_level")
    said = pl.any_horizontal(pl.col(relatives).is_not_null())
    level = (
        pl.when(~said)
        .then(0)
        .when(pl.col("_by_number"))
        .then(5)
        .when(as_head)
        .then(4)
        .when(pl.col("_by_name"))
        .then(3)
        .when(pl.col("_relative_level") >= 4)
        .then(2)
        .otherwise(1)
    )
    return wide.with_columns(family=level)


def _phone(wide: pl.DataFrame, right: pl.DataFrame) -> pl.DataFrame:
    phones = right.select("phone", "hh").drop_nulls()
    of_member = _member(wide, "phone", phones, "phone")
    known = wide["hh"].is_in(phones["hh"].unique().implode())
    level = (
        pl.when(pl.col("phone").is_null() | ~known)
        .then(0)
        .when(pl.col("phone") == pl.col("phone_r"))
        .then(3)
        .when(of_member)
        .then(2)
        .otherwise(1)
    )
    return wide.with_columns(_phone=level)


def with_mates(
    levels: pl.DataFrame, left: pl.DataFrame, right: pl.DataFrame, settled: pl.DataFrame
) -> pl.DataFrame:
    """Give compared pairs their level ``mates`` anew, by more groups; the other levels stay."""
    columns = levels.columns
    both = (levels, at(left, levels["l"], ["group"]), at(right, levels["r"], ["hh"]))
    wide = pl.concat(both, how="horizontal")
    return _by_groups(wide, settled).with_columns(pl.col("mates").cast(pl.UInt8)).select(columns)


def _by_groups(wide: pl.DataFrame, settled: pl.DataFrame) -> pl.DataFrame:
    here = settled.select("group", "hh", _here=True).unique()
    any_ = settled.select("group", _any=True).unique()
    level = pl.when(pl.col("_here")).then(2).when(pl.col("_any")).then(1).otherwise(0)
    return (
        wide.join(here, on=["group", "hh"], how="left", maintain_order="left")
        .join(any_, on="group", how="left", maintain_order="left")
        .with_columns(mates=level)
    )


def _mates(wide: pl.DataFrame, settled: pl.DataFrame | None) -> pl.DataFrame:
    if settled is None or settled.is_empty():
        wide = wide.with_columns(mates=pl.lit(0))
    else:
        wide = _by_groups(wide, settled)
    values = {f"_{f}": f for f in ("name", "sex", "village", "household", "phone")}
    return wide.drop([f for f in values.values() if f in wide.columns]).rename(values)
