"""An e-mail when a run fails, where the home says to whom (``<home>/settings.yaml``, key alert)."""

import smtplib
from email.message import EmailMessage

import dagster as dg

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
    partition = context.dagster_run.tags.get("dagster/partition", "")
    message = EmailMessage()
    message["Subject"] = f"比对运行失败：{partition}"
    message["From"] = alert.sender
    message["To"] = ", ".join(alert.recipients)
    message.set_content(
        f"县与期：{partition}\n运行：{context.dagster_run.run_id}\n原因：{context.failure_event.message}\n"
        "已发布的数据仍是上一次成功的结果。请在 Dagster 页面查看这次运行。\n"
    )
    with smtplib.SMTP(alert.host, alert.port, timeout=30) as server:
        if alert.starttls:
            server.starttls()
        if alert.user:
            server.login(alert.user, alert.password())
        server.send_message(message)
    return None
