"""What an asset says of itself: column schema, row counts, previews, owners and kinds.

People read it in Dagster's pages, so labels are Chinese, and nothing that could be of one person is
shown: no names, no numbers, no free text.
"""

from collections.abc import Iterable, Mapping, Sequence

import dagster as dg
import polars as pl

from pipelines.contracts import ColumnType, Contract, Privacy
from pipelines.frames import Schema
from pipelines.warehouse.fields import FIELDS, Field
from pipelines.warehouse.fields_by_table import OVERRIDES
from pipelines.warehouse.tables import dataset_meaning, meaning

Frames = dict[str, pl.DataFrame]
"""What one asset hands on: its frames by name."""

LazyFrames = dict[str, pl.LazyFrame]
"""The same, read only when and as far as they are needed."""

LAZY: Mapping[str, bool] = {"lazy": True}
"""Metadata of an input that is wanted so; a county's lists together are larger than its memory."""

OFFICERS = ("team:data-officers",)

PREVIEW_ROWS = 5
PREVIEW_COLUMNS = 8
_TELL_NOBODY = (Privacy.PUBLIC, Privacy.INTERNAL)
_FREE_TEXT = (ColumnType.TEXT, ColumnType.NAME, ColumnType.PHONE)
_NUMBER_CELL = "__number"
_HANDED_ON = {
    "township_hint": Field("乡镇线索", "文件名、表名或标题行说的乡镇，行内没写时用"),
    "village_hint": Field("村线索", "文件名、表名或标题行说的村，名单没有村的列时用"),
}
"""Columns between stages that are not published, so that the dictionary does not know them."""


def column_schema(schema: Schema, table: str) -> dg.TableSchema:
    """Give Dagster's column schema of a frame that is published as `table`."""
    return _table_schema(schema, {name: meaning(table, name) for name in schema})


def dataset_schema(schema: Schema, contract: Contract) -> dg.TableSchema:
    """Give Dagster's column schema of a dataset's frame at any stage."""
    return _table_schema(schema, {name: _dataset_field(contract, name) for name in schema})


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
        description=f"{contract.department_title}·{contract.title}：{says}",
        metadata={
            "dagster/column_schema": dataset_schema(schema, contract),
            "报送": contract.delivery.says,
        },
    )


def table(
    frame: pl.DataFrame, columns: Sequence[str], of: str = "", rows: int = 50
) -> dg.MetadataValue:
    """Give the first rows of some columns as a Markdown table (no personal columns, please).

    Headings are what the columns are called in the published table `of`.
    """
    return _markdown(frame.select(columns), [_title(of, c) for c in columns], rows)


def preview(frame: pl.DataFrame, contract: Contract) -> dg.MetadataValue:
    """Give the first rows of the columns that tell nothing of a person and are filled."""
    shown = [
        column.name
        for column in contract.columns.values()
        if column.privacy in _TELL_NOBODY
        and (column.type not in _FREE_TEXT or column.codes)
        and column.name in frame.columns
        and frame[column.name].null_count() < frame.height
    ][:PREVIEW_COLUMNS]
    if not shown:
        return dg.MetadataValue.text("没有可以显示的列（个人信息不在此显示）")
    titles = [contract.columns[name].title for name in shown]
    return _markdown(frame.select(shown), titles, PREVIEW_ROWS)


def worst_reasons(quarantine: pl.DataFrame) -> dg.MetadataValue:
    """Count quarantine entries by scope, column and reason, most frequent first."""
    by = ["scope", "column_name", "reason_code"]
    counted = (
        quarantine.group_by(by)
        .agg(pl.len().alias("行数"), pl.col("reason").first())
        .sort("行数", *by, descending=[True, *[False] * 3])
        .head(20)
    )
    return table(counted, [*by, "行数", "reason"], of="quarantine")


def _table_schema(schema: Schema, fields: Mapping[str, Field]) -> dg.TableSchema:
    return dg.TableSchema(
        columns=[
            dg.TableColumn(name=name, type=str(dtype), description=_described(fields[name]))
            for name, dtype in schema.items()
        ]
    )


def _described(field: Field) -> str:
    unit = f"（单位：{field.unit}）" if field.unit else ""
    return field.title + unit + (f"：{field.says}" if field.says else "")


def _title(table: str, column: str) -> str:
    """What a column is called; one that is made for the page alone bears its title as its name."""
    field = OVERRIDES.get((table, column)) or FIELDS.get(column)
    return field.title if field else column


def _dataset_field(contract: Contract, column: str) -> Field:
    if column.endswith(_NUMBER_CELL):
        own = contract.columns[column.removesuffix(_NUMBER_CELL)]
        return Field(f"{own.title}是数字格", "单元格存成了数字，第 15 位以后不可信")
    return _HANDED_ON.get(column) or dataset_meaning(contract, column)


def _markdown(frame: pl.DataFrame, titles: Iterable[str], rows: int) -> dg.MetadataValue:
    if frame.is_empty():
        return dg.MetadataValue.text("无")
    lines = [_line(titles), "|" + "---|" * frame.width]
    lines += [_line("" if c is None else c for c in row) for row in frame.head(rows).iter_rows()]
    if frame.height > rows:
        lines.append(f"\n共 {frame.height} 行，只列前 {rows} 行")
    return dg.MetadataValue.md("\n".join(lines))


def _line(cells: Iterable[object]) -> str:
    return "| " + " | ".join(str(c).replace("|", "／").replace("\n", " ") for c in cells) + " |"
