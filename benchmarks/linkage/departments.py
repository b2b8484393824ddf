"""Five departments' lists of one synthetic county, from their files on, against its truth.

    python -m benchmarks.linkage.departments FOLDER PERSONS SEED

Makes the county as the demo does, reads its files, links the lists of `LISTS` and judges every row:
the person, and the household. Recall is over rows whose surviving fields single out one person (or
household) that the roster has; precision is over all links. Writes ``departments.json``.
"""

import datetime as dt
import json
import logging
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import polars as pl

from benchmarks.linkage.score import CANDIDATE
from pipelines.home import Home
from pipelines.intake.inbox import take_inbox
from pipelines.intake.rows import dataset_rows
from pipelines.linkage.link import link_dataset
from pipelines.linkage.population import Population, build_population
from pipelines.standardise.divisions import build_divisions
from pipelines.standardise.standardise import standardise
from pipelines.synthetic.generate import generate

COUNTY = "990114"
ROUND = dt.date(2021, 8, 30)
LISTS = (
    "education.enrolment",
    "insurance.coverage",
    "civil_affairs.dibao",
    "health.doctor_contracts",
    "housing.appraisals",
)
_ROSTER = "roster.population"
_ROW = ["path", "sheet", "row_number"]


@dataclass(frozen=True)
class Judged:
    """One list, or all of them."""

    rows: int
    due: int
    """Rows that can be known and whose person (household) the roster has."""
    found: int
    confirmed: int
    confirmed_right: int
    links: int
    links_right: int
    automatic: int
    """Rows confirmed, or without any candidate worth a look."""
    namesakes: int
    """Confirmed links to a person of the same name in the village, or of the same household."""


def clean_lists(home: Home) -> dict[str, pl.DataFrame]:
    """Read the county's files and give the clean frames of roster and lists."""
    contracts = home.declared.contracts
    parameters = home.declared.parameters.lookup(COUNTY, ROUND)
    inbox = take_inbox(home, COUNTY, ROUND, contracts, parameters)
    divisions = build_divisions(None, home.declared.alias_files)
    frames = {}
    for dataset in ("roster.villages", _ROSTER, *LISTS):
        contract = contracts[dataset]
        read = dataset_rows(home, inbox.sheets, contract, contracts)
        frames[dataset] = standardise(read.records, contract, divisions, read.units).frame
        if dataset == "roster.villages":
            divisions = build_divisions(frames[dataset], home.declared.alias_files)
    return frames


def _at_row(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.with_columns(pl.col("sheet").fill_null(""))


def scored(
    links: pl.DataFrame, candidates: pl.DataFrame, truth: Path, known: pl.DataFrame
) -> pl.DataFrame:
    """Give every row of a list with what became of it: the columns that `judged` counts."""
    records = _at_row(pl.read_parquet(truth / "records.parquet"))
    people = pl.read_parquet(truth / "persons.parquet").select("p", "h", "name", "village_code")
    roster = records.filter(pl.col("dataset") == _ROSTER)
    open_rows = candidates.filter(pl.col("probability") >= CANDIDATE)["record_id"].unique()
    other = people.select(linked="p", h_r="h", name_r="name", village_r="village_code")
    neighbour = (pl.col("name") == pl.col("name_r")) & (
        pl.col("village_code") == pl.col("village_r")
    )
    frame = (
        _at_row(links)
        .join(records.drop("row").rename({"household_id": "true_household"}), on=["dataset", *_ROW])
        .join(known, on="person_id", how="left")
        .join(people, on="p", how="left")
        .join(other, on="linked", how="left")
    )
    return frame.with_columns(
        on_roster=pl.col("p").is_in(roster["p"].drop_nulls().implode()),
        home_on_roster=pl.col("true_household").is_in(roster["household_id"].implode()),
        right=(pl.col("linked") == pl.col("p")).fill_null(value=False),
        home_right=(pl.col("household_id") == pl.col("true_household")).fill_null(value=False),
        asked=pl.col("record_id").is_in(open_rows.implode()),
        namesake=(neighbour | (pl.col("h") == pl.col("h_r"))).fill_null(value=False),
    )


def people_of(population: Population, roster: pl.DataFrame, truth: Path) -> pl.DataFrame:
    """Give whom each published person is: ``person_id``, ``linked`` (the true person's number)."""
    records = _at_row(pl.read_parquet(truth / "records.parquet"))
    rows = _at_row(roster.select("record_id", *_ROW)).join(
        records.filter(pl.col("dataset") == _ROSTER).select(*_ROW, linked="p"), on=_ROW
    )
    return (
        population.persons.select("person_id", "record_id")
        .join(rows.select("record_id", "linked"), on="record_id")
        .select("person_id", "linked")
    )


def judged(rows: pl.DataFrame, *, household: bool) -> Judged:
    """Count over scored rows: by household, or by person."""
    right = pl.col("home_right" if household else "right")
    there = pl.col("home_on_roster" if household else "on_roster")
    linked = pl.col("status").is_in(["confirmed", "suspected"])
    confirmed = pl.col("status") == "confirmed"
    due = pl.col("determinable") & there
    counts = rows.select(
        rows=pl.len(),
        due=due.sum(),
        found=(due & linked & right).sum(),
        confirmed=confirmed.sum(),
        confirmed_right=(confirmed & right).sum(),
        links=linked.sum(),
        links_right=(linked & right).sum(),
        automatic=(confirmed | (~linked & ~pl.col("asked"))).sum(),
        namesakes=(confirmed & ~right & pl.col("namesake")).sum(),
    )
    return Judged(**counts.row(0, named=True))


def main(folder: Path, persons: int, seed: int) -> None:
    """Make the county, link its lists, judge them."""
    logging.disable(logging.WARNING)
    home = Home(folder)
    made = generate(home, COUNTY, persons, seed, (ROUND,))
    frames = clean_lists(home)
    contracts = home.declared.contracts
    began = time.perf_counter()
    population = build_population(frames[_ROSTER])
    known = people_of(population, frames[_ROSTER], made.truth)
    outcome, parts = {}, []
    for dataset in LISTS:
        linked = link_dataset(frames[dataset], contracts[dataset], population)
        rows = scored(linked.links, linked.candidates, made.truth, known)
        of_household = contracts[dataset].grain == "household"
        outcome[dataset] = asdict(judged(rows, household=of_household))
        parts.append(rows.with_columns(of_household=pl.lit(of_household)))
    seconds = time.perf_counter() - began
    every = pl.concat(parts, how="diagonal")
    outcome["persons"] = asdict(judged(every.filter(~pl.col("of_household")), household=False))
    outcome["households"] = asdict(judged(every, household=True))
    every.write_parquet(folder / "rows.parquet")
    content = {"seconds": seconds, "roster": frames[_ROSTER].height, "lists": outcome}
    (folder / "departments.json").write_text(json.dumps(content), encoding="utf-8")
    print(f"links {seconds:.1f} s")


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
