"""Departments' lists of one synthetic county, from their files to links: each step a process.

    python -m benchmarks.linkage.departments FOLDER generate PERSONS SEED [old]
    python -m benchmarks.linkage.departments FOLDER read
    python -m benchmarks.linkage.departments FOLDER link
    python -m benchmarks.linkage.departments FOLDER old

``generate`` makes the county as the demo does, with ``old`` the roster of an old year too, and a
register of houses that names heads of that year. ``read`` takes the files in and writes each clean
frame as Parquet. ``link`` is what is measured: the population and the lists of `LISTS`, from
Parquet to Parquet. ``old`` links the old year's register, the roster of that year being known.
"""

import datetime as dt
import logging
import sys
import time
from pathlib import Path

import polars as pl

from pipelines.home import Home
from pipelines.intake.inbox import take_inbox
from pipelines.intake.rows import dataset_rows
from pipelines.linkage.link import Linked, link_dataset
from pipelines.linkage.population import build_population
from pipelines.standardise.divisions import build_divisions
from pipelines.standardise.standardise import standardise
from pipelines.synthetic.defects import ErrorRates
from pipelines.synthetic.generate import generate
from pipelines.synthetic.old_lists import REGISTER, write_old_year
from pipelines.synthetic.world import make_world

COUNTY = "990114"
ROUND = dt.date(2021, 8, 30)
OLD_YEAR = dt.date(2018, 8, 27)
LISTS = (
    "education.enrolment",
    "insurance.coverage",
    "civil_affairs.dibao",
    "health.doctor_contracts",
    "housing.appraisals",
)
VILLAGES, ROSTER = "roster.villages", "roster.population"


def frame_of(folder: Path, kind: str, dataset: str, day: dt.date = ROUND) -> Path:
    """Give where a frame lies: ``clean``, ``links`` or ``candidates`` of a list of a day."""
    path = folder / kind / f"{day}" / f"{dataset}.parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def make(folder: Path, persons: int, seed: int, *, old: bool) -> None:
    """Write the county's files into a home at `folder`, and its truth."""
    home = Home(folder)
    generate(home, COUNTY, persons, seed, (ROUND,))
    if old:
        write_old_year(home, make_world(COUNTY, persons, seed, (ROUND,)), OLD_YEAR, ErrorRates())


def read(folder: Path) -> None:
    """Take the files in and write the clean frames of roster and lists."""
    home = Home(folder)
    _read(home, ROUND, LISTS)
    if (home.path / "truth" / COUNTY / "old_year.parquet").exists():
        _read(home, OLD_YEAR, (REGISTER,))


def _read(home: Home, day: dt.date, lists: tuple[str, ...]) -> None:
    contracts = home.declared.contracts
    parameters = home.declared.parameters.lookup(COUNTY, day)
    inbox = take_inbox(home, COUNTY, day, contracts, parameters)
    divisions = build_divisions(None, home.declared.alias_files)
    for dataset in (VILLAGES, ROSTER, *lists):
        contract = contracts[dataset]
        rows = dataset_rows(home, inbox.sheets, contract, contracts)
        clean = standardise(rows.records, contract, divisions, rows.units, day).frame
        if dataset == VILLAGES:
            divisions = build_divisions(clean, home.declared.alias_files)
        clean.write_parquet(frame_of(home.path, "clean", dataset, day))


def link(folder: Path) -> None:
    """Link the lists of today, the way a round does: one after the other, each read as needed."""
    contracts = Home(folder).declared.contracts
    began = time.perf_counter()
    population = build_population(_roster(folder, ROUND))
    built = time.perf_counter()
    population.persons.select("person_id", "record_id").write_parquet(folder / "people.parquet")
    rows = population.persons.height
    for dataset in LISTS:
        clean = pl.scan_parquet(frame_of(folder, "clean", dataset))
        linked = link_dataset(clean, contracts[dataset], population)
        rows += linked.links.height
        _write(linked, folder, dataset, ROUND)
    seconds = time.perf_counter() - built
    print(f"{rows:,} records: population {built - began:.1f} s, links {seconds:.1f} s")


def link_old(folder: Path) -> None:
    """Link the old year's register to the population of today; who was who then is known."""
    contracts = Home(folder).declared.contracts
    known = build_population(_roster(folder, OLD_YEAR)).identities
    population = build_population(_roster(folder, ROUND), known)
    clean = pl.scan_parquet(frame_of(folder, "clean", REGISTER, OLD_YEAR))
    _write(link_dataset(clean, contracts[REGISTER], population), folder, REGISTER, OLD_YEAR)
    print(f"{population.former.height:,} former people, {population.earlier.height:,} old numbers")


def _roster(folder: Path, day: dt.date) -> pl.LazyFrame:
    return pl.scan_parquet(frame_of(folder, "clean", ROSTER, day))


def _write(linked: Linked, folder: Path, dataset: str, day: dt.date) -> None:
    linked.links.write_parquet(frame_of(folder, "links", dataset, day))
    linked.candidates.write_parquet(frame_of(folder, "candidates", dataset, day))


def main(folder: Path, step: str, *arguments: str) -> None:
    """Do one step."""
    logging.disable(logging.WARNING)
    if step == "generate":
        make(folder, int(arguments[0]), int(arguments[1]), old="old" in arguments)
    else:
        {"read": read, "link": link, "old": link_old}[step](folder)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], *sys.argv[3:])
