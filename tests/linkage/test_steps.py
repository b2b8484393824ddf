"""Each step of linkage on a village small enough to check by eye."""

import datetime as dt
import json
from typing import Any

import polars as pl
import pytest

from pipelines import frames
from pipelines.linkage import sides
from pipelines.linkage.compare_pairs import with_levels
from pipelines.linkage.evidence import in_words
from pipelines.linkage.levels import FIELDS, declared
from pipelines.linkage.link import link_dataset, with_links
from pipelines.linkage.population import Population
from tests.linkage.county import AS_OF, CONTRACTS, ROSTER, clean, number, population
from tests.linkage.village import ROWS, A, B, id_of, link, only, person, person_id

pytestmark = pytest.mark.unit


def test_population_has_stable_unique_ids_and_heads(village: Population) -> None:
    assert village.persons["person_id"].is_unique().all()
    assert dict(village.persons.schema) == dict(frames.PERSONS)
    assert dict(village.households.schema) == dict(frames.HOUSEHOLDS)
    again = population(list(reversed(ROWS)))
    assert again.persons["person_id"].to_list() == village.persons["person_id"].to_list()
    heads = dict(village.households.select("household_id", "head_name").iter_rows())
    # 陈老三 is no member any more: the household keeps the name the roster writes.
    assert heads == {
        "H1": "王建国", "H2": "赵大勇", "H3": "单雄信", "H4": "买买提·艾力", "H5": "孙强",
        "H6": "陈老三", "H7": "王秀英",
    }  # fmt: skip
    members = dict(village.households.select("household_id", "members").iter_rows())
    assert members["H1"] == 4


def test_one_number_twice_in_the_roster_makes_two_ids() -> None:
    twice = population([ROWS[0], {**ROWS[0], "household_id": "H9"}])
    first, second = twice.persons["person_id"].to_list()
    assert second == f"{first}-2"


def test_the_roster_links_to_itself(village: Population) -> None:
    linked = link_dataset(clean(ROSTER, ROWS), ROSTER, village)
    assert linked.links["method"].unique().to_list() == ["roster"]
    assert linked.links["person_id"].null_count() == 0
    assert linked.candidates.is_empty()


def test_villages_have_no_links(village: Population) -> None:
    linked = link(village, "roster.villages", {"village_code": A, "village": "王堂村"})
    assert linked.links.is_empty()


def test_k1_number_and_name(village: Population) -> None:
    row = only(link(village, "health.illnesses", {"name": "王建国", "id_number": id_of("王建国")}))
    assert (row["status"], row["method"]) == ("confirmed", "K1")
    assert row["person_id"] == person_id(village, "王建国")
    assert row["household_id"] == "H1"
    told = json.loads(row["evidence"])
    assert told["id_number"]["level"] == 7
    assert told["name"] == {
        "left": "王建国", "right": "王建国", "level": 9,
        "weight": told["name"]["weight"], "says": "姓名完全一致",
    }  # fmt: skip
    assert row["level_pattern"][: len(FIELDS)].startswith("97")
    assert in_words(row["evidence"]).startswith("身份证号一致；")


@pytest.mark.parametrize(
    ("name", "true", "method"),
    [
        ("山雄信", "单雄信", "K2"),  # sounds alike, 单 read as a surname
        ("买买提", "买买提·艾力", "K2"),  # the father's part is missing
        ("王小朋", "王小明", "K2"),  # looks alike
        ("王健国", "王建国", "K2"),
        ("王大明", "王小明", "K3"),  # one other character, the village agrees
    ],
)
def test_k2_k3_equal_number_and_an_explainable_name(
    village: Population, name: str, true: str, method: str
) -> None:
    home = next(r["village_code"] for r in ROWS if r["name"] == true)
    given = {"name": name, "id_number": id_of(true), "village_code": home}
    row = only(link(village, "health.illnesses", given))
    assert (row["status"], row["method"]) == ("confirmed", method)
    assert row["person_id"] == person_id(village, true)


def test_equal_number_and_another_name_is_a_finding(village: Population) -> None:
    given = {"name": "欧阳锋", "id_number": id_of("赵大勇"), "village_code": B}
    linked = link(village, "health.illnesses", given)
    row = only(linked)
    assert (row["status"], row["method"]) == ("unmatched", "id_other_name")
    assert row["person_id"] is None
    assert linked.candidates["person_id"].to_list() == [person_id(village, "赵大勇")]


@pytest.mark.parametrize("owner", ["王建国", "李秀英"])
def test_a_child_under_the_guardians_number_is_the_child(village: Population, owner: str) -> None:
    given = {
        "name": "王小明", "id_number": id_of(owner), "guardian_name": owner,
        "guardian_id_number": id_of(owner), "village_code": A,
    }  # fmt: skip
    row = only(link(village, "education.enrolment", given))
    assert row["person_id"] == person_id(village, "王小明")
    assert (row["status"], row["method"]) == ("confirmed", "K4")


def test_a_son_of_his_fathers_name_under_his_fathers_number_is_the_son() -> None:
    father = person("吾买尔·肉孜", "H9", birth="19861216", relation="户主", head_name="吾买尔·肉孜")
    son = person("吾买尔·肉孜", "H9", birth="20130302", relation="之子", head_name="吾买尔·肉孜")
    family = population([father, son])
    given = {
        "name": "吾买尔·肉孜", "id_number": father["id_number"], "birth_date": son["birth_date"],
        "guardian_name": "吾买尔·肉孜", "guardian_id_number": father["id_number"],
        "village_code": A,
    }  # fmt: skip
    row = only(link(family, "education.enrolment", given))
    found = family.persons.row(by_predicate=pl.col("person_id") == row["person_id"], named=True)
    assert found["birth_date"] == son["birth_date"]
    own = {**given, "id_number": son["id_number"], "guardian_id_number": son["id_number"]}
    assert only(link(family, "education.enrolment", own))["person_id"] == row["person_id"]


@pytest.mark.parametrize("given", [{"id_number": id_of("周芳")}, {"village_code": A}])
def test_a_newborn_under_the_mothers_name(village: Population, given: dict[str, str]) -> None:
    row = only(link(village, "insurance.coverage", {"name": "周芳之子", **given}))
    assert row["person_id"] == person_id(village, "孙宝")
    assert row["status"] == "suspected"
    assert row["method"] == ("N1" if "id_number" in given else "N2")


def test_a_newborn_of_the_other_sex_is_not_the_child(village: Population) -> None:
    linked = link(village, "insurance.coverage", {"name": "周芳之女", "id_number": id_of("周芳")})
    assert only(linked)["status"] == "unmatched"


def hint_of(name: str, kind: str) -> str:
    whole = id_of(name)
    return {
        "masked": whole[:6] + "????????" + whole[14:],
        "lost": whole[:15] + "???",
        "edit": whole[:16] + ("1" if whole[16] != "1" else "2") + whole[17],
        "swap": whole[:11] + whole[12] + whole[11] + whole[13:],
        "missing": whole[:8] + whole[9:],
    }[kind]


@pytest.mark.parametrize(
    ("kind", "place", "status", "method"),
    [
        ("masked", A, "suspected", "R1"),
        ("lost", A, "confirmed", "P3"),  # name, birth date in the number, village
        ("lost", None, "suspected", "R1"),
        ("edit", A, "confirmed", "K5"),
        ("swap", None, "suspected", "R2"),
        ("missing", B, "suspected", "R2"),  # moved within the township
        ("edit", "990112105201", "suspected", "R2"),  # said to live in another township
    ],
)
def test_a_damaged_number_is_as_good_as_what_is_left_of_it(
    village: Population, kind: str, place: str | None, status: str, method: str
) -> None:
    given = {"name": "钱桂兰", "id_number_hint": hint_of("钱桂兰", kind), "village_code": place}
    row = only(link(village, "civil_affairs.tekun", given))
    assert row["person_id"] == person_id(village, "钱桂兰")
    assert (row["status"], row["method"]) == (status, method)


@pytest.mark.parametrize("kind", ["lost", "edit"])
@pytest.mark.parametrize("given", [{"name": "钱贵兰"}, {"sex": "男"}])
def test_a_damaged_number_with_anything_against_it_is_at_most_suspected(
    village: Population, kind: str, given: dict[str, str]
) -> None:
    said = {"name": "钱桂兰", "id_number_hint": hint_of("钱桂兰", kind), "village_code": A, **given}
    assert only(link(village, "health.deaths", {**said, "died_on": AS_OF}))["status"] != "confirmed"


def test_a_damaged_number_of_somebody_else_does_not_link(village: Population) -> None:
    given = {"name": "吴用", "id_number_hint": hint_of("钱桂兰", "masked"), "village_code": B}
    assert only(link(village, "civil_affairs.tekun", given))["status"] == "unmatched"


def test_name_birth_date_and_village_confirm(village: Population) -> None:
    given = {"name": "王小明", "birth_date": dt.date(2012, 5, 15), "village_code": A}
    row = only(link(village, "education.enrolment", given))
    assert (row["status"], row["method"]) == ("confirmed", "P1")


def test_name_and_village_alone_are_at_most_suspected(village: Population) -> None:
    row = only(link(village, "civil_affairs.tekun", {"name": "钱桂兰", "village_code": A}))
    assert row["person_id"] == person_id(village, "钱桂兰")
    assert row["status"] == "suspected"


def test_same_name_neighbours_stay_unmatched_with_both_named(village: Population) -> None:
    linked = link(village, "civil_affairs.tekun", {"name": "王秀英", "village_code": A})
    assert only(linked)["status"] == "unmatched"
    assert linked.candidates.height == 2
    assert linked.candidates["probability"].to_list() == pytest.approx([0.5, 0.5], abs=0.1)


def test_a_namesake_whose_number_is_another_is_not_taken_for_her(village: Population) -> None:
    given = {"name": "赵大勇", "id_number": number("19440404", 33), "village_code": A}
    assert only(link(village, "health.deaths", given))["status"] != "confirmed"


def test_the_second_namesake_finds_her_own_row(village: Population) -> None:
    younger = next(r for r in ROWS if r["household_id"] == "H7")
    linked = link(
        village,
        "civil_affairs.tekun",
        {"name": "王秀英", "id_number": younger["id_number"], "village_code": A},
        {"name": "王秀英", "village_code": A},
    )
    assert linked.links["person_id"].to_list() == [
        person_id(village, "王秀英", "H7"),
        person_id(village, "王秀英", "H6"),
    ]
    assert linked.links["status"].to_list() == ["confirmed", "suspected"]


@pytest.fixture(scope="module")
def of_one_name() -> Population:
    """Two villages 梨树村 in two townships, and others where the same names live."""
    far, other = "990112109201", "990112105201"
    places = {A: "梨树村", far: "梨树村", other: "王堂村"}
    people = (
        ("吴秀兰", "P1", A, "19500101"), ("吴秀兰", "P2", other, "19600202"),
        ("郑红", "P3", A, "19710303"), ("郑红", "P4", far, "19820404"),
        ("冯贵", "P5", far, "19850505"), ("冯宝", "P5", far, "20210301"),
    )  # fmt: skip
    return population(
        [
            {**person(name, home, place, "女", birth=birth), "village": places[place]}
            for name, home, place, birth in people
        ]
    )


@pytest.mark.parametrize(
    ("given", "home", "status"),
    [
        ({"name": "吴秀兰"}, "P1", "suspected"),  # the other one lives in no 梨树村
        ({"name": "吳秀蘭", "name_key": "吴秀兰"}, "P1", "suspected"),
        ({"name": "郑红"}, None, "unmatched"),  # one in each
        ({"name": "冯贵之女"}, "P5", "suspected"),
    ],
)
def test_a_village_known_by_name_alone_narrows_to_the_villages_of_that_name(
    of_one_name: Population, given: dict[str, str], home: str | None, status: str
) -> None:
    """The list has no township: 梨树村 is one of two, and nowhere else."""
    row = only(link(of_one_name, "insurance.coverage", {**given, "village": "梨树村"}))
    assert (row["household_id"], row["status"]) == (home, status)


def test_two_equal_rows_are_both_the_person(village: Population) -> None:
    given = {"name": "钱桂兰", "village_code": A}
    linked = link(village, "civil_affairs.tekun", given, given)
    assert linked.links["person_id"].to_list() == [person_id(village, "钱桂兰")] * 2


def test_members_of_one_department_household_support_each_other(village: Population) -> None:
    mate = {
        "name": "陈小二", "id_number": number("19990909", 77), "household_id": "D1",
        "village_code": A,
    }  # fmt: skip
    other = population([*ROWS, person("陈小二", "H6", birth="19990909", sequence=77)])
    weak = {"name": "王秀英", "village_code": A, "household_id": "D1"}
    alone = link(other, "civil_affairs.disability", {"name": "王秀英", "village_code": A})
    assert only(alone)["status"] == "unmatched"
    contract = CONTRACTS["housing.appraisals"]
    assert "household_id" in contract.columns
    # Person lists group by head: the certificate's household has 陈小二 in H6.
    rows = [
        {**mate, "head_name": "陈老三", "head_id_number": None},
        {**weak, "head_name": "陈老三"},
    ]
    linked = link(other, "civil_affairs.dibao", *rows)
    assert linked.links["household_id"].to_list() == ["H6", "H6"]
    assert linked.links["person_id"][1] == person_id(other, "王秀英", "H6")


@pytest.mark.parametrize(
    ("given", "method", "status", "named"),
    [
        ({"household_id": "H1", "head_name": "王建国"}, "H1", "confirmed", "王建国"),
        ({"household_id": "H1", "head_name": "王老汉"}, "H1", "confirmed", None),
        ({"head_name": "李秀英", "head_id_number": id_of("李秀英")}, "K1", "confirmed", "李秀英"),
        ({"head_name": "李秀英", "village_code": A}, "S1", "suspected", "李秀英"),
        # The head is dead and gone; only the roster's head column still names him.
        ({"head_name": "陈老三", "village_code": A}, "H2", "suspected", None),
    ],
)
def test_a_household_is_known_by_number_member_or_former_head(
    village: Population, given: dict[str, str], method: str, status: str, named: str | None
) -> None:
    # A row with the roster's number shows that the list uses the roster's numbers.
    row = only(link(village, "housing.appraisals", given))
    assert (row["status"], row["method"]) == (status, method)
    home = "H6" if method == "H2" else "H1"
    assert row["household_id"] == home
    assert row["person_id"] == (person_id(village, named) if named else None)


def test_a_departments_own_household_numbers_say_nothing(village: Population) -> None:
    rows = [
        {"household_id": "H1", "head_name": "赵大勇", "head_id_number": id_of("赵大勇")},
        *({"household_id": f"Z{n}", "head_name": "无名氏"} for n in range(5)),
    ]
    linked = link(village, "housing.appraisals", *rows)
    assert linked.links["household_id"][0] == "H2"


def test_household_mates_are_not_confused() -> None:
    # Twins' village, phone and head are the same; the given name alone tells them apart.
    rows = [
        person("李建国", "T1", birth="19700101", phone="13911111111", head_name="李建国"),
        person("李国庆", "T1", birth="19991001", phone="13911111111", head_name="李建国"),
        person("李国强", "T1", birth="19970501", phone="13911111111", head_name="李建国"),
    ]
    family = population([*ROWS, *rows])
    given = {
        "name": "李国盛", "phone": "13911111111", "head_name": "李建国", "village_code": A,
        "birth_date": dt.date(1995, 3, 3),
    }  # fmt: skip
    assert only(link(family, "civil_affairs.dibao", given))["status"] == "unmatched"
    right = {**given, "name": "李国强", "birth_date": dt.date(1997, 5, 1)}
    assert only(link(family, "civil_affairs.dibao", right))["person_id"] == person_id(
        family, "李国强"
    )


@pytest.mark.parametrize(
    ("born", "level"),
    [
        ("1970-01-01", "6"),
        ("1970-01-02", "4"),
        ("1960-01-01", "4"),
        ("1970-01-10", "2"),  # nine apart, but two digits: no slip of one key
        ("1970-11-12", "2"),
        ("1969-12-01", "3"),  # a month before: lunar, perhaps
        ("1955-06-07", "1"),
    ],
)
def test_a_date_one_digit_off_is_told_from_one_near_by(
    village: Population, born: str, level: str
) -> None:
    given = {"name": "赵大勇", "village_code": A, "phone": "13900000002"}
    row = only(link(village, "health.deaths", {**given, "birth_date": dt.date.fromisoformat(born)}))
    assert row["level_pattern"][FIELDS.index("birth_date")] == level


def test_with_links_adds_three_columns(village: Population) -> None:
    contract = CONTRACTS["civil_affairs.tekun"]
    frame = clean(contract, [{"name": "王建国", "id_number": id_of("王建国")}, {"name": "佚名"}])
    linked = link_dataset(frame, contract, village)
    full = with_links(frame.lazy(), linked.links).collect()
    assert full.columns == [*frame.columns, *frames.LINKED_EXTRA]
    assert full["link_status"].to_list() == ["confirmed", "unmatched"]
    assert full["link_person"].to_list() == [person_id(village, "王建国"), None]


def test_outputs_have_the_declared_columns(village: Population) -> None:
    linked = link(village, "civil_affairs.tekun", {"name": "王秀英", "village_code": A})
    assert dict(linked.links.schema) == dict(frames.DECIDED_LINKS)
    told = linked.told()
    assert dict(told.collect_schema()) == dict(told.collect().schema) == dict(frames.LINKS)
    assert dict(linked.candidates.schema) == dict(frames.CANDIDATES)
    assert linked.links["model_hash"].str.len_chars().to_list() == [16]


def levels(village: Population, name: str, dataset: str, row: dict[str, Any]) -> dict[str, int]:
    """Give how one row compares with one person."""
    contract = CONTRACTS[dataset]
    left = sides.left(clean(contract, [row]), contract)
    r = village.people.filter(pl.col("person_id") == person_id(village, name))["r"].item()
    pair = pl.DataFrame({"l": [0], "r": [r]}, schema={"l": sides.ROWS, "r": sides.ROWS})
    found = with_levels(pair, left, village.people, declared())
    return found.select(FIELDS).row(0, named=True)


def test_a_head_who_is_the_subject_is_no_relative(village: Population) -> None:
    row = {"name": "赵大勇", "head_name": "赵大勇", "head_id_number": id_of("赵大勇")}
    own = levels(village, "赵大勇", "civil_affairs.dibao", row | {"id_number": id_of("赵大勇")})
    assert own["family"] == 0
    wife = levels(village, "钱桂兰", "civil_affairs.dibao", row | {"name": "钱桂兰"})
    assert wife["family"] == 5
    by_name = {"name": "钱桂兰", "head_name": "赵大勇"}
    named = levels(village, "钱桂兰", "civil_affairs.dibao", by_name)
    assert named["family"] == 4


@pytest.mark.parametrize(
    ("written", "born", "level"),
    [
        ("own", dt.date(1970, 1, 1), 7),
        ("own", dt.date(1971, 1, 1), 7),
        ("own", dt.date(1984, 7, 30), 9),
        ("own", dt.date(1974, 7, 30), 8),
        ("typo", dt.date(1970, 1, 1), 7),
        ("wife", dt.date(1970, 1, 1), 6),
        (None, dt.date(1970, 1, 1), 6),
        (None, dt.date(1971, 1, 1), 4),
    ],
)
def test_a_date_beside_an_agreeing_number_is_counted_once(
    village: Population, written: str | None, born: dt.date, level: int
) -> None:
    own = id_of("赵大勇")
    said: dict[str | None, dict[str, Any]] = {
        "own": {"id_number": own},
        "typo": {"id_number_hint": own[:15] + ("1" if own[15] != "1" else "2") + own[16:]},
        "wife": {"id_number": id_of("钱桂兰")},
        None: {},
    }
    row = {"name": "赵大勇", "birth_date": born, **said[written]}
    assert levels(village, "赵大勇", "civil_affairs.dibao", row)["birth_date"] == level
