"""Defects 39 to 51 of DOMAIN C2: names of people, and whom a list means by them."""
# ruff: noqa: E501 - cells as clerks write them, side by side

import polars as pl
import pytest

from tests.defects.county import (
    DIBAO,
    MAN,
    ROSTER,
    WITH_X,
    WOMAN,
    WRITERS,
    Listed,
    Office,
    by_csv,
    by_pandas,
    by_xlsxwriter,
    by_xlwt,
    dibao,
    member,
    number,
    xlsx,
)

pytestmark = pytest.mark.unit
LIST = "civil_affairs.dibao"


def named(office: Office, *names: str | None, writer: str = "openpyxl") -> Listed:
    rows = [DIBAO, *[dibao(n, 姓名=name) for n, name in enumerate(names)]]
    return office.read(LIST, WRITERS[writer](rows), "低保20210801.xlsx")


def keys(found: Listed) -> set[str]:
    return set(found["name_key"])


@pytest.mark.parametrize("writer", WRITERS)
def test_c2_39_inner_spaces(office: Office, writer: str) -> None:
    found = named(
        office, "李　四", "李 四", "李  四", " 李四 ", "李\u00a0四", "李\n四", writer=writer
    )
    assert found["name"] == ["李四"] * 6
    assert named(office, "欧阳 娜娜", "张 三 丰", "王　秀英")["name"] == [
        "欧阳娜娜",
        "张三丰",
        "王秀英",
    ]


@pytest.mark.parametrize("writer", ["openpyxl", "xlwt"])
def test_c2_40_separators_of_minority_names(office: Office, writer: str) -> None:
    dots = "·•・．.‧∙⋅●｡。･"
    spelt = [f"买买提{dot}艾力" for dot in dots] + [
        "买买提 艾力",
        "买买提 · 艾力",
        "买买提-艾力",
        "买买提—艾力",
    ]
    found = named(office, *spelt, "买买提艾力", writer=writer)
    assert set(found["name"][:-1]) == {"买买提·艾力"}
    assert keys(found) == {"买买提艾力"}


def test_c2_40_the_dot_changes_with_the_codec(office: Office) -> None:
    rows = [DIBAO, dibao(0, 姓名="买买提·艾力")]
    for content in (by_csv(rows, "gbk"), by_csv([DIBAO, dibao(0, 姓名="买买提・艾力")], "gb2312"),
                    by_csv(rows, "utf-8-sig"), by_csv(rows, "utf-16")):  # fmt: skip
        assert office.read(LIST, content, "低保20210801.csv")["name"] == ["买买提·艾力"]


def test_c2_40_order_and_a_missing_fathers_name(office: Office) -> None:
    people = office.population(xlsx([ROSTER, member("H1", "买买提·艾力", "19800303", 11)]))
    for name, status in (("买买提", "confirmed"), ("艾力·买买提", "confirmed")):
        row = dibao(0, 姓名=name, 身份证号=number("19800303", 11))
        assert office.linked(LIST, xlsx([DIBAO, row]), people).links["status"].to_list() == [status]


def test_c2_41_rare_characters(office: Office) -> None:
    instead = ["?", "？", "□", "■", "*", "〓", "○", "(王申)", "（火韦）", "wei", "wěi"]
    people = office.population(xlsx([ROSTER, member("H1", "王㛃强", "19800303", 11)]))
    same = number("19800303", 11)
    rows = [dibao(n, 姓名=f"王{c}强", 身份证号=same) for n, c in enumerate(instead)]
    linked = office.linked(LIST, xlsx([DIBAO, *rows]), people)
    assert keys(office.listed(LIST)) == {"王?强"}
    assert set(linked.links.select("status", "household_id").rows()) == {("confirmed", "H1")}


def test_c2_41_rare_characters_are_kept(office: Office) -> None:
    names = ["张䶮", "李㛃", "王𠅤", "刘𬎆"]
    assert named(office, *names)["name"] == names
    assert named(office, *names, writer="csv")["name"] == names
    lossy = by_csv([DIBAO, dibao(0, 姓名="张䶮")], "gbk", errors="replace")  # as Excel saves it
    assert office.read(LIST, lossy)["name_key"] == ["张?"]


def test_c2_42_private_use_codes(office: Office) -> None:
    row = dibao(0, 姓名="张@@")
    content = by_csv([DIBAO, row], "gb18030").replace(
        "张@@".encode("gbk"), "张".encode("gbk") + b"\xfeY"
    )
    assert office.read(LIST, content, "低保20210801.xlsx")["name"] == ["张\u9fb4"]
    assert named(office, "李\ue81e")["name"] == ["李\u9fb4"]


def test_c2_43_traditional_and_variant_characters(office: Office) -> None:
    pairs = {
        "葉昇": "叶升",
        "張陞": "张升",
        "甯髙": "宁高",
        "亁坤": "乾坤",
        "劉國華": "刘国华",
        "李峯": "李峰",
    }
    found = named(office, *pairs)
    assert found["name"] == list(pairs)  # the name itself is never overwritten
    assert found["name_key"] == list(pairs.values())


def people_and_link(office: Office, true: str, written: str, **cells: object) -> str:
    people = office.population(xlsx([ROSTER, member("H1", true, "19800303", 11)]))
    row = dibao(0, **{"姓名": written, "身份证号": None, **cells})
    return str(office.linked(LIST, xlsx([DIBAO, row]), people).links["status"].item())


@pytest.mark.parametrize(
    ("true", "written"), [("张俊", "张军"), ("李艳", "李燕"), ("王建国", "王健国")]
)
def test_c2_44_homophones(office: Office, true: str, written: str) -> None:
    assert people_and_link(office, true, written, 身份证号=number("19800303", 11)) == "confirmed"
    assert people_and_link(office, true, written) != "confirmed"


@pytest.mark.parametrize(
    ("true", "written"), [("王未来", "王末来"), ("张戌", "张戊"), ("李日新", "李曰新")]
)
def test_c2_45_look_alikes(office: Office, true: str, written: str) -> None:
    assert people_and_link(office, true, written, 身份证号=number("19800303", 11)) == "confirmed"
    assert people_and_link(office, true, written) != "confirmed"


@pytest.mark.parametrize(
    ("true", "written"),
    [
        ("单雄信", "山雄信"),
        ("仇英", "求英"),
        ("区建国", "欧建国"),
        ("查良", "扎良"),
        ("解珍", "谢珍"),
    ],
)
def test_c2_46_surnames_with_readings_of_their_own(office: Office, true: str, written: str) -> None:
    assert people_and_link(office, true, written, 身份证号=number("19800303", 11)) == "confirmed"


def test_c2_47_titles_and_notes(office: Office) -> None:
    for_zhang = ["张三(已故)", "张三（户主）", "户主:张三", "户主：张三", "户主 张三", "户主张三", "【户主】张三",
                 "姓名：张三", "张三同志", "张三 男", "张三，女", "1.张三", "1、张三", "张三13800001234",
                 "（张三）", "“张三”", "张三（曾用名张山）", "张三。"]  # fmt: skip
    assert dict(zip(for_zhang, named(office, *for_zhang)["name"], strict=True)) == dict.fromkeys(
        for_zhang, "张三"
    )
    others = ["王二娃", "李氏", "张王氏", "张三之妻"]
    found = named(office, *others)
    assert found["name"] == others  # kept; who they are is for linkage, at most suspected
    nobody = ["测试", "无名", "户主已故", "某某", "12345", MAN, WITH_X, WITH_X.lower()]
    found = named(office, *nobody)
    assert found.frame.is_empty()
    assert [c for _, _, c in found.asked("row")] == ["not_a_name"] * len(nobody)


@pytest.mark.parametrize("writer", WRITERS)
def test_c2_47_marks_and_remarks_around_a_name_are_told(office: Office, writer: str) -> None:
    noted = ["*芦十四", "★芦十四", "※ 芦十四", "芦十四√", "芦十四2021.3去世", "芦十四 2021年3月5日病故", "芦十四去世",
             "芦十四，已故", "芦十四-已死亡", "芦十四2021.3", "芦十四 202103", "芦十四3月迁出", "户主：芦十四已故"]  # fmt: skip
    plain = [f"王{c}" for c in "建国秀英大力桂兰小明文芳志刚"]
    found = named(office, *noted, *plain, writer=writer)
    assert found["name"] == ["芦十四"] * len(noted) + plain
    assert found["name_text"][: len(noted)] == noted  # what was written is kept
    assert found.asked() == [(n, "name", "name_with_remark") for n in range(2, 2 + len(noted))]
    assert set(found.quarantine["scope"]) == {"flag"}


def test_c2_47_names_that_end_like_a_remark(office: Office) -> None:
    names = ["王外出", "李新增", "张残疾", "买买提·艾力"]
    found = named(office, *names, "买买提·艾力去世", "张三之子")
    assert found["name"] == [*names, "买买提·艾力", "张三之子"]
    assert found.asked() == [(6, "name", "name_with_remark")]


def test_c2_41_a_star_for_a_surname_that_is_not_shown_is_no_mark(office: Office) -> None:
    masked = ["*文斌", "*高峰", "*建国"]
    found = named(office, *masked, *[f"王{c}" for c in "建国秀英大力桂兰"])
    assert found["name_key"][:3] == ["?文斌", "?高峰", "?建国"]
    assert found.asked() == [(n, "name", "name_not_writable") for n in (2, 3, 4)]
    assert named(office, "*文斌", "*高峰")["name_key"] == ["?文斌", "?高峰"]


def test_c2_47_nicknames_are_at_most_suspected(office: Office) -> None:
    assert people_and_link(office, "王建国", "王二娃") != "confirmed"


BETWEEN = ["、", "，", ",", "/", "；", "\n", " ", "　"]


@pytest.mark.parametrize("between", BETWEEN)
def test_c2_48_several_persons_in_one_cell(office: Office, between: str) -> None:
    names, whole = between.join(("张三", "李四", "王五")), between.join((MAN, WOMAN, WITH_X))
    rows = [DIBAO, dibao(0), dibao(1, 姓名=names, 身份证号=whole, 月保障金=1050), dibao(2)]
    found = office.read(LIST, by_xlsxwriter(rows))
    assert found["name"] == ["王建国", "张三", "李四", "王五", "王建国"]
    assert found["id_number"][1:4] == [MAN, WOMAN, WITH_X]
    assert found["row_number"] == [2, 3, 3, 3, 4]
    assert sum(a or 0 for a in found["monthly_amount"]) == 1750  # money is not multiplied
    assert set(found["village"]) == {"王堂村"}
    assert found.asked("flag") == [(3, None, "several_persons_split")]
    assert found.sheets.select("rows_read", "rows_accepted").rows() == [(4, 3)]


def test_c2_48_notes_around_names_and_numbers(office: Office) -> None:
    rows = [DIBAO, dibao(0, 姓名="张三（户主）、李四（配偶）", 身份证号=f"张三{MAN}；李四{WOMAN}"),
            dibao(1, 姓名="张三、李四等2人", 身份证号=f"{MAN},{WOMAN}"),
            dibao(2, 姓名="张三\n李四", 身份证号=f"{MAN}\n{WOMAN}", 低保类别="A类\nB类", 月保障金="350\n300")]  # fmt: skip
    found = office.read(LIST, xlsx(rows))
    assert found["name"] == ["张三", "李四"] * 3
    assert found["id_number"] == [MAN, WOMAN] * 3
    assert found["monthly_amount"][4:] == [350.0, 300.0]
    assert found["dibao_class"][4:] == ["A类", "B类"]


def test_c2_48_names_and_numbers_that_do_not_pair(office: Office) -> None:
    cells = [(f"张三{between}李四", numbers) for between in [*BETWEEN, "和", "及", " 和 "]
             for numbers in (None, MAN, f"{MAN}、{WOMAN}、{WITH_X}")]  # fmt: skip
    rows = [dibao(n, 姓名=names, 身份证号=numbers) for n, (names, numbers) in enumerate(cells)]
    found = office.read(LIST, xlsx([DIBAO, *rows]))
    assert found.frame.is_empty()
    asked = [code for _, column, code in found.asked("row") if column == "name"]
    assert asked == ["several_persons"] * len(cells)
    assert "一人一行" in found.reasons


HOUSE = ["户主姓名", "户主身份证号", "鉴定等级", "鉴定日期", "乡镇", "行政村"]


def house(name: str, whole: str | None = None) -> list[object]:
    return [name, whole, "C级", "2021-05-06", "大石镇", "王堂村"]


FAMILY = [
    [*ROSTER, "户主姓名", "人员状态"],
    [*member("H1", "王建国", "19500101", 11), "王建国", "死亡"],
    [*member("H1", "李秀英", "19520202", 22, 与户主关系="配偶"), "王建国", "正常"],
    [*member("H1", "王大力", "19800303", 33, 与户主关系="之子"), "王建国", "正常"],
    [*member("H2", "赵大勇", "19700404", 45), "赵大勇", "正常"],
    [*member("H3", "钱桂兰", "19600505", 56), "陈老三", "正常"],
]


@pytest.mark.parametrize(
    ("name", "whole", "household", "status"),
    [
        ("王建国", number("19500101", 11), "H1", "confirmed"),  # the head, dead by now
        ("王大力", number("19800303", 33), "H1", "confirmed"),  # listed under a son
        ("李秀英", None, "H1", "suspected"),  # any member by village and name
        ("陈老三", None, "H3", "suspected"),  # only the roster's head column still names him
    ],
)
def test_c2_49_lists_of_heads(
    office: Office, name: str, whole: str | None, household: str, status: str
) -> None:
    people = office.population(xlsx(FAMILY))
    linked = office.linked("housing.appraisals", by_xlwt([HOUSE, house(name, whole)]), people)
    assert linked.links.select("household_id", "status").rows() == [(household, status)]


def test_c2_50_a_household_split_since(office: Office) -> None:
    """The son has a household of his own by now: his number finds it, his father's the old one."""
    split = [list(row) for row in FAMILY]
    split[3] = [*member("H9", "王大力", "19800303", 33), "王大力", "正常"]
    people = office.population(xlsx(split))
    rows = [HOUSE, house("王建国", number("19500101", 11)), house("王大力", number("19800303", 33))]
    linked = office.linked("housing.appraisals", xlsx(rows), people)
    assert linked.links["household_id"].to_list() == ["H1", "H9"]
    assert linked.links["status"].to_list() == ["confirmed"] * 2


def test_c2_50_another_head_and_other_numbers_of_households(office: Office) -> None:
    """A department's own household is recognised by its members, whoever is its head."""
    people = office.population(xlsx(FAMILY))
    header = ["户主姓名", *DIBAO]
    rows = [
        ["李秀英", *dibao(0, 姓名="李秀英", 身份证号=number("19520202", 22))],
        ["李秀英", *dibao(1, 姓名="王大力", 身份证号=None)],
    ]
    linked = office.linked(LIST, xlsx([header, *rows]), people)
    assert linked.links["household_id"].to_list() == ["H1", "H1"]


def test_c2_51_namesakes_in_one_village(office: Office) -> None:
    roster = [ROSTER, *[member(f"H{n}", "王秀英", f"19{50 + n}0101", 22) for n in range(3)],
              member("H8", "单雄信", "19660606", 11)]  # fmt: skip
    people = office.population(by_pandas(roster))
    rows = [DIBAO, dibao(0, 姓名="王秀英", 身份证号=None), dibao(1, 姓名="单雄信", 身份证号=None)]
    linked = office.linked(LIST, xlsx(rows), people)
    assert linked.links["status"].to_list() == ["unmatched", "suspected"]
    first = linked.candidates.filter(pl.col("record_id") == linked.links["record_id"][0])
    assert first.height == 3
