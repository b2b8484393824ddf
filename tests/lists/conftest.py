"""One small county's lists, written once: three rounds issued in order."""

import datetime as dt
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook

from pipelines.home import Home
from pipelines.lists.write import ListFile, write_lists
from tests.lists.published_sample import (
    COUNTY,
    KINDS,
    SECOND,
    THIRD,
    Sample,
    compared_rows,
    id_number,
    suspected_link,
)

FORMULA = '=HYPERLINK("http://x","y")'


@cache
def opened(path: Path) -> Workbook:
    """A workbook that tests only read, opened once."""
    return load_workbook(path)


@dataclass(frozen=True)
class Issued:
    """A home whose second and third rounds have been issued."""

    home: Home
    sample: Sample
    files: dict[dt.date, list[ListFile]]

    def file(self, recipient: str, kind: str = "", round_: dt.date = THIRD) -> ListFile:
        (found,) = (
            f for f in self.files[round_] if f.recipient == recipient and kind in ("", f.kind)
        )
        return found

    def book(self, recipient: str, kind: str = "", round_: dt.date = THIRD) -> Workbook:
        return opened(self.file(recipient, kind, round_).path)


def fill(sample: Sample) -> None:
    """Plant what the tests look for; people are numbered two to a household."""
    school, aid, insured, doctor, house, dead, helper = KINDS
    old = [sample.doubt(k, p, SECOND) for k, p in ((school, 0), (insured, 1), (house, 0))]
    gone = sample.doubt(insured, 12, SECOND)
    still = [
        sample.doubt(k, p, THIRD, state="open", first_seen=SECOND, rounds_seen=2)
        for k, p in ((school, 0), (insured, 1), (house, 0))
    ]
    new = [
        sample.doubt(school, 2, THIRD),
        sample.doubt(aid, 2, THIRD, left_value="晴川县第一小学在读"),
        sample.doubt(insured, 3, THIRD, explanation=FORMULA + f" 身份证{id_number(4)}。"),
        sample.doubt(doctor, 4, THIRD, left_value="@SUM(A1)", left_path="-a/+b=.xlsx"),
        sample.doubt(dead, 5, THIRD),
        sample.doubt(dead, 6, THIRD),
        sample.doubt(helper, 13, THIRD, state="reopened"),
        sample.doubt(school, 15, THIRD, link_status="suspected"),
        sample.doubt(house, 0, THIRD, case_id=f"{COUNTY}-VIL-01-x",
                     person_id=None, household_id=None, left_path=None, kind="空白村"),
        sample.doubt(insured, 16, THIRD, township=None, village=None, village_code=None),
    ]  # fmt: skip
    sample.discrepancies([*old, gone, *still, *new])
    sample.comparisons(compared_rows(sample, SECOND) + compared_rows(sample, THIRD))
    sample.link([suspected_link(sample, 7)])


@pytest.fixture(scope="session")
def issued(tmp_path_factory: pytest.TempPathFactory) -> Issued:
    """For tests that only read."""
    home = Home(tmp_path_factory.mktemp("lists") / "home")
    sample = Sample(home.declared.contracts, townships=2, households=12)
    fill(sample)
    files = {}
    for round_ in (SECOND, THIRD):
        sample.publish(home.database, until=round_)
        files[round_] = write_lists(home, COUNTY, round_)
    return Issued(home, sample, files)


def rows_of(book: Workbook, sheet: str) -> list[dict[str, Any]]:
    """A sheet's rows by header text, as a returned workbook is read."""
    rows = list(book[sheet].iter_rows(values_only=True))
    return [dict(zip(rows[0], row, strict=True)) for row in rows[1:] if any(row)]


def all_books(folder: Path) -> list[Path]:
    return sorted(folder.glob("*/*.xlsx"))
