"""Judge one dataset as a whole against its contract, and say the outcome as a frame.

Great Expectations works here on Arrow-backed pandas with only the columns that the suite names, one
call a dataset. Its results come in another order than the suite's, so they are matched by meta; an
expectation that could not be evaluated is an error of the contract, not a verdict on the data.
"""

import json
from functools import cache
from typing import Any

import great_expectations as gx
import polars as pl
from great_expectations.data_context.types.base import ProgressBarsConfig

from expectations.suites import suite
from pipelines.contracts import Contract

JUDGEMENT: dict[str, Any] = {
    "dataset": pl.String,
    "expectation": pl.String,  # for instance column_values_to_not_be_null(name)
    "column_name": pl.String,
    "success": pl.Boolean,
    "critical": pl.Boolean,
    "says": pl.String,  # Chinese: what is wrong when it fails, and what to do
    "observed": pl.String,  # JSON of the figures behind the verdict; no values of people
}
"""One row an expectation of the contract."""

_FIGURES = ("observed_value", "element_count", "unexpected_count", "unexpected_percent")


class ExpectationNotEvaluatedError(RuntimeError):
    """An expectation raised instead of judging: the contract and the frame do not fit."""


def judge(frame: pl.DataFrame, contract: Contract) -> pl.DataFrame:
    """Judge the clean `frame` of one dataset against `contract`.

    An empty frame is not judged: a list that did not come is the gates' business.

    Returns:
        JUDGEMENT, one row an expectation, in the contract's order.

    Raises:
        ExpectationNotEvaluatedError: An expectation could not be evaluated.
    """
    if not contract.expectations or frame.is_empty():
        return pl.DataFrame(schema=JUDGEMENT)
    needed = sorted({e.column for e in contract.expectations if e.column} | _columns(contract))
    batch = (
        _context()
        .data_sources.pandas_default.add_dataframe_asset(contract.dataset)
        .add_batch_definition_whole_dataframe("whole")
        .get_batch(
            batch_parameters={
                "dataframe": frame.select(needed or frame.columns[:1]).to_pandas(
                    use_pyarrow_extension_array=True
                )
            }
        )
    )
    outcome = batch.validate(suite(contract), result_format="BASIC")
    _context().data_sources.pandas_default.delete_asset(contract.dataset)
    rows = {r.expectation_config.meta["index"]: _row(contract, r) for r in outcome.results}
    return pl.DataFrame([rows[index] for index in sorted(rows)], schema=JUDGEMENT)


def failure(judgement: pl.DataFrame) -> str | None:
    """Give the reason why the dataset counts as not delivered, or None."""
    failed = judgement.filter(~pl.col("success") & pl.col("critical"))
    return "；".join(failed["says"].to_list()) or None


def _columns(contract: Contract) -> set[str]:
    """Columns named in arguments: of pairs, of lists."""
    named: set[str] = set()
    for declared in contract.expectations:
        for key, value in declared.kwargs.items():
            if key in {"column_A", "column_B"}:
                named.add(value)
            elif key == "column_list":
                named.update(value)
    return named


def _row(contract: Contract, result: Any) -> dict[str, Any]:
    declared = contract.expectations[result.expectation_config.meta["index"]]
    name = f"{declared.expect}({declared.column})" if declared.column else declared.expect
    if not result.result:
        raise ExpectationNotEvaluatedError(
            f"contract {contract.dataset}, {name}: {json.dumps(result.exception_info, default=str)}"
        )
    figures = {key: result.result[key] for key in _FIGURES if key in result.result}
    return {
        "dataset": contract.dataset,
        "expectation": name,
        "column_name": declared.column,
        "success": bool(result.success),
        "critical": declared.critical,
        "says": declared.says,
        "observed": json.dumps(figures, ensure_ascii=False, default=str),
    }


@cache
def _context() -> Any:
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    return context
