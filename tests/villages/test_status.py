import datetime as dt
from typing import Any

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from pipelines import frames
from pipelines.villages.status import MONITORED, OF_VILLAGES, township_ratios, village_status
from tests.compare import small

pytestmark = pytest.mark.unit

WEEK = dt.timedelta(days=7)
VILLAGES = ["V1", "V2", "V3"]
TOWN = {"V1": "T1", "V2": "T1", "V3": "T2"}


def households(each: int = 40, poor: dict[str, int] | None = None) -> pl.DataFrame:
    """So many households a village; the first of them 脱贫户 where `poor` says how many."""
    rows = [
        {
            "household_id": f"{v}-{i}",
            "household_type": "脱贫户" if i < (poor or {}).get(v, 0) else "一般农户",
            "village_code": v,
            "township_code": TOWN[v],
        }
        for v in VILLAGES
        for i in range(each)
    ]
    return frames.conform(pl.DataFrame(rows), frames.HOUSEHOLDS)


def monitored(*rows: dict[str, Any]) -> pl.DataFrame:
    """The monitored list with its real columns, one row a dict."""
    filled = [
        {"record_id": f"m{i}", "link_status": "confirmed", "risks": ["因病"], **row}
        for i, row in enumerate(rows)
    ]
    schema = {
        "record_id": pl.String,
        "household_id": pl.String,
        "village_code": pl.String,
        "risks": pl.List(pl.String),
        "measures": pl.List(pl.String),
        "helper": pl.String,
        "risk_removed": pl.Boolean,
        "risk_removed_on": pl.Date,
        "net_income_per_head": pl.Float64,
        "link_household": pl.String,
        "link_status": pl.String,
    }
    return (
        frames.conform(pl.DataFrame(filled, infer_schema_length=None), schema)
        if rows
        else (frames.empty(schema))
    )


def status(
    rows: pl.DataFrame,
    round_: dt.date = small.ROUND,
    before: pl.DataFrame | None = None,
    states: dict[str, str] | None = None,
    new: bool = True,
    **other: Any,
) -> pl.DataFrame:
    homes = other.pop("households", households())
    persons = homes.select("household_id", "village_code", person_id="household_id")
    linked = {MONITORED: rows, **other.pop("linked", {})}
    covered = small.coverage(**{MONITORED.replace(".", "__"): states or "ok"})
    given = {
        "county": small.COUNTY,
        "round_": round_,
        "persons": frames.conform(persons, frames.PERSONS),
        "households": homes,
        "villages": small.VILLAGES,
        "linked": {name: linked[name] for name in OF_VILLAGES if name in linked},
        "coverage": covered.with_columns(newly_delivered=pl.lit(new)),
        "before": frames.empty(frames.VILLAGE_STATUS) if before is None else before,
    }
    return village_status(**{**given, **other})


def of(judged: pl.DataFrame, column: str) -> dict[str, Any]:
    return dict(judged.select("village_code", column).iter_rows())


HERE = {"household_id": "x1", "link_household": "V1-0"}
REMOVED = {"risk_removed": True, "link_household": "V2-0"}


def test_a_village_without_any_monitored_household_active_or_ever_is_blank() -> None:
    judged = status(monitored(HERE, REMOVED))
    assert of(judged, "blank") == {"V1": False, "V2": False, "V3": True}
    assert of(judged, "monitored_active") == {"V1": 1, "V2": 0, "V3": 0}
    assert of(judged, "monitored_ever") == {"V1": 1, "V2": 1, "V3": 0}
    assert of(judged, "residents") == dict.fromkeys(VILLAGES, 40)
    assert of(judged, "why")["V3"].startswith("有居民 40 人、40 户，监测对象名单中没有一户")


@pytest.mark.parametrize(
    ("removal", "active"),
    [
        ({}, 1),
        ({"risk_removed": False}, 1),
        ({"risk_removed": True}, 0),
        ({"risk_removed": True, "risk_removed_on": small.ROUND}, 0),
        ({"risk_removed": True, "risk_removed_on": small.ROUND + WEEK}, 1),
        ({"risk_removed_on": small.ROUND - WEEK}, 0),
        ({"risk_removed": False, "risk_removed_on": small.ROUND - WEEK}, 1),  # the column decides
    ],
)
def test_active_is_who_is_at_risk_on_the_round(removal: dict[str, Any], active: int) -> None:
    assert of(status(monitored({**HERE, **removal})), "monitored_active")["V1"] == active


@pytest.mark.parametrize("state", ["missing", "stale", "thin", "failed"])
def test_a_village_whose_list_is_not_usable_is_not_called_blank(state: str) -> None:
    judged = status(monitored(HERE), states={"V1": state, "V3": state})
    assert of(judged, "compared") == {"V1": False, "V2": True, "V3": False}
    assert of(judged, "blank") == {"V1": False, "V2": True, "V3": None}
    assert of(judged, "why")["V3"] == f"{MONITORED} {state}"


@pytest.mark.parametrize(
    "row",
    [
        {"link_household": "V3-0", "link_status": "suspected"},  # presence that spares
        {"household_id": "x9", "village_code": "V3", "link_status": "unmatched"},
        {"link_household": "V1-0", "village_code": "V3"},  # the list names the village
    ],
)
def test_presence_in_any_form_spares_a_village(row: dict[str, Any]) -> None:
    assert of(status(monitored(row)), "blank")["V3"] is False


@pytest.mark.parametrize(
    ("probability", "link", "blank"),
    [(0.4, "unmatched", None), (0.05, "unmatched", True), (0.4, "confirmed", True)],
)
def test_an_unsettled_household_that_may_live_there_keeps_the_question_open(
    probability: float, link: str, blank: bool | None
) -> None:
    rows = monitored({"link_status": link, "household_id": "x1"})
    maybe = small.candidate("m0", MONITORED, probability, household_id="V3-1")
    judged = status(
        rows,
        candidates=maybe,
        parameters=small.parameters(gate_candidate_probability=0.1),
    )
    assert of(judged, "blank")["V3"] is blank
    if blank is None:
        assert of(judged, "why")["V3"].startswith("待核身份：")


def test_a_village_without_residents_is_not_blank() -> None:
    homes = households().filter(pl.col("village_code") != "V3")
    judged = status(monitored(HERE), households=homes)
    assert of(judged, "blank")["V3"] is False
    assert of(judged, "residents")["V3"] == 0


def test_the_expectation_follows_what_is_known_of_the_village() -> None:
    """Half of V1's 20 poor households are monitored; V2 has poor households, V3 has none."""
    rows = [{"link_household": f"V1-{i}"} for i in range(10)]
    homes = households(100, poor={"V1": 20, "V2": 20})
    judged = status(monitored(*rows), households=homes)
    expected = of(judged, "expected_monitored")
    share = 10 / 300
    poor = (10 + 50 * share) / (20 + 50)  # drawn towards the county's share; V2 itself left out
    others = 80 + 100  # households not poor in the other two villages
    assert expected["V2"] == pytest.approx(20 * poor + 80 * 50 * share / (others + 50), abs=1e-6)
    assert expected["V2"] > 2 * expected["V3"]
    surprise = of(judged, "surprise")
    assert 0 < surprise["V2"] < surprise["V3"] < 1


def test_facts_on_record_raise_the_expectation_only_where_confirmed() -> None:
    rows = [{"link_household": f"V1-{i}"} for i in range(10)]

    def more_in_v2_than_v3(link_status: str) -> float:
        facts = [{"link_household": f"V{v}-{i}"} for v in (1, 2) for i in range(10)]
        dibao = small.linked(
            "civil_affairs.dibao", [{**row, "link_status": link_status} for row in facts]
        )
        expected = of(
            status(monitored(*rows), linked={"civil_affairs.dibao": dibao}), "expected_monitored"
        )
        return float(expected["V2"] / expected["V3"])

    assert more_in_v2_than_v3("confirmed") > 1.5
    assert more_in_v2_than_v3("suspected") == more_in_v2_than_v3("unmatched") == 1


def test_without_any_usable_list_nothing_is_expected() -> None:
    judged = status(monitored(), states=dict.fromkeys(VILLAGES, "missing"))
    assert judged["expected_monitored"].null_count() == 3
    assert judged["blank"].null_count() == 3


FILLED = {**HERE, "helper": "张三", "measures": ["产业帮扶"], "net_income_per_head": 6000.0}
"""A household in a list that has these columns."""


def rounds(*steps: tuple[list[dict[str, Any]], bool, str]) -> list[dict[str, Any]]:
    """V1 over several rounds: rows of the list, whether newly delivered, its state."""
    before, seen = frames.empty(frames.VILLAGE_STATUS), []
    for i, (rows, new, state) in enumerate(steps):
        judged = status(
            monitored(*rows), small.ROUND + i * WEEK, before, states={"V1": state}, new=new
        )
        before = pl.concat([before, judged])
        seen.append(judged.row(by_predicate=pl.col("village_code") == "V1", named=True))
    return seen


def test_zero_change_counts_new_deliveries_only() -> None:
    same, other = [FILLED], [{**FILLED, "helper": "换了人"}]
    seen = rounds(
        (same, True, "ok"),  # the first: nothing to compare with
        (same, True, "ok"),
        (same, False, "ok"),  # the same list again is not counted
        (same, True, "missing"),  # not usable: not counted
        (same, True, "ok"),
        (other, True, "ok"),
        (other, True, "ok"),
    )
    assert [s["zero_change"] for s in seen] == [None, True, None, None, True, False, True]
    assert [s["deliveries_without_change"] for s in seen] == [0, 1, 1, 1, 2, 0, 1]
    assert seen[4]["why"] == "与上次报送的监测对象名单相比没有任何变化，已连续 2 次"


@pytest.mark.parametrize(
    ("later", "unchanged"),
    [
        ([FILLED], True),
        ([{**FILLED, "risks": ["因病"], "record_id": "other", "path": "other.xlsx"}], True),
        ([{**FILLED, "measures": ["健康帮扶"]}], False),
        ([{**FILLED, "net_income_per_head": 6001.0}], False),
        ([{**FILLED, "risk_removed": True, "risk_removed_on": small.ROUND}], False),
        ([FILLED, {"household_id": "x2", "link_household": "V1-1"}], False),
        ([{"household_id": "x2", "link_household": "V1-1"}], False),
        ([], False),
    ],
)
def test_what_counts_as_a_change(later: list[dict[str, Any]], unchanged: bool) -> None:
    assert rounds(([FILLED], True, "ok"), (later, True, "ok"))[1]["zero_change"] is unchanged


@pytest.mark.parametrize(("home", "unchanged"), [("V1-0", False), ("V1-5", True)])
def test_a_member_who_came_to_a_monitored_household_is_a_change(home: str, unchanged: bool) -> None:
    first = status(monitored(HERE))
    before = households().select("household_id", "village_code", person_id="household_id")
    born = pl.DataFrame({"household_id": [home], "village_code": ["V1"], "person_id": ["new"]})
    persons = frames.conform(pl.concat([before, born]), frames.PERSONS)
    judged = status(monitored(HERE), small.ROUND + WEEK, first, persons=persons)
    assert of(judged, "zero_change")["V1"] is unchanged


def test_a_village_that_has_none_and_had_none_has_not_stood_still() -> None:
    assert [s["zero_change"] for s in rounds(([], True, "ok"), ([], True, "ok"))] == [None, None]


def test_a_round_run_again_compares_with_the_round_before_it() -> None:
    first = status(monitored(HERE))
    second = status(monitored(HERE), small.ROUND + WEEK, first)
    again = status(monitored(HERE), small.ROUND + WEEK, pl.concat([first, second]))
    assert_frame_equal(second, again)


def test_the_order_of_rows_means_nothing() -> None:
    rows = monitored(HERE, REMOVED, {"link_household": "V1-1", "risks": ["因残", "因病"]})
    turned = monitored(HERE, REMOVED, {"link_household": "V1-1", "risks": ["因病", "因残"]})
    homes = households(poor={"V1": 3})
    assert_frame_equal(
        status(rows, households=homes), status(turned.reverse(), households=homes.reverse())
    )


def test_shares_by_township_have_their_denominators() -> None:
    judged = status(monitored(HERE), states={"V3": "missing"})
    columns = ["township_code", "villages", "compared", "blank", "blank_share"]
    assert township_ratios(judged).select(columns).rows() == [
        ("T1", 2, 2, 1, 0.5),
        ("T2", 1, 0, 0, None),
    ]


@pytest.mark.parametrize("column", ["helper", "measures", "net_income_per_head"])
def test_a_column_that_one_of_two_lists_has_not_got_is_no_change(column: str) -> None:
    without = {**FILLED, column: None}
    for first, second in (([FILLED], [without]), ([without], [FILLED])):
        assert rounds((first, True, "ok"), (second, True, "ok"))[1]["zero_change"] is True
