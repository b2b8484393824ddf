"""Run a command and see what it and all its children cost, as a person waits for it."""

import os
import subprocess
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

_EVERY = 0.05
_PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True)
class Cost:
    """What one run of a command cost."""

    seconds: float
    """From start to end, by the clock."""
    mebibytes: float
    """Most resident memory of the process and its children together, seen every 50 ms; pages that
    they share count for each."""
    output: str


def watched(command: Sequence[str], allowed: Sequence[int] = (0,)) -> Cost:
    """Run `command` and give its cost.

    Raises:
        SystemExit: It ended with a status that is not `allowed`.
    """
    started = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    peak = [0.0]
    thread = threading.Thread(target=_watch, args=(process, peak))
    thread.start()
    output, _ = process.communicate()
    seconds = time.monotonic() - started
    thread.join()
    if process.returncode not in allowed:
        raise SystemExit(f"{' '.join(command)} ended with {process.returncode}")
    return Cost(seconds, peak[0] / 2**20, output)


def _watch(process: subprocess.Popen[str], peak: list[float]) -> None:
    while process.poll() is None:
        peak[0] = max(peak[0], sum(map(_resident, _tree(process.pid))))
        time.sleep(_EVERY)


def _tree(pid: int) -> list[int]:
    """Give the process and everything below it (Linux)."""
    found, waiting = [], [pid]
    while waiting:
        found.append(waiting.pop())
        for task in Path(f"/proc/{found[-1]}/task").glob("*/children"):
            try:
                waiting += map(int, task.read_text().split())
            except OSError:  # gone between the two looks
                continue
    return found


def _resident(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * _PAGE
    except OSError:
        return 0
