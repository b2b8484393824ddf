"""A finished round of the sample county whose review was handed out and, elsewhere, answered."""

import os
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from pipelines.home import Home
from pipelines.review.issue import Issue, export
from pipelines.synthetic.reviewer import fill_in

COUNTY = "990112"
WHO, DAY = "周敏", "2021-09-08"
_BLANK, _FILLED = "发出.xlsx", "填好.xlsx"


@pytest.fixture(scope="session")
def handed_out(sample: Home, tmp_path_factory: pytest.TempPathFactory) -> tuple[Home, Issue]:
    """Made once: the published file, a review of 60 pairs, blank and answered by the truth."""
    home = Home(tmp_path_factory.mktemp("review") / "home")
    _linked(sample.warehouse, home.warehouse)
    _linked(sample.path / "truth", home.path / "truth")
    done = export(home, COUNTY, size=60, out=home.path / _BLANK)
    shutil.copyfile(done.path, home.path / _FILLED)
    fill_in(home, COUNTY, home.path / _FILLED, WHO, DAY)
    return home, done


@pytest.fixture
def home(handed_out: tuple[Home, Issue], tmp_path: Path) -> Home:
    """A home of the test's own, with nothing decided."""
    source = handed_out[0].path
    to = tmp_path / "home"
    _linked(source / "warehouse", to / "warehouse")
    _linked(source / "truth", to / "truth")
    shutil.copytree(source / "decisions", to / "decisions")
    for name in (_BLANK, _FILLED):
        shutil.copyfile(source / name, to / name)
    return Home(to)


@pytest.fixture
def issued(handed_out: tuple[Home, Issue], home: Home) -> Issue:
    """The review as it was handed out."""
    return replace(handed_out[1], path=home.path / _BLANK)


@pytest.fixture
def answered(issued: Issue, home: Home) -> Issue:
    """The same, every row answered by the truth."""
    return replace(issued, path=home.path / _FILLED)


def _linked(source: Path, to: Path) -> None:
    """A copy of files that nobody writes to."""
    shutil.copytree(source, to, copy_function=os.link)
