"""Whose row it is where number, name and birth date point at different people of one house."""

import datetime as dt
from typing import Any

import polars as pl
import pytest

from pipelines.linkage.levels import declared
from pipelines.linkage.population import Population
from tests.linkage.county import population
from tests.linkage.test_steps import A, link, only, person

pytestmark = pytest.mark.unit

ELDER = person("任昌睿", "H1", birth="19761201", head_name="任昌睿", relation="户主")
YOUNGER = person("任承睿", "H1", birth="19790305", head_name="任昌睿")
WIFE = person("邓春梅", "H1", sex="女", birth="19781010", head_name="任昌睿")
FATHER = person("俄木拉则", "H2", birth="19860421", head_name="俄木拉则", relation="户主")
SON = person("俄木拉则", "H2", birth="20160311", head_name="俄木拉则")
ROWS = [
    ELDER, YOUNGER, WIFE, FATHER, SON,
    *(
        person(f"陈{given}", f"H{n}", birth=f"19{50 + n}0{1 + n % 9}17", sequence=n)
        for n, given in enumerate("大二三四五六七八九十金木水火土", start=21)
    ),
]  # fmt: skip


@pytest.fixture(scope="module", params=["dates", "no dates"])
def village(request: pytest.FixtureRequest) -> Population:
    """The roster has birth dates, or has them in its numbers alone."""
    dated = request.param == "dates"
    return population(ROWS if dated else [{**row, "birth_date": None} for row in ROWS])


def of(village: Population, row: dict[str, Any]) -> str:
    """Give the id of the person of a roster's row."""
    found = village.persons.filter(pl.col("id_number") == row["id_number"])
    return str(found["person_id"].item())


def test_a_brothers_number_beside_ones_own_name(village: Population) -> None:
    """The names differ in one character, but the other brother bears the very name."""
    row = {"name": "任承睿", "id_number": ELDER["id_number"], "village_code": A, "sex": "男"}
    told = only(link(village, "insurance.coverage", row))
    assert (told["person_id"], told["method"]) == (of(village, YOUNGER), "K4")
    dated = only(link(village, "civil_affairs.dibao", {**row, "birth_date": dt.date(1979, 3, 5)}))
    assert (dated["person_id"], dated["method"]) == (of(village, YOUNGER), "K4")


def test_another_name_that_nobody_of_the_house_bears(village: Population) -> None:
    row = {"name": "任老狗", "id_number": ELDER["id_number"], "village_code": A, "sex": "男"}
    told = only(link(village, "insurance.coverage", row))
    assert (told["person_id"], told["method"]) == (of(village, ELDER), "id_other_name")
    assert told["status"] == "suspected"


def test_a_name_in_latin_letters_says_nothing_against_the_number(village: Population) -> None:
    row = {"name": "RenChangrui", "id_number": ELDER["id_number"], "village_code": A}
    told = only(link(village, "insurance.coverage", row))
    assert (told["person_id"], told["method"]) == (of(village, ELDER), "R0")


def test_the_fathers_number_beside_his_namesakes_birth_date(village: Population) -> None:
    row = {
        "name": "俄木拉则", "id_number": FATHER["id_number"], "birth_date": dt.date(2016, 3, 11),
        "guardian_name": "俄木拉则", "village_code": A, "sex": "男",
    }  # fmt: skip
    told = only(link(village, "education.enrolment", row))
    assert (told["person_id"], told["status"]) != (of(village, FATHER), "confirmed")
    own = only(link(village, "education.enrolment", {**row, "birth_date": dt.date(1986, 4, 21)}))
    assert (own["person_id"], own["method"]) == (of(village, FATHER), "K1")


def test_dates_in_wrong_rows_say_nothing_of_whose_the_numbers_are(village: Population) -> None:
    listed = [row for row in ROWS if row["name"].startswith("陈")]
    wrong = [
        {"name": row["name"], "id_number": row["id_number"], "birth_date": dt.date(2015, 1, 1)}
        for row in listed
    ]
    assert len(wrong) > declared().settings.other_birth_least
    assert set(link(village, "civil_affairs.dibao", *wrong).links["method"]) == {"K1"}
    few = (
        [{**row, "birth_date": None} for row in wrong[1:]]
        + [wrong[0]]
        + [{"name": row["name"], "id_number": row["id_number"]} for row in (ELDER, YOUNGER, WIFE)]
    )
    told = link(village, "civil_affairs.dibao", *few).links
    odd = told.filter(pl.col("method") != "K1")
    assert odd.select("method", "status").rows() == [("id_other_birth", "suspected")]


def test_name_and_head_exchanged(village: Population) -> None:
    """Husband and wife share no character; birth date and sex are the wife's own."""
    row = {
        "name": "任昌睿", "head_name": "邓春梅", "sex": "女", "birth_date": dt.date(1978, 10, 10),
        "village_code": A,
    }  # fmt: skip
    told = only(link(village, "civil_affairs.dibao", row))
    assert (told["person_id"], told["status"]) == (of(village, WIFE), "suspected")


def test_name_and_guardian_exchanged_beside_number_and_birth_date(village: Population) -> None:
    row = {
        "name": "邓春梅", "guardian_name": "任承睿", "birth_date": dt.date(1979, 3, 5),
        "id_number": YOUNGER["id_number"], "village_code": A,
    }  # fmt: skip
    told = only(link(village, "education.enrolment", row))
    assert (told["person_id"], told["status"]) == (of(village, YOUNGER), "suspected")
    # Without a date of his own it is as well a pupil under the guardian's number.
    other = only(link(village, "education.enrolment", {**row, "birth_date": None}))
    assert other["status"] != "confirmed" or other["person_id"] == of(village, WIFE)


def test_a_heads_own_name_beside_a_slip_in_it_is_no_exchange(village: Population) -> None:
    row = {
        "name": "任昌锐", "head_name": "任昌睿", "birth_date": dt.date(1976, 12, 1),
        "id_number": ELDER["id_number"], "village_code": A,
    }  # fmt: skip
    told = only(link(village, "civil_affairs.dibao", row))
    assert (told["person_id"], told["method"]) == (of(village, ELDER), "K2")
