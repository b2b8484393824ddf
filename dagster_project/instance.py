"""Dagster's own folder under the home: telemetry off, one writer at a time on the warehouse."""

import os
from pathlib import Path

import dagster as dg
import yaml
from filelock import FileLock

from assets.partition import COUNTIES
from pipelines.home import Home

SETTINGS = {
    "telemetry": {"enabled": False},
    "nux": {"enabled": False},
    "event_log_storage": {
        "module": "dagster_project.event_log",
        "class": "RememberingEventLog",
        # By name, so that a home can be moved.
        "config": {"base_dir": {"env": "BIDUI_EVENT_LOG"}},
    },
    # One writer a pool; a file lock under it holds for runs outside the daemon too.
    # One round at a time: a round of a large county needs the memory of the machine. Raise it
    # where there is more of it.
    "concurrency": {
        "pools": {"granularity": "op", "default_limit": 1},
        "runs": {"max_concurrent_runs": 1},
    },
    "run_monitoring": {"enabled": True, "start_timeout_seconds": 600},
    "retention": {
        "sensor": {"purge_after_days": {"skipped": 7, "failure": 90, "success": -1}},
        "schedule": {"purge_after_days": 365},
    },
}


def prepare(home: Home) -> Path:
    """Make the home Dagster's: write ``dagster.yaml`` if there is none and set the environment.

    An officer's own ``dagster.yaml`` is left as it is.
    """
    folder = home.dagster
    folder.mkdir(parents=True, exist_ok=True, mode=0o750)
    settings = folder / "dagster.yaml"
    if not settings.exists():
        settings.write_text(yaml.safe_dump(SETTINGS, sort_keys=False), encoding="utf-8")
    os.environ["DAGSTER_HOME"] = str(folder)
    os.environ["BIDUI_HOME"] = str(home.path)
    os.environ["BIDUI_EVENT_LOG"] = str(folder / "history" / "runs")
    # Dagster makes its databases when it first opens them; two first runs at once would collide.
    with FileLock(folder / ".making.lock"), dg.DagsterInstance.get() as instance:
        instance.get_dynamic_partitions(str(COUNTIES.name))
    return folder
