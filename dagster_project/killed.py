"""Runs that were killed, and what is left of them.

A killed run can tell nobody: Dagster goes on showing it as started, its place in the queue and in
the pool ``warehouse`` stays taken, and every later run waits for it. So each run holds a file lock
in its own process while it lives (`resources.HomeResource`), which the system lets go when the
process dies, however it dies. The next run by hand and the daemon (`sensors.killed_runs`) look.
"""

import datetime as dt
from pathlib import Path

import dagster as dg
from filelock import FileLock, Timeout

from pipelines.home import Home

_BEGUN = [dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.STARTING]
_FIRST_SIGN = dt.timedelta(minutes=10)
"""A run that has shown no lock for so long died before it came to its first step."""


_LEFT = dt.timedelta(days=1)
"""A lock file that nobody holds and that is so old belongs to a run long over."""

_HELD: list[FileLock] = []
"""This process's lock. It is not let go when its run ends but when the next one begins or the
process ends: Dagster still has to write down how the run ended."""


def show_alive(home: Home, run_id: str) -> None:
    """Hold the lock of one run until this process begins another or ends."""
    while _HELD:
        _HELD.pop().release()
    path = _lock_file(home, run_id)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o750)
    lock = FileLock(path)
    lock.acquire()
    _HELD.append(lock)


def bury(instance: dg.DagsterInstance, home: Home) -> list[str]:
    """Mark runs whose process is gone as failed and free their places; give their run ids."""
    records = instance.get_run_records(filters=dg.RunsFilter(statuses=_BEGUN))
    gone = [record.dagster_run for record in records if _is_gone(home, record)]
    for run in gone:
        instance.report_run_failed(run, "进程已被终止（关机、断电或内存不足）")
        instance.event_log_storage.free_concurrency_slots_for_run(run.run_id)
    _sweep(home)
    return [run.run_id for run in gone]


def _is_gone(home: Home, record: dg.RunRecord) -> bool:
    path = _lock_file(home, record.dagster_run.run_id)
    if not path.exists():
        return dt.datetime.now(dt.UTC) - record.create_timestamp > _FIRST_SIGN
    return not _is_held(path)


def _is_held(path: Path) -> bool:
    try:
        with FileLock(path, timeout=0):
            return False
    except Timeout:
        return True


def _sweep(home: Home) -> None:
    before = (dt.datetime.now(dt.UTC) - _LEFT).timestamp()
    for path in (home.dagster / "living").glob("*"):
        if path.stat().st_mtime < before and not _is_held(path):
            path.unlink(missing_ok=True)


def _lock_file(home: Home, run_id: str) -> Path:
    return home.dagster / "living" / run_id
