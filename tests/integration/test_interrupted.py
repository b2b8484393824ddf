"""A run killed at any moment leaves the last good file; two runs at once do not harm each other."""

import os
import signal
import subprocess
import sys
import time

import duckdb
import pytest

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
    for share in (0.5, 0.7, 0.85):
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


def test_two_runs_at_once_are_both_published(tiny: Home) -> None:
    runs = [_start(tiny, ROUND), _start(tiny, NEXT)]
    said = [run.communicate(timeout=300)[1].decode() for run in runs]
    assert [run.returncode for run in runs] == [0, 0], said
    assert _rounds(tiny) == [ROUND, NEXT]
