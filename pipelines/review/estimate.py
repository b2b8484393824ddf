"""How many links are right and how many are found, without a truth.

Two answers beside each other. The model's own: the sum of its probabilities, as good as the model.
What people found: strata with known inclusion probabilities (`sample`), in each the share of the
random pairs found right, with Clopper and Pearson's interval, added up over the strata. Where
nobody was asked of a stratum, the interval covers everything that could be.

The unit is the pair (`pairs`). Links by trusted keys are taken as right. A row without a candidate
cannot be shown to people: it counts as nobody's, and at the far end of the interval as missed; so
does a row of which people said that it is not the candidate, since it may be somebody else.
"""

from dataclasses import dataclass

import polars as pl

from pipelines.frames import LINK_ESTIMATES
from pipelines.linkage.calibration import decided_pairs
from pipelines.linkage.decisions import SAME, UNSURE, Decisions
from pipelines.review.declared import ReviewSettings, review_settings
from pipelines.review.intervals import Between, added, share, total_of
from pipelines.review.pairs import CANDIDATE, CONFIRMED, DECIDED, NOBODY, TRUSTED, strata
from pipelines.review.sample import PRIORITY, RANDOM

FIGURES = {
    "confirmed_precision": "已确认的关联中，关联正确的占比（准确率）",
    "confirmed_recall": "应当找到的对中，已确认的占比（召回率）",
    "suspected_precision": "待核身份的关联中，关联正确的占比",
    "linked_recall": "应当找到的对中，已确认或待核身份的占比",
}
MODEL, REVIEW = "model", "review"

NEEDED = ("record_id", "person_id", "household_id", "stratum", "probability")
"""The columns of `pairs.PAIRS` that estimates rest on."""


@dataclass(frozen=True)
class Stratum:
    """One stratum: its pairs, what people found of its sample, and how many of it are right."""

    name: str
    status: str
    pairs: int
    asked: int
    """Random pairs that somebody decided."""
    right: int
    """Of these, the same person."""
    unsure: int
    model: float
    """Pairs that are right, as the model has it."""
    pieces: tuple[Between, ...]
    """Pairs that are right, as people's answers have it: the decided, the asked for, the rest."""

    @property
    def found(self) -> Between:
        """The sum of the pieces."""
        return added(self.pieces)


def estimates(
    pairs: pl.DataFrame, decisions: Decisions, issued: pl.DataFrame, settings: ReviewSettings
) -> tuple[pl.DataFrame, list[Stratum]]:
    """Give `frames.LINK_ESTIMATES`, and the strata that they come from.

    Args:
        pairs: `NEEDED` of the round's pairs.
        decisions: What `decisions.load_decisions` gives; those of other counties may be among them.
        issued: `issue.ISSUED` of what was handed out.
        settings: The confidence.
    """
    known = _with_verdicts(pairs, decisions, issued)
    parts = _strata(known, decisions, settings)
    reviewed = decided_pairs(decisions).height
    rows = []
    for basis in (MODEL, REVIEW):
        sums = {
            statuses: _sum([part for part in parts if part.status in statuses], basis)
            for statuses in (_CONFIRMED, _SUSPECTED, _UNMATCHED, _LINKED, _OPEN)
        }
        sizes = {s: sum(p.pairs for p in parts if p.status in s) for s in sums}
        figures = {
            "confirmed_precision": (_over(sums[_CONFIRMED], sizes[_CONFIRMED]), _CONFIRMED),
            "confirmed_recall": (share(sums[_CONFIRMED], sums[_OPEN]), _ALL),
            "suspected_precision": (_over(sums[_SUSPECTED], sizes[_SUSPECTED]), _SUSPECTED),
            "linked_recall": (share(sums[_LINKED], sums[_UNMATCHED]), _ALL),
        }
        for name, (between, statuses) in figures.items():
            rows.append(
                {
                    "figure": name,
                    "basis": basis,
                    "value": between.value,
                    "low": between.low if basis == REVIEW else None,
                    "high": between.high if basis == REVIEW else None,
                    "pairs": sum(part.pairs for part in parts if part.status in statuses),
                    "reviewed": reviewed,
                }
            )
    return pl.DataFrame(rows, schema=dict(LINK_ESTIMATES)), parts


_CONFIRMED, _SUSPECTED, _UNMATCHED = ("confirmed",), ("suspected",), ("unmatched",)
_LINKED, _OPEN = _CONFIRMED + _SUSPECTED, _SUSPECTED + _UNMATCHED
_ALL = _LINKED + _UNMATCHED


def _sum(parts: list[Stratum], basis: str) -> Between:
    if basis == MODEL:
        total = sum(part.model for part in parts)
        return Between(total, total, total)
    return added(piece for part in parts for piece in part.pieces)


def _over(total: Between, size: int) -> Between:
    if size == 0:
        return Between(1.0, 1.0, 1.0)
    return Between(total.value / size, max(total.low / size, 0.0), min(total.high / size, 1.0))


def _with_verdicts(pairs: pl.DataFrame, decisions: Decisions, issued: pl.DataFrame) -> pl.DataFrame:
    """Add ``verdict`` of who was asked, and ``waiting``: picked for its doubt and not answered."""
    about = ["record_id", "about"]
    subject = pl.coalesce("person_id", "household_id").alias("about")
    said = (
        decisions.filter(pl.col("decision") != UNSURE)
        .select("record_id", subject, verdict="decision")
        .drop_nulls()
        .unique(about, keep="first", maintain_order=True)
    )
    picked = (
        issued.filter(pl.col("part") == PRIORITY)
        .select(pl.col("records").str.split("\n").list.first().alias("record_id"), subject)
        .unique()
        .with_columns(picked=pl.lit(value=True))
    )
    return (
        pairs.with_columns(subject)
        .join(said, on=about, how="left", maintain_order="left")
        .join(picked, on=about, how="left", maintain_order="left")
        .with_columns(waiting=pl.col("picked").fill_null(value=False) & pl.col("verdict").is_null())
        .drop("about", "picked")
    )


def _strata(known: pl.DataFrame, decisions: Decisions, settings: ReviewSettings) -> list[Stratum]:
    drawn = _drawn(decisions)
    parts = []
    for name in (TRUSTED, DECIDED, *strata(settings), NOBODY):
        own = known.filter(pl.col("stratum") == name)
        model = float(own["probability"].sum())
        right, asked, unsure = drawn.get(name, (0, 0, 0))
        if name in (TRUSTED, DECIDED):
            pieces: tuple[Between, ...] = (Between(own.height, own.height, own.height),)
        elif name == NOBODY:
            pieces = (Between(0.0, 0.0, own.height, unasked=True),)
        else:
            pieces = _pieces(own, right, asked, unsure, settings.confidence)
        if name == CANDIDATE:
            # Not this candidate: it may still be somebody else of the roster.
            other = own.height - added(pieces).high
            pieces = (*pieces, Between(0.0, 0.0, max(other, 0.0), unasked=True))
        parts.append(Stratum(name, _status(name), own.height, asked, right, unsure, model, pieces))
    return parts


def _pieces(
    own: pl.DataFrame, right: int, asked: int, unsure: int, confidence: float
) -> tuple[Between, ...]:
    """How many pairs of a stratum are right: the decided, the picked and not answered, the rest."""
    same = float((own["verdict"] == SAME).sum())
    waiting = own.filter("waiting")
    rest = own.filter(pl.col("verdict").is_null() & ~pl.col("waiting"))
    decided = Between(same, same, same)
    picked = _unasked(waiting)
    if asked == 0:
        return decided, picked, _unasked(rest)
    # The sample was drawn from the rest and itself; its own pairs are known.
    low, high = total_of(right, asked, rest.height + asked, confidence, min(unsure, rest.height))
    value = rest.height * right / asked
    unseen = Between(
        value, min(float(low - right), value), max(float(min(high - right, rest.height)), value)
    )
    return decided, picked, unseen


def _unasked(pairs: pl.DataFrame) -> Between:
    """What nobody was asked about: the model's own sum, and everything that could be."""
    return Between(float(pairs["probability"].sum()), 0.0, float(pairs.height), unasked=True)


def _drawn(decisions: Decisions) -> dict[str, tuple[int, int, int]]:
    """Stratum to random pairs found right, found right or wrong, and undecided."""
    random = decisions.filter(pl.col("part") == RANDOM).unique(["review", "pair"], keep="first")
    counted = random.group_by("stratum").agg(
        (pl.col("decision") == SAME).sum().alias("right"),
        (pl.col("decision") != UNSURE).sum().alias("asked"),
        (pl.col("decision") == UNSURE).sum().alias("unsure"),
    )
    return {r["stratum"]: (r["right"], r["asked"], r["unsure"]) for r in counted.to_dicts()}


def _status(stratum: str) -> str:
    if stratum in (TRUSTED, DECIDED, CONFIRMED):
        return "confirmed"
    return "unmatched" if stratum in (CANDIDATE, NOBODY) else "suspected"


def in_words(table: pl.DataFrame) -> list[str]:
    """Say each figure's value with its interval, and what the model has; in `FIGURES` order."""
    rows = {(r["figure"], r["basis"]): r for r in table.to_dicts()}
    return [
        f"{found['value']:.2%}（{found['low']:.2%} 至 {found['high']:.2%}）；"
        f"模型自己估计 {rows[name, MODEL]['value']:.2%}"
        for name in FIGURES
        if (found := rows[name, REVIEW])
    ]


def strata_table(parts: list[Stratum]) -> pl.DataFrame:
    """Give the strata in Chinese: pairs, what was asked of them, what was found, and the model."""
    titles = {
        TRUSTED: "已确认，凭号码直接对上（视为正确）",
        DECIDED: "已确认，经人核对",
        **strata(review_settings()),
        NOBODY: "未匹配，没有候选人",
    }
    return pl.DataFrame(
        [
            {
                "层": titles[part.name],
                "对数": part.pairs,
                "随机核对": part.asked,
                "其中正确": part.right,
                "无法判断": part.unsure,
                "估计正确": f"{found.value:.0f}（{found.low:.0f} 至 {found.high:.0f}）",
                "模型估计正确": f"{part.model:.0f}",
            }
            for part in parts
            if (found := part.found)
        ]
    )
