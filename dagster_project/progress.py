"""Progress of a run in this process: a bar on a terminal, plain lines elsewhere.

Dagster tells its loggers of every event; this one listens for steps and says nothing else, so a run
shows what it does without a page of debug lines.
"""

import logging
import sys
import time

import dagster as dg
from dagster import DagsterEventType
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

STAGES = {
    "inbox": "收件",
    "rows": "读表",
    "clean": "规范",
    "linked": "关联",
    "compare": "比对",
    "warehouse": "入库",
    "lists": "清单",
}
"""What each step is called where people read it."""


class _Steps(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self._console = Console(stderr=True)
        self._progress: Progress | None = None
        self._total = self._done = 0
        self._started = time.monotonic()
        self._last_stage = ""

    def emit(self, record: logging.LogRecord) -> None:
        event = getattr(record, "dagster_event", None)
        if event is None:
            event = getattr(record, "dagster_meta", {}).get("dagster_event")
        if event is None:
            return
        if event.event_type == DagsterEventType.STEP_START:
            self._start(event.step_key or "")
        elif event.event_type == DagsterEventType.STEP_SUCCESS:
            self._done += 1
            if self._progress:
                self._progress.update(self._progress.task_ids[0], advance=1)
        elif event.event_type in {DagsterEventType.RUN_SUCCESS, DagsterEventType.RUN_FAILURE}:
            self._stop()

    def _start(self, step: str) -> None:
        stage = STAGES.get(step, step)
        if self._console.is_terminal and self._progress is None:
            self._progress = Progress(
                TextColumn("{task.description}"),
                BarColumn(),
                MofNCompleteColumn(),
                TimeElapsedColumn(),
                console=self._console,
                transient=True,
            )
            self._progress.add_task(stage, total=TOTAL_STEPS.get("steps"))
            self._progress.start()
        if self._progress:
            self._progress.update(self._progress.task_ids[0], description=stage)
        elif stage != self._last_stage:
            seconds = time.monotonic() - self._started
            sys.stderr.write(f"[{seconds:5.1f} 秒] {stage}\n")
        self._last_stage = stage

    def _stop(self) -> None:
        if self._progress:
            self._progress.stop()
            self._progress = None


TOTAL_STEPS: dict[str, int] = {}
"""How many steps the next run has; set by `dagster_project.run` before it starts one."""


@dg.logger(description="Steps as they run: a bar on a terminal, plain lines elsewhere.")
def progress_logger(init_context: dg.InitLoggerContext) -> logging.Logger:  # noqa: ARG001
    """Give a logger that shows steps and nothing else."""
    logger = logging.Logger("bidui.progress", logging.DEBUG)
    logger.addHandler(_Steps())
    return logger
