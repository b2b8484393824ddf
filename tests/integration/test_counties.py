"""Many counties and rounds in one home; one county's trouble does not stop the others."""

import datetime as dt

import dagster as dg
import duckdb
import pytest

from assets.partition import COUNTIES, ROUNDS
from pipelines.home import Home
from tests.conftest import run_bidui
from tests.integration.conftest import ROUND, TINY, WriteSheet

pytestmark = pytest.mark.integration

BEFORE = "990198"
"""Comes first and has no roster."""


def test_all_counties_run_and_the_one_that_failed_is_named_at_the_end(
    tiny: Home, instance: dg.DagsterInstance, write_sheet: WriteSheet
) -> None:
    instance.add_dynamic_partitions(str(COUNTIES.name), [f"98{n:04}" for n in range(100)])
    weeks = [dt.date(2015, 1, 5) + dt.timedelta(weeks=n) for n in range(300)]
    instance.add_dynamic_partitions(str(ROUNDS.name), [week.isoformat() for week in weeks])
    deaths = tiny.inbox / BEFORE / "卫健局" / "死亡名单20210820.xlsx"
    write_sheet(deaths, ["姓名", "身份证号", "死亡日期"], [("王建国", "", "2021-08-01")])
    done = run_bidui("run", "--county", "all", "--round", ROUND, home=tiny.path)
    assert done.returncode == 1
    assert f"{BEFORE} {ROUND} 期没有发布：关联：没有基础名册" in done.stderr
    assert f"2 个县中 1 个没有发布：{BEFORE}" in done.stderr
    with duckdb.connect(str(tiny.database), read_only=True) as db:
        assert db.sql("SELECT county, round::VARCHAR FROM runs").fetchall() == [(TINY, ROUND)]
    assert len(instance.get_dynamic_partitions(str(ROUNDS.name))) == 301
