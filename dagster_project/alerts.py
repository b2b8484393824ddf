"""An e-mail when a run fails, where the home says to whom (``<home>/settings.yaml``, key alert)."""

import smtplib
from email.message import EmailMessage

import dagster as dg

from dagster_project.failures import reasons
from pipelines.home import Home


@dg.run_failure_sensor(
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="运行失败时按 settings.yaml 的 alert 发邮件；未设置则只留在运行记录里。",
)
def failure_alert(
    context: dg.RunFailureSensorContext, home: dg.ResourceParam[Home]
) -> dg.SkipReason | None:
    """Send one message for a failed run; the sensor's own failure shows in Dagster."""
    alert = home.settings.alert
    if alert is None:
        return dg.SkipReason("settings.yaml 没有设置 alert，未发邮件")
    message = failure_message(context, home)
    message["From"] = alert.sender
    message["To"] = ", ".join(alert.recipients)
    with smtplib.SMTP(alert.host, alert.port, timeout=30) as server:
        if alert.starttls:
            server.starttls()
        if alert.user:
            server.login(alert.user, alert.password())
        server.send_message(message)
    return None


def failure_message(context: dg.RunFailureSensorContext, home: Home) -> EmailMessage:
    """Say which county and round failed, what was wrong and what to do; nobody is named."""
    tags = context.dagster_run.tags
    county = tags.get("dagster/partition/county", "")
    round_ = tags.get("dagster/partition/round", "")
    place = " ".join(p for p in (county, home.settings.county_names.get(county, "")) if p)
    wrong = reasons(context.get_step_failure_events()) or [context.failure_event.message or ""]
    message = EmailMessage()
    message["Subject"] = f"比对运行失败：{place} {round_} 期"
    message.set_content(
        f"县：{place}\n期：{round_}\n运行编号：{context.dagster_run.run_id}\n\n"
        "哪里不对：\n" + "".join(f"- {reason}\n" for reason in wrong) + "\n怎么办：\n"
        "- 已发布的数据库和清单仍是上一次成功的结果，可以照常使用。\n"
        f"- 按上面的说明处理后，运行 bidui run --county {county} --round {round_}，"
        "或在网页的这次运行上点 Re-execute。\n"
        "- 文件重新放进收件箱，也会自动再跑。\n"
    )
    return message
