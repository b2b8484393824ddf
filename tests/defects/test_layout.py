"""Defects 1 to 8, 53, 56, 57, 61, 62, 68 of DOMAIN C2: how a sheet is laid out."""
# ruff: noqa: E501 - cells as clerks write them, side by side

import datetime as dt
import io
import json

import openpyxl
import polars as pl
import pytest
import xlsxwriter

from tests.defects.county import (
    DIBAO,
    ENDINGS,
    MAN,
    WRITERS,
    Office,
    by_csv,
    by_pandas,
    by_xlsxwriter,
    by_xlwt,
    dibao,
    number,
    xlsx,
)

pytestmark = pytest.mark.unit
LIST = "civil_affairs.dibao"
BODY = [dibao(n) for n in range(3)]


@pytest.mark.parametrize("writer", WRITERS)
@pytest.mark.parametrize("above", [0, 1, 2, 11])
def test_c2_01_titles_above_the_header(office: Office, writer: str, above: int) -> None:
    titles = [["晴川县2021年农村低保对象花名册"], ["附件2"], *[[None]] * 9][:above]
    content = WRITERS[writer]([*titles, DIBAO, *BODY])
    found = office.read(LIST, content, f"低保.{ENDINGS[writer]}")
    assert found["row_number"] == [above + 2, above + 3, above + 4]
    assert found["id_number"] == [row[1] for row in BODY]


def test_c2_01_a_merged_title_over_the_whole_table(office: Office) -> None:
    found = office.read(LIST, xlsx([["××县2023年低保花名册"], DIBAO, *BODY], merges=["A1:G1"]))
    assert found["row_number"] == [3, 4, 5]


@pytest.mark.parametrize(
    ("subtitle", "as_of", "unit"),
    [
        (["填报单位：大石镇  2021年5月  单位：元"], "2021-05-01", "元"),
        (
            ["填报单位:大石镇", None, None, "填报日期:2021.5.20", None, "单位:元/月"],
            "2021-05-20",
            "元",
        ),
        (["单位：万元          截止2021年5月20日"], "2021-05-20", "万元"),
    ],
)
def test_c2_02_a_subtitle_with_unit_and_date(
    office: Office, subtitle: list[str], as_of: str, unit: str
) -> None:
    paid = 0.035 if unit == "万元" else 350
    rows = [["低保名册"], subtitle, DIBAO, *[dibao(n, 月保障金=paid) for n in range(2)]]
    found = office.read(LIST, xlsx(rows), "低保.xlsx")
    assert found.sheets["as_of"].to_list() == [dt.date.fromisoformat(as_of)]
    assert found.sheets["as_of_source"].to_list() == ["title"]
    assert found["monthly_amount"] == [350.0, 350.0]
    assert found["row_number"] == [4, 5]


@pytest.mark.parametrize("merged", [True, False])
def test_c2_03_a_header_of_two_rows(office: Office, merged: bool) -> None:
    top = ["户编号", "户主姓名", "监测对象类别", "家庭收入（元）", None, None]
    low = [None, None, None, "工资性", "转移性", "财产性"]
    merges = ["A1:A2", "B1:B2", "C1:C2", "D1:F1"] if merged else []
    found = office.read(
        "roster.monitored", xlsx([top, low, ["H1", "张三", "边缘户", 1, 2, 3]], merges)
    )
    assert found.frame.select("wage_income", "transfer_income", "property_income").rows() == [
        (1.0, 2.0, 3.0)
    ]


def test_c2_03_a_header_of_three_rows_by_xlsxwriter(office: Office) -> None:
    content = io.BytesIO()
    with xlsxwriter.Workbook(content) as book:
        page = book.add_worksheet()
        page.merge_range("A1:F1", "2021年防返贫监测对象收入情况")
        for span, text in (("A2:A4", "户编号"), ("B2:B4", "户主姓名"), ("C2:C4", "监测对象类别"),
                           ("D2:F2", "家庭情况"), ("D3:E3", "收入（元）"), ("F3:F4", "人均纯收入")):  # fmt: skip
            page.merge_range(span, text)
        page.write_row("D4", ["工资性收入", "转移性收入"])
        page.write_row("A5", ["H1", "张三", "边缘易致贫户", 1, 2, 3])
    found = office.read("roster.monitored", content.getvalue())
    assert found.frame.select("wage_income", "transfer_income", "net_income_per_head").rows() == [
        (1.0, 2.0, 3.0)
    ]


@pytest.mark.parametrize("writer", WRITERS)
def test_c2_03_one_header_over_the_numbers_of_two_people(office: Office, writer: str) -> None:
    header = ["户主姓名", "身份证号", "姓名", "身份证号码", "与户主关系", "低保类别", "月保障金"]
    rows = [["张三", number("19700101", 101), "李四", number("19720202", 202), "配偶", "A类", 350],
            ["张三", number("19700101", 101), "张小", number("20010303", 303), "之子", "A类", 350]]  # fmt: skip
    found = office.read(LIST, WRITERS[writer]([header, *rows]))
    assert found["head_id_number"] == [number("19700101", 101)] * 2
    assert found["id_number"] == [number("19720202", 202), number("20010303", 303)]
    assert found.asked() == []
    pupils = [
        "学校名称",
        "学生姓名",
        "身份证号",
        "学段",
        "监护人",
        "身份证号",
        "联系人",
        "身份证号",
    ]
    row = [
        "一小",
        "张小",
        number("20110303", 303),
        "小学",
        "张三",
        number("19700101", 101),
        "王五",
        number("19600404", 404),
    ]
    found = office.read("education.enrolment", WRITERS[writer]([pupils, row]))
    assert found["id_number"] == [number("20110303", 303)]
    assert found["guardian_id_number"] == [number("19700101", 101)]
    assert "重复的列只取第一列：“身份证号”" in found.message


@pytest.mark.parametrize("writer", WRITERS)
def test_c2_04_the_header_on_every_printed_page(office: Office, writer: str) -> None:
    spaced = [" ".join(title) for title in DIBAO]
    rows = [
        DIBAO,
        *BODY,
        DIBAO,
        dibao(3),
        ["晴川县低保名册（续）"],
        DIBAO,
        dibao(4),
        spaced,
        dibao(5),
    ]
    found = office.read(LIST, WRITERS[writer](rows), f"低保20210801.{ENDINGS[writer]}")
    assert found["row_number"] == [2, 3, 4, 6, 9, 11]
    assert set(found["name"]) == {"王建国"}
    assert "表头行" in found.message


@pytest.mark.parametrize("writer", WRITERS)
def test_c2_03_what_may_be_filled_in_stands_below_the_header(office: Office, writer: str) -> None:
    header = ["户主姓名", "户主身份证号", "搬迁人口", "安置面积", "旧房是否拆除", "入住日期"]
    hints = ["必填项", "（18位）", "（人）", "（㎡）", "（是/否）", "（yyyy-mm-dd）"]
    row = ["张三", MAN, 3, 75, "否", "2018-12-20"]
    found = office.read("housing.relocations", WRITERS[writer]([header, hints, row]))
    assert (found["head_name"], found["old_house_demolished"]) == (["张三"], [False])
    assert found.asked() == []


@pytest.mark.parametrize("writer", WRITERS)
def test_c2_04_sums_carried_from_page_to_page_are_no_records(office: Office, writer: str) -> None:
    over, on = (["过次页", None, None, None, 1050], ["承前页", None, None, None, 1050])
    rows = [DIBAO, *BODY, over, DIBAO, on, dibao(3), ["合计", None, None, None, 1400]]
    found = office.read(LIST, WRITERS[writer](rows))
    assert found["row_number"] == [2, 3, 4, 8]
    assert found.asked() == []


@pytest.mark.parametrize("writer", WRITERS)
def test_c2_04_a_header_in_another_order_begins_another_list(office: Office, writer: str) -> None:
    first = ["姓名", "身份证号", "补贴项目", "应发金额", "实发金额"]
    second = ["姓 名", "身份证号", "补贴项目", "实发金额", "应发金额"]  # most cells are the same
    third = ["身份证号", "姓名", "发放日期", "补贴项目", "实发金额"]

    def paid(n: int, *cells: object) -> list[object]:
        return ["王建国", number("19700101", 101 + n), "退耕还林", *cells]

    rows = [["单位：百元"], first, paid(0, 3, 2), paid(1, 3, 2), first, paid(2, 3, 2), second, paid(3, 4, 5),
            third, [number("19700101", 108), "王建国", "2021-08-01", "退耕还林", 6], ["合计", None, None, None, 6]]  # fmt: skip
    found = office.read("finance.card_payments", WRITERS[writer](rows))
    assert found["row_number"] == [3, 4, 6, 8, 10]
    assert found["due"] == [300.0, 300.0, 300.0, 500.0, None]
    assert found["amount"] == [200.0, 200.0, 200.0, 400.0, 600.0]
    assert found["id_number"][4] == number("19700101", 108)
    assert "上下的 3 份名单之 3（第 9 行起）" in found.message
    assert found.sheets["rows_read"].to_list() == [6, 3, 4]  # the title stands above each
    unread = [
        *rows[:7],
        paid(3, 4, 5),
        ["姓名", "身份证号", "实发金额", "联系电话", "备注"],
        ["王五", MAN, 5, None, None],
    ]
    found = office.read("finance.card_payments", WRITERS[writer](unread), "另一份20210821.xlsx")
    kept = office.take().quarantine.filter(pl.col("path").str.contains("另一份"))
    assert [kept["row_number"].max(), set(kept["reason_code"])] == [10, {"sheet_unrecognised"}]


@pytest.mark.parametrize("writer", WRITERS)
@pytest.mark.parametrize(
    "numbers",
    [["甲", "乙", "丙", "丁", "1", "2", "3"], ["A", "B", "1", "2", "3", "4", "5"], [*"1234567"]],
)
def test_c2_04_the_row_that_numbers_the_columns(
    office: Office, writer: str, numbers: list[str]
) -> None:
    found = office.read(LIST, WRITERS[writer]([["低保名册"], DIBAO, numbers, *BODY]))
    assert found["row_number"] == [4, 5, 6]
    assert found.sheets["rows_not_data"].to_list() == [3]


def test_c2_05_notes_at_the_bottom_are_no_records(office: Office) -> None:
    notes = [
        ["备注：本表由民政局提供，月保障金为8月发放数"],
        ["填表人：赵六", None, "审核人：钱七", None, "2021年8月31日"],
        [None, "说明：1.低保类别分A、B、C三类。"],
        ["注：以上数据截至8月底"],
        ["      填报人（签字）：        负责人（签字）：         联系电话：0379-1234567"],
        ["单位负责人：  ", None, None, "制表：张三", None, "日期："],
        ["1.本表一式三份，县乡村各一份。"],
        ["2、A类指无劳动能力家庭。"],
        ["晴川县民政局"],
        ["2021年8月31日"],
        ["（加盖公章）"],
        ["第1页 共3页"],
        ["——以下空白——"],
        ["*注：A类为无劳动能力家庭"],
    ]
    found = office.read(LIST, xlsx([DIBAO, *BODY, [], *notes]))
    assert found["row_number"] == [2, 3, 4]
    assert found.asked() == []
    assert found.sheets["rows_not_data"].item() == 1 + 1 + len(notes)


def test_c2_05_headings_of_parts_are_no_records(office: Office) -> None:
    rows = [DIBAO, ["大石镇"], dibao(0), ["一、王堂村"], dibao(1), ["（二）李庄村"], dibao(2)]
    found = office.read(LIST, by_xlwt(rows))
    assert found["row_number"] == [3, 5, 7]
    assert found.asked() == []


@pytest.mark.parametrize(
    ("total", "agrees"),
    [
        (["合计", None, None, None, 1050], True),
        ([None, "合 计", "3人", None, 1050.0], True),
        (["总计：3人", None, None, None, 1400], False),
        (["合计4人"], False),
    ],
)
def test_c2_06_sums_are_no_records_but_checks(
    office: Office, total: list[object], agrees: bool
) -> None:
    rows = [DIBAO, BODY[0], ["小计", None, None, None, 350], *BODY[1:], total]
    found = office.read(LIST, xlsx(rows))
    assert found["row_number"] == [2, 4, 5]
    assert found.sheets["rows_not_data"].item() == 3
    assert ("不一致" in found.reasons) is not agrees, found.reasons


@pytest.mark.parametrize("writer", WRITERS)
def test_c2_07_blank_rows_and_columns(office: Office, writer: str) -> None:
    wide = [[None, None, row[0], None, *row[1:]] for row in (DIBAO, *BODY)]
    rows = [[None], [None], wide[0], wide[1], [None], ["  ", None, " "], wide[2], [None], wide[3]]
    found = office.read(LIST, WRITERS[writer](rows), f"低保20210801.{ENDINGS[writer]}")
    assert found["row_number"] == [4, 7, 9]
    assert found["village"] == ["王堂村"] * 3


@pytest.mark.parametrize("writer", WRITERS)
def test_c2_07_a_column_without_a_header_is_told_and_kept(office: Office, writer: str) -> None:
    header = [None, "姓名", None, "低保证号", "低保类别", "月保障金", "乡镇", "行政村"]
    rows = [[n, *dibao(n)] for n in range(1, 5)]
    found = office.read(LIST, WRITERS[writer]([["低保名册"], header, *rows]))
    assert found["id_number"] == [None] * 4
    assert (
        "C 列有内容而没有列名，没有使用，请在第 2 行补上列名" in found.message
    )  # not A: it only counts
    assert [row["C 列"] for row in found.raw_rows] == [row[2] for row in rows]


def test_c2_07_numbers_filled_in_beforehand(office: Office) -> None:
    rows = [["序号", *DIBAO], [1, *dibao(0)], [2, *dibao(1)], [3], [4], [5]]
    found = office.read(LIST, xlsx(rows))
    assert found["row_number"] == [2, 3]
    assert found.asked() == []
    assert "空行 3" in found.message


def test_c2_08_a_sheet_a_township_in_its_own_order(office: Office) -> None:
    book = openpyxl.Workbook()
    towns = {"大石镇": "王堂村", "吴家店": "河湾社区", "城关街道": "孙家庄村"}
    for n, (town, village) in enumerate(towns.items()):
        page = book.active if n == 0 else book.create_sheet()
        page.title = town
        order = [0, 1, 2, 3, 4, 6][n:] + [0, 1, 2, 3, 4, 6][:n]
        row = dibao(n, 行政村=village)
        page.append([f"{town}低保名册"])
        page.append([DIBAO[i] for i in order])
        page.append([row[i] for i in order])
    content = io.BytesIO()
    book.save(content)
    found = office.read(LIST, content.getvalue(), "低保分乡镇20210801.xlsx")
    assert sorted(zip(found["township"], found["village"], strict=True)) == sorted([
        ("大石镇", "王堂村"), ("吴家店乡", "河湾社区"), ("城关街道办事处", "孙家庄村"),
    ])  # fmt: skip
    assert sorted(found["certificate"]) == ["D00000", "D00001", "D00002"]


def test_c2_53_a_number_shown_as_a_date_and_a_date_shown_as_a_number(office: Office) -> None:
    rows = [[*DIBAO, "享受起始时间"]]
    rows += [[*dibao(n, 月保障金=450), dt.date(2021, 5, 6)] for n in range(6)]
    rows[3][4] = dt.date(1901, 3, 25)  # 450 under a date format
    rows[4][7] = 44322  # 2021-05-06 without one
    for writer, name in ((xlsx, "a.xlsx"), (by_xlsxwriter, "b.xlsx"), (by_xlwt, "c.xls")):
        found = office.read(LIST, writer(rows), "低保20210801.xlsx")
        assert found["monthly_amount"] == [450.0] * 6, name
        assert found["from_date"] == [dt.date(2021, 5, 6)] * 6, name
        assert (4, "monthly_amount", "number_as_date") in found.asked("flag")
        assert "450" in found.frame["monthly_amount"].cast(pl.String).to_list()[2]


@pytest.mark.parametrize("writer", ["openpyxl", "xlwt"])
def test_c2_56_yuan_in_a_column_of_ten_thousand_yuan(office: Office, writer: str) -> None:
    """A cell in yuan counts ten thousand times under the header's unit, and is asked about."""
    header = ["姓名", "身份证号", "学校", "资助项目", "资助金额（万元）"]
    rows = [
        ["张三", number("20080101", 2 * n + 1), "一中", "助学金", v]
        for n, v in enumerate((0.1, 0.15, 1000))
    ]
    found = office.read("education.student_aid", WRITERS[writer]([header, *rows]))
    assert found.asked("flag") == [(4, "amount", "amount_beyond_usual")]
    header = ["姓名", "身份证号", "住院日期", "总费用（万元）"]
    rows = [["张三", MAN, f"2021-05-{n:02d}", 6000 if n == 5 else n / 10] for n in range(1, 10)]
    found = office.read("insurance.claims", WRITERS[writer]([header, *rows]))
    assert found.asked("flag") == [(6, "total", "unit_mixed")]


@pytest.mark.parametrize("writer", ["openpyxl", "xlsxwriter", "xlwt"])
def test_c2_53_a_column_of_areas_under_a_date_format(office: Office, writer: str) -> None:
    noon = dt.datetime.combine(dt.date(1900, 3, 28), dt.time(12))
    shown = [dt.date(1900, 4, 19), noon, dt.date(1900, 3, 16)]
    header = ["户主姓名", "户主身份证号", "鉴定等级", "建筑面积"]
    rows = [["张三", number("19700101", 2 * n + 1), "C", day] for n, day in enumerate(shown)]
    found = office.read("housing.appraisals", WRITERS[writer]([header, *rows]))
    assert found["area"] == [110.0, 88.5, 76.0]
    assert found.asked("flag") == [(n, "area", "number_as_date") for n in (2, 3, 4)]


def test_c2_56_yuan_and_ten_thousand_yuan(office: Office) -> None:
    header = ["户主姓名", "户主身份证号", "改造年度", "改造方式", "补助金额"]
    body = [
        ["张三", number("19700101", n), "2021", "重建", v] for n, v in ((1, 1.5), (3, 2), (5, 0.8))
    ]
    in_header = [*header[:4], "补助金额（万元）"]
    found = office.read("housing.renovations", xlsx([in_header, *body]), "危改20210801.xlsx")
    assert found["subsidy"] == [15000.0, 20000.0, 8000.0]
    assert found.asked() == []
    # Nothing names the unit: the values stay as they are and the sheet is asked about.
    found = office.read("housing.renovations", by_xlwt([header, *body]), "危改20210801.xlsx")
    assert found["subsidy"] == [1.5, 2.0, 0.8]
    assert codes_of(found) == {"unit_in_doubt"}
    assert "万元" in found.reasons
    yuan = [[*row[:4], v] for row, v in zip(body, (15000, "2万", "8,000元"), strict=True)]
    found = office.read("housing.renovations", by_csv([header, *yuan]), "危改20210801.xlsx")
    assert found["subsidy"] == [15000.0, 20000.0, 8000.0]
    assert found.asked() == []


@pytest.mark.parametrize("writer", WRITERS)
def test_c2_56_a_fund_table_that_does_not_say_its_unit_is_asked(
    office: Office, writer: str
) -> None:
    header = ["乡镇", "资金文号", "下达金额", "支出金额"]
    rows = [["大石镇", "财农〔2021〕3号", 120.5, 0], ["吴家店乡", "财农〔2021〕3号", 96, 60.25]]
    found = office.read("finance.fund_progress", WRITERS[writer]([header, *rows]))
    assert [(column, code) for _, column, code in found.asked()] == [
        ("allocated", "unit_in_doubt"), ("spent", "unit_in_doubt"),
    ]  # fmt: skip
    said = WRITERS[writer]([["单位：万元"], header, *rows])
    again = office.read("finance.fund_progress", said, "名单20210821.xlsx")
    assert again["allocated"] == [1_205_000.0, 960_000.0]
    assert again.asked() == []


def codes_of(found) -> set[str]:
    return {code for _, _, code in found.asked()}


def test_c2_56_files_of_two_units_add_up(office: Office) -> None:
    header = ["乡镇", "资金文号", "下达金额（万元）", "支出金额（万元）"]
    yuan = [h.replace("万元", "元") for h in header]
    office.send("finance", "甲20210801.xlsx", xlsx([header, ["大石镇", "1号", 150.5, 100]]))
    office.send("finance", "乙20210801.xls", by_xlwt([yuan, ["吴家店乡", "2号", 1505000, 1000000]]))
    found = office.listed("finance.fund_progress")
    assert found["allocated"] == [1505000.0, 1505000.0]
    assert found["spent"] == [1000000.0, 1000000.0]


def test_c2_57_monthly_and_yearly_amounts(office: Office) -> None:
    rows = [DIBAO, *[dibao(n, 月保障金=350) for n in range(4)], dibao(5, 月保障金=4200),
            dibao(6, 月保障金="4200元/年"), dibao(7, 月保障金="每年4200元"), dibao(8, 月保障金="1050元/季度")]  # fmt: skip
    found = office.read(LIST, xlsx(rows))
    assert found["monthly_amount"] == [350.0] * 4 + [4200.0] + [350.0] * 3
    assert found.asked("flag") == [(6, "monthly_amount", "amount_beyond_usual")]
    assert "按年" in found.reasons
    header = [*DIBAO[:4], "年保障金（元/年）", *DIBAO[5:]]
    header[4] = "保障金（元/年）"
    yearly = office.read(LIST, xlsx([header, *[dibao(n, 月保障金=4200) for n in range(3)]]))
    assert yearly["monthly_amount"] == [350.0] * 3


FAMILY = [
    ["户序号", "户编号", "户主姓名", "姓名", "证件号码", "与户主关系", "行政村"],
    [1, "H1", "张三", "张三", number("19700101", 101), "户主", "王堂村"],
    [None, None, None, "李四", number("19720202", 202), "配偶", None],
    [None, None, None, "张小", number("20010303", 303), "之子", None],
    [2, "H2", "王五", "王五", number("19600404", 404), "户主", "李庄村"],
]


@pytest.mark.parametrize("how", ["merged", "serial", "csv", "xls"])
def test_c2_61_blank_means_the_same_as_above(office: Office, how: str) -> None:
    rows = [row[1:] for row in FAMILY] if how == "merged" else FAMILY
    rows = [[*row, "大石镇"] for row in rows]
    rows[0][-1] = "乡镇"
    if how == "merged":
        content = xlsx(rows, ["A2:A4", "B2:B4", "F2:F4"])
    else:
        content = {"serial": by_xlsxwriter, "csv": by_csv, "xls": by_xlwt}[how](rows)
    found = office.read("roster.population", content, "人口20210801.xlsx")
    assert found["household_id"] == ["H1", "H1", "H1", "H2"]
    assert found["head_name"] == ["张三", "张三", "张三", "王五"]
    assert found["village"] == ["王堂村"] * 3 + ["李庄村"]
    assert "户编号 2 处" in found.message  # marked: what stood there was blank


@pytest.mark.parametrize("typed", [False, True])
def test_c2_61_a_number_merged_over_what_one_person_gets(office: Office, typed: bool) -> None:
    """The name is merged over the same rows; where it is not, two people never share a number."""
    own, other = number("19640404", 402), number("19600404", 404)
    rows = [["姓名", "身份证号", "补贴项目", "实发金额"],
            ["张三", float(own) if typed else own, "低保", 350], [None, None, "残补", 80],
            ["李四", other, "低保", 350], ["王五", None, "低保", 350]]  # fmt: skip
    found = office.read("finance.card_payments", xlsx(rows, ["A2:A3", "B2:B3", "B4:B5"]))
    assert found["name"] == ["张三", "张三", "李四", "王五"]
    # What a cell typed as a number has lost would not be known of the rows below it.
    assert found["id_number"] == ([None] * 2 if typed else [own, own]) + [other, None]
    assert ("身份证号 1 处" in found.message) is not typed


@pytest.mark.parametrize("writer", WRITERS)
def test_c2_61_a_number_that_counts_the_members_of_each_household(
    office: Office, writer: str
) -> None:
    header = [*FAMILY[0], "乡镇"]
    rows = [[n, *row[1:], "大石镇"] for n, row in zip((1, 2, 3, 1), FAMILY[1:], strict=True)]
    content = WRITERS[writer]([header, *rows])
    assert office.read("roster.population", content)["household_id"] == ["H1", "H1", "H1", "H2"]
    running = [[n, *row[1:]] for n, row in enumerate(rows, start=1)]
    content = WRITERS[writer]([header, *running])
    found = office.read("roster.population", content, "另一份20210830.xlsx")
    assert found["household_id"] == ["H1", "H2"]  # 1 to 4 says nothing of households


def test_c2_61_a_blank_that_nothing_explains_is_not_filled(office: Office) -> None:
    rows = [[*row[1:], "大石镇"] for row in FAMILY]
    rows[0][-1] = "乡镇"
    found = office.read("roster.population", xlsx(rows), "人口20210801.xlsx")
    assert found["household_id"] == ["H1", "H2"]
    assert found.asked("row") == [
        (3, "household_id", "missing_required"), (4, "household_id", "missing_required"),
    ]  # fmt: skip


@pytest.mark.parametrize("writer", WRITERS)
def test_c2_61_a_village_said_once_and_not_merged_is_asked(office: Office, writer: str) -> None:
    rows = [[n, *dibao(n, 行政村=village)]
            for n, village in enumerate(["王堂村", None, '"', "李庄村", "''"])]  # fmt: skip
    found = office.read(LIST, WRITERS[writer]([["序号", *DIBAO], *rows]))
    assert found["village"] == ["王堂村", None, None, "李庄村", None]
    assert found.asked() == [(3, "village", "village_blank")]
    assert "共 3 行" in found.reasons
    assert "合并" in found.reasons
    full = office.read(LIST, WRITERS[writer]([DIBAO, dibao(0), dibao(1, 行政村="李庄村")]))
    assert "village_blank" not in full.quarantine["reason_code"]


@pytest.mark.parametrize("writer", WRITERS)
def test_c2_61_ditto_is_what_stands_above(office: Office, writer: str) -> None:
    villages = ["王堂村", "同上", " 〃 ", "李庄村", "同上", None]
    rows = [dibao(n, 行政村=village) for n, village in enumerate(villages)]
    found = office.read(LIST, WRITERS[writer]([DIBAO, *rows]))
    assert found["village"] == [*["王堂村"] * 3, *["李庄村"] * 2, None]
    assert found.asked() == [(7, "village", "village_blank")]
    assert [row["行政村"] for row in found.raw_rows] == villages


@pytest.mark.parametrize("writer", WRITERS)
def test_c2_62_a_heading_says_the_village_that_its_rows_leave_blank(
    office: Office, writer: str
) -> None:
    rows = [["（一）王堂村"], dibao(0), dibao(1, 行政村=None), ["（二）李庄村（2户）"], dibao(2, 行政村=None),
            dibao(3, 行政村="王堂庄村")]  # fmt: skip
    found = office.read(LIST, WRITERS[writer]([DIBAO, *rows]))
    assert found["village"] == ["王堂村", "王堂村", "李庄村", "王堂庄村"]
    assert "行政村空白处取自各段的标题行：“王堂村”、“李庄村”" in found.message
    assert found.asked() == []


@pytest.mark.parametrize(
    ("name", "sheet", "title"),
    [
        ("大石镇低保20210801.xlsx", "Sheet1", None),
        ("低保20210801.xlsx", "大石镇", None),
        ("低保20210801.xlsx", "Sheet1", "晴川县大石镇低保对象名册"),
        ("20210801/大石/低保.xlsx", "Sheet1", None),
    ],
)
def test_c2_62_the_township_stands_elsewhere(
    office: Office, name: str, sheet: str, title: str | None
) -> None:
    keep = [0, 1, 2, 3, 4, 6]
    rows = [[row[i] for i in keep] for row in (DIBAO, *BODY, dibao(9, 行政村="李庄村"))]
    found = office.read(LIST, xlsx([*([[title]] if title else []), *rows], sheet=sheet), name)
    assert found["township"] == ["大石镇"] * 4
    assert found["village_code"] == ["990112100001"] * 3 + ["990112100002"]


@pytest.mark.parametrize(
    ("name", "sheet", "title"),
    [
        ("大石镇王堂村低保20210801.xlsx", "Sheet1", None),
        ("大石镇低保20210801.xlsx", "王堂村", None),
        ("低保20210801.xlsx", "大石镇王堂村委会", None),
        ("大石镇低保20210801.xlsx", "王堂", None),
        ("低保20210801.xlsx", "Sheet1", "晴川县大石镇王堂村2021年低保对象名册"),
        ("20210801/大石镇/王堂村.xlsx", "Sheet1", None),
        ("低保20210801.xlsx", "Sheet1", "填报单位：大石镇王堂村"),
    ],
)
def test_c2_62_the_village_stands_elsewhere(
    office: Office, name: str, sheet: str, title: str | None
) -> None:
    rows = [row[:5] for row in (DIBAO, *BODY)]
    found = office.read(LIST, xlsx([*([[title]] if title else []), *rows], sheet=sheet), name)
    assert found["village_code"] == ["990112100001"] * 3
    assert found["village"] == ["王堂村"] * 3
    assert found["township"] == ["大石镇"] * 3


MONTHLY = ["姓名", "身份证号", "补贴项目", "实发金额"]
TAUGHT = ["学生姓名", "身份证号", "送教次数"]
AIDED = ["学生姓名", "身份证号", "学校", "资助金额"]
COVERED = ["姓名", "身份证号", "险种", "个人缴费"]


@pytest.mark.parametrize("writer", WRITERS)
@pytest.mark.parametrize(
    ("dataset", "column", "header", "title", "expected"),
    [
        ("finance.card_payments", "period", MONTHLY, "晴川县2021年8月份高龄补贴发放花名册", "2021-08"),
        ("finance.card_payments", "period", MONTHLY, "2021年第二季度公益林补偿", "2021-Q2"),
        ("finance.card_payments", "period", MONTHLY, "2021年度耕地地力保护补贴（填报时间：2021年8月3日）", "2021"),
        ("finance.card_payments", "period", MONTHLY, "补贴发放表（截至2021年8月）", None),
        ("finance.card_payments", "period", MONTHLY, "2021年1-6月补贴", None),
        ("finance.card_payments", "period", MONTHLY, "2021年5月、2021年6月补贴", None),
        ("education.home_teaching", "month", TAUGHT, "送教上门登记表（２０２１年 6 月）", "2021-06"),
        ("education.student_aid", "term", AIDED, "2021年春季学期学生资助发放表", "2021春季"),
        ("education.student_aid", "term", AIDED, "2020-2021学年第一学期资助", "2020秋季"),
        ("insurance.coverage", "year", COVERED, "2021年城乡居民医保参保名册", 2021),
        ("insurance.coverage", "year", COVERED, "2014年以来参保人员", None),
    ],
)  # fmt: skip
def test_c2_62_month_term_and_year_of_the_title(
    office: Office,
    writer: str,
    dataset: str,
    column: str,
    header: list[str],
    title: str,
    expected: object,
) -> None:
    cells = {"补贴项目": "低保", "学校": "一小", "险种": "城乡居民"}
    row = ["张三", number("20110303", 303), *[cells.get(name, 4) for name in header[2:]]]
    found = office.read(dataset, WRITERS[writer]([[title], header, row]))
    assert found[column] == [expected]
    assert ("取自表名或标题" in found.message) == (expected is not None)
    assert (column in found.sheets["header_columns"][0]) == (expected is not None)


@pytest.mark.parametrize("sheet", ["2021年6月", "6月", "6月份"])
def test_c2_62_the_month_of_the_sheets_name(office: Office, sheet: str) -> None:
    row = ["张三", number("20110303", 303), 4]
    content = by_xlsxwriter([["送教登记表2021年7月"], TAUGHT, row], sheet)
    assert office.read("education.home_teaching", content)["month"] == ["2021-06"]
    said = by_xlsxwriter([["送教登记表2021年7月"], [*TAUGHT, "月份"], [*row, "2021-05"]], sheet)
    assert office.read("education.home_teaching", said, "五月20210822.xlsx")["month"] == [
        "2021-05",
        "2021-06",
    ]


PAID = ["姓名", "身份证号", "实发金额", "发放日期", "银行账号"]


@pytest.mark.parametrize("writer", WRITERS)
@pytest.mark.parametrize(
    ("title", "item"),
    [
        ("晴川县大石镇2021年8月耕地地力保护补贴发放表", "耕地地力保护补贴"),
        ("大石镇王堂村高龄津贴发放花名册", "高龄津贴"),
        ("2021年第二季度农村低保金发放明细", "农村低保金"),
        ("2021年上半年城乡居民养老金（填报时间：2021年8月3日）", "城乡居民养老金"),
        ("惠民惠农财政补贴资金“一卡通”发放明细表", None),
        ("困难残疾人生活补贴和重度残疾人护理补贴发放表", None),
        ("2021年8月发放表", None),
    ],
)
def test_c2_62_what_is_paid_stands_in_the_title_alone(
    office: Office, writer: str, title: str, item: str | None
) -> None:
    row = ["张三", MAN, 350, "2021-08-05", "6217000000000000123"]
    content = WRITERS[writer]([[title], PAID, row])
    office.send("finance", "发放20210810.xlsx", content)
    sheet = office.take().sheets.filter(department="finance").row(0, named=True)
    if item is None:
        assert sheet["status"] == "unrecognised"
        assert "缺少：“补贴项目”" in sheet["message"]
        return
    assert office.listed("finance.card_payments")["item"] == [item]
    assert f"“补贴项目”取自表名或标题：{item}" in sheet["message"]
    assert "item" in sheet["header_columns"]


def test_c2_62_a_column_says_more_than_the_title_and_a_sheet_more_than_both(office: Office) -> None:
    row = ["张三", MAN, 350, "2021-08-05", "6217000000000000123"]
    titled = [["耕地地力保护补贴发放表"], [*PAID, "补贴项目"], [*row, "农机购置补贴"]]
    found = office.read("finance.card_payments", xlsx(titled), "一.xlsx")
    assert found["item"] == ["农机购置补贴"]
    sheet = xlsx([["惠农补贴发放表"], PAID, row], sheet="高龄津贴")
    assert office.read("finance.card_payments", sheet, "二.xlsx")["item"] == [
        "农机购置补贴", "高龄津贴",
    ]  # fmt: skip


def test_c2_62_one_schools_list_is_asked_about_for_it_is_not_the_countys(office: Office) -> None:
    header = ["学生姓名", "身份证号", "学籍号", "年级", "就读方式"]
    row = ["张小三", number("20110303", 303), "G990112201103030303", "三年级", "走读"]
    titled = xlsx([["晴川县大石镇中心小学2021年秋季学生花名册"], header, row])
    office.send("education", "学籍20210810.xlsx", titled)
    sheet = office.take().sheets.filter(department="education").row(0, named=True)
    assert sheet["status"] == "unrecognised"
    assert "缺少：“学校名称”" in sheet["message"]


@pytest.mark.parametrize(
    ("name", "year"),
    [
        ("2021年度居民医保参保名单.xlsx", 2021),
        ("2021年医保参保名单20210824.xlsx", 2021),
        ("参保名单2021年8月24日.xlsx", None),
        ("2021年8月参保名单.xlsx", None),  # late in the year people pay for the next
        ("2020年-2021年参保名单.xlsx", None),
        ("2021年第3次报送.xlsx", None),
    ],
)
def test_c2_62_the_year_stands_in_the_files_name_alone(
    office: Office, name: str, year: int | None
) -> None:
    row = ["张三", MAN, "城乡居民", 280]
    found = office.read("insurance.coverage", xlsx([COVERED, row]), name)
    assert found["year"] == [year]
    assert ("“参保年度”取自文件名：2021年" in found.message) == (year is not None)
    assert ("year" in found.sheets["header_columns"][0]) == (year is not None)


def test_c2_62_a_column_or_a_title_says_more_than_the_files_name(office: Office) -> None:
    row, name = ["张三", MAN, "城乡居民", 280], "2021年度居民医保参保名单.xlsx"
    dated = xlsx([[*COVERED, "参保年度"], [*row, 2020], [*row, None]])
    assert office.read("insurance.coverage", dated, name)["year"] == [2020, None]
    titled = xlsx([["2022年城乡居民医保参保名册"], COVERED, row])
    assert office.read("insurance.coverage", titled, name)["year"] == [2022]


def test_c2_68_duplicates_inside_a_file(office: Office) -> None:
    header = [*DIBAO, "状态"]
    rows = [[*dibao(1), "享受"], [*dibao(2), "享受"], [*dibao(1), "享受"], [*dibao(3), "享受"],
            [*dibao(3), "停保"]]  # fmt: skip
    found = office.read(LIST, by_pandas([header, *rows]))
    assert found.frame.height == 5
    assert found["status"] == ["享受"] * 4 + ["停保"]
    listed = found.quarantine.filter(pl.col("reason_code") == "repeated_row")
    assert sorted(listed["row_number"]) == [4, 6]
    assert set(listed["scope"]) == {"flag"}
    assert "：同第 2 行；" in listed.sort("row_number")["reason"][0]
    # One payment twice is a finding, no copy: both stay and both are listed.
    paid = ["姓名", "身份证号", "补贴项目", "实发金额", "发放日期", "银行账号"]
    one = ["张三", number("19700101", 101), "低保", 350, "2021-08-05", "6217000000000000123"]
    found = office.read("finance.card_payments", xlsx([paid, one, one]))
    assert found["amount"] == [350.0, 350.0]


def test_everything_kept(office: Office) -> None:
    """Each row that was read can be found again as it stood, by file, sheet and row."""
    odd = dibao(2, 姓名=None, 身份证号="4.11521E+17", 月保障金="三百多吧")
    rows = [["低保名册"], DIBAO, dibao(1), odd, ["合计", None, None, None, 350]]
    found = office.read(LIST, xlsx(rows, sheet="八月"))
    kept = found.quarantine.filter(pl.col("scope") == "row").row(0, named=True)
    assert (kept["path"].rsplit("/", 1)[1], kept["sheet"], kept["row_number"]) == (
        "名单20210820.xlsx", "八月", 4,
    )  # fmt: skip
    assert list(json.loads(kept["raw_row"]).values()) == [
        None if c is None else str(c) for c in odd
    ]
    cells = found.quarantine.select("column_name", "raw_value").rows()
    assert ("name", None) in cells
