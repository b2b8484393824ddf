"""The files under ``data/sample`` are read to the last, and are what the generator makes."""

import datetime as dt
from pathlib import Path

import pytest

from pipelines.contracts import Contracts
from pipelines.home import SHIPPED, Home
from pipelines.intake.parsed import parsed_file
from pipelines.intake.places import department_of
from pipelines.synthetic.generate import generate

SAMPLE = SHIPPED / "sample" / "inbox"

pytestmark = pytest.mark.unit


def files(inbox: Path) -> dict[str, bytes]:
    return {
        path.relative_to(inbox).as_posix(): path.read_bytes()
        for path in sorted(inbox.rglob("*"))
        if path.is_file()
    }


def test_every_sheet_is_recognised_and_none_asks(contracts: Contracts) -> None:
    seen = set()
    for name, content in files(SAMPLE).items():
        department = department_of(name.split("/")[1], contracts)
        assert department, name
        for sheet in parsed_file(content, department, contracts).sheets:
            assert (sheet.status, sheet.asks) == ("read", False), (name, sheet.message)
            seen.add(sheet.dataset)
    assert len(seen) >= len(contracts) - 1


def test_they_are_what_the_generator_makes(tmp_path: Path, contracts: Contracts) -> None:
    made = Home(tmp_path)
    generate(made, persons=500, rounds=(dt.date(2021, 8, 30),))
    new, old = files(made.inbox), files(SAMPLE)
    assert list(new) == list(old)
    for name, content in new.items():
        department = department_of(name.split("/")[1], contracts) or ""
        here, there = (parsed_file(c, department, contracts) for c in (content, old[name]))
        assert here.sheets == there.sheets, name
        for sheet in here.sheets:
            rows = here.rows(sheet.sheet_no)
            assert rows.equals(there.rows(sheet.sheet_no)), name
