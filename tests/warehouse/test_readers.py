"""Reading the published file: SQL, the guide's examples, the household page and its log."""

import csv
import io
import json
import re
import stat
from pathlib import Path

import polars as pl
import pytest

from pipelines import frames
from pipelines.contracts import Contracts, Privacy
from pipelines.home import CHECKOUT, Home
from pipelines.warehouse.database import NotPublishedError
from pipelines.warehouse.lookup import LookupFailedError, log_path, lookup
from pipelines.warehouse.masking import mask, mask_text
from pipelines.warehouse.publish import publish
from pipelines.warehouse.query import QueryError, list_columns, run_query, sql
from tests.warehouse.county import COUNTY, ROUND, county_frames, run, simple_fold

pytestmark = pytest.mark.unit

GUIDE = (CHECKOUT / "docs" / "warehouse.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```sql\n(.*?)```", GUIDE, re.DOTALL)
PAYMENTS = [
    ("P0", "耕地补贴", "2021-01", 100.0, 0.0, "失败", "2021-02-01"),
    ("P0", "耕地补贴", "2021-01", 100.0, 60.0, "成功", "2021-02-20"),
    ("P1", "耕地补贴", "2021-01", 80.0, 80.0, "成功", "2021-02-01"),
]


@pytest.fixture(scope="module")
def paid(tmp_path_factory: pytest.TempPathFactory, contracts: Contracts) -> Home:
    """A county whose first household was paid, in part, by card; the account is a known one."""
    home = Home(tmp_path_factory.mktemp("paid") / "home")
    made = county_frames(contracts, 40)
    known = pl.DataFrame(
        PAYMENTS,
        schema=["link_person", "item", "period", "due", "amount", "result", "on"],
        orient="row",
    )
    rows = made["finance_card_payments"]
    first = rows.head(len(PAYMENTS)).drop(
        "link_person", "item", "period", "due", "amount", "result", "paid_on"
    )
    changed = pl.concat([first, known], how="horizontal").with_columns(
        paid_on=pl.col("on").str.to_date()
    )
    rest = rows.tail(-len(PAYMENTS)).with_columns(
        link_person=pl.lit(None, pl.String),
        link_household=pl.lit(None, pl.String),
        link_status=pl.lit("unmatched"),
    )
    payments = pl.concat([frames.conform(changed, rows.schema), rest]).with_columns(
        id_number=pl.when(pl.col("link_status") == "unmatched")
        .then(pl.lit("990112199001019999"))
        .otherwise("id_number")
    )
    linked = payments.select(
        "record_id", person_id="link_person", household_id="link_household", status="link_status"
    )
    links = made["links"].update(linked, on="record_id", include_nulls=True)
    made |= {"finance_card_payments": payments, "links": links}
    publish(home, COUNTY, ROUND, made, contracts, simple_fold, run())
    return home


def test_the_guide_has_examples() -> None:
    assert len(EXAMPLES) >= 15


@pytest.mark.parametrize("query", EXAMPLES)
def test_every_example_of_the_guide_runs(published: Home, query: str) -> None:
    assert run_query(published, query).columns


def test_tables_are_listed_with_what_they_are(published: Home) -> None:
    listed = sql(published, "")
    assert "insurance_claims" in listed
    assert "医疗费用结算名册" in listed
    described = list_columns(published, "discrepancies")
    assert ("case_id", "VARCHAR") in {row[:2] for row in described.rows}
    with pytest.raises(QueryError, match="没有名为 nothing 的表"):
        list_columns(published, "nothing")


def test_formats(published: Home) -> None:
    query = "SELECT 'a,b' AS x, '=1+1' AS y, DATE '2021-08-30' AS z, NULL AS n, '汉字' AS w"
    assert list(csv.DictReader(io.StringIO(sql(published, query, "csv")))) == [
        {"x": "a,b", "y": "'=1+1", "z": "2021-08-30", "n": "", "w": "汉字"}
    ]
    assert json.loads(sql(published, query, "json")) == [
        {"x": "a,b", "y": "=1+1", "z": "2021-08-30", "n": None, "w": "汉字"}
    ]
    lines = sql(published, "SELECT 1 AS a UNION ALL SELECT 22 ORDER BY 1").splitlines()
    assert lines == ["a", "--", "1", "22", "共 2 行"]
    assert "只显示前 200 行，共 300 行" in sql(published, "SELECT * FROM range(300)")


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("DELETE FROM runs", "只能查询"),
        ("CREATE TEMP TABLE t AS SELECT 1", "只能查询"),
        ("ATTACH ':memory:' AS m", "只能查询"),
        ("COPY runs TO 'out.csv'", "只能查询"),
        ("SET threads = 1", "只能查询"),
        ("SELECT 1; SELECT 2", "一次只能运行一条"),
        ("-- nothing", "没有查询"),
        ("SELEC 1", "语法有误"),
        ("SELECT * FROM nowhere", "没有这个表"),
        ("SELECT nothing FROM runs", "列名或类型不对"),
        ("SELECT * FROM read_csv('/etc/passwd')", "不允许读写"),
        ("SELECT * FROM '/etc/passwd'", "不允许读写|没有这个表"),
    ],
)
def test_only_one_reading_query(published: Home, query: str, says: str) -> None:
    with pytest.raises(QueryError, match=says):
        run_query(published, query)


def test_a_query_sees_no_variables_of_this_process(published: Home) -> None:
    secret = pl.DataFrame({"a": [1]})
    assert secret.height == 1
    with pytest.raises(QueryError, match="没有这个表"):
        run_query(published, "SELECT * FROM secret")


def test_a_query_that_takes_too_long_is_stopped(published: Home) -> None:
    endless = "SELECT count(*) FROM range(100000000) a, range(100000000) b WHERE a.range > b.range"
    with pytest.raises(QueryError, match="已停止"):
        run_query(published, endless, timeout=0.2)


def test_nothing_published_yet(home: Home) -> None:
    with pytest.raises(NotPublishedError, match="bidui run"):
        sql(home, "SELECT 1")
    with pytest.raises(NotPublishedError, match="bidui run"):
        lookup(home, "H0", "张干部")


def test_the_page_by_household_and_by_id_number(paid: Home) -> None:
    by_household = lookup(paid, "H0", "张干部")
    by_number = lookup(paid, "９９０１１２19700101 1234", "张干部")
    assert by_number.text == by_household.text
    text = by_household.text
    assert "东河镇第0村 王0户（户编号 H0" in text
    assert "990112/insurance/insurance.coverage20210825.xlsx 〔Sheet1〕第 3 行" in text
    assert "截至日 2021-08-25" in text
    assert "疑点编号 990112-INS-01-P0" in text
    assert "王0 在 2021 年参保名单中未见" in text
    assert "疑点不等于问题" in text
    assert "<h2>在办疑点</h2>" in by_household.html


def test_what_was_paid_when_and_what_is_still_due(paid: Home) -> None:
    text = lookup(paid, "H0", "张干部").text
    assert (
        "姓名 王0；补贴项目 耕地补贴；所属期 2021-01；应发 100.00 元；实发 60.00 元；"
        "发放日期 2021-02-20；还差 40.00 元；其他发放结果 失败"
    ) in text
    assert "姓名 王1；补贴项目 耕地补贴；所属期 2021-01；应发 80.00 元；实发 80.00 元" in text


def test_numbers_are_masked_everywhere_on_the_page(paid: Home) -> None:
    page = lookup(paid, "H0", "张干部")
    for content in (page.text, page.html):
        assert "990112********1234" in content
        assert not re.search(r"\d{15}", content)
        assert "***************4567" in content


def test_a_number_not_on_the_roster_shows_where_it_stands(paid: Home) -> None:
    page = lookup(paid, "990112199001019999", "张干部")
    assert "不在基础名册中" in page.title
    assert "finance_card_payments" in page.text
    assert "990112199001019999" not in page.text


def test_every_look_up_is_logged_without_the_number(paid: Home) -> None:
    number = "990112197001011234"
    before = log_path(paid).read_text().splitlines() if log_path(paid).exists() else []
    lookup(paid, number, "张干部")
    lookup(paid, number, "李干部")
    with pytest.raises(LookupFailedError, match="都没有这个号码"):
        lookup(paid, "990112200001010000", "张干部")
    lines = log_path(paid).read_text(encoding="utf-8").splitlines()
    assert lines[: len(before)] == before
    logged = [json.loads(line) for line in lines[len(before) :]]
    assert [entry["who"] for entry in logged] == ["张干部", "李干部", "张干部"]
    assert logged[0]["key_hash"] == logged[1]["key_hash"] != logged[2]["key_hash"]
    assert logged[0]["households"] == ["990112/H0"]
    assert logged[2]["households"] == []
    files = list(paid.logs.iterdir())
    assert not any(b"990112197001011234" in path.read_bytes() for path in files)
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o640}
    assert stat.S_IMODE(paid.logs.stat().st_mode) == 0o750


def test_what_is_not_logged_is_not_shown(paid: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "no space left")

    monkeypatch.setattr("pipelines.warehouse.lookup.log_lookup", full)
    with pytest.raises(OSError, match="no space"):
        lookup(paid, "H0", "张干部")


def test_masking() -> None:
    assert mask("990112197001011234", Privacy.IDENTIFIER) == "990112********1234"
    assert mask("6217000010001234567", Privacy.ACCOUNT) == "***************4567"
    assert mask_text("卡号6217000010001234567，证件99011219700101123X") == (
        "卡号***************4567，证件990112********123X"
    )
    assert mask_text("2021-08-30 第 12 行") == "2021-08-30 第 12 行"


_NAMES_A_TEXT = re.compile(r"(《.+》（.+）|[^编《].+)：「.+」")
"""A declared text's title, who and when, or a document by name; then the quoted words."""


def test_registers_explain_every_rule_that_ships() -> None:
    from pipelines.compare.rules import load_rules
    from pipelines.parameters import load_parameters
    from pipelines.sources import load_texts
    from pipelines.warehouse.registers import parameters_frame, rules_frame

    texts = load_texts([CHECKOUT / "data"])
    rules = load_rules([CHECKOUT / "expectations" / "rules"])
    frame = rules_frame(rules, {next(iter(rules)): "参数未设置"}, texts)
    assert frame.height == len(rules)
    assert frame.filter(~pl.col("ran"))["why_not_run"].to_list() == ["参数未设置"]
    assert all(_NAMES_A_TEXT.match(text) for text in frame["source_text"])
    flagged = frame.select("flags", disagree="disagree_says", not_found="not_found_says")
    for row in flagged.iter_rows(named=True):
        assert {s for s in ("disagree", "not_found") if row[s]} == set(row["flags"].split("、"))
    assert not frame["verify_with"].str.contains("问").not_().any(), "what to ask on a visit"
    parameters = load_parameters([CHECKOUT / "data"]).lookup(COUNTY, ROUND)
    values = dict(parameters_frame(parameters).select("key", "value").iter_rows())
    assert json.loads(values["monitoring_income_line"]) == 6000
    said = parameters_frame(parameters).select("key", "source_text").rows()
    assert not [key for key, text in said if not text or re.search(r"[A-Z]{4,}|种子", text)]


def test_a_number_without_a_title_is_said_to_be_one() -> None:
    from pipelines.sources import Source, source_text

    assert source_text(Source(seed="777", quote="原话"), {}) == (
        "编号 777 的文本（题名未在 reference/sources.yaml 登记）：「原话」"
    )


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("sources: [1]", "应有键 sources"),
        ("sources: {'001': {issuer: 某人}}", "sources.001"),
        ("sources: {", "不是有效的 YAML"),
    ],
)
def test_a_wrong_file_of_sources_is_named(tmp_path: Path, content: str, says: str) -> None:
    from pipelines.sources import SourceError, load_texts

    path = tmp_path / "reference" / "sources.yaml"
    path.parent.mkdir()
    path.write_text(content, encoding="utf-8")
    with pytest.raises(SourceError, match=says):
        load_texts([tmp_path])
