"""Every list there is, and who draws it up."""

from collections.abc import Callable

import polars as pl

from pipelines.synthetic import health, roster, schooling
from pipelines.synthetic.world import World

DATASETS: dict[str, Callable[[World, int], pl.DataFrame]] = {
    "roster.villages": roster.villages,
    "roster.population": roster.population,
    "roster.monitored": roster.monitored,
    "education.enrolment": schooling.enrolment,
    "education.home_teaching": schooling.home_teaching,
    "health.deaths": health.deaths,
}
"""Dataset to the function that gives its true rows of a round."""
