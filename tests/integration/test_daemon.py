"""The daemon runs a round by itself when a file is dropped: a real instance, its web server too."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import duckdb
import pytest

from pipelines.home import Home
from tests.integration.conftest import TINY, WriteSheet, id_number

pytestmark = pytest.mark.integration

PATIENCE = 150


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _rows(database: Path, query: str) -> list[tuple[object, ...]]:
    if not database.exists():
        return []
    with duckdb.connect(str(database), read_only=True) as db:
        return db.sql(query).fetchall()


def _wait_for(database: Path, query: str, wanted: list[tuple[object, ...]], log: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if _rows(database, query) == wanted:
            return
        time.sleep(1)
    tail = "\n".join(log.read_text(encoding="utf-8").splitlines()[-40:])
    pytest.fail(f"after {PATIENCE} s {query} gives {_rows(database, query)}, not {wanted}\n{tail}")


def test_a_dropped_file_runs_the_round_by_itself(tiny: Home, write_sheet: WriteSheet) -> None:
    (tiny.path / "settings.yaml").write_text("settle_seconds: 1\n", encoding="utf-8")
    port = _free_port()
    log = tiny.path / "ui.log"
    command = [sys.executable, "-m", "dagster_project.cli", "ui", "--port", str(port)]
    with log.open("w") as out:
        server = subprocess.Popen(
            [*command, "--home", str(tiny.path)],
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        rounds = "SELECT round::VARCHAR FROM runs ORDER BY round"
        _wait_for(tiny.database, rounds, [("2021-08-25",)], log)
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/server_info", timeout=10) as page:
            assert page.status == 200

        # A department's file of a later day is dropped: its round runs by itself.
        write_sheet(
            tiny.inbox / f"{TINY}小县" / "卫健局" / "死亡名单20210903.xlsx",
            ["姓名", "身份证号", "死亡日期"],
            [("王建国", id_number("19800115", 1), "2021-08-28")],
        )
        _wait_for(tiny.database, rounds, [("2021-08-25",), ("2021-09-03",)], log)
        assert _rows(tiny.database, "SELECT name, link_status FROM health_deaths") == [
            ("王建国", "confirmed")
        ]
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait(timeout=30)
