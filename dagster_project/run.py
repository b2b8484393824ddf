"""Run one round of a county in this process, through Dagster, on the home's own instance."""

import datetime as dt
from dataclasses import dataclass

import dagster as dg
import polars as pl

from assets.clean import CORRECTIONS
from assets.intake import INBOX
from assets.links import RETRAIN
from assets.partition import COUNTIES, ROUNDS, partition_key
from dagster_project.failures import reasons
from dagster_project.instance import prepare
from dagster_project.io_manager import FramesStore
from dagster_project.killed import bury
from dagster_project.progress import TOTAL_STEPS
from pipelines.corrections.apply import FAILED
from pipelines.home import Home


@dataclass(frozen=True)
class RoundRun:
    """How a round went."""

    county: str
    round_: dt.date
    published: bool
    refused: pl.DataFrame
    """Sheets and files that were refused or not recognised: path, sheet, message."""
    unfit: list[str]
    """What is wrong with corrections that no longer apply, a sentence each."""
    failure: str | None
    """Why nothing was published."""


NOTHING_REFUSED = pl.DataFrame(schema={"path": pl.String, "sheet": pl.String, "message": pl.String})


def latest_round(home: Home, county: str) -> dt.date:
    """Give the newest as-of date in the county's inbox; today where no list is dated."""
    from pipelines.intake.inbox import newest_as_of

    newest = newest_as_of(home, county, home.declared.contracts)
    return newest or dt.datetime.now().astimezone().date()


def run_round(home: Home, county: str, round_: dt.date, *, retrain: bool = False) -> RoundRun:
    """Materialise every asset of one county and round; the run shows in the UI like any other.

    With `retrain` linkage learns its models anew, from this round on.
    """
    prepare(home)
    from dagster_project.definitions import build_definitions

    job = build_definitions(home).resolve_job_def("round")
    TOTAL_STEPS["steps"] = len(job.graph.nodes)
    with dg.DagsterInstance.get() as instance:
        bury(instance, home)
        instance.add_dynamic_partitions(str(COUNTIES.name), [county])
        instance.add_dynamic_partitions(str(ROUNDS.name), [round_.isoformat()])
        result = job.execute_in_process(
            instance=instance,
            partition_key=partition_key(county, round_),
            run_config={"loggers": {"progress": {}}},
            tags={RETRAIN: "true"} if retrain else None,
            raise_on_error=False,
        )
        failures = [e for e in result.all_events if e.is_step_failure]
        refused = NOTHING_REFUSED
        if all(event.step_key != "inbox" for event in failures):
            refused = _refused(FramesStore().read(INBOX, county, round_)["sheets"])
    reason, unfit = None, []
    if result.success:
        corrections = FramesStore().read(CORRECTIONS, county, round_)["corrections"]
        unfit = corrections.filter(pl.col("state").is_in(list(FAILED)))["message"].to_list()
    else:
        reason = "；".join(reasons(failures)) or "运行未完成"
    return RoundRun(county, round_, result.success, refused, unfit, reason)


def _refused(sheets: pl.DataFrame) -> pl.DataFrame:
    return sheets.filter(pl.col("status").is_in(["refused", "unrecognised"])).select(
        NOTHING_REFUSED.columns
    )
