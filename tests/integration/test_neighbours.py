"""A round of a county whose officers say which villages border."""

from datetime import date

import duckdb
import pytest

from dagster_project.run import run_round
from pipelines.home import Home
from pipelines.linkage.levels import FIELDS
from tests.integration.conftest import TINY, WriteSheet, population_rows

pytestmark = pytest.mark.integration

ROUND = date(2021, 8, 30)
NAME, NUMBER, TOWNSHIP, VILLAGE = 1, 2, 8, 9


def insured(home: Home, write_sheet: WriteSheet) -> None:
    """Everybody as the roster has them, but those of 西河村 in 上坪村 of the other township."""
    rows = [
        [row[NAME], row[NUMBER]]
        + (["白石乡", "上坪村"] if row[VILLAGE] == "西河村" else [row[TOWNSHIP], row[VILLAGE]])
        + ["2021", "正常参保"]
        for row in population_rows()
    ]
    write_sheet(
        home.inbox / f"{TINY}小县" / "医保" / "居民医保参保名册20210825.xlsx",
        ["姓名", "身份证号", "乡镇", "行政村", "参保年度", "参保状态"],
        rows,
    )


def declare(home: Home, lines: str) -> None:
    (home.path / "reference").mkdir(exist_ok=True)
    file = home.path / "reference" / "neighbours.csv"
    file.write_text(f"village,neighbour\n{lines}\n", encoding="utf-8")


def test_villages_said_to_border_are_neighbours_in_every_list(
    tiny: Home, write_sheet: WriteSheet
) -> None:
    insured(tiny, write_sheet)
    declare(tiny, "上坪村,清溪镇西河村")
    assert run_round(tiny, TINY, ROUND).failure is None
    place = f"substr(level_pattern, {FIELDS.index('village') + 1}, 1)"
    with duckdb.connect(str(tiny.database), read_only=True) as db:
        found = db.sql(
            f"SELECT {place}, count(*) FROM links WHERE dataset = 'insurance.coverage'"
            " GROUP BY 1 ORDER BY 1"
        ).fetchall()
    assert found == [("5", 21), ("6", 9)]


def test_a_wrong_line_stops_the_round_and_is_named(tiny: Home, write_sheet: WriteSheet) -> None:
    insured(tiny, write_sheet)
    declare(tiny, "上坪村,西河村\n上坪村,北河村")
    failure = run_round(tiny, TINY, ROUND).failure
    assert failure is not None
    assert "邻村表 neighbours.csv 第 3 行：邻村“北河村”：不在行政村名册中" in failure
