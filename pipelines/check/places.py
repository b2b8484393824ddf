"""The county's villages as last published: a village nobody knows is said before sending."""

from pathlib import Path

import polars as pl

from pipelines.home import Home
from pipelines.intake.places import counties_in
from pipelines.standardise.divisions import Divisions, build_divisions
from pipelines.warehouse.database import NotPublishedError, open_published


def known_divisions(home: Home, path: Path) -> Divisions | None:
    """Give the gazetteer of the county that `path` belongs to; None where none is known.

    The county is the one whose inbox folder holds the file, else the only one that was published.
    """
    try:
        with open_published(home) as connection:
            villages = connection.sql("SELECT * FROM villages").pl()
    except NotPublishedError:
        return None
    counties = villages["county"].unique().to_list()
    folders = {part[:6] for part in path.resolve().parts if part[:6].isdecimal()}
    named = [c for c in counties if c in folders and c in counties_in(home.inbox)]
    county = named[0] if named else counties[0] if len(counties) == 1 else None
    if county is None:
        return None
    return build_divisions(villages.filter(pl.col("county") == county), home.declared.alias_files)
