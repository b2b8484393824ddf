"""Households of lists that name only a head: the household may be right where the head is not.

Heads die, change and move; a list may name a spouse or a head long gone. The household's own number
is certain; any member may stand for the household (`assign` adds members up by household); what is
left is looked up under the head's name that the roster still writes beside the members.
"""

import polars as pl

from pipelines.linkage.sides import ROWS

BY_NUMBER = "H1"
BY_HEAD_NAME = "H2"
HEAD_NAME_PROBABILITY = 0.8
"""The only household of the village that the roster files under this head's name."""

FAR = 0.5
"""Least share of a list's household numbers that the roster knows; else they are the list's own."""


def own_numbers(left: pl.DataFrame, right: pl.DataFrame) -> pl.DataFrame:
    """Give `left` without household numbers where they are not the roster's numbers.

    Departments number households too; a list whose numbers the roster mostly does not know uses its
    own, and an equal number would be chance.
    """
    numbers = left["household"].drop_nulls().unique()
    known = numbers.is_in(right["household"].drop_nulls().unique().implode()).mean() or 0.0
    if numbers.is_empty() or float(known) >= FAR:  # type: ignore[arg-type]
        return left
    return left.with_columns(household=pl.lit(None, dtype=pl.String))


def by_number(left: pl.DataFrame, right: pl.DataFrame) -> pl.DataFrame:
    """Give rows of a household list whose household number the roster has.

    Args:
        left: `sides.left` after `own_numbers`.
        right: `sides.right`.

    Returns:
        ``l``, ``r``, ``named``: the member whose number or name the row gives, else any member with
        ``named`` false. A row whose valid ID belongs to another household while its name is
        nobody's in this one is left to the comparison of all fields.
    """
    members = (
        left.filter(pl.col("household").is_not_null())
        .select("l", "household", "id", "key")
        .join(
            right.select(
                "r", "household", pl.col("id").alias("id_r"), pl.col("key").alias("key_r")
            ),
            on="household",
        )
        .with_columns(
            same_id=(pl.col("id") == pl.col("id_r")).fill_null(value=False),
            same_name=(pl.col("key") == pl.col("key_r")).fill_null(value=False),
        )
        .with_columns(named=pl.col("same_id") | pl.col("same_name"))
        .sort("l", "same_name", "same_id", "r", descending=[False, True, True, False])
        .group_by("l", maintain_order=True)
        .agg(pl.first("r", "named"))
    )
    elsewhere = left.filter(pl.col("id").is_in(right["id"].drop_nulls().implode())).select(
        "l", away=True
    )
    return (
        members.join(elsewhere, on="l", how="left", maintain_order="left")
        .filter(pl.col("named") | pl.col("away").is_null())
        .select("l", "r", "named")
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
