"""The true population: households with realistic members, names, dates of birth and ID numbers.

Vectorised: households are drawn as a matrix of slots (head, spouse, children, parents, …), and the
filled slots are the persons.
"""

import datetime as dt
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from pipelines.synthetic.id_numbers import id_numbers
from pipelines.synthetic.name_tables import GENERATION_CHARACTERS
from pipelines.synthetic.names import (
    Bools,
    Ints,
    Texts,
    draw_given,
    draw_minority,
    draw_surnames,
)

EPOCH = dt.date(1970, 1, 1)
HEAD, SPOUSE, CHILD1, CHILD2, CHILD3, FATHER, MOTHER, IN_LAW, GRAND1, GRAND2 = range(10)
SLOTS = 10

KINDS = {
    # kind: share, head's age from, to
    "single_old": (0.08, 62, 88),
    "couple_old": (0.13, 60, 82),
    "nuclear": (0.29, 26, 55),
    "three_middle": (0.16, 30, 56),  # the head is the middle generation
    "three_old": (0.14, 52, 76),  # the head is the old father or mother
    "couple": (0.07, 38, 60),
    "skipped": (0.05, 56, 76),
    "single": (0.05, 30, 60),
    "one_parent": (0.03, 30, 52),
}
"""Household kinds of a county whose young people work elsewhere."""


@dataclass(frozen=True)
class People:
    """The true population. `persons` has one row a person (``p``), `households` one row (``h``)."""

    persons: pl.DataFrame
    households: pl.DataFrame


def day_number(day: dt.date) -> int:
    """Days since 1970-01-01."""
    return (day - EPOCH).days


def make_people(
    rng: np.random.Generator, county: str, places: pl.DataFrame, persons: int, last: dt.date
) -> People:
    """Draw households until there are `persons` of them.

    Args:
        rng: Source of chance.
        county: Division code; ID numbers are mostly of this county, some of its neighbours.
        places: Villages (`places.make_places`).
        persons: How many persons live or lived there up to the last round.
        last: The last round; nobody is born later.

    Returns:
        `persons`: p, h, v, slot, relation, male, birth, surname, name, id_number (null for some
        infants and old people), ethnicity, died_on, removed_on (from the roster), registered_on,
        residence, phone. `households`: h, v, kind, household_id, group_name, head (p), head_name.
    """
    count = int(persons / 3.0) + 50
    kinds = list(KINDS)
    share = np.array([KINDS[k][0] for k in kinds])
    kind = rng.choice(len(kinds), count, p=share / share.sum())
    filled = _slots(rng, np.array(kinds, dtype=object)[kind])
    keep = np.cumsum(filled.sum(axis=1)) <= persons
    kind, filled = kind[keep], filled[keep]
    weight = places["weight"].to_numpy()
    village = np.sort(rng.choice(len(places), len(kind), p=weight / weight.sum()))
    birth = _births(rng, np.array(kinds, dtype=object)[kind], last)
    household, slot = np.nonzero(filled)
    male = _sexes(rng, filled)[household, slot]
    frame = pl.DataFrame(
        {
            "p": np.arange(len(household)),
            "h": household,
            "v": village[household],
            "slot": slot,
            "male": male,
            "birth": birth[household, slot],
        }
    ).with_columns(pl.col("birth").cast(pl.Int32).cast(pl.Date))
    frame = _named(rng, frame, places)
    frame = _identified(rng, frame, county, last)
    frame = _lived(rng, frame, np.array(kinds, dtype=object)[kind], last)
    households = _households(rng, frame, places, np.array(kinds, dtype=object)[kind])
    return People(frame, households)


def _slots(rng: np.random.Generator, kind: Texts) -> Bools:
    n = len(kind)
    filled = np.zeros((n, SLOTS), dtype=bool)
    filled[:, HEAD] = True
    chance = rng.random((n, SLOTS))
    couples = np.isin(kind, ["couple_old", "nuclear", "three_middle", "couple"])
    filled[:, SPOUSE] = couples | (np.isin(kind, ["three_old", "skipped"]) & (chance[:, 1] < 0.7))
    parents = np.isin(kind, ["nuclear", "three_middle", "one_parent"])
    filled[:, CHILD1] = parents | (kind == "three_old")
    filled[:, CHILD2] = parents & (chance[:, 3] < 0.55)
    filled[:, CHILD3] = filled[:, CHILD2] & (chance[:, 4] < 0.18)
    middle = kind == "three_middle"
    filled[:, MOTHER] = middle & (chance[:, 6] < 0.8)
    filled[:, FATHER] = middle & ((chance[:, 5] < 0.6) | ~filled[:, MOTHER])
    filled[:, IN_LAW] = (kind == "three_old") & (chance[:, 7] < 0.85)
    filled[:, GRAND1] = np.isin(kind, ["three_old", "skipped"])
    filled[:, GRAND2] = filled[:, GRAND1] & (chance[:, 9] < 0.5)
    return filled


def _births(rng: np.random.Generator, kind: Texts, last: dt.date) -> npt.NDArray[np.int64]:
    n = len(kind)
    end = day_number(last)
    low = np.array([KINDS[k][1] for k in KINDS])
    high = np.array([KINDS[k][2] for k in KINDS])
    index = np.searchsorted(np.sort(list(KINDS)), kind)
    order = np.argsort(list(KINDS))
    age = rng.uniform(low[order][index], high[order][index])
    head = end - age * 365.25
    births = np.zeros((n, SLOTS))
    births[:, HEAD] = head
    births[:, SPOUSE] = head + rng.normal(1.5, 2.5, n) * 365.25
    mother = np.maximum(births[:, HEAD], births[:, SPOUSE])
    births[:, CHILD1] = mother + rng.normal(24.5, 3.0, n).clip(18.5, 40) * 365.25
    births[:, CHILD2] = births[:, CHILD1] + rng.uniform(1.2, 8, n) * 365.25
    births[:, CHILD3] = births[:, CHILD2] + rng.uniform(1.2, 7, n) * 365.25
    births[:, FATHER] = head - rng.normal(26, 4, n).clip(18, 45) * 365.25
    births[:, MOTHER] = head - rng.normal(24, 3.5, n).clip(18, 42) * 365.25
    births[:, IN_LAW] = births[:, CHILD1] + rng.normal(0.8, 2.2, n) * 365.25
    births[:, GRAND1] = births[:, CHILD1] + rng.normal(25, 3.0, n).clip(19, 40) * 365.25
    births[:, GRAND2] = births[:, GRAND1] + rng.uniform(1.2, 8, n) * 365.25
    # Children who would be born after the last round were born in the last years instead.
    late = births > end - 8
    births[late] = end - 8 - rng.uniform(0, 6 * 365, int(late.sum()))
    births = np.maximum(births, end - 101 * 365.25)
    whole: npt.NDArray[np.int64] = births.astype(np.int64)
    return whole


def _sexes(rng: np.random.Generator, filled: Bools) -> Bools:
    n = len(filled)
    male = rng.random((n, SLOTS)) < 0.53
    male[:, HEAD] = np.where(filled[:, SPOUSE], rng.random(n) < 0.95, rng.random(n) < 0.62)
    male[:, SPOUSE] = ~male[:, HEAD]
    male[:, FATHER], male[:, MOTHER], male[:, IN_LAW] = True, False, False
    with_in_law = filled[:, IN_LAW]
    male[with_in_law, CHILD1] = True
    return male


_CHILD, _GRAND = [CHILD1, CHILD2, CHILD3], [GRAND1, GRAND2]


def _relations() -> pl.Expr:
    slot, male = pl.col("slot"), pl.col("male")
    return (
        pl.when(slot == HEAD)
        .then(pl.lit("户主"))
        .when(slot == SPOUSE)
        .then(pl.lit("配偶"))
        .when(slot.is_in(_CHILD) & male)
        .then(pl.lit("之子"))
        .when(slot.is_in(_CHILD))
        .then(pl.lit("之女"))
        .when(slot == FATHER)
        .then(pl.lit("之父"))
        .when(slot == MOTHER)
        .then(pl.lit("之母"))
        .when(slot == IN_LAW)
        .then(pl.lit("之儿媳"))
        .when(male)
        .then(pl.lit("之孙子"))
        .otherwise(pl.lit("之孙女"))
    )


def _named(rng: np.random.Generator, frame: pl.DataFrame, places: pl.DataFrame) -> pl.DataFrame:
    h, v = frame["h"].to_numpy(), frame["v"].to_numpy()
    slot, male = frame["slot"].to_numpy(), frame["male"].to_numpy()
    n, homes = len(frame), int(h.max()) + 1
    year = frame["birth"].dt.year().cast(pl.Int64).to_numpy()
    clan = np.array(places["clan"].to_list(), dtype=object)
    clan_share = places["clan_share"].to_numpy()
    village_of = np.zeros(homes, dtype=np.int64)
    village_of[h] = v
    of_clan = rng.random(homes) < clan_share[village_of]
    line = np.where(of_clan, clan[village_of], draw_surnames(rng, homes))
    married_in = np.isin(slot, [SPOUSE, MOTHER, IN_LAW])
    surname = np.where(married_in, draw_surnames(rng, n), line[h])
    # A generation's character: the clan's by 25 years, else brothers' and sisters' own.
    letters = np.array(list(dict.fromkeys(GENERATION_CHARACTERS)), dtype=object)
    generation = (year - 1900) // 25
    clan_letter = letters[(v * 5 + generation) % len(letters)]
    sibling_letter = letters[rng.integers(0, len(letters), homes)][h]
    siblings = np.isin(slot, _CHILD + _GRAND) & (rng.random(homes) < 0.3)[h]
    use_clan = of_clan[h] & male & ~married_in & (rng.random(n) < 0.35)
    shared = np.where(use_clan, clan_letter, np.where(siblings, sibling_letter, ""))
    name = surname + draw_given(rng, year, male, shared)
    minority = np.array(places["minority"].to_list(), dtype=object)[v]
    is_minority = (minority != None) & (rng.random(homes) < 0.85)[h]  # noqa: E711
    ethnicity = np.where(is_minority, minority, "汉族")
    for people in ("彝族", "维吾尔族", "藏族", "蒙古族"):
        mask = ethnicity == people
        name[mask] = draw_minority(rng, people, male[mask])
    name = _neighbours(rng, name, v, male, ethnicity == "汉族")
    return frame.with_columns(
        _relations().alias("relation"),
        pl.Series("surname", surname.tolist(), dtype=pl.String),
        pl.Series("name", name.tolist(), dtype=pl.String),
        pl.Series("ethnicity", ethnicity.tolist(), dtype=pl.String),
    )


def _neighbours(
    rng: np.random.Generator, name: Texts, village: Ints, male: Bools, han: Bools
) -> Texts:
    """Give some people the very name of another of their sex in the village."""
    order = np.lexsort((rng.random(len(name)), male, village))
    take = rng.random(len(name) - 1) < 0.006
    one, two = order[:-1][take], order[1:][take]
    same = (village[one] == village[two]) & (male[one] == male[two]) & han[one] & han[two]
    result = name.copy()
    result[one[same]] = name[two[same]]
    return result


def _identified(
    rng: np.random.Generator, frame: pl.DataFrame, county: str, last: dt.date
) -> pl.DataFrame:
    n = len(frame)
    near = int(county) // 100 * 100 + np.array([1, 3, 5, 21])
    elsewhere = rng.random(n) < 0.08
    region = np.where(elsewhere, near[rng.integers(0, len(near), n)], int(county))
    number = id_numbers(rng, region, frame["birth"], frame["male"].to_numpy())
    age = ((pl.lit(last) - pl.col("birth")).dt.total_days() / 365.25).alias("age")
    years = frame.select(age)["age"].to_numpy()
    none = np.where(years < 1, rng.random(n) < 0.3, (years > 75) & (rng.random(n) < 0.01))
    phone = 19900000000 + rng.integers(0, 10**6, n)
    has_phone = (years > 16) & (rng.random(n) < 0.8)
    away = (years > 18) & (years < 55) & (rng.random(n) < 0.3)
    return frame.with_columns(
        number.alias("true_id"),
        pl.when(pl.Series(none)).then(None).otherwise(number).alias("id_number"),
        pl.when(pl.Series(has_phone)).then(pl.Series(phone).cast(pl.String)).alias("phone"),
        pl.Series("residence", np.where(away, "县外务工", "本村").tolist()).alias("residence"),
    )


def _lived(
    rng: np.random.Generator, frame: pl.DataFrame, kind: Texts, last: dt.date
) -> pl.DataFrame:
    """Deaths: some heads years ago who are still listed, and this year's."""
    n = len(frame)
    end = day_number(last)
    birth = frame["birth"].cast(pl.Int32).to_numpy()
    years = (end - birth) / 365.25
    slot, h = frame["slot"].to_numpy(), frame["h"].to_numpy()
    size = np.bincount(h)
    listed_dead = (slot == HEAD) & (size[h] > 1) & (years > 50) & (rng.random(n) < 0.035)
    risk = np.clip(0.0006 * np.exp((years - 40) / 11.0), 0.0002, 0.25)
    this_year = ~listed_dead & (years > 1) & (rng.random(n) < risk * 1.3)
    first = day_number(dt.date(last.year, 1, 3))
    died = np.where(
        listed_dead,
        day_number(dt.date(last.year - 3, 1, 1)) + rng.integers(0, 1000, n),
        first + rng.integers(0, max(end - 4 - first, 1), n),
    ).astype(np.float64)
    died[~(listed_dead | this_year)] = np.nan
    removed = np.where(this_year & (rng.random(n) < 0.35), died + rng.integers(20, 120, n), np.nan)
    noted = rng.random(n) < 0.4
    registered = np.maximum(birth + 4, day_number(dt.date(2014, 4, 1)))
    return frame.with_columns(
        _dates(died, "died_on"),
        _dates(removed, "removed_on"),
        pl.Series("death_noted", noted),
        pl.Series("registered_on", registered.astype(np.int32)).cast(pl.Date),
        pl.Series("household_kind", kind[h].tolist(), dtype=pl.String),
    )


def _dates(days: npt.NDArray[np.float64], name: str) -> pl.Series:
    return pl.Series(name, days).fill_nan(None).cast(pl.Int32).cast(pl.Date)


def _households(
    rng: np.random.Generator, frame: pl.DataFrame, places: pl.DataFrame, kind: Texts
) -> pl.DataFrame:
    heads = frame.filter(pl.col("slot") == HEAD).sort("h")
    groups = rng.integers(1, 7, len(heads))
    return (
        heads.select("h", "v", pl.col("p").alias("head"), pl.col("name").alias("head_name"))
        .with_columns(
            pl.Series("kind", kind.tolist(), dtype=pl.String),
            pl.Series("group_name", groups).cast(pl.String) + "组",
            (pl.int_range(pl.len()).over("v") + 1).alias("number"),
        )
        .join(places.select("v", "village_code", "village", "township"), on="v", how="left")
        .with_columns(
            (pl.col("village_code") + pl.col("number").cast(pl.String).str.zfill(4)).alias(
                "household_id"
            )
        )
        .drop("number")
        .sort("h")
    )
