"""Judge one dataset as a whole against its contract, and say the outcome as a frame.

Great Expectations works here on Arrow-backed pandas with only the columns that the suite names, one
call a dataset. Its results come in another order than the suite's, so they are matched by meta; an
expectation that could not be evaluated is an error of the contract, not a verdict on the data.
"""

import json
from collections.abc import Iterable
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
    "critical": pl.Boolean,  # where it fails, the dataset counts as not delivered
    "says": pl.String,  # Chinese: what is wrong when it fails, and what to do
    "observed": pl.String,  # JSON of the figures behind the verdict; no values of people
}
"""One row an expectation of the contract."""

_SLIP = 1
"""So many rows are no verdict on a list that has others: one day that cannot be read is more than a
tenth of seven deaths."""

_FIGURES = ("observed_value", "element_count", "unexpected_count", "unexpected_percent")


class ExpectationNotEvaluatedError(RuntimeError):
    """An expectation raised instead of judging: the contract and the frame do not fit."""


def judge(
    frame: pl.DataFrame, contract: Contract, aside: pl.DataFrame | None = None
) -> pl.DataFrame:
    """Judge one dataset against its contract.

    A list that did not come is not judged: that is the gates' business. Rows that were set aside
    because a required column was empty or unreadable are not in `frame`, but they count where the
    contract asks how complete that column is: a list must not look complete because its bad rows
    were taken out.

    Args:
        frame: The clean frame.
        contract: What it is held to.
        aside: QUARANTINE of the dataset; its rows of scope row count as missing in their column.

    Returns:
        JUDGEMENT, one row an expectation, in the contract's order.

    Raises:
        ExpectationNotEvaluatedError: An expectation could not be evaluated.
    """
    lost = _rows_set_aside(aside)
    if not contract.expectations or (frame.is_empty() and lost.is_empty()):
        return pl.DataFrame(schema=JUDGEMENT)
    complete = [i for i, e in enumerate(contract.expectations) if e.expect == _COMPLETENESS]
    if lost.is_empty() or not complete:
        rows = _validate(frame, contract, range(len(contract.expectations)))
    else:
        others = [i for i in range(len(contract.expectations)) if i not in complete]
        rows = _validate(_presence(frame, lost, contract, complete), contract, complete)
        rows |= _validate(frame, contract, others)
    return pl.DataFrame([rows[index] for index in sorted(rows)], schema=JUDGEMENT)


_COMPLETENESS = "column_values_to_not_be_null"


def _rows_set_aside(aside: pl.DataFrame | None) -> pl.DataFrame:
    """One row a record that was set aside, with the column that was to blame."""
    if aside is None:
        return pl.DataFrame(schema={"record_id": pl.String, "column_name": pl.String})
    rows = aside.filter((pl.col("scope") == "row") & pl.col("column_name").is_not_null())
    return rows.select("record_id", "column_name").unique("record_id", keep="first")


def _presence(
    frame: pl.DataFrame, lost: pl.DataFrame, contract: Contract, indices: list[int]
) -> pl.DataFrame:
    """For each column whose completeness is asked: 1 where a row has it, null where it has not."""
    columns = sorted({str(contract.expectations[i].column) for i in indices})
    there = frame.select(pl.when(pl.col(c).is_not_null()).then(1).alias(c) for c in columns)
    gone = lost.select(pl.when(pl.col("column_name") != c).then(1).alias(c) for c in columns)
    return pl.concat([there, gone])


def _validate(
    frame: pl.DataFrame, contract: Contract, indices: Iterable[int]
) -> dict[int, dict[str, Any]]:
    """Have Great Expectations judge the expectations with these numbers; number → row."""
    asked = suite(contract, set(indices))
    if not asked.expectations:
        return {}
    names = {e.column for i, e in enumerate(contract.expectations) if i in set(indices)}
    needed = sorted({n for n in names if n} | _columns(contract)) or frame.columns[:1]
    pandas = frame.select(c for c in needed if c in frame.columns).to_pandas(
        use_pyarrow_extension_array=True
    )
    source = _context().data_sources.pandas_default
    asset = source.add_dataframe_asset(contract.dataset)
    batch = asset.add_batch_definition_whole_dataframe("whole").get_batch(
        batch_parameters={"dataframe": pandas}
    )
    outcome = batch.validate(asked, result_format="BASIC")
    source.delete_asset(contract.dataset)
    return {r.expectation_config.meta["index"]: _row(contract, r) for r in outcome.results}


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
        "critical": declared.critical and not _is_slip(result.result),
        "says": declared.says,
        "observed": json.dumps(figures, ensure_ascii=False, default=str),
    }


def _is_slip(figures: dict[str, Any]) -> bool:
    """Whether some rows fail, but no more than may by a slip, and another is right."""
    wrong, rows = figures.get("unexpected_count", 0), figures.get("element_count", 0)
    return bool(0 < wrong <= _SLIP and wrong < rows)


@cache
def _context() -> Any:
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    return context
