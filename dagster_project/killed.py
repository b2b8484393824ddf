"""Runs in a process of their own, and what is left of those that were killed.

A killed run can tell nobody: Dagster goes on showing it as started, and the place it held in the
pool ``warehouse`` would keep every later run waiting. Each run holds a file lock while it lives,
which the system lets go when the process dies, however it dies.
"""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import dagster as dg
from filelock import FileLock, Timeout

TAG = "bidui/alive"
"""Run tag with the name of the run's lock file."""


@contextmanager
def alive(folder: Path) -> Iterator[dict[str, str]]:
    """Hold a lock of one's own under `folder`; give the tags that a run must bear."""
    folder.mkdir(exist_ok=True, mode=0o750)
    name = uuid.uuid4().hex
    lock = FileLock(folder / name)
    with lock:
        yield {TAG: name}
    (folder / name).unlink(missing_ok=True)


def bury(instance: dg.DagsterInstance, folder: Path) -> list[str]:
    """Mark runs whose process is gone as failed and free their places; give their run ids."""
    begun = [dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.STARTING]
    gone = []
    for run in instance.get_runs(filters=dg.RunsFilter(statuses=begun)):
        name = run.tags.get(TAG)
        if name is None or _held(folder / name):
            continue
        instance.report_run_failed(run, "进程已被终止；已发布的仍是上一次的结果")
        instance.event_log_storage.free_concurrency_slots_for_run(run.run_id)
        (folder / name).unlink(missing_ok=True)
        gone.append(run.run_id)
    return gone


def _held(path: Path) -> bool:
    if not path.exists():
        return False
    try:
        with FileLock(path, timeout=0):
            return False
    except Timeout:
        return True
