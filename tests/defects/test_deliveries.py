"""Defect 69 of DOMAIN C2: lists that speak of different days, and which of them a round uses."""

import datetime as dt
import io
from collections.abc import Mapping, Sequence
from typing import Any

import openpyxl
import polars as pl
import pytest

from tests.defects.county import DIBAO, ROSTER, Office, dibao, member, number, xlsx

pytestmark = pytest.mark.unit
LIST = "civil_affairs.dibao"


def test_c2_69_each_file_has_its_own_day(office: Office) -> None:
    office.send(
        "roster", "人口2021.8.2.xlsx", xlsx([ROSTER, member("H1", "王建国", "19700101", 101)])
    )
    office.send("civil_affairs", "农村低保（2021年8月）.xlsx", xlsx([DIBAO, dibao(0)]))
    header = ["姓名", "身份证号", "死亡日期"]
    died = [["王建国", dibao(0)[1], "2021-08-15"]]
    office.send("health", "死亡名单20210820.xlsx", xlsx([header, *died]))
    sheets = office.take().sheets.filter(pl.col("dataset") != "roster.villages")
    found = dict(sheets.select("dataset", "as_of").rows())
    assert found == {
        "roster.population": dt.date(2021, 8, 2),
        LIST: dt.date(2021, 8, 1),
        "health.deaths": dt.date(2021, 8, 20),
    }
    assert office.listed(LIST)["as_of"] == [dt.date(2021, 8, 1)]
    # A death after the roster's day is no error.
    deaths = office.listed("health.deaths")
    assert deaths["died_on"] == [dt.date(2021, 8, 15)]
    assert deaths.asked() == []


@pytest.mark.parametrize(
    ("name", "as_of"),
    [
        ("2-2025.9.3持证残疾人名单.xlsx", "2025-09-03"),
        ("3-02025.9.1-2025年9月份农村低保备案表.xls", "2025-09-01"),
        ("1-脱贫户信息_20250902-继续享受政策.xlsx", "2025-09-02"),
        ("低保(2025年9月).xlsx", "2025-09-01"),
        ("低保2025-9-3定稿.xlsx", "2025-09-03"),
        ("低保２０２５年９月３日.xlsx", "2025-09-03"),
    ],
)
def test_c2_69_days_in_real_file_names(office: Office, name: str, as_of: str) -> None:
    office.send("civil_affairs", name, xlsx([DIBAO, dibao(0)]), arrived="2025-09-20")
    sheet = office.take(dt.date(2025, 9, 30)).sheets.filter(department="civil_affairs")
    assert sheet.select("as_of", "as_of_source").rows() == [(dt.date.fromisoformat(as_of), "name")]


def test_c2_69_newer_older_repeated_and_partial_files(office: Office) -> None:
    first = xlsx([DIBAO, *[dibao(n) for n in range(3)]])
    office.send("civil_affairs", "低保20210701.xlsx", first)
    office.send("civil_affairs", "低保20210801.xlsx", xlsx([DIBAO, *[dibao(n) for n in range(4)]]))
    office.send(
        "civil_affairs", "低保20210801(1).xlsx", xlsx([DIBAO, *[dibao(n) for n in range(4)]])
    )
    again = office.send("civil_affairs", "低保20210701 - 副本.xlsx", first)
    office.send("civil_affairs", "低保20210915.xlsx", first)
    sheets = office.take().sheets.filter(department="civil_affairs")
    status = {p.rsplit("/", 1)[1]: s for p, s in sheets.select("path", "status").rows()}
    assert status["低保20210915.xlsx"] == "waiting"
    assert status["低保20210701.xlsx"] in {"superseded", "duplicate"}
    assert status[again.name] in {"superseded", "duplicate"}
    assert office.listed(LIST).frame.filter(pl.col("row_number") == 2).height >= 1
    unused = sheets.filter(~pl.col("used"))
    assert all(message for message in unused["message"])
    # The rounds before use what they used.
    assert office.listed(LIST, dt.date(2021, 7, 31)).frame.height == 3


def book(sheets: Mapping[str, Sequence[Sequence[Any]]]) -> bytes:
    """Give a workbook of several sheets."""
    workbook = openpyxl.Workbook()
    workbook.remove(workbook.active)
    for name, rows in sheets.items():
        page = workbook.create_sheet(name)
        for row in rows:
            page.append(list(row))
    content = io.BytesIO()
    workbook.save(content)
    return content.getvalue()


def listed(*people: int) -> list[Sequence[Any]]:
    return [DIBAO, *[dibao(n) for n in people]]


@pytest.mark.parametrize(
    ("name", "july", "august"),
    [
        ("低保.xlsx", "2021年7月", "2021年8月"),
        ("低保20210825.xlsx", "2021年7月", "2021年8月"),
        ("2021年低保名单.xlsx", "7月", "8月份"),
        ("低保.xlsx", "7月低保", "8月低保"),
        ("低保2021年8月.xlsx", "202107", "202108"),
        ("低保20210705.xlsx", "2021.7.1", "2021.8.1"),
    ],
)
def test_c2_69_month_sheets_of_one_book_do_not_add_up(
    office: Office, name: str, july: str, august: str
) -> None:
    office.send("civil_affairs", name, book({august: listed(2, 3, 4), july: listed(1, 2, 3)}))
    found = office.listed(LIST)
    assert found["sheet"] == [august] * 3
    sheets = office.take().sheets.filter(department="civil_affairs")
    assert dict(sheets.select("sheet", "status").rows()) == {august: "used", july: "superseded"}
    old = sheets.filter(sheet=july).row(0, named=True)
    assert (old["as_of"], old["as_of_source"]) == (dt.date(2021, 7, 1), "name")
    assert f"同一文件的工作表“{august}”" in old["message"]
    # The rounds before use what they would have used.
    assert office.listed(LIST, dt.date(2021, 7, 31))["sheet"] == [july] * 3


def test_c2_69_the_newest_month_has_the_books_own_day(office: Office) -> None:
    sheets = {"2021年7月": listed(1, 2), "2021年8月": listed(1, 2), "新增": listed(9)}
    office.send("civil_affairs", "低保20210825.xlsx", book(sheets))
    found = office.listed(LIST)
    assert sorted(found["sheet"]) == ["2021年8月"] * 2 + ["新增"]
    assert set(found["as_of"]) == {dt.date(2021, 8, 25)}


def test_c2_69_months_without_a_year_are_the_last_ones_up_to_the_books_day(office: Office) -> None:
    sheets = {"1月": listed(1, 2), "11月": listed(1, 2), "12月": listed(1, 2)}
    office.send("civil_affairs", "低保20210110.xlsx", book(sheets), arrived="2021-01-10")
    dated = office.take().sheets.filter(department="civil_affairs").select("sheet", "as_of").rows()
    assert dict(dated) == {
        "11月": dt.date(2020, 11, 1), "12月": dt.date(2020, 12, 1), "1月": dt.date(2021, 1, 10),
    }  # fmt: skip


@pytest.mark.parametrize(
    "sheets",
    [
        # What each month brought in, not the whole list.
        {"2021年7月": listed(1, 2, 3), "2021年8月": listed(4, 5, 6)},
        # Two lists that are called differently, and a span of months.
        {"农村2021年7月": listed(1, 2, 3), "城市2021年8月": listed(1, 2, 3)},
        {"1-7月": listed(1, 2, 3), "8月": listed(1, 2, 3)},
    ],
)
def test_c2_69_other_sheets_of_one_book_add_up(
    office: Office, sheets: dict[str, list[Any]]
) -> None:
    office.send("civil_affairs", "低保20210825.xlsx", book(sheets))
    assert office.listed(LIST).frame.height == 6


def test_c2_69_month_sheets_of_payments_add_up(office: Office) -> None:
    header = ["姓名", "身份证号", "补贴项目", "实发金额", "发放日期"]
    one = ["张三", number("19700101", 101), "低保", 350]
    paid = {f"2021年{m}月": [header, [*one, f"2021-{m:02}-05"]] for m in (6, 7, 8)}
    office.send("finance", "发放20210825.xlsx", book(paid))
    assert office.listed("finance.card_payments")["amount"] == [350.0] * 3


def test_c2_69_months_of_each_township_are_told_apart(office: Office) -> None:
    def of(township: str, *people: int) -> list[Sequence[Any]]:
        return [DIBAO, *[dibao(n, 乡镇=township, 行政村="李庄村") for n in people]]

    sheets = {
        "大石镇7月": of("大石镇", 1, 2), "大石镇8月": of("大石镇", 1, 2, 3),
        "吴家店乡6月": of("吴家店乡", 7, 8), "吴家店乡7月": of("吴家店乡", 8),
    }  # fmt: skip
    office.send("civil_affairs", "低保20210825.xlsx", book(sheets))
    assert sorted(office.listed(LIST)["sheet"]) == ["吴家店乡7月"] + ["大石镇8月"] * 3


def test_c2_69_lists_side_by_side_of_one_month_belong_together(office: Office) -> None:
    def beside(*people: int) -> list[Sequence[Any]]:
        half = len(people) // 2
        return [[*DIBAO, None, *DIBAO], *[
            [*dibao(a), None, *dibao(b)] for a, b in zip(people[:half], people[half:], strict=True)
        ]]  # fmt: skip

    sheets = {"2021年7月": beside(1, 2, 3, 4), "2021年8月": beside(1, 3, 4, 5)}
    office.send("civil_affairs", "低保20210825.xlsx", book(sheets))
    assert office.listed(LIST)["sheet"] == ["2021年8月"] * 4
