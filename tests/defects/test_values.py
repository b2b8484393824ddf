"""Defects 52, 54, 55, 58 to 60 of DOMAIN C2: dates, amounts, yes and no, codes."""
# ruff: noqa: E501 - cells as clerks write them, side by side

import datetime as dt
import io

import openpyxl
import polars as pl
import pytest
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from pipelines.standardise.codes import nearest_codes
from tests.defects.county import (
    DIBAO,
    MAN,
    ROSTER,
    WRITERS,
    Listed,
    Office,
    by_pandas,
    by_xlsxwriter,
    dibao,
    member,
    number,
    xlsx,
)

pytestmark = pytest.mark.unit
DEATHS = ["姓名", "身份证号", "死亡日期", "户籍地址"]
DAY = dt.date(2021, 5, 6)


def deaths(office: Office, *cells: object, writer: str = "openpyxl") -> Listed:
    rows = [["王建国", number("19400101", n), c, "王堂村"] for n, c in enumerate(cells, start=101)]
    return office.read("health.deaths", WRITERS[writer]([DEATHS, *rows]), "死亡20210801.xlsx")


DAYS = ["2021.5.6", "2021.05.06", "20210506", "2021-05-06", "2021/5/6", "2021年5月6日", "2021年05月06号", "21/5/6",
        "21.5.6", "二〇二一年五月六日", "二零二一年五月六日", "二O二一年五月六日", "44322", "44322.0", "6-May-21", "May 6, 2021",
        "2021-05-06 00:00:00", "2021/5/6 12:30", "2021-05-06T00:00:00", "20210506000000", "20210506 083000", "２０２１．５．６", "2021。5。6",
        "2021，5，6", "2021、5、6", "2021—5—6", "2021 5 6", "2021 年 5 月 6 日", "2021年5月6日星期四", "2021年5月6日0时",
        "'2021-05-06", "2021.5.6.", "20210506日", "（2021年5月6日）", "2021-05-06(病故)",
        "Thu May 06 00:00:00 CST 2021", "2021-May-06", "约2021年5月6日", "公元2021年5月6日",
        "阳历：2021.5.6"]  # fmt: skip


@pytest.mark.parametrize("writer", WRITERS)
def test_c2_52_days(office: Office, writer: str) -> None:
    found = deaths(office, *DAYS, writer=writer)
    assert [d for d, read in zip(DAYS, found["died_on"], strict=True) if read != DAY] == []
    assert set(found["died_on_precision"]) == {"day"}


def test_c2_52_dates_as_dates(office: Office) -> None:
    cells = (DAY, dt.datetime(2021, 5, 6, 12, 30), 44322)  # noqa: DTZ001 - as cells have it
    for writer in ("openpyxl", "xlsxwriter", "xlwt"):
        assert deaths(office, *cells, writer=writer)["died_on"] == [DAY] * 3, writer


def test_c2_52_the_system_of_1904(office: Office) -> None:
    book = openpyxl.Workbook()
    book.epoch = CALENDAR_MAC_1904
    page = book.active
    page.append(DEATHS)
    page.append(["王建国", number("19400101", 101), DAY, "王堂村"])
    content = io.BytesIO()
    book.save(content)
    assert office.read("health.deaths", content.getvalue())["died_on"] == [DAY]
    with_raw = io.BytesIO()
    page.append(["王建国", number("19400101", 103), 42860, "王堂村"])
    book.save(with_raw)
    assert office.read("health.deaths", with_raw.getvalue())["died_on"] == [DAY] * 2


@pytest.mark.parametrize("writer", ["openpyxl", "csv"])
def test_c2_52_months_and_years(office: Office, writer: str) -> None:
    months = ["2021年5月", "2021-5", "2021.05", "202105", "May-21", "2021.5.0", "2021-05-00", "20210500", "2021年5月份",
              "二〇二一年五月", "21年5月", "2021/5", "5/2021", "2021年5月上旬", "2021 05"]  # fmt: skip
    found = deaths(office, *months, writer=writer)
    assert dict(zip(months, found["died_on"], strict=True)) == dict.fromkeys(
        months, dt.date(2021, 5, 1)
    )
    assert set(found["died_on_precision"]) == {"month"}
    years = deaths(office, "2021", "2021年", "2021.0.0", writer=writer)
    assert years["died_on"] == [dt.date(2021, 1, 1)] * 3
    assert set(years["died_on_precision"]) == {"year"}


def test_c2_52_year_and_month_of_identification(office: Office) -> None:
    header = ["户编号", "户主姓名", "监测对象类别", "识别监测时间"]
    rows = [
        [f"H{n}", "张三", "边缘户", cell] for n, cell in enumerate(["202105", 202105, "2021.05"])
    ]
    found = office.read("roster.monitored", by_xlsxwriter([header, *rows]))
    assert found["identified_on"] == [dt.date(2021, 5, 1)] * 3
    assert set(found["identified_on_precision"]) == {"month"}


@pytest.mark.parametrize("writer", ["xlwt", "csv"])
def test_c2_52_months_of_payments(office: Office, writer: str) -> None:
    written = ["2021-05", "May-21", "五月", "2021年5月份", "二〇二一年五月"]
    rows = [
        ["王建国", number("19700101", 101 + n), "高龄津贴", m, 100] for n, m in enumerate(written)
    ]
    header = ["姓名", "身份证号", "补贴项目", "月份", "实发金额"]
    found = office.read("finance.card_payments", WRITERS[writer]([header, *rows]))
    assert found["period"] == ["2021-05"] * len(written)


def test_c2_52_days_that_are_none_are_asked(office: Office) -> None:
    header = [*DIBAO, "享受起始时间"]
    wrong = ["2021-02-30", "20211306", "2021.13", "########", "5月6日", "不知道哪天", "2021.5.l"]
    rows = [[*dibao(n), cell] for n, cell in enumerate([*wrong, "长期", "无", "1900-01-00"])]
    found = office.read("civil_affairs.dibao", xlsx([header, *rows]))
    assert found["from_date"] == [None] * 10
    assert found["from_date_text"][:7] == wrong
    assert [row for row, column, _ in found.asked("cell") if column == "from_date"] == list(
        range(2, 9)
    )


def test_c2_52_the_other_dates_of_its_own_sheet_settle_a_date(office: Office) -> None:
    """What another sheet or file writes says nothing of this one's."""
    dates = {"甲": ["5/6/2021", "5/13/2021"], "乙": ["5/6/2021", "13/5/2021"], "丙": ["5/6/2021", "20215"],
             "丁": ["20215", "202110"], "戊": ["20215", "44322"]}  # fmt: skip
    book = openpyxl.Workbook()
    book.remove(book.active)
    for sheet, cells in dates.items():
        page = book.create_sheet(sheet)
        page.append(DEATHS)
        for n, cell in enumerate(cells, start=101):
            page.append(["王建国", number("19400101", n), cell, "王堂村"])
    content = io.BytesIO()
    book.save(content)
    found = office.read("health.deaths", content.getvalue(), "死亡20210801.xlsx")
    read = dict(found.frame.group_by("sheet", maintain_order=True).agg("died_on").rows())
    assert read == {
        "甲": [DAY, dt.date(2021, 5, 13)],
        "乙": [dt.date(2021, 6, 5), dt.date(2021, 5, 13)],
        "丁": [dt.date(2021, 5, 1), dt.date(2021, 10, 1)],
        "戊": [dt.date(1955, 5, 6), DAY],
    }
    asked = found.quarantine.filter(scope="row").sort("row_number")
    assert asked.select("sheet", "reason_code").rows() == [
        ("丙", "month_or_day_first"),
        ("丙", "month_or_serial"),
    ]


def test_c2_52_of_a_span_the_contract_says_which_day_is_meant(office: Office) -> None:
    span = "2021/5/6-2021/5/9"
    asked = deaths(office, span, "2021-05-06")
    assert asked["died_on"] == [DAY]
    assert asked.asked("row") == [(2, "died_on", "several_days")]
    header = ["姓名", "身份证号", "医院名称", "入院日期", "出院日期", "医疗总费用", "到账日期"]
    stay = ["张三", number("19400101", 101), "县医院", span, span, 800, span]
    found = office.read("insurance.claims", xlsx([header, stay]), "住院20210801.xlsx")
    assert found["admitted_on"] == [DAY]
    assert found["discharged_on"] == [dt.date(2021, 5, 9)]
    assert found["received_on"] == [None]
    assert ("received_on", "several_days") in {(c, r) for _, c, r in found.asked("cell")}


def test_c2_54_lunar_births(office: Office) -> None:
    said = [
        "农历八月廿九",
        "1952年八月廿九",
        "1952.8.29(农历)",
        "1952年腊月初八",
        "阴历1952.8.29",
        "1952年农历8月29日",
    ]
    rows = [member(f"H{n}", "张三", "19520829", 101 + n, 出生日期=s) for n, s in enumerate(said)]
    found = office.read("roster.population", xlsx([ROSTER, *rows]), "人口20210801.xlsx")
    assert found["birth_date"] == [None] * 6
    assert found["birth_date_text"] == said
    assert [c for _, _, c in found.asked("cell")] == ["lunar_date"] * 6
    assert "公历" in found.reasons


AMOUNTS = {
    "1.2万元": 12000, "1.2万": 12000, "１.２万元": 12000, "0.8 万元": 8000, "1,200": 1200, "1，200": 1200,
    "1,200.50": 1200.5, "1 200": 1200, "12,000元": 12000, "壹仟元": 1000, "壹仟贰佰元整": 1200, "贰万伍仟元": 25000,
    "壹仟贰佰叁拾肆元伍角陆分": 1234.56, "三百五十元": 350, "一千二": 1200, "十万元": 100000, "3500元/年": 3500,
    "3500/年": 3500, "350元/人/月": 350, "约2000": 2000, "约2000元": 2000, "2000元左右": 2000, "2000余元": 2000,
    "￥1,200.00": 1200, "¥350": 350, "RMB350": 350, "人民币350元": 350, "350元整": 350, "350（元）": 350,
    "350元（含电费）": 350, "叁佰伍拾元整（￥350.00）": 350, "350元5角": 350.5, "1.2E+04": 12000, "2千元": 2000, "2百元": 200,
    "0": 0, "-50": -50, "−50": -50, "20万": 200000, "二千三百元": 2300, "一万二千元": 12000, "二百三十万元": 2300000, "一万五": 15000,
}  # fmt: skip


@pytest.mark.parametrize("writer", WRITERS)
def test_c2_55_units_commas_and_words(office: Office, writer: str) -> None:
    header = ["姓名", "身份证号", "补贴项目", "实发金额", "发放日期", "银行账号"]
    rows = [["张三", number("19400101", n), "低保", text, f"2021-05-{n % 28 + 1:02d}", "6217000000000000123"]
            for n, text in enumerate(AMOUNTS, start=101)]  # fmt: skip
    found = office.read("finance.card_payments", WRITERS[writer]([header, *rows]))
    assert dict(zip(found["amount_text"], found["amount"], strict=True)) == AMOUNTS
    assert found.asked() == []


def test_c2_55_what_is_no_amount_is_asked(office: Office) -> None:
    wrong = ["未发", "3000-5000", "350+50", "三百多吧", "详见附件", "50%", "1,2000",
             "1200\n1300", "120\n300", "1200 1300", "350(500)"]  # fmt: skip
    found = office.read(
        "civil_affairs.dibao", xlsx([DIBAO, *[dibao(n, 月保障金=w) for n, w in enumerate(wrong)]])
    )
    assert found["monthly_amount"] == [None] * len(wrong)
    assert found["monthly_amount_text"] == wrong
    assert found.asked() == [
        (n, "monthly_amount", "unreadable_amount") for n in range(2, 2 + len(wrong))
    ]


def test_c2_55_whether_an_accountants_brackets_mean_a_negative_is_asked(office: Office) -> None:
    """Nothing says so: others put a number in brackets for no reason, and a sum hangs on it."""
    bracketed = ["(500.00)", "（500）", "(1,200.00)", "￥(500)", "(500元)", "△500"]
    rows = [dibao(n, 月保障金=cell) for n, cell in enumerate([*bracketed, -500])]
    found = office.read("civil_affairs.dibao", xlsx([DIBAO, *rows]))
    assert found["monthly_amount"] == [None] * 6 + [-500]
    asked = [(row, code) for row, _, code in found.asked("cell")]
    assert asked == [(row, "amount_maybe_negative") for row in range(2, 8)]
    assert "是负数的请写成“-500”" in found.reasons


YES = ["是", "√", "✓", "✔", "☑", "1", "１", "Y", "y", "YES", "有", "已", "是的", "对", "TRUE", "已拆除", "已拆", "V",
       "☑是 □否", "是(√) 否( )", "□否 ☑是", "否( ) 是(√)", "是√", "1.是", "1.0", " 是 ", "是（已核实）", True, 1]  # fmt: skip
NO = ["否", "×", "✗", "☒", "0", "０", "N", "n", "no", "无", "未", "不是", "没有", "FALSE", "未拆除", "未拆", "□是 ☑否", "☑否 □是", "是( ) 否(√)", "2.否",
      "0.0", "否。", False, 0]  # fmt: skip


@pytest.mark.parametrize("writer", WRITERS)
def test_c2_58_yes_and_no(office: Office, writer: str) -> None:
    header = ["户主姓名", "户主身份证号", "安置点", "搬迁人口", "旧房是否拆除"]
    unclear = ["看情况", "3", "是( ) 否( )", "□是 □否", "是（否）"]
    said = [*YES, *NO, *unclear]
    rows = [
        ["张三", number("19400101", n), "幸福小区", 3, text]
        for n, text in enumerate(said, start=101)
    ]
    found = office.read("housing.relocations", WRITERS[writer]([header, *rows]))
    expected = [True] * len(YES) + [False] * len(NO) + [None] * len(unclear)
    got = found["old_house_demolished"]
    assert [(s, g) for s, e, g in zip(said, expected, got, strict=True) if e is not g] == []
    assert [c for _, c, _ in found.asked()] == ["old_house_demolished"] * len(unclear)


GRADES = {
    "A": "A Ａ a A级 Ａ级 A级（安全） 一级 1 1级 Ⅰ Ⅰ级 I级 甲 甲级 ①",
    "B": "B Ｂ b B级 二级 2 Ⅱ II 乙",
    "C": "C c级 C级危房 三级 3 Ⅲ 丙 局部危险",
    "D": "D Ｄ D级 D级危房 四级 4 Ⅳ Ⅳ级 IV 丁 整体危险",
}
LEVELS = {
    "1": "一级 1 １ 1级 Ⅰ Ⅰ级 I 壹级 1.0 肢体一级",
    "2": "二级 贰级 Ⅱ 2 听力二级",
    "3": "叁级 Ⅲ级 III 肢体3级",
    "4": "四级 Ⅳ 4 04",
}


@pytest.mark.parametrize("writer", WRITERS)
def test_c2_59_grades(office: Office, writer: str) -> None:
    header = ["户主姓名", "户主身份证号", "鉴定等级", "鉴定日期"]
    said = [(text, grade) for grade, texts in GRADES.items() for text in texts.split()]
    rows = [
        ["张三", number("19400101", n), text, "2021-05-06"]
        for n, (text, _) in enumerate(said, start=101)
    ]
    found = office.read("housing.appraisals", WRITERS[writer]([header, *rows]))
    assert list(zip(found["grade_text"], found["grade"], strict=True)) == said
    header = ["姓名", "身份证号", "残疾类别", "残疾等级"]
    said = [(text, level) for level, texts in LEVELS.items() for text in texts.split()]
    rows = [
        ["张三", number("19400101", n), "肢体", text] for n, (text, _) in enumerate(said, start=101)
    ]
    found = office.read("civil_affairs.disability", WRITERS[writer]([header, *rows]))
    assert list(zip(found["level_text"], found["level"], strict=True)) == said


@pytest.mark.parametrize("writer", ["openpyxl", "xlwt"])
def test_c2_59_a_note_that_is_another_code_is_asked(office: Office, writer: str) -> None:
    said = {
        "正常（外出务工）": "正常",
        "正常(正常)": "正常",
        "正常（已死亡）": None,
        "死亡（正常）": None,
    }
    rows = [[*member(f"H{n}", "张三", "19700101", 2 * n + 1), text] for n, text in enumerate(said)]
    found = office.read("roster.population", WRITERS[writer]([[*ROSTER, "人员状态"], *rows]))
    assert dict(zip(found["status_text"], found["status"], strict=True)) == said
    assert [c for _, c, _ in found.asked("cell")] == ["status"] * 2


def test_c2_59_what_no_dictionary_knows_is_asked(office: Office) -> None:
    header = ["户主姓名", "户主身份证号", "鉴定等级", "鉴定日期"]
    said = ["E级", "一般", "A/B", "未鉴定", "1-2级", "1、2级"]
    rows = [["张三", number("19400101", n), t, "2021-05-06"] for n, t in enumerate(said, start=101)]
    found = office.read("housing.appraisals", xlsx([header, *rows]))
    assert [
        (code, scope)
        for (_, _, code), scope in zip(found.asked(), found.quarantine["scope"], strict=True)
    ] == [("unknown_code", "row")] * len(said)
    assert "可用的写法：A、B、C、D" in found.reasons


@pytest.mark.parametrize("writer", WRITERS)
def test_c2_58_free_text_that_is_struck_out_is_empty(office: Office, writer: str) -> None:
    """无 stays: without an illness, without a place of work is what it says."""
    header = [*DIBAO, "家庭住址", "致困原因"]
    struck = ["-", "—", "——", "/", "／", "－－", "\\", "、", "*", "- -"]
    kept = ["无", "A-", "3/4", "-5", "否"]
    rows = [[*dibao(n), cell, cell] for n, cell in enumerate([*struck, *kept])]
    found = office.read("civil_affairs.dibao", WRITERS[writer]([header, *rows]))
    for column in ("address", "reason"):
        assert found[column] == [None] * len(struck) + kept
    assert found.asked() == []


def test_c2_58_a_required_text_that_is_struck_out_is_missing(office: Office) -> None:
    header = ["姓名", "身份证号", "补贴项目", "实发金额", "发放日期"]
    rows = [["张三", MAN, item, 350, "2021-05-06"] for item in ("耕地地力保护补贴", "——")]
    found = office.read("finance.card_payments", xlsx([header, *rows]))
    assert found.asked("row") == [(3, "item", "missing_required")]


def test_c2_60_words_that_drift(office: Office) -> None:
    types = {"五保户": "一般农户", "建档立卡": "脱贫户", "建档立卡贫困户": "脱贫户", "边缘户": "监测对象", "检测户": "监测对象",
             "检测对象": "监测对象", "边缘易致贫户": "监测对象", "脱贫监测户": "监测对象", "突发严重困难": "监测对象",
             "已脱贫户": "脱贫户", "一般户": "一般农户", "稳定脱贫户": "脱贫户"}  # fmt: skip
    rows = [[*member(f"H{n}", "张三", "19520829", 101 + n), t] for n, t in enumerate(types)]
    found = office.read(
        "roster.population", by_pandas([[*ROSTER, "户类型"], *rows]), "人口20210801.xlsx"
    )
    assert dict(zip(found["household_type_text"], found["household_type"], strict=True)) == types
    header = ["户编号", "户主姓名", "检测对象类别", "风险是否已消除"]
    kinds = {
        "边缘户": "边缘易致贫户",
        "边沿户": "边缘易致贫户",
        "脱贫不稳定": "脱贫不稳定户",
        "突发困难户": "突发严重困难户",
    }
    rows = [[f"H{n}", "张三", k, "否"] for n, k in enumerate(kinds)]
    found = office.read("roster.monitored", xlsx([header, *rows]))
    assert found["category"] == list(kinds.values())
    header = ["姓名", "身份证号", "供养方式", "月供养金"]
    ways = {
        "五保集中供养": "集中供养",
        "集中五保": "集中供养",
        "分散": "分散供养",
        "散居五保": "分散供养",
    }
    rows = [["张三", number("19400101", n), way, 700] for n, way in enumerate(ways, start=101)]
    found = office.read("civil_affairs.tekun", xlsx([header, *rows]))
    assert dict(zip(found["mode_text"], found["mode"], strict=True)) == ways


def test_c2_60_old_words_in_a_column_of_free_text_are_told_once(office: Office) -> None:
    header = ["姓名", "身份证号", "参保年度", "险种", "参保身份", "村"]
    identities = ["五保户", "建档立卡贫困户", "五保户", "脱贫户", "低保对象"]
    rows = [
        ["张三", number("19520829", 101 + n), 2021, "居民医保", said, "王堂村"]
        for n, said in enumerate(identities)
    ]
    found = office.read("insurance.coverage", xlsx([header, *rows]))
    assert found["identity"] == identities
    assert found.asked("flag") == [(2, "identity", "old_terms")]
    assert "五保户（现称特困人员）、建档立卡贫困户（现称脱贫户），共 3 行" in found.reasons


def test_c2_60_a_slip_is_proposed_only_where_it_can_be_of_one_code(office: Office) -> None:
    rows = [dibao(0, 低保类别="五类"), dibao(1, 低保类别="A类别"), dibao(2, 低保类别="甲类户")]
    found = office.read("civil_affairs.dibao", xlsx([DIBAO, *rows]))
    said = found.quarantine.sort("row_number")["reason"].to_list()
    assert ["是否指" in reason for reason in said] == [False, True, True]


def test_c2_60_a_word_with_half_the_characters_of_another_is_no_slip_of_it() -> None:
    """Confirmed as 迁出, who works elsewhere would leave the register."""
    moved = {"迁出": ["县外迁出"], "正常": ["在册"]}
    assert nearest_codes(pl.Series(["外出务工"]), moved) == {}
    assert nearest_codes(pl.Series(["县外迁出了"]), moved) == {"县外迁出了": "迁出"}


def test_c2_60_what_several_codes_have_in_common_hints_at_none(office: Office) -> None:
    header = ["姓名", "身份证号", "参保年度", "险种", "村"]
    asked = ["基本医保", "城镇医保", "职工子女", "职工养老保险", "工伤保险"]
    hints = {"城乡居民医疗报险": "城乡居民", "城乡医保": "城乡居民", "城镇职工医报": "职工"}
    rows = [["张三", number("19520829", 101 + n), 2021, said, "王堂村"]
            for n, said in enumerate([*asked, *hints, "退休职工"])]  # fmt: skip
    found = office.read("insurance.coverage", xlsx([header, *rows]))
    assert found["scheme"] == [None] * 8 + ["职工"]
    reasons = found.quarantine.sort("row_number")["reason"].to_list()
    assert ["是否指" in reason for reason in reasons] == [False] * 5 + [True] * 3
    for reason, code in zip(reasons[5:], hints.values(), strict=True):
        assert f"是否指“{code}”？" in reason
