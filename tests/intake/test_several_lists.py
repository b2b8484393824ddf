"""Several lists on one sheet, and what clerks write around them (DOMAIN C2, 4 to 8, 53, 61)."""

from typing import Any

import pytest

from pipelines.intake.choice import said_as_of
from tests.intake.conftest import DIBAO, Read, ReadOne, person, xlsx

pytestmark = pytest.mark.unit

DEATHS = ["姓名", "身份证号", "死亡日期", "户籍地址"]
ILLNESSES = ["村", "姓名", "身份证号", "病种", "大病/慢病", "确诊日期"]


def dead(number: int) -> list[Any]:
    return [f"死者{number}", f"99011219400101{number:04d}", "2021-08-01", "石桥村"]


def ill(number: int) -> list[Any]:
    return ["黄坡村", f"病人{number}", f"99011219600101{number:04d}", "肺癌", "大病", "2021-07-01"]


def test_the_list_above_the_one_by_which_the_sheet_is_known_is_read(read: Read) -> None:
    rows = [["月报表"], DEATHS, dead(1), dead(2), [], ["患者名单"], ILLNESSES, ill(1), ill(2)]
    file = read(xlsx(rows), "health")
    assert [s.dataset for s in file.sheets] == ["health.deaths", "health.illnesses"]
    first, second = (file.rows(s.sheet_no) for s in file.sheets)
    assert first["name"].to_list() == ["死者1", "死者2"]
    assert second["name"].to_list() == ["病人1", "病人2"]
    assert [(s.rows_read, s.rows_accepted, s.rows_not_data) for s in file.sheets] == [
        (5, 2, 3),
        (5, 2, 3),
    ]


@pytest.mark.parametrize("mode", ["供养方式", "供 养 方 式", "供养\n方\u3000式"])
def test_a_list_of_another_dataset_below_is_read_by_its_own_header(read: Read, mode: str) -> None:
    """Its columns stand elsewhere: by the header above, 供养方式 would be a name."""
    tekun = ["村", mode, "姓名", "身份证号", "月供养金"]
    rows = [
        ["村", "姓名", "身份证号", "低保类别", "月保障金", "低保证号"],
        ["石桥村", "低保一", "990112195301016851", "A", 300, "D00001"],
        ["特困供养人员"],
        tekun,
        ["黄坡村", "集中", "特困一", "990112195302017178", 700],
    ]
    file = read(xlsx(rows), "civil_affairs")
    assert [s.dataset for s in file.sheets] == ["civil_affairs.dibao", "civil_affairs.tekun"]
    below = file.rows(1)
    assert below.select("name", "mode").rows() == [("特困一", "集中")]
    assert file.rows(0)["name"].to_list() == ["低保一"]


def test_lists_of_two_datasets_side_by_side_are_not_crossed(read: Read) -> None:
    rows = [[*DEATHS, None, *ILLNESSES], [*dead(1), None, *ill(1)], [*dead(2), None, *ill(2)]]
    file = read(xlsx(rows), "health")
    assert [s.dataset for s in file.sheets] == ["health.deaths", "health.illnesses"]
    left, right = (file.rows(s.sheet_no) for s in file.sheets)
    assert left.select("name", "died_on").row(0) == ("死者1", "2021-08-01")
    assert right.select("name", "illness").row(1) == ("病人2", "肺癌")


def test_a_table_of_sums_beside_a_list_is_not_its_village(read_one: ReadOne) -> None:
    rows = [
        ["行政村", "人数", None, *DIBAO],
        ["李寨村", 1, None, *person(1)],
        ["王堂村", 2, None, *person(2)],
        [None, None, None, *person(3)],
    ]
    _, records = read_one(xlsx(rows))
    assert records["village"].to_list() == ["王堂村"] * 3


@pytest.mark.parametrize(
    ("row", "kind"),
    [
        ([None, "总人数：3人"], "total"),
        ([None, "王堂村共2人"], "total"),
        ([None, "在校生合计", None, None, None, 700], "total"),
        (["民政所长（签字）：", None, "经办人："], "note"),
        (["民政所：大石镇", None, "第2页"], "note"),
        (["本月无新增"], "note"),
        ([3, "无"], "blank"),
    ],
)
def test_what_is_written_around_a_list_is_no_person(
    read_one: ReadOne, row: list[Any], kind: str
) -> None:
    sheet, records = read_one(xlsx([DIBAO, person(1), person(2), row]))
    assert records.height == 2
    assert sheet.not_data[kind] == 1


def test_sums_right_below_the_header_are_no_person_however_many_cells_they_fill(
    read_one: ReadOne,
) -> None:
    header = ["序号", "乡镇", "姓名", "身份证号", "低保证号", "低保类别", "月保障金", "行政村"]
    sums = [None, "全县合计", "2户", "2个", "2本", "2类", 700, "1个"]
    people = [[*row[:1], "大石镇", *row[1:]] for row in (person(1), person(2))]
    sheet, records = read_one(xlsx([header, sums, *people]))
    assert records["name"].to_list() == [row[2] for row in people]
    assert sheet.not_data["total"] == 1


def test_a_unit_in_brackets_below_some_headers_is_no_header_of_its_own(read_one: ReadOne) -> None:
    header = ["序号", "姓名", "身份证号", "享受时间", "月保障金", "行政村"]
    units = [None, "（必填）", "（18位）", "（年月日）", None, None]
    body = [1, "王建国", "990112198001010001", "2021-01-05", 350, "王堂村"]
    _, records = read_one(xlsx([header, units, body]))
    assert records["from_date"].to_list() == ["2021-01-05"]
    assert records["row_number"].to_list() == [3]


def test_a_date_in_three_columns_under_one_title_is_one_date(read: Read) -> None:
    rows = [
        ["姓名", "身份证号", "死亡日期", None, None, "户籍地址"],
        [None, None, "年", "月", "日", None],
        ["死者1", "990112194001010001", 2021, 8, 5, "石桥村"],
    ]
    file = read(xlsx(rows, merges=["C1:E1"]), "health")
    assert file.rows(0)["died_on"].to_list() == ["2021-8-5"]
    assert "重复" not in file.sheets[0].message
    assert [cell["joined"] for cell in file.sheets[0].header] == [False] * 3 + [True] * 2 + [False]


def test_lists_side_by_side_have_what_their_title_says_in_place_of_a_column(read: Read) -> None:
    header = ["姓名", "身份证号", "实发金额", "银行账号"]
    rows = [
        ["高龄津贴发放表"],
        [*header, None, *header],
        [
            "张三",
            "990112194001010001",
            100,
            "6217",
            None,
            "李四",
            "990112194001010002",
            100,
            "6218",
        ],
    ]
    file = read(xlsx(rows, merges=["A1:I1"]), "finance")
    found = [file.rows(n).select("name", "item").row(0) for n in range(2)]
    assert found == [("张三", "高龄津贴"), ("李四", "高龄津贴")]


def test_columns_of_one_name_that_are_no_date_are_told_as_repeated(read: Read) -> None:
    rows = [
        ["姓名", "身份证号", "死亡日期", "死亡日期", "户籍地址"],
        ["死者1", "990112194001010001", "2021-08-05", "2021-08-06", "石桥村"],
    ]
    message = read(xlsx(rows), "health").sheets[0].message
    assert "重复的列只取第一列：“死亡日期”" in message


def test_ditto_marks_are_filled_but_for_names_and_numbers(read_one: ReadOne) -> None:
    again = [2, "同上", "〃", "D00002", "同上", "〃", "王堂村"]
    _, records = read_one(xlsx([DIBAO, person(1), again]))
    told = records.select("name", "id_number", "dibao_class", "monthly_amount").row(1)
    assert told == ("同上", "〃", "A类", "350")


@pytest.mark.parametrize(
    ("beside", "day"),
    [("封面", "2021-08-31"), ("填表说明", None)],
)
def test_a_cover_dates_the_lists_of_its_file_and_instructions_do_not(
    read: Read, beside: str, day: str | None
) -> None:
    def told(book: Any) -> None:
        book.create_sheet(beside).append(["日期按2021年8月31日的样子填写"])

    file = read(xlsx([DIBAO, person(1)], more=told), "civil_affairs")
    said = said_as_of("低保名单.xlsx", file.sheets[0], file.sheets)
    assert (said and said[0].isoformat()) == day


def test_a_row_with_an_id_number_begins_no_list_whatever_it_says(read: Read) -> None:
    words = [2, "行政村", "990112198001010002", "姓名", "低保证号", "月保障金", "低保类别"]
    file = read(xlsx([DIBAO, person(1), words, person(3)]), "civil_affairs")
    assert [s.rows_accepted for s in file.sheets] == [3]


def test_a_header_of_another_dataset_whose_common_columns_stand_alike_begins_a_list(
    read: Read,
) -> None:
    rows = [
        ["姓名", "身份证号", "病种"],
        ["病人1", "990112196001010001", "肺癌"],
        ["姓名", "身份证号", "死亡日期"],
        ["死者1", "990112194001010001", "2021-08-01"],
    ]
    file = read(xlsx(rows), "health")
    assert [s.dataset for s in file.sheets] == ["health.illnesses", "health.deaths"]
    assert file.rows(0)["illness"].to_list() == ["肺癌"]
    assert file.rows(1)["died_on"].to_list() == ["2021-08-01"]


def test_a_unit_in_brackets_beside_headers_of_a_second_level_is_none_of_them(read: Read) -> None:
    rows = [
        ["姓名", "证件号码", "入院日期", "费用情况", None],
        [None, None, "（年月日）", "总费用", "基本医保"],
        ["鲍叔", "990112196001222316", "2021-04-14", 12000, 8000],
    ]
    file = read(xlsx(rows, merges=["D1:E1"]), "insurance")
    records = file.rows(0)
    assert records["admitted_on"].to_list() == ["2021-04-14"]
    assert records["total"].to_list() == ["12000"]


def test_a_group_title_merged_in_the_lower_header_spans_its_own_columns(read: Read) -> None:
    rows = [
        ["姓名", "证件号码", "入院日期", "总费用", "基本医保"],
        ["鲍叔", "990112196001222316", "2021-04-14", 12000, 8000],
        ["证件号码", "姓名", "入院日期", "费用情况", None],
        [None, None, None, "总费用", "基本医保"],
        ["990112196001222317", "管仲", "2021-05-14", 13000, 9000],
    ]
    _, below = read(xlsx(rows, merges=["D3:E3"]), "insurance").sheets
    assert [cell["text"] for cell in below.header[3:]] == ["费用情况/总费用", "费用情况/基本医保"]
