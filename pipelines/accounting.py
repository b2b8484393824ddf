"""Row accounting of a whole round: every row read went on, was set aside, or is no data.

Whatever became of it, it can be found again as it stood.
"""

import polars as pl

from pipelines import frames


class AccountingError(RuntimeError):
    """Rows of a file were lost or counted twice; the message names the sheets."""


def settle(sheets: pl.DataFrame, quarantine: pl.DataFrame, accepted: pl.DataFrame) -> pl.DataFrame:
    """Give `sheets` with the final counts of the sheets that the round used.

    Intake counts what it read and what is no data. What was accepted and what was set aside, by
    intake or by standardising, is counted from the rows themselves, so the sum proves that none was
    lost on the way.

    Args:
        sheets: SHEETS as intake counted them.
        quarantine: QUARANTINE of the whole round; rows of scope row were set aside.
        accepted: `record_id` and `file_id` of every record that went on.

    Raises:
        AccountingError: The counts of a sheet do not close.
    """
    aside = (
        quarantine.filter(pl.col("scope") == "row")
        .select(*_row())
        .join(accepted.select(*_row()), on=["file_id", "sheet_no", "row"], how="anti")
    )
    settled = (
        sheets.pipe(_with_count, aside, "aside")
        .pipe(_with_count, accepted.select(*_row()), "records")
        .with_columns(
            rows_set_aside=pl.when("used").then("aside").otherwise("rows_set_aside"),
            rows_accepted=pl.when("used").then("records").otherwise("rows_accepted"),
        )
    )
    parts = pl.col("rows_accepted") + pl.col("rows_set_aside") + pl.col("rows_not_data")
    wrong = settled.filter(pl.col("rows_read") != parts)
    if wrong.height:
        named = "；".join(
            f"{row['path']}［{row['sheet']}］读入 {row['rows_read']} 行，"
            f"接收 {row['rows_accepted']}，搁置 {row['rows_set_aside']}，"
            f"非数据 {row['rows_not_data']}"
            for row in wrong.to_dicts()
        )
        raise AccountingError(f"行数不闭合，不能发布：{named}")
    return settled.select(list(frames.SHEETS))


def with_raw_rows(quarantine: pl.LazyFrame, raw_rows: pl.LazyFrame) -> pl.LazyFrame:
    """Give the quarantine with its rows as they stood.

    Args:
        quarantine: QUARANTINE; ``raw_row`` is there already where a row is no record of a dataset.
        raw_rows: RAW_ROWS of all datasets.
    """
    wanted = raw_rows.join(quarantine, on="record_id", how="semi")
    stood = pl.coalesce("raw_row", "raw_row_right").alias("raw_row")
    return (
        quarantine.join(wanted, on="record_id", how="left", maintain_order="left", validate="m:1")
        .with_columns(stood)
        .drop("raw_row_right")
    )


def _row() -> tuple[pl.Expr, ...]:
    """The row that a record id names: ``<file>-<sheet_no>-<row_number>[-<nth person>]``."""
    parts = pl.col("record_id").str.split("-").list
    return (
        pl.col("file_id"),
        parts.get(1).cast(pl.Int64).alias("sheet_no"),
        parts.get(2).alias("row"),
    )


def _with_count(sheets: pl.DataFrame, rows: pl.DataFrame, name: str) -> pl.DataFrame:
    """Count the distinct rows of each sheet: one that names several persons is several records."""
    counts = rows.group_by("file_id", "sheet_no").agg(
        pl.col("row").n_unique().cast(pl.Int64).alias(name)
    )
    return sheets.join(counts, on=["file_id", "sheet_no"], how="left", validate="m:1").with_columns(
        pl.col(name).fill_null(0)
    )
