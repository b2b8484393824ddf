"""Defects 18 to 38 of DOMAIN C2: ID numbers."""
# ruff: noqa: E501 - cells as clerks write them, side by side

import datetime as dt

import pytest

from pipelines.linkage.population import Population
from tests.defects.county import (
    DIBAO,
    MAN,
    ROSTER,
    WITH_X,
    WRITERS,
    Listed,
    Office,
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


def ids(office: Office, *texts: object, writer: str = "openpyxl") -> Listed:
    """Read a list with these cells in its ID column; every row stays."""
    rows = [DIBAO, *[dibao(n, 身份证号=t) for n, t in enumerate(texts)]]
    found = office.read(LIST, WRITERS[writer](rows), "低保20210801.xlsx")
    assert found["row_number"] == list(range(2, len(texts) + 2))
    return found


def same(office: Office, expected: str, *texts: object, writer: str = "openpyxl") -> None:
    found = ids(office, *texts, writer=writer)
    assert dict(zip(texts, found["id_number"], strict=True)) == dict.fromkeys(texts, expected)


def withheld(found: Listed) -> list[tuple[str | None, str, str | None]]:
    return found.frame.select("id_number", "id_number_status", "id_number_hint").rows()


@pytest.mark.parametrize("writer", [xlsx, by_xlsxwriter, by_xlwt, by_pandas])
def test_c2_18_typed_as_a_number(office: Office, writer) -> None:
    """Fifteen digits are to be trusted, whatever the writer made of the rest."""
    rows = [DIBAO, dibao(0, 身份证号=990112198001012345), dibao(1)]
    if writer is by_xlwt:
        rows[1][1] = 990112198001012345.0
    found = office.read(LIST, writer(rows))
    assert withheld(found)[0] == (None, "precision_lost", "990112198001012???")
    assert found["id_number_status"][1] == "valid"
    asked = found.quarantine.row(0, named=True)
    assert (asked["scope"], asked["row_number"], asked["column_name"]) == ("cell", 2, "id_number")
    assert asked["raw_value"].startswith("990112198001012")
    assert "第16位" in asked["reason"]


def test_c2_18_the_zeros_that_a_spreadsheet_leaves(office: Office) -> None:
    found = ids(office, "990112198001013000", "9.90112198001012E+17", writer="csv")
    assert withheld(found) == [
        (None, "precision_lost", "990112198001013???"),
        (None, "precision_lost", "990112198001012???"),
    ]


@pytest.mark.parametrize("writer", WRITERS)
def test_c2_19_scientific_text(office: Office, writer: str) -> None:
    found = ids(office, "9.90112E+17", "9.90E+17", "9.90112e17", "９.90112E+17", writer=writer)
    assert [hint[:3] for hint in found["id_number_hint"]] == ["990"] * 4
    assert set(found["id_number"]) == {None}
    assert set(found["id_number_status"]) == {"scientific"}
    assert found["id_number_text"][0] == "9.90112E+17"


def test_c2_20_a_trailing_zero(office: Office) -> None:
    same(office, MAN, f"{MAN}.0", f"{MAN}.00", writer="csv")
    same(office, MAN, f"{MAN}.0", writer="xlwt")


def test_c2_21_fifteen_digits(office: Office) -> None:
    old = MAN[:6] + MAN[8:17]
    same(office, MAN, old, f"{old[:6]} {old[6:]}", f"{old}.0")
    found = ids(office, int(old), writer="xlsxwriter")  # fifteen digits lose nothing as a number
    assert (found["id_number"], found["id_number_status"]) == ([MAN], ["upgraded15"])


@pytest.mark.parametrize("writer", ["openpyxl", "xlwt"])
def test_c2_22_every_x(office: Office, writer: str) -> None:
    same(
        office,
        WITH_X,
        *[WITH_X[:17] + x for x in "xＸｘ×✕✖ХхΧχⅩⅹ⨉⨯"],
        WITH_X[:17] + " X",
        writer=writer,
    )
    found = ids(office, WITH_X[:17] + "*", WITH_X[:17] + "＊")
    assert withheld(found) == [(None, "masked", WITH_X[:17] + "?")] * 2


def test_c2_23_other_dress(office: Office) -> None:
    wide = MAN.translate(str.maketrans("0123456789", "０１２３４５６７８９"))
    odd = ["\u00a0", "\u200b", "\u200d", "\ufeff", "\u3000", " ", "\n", "\r\n", "\t", "-"]
    same(office, MAN, wide, *[f"{MAN[:6]}{o}{MAN[6:14]}{o}{MAN[14:]}" for o in odd])
    same(office, MAN, f" {MAN} ", f"{MAN}\u202c", f"\u202d{MAN}", f"{MAN}。", f"{MAN}；", f"{MAN}，",
         f"身份证号：{MAN}", f"公民身份号码:{MAN}", f"{MAN}（本人）", f"“{MAN}”")  # fmt: skip


def test_c2_24_letters_for_digits(office: Office) -> None:
    same(office, MAN, MAN.replace("0", "O"), MAN.replace("0", "o", 2), MAN.replace("1", "l", 1),
         MAN.replace("1", "I", 1), MAN.replace("8", "B", 1), MAN.replace("0", "Ｏ", 1),
         MAN.replace("0", "О", 1), MAN.replace("0", "〇", 1), MAN.replace("1", "丨", 1))  # fmt: skip
    broken = MAN[:17] + str((int(MAN[17]) + 1) % 10)
    found = ids(office, broken.replace("0", "O"))
    assert withheld(found) == [(None, "checksum", broken)]


def near_miss(office: Office, wrong: str, people: Population, **cells: object) -> dict[str, object]:
    """Link one row with a number that is almost somebody's; the number itself is never used."""
    linked = office.linked(LIST, by_xlwt([DIBAO, dibao(0, 身份证号=wrong, **cells)]), people)
    found = office.listed(LIST)
    assert found["id_number"] == [None]
    assert found["id_number_hint"] == [wrong]
    assert found["id_number_text"] == [wrong]
    assert found.asked("cell")[0][:2] == (2, "id_number")
    return linked.links.row(0, named=True)


@pytest.fixture
def couple(office: Office) -> Population:
    rows = [member("H1", "王建国", "19700101", 101), member("H1", "李秀英", "19720202", 202)]
    return office.population(xlsx([ROSTER, *rows]))


NOWHERE = {"乡镇": None, "行政村": None}


def test_c2_25_one_digit_wrong(office: Office, couple: Population) -> None:
    """Whoever in the roster is one digit away is proposed; name and number alone do not settle it."""
    true = number("19700101", 101)
    for wrong in (true[:9] + "9" + true[10:], true[:15] + true[16] + true[15] + true[17]):
        link = near_miss(office, wrong, couple, **NOWHERE)
        assert (link["status"], link["household_id"]) == ("suspected", "H1")
        stranger = near_miss(office, wrong, couple, 姓名="欧阳锋", 行政村="李庄村")
        assert stranger["status"] != "confirmed"


def test_c2_26_a_digit_too_few_or_too_many(office: Office, couple: Population) -> None:
    true = number("19700101", 101)
    for wrong in (true[:8] + true[9:], true[:12] + true[11:]):
        link = near_miss(office, wrong, couple, **NOWHERE)
        assert (link["status"], link["household_id"]) == ("suspected", "H1")
        assert office.listed(LIST)["id_number_status"] == ["length"]
    assert "18位" in office.listed(LIST).reasons


def test_c2_27_regions_old_and_unknown(office: Office) -> None:
    """Codes that are no more stay valid numbers."""
    body = "41302419800101123", "45262619900909456", "99990119900909456"
    from tests.standardise.records import with_check

    whole = [with_check(b) for b in body]
    found = ids(office, *whole)
    assert found["id_number"] == whole
    assert found.asked("flag") == [(4, "id_number", "region_unknown")]
    assert "前六位不是行政区划代码：999901；" in found.reasons


def test_c2_27_a_code_of_many_is_a_new_division(office: Office) -> None:
    from tests.standardise.records import with_check

    found = ids(office, *[with_check(f"9999011990090945{n}") for n in range(3)])
    assert found.asked() == []


@pytest.mark.parametrize(
    ("birth", "asked"),
    [
        ("19000101", True),
        ("19110731", True),
        ("19110801", False),
        ("20220101", True),
        ("19150101", False),
    ],
)
def test_c2_28_absurd_births(office: Office, birth: str, asked: bool) -> None:
    rows = [ROSTER, member("H1", "张三", birth, 101)]
    found = office.read("roster.population", xlsx(rows), "人口20210801.xlsx")
    assert found.frame.height == 1
    assert {c for _, _, c in found.asked("flag")} == ({"absurd_birth"} if asked else set())
    assert found["birth_date"] == [dt.datetime.strptime(birth, "%Y%m%d").date()]  # noqa: DTZ007


def test_c2_29_sex_and_birth_against_the_number(office: Office) -> None:
    rows = [
        ROSTER,
        member("H1", "张三", "19700101", 101, 性别="女"),
        member("H2", "李四", "19720202", 101, 出生日期="1972-02-20"),
        member("H3", "王五", "19740303", 101, 出生日期="1974年3月"),
        member("H4", "赵六", "19760404", 101, 出生日期=dt.date(1976, 4, 4)),
    ]
    found = office.read("roster.population", xlsx(rows), "人口20210801.xlsx")
    assert found.asked("flag") == [
        (2, "sex", "sex_against_number"), (3, "birth_date", "birth_against_number"),
    ]  # fmt: skip
    assert "写的是女，按证件号码是男" in found.reasons
    assert "1972-02-20，按证件号码是 1972-02-02" in found.reasons
    assert found["sex"][0] == "女"  # kept as it stands


def test_c2_30_placeholders(office: Office) -> None:
    texts = ["999999198001011234", "999999999999999999", "000000", "000000000000000000", "无",
             "无身份证", "暂无", "/", "111111111111111111", "123456789012345678", "未办理", "0",
             "XXXXXXXXXXXXXXXXXX", "办理中", "身份证丢失", "未登记", "1"]  # fmt: skip
    found = ids(office, *texts)
    assert set(found["id_number"]) == {None}
    assert set(found["id_number_status"]) == {"placeholder"}
    assert codes_at(found) == dict.fromkeys(range(2, len(texts) + 2), "placeholder")
    assert found["id_number_text"] == texts


def codes_at(found: Listed) -> dict[int, str]:
    return {row: code for row, column, code in found.asked() if column == "id_number"}


def test_c2_31_a_disability_certificate_and_no_id_column(office: Office) -> None:
    """The certificate's number says whose it is; a broken one says nothing."""
    wrong = MAN[:-1] + ("1" if MAN[-1] != "1" else "2")
    rows = [["张三", f"{MAN}41", "肢体"], ["李四", f"{wrong}41", "肢体"]]
    found = office.read("civil_affairs.disability", xlsx([["姓名", "残疾证号", "残疾类别"], *rows]))
    assert found["id_number"] == [MAN, None]
    assert found["id_number_status"] == ["certificate", "missing"]
    assert found["id_number_text"] == [None, None]
    # Where others have a number, a blank says that it is not known.
    rows = [["张三", None, f"{MAN}41", "肢体"], ["李四", WITH_X, f"{WITH_X}41", "肢体"]]
    header = ["姓名", "身份证号", "残疾证号", "残疾类别"]
    found = office.read("civil_affairs.disability", xlsx([header, *rows]))
    assert found["id_number"] == [None, WITH_X]


def test_c2_31_a_disability_certificate_in_the_id_column(office: Office) -> None:
    header = ["姓名", "身份证号", "残疾证号", "残疾类别", "残疾等级", "乡镇", "行政村"]
    texts = [MAN + "41", f"{MAN}41B1", f"残疾证{MAN}41", f"{MAN[:6]} {MAN[6:]}41"]
    rows = [["张三", t, None, None, None, "大石镇", "王堂村"] for t in texts]
    found = office.read("civil_affairs.disability", by_xlsxwriter([header, *rows]))
    assert found["id_number"] == [MAN] * 4
    assert set(found["id_number_status"]) == {"certificate"}
    assert found["id_number_text"] == texts
    # What the last two digits say fills what the list leaves blank, and the certificate is kept.
    assert found["kind"] == ["肢体"] * 4
    assert found["level"] == ["1"] * 4
    assert [c[:20] for c in found["certificate"]] == [f"{MAN}41"] * 4


def test_c2_32_a_pupil_number_in_the_id_column(office: Office) -> None:
    header = ["学生姓名", "身份证件号", "学校名称", "学段", "学籍号"]
    texts = [f"G{MAN}", f"g{MAN}", f"Ｇ{MAN}", f"G {MAN}", f"L{WITH_X}", f"学籍号G{MAN}"]
    rows = [["小明", t, "一小", "小学", None] for t in texts]
    found = office.read("education.enrolment", xlsx([header, *rows]))
    assert found["id_number"] == [MAN] * 4 + [WITH_X, MAN]
    assert set(found["id_number_status"]) == {"pupil_number"}


def test_c2_33_numbers_of_a_couple_exchanged(office: Office) -> None:
    him, her = member("H1", "张三", "19800101", 231), member("H1", "李四", "19820317", 344)
    him[2], her[2] = her[2], him[2]
    rows = [ROSTER, him, her, member("H2", "王五", "19600101", 11)]
    found = office.read("roster.population", xlsx(rows), "人口20210801.xlsx")
    assert found.asked("flag") == [
        (2, "id_number", "numbers_swapped"), (3, "id_number", "numbers_swapped"),
    ]  # fmt: skip
    assert "疑似串号" in found.reasons
    assert "“李四”" in found.reasons


def test_c2_33_a_child_under_the_parents_number(office: Office) -> None:
    father, child = member("H1", "王建国", "19700101", 101), member("H1", "王小明", "20120515", 11)
    people = office.population(xlsx([ROSTER, father, child]))
    header = ["学生姓名", "身份证件号", "学校名称", "学段", "监护人姓名", "监护人身份证号", "村"]
    row = ["王小明", father[2], "一小", "小学", "王建国", father[2], "王堂村"]
    linked = office.linked("education.enrolment", xlsx([header, row]), people)
    assert (
        linked.links["person_id"].to_list()
        == people.persons.filter(name="王小明")["person_id"].to_list()
    )
    found = office.listed("education.enrolment")
    assert found.asked() == [(2, "id_number", "guardians_number")]


def test_c2_33_a_number_that_is_noted_as_anothers(office: Office) -> None:
    found = ids(office, f"{MAN}（妻子的）", f"{MAN}(有误)", f"{MAN}（本人）", MAN)
    assert found["id_number"] == [MAN] * 4
    asked = found.quarantine.filter(reason_code="number_of_another").sort("row_number")
    assert asked["row_number"].to_list() == [2, 3]
    assert "：妻子的；" in asked["reason"][0]


def test_c2_34_a_newborn_under_the_mothers_number_is_no_other_name(office: Office) -> None:
    header = ["姓名", "身份证号", "参保年度", "险种", "村"]
    mother = number("19900101", 102)
    rows = [[name, mother, 2021, "居民医保", "王堂村"] for name in ("张玲", "张玲之子")]
    assert office.read("insurance.coverage", xlsx([header, *rows])).asked("flag") == []


def test_c2_34_one_number_two_names(office: Office) -> None:
    rows = [
        DIBAO,
        dibao(1),
        dibao(1, 姓名="张三"),
        dibao(2),
        dibao(2),
        dibao(3, 姓名="葉昇"),
        dibao(3, 姓名="叶升"),
    ]
    found = office.read(LIST, by_pandas(rows))
    doubted = [a for a in found.asked() if a[2] == "one_number_two_names"]
    assert doubted == [
        (2, "id_number", "one_number_two_names"),
        (3, "id_number", "one_number_two_names"),
    ]
    assert "张三、王建国" in found.reasons
    assert "公安" in found.reasons


def test_c2_34_the_number_of_another_person_is_no_link(office: Office) -> None:
    people = office.population(xlsx([ROSTER, member("H1", "王建国", "19700101", 101)]))
    linked = office.linked(LIST, xlsx([DIBAO, dibao(0, 姓名="欧阳锋", 行政村="李庄村")]), people)
    assert linked.links["status"].to_list() == ["unmatched"]
    assert linked.candidates.height == 1


def test_c2_35_one_person_two_numbers(office: Office) -> None:
    rows = [ROSTER, member("H1", "张三", "19700101", 101), member("H1", "张三", "19700101", 103),
            member("H2", "张三", "19700101", 105)]  # fmt: skip
    found = office.read("roster.population", xlsx(rows), "人口20210801.xlsx")
    assert found.asked("flag") == [
        (2, "id_number", "one_person_two_numbers"), (3, "id_number", "one_person_two_numbers"),
    ]  # fmt: skip
    assert found.frame.height == 3
    assert "疑似同一人" in found.reasons


def test_c2_36_masked_numbers(office: Office) -> None:
    stars = "*＊●xX×#■-?？"
    found = ids(office, *[MAN[:6] + s * 8 + MAN[14:] for s in stars])
    assert set(withheld(found)) == {(None, "masked", MAN[:6] + "?" * 8 + MAN[14:])}
    found = ids(office, *[MAN[:10] + s * 4 + MAN[14:] for s in stars], writer="xlwt")
    assert set(withheld(found)) == {(None, "masked", MAN[:10] + "?" * 4 + MAN[14:])}


def test_c2_36_masks_of_other_shapes(office: Office) -> None:
    texts = [MAN[:6] + "****" + MAN[14:], MAN[:14] + "****", "*" * 14 + MAN[14:], "******" + MAN[6:14] + "****",
             MAN[:1] + "*" * 16 + MAN[17:]]  # fmt: skip
    found = ids(office, *texts, writer="csv")
    assert found["id_number_hint"] == [
        MAN[:6] + "?" * 8 + MAN[14:], MAN[:14] + "????", "?" * 14 + MAN[14:],
        "??????" + MAN[6:14] + "????", MAN[0] + "?" * 16 + MAN[17],
    ]  # fmt: skip
    assert set(found["id_number_status"]) == {"masked"}


def test_c2_36_what_can_be_seen_is_matched(office: Office) -> None:
    roster = [ROSTER, member("H1", "王建国", "19700101", 101)]
    people = office.population(xlsx(roster))
    true = roster[1][2]
    masked = dibao(0, 身份证号=true[:6] + "********" + true[14:])
    linked = office.linked(LIST, xlsx([DIBAO, masked]), people)
    assert linked.links.select("status", "household_id").rows() == [("suspected", "H1")]


def test_c2_37_no_number(office: Office) -> None:
    people = office.population(xlsx([ROSTER, member("H1", "王建国", "19700101", 101)]))
    linked = office.linked(
        LIST, xlsx([DIBAO, dibao(0, 身份证号=None), dibao(1, 姓名="李四", 身份证号=" ")]), people
    )
    found = office.listed(LIST)
    assert withheld(found) == [(None, "missing", None)] * 2
    assert found.asked() == []
    assert linked.links["status"].to_list() == ["suspected", "unmatched"]


def test_c2_38_other_documents(office: Office) -> None:
    texts = ["E12345678", "EA1234567", "G12345678", "H12345678", "M1234567890", "07654321",
             "C12345678(9)", "A123456(7)", "护照E12345678", "户口簿", "户口本123456", "出生医学证明X330012345",
             "军官证12345", "港澳通行证H12345678", "JXR123456789012"]  # fmt: skip
    found = ids(office, *texts)
    assert set(found["id_number"]) == {None}
    assert found["id_number_status"] == ["other_document"] * len(texts)
    assert found.asked() == []
    assert found["id_number_text"] == texts
    resident = [number("19900909", 101)]
    # A number that broke off and a day of birth have eight digits too.
    broken = ids(office, "99011219", "99011220", "19900909", "87654321")
    assert broken["id_number_status"] == [*["length"] * 3, "other_document"]
    assert ids(office, *["83000019810715006" + "X"[:0], *resident])["id_number"][1] == resident[0]
