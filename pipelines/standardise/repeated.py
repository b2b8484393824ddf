"""Events that several files state: each counts once, whatever each file's spelling.

The newest file's row stays, the others are set aside with a reason that names it. Rows alike within
one file all stay, since a payment made twice is a finding, not a copy. It takes typed values to
tell: one file writes 643.33 on 2021/6/1, the next 643.33元 on 2021-06-01 00:00:00.
"""

import polars as pl

from pipelines import frames
from pipelines.contracts import Column, ColumnType, Contract

_DATED = {ColumnType.DATE, ColumnType.PERIOD, ColumnType.TERM, ColumnType.YEAR}
_AMOUNTS = {ColumnType.AMOUNT, ColumnType.NUMBER}
_PLACE = ("path", "sheet", "row_number")


def repeated_events(frame: pl.DataFrame, contract: Contract) -> pl.DataFrame:
    """Give the rows that a newer file states again.

    Args:
        frame: `frames.clean_schema` of the contract, all files that the round uses.
        contract: An event is told by the columns of its `key`.

    Returns:
        ``record_id`` and ``reason``, a row an event to be set aside. Without any date two months'
        equal payments would look like one: such rows are never given.
    """
    nothing = frame.clear().select("record_id", reason=pl.lit(None, dtype=pl.String))
    if contract.nature != "events" or not contract.key or frame["file_id"].n_unique() < 2:
        return nothing
    columns = [contract.columns[name] for name in contract.key]
    dated = [pl.col(c.name).is_not_null() for c in columns if c.type in _DATED]
    keys = [f"key_{c.name}" for c in columns]
    return (
        frame.filter(pl.any_horizontal(dated) if dated else pl.lit(value=True))
        .select(
            "record_id", "file_id", "path", "sheet", "row_number", "as_of",
            *[compared(c).alias(key) for c, key in zip(columns, keys, strict=True)],
        )
        .with_columns(nth=pl.int_range(pl.len()).over("file_id", *keys))
        .sort("as_of", "path", "row_number", descending=[True, False, False])
        .with_columns(
            again=pl.int_range(pl.len()).over(*keys, "nth") > 0,
            **{f"by_{c}": pl.col(c).first().over(*keys, "nth") for c in _PLACE},
        )
        .filter("again")
        .select(
            "record_id",
            reason=pl.format(
                "与“{}”工作表“{}”第 {} 行是同一笔，只计一次；不需要处理。",
                "by_path", pl.col("by_sheet").fill_null(""), "by_row_number",
            ),
        )
    )  # fmt: skip


def set_aside(records: pl.DataFrame, again: pl.DataFrame, contract: Contract) -> pl.DataFrame:
    """Give the quarantine (QUARANTINE, scope row) of the events that `repeated_events` found."""
    return (
        records.join(again, on="record_id", how="inner", validate="1:1")
        .with_columns(
            dataset=pl.lit(contract.dataset),
            scope=pl.lit("row"),
            reason_code=pl.lit("repeated_event"),
        )
        .pipe(frames.conform, frames.QUARANTINE)
    )


def compared(column: Column) -> pl.Expr:
    """Give the typed value as text; where there is none, what was written, without its spaces."""
    if column.type is ColumnType.TEXT:
        return pl.col(column.name).str.replace_all(r"\s", "").fill_null("")
    value = pl.col(f"{column.name}_key" if column.type is ColumnType.NAME else column.name)
    if column.type in _AMOUNTS:
        value = value.round(4)
    written = pl.col(f"{column.name}_text").str.replace_all(r"\s", "").str.to_uppercase()
    return pl.coalesce(value.cast(pl.String), written).fill_null("")
