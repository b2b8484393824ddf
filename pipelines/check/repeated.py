"""Findings between rows of one file: the same row, the same person, one number for two names."""

from collections.abc import Sequence

import polars as pl

from pipelines.check.findings import DOUBTFUL, all_of, conformed
from pipelines.check.reading import Reading

_OF_GRAIN = {"person": ("id_number", "name"), "household": ("head_id_number", "head_name")}


def repeated_rows(readings: Sequence[Reading]) -> pl.DataFrame:
    """Give the rows of one dataset's sheets that are there twice, and numbers with two names."""
    contract = readings[0].contract
    number, name = _OF_GRAIN.get(contract.grain, (None, None))
    rows = pl.concat([_rows(reading, number, name) for reading in readings])
    one_row = contract.linkage.one_row_a_subject and contract.nature == "snapshot"
    titles = "、".join(contract.columns[k].title for k in contract.key)
    parts = []
    if contract.key:
        again = rows.filter(pl.col("has_key") & pl.col("key").is_duplicated())
        parts.append(_found(again, "key", "repeated_row", f"这几行的{titles}相同"))
    by_number = rows.filter(pl.col("number").is_not_null())
    if one_row:
        again = by_number.filter(
            pl.col("number").is_duplicated() & ~(pl.col("has_key") & pl.col("key").is_duplicated())
        )
        reason = "同一证件号码有几行，这份名单应一人（户）一行"
        parts.append(_found(again, "number", "repeated_person", reason))
    two_names = by_number.filter(pl.col("name").n_unique().over("number") > 1)
    parts.append(_found(two_names, "number", "two_names", "同一证件号码对应不同的姓名"))
    return all_of(parts)


def _rows(reading: Reading, number: str | None, name: str | None) -> pl.DataFrame:
    frame = reading.clean.frame
    texts = reading.records.join(frame.select("record_id"), on="record_id", how="semi")
    keys = [k for k in reading.contract.key if k in reading.positions]
    at = next((k for k in (number, name, *keys) if k in reading.positions), None)
    columns = reading.contract.columns
    return frame.select(
        "row_number",
        sheet_no=pl.lit(reading.sheet.sheet_no, dtype=pl.Int64),
        sheet=pl.lit(reading.sheet.sheet, dtype=pl.String),
        position=pl.lit(reading.positions[at] if at else None, dtype=pl.Int64),
        title=pl.lit(columns[at].title if at else None, dtype=pl.String),
        number=pl.col(number) if number in columns else pl.lit(None, dtype=pl.String),
        name=pl.col(f"{name}_key") if name in columns else pl.lit(None, dtype=pl.String),
    ).hstack(
        texts.select(
            key=pl.concat_str(
                [pl.col(k).fill_null("") for k in reading.contract.key], separator="\x1f"
            )
            if reading.contract.key
            else pl.lit(""),
            has_key=pl.any_horizontal([pl.col(k).is_not_null() for k in keys])
            if keys
            else pl.lit(value=False),
            text=pl.col(at) if at else pl.lit(None, dtype=pl.String),
        )
    )


def _found(rows: pl.DataFrame, by: str, code: str, reason: str) -> pl.DataFrame:
    """Make findings of rows that share `by`; each names the first of the others."""
    several = rows["sheet_no"].n_unique() > 1
    where = pl.format("第 {} 行", "row_number")
    if several:
        where = pl.format("“{}”第 {} 行", pl.col("sheet").fill_null(""), "row_number")
    named = rows.with_columns(where=where).with_columns(
        first=pl.col("where").first().over(by),
        second=pl.col("where").slice(1, 1).first().over(by),
        many=pl.len().over(by),
    )
    other = pl.when(pl.col("where") == pl.col("first")).then("second").otherwise("first")
    return conformed(
        named.with_columns(
            code=pl.lit(code),
            severity=pl.lit(DOUBTFUL),
            reason=pl.lit(reason),
            expected=pl.lit("都会保留；请核对是否重复填报或号码填错"),
            hint=pl.format("同{}", other)
            + pl.when(pl.col("many") > 2)
            .then(pl.format("，共 {} 行", "many"))
            .otherwise(pl.lit("")),
        )
    )
