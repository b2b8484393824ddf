"""Every list there is, and who draws it up."""

from collections.abc import Callable

import polars as pl

from pipelines.synthetic import (
    health,
    housing,
    insurance,
    payments,
    roster,
    schooling,
    student_aid,
    welfare,
)
from pipelines.synthetic.world import World

DATASETS: dict[str, Callable[[World, int], pl.DataFrame]] = {
    "roster.villages": roster.villages,
    "roster.population": roster.population,
    "roster.monitored": roster.monitored,
    "education.enrolment": schooling.enrolment,
    "education.student_aid": student_aid.student_aid,
    "education.home_teaching": schooling.home_teaching,
    "health.deaths": health.deaths,
    "health.doctor_contracts": health.doctor_contracts,
    "health.illnesses": health.illnesses,
    "housing.appraisals": housing.appraisals,
    "housing.renovations": housing.renovations,
    "housing.relocations": housing.relocations,
    "civil_affairs.dibao": welfare.dibao,
    "civil_affairs.tekun": welfare.tekun,
    "civil_affairs.disability": welfare.disability,
    "insurance.coverage": insurance.coverage,
    "insurance.claims": insurance.claims,
    "finance.card_payments": payments.card_payments,
    "finance.fund_progress": payments.fund_progress,
}
"""Dataset to the function that gives its true rows of a round."""
