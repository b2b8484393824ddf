"""Defect 69 of DOMAIN C2: lists that speak of different days, and which of them a round uses."""

import datetime as dt

import polars as pl
import pytest

from tests.defects.county import DIBAO, ROSTER, Office, dibao, member, xlsx

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
