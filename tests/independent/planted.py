"""For every rule: true cases, and each innocent look-alike that RULES-A spares.

A function breaks facts only; whether a subject is a true case is judged later, from the facts, by
`truth.cases`. A look-alike is noted by `County.safe`, so that the score can say when one is accused.
"""

from __future__ import annotations

from tests.independent import planted_households as households
from tests.independent import planted_persons as persons
from tests.independent import planted_villages as villages
from tests.independent.facts import County


def plant(c: County) -> None:
    """Break the county."""
    for step in (
        villages.villages,
        villages.watched,
        persons.school,
        persons.health,
        households.houses,
        households.allowance,
        households.deaths,
        persons.insurance,
        persons.payments,
        persons.newcomers,
    ):
        step(c)
