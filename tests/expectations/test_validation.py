"""The suites built from contracts judge a dataset, and a wrong contract says where."""

import json

import polars as pl
import pytest
from dagster import AssetCheckSeverity

from assets.clean import verdicts
from expectations.suites import UnknownExpectationError, suite
from expectations.validation import ExpectationNotEvaluatedError, failure, judge
from pipelines.contracts import Contract
from pipelines.home import SHIPPED, Declared

pytestmark = pytest.mark.unit


def _contract(*expectations: dict[str, object]) -> Contract:
    columns = {
        "name": {"name": "name", "title": "姓名", "type": "text"},
        "age": {"name": "age", "title": "年龄", "type": "number"},
    }
    return Contract.model_validate(
        {
            "dataset": "test.people",
            "title": "人员",
            "department_title": "测试局",
            "description": "",
            "grain": "person",
            "nature": "snapshot",
            "header": {"must_have": ["name"]},
            "columns": columns,
            "expectations": expectations,
        }
    )


NOT_NULL = {
    "expect": "column_values_to_not_be_null",
    "column": "name",
    "kwargs": {"mostly": 0.9},
    "critical": True,
    "says": "姓名缺失过多，请补齐后重报",
}
BETWEEN = {
    "expect": "column_values_to_be_between",
    "column": "age",
    "kwargs": {"min_value": 0, "max_value": 120, "mostly": 0.5},
    "says": "年龄超出范围",
}


def test_each_expectation_gives_one_verdict_in_the_contracts_order() -> None:
    frame = pl.DataFrame({"name": ["甲", None], "age": [3.0, 200.0]})
    verdicts = judge(frame, _contract(BETWEEN, NOT_NULL))
    assert verdicts["expectation"].to_list() == [
        "column_values_to_be_between(age)",
        "column_values_to_not_be_null(name)",
    ]
    assert verdicts["success"].to_list() == [True, False]
    figures = json.loads(verdicts["observed"][1])
    assert figures["unexpected_count"] == 1


def test_only_critical_failures_make_a_dataset_undelivered() -> None:
    bad_age = pl.DataFrame({"name": ["甲"], "age": [999.0]})
    assert failure(judge(bad_age, _contract(BETWEEN, NOT_NULL))) is None
    no_name = pl.DataFrame({"name": [None], "age": [1.0]}, schema_overrides={"name": pl.String})
    assert failure(judge(no_name, _contract(BETWEEN, NOT_NULL))) == NOT_NULL["says"]


def test_one_row_never_costs_a_list_that_has_others() -> None:
    def without_name(rows: int) -> pl.DataFrame:
        names = [None] * rows + ["甲"] * (7 - rows)
        return pl.DataFrame({"name": names, "age": [1.0] * 7}, schema_overrides={"name": pl.String})

    one = judge(without_name(1), _contract(NOT_NULL))
    assert one.select("success", "critical").row(0) == (False, False)  # said, and no more
    assert failure(one) is None
    assert judge(without_name(0), _contract(NOT_NULL)).select("success", "critical").row(0) == (
        True,
        True,
    )
    assert failure(judge(without_name(2), _contract(NOT_NULL))) == NOT_NULL["says"]


def test_what_only_reminds_is_a_warning_and_what_costs_the_list_an_error() -> None:
    frame = pl.DataFrame({"name": [None, None, "甲"], "age": [999.0] * 3})
    contract = _contract(BETWEEN, NOT_NULL)
    shown = [(v.passed, v.severity) for v in verdicts(contract, judge(frame, contract))]
    assert shown == [(False, AssetCheckSeverity.WARN), (False, AssetCheckSeverity.ERROR)]
    one = judge(frame.slice(1), contract)
    assert [v.severity for v in verdicts(contract, one)] == [AssetCheckSeverity.WARN] * 2


def test_rows_set_aside_count_as_missing_in_the_column_to_blame() -> None:
    frame = pl.DataFrame({"name": ["甲"] * 8, "age": [1.0] * 8})
    aside = pl.DataFrame(
        {
            "record_id": ["f-0-9", "f-0-9", "f-0-10", "f-0-11"],
            "column_name": ["name", "name", "age", "age"],
            "scope": ["row", "cell", "row", "cell"],
        }
    )
    contract = _contract(BETWEEN, NOT_NULL)
    assert failure(judge(frame, contract, aside)) is None  # 1 of 10 without a name: just allowed
    one_more = pl.concat([aside, aside[:1].with_columns(record_id=pl.lit("f-0-12"))])
    verdicts = judge(frame, contract, one_more)
    assert failure(verdicts) == NOT_NULL["says"]
    assert json.loads(verdicts["observed"][1])["element_count"] == 11
    nothing_left = judge(frame.clear(), contract, aside)
    assert nothing_left["success"].to_list() == [True, False]


def test_an_empty_list_is_not_judged() -> None:
    frame = pl.DataFrame(schema={"name": pl.String, "age": pl.Float64})
    assert judge(frame, _contract(NOT_NULL)).is_empty()


def test_an_unknown_expectation_names_contract_and_place() -> None:
    wrong = {"expect": "column_values_to_be_lovely", "column": "name", "says": "-"}
    with pytest.raises(UnknownExpectationError, match=r"test\.people, expectation 1"):
        suite(_contract(wrong))


def test_a_wrong_argument_names_contract_and_place() -> None:
    wrong = {**NOT_NULL, "kwargs": {"mostly": 7}}
    with pytest.raises(UnknownExpectationError, match=r"test\.people, expectation 1"):
        suite(_contract(wrong))


def test_an_expectation_that_cannot_be_evaluated_is_an_error_not_a_verdict() -> None:
    regex_on_numbers = {
        "expect": "column_values_to_match_regex",
        "column": "age",
        "kwargs": {"regex": "("},
        "says": "-",
    }
    frame = pl.DataFrame({"name": ["甲"], "age": [1.0]})
    with pytest.raises(ExpectationNotEvaluatedError, match=r"test\.people"):
        judge(frame, _contract(regex_on_numbers))


@pytest.mark.parametrize("dataset", sorted(Declared((SHIPPED,), ()).contracts))
def test_every_shipped_contract_gives_a_suite(dataset: str) -> None:
    contract = Declared((SHIPPED,), ()).contracts[dataset]
    assert len(suite(contract).expectations) == len(contract.expectations)
