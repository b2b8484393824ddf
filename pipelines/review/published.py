"""What review reads: a county's latest round in the published file."""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property

import duckdb
import polars as pl

from pipelines import frames
from pipelines.contracts import Contract, Contracts
from pipelines.frames import Schema
from pipelines.home import Home
from pipelines.warehouse.database import open_published


class NoSuchRoundError(LookupError):
    """The county has no published round; the message says what to do (Chinese)."""


@dataclass(frozen=True)
class PublishedLinks:
    """A county's latest round: its links, people and lists. To be used while the file is open."""

    connection: duckdb.DuckDBPyConnection
    county: str
    round_: dt.date
    run_id: str
    contracts: Contracts

    @cached_property
    def links(self) -> pl.DataFrame:
        """`frames.LINKS` of all lists."""
        return self._table("links", frames.LINKS)

    @cached_property
    def candidates(self) -> pl.DataFrame:
        """`frames.CANDIDATES`."""
        return self._table("link_candidates", frames.CANDIDATES)

    @cached_property
    def persons(self) -> pl.DataFrame:
        """`frames.PERSONS`."""
        return self._table("persons", frames.PERSONS)

    @cached_property
    def villages(self) -> dict[str, str]:
        """Code to township and village."""
        table = self._table("villages", frames.VILLAGES)
        named = pl.concat_str("township", "village", ignore_nulls=True)
        return dict(table.select("village_code", named.alias("named")).iter_rows())

    @cached_property
    def rules_reading(self) -> dict[str, int]:
        """Dataset to the number of rules that ran and read it."""
        rows = self.connection.execute(
            "SELECT dataset, count(*) FROM (SELECT unnest(string_split(needs, '、')) AS dataset"
            " FROM rules WHERE county = ? AND round = ? AND ran) GROUP BY dataset",
            [self.county, self.round_],
        ).fetchall()
        return dict(rows)

    def dataset(self, contract: Contract) -> pl.DataFrame:
        """Give a list's rows with `frames.clean_schema`."""
        return self._table(contract.table, frames.clean_schema(contract))

    def _table(self, name: str, schema: Schema) -> pl.DataFrame:
        # Names are those of the published schema.
        frame = self.connection.execute(
            f"SELECT * FROM {name} WHERE county = ?",  # noqa: S608
            [self.county],
        ).pl()
        return frames.conform(frame, schema)


@contextmanager
def published_links(home: Home, county: str) -> Iterator[PublishedLinks]:
    """Open the published file at the county's latest round.

    Raises:
        NotPublishedError: Nothing has been published under this home.
        NoSuchRoundError: Nothing of this county.
    """
    with open_published(home) as connection:
        row = connection.execute(
            "SELECT round, run_id FROM runs WHERE county = ?"
            " ORDER BY round DESC, finished_at DESC LIMIT 1",
            [county],
        ).fetchone()
        if row is None:
            raise NoSuchRoundError(
                f"{county} 还没有发布过任何一期；请先运行 bidui run --county {county}"
            )
        yield PublishedLinks(connection, county, row[0], row[1], home.declared.contracts)
