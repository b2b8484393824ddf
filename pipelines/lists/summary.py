"""Counts that stand on lists, in the county summary and in the bulletin.

Rows whose person is not certain (待核身份) are in none of these counts but their own
(FAIRNESS 2); under-coverage stands beside over-coverage in all of them (FAIRNESS 5).
"""

import polars as pl
from polars import selectors as cs

from pipelines.lists.published import Published
from pipelines.lists.rows import UNPLACED
from pipelines.lists.wording import DIRECTIONS

COUNTS = ("cases", "households", "persons")
"""条, 户, 人."""


def settled(rows: pl.DataFrame) -> pl.DataFrame:
    """Give the rows that may be counted and asked about: those whose person is certain."""
    return rows.filter(pl.col("link_status").ne_missing("suspected"))


def counts_by(rows: pl.DataFrame, *keys: str) -> pl.DataFrame:
    """Count rows (条), distinct households (户) and distinct persons (人) by `keys`."""
    return (
        rows.group_by(keys)
        .agg(
            cases=pl.len().cast(pl.Int64),
            households=pl.col("household_id").drop_nulls().n_unique().cast(pl.Int64),
            persons=pl.col("person_id").drop_nulls().n_unique().cast(pl.Int64),
        )
        .sort(keys)
    )


def by_direction(rows: pl.DataFrame) -> pl.DataFrame:
    """Count by direction; every direction has a row, be it of noughts."""
    order = pl.DataFrame({"direction": list(DIRECTIONS), "title": list(DIRECTIONS.values())})
    return order.join(
        counts_by(rows, "direction"), on="direction", how="left", maintain_order="left"
    ).with_columns(pl.col(COUNTS).fill_null(0))


def closed(published: Published, back: int = 0) -> pl.DataFrame:
    """Count by rule and township what was open a round earlier and is no longer.

    From the ledger's `changes` where it has the round. Else by absence, and then only where the
    rule compared every subject of the village: what was not compared never closes a case.
    """
    changes = published.of_round(published.changes, back)
    if not changes.is_empty():
        counted = changes.filter(pl.col("unit") == "条")
        return _by_place(counted, pl.col("closed").sum())
    if back + 1 >= len(published.rounds):
        return _by_place(published.discrepancies.clear(), pl.len())
    now = published.of_round(published.discrepancies, back)
    gone = settled(published.of_round(published.discrepancies, back + 1)).join(
        now, on="case_id", how="anti"
    )
    not_compared = published.of_round(published.comparisons, back).filter(
        pl.col("not_compared") > 0
    )
    ran = published.of_round(published.comparisons, back).select("rule_id").unique()
    return _by_place(
        gone.join(ran, on="rule_id", how="semi").join(
            not_compared, on=["rule_id", "village_code"], how="anti", nulls_equal=True
        ),
        pl.len(),
    )


def _by_place(rows: pl.DataFrame, count: pl.Expr) -> pl.DataFrame:
    return (
        rows.with_columns(pl.col("township").fill_null(UNPLACED))
        .group_by("rule_id", "township")
        .agg(closed=count.cast(pl.Int64))
    )


def not_compared(published: Published) -> pl.DataFrame:
    """Give what could not be compared, by rule and village, with the reason."""
    places = published.villages.select("village_code", "village", village_township="township")
    townships = published.villages.select("township_code", "township").unique("township_code")
    titles = published.rules.select("rule_id", "title", "direction", "left_side", "gate", "needs")
    return (
        published.of_round(published.comparisons)
        .filter(pl.col("not_compared") > 0)
        .join(places, on="village_code", how="left")
        .join(townships, on="township_code", how="left")
        .with_columns(
            township=pl.coalesce("village_township", "township").fill_null(UNPLACED),
            village=pl.col("village").fill_null("（未定到村）"),
        )
        .join(titles, on="rule_id", how="left")
        .sort("rule_id", "township", "village")
    )


def by_rule_and_township(rules: pl.DataFrame, parts: dict[str, pl.DataFrame]) -> pl.DataFrame:
    """Count by township and rule, last round and this.

    Args:
        rules: The rule register.
        parts: One recipient's ``now`` and ``last`` (settled rows), ``overdue`` and
            ``last_overdue`` (rows past their deadline), ``closed`` and ``last_closed`` (counts of
            `closed`), each with rule_id and township.
    """
    keys = ["rule_id", "township"]
    fresh = pl.col("state").is_in(["new", "reopened"])
    counted = [
        counts_by(parts["now"], *keys),
        _count(parts["now"].filter(fresh), "new"),
        _count(parts["overdue"], "overdue"),
        parts["closed"].select(*keys, "closed"),
        _count(parts["last"], "last_cases"),
        _count(parts["last"].filter(fresh), "last_new"),
        _count(parts["last_overdue"], "last_overdue"),
        parts["last_closed"].select(*keys, last_closed="closed"),
    ]
    table = pl.concat([part.select(keys) for part in counted]).unique()
    for part in counted:
        table = table.join(part, on=keys, how="left")
    order = list(DIRECTIONS)
    return (
        table.join(rules.select("rule_id", "title", "direction"), on="rule_id", how="left")
        .with_columns(
            cs.numeric().fill_null(0),
            place=pl.col("direction").replace_strict(
                order, range(len(order)), default=9, return_dtype=pl.Int64
            ),
        )
        .sort("place", "rule_id", "township")
        .drop("place")
    )


def _count(rows: pl.DataFrame, name: str) -> pl.DataFrame:
    return rows.group_by("rule_id", "township").agg(pl.len().cast(pl.Int64).alias(name))
