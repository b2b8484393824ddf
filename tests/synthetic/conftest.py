from pathlib import Path

import polars as pl
import pytest

from pipelines.home import Home
from pipelines.synthetic.generate import GeneratedCounty, generate

PERSONS = 5_000


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    return Home(tmp_path_factory.mktemp("county"))


@pytest.fixture(scope="session")
def county(home: Home) -> GeneratedCounty:
    return generate(home, persons=PERSONS, seed=3)


@pytest.fixture(scope="session")
def records(county: GeneratedCounty) -> pl.DataFrame:
    return pl.read_parquet(county.truth / "records.parquet")


@pytest.fixture(scope="session")
def doubts(county: GeneratedCounty) -> pl.DataFrame:
    return pl.read_parquet(county.truth / "discrepancies.parquet")


@pytest.fixture(scope="session")
def inbox(home: Home) -> Path:
    return home.inbox
