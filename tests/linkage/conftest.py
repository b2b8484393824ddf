"""The village that the tests of single steps look at."""

import pytest

from pipelines.linkage.population import Population
from tests.linkage.county import population
from tests.linkage.village import ROWS


@pytest.fixture(scope="session")
def village() -> Population:
    """Give the population of `tests.linkage.village`; nobody changes it."""
    return population(ROWS)
