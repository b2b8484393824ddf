"""Whatever reading a file does to the process that reads it, the round goes on."""

import hashlib
import io
import logging
import os
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pipelines.contracts import Contracts
from pipelines.home import Home
from pipelines.intake import protected
from pipelines.intake.kept import ParsedFile, parsed_key
from pipelines.intake.protected import Limits, Readers
from tests.intake.conftest import DIBAO, person, xlsx
from tests.intake.test_inbox import drop, status, take

pytestmark = pytest.mark.unit

PROGRAM = (sys.executable, "-P", str(Path(__file__).with_name("misbehaving.py")))
TIGHT = Limits(memory=2 << 30, seconds=1, waiting=20)
GOOD = xlsx([DIBAO, person(1)])
POSIX = pytest.mark.skipif(os.name != "posix", reason="the system has no such limits")

Give = Callable[[bytes], ParsedFile]


@pytest.fixture
def readers(contracts: Contracts, tmp_path: Path) -> Iterator[Readers]:
    with Readers(contracts, tmp_path / "store", limits=TIGHT, program=PROGRAM) as readers:
        yield readers


@pytest.fixture
def give(readers: Readers, tmp_path: Path) -> Give:
    """Have a content read."""

    def given(content: bytes) -> ParsedFile:
        file_id = hashlib.sha256(content).hexdigest()
        path = tmp_path / file_id
        path.write_bytes(content)
        return readers.read(path, file_id, "civil_affairs")

    return given


@pytest.fixture
def kept(contracts: Contracts, tmp_path: Path) -> Callable[[bytes], bool]:
    """Tell whether the next round will find a content read already."""

    def found(content: bytes) -> bool:
        key = parsed_key(hashlib.sha256(content).hexdigest(), "civil_affairs", contracts)
        return (tmp_path / "store" / key / "sheets.json").exists()

    return found


@pytest.mark.parametrize(
    ("content", "said", "again"),
    [
        pytest.param(b"CRASH", "异常终止", False),
        pytest.param(b"LOOP", "用时超过上限", False, marks=POSIX),
        pytest.param(b"MEMORY", "内存超过上限", False, marks=POSIX),
        pytest.param(b"NATIVE_MEMORY", "内存超过上限", False, marks=POSIX),
        pytest.param(b"KILLED", "被系统终止", True, marks=POSIX),
    ],
)
def test_a_file_that_its_reader_does_not_survive_is_refused_and_the_next_is_read(
    give: Give, kept: Callable[[bytes], bool], content: bytes, said: str, again: bool
) -> None:
    """Kept where the file is to blame; read again next time where the machine is."""
    (refused,) = give(content).sheets
    assert (refused.status, refused.rows_read) == ("refused", None)
    assert said in refused.message
    assert "请" in refused.message
    assert kept(content) is not again
    assert give(GOOD).sheets[0].status == "read"


def test_what_neither_ends_nor_works_is_given_up(
    contracts: Contracts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "x"
    path.write_bytes(b"SLEEP")
    file_id = hashlib.sha256(b"SLEEP").hexdigest()
    limits = Limits(seconds=1, waiting=0.5)
    with Readers(contracts, tmp_path / "store", limits=limits, program=PROGRAM) as readers:
        (refused,) = readers.read(path, file_id, "civil_affairs").sheets
    assert "没有进展" in refused.message
    assert not (tmp_path / "store").exists()


def test_nothing_half_is_left_and_the_log_says_where_it_died(
    give: Give, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    store = tmp_path / "store"
    store.mkdir()
    with caplog.at_level(logging.ERROR):
        (refused,) = give(f"ABORT {store} 990112198001010038".encode()).sheets
    assert "异常终止" in refused.message
    assert [p.name for p in store.iterdir() if p.name.startswith(".new")] == []
    assert "in _misbehaving" in caplog.text
    assert "990112198001010038" not in caplog.text


def test_a_crash_counts_only_in_a_fresh_process(give: Give) -> None:
    """What was read before in the same process may be to blame."""
    content = ("SECOND\n" + ",".join(DIBAO) + "\n1,王建国,,,,,\n").encode()
    assert give(GOOD).sheets[0].status == "read"
    assert give(content).sheets[0].status == "read"


def test_a_library_that_prints_spoils_nothing(give: Give) -> None:
    content = ("PRINTS\n" + ",".join(DIBAO) + "\n1,王建国,,,,,\n").encode()
    assert give(content).sheets[0].rows_accepted == 1


def test_one_member_of_an_archive_is_named_and_the_others_are_read(give: Give) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as package:
        for name, content in {"a.xlsx": GOOD, "b.csv": b"CRASH", "c.xlsx": GOOD}.items():
            package.writestr(name, content)
    sheets = give(packed.getvalue()).sheets
    assert [(s.member, s.status) for s in sheets] == [
        ("a.xlsx", "read"),
        ("b.csv", "refused"),
        ("c.xlsx", "read"),
    ]
    assert "异常终止" in sheets[1].message


def test_an_archive_of_nothing_but_crashes_is_given_up(give: Give) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as package:
        for number in range(protected._MOST_MEMBERS + 2):
            package.writestr(f"{number}.csv", b"CRASH")
    (refused,) = give(packed.getvalue()).sheets
    assert (refused.member, refused.status) == (None, "refused")


def test_a_full_disk_is_not_the_files_fault(
    give: Give, kept: Callable[[bytes], bool], tmp_path: Path
) -> None:
    (tmp_path / "store").write_bytes(b"a file where the folder should be")
    with pytest.raises(OSError, match="store"):
        give(GOOD)


def test_a_reader_that_does_not_start_is_not_the_files_fault(
    contracts: Contracts, tmp_path: Path
) -> None:
    path = tmp_path / "x.xlsx"
    path.write_bytes(GOOD)
    program = (sys.executable, "-c", "raise SystemExit('no such thing')")
    with (
        Readers(contracts, tmp_path / "store", program=program) as readers,
        pytest.raises(OSError, match="no such thing"),
    ):
        readers.read(path, hashlib.sha256(GOOD).hexdigest(), "civil_affairs")


def test_a_round_goes_on_without_the_file_and_does_not_try_again(
    home: Home, contracts: Contracts, monkeypatch: pytest.MonkeyPatch
) -> None:
    drop(home, "民政/低保20210801.xlsx", GOOD)
    drop(home, "民政/坏20210801.csv", b"CRASH")
    monkeypatch.setattr(protected, "_PROGRAM", PROGRAM)
    first = take(home, contracts)
    assert sorted(status(first).values()) == ["refused", "used"]
    monkeypatch.setattr(protected, "_PROGRAM", ("no such program",))
    again = take(home, contracts)
    assert again.sheets.equals(first.sheets)


@POSIX
def test_readers_end_with_the_one_who_asked_however_it_ends(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(GOOD)
    script = f"""
import sys, time
from pathlib import Path
from pipelines.contracts import load_contracts
from pipelines.home import SHIPPED
from pipelines.intake.archive import file_hash
from pipelines.intake.protected import Readers
with Readers(load_contracts([SHIPPED]), Path({str(tmp_path / "store")!r})) as readers:
    path = Path({str(tmp_path / "x")!r})
    readers.read(path, file_hash(path), "civil_affairs")
    print(readers._idle[0].pid, flush=True)
    time.sleep(600)
"""
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE) as asking:
        assert asking.stdout
        reader = int(asking.stdout.readline())
        assert _lives(reader)
        asking.send_signal(signal.SIGKILL)
    for _ in range(200):
        if not _lives(reader):
            break
        time.sleep(0.05)
    assert not _lives(reader)


def _lives(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"
