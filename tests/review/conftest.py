"""A finished round of the sample county, copied so that decisions can be written."""

import shutil
from pathlib import Path

import pytest

from pipelines.home import Home
from pipelines.review.issue import Issue, export
from pipelines.synthetic.reviewer import fill_in

COUNTY = "990112"
WHO, DAY = "周敏", "2021-09-08"


@pytest.fixture
def home(sample: Home, tmp_path: Path) -> Home:
    """The county's published file, its truth and its settings; nothing decided."""
    to = tmp_path / "home"
    shutil.copytree(sample.warehouse, to / "warehouse")
    shutil.copytree(sample.path / "truth", to / "truth")
    return Home(to)


@pytest.fixture
def issued(home: Home) -> Issue:
    """A review of 60 pairs, handed out."""
    return export(home, COUNTY, size=60)


@pytest.fixture
def answered(home: Home, issued: Issue) -> Issue:
    """The same, every row answered by the truth."""
    fill_in(home, COUNTY, issued.path, WHO, DAY)
    return issued
