"""The county's villages: a village nobody knows is said before sending.

They are those last published; before the first round, those of the list that lies in the inbox.
"""

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from pipelines.home import Home
from pipelines.intake.inbox import inbox_files, look
from pipelines.intake.places import counties_in, department_of
from pipelines.intake.protected import Readers
from pipelines.intake.rows import rows_of
from pipelines.standardise.datasets import VILLAGES
from pipelines.standardise.divisions import Divisions, build_divisions
from pipelines.standardise.standardise import standardise
from pipelines.warehouse.database import NotPublishedError, open_published

_LARGEST = 4 * 2**20
"""Bytes; a county's list of villages has a fraction of them, its roster of persons has more."""


class UnknownCountyError(ValueError):
    """The home has no such county; the message names those it has."""


@dataclass(frozen=True)
class KnownPlaces:
    """What a file's villages are held against."""

    divisions: Divisions | None
    """None where there is no list of villages."""
    says: str
    """Chinese: which, or why not."""


def known_places(
    home: Home, path: Path, said: str | None, today: dt.date, readers: Readers | None = None
) -> KnownPlaces:
    """Give the gazetteer of the county that a file is of.

    The county is the one that is said, else the one whose inbox folder holds the file, else the
    only one of the home.

    Args:
        home: The data folder.
        path: The file.
        said: The county's code or name, or both as its folder has them.
        today: The day as of which renamings hold.
        readers: The processes that open the list in the inbox; None: only what is published counts.

    Raises:
        UnknownCountyError: `said` is none of the home's counties.
    """
    try:
        with open_published(home) as connection:
            villages = connection.sql("SELECT * FROM villages").pl()
    except NotPublishedError:
        villages = pl.DataFrame(schema={"county": pl.String, "round": pl.Date})
    named = {c: counties_in(home.inbox).get(c, "") for c in villages["county"].unique()}
    named = dict(sorted((counties_in(home.inbox) | named).items()))
    county = _county(home, path, said, named)
    if county is None and len(named) > 1:
        which = "、".join(f"{code}{name}" for code, name in named.items())
        return KnownPlaces(
            None, f"没有写明是哪个县的，村名没有核对；请用 --county 写明其一：{which}"
        )
    # What was published has every renaming up to its round.
    own = villages.filter(pl.col("county").is_in([county] if county else [])).with_columns(
        as_of="round"
    )
    if own.is_empty():
        listed = _in_inbox(home, county, today, readers) if county and readers else None
        if listed is None:
            return KnownPlaces(None, "没有行政村名册，村名没有核对")
        many = listed.villages.height
        return KnownPlaces(
            listed, f"村名已按{named[county or '']}收件箱里行政村名册的 {many} 个行政村核对"
        )
    divisions = build_divisions(own, home.declared.alias_files, today)
    return KnownPlaces(
        divisions,
        f"村名已按{named[county or '']}上次发布的 {divisions.villages.height} 个行政村核对",
    )


def _in_inbox(home: Home, county: str, today: dt.date, readers: Readers) -> Divisions | None:
    """Give the villages of the list that lies in the county's inbox and was in no round yet."""
    contracts = home.declared.contracts
    contract = contracts[VILLAGES]
    paths = [
        path
        for path in inbox_files(home, county)
        if len(within := path.relative_to(home.inbox).parts) > 2
        and department_of(within[1], contracts) == contract.department
        and path.stat().st_size <= _LARGEST
    ]
    sheets, files = look(home, county, contracts, readers, paths)
    rows = rows_of(sheets, lambda sheet: files[sheet["file_id"]], contract)
    clean = standardise(rows.records, contract, None, rows.units, today)
    divisions = build_divisions(clean.frame, home.declared.alias_files, today)
    return divisions if divisions.known else None


def _county(home: Home, path: Path, said: str | None, named: dict[str, str]) -> str | None:
    if said is not None:
        for code, name in named.items():
            if said in {code, name, f"{code}{name}"}:
                return code
        known = "、".join(f"{code}{name}" for code, name in named.items()) or "一个也没有"
        raise UnknownCountyError(f"没有县“{said}”；{home.path} 中的县：{known}。")
    inbox = home.inbox.resolve()
    if path.resolve().is_relative_to(inbox):
        folder = path.resolve().relative_to(inbox).parts[0]
        if folder[:6] in named:
            return folder[:6]
    return next(iter(named)) if len(named) == 1 else None
