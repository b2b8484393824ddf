"""One visit a household: rows merged by household, the most urgent and most certain first.

FAIRNESS 12: a village gets no more visits a week than the parameter `list_visits_per_village_week`
allows; what does not fit waits for the next round and is counted on the cover.
"""

import polars as pl

from pipelines.parameters import Parameters

CAP = "list_visits_per_village_week"
"""Parameter: households a village is asked to visit in one round."""


def with_visits(rows: pl.DataFrame) -> pl.DataFrame:
    """Number the visits of each village and sort rows by them.

    Adds ``visit_key`` (the household; for a subject without one the subject itself), ``visit``
    (1 for the village's first visit; null for a village's own row, which needs none). A household
    comes as early as its most urgent row; among equals the certain before the less certain, what
    has waited longest, then by number.
    """
    certain = (pl.col("link_status") == "confirmed").fill_null(value=False)
    key = pl.coalesce("household_id", "person_id", "case_id")
    visited = pl.coalesce("household_id", "person_id").is_not_null()
    ordered = rows.with_columns(visit_key=key, needs_visit=visited).with_columns(
        visit_rank=pl.col("rank").min().over("township", "village", "visit_key"),
        visit_certain=certain.sum().over("township", "village", "visit_key"),
        visit_since=pl.col("first_seen").min().over("township", "village", "visit_key"),
    )
    ordered = ordered.sort(
        ["visit_rank", "village", "visit_certain", "visit_since", "visit_key", "rank", "case_id"],
        descending=[False, False, True, False, False, False, False],
        nulls_last=True,
    )
    numbers = (
        ordered.filter("needs_visit")
        .unique(["township", "village", "visit_key"], keep="first", maintain_order=True)
        .select(
            "township",
            "village",
            "visit_key",
            visit=pl.int_range(1, pl.len() + 1).over("township", "village"),
        )
    )
    return ordered.join(
        numbers,
        on=["township", "village", "visit_key"],
        how="left",
        nulls_equal=True,
        maintain_order="left",
    ).drop("visit_rank", "visit_certain", "visit_since", "needs_visit")


def visit_cap(parameters: Parameters) -> int | None:
    """Give the visits a village may be asked for in one round; None where none is set."""
    return int(parameters[CAP]) if CAP in parameters else None


def split_by_cap(rows: pl.DataFrame, cap: int | None) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Give the rows that go out now and those that wait because their village's visits are full."""
    if cap is None:
        return rows, rows.clear()
    fits = pl.col("visit").is_null() | (pl.col("visit") <= cap)
    return rows.filter(fits), rows.filter(~fits)
