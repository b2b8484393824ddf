"""Dates in names and titles: what is a day, what is a month, what is neither."""

import datetime as dt

import pytest

from pipelines.intake.as_of import date_in, date_in_name

pytestmark = pytest.mark.unit

DAY = dt.date(2021, 8, 31)
MONTH = dt.date(2021, 8, 1)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("低保名单20210831", DAY),
        ("低保名单2021.8.31", DAY),
        ("低保名单2021-08-31", DAY),
        ("低保名单2021_08_31_v2", DAY),
        ("截至2021年8月31日", DAY),
        ("截至２０２１年８月３１日", DAY),
        ("2021年 8 月 31 日", DAY),
        ("3-02021.8.31-2021年9月份农村低保备案表", DAY),
        ("2021.8.1-2021.8.31发放", DAY),
        ("1-脱贫户信息_20210831-继续享受政策608人", DAY),
        ("低保名单2021年8月", MONTH),
        ("低保名单2021年8月份", MONTH),
        ("低保名单2021.8", MONTH),
        ("低保名单2021-08", MONTH),
        ("低保名单202108", MONTH),
        ("低保名单2021年", None),
        ("低保名单2021", None),
        ("2021-2022学年在校生", None),
        ("2021-1学期资助", None),
        ("2020-2021-1学期资助", None),
        ("2021-2022学年第1学期", None),
        ("2021年春季", None),
        ("20210231", None),
        ("13920210831", None),
        ("990112202108310011", None),
        ("低保名单", None),
        ("低保名单_20210831093015", DAY),  # the stamp of an export
        ("202108310930低保名单", DAY),
        ("20210831996015", None),  # no time of day
        ("2021年1-7月住院结算", None),  # spans of months
        ("2021.1-7月住院结算", None),
        ("2021.1-7", None),
        ("2021年3-4季度", None),
    ],
)
def test_date_in_text(text: str, expected: dt.date | None) -> None:
    assert date_in(text) == expected


def test_the_file_speaks_before_the_folder() -> None:
    assert date_in_name("2021年7月/大石镇/低保20210831.xlsx") == DAY
    assert date_in_name("2021年8月/低保.xlsx") == MONTH
    assert date_in_name("打包20210831.zip!/低保.xlsx") == DAY
    assert date_in_name("打包20210831.zip!/低保2021年8月.xlsx") == MONTH
    assert date_in_name("低保名单2021.8.31.xlsx") == DAY
    assert date_in_name("低保.xlsx") is None
