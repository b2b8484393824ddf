"""Step 1, what is certain: valid ID number and name by one join; newborns under a parent's name.

The other declared keys (levels.yaml) are asked in `assign`, of candidates that have been compared.
"""

import polars as pl

from pipelines.linkage.identities import GENERATION
from pipelines.linkage.levels import Declared
from pipelines.linkage.parts import joined
from pipelines.linkage.sides import ROWS

EXACT = "K1"
NEWBORN_BY_NUMBER = "N1"
NEWBORN_BY_NAME = "N2"
NEWBORN_PROBABILITY = {NEWBORN_BY_NUMBER: 0.95, NEWBORN_BY_NAME: 0.8}
"""The only infant of the household: a number names the household, name and village nearly do."""

NEWBORN_YEARS = 3


def exact(left: pl.DataFrame, right: pl.DataFrame, declared: Declared) -> pl.DataFrame:
    """Give the rows whose valid ID number and name are those of exactly one person.

    Args:
        left: `sides.left`.
        right: `sides.right`.
        declared: For how many rows may bear dates of another generation.

    Returns:
        ``l``, ``r``. A number that the roster gives to two people of one name is left to the
        comparison of all fields; so is a row whose own birth date is of another generation: a
        father's number stands beside the son who bears his name. Not so where many rows say such
        a thing: then the column of dates is not theirs.
    """
    both = joined(("id", "key")).alias("both")
    a, b = left.select("l", "birth", both), right.select("r", both, birth_r="birth")
    met = a.drop_nulls("both").join(b.drop_nulls("both"), on="both")
    years = (pl.col("birth").dt.year() - pl.col("birth_r").dt.year()).abs()
    other = (years >= GENERATION).fill_null(value=False)
    settings = declared.settings
    most = max(settings.other_birth_least, settings.other_birth_share * met.height)
    if met.select(other.sum()).item() <= most:
        met = met.filter(~other)
    return met.filter(pl.len().over("l") == 1).select("l", "r").sort("l")


def newborns(left: pl.DataFrame, right: pl.DataFrame, taken: pl.Series) -> pl.DataFrame:
    """Find the infants that are listed under a parent's name (张三之子).

    The parent is found by the number in the row, else by name and village (by its name alone where
    the list says no more) where only one person of that name lives there; the child is an infant of
    that household whose sex does not contradict. Where several fit, those who stand in the list
    under their own name are not meant.

    Args:
        left: `sides.left`; only rows with ``child_of`` count.
        right: `sides.right`.
        taken: ``r`` of people whom an exact key gave a row of the list.

    Returns:
        ``l``, ``r``, ``method``, ``probability``: every infant that fits, the probability shared
        between several.
    """
    rows = left.filter(pl.col("child_of").is_not_null())
    if rows.is_empty():
        return pl.DataFrame(
            schema={"l": ROWS, "r": ROWS, "method": pl.String, "probability": pl.Float64}
        )
    by_number = rows.join(
        right.select(pl.col("#id").alias("#guardian_id"), "hh"), on="#guardian_id", how="inner"
    ).select("l", "hh", method=pl.lit(NEWBORN_BY_NUMBER))
    open_rows = rows.join(by_number, on="l", how="anti")
    parents = right.with_columns(pl.col("key").alias("child_of"))
    by_name = pl.concat(
        open_rows.join(
            parents.filter(pl.col(namesakes) == 1).select("child_of", place, "hh"),
            on=["child_of", place],
        ).select("l", "hh", method=pl.lit(NEWBORN_BY_NAME))
        for place, namesakes in (
            ("village", "village_namesakes"),
            ("village_name", "place_namesakes"),
        )
    )
    infants = right.select(
        "r", "hh", pl.col("sex").alias("sex_r"), pl.col("birth").alias("birth_r")
    )
    young = (pl.col("birth_r") > pl.col("as_of").dt.offset_by(f"-{NEWBORN_YEARS}y")) & (
        pl.col("birth_r") <= pl.col("as_of")
    )
    fits = (pl.col("sex").is_null() | (pl.col("sex") == pl.col("sex_r"))) & (
        pl.col("birth").is_null() | (pl.col("birth") == pl.col("birth_r"))
    )
    return (
        pl.concat([by_number, by_name])
        .unique(["l", "hh"], keep="first", maintain_order=True)
        .join(rows.select("l", "sex", "birth", "as_of"), on="l")
        .join(infants, on="hh")
        .filter(young & fits)
        .with_columns(own=pl.col("r").is_in(taken.implode()))
        .filter(~pl.col("own") | pl.col("own").all().over("l"))
        .with_columns(
            probability=pl.col("method").replace_strict(NEWBORN_PROBABILITY) / pl.len().over("l")
        )
        .select("l", "r", "method", "probability")
        .sort("l", "r")
    )
