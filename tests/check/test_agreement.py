"""What a clerk is told of a file and what a round finds in it are the same."""

from pathlib import Path

import openpyxl
import polars as pl
import pytest
from openpyxl.styles import Font, PatternFill

from pipelines.check.checked import checked_file
from pipelines.check.places import KnownPlaces
from pipelines.intake.protected import Readers
from tests.defects.county import (
    DIBAO,
    ROSTER,
    ROUND,
    Office,
    contracts,
    dibao,
    member,
    xlsx,
)

pytestmark = pytest.mark.unit

SAID = ["reason_code", "row_number", "column_name", "scope"]


def _mark(book: openpyxl.Workbook) -> None:
    for cell in book.active[4]:
        cell.font = Font(strike=True)
    book.active["A5"].fill = PatternFill("solid", fgColor="FFFFFF00")


CHILD = member("H3", "王小明", "20150303", 101)
LISTS = {
    "a list with everything": (
        "civil_affairs.dibao",
        "低保20210801（共30人）.xlsx",
        xlsx(
            [
                ["低保名册 单位：元"],
                [*DIBAO, "享受起始时间"],
                [*dibao(0), "2021-05-01"],
                [*dibao(1, 低保类别="A类别"), "2031-05-01"],
                [*dibao(2, 行政村="无此村"), "1960-01-01"],
                [*dibao(2), "2021-13-40"],
                [*dibao(3, 姓名="李强"), None],
                [*dibao(3, 姓名="张三"), None],
                [*dibao(4, 身份证号="990112198001019999"), None],
                [*dibao(4, 姓名=None), None],
                ["小计", "9人", None, None, 3000],
                [*dibao(5, 月保障金="三百多吧"), None],
                ["合计", "10人", None, None, 9999],
            ],
            more=_mark,
        ),
    ),
    "a list without townships": (
        "civil_affairs.dibao",
        "低保.xlsx",
        xlsx([[*DIBAO[:5], "行政村"], *[[*dibao(n)[:5], "李庄村"] for n in range(5)]]),
    ),
    "a roster": (
        "roster.population",
        "人口20210801.xlsx",
        xlsx(
            [
                ROSTER,
                member("H1", "张三", "19700101", 101, 性别="女"),
                member("H1", "李四", "19720202", 102, 出生日期="1972-02-20"),
                member("H2", "王五", "19000101", 103),
                member("H2", "王五", "19000101", 103),
                CHILD,
                [*CHILD[:2], None, *CHILD[3:]],
                [*CHILD[:2], None, *CHILD[3:]],
            ]
        ),
    ),
}


@pytest.mark.parametrize("which", LISTS)
def test_a_check_and_a_round_find_the_same(tmp_path: Path, which: str) -> None:
    office = Office(tmp_path / "home")
    dataset, name, content = LISTS[which]
    of_round = office.read(dataset, content, name)
    path = tmp_path / name
    path.write_bytes(content)
    places = KnownPlaces(office.divisions(office.take()), "")
    department = dataset.split(".", maxsplit=1)[0]
    with Readers(contracts(), tmp_path / "read") as readers:
        checked = checked_file(
            path, contracts(), department, readers=readers, places=places, today=ROUND
        )
    columns = {c.title: n for n, c in contracts()[dataset].columns.items()}
    entries = of_round.quarantine.sort(SAID, nulls_last=True)
    found = checked.findings.filter(pl.col("code").is_in(entries["reason_code"].implode()))
    told = found.select(
        reason_code="code",
        row_number="row_number",
        column_name=pl.col("title").replace_strict(columns, default=None, return_dtype=pl.String),
    )
    assert sorted(told.rows(), key=str) == sorted(entries.select(SAID[:3]).rows(), key=str)
    assert entries.height > 3
    assert checked.accepted == of_round.sheets["rows_accepted"].sum()
    assert checked.rows == checked.accepted + of_round.sheets["rows_set_aside"].sum()
    wrong = set(found.filter(pl.col("severity") == "错误")["code"])
    assert wrong == set(entries.filter(pl.col("scope") != "flag")["reason_code"])
