"""The weekly round (周调度)."""

from collections.abc import Iterator
from zoneinfo import ZoneInfo

import dagster as dg

from assets.partition import COUNTIES, ROUNDS, partition_key
from dagster_project.job import ROUND_JOB
from pipelines.home import Home

_ZONE = ZoneInfo("Asia/Shanghai")


@dg.schedule(
    job=ROUND_JOB,
    cron_schedule="0 6 * * 1",
    execution_timezone=str(_ZONE),
    default_status=dg.DefaultScheduleStatus.RUNNING,
    description="每周一 6 时（节假日照跑）：收件箱里的每个县各跑一期，期名为当日日期。",
)
def weekly(
    context: dg.ScheduleEvaluationContext, home: dg.ResourceParam[Home]
) -> Iterator[dg.RunRequest | dg.SkipReason]:
    """Request one run a county for the round named by the tick's date.

    On a holiday too: what is overdue shows each week, and a round without new lists costs little.
    A tick that was missed because nothing ran at that hour is made up for when the daemon starts.
    """
    from pipelines.intake.inbox import inbox_counties

    counties = sorted(inbox_counties(home))
    if not counties:
        yield dg.SkipReason(f"收件箱 {home.inbox} 里没有县文件夹；先运行 bidui init")
        return
    round_ = context.scheduled_execution_time.astimezone(_ZONE).date()
    context.instance.add_dynamic_partitions(str(COUNTIES.name), counties)
    context.instance.add_dynamic_partitions(str(ROUNDS.name), [round_.isoformat()])
    for county in counties:
        yield dg.RunRequest(
            run_key=f"weekly|{county}|{round_}", partition_key=partition_key(county, round_)
        )
