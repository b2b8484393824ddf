"""Row accounting of a whole round: what intake counted, less what standardising set aside."""

from collections.abc import Iterable

import polars as pl

from pipelines import frames


class AccountingError(RuntimeError):
    """Rows of a file were lost or counted twice; the message names the sheets."""


def settle(
    sheets: pl.DataFrame, quarantines: Iterable[pl.DataFrame], accepted: pl.DataFrame
) -> pl.DataFrame:
    """Give `sheets` with the rows that standardising set aside moved from accepted to set aside.

    Args:
        sheets: SHEETS as intake counted them.
        quarantines: QUARANTINE of every dataset's standardising (not of intake, which is counted).
        accepted: `file_id`, `record_id` of every record of the round that went on: the proof that
            the counts are those of the rows.

    Raises:
        AccountingError: A sheet's counts do not close, or are not those of its records.
    """
    aside = pl.concat(quarantines).filter(pl.col("scope") == "row")
    key = ["file_id", "sheet_no"]
    counted = (
        aside.with_columns(sheet_no=_sheet_no(pl.col("record_id")))
        .unique(["record_id"])
        .group_by(key)
        .agg(pl.len().cast(pl.Int64).alias("more_aside"))
    )
    records = (
        accepted.with_columns(sheet_no=_sheet_no(pl.col("record_id")))
        .group_by(key)
        .agg(pl.len().cast(pl.Int64).alias("records"))
    )
    settled = (
        sheets.join(counted, on=key, how="left", validate="m:1")
        .join(records, on=key, how="left", validate="m:1")
        .with_columns(pl.col("more_aside", "records").fill_null(0))
        .with_columns(
            rows_set_aside=pl.col("rows_set_aside")
            + pl.when("used").then("more_aside").otherwise(0),
            rows_accepted=pl.col("rows_accepted") - pl.when("used").then("more_aside").otherwise(0),
        )
    )
    parts = pl.col("rows_accepted") + pl.col("rows_set_aside") + pl.col("rows_not_data")
    wrong = settled.filter(
        (pl.col("rows_read") != parts)
        | (pl.col("used") & (pl.col("rows_accepted") != pl.col("records")))
    )
    if wrong.height:
        named = "；".join(
            f"{row['path']}［{row['sheet']}］读入 {row['rows_read']} 行，"
            f"接收 {row['rows_accepted']}，搁置 {row['rows_set_aside']}，"
            f"非数据 {row['rows_not_data']}，后续记录 {row['records']}"
            for row in wrong.to_dicts()
        )
        raise AccountingError(f"行数不闭合，不能发布：{named}")
    return settled.select(list(frames.SHEETS))


def _sheet_no(record_id: pl.Expr) -> pl.Expr:
    """The middle part of ``<file>-<sheet_no>-<row_number>``."""
    return record_id.str.split("-").list.get(1).cast(pl.Int64)
