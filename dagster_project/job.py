"""The one job: a round of a county from the inbox to the lists."""

import dagster as dg

ROUND_JOB = dg.define_asset_job(
    "round",
    selection=dg.AssetSelection.all(),
    description="一期比对：从收件到清单。分区 = 县 × 期。",
    run_tags={"dagster/max_retries": "0"},
)
