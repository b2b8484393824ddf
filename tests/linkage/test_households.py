"""Households over the years, and mates in doubt: what members know of each other."""

from typing import Any

import polars as pl
import pytest

from pipelines.linkage import former, results
from pipelines.linkage.households import (
    BY_EARLIER_NUMBER,
    BY_HEAD_NAME,
    BY_NUMBER,
    earlier_households,
)
from pipelines.linkage.population import Population, build_population
from pipelines.warehouse.codes import codes_frame
from tests.linkage.county import CONTRACTS, ROSTER, clean, number
from tests.linkage.test_former import A, after, person
from tests.linkage.village import link, only

pytestmark = pytest.mark.unit

WANG, LI, ZHAO, QIAN, SUN = (number(f"19{50 + 5 * n}0101", 21 + n) for n in range(5))
BEFORE = [
    person("王老大", "OLD1", WANG, head_name="王老大", relation="户主"),
    person("李玉兰", "OLD1", LI, head_name="王老大"),
    person("赵有才", "OLD1", ZHAO, head_name="王老大"),
    person("钱多多", "OLD2", QIAN, head_name="钱多多", relation="户主"),
    person("孙二娘", "OLD2", SUN, head_name="钱多多"),
]


def moved(**homes: str) -> Population:
    """The same people, each with the number of today's household; who is not named has left."""
    return after(
        [{**row, "household_id": homes[row["name"]]} for row in BEFORE if row["name"] in homes],
        BEFORE,
    )


def renovated(village: Population, **row: Any) -> dict[str, Any]:
    # Most of the list's numbers are the roster's, so they are no numbers of its own.
    return link(village, "housing.renovations", {"village_code": A, **row}).links.row(0, named=True)


def test_a_renumbered_household_is_known_by_its_members() -> None:
    village = moved(王老大="N1", 李玉兰="N1", 赵有才="N1", 钱多多="OLD2", 孙二娘="OLD2")
    assert village.earlier.rows() == [("OLD1", "N1", 3, 3, None)]
    row = renovated(village, household_id="OLD1", head_name="王老大")
    assert (row["household_id"], row["status"], row["method"]) == ("N1", "confirmed", "H3")
    assert row["person_id"] == village.persons.filter(name="王老大")["person_id"].item()


def test_a_dead_head_under_an_earlier_number_leads_to_the_family() -> None:
    village = moved(李玉兰="N1", 赵有才="N1", 钱多多="OLD2", 孙二娘="OLD2")
    by_number = renovated(village, household_id="OLD1", head_name="王老大")
    assert (by_number["household_id"], by_number["person_id"]) == ("N1", None)
    by_head = renovated(village, head_name="王老大", head_id_number=WANG)
    assert (by_head["household_id"], by_head["former_person_id"] is None) == ("N1", False)


def test_two_households_merged_into_one_are_both_it() -> None:
    village = moved(王老大="N1", 李玉兰="N1", 赵有才="N1", 钱多多="N1", 孙二娘="N1")
    assert [row[:2] for row in village.earlier.rows()] == [("OLD1", "N1"), ("OLD2", "N1")]


def test_a_household_split_in_halves_is_neither() -> None:
    village = moved(王老大="OLD1", 李玉兰="OLD1", 赵有才="OLD1", 钱多多="N1", 孙二娘="N2")
    assert village.earlier.is_empty()
    row = renovated(village, household_id="OLD2", head_name="钱多多", head_id_number=QIAN)
    # The number says nothing any more; the head lives in one of the halves.
    assert (row["household_id"], row["method"]) == ("N1", "K1")


def test_whoever_split_off_alone_does_not_take_the_old_number_along() -> None:
    village = moved(王老大="N1", 李玉兰="N1", 赵有才="N2", 钱多多="OLD2", 孙二娘="OLD2")
    assert village.earlier.rows() == [("OLD1", "N1", 2, 3, ["赵有才"])]


def test_a_head_who_is_in_the_smaller_half_takes_the_house_along() -> None:
    """The number is that of the larger half, but the row names whose house it is."""
    village = moved(王老大="N1", 李玉兰="N2", 赵有才="N2", 钱多多="OLD2", 孙二娘="OLD2")
    assert [row[:2] for row in village.earlier.rows()] == [("OLD1", "N2")]
    head = renovated(village, household_id="OLD1", head_name="王老大")
    assert (head["household_id"], head["status"]) == ("N1", "suspected")
    other = renovated(village, household_id="OLD1", head_name="李玉兰")
    assert (other["household_id"], other["status"], other["method"]) == ("N2", "confirmed", "H3")
    nobody = renovated(village, household_id="OLD1", head_name="早已去世")
    assert (nobody["household_id"], nobody["person_id"], nobody["method"]) == ("N2", None, "H3")
    # Whose house it is after a head who is gone, nobody can know who parted.
    assert nobody["status"] == "suspected"


def test_without_an_earlier_roster_there_are_no_earlier_households() -> None:
    persons = build_population(clean(ROSTER, BEFORE))
    assert earlier_households(persons.identities, persons.persons).is_empty()


def test_the_second_pass_helps_where_only_a_probable_link_settled_the_mate() -> None:
    """Of two 周小妹 of the village the one in the household of a mate who has no number either."""
    people = [
        person("周大山", "H1", number("19600101", 31), head_name="周大山", relation="户主"),
        person("周小妹", "H1", number("19900202", 32), head_name="周大山"),
        person("周小妹", "H2", number("19880303", 34), head_name="周二河"),
        person("周二河", "H2", number("19610101", 35), head_name="周二河", relation="户主"),
    ]
    village = build_population(clean(ROSTER, people))
    born = people[0]["birth_date"]
    head = {"name": "周大山", "birth_date": born, "village_code": A, "guardian_id_number": "X1"}
    girl = {"name": "周小妹", "village_code": A, "guardian_id_number": "X1"}
    alone = only(link(village, "education.student_aid", girl))
    assert alone["status"] == "unmatched"
    both = link(village, "education.student_aid", head, girl).links
    assert both["method"].to_list()[0] == "P1"
    assert both["status"].to_list() == ["confirmed", "suspected"]
    assert both["household_id"].to_list() == ["H1", "H1"]


def test_a_household_of_the_list_pulled_to_two_is_marked() -> None:
    village = build_population(clean(ROSTER, BEFORE))
    rows = [
        {"name": name, "id_number": id_number, "head_id_number": WANG, "village_code": A}
        for name, id_number in (("王老大", WANG), ("李玉兰", LI), ("钱多多", QIAN))
    ]
    marked = link(village, "civil_affairs.dibao", *rows).links
    assert marked["conflict"].to_list() == [results.SPLIT] * 3
    together = link(village, "civil_affairs.dibao", *rows[:2]).links
    assert together["conflict"].null_count() == 2


def test_two_heads_of_one_name_in_a_village_are_no_split_household() -> None:
    people = [
        person("赵铁", "H1", number("19600101", 51), head_name="赵铁", relation="户主"),
        person("赵铁", "H2", number("19700101", 53), head_name="赵铁", relation="户主"),
    ]
    village = build_population(clean(ROSTER, people))
    rows = [
        {"name": "赵铁", "id_number": row["id_number"], "head_name": "赵铁", "village_code": A}
        for row in people
    ]
    links = link(village, "civil_affairs.dibao", *rows).links
    assert links["household_id"].to_list() == ["H1", "H2"]
    assert links["conflict"].null_count() == 2


def test_a_row_whose_person_another_row_holds_more_surely_is_marked() -> None:
    people = [
        person("吴秀兰", "H1", number("19500101", 42), head_name="吴秀兰", phone="13900000009")
    ]
    village = build_population(clean(ROSTER, people))
    said = {"name": "吴秀兰", "village_code": A, "birth_date": people[0]["birth_date"]}
    hers, other = {**said, "phone": "13900000009"}, {**said, "phone": "13800000001"}
    listed = link(village, "civil_affairs.disability", hers, other).links
    assert listed["status"].to_list() == ["confirmed", "suspected"]
    assert listed["conflict"].to_list() == [None, results.RIVAL]


def test_codes_of_conflicts_are_told() -> None:
    told = codes_frame(CONTRACTS).filter(pl.col("code_of") == "conflict")
    assert set(told["code"]) == {results.SPLIT, results.RIVAL}


def test_each_way_to_a_household_has_an_id_and_a_sentence_of_its_own() -> None:
    ways = {BY_NUMBER, BY_HEAD_NAME, BY_EARLIER_NUMBER, former.BY_NAME}
    assert len(ways) == 4
    told = codes_frame(CONTRACTS).filter(pl.col("code").is_in(list(ways)))
    assert dict(told.select("code", "meaning").iter_rows())[BY_EARLIER_NUMBER].startswith(
        "按以前名册的户编号"
    )
    assert told["meaning"].n_unique() == 4
