"""Why a case came, went or moved: one cause for each movement, from what changed between rounds.

Asked in order, the first that holds is the cause: the rule or the parameters it asks for were
changed; the list that could not be compared in the round before has come; an identity that was not
settled now is; the software changed while no list was new; else the data did.
"""

import datetime as dt
from collections.abc import Mapping

import polars as pl

CAUSE_WORDS = {
    "data": "名单内容变化",
    "file": "名单到了，可以比对了",
    "link": "身份已核定",
    "rule": "规则有变",
    "parameter": "参数有变",
    "software": "软件升级",
    "move": "户所在乡镇变化",
    "first": "首期比对",
}
"""Cause to its Chinese words."""


def with_causes(
    step: pl.DataFrame,
    of: Mapping[str, pl.DataFrame],
    before: dt.date | None,
    round_: dt.date,
) -> pl.DataFrame:
    """Add `cause` to every case that moved in this round.

    Args:
        step: A round's cases with `case_id`, `rule_id`, their place and `movement`.
        of: `rule_runs`, `comparisons`, `subjects` and `coverage` of all rounds.
        before: The round before, null for the first.
        round_: This round.
    """
    moved = pl.col("movement").is_not_null()
    if before is None:
        return step.with_columns(cause=pl.when(moved).then(pl.lit("first")))
    known = (
        step.join(_rules_changed(of["rule_runs"], before, round_), on="rule_id", how="left")
        .join(_subjects_before(of["subjects"], before), on="case_id", how="left")
        .join(
            _villages_before(of["comparisons"], before),
            on=["rule_id", "village_code", "township_code"],
            how="left",
            nulls_equal=True,
        )
    )
    software = pl.lit(
        _software_changed(of["rule_runs"], before, round_)
        and not _any_new_list(of["coverage"], round_)
    )
    appeared = pl.col("movement").is_in(["new", "reopened"])
    not_compared = pl.coalesce("why_before", pl.when("village_not_compared").then(pl.lit("名单")))
    unsettled = not_compared.str.starts_with("待核身份")
    cause = (
        pl.when(~moved)
        .then(pl.lit(None, pl.String))
        .when(pl.col("movement") == "moved")
        .then(pl.lit("move"))
        .when(pl.col("rule_change").is_not_null())
        .then("rule_change")
        .when(appeared & unsettled)
        .then(pl.lit("link"))
        .when(appeared & not_compared.is_not_null())
        .then(pl.lit("file"))
        .when(software)
        .then(pl.lit("software"))
        .otherwise(pl.lit("data"))
    )
    return known.with_columns(cause=cause).select(*step.columns, "cause")


def _rules_changed(runs: pl.DataFrame, before: dt.date, round_: dt.date) -> pl.DataFrame:
    """`rule_id` → `rule_change`: rule or parameter, null where neither changed."""
    columns = ["rule_id", "ran", "rule_hash", "parameters_hash"]
    last = runs.filter(pl.col("round") == before).select(columns).unique("rule_id")
    now = runs.filter(pl.col("round") == round_).select(columns).unique("rule_id")
    both = now.join(last, on="rule_id", how="left", suffix="_before")
    return both.select(
        "rule_id",
        rule_change=pl.when(
            pl.col("rule_hash_before").is_null()
            | (pl.col("rule_hash") != pl.col("rule_hash_before"))
        )
        .then(pl.lit("rule"))
        .when(
            ~pl.col("ran_before") | (pl.col("parameters_hash") != pl.col("parameters_hash_before"))
        )
        .then(pl.lit("parameter")),
    )


def _subjects_before(subjects: pl.DataFrame, before: dt.date) -> pl.DataFrame:
    """`case_id` → `why_before`: why it was not compared in the round before."""
    last = subjects.filter(pl.col("round") == before, pl.col("state") == "not_compared")
    return last.select("case_id", why_before=pl.col("why").fill_null("名单"))


def _villages_before(comparisons: pl.DataFrame, before: dt.date) -> pl.DataFrame:
    """Villages where most subjects of a rule could not be compared in the round before.

    New cases were not followed then, so that their village answers for them.
    """
    last = comparisons.filter(
        pl.col("round") == before, pl.col("not_compared") * 2 > pl.col("subjects")
    )
    return (
        last.select("rule_id", "village_code", "township_code")
        .unique()
        .with_columns(village_not_compared=pl.lit(True))
    )


def _software_changed(runs: pl.DataFrame, before: dt.date, round_: dt.date) -> bool:
    last = set(runs.filter(pl.col("round") == before)["software"])
    return last != set(runs.filter(pl.col("round") == round_)["software"])


def _any_new_list(coverage: pl.DataFrame, round_: dt.date) -> bool:
    return bool(coverage.filter(pl.col("round") == round_)["newly_delivered"].any())
