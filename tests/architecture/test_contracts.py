"""The contracts that ship: they load, say one thing each, and hold what is promised outside."""

import datetime as dt
import re
import unicodedata
from collections import defaultdict

import polars as pl
import pytest

from pipelines import frames
from pipelines.contracts import ColumnType, Contract, load_contracts
from pipelines.home import SHIPPED
from pipelines.parameters import load_parameters
from pipelines.standardise.codes import spellings
from pipelines.standardise.text import compact

pytestmark = pytest.mark.architecture

CONTRACTS = load_contracts([SHIPPED])

PROMISED = {
    "roster.villages": (
        "village_code village township township_code former_names village_type households "
        "persons"
    ),
    "roster.population": (
        "household_id person_id name id_number sex birth_date ethnicity relation head_name "
        "township village village_code group_name phone household_type status residence "
        "registered_on"
    ),
    "roster.monitored": (
        "household_id head_name head_id_number category channel identified_on risks measures "
        "helper authorised_on notice_from notice_to risk_removed risk_removed_on wage_income "
        "business_income property_income transfer_income business_cost net_income_per_head"
    ),
    "education.enrolment": (
        "student_number name id_number sex birth_date school stage grade boarding status "
        "guardian_name guardian_id_number address"
    ),
    "education.student_aid": (
        "name id_number school term item amount paid_on account"
    ),
    "education.home_teaching": (
        "name id_number school visits month"
    ),
    "health.deaths": (
        "name id_number sex died_on address source"
    ),
    "health.doctor_contracts": (
        "name id_number signed_on team valid_to last_visit_on population_group village"
    ),
    "health.illnesses": (
        "name id_number illness kind diagnosed_on village"
    ),
    "housing.appraisals": (
        "head_name head_id_number village grade appraised_on area occupied"
    ),
    "housing.renovations": (
        "head_name head_id_number village year method subsidy started_on finished_on "
        "moved_in_on"
    ),
    "housing.relocations": (
        "head_name head_id_number members site mode area moved_in_on old_house_demolished "
        "land_restored village"
    ),
    "civil_affairs.dibao": (
        "name id_number head_name certificate members_covered dibao_class monthly_amount "
        "from_date status account village"
    ),
    "civil_affairs.tekun": (
        "name id_number mode care_level monthly_amount village"
    ),
    "civil_affairs.disability": (
        "name id_number certificate kind level issued_on village"
    ),
    "insurance.coverage": (
        "name id_number year scheme identity paid_on own_payment subsidy place village"
    ),
    "insurance.claims": (
        "name id_number admitted_on discharged_on settled_on hospital total in_scope "
        "basic_paid serious_paid aid_paid own_paid one_stop received_on"
    ),
    "finance.card_payments": (
        "name id_number item period due amount paid_on account result"
    ),
    "finance.fund_progress": (
        "township document allocated_on allocated spent"
    ),
}  # fmt: skip
EVENTS = {
    "education.student_aid", "education.home_teaching", "health.deaths", "insurance.claims",
    "finance.card_payments",
}  # fmt: skip


def bare(header: str) -> str:
    return re.sub(
        r"[\s()\[\]【】*、,，/\\:“”\"']", "", unicodedata.normalize("NFKC", header)
    ).lower()


def test_every_promised_dataset_and_column_is_declared() -> None:
    assert set(CONTRACTS) == set(PROMISED)
    for dataset, columns in PROMISED.items():
        assert set(columns.split()) <= set(CONTRACTS[dataset].columns), dataset


@pytest.mark.parametrize("contract", CONTRACTS.values(), ids=list(CONTRACTS))
def test_grain_and_nature(contract: Contract) -> None:
    assert (contract.nature == "events") == (contract.dataset in EVENTS)
    grains = {
        "roster.villages": "village",
        "finance.fund_progress": "township",
        "roster.monitored": "household",
    }
    default = "household" if contract.department == "housing" else "person"
    assert contract.grain == grains.get(contract.dataset, default)


@pytest.mark.parametrize("contract", CONTRACTS.values(), ids=list(CONTRACTS))
def test_a_header_means_one_column(contract: Contract) -> None:
    meant = defaultdict(set)
    for column in contract.columns.values():
        for header in (column.title, *column.synonyms):
            meant[bare(header)].add(column.name)
    assert {h: sorted(c) for h, c in meant.items() if len(c) > 1} == {}


@pytest.mark.parametrize("contract", CONTRACTS.values(), ids=list(CONTRACTS))
def test_a_spelling_means_one_code(contract: Contract) -> None:
    for column in contract.columns.values():
        meant = defaultdict(set)
        for code, others in (column.codes or {}).items():
            folded = pl.DataFrame({"s": [code, *others]}).select(compact(pl.col("s")))["s"]
            for spelling in folded:
                meant[spelling].add(code)
        assert {s: c for s, c in meant.items() if len(c) > 1} == {}, column.name


@pytest.mark.parametrize("contract", CONTRACTS.values(), ids=list(CONTRACTS))
def test_no_column_hides_another(contract: Contract) -> None:
    taken = {*frames.LINEAGE, *frames.INTAKE_EXTRA, *frames.LINKED_EXTRA}
    companions = {
        f"{c.name}{ending}"
        for c in contract.columns.values()
        if c.type is not ColumnType.TEXT
        for ending in ("_text", "_key", "_status", "_hint", "_precision", "__number")
    }
    assert not set(contract.columns) & (taken | companions)


@pytest.mark.parametrize("contract", CONTRACTS.values(), ids=list(CONTRACTS))
def test_private_things_are_marked(contract: Contract) -> None:
    for column in contract.columns.values():
        if column.type is ColumnType.ID_NUMBER:
            assert column.privacy == "identifier", column.name
        if column.type is ColumnType.ACCOUNT:
            assert column.privacy == "account", column.name
        if column.type in {ColumnType.NAME, ColumnType.PHONE}:
            assert column.privacy in {"personal", "sensitive"}, column.name


@pytest.mark.parametrize("contract", CONTRACTS.values(), ids=list(CONTRACTS))
def test_people_are_told_in_chinese(contract: Contract) -> None:
    texts = [contract.title, contract.department_title, contract.description]
    texts += [c.title for c in contract.columns.values() if c.name != "serial"]
    texts += [e.says for e in contract.expectations]
    assert all(re.search(r"[\u4e00-\u9fff]", text) for text in texts)
    assert any(e.critical for e in contract.expectations)


def test_risks_and_measures_are_those_of_the_matrix() -> None:
    parameters = load_parameters([SHIPPED]).lookup("990112", dt.date(2021, 8, 30))
    matrix = parameters["risk_measure_matrix"]
    columns = CONTRACTS["roster.monitored"].columns
    assert set(matrix) <= set(columns["risks"].codes or {})
    assert {m for allowed in matrix.values() for m in allowed} <= set(
        columns["measures"].codes or {}
    )


def test_process_defaults_hold_everywhere_and_say_where_they_come_from() -> None:
    book = load_parameters([SHIPPED])
    elsewhere = book.lookup("410000", dt.date(2030, 1, 1))
    assert elsewhere["review_feedback_days"] == 5
    assert all(p.source for p in elsewhere.all())
    # A policy figure of one province is no default for another.
    assert "monitoring_income_line" not in elsewhere


def test_spellings_look_up_the_code_itself() -> None:
    for contract in CONTRACTS.values():
        for column in contract.columns.values():
            if column.codes:
                table = spellings(column.codes)
                codes = pl.DataFrame({"s": list(column.codes)}).select(compact(pl.col("s")))["s"]
                assert [table[c] for c in codes] == list(column.codes)
