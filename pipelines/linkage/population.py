"""The base population: persons and households as the roster has them.

Who a row is, and so its person id, is said in `identities`.
"""

from dataclasses import dataclass, field, replace
from functools import cached_property

import polars as pl
import polars.selectors as cs

from pipelines import frames
from pipelines.linkage import learning, schools, sides, weights
from pipelines.linkage.households import EARLIER, earlier_households
from pipelines.linkage.identities import Identified, identify
from pipelines.linkage.levels import declared

GONE = "死亡|迁出|注销|销户|失踪"
"""Statuses of persons who stand in the roster and no longer count as members."""


_READ = cs.by_name(*{**frames.LINEAGE, **frames.PERSONS})
"""What of the roster makes its persons."""


@dataclass(frozen=True)
class Population:
    """Everyone in the roster, and their households."""

    persons: pl.DataFrame
    """`frames.PERSONS`: one row a row of the list, ids unique."""
    households: pl.DataFrame
    """`frames.HOUSEHOLDS`: one row a household id."""
    identities: pl.DataFrame
    """`frames.IDENTITIES`: what this round adds to the county's register."""
    former: pl.DataFrame = field(default_factory=lambda: frames.empty(frames.FORMER_PERSONS))
    """`frames.FORMER_PERSONS`: who stood in an earlier roster and not in this one."""
    earlier: pl.DataFrame = field(default_factory=lambda: frames.empty(EARLIER))
    """`households.EARLIER`: where households of earlier rosters are now."""

    former_names: pl.DataFrame | None = None
    """``person_id``, ``former_key``: the last other name in an earlier roster."""
    schools: pl.DataFrame | None = None
    """``person_id``, ``school``: what lists linked before have told of persons (`told`)."""
    bordering: pl.DataFrame | None = None
    """`neighbours.read_neighbours`: which villages border."""

    @cached_property
    def everybody(self) -> pl.DataFrame:
        """The persons in comparable form (`sides.right`), behind them the former persons.

        Made once for all datasets; the two below are views of it.
        """
        persons = sides.right(self.persons, self.former_names)
        former = sides.beside(persons, frames.conform(self.former, frames.PERSONS))
        return persons if former.is_empty() else pl.concat([persons, former], rechunk=True)

    @property
    def people(self) -> pl.DataFrame:
        """The persons."""
        return self.everybody.head(self.persons.height)

    @property
    def former_people(self) -> pl.DataFrame:
        """The former persons, numbered on from the persons."""
        return self.everybody.slice(self.persons.height)

    @cached_property
    def mates(self) -> weights.Floats:
        """How members of one household compare (`learning.mates_share`), counted once as well."""
        return learning.mates_share(self.people, declared(), seed=0)

    def for_linking(self, bordering: pl.DataFrame | None = None) -> "Population":
        """Give what lists are linked to, made now: of the persons only whose row each is.

        Nothing else of them is asked for, and a county's persons and their register would stand in
        memory through all of its lists.

        Args:
            bordering: What is known of villages that border.
        """
        whose = self.persons.select("record_id", "person_id", "household_id")
        kept = Population(
            whose,
            self.households.clear(),
            self.identities.clear(),
            self.former,
            self.earlier,
            bordering=bordering,
        )
        # A cached property is looked up here before it is made.
        kept.__dict__.update(everybody=self.everybody, mates=self.mates)
        return kept

    def told(self, told: pl.DataFrame) -> "Population":
        """Give the population of which lists to come are told more.

        Args:
            told: `schools.told_by` of a list that was linked to it.
        """
        if told.is_empty():
            return self
        known = told if self.schools is None else pl.concat([self.schools, told])
        knowing = replace(self, schools=known)
        everybody = schools.beside(self.everybody, known)
        knowing.__dict__.update(everybody=everybody, mates=self.mates)
        return knowing


def build_population(
    population_clean: pl.DataFrame | pl.LazyFrame, known: pl.DataFrame | None = None
) -> Population:
    """Build persons and households from the clean ``roster.population``.

    Args:
        population_clean: Frame with ``frames.clean_schema`` of ``roster.population``, at hand or to
            be read; only what makes its persons is.
        known: The county's register of the rounds before (`frames.IDENTITIES`, newest round first).
    """
    roster = frames.light(population_clean.lazy().select(_READ).collect())
    who = identify(roster, known)
    persons = frames.conform(roster, frames.PERSONS).with_columns(person_id=who.person_ids)
    del roster  # the persons have what is needed of it
    persons = persons.sort("household_id", "person_id")
    households = _households(persons)
    register = frames.empty(frames.IDENTITIES) if known is None else known
    earlier = earlier_households(register, persons)
    former = _former(register, persons, who, earlier)
    return Population(
        persons,
        households,
        who.identities,
        frames.conform(
            former.join(households, on="household_id", how="left"), frames.FORMER_PERSONS
        ),
        earlier,
        _former_names(register, persons),
    )


def _former_names(known: pl.DataFrame, persons: pl.DataFrame) -> pl.DataFrame:
    """Who was written by another name before: ``person_id``, ``former_key``, the newest of them."""
    return (
        known.select("person_id", former_key="name_key")
        .join(persons.select("person_id", "name_key"), on="person_id")
        .filter(pl.col("former_key") != pl.col("name_key"))
        .unique("person_id", keep="first", maintain_order=True)
        .select("person_id", "former_key")
    )


def _former(
    known: pl.DataFrame, persons: pl.DataFrame, who: Identified, earlier: pl.DataFrame
) -> pl.DataFrame:
    """Who of the register is not in the roster: ``person_id`` and what was last known of each.

    Left out is who might be somebody in the roster after all, known under another id: a person of
    the same ID number, or of the same name and birth date. Of two who bear one number and one name
    (one person written twice) the first id stands for both.
    """
    latest = [pl.col(c).drop_nulls().first() for c in ("id_number", "name_key", "birth_date")]
    gone = (
        known.join(persons, on="person_id", how="anti")
        .group_by("person_id", maintain_order=True)
        .agg(*latest, pl.col("household_id").first())
        .sort("person_id")
    )
    now = who.written
    for facts in (["id_number"], ["name_key", "birth_date"]):
        gone = gone.join(now.drop_nulls(facts), on=facts, how="anti")
    twice = (
        ~pl.struct("id_number", "name_key").is_first_distinct() & pl.col("id_number").is_not_null()
    )
    stands = persons["household_id"].drop_nulls().unique().implode()
    kept = pl.when(pl.col("household_id").is_in(stands)).then("household_id")
    return (
        gone.filter(~twice)
        .join(earlier.select("household_id", "now"), on="household_id", how="left")
        .with_columns(household_id=pl.coalesce(kept, "now"))
        .drop("now")
        .sort("person_id")
    )


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
