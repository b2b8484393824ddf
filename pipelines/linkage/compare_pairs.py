"""How a pair of rows compares: one integer level a field, 0 where a side says nothing.

Fields are set equal by their parts (`parts`): numbers, whole columns at once. Texts are read only
of pairs that are nearly equal, once for each distinct pair of values. The codes are those of
`data/reference/levels.yaml`.
"""

from collections.abc import Callable, Iterator, Sequence

import polars as pl

from pipelines.linkage import hints, names, schools
from pipelines.linkage.identities import GENERATION
from pipelines.linkage.levels import FIELDS, Declared
from pipelines.linkage.parts import KNOWN, MARK, NAME, RELATIVE, hashed_part, together

SLICE = 100_000
"""Pairs that stand side by side at least, for one field after another."""

NEAR = "#near"
"""Column of a left side that has it: the parts of villages that border on the row's, or that the
list mixes up with it (`neighbours`)."""

_ONE_DIGIT = [digit * 10**place for place in range(8) for digit in range(1, 10)]
"""By what two dates of eight digits differ that differ in one of them."""


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
    kept = pairs.select(c for c in pairs.columns if c not in FIELDS)
    if pairs.is_empty():
        return kept.with_columns(pl.lit(0, dtype=pl.UInt8).alias(f) for f in FIELDS)
    phoned = _homes_with_phone(right)
    compared = []
    for part in some_at_a_time(pairs.select("l", "r"), right):
        both = _Pairs(part, left, right, declared, phoned)
        compared.append(both.levels(settled))
    return pl.concat([kept, pl.concat(compared)], how="horizontal")


def some_at_a_time(pairs: pl.DataFrame, right: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """Give pairs in slices; no pairs are one slice.

    Households are looked up among all people of `right` for each slice anew: the more people there
    are, the more pairs it is done for.
    """
    yield from pairs.iter_slices(max(SLICE, right.height)) if pairs.height else [pairs]


def with_mates(
    levels: pl.DataFrame, left: pl.DataFrame, right: pl.DataFrame, settled: pl.DataFrame
) -> pl.DataFrame:
    """Give compared pairs their level ``mates`` anew, by more groups; the other levels stay."""
    both = (at(left, levels["l"], ["#group"]), at(right, levels["r"], ["hh"]))
    return levels.with_columns(pl.concat(both, how="horizontal").select(mates=_mates(settled)))


def at(side: pl.DataFrame, positions: pl.Series, columns: Sequence[str]) -> pl.DataFrame:
    """Give columns of a side's rows by their positions (named ``l`` or ``r`` as in the side)."""
    return side.select(pl.col(columns).gather(_rows(side, positions)))


def _rows(side: pl.DataFrame, positions: pl.Series) -> pl.Series:
    """Where the rows of these positions stand in a side that may be a part of one."""
    numbers = side[positions.name]
    whole = side.height == 0 or numbers[-1] == side.height - 1
    return positions if whole else numbers.search_sorted(positions)


def _homes_with_phone(right: pl.DataFrame) -> pl.Series:
    """Whether the roster has anybody's phone in a household, by ``hh``."""
    homes = right.select("hh", "#phone").drop_nulls()["hh"]
    every = pl.int_range(right.select(pl.col("hh").max().fill_null(0)).item() + 1, eager=True)
    return every.is_in(homes.implode())


class _Pairs:
    """Some pairs and both sides; a field is compared by its own parts, ours beside theirs."""

    def __init__(
        self,
        pairs: pl.DataFrame,
        left: pl.DataFrame,
        right: pl.DataFrame,
        declared: Declared,
        phoned: pl.Series,
    ) -> None:
        self.left, self.right, self.declared, self.phoned = left, right, declared, phoned
        self.l, self.r = _rows(left, pairs["l"]), _rows(right, pairs["r"])
        self.home = right["hh"].gather(self.r)

    def levels(self, settled: pl.DataFrame | None) -> pl.DataFrame:
        """Give the level of every field, `levels.FIELDS`."""
        name = self._name()
        id_number = self._id_number(name)
        dates = ["#day", "birth", "precision", "birth_from_id"]
        levels = [
            name,
            id_number,
            self._both(dates).with_columns(id_number=id_number).select(birth_date=_birth_date()),
            self._both(["#sex"]).select(_equal("sex", 2)),
            self._places().select(village=_village()),
            self._family(),
            self._phone(),
            self._both(["#household"]).select(_equal("household", 2)),
            self._both(["#group"], []).with_columns(hh=self.home).select(mates=_mates(settled)),
            self._school(),
        ]
        columns = [c.to_series() if isinstance(c, pl.DataFrame) else c for c in levels]
        return pl.DataFrame(columns).select(pl.col(FIELDS).cast(pl.UInt8))

    def _both(self, ours: Sequence[str], theirs: Sequence[str] | None = None) -> pl.DataFrame:
        """Columns of the left beside those of the right, the same where not said, as ``…_r``."""
        a = self.left.select(pl.col(ours).gather(self.l))
        b = self.right.select(pl.col(ours if theirs is None else theirs).gather(self.r))
        return pl.concat([a, b.select(pl.all().name.suffix("_r"))], how="horizontal")

    def _texts(self, rows: pl.Series, ours: str | pl.Expr, theirs: str) -> pl.DataFrame:
        """Texts of both sides at some rows of the pairs: ``left``, ``right``."""
        columns = [ours] if isinstance(ours, str) else ours.meta.root_names()
        a = self.left.select(pl.col(columns).gather(self.l.gather(rows)))
        return a.select(left=ours).with_columns(
            right=self.right[theirs].gather(self.r.gather(rows))
        )

    def _name(self) -> pl.Series:
        both = ["#name", "#key", "#id", "#day"]
        parts = self._both(
            [*both, "#relative_key", "birth_from_id"], [*both, "#head_key", "#former"]
        )
        equal = parts.select(pl.col("#key") == pl.col("#key_r")).to_series()
        others = (~equal).arg_true()
        levels = equal.cast(pl.UInt8).fill_null(0) * 8
        levels = levels.scatter(others, self._by_parts(others, NAME, NAME))
        levels = self._read(levels, "key", "key")
        written_alike = (pl.col("#name") == pl.col("#name_r")).fill_null(value=False)
        formerly = (pl.col("#key") == pl.col("#former_r")).fill_null(value=False)
        # Whose name is written as his: the head's, or anybody's beside his own number and date.
        his = (pl.col("#id") == pl.col("#id_r")) & (pl.col("#day") == pl.col("#day_r"))
        his &= ~pl.col("birth_from_id") & (levels <= names.ANOTHER)
        exchanged = (pl.col("#relative_key") == pl.col("#key_r")) & (
            (pl.col("#key") == pl.col("#head_key_r")) | his
        )
        none = hashed_part(pl.lit(names.UNWRITTEN))
        unwritten = pl.any_horizontal((pl.col("#key", "#key_r") == none).fill_null(value=False))
        return parts.select(
            name=pl.when((levels > 0) & written_alike)
            .then(9)
            .when(unwritten)
            .then(0)
            .when((levels < 8) & formerly)
            .then(names.FORMER)
            .when((levels < 8) & exchanged)
            .then(names.EXCHANGED)
            .otherwise(levels)
        ).to_series()

    def _by_parts(self, rows: pl.Series, ours: str, theirs: str) -> pl.Series:
        """The level of two names, by their numbers, at some rows of the pairs; 0 without one."""
        a = KNOWN.parts(self.left[ours].gather(self.l.gather(rows)))
        b = KNOWN.parts(self.right[theirs].gather(self.r.gather(rows)))
        both = pl.concat([a, b.select(pl.all().name.suffix("_r"))], how="horizontal")
        return both.select(names.by_parts().fill_null(0)).to_series()

    def _read(self, levels: pl.Series, ours: str | pl.Expr, theirs: str) -> pl.Series:
        """Read the names that their parts did not tell all of (`names.by_parts`)."""
        apart = (levels == names.ONE_APART).arg_true()
        asked = (levels == names.ASK).arg_true()
        by_character = names.apart_levels(self._texts(apart, ours, theirs), self.declared)
        by_text = _by_distinct(
            self._texts(asked, ours, theirs),
            lambda distinct: names.name_levels(distinct, self.declared),
        )
        return levels.scatter(apart, by_character).scatter(asked, by_text)

    def _id_number(self, name: pl.Series) -> pl.Series:
        parts = self._both(["#id", "#any_id", "#masked", "#number_last_4"])
        equal = pl.col("#any_id") == pl.col("#any_id_r")
        both = pl.col("#id").is_not_null() & pl.col("#id_r").is_not_null()
        missing = pl.col("#any_id").is_null() | pl.col("#any_id_r").is_null()
        masked = pl.col("#masked") | pl.col("#masked_r")
        clash = masked & (pl.col("#number_last_4") != pl.col("#number_last_4_r"))
        # 9: the texts must be read, once it is known that the number is nobody's of the house.
        level = (
            pl.when(pl.col("#id") == pl.col("#id_r"))
            .then(7)
            .when(equal)
            .then(pl.when("#masked").then(0).otherwise(6))
            .when(missing)
            .then(0)
            .when(both)
            .then(1)
            .when(clash)
            .then(2)
            .otherwise(9)
        )
        levels = parts.select(level.cast(pl.UInt8)).to_series()
        other = parts.select(~equal.fill_null(value=False) & pl.col("#id").is_not_null())
        rows = other.to_series().arg_true()
        kin = rows.filter(self._lives_there(parts["#id"], rows, "#id"))
        levels = levels.scatter(kin, 3)
        rows = ((levels == 7) & name.is_between(1, 7)).arg_true()
        mates = rows.filter(self._lives_there(self.left["#key"].gather(self.l), rows, "#key"))
        levels = levels.scatter(mates, 8)
        asked = (levels == 9).arg_true()
        read = _by_distinct(self._texts(asked, "any_id", "any_id"), hints.hint_levels)
        return levels.scatter(asked, read).alias("id_number")

    def _lives_there(self, values: pl.Series, rows: pl.Series, theirs: str) -> pl.Series:
        """Whether a value of the left is one of somebody in the household of the right."""
        homes = self.home.gather(rows)
        value_in_home = together(pl.col("value"), pl.col("hh"))
        asked = pl.DataFrame({"value": values.gather(rows), "hh": homes}).select(value_in_home)
        owned = self.right.select("hh", value=theirs).drop_nulls()
        owned = owned.filter(pl.col("hh").is_in(homes.unique().implode()))
        known = owned.select(value_in_home).to_series()
        return asked.to_series().is_in(known.implode()).fill_null(value=False)

    def _family(self) -> pl.Series:
        """The relative whom the row names, and the household of the person."""
        numbers, kin = ("#other_head_id", "#guardian_id"), ("#other_head", "#guardian_key")
        none = pl.repeat(0, len(self.l), dtype=pl.UInt8, eager=True).alias("family")
        parts = self._both([*numbers, *kin], ["#head_key"])
        said = parts.select(
            pl.any_horizontal(pl.col(c).is_not_null() for c in (*numbers, *kin))
        ).to_series()
        if not said.any():
            return none
        as_head = pl.any_horizontal(
            (pl.col(c) == pl.col("#head_key_r")).fill_null(value=False) for c in kin
        )
        levels = parts.select(
            pl.when(said).then(pl.when(as_head).then(4).otherwise(1)).otherwise(0).cast(pl.UInt8)
        ).to_series()
        for columns, theirs, code, less in ((numbers, "#id", 5, 5), (kin, "#key", 3, 3)):
            for column in columns:
                asked = (levels > 0) & (levels < less) & parts[column].is_not_null()
                rows = asked.arg_true()
                here = self._lives_there(parts[column], rows, theirs)
                levels = levels.scatter(rows.filter(here), code)
        rows = (levels == 1).arg_true()
        found = none.scatter(rows, self._by_parts(rows, "#nth_relative", "#nth_head"))
        found = self._read(found, RELATIVE, "head_key")
        return levels.scatter((found >= 4).arg_true(), 2).alias("family")

    def _phone(self) -> pl.Series:
        parts = self._both(["#phone"])
        levels = parts.select(
            pl.when(pl.col("#phone").is_null())
            .then(0)
            .when(pl.col("#phone") == pl.col("#phone_r"))
            .then(3)
            .otherwise(1)
            .cast(pl.UInt8)
        ).to_series()
        rows = (levels == 1).arg_true()
        with_phone = self.phoned.gather(self.home.gather(rows))
        levels = levels.scatter(rows.filter(~with_phone), 0)
        rows = rows.filter(with_phone)
        of_member = self._lives_there(parts["#phone"], rows, "#phone")
        return levels.scatter(rows.filter(of_member), 2).alias("phone")

    def _places(self) -> pl.DataFrame:
        both = self._both(["#village", "#village_name", "#township"])
        near = pl.repeat(value=False, n=both.height, eager=True)
        if NEAR in self.left.columns:
            others = both.select(pl.col("#village") != pl.col("#village_r")).to_series().arg_true()
            met = self.left.select(pl.col(NEAR).gather(self.l.gather(others)))
            met = met.with_columns(village=both["#village_r"].gather(others))
            hit = met.select(pl.col(NEAR).list.contains(pl.col("village"))).to_series()
            near = near.scatter(others, hit.fill_null(value=False))
        return both.with_columns(near=near)

    def _school(self) -> pl.Series:
        both = self._both(["#school"]).select(pl.all_horizontal(pl.all().is_not_null()))
        rows = both.to_series().arg_true()
        levels = pl.repeat(0, both.height, dtype=pl.UInt8, eager=True).alias("school")
        if rows.is_empty():
            return levels
        told = self.right["school"].unique()
        texts = self._texts(rows, "school", "school")
        return levels.scatter(
            rows, _by_distinct(texts, lambda distinct: schools.levels(distinct, told))
        )


def _by_distinct(
    pairs: pl.DataFrame, levels_of: Callable[[pl.DataFrame], pl.DataFrame]
) -> pl.Series:
    """The level of each pair of texts, asked once for each distinct pair."""
    table = levels_of(pairs.unique())
    return pairs.join(table, on=["left", "right"], how="left", maintain_order="left")["level"]


def _birth_date() -> pl.Expr:
    """The level of the birth date; ``id_number`` is known."""
    a, b = pl.col("#day"), pl.col("#day_r")
    year_a, year_b = a // 10_000, b // 10_000
    month_a, month_b = a // 100 % 100, b // 100 % 100
    same_year, same_month = year_a == year_b, a // 100 == b // 100
    turned = same_year & (month_a == b % 100) & (a % 100 == month_b)
    digits = [(a // 10**i % 10 != b // 10**i % 10).cast(pl.UInt8) for i in range(8)]
    one_off = (a - b).abs().is_in(_ONE_DIGIT) & (pl.sum_horizontal(digits) == 1)
    known = [pl.col("precision"), pl.col("precision_r")]
    by_day = pl.all_horizontal(p == "day" for p in known)
    by_year = pl.any_horizontal(p == "year" for p in known)
    # A roster has solar dates. A lunar one in the list reads 17 to 51 days earlier.
    lunar = (pl.col("birth_r") - pl.col("birth")).dt.total_days().is_between(17, 51)
    # A date taken from the row's number is the number once more, and somebody else's where that is.
    # Two whole numbers that differ leave the date to say whether they may be one person's.
    double = pl.col("birth_from_id") & (pl.col("id_number") > 1)
    # Two numbers that agree hold one date: that it stands beside them too is no second agreement.
    agreed = pl.col("id_number") >= 5
    typed = by_day & (one_off | turned)
    near = (by_day & (a == b)) | typed | (~by_day & ~by_year & same_month) | (by_year & same_year)
    apart = (year_a - year_b).abs() >= GENERATION
    return (
        pl.when(a.is_null() | b.is_null() | double)
        .then(0)
        .when(agreed)
        .then(pl.when(near).then(7).when(apart).then(9).otherwise(8))
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


def _equal(part: str, then: int) -> pl.Expr:
    a, b = pl.col(MARK + part), pl.col(f"{MARK}{part}_r")
    level = pl.when(a.is_null() | b.is_null()).then(0).when(a == b).then(then).otherwise(1)
    return level.alias(part)


def _village() -> pl.Expr:
    def same(part: str) -> pl.Expr:
        return pl.col(MARK + part) == pl.col(f"{MARK}{part}_r")

    def missing(part: str) -> pl.Expr:
        return pl.col(MARK + part).is_null() | pl.col(f"{MARK}{part}_r").is_null()

    # The list says only a name that villages of several townships bear.
    by_name = pl.col("#village").is_null() & ~missing("village_name")
    township, no_township, no_village = same("township"), missing("township"), missing("village")
    return (
        pl.when(by_name & same("village_name") & (no_township | township))
        .then(4)
        .when(by_name & no_township)
        .then(1)
        .when(by_name & township)
        .then(2)
        .when(no_village & no_township)
        .then(0)
        .when(~no_village & same("village"))
        .then(5)
        .when("near")
        .then(6)
        .when(no_village & township)
        .then(3)
        .when(township)
        .then(2)
        .when(no_township)
        .then(0)
        .otherwise(1)
    )


def _mates(settled: pl.DataFrame | None) -> pl.Expr:
    """Where others of the row's group are known to belong: here, or elsewhere."""
    if settled is None or settled.is_empty():
        return pl.repeat(0, pl.len(), dtype=pl.UInt8)
    groups = settled.select(group=hashed_part(pl.col("group")), hh="hh")
    homes = groups.select(together(pl.col("group"), pl.col("hh"))).to_series().unique()
    group = pl.col("#group")
    here = together(group, pl.col("hh")).is_in(homes.implode())
    elsewhere = group.is_in(groups["group"].unique().implode())
    level = pl.when(here).then(2).when(elsewhere).then(1).otherwise(0)
    return level.cast(pl.UInt8)
