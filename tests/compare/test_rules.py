from pathlib import Path

import pytest

from pipelines.compare.compare import compare
from pipelines.compare.rules import RuleError, load_rules
from pipelines.compare.session import RuleFailedError, Session, run_rule
from pipelines.compare.sql import sql_facts
from tests.compare import small

pytestmark = pytest.mark.unit


def concept(folder: Path, name: str, sql: str) -> Path:
    path = folder / "concepts" / f"{name}.sql"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(sql, encoding="utf-8")
    return path


def test_a_rule_dropped_into_a_folder_is_run(tmp_path: Path) -> None:
    small.write_rule(tmp_path / "home", title="新规则", id="EDU-77")
    book = load_rules([tmp_path / "shipped", tmp_path / "home"])
    found = compare(small.inputs(book)).discrepancies
    assert found["kind"].unique().to_list() == ["新规则"]
    assert found["person_id"].sort().to_list() == ["p2", "p3"]


def test_a_home_replaces_a_rule_and_a_concept_of_the_same_name(tmp_path: Path) -> None:
    front = {"needs": "[roster.population]", "right": "null", "gate": "[]"}
    sql = "SELECT person_id, 'agree' AS state FROM chosen"
    one, two = tmp_path / "one", tmp_path / "two"
    concept(one, "10_chosen", "-- 选中\nSELECT * FROM persons WHERE person_id = 'p1'")
    small.write_rule(one, sql, title="旧", **front)
    concept(two, "chosen", "-- 选中\nSELECT * FROM persons WHERE person_id = 'p2';\n")
    small.write_rule(two, sql, title="新", **front)
    book = load_rules([one, two])
    assert book["EDU-02"].title == "新"
    assert book.concepts["chosen"].says == "选中"
    assert compare(small.inputs(book)).subjects["person_id"].to_list() == ["p2"]
    assert book.hash != load_rules([one]).hash
    assert book.hash == load_rules([one, two]).hash


def test_what_concepts_read_and_ask_counts_for_the_rule(tmp_path: Path) -> None:
    concept(tmp_path, "10_low", "-- 低\nSELECT * FROM persons WHERE param_number('a') > 0")
    concept(
        tmp_path, "20_lower", "-- 更低\nSELECT * FROM low JOIN education_enrolment USING (name)"
    )
    book = small.rules(tmp_path, "SELECT person_id, 'agree' AS state FROM lower")
    assert book["EDU-02"].concepts == ("low", "lower")
    assert book["EDU-02"].asks == {"a": frozenset({"param_number"})}
    assert "参数 a " in compare(small.inputs(book)).rules_not_run["reason"].item()


@pytest.mark.parametrize(
    ("front", "sql", "says"),
    [
        ({"title": None}, small.SCHOOL, "键 title：缺少这一项，必须填写"),
        ({"titel": "x"}, small.SCHOOL, "键 titel：没有这一项，请检查拼写"),
        ({"severity": "blue"}, small.SCHOOL, "键 severity：应为 'red', 'orange' or 'yellow'"),
        ({"source": '{seed: "001"}'}, small.SCHOOL, "键 source.quote：缺少这一项"),
        ({"id": "edu2"}, small.SCHOOL, "键 id：应符合 "),
        ({"innocent": "[a, a]"}, small.SCHOOL, "键 innocent：重复列出 a"),
        (
            {"needs": "[roster.population]"},
            small.SCHOOL,
            "查询读取了 education_enrolment，但键 needs",
        ),
        (
            {"needs": "[roster.population, education.enrolment, civil_affairs.dibao]"},
            small.SCHOOL,
            "键 needs 列出了 civil_affairs.dibao，但查询没有读取",
        ),
        ({"gate": "[civil_affairs.dibao]"}, small.SCHOOL, "键 gate 的 civil_affairs.dibao 应同时"),
        (
            {"spares": "[civil_affairs.dibao]"},
            small.SCHOOL,
            "键 spares 的 civil_affairs.dibao 应同",
        ),
        ({"right": "civil_affairs.dibao"}, small.SCHOOL, "键 right 的 civil_affairs.dibao 应同时"),
        ({"parameters": "[a]"}, small.SCHOOL, "键 parameters 列出了 a，但查询没有用到"),
        (
            {},
            small.SCHOOL + "WHERE param_number('b') > 1",
            "查询使用了参数 b，但键 parameters 未列出",
        ),
        ({}, small.SCHOOL + "WHERE param_number(p.name) > 1", "的参数名应直接写成文字"),
        ({}, "SELEC 1", "应为一条 SELECT 语句；DuckDB：syntax error"),
        ({}, "CREATE TABLE x (a INT)", "应为一条 SELECT 语句"),
        ({}, small.SCHOOL + "; SELECT 2", "应只有一条 SELECT 语句，现有 2 条"),
        ({}, small.SCHOOL + "WHERE birth_date < current_date", "不得使用 current_date"),
        ({}, small.SCHOOL + "WHERE birth_date < today()", "不得使用 today"),
        ({}, small.SCHOOL + "WHERE levenshtein(p.name, e.name) < 2", "DuckDB 按字节计算"),
    ],
)
def test_a_wrong_rule_file_is_named_with_the_key_and_what_was_expected(
    tmp_path: Path, front: dict[str, str | None], sql: str, says: str
) -> None:
    path = small.write_rule(tmp_path, sql, **front)
    with pytest.raises(RuleError) as caught:
        load_rules([tmp_path])
    assert str(path) in str(caught.value)
    assert says in str(caught.value)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("SELECT 1", "应以 /*--- 开头"),
        ("/*---\na: [\n---*/ SELECT 1", "说明部分不是有效的 YAML"),
        ("/*---\njust words\n---*/ SELECT 1", "说明部分应为“键: 值”的形式"),
    ],
)
def test_a_file_without_front_matter_is_named(tmp_path: Path, text: str, says: str) -> None:
    path = small.write_rule(tmp_path)
    path.write_text(text, encoding="utf-8")
    with pytest.raises(RuleError, match="EDU-02") as caught:
        load_rules([tmp_path])
    assert says in str(caught.value)


def test_the_id_must_be_the_files_name_and_stand_once_in_a_folder(tmp_path: Path) -> None:
    path = small.write_rule(tmp_path)
    moved = path.rename(path.with_name("EDU-03.sql"))
    with pytest.raises(RuleError, match="键 id 应与文件名相同，即 EDU-03，现为 EDU-02"):
        load_rules([tmp_path])
    moved.rename(path)
    other = tmp_path / "other_group" / "EDU-02.sql"
    other.parent.mkdir()
    other.write_text(path.read_text(encoding="utf-8"), encoding="utf-8")
    with pytest.raises(RuleError, match=r"编号 EDU-02 与 .* 重复"):
        load_rules([tmp_path])


@pytest.mark.parametrize(
    ("files", "says"),
    [
        ({"Bad-Name": "-- x\nSELECT 1"}, "文件名应为小写英文视图名"),
        ({"10_a": "SELECT 1"}, "第一行应为“-- ”开头的说明"),
        ({"10_a": "-- x\nSELECT random()"}, "不得使用 random"),
        ({"10_a": "-- x\nSELECT * FROM b", "20_b": "-- x\nSELECT 1"}, "读取了排在其后的 b"),
        ({"10_a": "-- x\nSELECT * FROM a"}, "读取了排在其后的 a"),
    ],
)
def test_a_wrong_concept_file_is_named(tmp_path: Path, files: dict[str, str], says: str) -> None:
    for name, sql in files.items():
        concept(tmp_path, name, sql)
    with pytest.raises(RuleError, match="概念文件") as caught:
        load_rules([tmp_path])
    assert says in str(caught.value)


def session(book: object, **values: object) -> Session:
    given = small.inputs(book)  # type: ignore[arg-type]
    bases = {"persons": given.persons, "households": given.households, "villages": given.villages}
    return Session(
        small.ROUND, small.CONTRACTS, given.linked, bases, small.parameters(**values), given.rules
    )


def test_macros_give_parameters_in_the_form_asked_for(tmp_path: Path) -> None:
    asked = session(
        small.rules(tmp_path), line=6000, name="春", terms=["a", "b"], map={"因病": ["健康帮扶"]}
    )
    [row] = asked.connection.sql(
        """SELECT param_number('line'), param_text('name'), param_list('terms'),
        param_json('map')->'因病'->>0, param_number('unset'), round_date(),
        age_on(DATE '2015-08-31', DATE '2021-08-30'), age_on(DATE '2015-08-31', DATE '2021-08-31'),
        age_on(DATE '2012-02-29', DATE '2021-02-28')"""
    ).fetchall()
    # born on a 29 February: where the month has no such day its last day counts
    assert row == (6000.0, "春", ["a", "b"], "健康帮扶", None, small.ROUND, 5, 6, 9)


@pytest.mark.parametrize(
    ("sql", "reads_rows"),
    [
        ("SELECT a.x, count(*) FROM t AS a JOIN u USING (k)", False),
        ("SELECT *, x + 1 AS y FROM t", False),
        ("SELECT * EXCLUDE (y) FROM (SELECT DISTINCT x, y FROM t) AS q", False),
        ("SELECT x FROM t WHERE EXISTS (SELECT * FROM u)", False),
        ("WITH q AS (SELECT * FROM t) SELECT x FROM q UNION SELECT y FROM q", False),
        ("SELECT DISTINCT * FROM t", True),
        ("WITH q AS (SELECT * FROM t) SELECT x FROM (SELECT DISTINCT * FROM q)", True),
        ("SELECT * FROM t UNION SELECT * FROM u", True),
        ("SELECT * FROM t EXCEPT ALL SELECT * FROM u", True),
        ("SELECT * FROM t GROUP BY ALL", True),
        ("SELECT * FROM t ORDER BY ALL LIMIT 3", True),
        ("SELECT count(DISTINCT columns(*)) FROM t", True),
        ("SELECT x FROM t NATURAL JOIN u", True),
        ("SELECT count(DISTINCT t) FROM t", True),
        ("SELECT count(DISTINCT q) FROM (SELECT * FROM t) AS q", True),
        ("SELECT q.x FROM (SELECT x, y AS t FROM u) AS q WHERE q.t > 1", False),
        ("SELECT a FROM t AS A", True),
    ],
)
def test_it_is_seen_where_a_query_depends_on_columns_that_it_does_not_name(
    sql: str, reads_rows: bool
) -> None:
    assert sql_facts(sql).reads_rows == reads_rows


def columns_of(asked: Session, table: str) -> list[str]:
    found = asked.connection.sql(f"SELECT column_name FROM (DESCRIBE {table})").fetchall()
    return [name for (name,) in found]


def test_tables_have_the_columns_that_some_rule_or_concept_names(tmp_path: Path) -> None:
    concept(tmp_path, "10_pupils", "-- 学生\nSELECT *, upper(SCHOOL) AS s FROM education_enrolment")
    book = small.rules(tmp_path)
    with session(book) as asked:
        read = columns_of(asked, "education_enrolment")
    assert {"school", "link_person", "record_id"} <= set(read)  # however it is written
    assert {"id_number_hint", "file_id", "village_hint"}.isdisjoint(read)


def test_tables_under_a_concept_whose_rows_are_told_apart_have_all_columns(tmp_path: Path) -> None:
    concept(tmp_path, "10_pupils", "-- 学生\nSELECT * FROM education_enrolment")
    concept(tmp_path, "20_distinct", "-- 不重复\nSELECT count(*) AS n FROM (FROM pupils)")
    whole = [*small.inputs(small.rules(tmp_path)).linked["education.enrolment"].columns]
    with session(small.rules(tmp_path)) as asked:
        assert columns_of(asked, "education_enrolment") != whole
    concept(tmp_path, "20_distinct", "-- 不重复\nSELECT DISTINCT * FROM pupils")
    with session(small.rules(tmp_path)) as asked:
        assert columns_of(asked, "education_enrolment") == whole


def test_an_undelivered_list_is_an_empty_table_and_the_outside_is_shut(tmp_path: Path) -> None:
    asked = session(small.rules(tmp_path))
    count = asked.connection.sql("SELECT count(*) FROM housing_appraisals").fetchall()
    assert count == [(0,)]
    with pytest.raises(Exception, match="disabled"):
        asked.connection.sql(f"SELECT * FROM read_csv('{tmp_path}/x.csv')").fetchall()


def test_one_rule_can_be_tried_alone(tmp_path: Path) -> None:
    book = small.rules(tmp_path)
    with session(book) as asked:
        assert run_rule(asked, book["EDU-02"]).height == 4
    needy = small.rules(tmp_path, small.SCHOOL + "WHERE param_number('b') > 1", parameters="[b]")
    with session(needy) as asked, pytest.raises(RuleFailedError, match="参数 b "):
        run_rule(asked, needy["EDU-02"])


def test_a_dataset_without_a_contract_is_named(tmp_path: Path) -> None:
    book = small.rules(
        tmp_path,
        small.SCHOOL.replace("education_enrolment", "transport_roads"),
        needs="[roster.population, transport.roads]",
        right="transport.roads",
        gate="[]",
    )
    with pytest.raises(RuleError, match=r"transport\.roads 没有数据约定"):
        compare(small.inputs(book))
