"""What a list must never do to people (FAIRNESS, guarantees), cell by cell."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pipelines.home import CHECKOUT
from pipelines.lists.layout import KEY
from tests.lists.conftest import FORMULA, Issued, all_books, opened, rows_of
from tests.lists.published_sample import COUNTY, THIRD

pytestmark = pytest.mark.integration

ID_NUMBER = re.compile(r"[1-9]\d{16}[\dXx]")
DEPARTMENTS = {"教育", "卫健", "住建", "民政", "医保", "财政", "名册"}
TOWNSHIPS = {"青石镇", "白水乡", "县本级"}


def folder(issued: Issued) -> Path:
    return issued.home.lists / COUNTY / THIRD.isoformat()


def cells(path: Path) -> Iterator[tuple[str, str, Any]]:
    for sheet in opened(path):
        headers = [c.value for c in sheet[1]]
        for row in sheet.iter_rows():
            for cell in row:
                if cell.value is not None:
                    yield sheet.title, str(headers[cell.column - 1]), cell


def test_everyone_gets_one_workbook(issued: Issued) -> None:
    got = {f.recipient for f in issued.files[THIRD] if f.kind in ("township", "department")}
    assert got == DEPARTMENTS | TOWNSHIPS
    assert all(f.path.exists() for f in issued.files[THIRD])


def test_cells_are_text_and_never_run(issued: Issued) -> None:
    risky = 0
    for path in all_books(folder(issued)):
        if path.parent.name == "全县汇总":
            continue
        for sheet, _, cell in cells(path):
            assert cell.data_type == "s", (path.name, sheet, cell.coordinate)
            assert cell.number_format == "@"
            if cell.value[0] in "=+-@\t":
                risky += 1
                assert cell.quotePrefix, (path.name, sheet, cell.coordinate)
    assert risky >= 4, "the sample plants formulas; the test must have met them"


def test_numbers_of_the_county_summary_are_no_formulas(issued: Issued) -> None:
    path = issued.file("全县汇总", "county").path
    assert {cell.data_type for _, _, cell in cells(path)} == {"s", "n"}


def test_id_numbers_stand_in_full_only_in_the_departments_own_row(issued: Issued) -> None:
    own = 0
    for path in all_books(folder(issued)):
        for sheet, header, cell in cells(path):
            if not ID_NUMBER.search(str(cell.value)):
                continue
            assert path.parent.name in DEPARTMENTS, (path.name, sheet, cell.coordinate)
            assert header == "本部门原始记录", (path.name, sheet, cell.coordinate)
            own += 1
    assert own, "a department cannot look up a masked number"
    people = {p["id_number"] for p in issued.sample.people}
    bulletin = issued.file("全县汇总", "bulletin").path.read_text(encoding="utf-8")
    assert not any(number in bulletin for number in people)


def test_masked_numbers_keep_six_and_four(issued: Issued) -> None:
    person = issued.sample.people[2]
    (row,) = (
        r
        for r in rows_of(issued.book("青石镇"), "清单")
        if r[KEY] == f"{COUNTY}-EDU-02-{person['person_id']}"
    )
    number = person["id_number"]
    assert row["身份证号(掩码)"] == f"{number[:6]}********{number[-4:]}"
    assert number[:6] + "********" + number[-4:] in row["匹配依据"]


def test_accounts_show_four_digits(issued: Issued) -> None:
    said = [r["本部门原始记录"] for r in rows_of(issued.book("民政"), "清单")]
    assert said
    assert all("银行账号：****" in text for text in said)
    for path in all_books(folder(issued)):
        assert not any("62284801" in str(cell.value) for _, _, cell in cells(path))


def test_recipients_see_their_own_rows(issued: Issued) -> None:
    for township in TOWNSHIPS:
        for sheet in ("清单", "在办"):
            assert {r["乡镇"] for r in rows_of(issued.book(township), sheet)} <= {township}
    rules = {d: {r["规则编号"] for r in rows_of(issued.book(d), "清单")} for d in DEPARTMENTS}
    assert rules["教育"] == {"EDU-02", "EDU-04"}
    assert rules["卫健"] == {"HEA-01", "STD-01"}
    assert rules["民政"] == {"STD-01"}
    assert rules["财政"] == set()


def test_a_row_without_a_township_goes_to_the_county(issued: Issued) -> None:
    (row,) = rows_of(issued.book("县本级"), "清单")
    assert row["规则编号"] == "INS-01"


def test_others_see_only_the_state_of_what_is_closed(issued: Issued) -> None:
    """Deaths belong to 卫健: 民政 and the township learn 不一致, not the day."""
    for recipient in ("民政", "青石镇", "白水乡"):
        rows = [r for r in rows_of(issued.book(recipient), "清单") if r["规则编号"] == "STD-01"]
        assert rows
        for row in rows:
            assert row["比对方值"] == "不一致"
            assert "2021-03-05" not in str(row.values())
    (row, _) = (r for r in rows_of(issued.book("卫健"), "清单") if r["规则编号"] == "STD-01")
    assert row["比对方值"] == "死亡日期 2021-03-05"
    assert "死亡日期：2021-03-05" in row["本部门原始记录"]


def test_a_school_is_closed_to_the_township_and_open_to_education(issued: Issued) -> None:
    said = {
        recipient: next(
            r["名册方值"]
            for r in rows_of(issued.book(recipient), "清单")
            if r["规则编号"] == "EDU-04"
        )
        for recipient in ("青石镇", "白水乡", "教育")
        if any(r["规则编号"] == "EDU-04" for r in rows_of(issued.book(recipient), "清单"))
    }
    assert said.pop("教育") == "晴川县第一小学在读"
    assert set(said.values()) == {"有记录"}


def test_what_is_closed_still_tells_a_visitor_whom_what_and_of_which_day(issued: Issued) -> None:
    """In the rule's words for the state, without the other side's value."""
    rows = rows_of(issued.book("青石镇"), "清单") + rows_of(issued.book("白水乡"), "清单")
    said = {r["规则编号"]: r["疑点说明"] for r in rows}
    assert re.fullmatch(
        r"\S+（.+）：死亡名单中有本人。具体内容由卫健部门掌握。"
        r"〔农村低保对象名册截至\d{4}-\d\d-\d\d；死亡人员名册截至\d{4}-\d\d-\d\d〕",
        said["STD-01"],
    )
    # a rule without words of its own asks its question; what is closed on the left is not quoted
    assert re.match(r"[^（：]+：所问“.+”的比对结果为对方名单未见。", said["EDU-04"])


def test_every_row_explains_itself(issued: Issued) -> None:
    """Guarantee 3: rule, values, sources and days, how linked, innocent reasons, who settles."""
    always = ("规则编号", "疑点类型", "疑点说明", "名册方", "名册方值", "匹配依据",
              "可能合理原因", "建议核实单位与方法", "首次发现", "反馈时限")  # fmt: skip
    met = 0
    for recipient in sorted(TOWNSHIPS | DEPARTMENTS):
        book = issued.book(recipient)
        sources = {r["规则编号"]: r["依据"] for r in rows_of(book, "规则与依据")}
        for row in rows_of(book, "清单"):
            met += 1
            if row["姓名"] == "（全村）":
                continue
            assert [name for name in always if not row[name]] == []
            assert row["名册方来源(文件·表·行)"]
            assert row["名册方截止日"]
            assert sources[row["规则编号"]]
    assert met > 10


@pytest.mark.parametrize("column", ["ethnicity", "relation", "religion"])
def test_no_rule_and_no_concept_reads_who_somebody_is(column: str) -> None:
    """Guarantee 6. A relation may stand beside a name in an explanation, never decide."""
    texts = {
        path.stem: re.sub(r"/\*---.*?---\*/|--[^\n]*", "", path.read_text("utf-8"), flags=re.DOTALL)
        for path in (CHECKOUT / "expectations" / "rules").rglob("*.sql")
    }
    assert len(texts) > 30
    found = re.compile(rf"\b{column}\b")
    read = {name: found.findall(text) for name, text in texts.items() if found.search(text)}
    assert set(read) <= ({"CIV-08", "11_alive_persons"} if column == "relation" else set())


def test_unsettled_identities_are_never_asked_about(issued: Issued) -> None:
    suspected = {
        f"{COUNTY}-EDU-02-{issued.sample.people[15]['person_id']}",
        "ed-0-9",
    }
    met = set()
    for path in all_books(folder(issued)):
        if path.parent.name == "全县汇总":
            continue
        book = opened(path)
        for sheet in ("清单", "在办"):
            assert suspected.isdisjoint(r[KEY] for r in rows_of(book, sheet)), path.name
        for sheet in book:
            if sheet.title == "入户核查表":
                text = str([c.value for row in sheet.iter_rows() for c in row])
                assert not any(s in text for s in suspected)
        met |= suspected & {r["编号"] for r in rows_of(book, "待核身份")}
    assert met == suspected


def test_evidence_of_an_unsettled_link_is_in_words(issued: Issued) -> None:
    rows = rows_of(issued.book("教育"), "待核身份")
    (row,) = (r for r in rows if r["编号"] == "ed-0-9")
    number = issued.sample.people[7]["id_number"]
    assert f"{number[:6]}********{number[-4:]} / 空" in row["相符与不符之处"]
    assert "性别：女（一致）" in row["相符与不符之处"]
    assert row["把握"] == "87%，共2名候选"
    place = issued.sample.people[7]["township"]
    rows = rows_of(issued.book(place), "待核身份")
    (row,) = (r for r in rows if r["编号"] == "ed-0-9")
    assert "性别 一致" in row["相符与不符之处"]
    assert number[:6] not in row["相符与不符之处"]
    assert row["名单或说明"] == "（由主管部门掌握）"


def test_unsettled_identities_count_nowhere(issued: Issued) -> None:
    counted = 0
    for recipient in ("青石镇", "白水乡", "县本级"):
        book = issued.book(recipient)
        listed = len(rows_of(book, "清单")) + len(rows_of(book, "在办"))
        sums = [r for r in rows_of(book, "汇总") if r["规则编号"] and r["疑点类型"] != "小计"]
        subtotals = [r for r in rows_of(book, "汇总") if r["疑点类型"] == "小计"]
        assert sum(int(r["本期疑点"]) for r in subtotals) == listed
        assert sum(int(r["本期疑点"]) for r in sums) == listed
        counted += listed
    assert counted == 12


def test_under_coverage_stands_beside_over_coverage(issued: Issued) -> None:
    for path in all_books(folder(issued)):
        book = opened(path)
        if path.parent.name == "全县汇总":
            headers = [c.value for c in book["乡镇汇总"][1]]
            assert "应享未享(户)" in headers
            assert "疑似重复超范围(户)" in headers
            continue
        directions = {r["方向"] for r in rows_of(book, "汇总") if r["疑点类型"] == "小计"}
        assert {"应享未享", "疑似重复或超范围享受"} <= directions
        cover = [c.value for row in book["封面与填报说明"].iter_rows() for c in row if c.value]
        assert {"应享未享", "疑似重复或超范围享受"} <= set(cover)
    bulletin = issued.file("全县汇总", "bulletin").path.read_text(encoding="utf-8")
    assert "应享未享（户）" in bulletin
    assert "疑似重复或超范围享受（户）" in bulletin


@pytest.mark.parametrize("word", ["违规", "违法", "骗", "立即停发", "予以扣减", "追缴", "清退"])
def test_words_that_accuse_appear_nowhere(issued: Issued, word: str) -> None:
    for path in all_books(folder(issued)):
        for sheet, _, cell in cells(path):
            said = str(cell.value).replace("本表不用于按查出人数或清退人数排名。", "")
            assert word not in said, (path.name, sheet, cell.coordinate)


def test_every_page_says_what_a_doubt_is(issued: Issued) -> None:
    for path in all_books(folder(issued)):
        for sheet in opened(path):
            assert sheet.oddFooter.center.text == "疑点不等于问题，未经核实不得停发、扣减或公开"
            assert sheet.oddFooter.left.text == f"运行编号 run-{THIRD}"
            assert sheet.oddFooter.right.text == "第 &P 页 共 &N 页"


def test_nothing_personal_in_names_and_logs(issued: Issued) -> None:
    names = {p["name"] for p in issued.sample.people}
    ids = {p["id_number"] for p in issued.sample.people}
    cases = {p["person_id"] for p in issued.sample.people}
    log = (issued.home.logs / "lists.jsonl").read_text(encoding="utf-8")
    paths = " ".join(str(p.relative_to(issued.home.path)) for p in issued.home.lists.rglob("*"))
    bulletin = issued.file("全县汇总", "bulletin").path.read_text(encoding="utf-8")
    for text in (log, paths, bulletin):
        assert not any(word in text for word in names | ids | cases)
    entries = [json.loads(line) for line in log.splitlines()]
    assert len(entries) == sum(len(files) for files in issued.files.values())
    assert {"at", "recipient", "file", "rows", "version", "run_id"} <= set(entries[0])


def test_files_are_for_owner_and_group(issued: Issued) -> None:
    for path in (
        issued.home.lists,
        *issued.home.lists.rglob("*"),
        issued.home.logs / "lists.jsonl",
    ):
        assert path.stat().st_mode & 0o777 == (0o750 if path.is_dir() else 0o640), path


def test_the_bulletin_needs_no_network(issued: Issued) -> None:
    page = issued.file("全县汇总", "bulletin").path.read_text(encoding="utf-8")
    assert not re.search(r"https?://|<script|<link|url\(|@import", page)
    assert "青石镇" in page
    assert "空白村" in page
    assert "大病慢病患者名册" in page


def test_a_formula_stands_as_it_was_written(issued: Issued) -> None:
    place = issued.sample.people[3]["township"]
    rows = rows_of(issued.book(place), "清单")
    (said,) = (r["疑点说明"] for r in rows if str(r["疑点说明"]).startswith("="))
    assert said.startswith(FORMULA)
