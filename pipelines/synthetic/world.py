"""The world behind the files: who lives there, on which rounds, and who is poor.

`World` is what every dataset's module draws from. Its chances are named: each use has a generator
of its own, so that a change in one dataset does not move another.
"""

import datetime as dt
import zlib
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl

from pipelines.synthetic.names import Bools, Ints
from pipelines.synthetic.people import make_people
from pipelines.synthetic.places import make_places

MONTH_APART = 20
"""A monthly list is new only in a round at least this many days after its last delivery."""


@dataclass(frozen=True, eq=False)
class World:
    """A county's truth: places, people and the calendar of its rounds."""

    county: str
    seed: int
    rounds: tuple[dt.date, ...]
    places: pl.DataFrame
    persons: pl.DataFrame
    households: pl.DataFrame

    def rng(self, use: str) -> np.random.Generator:
        """Give the source of chance for one use, the same for the same seed and county."""
        return np.random.default_rng([self.seed, int(self.county), zlib.crc32(use.encode())])

    def chance(self, use: str) -> Ints:
        """Give one uniform number a person, the same in every delivery (typing errors stay)."""
        return self.rng(use).random(len(self.persons))  # type: ignore[return-value]

    def patterns(self, use: str, n: int) -> Bools:
        """Give in which rounds each of `n` planted doubts stands: most stay, some come or go."""
        rng, k = self.rng("pattern " + use), len(self.rounds)
        stands = np.ones((n, k), dtype=bool)
        if k == 1:
            return stands
        fate = rng.random(n)
        turn = rng.integers(1, k, n)[:, None]
        at = np.arange(k)[None, :]
        closed, new = at < turn, at >= turn
        stands = np.where((fate < 0.15)[:, None], closed, stands)
        stands = np.where(((fate >= 0.15) & (fate < 0.30))[:, None], new, stands)
        if k > 2:
            away = np.clip(turn, 1, k - 2)
            stands = np.where(((fate >= 0.30) & (fate < 0.40))[:, None], at != away, stands)
        return np.asarray(stands, dtype=bool)

    def draw(self, use: str, frame: pl.DataFrame) -> pl.Series:
        """Give one uniform number a row of `frame`, its own for each person (``p``) and use."""
        whole = self.rng("draw " + use).random(len(self.persons))
        return pl.Series(use, whole[frame["p"].to_numpy()])

    def draw_households(self, use: str, frame: pl.DataFrame) -> pl.Series:
        """Give one uniform number a row of `frame`, its own for each household (``h``) and use."""
        whole = self.rng("draw household " + use).random(len(self.households))
        return pl.Series(use, whole[frame["h"].to_numpy()])

    def stands(self, use: str, frame: pl.DataFrame, k: int, key: str = "p") -> pl.Series:
        """Whether the doubt planted for each row stands in round `k` (`patterns`)."""
        n = len(self.persons) if key == "p" else len(self.households)
        return pl.Series(self.patterns(use, n)[frame[key].to_numpy(), k])

    def pick(self, use: str, pool: pl.Series, share: float, least: int = 3) -> pl.Series:
        """Draw a share of `pool`, at least `least` where there are so many."""
        rng = self.rng("pick " + use)
        n = min(len(pool), max(least, round(share * len(pool))))
        taken = rng.permutation(len(pool))[:n]
        return pool.gather(np.sort(taken))

    @cached_property
    def alive_or_dead(self) -> pl.DataFrame:
        """Persons with the ids of their household and the names of their place."""
        return self.persons.join(
            self.households.select("h", "household_id", "group_name", "head_name", "head", "type"),
            on="h",
            how="left",
        ).join(
            self.places.select("v", "village", "village_code", "township", "township_code"),
            on="v",
            how="left",
        )

    def as_of(self, k: int, days: int) -> dt.date:
        """The date of a list delivered for round `k`, some days before it."""
        return self.rounds[k] - dt.timedelta(days=days)

    def delivered(self, k: int, every: str) -> bool:
        """Whether a list that comes every ``week``, ``month`` or ``once`` is new in round `k`."""
        if k == 0 or every == "week":
            return True
        if every == "once":
            return False
        last = 0
        for j in range(1, k + 1):
            if (self.rounds[j] - self.rounds[last]).days >= MONTH_APART:
                last = j
        return last == k

    @cached_property
    def silent_school_township(self) -> str:
        """The township whose schools send nothing before the last round."""
        return str(self.places["township"].unique(maintain_order=True)[-2])

    @cached_property
    def silent_monitored_township(self) -> str:
        """The township whose sheet of monitored households comes only in the last round."""
        return str(self.places["township"].unique(maintain_order=True)[-1])


def make_world(county: str, persons: int, seed: int, rounds: tuple[dt.date, ...]) -> World:
    """Draw the county."""
    rng = np.random.default_rng([seed, int(county)])
    places = make_places(rng, county, persons)
    people = make_people(rng, county, places, persons, rounds[-1])
    households = _types(rng, people.households, places, len(rounds))
    return World(county, seed, rounds, places, people.persons, households)


def _types(
    rng: np.random.Generator, households: pl.DataFrame, places: pl.DataFrame, rounds: int
) -> pl.DataFrame:
    """Say which households are 脱贫户 and which are monitored, village by village.

    Adds type (一般农户 or 脱贫户, before monitoring), monitored, add_k and remove_k (index of the
    delivery that first lists the household, and that first shows its risk removed; ``rounds`` where
    never), rounded (DQ-01: the village's incomes are in round hundreds).
    """
    v = households["v"].to_numpy()
    n, villages = len(households), len(places)
    size = np.bincount(v, minlength=villages)
    order = rng.permutation(np.flatnonzero(size >= 12))
    blanks = order[: max(3, villages // 16)]
    large = [x for x in order[len(blanks) :] if size[x] >= 30]
    rounded = np.array((large or list(order[len(blanks) :]))[: max(2, villages // 45)])
    rate = np.clip(rng.gamma(2.2, 0.026, villages), 0.01, 0.16)
    rate[blanks] = 0
    mixed = rng.random(n)
    rank = np.empty(n, dtype=np.int64)
    for_each = np.lexsort((mixed, v))
    start = np.cumsum(size) - size
    rank[for_each] = np.arange(n) - np.repeat(start, size)
    quota = np.where(rate > 0, np.maximum(1, np.round(rate * size)), 0)
    quota[rounded] = np.minimum(size[rounded], np.maximum(quota[rounded], 11))
    monitored = rank < quota[v]
    left_poverty = rng.random(n) < 0.13
    steady = np.isin(v, rounded) | (rank == 0)
    add_k = np.where(monitored & ~steady & (rng.random(n) < 0.10), rng.integers(0, rounds, n), 0)
    fate = rng.random(n)
    remove_k = np.where(fate < 0.22, 0, np.where(fate < 0.30, rng.integers(0, rounds, n), rounds))
    remove_k = np.where(np.isin(v, rounded), rounds, np.where(remove_k < add_k, rounds, remove_k))
    # One blank village finds its first monitored household in the last round.
    found = np.flatnonzero(v == blanks[0])[:1] if rounds > 1 else np.array([], dtype=np.int64)
    monitored[found], add_k[found], remove_k[found] = True, rounds - 1, rounds
    return households.with_columns(
        pl.Series("type", np.where(left_poverty, "脱贫户", "一般农户").tolist()),
        pl.Series("monitored", monitored),
        pl.Series("add_k", add_k),
        pl.Series("remove_k", remove_k),
        pl.Series("rounded", np.isin(v, rounded)),
    )
