"""What a reviewer is shown of the roster's side."""

import datetime as dt
from dataclasses import replace

import polars as pl

from pipelines import frames
from pipelines.home import Home
from pipelines.review.declared import review_settings
from pipelines.review.pairs import pairs
from pipelines.review.published import PublishedLinks, published_links
from pipelines.review.told import told

COUNTY = "990112"


def without_dates(round_: PublishedLinks) -> PublishedLinks:
    """The round as it is where the roster has no column of birth dates."""
    other = replace(round_)
    none = round_.persons.with_columns(birth_date=pl.lit(None, pl.Date))
    other.__dict__["persons"] = none
    return other


def test_a_date_that_stands_in_the_number_alone_is_shown_as_such(home: Home) -> None:
    with published_links(home, COUNTY) as round_:
        asked = pairs(round_.links, frames.empty(frames.CANDIDATES), review_settings()).collect()
        numbered = round_.persons.drop_nulls("id_number")["person_id"]
        asked = asked.filter(pl.col("person_id").is_in(numbered.implode()), method="P1").head(3)
        assert asked.height == 3
        shown = told(asked, without_dates(round_))
        known = told(asked, round_)
    for bare, full in zip(shown["right_text"], known["right_text"], strict=True):
        born = [line for line in full.split("\n") if line.startswith("出生")]
        assert dt.date.fromisoformat(born[0].split("　")[1])
        assert f"{born[0]}（按证件号）" in bare
