"""The weekly schedule: a round of every county, named by Monday's date in China, holidays too."""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from assets.partition import COUNTIES, ROUNDS
from dagster_project.schedules import weekly
from pipelines.home import Home

pytestmark = pytest.mark.integration

MONDAY_SIX_IN_CHINA = dt.time(22, 0, tzinfo=dt.UTC)


def _tick(home: Home, instance: dg.DagsterInstance, sunday: dt.date) -> list[object]:
    context = dg.build_schedule_context(
        instance,
        scheduled_execution_time=dt.datetime.combine(sunday, MONDAY_SIX_IN_CHINA),
        resources={"home": home},
    )
    said = weekly(context)
    assert isinstance(said, Iterator)
    return list(said)


@pytest.mark.parametrize(
    ("sunday", "round_"),
    [("2021-09-05", "2021-09-06"), ("2021-10-03", "2021-10-04"), ("2022-01-02", "2022-01-03")],
    ids=["plain", "national day", "across the year"],
)
def test_every_county_runs_on_monday_whatever_the_day(
    tmp_path: Path, sunday: str, round_: str
) -> None:
    for folder in ("990112晴川县", "990113"):
        (tmp_path / "inbox" / folder / "名册").mkdir(parents=True)
    with dg.instance_for_test() as instance:
        requests = _tick(Home(tmp_path), instance, dt.date.fromisoformat(sunday))
        assert instance.get_dynamic_partitions(str(ROUNDS.name)) == [round_]
        assert instance.get_dynamic_partitions(str(COUNTIES.name)) == ["990112", "990113"]
    asked = [r for r in requests if isinstance(r, dg.RunRequest)]
    assert [r.partition_key for r in asked] == [f"990112|{round_}", f"990113|{round_}"]
    assert len({r.run_key for r in asked}) == len(requests) == 2


def test_an_empty_inbox_is_said(tmp_path: Path) -> None:
    with dg.instance_for_test() as instance:
        (said,) = _tick(Home(tmp_path), instance, dt.date(2021, 9, 5))
    assert isinstance(said, dg.SkipReason)
    assert "bidui init" in (said.skip_message or "")


def test_it_is_on_from_the_start() -> None:
    assert weekly.default_status is dg.DefaultScheduleStatus.RUNNING
