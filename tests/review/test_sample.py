"""What is asked, in what order; and that the answers, weighed by inclusion, are unbiased."""

import numpy as np
import polars as pl
import pytest

from pipelines import frames
from pipelines.linkage.decisions import SCHEMA
from pipelines.linkage.levels import FIELDS
from pipelines.review.declared import review_settings
from pipelines.review.estimate import REVIEW, estimates
from pipelines.review.issue import ISSUED
from pipelines.review.pairs import (
    CANDIDATE,
    CONFIRMED,
    NOBODY,
    PAIRS,
    TRUSTED,
    pairs,
    pattern_of,
    strata,
)
from pipelines.review.sample import PRIORITY, RANDOM, sample

pytestmark = pytest.mark.unit

SETTINGS = review_settings()
NONE = pl.DataFrame(schema=dict(ISSUED))


def crowd(seed: int = 1, size: int = 600) -> pl.DataFrame:
    """Pairs of every stratum; the model is too sure of some and not sure enough of others."""
    rng = np.random.default_rng(seed)
    names = [TRUSTED, *strata(SETTINGS), NOBODY]
    stratum = rng.choice(names, size, p=[0.3, 0.2, 0.2, 0.1, 0.1, 0.07, 0.03])
    told = {TRUSTED: 0.9999, CONFIRMED: 0.999, CANDIDATE: 0.3, NOBODY: 0.0}
    status = {
        TRUSTED: "confirmed",
        CONFIRMED: "confirmed",
        CANDIDATE: "unmatched",
        NOBODY: "unmatched",
    }
    true = {TRUSTED: 1.0, CONFIRMED: 0.97, CANDIDATE: 0.4, NOBODY: 0.0}
    probability = [
        told.get(s) or 0.0 if s in told else min(float(s[10:]) + 0.005, 0.999) for s in stratum
    ]
    frame = pl.DataFrame(
        {
            "record_id": [f"r{n:04d}" for n in range(size)],
            "dataset": ["health.deaths"] * size,
            "person_id": [f"p{n}" for n in range(size)],
            "stratum": stratum,
            "status": [status.get(s, "suspected") for s in stratum],
            "probability": probability,
            "rows": rng.integers(1, 5, size),
        }
    ).with_columns(records=pl.concat_list("record_id"))
    return frames.conform(frame, PAIRS).with_columns(
        rules=pl.lit(2),
        right=pl.Series(rng.random(size) < np.array([true.get(s, 0.8) for s in stratum])),
    )


def test_the_priority_part_is_the_most_useful_and_the_random_part_has_known_odds() -> None:
    known = crowd()
    drawn = sample(known, 80, SETTINGS, seed=1)
    assert drawn.height == 80
    assert drawn["record_id"].is_unique().all()
    priority = drawn.filter(pl.col("part") == PRIORITY)
    assert priority["usefulness"].is_sorted(descending=True)
    assert priority["inclusion"].unique().to_list() == [1.0]
    doubtful = known.filter(~pl.col("stratum").is_in([TRUSTED, NOBODY, CONFIRMED]))
    p = pl.col("probability")
    least = doubtful.join(priority, on="record_id", how="anti").select(
        ((1 - (2 * p - 1).abs()) * pl.col("rows") * pl.col("rules")).max()
    )
    assert priority["usefulness"].min() >= least.item()
    random = drawn.filter(pl.col("part") == RANDOM)
    sizes = random.group_by("stratum").agg(
        pl.len(), pl.first("left_in_stratum"), pl.col("inclusion").unique()
    )
    rest = known.join(priority, on="record_id", how="anti")
    for row in sizes.to_dicts():
        there = rest.filter(pl.col("stratum") == row["stratum"]).height
        assert row["left_in_stratum"] == there
        assert row["inclusion"] == [row["len"] / there]
    assert set(sizes["stratum"]) == set(strata(SETTINGS))


def test_the_two_parts_are_spread_so_that_one_may_stop_anywhere() -> None:
    parts = sample(crowd(), 80, SETTINGS, seed=1)["part"].to_list()
    half = parts[:40]
    assert half.count(RANDOM) == half.count(PRIORITY) == 20


def test_a_small_county_is_asked_whole_and_nothing_twice() -> None:
    known = crowd(size=40)
    drawn = sample(known, 200, SETTINGS, seed=1)
    open_pairs = known.filter(~pl.col("stratum").is_in([TRUSTED, NOBODY]))
    assert sorted(drawn["record_id"]) == sorted(open_pairs["record_id"])


def answers(drawn: pl.DataFrame) -> pl.DataFrame:
    said = drawn.with_columns(
        decision=pl.when("right").then(pl.lit("same")).otherwise(pl.lit("different")),
        review=pl.lit("990112-1"),
        pair=pl.int_range(1, pl.len() + 1),
        who=pl.lit("周"),
        when=pl.lit("2021-09-01"),
    )
    missing = [pl.lit(None, t).alias(c) for c, t in SCHEMA.items() if c not in said.columns]
    return said.with_columns(missing).select(SCHEMA.keys())


def figure(table: pl.DataFrame, name: str) -> dict[str, float]:
    rows = table.filter((pl.col("figure") == name) & (pl.col("basis") == REVIEW)).to_dicts()
    return rows[0]


def test_the_estimates_are_unbiased_and_the_intervals_hold_the_truth() -> None:
    known = crowd(seed=3)
    truth = {
        f"{status}_precision": known.filter(pl.col("status") == status)["right"].mean()
        for status in ("confirmed", "suspected")
    }
    # Trusted links are taken as right, and so they are here.
    assert known.filter(pl.col("stratum") == TRUSTED)["right"].all()
    tables = [
        estimates(known, answers(sample(known, 80, SETTINGS, seed)), NONE, SETTINGS)[0]
        for seed in range(80)
    ]
    for name, value in truth.items():
        rows = [figure(table, name) for table in tables]
        held = np.mean([r["low"] - 1e-9 <= value <= r["high"] + 1e-9 for r in rows])
        assert held >= 0.93
        values = np.array([r["value"] for r in rows])
        assert abs(values.mean() - value) < 3 * values.std() / np.sqrt(len(values))


def test_without_answers_the_interval_is_all_that_could_be() -> None:
    known = crowd()
    table, _ = estimates(known, pl.DataFrame(schema=SCHEMA), NONE, SETTINGS)
    suspected = figure(table, "suspected_precision")
    assert (suspected["low"], suspected["high"]) == (0.0, 1.0)
    confirmed = figure(table, "confirmed_precision")
    trusted = known.filter(pl.col("stratum") == TRUSTED).height
    assert confirmed["low"] == trusted / known.filter(pl.col("status") == "confirmed").height


def test_a_pair_that_was_picked_and_not_answered_stays_open() -> None:
    known = crowd()
    drawn = sample(known, 80, SETTINGS, seed=1)
    issued = drawn.with_columns(records=pl.col("record_id"), review=pl.lit("990112-1"))
    handed_out = frames.conform(issued, ISSUED)
    all_said, part_said = (
        estimates(known, answers(d), handed_out, SETTINGS)[0]
        for d in (drawn, drawn.filter(pl.col("part") == RANDOM))
    )
    whole, half = (figure(t, "suspected_precision") for t in (all_said, part_said))
    assert half["low"] < whole["low"]
    assert half["high"] >= whole["high"]


def test_rows_that_say_the_same_are_one_pair() -> None:
    row = {"dataset": "finance.card_payments", "person_id": "P1", "household_id": "H1",
           "status": "suspected", "method": "S1", "probability": 0.8, "level_pattern": "900050000",
           "evidence": '{"name":{"level":9,"weight":14.0,"says":"姓名完全一致"}}'}  # fmt: skip
    other = row | {"evidence": '{"name":{"level":7,"weight":9.0,"says":"姓名同音"}}'}
    links = frames.conform(
        pl.DataFrame(
            [
                *({**row, "record_id": f"a{n}"} for n in range(3)),
                {**other, "record_id": "b0"},
                {"record_id": "c0", "dataset": "health.deaths", "status": "unmatched"},
                {"record_id": "c1", "dataset": "health.deaths", "status": "unmatched"},
            ],
            infer_schema_length=None,
        ),
        frames.LINKS,
    )
    candidate = {
        **row,
        "record_id": "c0",
        "rank": 1,
        "probability": 0.2,
        "dataset": "health.deaths",
    }
    candidates = frames.conform(pl.DataFrame([candidate]), frames.CANDIDATES)
    found = pairs(links, candidates, SETTINGS).collect()
    assert found.select("record_id", "rows", "stratum").rows() == [
        ("a0", 3, "suspected_0"),
        ("b0", 1, "suspected_0"),
        ("c0", 1, CANDIDATE),
        ("c1", 1, NOBODY),
    ]
    assert found["level_pattern"].to_list()[2] == "9".ljust(len(FIELDS), "0")


def test_a_pattern_has_one_digit_a_field_whatever_the_level() -> None:
    told = pl.DataFrame({"told": ['{"name":{"level":13},"sex":{"level":2}}', "{}"]})
    assert told.select(p=pattern_of("told"))["p"].to_list() == [
        "d002".ljust(len(FIELDS), "0"),
        "0" * len(FIELDS),
    ]
