"""What the county's files said years ago: other heads, other numbers, people who have died since.

The county of today stays as it is, to the byte, and its past is made up backwards from it. A young
family was part of the parents' household, old people had one of their own, somebody who has died
was the head, a village numbered its households otherwise, a family has left. What its files said is
in `old_lists`.
"""

import dataclasses
import datetime as dt
from dataclasses import dataclass

import numpy as np
import polars as pl

from pipelines.synthetic.id_numbers import id_numbers
from pipelines.synthetic.names import Bools, Texts, draw_given, draw_surnames
from pipelines.synthetic.people import FATHER, HEAD, MOTHER, SPOUSE
from pipelines.synthetic.world import World

REGION_END = 27
"""Numbers of those who are gone are of a neighbouring county's region: no resident has one."""
YEAR = 365.25


@dataclass(frozen=True)
class Changes:
    """What has happened since the old year, as shares."""

    renumbered: float = 0.15
    """Of villages: its households had other numbers."""
    split: float = 0.25
    """Of heads of twenty to thirty-eight with an elder of the surname in the village: their family
    was part of that household."""
    merged: float = 0.3
    """Of households with the head's parents: the parents had a household of their own."""
    handed_over: float = 0.6
    """Of the others with the head's parents: a parent was the head."""
    head_died: float = 0.08
    """Of all other households: the head was somebody who has died since, as is the father of
    half of the mothers in a household that was merged."""
    gone: float = 0.02
    """Of households: so many more, of whom nobody is in the roster any more."""
    namesakes: float = 0.3
    """Of heads of those: bear the name of a resident of the village."""
    registered: float = 0.35
    """Of households of the old year: their house was renovated."""
    number_missing: float = 0.3
    """Of rows of the register: without a household number."""
    id_missing: float = 0.3
    """Of rows of the register: without the head's ID number."""


def world_then(world: World, day: dt.date, changes: Changes) -> World:
    """Give the county as it was.

    Returns:
        A world of one round: persons as today, with the ``h`` of then (``now``: of today), and
        after them those who are ``gone``; households with ``head``, ``head_name`` and ``number`` of
        then, ``today`` (the ``h`` of today, null for none) and ``story`` (what has happened since,
        joined with |).
    """
    rng = world.rng("old year")
    homes = world.households.height
    people = world.persons.with_columns(now=pl.col("h"), gone=pl.lit(value=False))
    people, split = _together(world, people, day, changes)
    people, parents = _apart(world, people, changes)
    dead = _dead(world, people, parents, day, changes, rng)
    left = _left(world, homes + parents.height, day, changes, rng)
    lost = _identified(world, pl.concat([dead, left], how="diagonal"), rng)
    people = pl.concat([people, lost], how="diagonal").with_columns(
        p=pl.int_range(pl.len(), dtype=pl.Int64), gone=pl.col("gone").fill_null(value=True)
    )
    households = _households(world, people, split, parents, day, changes)
    head = households.select("h", "head", "story")
    changed = pl.col("story").str.contains("head_died|handed_over|merged|gone")
    relation = (
        pl.when(pl.col("p") == pl.col("head"))
        .then(pl.lit("户主"))
        .when(changed | (pl.col("h") != pl.col("now")) | (pl.col("slot") == HEAD))
        .then(pl.lit("其他"))
        .otherwise("relation")
        .alias("relation")
    )
    persons = people.join(head, on="h", how="left", maintain_order="left").with_columns(relation)
    return dataclasses.replace(
        world, persons=persons.drop("head", "story"), households=households, rounds=(day,)
    )


def _years(day: dt.date, birth: str = "birth") -> pl.Expr:
    return (pl.lit(day) - pl.col(birth)).dt.total_days() / YEAR


def _together(
    world: World, people: pl.DataFrame, day: dt.date, changes: Changes
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Young families back into the household of an elder of their surname; they, and it: h, of."""
    elders = people.filter(pl.col("slot").is_in([FATHER, MOTHER]))["h"]
    heads = people.filter(pl.col("slot") == HEAD)
    mix = heads.select("h", mix=world.draw_households("old year elder", heads))
    heads = heads.select("h", "v", "surname", "male", "birth").join(mix, on="h")
    chosen = world.draw_households("old year split", heads) < changes.split
    young = heads.filter(chosen).filter(
        pl.col("male") & _years(day).is_between(20, 38) & ~pl.col("h").is_in(elders.implode())
    )
    elder = heads.filter(_years(day).is_between(42, 76)).select(
        "v", "surname", "mix", of="h", elder="birth"
    )
    older = (pl.col("birth") - pl.col("elder")).dt.total_days() / YEAR
    split = (
        young.drop("mix")
        .join(elder, on=["v", "surname"])
        .filter(older.is_between(19, 42))
        .sort("h", "mix")
        .unique("h", keep="first", maintain_order=True)
        .unique("of", keep="first", maintain_order=True)
        .select("h", "of")
    )
    back = people.join(split, on="h", how="left", maintain_order="left")
    return back.with_columns(h=pl.coalesce("of", "h")).drop("of"), split


def _apart(
    world: World, people: pl.DataFrame, changes: Changes
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Parents into households of their own; these: h (a new one), of (that which took them in)."""
    homes = world.households
    with_parents = people.filter(pl.col("slot").is_in([FATHER, MOTHER]))["h"]
    drawn = world.draw_households("old year merged", homes) < changes.merged
    parents = (
        homes.filter(drawn)
        .filter(pl.col("h").is_in(with_parents.implode()))
        .select(of="h")
        .with_row_index("n")
        .select((pl.col("n") + homes.height).cast(pl.Int64).alias("h"), "of")
    )
    is_parent = pl.col("slot").is_in([FATHER, MOTHER])
    apart = people.join(
        parents.rename({"h": "own", "of": "h"}), on="h", how="left", maintain_order="left"
    )
    moved = pl.when(is_parent).then(pl.coalesce("own", "h")).otherwise("h")
    return apart.with_columns(h=moved).drop("own"), parents


def _dead(
    world: World,
    people: pl.DataFrame,
    parents: pl.DataFrame,
    day: dt.date,
    changes: Changes,
    rng: np.random.Generator,
) -> pl.DataFrame:
    """Heads who have died since: a father or a spouse of who is head now."""
    elders = people.filter(pl.col("slot").is_in([FATHER, MOTHER]))["h"]
    spouses = people.filter(pl.col("slot") == SPOUSE)["h"]
    fathers = people.filter(pl.col("slot") == FATHER)["h"]
    heads = people.filter(
        (pl.col("slot") == HEAD)
        & (pl.col("ethnicity") == "汉族")
        & (pl.col("h") == pl.col("now"))
        & ~pl.col("h").is_in(elders.implode())
    )
    heads = heads.filter(world.draw_households("old year dead", heads) < changes.head_died)
    widows = people.filter(
        (pl.col("slot") == MOTHER)
        & pl.col("h").is_in(parents["h"].implode())
        & ~pl.col("h").is_in(fathers.implode())
    )
    widows = widows.filter(world.draw("old year widow", widows) < 0.5)
    kin = pl.concat([heads, widows])
    late = pl.Series(rng.random(kin.height) < 0.6)
    old = kin.select(_years(day) > 62).to_series()
    spouse = ~kin["h"].is_in(spouses.implode()) & (late | old) | (kin["slot"] == MOTHER)
    apart = np.where(spouse, rng.normal(1.0, 3.0, kin.height), rng.uniform(20, 33, kin.height))
    birth = kin["birth"].cast(pl.Int32).to_numpy() - (apart * YEAR).astype(np.int32)
    male = np.where(spouse, ~kin["male"].to_numpy(), True)
    inherits = ~spouse.to_numpy() & kin["male"].to_numpy()
    surname = np.where(inherits, kin["surname"].to_numpy(), draw_surnames(rng, kin.height))
    return _named(kin.select("h", "v"), surname, birth, male, rng)


def _left(
    world: World, first: int, day: dt.date, changes: Changes, rng: np.random.Generator
) -> pl.DataFrame:
    """Families of whom nobody is left: an old head, a spouse, some with a namesake who stayed."""
    n = round(world.households.height * changes.gone)
    v = world.households["v"].gather(rng.integers(0, world.households.height, n))
    end = (day - dt.date(1970, 1, 1)).days
    birth = (end - rng.uniform(45, 88, n) * YEAR).astype(np.int32)
    male = rng.random(n) < 0.8
    base = pl.DataFrame({"h": np.arange(first, first + n), "v": v})
    heads = _named(base, draw_surnames(rng, n), birth, male, rng)
    of_village = (
        world.persons.filter(pl.col("ethnicity") == "汉族", pl.col("slot") <= SPOUSE)
        .sort("p")
        .group_by("v", maintain_order=True)
        .agg(other=pl.col("name"))
    )
    heads = heads.join(of_village, on="v", how="left", maintain_order="left").with_columns(
        borne=pl.Series(rng.random(n) < changes.namesakes)
    )
    at = pl.Series(rng.integers(0, 2**31, n))
    taken = pl.col("other").list.get(at % pl.col("other").list.len(), null_on_oob=True)
    named = pl.when("borne").then(pl.coalesce(taken, "name")).otherwise("name")
    heads = heads.with_columns(name=named).drop("other", "borne")
    two = rng.random(n) < 0.6
    wives = _named(
        base.filter(pl.Series(two)), draw_surnames(rng, int(two.sum())),
        birth[two] + 500, ~male[two], rng,
    ).with_columns(slot=pl.lit(SPOUSE, pl.Int64))  # fmt: skip
    return pl.concat([heads, wives])


def _named(
    base: pl.DataFrame, surname: Texts, birth: object, male: Bools, rng: np.random.Generator
) -> pl.DataFrame:
    """People who are gone, heads of the household: their names and birth dates."""
    born = pl.Series("birth", np.asarray(birth, dtype=np.int32)).cast(pl.Date)
    year = born.dt.year().cast(pl.Int64).to_numpy()
    name = np.asarray(surname) + draw_given(rng, year, male, np.full(len(year), "", dtype=object))
    return base.with_columns(
        born,
        pl.Series("male", male),
        pl.Series("surname", list(surname), dtype=pl.String),
        pl.Series("name", name.tolist(), dtype=pl.String),
        slot=pl.lit(HEAD, pl.Int64),
        ethnicity=pl.lit("汉族"),
        relation=pl.lit("其他"),
        residence=pl.lit("本村"),
        registered_on=pl.lit(dt.date(2014, 4, 1)),
        death_noted=pl.lit(value=False),
    )


def _identified(world: World, lost: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
    region = np.full(lost.height, int(world.county) // 100 * 100 + REGION_END)
    number = id_numbers(rng, region, lost["birth"], lost["male"].to_numpy())
    return lost.with_columns(true_id=number, id_number=number)


def _households(
    world: World,
    people: pl.DataFrame,
    split: pl.DataFrame,
    parents: pl.DataFrame,
    day: dt.date,
    changes: Changes,
) -> pl.DataFrame:
    """The households of then, each with its head, its number and what became of it."""
    drawn = world.draw_households("old year handed over", world.households) < changes.handed_over
    handing = world.households.filter(drawn)["h"]
    elder = pl.col("slot").is_in([FATHER, MOTHER])
    handed = pl.col("handed")
    rank = (
        pl.when("gone")
        .then(pl.col("slot") - 20)
        .when(handed)
        .then(pl.col("slot") - 10)
        .when(pl.col("h") != pl.col("now"))
        .then(pl.col("slot") + 10)
        .otherwise("slot")
    )
    born = people.filter(pl.col("birth") <= pl.lit(day) - pl.duration(days=4)).with_columns(
        handed=elder & pl.col("h").is_in(handing.implode()) & (pl.col("h") == pl.col("now"))
    )
    heads = (
        born.sort("h", rank, "p")
        .group_by("h", maintain_order=True)
        .agg(
            pl.first("v", "p", "name"),
            head_gone=pl.first("gone"),
            all_gone=pl.col("gone").all(),
            handed=handed.any(),
        )
        .join(parents, on="h", how="left", maintain_order="left")
    )
    renumbered = world.places.filter(
        pl.Series(world.rng("old year numbers").random(world.places.height) < changes.renumbered)
    )["v"]
    stays = pl.col("h") < world.households.height
    again = pl.col("v").is_in(renumbered.implode())
    what = {
        "gone": pl.col("all_gone"),
        "head_died": pl.col("head_gone") & ~pl.col("all_gone"),
        "handed_over": pl.col("handed"),
        "merged": pl.col("of").is_not_null(),
        "split": pl.col("h").is_in(split["of"].implode()),
        "renumbered": again,
    }
    story = pl.concat_str(
        [pl.when(holds).then(pl.lit(name)) for name, holds in what.items()],
        separator="|",
        ignore_nulls=True,
    )
    own = world.households.select("h", "household_id", "group_name", "type")
    at = pl.int_range(pl.len()).over("v")
    made = pl.col("village_code") + (at + pl.when(again).then(6000).otherwise(3000)).cast(pl.String)
    return (
        heads.join(own, on="h", how="left", maintain_order="left")
        .join(world.places.select("v", "village_code"), on="v", how="left", maintain_order="left")
        .select(
            "h",
            "v",
            pl.when(again | ~stays).then(made).otherwise("household_id").alias("household_id"),
            pl.when(again | ~stays).then(made).otherwise("household_id").alias("number"),
            pl.col("group_name").fill_null("1组"),
            pl.col("type").fill_null("一般农户"),
            pl.col("p").alias("head"),
            pl.col("name").alias("head_name"),
            pl.when(stays).then("h").otherwise("of").alias("today"),
            story.alias("story"),
        )
        .sort("h")
    )
