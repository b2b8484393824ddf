"""How levels are learnt: u from random pairs, h from household mates, m by EM on pattern counts.

u is counted on random pairs of the whole product, never on blocked pairs alone; h on pairs of the
county's own roster; both stay fixed while EM learns m and how common each kind is. Pairs settled by
exact keys count as known matches. The declared beginnings count as a few observed pairs, so that a
small list stays sensible. (Fellegi and Sunter 1969; measurements: LINKAGE.md.)
"""

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import polars as pl

from pipelines.linkage import sides
from pipelines.linkage.compare_pairs import with_levels
from pipelines.linkage.levels import Declared, unpacked
from pipelines.linkage.weights import (
    CODES,
    FLOOR,
    Floats,
    Model,
    beginnings,
    codes_of,
    likelihood,
    name_share,
    patterns,
    same_name,
    usual_bits,
)

_ITERATIONS = 200
_TOLERANCE = 1e-7
_KEPT = ("id_number", "village", "family", "phone", "household", "mates", "school")
"""What the roster does not hold of household mates as a list does."""
_COUNTED = 5
"""Seen more often than this, a level's share is counted; else its beginning may stand."""


def observed(
    codes: npt.NDArray[np.int64], weight: Floats, begin: Floats, declared: Declared
) -> tuple[Floats, Floats]:
    """Give the share of each level among weighted pairs, `begin` counting as ``pseudo_pairs``.

    Returns:
        The shares, and the weight that each level was seen with; shares are those within a field's
        group of levels, level 0 has share 1.
    """
    pseudo = declared.settings.pseudo_pairs
    shares, weights = np.ones(begin.shape), np.zeros(begin.shape)
    for i, field in enumerate(declared.fields.values()):
        seen = np.bincount(codes[:, i], weights=weight, minlength=CODES)
        weights[i] = seen
        for group in field.groups:
            chosen = list(group)
            total = seen[chosen].sum()
            mixed = (seen[chosen] + begin[i, chosen] * pseudo) / (total + pseudo)
            shares[i, chosen] = np.maximum(mixed, FLOOR)
    return shares, weights


def counted(levels: pl.DataFrame, begin: Floats, declared: Declared) -> Floats:
    """Give the share of each level among compared pairs; one hardly ever seen keeps its beginning.

    Args:
        levels: One row a pair, one column a field.
        begin: `beginnings`.
        declared: The levels.
    """
    distinct = patterns(levels, declared)
    if distinct.is_empty():
        return begin
    weight = distinct["len"].to_numpy().astype(float)
    shares, seen = observed(codes_of(distinct, declared), weight, begin, declared)
    # Among n pairs nothing rarer than some 10/n can be counted.
    rare = (seen <= _COUNTED) & (begin < 10.0 / max(levels.height, 1))
    return np.where(rare, begin, shares)


def random_share(left: pl.DataFrame, right: pl.DataFrame, declared: Declared, seed: int) -> Floats:
    """Count u on random pairs of rows and people."""
    size = min(left.height * right.height, declared.settings.sample_pairs)
    rng = np.random.default_rng(seed)
    pairs = pl.DataFrame(
        {
            "l": rng.integers(0, left.height, size, dtype=np.uint32),
            "r": rng.integers(0, right.height, size, dtype=np.uint32),
        }
    )
    levels = with_levels(pairs, left, right, declared)
    # On a small product some random pairs are one person; they would teach u what m is.
    same = (pl.col("id_number") >= 5) | (same_name() & (pl.col("birth_date") >= 4))
    table = counted(levels.filter(~same), beginnings(declared, "u"), declared)
    # So few pairs hardly meet one name twice; the roster's own pairs are counted, all of them.
    name = declared.names.index("name")
    table[name, 9] = max(name_share(right) - table[name, 8], FLOOR)
    return table


def mates_share(right: pl.DataFrame, declared: Declared, seed: int) -> Floats:
    """Count h on pairs of different members of one household of the roster.

    A field that the roster does not hold as a list does (ID damage, heads by list) keeps its
    beginning; what is counted is name, birth date and sex.
    """
    begin = beginnings(declared, "h")
    first = right.select("hh", l="r")
    rng = np.random.default_rng(seed)
    homes = right["hh"].unique().sort()
    chosen = homes.gather(np.sort(rng.choice(len(homes), min(len(homes), 2_000), replace=False)))
    pairs = (
        first.filter(pl.col("hh").is_in(chosen.implode()))
        .join(right.select("hh", "r"), on="hh")
        .filter(pl.col("l") != pl.col("r"))
        .select("l", "r")
    )
    if pairs.is_empty():
        return begin
    listed = sides.as_list(right.filter(pl.col("hh").is_in(chosen.implode())))
    levels = with_levels(pairs, listed, right, declared)
    # The same dates stand in the numbers: where the number is compared the date would count as 0.
    table = counted(levels, begin, declared)
    for name in _KEPT:
        table[declared.names.index(name)] = begin[declared.names.index(name)]
    return table


def train(
    left: pl.DataFrame,
    right: pl.DataFrame,
    open_levels: pl.DataFrame,
    known_levels: pl.DataFrame,
    mates: Floats,
    declared: Declared,
    seed: int,
) -> Model:
    """Learn the model of one list. How common matches are in it, `fitted` says.

    Args:
        left: `sides.left`, all rows.
        right: `sides.right`.
        open_levels: Levels of the candidate pairs that are not settled.
        known_levels: Levels of the pairs that exact keys or people settled.
        mates: `mates_share` of the population.
        declared: The levels.
        seed: Of the random pairs.
    """
    open_rows = max(left.height - known_levels.height, 1)
    product = float(open_rows) * max(right.height, 1)
    share = declared.settings.share_in_population / max(right.height, 1)
    homes = max(right["hh"].n_unique(), 1) if right.height else 1
    start = Model(
        beginnings(declared, "m"),
        mates,
        random_share(left, right, declared, seed),
        share,
        share * max(right.height / homes - 1, 0.1),
        declared,
    )
    return learnt(open_levels, known_levels, start, product, open_rows, usual_bits(right, declared))


def learnt(
    open_levels: pl.DataFrame,
    known_levels: pl.DataFrame,
    start: Model,
    product: float,
    rows: float,
    common: pl.Expr | None = None,
) -> Model:
    """Learn the model from compared pairs, beginning with `start`, whose u stays.

    Args:
        open_levels: Levels of the candidate pairs that are not settled.
        known_levels: Levels of the pairs that are certain matches.
        start: Where to begin, with the u that was counted.
        product: Number of pairs in the whole product.
        rows: Rows that are not settled.
        common: Bits by which random people show the levels more often than field by field.
    """
    declared = start.declared
    both = pl.concat(
        [
            patterns(open_levels, declared).select("pattern", "len", settled=False),
            patterns(known_levels, declared).select("pattern", "len", settled=True),
        ]
    ).with_columns(*unpacked(declared.names))
    if both.is_empty():
        return start
    lengths = both["len"].to_numpy().astype(float)
    settled = both["settled"].to_numpy()
    return expectation_maximisation(
        codes_of(both, declared),
        np.where(settled, 0.0, lengths),
        np.where(settled, lengths, 0.0),
        start,
        product,
        rows,
        _bits_of(both, common),
    )


def fitted(
    model: Model,
    open_levels: pl.DataFrame,
    product: float,
    rows: float,
    common: pl.Expr | None = None,
) -> Model:
    """Give the model with how common matches and mates are among a list's open pairs.

    Args:
        model: What was learnt, in this round or an earlier one; its m, h and u stay.
        open_levels: Levels of the candidate pairs that are not settled.
        product: Number of pairs in the whole product of open rows and people.
        rows: Rows that are not settled.
        common: As in `learnt`.
    """
    declared = model.declared
    # Half of the rows have their person among the candidates, and as many mates: where EM begins.
    matches = mates = 0.5 * rows / product
    distinct = patterns(open_levels, declared)
    codes, counts = codes_of(distinct, declared), distinct["len"].to_numpy().astype(float)
    same, home, other = (likelihood(share, codes) for share in (model.m, model.h, model.u))
    other += _bits_of(distinct, common)
    for _ in range(_ITERATIONS):
        before = matches, mates
        neither = np.log2(max(1.0 - matches - mates, FLOOR))
        parts = [same + np.log2(matches), home + np.log2(mates), other + neither]
        likely = np.exp2(np.stack(parts) - np.max(parts, axis=0))
        e_same, e_home, _ = likely / likely.sum(axis=0) * counts
        # At most one match a row: more would be people who only resemble each other.
        matches = min(max(float(e_same.sum()), 0.5), rows) / product
        mates = max(float(e_home.sum()), 0.5) / product
        if np.allclose(before, (matches, mates), rtol=_TOLERANCE, atol=0.0):
            break
    return replace(model, matches=matches, mates=mates)


def expectation_maximisation(
    codes: npt.NDArray[np.int64],
    counts: Floats,
    known: Floats,
    start: Model,
    product: float,
    rows: float = np.inf,
    common: Floats | float = 0.0,
) -> Model:
    """Learn m from pattern counts, and on the way how common matches and mates are.

    u stays, and h but for what a household has in common (``of_home``): that is seen of a mate as
    of the person himself.

    Args:
        codes: Distinct patterns by field.
        counts: Candidate pairs of each pattern that are not settled.
        known: Settled pairs of each pattern, certain matches.
        start: Where to begin; its ``m`` counts as ``pseudo_pairs`` matches.
        product: Number of pairs in the whole product.
        rows: Rows that are not settled.
        common: Bits by which random people show a pattern more often than field by field.

    Returns:
        The model; deterministic for its arguments.
    """
    begin, m = start.m, start.m.copy()
    matches, mates = start.matches, start.mates
    of_home = np.array([[field.of_home] for field in start.declared.fields.values()])
    h, log_u = np.where(of_home, m, start.h), likelihood(start.u, codes) + common
    for _ in range(_ITERATIONS):
        same = np.log2(matches) + likelihood(m, codes)
        home = np.log2(mates) + likelihood(h, codes)
        other = np.log2(max(1.0 - matches - mates, FLOOR)) + log_u
        top = np.maximum(np.maximum(same, home), other)
        e_same, e_home, e_other = (np.exp2(x - top) for x in (same, home, other))
        total = e_same + e_home + e_other
        weight = counts * e_same / total + known
        new, _ = observed(codes, weight, begin, start.declared)
        # At most one match a row: more would be people who only resemble each other.
        found = min(max(float((counts * e_same / total).sum()), 0.5), rows)
        near = max(float((counts * e_home / total).sum()), 0.5)
        change = float(np.abs(new - m).max())
        m, h = new, np.where(of_home, new, h)
        # Settled rows are certain and take no part in what is still to be decided.
        matches, mates = found / product, near / product
        if change < _TOLERANCE:
            break
    return Model(m, h, start.u, matches, mates, start.declared)


def _bits_of(distinct: pl.DataFrame, common: pl.Expr | None) -> Floats:
    bits = pl.lit(0.0) if common is None else common
    return distinct.with_columns(_bits=bits)["_bits"].to_numpy()
