import datetime as dt

import numpy as np
import polars as pl
import pytest

from pipelines.synthetic.id_numbers import id_numbers
from pipelines.synthetic.world import make_world

pytestmark = pytest.mark.unit

ROUNDS = (dt.date(2021, 7, 26), dt.date(2021, 8, 30), dt.date(2021, 9, 6))
WEIGHTS = [2 ** (17 - i) % 11 for i in range(17)]


def check_character(number: str) -> str:
    """GB 11643 said another way: weights are powers of two modulo 11."""
    total = sum(int(d) * w for d, w in zip(number[:17], WEIGHTS, strict=True))
    return "10X98765432"[total % 11]


@pytest.fixture(scope="module")
def world():
    return make_world("990112", 8_000, 5, ROUNDS)


def test_numbers_are_valid_distinct_and_say_birth_and_sex(world) -> None:
    people = world.persons
    assert people["true_id"].n_unique() == len(people)
    assert all(n[17] == check_character(n) for n in people["true_id"])
    assert people["true_id"].str.starts_with("99").all()
    assert (people["true_id"].str.slice(6, 8) == people["birth"].dt.strftime("%Y%m%d")).all()
    odd = people["true_id"].str.slice(16, 1).cast(pl.Int64) % 2 == 1
    assert (odd == people["male"]).all()


def test_more_than_five_hundred_of_one_day_still_have_distinct_numbers() -> None:
    n = 1_200
    birth = pl.Series([dt.date(1970, 1, 1)] * n)
    numbers = id_numbers(np.random.default_rng(1), np.full(n, 990112), birth, np.ones(n, bool))
    assert numbers.n_unique() == n
    assert all(x[17] == check_character(x) for x in numbers)


def test_households_are_possible(world) -> None:
    people = world.persons
    heads = people.filter(pl.col("slot") == 0).select("h", head_birth="birth")
    both = people.join(heads, on="h")
    gap = (both["birth"] - both["head_birth"]).dt.total_days() / 365.25
    children = both["slot"].is_in([2, 3, 4])
    parents = both["slot"].is_in([5, 6])
    assert gap.filter(children).min() > 15
    assert gap.filter(parents).max() < -15
    assert people.group_by("h").len()["len"].max() <= 10
    assert (people["birth"] <= ROUNDS[-1]).all()


def test_a_clan_village_has_a_surname_of_more_than_half(world) -> None:
    surnames = world.persons.group_by("v", "surname").len()
    top = surnames.group_by("v").agg((pl.col("len").max() / pl.col("len").sum()).alias("share"))
    assert top["share"].max() > 0.5


def test_some_are_dead_and_listed_some_without_number_some_namesakes_next_door(world) -> None:
    people = world.persons
    heads = people.filter((pl.col("slot") == 0) & (pl.col("died_on") < ROUNDS[0]))
    assert len(heads) > 10
    assert people["id_number"].null_count() > 5
    assert people.group_by("v", "name", "male").len()["len"].max() > 1
    assert people["name"].str.contains("·").any()


def test_the_seed_decides() -> None:
    one, same, other = (make_world("990112", 1_000, s, ROUNDS) for s in (1, 1, 2))
    assert one.persons.equals(same.persons)
    assert not one.persons.equals(other.persons)
