"""The workbook as people open it: sheets, columns, drop-downs, protection, print, round trip."""

import re
import subprocess
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.utils import get_column_letter

from pipelines.lists.layout import FROZEN, MAX_SHOWN, list_layout
from pipelines.lists.workbook import HOUSEHOLDS, SHEETS
from tests.lists.conftest import Issued, opened, rows_of
from tests.lists.published_sample import COUNTY, THIRD

pytestmark = pytest.mark.integration

LOCKED = [
    *("疑点编号", "期", "规则编号", "疑点类型", "等级", "乡镇", "村", "组", "户编号", "户主"),
    *("姓名", "与户主关系", "身份证号(掩码)", "疑点说明", "名册方", "名册方值", "名册方截止日"),
    *("比对方部门", "比对方值", "比对方截止日", "匹配依据", "可能合理原因", "建议核实单位与方法"),
    *("首次发现", "连续期数", "下发日期", "反馈时限"),
]
TO_FILL = [
    *("核查方式", "核查日期", "核查结论", "原因代码", "应更正部门与字段", "处理措施"),
    *("是否涉及资金/金额", "是否告知本人及日期", "本人意见", "佐证材料", "核查人", "村负责人"),
    *("备注", "乡镇审核人/日期", "县级复核", "销号日期与依据", "重新打开"),
]


@pytest.fixture(scope="module")
def township(issued: Issued) -> Workbook:
    return issued.book("青石镇")


def test_sheets_in_order(issued: Issued, township: Workbook) -> None:
    assert township.sheetnames == [*SHEETS, HOUSEHOLDS]
    assert issued.book("教育").sheetnames == list(SHEETS)


@pytest.mark.parametrize("kind", ["township", "department"])
def test_headers_are_those_of_the_specification(issued: Issued, kind: str) -> None:
    sheet = issued.book("青石镇" if kind == "township" else "教育")["清单"]
    headers = [c.value for c in sheet[1]]
    assert set(LOCKED) | set(TO_FILL) <= set(headers)
    assert len(headers) == len(set(headers))


@pytest.mark.parametrize("kind", ["township", "department"])
def test_twelve_columns_are_shown_and_the_rest_grouped(issued: Issued, kind: str) -> None:
    sheet = issued.book("青石镇" if kind == "township" else "教育")["清单"]
    layout = list_layout(kind)
    shown = []
    for number in range(1, len(layout.columns) + 1):
        dimension = sheet.column_dimensions[get_column_letter(_first(sheet, number))]
        if dimension.hidden:
            assert dimension.outlineLevel == 1
        else:
            shown.append(sheet.cell(1, number).value)
    assert len(shown) == MAX_SHOWN
    assert shown == [c.header for c in layout.columns[:MAX_SHOWN]]


def _first(sheet: object, number: int) -> int:
    """openpyxl reads neighbouring columns of one form as one, named by the first."""
    for dimension in sheet.column_dimensions.values():  # type: ignore[attr-defined]
        if dimension.min <= number <= dimension.max:
            return int(dimension.min)
    return number


def test_locked_and_open_cells(township: Workbook) -> None:
    sheet = township["清单"]
    assert sheet.max_row > 2
    for number, header in enumerate((c.value for c in sheet[1]), start=1):
        for row in range(1, sheet.max_row + 1):
            is_open = row > 1 and header in TO_FILL
            assert sheet.cell(row, number).protection.locked is not is_open, (header, row)


def test_protection_leaves_sort_and_filter_and_has_no_password(township: Workbook) -> None:
    for sheet in township:
        protection = sheet.protection
        assert protection.sheet
        assert protection.password is None
        assert not protection.sort
        assert not protection.autoFilter
        assert not protection.formatColumns, "folded columns of a locked sheet open only this way"
        assert protection.deleteRows
    assert township["清单"].auto_filter.ref.startswith("A1:")


def test_drop_downs(township: Workbook) -> None:
    sheet = township["清单"]
    offered: dict[str, set[str]] = {}
    for validation in sheet.data_validations.dataValidation:
        if validation.type != "list":
            continue
        assert len(validation.formula1) <= 257
        for part in validation.sqref.ranges:
            header = sheet.cell(1, part.min_col).value
            offered.setdefault(header, set()).update(validation.formula1.strip('"').split(","))
            assert part.min_row >= 2
            assert part.max_row <= sheet.max_row
    assert offered["核查结论"] == {"属实", "部分属实", "不属实", "无法核实"}
    assert offered["核查方式"] == {"入户", "电话", "调档", "部门函询"}
    assert offered["县级复核"] == {"通过", "退回补核", "抽查"}
    assert {"异地参保", "空挂户"} <= offered["原因代码"]


def test_reason_codes_belong_to_the_rule_of_their_row(township: Workbook) -> None:
    sheet = township["清单"]
    headers = [c.value for c in sheet[1]]
    rule, reason = headers.index("规则编号") + 1, headers.index("原因代码") + 1
    seen = set()
    for row in range(2, sheet.max_row + 1):
        place = f"{get_column_letter(reason)}{row}"
        (validation,) = (
            v
            for v in sheet.data_validations.dataValidation
            if v.type == "list" and place in v.sqref
        )
        group = {"EDU": "空挂户", "INS": "异地参保", "STD": "本人健在"}.get(
            sheet.cell(row, rule).value[:3]
        )
        if group:
            assert group in validation.formula1
            seen.add(group)
    assert len(seen) == 3


def test_frozen_filtered_and_printable(township: Workbook) -> None:
    sheet = township["清单"]
    assert sheet.freeze_panes == f"{get_column_letter(FROZEN + 1)}2"
    assert sheet.print_title_rows in ("1:1", "$1:$1")
    for each in township:
        assert each.page_setup.orientation == "landscape"
        assert each.page_setup.paperSize == 9
        assert each.page_setup.fitToWidth == 1
        assert each.sheet_properties.pageSetUpPr.fitToPage


def test_the_list_holds_only_what_is_new_or_sent_back(issued: Issued) -> None:
    old = {f"{COUNTY}-EDU-02-P000000-1", f"{COUNTY}-INS-01-P000000-2", f"{COUNTY}-HOU-01-P000000-1"}
    book = issued.book("青石镇")
    assert old.isdisjoint(r["疑点编号"] for r in rows_of(book, "清单"))
    pending = {r["疑点编号"]: r for r in rows_of(book, "在办")}
    assert set(pending) == old
    red = pending[f"{COUNTY}-EDU-02-P000000-1"]
    assert (red["下发日期"], red["反馈时限"], red["是否逾期"]) == (
        "2021-08-30",
        "2021-09-02",
        "逾期",
    )
    assert pending[f"{COUNTY}-HOU-01-P000000-1"]["是否逾期"] == "未到期"
    reopened = f"{COUNTY}-MON-13-{issued.sample.people[13]['person_id']}"
    place = issued.sample.people[13]["township"]
    assert reopened in {r["疑点编号"] for r in rows_of(issued.book(place), "清单")}


def test_the_summary_tells_last_round_from_this(issued: Issued) -> None:
    rows = {r["规则编号"]: r for r in rows_of(issued.book("青石镇"), "汇总") if r["规则编号"]}
    insured = rows["INS-01"]
    assert (insured["上期疑点"], insured["上期新增"], insured["本期消除"]) == ("2", "2", "1")
    assert rows["EDU-02"]["本期逾期"] == "1"
    assert rows["STD-01"]["本期新增"] == "1"


def test_households_have_a_page_each(township: Workbook) -> None:
    sheet = township[HOUSEHOLDS]
    titles = [
        row[0].value
        for row in sheet.iter_rows()
        if str(row[0].value or "").startswith("入户核查表")
    ]
    asked = {r["户编号"] for r in rows_of(township, "清单") if r["户编号"]}
    assert len(titles) == len(asked) == len(sheet.row_breaks.brk) + 1
    text = str([c.value for row in sheet.iter_rows() for c in row])
    assert all(household in text for household in asked)


def test_what_was_not_compared_says_why(township: Workbook) -> None:
    rows = {r["规则编号"]: r for r in rows_of(township, "未比对") if r["疑点类型"]}
    assert rows["HEA-01"]["未比对的原因"] == "卫健名单未覆盖该村"
    assert rows["HEA-01"]["村"] == "青石一村"
    assert rows["INC-01"]["未比对的原因"] == "参数 monitoring_income_line 未设置"


def test_rules_parameters_and_codes_stand_with_their_sources(township: Workbook) -> None:
    text = " ".join(
        str(c.value) for row in township["规则与依据"].iter_rows() for c in row if c.value
    )
    for said in ("省级专项治理要求", "newborn_days", "医保局文件", "2021-01-01 至 2021-12-31",
                 "异地参保缴费凭证", "本参保年度", "公安更正"):  # fmt: skip
        assert said in text, said


def test_libreoffice_reads_it_and_loses_nothing(issued: Issued, tmp_path: Path) -> None:
    """Back through another program: same rows by header and number, still text, same choices."""
    source = issued.file("青石镇").path
    into = tmp_path / "out"
    subprocess.run(
        ["soffice", "--headless", f"-env:UserInstallation={(tmp_path / 'lo').as_uri()}",
         "--convert-to", "xlsx:Calc MS Excel 2007 XML", "--outdir", str(into), str(source)],
        check=True, capture_output=True, timeout=120,
    )  # fmt: skip
    back = load_workbook(into / source.name)
    before = opened(source)
    assert back.sheetnames == before.sheetnames
    for sheet in ("清单", "在办", "汇总", "待核身份"):
        assert rows_of(back, sheet) == rows_of(before, sheet), sheet
        kinds = {c.data_type for row in back[sheet].iter_rows() for c in row if c.value is not None}
        assert kinds == {"s"}, sheet
    assert back["清单"].protection.sheet
    assert any(v.type == "list" for v in back["清单"].data_validations.dataValidation)


def test_golden_list(issued: Issued) -> None:
    """A township's list as text, reviewed by diff.

    To write it anew: delete the file, run, look, commit.
    """
    lines = []
    for sheet in ("清单", "在办"):
        lines.append(f"# {sheet}")
        for row in rows_of(issued.book("青石镇"), sheet):
            lines.append("")
            lines += [f"{k}：{v}" for k, v in row.items() if v]
    text = "\n".join(lines) + "\n"
    golden = Path(__file__).parent / "golden" / "township.txt"
    if not golden.exists():
        golden.parent.mkdir(exist_ok=True)
        golden.write_text(text, encoding="utf-8")
        pytest.fail(f"{golden.name} 已新写，请检查后提交")
    assert text == golden.read_text(encoding="utf-8")


def test_the_round_is_on_the_cover(township: Workbook) -> None:
    text = " ".join(
        str(c.value) for row in township["封面与填报说明"].iter_rows() for c in row if c.value
    )
    assert f"{THIRD} 期" in text
    assert re.search(r"反馈（红色）.*销号", text)
