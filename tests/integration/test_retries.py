"""A disk that fails for a moment is tried again; wrong data and wrong code are not."""

import subprocess
import sys
import time

import dagster as dg
import pytest

from assets.retries import retried_on_io
from pipelines.home import Home
from tests.integration.conftest import ROUND, TINY

pytestmark = pytest.mark.integration


def _retried(instance: dg.DagsterInstance) -> list[str | None]:
    return [
        entry.dagster_event.step_key
        for run in instance.get_runs()
        for entry in instance.all_logs(run.run_id, of_type=dg.DagsterEventType.STEP_UP_FOR_RETRY)
        if entry.dagster_event
    ]


def _run(home: Home) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "dagster_project.cli", "run", "--county", TINY]
    return subprocess.Popen(
        [*command, "--round", ROUND, "--home", str(home.path)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )


def test_a_step_waits_out_a_failing_disk_and_the_round_succeeds(
    tiny: Home, instance: dg.DagsterInstance
) -> None:
    tiny.lists.write_text("in the way: no folder can be made here", encoding="utf-8")
    run = _run(tiny)
    while run.poll() is None and not _retried(instance):
        time.sleep(0.5)
    tiny.lists.unlink()
    _, said = run.communicate(timeout=120)
    assert run.returncode == 0, said
    assert _retried(instance) == ["lists"]
    assert list(tiny.lists.rglob("*.xlsx"))


def test_a_roster_that_is_missing_is_not_tried_again(
    tiny: Home, instance: dg.DagsterInstance
) -> None:
    next(tiny.inbox.rglob("农村人口名册*")).unlink()
    run = _run(tiny)
    _, said = run.communicate(timeout=120)
    assert run.returncode == 1
    assert "关联：没有基础名册" in said
    assert _retried(instance) == []


@pytest.mark.parametrize("error", [ValueError, AssertionError, FileNotFoundError, KeyError])
def test_what_waiting_does_not_mend_is_raised_as_it_is(error: type[Exception]) -> None:
    with pytest.raises(error), retried_on_io():
        raise error


@pytest.mark.parametrize("error", [PermissionError, OSError, TimeoutError, BlockingIOError])
def test_the_disk_is_given_another_chance(error: type[OSError]) -> None:
    with pytest.raises(dg.RetryRequested), retried_on_io():
        raise error
