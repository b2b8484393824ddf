"""Lists of an earlier round that were lost: written as they were issued, or not at all."""

import datetime as dt
import shutil
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from pipelines.home import Home
from pipelines.lists.write import RecordsGoneError, write_lists
from tests.conftest import COUNTY, ROUNDS

pytestmark = pytest.mark.integration

EARLIER = dt.date.fromisoformat(ROUNDS[1])


@pytest.fixture
def own(sample: Home, tmp_path: Path) -> Home:
    """A copy of the sample county without what these tests do not need."""
    left_out = shutil.ignore_patterns("inbox", "archive", "dagster", "truth", "files", "rows")
    shutil.copytree(sample.path, tmp_path / "home", ignore=left_out)
    return Home(tmp_path / "home")


def said(folder: Path) -> dict[str, list[list[Any]]]:
    """Every sheet of every workbook, cell by cell."""
    found = {}
    for path in sorted(folder.glob("*/*.xlsx")):
        with closing(load_workbook(path, read_only=True)) as book:
            for sheet in book:
                name = f"{path.parent.name}/{path.name}/{sheet.title}"
                found[name] = [list(row) for row in sheet.iter_rows(values_only=True)]
    return found


def test_lost_lists_of_an_earlier_round_say_again_what_was_issued(own: Home) -> None:
    folder = own.lists / COUNTY / EARLIER.isoformat()
    issued = said(folder)
    assert any("待核身份" in name and len(rows) > 3 for name, rows in issued.items())
    for path in folder.glob("*/*"):
        path.unlink()
    again = write_lists(own, COUNTY, EARLIER)
    assert all(file.written and file.version == 1 for file in again)
    assert said(folder) == issued
    assert not any(file.written for file in write_lists(own, COUNTY, EARLIER))


def test_without_its_records_a_lost_list_is_refused_and_the_rest_stands(own: Home) -> None:
    folder = own.lists / COUNTY / EARLIER.isoformat()
    shutil.rmtree(own.store / "assets" / "linked")
    assert not any(file.written for file in write_lists(own, COUNTY, EARLIER))
    lost = next(folder.glob("大石镇/*.xlsx"))
    lost.unlink()
    before = {path: path.read_bytes() for path in folder.rglob("*.*")}
    with pytest.raises(RecordsGoneError, match=rf"大石镇.*bidui run .*--round {EARLIER}"):
        write_lists(own, COUNTY, EARLIER)
    assert {path: path.read_bytes() for path in folder.rglob("*.*")} == before
