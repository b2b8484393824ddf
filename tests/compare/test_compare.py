import datetime as dt
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from pipelines import frames
from pipelines.compare.compare import Compared, compare
from pipelines.compare.session import RuleFailedError, Session, run_rule
from tests.compare import small

pytestmark = pytest.mark.unit

ENROLMENT = "education.enrolment"


def states(compared: Compared) -> dict[str, str]:
    return dict(compared.subjects.select("person_id", "state").iter_rows())


def test_every_subject_has_one_of_the_four_states_and_villages_add_up(tmp_path: Path) -> None:
    compared = compare(small.inputs(small.rules(tmp_path)))
    assert states(compared) == {
        "p1": "agree",
        "p2": "not_found",
        "p3": "not_found",
        "p4": "agree",
    }
    counts = compared.comparisons.select(
        "township_code", "village_code", "subjects", "agree", "not_found", "not_compared"
    )
    assert counts.rows() == [
        ("T1", "V1", 2, 1, 1, 0),
        ("T1", "V2", 1, 0, 1, 0),
        ("T2", "V3", 1, 1, 0, 0),
    ]


def test_a_discrepancy_shows_both_sides(tmp_path: Path) -> None:
    compared = compare(small.inputs(small.rules(tmp_path)))
    row = compared.discrepancies.row(by_predicate=pl.col("person_id") == "p2", named=True)
    assert row["case_id"] == "990112-EDU-02-p2"
    assert (row["household_id"], row["village"], row["township"]) == ("h1", "东山村", "青石镇")
    left = [row[f"left_{c}"] for c in ("department", "dataset", "value", "as_of", "path", "sheet")]
    assert left == ["roster", "roster.population", "甲二", small.AS_OF, "名册.xlsx", "Sheet1"]
    assert row["left_row_number"] == 4
    right = [row[f"right_{c}"] for c in ("department", "dataset", "value", "as_of", "path")]
    assert right == ["education", ENROLMENT, "名单中未见", small.AS_OF, f"{ENROLMENT}.xlsx"]
    assert row["right_row_number"] is None
    assert row["state_compared"] == "not_found"
    assert row["kind"] == "疑似失学辍学"
    assert row["likely_innocent_reasons"] == "送教上门、外省就读"
    assert row["link_status"] == "confirmed"
    assert row["link_evidence"] == "名册本身，无须关联"
    assert row["state"] is None


@pytest.mark.parametrize("state", ["missing", "stale", "thin", "failed"])
def test_absence_from_a_list_that_does_not_cover_the_village_is_not_compared(
    tmp_path: Path, state: str
) -> None:
    covered = small.coverage(education__enrolment={"V1": state})
    compared = compare(small.inputs(small.rules(tmp_path), coverage=covered))
    assert states(compared) == {
        "p1": "agree",  # presence counts wherever it is found
        "p2": "not_compared",
        "p3": "not_found",
        "p4": "agree",
    }
    first = compared.comparisons.row(0, named=True)
    assert first["why_not_compared"] == f"education.enrolment {state}（1）"
    assert compared.discrepancies["person_id"].to_list() == ["p3"]


@pytest.mark.parametrize(
    ("village", "township", "bad", "expected"),
    [
        (None, "T1", "T1", "not_compared"),
        (None, "T1", "T2", "not_found"),
        ("V9", "T1", "T1", "not_compared"),  # a village that no division table knows
        (None, None, "", "not_compared"),
        (None, None, "T1", "not_found"),
    ],
)
def test_a_subject_without_a_village_is_judged_by_township_else_by_the_county(
    tmp_path: Path, village: str | None, township: str | None, bad: str, expected: str
) -> None:
    persons = small.PERSONS.with_columns(
        village_code=pl.lit(village, pl.String), township_code=pl.lit(township, pl.String)
    ).filter(pl.col("person_id") == "p2")
    nowhere = small.HOUSEHOLDS.clear()
    given = {"": "missing"} if bad == "" else {bad: "missing"}
    covered = small.coverage(education__enrolment=given)
    compared = compare(
        small.inputs(small.rules(tmp_path), coverage=covered, persons=persons, households=nowhere)
    )
    assert states(compared) == {"p2": expected}
    counted = compared.comparisons.row(0, named=True)
    assert (counted["village_code"], counted["township_code"]) == (village, township)


def test_disagreement_is_gated_only_where_the_rule_says_so(tmp_path: Path) -> None:
    sql = small.SCHOOL.replace("'not_found'", "'disagree'")
    covered = small.coverage(education__enrolment="missing")
    free = small.rules(tmp_path / "a", sql, flags="[disagree]")
    assert states(compare(small.inputs(free, coverage=covered)))["p2"] == "disagree"
    gated = small.rules(
        tmp_path / "b", sql, flags="[disagree]", gate_states="[not_found, disagree]"
    )
    assert states(compare(small.inputs(gated, coverage=covered)))["p2"] == "not_compared"


@pytest.mark.parametrize(
    ("who", "probability", "status", "expected"),
    [
        ({"person_id": "p2"}, 0.4, "unmatched", "not_compared"),
        ({"person_id": "p2"}, 0.4, "suspected", "not_compared"),
        ({"person_id": "p2"}, 0.4, "confirmed", "not_found"),  # settled: it is somebody else
        ({"person_id": "p2"}, 0.05, "unmatched", "not_found"),  # not plausible
        ({"person_id": "p1"}, 0.4, "unmatched", "not_found"),
    ],
)
def test_an_unsettled_record_that_may_be_the_subject_keeps_the_question_open(
    tmp_path: Path, who: dict[str, str], probability: float, status: str, expected: str
) -> None:
    rows = [{"record_id": "e9", "name": "甲儿", "link_status": status}]
    compared = compare(
        small.inputs(
            small.rules(tmp_path),
            linked={ENROLMENT: small.linked(ENROLMENT, rows)},
            candidates=small.candidate("e9", ENROLMENT, probability, **who),
            parameters=small.parameters(gate_candidate_probability=0.1),
        )
    )
    assert states(compared)["p2"] == expected
    if expected == "not_compared":
        why = compared.subjects.filter(person_id="p2")["why"].item()
        assert why.startswith("待核身份：教育《enrolment名单》中有记录可能是本人")


@pytest.mark.parametrize(("spares", "expected"), [("[]", "not_found"), (None, "not_compared")])
def test_a_list_that_spares_holds_a_subject_open_but_need_not_be_delivered(
    tmp_path: Path, spares: str | None, expected: str
) -> None:
    """FAIRNESS guarantee 4: the row may clear the child, so the child is not flagged yet."""
    aid = "education.student_aid"
    sql = f"{small.SCHOOL} ANTI JOIN education_student_aid AS a ON a.link_person = p.person_id"
    rule = small.rules(
        tmp_path,
        sql,
        needs=f"[roster.population, {ENROLMENT}, {aid}]",
        spares=spares or f"[{aid}]",
    )
    compared = compare(
        small.inputs(
            rule,
            linked={aid: small.linked(aid, [{"record_id": "s9", "link_status": "unmatched"}])},
            candidates=small.candidate("s9", aid, 0.4, person_id="p2"),
            coverage=small.coverage(education__student_aid="missing"),
        )
    )
    assert states(compared) == {"p1": "agree", "p2": expected, "p3": "not_found", "p4": "agree"}


HOUSEHOLD_SQL = """
SELECT h.household_id, 'not_found' AS state FROM households AS h
LEFT JOIN education_enrolment AS e ON e.link_household = h.household_id
"""


def test_for_a_household_any_member_may_be_behind_an_unsettled_record(tmp_path: Path) -> None:
    rule = small.rules(tmp_path, HOUSEHOLD_SQL, level="household")
    rows = [{"record_id": "e9", "link_status": "unmatched"}]
    compared = compare(
        small.inputs(
            rule,
            linked={ENROLMENT: small.linked(ENROLMENT, rows)},
            candidates=small.candidate("e9", ENROLMENT, 0.4, person_id="p2"),
        )
    )
    found = dict(compared.subjects.select("household_id", "state").iter_rows())
    assert found == {"h1": "not_compared", "h2": "not_found", "h3": "not_found"}


PAID_SQL = """
SELECT d.link_person AS person_id, 'disagree' AS state, p.record_id AS left_record_id,
    d.record_id AS right_record_id
FROM civil_affairs_dibao AS d INNER JOIN persons AS p ON p.person_id = d.link_person
"""
PAID = {
    "right": "civil_affairs.dibao",
    "needs": "[roster.population, civil_affairs.dibao]",
    "gate": "[]",
    "flags": "[disagree]",
}


@pytest.mark.parametrize(
    ("direction", "accuses", "flagged"),
    [
        ("over_coverage", None, ["p1"]),
        ("over_coverage", "false", ["p1", "p2"]),
        ("under_coverage", None, ["p1", "p2"]),
        ("process", "true", ["p1"]),
    ],
)
def test_presence_that_accuses_needs_a_confirmed_link(
    tmp_path: Path, direction: str, accuses: str | None, flagged: list[str]
) -> None:
    rows = [
        {"link_person": "p1", "link_status": "confirmed"},
        {"link_person": "p2", "link_status": "suspected"},
    ]
    rule = small.rules(tmp_path, PAID_SQL, direction=direction, accuses=accuses, **PAID)
    linked = {"civil_affairs.dibao": small.linked("civil_affairs.dibao", rows)}
    compared = compare(small.inputs(rule, linked=linked))
    assert compared.discrepancies["person_id"].to_list() == flagged
    nobody_followed = pl.Series([], dtype=pl.String)
    few = compare(small.inputs(rule, linked=linked, followed=nobody_followed))
    assert_frame_equal(few.comparisons, compared.comparisons)
    assert few.subjects["person_id"].to_list() == flagged
    if flagged == ["p1"]:
        assert states(compared)["p2"] == "not_compared"
        assert "待核身份" in compared.comparisons["why_not_compared"].item()
        assert compared.comparisons.select("subjects", "disagree", "not_compared").row(0) == (
            2,
            1,
            1,
        )
    else:
        assert compared.discrepancies["link_status"].to_list() == ["confirmed", "suspected"]


def test_how_the_link_was_made_is_said_in_words(tmp_path: Path) -> None:
    rule = small.rules(tmp_path, PAID_SQL, direction="process", **PAID)
    dibao = small.linked("civil_affairs.dibao", [{"link_person": "p1"}])
    link = {"record_id": "civil_affairs.dibao-0", "method": "K1", "level_pattern": "976000000"}
    links = frames.conform(pl.DataFrame([link]), frames.LINKS)
    compared = compare(small.inputs(rule, linked={"civil_affairs.dibao": dibao}, links=links))
    said = compared.discrepancies["link_evidence"].item()
    assert said.startswith("民政《dibao名单》：身份已确认（")
    assert "姓名完全一致、身份证号一致、出生日期一致" in said


def test_where_the_other_side_is_a_parameter_its_source_is_the_evidence(tmp_path: Path) -> None:
    sql = """SELECT person_id, record_id AS left_record_id,
        CASE WHEN age_on(birth_date, round_date()) < param_number('edu_age_to') THEN 'disagree'
        ELSE 'agree' END AS state FROM persons"""
    rule = small.rules(
        tmp_path,
        sql,
        right="null",
        needs="[roster.population]",
        gate="[]",
        flags="[disagree]",
        parameters="[edu_age_to]",
    )
    compared = compare(small.inputs(rule, parameters=small.parameters(edu_age_to=15)))
    row = compared.discrepancies.row(0, named=True)
    assert row["right_department"] == "参数"
    assert row["right_dataset"] is None
    assert row["right_value"] == "edu_age_to=15岁"
    assert row["right_as_of"] == dt.date(2021, 1, 1)
    assert row["right_path"] == "参数 edu_age_to（99，2021-01-01至2021-12-31）：某文件"


def test_a_rule_without_its_parameter_is_named_and_the_round_goes_on(tmp_path: Path) -> None:
    small.write_rule(tmp_path)
    sql = "SELECT person_id, 'agree' AS state FROM persons WHERE param_number('line') > 0"
    book = small.rules(
        tmp_path,
        sql,
        id="INC-01",
        right="null",
        needs="[roster.population]",
        gate="[]",
        parameters="[line]",
    )
    compared = compare(small.inputs(book))
    assert compared.rules_not_run["rule_id"].to_list() == ["INC-01"]
    assert "参数 line 在 990112 于 2021-08-30 未设置" in compared.rules_not_run["reason"].item()
    assert compared.comparisons["rule_id"].unique().to_list() == ["EDU-02"]
    assert compared.rule_runs.select("rule_id", "ran").rows() == [
        ("EDU-02", True),
        ("INC-01", False),
    ]
    text = small.parameters(line="六千")
    assert (
        "参数 line 应为数字"
        in compare(small.inputs(book, parameters=text)).rules_not_run["reason"].item()
    )


def test_a_query_may_say_itself_what_could_not_be_compared(tmp_path: Path) -> None:
    sql = """SELECT person_id, 'not_found' AS state,
        CASE WHEN person_id = 'p1' THEN '本学期名单未到' END AS why_not_compared FROM persons"""
    compared = compare(
        small.inputs(
            small.rules(tmp_path, sql, needs="[roster.population]", right="null", gate="[]")
        )
    )
    assert states(compared) == dict.fromkeys(("p2", "p3", "p4"), "not_found") | {
        "p1": "not_compared"
    }


def test_parts_tell_subjects_of_one_person_apart_and_duplicates_are_an_error(
    tmp_path: Path,
) -> None:
    sql = "SELECT 'p1' AS person_id, unnest(['春', '秋', '春'][:{n}]) AS part, 'agree' AS state"
    front = {"right": "null", "gate": "[]", "needs": "[roster.population]"}
    reads = " FROM persons WHERE person_id = 'p1'"
    two = small.rules(tmp_path / "a", sql.format(n=2) + reads, **front)
    ids = compare(small.inputs(two)).subjects["case_id"].to_list()
    assert len(set(ids)) == 2
    assert all(i.startswith("990112-EDU-02-p1-") for i in ids)
    three = small.rules(tmp_path / "b", sql.format(n=3) + reads, **front)
    with pytest.raises(
        RuleFailedError, match=r"EDU-02\.sql：2 行的对象重复，例如 990112-EDU-02-p1-"
    ):
        compare(small.inputs(three))


UNLINKED_SQL = """
SELECT link_person AS person_id, 'disagree' AS state, record_id AS left_record_id
FROM civil_affairs_dibao
"""


def test_an_unlinked_subject_is_known_by_its_source_not_its_row(tmp_path: Path) -> None:
    rule = small.rules(
        tmp_path,
        UNLINKED_SQL,
        **{
            **PAID,
            "left": "civil_affairs.dibao",
            "right": "null",
            "needs": "[civil_affairs.dibao]",
        },
    )

    def ids(rows: list[dict[str, str]]) -> list[str]:
        rows = [{"link_status": "unmatched", **row} for row in rows]
        frame = small.linked("civil_affairs.dibao", rows)
        return (
            compare(small.inputs(rule, linked={"civil_affairs.dibao": frame}))
            .subjects["case_id"]
            .to_list()
        )

    zhao, qian = {"name": "赵", "id_number": "99"}, {"name": "钱", "id_number": "98"}
    assert ids([zhao, qian]) == ids([qian, zhao, zhao])
    assert len(ids([zhao, qian])) == 2
    assert all(i.startswith("990112-EDU-02-S") for i in ids([zhao]))


def test_a_rule_that_does_not_run_says_which_file_and_what_duckdb_said(tmp_path: Path) -> None:
    sql = "SELECT no_such_column, 'agree' AS state FROM persons"
    book = small.rules(tmp_path, sql, right="null", gate="[]", needs="[roster.population]")
    with pytest.raises(RuleFailedError, match=r"EDU-02\.sql：DuckDB 无法执行：.*no_such_column"):
        compare(small.inputs(book))


@pytest.mark.parametrize("state", ["not_compared", "maybe", "NULL"])
def test_a_rule_may_give_only_its_three_states(tmp_path: Path, state: str) -> None:
    value = state if state == "NULL" else f"'{state}'"
    sql = f"SELECT person_id, {value} AS state FROM persons"
    book = small.rules(tmp_path, sql, right="null", gate="[]", needs="[roster.population]")
    with pytest.raises(RuleFailedError, match="state 应为 agree、disagree 或 not_found"):
        compare(small.inputs(book))


def test_only_followed_and_flagged_subjects_are_given_on_request(tmp_path: Path) -> None:
    followed = pl.Series(["990112-EDU-02-p1"])
    compared = compare(small.inputs(small.rules(tmp_path), followed=followed))
    assert sorted(states(compared)) == ["p1", "p2", "p3"]
    assert compared.comparisons["subjects"].sum() == 4


def test_lists_may_lie_in_files(tmp_path: Path) -> None:
    given = small.inputs(small.rules(tmp_path))
    lists = {}
    for name, frame in given.linked.items():
        frame.write_parquet(tmp_path / f"{name}.parquet")
        lists[name] = pl.scan_parquet(tmp_path / f"{name}.parquet")
    read = small.inputs(small.rules(tmp_path), linked=lists, links=given.links.lazy())
    one, other = compare(given), compare(read)
    assert one.discrepancies.height > 0
    for name in ("comparisons", "discrepancies", "subjects", "rule_runs"):
        assert_frame_equal(getattr(one, name), getattr(other, name))


def test_the_order_of_rows_means_nothing(tmp_path: Path) -> None:
    given = small.inputs(small.rules(tmp_path))
    turned = small.inputs(
        small.rules(tmp_path),
        linked={name: frame.reverse() for name, frame in given.linked.items()},
        persons=given.persons.reverse(),
        households=given.households.reverse(),
        villages=given.villages.reverse(),
        coverage=given.coverage.reverse(),
    )
    one, other = compare(given), compare(turned)
    for name in ("comparisons", "discrepancies", "subjects", "rule_runs"):
        assert_frame_equal(getattr(one, name), getattr(other, name))


def test_the_value_hash_changes_with_a_value_and_with_nothing_else(tmp_path: Path) -> None:
    book = small.rules(tmp_path)

    def hashes(**changed: object) -> dict[str, str]:
        found = compare(small.inputs(book, **changed)).discrepancies
        return dict(found.select("person_id", "value_hash").iter_rows())

    renamed = small.PERSONS.with_columns(name=pl.col("name").replace("甲二", "甲贰"))
    moved = small.PERSONS.with_columns(village_code=pl.lit("V3"))
    assert hashes(persons=moved) == hashes()
    assert hashes(persons=renamed)["p2"] != hashes()["p2"]
    assert hashes(persons=renamed)["p3"] == hashes()["p3"]


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        ({"village_code": "V1"}, "not_compared"),
        ({"village_code": "V1", "link_status": "suspected"}, "not_found"),  # has its candidates
        ({"village_code": "V1", "link_status": "confirmed"}, "not_found"),
        ({"village_code": "V1", "id_number": "990112201001010013"}, "not_found"),
        ({"village_code": "V2"}, "not_found"),
        ({"village_code": "V1", "name_key": "甲三"}, "not_found"),
        ({}, "not_compared"),  # no village, and nobody else bears the name
    ],
)
def test_a_namesake_of_the_village_keeps_the_question_open(
    tmp_path: Path, record: dict[str, str], expected: str
) -> None:
    """Linkage keeps no candidate of a record whose name many bear."""
    rows = [{"record_id": "e9", "name_key": "甲二", "link_status": "unmatched", **record}]
    persons = small.PERSONS.with_columns(name_key="name")
    given = small.inputs(
        small.rules(tmp_path),
        linked={ENROLMENT: small.linked(ENROLMENT, rows)},
        persons=persons,
    )
    found = compare(given)
    assert states(found)["p2"] == expected
    assert states(found)["p3"] == "not_found"
    if expected == "not_compared":
        why = found.subjects.filter(person_id="p2")["why"].item()
        assert why.startswith("待核身份：教育《enrolment名单》中有记录可能是本人")


@pytest.mark.parametrize(
    ("village", "expected"),
    [("李庄村", {"p1", "p2"}), ("王堂村", {"p3"}), ("大石村", set())],
)
def test_a_village_known_by_name_alone_may_be_any_of_that_name(
    tmp_path: Path, village: str, expected: set[str]
) -> None:
    """FAIRNESS guarantee 4: the list says 李庄村 and not which of two; who lives in one waits."""
    persons = small.PERSONS.with_columns(
        name_key=pl.lit("甲二"), village=pl.Series(["李庄村", "李庄村", "王堂村", "大河村"])
    )
    rows = [{"record_id": "e9", "name_key": "甲二", "link_status": "unmatched", "village": village}]
    given = small.inputs(
        small.rules(tmp_path, small.SCHOOL.replace("'agree'", "'not_found'")),
        linked={ENROLMENT: small.linked(ENROLMENT, rows)},
        persons=persons,
    )
    said = states(compare(given))
    assert {who for who, state in said.items() if state == "not_compared"} == expected


def test_without_a_village_a_name_that_several_bear_is_nobodys(tmp_path: Path) -> None:
    persons = small.PERSONS.with_columns(name_key=pl.lit("甲二"))
    rows = [{"record_id": "e9", "name_key": "甲二", "link_status": "unmatched"}]
    given = small.inputs(
        small.rules(tmp_path),
        linked={ENROLMENT: small.linked(ENROLMENT, rows)},
        persons=persons,
    )
    assert set(states(compare(given)).values()) == {"not_found"}


@pytest.mark.parametrize(
    ("sex", "year", "expected"),
    [("男", 2011, "not_compared"), ("女", 2010, "not_found"), ("男", 1980, "not_found")],
)
def test_a_namesake_of_another_sex_or_age_is_another_person(
    tmp_path: Path, sex: str, year: int, expected: str
) -> None:
    persons = small.PERSONS.with_columns(name_key="name", sex=pl.lit("男"))
    rows = [{"record_id": "e9", "name_key": "甲二", "link_status": "unmatched"}]
    frame = small.linked(ENROLMENT, rows).with_columns(
        village_code=pl.lit("V1"), sex=pl.lit(sex), birth_date=dt.date(year, 6, 1)
    )
    given = small.inputs(small.rules(tmp_path), linked={ENROLMENT: frame}, persons=persons)
    assert states(compare(given))["p2"] == expected


def test_a_rule_knows_how_the_county_is_called(tmp_path: Path) -> None:
    sql = "SELECT person_id, 'agree' AS state, this_county()::VARCHAR AS left_value FROM persons"
    rule = small.rules(tmp_path, sql, right="null", gate="[]", needs="[roster.population]")
    population = small.inputs(rule).linked["roster.population"]
    given = small.inputs(
        rule,
        linked={"roster.population": population.with_columns(county_name=pl.lit("晴川 县"))},
        county_names=("晴川", "晴川县"),
    )
    with Session(
        given.round_,
        given.contracts,
        given.linked,
        {"persons": given.persons},
        given.parameters,
        rule,
        given.county_names,
    ) as session:
        said = run_rule(session, rule["EDU-02"])["left_value"].unique().to_list()
    assert said == ["[990112, 晴川, 晴川县]"]
