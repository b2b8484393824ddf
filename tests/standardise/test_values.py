"""Names, dates, amounts, codes and periods, defect by defect (DOMAIN C2, 39 to 60)."""

import datetime as dt

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.standardise.amounts import parse_amounts, parse_integers, parse_numbers
from pipelines.standardise.codes import parse_code_lists, parse_codes, parse_yes_no
from pipelines.standardise.dates import parse_dates
from pipelines.standardise.names import parse_names
from pipelines.standardise.numbers_as_text import parse_accounts, parse_certificates, parse_phones
from pipelines.standardise.periods import parse_periods, parse_terms, parse_years
from tests.standardise.records import contracts

pytestmark = pytest.mark.unit


def one(frame: pl.DataFrame, *columns: str) -> tuple[object, ...]:
    return frame.select(*columns).row(0)


def texts(*values: str | None) -> pl.Series:
    return pl.Series("text", list(values), dtype=pl.String)


@pytest.mark.parametrize(
    ("text", "value", "key"),
    [
        ("李　四", "李四", "李四"),  # 39
        ("王 五", "王五", "王五"),
        *[(f"买买提{dot}艾力", "买买提·艾力", "买买提艾力") for dot in "·•・．.‧"],  # 40
        ("买 买 提 · 艾 力", "买买提·艾力", "买买提艾力"),
        ("王(王申)强", "王(王申)强", "王?强"),  # 41
        ("张□", "张□", "张?"),
        ("张*三", "张*三", "张?三"),
        ("张\ue81e", "张\u9fb4", "张\u9fb4"),  # 42
        ("葉昇", "葉昇", "叶升"),  # 43
        ("甯髙", "甯髙", "宁高"),
        ("亁陞", "亁陞", "乾升"),
        ("张三(已故)", "张三", "张三"),  # 47
        ("户主:张三", "张三", "张三"),
        ("户主：张三", "张三", "张三"),
        ("(户主)张三", "张三", "张三"),
        ("王二娃", "王二娃", "王二娃"),
        ("张三先生", "张三", "张三"),
        ("王秀英2", "王秀英", "王秀英"),
        ("张三之子", "张三之子", "张三之子"),
        ("  ", None, None),
        ("无", None, None),
        ("/", None, None),
        ("测试", None, None),
        ("12345", None, None),
    ],
)
def test_names(text: str, value: str | None, key: str | None) -> None:
    assert one(parse_names(texts(text), subject=True), "value", "key") == (value, key)


def test_several_persons_are_nobody_as_a_subject_and_somebody_as_helpers() -> None:  # 48
    cell = texts("张三、李四")
    assert one(parse_names(cell, subject=True), "value", "issue") == (None, "several_persons")
    assert one(parse_names(cell, subject=False), "value", "key") == ("张三、李四", "张三")


DAY = dt.date(2021, 5, 6)
MONTH = dt.date(2021, 5, 1)


@pytest.mark.parametrize(
    ("text", "value", "precision", "issue"),
    [
        ("2021.5.6", DAY, "day", None),  # 52
        ("20210506", DAY, "day", None),
        ("2021-05-06", DAY, "day", None),
        ("2021/5/6", DAY, "day", None),
        ("2021年5月6日", DAY, "day", None),
        ("21/5/6", DAY, "day", None),
        ("二〇二一年五月六日", DAY, "day", None),
        ("二○二一年十二月二十一日", dt.date(2021, 12, 21), "day", None),
        ("44322", DAY, "day", None),
        ("44322.0", DAY, "day", None),
        ("2021-05-06 00:00:00", DAY, "day", None),
        ("2021/5/6 12:30", DAY, "day", None),
        ("6-May-21", DAY, "day", None),
        ("２０２１．５．６", DAY, "day", None),
        ("2021年5月", MONTH, "month", None),
        ("2021-5", MONTH, "month", None),
        ("202105", MONTH, "month", None),
        ("May-21", MONTH, "month", None),
        ("2021.5.0", MONTH, "month", None),
        ("20210500", MONTH, "month", None),
        ("2021", dt.date(2021, 1, 1), "year", None),
        ("2021年", dt.date(2021, 1, 1), "year", None),
        ("2021-02-30", None, None, "impossible_date"),
        ("20210230", None, None, "impossible_date"),
        ("2021-13-01", None, None, "impossible_date"),
        ("农历八月廿九", None, None, "lunar_date"),  # 54
        ("不知道哪天", None, None, "unreadable_date"),
        ("无", None, None, None),
        ("长期有效", None, None, None),
        ("1900-01-00", None, None, None),  # an empty cell formatted as a date
        ("2021 05 06", DAY, "day", None),
        ("2021。5。6", DAY, "day", None),
        ("2021.05.", MONTH, "month", None),
        ("二0二一年五月六日", DAY, "day", None),
        ("2021年5月上旬", MONTH, "month", None),
        (None, None, None, None),
    ],
)
def test_dates(
    text: str | None, value: dt.date | None, precision: str | None, issue: str | None
) -> None:
    assert one(parse_dates(texts(text)), "value", "precision", "issue") == (value, precision, issue)


def test_a_span_gives_its_first_or_its_last_day_or_is_asked() -> None:
    span = texts("2021.1.1-2021.12.31")
    assert one(parse_dates(span, span="first"), "value") == (dt.date(2021, 1, 1),)
    assert one(parse_dates(span, span="last"), "value") == (dt.date(2021, 12, 31),)
    for cell in ("2021.1.1-2021.12.31", "2021/5/6-2021/5/9", "2021年5月6日至9日"):
        read = one(parse_dates(texts(cell)), "value", "precision", "issue")
        assert read == (None, None, "several_days"), cell


@pytest.mark.parametrize(
    "time",
    ["0时", "0时0分", "10:30", " 10：30", "上午10时30分", "下午3点", "晚", "8点半", "23时59分59秒",
     "八时三十分", "晚上8点左右", "10时许"],
)  # fmt: skip
def test_a_time_behind_a_day_is_left_off(time: str) -> None:
    for day in ("2021年5月6日", "2021年5月6号", "二〇二一年五月六日"):
        assert one(parse_dates(texts(day + time)), "value", "precision") == (DAY, "day"), day


def read_among(cell: str, *others: str) -> tuple[object, ...]:
    found = parse_dates(texts(cell, *others)).filter(pl.col("text") == cell)
    return one(found, "value", "precision", "issue")


def test_a_month_without_its_0_is_told_from_a_serial_number_by_the_other_cells() -> None:
    serial = (dt.date(1955, 5, 6), "day", None)
    assert read_among("20215", "202110", "20213", "2021") == (MONTH, "month", None)
    assert read_among("20215", "44322", "20210.0", "20213") == serial
    asked = (None, None, "month_or_serial")
    assert read_among("20215") == asked
    assert read_among("20215", "2021-05-06", "20219") == asked
    assert read_among("20215", "44322", "202110") == asked
    assert read_among("20210", "2021-05-06") == (dt.date(1955, 5, 1), "day", None)


def test_whether_the_month_or_the_day_comes_first_is_told_by_the_other_cells() -> None:
    day_first = (dt.date(2021, 6, 5), "day", None)
    may, asked = (DAY, "day", None), (None, None, "month_or_day_first")
    for cell in ("5/6/2021", "5.6.2021", "05-06-2021", "5/6/21"):
        assert read_among(cell, "5/13/2021", "2021-05-06") == may, cell
        assert read_among(cell, "13/5/2021", "2021-05-06") == day_first, cell
        assert read_among(cell, "2021-05-06", "6/7/2021") == asked, cell
        assert read_among(cell, "5/13/2021", "13/5/2021") == asked, cell
    for cell in ("5/13/2021", "13/5/2021", "13.5.2021", "5/13/21"):
        assert read_among(cell) == (dt.date(2021, 5, 13), "day", None), cell
    assert read_among("5/5/2021") == (dt.date(2021, 5, 5), "day", None)
    assert read_among("13/13/2021") == (None, None, "impossible_date")


def test_a_year_of_two_digits_comes_first_unless_another_cell_ends_with_it() -> None:
    assert read_among("11/6/21") == (dt.date(2011, 6, 21), "day", None)
    assert read_among("21/5/6", "5/13/21") == (DAY, "day", None)
    assert read_among("05/06/21", "12/31/20", "06/07/98") == (DAY, "day", None)
    assert read_among("06/07/98", "12/31/20") == (dt.date(1998, 6, 7), "day", None)
    assert read_among("11/6/21", "5/6/21") == (None, None, "month_or_day_first")
    assert read_among("11/6/21", "12/31/20", "21/5/6") == (None, None, "month_or_day_first")


@pytest.mark.properties
@settings(max_examples=8, deadline=None)
@given(st.dates(dt.date(1931, 1, 1), dt.date(2029, 12, 31)))
def test_a_day_reads_the_same_in_every_form(day: dt.date) -> None:
    serial = str((day - dt.date(1899, 12, 30)).days)
    like_month = serial.startswith(("19", "20")) and not serial.endswith("0")
    forms = [
        f"{day:%Y%m%d}",
        f"{day:%Y-%m-%d}",
        f"{day.year}.{day.month}.{day.day}",
        f"{day.year}年{day.month}月{day.day}日",
        f"{day:%Y/%m/%d} 08:30:00",
        f"{day:%d-%b-%Y}",
        *([] if like_month else [serial]),
    ]
    assert parse_dates(texts(*dict.fromkeys(forms)))["value"].unique().to_list() == [day]


@pytest.mark.parametrize(
    ("text", "unit", "value"),
    [
        ("1.2万元", None, 12000.0),  # 55
        ("1,200", None, 1200.0),
        ("1,234,567.89", None, 1234567.89),
        ("壹仟元", None, 1000.0),
        ("壹仟伍佰元（1,500）", None, 1500.0),
        ("壹仟元（￥1500）", None, None),
        ("一千五(1500)", None, 1500.0),
        ("贰万伍仟元整", None, 25000.0),
        ("3500元/年", None, 3500.0),
        ("约2000", None, 2000.0),
        ("2000左右", None, 2000.0),
        ("￥1200.50", None, 1200.5),
        ("12.5", "万元", 125000.0),  # 56
        ("125000元", "万元", 125000.0),
        ("2千", None, 2000.0),
        ("一万二", None, 12000.0),
        ("一万零二", None, 10002.0),
        ("一万二千", None, 12000.0),
        ("三百五", None, 350.0),
        ("0", None, 0.0),
        ("-50", None, -50.0),
        ("无", None, None),
        ("3000-5000", None, None),
        ("未发", None, None),
    ],
)
def test_amounts(text: str, unit: str | None, value: float | None) -> None:
    parsed = parse_amounts(texts(text), header_unit=unit, per_month=False)
    assert one(parsed, "value") == (value,)
    unread = value is None and text != "无"
    assert one(parsed, "issue") == ("unreadable_amount" if unread else None,)


def test_a_yearly_amount_in_a_monthly_column_is_divided() -> None:  # 57
    by_cell = parse_amounts(texts("4200元/年"), header_unit=None, per_month=True)
    by_header = parse_amounts(texts("4200"), header_unit="元/年", per_month=True)
    plain = parse_amounts(texts("350"), header_unit="元/月", per_month=True)
    assert [one(f, "value") for f in (by_cell, by_header, plain)] == [(350.0,)] * 3


def test_counts_and_measures() -> None:
    counts = parse_integers(texts("3人", "三", "3.0", "12次", "2.5", "4"))
    assert dict(counts.select("text", "value").iter_rows()) == {
        "3人": 3, "三": 3, "3.0": 3, "12次": 12, "2.5": None, "4": 4,
    }  # fmt: skip
    measures = parse_numbers(texts("80.5平方米", "80㎡", "约80", "80.50"))
    assert dict(measures.select("text", "value").iter_rows()) == {
        "80.5平方米": 80.5, "80㎡": 80, "约80": 80, "80.50": 80.5,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "value"),
    [
        *[
            (t, True)
            for t in ("是", "√", "✓", "1", "Y", "有", "已拆除", "是的", "１", "已 拆", "V", "ok")
        ],
        *[(t, False) for t in ("否", "×", "0", "N", "无", "未拆除", "没有", "未拆", "尚未拆除")],
        ("看情况", None),
        (None, None),
    ],
)
def test_yes_and_no(text: str | None, value: bool | None) -> None:  # 58
    assert one(parse_yes_no(texts(text)), "value") == (value,)


@pytest.mark.parametrize(
    ("dataset", "column", "text", "value"),
    [
        ("housing.appraisals", "grade", "Ａ", "A"),  # 59
        ("housing.appraisals", "grade", "c级", "C"),
        *[("housing.appraisals", "grade", t, "B") for t in ("二级", "2", "Ⅱ", "乙")],
        ("housing.appraisals", "grade", "D级(整体危险)", "D"),
        ("housing.appraisals", "grade", "甲", "A"),
        ("civil_affairs.disability", "level", "一级", "1"),
        ("civil_affairs.disability", "level", "Ⅱ", "2"),
        ("civil_affairs.disability", "level", "叁级", "3"),
        ("civil_affairs.disability", "level", "4.0", "4"),
        ("roster.monitored", "category", "边缘户", "边缘易致贫户"),  # 60
        ("roster.population", "household_type", "建档立卡贫困户", "脱贫户"),
        ("roster.population", "household_type", "检测对象", "监测对象"),
        ("roster.population", "sex", "1.男", "男"),
        ("civil_affairs.dibao", "status", "停发", "停保"),
        ("finance.card_payments", "result", "退汇", "退票"),
        ("housing.appraisals", "grade", "一般", None),
    ],
)
def test_codes(dataset: str, column: str, text: str, value: str | None) -> None:
    codes = contracts()[dataset].columns[column].codes
    assert codes
    assert one(parse_codes(texts(text), codes), "value") == (value,)


def test_lists_of_codes_keep_what_is_known_and_name_what_is_not() -> None:
    codes = contracts()["roster.monitored"].columns["risks"].codes
    assert codes
    parsed = parse_code_lists(texts("因病、缺劳力", "因病/因学，因病", "因病;怪原因", "无"), codes)
    assert parsed["value"].to_list() == [["因病", "缺劳动力"], ["因病", "因学"], ["因病"], None]
    assert parsed["issue"].to_list() == [None, None, "unknown_code", None]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2021春季", "2021春季"),
        ("2020-2021学年第二学期", "2021春季"),
        ("2021-2022学年第一学期", "2021秋季"),
        ("2021年秋季学期", "2021秋季"),
        ("2020—2021学年度下学期", "2021春季"),
        ("2021.3", "2021春季"),
        ("2022年1月", "2021秋季"),
        ("2020-2021学年", None),
        ("2020年秋至2021年春", None),
        ("2020-2021学年第一学期、第二学期", None),
        ("春季", None),
    ],
)
def test_terms(text: str, value: str | None) -> None:
    assert one(parse_terms(texts(text)), "value") == (value,)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2021", "2021"),
        ("2021年度", "2021"),
        ("2021-08", "2021-08"),
        ("202108", "2021-08"),
        ("2021年8月", "2021-08"),
        ("2021-08-05", "2021-08"),
        ("8月", "2021-08"),
        ("12月", "2020-12"),
        ("四月", "2021-04"),
        ("十二月份", "2020-12"),
        ("May-21", "2021-05"),  # how a spreadsheet shows 2021-05 once it was saved as csv
        ("二〇二一年五月", "2021-05"),
        ("21年5月", "2021-05"),
        ("三月至五月", "三月至五月"),
        ("二季度", "2021-Q2"),
        ("四季度", "2020-Q4"),
        ("上半年", "2021-H1"),
        ("4-6月", "2021-04/2021-06"),
        ("10-12月", "2020-10/2020-12"),
        ("2021.4-6", "2021-04/2021-06"),
        ("2021-4-6", "2021-04"),
        ("2021年第三季度", "2021-Q3"),
        ("2021Q3", "2021-Q3"),
        ("2021年上半年", "2021-H1"),
        ("2021年1-6月", "2021-01/2021-06"),
        ("第一批", "第一批"),
        (None, None),
    ],
)
def test_periods(text: str | None, value: str | None) -> None:
    cells = pl.DataFrame({"text": texts(text), "as_of": [dt.date(2021, 8, 30)]})
    assert one(parse_periods(cells), "value") == (value,)


def test_years() -> None:
    assert parse_years(
        texts(
            "2021", "2021年度", "21年", "2021.0", "2021-05-06", "二〇二一年度", "某年", "2020至2021"
        )
    )["value"].to_list() == [2021, 2021, 2021, 2021, 2021, 2021, None, None]


def test_digits_that_a_number_cell_lost_are_not_used() -> None:
    cells = pl.DataFrame(
        {
            "text": [
                "6217000000000000123", "6217000000000000", "621700000012345", None,
                "6217000000000000", "6217000000000000", " 6217 0000 0000 0000",
            ],
            "number": [False, True, True, None, False, True, False],
        }
    )  # fmt: skip
    for parser in (parse_accounts, parse_certificates):
        parsed = parser(cells)
        assert parsed["text"].equals(cells["text"])
        assert parsed["value"].to_list() == [
            "6217000000000000123", None, "621700000012345", None,
            "6217000000000000", None, "6217000000000000",
        ]  # fmt: skip
        lost = "precision_lost"
        assert parsed["issue"].to_list() == [None, lost, None, None, None, lost, None]


def test_phones() -> None:
    cells = texts("138 0000 1234", "+8613800001234", "13800001234、13900001234", "1380000123", "/")
    parsed = parse_phones(cells.to_frame().with_columns(number=pl.lit(value=False)))
    by_text = dict(parsed.select("text", "value").iter_rows())
    assert [by_text[t] for t in cells] == ["13800001234"] * 3 + [None, None]


def test_a_date_among_numbers_is_one_and_among_dates_is_none() -> None:
    """Plain numbers count as such although they take the short way."""
    among_numbers = parse_numbers(pl.Series(["600", "700", "1901-05-14", "1901-05-15"]))
    told = {text: (value, issue) for text, value, issue in among_numbers.rows()}
    assert told["1901-05-14"] == (500.0, "number_as_date")
    among_dates = parse_numbers(pl.Series(["600", "1951-05-14", "1951-05-15"]))
    assert set(among_dates.filter(pl.col("text") != "600")["issue"]) == {"unreadable_number"}


def test_a_day_before_any_list_is_a_number_whatever_the_others_are() -> None:
    shown = {"1900-04-19": 110.0, "1900-02-14": 45.0, "1900-03-28 12:00:00": 88.5,
             "1900-02-28": None}  # fmt: skip
    parsed = parse_numbers(pl.Series(list(shown)))
    assert dict(parsed.select("text", "value").iter_rows()) == shown
    assert dict(parsed.select("text", "issue").iter_rows())["1900-02-28"] == "unreadable_number"
    fund = parse_amounts(pl.Series(["1900-02-04", "12"]), header_unit="万元", per_month=False)
    assert sorted(fund["value"]) == [120_000.0, 350_000.0]
