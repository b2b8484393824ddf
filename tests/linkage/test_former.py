"""People of an earlier roster: whose rows are theirs, and whose are not."""

import datetime as dt
from typing import Any

import polars as pl
import pytest

from pipelines import frames
from pipelines.linkage.decisions import SCHEMA
from pipelines.linkage.link import link_dataset, with_links
from pipelines.linkage.population import Population, build_population
from tests.linkage.county import CONTRACTS, ROSTER, clean, number

pytestmark = pytest.mark.unit

A = "990112101201"
OLD, WIFE, ALONE, SON = (
    number("19400312", 11),
    number("19440704", 12),
    number("19380505", 13),
    number("19700101", 15),
)


def person(name: str, home: str, id_number: str, **more: Any) -> dict[str, Any]:
    born = dt.datetime.strptime(id_number[6:14], "%Y%m%d").replace(tzinfo=dt.UTC).date()
    facts = {"household_id": home, "name": name, "id_number": id_number, "birth_date": born}
    return {**facts, "village_code": A, "village": "东河村", **more}


BEFORE = [
    person("陈老三", "H1", OLD, head_name="陈老三", relation="户主"),
    person("李秀英", "H1", WIFE, head_name="陈老三"),
    person("孤老汉", "H2", ALONE, head_name="孤老汉", relation="户主"),
    person("陈大强", "H3", SON, head_name="陈大强", relation="户主"),
]
NOW = [
    person("李秀英", "H1", WIFE, head_name="李秀英", relation="户主"),
    person("陈大强", "H3", SON, head_name="陈大强", relation="户主"),
]


def after(now: list[dict[str, Any]], before: list[dict[str, Any]] = BEFORE) -> Population:
    known = build_population(clean(ROSTER, before)).identities
    return build_population(clean(ROSTER, now), known)


@pytest.fixture(scope="module")
def village() -> Population:
    return after(NOW)


def said(village: Population, dataset: str, **row: Any) -> dict[str, Any]:
    contract = CONTRACTS[dataset]
    frame = clean(contract, [{"village_code": A, **row}])
    linked = link_dataset(frame, contract, village)
    assert dict(linked.told().collect().schema) == dict(frames.LINKS)
    columns = list(frames.LINKED_EXTRA)
    told = with_links(frame.lazy(), linked.links).select(columns).collect().row(0, named=True)
    names = dict(
        pl.concat(
            [f.select("person_id", "name_key") for f in (village.persons, village.former)]
        ).iter_rows()
    )
    return {
        "person": names.get(told["link_person"]),
        "former": names.get(told["link_former"]),
        "household": told["link_household"],
        "status": told["link_status"],
        "method": linked.links["method"].item(),
    }


def test_who_left_is_known_apart_from_who_is_there(village: Population) -> None:
    told = village.former.select("name_key", "household_id", "village_code").sort("name_key")
    # The old man who lived alone leaves no household behind.
    assert told.rows() == [("孤老汉", None, None), ("陈老三", "H1", A)]
    assert village.persons.height == 2
    assert village.households.select("household_id", "members").rows() == [("H1", 1), ("H3", 1)]


def test_nobody_is_former_in_the_first_round_nor_when_all_stay() -> None:
    assert build_population(clean(ROSTER, BEFORE)).former.is_empty()
    assert after(BEFORE).former.is_empty()


def test_who_may_still_be_there_under_another_id_is_not_former() -> None:
    # One number, another name and household: too little to be known by, enough not to be gone.
    assert after([*NOW, person("陈三", "H9", OLD, birth_date=None)]).former[
        "name_key"
    ].to_list() == ["孤老汉"]
    twice = [person("陈老三", "H8", OLD, person_id="x"), *BEFORE]
    assert after(NOW, twice).former["name_key"].to_list().count("陈老三") == 1


def test_a_number_and_name_find_the_dead_and_no_resident(village: Population) -> None:
    row = said(village, "civil_affairs.dibao", name="陈老三", id_number=OLD)
    assert row == {
        "person": None,
        "former": "陈老三",
        "household": None,  # he makes no household one that receives 低保
        "status": "confirmed",
        "method": "K1",
    }
    near = said(village, "health.deaths", name="陈老伞", id_number=OLD)
    assert (near["former"], near["status"], near["method"]) == ("陈老三", "confirmed", "K2")
    alone = said(village, "health.deaths", name="孤老汉", id_number=ALONE)
    assert (alone["former"], alone["household"]) == ("孤老汉", None)


@pytest.mark.parametrize(
    "given",
    [
        {"name": "陈老三"},
        {"name": "陈老三", "birth_date": dt.date(1940, 3, 12)},
        {"name": "赵大勇", "id_number": OLD},
    ],
    ids=["name and village", "name and birth date", "another name"],
)
def test_less_names_nobody_who_left(village: Population, given: dict[str, Any]) -> None:
    row = said(village, "health.deaths", **given)
    assert row["former"] is None
    assert row["status"] != "confirmed"


def test_a_house_under_the_dead_head_is_his_familys(village: Population) -> None:
    by_number = said(village, "housing.appraisals", head_name="陈老三", head_id_number=OLD)
    assert by_number == {
        "person": None,
        "former": "陈老三",
        "household": "H1",
        "status": "confirmed",
        "method": "K1",
    }
    by_name = said(village, "housing.appraisals", head_name="陈老三")
    assert (by_name["household"], by_name["status"], by_name["method"]) == ("H1", "suspected", "H4")
    assert by_name["former"] is None
    other = said(village, "housing.appraisals", head_name="陈老三", head_id_number=ALONE)
    assert (other["household"], other["status"]) == (None, "unmatched")


def test_a_house_whose_household_is_gone_is_nobodys(village: Population) -> None:
    """Who he was is known, but the certainty of a list of houses is that of the household."""
    row = said(village, "housing.appraisals", head_name="孤老汉", head_id_number=ALONE)
    assert (row["former"], row["household"], row["status"]) == ("孤老汉", None, "unmatched")


def test_a_resident_of_the_name_comes_first() -> None:
    namesake = number("19800808", 17)
    there = after([*NOW, person("陈老三", "H4", namesake, head_name="陈老三", relation="户主")])
    house = said(there, "housing.appraisals", head_name="陈老三")
    assert (house["person"], house["household"], house["status"]) == ("陈老三", "H4", "suspected")
    listed = said(there, "civil_affairs.dibao", name="陈老三")
    assert (listed["person"], listed["former"]) == ("陈老三", None)
    # Two residents of the name, and one who left: nobody is taken.
    more = after(
        [
            *NOW,
            person("陈老三", "H4", namesake, head_name="陈老三", relation="户主"),
            person("陈老三", "H5", number("19810809", 19), head_name="陈老三", relation="户主"),
        ]
    )
    assert said(more, "housing.appraisals", head_name="陈老三")["household"] is None


def test_a_name_of_an_earlier_roster_is_still_known() -> None:
    girl = number("19950606", 22)
    before = [person("李招弟", "H1", girl, head_name="陈老三"), *BEFORE]
    now = [person("李雨桐", "H1", girl, head_name="李秀英"), *NOW]
    village = after(now, before)
    by_number = said(village, "civil_affairs.dibao", name="李招弟", id_number=girl)
    assert (by_number["person"], by_number["status"], by_number["method"]) == (
        "李雨桐",
        "confirmed",
        "K2",
    )
    by_name = said(village, "civil_affairs.dibao", name="李招弟")
    assert (by_name["person"], by_name["status"]) == ("李雨桐", "suspected")
    # Without the earlier roster it is another name, which a number alone does not explain.
    unknown = said(
        build_population(clean(ROSTER, now)), "civil_affairs.dibao", name="李招弟", id_number=girl
    )
    assert unknown["status"] != "confirmed"


def test_people_may_say_that_it_is_not_he(village: Population) -> None:
    contract = CONTRACTS["housing.appraisals"]
    frame = clean(contract, [{"head_name": "陈老三", "head_id_number": OLD, "village_code": A}])
    gone = village.former.filter(pl.col("name_key") == "陈老三")["person_id"].item()

    def decided(decision: str) -> dict[str, Any]:
        told = {"record_id": frame["record_id"].item(), "person_id": gone, "decision": decision}
        row = {**dict.fromkeys(SCHEMA), **told, "who": "张审核", "source": "第 1 行"}
        decisions = pl.DataFrame([row], schema=SCHEMA)
        return link_dataset(frame, contract, village, decisions).links.row(0, named=True)

    assert decided("different")["household_id"] is None
    same = decided("same")
    assert (same["former_person_id"], same["household_id"], same["method"]) == (
        gone,
        "H1",
        "review",
    )
