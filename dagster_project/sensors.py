"""The inbox sensor: when files have arrived and settled, their county's round runs."""

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path

import dagster as dg

from assets.partition import COUNTIES, ROUNDS, partition_key
from dagster_project.job import ROUND_JOB
from dagster_project.killed import bury
from dagster_project.run import latest_round
from pipelines.home import Home


@dg.sensor(
    job=ROUND_JOB,
    minimum_interval_seconds=30,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="收件箱有新文件（大小不再变化）时，跑该县的期：期名为收件箱中最新的截止日期。",
)
def inbox_sensor(
    context: dg.SensorEvaluationContext, home: dg.ResourceParam[Home]
) -> dg.SensorResult | dg.SkipReason:
    """Request a run for each county whose settled files changed since the last look.

    The round is the newest as-of date in the county's inbox, as with ``bidui run --round latest``:
    a late file for an older date runs that round again, where the choice of files decides whether
    it counts. The cursor holds a digest of each county's files; the run key repeats it, so the same
    files never run twice.
    """
    from pipelines.intake.inbox import inbox_counties, inbox_files, settled_files

    seen: dict[str, str] = json.loads(context.cursor or "{}")
    now: dict[str, str] = dict(seen)
    requests, waiting = [], []
    for county in sorted(inbox_counties(home)):
        files = inbox_files(home, county)
        if files != settled_files(home, county, home.settings.settle_seconds):
            waiting.append(county)
            continue
        digest = _digest(files)
        if not files or seen.get(county) == digest:
            continue
        if county not in seen and _all_published(home, county, files):
            now[county] = digest
            continue
        round_ = latest_round(home, county)
        now[county] = digest
        context.log.info(
            "%s: %s 个文件，用于 %s 期（收件箱中最新的截止日期）", county, len(files), round_
        )
        requests.append(
            dg.RunRequest(
                run_key=f"inbox|{county}|{round_}|{digest}",
                partition_key=partition_key(county, round_),
            )
        )
    if not requests:
        context.update_cursor(json.dumps(now))
        return dg.SkipReason(
            f"文件还在写入，等下一次查看：{'、'.join(waiting)}" if waiting else "收件箱没有变化"
        )
    keys = [r.partition_key for r in requests if isinstance(r.partition_key, dg.MultiPartitionKey)]
    return dg.SensorResult(
        run_requests=requests,
        cursor=json.dumps(now),
        dynamic_partitions_requests=[
            COUNTIES.build_add_request(sorted({k.keys_by_dimension["county"] for k in keys})),
            ROUNDS.build_add_request(sorted({k.keys_by_dimension["round"] for k in keys})),
        ],
    )


@dg.sensor(
    minimum_interval_seconds=30,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="进程已不在的运行标为失败，让出它占的位置，后面的运行才能进行。",
)
def killed_runs(context: dg.SensorEvaluationContext, home: dg.ResourceParam[Home]) -> dg.SkipReason:
    """Look for runs that were killed; Dagster's own monitoring does not see local processes."""
    gone = bury(context.instance, home)
    return dg.SkipReason(f"已标为失败：{'、'.join(gone)}" if gone else "没有被终止的运行")


def _all_published(home: Home, county: str, files: Iterable[Path]) -> bool:
    """Whether a run by hand has published these files since they last changed."""
    from pipelines.warehouse.history import last_reading

    reading = last_reading(home, county)
    return reading is not None and all(
        str(f.relative_to(home.inbox)) in reading.paths and f.stat().st_mtime < reading.at
        for f in files
    )


def _digest(files: Iterable[Path]) -> str:
    """What tells one state of the files from another: names, sizes, times of the last change."""
    states = [(str(f), f.stat().st_size, f.stat().st_mtime_ns) for f in files]
    return hashlib.sha256(repr(sorted(states)).encode()).hexdigest()[:16]
