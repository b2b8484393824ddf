"""Why a run failed, in words for people.

The project's own errors and those of the disk are sentences that name files and say what to do.
Any other error is a fault of the program: its text may quote what stood in a cell, so only its kind
leaves Dagster's pages.
"""

from collections.abc import Iterable

import dagster as dg

from dagster_project.progress import STAGES
from pipelines.warehouse.masking import mask_text

_OURS = ("pipelines.", "expectations.", "dagster._core.definitions.events.Failure")
_DISK = ("OSError", "PermissionError", "FileNotFoundError", "BlockingIOError", "TimeoutError")


def reasons(failures: Iterable[dg.DagsterEvent]) -> list[str]:
    """Give one sentence a failed step: the stage, what was wrong, what to do; nothing personal."""
    return [f"{stage(event.step_key)}：{_reason(event)}" for event in failures]


def stage(step: str | None) -> str:
    """Give what a step is called where people read it."""
    return STAGES.get(step or "", step or "运行")


def _reason(event: dg.DagsterEvent) -> str:
    error = event.step_failure_data.error
    while error and error.cause:
        error = error.cause
    if error is None:
        return mask_text(event.message or "没有说明原因")
    kind, _, text = error.message.strip().partition(": ")
    if kind.startswith(_OURS):
        return mask_text(text)
    if kind in _DISK:
        return f"磁盘或网络盘读写失败（{mask_text(text)}），请检查空间、权限和连接后重跑"
    return f"程序出错（{kind.rsplit('.', 1)[-1]}），请把运行编号告诉维护人员"
