"""The pairs that people could be asked about, each in its stratum.

A pair is a list's way of writing somebody, and the person (or household) that linkage proposes: all
rows of one list that say the same of their subject and were given the same person for the same
reasons are one pair, so nobody is asked twelve times about twelve payments. The strata cover every
linked row, so what is found of a sample says something of all.
"""

from itertools import pairwise

import polars as pl

from pipelines.frames import Schema
from pipelines.linkage.decisions import REVIEWED
from pipelines.linkage.levels import BITS, FIELDS
from pipelines.linkage.link import OWN
from pipelines.review.declared import ReviewSettings

TRUSTED = "trusted"
CONFIRMED = "confirmed"
CANDIDATE = "candidate"
DECIDED = "decided"
NOBODY = "nobody"

PAIRS: Schema = {
    "record_id": pl.String,  # the first of `records`: what the pair is known by
    "records": pl.List(pl.String),
    "dataset": pl.String,
    "person_id": pl.String,  # a person of the roster, or of an earlier one
    "household_id": pl.String,
    "status": pl.String,
    "method": pl.String,
    "probability": pl.Float64,  # the model's own
    "level_pattern": pl.String,
    "evidence": pl.String,
    "conflict": pl.String,  # with other rows of the list, as in `frames.LINKS`
    "stratum": pl.String,
    "rows": pl.Int64,
}
"""One row a pair; sorted by ``record_id``."""


def pairs(
    links: pl.DataFrame | pl.LazyFrame, candidates: pl.DataFrame, settings: ReviewSettings
) -> pl.LazyFrame:
    """Give every pair of a round's links, `PAIRS`, to be read.

    Args:
        links: `frames.LINKS` of all lists, at hand or to be read.
        candidates: `frames.CANDIDATES`: an unmatched row's best one is its pair; without one it
            stands alone, as a pair with nobody.
        settings: Trusted keys and the borders of the bands.
    """
    listed = links.lazy().filter(pl.col("method").ne_missing(OWN))
    person = pl.coalesce("person_id", "former_person_id")
    told = ("record_id", "dataset", "household_id", "method", "probability", "evidence")
    linked = listed.filter(pl.col("status") != "unmatched").select(
        *told, "level_pattern", "status", "conflict", person_id=person
    )
    proposed = (
        candidates.lazy()
        .filter(pl.col("rank") == 1)
        .join(listed.filter(pl.col("status") == "unmatched"), on="record_id", how="semi")
        .select(
            *told,
            "person_id",
            level_pattern=pattern_of("evidence"),
            status=pl.lit("unmatched"),
        )
    )
    nobody = (
        listed.filter(pl.col("status") == "unmatched")
        .join(proposed, on="record_id", how="anti")
        .select("record_id", "dataset", "status", probability=pl.lit(0.0), alone="record_id")
    )
    # An evidence is long and a county has millions: they are told apart by a number.
    same = ("alone", "dataset", "person_id", "household_id", "status", "method", "told")
    return (
        pl.concat([linked, proposed, nobody], how="diagonal")
        .with_columns(told=pl.col("evidence").hash())
        .sort("record_id")
        .group_by(same)
        .agg(
            pl.first("record_id", "level_pattern", "evidence", "conflict"),
            pl.col("record_id").alias("records"),
            pl.min("probability"),
            pl.len().cast(pl.Int64).alias("rows"),
        )
        .with_columns(stratum=_stratum(settings))
        .select(PAIRS.keys())
        .sort("record_id")
    )


def pattern_of(evidence: str) -> pl.Expr:
    """Give the level pattern that an evidence tells of, as `levels.pattern_text` writes it."""
    return pl.concat_str(
        [
            pl.col(evidence)
            .str.json_path_match(f"$.{field}.level")
            .replace_strict({str(code): f"{code:x}" for code in range(1 << BITS)}, default="0")
            for field in FIELDS
        ]
    )


def strata(settings: ReviewSettings) -> dict[str, str]:
    """Give the strata that samples are drawn from, id to Chinese title."""
    borders = ("0", *(f"{b:g}" for b in settings.bands), "1")
    bands = {
        f"suspected_{low}": f"待核身份，把握 {float(low):.0%} 至 {float(high):.0%}"
        for low, high in pairwise(borders)
    }
    return {
        CONFIRMED: "已确认，由多项比对得出",
        **dict(reversed(bands.items())),
        CANDIDATE: "未匹配，有候选人",
    }


def _stratum(settings: ReviewSettings) -> pl.Expr:
    suspected = pl.lit("suspected_0")
    for border in settings.bands:
        at_least = pl.col("probability") >= border
        suspected = pl.when(at_least).then(pl.lit(f"suspected_{border:g}")).otherwise(suspected)
    return (
        pl.when(pl.col("method") == REVIEWED)
        .then(pl.lit(DECIDED))
        .when(pl.col("method").is_in(list(settings.trusted)))
        .then(pl.lit(TRUSTED))
        .when(pl.col("status") == "confirmed")
        .then(pl.lit(CONFIRMED))
        .when(pl.col("alone").is_not_null())
        .then(pl.lit(NOBODY))
        .when(pl.col("status") == "unmatched")
        .then(pl.lit(CANDIDATE))
        .otherwise(suspected)
    )
