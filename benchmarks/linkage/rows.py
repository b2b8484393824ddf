"""Every row of departments' lists against the county's truth: the person, and the household.

Recall is over rows whose surviving fields single out one person (or household) that the roster has;
precision is over all links.
"""

from dataclasses import dataclass
from pathlib import Path

import polars as pl

from benchmarks.linkage.departments import COUNTY, LISTS, OLD_YEAR, ROSTER, frame_of
from benchmarks.linkage.score import CANDIDATE
from pipelines.contracts import load_contracts
from pipelines.home import SHIPPED
from pipelines.synthetic.old_lists import REGISTER

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


def judged_lists(folder: Path) -> dict[str, Judged]:
    """Judge the lists that `departments.link` linked, one by one, all persons, all households."""
    contracts = load_contracts((SHIPPED,))
    truth = folder / "truth" / COUNTY
    records = _at_row(pl.read_parquet(truth / "records.parquet"))
    people = pl.read_parquet(truth / "persons.parquet")
    known = _people(folder, records)
    every, outcome = [], {}
    for dataset in LISTS:
        links, candidates = (
            pl.read_parquet(frame_of(folder, kind, dataset)) for kind in ("links", "candidates")
        )
        of_household = contracts[dataset].grain == "household"
        rows = scored(links, candidates, records, people, known)
        outcome[dataset] = judged(rows, household=of_household)
        every.append(rows.with_columns(of_household=pl.lit(of_household)))
    both = pl.concat(every)
    both.write_parquet(folder / "rows.parquet")
    outcome["persons"] = judged(both.filter(~pl.col("of_household")), household=False)
    return outcome | {"households": judged(both, household=True)}


def _at_row(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.with_columns(pl.col("sheet").fill_null(""))


def _people(folder: Path, records: pl.DataFrame) -> pl.DataFrame:
    """Whom each published person is: ``person_id``, ``linked`` (the true person's number)."""
    roster = pl.scan_parquet(frame_of(folder, "clean", ROSTER)).select("record_id", *_ROW)
    rows = _at_row(roster.collect()).join(
        records.filter(pl.col("dataset") == ROSTER).select(*_ROW, linked="p"), on=_ROW
    )
    persons = pl.read_parquet(folder / "people.parquet")
    return persons.join(rows.select("record_id", "linked"), on="record_id").drop("record_id")


def scored(
    links: pl.DataFrame,
    candidates: pl.DataFrame,
    records: pl.DataFrame,
    people: pl.DataFrame,
    known: pl.DataFrame,
) -> pl.DataFrame:
    """Give every row of a list with what became of it: the columns that `judged` counts."""
    roster = records.filter(pl.col("dataset") == ROSTER)
    open_rows = candidates.filter(pl.col("probability") >= CANDIDATE)["record_id"].unique()
    own = people.select("p", "h", "name", "village_code")
    other = own.rename({"p": "linked", "h": "h_r", "name": "name_r", "village_code": "village_r"})
    neighbour = (pl.col("name") == pl.col("name_r")) & (
        pl.col("village_code") == pl.col("village_r")
    )
    frame = (
        _at_row(links.select("dataset", *_ROW, "record_id", "person_id", "household_id", "status"))
        .join(
            records.select("dataset", *_ROW, "p", "determinable", true_household="household_id"),
            on=["dataset", *_ROW],
        )
        .join(known, on="person_id", how="left")
        .join(own, on="p", how="left")
        .join(other, on="linked", how="left")
    )
    return frame.select(
        "record_id",
        "status",
        "determinable",
        on_roster=pl.col("p").is_in(roster["p"].drop_nulls().implode()),
        home_on_roster=pl.col("true_household").is_in(roster["household_id"].implode()),
        right=(pl.col("linked") == pl.col("p")).fill_null(value=False),
        home_right=(pl.col("household_id") == pl.col("true_household")).fill_null(value=False),
        asked=pl.col("record_id").is_in(open_rows.implode()),
        namesake=(neighbour | (pl.col("h") == pl.col("h_r"))).fill_null(value=False),
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


def old_rows(folder: Path) -> pl.DataFrame:
    """Give every row of the old year's register with its link and its truth.

    Returns:
        ``method``, ``status``, ``story``, ``due`` (a household of the roster, which can be known),
        ``linked``, ``right``.
    """
    truth = _at_row(pl.read_parquet(folder / "truth" / COUNTY / "old_year.parquet"))
    links = _at_row(pl.read_parquet(frame_of(folder, "links", REGISTER, OLD_YEAR)))
    here = links.select(*_ROW, "method", "status", linked="household_id")
    return truth.join(here, on=_ROW, validate="1:1").with_columns(
        due=pl.col("determinable"),
        linked=pl.col("linked").is_not_null(),
        right=(pl.col("linked") == pl.col("household_id")).fill_null(value=False),
    )


def old_by(rows: pl.DataFrame, key: pl.Expr) -> pl.DataFrame:
    """Count the rows of `old_rows` by a key: ``rows``, ``due``, ``found``, links and right ones."""
    linked = pl.col("linked")
    confirmed = linked & (pl.col("status") == "confirmed")
    return (
        rows.group_by(key.alias("key"))
        .agg(
            rows=pl.len(),
            due=pl.col("due").sum(),
            found=(pl.col("due") & pl.col("right")).sum(),
            confirmed=confirmed.sum(),
            confirmed_right=(confirmed & pl.col("right")).sum(),
            suspected=(linked & ~confirmed).sum(),
            suspected_right=(linked & ~confirmed & pl.col("right")).sum(),
        )
        .sort("key")
    )
