"""The county's villages as last published: a village nobody knows is said before sending."""

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from pipelines.home import Home
from pipelines.intake.places import counties_in
from pipelines.standardise.divisions import Divisions, build_divisions
from pipelines.warehouse.database import NotPublishedError, open_published


class UnknownCountyError(ValueError):
    """The home has no such county; the message names those it has."""


@dataclass(frozen=True)
class KnownPlaces:
    """What a file's villages are held against."""

    divisions: Divisions | None
    """None where no list of villages was published."""
    says: str
    """Chinese: which, or why not."""


def known_places(home: Home, path: Path, said: str | None, today: dt.date) -> KnownPlaces:
    """Give the gazetteer of the county that a file is of.

    The county is the one that is said, else the one whose inbox folder holds the file, else the
    only one of the home.

    Args:
        home: The data folder.
        path: The file.
        said: The county's code or name, or both as its folder has them.
        today: The day as of which renamings hold.

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
        return KnownPlaces(None, "没有行政村名册，村名没有核对")
    divisions = build_divisions(own, home.declared.alias_files, today)
    return KnownPlaces(
        divisions,
        f"村名已按{named[county or '']}上次发布的 {divisions.villages.height} 个行政村核对",
    )


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
