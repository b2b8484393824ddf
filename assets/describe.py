"""What an asset says of itself: column schema, row counts, previews, owners and kinds."""

from collections.abc import Mapping

import dagster as dg
import polars as pl

from pipelines.contracts import Contract
from pipelines.frames import Schema

Frames = dict[str, pl.DataFrame]
"""What one asset hands on: its frames by name."""

PREVIEW_ROWS = 5


def column_schema(schema: Schema, described: Mapping[str, str] | None = None) -> dg.TableSchema:
    """Give Dagster's column schema of a frame; `described` holds Chinese titles by column."""
    described = described or {}
    return dg.TableSchema(
        columns=[
            dg.TableColumn(name=name, type=str(dtype), description=described.get(name, ""))
            for name, dtype in schema.items()
        ]
    )


def dataset_out(
    contract: Contract, key: dg.AssetKey, stage: str, library: str, schema: Schema, says: str
) -> dg.AssetOut:
    """Give the asset of one dataset at one stage: grouped and owned by its department.

    `library` is the kind shown beside polars; `says` follows the dataset's title.
    """
    return dg.AssetOut(
        key=key,
        group_name=contract.department,
        kinds={library, "polars"},
        owners=[f"team:{contract.department.replace('_', '-')}"],
        tags={"stage": stage, "grain": contract.grain, "nature": contract.nature},
        description=f"{contract.title}：{says}",
        metadata={"dagster/column_schema": column_schema(schema, contract_titles(contract))},
    )


def contract_titles(contract: Contract) -> dict[str, str]:
    """Give the Chinese title of every contract column."""
    return {column.name: column.title for column in contract.columns.values()}


def table(frame: pl.DataFrame, columns: list[str], rows: int = 50) -> dg.MetadataValue:
    """Give the first rows of some columns as a Markdown table (no personal columns, please)."""
    shown = frame.select(columns).head(rows)
    head = "| " + " | ".join(columns) + " |\n|" + "---|" * len(columns)
    body = [
        "| " + " | ".join("" if c is None else str(c).replace("|", "／") for c in row) + " |"
        for row in shown.iter_rows()
    ]
    return dg.MetadataValue.md("\n".join([head, *body]))


def worst_reasons(quarantine: pl.DataFrame) -> pl.DataFrame:
    """Count quarantine entries by scope, column and reason, most frequent first."""
    return (
        quarantine.group_by("scope", "column_name", "reason_code")
        .agg(pl.len().alias("rows"), pl.col("reason").first())
        .sort("rows", "scope", "column_name", "reason_code", descending=[True, *[False] * 3])
        .head(20)
    )
