"""Households of lists that name only a head: the household may be right where the head is not.

Heads die, change and move; a list may name a spouse or a head long gone. The household's own number
is certain, and a number of an earlier roster stands for the household in which most of its members
are now, unless the row names one of those who live in another. Any member may stand for the
household (`assign` adds members up by household); what is left is looked up under the head's name
that the roster still writes beside the members.
"""

import polars as pl

from pipelines import frames
from pipelines.linkage.parts import rehashed
from pipelines.linkage.sides import ROWS

BY_NUMBER = "H1"
BY_HEAD_NAME = "H2"
BY_EARLIER_NUMBER = "H3"
HEAD_NAME_PROBABILITY = 0.8
"""The only household of the village that the roster files under this head's name; the larger part
of a household that has parted, where the row names nobody of it."""
NUMBER_PROBABILITY = 0.9999

FAR = 0.5
"""Least share of a list's household numbers that the roster knows; else they are the list's own."""


EARLIER: frames.Schema = {
    "household_id": pl.String,  # a number that no household of the roster has now
    "now": pl.String,  # the household in which most of its members are
    "members": pl.Int64,  # how many
    "of": pl.Int64,  # members who are still in the roster
    "elsewhere": pl.List(pl.String),  # name keys of those who are in another household
}
"""Where the households of earlier rosters are: renumbered, merged, split off."""

STILL_TOGETHER = 0.5
"""More than this share of the members still in the roster make the household's successor."""


def earlier_households(known: pl.DataFrame, persons: pl.DataFrame) -> pl.DataFrame:
    """Find today's households of earlier rosters' households by the members they share.

    Args:
        known: The register of persons (`frames.IDENTITIES`): under which numbers each has stood.
        persons: `frames.PERSONS`.

    Returns:
        `EARLIER`; a household split into halves, or gone, is not in it.
    """
    today = persons.select("person_id", now="household_id").drop_nulls()
    stood = known.select("household_id", "person_id", "name_key").drop_nulls("household_id")
    moved = (
        stood.join(today, left_on="household_id", right_on="now", how="anti")
        .join(today, on="person_id")
        .group_by("household_id", "now")
        .agg(members=pl.col("person_id").n_unique().cast(pl.Int64), names=pl.col("name_key"))
        .with_columns(of=pl.col("members").sum().over("household_id"))
        .with_columns(most=pl.col("members") > STILL_TOGETHER * pl.col("of"))
    )
    others = (
        moved.filter(~pl.col("most"))
        .explode("names")
        .group_by("household_id")
        .agg(elsewhere=pl.col("names").drop_nulls().unique().sort())
    )
    most = moved.filter("most").join(others, on="household_id", how="left")
    return frames.conform(most.sort("household_id"), EARLIER)


def own_numbers(left: pl.DataFrame, right: pl.DataFrame, earlier: pl.DataFrame) -> pl.DataFrame:
    """Give `left` with household numbers as the roster has them now, ``renumbered``, ``divided``.

    An earlier roster's number becomes today's, unless the row names one of those who live elsewhere
    by now: then it is the person who says where, and the number goes. Departments number households
    too; a list whose numbers the roster mostly does not know, now or earlier, uses its own, and an
    equal number would be chance: it goes without.

    Args:
        left: `sides.left`.
        right: `sides.right`.
        earlier: `EARLIER`.
    """
    numbers = left["household"].drop_nulls().unique()
    rosters = pl.concat([right["household"].drop_nulls(), earlier["household_id"]]).unique()
    known = numbers.is_in(rosters.implode()).mean() or 0.0
    if not numbers.is_empty() and float(known) < FAR:  # type: ignore[arg-type]
        left = left.with_columns(household=pl.lit(None, dtype=pl.String))
    today = earlier.select(pl.col("household_id").alias("household"), "now", "elsewhere")
    now = left.select("household", "key").join(
        today, on="household", how="left", maintain_order="left"
    )
    parted = pl.col("elsewhere").list.contains(pl.col("key")).fill_null(value=False)
    return left.with_columns(
        now.select(
            household=pl.when(~parted).then(pl.coalesce("now", "household")),
            renumbered=pl.col("now").is_not_null() & ~parted,
            divided=pl.col("now").is_not_null() & pl.col("elsewhere").is_not_null(),
        )
    ).pipe(rehashed, "household")


def by_number(left: pl.DataFrame, right: pl.DataFrame) -> pl.DataFrame:
    """Give rows of a household list whose household number the roster has.

    Args:
        left: `sides.left` after `own_numbers`.
        right: `sides.right`.

    Returns:
        ``l``, ``r``, ``named``, ``method``, ``status``, ``probability``: the member whose number or
        name the row gives, else any member with ``named`` false. That one is suspected only where
        those who lived together are in several households by now. A row whose valid ID belongs to
        another household while its name is nobody's in this one is left to the comparison of all
        fields.
    """
    members = (
        left.filter(pl.col("household").is_not_null())
        .select("l", "household", "#id", "key")
        .join(
            right.select(
                "r", "household", pl.col("#id").alias("id_r"), pl.col("key").alias("key_r")
            ),
            on="household",
        )
        .with_columns(
            same_id=(pl.col("#id") == pl.col("id_r")).fill_null(value=False),
            same_name=(pl.col("key") == pl.col("key_r")).fill_null(value=False),
        )
        .with_columns(named=pl.col("same_id") | pl.col("same_name"))
        .sort("l", "same_name", "same_id", "r", descending=[False, True, True, False])
        .group_by("l", maintain_order=True)
        .agg(pl.first("r", "named"))
    )
    elsewhere = left.filter(pl.col("#id").is_in(right["#id"].drop_nulls().implode())).select(
        "l", away=True
    )
    return (
        members.join(elsewhere, on="l", how="left", maintain_order="left")
        .filter(pl.col("named") | pl.col("away").is_null())
        .join(left.select("l", "renumbered", "divided"), on="l", how="left", maintain_order="left")
        .with_columns(open=pl.col("divided") & ~pl.col("named"))
        .select(
            "l",
            "r",
            "named",
            method=pl.when("renumbered")
            .then(pl.lit(BY_EARLIER_NUMBER))
            .otherwise(pl.lit(BY_NUMBER)),
            status=pl.when("open").then(pl.lit("suspected")).otherwise(pl.lit("confirmed")),
            probability=pl.when("open").then(HEAD_NAME_PROBABILITY).otherwise(NUMBER_PROBABILITY),
        )
    )


def by_head_name(left: pl.DataFrame, right: pl.DataFrame) -> pl.DataFrame:
    """Give rows whose name is the head's name of exactly one household of the village.

    Args:
        left: Rows of `sides.left` that nothing else settled.
        right: `sides.right`.

    Returns:
        ``l``, ``r`` (any member, to show the household by).
    """
    found = []
    # Of a village that is known by name only, the one household in all villages of that name.
    for place in ("village", "village_name"):
        homes = (
            right.filter(pl.col("head_key").is_not_null() & pl.col(place).is_not_null())
            .group_by(pl.col("head_key").alias("key"), place)
            .agg(pl.col("hh").n_unique().alias("homes"), pl.col("r").min())
            .filter(pl.col("homes") == 1)
        )
        found.append(left.join(homes, on=["key", place], how="inner").select("l", "r"))
    return pl.concat(found).select(pl.col("l").cast(ROWS), pl.col("r").cast(ROWS)).sort("l")


def settled_groups(settled: pl.DataFrame, left: pl.DataFrame, right: pl.DataFrame) -> pl.DataFrame:
    """Give the households to which the list's own groups are known to belong: ``group``, ``hh``."""
    return (
        settled.join(left.select("l", "group"), on="l")
        .join(right.select("r", "hh"), on="r")
        .filter(pl.col("group").is_not_null())
        .select("group", "hh")
        .unique()
        .sort("group", "hh")
    )


def split_groups(linked: pl.DataFrame, left: pl.DataFrame, right: pl.DataFrame) -> pl.Series:
    """Give the rows (``l``) whose mates in the list are pulled to another household than theirs.

    Only households that the list itself numbers, or knows by the head's ID or a certificate, count:
    two heads of a village may share a name.

    Args:
        linked: ``l``, ``r`` of confirmed and suspected links.
        left: `sides.left`.
        right: Everybody whom a row may be linked to.
    """
    pulled = linked.select("l", "r").join(
        left.filter(pl.col("group").str.head(1).is_in(["h", "i", "c"])).select("l", "group"), on="l"
    )
    homes = pulled.join(right.select("r", "hh"), on="r")
    return homes.filter(pl.col("hh").n_unique().over("group") > 1)["l"]


def group_members(
    rest: pl.DataFrame, groups: pl.DataFrame, right: pl.DataFrame, most: int = 3
) -> pl.DataFrame:
    """Give pairs of rows with all members of the households their group is known to be in.

    Groups that lie in more than `most` households (a common head's name) say nothing.
    """
    narrow = groups.filter(pl.len().over("group") <= most)
    return (
        rest.select("l", "group")
        .join(narrow, on="group")
        .join(right.select("r", "hh"), on="hh")
        .select("l", "r")
        .unique()
        .sort("l", "r")
    )
