"""The list of findings: where, what stands there, what is wrong, what should stand there."""

from collections.abc import Iterable, Mapping
from typing import Any

import polars as pl

from pipelines.contracts import Contract
from pipelines.standardise.reasons import parts

WRONG, DOUBTFUL = "错误", "提醒"
"""It cannot be used as it stands; it can, but somebody should look."""

FINDINGS: dict[str, Any] = {
    "sheet_no": pl.Int64,  # null: the file as a whole
    "row_number": pl.Int64,  # as a person sees it, from 1; null: the sheet as a whole
    "position": pl.Int64,  # column, from 0; null: the whole row
    "title": pl.String,  # Chinese title of the contract's column
    "code": pl.String,
    "severity": pl.String,  # WRONG, DOUBTFUL
    "blocks": pl.Boolean,  # the file should not be sent as it is
    "text": pl.String,  # the cell as it stood
    "reason": pl.String,  # Chinese: what is wrong
    "expected": pl.String,  # Chinese: what to write or do
    "hint": pl.String,  # Chinese: what differs from cell to cell: the nearest code, the other row
}
"""One row a finding."""


def none_found() -> pl.DataFrame:
    """Give a frame without findings."""
    return pl.DataFrame(schema=FINDINGS)


def found(*entries: dict[str, Any]) -> pl.DataFrame:
    """Give findings from mappings of `FINDINGS`; what is left out is null (`blocks`: no)."""
    rows = [{"blocks": False, **entry} for entry in entries]
    return pl.DataFrame(rows, schema=FINDINGS)


def conformed(frame: pl.DataFrame) -> pl.DataFrame:
    """Give `frame` with the columns of `FINDINGS`; what it lacks is null (`blocks`: no)."""
    return frame.select(
        (pl.col(name) if name in frame.columns else pl.lit(None)).cast(kind).alias(name)
        for name, kind in FINDINGS.items()
    ).with_columns(pl.col("blocks").fill_null(value=False))


def quarantined(
    quarantine: pl.DataFrame, contract: Contract, positions: Mapping[int, Mapping[str, int]]
) -> pl.DataFrame:
    """Give what a round finds wrong or doubtful in a list, as findings.

    Args:
        quarantine: QUARANTINE of the list.
        contract: The dataset.
        positions: Sheet to contract column to where it stands. Of a column that a sheet lacks
            nothing is told in every row.
    """
    schema = {"sheet_no": pl.Int64, "column_name": pl.String, "position": pl.Int64}
    places = [(no, name, at) for no, columns in positions.items() for name, at in columns.items()]
    titles = {name: column.title for name, column in contract.columns.items()}
    said = parts(pl.col("reason"))
    aside = pl.when(pl.col("scope") == "row").then(pl.lit("（整行搁置）")).otherwise(pl.lit(""))
    named = (
        quarantine.with_columns(
            sheet_no=pl.col("record_id").str.split("-").list.get(1).cast(pl.Int64)
        )
        .join(
            pl.DataFrame(places, schema=schema, orient="row"),
            on=["sheet_no", "column_name"],
            how="left",
            maintain_order="left",
            validate="m:1",
        )
        .filter((pl.col("reason_code") != "missing_required") | pl.col("position").is_not_null())
    )
    return conformed(
        named.with_columns(
            title=pl.col("column_name").replace_strict(
                titles, default=None, return_dtype=pl.String
            ),
            code=pl.col("reason_code"),
            severity=pl.when(pl.col("scope") == "flag")
            .then(pl.lit(DOUBTFUL))
            .otherwise(pl.lit(WRONG)),
            text=pl.col("raw_value"),
            reason=said["what"] + aside,
            expected=said["advice"],
            hint=pl.concat_str(said["detail"], said["note"], separator="；", ignore_nulls=True),
        ).with_columns(hint=pl.when(pl.col("hint") != "").then("hint"))
    )


def all_of(frames: Iterable[pl.DataFrame]) -> pl.DataFrame:
    """Give findings together, in the order of sheets, rows and columns."""
    return pl.concat([none_found(), *frames]).sort(
        "sheet_no", "row_number", "position", nulls_last=False, maintain_order=True
    )
