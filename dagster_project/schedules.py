"""The weekly round (周调度)."""

from collections.abc import Iterator

import dagster as dg

from assets.partition import COUNTIES, ROUNDS, partition_key
from dagster_project.job import ROUND_JOB
from pipelines.home import Home


@dg.schedule(
    job=ROUND_JOB,
    cron_schedule="0 6 * * 1",
    execution_timezone="Asia/Shanghai",
    description="每周一 6 时：收件箱里的每个县各跑一期，期名为当日日期。",
)
def weekly(
    context: dg.ScheduleEvaluationContext, home: dg.ResourceParam[Home]
) -> Iterator[dg.RunRequest | dg.SkipReason]:
    """Request one run a county for the round named by the tick's date."""
    from pipelines.intake.inbox import inbox_counties

    counties = sorted(inbox_counties(home))
    if not counties:
        yield dg.SkipReason(f"收件箱 {home.inbox} 里没有县文件夹；先运行 bidui init")
        return
    round_ = context.scheduled_execution_time.date()
    context.instance.add_dynamic_partitions(str(COUNTIES.name), counties)
    context.instance.add_dynamic_partitions(str(ROUNDS.name), [round_.isoformat()])
    for county in counties:
        yield dg.RunRequest(
            run_key=f"weekly|{county}|{round_}", partition_key=partition_key(county, round_)
        )
