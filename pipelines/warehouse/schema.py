"""Bring a DuckDB file to the declared schema, keeping the rows that are there.

Contracts change between rounds and counties publish at different times, so a file may hold tables
as they were declared last time. A table is made anew where its columns differ; rows of other
counties are carried over by column name.
"""

# Every name put into SQL here is one of the declared tables and columns, checked to be plain.
# ruff: noqa: S608

import re
from collections.abc import Iterable, Mapping

import duckdb

from pipelines.warehouse.tables import DictionaryError, Table

_PLAIN = re.compile(r"[a-z][a-z0-9_]*\Z")
_PROBE = "probe_of_names"


def bring_to_schema(
    connection: duckdb.DuckDBPyConnection, tables: Mapping[str, Table], county: str
) -> list[str]:
    """Make every declared table, and drop a table no longer declared once no other county uses it.

    Args:
        connection: A connection that may write.
        tables: The declared tables by name.
        county: The county being published; its rows of undeclared tables go.

    Returns:
        Chinese sentences on what was lost on the way, for the run's report.

    Raises:
        DictionaryError: A name cannot stand in SQL without quotation marks.
    """
    require_plain_names(connection, tables.values())
    present = _present(connection)
    notes: list[str] = []
    for name, table in tables.items():
        if name not in present:
            connection.execute(_create(table, name))
        elif present[name] != _columns(table):
            notes += _remake(connection, table, present[name])
    for name in present.keys() - tables.keys():
        notes += _retire(connection, name, county)
    return notes


def comment_on(connection: duckdb.DuckDBPyConnection, tables: Iterable[Table]) -> None:
    """Write the Chinese comment of every table and column whose comment is not yet that."""
    on_tables = dict(
        connection.execute("SELECT table_name, comment FROM duckdb_tables()").fetchall()
    )
    on_columns = {
        (table, column): comment
        for table, column, comment in connection.execute(
            "SELECT table_name, column_name, comment FROM duckdb_columns() WHERE NOT internal"
        ).fetchall()
    }
    for table in tables:
        if on_tables.get(table.name) != table.comment:
            connection.execute(f"COMMENT ON TABLE {table.name} IS {_quoted(table.comment)}")
        for column in table.columns:
            if on_columns.get((table.name, column.name)) != column.comment:
                connection.execute(
                    f"COMMENT ON COLUMN {table.name}.{column.name} IS {_quoted(column.comment)}"
                )


def require_plain_names(connection: duckdb.DuckDBPyConnection, tables: Iterable[Table]) -> None:
    """Check that analysts can write every table's and column's name without quotation marks.

    DuckDB's list of keywords says which words it reserves; `columns` is on it and works as a table.

    Raises:
        DictionaryError: A name is reserved or is not lower-case letters, digits and underscores.
    """
    reserved = {
        word
        for (word,) in connection.execute(
            "SELECT keyword_name FROM duckdb_keywords()"
            " WHERE keyword_category IN ('reserved', 'type_function')"
        ).fetchall()
    }
    for table in tables:
        for column in table.columns:
            if not _PLAIN.match(column.name) or column.name in reserved:
                raise DictionaryError(
                    f"表 {table.name} 的列名 {column.name} 在 SQL 中须加引号："
                    "列名只用小写字母、数字和下划线，不用 SQL 保留字"
                )
        if not _PLAIN.match(table.name) or table.name in reserved - {"columns"}:
            raise DictionaryError(f"表名 {table.name} 在 SQL 中须加引号，请换一个名称")


def _present(connection: duckdb.DuckDBPyConnection) -> dict[str, list[tuple[str, str]]]:
    found: dict[str, list[tuple[str, str]]] = {}
    rows = connection.execute(
        "SELECT table_name, column_name, data_type FROM duckdb_columns()"
        " WHERE NOT internal ORDER BY table_name, column_index"
    ).fetchall()
    for table, column, data_type in rows:
        found.setdefault(table, []).append((column, data_type))
    return found


def _columns(table: Table) -> list[tuple[str, str]]:
    return [(column.name, column.sql_type) for column in table.columns]


def _create(table: Table, name: str) -> str:
    columns = ", ".join(f"{column} {data_type}" for column, data_type in _columns(table))
    return f"CREATE TABLE {name} ({columns})"


def _remake(
    connection: duckdb.DuckDBPyConnection, table: Table, before: list[tuple[str, str]]
) -> list[str]:
    """Make `table` anew and carry its rows over; a value that does not fit a new type is lost."""
    old = dict(before)
    kept = [(column, new) for column, new in _columns(table) if column in old]
    work = f"{table.name}__new"
    connection.execute(_create(table, work))
    names = ", ".join(column for column, _ in kept)
    values = ", ".join(f"TRY_CAST({column} AS {new}) AS {column}" for column, new in kept)
    if kept:
        connection.execute(f"INSERT INTO {work} ({names}) SELECT {values} FROM {table.name}")
    notes = []
    for column, new in kept:
        if old[column] == new:
            continue
        (lost,) = connection.execute(
            f"SELECT count(*) FROM {table.name}"
            f" WHERE {column} IS NOT NULL AND TRY_CAST({column} AS {new}) IS NULL"
        ).fetchone() or (0,)
        if lost:
            notes.append(
                f"表 {table.name} 的列 {column} 由 {old[column]} 改为 {new}，"
                f"其他县有 {lost} 个旧值不能转换而为空；请重新运行这些县"
            )
    connection.execute(f"DROP TABLE {table.name}")
    connection.execute(f"ALTER TABLE {work} RENAME TO {table.name}")
    return notes


def _retire(connection: duckdb.DuckDBPyConnection, name: str, county: str) -> list[str]:
    """Take the county's rows out of a table no longer declared; drop it when it is empty."""
    connection.execute(f"DELETE FROM {name} WHERE county = ?", [county])
    (left,) = connection.execute(f"SELECT count(*) FROM {name}").fetchone() or (0,)
    if not left:
        connection.execute(f"DROP TABLE {name}")
        return []
    return [f"表 {name} 已不在数据约定中，暂因其他县的 {left} 行而保留"]


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
