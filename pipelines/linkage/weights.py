"""What a level is worth: u from random pairs, h from household mates, m by EM on pattern counts.

Three kinds of pairs: the same person (m), two members of one household, who share address, phone
and head and are not the same person (h), two random people (u). u is counted on random pairs of the
whole product, never on blocked pairs alone; h on pairs of the county's own roster; both stay fixed
while EM learns m and how common each kind is. Pairs settled by exact keys count as known matches.
The declared beginnings count as a few observed pairs, so that a small list stays sensible.
(Fellegi and Sunter 1969; term frequencies after Winkler; measurements: LINKAGE.md.)
"""

import hashlib
import json
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt
import polars as pl

from pipelines.linkage import sides
from pipelines.linkage.compare_pairs import with_levels
from pipelines.linkage.levels import Declared, packed, unpacked

Floats = npt.NDArray[np.float64]

CODES = 16
_FLOOR = 1e-9
_ITERATIONS = 200
_TOLERANCE = 1e-7
_COUNTED = 5
"""Seen more often than this, a level's share is counted; else its beginning may stand."""


@dataclass(frozen=True)
class Model:
    """Learnt shares by field (row) and level code (column); level 0 weighs nothing."""

    m: Floats
    h: Floats
    u: Floats
    matches: float
    """Share of the whole product that is the same person."""
    mates: float
    """Share of the whole product that are household mates."""
    declared: Declared

    @cached_property
    def hash(self) -> str:
        """Sixteen hexadecimal digits of a SHA-256 over the levels file and the learnt shares.

        How common matches are is not in it: that is the list's, not the model's.
        """
        learnt = [
            [round(float(share[i, code]), 9) for share in (self.m, self.h, self.u)]
            for i, field in enumerate(self.declared.fields.values())
            for code in sorted(field.levels)
        ]
        content = json.dumps([self.declared.hash, learnt])
        return hashlib.sha256(content.encode()).hexdigest()[:16]

    def bits(self) -> Floats:
        """Give log2(m/u) by field and level: the match weight that a waterfall shows."""
        return np.asarray(np.log2(self.m / self.u), dtype=np.float64)


def beginnings(declared: Declared, share: str) -> Floats:
    """Give the declared ``m``, ``h`` or ``u`` as a table of field by level; 1 for level 0."""
    table = np.full((len(declared.names), CODES), _FLOOR)
    table[:, 0] = 1.0
    for i, field in enumerate(declared.fields.values()):
        for group in field.groups:
            total = sum(getattr(field.levels[code], share) for code in group)
            for code in group:
                table[i, code] = getattr(field.levels[code], share) / total
    return table


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
            shares[i, chosen] = np.maximum(mixed, _FLOOR)
    return shares, weights


def _same_name() -> pl.Expr:
    """Whether the names are equal, or would be but for the way of writing."""
    return pl.col("name").is_between(8, 9)


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
    same = (pl.col("id_number") >= 5) | (_same_name() & (pl.col("birth_date") >= 4))
    table = counted(levels.filter(~same), beginnings(declared, "u"), declared)
    # So few pairs hardly meet one name twice; the roster's own pairs are counted, all of them.
    name = declared.names.index("name")
    table[name, 9] = max(name_share(right) - table[name, 8], _FLOOR)
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
    for name in ("id_number", "village", "family", "phone", "household", "mates"):
        table[declared.names.index(name)] = begin[declared.names.index(name)]
    return table


def patterns(levels: pl.DataFrame, declared: Declared) -> pl.DataFrame:
    """Give the distinct level patterns with their number: ``pattern``, ``len`` and the fields."""
    fields = declared.names
    return (
        levels.select(packed(fields))
        .group_by("pattern")
        .len()
        .sort("pattern")
        .with_columns(*unpacked(fields))
    )


def codes_of(frame: pl.DataFrame, declared: Declared) -> npt.NDArray[np.int64]:
    """Give the level columns of a frame as one integer matrix, pairs by fields."""
    return frame.select(pl.col(f).cast(pl.Int64) for f in declared.names).to_numpy()


def likelihood(table: Floats, codes: npt.NDArray[np.int64]) -> Floats:
    """Give log2 of the product of a table's shares over the fields, for each row of codes."""
    total = np.zeros(len(codes))
    for i, shares in enumerate(table):
        total += np.log2(shares)[codes[:, i]]
    return total


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
        other = np.log2(max(1.0 - matches - mates, _FLOOR)) + log_u
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
    return learnt(open_levels, known_levels, start, product, open_rows, clan(right))


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


def _bits_of(distinct: pl.DataFrame, common: pl.Expr | None) -> Floats:
    bits = pl.lit(0.0) if common is None else common
    return distinct.with_columns(_bits=bits)["_bits"].to_numpy()


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
        neither = np.log2(max(1.0 - matches - mates, _FLOOR))
        parts = [same + np.log2(matches), home + np.log2(mates), other + neither]
        likely = np.exp2(np.stack(parts) - np.max(parts, axis=0))
        e_same, e_home, _ = likely / likely.sum(axis=0) * counts
        # At most one match a row: more would be people who only resemble each other.
        matches = min(max(float(e_same.sum()), 0.5), rows) / product
        mates = max(float(e_home.sum()), 0.5) / product
        if np.allclose(before, (matches, mates), rtol=_TOLERANCE, atol=0.0):
            break
    return replace(model, matches=matches, mates=mates)


def clan(right: pl.DataFrame) -> pl.Expr:
    """Give the bits by which people of a village share a name more often than the county's do.

    Name and village are no two independent agreements where a village has its clans: so much more
    often than field by field do random people show both.

    Args:
        right: `sides.right`.
    """
    share = (pl.col("village_namesakes") - 1) / (pl.col("village_size") - 1)
    others = pl.col("village").is_not_null() & (pl.col("village_size") > 1)
    here = right.filter(others).select(share.mean()).item() or 0.0
    bits = max(float(np.log2(max(here, _FLOOR) / max(name_share(right), _FLOOR))), 0.0)
    return pl.when(_same_name() & (pl.col("village") == 5)).then(bits).otherwise(0.0)


def name_bits(pairs: pl.DataFrame, right: pl.DataFrame, declared: Declared) -> pl.Series:
    """Give what a name's own frequency adds to the weight of an equal name, in bits.

    A 王秀英 in a village full of them says little, a rare name much. Within a village the county's
    frequency is mixed with the village's own, or that of all villages of its name where no more is
    known; the person himself is not counted.

    Args:
        pairs: ``r`` and the level columns.
        right: `sides.right`.
        declared: For the settings.

    Returns:
        One value a pair; 0 where the names are not equal. Capped at ``name_frequency_cap``.
    """
    settings = declared.settings
    people = right.select(
        *("r", "namesakes", "village_namesakes", "village_size", "place_namesakes", "place_size")
    )
    joined = pairs.select("r", "name", "village").join(
        people, on="r", how="left", maintain_order="left"
    )
    county = (pl.col("namesakes") - 0.5) / max(right.height, 1)
    prior = settings.name_prior_persons
    village, place = (
        (pl.col(f"{at}_namesakes") - 1 + prior * county) / (pl.col(f"{at}_size") + prior)
        for at in ("village", "place")
    )
    same, same_name = pl.col("village") == 5, pl.col("village") == 4
    share = pl.when(same).then(village).when(same_name).then(place).otherwise(county)
    usual = name_share(right)
    bits = (usual / share).log(2.0).clip(-settings.name_frequency_cap, settings.name_frequency_cap)
    return joined.select(pl.when(_same_name()).then(bits).otherwise(0.0)).to_series()


def name_share(right: pl.DataFrame) -> float:
    """Give how often two random people of the county bear one name."""
    if right.is_empty():
        return 1.0
    return float(right.select(((pl.col("namesakes") - 0.5) / pl.len()).mean()).item())


def scores(codes: pl.DataFrame, model: Model) -> pl.DataFrame:
    """Give each distinct pattern its three log2 likelihoods: ``same``, ``home``, ``other``."""
    matrix = codes_of(codes, model.declared)
    return codes.select("pattern").with_columns(
        same=pl.Series(np.log2(model.matches) + likelihood(model.m, matrix)),
        home=pl.Series(np.log2(model.mates) + likelihood(model.h, matrix)),
        other=pl.Series(likelihood(model.u, matrix)),
    )


def probability(codes: npt.NDArray[np.int64], model: Model) -> Floats:
    """Give each row of codes the probability that it is the same person, by itself."""
    same = np.log2(model.matches) + likelihood(model.m, codes)
    home = np.log2(model.mates) + likelihood(model.h, codes)
    other = likelihood(model.u, codes)
    return np.asarray(1.0 / (1.0 + np.exp2(home - same) + np.exp2(other - same)), dtype=np.float64)


def odds(pairs: pl.DataFrame, model: Model, right: pl.DataFrame) -> pl.DataFrame:
    """Give each pair ``bits``: log2 odds that it is the same person, by itself.

    Args:
        pairs: ``l``, ``r`` and the level columns.
        model: The learnt shares.
        right: `sides.right`, for name frequencies.
    """
    random_name = float(model.u[model.declared.names.index("name"), 8:10].sum())
    # The model's u of an equal name stands for the county's mean; put it at the roster's own mean.
    level = np.log2(random_name / max(name_share(right), _FLOOR))
    other_name = (pl.col("id_number") == 7) & pl.col("name").is_between(1, 2)
    penalty = pl.when(other_name).then(model.declared.settings.other_name_penalty).otherwise(0.0)
    own = pl.when(_same_name()).then(pl.col("_own") + level).otherwise(0.0)
    frame = pairs.with_columns(_own=name_bits(pairs, right, model.declared)).with_columns(_own=own)
    return weighed(frame, model, "_own").with_columns(pl.col("bits") - penalty).drop("_own")


def weighed(pairs: pl.DataFrame, model: Model, own: str | None = None) -> pl.DataFrame:
    """Give each pair ``bits``: log2 odds of the same person against a mate and a random one.

    Args:
        pairs: The level columns and any others.
        model: The learnt shares.
        own: Column of bits by which two random people show this very value less often than its
            level (a rare name), if any.
    """
    fields = model.declared.names
    frame = pairs.with_columns(packed(fields))
    table = scores(frame.select("pattern").unique().with_columns(*unpacked(fields)), model)
    other = pl.col("other") if own is None else pl.col("other") - pl.col(own)
    rest = pl.max_horizontal(pl.col("home"), other)
    two = pl.lit(2.0)
    rest = rest + (
        two.pow((pl.col("home") - rest).clip(-200, 0)) + two.pow((other - rest).clip(-200, 0))
    ).log(2.0)
    return (
        frame.join(table, on="pattern", how="left", maintain_order="left")
        .with_columns(bits=pl.col("same") - rest)
        .drop("pattern", "same", "home", "other")
    )
