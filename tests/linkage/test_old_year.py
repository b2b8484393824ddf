"""A register that names heads of an old year, from its files on: the household is right."""

import datetime as dt

import polars as pl
import pytest

from pipelines.home import Home
from pipelines.intake.inbox import take_inbox
from pipelines.intake.rows import dataset_rows
from pipelines.linkage import former
from pipelines.linkage.households import BY_EARLIER_NUMBER, BY_NUMBER
from pipelines.linkage.link import link_dataset
from pipelines.linkage.population import build_population
from pipelines.standardise.divisions import build_divisions
from pipelines.standardise.standardise import standardise
from pipelines.synthetic.defects import ErrorRates
from pipelines.synthetic.generate import generate
from pipelines.synthetic.old_lists import REGISTER, write_old_year
from pipelines.synthetic.world import make_world

pytestmark = pytest.mark.integration

COUNTY, SEED, PERSONS = "990114", 8, 4_000
NOW, THEN = dt.date(2021, 8, 30), dt.date(2018, 8, 27)
ROSTER, VILLAGES = "roster.population", "roster.villages"


def clean_lists(home: Home, day: dt.date, *lists: str) -> dict[str, pl.DataFrame]:
    contracts = home.declared.contracts
    parameters = home.declared.parameters.lookup(COUNTY, day)
    inbox = take_inbox(home, COUNTY, day, contracts, parameters)
    divisions = build_divisions(None, home.declared.alias_files)
    frames = {}
    for dataset in (VILLAGES, *lists):
        rows = dataset_rows(home, inbox.sheets, contracts[dataset], contracts)
        frames[dataset] = standardise(
            rows.records, contracts[dataset], divisions, rows.units, day
        ).frame
        if dataset == VILLAGES:
            divisions = build_divisions(frames[dataset], home.declared.alias_files)
    return frames


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> pl.DataFrame:
    """Every row of the register with its truth and its link, ``right`` and ``confirmed``."""
    home = Home(tmp_path_factory.mktemp("county"))
    generate(home, COUNTY, PERSONS, SEED, (NOW,))
    truth = write_old_year(
        home, make_world(COUNTY, PERSONS, SEED, (NOW,)), THEN, ErrorRates().scaled(2)
    )
    then = clean_lists(home, THEN, ROSTER, REGISTER)
    known = build_population(then[ROSTER]).identities
    population = build_population(clean_lists(home, NOW, ROSTER)[ROSTER], known)
    links = link_dataset(then[REGISTER], home.declared.contracts[REGISTER], population).links
    place = ["path", "sheet", "row_number"]
    told = links.select(*place, "method", "status", linked="household_id")
    return truth.join(told, on=place, validate="1:1").with_columns(
        right=(pl.col("linked") == pl.col("household_id")).fill_null(value=False),
        confirmed=(pl.col("status") == "confirmed") & pl.col("linked").is_not_null(),
    )


def test_whatever_has_happened_since_the_house_is_found(rows: pl.DataFrame) -> None:
    due = rows.filter("determinable")
    assert due["right"].mean() > 0.99
    for word in ("handed_over", "head_died", "merged", "renumbered", "split"):
        happened = due.filter(pl.col("story").str.contains(word))
        assert happened.height >= 5, word
        assert happened["right"].mean() >= 0.95, word


def test_a_confirmed_household_is_the_right_one(rows: pl.DataFrame) -> None:
    confirmed = rows.filter("confirmed")
    assert confirmed.height > 0.75 * rows.height
    # Nobody can know whose house it is where the head is gone and the family has parted.
    known = confirmed.filter("determinable")
    assert known["right"].all()
    assert confirmed["right"].mean() > 0.998


def test_each_way_to_a_household_is_taken(rows: pl.DataFrame) -> None:
    by_method = rows.filter("right").group_by("method").len()
    counts = dict(by_method.iter_rows())
    assert counts[BY_NUMBER] > 100
    assert counts[BY_EARLIER_NUMBER] > 50
    assert counts["K1"] > 50  # the head's number, also of those who have died since
    gone = rows.filter(pl.col("story").str.contains("head_died"), pl.col("right"))
    assert {BY_NUMBER, "K1", former.BY_NAME} <= set(gone["method"])


def test_of_a_family_that_has_left_nothing_is_confirmed(rows: pl.DataFrame) -> None:
    left = rows.filter(pl.col("story").str.contains("gone"))
    assert left.height >= 5
    assert not left["confirmed"].any()
