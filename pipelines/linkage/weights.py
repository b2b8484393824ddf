"""What a level is worth: a model's shares, and the odds of a compared pair by them.

Three kinds of pairs: the same person (m), two members of one household, who share address, phone
and head and are not the same person (h), two random people (u). How the shares are learnt stands in
`learning`. (Fellegi and Sunter 1969; term frequencies after Winkler; measurements: LINKAGE.md.)
"""

import hashlib
import json
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import polars as pl

from pipelines.linkage import schools
from pipelines.linkage.compare_pairs import at
from pipelines.linkage.levels import Declared, packed, unpacked

Floats = npt.NDArray[np.float64]

CODES = 16
FLOOR = 1e-9
"""Least share of a level."""


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
    table = np.full((len(declared.names), CODES), FLOOR)
    table[:, 0] = 1.0
    for i, field in enumerate(declared.fields.values()):
        for group in field.groups:
            total = sum(getattr(field.levels[code], share) for code in group)
            for code in group:
                table[i, code] = getattr(field.levels[code], share) / total
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
        right: `sides.right`, for how common names and schools are.
    """
    random_name = float(model.u[model.declared.names.index("name"), 8:10].sum())
    # The model's u of an equal name stands for the county's mean; put it at the roster's own mean.
    level = np.log2(random_name / max(name_share(right), FLOOR))
    other_name = (pl.col("id_number") == 7) & pl.col("name").is_between(1, 2)
    penalty = pl.when(other_name).then(model.declared.settings.other_name_penalty).otherwise(0.0)
    own = pl.when(same_name()).then(pl.col("_own") + level).otherwise(0.0)
    school = model.declared.names.index(schools.SCHOOL)
    random_school = float(model.u[school, 3:5].sum())
    frame = pairs.with_columns(_own=name_bits(pairs, right, model.declared)).with_columns(
        _own=own + schools.bits(pairs, right, random_school, model.declared)
    )
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
    bits = max(float(np.log2(max(here, FLOOR) / max(name_share(right), FLOOR))), 0.0)
    return pl.when(same_name() & (pl.col("village") == 5)).then(bits).otherwise(0.0)


def usual_bits(right: pl.DataFrame, declared: Declared) -> pl.Expr:
    """Give the bits by which random people agree more often than field by field.

    Args:
        right: `sides.right`.
        declared: For the settings.
    """
    return clan(right) + schools.usual_bits(right, declared)


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
    counts = ("namesakes", "village_namesakes", "village_size", "place_namesakes", "place_size")
    both = [pairs.select("name", "village"), at(right, pairs["r"], counts)]
    joined = pl.concat(both, how="horizontal")
    county = (pl.col("namesakes") - 0.5) / max(right.height, 1)
    prior = settings.name_prior_persons
    village, place = (
        (pl.col(f"{of}_namesakes") - 1 + prior * county) / (pl.col(f"{of}_size") + prior)
        for of in ("village", "place")
    )
    here, somewhere = pl.col("village") == 5, pl.col("village") == 4
    share = pl.when(here).then(village).when(somewhere).then(place).otherwise(county)
    usual = name_share(right)
    bits = (usual / share).log(2.0).clip(-settings.name_frequency_cap, settings.name_frequency_cap)
    return joined.select(pl.when(same_name()).then(bits).otherwise(0.0)).to_series()


def name_share(right: pl.DataFrame) -> float:
    """Give how often two random people of the county bear one name."""
    if right.is_empty():
        return 1.0
    return float(right.select(((pl.col("namesakes") - 0.5) / pl.len()).mean()).item())


def same_name() -> pl.Expr:
    """Whether the names are equal, or would be but for the way of writing."""
    return pl.col("name").is_between(8, 9)
