"""The base population: persons and households as the roster has them.

Who a row is, and so its person id, is said in `identities`.
"""

from dataclasses import dataclass
from functools import cached_property

import polars as pl

from pipelines import frames
from pipelines.linkage import sides, weights
from pipelines.linkage.identities import identify
from pipelines.linkage.levels import declared

GONE = "死亡|迁出|注销|销户|失踪"
"""Statuses of persons who stand in the roster and no longer count as members."""


@dataclass(frozen=True)
class Population:
    """Everyone in the roster, and their households."""

    persons: pl.DataFrame
    """`frames.PERSONS`: one row a row of the list, ids unique."""
    households: pl.DataFrame
    """`frames.HOUSEHOLDS`: one row a household id."""
    identities: pl.DataFrame
    """`frames.IDENTITIES`: what this round adds to the county's register."""

    @cached_property
    def people(self) -> pl.DataFrame:
        """The persons in comparable form (`sides.right`), made once for all datasets."""
        return sides.right(self.persons)

    @cached_property
    def mates(self) -> weights.Floats:
        """How members of one household compare (`weights.mates_share`), counted once as well."""
        return weights.mates_share(self.people, declared(), seed=0)


def build_population(
    population_clean: pl.DataFrame, known: pl.DataFrame | None = None
) -> Population:
    """Build persons and households from the clean ``roster.population``.

    Args:
        population_clean: Frame with ``frames.clean_schema`` of ``roster.population``.
        known: The county's register of the rounds before (`frames.IDENTITIES`, newest round first).
    """
    who = identify(population_clean, known)
    persons = (
        frames.conform(population_clean, frames.PERSONS)
        .with_columns(person_id=who.person_ids)
        .sort("household_id", "person_id")
    )
    return Population(persons, _households(persons), who.identities)


def _households(persons: pl.DataFrame) -> pl.DataFrame:
    """One row a household; its head is who the relation says, else who bears the head's name."""
    alive = ~pl.col("status").fill_null("").str.contains(GONE)
    ranked = (
        persons.filter(pl.col("household_id").is_not_null())
        .with_columns(
            _alive=alive,
            _rank=pl.when(pl.col("relation").str.contains("^户主|^本人"))
            .then(0)
            .when(pl.col("name") == pl.col("head_name"))
            .then(1)
            .otherwise(2),
            _type=pl.col("household_type").replace_strict(
                {"监测对象": 0, "脱贫户": 1}, default=2, return_dtype=pl.Int8
            ),
        )
        .sort(
            "household_id",
            "_rank",
            pl.col("_alive").not_(),
            "birth_date",
            "person_id",
            nulls_last=True,
        )
    )
    first = [pl.first(c) for c in ("township", "township_code", "village", "village_code")]
    households = ranked.group_by("household_id", maintain_order=True).agg(
        pl.first("person_id").alias("head_person_id"),
        pl.coalesce(
            pl.when(pl.first("_rank") < 2).then(pl.first("name")),
            pl.col("head_name").drop_nulls().first(),
        ).alias("head_name"),
        pl.col("household_type").sort_by("_type", nulls_last=True).first(),
        *[c.name.keep() for c in first],
        pl.col("_alive").sum().cast(pl.Int64).alias("members"),
    )
    return frames.conform(households, frames.HOUSEHOLDS)
