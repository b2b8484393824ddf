"""`bidui ui` as an office has it: web pages, a daemon that works by itself, mail when it cannot.

One story on one home, since starting Dagster takes longer than all the rest.
"""

import datetime as dt
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from zoneinfo import ZoneInfo

import dagster as dg
import duckdb
import pytest
import yaml
from dagster._core.definitions.run_request import InstigatorType
from dagster._core.scheduler.instigation import ScheduleInstigatorData

from pipelines.home import Home
from tests.integration.conftest import TINY, WriteSheet, id_number
from tests.integration.mailbox import Mailbox, mailbox

pytestmark = pytest.mark.integration

PATIENCE = 150
PASSWORD = "not-to-be-logged"  # noqa: S105 - of the test's own mailbox
WITHOUT_ROSTER = "990198"
ROUNDS = "SELECT round::VARCHAR FROM runs ORDER BY round"
DEATHS = ["姓名", "身份证号", "死亡日期"]
DEAD = ("王建国", id_number("19800115", 1), "2021-08-28")
BROWSERS_OWN = ("google.com", "googleapis.com", "gvt1.com")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _rows(home: Home, query: str) -> list[tuple[object, ...]]:
    if not home.database.exists():
        return []
    with duckdb.connect(str(home.database), read_only=True) as db:
        return db.sql(query).fetchall()


def _wait_until(home: Home, what: str, done: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if done():
            return
        time.sleep(1)
    tail = "\n".join((home.path / "ui.log").read_text(encoding="utf-8").splitlines()[-40:])
    pytest.fail(f"after {PATIENCE} s not yet: {what}\n{tail}")


def _wait_for_rounds(home: Home, *rounds: str) -> None:
    wanted = [(round_,) for round_ in rounds]
    _wait_until(home, f"rounds {rounds}", lambda: _rows(home, ROUNDS) == wanted)


def _lives(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


@contextmanager
def _ui(home: Home) -> Iterator[str]:
    """Run `bidui ui`, give its address, and stop it as Ctrl-C in a terminal does."""
    port = _free_port()
    command = [sys.executable, "-m", "dagster_project.cli", "ui", "--port", str(port)]
    with (home.path / "ui.log").open("a") as out:
        server = subprocess.Popen(
            [*command, "--home", str(home.path)],
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            env=os.environ | {"BIDUI_ALERT_PASSWORD": PASSWORD},
        )
    try:
        yield f"http://127.0.0.1:{port}"
        os.killpg(server.pid, signal.SIGINT)
        server.wait(timeout=60)
        # Web server and daemon are gone with it; a code server ends when nobody asks it any more.
        _wait_until(home, "every process gone", lambda: not _lives(server.pid))
    finally:
        if _lives(server.pid):
            os.killpg(server.pid, signal.SIGKILL)
            server.wait()


_LOOKS = 5


def _page_with(words: Sequence[str], folder: Path, address: str) -> tuple[str, set[str]]:
    """Open a page until it shows `words`: a page asks for its parts, and a busy machine is slow."""
    hosts: set[str] = set()
    for _ in range(_LOOKS):
        text, asked = _page(folder, address)
        hosts |= asked
        if all(word in text for word in words):
            break
    assert [word for word in words if word not in text] == []
    return text, hosts


def _page(folder: Path, address: str) -> tuple[str, set[str]]:
    """Open a page in a browser that reaches this machine only; give its text and hosts asked."""
    log = folder / "requests.json"
    done = subprocess.run(
        [
            *("chromium", "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic"),
            *("--no-first-run", "--disable-background-networking", "--disable-sync"),
            *("--disable-component-update", f"--user-data-dir={folder / 'browser'}"),
            *("--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1", f"--log-net-log={log}"),
            *("--virtual-time-budget=20000", "--dump-dom", address),
        ],
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
        check=True,
    )
    asked = set(re.findall(r'"url":"[a-z]+://([^/":]+)', log.read_text(encoding="utf-8")))
    return done.stdout, {host for host in asked if not host.endswith(BROWSERS_OWN)}


def _settings(home: Home, box: Mailbox) -> None:
    alert = {"host": "127.0.0.1", "port": box.port, "user": "bidui"}
    alert |= {"sender": "bidui@example.org", "recipients": ["officer@example.org"]}
    said = {"settle_seconds": 1, "county_names": {WITHOUT_ROSTER: "缺册县"}, "alert": alert}
    (home.path / "settings.yaml").write_text(yaml.safe_dump(said), encoding="utf-8")


def _missed_monday(instance: dg.DagsterInstance) -> str:
    """Make as if the computer had been off on the last Monday at six; give that date."""
    now = dt.datetime.now(ZoneInfo("Asia/Shanghai"))
    monday = (now - dt.timedelta(days=now.weekday())).replace(hour=6, minute=0, second=0)
    if monday > now:
        monday -= dt.timedelta(days=7)
    (state,) = instance.all_instigator_state(instigator_type=InstigatorType.SCHEDULE)
    assert isinstance(state.instigator_data, ScheduleInstigatorData)
    before = (monday - dt.timedelta(hours=1)).timestamp()
    cron = state.instigator_data.cron_schedule
    instance.update_instigator_state(state.with_data(ScheduleInstigatorData(cron, before)))
    return monday.date().isoformat()


def test_an_office_drops_files_looks_and_is_told(
    tiny: Home, instance: dg.DagsterInstance, write_sheet: WriteSheet, tmp_path: Path
) -> None:
    with mailbox() as box:
        _settings(tiny, box)
        with _ui(tiny) as address:
            _wait_for_rounds(tiny, "2021-08-25")

            # A department's file of a later day is dropped: its round runs by itself.
            county = tiny.inbox / f"{TINY}小县"
            write_sheet(county / "卫健局" / "死亡名单20210903.xlsx", DEATHS, [DEAD])
            _wait_for_rounds(tiny, "2021-08-25", "2021-09-03")
            assert _rows(tiny, "SELECT name, link_status FROM health_deaths") == [
                (DEAD[0], "confirmed")
            ]

            # What the pages show, without the internet.
            partition = f"partition={TINY}%7C2021-09-03"
            deaths = f"{address}/assets/clean/health/deaths"
            checks = ("e01_name_not_be_null", "fresh", "nothing_lost", "不通过即：", "检查的行")
            address_of_check = f"{deaths}?view=checks&checkDetail=e01_name_not_be_null"
            text, hosts = _page_with(checks, tmp_path, address_of_check)
            shown = ("预览", "搁置原因", TINY, "2021-09-03")
            more, hosts_too = _page_with(shown, tmp_path, f"{deaths}?view=partitions&{partition}")
            assert hosts | hosts_too == {"127.0.0.1"}
            assert DEAD[0] not in text + more
            assert DEAD[1] not in text + more

            # A county without its roster: the run fails and the officer is written to.
            other = tiny.inbox / WITHOUT_ROSTER
            write_sheet(other / "卫健局" / "死亡名单20210903.xlsx", DEATHS, [DEAD])
            _wait_until(tiny, "a mail", lambda: box.messages)
        shutil.rmtree(other)
        (mail,) = box.messages
        assert box.logins == [("bidui", PASSWORD)]
        assert mail["Subject"] == f"比对运行失败：{WITHOUT_ROSTER} 缺册县 2021-09-03 期"
        assert mail["To"] == "officer@example.org"
        said = mail.get_content()
        for word in ("关联：没有基础名册", "名册文件夹", f"--county {WITHOUT_ROSTER} --round 2021"):
            assert word in said, said
        assert DEAD[0] not in said
        assert DEAD[1] not in said

        # Switched on again after a Monday at six: that week's round is made up for.
        monday = _missed_monday(instance)
        with _ui(tiny):
            _wait_for_rounds(tiny, "2021-08-25", "2021-09-03", monday)

    written = [p for p in (tiny.dagster).rglob("*") if p.is_file()] + [tiny.path / "ui.log"]
    assert [p for p in written if PASSWORD.encode() in p.read_bytes()] == []
    assert not (tiny.dagster / ".telemetry").exists()
