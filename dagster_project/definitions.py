"""The code location: everything Dagster needs to know, built from what is declared for the home."""

import dagster as dg

from assets.clean import clean_assets
from assets.compare import compare_assets
from assets.intake import intake_assets
from assets.links import link_assets
from assets.publish import publish_assets
from dagster_project.alerts import failure_alert
from dagster_project.io_manager import FramesStore
from dagster_project.job import ROUND_JOB
from dagster_project.progress import progress_logger
from dagster_project.resources import HomeResource
from dagster_project.schedules import weekly
from dagster_project.sensors import inbox_sensor, killed_runs
from pipelines.home import Home


def build_definitions(home: Home) -> dg.Definitions:
    """Build the definitions for the contracts of `home`."""
    contracts = home.declared.contracts
    return dg.Definitions(
        assets=[
            *intake_assets(contracts),
            *clean_assets(contracts),
            *link_assets(contracts),
            *compare_assets(contracts),
            *publish_assets(contracts),
        ],
        jobs=[ROUND_JOB],
        schedules=[weekly],
        sensors=[inbox_sensor, killed_runs, failure_alert],
        resources={"home": HomeResource(), "io_manager": FramesStore()},
        loggers={"progress": progress_logger, "console": dg.colored_console_logger},
        # One process a round: its steps are short, and starting processes would cost more.
        executor=dg.in_process_executor,
    )


defs = build_definitions(Home.default())
