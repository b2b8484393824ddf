"""Names for people who do not exist: own hand-written tables, drawn by cohort, sex and clan.

Surname shares are rounded public figures (王 李 张 lead with about 7 % each) with a smooth tail.
Given-name characters are written by hand for four cohorts and two sexes. A clan village has a
surname of its own, a clan's generation shares a character (字辈), brothers and sisters often do.
"""

import numpy as np
import numpy.typing as npt

from pipelines.synthetic import name_tables as tables

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Texts = npt.NDArray[np.object_]

_COHORT_YEARS = (1950, 1980, 2000)
TWO_CHARACTERS = 0.78
"""Share of given names with two characters."""


def surname_table() -> tuple[Texts, npt.NDArray[np.float64]]:
    """Give every surname with its share, shares summing to 1."""
    names = np.array([*dict.fromkeys(tables.SURNAMES), *tables.COMPOUND_SURNAMES], dtype=object)
    rank = np.arange(len(names))
    head = len(tables.SURNAME_SHARES)
    share = 0.95 * (head / np.maximum(rank, 1)) ** 1.25
    share[:head] = tables.SURNAME_SHARES
    share[-len(tables.COMPOUND_SURNAMES) :] = 0.02
    return names, share / share.sum()


def draw_surnames(rng: np.random.Generator, n: int) -> Texts:
    """Draw `n` surnames by their public shares."""
    names, share = surname_table()
    drawn: Texts = names[rng.choice(len(names), n, p=share)]
    return drawn


def draw_given(rng: np.random.Generator, birth_year: Ints, male: Bools, shared: Texts) -> Texts:
    """Draw given names.

    Args:
        rng: Source of chance.
        birth_year: Year of birth, for the cohort.
        male: Sex.
        shared: A character that brothers (or a clan's generation) share as the first of two;
            empty where there is none.

    Returns:
        Given names of one or two characters.
    """
    n = len(birth_year)
    cohort = np.searchsorted(_COHORT_YEARS, birth_year, side="right")
    first = np.empty(n, dtype=object)
    second = np.empty(n, dtype=object)
    for sex, pools in ((True, tables.GIVEN_MALE), (False, tables.GIVEN_FEMALE)):
        for c, pool in enumerate(pools):
            mask = (cohort == c) & (male == sex)
            letters = np.array(list(pool), dtype=object)
            # Popular characters stand early in the pool and are drawn more often.
            weight = 1.0 / (np.arange(len(letters)) + 12.0)
            weight /= weight.sum()
            count = int(mask.sum())
            first[mask] = letters[rng.choice(len(letters), count, p=weight)]
            second[mask] = letters[rng.choice(len(letters), count, p=weight)]
    rare = rng.random(n) < 0.03
    rares = np.array(list(tables.RARE * 6 + tables.RARE_BEYOND_GBK), dtype=object)
    second[rare] = rares[rng.integers(0, len(rares), int(rare.sum()))]
    two = (rng.random(n) < TWO_CHARACTERS) | (shared != "")
    first = np.where(shared != "", shared, first)
    result: Texts = np.where(two, first + second, second)
    return result


def draw_minority(rng: np.random.Generator, people: str, male: Bools) -> Texts:
    """Draw full names by the templates of one people; Yi and Uyghur names carry the dot ·."""
    n = len(male)

    def pick(pool: tuple[str, ...]) -> Texts:
        drawn: Texts = np.array(pool, dtype=object)[rng.integers(0, len(pool), n)]
        return drawn

    if people == "彝族":
        return np.asarray(pick(tables.YI_CLANS) + "·" + pick(tables.YI_GIVEN), dtype=object)
    if people == "维吾尔族":
        own = np.where(male, pick(tables.UYGHUR_MALE), pick(tables.UYGHUR_FEMALE))
        return np.asarray(own + "·" + pick(tables.UYGHUR_MALE), dtype=object)
    if people == "藏族":
        last = np.where(male, pick(tables.TIBETAN_MALE), pick(tables.TIBETAN_FEMALE))
        return np.asarray(pick(tables.TIBETAN_FIRST) + last, dtype=object)
    own = np.where(male, pick(tables.MONGOL_MALE), pick(tables.MONGOL_FEMALE))
    return np.asarray(own, dtype=object)


def homophone_map() -> dict[str, str]:
    """Give for each character one that sounds the same, as a hurried typist would take it."""
    swaps: dict[str, str] = {}
    for group in tables.HOMOPHONES:
        for i, letter in enumerate(group):
            swaps.setdefault(letter, group[(i + 1) % len(group)])
    return {a: b for a, b in swaps.items() if a != b}
