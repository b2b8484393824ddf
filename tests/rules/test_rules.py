"""Every rule on its planted county: who is flagged, who is spared, whom it does not concern."""

import datetime as dt
import re
from pathlib import Path

import polars as pl
import pytest

from pipelines.compare.compare import compare
from pipelines.compare.rules import Rules, load_rules
from pipelines.contracts import Contracts
from pipelines.home import CHECKOUT, SHIPPED, Home
from pipelines.parameters import ParameterBook
from tests.rules.planted import FIXTURES, KEYS, Fixture, load

pytestmark = pytest.mark.unit

FILES = sorted(FIXTURES.glob("*.yaml"))
PLACE = "990112"
Planted = tuple[Fixture, pl.DataFrame]
FORBIDDEN = ("违规", "问题", "停发", "扣减", "追回", "骗")
RESTING_ON_ABSENCE = (
    *("EDU-02", "EDU-04", "HEA-01", "HEA-06", "HOU-01", "HOU-02", "CIV-08"),
    *("INS-01", "INS-02", "VIL-01"),
)
OFFICIAL = re.compile("因住房出现安全问题|因安全饮水有问题")  # names of risk types, not verdicts


@pytest.fixture(scope="module")
def contracts() -> Contracts:
    return Home(SHIPPED).declared.contracts


@pytest.fixture(scope="module")
def book() -> ParameterBook:
    return Home(SHIPPED).declared.parameters


@pytest.fixture(scope="module")
def rules() -> Rules:
    return load_rules([CHECKOUT / "expectations" / "rules"])


@pytest.fixture(scope="module")
def ran(rules: Rules, contracts: Contracts, book: ParameterBook) -> dict[str, Planted]:
    """Every fixture run once: fixture and result by rule id."""
    parameters = book.lookup(PLACE, dt.date(2021, 6, 1))
    fixtures = [load(path, contracts) for path in FILES]
    return {f.rule_id: (f, f.run(rules, contracts, parameters)) for f in fixtures}


@pytest.fixture(params=FILES, ids=lambda path: path.stem)
def planted(request: pytest.FixtureRequest, ran: dict[str, Planted]) -> Planted:
    path: Path = request.param
    return ran[path.stem]


def test_every_subject_gets_the_state_it_should(planted: Planted, rules: Rules) -> None:
    fixture, result = planted
    flags = rules[fixture.rule_id].flags
    expected = fixture.expected
    said = {}
    for row in result.iter_rows(named=True):
        if row["why_not_compared"] is not None:
            said[row["subject"]] = "not_compared"
        else:
            said[row["subject"]] = row["state"]
    assert len(said) == result.height, "a subject has several rows"
    due = {
        **expected["flagged"],
        **dict.fromkeys(expected["spared"], "agree"),
        **dict.fromkeys(expected["not_compared"], "not_compared"),
        **expected["no_column"],
        **expected["held"],
    }
    assert said == due
    assert set(expected["flagged"].values()) <= set(flags)
    assert not set(expected["not_concerned"]) & set(said)


def test_reasons_for_not_comparing_say_what_is_missing(
    planted: Planted,
) -> None:
    fixture, result = planted
    reasons = dict(result.select("subject", "why_not_compared").iter_rows())
    for subject, words in fixture.expected["not_compared"].items():
        assert words in (reasons[subject] or "")


def test_every_row_explains_itself(planted: Planted) -> None:
    """FAIRNESS guarantees 1, 3 and 9: a sentence, both values, no verdicts, no full ID numbers."""
    _, result = planted
    for row in result.iter_rows(named=True):
        for column in ("left_value", "right_value", "explanation"):
            assert row[column], f"{row['subject']}: {column} is empty"
            words = OFFICIAL.sub("", row[column])
            assert not [word for word in FORBIDDEN if word in words], words
            assert not re.search(r"\d{12}", row[column]), row[column]
        assert row["explanation"].endswith("。")


def test_records_behind_a_row_exist_and_the_left_one_is_of_the_left_list(
    planted: Planted, rules: Rules
) -> None:
    fixture, result = planted
    rule = rules[fixture.rule_id]
    records = {
        record: dataset
        for dataset, frame in fixture.linked.items()
        for record in frame["record_id"].to_list()
    }
    for row in result.iter_rows(named=True):
        if row["left_record_id"] is not None:
            assert records[row["left_record_id"]] == rule.left
        elif rule.level != "village":
            assert records[row["right_record_id"]] == rule.right
        if row["right_record_id"] is not None:
            assert records[row["right_record_id"]] in rule.needs


@pytest.mark.parametrize("rule_id", ["STD-01", "STD-05", "INS-09", "HOU-09", "FUN-05"])
def test_presence_that_accuses_rests_on_confirmed_links(
    rule_id: str, ran: dict[str, Planted]
) -> None:
    """FAIRNESS guarantees 2 and 4."""
    fixture, result = ran[rule_id]
    status = {
        record: status
        for frame in fixture.linked.values()
        for record, status in frame.select("record_id", "link_status").iter_rows()
    }
    accused = result.filter(pl.col("state") == "disagree", pl.col("why_not_compared").is_null())
    for column in ("left_record_id", "right_record_id"):
        found = accused[column].to_list()
        assert found
        assert [status[record] for record in found] == ["confirmed"] * len(found)


@pytest.mark.parametrize("rule_id", ["STD-01", "STD-05", "INS-09", "HOU-09", "FUN-05", "CIV-08"])
def test_what_only_suspected_rows_say_is_counted_as_not_compared(
    rule_id: str, ran: dict[str, Planted], rules: Rules, contracts: Contracts, book: ParameterBook
) -> None:
    """FAIRNESS guarantee 4: nobody is accused by it, nobody vanishes."""
    fixture, result = ran[rule_id]
    weak = result.filter(pl.col("why_not_compared").str.starts_with("待核身份：所依据的记录"))
    assert set(weak["state"]) == {"disagree"}
    status = {
        record: status
        for frame in fixture.linked.values()
        for record, status in frame.select("record_id", "link_status").iter_rows()
    }
    sides = weak.select("left_record_id", "right_record_id").iter_rows()
    assert all("suspected" in {status.get(record) for record in side} for side in sides)
    done = compare(fixture.inputs(PLACE, rules, contracts, book.lookup(PLACE, dt.date(2021, 6, 1))))
    said = done.comparisons["why_not_compared"].str.join("；").item()
    assert f"{weak['why_not_compared'][0]}（{weak.height}）" in said


def test_place_is_known(planted: Planted, rules: Rules) -> None:
    fixture, result = planted
    assert result["village_code"].null_count() == 0
    assert KEYS[rules[fixture.rule_id].level] in result.columns


def test_the_engine_publishes_what_the_rule_flags(
    planted: Planted, rules: Rules, contracts: Contracts, book: ParameterBook
) -> None:
    """Every list there, nobody unsettled: all that is flagged, but accusations on weak links."""
    fixture, result = planted
    rule = rules[fixture.rule_id]
    done = compare(fixture.inputs(PLACE, rules, contracts, book.lookup(PLACE, dt.date(2021, 6, 1))))
    records = pl.concat(
        [f.select("record_id", "link_status") for f in fixture.linked.values()]
    ).filter(
        pl.col("link_status") != "confirmed", ~pl.col("record_id").str.starts_with("roster.pop")
    )
    weak = pl.col("left_record_id", "right_record_id").is_in(records["record_id"].implode())
    flagged = result.filter(pl.col("subject").is_in(list(fixture.expected["flagged"])))
    due = (
        flagged.filter(~pl.any_horizontal(weak).fill_null(value=False))
        if rule.accusing
        else flagged
    )
    assert done.discrepancies.height == due.height > 0
    assert set(done.discrepancies["explanation"]) == set(due["explanation"])
    assert done.comparisons["subjects"].sum() == result.height


@pytest.mark.parametrize("rule_id", ["FUN-05", "HOU-02", "MON-13", "MON-14"])
def test_a_column_that_a_sheet_has_not_says_nothing_about_people(
    rule_id: str, ran: dict[str, Planted], rules: Rules, contracts: Contracts, book: ParameterBook
) -> None:
    """FAIRNESS guarantee 4, by sheet: those of the sheet with the column are compared."""
    fixture, result = ran[rule_id]
    subjects = list(fixture.expected["no_column"])
    assert subjects
    done = compare(fixture.inputs(PLACE, rules, contracts, book.lookup(PLACE, dt.date(2021, 6, 1))))
    people = result.filter(pl.col("subject").is_in(subjects))
    key = KEYS[rules[rule_id].level]
    found = done.subjects.filter(pl.col(key).is_in(people[key].implode()))
    assert found["state"].to_list() == ["not_compared"] * len(subjects)
    assert all(
        why.startswith("名单〈990112/") and "〔无此列〕〉没有“" in why for why in found["why"]
    )


@pytest.mark.parametrize("rule_id", ["EDU-02", "CIV-08"])
def test_an_unsettled_record_that_would_clear_somebody_holds_the_question_open(
    rule_id: str, ran: dict[str, Planted], rules: Rules, contracts: Contracts, book: ParameterBook
) -> None:
    """FAIRNESS guarantee 4, for the lists that spare and for those that gate."""
    fixture, _ = ran[rule_id]
    held = list(fixture.expected["held"])
    assert held
    done = compare(fixture.inputs(PLACE, rules, contracts, book.lookup(PLACE, dt.date(2021, 6, 1))))
    found = done.subjects.filter(pl.col(KEYS[rules[rule_id].level]).is_in(held))
    assert found["state"].to_list() == ["not_compared"] * len(held)
    assert all(why.startswith("待核身份：") and "尚未核定" in why for why in found["why"])


@pytest.mark.parametrize("rule_id", RESTING_ON_ABSENCE)
def test_absence_is_no_evidence_where_the_list_did_not_come(
    rule_id: str, ran: dict[str, Planted], rules: Rules, contracts: Contracts, book: ParameterBook
) -> None:
    """FAIRNESS guarantee 4."""
    fixture, result = ran[rule_id]
    parameters = book.lookup(PLACE, dt.date(2021, 6, 1))
    inputs = fixture.inputs(PLACE, rules, contracts, parameters, state="missing")
    done = compare(inputs)
    assert done.discrepancies.is_empty()
    flagged = sum(
        len(fixture.expected[s]) for s in ("flagged", "not_compared", "no_column", "held")
    )
    assert done.comparisons["not_compared"].sum() == flagged
    assert (
        done.comparisons["agree"].sum()
        == result.filter((pl.col("state") == "agree") & pl.col("why_not_compared").is_null()).height
    )
