import datetime as dt
from dataclasses import dataclass, field
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from pipelines import frames
from pipelines.casework.ledger import fold

pytestmark = pytest.mark.unit

COUNTY = "990112"
FIRST = dt.date(2021, 7, 26)
RULE = "EDU-02"


def day(i: int) -> dt.date:
    return FIRST + dt.timedelta(days=7 * i)


FLAGGED, AGREE, NOT_COMPARED, GONE = "not_found", "agree", "not_compared", None
TOWNS = {"T1": "青石镇", "T2": "白水乡"}


@dataclass
class Rounds:
    """Rows of all rounds, written down case by case."""

    discrepancies: list[dict[str, Any]] = field(default_factory=list)
    subjects: list[dict[str, Any]] = field(default_factory=list)
    runs: list[dict[str, Any]] = field(default_factory=list)
    comparisons: list[dict[str, Any]] = field(default_factory=list)
    coverage: list[dict[str, Any]] = field(default_factory=list)

    def round(self, i: int, **run: Any) -> "Rounds":
        self.runs.append(
            {
                "county": COUNTY,
                "round": day(i),
                "rule_id": RULE,
                "ran": True,
                "rule_hash": "h",
                "parameters_hash": "p",
                "software": "1",
                **run,
            }
        )
        self.coverage.append({"county": COUNTY, "round": day(i), "newly_delivered": True})
        return self

    def case(
        self,
        i: int,
        person: str,
        state: str | None,
        township: str = "T1",
        value: str = "v",
        **other: Any,
    ) -> "Rounds":
        if state is None:
            return self
        common = {
            "county": COUNTY,
            "round": day(i),
            "case_id": f"{COUNTY}-{RULE}-{person}",
            "rule_id": RULE,
            "person_id": person,
            "household_id": f"h-{person[0]}",
            "village_code": f"V-{township}",
            "township_code": township,
        }
        why = "名单未到" if state == NOT_COMPARED else None
        self.subjects.append({**common, "state": state, "why": why, **other})
        if state == FLAGGED:
            self.discrepancies.append(
                {
                    **common,
                    "kind": "疑似失学",
                    "direction": "under_coverage",
                    "severity": "red",
                    "state_compared": state,
                    "township": TOWNS[township],
                    "value_hash": value,
                    "left_path": "名册.xlsx",
                    "left_row_number": 7,
                }
            )
        return self

    def tables(self) -> dict[str, pl.DataFrame]:
        schemas = {
            "discrepancies": frames.DISCREPANCIES,
            "subjects": frames.SUBJECTS,
            "rule_runs": frames.RULE_RUNS,
            "comparisons": frames.COMPARISONS,
            "coverage": frames.COVERAGE,
        }
        rows = {
            "discrepancies": self.discrepancies,
            "subjects": self.subjects,
            "rule_runs": self.runs,
            "comparisons": self.comparisons,
            "coverage": self.coverage,
        }
        return {
            name: frames.conform(pl.DataFrame(rows[name], infer_schema_length=None), schema)
            if rows[name]
            else frames.empty(schema)
            for name, schema in schemas.items()
        }

    def fold(self) -> dict[str, pl.DataFrame]:
        return fold(COUNTY, self.tables())


def history(*states: str | None) -> dict[str, pl.DataFrame]:
    """One case over as many rounds; another person is flagged throughout so that rounds exist."""
    rounds = Rounds()
    for i, state in enumerate(states):
        rounds.round(i).case(i, "a1", state)
    return rounds.fold()


def events(folded: dict[str, pl.DataFrame]) -> list[tuple[Any, ...]]:
    return folded["case_events"].select("round", "event", "cause").rows()


def test_five_rounds_with_a_closing_and_a_return() -> None:
    folded = history(FLAGGED, FLAGGED, AGREE, FLAGGED, FLAGGED)
    assert folded["discrepancies"].select("round", "state", "first_seen", "rounds_seen").rows() == [
        (day(0), "new", day(0), 1),
        (day(1), "open", day(0), 2),
        (day(3), "reopened", day(0), 1),
        (day(4), "open", day(0), 2),
    ]
    assert events(folded) == [
        (day(0), "opened", "first"),
        (day(2), "closed", "data"),
        (day(3), "reopened", "data"),
    ]
    case = folded["cases"].row(0, named=True)
    assert case["state"] == "open"
    assert (case["opened"], case["reopened"], case["closed"]) == (day(0), day(3), None)
    assert (case["first_seen"], case["last_seen"], case["rounds_seen"]) == (day(0), day(4), 2)


@pytest.mark.parametrize("between", [NOT_COMPARED, GONE])
def test_a_round_that_could_not_compare_never_closes(between: str | None) -> None:
    folded = history(FLAGGED, between, between, FLAGGED)
    assert folded["discrepancies"]["state"].to_list() == ["new", "open"]
    assert folded["discrepancies"]["rounds_seen"].to_list() == [1, 2]
    assert folded["cases"]["state"].to_list() == ["open"]
    unseen = history(FLAGGED, between)
    assert unseen["cases"].select("state", "compared").row(0) == ("open", between)
    current = unseen["changes"].filter(round=day(1), unit="条")
    assert current.select("previous_open", "current_open").row(0) == (1, 1)


@pytest.mark.parametrize("cleared", ["agree", "disagree"])
def test_compared_and_not_flagged_closes(cleared: str) -> None:
    """A state that the rule does not flag clears as agreement does."""
    case = history(FLAGGED, cleared)["cases"].row(0, named=True)
    assert (case["state"], case["closed"]) == ("closed", day(1))


def test_a_closed_case_stays_closed_when_its_list_is_missing() -> None:
    case = history(FLAGGED, AGREE, NOT_COMPARED)["cases"].row(0, named=True)
    assert (case["state"], case["closed"]) == ("closed", day(1))


def test_a_household_that_moves_takes_its_case_along() -> None:
    rounds = Rounds().round(0).round(1).round(2)
    rounds.case(0, "a1", FLAGGED, "T1").case(1, "a1", FLAGGED, "T2").case(2, "a1", AGREE, "T2")
    folded = rounds.fold()
    assert folded["cases"]["case_id"].to_list() == [f"{COUNTY}-{RULE}-a1"]
    assert events(folded) == [
        (day(0), "opened", "first"),
        (day(1), "moved", "move"),
        (day(2), "closed", "data"),
    ]
    assert folded["changes"].filter(round=day(1), unit="户").select(
        "township_code", "previous_open", "moved_in", "moved_out", "current_open"
    ).rows() == [("T1", 1, 0, 1, 0), ("T2", 0, 1, 0, 1)]
    says = folded["changes"].filter(round=day(1), unit="条", township_code="T2")
    assert says["explanation"].item() == (
        "白水乡「疑似失学」上期在办0条，转入1条，本期在办1条。原因：户所在乡镇变化1条。"
    )


def test_an_open_case_moves_even_while_it_cannot_be_compared() -> None:
    rounds = Rounds().round(0).round(1)
    rounds.case(0, "a1", FLAGGED, "T1").case(0, "b1", FLAGGED, "T2")
    rounds.case(1, "a1", NOT_COMPARED, "T2").case(1, "b1", FLAGGED, "T2")
    folded = rounds.fold()
    case = folded["cases"].row(0, named=True)
    assert (case["state"], case["township_code"], case["township"]) == ("open", "T2", "白水乡")


def test_a_household_counts_once_however_many_cases_it_has() -> None:
    rounds = Rounds().round(0).round(1)
    rounds.case(0, "a1", FLAGGED).case(0, "a2", FLAGGED)
    rounds.case(1, "a1", AGREE).case(1, "a2", FLAGGED)
    changes = rounds.fold()["changes"].filter(round=day(1))
    numbers = {
        unit: (previous, closed, current)
        for unit, previous, closed, current in changes.select(
            "unit", "previous_open", "closed", "current_open"
        ).iter_rows()
    }
    assert numbers == {"条": (2, 1, 1), "户": (1, 0, 1), "人": (2, 1, 1)}


def test_a_changed_value_is_an_event_and_no_movement() -> None:
    rounds = Rounds().round(0).round(1)
    rounds.case(0, "a1", FLAGGED).case(1, "a1", FLAGGED, value="w")
    folded = rounds.fold()
    assert events(folded) == [(day(0), "opened", "first"), (day(1), "changed", "data")]
    source = folded["case_events"].select("path", "row_number").rows()
    assert source == [("名册.xlsx", 7)] * 2
    assert folded["changes"].filter(round=day(1), unit="条")["explanation"].item() == (
        "青石镇「疑似失学」上期在办1条，没有增减，本期在办1条。"
    )


def comparison(i: int, subjects: int, not_compared: int) -> dict[str, Any]:
    return {
        "county": COUNTY,
        "round": day(i),
        "rule_id": RULE,
        "village_code": "V-T1",
        "township_code": "T1",
        "subjects": subjects,
        "not_compared": not_compared,
    }


@pytest.mark.parametrize(
    ("second", "before", "cause"),
    [
        ({}, comparison(0, 9, 1), "data"),
        ({}, comparison(0, 9, 9), "file"),
        ({"rule_hash": "h2"}, comparison(0, 9, 9), "rule"),
        ({"parameters_hash": "p2"}, comparison(0, 9, 0), "parameter"),
    ],
)
def test_a_new_case_has_one_cause(
    second: dict[str, Any], before: dict[str, Any], cause: str
) -> None:
    rounds = Rounds(comparisons=[before]).round(0).round(1, **second).case(1, "a1", FLAGGED)
    assert events(rounds.fold()) == [(day(1), "opened", cause)]


def test_a_parameter_set_at_last_and_a_rule_added_are_the_causes() -> None:
    rounds = Rounds().round(0, ran=False).round(1).case(1, "a1", FLAGGED)
    assert events(rounds.fold()) == [(day(1), "opened", "parameter")]
    added = Rounds().round(0, rule_id="OTHER").round(1).case(1, "a1", FLAGGED)
    assert events(added.fold()) == [(day(1), "opened", "rule")]


def test_software_is_the_cause_only_where_no_list_was_new() -> None:
    rounds = Rounds().round(0).round(1, software="2").case(1, "a1", FLAGGED)
    assert events(rounds.fold())[0][2] == "data"
    rounds.coverage[1]["newly_delivered"] = False
    assert events(rounds.fold())[0][2] == "software"


@pytest.mark.parametrize(
    ("why", "cause"), [("名单未到", "file"), ("待核身份：有记录可能是本人", "link")]
)
def test_what_kept_a_returning_case_open_says_why_it_returned(why: str, cause: str) -> None:
    rounds = Rounds().round(0).round(1).round(2).round(3)
    rounds.case(0, "a1", FLAGGED).case(1, "a1", AGREE).case(3, "a1", FLAGGED)
    rounds.case(2, "a1", NOT_COMPARED, why=why)
    assert events(rounds.fold())[-1] == (day(3), "reopened", cause)


def test_an_older_round_run_again_rewrites_what_followed() -> None:
    rounds = Rounds().round(0).round(1).round(2)
    rounds.case(0, "a1", FLAGGED).case(1, "a1", FLAGGED).case(2, "a1", FLAGGED)
    whole = rounds.tables()
    whole["discrepancies"] = whole["discrepancies"].filter(pl.col("round") != day(0))
    whole["subjects"] = whole["subjects"].with_columns(
        state=pl.when(pl.col("round") == day(0)).then(pl.lit("agree")).otherwise("state")
    )
    again = fold(COUNTY, whole)
    assert again["discrepancies"].select("round", "state", "first_seen", "rounds_seen").rows() == [
        (day(1), "new", day(1), 1),
        (day(2), "open", day(1), 2),
    ]


def test_other_counties_and_never_flagged_subjects_mean_nothing() -> None:
    rounds = Rounds().round(0).case(0, "a1", FLAGGED).case(0, "b1", AGREE)
    tables = rounds.tables()
    foreign = {n: f.with_columns(county=pl.lit("990999")) for n, f in tables.items()}
    both = {n: pl.concat([f, foreign[n]]) for n, f in tables.items()}
    assert_same(fold(COUNTY, both), fold(COUNTY, tables))
    kept = {**tables, "subjects": tables["subjects"].filter(pl.col("person_id") == "a1")}
    assert_same(fold(COUNTY, kept), fold(COUNTY, tables))


def test_nothing_at_all_folds_to_empty_tables() -> None:
    folded = fold(COUNTY, {})
    assert {name: frame.height for name, frame in folded.items()} == dict.fromkeys(folded, 0)
    assert folded["changes"].schema == pl.Schema(frames.CHANGES)


def assert_same(one: dict[str, pl.DataFrame], other: dict[str, pl.DataFrame]) -> None:
    assert one.keys() == other.keys()
    for name, frame in one.items():
        assert_frame_equal(frame, other[name])


CASE = st.tuples(
    st.integers(0, 3),
    st.sampled_from(["a1", "a2", "b1", "c1"]),
    st.sampled_from([FLAGGED, FLAGGED, AGREE, NOT_COMPARED]),
    st.sampled_from(sorted(TOWNS)),
    st.sampled_from(["v", "w"]),
)


@pytest.mark.properties
@settings(max_examples=10, deadline=None)
@given(
    st.lists(CASE, max_size=16, unique_by=lambda c: (c[0], c[1])), st.randoms(use_true_random=False)
)
def test_every_row_adds_up_and_order_means_nothing(cases: list[Any], random: Any) -> None:
    rounds = Rounds()
    for i in range(4):
        rounds.round(i)
    for case in cases:
        rounds.case(*case)
    tables = rounds.tables()
    folded = fold(COUNTY, tables)
    changes = folded["changes"]
    moves = pl.col("new") + pl.col("reopened") - pl.col("closed") + pl.col("moved_in")
    sums = pl.col("previous_open") + moves - pl.col("moved_out")
    assert changes.filter(sums != pl.col("current_open")).is_empty()
    # what is open at the end of one round is open at the beginning of the next, by place and unit
    by = ["round", "rule_id", "township_code", "unit"]
    counts = {
        tuple(row[:4]): row[4:]
        for row in changes.select(*by, "previous_open", "current_open").iter_rows()
    }
    for (round_, *place), (_, current) in counts.items():
        if round_ != day(3):
            later = counts.get((round_ + dt.timedelta(days=7), *place), (0, 0))
            assert later[0] == current
    # the ledger agrees with the last round's counts
    still_open = folded["cases"].filter(state="open").height
    assert changes.filter(round=day(3), unit="条")["current_open"].sum() == still_open
    flagged = folded["discrepancies"]
    assert flagged.height == len(rounds.discrepancies)
    assert flagged.select(pl.col("state", "first_seen", "rounds_seen").null_count()).row(0) == (
        0,
        0,
        0,
    )
    shuffled = {}
    for name, frame in tables.items():
        order = list(range(frame.height))
        random.shuffle(order)
        shuffled[name] = frame[order]
    assert_same(fold(COUNTY, shuffled), folded)
