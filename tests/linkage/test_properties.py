"""What holds for every list: order does not matter, seeds decide."""

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipelines.linkage.levels import declared
from pipelines.linkage.link import link_dataset
from pipelines.linkage.names import name_levels
from pipelines.linkage.population import Population, build_population
from tests.linkage.county import CONTRACTS, ROSTER, frame_of, random_list, random_population

pytestmark = pytest.mark.properties

CONTRACT = CONTRACTS["civil_affairs.tekun"]
PEOPLE = random_population(300, 3)
ROWS = frame_of(
    ROSTER, {c: PEOPLE[c] for c in PEOPLE.columns if c not in {"n", "true_id"}}, PEOPLE.height
)
LIST, _ = random_list(PEOPLE, CONTRACT, 0.7, 4)


@pytest.fixture(scope="module")
def county() -> Population:
    return build_population(ROWS)


@pytest.fixture(scope="module")
def expected(county: Population) -> pl.DataFrame:
    return link_dataset(LIST, CONTRACT, county).links.sort("record_id")


@settings(
    max_examples=3, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.integers(0, 10_000), st.integers(0, 10_000))
def test_the_order_of_rows_does_not_matter(expected: pl.DataFrame, one: int, two: int) -> None:
    shuffled = build_population(ROWS.sample(fraction=1.0, shuffle=True, seed=one))
    rows = LIST.sample(fraction=1.0, shuffle=True, seed=two)
    links = link_dataset(rows, CONTRACT, shuffled).links.sort("record_id")
    assert links.drop("probability", "evidence").equals(expected.drop("probability", "evidence"))
    assert (links["probability"] - expected["probability"]).abs().max() < 1e-9


def test_one_seed_one_result(county: Population, expected: pl.DataFrame) -> None:
    again = link_dataset(LIST, CONTRACT, county).links.sort("record_id")
    assert again.equals(expected)


def test_every_row_is_there_once_with_a_probability(county: Population) -> None:
    linked = link_dataset(LIST, CONTRACT, county)
    assert sorted(linked.links["record_id"]) == sorted(LIST["record_id"])
    for frame in (linked.links, linked.candidates):
        assert frame["probability"].is_between(0.0, 1.0).all()
    known = linked.links.filter(pl.col("status") != "unmatched")
    assert known["person_id"].null_count() == known["household_id"].null_count() == 0
    unknown = linked.links.filter(pl.col("status") == "unmatched")
    assert unknown["person_id"].null_count() == unknown.height
    confirmed = linked.links.filter(pl.col("status") == "confirmed")
    assert linked.candidates.join(confirmed, on="record_id").is_empty()


@given(st.lists(st.text("王张李小晓明国军君·?", min_size=1, max_size=6), min_size=2, max_size=8))
@settings(max_examples=30, deadline=None)
def test_names_compare_the_same_both_ways(names: list[str]) -> None:
    pairs = pl.DataFrame({"left": names[:-1], "right": names[1:]}).unique()
    turned = pairs.select(left="right", right="left")
    one = name_levels(pairs, declared()).sort("left", "right")["level"].to_list()
    two = name_levels(turned, declared()).sort("right", "left")["level"].to_list()
    assert one == two
    same = pairs.select("left", right="left")
    assert set(name_levels(same, declared())["level"]) == {8}
