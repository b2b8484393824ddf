"""What every test may use: a home of its own, and one sample county that all share, read-only."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from filelock import FileLock

from pipelines.home import Home

COUNTY = "990112"
ROUNDS = ("2021-07-26", "2021-08-30", "2021-09-06")

Bidui = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(autouse=True)
def _no_home_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test may touch the home that the developer happens to work on."""
    monkeypatch.delenv("BIDUI_HOME", raising=False)
    monkeypatch.delenv("DAGSTER_HOME", raising=False)


def run_bidui(
    *arguments: str, home: Path, timeout: float = 300
) -> subprocess.CompletedProcess[str]:
    """Run the command as a person would: another process, its output and exit status kept."""
    environment = {k: v for k, v in os.environ.items() if k not in {"BIDUI_HOME", "DAGSTER_HOME"}}
    return subprocess.run(
        [sys.executable, "-m", "dagster_project.cli", *arguments, "--home", str(home)],
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=timeout,
        check=False,
        env=environment | {"PYTHONUTF8": "1"},
    )


@pytest.fixture
def bidui(tmp_path: Path) -> Bidui:
    """Give the command on a home of the test's own."""

    def call(
        *arguments: str, home: Path = tmp_path, **kwargs: float
    ) -> subprocess.CompletedProcess[str]:
        return run_bidui(*arguments, home=home, **kwargs)

    return call


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A county of 3,000 residents with all its rounds run; made once, whoever asks first.

    Tests read it. A test that changes anything copies it first.
    """
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    home = shared / "sample"
    with FileLock(shared / "sample.lock"):
        if not (home / "done").exists():
            done = run_bidui("demo", "--persons", "3000", home=home, timeout=600)
            assert done.returncode in {0, 3}, done.stderr
            (home / "done").write_text(done.stdout, encoding="utf-8")
    return Home(home)
