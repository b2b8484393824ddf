"""A list that tells its pupils' schools: what is known by it, and what it decides."""

import datetime as dt
import json
from typing import Any

import polars as pl
import pytest

from pipelines.contracts import Contracts, Privacy
from pipelines.linkage import schools, weights
from pipelines.linkage.evidence import in_words
from pipelines.linkage.levels import FIELDS, declared
from pipelines.linkage.link import Linked, link_dataset
from pipelines.linkage.population import Population
from tests.linkage.county import CONTRACTS, clean, population
from tests.linkage.village import A, B, only, person

pytestmark = pytest.mark.unit

ENROLMENT, AID = CONTRACTS["education.enrolment"], CONTRACTS["education.student_aid"]
BORN = "20120515"
FIRST, SECOND = "晴川县第一小学", "晴川县第二小学"

# Two boys of one name, born in one village on one day; other children of both schools.
ROWS = [
    person("王小明", "H1", birth=BORN, sequence=11, head_name="王大山"),
    person("王小明", "H2", birth=BORN, sequence=13, head_name="王大河"),
    *(
        person(f"李{name}", f"H{n}", birth=f"2012{n:02d}11", sequence=15, village=place)
        for n, (name, place) in enumerate(
            zip("甲乙丙丁戊己庚", [A, A, A, A, B, B, B], strict=True), 3
        )
    ),
]
PUPILS = [
    {"name": row["name"], "id_number": row["id_number"], "school": school}
    for row, school in zip(ROWS, [FIRST, SECOND] * 4 + [FIRST], strict=True)
]
GIVEN = {"name": "王小明", "birth_date": dt.date(2012, 5, 15), "village_code": A}


@pytest.fixture(scope="module")
def village() -> Population:
    return population(ROWS)


def told(village: Population, *pupils: dict[str, Any]) -> Population:
    """The population after a list of pupils was linked to it."""
    frame = clean(ENROLMENT, list(pupils))
    linked = link_dataset(frame, ENROLMENT, village)
    return village.told(schools.told_by(frame.lazy(), linked.links, ENROLMENT))


def aid(village: Population, *rows: dict[str, Any]) -> Linked:
    return link_dataset(clean(AID, list(rows)), AID, village)


def home_of(linked: Linked) -> str | None:
    home: str | None = only(linked)["household_id"]
    return home


@pytest.mark.parametrize(
    ("school", "home"),
    [
        (FIRST, "H1"),
        (SECOND, "H2"),
        ("县一小", "H1"),
        ("第二小学", "H2"),
        ("晴川县第三小学", None),
        (None, None),
    ],
)
def test_the_school_tells_two_namesakes_of_one_birth_date_apart(
    village: Population, school: str | None, home: str | None
) -> None:
    assert home_of(aid(village, GIVEN | {"school": school})) is None
    linked = aid(told(village, *PUPILS), GIVEN | {"school": school})
    assert home_of(linked) == home
    assert only(linked)["status"] == ("suspected" if home else "unmatched")


def test_both_schools_stand_in_the_evidence(village: Population) -> None:
    row = only(aid(told(village, *PUPILS), GIVEN | {"school": "县一小"}))
    said = json.loads(row["evidence"])["school"]
    assert (said["left"], said["right"], said["level"]) == ("县一小", FIRST, 3)
    assert "学校与学籍名册一致，只是写法不同" in in_words(row["evidence"])
    assert row["level_pattern"][FIELDS.index("school")] == "3"


def test_without_a_list_of_pupils_a_school_changes_nothing(village: Population) -> None:
    rows = [
        GIVEN | {"school": FIRST},
        {"name": "李甲", "village_code": A, "school": SECOND},
        {"name": "李乙", "id_number": ROWS[3]["id_number"], "school": SECOND},
    ]
    silent = [row | {"school": None} for row in rows]
    asked, unasked = aid(village, *rows), aid(village, *silent)
    assert asked.links.equals(unasked.links)
    assert asked.candidates.equals(unasked.candidates)
    assert set(asked.links["level_pattern"].drop_nulls().str.slice(-1)) == {"0"}
    # A list of pupils of whom none is certain tells nothing either.
    nobody = told(village, {"name": "王小明", "school": FIRST, "village_code": A})
    assert nobody is village


def test_the_order_of_rows_does_not_matter(village: Population) -> None:
    rows = clean(AID, [GIVEN | {"school": s} for s in (FIRST, "县二小", None)])
    pupils = clean(ENROLMENT, PUPILS)

    def linked(pupils: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
        of_pupils = link_dataset(pupils, ENROLMENT, village).links
        knowing = village.told(schools.told_by(pupils.lazy(), of_pupils, ENROLMENT))
        return link_dataset(rows, AID, knowing).links.sort("record_id")

    assert linked(pupils.reverse(), rows.reverse()).equals(linked(pupils, rows))


def test_any_of_several_schools_may_agree(village: Population) -> None:
    moved = told(village, *PUPILS, PUPILS[0] | {"school": "大石镇中心小学"})
    assert home_of(aid(moved, GIVEN | {"school": "大石中心校"})) == "H1"
    assert home_of(aid(moved, GIVEN | {"school": FIRST})) == "H1"


def county(of_first: int) -> tuple[Population, Population]:
    """A hundred pupils in many townships, so many of them at the first school, and fifty grown-ups.

    All grown-ups bear the name of the first pupil. Before and after the pupils' list was linked.
    """
    names = [a + b for a in "赵钱孙李周吴郑王冯陈" for b in "甲乙丙丁戊己庚辛壬癸"]
    rows = [
        person(
            name, f"H{n}", birth=f"2012{n % 12 + 1:02d}{n % 28 + 1:02d}", sequence=2 * n + 1,
            village=f"990112{n % 20 + 110}201",
        )
        for n, name in enumerate(names)
    ]  # fmt: skip
    rows += [
        person("赵甲", f"H{n}", birth=f"19{n - 70}0611", village=f"990112{n + 10}202")
        for n in range(100, 150)
    ]
    at = [FIRST if n < of_first else f"{'天地玄黄宇宙洪荒'[n % 8]}镇中心小学" for n in range(100)]
    pupils = [
        {"name": row["name"], "id_number": row["id_number"], "school": school}
        for row, school in zip(rows, at, strict=False)
    ]
    people = population(rows)
    return people, told(people, *pupils)


def test_name_and_school_find_a_pupil_whom_nothing_else_finds() -> None:
    """The name alone is borne by more people than might be named as candidates."""
    before, after = county(4)
    row = {"name": "赵甲", "school": FIRST}
    assert aid(before, row).candidates.is_empty()
    found = aid(after, row).candidates
    assert found["household_id"].to_list() == ["H0"]
    assert only(aid(after, row))["status"] == "unmatched"


@pytest.mark.parametrize(("of_first", "status"), [(4, "confirmed"), (96, "suspected")])
def test_a_school_to_which_nearly_everybody_goes_confirms_nobody(
    of_first: int, status: str
) -> None:
    before, after = county(of_first)
    row = {"name": "赵甲", "birth_date": dt.date(2012, 1, 1), "school": FIRST}
    assert only(aid(before, row))["status"] == "suspected"
    found = only(aid(after, row))
    assert (found["household_id"], found["status"]) == ("H0", status)
    assert found["method"] == ("P4" if status == "confirmed" else "S1")


def test_how_many_of_the_others_go_to_a_school_is_counted_among_their_like() -> None:
    right = pl.DataFrame(
        {
            "r": range(6),
            "school": ["甲", "甲", "甲", "乙", "乙", None],
            "#birth_year": [2010, 2010, 2011, 2010, 2011, 2010],
            "township": ["T", "T", "T", "T", "U", "T"],
        }
    )
    few = declared().model_copy(
        update={"settings": declared().settings.model_copy(update={"school_prior_pupils": 1e-9})}
    )
    first = schools.shares(right, few).row(0, named=True)
    # Of four others two go there; of two of the age, one; of three of the township, two.
    assert first == pytest.approx(
        {"r": 0, "county": 2 / 4, "year": 1 / 2, "township": 2 / 3, "both": 1 / 2}
    )
    levels = {"village": [5, 5, 1, 1], "birth_date": [6, 0, 6, 0], "id_number": [0] * 4}
    pairs = pl.DataFrame({"r": [0] * 4, "school": [4, 3, 4, 4], **levels})
    counted = schools.bits(pairs, right, 1 / 4, few).to_list()
    assert [2**-bits / 4 for bits in counted] == pytest.approx([1 / 2, 2 / 3, 1 / 2, 1 / 2])
    other = pairs.with_columns(school=pl.lit(2))
    assert schools.bits(other, right, 1 / 4, few).to_list() == [0.0] * 4


@pytest.mark.parametrize(
    "written",
    [
        ("晴川县第一小学", "县第一小学", "第一小学", "县一小", "1小", "晴川县第１小学"),
        ("晴川县第一高级中学", "县一高", "县第一高中", "晴川一高中"[2:]),
        ("大石镇中心小学", "大石中心小学", "大石镇中心校", "晴川县大石镇中心小学"),
        ("某市晴川县第二幼儿园", "二幼", "县第二幼儿园"),
        ("大石镇初中", "大石初级中学", "大石镇初级中学"),
    ],
)
def test_one_school_is_written_in_many_ways(written: tuple[str, ...]) -> None:
    found = pl.DataFrame({"text": written}).select(schools.short(pl.col("text"))).to_series()
    assert found.n_unique() == 1


@pytest.mark.parametrize(
    "others",
    [
        ("第一小学", "第一中学", "第一幼儿园", "第二小学", "第一高级中学", "第一初级中学"),
        ("大石镇中心小学", "白河镇中心小学", "中心小学", "大石镇初级中学"),
        ("红旗小学", "新区实验小学", "实验小学", "第十一小学", "第一小学"),
    ],
)
def test_other_schools_stay_others(others: tuple[str, ...]) -> None:
    found = pl.DataFrame({"text": others}).select(schools.short(pl.col("text"))).to_series()
    assert found.is_unique().all()


def test_two_schools_that_the_list_of_pupils_knows_are_never_one() -> None:
    known = pl.Series(["晴川县实验小学", "某市实验小学"])
    pairs = pl.DataFrame(
        {
            "left": ["晴川县 实验小学", "某市实验小学", "实小"],
            "right": ["晴川县实验小学"] * 3,
        }
    )
    found = pairs.join(schools.levels(pairs, known), on=["left", "right"], maintain_order="left")
    assert found["level"].to_list() == [4, 1, 3]


@pytest.mark.parametrize(
    ("one", "other", "level"),
    [
        ("南坪中心幼儿园", "南坪镇中心小学", 2),
        ("南坪初级中学", "南坪镇中心小学", 2),
        ("县第一高级中学", "南坪初级中学", 2),  # the county's own: from every township
        ("县第一高级中学", "南坪镇中心小学", 1),
        ("南坪镇第二小学", "南坪镇中心小学", 1),
        ("大石镇初级中学", "南坪镇中心小学", 1),
        ("南坪教学点", "南坪镇中心小学", 1),
    ],
)
def test_the_next_stage_in_one_place_is_told_from_another_school(
    one: str, other: str, level: int
) -> None:
    for left, right in ((one, other), (other, one)):
        pair = pl.DataFrame({"left": [left], "right": [right]})
        assert schools.levels(pair, pair["right"])["level"].item() == level


def test_who_tells_is_linked_before_who_asks() -> None:
    told = Contracts(
        c.model_copy(update={"linkage": c.linkage.model_copy(update={"tells": tells})})
        for c, tells in ((ENROLMENT, ()), (AID, ("school",)), (CONTRACTS["health.deaths"], ()))
    )
    assert [c.dataset for c in told.in_linking_order] == [
        "education.student_aid", "education.enrolment", "health.deaths",
    ]  # fmt: skip
    assert [schools.asks(c) for c in told.in_linking_order] == [False, True, False]
    assert [c.dataset for c in CONTRACTS.values() if schools.asks(c)] == [
        "education.home_teaching", "education.student_aid",
    ]  # fmt: skip
    open_to_all = AID.columns["school"].model_copy(update={"privacy": Privacy.INTERNAL})
    columns = {**AID.columns, "school": open_to_all}
    assert not schools.asks(AID.model_copy(update={"columns": columns}))


def test_a_contract_tells_only_what_it_has_of_persons() -> None:
    for dataset in ("health.deaths", "housing.appraisals"):
        content = CONTRACTS[dataset].model_dump()
        with pytest.raises(ValueError, match=r"linkage\.tells"):
            type(ENROLMENT).model_validate(content | {"linkage": {"tells": ["school"]}})


def test_random_people_of_one_age_and_township_share_a_school(village: Population) -> None:
    right = told(village, *PUPILS).people
    levels = pl.DataFrame(
        {"name": [2] * 3, "village": [5, 1, 5], "birth_date": [6, 1, 6], "id_number": [0] * 3,
         "school": [4, 4, 2]}
    )  # fmt: skip
    bits = levels.select(bits=weights.usual_bits(right, declared()))["bits"].to_list()
    assert bits[1:] == [0.0, 0.0]
    assert abs(bits[0]) < 1  # here they share it as the county does
