"""Lists once issued stay frozen: same content, same file; other content, a further version."""

import os
import shutil
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from pipelines.files import write_atomically
from pipelines.home import Home
from pipelines.lists import issued as register
from pipelines.lists.published import RoundNotPublishedError
from pipelines.lists.write import write_lists
from pipelines.warehouse.database import NotPublishedError
from tests.lists.conftest import Issued, fill, opened, rows_of
from tests.lists.published_sample import COUNTY, FIRST, KINDS, SECOND, THIRD, Sample

pytestmark = pytest.mark.integration


def content(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


@pytest.fixture(scope="module")
def own(issued: Issued, tmp_path_factory: pytest.TempPathFactory) -> Issued:
    """A copy of the home that these tests may publish into again."""
    home = Home(tmp_path_factory.mktemp("frozen") / "home")
    shutil.copytree(issued.home.path, home.path)
    files = {
        round_: [replace(f, path=home.path / f.path.relative_to(issued.home.path)) for f in files]
        for round_, files in issued.files.items()
    }
    return replace(issued, home=home, files=files)


def test_written_again_nothing_changes(own: Issued) -> None:
    before = content(own.home.lists)
    again = write_lists(own.home, COUNTY, THIRD)
    assert not any(file.written for file in again)
    assert [f.path for f in again] == [f.path for f in own.files[THIRD]]
    assert content(own.home.lists) == before


def test_an_earlier_round_stays_as_it_was_issued(own: Issued) -> None:
    """Persons and links are of the latest round by now; the old list must not follow them."""
    before = content(own.home.lists)
    assert not any(file.written for file in write_lists(own.home, COUNTY, SECOND))
    assert content(own.home.lists) == before


def test_other_content_is_a_further_version_beside(own: Issued) -> None:
    before = content(own.home.lists)
    sample = Sample(own.sample.contracts, townships=2, households=12)
    fill(sample)
    rows = sample.tables["discrepancies"].to_dicts()
    added = sample.doubt(KINDS[2], 6, THIRD, township="白水乡")
    sample.discrepancies([*rows, added])
    sample.publish(own.home.database)
    files = {(f.recipient, f.kind): f for f in write_lists(own.home, COUNTY, THIRD)}
    changed = files["白水乡", "township"]
    assert changed.written
    assert changed.version == 2
    assert changed.path.name == f"疑点清单_白水乡_{THIRD}-第2版.xlsx"
    numbers = {r["疑点编号"] for r in rows_of(opened(changed.path), "清单")}
    assert added["case_id"] in numbers
    assert not files["青石镇", "township"].written
    assert not files["教育", "department"].written
    after = content(own.home.lists)
    register_file = f"{COUNTY}/{THIRD}/{register.FILE}"
    assert {k: v for k, v in after.items() if k in before and k != register_file} == {
        k: v for k, v in before.items() if k != register_file
    }


def test_a_failed_write_leaves_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "list.xlsx"
    path.write_text("issued", encoding="utf-8")

    def fails(aside: Path) -> None:
        aside.write_text("half", encoding="utf-8")
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        write_atomically(path, fails)
    assert path.read_text(encoding="utf-8") == "issued"
    assert list(tmp_path.iterdir()) == [path]


KILLED = """
import os, signal, sys
from pathlib import Path
from pipelines.files import write_atomically

path, moment = Path(sys.argv[1]), sys.argv[2]

def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)

def write(aside):
    with aside.open("w", encoding="utf-8") as file:
        file.write("half")
        file.flush()
        if moment == "within":
            die()
        file.write(" and half")

if moment == "before the name":
    Path.replace = die
elif moment == "with the name":
    replace = Path.replace
    Path.replace = lambda *names: (replace(*names), die())
write_atomically(path, write)
"""


@pytest.mark.skipif(os.name != "posix", reason="no signal kills there")
@pytest.mark.parametrize("there", [True, False])
@pytest.mark.parametrize(
    ("moment", "written"),
    [("within", False), ("before the name", False), ("with the name", True), ("never", True)],
)
def test_a_killed_write_leaves_the_old_file_or_the_new_one_whole(
    tmp_path: Path, there: bool, moment: str, written: bool
) -> None:
    path = tmp_path / "list.xlsx"
    if there:
        path.write_text("issued", encoding="utf-8")
    killed = subprocess.run([sys.executable, "-c", KILLED, str(path), moment], check=False)
    assert killed.returncode == (0 if moment == "never" else -signal.SIGKILL)
    seen = {p.name: p.read_text(encoding="utf-8") for p in tmp_path.glob("[!.]*")}
    old = {"list.xlsx": "issued"} if there else {}
    assert seen == ({"list.xlsx": "half and half"} if written else old)
    write_atomically(path, lambda aside: aside.write_text("again", encoding="utf-8"))
    assert path.read_text(encoding="utf-8") == "again"


def test_a_round_that_is_not_published_says_what_to_do(own: Issued, tmp_path: Path) -> None:
    with pytest.raises(NotPublishedError, match="bidui run"):
        write_lists(Home(tmp_path), COUNTY, FIRST)
    with pytest.raises(RoundNotPublishedError, match="已发布的期：2021-07-26、2021-08-30"):
        write_lists(own.home, COUNTY, FIRST.replace(year=2020))
