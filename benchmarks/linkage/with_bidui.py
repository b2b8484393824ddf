"""bidui on the two lists of `people`, by the way a round goes: population, then one list.

    python -m benchmarks.linkage.with_bidui FOLDER

Reads ``roster.parquet`` and ``listed.parquet``, writes ``bidui.parquet``: ``l``, ``r`` (record
ids), ``score`` (the link's or candidate's probability), ``status`` and ``method`` (null for a mere
candidate); and ``links.parquet``, the links with their evidence.
"""

import datetime as dt
import sys
import time
from pathlib import Path

import polars as pl

from pipelines import frames
from pipelines.contracts import Contract, load_contracts
from pipelines.home import SHIPPED
from pipelines.linkage.link import Linked, link_dataset
from pipelines.linkage.population import Population, build_population

DATASET = "health.registered"
_AS_OF = dt.date(2021, 8, 30)


def clean(rows: pl.LazyFrame, contract: Contract) -> pl.LazyFrame:
    """Give standardised rows as the clean frame that linkage takes."""
    told = rows.with_columns(
        file_id=pl.lit(contract.dataset),
        path=pl.lit(f"990131/{contract.department}/{contract.title}.xlsx"),
        sheet=pl.lit("Sheet1"),
        row_number=pl.int_range(1, pl.len() + 1),
        as_of=pl.lit(_AS_OF),
        birth_date_precision=pl.when(pl.col("birth_date").is_not_null()).then(pl.lit("day")),
    )
    known = told.collect_schema().names()
    return told.select(
        (pl.col(column) if column in known else pl.lit(None)).cast(dtype).alias(column)
        for column, dtype in frames.clean_schema(contract).items()
    )


def found(linked: Linked) -> pl.DataFrame:
    """Give links and candidates without what is told of them."""
    links = linked.links.select("record_id", "person_id", "probability", "status", "method")
    candidates = linked.candidates.select("record_id", "person_id", "probability")
    return pl.concat([links.filter(pl.col("status") != "unmatched"), candidates], how="diagonal")


def pairs(both: pl.DataFrame, population: Population) -> pl.DataFrame:
    """Give what was `found` as scored pairs of record ids."""
    own = population.persons.select("person_id", r="record_id")
    both = both.unique(["record_id", "person_id"], keep="first", maintain_order=True)
    return both.join(own, on="person_id").select(
        "r", "status", "method", l="record_id", score="probability"
    )


def main(folder: Path) -> None:
    """Link the lists in `folder`."""
    started = time.perf_counter()
    contracts = load_contracts((SHIPPED, Path(__file__).parent))
    roster = clean(pl.scan_parquet(folder / "roster.parquet"), contracts["roster.population"])
    population = build_population(roster).for_linking()
    built = time.perf_counter()
    contract = contracts[DATASET]
    listed = clean(pl.scan_parquet(folder / "listed.parquet"), contract)
    linked = link_dataset(listed, contract, population)
    # What is told of each link, as a round keeps it.
    frames.write(linked.told(), str(folder / "links.parquet"))
    done = time.perf_counter()
    both = found(linked)
    del linked
    pairs(both, population).write_parquet(folder / "bidui.parquet")
    print(f"population {built - started:.1f} s, links {done - built:.1f} s")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
