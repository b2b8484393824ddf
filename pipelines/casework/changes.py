"""How a round's open cases follow from those of the round before, in 条, 户 and 人, and in words.

previous + new + reopened - closed + moved in - moved out = current, in every row: a household
counts once in a rule and township however many cases it has there, and so does a person.
"""

import polars as pl

from pipelines import frames
from pipelines.casework.causes import CAUSE_WORDS

_ENTERS = ["new", "reopened", "moved_in"]
_LEAVES = ["closed", "moved_out"]
_NUMBERS = ["previous_open", "new", "reopened", "closed", "moved_in", "moved_out", "current_open"]
_UNIT = ["round", "rule_id", "township_code"]
_KEYS = {
    "条": ("case_id", "case_id"),
    "户": ("old_household_id", "household_id"),
    "人": ("old_person_id", "person_id"),
}
"""Unit to the columns that tell its members before and after the round."""


def all_changes(steps: pl.DataFrame, county: str) -> pl.DataFrame:
    """Give CHANGES of all rounds; rules and townships without any case in a round have no row.

    Args:
        steps: For each round every case open before or after it, before and after, with `movement`
            and `cause` (see `ledger`).
        county: Division code.
    """
    numbers = pl.concat(_numbers(steps, unit, *keys) for unit, keys in _KEYS.items())
    kinds = steps.group_by("round", "rule_id").agg(kind=pl.col("kind").drop_nulls().sort().first())
    names = pl.concat(
        [
            steps.select("round", "township_code", "township"),
            steps.select("round", township_code="old_township_code", township="old_township"),
        ]
    )
    names = names.drop_nulls().sort(pl.all()).unique(["round", "township_code"], keep="first")
    rows = (
        numbers.join(kinds, on=["round", "rule_id"], how="left")
        .join(names, on=["round", "township_code"], how="left")
        .join(_causes(steps), on=_UNIT, how="left", nulls_equal=True)
        .with_columns(county=pl.lit(county), explanation=_sentence())
    )
    return frames.conform(rows, frames.CHANGES).sort(*_UNIT, "unit", nulls_last=True)


def _numbers(step: pl.DataFrame, unit: str, old_key: str, key: str) -> pl.DataFrame:
    """Members before and after, by rule and township, and why each came or went."""
    old = step.filter("was_open").select(
        "round",
        "rule_id",
        township_code="old_township_code",
        member=old_key,
        left=pl.when(pl.col("movement") == "closed").then(0).otherwise(1),
    )
    came = pl.col("movement").replace_strict(
        {"new": 0, "reopened": 1}, default=2, return_dtype=pl.Int32
    )
    new = step.filter("is_open").select(*_UNIT, member=key, came=came)
    member = [*_UNIT, "member"]
    # of several cases of one member the first reason in the order of the lists above counts
    before = old.filter(pl.col("member").is_not_null()).group_by(member).agg(pl.min("left"))
    after = new.filter(pl.col("member").is_not_null()).group_by(member).agg(pl.min("came"))
    both = before.join(after, on=member, how="full", coalesce=True, nulls_equal=True)
    was, is_ = pl.col("left").is_not_null(), pl.col("came").is_not_null()
    count = {
        "previous_open": was,
        **{name: ~was & (pl.col("came") == i) for i, name in enumerate(_ENTERS)},
        **{name: ~is_ & (pl.col("left") == i) for i, name in enumerate(_LEAVES)},
        "current_open": is_,
    }
    return both.group_by(_UNIT).agg(
        pl.lit(unit).alias("unit"),
        *(count[name].sum().cast(pl.Int64).alias(name) for name in _NUMBERS),
    )


def _causes(step: pl.DataFrame) -> pl.DataFrame:
    """By rule and township: the cause of most movements, and all of them in words."""
    moved = step.filter(pl.col("cause").is_not_null())
    closed = pl.col("movement") == "closed"
    here = moved.select(
        "round",
        "rule_id",
        "cause",
        township_code=pl.when(closed).then("old_township_code").otherwise("township_code"),
    ).select(*_UNIT, "cause")
    left = moved.filter(pl.col("movement") == "moved").select(
        "round", "rule_id", "cause", township_code="old_township_code"
    )
    words = pl.col("cause").replace_strict(CAUSE_WORDS, return_dtype=pl.String)
    return (
        pl.concat([here, left.select(*_UNIT, "cause")])
        .group_by(*_UNIT, "cause")
        .agg(n=pl.len())
        .sort("n", "cause", descending=[True, False])
        .group_by(_UNIT, maintain_order=True)
        .agg(
            pl.col("cause").first(),
            causes=pl.format("{}{}条", words, "n").str.join("、"),
        )
    )


def _sentence() -> pl.Expr:
    """The row as a leader would read it aloud; what is zero is left out."""
    words = {
        "new": "新增",
        "reopened": "反弹",
        "closed": "销号",
        "moved_in": "转入",
        "moved_out": "转出",
    }
    parts = [
        pl.when(pl.col(name) > 0)
        .then(pl.format(f"，{word}{{}}{{}}", name, "unit"))
        .otherwise(pl.lit(""))
        for name, word in words.items()
    ]
    still = pl.all_horizontal(pl.col(name) == 0 for name in words)
    middle = pl.when(still).then(pl.lit("，没有增减")).otherwise(pl.concat_str(parts))
    why = (
        pl.when(pl.col("causes").is_not_null() & ~still)
        .then(pl.format("。原因：{}", "causes"))
        .otherwise(pl.lit(""))
    )
    return pl.format(
        "{}「{}」上期在办{}{}{}，本期在办{}{}{}。",
        pl.col("township").fill_null("未定乡镇"),
        pl.col("kind").fill_null(pl.col("rule_id")),
        "previous_open",
        "unit",
        middle,
        "current_open",
        "unit",
        why,
    )
