"""What was published before: the only memory that a round has of earlier ones."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

import duckdb
import polars as pl

from pipelines import frames
from pipelines.frames import Schema
from pipelines.home import Home
from pipelines.warehouse.database import NotPublishedError, open_published


@dataclass(frozen=True)
class History:
    """A county's earlier rounds; every frame is empty where there are none."""

    coverage: pl.DataFrame
    """`frames.COVERAGE`"""
    village_status: pl.DataFrame
    """`frames.VILLAGE_STATUS`"""
    discrepancies: pl.DataFrame
    """`frames.DISCREPANCIES`"""
    comparisons: pl.DataFrame
    """`frames.COMPARISONS`"""
    source_files: pl.DataFrame
    """`frames.SHEETS`"""

    @property
    def rounds(self) -> list[dt.date]:
        """The earlier rounds, oldest first."""
        return sorted(self.comparisons["round"].unique().to_list())


_READ: dict[str, Schema] = {
    "coverage": frames.COVERAGE,
    "village_status": frames.VILLAGE_STATUS,
    "discrepancies": frames.DISCREPANCIES,
    "comparisons": frames.COMPARISONS,
    "source_files": frames.SHEETS,
}


def read_history(home: Home, county: str, before: dt.date) -> History:
    """Read the rounds of `county` before the round `before` from the published file."""
    try:
        with open_published(home) as connection:
            read = {
                name: _before(connection, name, schema, county, before)
                for name, schema in _READ.items()
            }
    except NotPublishedError:
        read = {name: frames.empty(schema) for name, schema in _READ.items()}
    return History(**read)


def read_identities(home: Home, county: str, before: dt.date) -> pl.DataFrame:
    """Read the county's register of persons as of the rounds before the round `before`.

    Returns:
        `frames.IDENTITIES`, newest round first, within a round in the order of their ids, shorter
        ones first (the -2 of an id before its -10); empty where there are none.
    """
    schema = {"round": pl.Date, **frames.IDENTITIES}
    try:
        with open_published(home) as connection:
            found = _before(connection, "identities", schema, county, before)
    except NotPublishedError:
        return frames.empty(frames.IDENTITIES)
    length = pl.col("person_id").str.len_chars()
    order = [True, False, False]
    return found.sort("round", length, "person_id", descending=order).drop("round")


def published_rounds(home: Home, county: str) -> list[dt.date]:
    """Give the county's published rounds, oldest first; none where nothing was published."""
    try:
        with open_published(home) as connection:
            rows = connection.execute(
                "SELECT DISTINCT round FROM runs WHERE county = ? ORDER BY round", [county]
            ).fetchall()
    except NotPublishedError:
        return []
    return [row[0] for row in rows]


def read_ledger(home: Home, county: str, round_: dt.date) -> dict[str, pl.DataFrame]:
    """Give the county's `cases` as they stand and the `changes` of one round, as published."""
    wanted = {"cases": "county = $county", "changes": "county = $county AND round = $round"}
    schemas = {"cases": frames.CASES, "changes": frames.CHANGES}
    with open_published(home) as connection:
        read = {
            name: connection.execute(
                f"SELECT {', '.join(schemas[name])} FROM {name}"  # noqa: S608 - names of `schemas`
                f" WHERE {which} AND $round IS NOT NULL ORDER BY ALL",
                {"county": county, "round": round_},
            ).pl()
            for name, which in wanted.items()
        }
    return {name: frames.conform(frame, schemas[name]) for name, frame in read.items()}


def _before(
    connection: duckdb.DuckDBPyConnection,
    name: str,
    schema: Schema,
    county: str,
    before: dt.date,
) -> pl.DataFrame:
    """Give what an older version of the software may have published, in today's columns."""
    present = connection.execute(
        "SELECT column_name FROM duckdb_columns() WHERE table_name = ? AND NOT internal", [name]
    ).fetchall()
    columns = _both(schema, {column for (column,) in present})
    if not columns:
        return frames.empty(schema)
    found = connection.execute(
        f"SELECT {', '.join(columns)} FROM {name}"  # noqa: S608 - names of `schema`
        " WHERE county = ? AND round < ? ORDER BY ALL",
        [county, before],
    ).pl()
    return frames.conform(found, schema)


def _both(wanted: Iterable[str], present: set[str]) -> list[str]:
    return [name for name in wanted if name in present]


@dataclass(frozen=True)
class Reading:
    """What a county's latest run had before it."""

    paths: frozenset[str]
    """Files of the inbox, relative to it; of an archive its own path."""
    at: float
    """When the run began, in seconds since 1970."""


def last_reading(home: Home, county: str) -> Reading | None:
    """Give what the county's latest run read; None where nothing was published."""
    try:
        with open_published(home) as connection:
            row = connection.execute(
                "SELECT max(epoch(started_at)) FROM runs WHERE county = ?", [county]
            ).fetchone()
            paths = connection.execute(
                "SELECT DISTINCT split_part(path, '!/', 1) FROM source_files WHERE county = ?",
                [county],
            ).fetchall()
    except NotPublishedError:
        return None
    if row is None or row[0] is None:
        return None
    return Reading(frozenset(path for (path,) in paths), row[0])
