"""All files of a seed: books, the truth beside them, and the inbox they are written to."""

import random
from pathlib import Path

from tests.judgement import also, combined, names, numbers, places, structure, values, writers
from tests.judgement.county import COUNTY, COUNTY_NAME, People
from tests.judgement.layout import book, page
from tests.judgement.tables import table
from tests.judgement.truth import Book

GROUPS = {
    "structure": structure.files,
    "numbers": numbers.files,
    "names": names.files,
    "values": values.files,
    "places": places.files,
    "also": also.files,
    "combined": combined.files,
}


def roster_of_villages(seed: int) -> Book:
    """The county's own list of villages, clean: other lists are judged by it."""
    rng = random.Random(f"{seed}/villages")
    from tests.judgement.county import D_ROSTER

    return book(
        "行政村名录20210801.xlsx",
        page(table("roster.villages", rng, People(rng)), title=("行政村名录",)),
        as_of=D_ROSTER,
    )


def books(seed: int, groups: tuple[str, ...] = tuple(GROUPS), volume: bool = False) -> list[Book]:
    """Every book of a seed; the same seed gives the same books."""
    out = []
    for group in groups:
        rng = random.Random(f"{seed}/{group}")
        people = People(rng)
        more = {"volume": True} if volume and group == "also" else {}
        out += GROUPS[group](rng, people, **more)
    if not writers.libreoffice_is_here():
        out = [b for b in out if b.container not in writers.FILTERS]
    return out


def write(home: Path, chosen: list[Book], seed: int) -> dict[str, Path]:
    """Writes them as departments would drop them into the inbox; book name -> path."""
    inbox = home / "inbox" / f"{COUNTY}{COUNTY_NAME}"
    return writers.write([roster_of_villages(seed), *chosen], inbox)
