"""What holds for every list: order does not matter, seeds decide."""

import itertools

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipelines.linkage import parts, schools
from pipelines.linkage.compare_pairs import with_levels
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
    assert links.drop("probability").equals(expected.drop("probability"))
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


WRITTEN = [
    *("".join(name) for n in (1, 2, 3) for name in itertools.product("王汪未末?", repeat=n)),
    *("买买提艾力", "艾力买买提", "买买提", "艾力", "买买提艾里", "王未末王", "王未末", "王末末王"),
]
"""Sounds alike, shapes alike, what cannot be read, and all orders of them: every level is met."""


def test_names_compared_by_their_parts_are_what_reading_them_says() -> None:
    rows = pl.DataFrame({"key": list(dict.fromkeys(WRITTEN))})
    texts = ("id", "any_id", "sex", "precision", "village", "village_name", "township", "phone")
    silent = (*texts, "name", "household", "head_key", "school")
    said = rows.with_columns(
        *(pl.lit(None, pl.String).alias(c) for c in silent),
        birth=pl.lit(None, pl.Date),
        birth_from_id=pl.lit(value=False),
        hh=pl.int_range(pl.len(), dtype=pl.UInt32),
    )
    of_list = ("guardian_key", "guardian_id", "head_id", "group")
    listed = said.with_columns(pl.lit(None, pl.String).alias(c) for c in of_list)
    said = said.with_columns(former_key=pl.lit(None, pl.String))
    left, right = (schools.with_part(parts.with_parts(side)) for side in (listed, said))
    left, right = left.with_row_index("l"), right.with_row_index("r")
    pairs = left.select("l").join(right.select("r"), how="cross").filter(pl.col("l") != pl.col("r"))
    found = with_levels(pairs, left, right, declared())["name"]
    texts = pairs.select(left=rows["key"].gather(pairs["l"]), right=rows["key"].gather(pairs["r"]))
    read = texts.join(name_levels(texts, declared()), on=["left", "right"], how="left")
    assert found.to_list() == read["level"].to_list()
    assert set(found) == {0, 1, 2, 3, 4, 5, 6, 7, 10}


def test_what_is_kept_for_linking_links_the_same(
    county: Population, expected: pl.DataFrame
) -> None:
    kept = build_population(ROWS).for_linking()
    assert kept.persons.columns == ["record_id", "person_id", "household_id"]
    assert link_dataset(LIST, CONTRACT, kept).links.sort("record_id").equals(expected)
    roster = link_dataset(ROWS, ROSTER, kept).links
    assert roster.equals(link_dataset(ROWS, ROSTER, county).links)
    assert roster["person_id"].null_count() == 0
