"""Known errors of a source over two rounds: corrected, told to the department, mended, closed."""

import datetime as dt
from pathlib import Path

import duckdb
import pytest
from openpyxl import load_workbook

from pipelines.home import Home
from pipelines.lists.write import write_lists
from tests.conftest import run_bidui
from tests.integration.conftest import TINY, WriteSheet, id_number

pytestmark = pytest.mark.integration

RIGHT = id_number("19800115", 1)
WRONG = RIGHT[:-1] + ("1" if RIGHT[-1] != "1" else "2")
ROUNDS = ("2021-08-30", "2021-09-06")

CORRECTION = f"""
- 编号: 低保-1
  数据集: civil_affairs.dibao
  匹配: {{name: 王建国, id_number: "{WRONG}"}}
  更正: {{改为: {{id_number: "{RIGHT}"}}}}
  原因: 民政局8月20日来电确认末位录错
  报告日期: 2021-08-20
  报告给: 民政局
"""


def _dibao(home: Home, write_sheet: WriteSheet, day: str, number: str, born: str) -> None:
    write_sheet(
        home.inbox / f"{TINY}小县" / "民政局" / f"农村低保名单{day}.xlsx",
        ["姓名", "身份证号", "低保类别", "月保障金", "享受起始时间", "行政村"],
        [
            ("王建国", number, "A类", 500, "2020-01-01", "东河村"),
            ("李建国", id_number("19800115", 3), "A类", 500, born, "西河村"),
        ],
    )


def _slips(home: Home, round_: str) -> Path:
    (path,) = (home.lists / TINY / round_ / "民政").glob("校核纠错单_*.xlsx")
    return path


def _cells(path: Path, sheet: str) -> list[dict[str, object]]:
    rows = load_workbook(path)[sheet].iter_rows(values_only=True)
    header = next(rows)
    return [dict(zip(header, row, strict=True)) for row in rows]


def test_corrected_told_mended_and_closed(tiny: Home, write_sheet: WriteSheet) -> None:
    folder = tiny.path / "corrections"
    folder.mkdir()
    (folder / "民政.yaml").write_text(CORRECTION, encoding="utf-8")
    _dibao(tiny, write_sheet, "20210825", WRONG, "2021-13-40")
    first = run_bidui("run", "--county", TINY, "--round", ROUNDS[0], home=tiny.path)
    assert first.returncode == 0, first.stderr
    assert "更正：用上 1 条，改动 1 行。" in first.stdout
    assert "未到：" in first.stdout
    lines = {row["列"]: row for row in _cells(_slips(tiny, ROUNDS[0]), "需改正")}
    assert len(lines) == 2
    told = next(row for row in lines.values() if row["现在填的"] == WRONG)
    assert RIGHT in str(told["哪里不对、怎样改"])
    assert told["行号"] == "2"

    _dibao(tiny, write_sheet, "20210902", RIGHT, "2020-03-01")
    second = run_bidui("run", "--county", TINY, "--round", ROUNDS[1], home=tiny.path)
    assert second.returncode == 3
    assert "未能更正：更正文件 民政.yaml 第 1 条" in second.stderr
    assert "已不再需要，请删除" in second.stderr
    assert _cells(_slips(tiny, ROUNDS[1]), "需改正") == []
    closed = _cells(_slips(tiny, ROUNDS[1]), "本期已改正")
    assert {row["现在填的"] for row in closed} == {WRONG, "2021-13-40"}
    assert {row["情况"] for row in closed} == {"新名单已改正"}

    with duckdb.connect(str(tiny.database), read_only=True) as db:
        states = db.execute(
            "SELECT round::VARCHAR, state, count(*) FROM slips"
            " WHERE dataset = 'civil_affairs.dibao' GROUP BY ALL ORDER BY ALL"
        ).fetchall()
        kept = db.execute(
            "SELECT round::VARCHAR, state, before, after FROM corrections ORDER BY round"
        ).fetchall()
    assert states == [(ROUNDS[0], "new", 2), (ROUNDS[1], "closed", 2)]
    assert kept == [
        (ROUNDS[0], "applied", WRONG, RIGHT),
        (ROUNDS[1], "no_longer_needed", None, None),
    ]
    before = _slips(tiny, ROUNDS[0]).read_bytes()
    written = write_lists(tiny, TINY, dt.date.fromisoformat(ROUNDS[0]))
    assert not any(file.written for file in written if file.kind == "slips")
    assert _slips(tiny, ROUNDS[0]).read_bytes() == before
