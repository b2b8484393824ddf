"""Models of real rounds: learnt in the first, used in the next, learnt anew when that is asked."""

import json
from datetime import date

import duckdb
import pytest

from dagster_project.run import run_round
from pipelines.home import Home
from tests.integration.conftest import TINY, WriteSheet, population_rows

pytestmark = pytest.mark.integration

FIRST, SECOND = date(2021, 8, 30), date(2021, 9, 6)
LIST = "insurance.coverage"


def learnt_in(home: Home) -> list[str]:
    return sorted(path.stem for path in (home.models / TINY / LIST).iterdir())


def hashes(home: Home) -> set[str]:
    with duckdb.connect(str(home.database), read_only=True) as db:
        found = db.execute("SELECT DISTINCT model_hash FROM links WHERE dataset = ?", [LIST])
        return {row[0] for row in found.fetchall()}


def insured(home: Home, write_sheet: WriteSheet, day: str, kept: int) -> None:
    rows = [[row[1], row[2], row[8], row[9], "2021", "正常参保"] for row in population_rows()]
    write_sheet(
        home.inbox / f"{TINY}小县" / "医保" / f"居民医保参保名册{day}.xlsx",
        ["姓名", "身份证号", "乡镇", "行政村", "参保年度", "参保状态"],
        rows[:kept],
    )


def test_a_round_uses_the_kept_model_until_it_is_told_to_learn(
    tiny: Home, write_sheet: WriteSheet
) -> None:
    insured(tiny, write_sheet, "20210825", 30)
    assert run_round(tiny, TINY, FIRST).failure is None
    assert learnt_in(tiny) == [str(FIRST)]
    first = hashes(tiny)

    # Fewer settled rows: no reason to learn anew.
    insured(tiny, write_sheet, "20210901", 24)
    assert run_round(tiny, TINY, SECOND).failure is None
    assert learnt_in(tiny) == [str(FIRST)]
    assert hashes(tiny) == first

    assert run_round(tiny, TINY, SECOND, retrain=True).failure is None
    assert learnt_in(tiny) == [str(FIRST), str(SECOND)]
    anew = hashes(tiny)
    assert anew.isdisjoint(first)
    file = tiny.models / TINY / LIST / f"{SECOND}.json"
    assert anew == {json.loads(file.read_text(encoding="utf-8"))["hash"]}
