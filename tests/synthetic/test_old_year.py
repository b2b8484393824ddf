"""The old year: made backwards from a county that stays as it is, with a truth that holds."""

import datetime as dt
import hashlib
from pathlib import Path

import polars as pl
import pytest
import xlrd

from pipelines.home import Home
from pipelines.synthetic.defects import ErrorRates
from pipelines.synthetic.generate import generate
from pipelines.synthetic.old_lists import REGISTER, write_old_year
from pipelines.synthetic.old_year import Changes, world_then
from pipelines.synthetic.world import World, make_world

pytestmark = pytest.mark.integration

NOW, THEN = dt.date(2021, 8, 30), dt.date(2018, 8, 27)
STORIES = {"", "gone", "handed_over", "head_died", "merged", "split", "renumbered"}


@pytest.fixture(scope="module")
def world() -> World:
    return make_world("990112", 6_000, 4, (NOW,))


@pytest.fixture(scope="module")
def then(world: World) -> World:
    return world_then(world, THEN, Changes())


def contents(inbox: Path) -> dict[str, str]:
    return {
        path.relative_to(inbox).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in inbox.rglob("*.*")
    }


def test_the_county_of_today_stays_as_it_is_to_the_byte(tmp_path: Path) -> None:
    home = Home(tmp_path)
    county = generate(home, "990112", 800, 4, (NOW,))
    before = contents(home.inbox)
    truth = pl.read_parquet(county.truth / "records.parquet")
    write_old_year(home, make_world("990112", 800, 4, (NOW,)), THEN, ErrorRates())
    after = contents(home.inbox)
    assert {path: after[path] for path in before} == before
    assert len(after) == len(before) + 3
    assert truth.equals(pl.read_parquet(county.truth / "records.parquet"))


def test_everything_declared_has_happened_to_somebody(then: World) -> None:
    words = then.households["story"].str.split("|").explode()
    assert set(words) == STORIES
    share = dict(words.value_counts(normalize=True).iter_rows())
    assert 0.01 < share["gone"] < 0.03
    assert 0.05 < share["renumbered"] < 0.25


def test_nobody_is_lost_and_nobody_is_twice(world: World, then: World) -> None:
    here = then.persons.filter(~pl.col("gone"))
    assert here["p"].equals(world.persons["p"])
    assert here.select("name", "true_id").equals(world.persons.select("name", "true_id"))
    assert then.persons["true_id"].n_unique() == then.persons.height
    homes = then.households
    assert homes["household_id"].n_unique() == homes.height
    kept = homes.join(world.households, on="household_id", suffix="_now")
    assert (kept["today"] == kept["h_now"]).all()  # no number of then is another's now


def test_a_head_who_is_here_lives_where_the_house_is_said_to_be(
    world: World, then: World, tmp_path: Path
) -> None:
    truth = write_old_year(Home(tmp_path), world, THEN, ErrorRates())
    living = truth.join(
        world.persons.filter(pl.col("removed_on").is_null()).select("p", "h"), on="p"
    ).join(world.households.select("h", home="household_id"), on="h")
    assert living.height > 0.8 * truth.height
    assert (living["home"] == living["household_id"]).all()
    gone = truth.filter(pl.col("story").str.contains("gone"))
    assert gone["household_id"].null_count() == gone.height > 0
    assert not gone["determinable"].any()
    assert truth["determinable"].mean() > 0.9


def test_the_register_names_the_head_of_then_where_the_truth_says(tmp_path: Path) -> None:
    home = Home(tmp_path)
    world = make_world("990112", 2_000, 4, (NOW,))
    truth = write_old_year(home, world, THEN, ErrorRates())
    then = world_then(world, THEN, Changes())
    names = dict(then.persons.select("p", "name").iter_rows())
    (path,) = truth["path"].unique()
    book = xlrd.open_workbook(str(home.inbox / path))
    plain = truth.filter(pl.col("defects").fill_null("") == "")
    assert plain.height > 100
    for sheet, number, p in plain.select("sheet", "row_number", "p").iter_rows():
        assert names[p] in book.sheet_by_name(sheet).row_values(number - 1)
    assert (truth["dataset"] == REGISTER).all()
