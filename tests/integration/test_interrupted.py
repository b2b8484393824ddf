"""A run killed at any moment leaves the last good file; two runs at once do not harm each other."""

import os
import signal
import subprocess
import sys
import time

import dagster as dg
import duckdb
import pytest
from filelock import FileLock

from dagster_project.instance import prepare
from dagster_project.sensors import killed_runs
from pipelines.home import Home
from tests.conftest import run_bidui
from tests.integration.conftest import ROUND, TINY

pytestmark = pytest.mark.integration

NEXT = "2021-09-06"


def _start(home: Home, round_: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "dagster_project.cli", "run", "--county", TINY]
    return subprocess.Popen(
        [*command, "--round", round_, "--home", str(home.path)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )


def _rounds(home: Home) -> list[str]:
    with duckdb.connect(str(home.database), read_only=True) as db:
        persons = db.sql("SELECT count(*) FROM persons").fetchone()
        assert persons == (30,)
        return [r for (r,) in db.sql("SELECT round::VARCHAR FROM runs ORDER BY 1").fetchall()]


def test_killed_runs_leave_the_last_good_file_and_the_next_run_goes_through(tiny: Home) -> None:
    started = time.monotonic()
    first = run_bidui("run", "--county", TINY, "--round", ROUND, home=tiny.path)
    whole = time.monotonic() - started
    assert first.returncode == 0, first.stderr
    for share in (0.6, 0.85):
        run = _start(tiny, NEXT)
        time.sleep(whole * share)
        os.killpg(run.pid, signal.SIGKILL)
        run.communicate()
        assert _rounds(tiny) in ([ROUND], [ROUND, NEXT])
    last = run_bidui("run", "--county", TINY, "--round", NEXT, home=tiny.path)
    assert last.returncode == 0, last.stderr
    assert _rounds(tiny) == [ROUND, NEXT]
    left = [p.name for p in tiny.warehouse.iterdir() if "publishing" in p.name]
    assert [name for name in left if not name.endswith(".lock")] == []


def test_a_run_killed_while_it_held_the_warehouse_holds_up_nobody(
    tiny: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("BIDUI_HOME", "DAGSTER_HOME", "BIDUI_EVENT_LOG"):
        monkeypatch.setenv(name, "")  # prepare sets them; the test must leave none behind
    tiny.warehouse.mkdir()
    with FileLock(tiny.warehouse / ".lock"):
        run = _start(tiny, ROUND)
        _wait_until_the_pool_is_taken(tiny)
        os.killpg(run.pid, signal.SIGKILL)
        run.communicate()
    with _instance(tiny) as instance:
        looked = killed_runs(dg.build_sensor_context(instance, resources={"home": tiny}))
        assert isinstance(looked, dg.SkipReason)
        assert "已标为失败" in (looked.skip_message or "")
        assert not instance.event_log_storage.get_concurrency_info("warehouse").active_run_ids
    after = run_bidui("run", "--county", TINY, "--round", ROUND, home=tiny.path, timeout=120)
    assert after.returncode == 0, after.stderr
    with _instance(tiny) as instance:
        states = {r.run_id: r.status for r in instance.get_runs()}
    assert sorted(s.value for s in states.values()) == ["FAILURE", "SUCCESS"]


def _instance(home: Home) -> dg.DagsterInstance:
    prepare(home)
    return dg.DagsterInstance.get()


def _wait_until_the_pool_is_taken(home: Home) -> None:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        if home.dagster.exists():
            with _instance(home) as instance:
                if instance.event_log_storage.get_concurrency_info("warehouse").active_run_ids:
                    return
        time.sleep(0.5)
    pytest.fail("the run never came to the warehouse")


def test_two_runs_at_once_are_both_published(tiny: Home) -> None:
    runs = [_start(tiny, ROUND), _start(tiny, NEXT)]
    said = [run.communicate(timeout=300)[1].decode() for run in runs]
    assert [run.returncode for run in runs] == [0, 0], said
    assert _rounds(tiny) == [ROUND, NEXT]
