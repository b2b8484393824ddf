"""Rows about people who stood in an earlier roster and stand in this one's no more.

Heads die and families stay in the house that a list still files under them; the dead are struck off
the roster and stay on a benefit list. A former person is never a rival of a resident: only rows are
asked that no resident of the same ID number and name took, nobody is linked by a likelihood, and a
name alone shows no more than the household of a list of households.
"""

import polars as pl

from pipelines.linkage.compare_pairs import with_levels
from pipelines.linkage.levels import Declared

BY_NAME = "H4"
"""The household whose former member alone bears the name in the village."""

_EXACT = ("K1", "K2")
"""The declared keys that a former person may be known by: a valid number and an agreeing name."""


def by_number(
    rows: pl.DataFrame, left: pl.DataFrame, former: pl.DataFrame, declared: Declared
) -> pl.DataFrame:
    """Give rows with the valid ID number and an agreeing name of one former person.

    Args:
        rows: Rows of `sides.left` that no resident took by an exact key: ``l``, ``#id``.
        left: `sides.left`.
        former: `Population.former_people`.
        declared: For the keys.

    Returns:
        ``l``, ``r``, ``named``, ``method``, ``status``, ``probability``.
    """
    pairs = rows.select("l", "#id").drop_nulls().join(former.select("r", "#id"), on="#id")
    levels = with_levels(pairs.select("l", "r"), left, former, declared)
    method: pl.Expr = pl.lit(None, dtype=pl.String)
    for key in reversed([k for k in declared.keys if k.id in _EXACT]):
        method = pl.when(key.holds()).then(pl.lit(key.id)).otherwise(method)
    return (
        levels.with_columns(method=method)
        .filter(pl.col("method").is_not_null())
        .filter(pl.len().over("l") == 1)
        .select(
            "l",
            "r",
            "method",
            named=pl.lit(value=True),
            status=pl.lit("confirmed"),
            probability=pl.lit(0.9999),
        )
        .sort("l")
    )


def by_name(left: pl.DataFrame, former: pl.DataFrame, right: pl.DataFrame) -> pl.DataFrame:
    """Give rows of a household list whose name one former member in the village bore.

    Nobody who lives there may bear it, and number and birth date may not speak against it.

    Args:
        left: Rows of `sides.left` that nothing else settled.
        former: `Population.former_people`.
        right: `sides.right`.

    Returns:
        ``l``, ``r``.
    """
    known = former.filter(pl.col("household").is_not_null()).drop_nulls(["key", "village"])
    alone = known.filter(pl.len().over("key", "village") == 1).join(
        right, on=["key", "village"], how="anti"
    )
    met = left.select("l", "key", "village", "#id", "birth").join(
        alone.select("r", "key", "village", id_r="#id", birth_r="birth"), on=["key", "village"]
    )
    other = (pl.col("#id") != pl.col("id_r")) | (pl.col("birth") != pl.col("birth_r"))
    return met.filter(~other.fill_null(value=False)).select("l", "r").sort("l")
