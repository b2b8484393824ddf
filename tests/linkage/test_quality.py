"""The whole job on a random county whose truth is known, and what keeps it within bounds."""

import logging

import polars as pl
import pytest

from pipelines.linkage import candidates, keys, sides
from pipelines.linkage.assign import repeats
from pipelines.linkage.levels import declared
from pipelines.linkage.link import link_dataset
from pipelines.linkage.population import build_population
from tests.linkage.county import (
    CONTRACTS,
    ROSTER,
    frame_of,
    population,
    random_list,
    random_population,
)
from tests.linkage.village import ROWS, A, id_of, link, person, person_id

pytestmark = pytest.mark.unit

CONTRACT = CONTRACTS["civil_affairs.dibao"]


@pytest.mark.parametrize("seed", [11, 12])
def test_confirmed_is_safe_and_little_is_missed(seed: int) -> None:
    people = random_population(2000, seed)
    columns = {c: people[c] for c in people.columns if c not in {"n", "true_id"}}
    roster = frame_of(ROSTER, columns, people.height)
    county = build_population(roster)
    # A tenth of the list are people whom the roster does not have.
    listed, who = random_list(people, CONTRACT, 0.8, seed)
    strangers, _ = random_list(random_population(300, seed + 50), CONTRACT, 0.5, seed)
    strangers = strangers.with_columns(pl.format("x{}", "record_id").alias("record_id"))
    links = link_dataset(pl.concat([listed, strangers]), CONTRACT, county).links
    truth = (
        listed.select("record_id")
        .with_columns(n=who)
        .join(roster.select(own="record_id").with_columns(n=people["n"]), on="n")
        .join(county.persons.select("person_id", own="record_id"), on="own")
        .select("record_id", true="person_id")
    )
    found = links.join(truth, on="record_id", how="left").with_columns(
        right=(pl.col("person_id") == pl.col("true")).fill_null(value=False)
    )
    confirmed = found.filter(pl.col("status") == "confirmed")
    assert confirmed["right"].all()
    inside = found.filter(pl.col("true").is_not_null())
    assert confirmed.height / inside.height > 0.9
    assert inside["right"].mean() > 0.985
    outside = found.filter(pl.col("true").is_null())
    assert (outside["status"] != "unmatched").mean() < 0.05


def test_a_value_that_too_many_share_makes_no_block(caplog: pytest.LogCaptureFixture) -> None:
    cap = declared().settings.block_cap
    crowd = population(
        [person("王秀英", f"C{n}", birth="19500101", sequence=n) for n in range(cap + 1)]
    )
    listed = frame_of(CONTRACT, {"name": ["王秀英"], "name_key": ["王秀英"]}, 1)
    with caplog.at_level(logging.INFO, logger=candidates.logger.name):
        pairs = candidates.candidate_pairs(sides.left(listed, CONTRACT), crowd.people, declared())
    assert pairs.is_empty()
    assert "block name: 1 values shared by over" in caplog.text


def test_by_a_name_alone_only_few_namesakes_are_met() -> None:
    """More than can be named as candidates say nothing, unless a place or a birth year narrows."""
    few = int(1 / declared().settings.candidate_at)
    listed = frame_of(CONTRACT, {"name": ["王秀英"], "name_key": ["王秀英"]}, 1)
    asked = sides.left(listed, CONTRACT)
    for many, met in ((few, few), (few + 1, 0)):
        crowd = population(
            [person("王秀英", f"C{n}", birth="19500101", sequence=n) for n in range(many)]
        )
        assert candidates.candidate_pairs(asked, crowd.people, declared()).height == met


def test_a_second_row_is_as_likely_as_the_list_says() -> None:
    assert repeats(pl.Series([1, 1, 2, 2]), 0.02) == 1.0
    assert repeats(pl.Series(range(100)), 0.02) == 0.02
    assert repeats(pl.Series([*range(99), 5]), 0.002) == pytest.approx(0.02)
    assert repeats(pl.Series([], dtype=pl.UInt32), 0.02) == 1.0


def test_the_newborn_is_not_the_sibling_who_has_a_row() -> None:
    family = population([*ROWS, person("孙贝", "H5", birth="20200303", sequence=21)])
    own = next(r for r in family.persons.to_dicts() if r["name"] == "孙贝")
    linked = link(
        family,
        "insurance.coverage",
        {"name": "孙贝", "id_number": own["id_number"]},
        {"name": "周芳之子", "id_number": id_of("周芳")},
    )
    assert linked.links["person_id"].to_list() == [own["person_id"], person_id(family, "孙宝")]
    both = link(family, "insurance.coverage", {"name": "周芳之子", "village_code": A})
    assert both.links["status"].to_list() == ["unmatched"]
    assert both.candidates["probability"].to_list() == pytest.approx([0.4, 0.4])
    assert keys.NEWBORN_PROBABILITY[keys.NEWBORN_BY_NAME] == 0.8
