"""Read-only SQL on the published file, for analysts: `bidui sql`.

One SELECT at a time, with no way out of the file: no other files, no network, no settings. Results
are text: a table for people, CSV for spreadsheets, JSON for programs.
"""

import csv
import io
import json
import threading
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import duckdb

from pipelines.home import Home
from pipelines.warehouse.database import open_published

Format = Literal["table", "csv", "json"]

TIMEOUT = 300.0
"""Seconds after which a query is stopped."""
ROWS_SHOWN = 200
"""Rows that a table for people shows; CSV and JSON give all."""
_CELL_WIDTH = 60
_READING = {duckdb.StatementType.SELECT, duckdb.StatementType.EXPLAIN}


class QueryError(ValueError):
    """The query cannot be run; the message says why and what to do (Chinese)."""


@dataclass(frozen=True)
class Result:
    """What a query gave."""

    columns: list[str]
    rows: list[tuple[Any, ...]]


def sql(home: Home, query: str, fmt: Format = "table") -> str:
    """Run one query and give its result as text.

    Args:
        home: Whose published file.
        query: One SELECT (or DESCRIBE, SUMMARIZE, SHOW, EXPLAIN); empty: the tables there are.
        fmt: ``table``, ``csv`` (UTF-8, no byte order mark) or ``json`` (a list of objects).

    Raises:
        QueryError: More or other than one query, a mistake in it, or it took too long.
        NotPublishedError: Nothing has been published under this home.
    """
    return as_text(run_query(home, query) if query.strip() else list_tables(home), fmt)


def run_query(home: Home, query: str, timeout: float = TIMEOUT) -> Result:
    """Run one query on the published file.

    Raises:
        QueryError: More or other than one query, a mistake in it, or it took too long.
        NotPublishedError: Nothing has been published under this home.
    """
    with open_published(home) as connection:
        _require_one_reading_statement(connection, query)
        watch = threading.Timer(timeout, connection.interrupt)
        watch.start()
        try:
            cursor = connection.execute(query)
            columns = [column[0] for column in cursor.description or ()]
            return Result(columns, cursor.fetchall())
        except duckdb.InterruptException as error:
            raise QueryError(
                f"查询超过 {timeout:.0f} 秒，已停止；请加上 county、round 等条件缩小范围"
            ) from error
        except duckdb.OutOfMemoryException as error:
            raise QueryError("查询所需内存超过 2 GB，已停止；请缩小范围或先汇总") from error
        except duckdb.Error as error:
            raise QueryError(_explained(error)) from error
        finally:
            watch.cancel()


def list_tables(home: Home) -> Result:
    """Give the published tables with their rows and what they are.

    Raises:
        NotPublishedError: Nothing has been published under this home.
    """
    return run_query(
        home,
        "SELECT table_name, estimated_size AS rows, comment FROM duckdb_tables()"
        " WHERE NOT internal ORDER BY table_name",
    )


def list_columns(home: Home, table: str) -> Result:
    """Give the columns of one table, as the data dictionary has them.

    Raises:
        QueryError: There is no such table.
        NotPublishedError: Nothing has been published under this home.
    """
    with open_published(home) as connection:
        cursor = connection.execute(
            "SELECT column_name, data_type, description, unit, privacy, source FROM columns"
            " WHERE table_name = ? ORDER BY position",
            [table],
        )
        result = Result([column[0] for column in cursor.description or ()], cursor.fetchall())
    if not result.rows:
        raise QueryError(f"没有名为 {table} 的表；不带查询运行 bidui sql 可列出全部的表")
    return result


def as_text(result: Result, fmt: Format) -> str:
    """Give a result as a table, CSV or JSON."""
    if fmt == "json":
        rows = [dict(zip(result.columns, row, strict=True)) for row in result.rows]
        return json.dumps(rows, ensure_ascii=False, indent=1, default=str) + "\n"
    if fmt == "csv":
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(result.columns)
        writer.writerows([_safe(value) for value in row] for row in result.rows)
        return out.getvalue()
    return _table(result)


def _require_one_reading_statement(connection: duckdb.DuckDBPyConnection, query: str) -> None:
    try:
        statements = connection.extract_statements(query)
    except duckdb.Error as error:
        raise QueryError(_explained(error)) from error
    if len(statements) != 1:
        raise QueryError(
            "一次只能运行一条查询（PIVOT 请写明 IN (…)）"
            if statements
            else "没有查询；请写一条 SELECT"
        )
    if statements[0].type not in _READING:
        raise QueryError(
            "只能查询，不能修改或导出：请用 SELECT（或 DESCRIBE、SUMMARIZE、SHOW、EXPLAIN）；"
            "要导出结果请用 --format csv"
        )


_EXPLAINED = {
    duckdb.CatalogException: "没有这个表或函数；不带查询运行 bidui sql 可列出全部的表",
    duckdb.BinderException: "列名或类型不对；可用 DESCRIBE 表名 查看各列",
    duckdb.ParserException: "语法有误",
    duckdb.PermissionException: "不允许读写已发布数据库以外的文件",
    duckdb.ConversionException: "值不能转换成所需类型",
    duckdb.InvalidInputException: "不允许更改设置或打开其他数据库",
}


def _explained(error: duckdb.Error) -> str:
    says = next((s for kind, s in _EXPLAINED.items() if isinstance(error, kind)), "查询不能运行")
    return f"{says}（DuckDB：{str(error).strip()}）"


def _safe(value: object) -> object:
    """Keep spreadsheet programs from running text as a formula: such text gets an apostrophe."""
    if isinstance(value, str) and value[:1] in {"=", "+", "-", "@", "\t", "\r"}:
        return "'" + value
    return value


def _table(result: Result) -> str:
    shown = [[_cell(value) for value in row] for row in result.rows[:ROWS_SHOWN]]
    lines = [result.columns, *shown]
    widths = [
        max((_width(line[column]) for line in lines), default=0)
        for column in range(len(result.columns))
    ]
    text = [_line(result.columns, widths), "  ".join("-" * width for width in widths)]
    text += [_line(row, widths) for row in shown]
    if len(result.rows) > ROWS_SHOWN:
        text.append(f"只显示前 {ROWS_SHOWN} 行，共 {len(result.rows)} 行；--format csv 可取全部")
    else:
        text.append(f"共 {len(result.rows)} 行")
    return "\n".join(text) + "\n"


def _cell(value: object) -> str:
    text = "" if value is None else str(value)
    text = " ".join(text.split()) if "\n" in text or "\t" in text else text
    while _width(text) > _CELL_WIDTH:
        text = text[: max(len(text) * _CELL_WIDTH // _width(text) - 1, 1)].rstrip("…") + "…"
    return text


def _line(cells: Sequence[str], widths: Iterable[int]) -> str:
    padded = (
        cell + " " * (width - _width(cell)) for cell, width in zip(cells, widths, strict=True)
    )
    return "  ".join(padded).rstrip()


def _width(text: str) -> int:
    """Columns on a terminal: Chinese characters take two."""
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)
