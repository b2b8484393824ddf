from pathlib import Path

import pytest

from pipelines.contracts import Contracts
from pipelines.home import Home
from pipelines.warehouse.publish import publish
from tests.warehouse.county import COUNTY, ROUND, county_frames, run, shipped, simple_fold, tiny


@pytest.fixture(scope="session")
def contracts() -> Contracts:
    """The contracts that ship."""
    return shipped()


@pytest.fixture(scope="session")
def few() -> Contracts:
    """Three of them, so that a test that publishes often stays quick."""
    return tiny()


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory, contracts: Contracts) -> Home:
    """A home with one county and round of every dataset; only to be read."""
    home = Home(tmp_path_factory.mktemp("published") / "home")
    publish(home, COUNTY, ROUND, county_frames(contracts, 80), contracts, simple_fold, run())
    return home
