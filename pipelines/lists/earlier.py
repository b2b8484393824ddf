"""An earlier round's own people, links and records, once the published file has a newer round's.

The published file keeps record-level tables of a county's latest round only. What an earlier round
was made from still lies in the store, as its stages left it. It is taken from there where it is
that of the published run, so that a list written again says what was issued.
"""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import duckdb
import polars as pl

from pipelines.contracts import Contracts
from pipelines.frames import CANDIDATES, LINKS, conform
from pipelines.home import Home


def take_records_from_store(
    connection: duckdb.DuckDBPyConnection,
    home: Home,
    county: str,
    round_: dt.date,
    contracts: Contracts,
) -> bool:
    """Let the record-level tables mean `round_` on this connection; give whether that was possible.

    It is not where the store was cleared, or where a later, unpublished run of the round left
    discrepancies in it that are not those published.

    Args:
        connection: On the published file; gets temporary views of the same names.
        home: Whose store.
        county: Division code.
        round_: An earlier round of the county.
        contracts: Each has its table.
    """
    store = _Store(home.store / "assets", county, round_)
    if not store.is_of_published(connection):
        return False
    found = dict(store.tables(contracts))
    if len(found) < len(contracts) + _OTHERS:
        return False
    for name, frame in found.items():
        # Arrow: the connection may look neither at files nor at variables of this process
        of_round = frame.with_columns(county=pl.lit(county), round=pl.lit(round_))
        connection.register(name, of_round.to_arrow())
    return True


_OTHERS = 5
"""persons, households, villages, links and link_candidates."""


class _Store:
    """What the stages of one county's round left, ``<asset>/<county>/<round>/<name>.parquet``."""

    def __init__(self, folder: Path, county: str, round_: dt.date) -> None:
        self._folder = folder
        self._slice = Path(county) / round_.isoformat()
        self._where = [county, round_]

    def read(self, asset: str, name: str) -> pl.DataFrame | None:
        path = self._folder / asset / self._slice / f"{name}.parquet"
        return pl.read_parquet(path) if path.exists() else None

    def is_of_published(self, connection: duckdb.DuckDBPyConnection) -> bool:
        """Whether the discrepancies left in the store are the published ones."""
        left = self.read("comparison", "discrepancies")
        if left is None:
            return False
        columns = ["case_id", "value_hash"]
        published = connection.execute(
            "SELECT case_id, value_hash FROM discrepancies WHERE county = ? AND round = ?",
            self._where,
        ).pl()
        return published.sort(columns).equals(left.select(columns).sort(columns))

    def tables(self, contracts: Contracts) -> Iterator[tuple[str, pl.DataFrame]]:
        for name in ("persons", "former_persons", "households", "villages"):
            frame = self.read("population", name)
            if frame is not None:
                yield name, frame
        parts: dict[str, list[pl.DataFrame]] = {"links": [], "link_candidates": []}
        for contract in contracts.values():
            asset = f"linked/{contract.department}/{contract.name}"
            made = {name: self.read(asset, name) for name in ("frame", "links", "candidates")}
            frame, links, candidates = made["frame"], made["links"], made["candidates"]
            if frame is None or links is None or candidates is None:
                return
            yield contract.table, frame
            # What an older version left may lack columns.
            parts["links"].append(conform(links, LINKS))
            parts["link_candidates"].append(conform(candidates, CANDIDATES))
        for name, frames in parts.items():
            yield name, pl.concat(frames)
