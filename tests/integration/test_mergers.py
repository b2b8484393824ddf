"""Two rounds between which one village is merged into another and a third gets a new name."""

from datetime import date
from pathlib import Path

import duckdb
import pytest

from dagster_project.run import run_round
from pipelines.home import Home
from tests.integration.conftest import POPULATION_HEADER, TINY, WriteSheet, population_rows

pytestmark = pytest.mark.integration

FIRST, SECOND = date(2021, 8, 30), date(2021, 9, 6)
NAME, NUMBER, TOWNSHIP, VILLAGE, KIND = 1, 2, 8, 9, 10
EAST, WEST, UPPER = "东河村", "西河村", "上坪村"
NEW_NAMES = {WEST: EAST, UPPER: "新坪村"}
DIVISIONS = """\
old,new,township,valid_from
西河村,东河村,清溪镇,2021-09-01
上坪村,新坪村,白石乡,2021-09-01
"""


def _lists(
    inbox: Path, write_sheet: WriteSheet, day: str, monitored: int, *, new_names: bool
) -> None:
    """The population, the monitored and the insured as of `day`, with or without the new names."""

    def placed(row: tuple[str, ...]) -> tuple[str, ...]:
        village = NEW_NAMES.get(row[VILLAGE], row[VILLAGE]) if new_names else row[VILLAGE]
        return (*row[:VILLAGE], village, *row[VILLAGE + 1 :])

    rows = [placed(row) for row in population_rows()]
    heads = [row for row in rows if row[6] == "户主"]
    write_sheet(inbox / "名册" / f"农村人口名册{day}.xlsx", POPULATION_HEADER, rows)
    write_sheet(
        inbox / "名册" / f"监测对象名册{day}.xlsx",
        ["户编号", "户主姓名", "户主证件号码", "乡镇", "行政村", "监测对象类别", "识别时间"],
        [[*(row[c] for c in (0, NAME, NUMBER, TOWNSHIP, VILLAGE)), "边缘易致贫户", "2021-03-01"]
         for row in heads[:monitored]],
    )  # fmt: skip
    write_sheet(
        inbox / "医保" / f"居民医保参保名册{day}.xlsx",
        ["姓名", "身份证号", "乡镇", "行政村", "参保年度", "参保状态"],
        [[*(row[c] for c in (NAME, NUMBER, TOWNSHIP, VILLAGE)), "2021", "正常参保"]
         for row in rows[:-3]],
    )  # fmt: skip


def published(home: Home, query: str) -> list[tuple[object, ...]]:
    with duckdb.connect(str(home.database), read_only=True) as db:
        return db.sql(query).fetchall()


@pytest.mark.parametrize("new_names", [True, False], ids=["lists follow", "lists keep old names"])
def test_a_merger_and_a_new_name_alone_change_nothing_but_the_villages(
    tiny: Home, write_sheet: WriteSheet, *, new_names: bool
) -> None:
    inbox = tiny.path / "inbox" / f"{TINY}小县"
    _lists(inbox, write_sheet, "20210825", 6, new_names=False)
    assert run_round(tiny, TINY, FIRST).failure is None
    (tiny.path / "reference").mkdir(exist_ok=True)
    (tiny.path / "reference" / "divisions.csv").write_text(DIVISIONS, encoding="utf-8")
    # One more household a village is monitored, so no village is unchanged.
    _lists(inbox, write_sheet, "20210901", 9, new_names=new_names)
    home = Home(tiny.path)  # what is declared is read once for a Home's life
    assert run_round(home, TINY, SECOND).failure is None

    at = f"round = DATE '{SECOND}'"
    villages = "SELECT village, blank, zero_change, compared FROM village_status WHERE "
    now = published(home, f"{villages} {at} ORDER BY village")
    before = published(home, f"{villages} round = DATE '{FIRST}' ORDER BY village")
    assert [row[0] for row in before] == [UPPER, EAST, WEST]
    assert [row[0] for row in now] == [EAST, "新坪村"]
    assert not any(row[1] or row[2] or not row[3] for row in now)

    # Everybody and everything stands in the two villages, whatever the lists call them.
    for table in ("persons", "roster_monitored", "insurance_coverage"):
        places = published(home, f"SELECT DISTINCT village FROM {table} ORDER BY 1")
        assert places == [(EAST,), ("新坪村",)], table
    assert published(home, f"SELECT count(*) FROM quarantine WHERE {at}") == published(
        home, f"SELECT count(*) FROM quarantine WHERE round = DATE '{FIRST}'"
    )
    # No list lost a village, and no case ended, began anew or changed hands by it.
    states = (
        "SELECT DISTINCT dataset, state FROM coverage WHERE village_code IS NOT NULL AND dataset"
        " IN ('roster.population', 'roster.monitored', 'insurance.coverage')"
    )
    assert set(published(home, f"{states} AND {at}")) == set(
        published(home, f"{states} AND round = DATE '{FIRST}'")
    )
    cases = "SELECT case_id, state FROM discrepancies WHERE rule_id NOT LIKE 'VIL%'"
    known = published(home, f"{cases} AND round = DATE '{FIRST}'")
    assert known
    still = dict(published(home, f"{cases} AND {at}"))
    assert {still.get(case) for case, _ in known} == {"open"}
