import datetime as dt
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from pipelines import frames
from pipelines.compare.coverage import coverage
from pipelines.parameters import ParameterError
from tests.compare import small

pytestmark = pytest.mark.unit

ENROLMENT = "education.enrolment"
GATES = {"gate_max_age_days": 62, "gate_min_share": 0.5, "gate_min_rows": 4}


def sheet(dataset: str = ENROLMENT, scope: list[str] | None = None, **other: Any) -> dict[str, Any]:
    return {
        "file_id": "f1",
        "sheet": "Sheet1",
        "dataset": dataset,
        "as_of": small.AS_OF,
        "scope": scope or [],
        "used": True,
        **other,
    }


def sheets(*rows: dict[str, Any]) -> pl.DataFrame:
    return (
        frames.conform(pl.DataFrame(list(rows)), frames.SHEETS)
        if rows
        else frames.empty(frames.SHEETS)
    )


def rows(**by_village: int) -> dict[str, pl.DataFrame]:
    """An enrolment list with so many pupils a village: it has no village column of its own."""
    home = {"V1": "h1", "V2": "h2", "V3": "h3"}
    pupils = [{"link_household": home[v]} for v, n in by_village.items() for _ in range(n)]
    return {ENROLMENT: small.linked(ENROLMENT, pupils)}


def judge(
    sheets_: pl.DataFrame,
    linked: dict[str, pl.DataFrame] | None = None,
    before: pl.DataFrame | None = None,
    round_: dt.date = small.ROUND,
    failed: dict[str, str] | None = None,
    **values: Any,
) -> pl.DataFrame:
    return coverage(
        small.CONTRACTS,
        linked or {},
        sheets_,
        small.VILLAGES,
        frames.empty(frames.COVERAGE) if before is None else before,
        failed or {},
        small.parameters(**{**GATES, **values}),
        small.COUNTY,
        round_,
        small.HOUSEHOLDS,
    )


def states(judged: pl.DataFrame, dataset: str = ENROLMENT) -> dict[str, str]:
    unit = pl.coalesce("village_code", "township_code", pl.lit("county"))
    return dict(judged.filter(pl.col("dataset") == dataset).select(unit, "state").iter_rows())


def test_a_list_for_the_county_covers_every_village_and_one_not_sent_none() -> None:
    judged = judge(sheets(sheet()), rows(V1=3, V2=1))
    assert set(states(judged).values()) == {"ok"}
    assert set(states(judged, "civil_affairs.dibao").values()) == {"missing"}
    assert len(states(judged)) == 6
    of_list = judged.filter(pl.col("dataset") == ENROLMENT)
    assert of_list["rows"].to_list() == [3, 1, 4, 0, 0, 4]
    assert of_list["newly_delivered"].all()
    why = judged.filter(pl.col("dataset") == "civil_affairs.dibao")["reason"].unique().item()
    assert why == "本期没有收到民政《dibao名单》"


@pytest.mark.parametrize("name", ["青石镇", "青石"])
def test_a_split_list_covers_only_the_townships_it_names(name: str) -> None:
    found = states(judge(sheets(sheet(scope=[name])), rows(V1=3, V2=1)))
    assert found == {
        "V1": "ok",
        "V2": "ok",
        "T1": "ok",
        "V3": "missing",
        "T2": "missing",
        "county": "missing",
    }
    both = sheets(sheet(scope=[name]), sheet(scope=["白水乡"], file_id="f2"))
    assert set(states(judge(both, rows(V1=3))).values()) == {"ok"}


def test_sheets_that_the_round_does_not_use_cover_nothing() -> None:
    assert set(states(judge(sheets(sheet(used=False)))).values()) == {"missing"}


@pytest.mark.parametrize(("days", "state"), [(62, "ok"), (63, "stale")])
def test_a_list_older_than_the_parameter_allows_is_stale(days: int, state: str) -> None:
    as_of = small.ROUND - dt.timedelta(days=days)
    judged = judge(sheets(sheet(as_of=as_of)), rows(V1=1))
    assert set(states(judged).values()) == {state}
    if state == "stale":
        reason = judged.filter(pl.col("state") == "stale")["reason"][0]
        assert reason == f"教育《enrolment名单》截至 {as_of}，距本期 63 天，超过 62 天"


def test_of_two_townships_each_is_as_old_as_its_own_file() -> None:
    old = small.ROUND - dt.timedelta(days=100)
    both = sheets(sheet(scope=["青石镇"], as_of=old), sheet(scope=["白水乡"], file_id="f2"))
    found = states(judge(both, rows(V1=1)))
    assert (found["V1"], found["V3"], found["county"]) == ("stale", "ok", "stale")


AID = "education.student_aid"


@pytest.mark.parametrize(
    ("paid", "state"),
    [
        (dt.date(2021, 6, 29), "ok"),
        (dt.date(2021, 6, 28), "stale"),
        (dt.date(2021, 9, 20), "ok"),  # no event yet: the list's own date counts
    ],
)
def test_an_events_list_is_as_old_as_its_last_event(paid: dt.date, state: str) -> None:
    linked = {AID: small.linked(AID, [{"paid_on": paid}, {"paid_on": dt.date(2021, 3, 1)}])}
    if paid > small.ROUND:
        linked = {AID: small.linked(AID, [{"paid_on": paid}])}
    judged = judge(sheets(sheet(AID)), linked)
    assert set(states(judged, AID).values()) == {state}


def test_far_fewer_rows_than_in_the_delivery_before_are_thin() -> None:
    before = judge(sheets(sheet()), rows(V1=10, V2=3, V3=4))
    later = small.ROUND + dt.timedelta(days=7)
    new = sheets(sheet(file_id="f2", as_of=later))
    found = states(judge(new, rows(V1=4, V2=0, V3=2), before, later))
    # V2 had fewer rows than gate_min_rows; T1 13 → 4; the county 17 → 6
    assert found == {
        "V1": "thin",
        "V2": "ok",
        "V3": "ok",
        "T1": "thin",
        "T2": "ok",
        "county": "thin",
    }
    reason = "教育《enrolment名单》本次 4 行，不到上次 10 行的 50%，可能不全"
    assert reason in judge(new, rows(V1=4), before, later)["reason"].to_list()


def test_a_round_that_uses_the_same_delivery_keeps_its_judgement_and_is_not_new() -> None:
    first = judge(sheets(sheet()), rows(V1=10))
    week = dt.timedelta(days=7)
    new = sheets(sheet(file_id="f2"))
    second = judge(new, rows(V1=4), first, small.ROUND + week)
    third = judge(new, rows(V1=4), pl.concat([first, second]), small.ROUND + 2 * week)
    assert states(third)["V1"] == states(second)["V1"] == "thin"
    row = third.filter(pl.col("dataset") == ENROLMENT, pl.col("village_code") == "V1")
    assert row.select("newly_delivered", "rows", "rows_before").row(0) == (False, 4, 10)


def test_an_empty_delivery_after_a_full_one_is_thin() -> None:
    before = judge(sheets(sheet()), rows(V1=10))
    found = states(judge(sheets(sheet(file_id="f2")), {}, before, small.ROUND + dt.timedelta(7)))
    assert found["V1"] == "thin"


def test_a_failed_dataset_counts_as_not_delivered_here_and_as_a_measure_later() -> None:
    first = judge(sheets(sheet()), rows(V1=10))
    week = dt.timedelta(days=7)
    bad = sheets(sheet(file_id="f2"))
    second = judge(bad, rows(V1=1), first, small.ROUND + week, failed={ENROLMENT: "身份证号全空"})
    assert set(states(second).values()) == {"failed"}
    assert "身份证号全空" in second.filter(pl.col("dataset") == ENROLMENT)["reason"][0]
    third = judge(
        sheets(sheet(file_id="f3")), rows(V1=6), pl.concat([first, second]), small.ROUND + 2 * week
    )
    row = third.filter(pl.col("dataset") == ENROLMENT, pl.col("village_code") == "V1")
    assert row.select("state", "rows_before").row(0) == ("ok", 10)


def test_later_rounds_do_not_reach_back() -> None:
    later = judge(sheets(sheet(file_id="f9")), rows(V1=99), round_=small.ROUND + dt.timedelta(7))
    assert set(states(judge(sheets(sheet()), rows(V1=1), later)).values()) == {"ok"}


def test_without_its_parameter_no_absence_can_be_judged() -> None:
    unset = coverage(
        small.CONTRACTS,
        rows(V1=1),
        sheets(sheet()),
        small.VILLAGES,
        frames.empty(frames.COVERAGE),
        {},
        small.parameters(),
        small.COUNTY,
        small.ROUND,
    )
    assert set(states(unset).values()) == {"stale"}
    reason = unset.filter(pl.col("dataset") == ENROLMENT)["reason"][0]
    assert reason == "参数 gate_max_age_days、gate_min_share 未设置，无法判断名单是否可用"


@settings(max_examples=8, deadline=None)
@given(st.permutations(range(6)), st.permutations(range(3)))
def test_the_order_of_rows_and_sheets_means_nothing(order: list[int], turned: list[int]) -> None:
    linked = rows(V1=3, V2=2, V3=1)
    used = [sheet(scope=["青石镇"]), sheet(scope=["白水乡"], file_id="f2"), sheet(AID)]
    shuffled = {ENROLMENT: linked[ENROLMENT][order]}
    assert_frame_equal(
        judge(sheets(*used), linked), judge(sheets(*(used[i] for i in turned)), shuffled)
    )


FOUR = frames.conform(
    pl.DataFrame(
        {
            "village_code": ["V1", "V2", "V3", "V4"],
            "township_code": ["T1", "T2", "T3", "T4"],
            "persons": [1000, 2000, 1000, 1500],
        }
    ),
    frames.VILLAGES,
)
THIN = {"share": 0.1, "min_residents": 200, "datasets": [ENROLMENT]}


def first_round(
    pupils: dict[str, int], villages: pl.DataFrame = FOUR, value: object = THIN
) -> pl.DataFrame:
    """One file for the whole county, never sent before."""
    sent = [{"village_code": v} for v, n in pupils.items() for _ in range(n)]
    frame = small.linked(ENROLMENT, [{}] * len(sent)).with_columns(
        village_code=pl.Series([r["village_code"] for r in sent], dtype=pl.String)
    )
    given = {} if value is None else {"gate_thin_share": value}
    return coverage(
        small.CONTRACTS,
        {ENROLMENT: frame},
        sheets(sheet()),
        villages,
        frames.empty(frames.COVERAGE),
        {},
        small.parameters(**GATES, **given),
        small.COUNTY,
        small.ROUND,
    )


@pytest.mark.parametrize("few", [0, 9])
def test_a_township_with_next_to_nothing_for_its_people_is_thin_in_the_first_round(
    few: int,
) -> None:
    judged = first_round({"V1": 100, "V2": 200, "V3": 100, "V4": few})
    found = states(judged)
    assert (found["T4"], found["V4"]) == ("thin", "thin")
    assert {found[u] for u in ("T1", "V1", "T2", "V2", "T3", "V3", "county")} == {"ok"}
    assert judged.filter(village_code="V4", dataset=ENROLMENT)["reason"].item() == (
        f"教育《enrolment名单》：该乡镇仅报 {few} 行，"
        "按人口折算不足其他乡镇中位数的 10%，疑似未报齐"
    )


@pytest.mark.parametrize(
    ("pupils", "persons", "value"),
    [
        ({"V1": 100, "V2": 200, "V3": 100, "V4": 15}, 1500, THIN),  # exactly the share
        ({"V1": 100, "V2": 200, "V3": 100}, 199, THIN),  # too few people to say
        ({"V1": 100, "V2": 200}, 1500, THIN),  # too few townships to say
        ({"V1": 100, "V2": 200, "V3": 100}, 1500, {**THIN, "datasets": ["housing.appraisals"]}),
        ({"V1": 100, "V2": 200, "V3": 100}, 1500, None),
        ({"V1": 100, "V2": 200, "V3": 100}, None, THIN),  # nobody knows how many people
    ],
)
def test_else_the_first_round_is_taken_as_it_comes(
    pupils: dict[str, int], persons: int | None, value: object
) -> None:
    people = pl.when(pl.col("village_code") == "V4").then(pl.lit(persons, pl.Int64))
    villages = FOUR.with_columns(persons=people.otherwise("persons"))
    assert set(states(first_round(pupils, villages, value)).values()) == {"ok"}


def test_a_value_of_another_form_is_named() -> None:
    with pytest.raises(ParameterError, match="参数 gate_thin_share 应写明"):
        first_round({"V1": 1}, value={"share": 0.1})
