"""Headers and rows as departments lay them out: defects 1 to 8, 48, 53, 56, 61, 62 of DOMAIN C2."""

import datetime as dt
import json

import pytest

from pipelines.contracts import Contract, Contracts
from tests.intake.conftest import DIBAO, Read, ReadOne, person, xlsx

pytestmark = pytest.mark.unit

BODY = [person(1), person(2), person(3)]
WIDE = "A{0}:G{0}"


def test_title_and_subtitle_rows_above_the_header(read_one: ReadOne) -> None:
    """Defects 1 and 2: unit and date of the subtitle are kept."""
    rows = [
        ["晴川县2021年低保对象名册"],
        ["填报单位：大石镇  2021年8月31日  单位：万元"],
        DIBAO,
        *BODY,
    ]
    sheet, records = read_one(xlsx(rows, merges=[WIDE.format(1), WIDE.format(2)]))
    assert records["row_number"].to_list() == [4, 5, 6]
    assert sheet.not_data == {"title": 2, "header": 1}
    assert sheet.title_date == "2021-08-31"
    assert sheet.units == {"monthly_amount": "万元"}


def test_what_a_cell_says_is_kept_once(read: Read) -> None:
    """Beside the columns only the cells that none has as they stood; all come back in order."""
    one, two, three = ([*person(n), "户口在外"] for n in (1, 2, 3))
    two[1] = f" {two[1]} "
    header = [*DIBAO, "村里的话"]
    parsed = read(xlsx([header, one, two, three]), "civil_affairs")
    cells = {name for name in parsed.frames.of(0).columns if name.isdecimal()}
    assert cells == {"1", "7"}  # the names, of which one has spaces, and what no column reads
    assert not cells & set(parsed.rows(0).columns)
    stood = [json.loads(row) for row in parsed.raw_rows(0)]
    assert [[*row] for row in stood] == [header] * 3
    assert [[*row.values()] for row in stood] == [[str(c) for c in p] for p in (one, two, three)]


def test_a_row_of_two_persons_stands_with_each_as_it_stood(read: Read) -> None:
    first, second = person(1), person(2)
    both = [
        f"{a}、{b}" if at in {1, 2} else a
        for at, (a, b) in enumerate(zip(first, second, strict=True))
    ]
    parsed = read(xlsx([DIBAO, both]), "civil_affairs")
    assert parsed.rows(0)["name"].to_list() == [first[1], second[1]]
    stood = [json.loads(row) for row in parsed.raw_rows(0)]
    assert [[*row.values()] for row in stood] == [[str(c) for c in both]] * 2


@pytest.mark.parametrize("blank", range(13))
def test_the_header_is_found_wherever_it_stands_in_the_first_rows(
    read_one: ReadOne, blank: int
) -> None:
    sheet, records = read_one(xlsx([*([[]] * blank), ["名册"], DIBAO, *BODY]))
    assert records["row_number"].to_list() == [blank + 3, blank + 4, blank + 5]
    assert sheet.rows_read == blank + 5


def test_a_list_that_starts_at_column_c_and_has_blank_columns_within(read_one: ReadOne) -> None:
    """Defect 7: rows and columns are still those people see."""
    rows = [[None, None, a, None, *rest] for a, *rest in (DIBAO, *BODY)]
    sheet, records = read_one(xlsx([[], *rows]))
    assert records["row_number"].to_list() == [3, 4, 5]
    assert records["village"].to_list() == ["王堂村"] * 3
    assert [cell["position"] for cell in sheet.header] == [2, 4, 5, 6, 7, 8, 9]


def test_two_row_headers_with_merged_groups(read_one: ReadOne) -> None:
    """Defect 3: levels are joined; what only the group says (收入) is taken from it."""
    top = ["户编号", "户主姓名", "监测对象类别", "家庭收入（元）", None, None]
    low = [None, None, None, "工资性收入", "转移性", "生产经营性支出"]
    body = [["H1", "张三", "突发严重困难户", 1, 2, 3]]
    merges = ["A1:A2", "B1:B2", "C1:C2", "D1:F1"]
    sheet, records = read_one(xlsx([top, low, *body], merges), "roster")
    assert sheet.dataset == "roster.monitored"
    assert records.select("wage_income", "transfer_income", "business_cost").row(0) == (
        "1",
        "2",
        "3",
    )
    assert sheet.units == dict.fromkeys(("wage_income", "transfer_income", "business_cost"), "元")
    assert '"家庭收入（元）/转移性":"2"' in records["raw_row"][0]


@pytest.mark.parametrize("about", ["", "信息", "基本情况"])
def test_the_same_word_under_two_groups(read_one: ReadOne, about: str) -> None:
    top = ["学校名称", "学段", f"学生{about}", None, f"监护人{about}", None]
    low = [None, None, "姓名", "身份证号", "姓名", "身份证号"]
    body = [["一小", "小学", "小明", "990112201501010011", "张三", "990112198001010012"]]
    merges = ["A1:A2", "B1:B2", "C1:D1", "E1:F1"]
    _, records = read_one(xlsx([top, low, *body], merges), "education")
    assert records.select("name", "id_number", "guardian_name", "guardian_id_number").row(0) == (
        "小明",
        "990112201501010011",
        "张三",
        "990112198001010012",
    )


def test_header_spellings(read_one: ReadOne) -> None:
    """NFKC, spaces, line breaks, stars, (必填), units and remarks in brackets."""
    header = ["序 号", "*姓\n名(必填)", "身份证号码（18位）", "低保证号", "月保障金/元", "所在村"]
    body = [[1, "张三", "990112198001010011", "D1", 350, "王堂村"]]
    sheet, records = read_one(xlsx([header, *body]))
    assert records.select("name", "id_number", "monthly_amount", "village").row(0) == (
        "张三",
        "990112198001010011",
        "350",
        "王堂村",
    )
    assert sheet.units == {"monthly_amount": "元"}


def test_numbered_columns_and_repeated_headers(read_one: ReadOne) -> None:
    header = ["户编号", "户主姓名", "致贫/返贫风险1", "致贫/返贫风险2", "风险是否已消除"]
    body = [["H1", "张三", "因病", "因残", "否", "是"], ["H2", "李四", None, None, "是", None]]
    sheet, records = read_one(xlsx([[*header, "风险是否已消除0"], *body]), "roster")
    assert records["risks"].to_list() == ["因病、因残", None]
    assert records["risk_removed"].to_list() == ["否", "是"]
    assert "重复" in sheet.message
    assert '"风险是否已消除0":"是"' in records["raw_row"][0]


def test_what_is_not_data_is_counted(read_one: ReadOne) -> None:
    """Defects 4 to 6: repeated headers, column numbers, subtotals, notes, signatures, blanks."""
    rows = [
        DIBAO,
        [1, 2, 3, 4, 5, 6, 7],
        *BODY,
        ["小计", None, None, None, None, 1050],
        [],
        DIBAO,
        person(4),
        [None, "合  计", None, None, None, 1400],
        ["大石镇小计", None, None, None, None, 1],
        ["备注：本表由民政局提供，共4人"],
        ["填表人：王五", None, "审核人：赵六", None, None, "2021年8月31日"],
    ]
    sheet, records = read_one(xlsx(rows))
    assert records["row_number"].to_list() == [3, 4, 5, 9]
    assert sheet.not_data == {"header": 3, "total": 3, "note": 2, "blank": 1}
    assert sheet.rows_read == len(rows)
    assert "备注：本表由民政局提供，共4人" in sheet.notes


@pytest.mark.parametrize(
    "name", ["计小平", "合计", "注明", "备注", "表哥", "小计", "章人", "户主：张三", "共计数"]
)
def test_a_row_with_an_id_number_is_a_record_whatever_its_name(
    read_one: ReadOne, name: str
) -> None:
    _, records = read_one(xlsx([DIBAO, person(1, name), person(2)]))
    assert records["name"].to_list() == [name, "王建国"]


def test_a_record_without_name_or_id_is_left_to_standardise(read_one: ReadOne) -> None:
    row = person(2)
    row[1] = row[2] = None
    sheet, records = read_one(xlsx([DIBAO, person(1), row]))
    assert records["name"].to_list() == ["王建国", None]
    assert sheet.rows_accepted == 2


def test_cells_merged_downwards_are_filled_and_others_are_not(read_one: ReadOne) -> None:
    """Defect 61."""
    header = ["户编号", "户主姓名", "姓名", "与户主关系", "证件号码", "联系电话"]
    body = [
        ["H1", "张三", "张三", "户主", "990112198001010011", "13900000000"],
        [None, None, "李四", "配偶", "990112198001010012", None],
        ["H2", "王五", "王五", "户主", "990112198001010013", None],
    ]
    _, records = read_one(xlsx([header, *body], ["A2:A3", "B2:B3"]), "roster")
    assert records["household_id"].to_list() == ["H1", "H1", "H2"]
    assert records["phone"].to_list() == ["13900000000", None, None]
    assert '"户编号":null' in records["raw_row"][1]
    _, unmerged = read_one(xlsx([header, *body]), "roster")
    assert unmerged["household_id"].to_list() == ["H1", None, "H2"]


def test_members_without_a_running_number_belong_to_the_household_above(read_one: ReadOne) -> None:
    """Defect 61."""
    header = ["序号", "户编号", "姓名", "与户主关系", "行政村", "联系电话"]
    body = [
        [1, "H1", "张三", "户主", "王堂村", "139"],
        [None, None, "李四", "配偶", None, None],
        [None, None, "张小", "之子", None, "138"],
        [2, "H2", "王五", "户主", "李庄村", None],
        [3, None, "赵六", "户主", None, None],
    ]
    _, records = read_one(xlsx([header, *body]), "roster")
    assert records["household_id"].to_list() == ["H1", "H1", "H1", "H2", None]
    assert records["village"].to_list() == ["王堂村", "王堂村", "王堂村", "李庄村", None]
    assert records["phone"].to_list() == ["139", None, "138", None, None]


def test_sheets_with_different_column_orders(read: Read) -> None:
    """Defect 8."""

    def second(book) -> None:
        page = book.create_sheet("小河镇")
        page.append(["晴川县"])
        page.append(DIBAO[::-1])
        page.append(person(7)[::-1])

    parsed = read(xlsx([DIBAO, *BODY], sheet="大石镇", more=second), "civil_affairs")
    assert [(s.sheet_no, s.sheet, s.rows_accepted) for s in parsed.sheets] == [
        (0, "大石镇", 3),
        (1, "小河镇", 1),
    ]
    assert parsed.rows(1).row(0, named=True)["certificate"] == "D00007"


def test_dates_and_numbers_as_people_see_them(read_one: ReadOne) -> None:
    header = ["姓名", "身份证号", "死亡日期", "户籍地址"]
    body = [
        ["张三", "990112198001010011", dt.date(2021, 5, 6), 12.0],
        ["李四", "990112198001010012", 44322, 1.5],
    ]
    _, records = read_one(xlsx([header, *body]), "health")
    assert records["died_on"].to_list() == ["2021-05-06", "44322"]
    assert records["address"].to_list() == ["12", "1.5"]


def test_names_that_other_programs_take_for_nothing(read_one: ReadOne) -> None:
    names = ["Null", "NA", "None", "nan", "0"]
    _, records = read_one(xlsx([DIBAO, *(person(i + 1, n) for i, n in enumerate(names))]))
    assert records["name"].to_list() == names


def test_unknown_headers_set_every_row_aside_and_say_what_to_do(read_one: ReadOne) -> None:
    sheet, rows = read_one(xlsx([["姓名", "身份证号", "甲", "乙", "丙"], ["张三", 1, 2, 3, 4], []]))
    assert (sheet.status, sheet.dataset) == ("unrecognised", None)
    assert (sheet.rows_read, sheet.rows_set_aside, sheet.rows_accepted) == (2, 2, 0)
    assert rows["row_number"].to_list() == [1, 2]
    for word in ("最接近", "已认出：“姓名”", "未认出：“甲”、“乙”、“丙”", "请"):
        assert word in sheet.message


def test_a_list_of_another_department_says_whose_it_is(read_one: ReadOne) -> None:
    sheet, _ = read_one(xlsx([DIBAO, *BODY]), "education")
    assert sheet.status == "unrecognised"
    assert "民政" in sheet.message
    assert "农村低保对象名册" in sheet.message


def test_a_header_that_two_datasets_explain_equally_is_not_guessed(
    read: Read, contracts: Contracts
) -> None:
    one = contracts["civil_affairs.dibao"]
    other = Contract.model_validate(
        {**one.model_dump(), "dataset": "civil_affairs.other", "title": "另一种名册"}
    )
    from pipelines.intake.parsed import parsed_file

    both = Contracts([one, other])
    sheet = parsed_file(xlsx([DIBAO, *BODY]), "civil_affairs", both).sheets[0]
    assert sheet.status == "unrecognised"
    assert "“农村低保对象名册”、“另一种名册”" in sheet.message
    assert "无法判断" in sheet.message


def test_amounts_in_ten_thousands_are_said_to_be_converted(read_one: ReadOne) -> None:
    header = ["户主姓名", "户主身份证号", "改造年度", "改造方式", "补助金额"]
    body = [["张三", "990112198001010012", "2021", "重建", "1.5"]]
    sheet, _ = read_one(xlsx([["危改台账（单位：万元）"], header, *body]), "housing")
    assert "“补助金额”按表中写的单位（万元）换算成元" in sheet.message
    sheet, _ = read_one(xlsx([["危改台账（单位：元）"], header, *body]), "housing")
    assert "换算" not in sheet.message


def test_a_row_of_units_alone_belongs_to_the_header(read_one: ReadOne) -> None:
    """What counts is what it says of the amounts, and that nobody takes it for a person."""
    units = [None, None, None, None, None, "（万元）", None]
    sheet, records = read_one(xlsx([["低保名册"], DIBAO, units, *BODY]))
    assert records["row_number"].to_list() == [4, 5, 6]
    assert (sheet.not_data, sheet.units) == ({"title": 1, "header": 2}, {"monthly_amount": "万元"})
    # A row that says more than units is somebody's.
    sheet, records = read_one(xlsx([DIBAO, ["1", "张三", "元", None, "A类", "元", None], *BODY]))
    assert records["row_number"].to_list() == [2, 3, 4, 5]


def test_headings_within_the_list_name_the_village(read_one: ReadOne) -> None:
    """A note that names one is no heading; rows above the first have what the sheet says."""
    header, rows = DIBAO[:6], [person(n)[:6] for n in range(1, 6)]
    sheet, records = read_one(
        xlsx(
            [
                header,
                rows[0],
                ["一、大石镇王堂村（1户）"],
                rows[1],
                ["小计", None, None, None, None, 350],
                ["注：李庄村上月停保1户，见附表"],
                rows[2],
                ["（二）东湾社区低保对象名单"],
                rows[3],
                ["东湾村小学的学生另行造册"],
                rows[4],
            ]
        )
    )
    assert records["section"].to_list() == [
        None, "大石镇王堂村", "大石镇王堂村", "东湾社区", "东湾社区",
    ]  # fmt: skip
    assert "行政村取自各段的标题行：“大石镇王堂村”、“东湾社区”" in sheet.message


LEFT = [*person(1), None]


def test_lists_side_by_side_are_each_read(read: Read) -> None:
    """Units, sums and rows are each list's own; what is merged above both is said above each."""
    header = [
        *DIBAO[:5],
        "月保障金（元）",
        DIBAO[6],
        None,
        *DIBAO[:5],
        "月保障金（万元）",
        DIBAO[6],
    ]
    right = [[*person(8, "李秀英")[:5], "0.035", "东湾村"], [*person(9)[:5], "0.036", "东湾村"]]
    rows = [
        ["2021年8月31日低保名册"],
        header,
        [*LEFT, *right[0]],
        [*person(2), None, *right[1]],
        person(3),
        ["合计", None, None, None, None, 1050, None, None, "合计"],
    ]
    parsed = read(xlsx(rows, merges=["A1:O1"], sheet="名册"), "civil_affairs")
    one, two = parsed.sheets
    assert (one.sheet, two.sheet, one.raw_no, two.raw_no) == ("名册", "名册", 0, 0)
    assert (one.title_date, two.title_date) == ("2021-08-31", "2021-08-31")
    assert (one.units, two.units) == ({"monthly_amount": "元"}, {"monthly_amount": "万元"})
    first, second = parsed.rows(0), parsed.rows(1)
    assert first["row_number"].to_list() == [3, 4, 5]
    assert second["row_number"].to_list() == [3, 4]
    assert second["name"].to_list() == ["李秀英", "王建国"]
    assert second["monthly_amount"].to_list() == ["0.035", "0.036"]
    assert "李秀英" not in parsed.raw_rows(0)[0]
    assert [cell["position"] for cell in two.header] == list(range(8, 15))
    for sheet in (one, two):
        assert sheet.rows_read == 6 == sheet.rows_not_data + sheet.rows_accepted
    assert "之 2（I 至 O 列）" in two.message


def test_a_guardian_beside_the_pupil_is_no_second_list(read_one: ReadOne) -> None:
    header = ["序号", "姓名", "身份证号", "学校名称", "学段", "姓名", "身份证号"]
    body = [[1, "小明", "990112201501010011", "一小", "小学", "张三", "990112198001010012"]]
    _, records = read_one(xlsx([header, *body]), "education")
    assert records.height == 1


def test_a_header_that_other_departments_have_too_is_first_the_senders(read_one: ReadOne) -> None:
    """It lacks a necessary column of the sender's own list; both ways out are told."""
    header = ["序号", "村", "姓名", "身份证号", "补贴金额（元）", "发放时间"]
    body = [[1, "王堂村", "张三", "990112198001010012", 120, "2021-08-20"]]
    sheet, _ = read_one(xlsx([header, *body]), "finance")
    assert sheet.status == "unrecognised"
    assert "缺少：“补贴项目”" in sheet.message
    assert "“农村危房改造名册”相符" in sheet.message
    assert "请删去或隐藏这张工作表" in sheet.message
