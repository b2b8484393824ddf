"""Scored pairs against the truth: precision, recall, F1, by threshold and by defect."""

from dataclasses import dataclass

import polars as pl

CANDIDATE = 0.05
"""A row with a pair from this score on, but none at the threshold, is one for people to look at."""


@dataclass(frozen=True)
class Quality:
    """Links at one threshold."""

    threshold: float
    links: int
    right: int
    due: int
    """True pairs, found or not."""

    @property
    def precision(self) -> float:
        """Share of links that are right."""
        return self.right / self.links if self.links else 0.0

    @property
    def recall(self) -> float:
        """Share of true pairs that are links."""
        return self.right / self.due if self.due else 0.0

    @property
    def f1(self) -> float:
        """The harmonic mean of both."""
        return 2 * self.right / (self.links + self.due) if self.links + self.due else 0.0


def judged(pairs: pl.DataFrame, truth: pl.DataFrame) -> pl.DataFrame:
    """Give the pairs with ``right``.

    Args:
        pairs: ``l``, ``r``, ``score``.
        truth: ``record_id`` (as ``l``), ``true`` (as ``r``, or null).
    """
    own = truth.select(l="record_id", true="true")
    return pairs.join(own, on="l", how="left").with_columns(
        right=(pl.col("r") == pl.col("true")).fill_null(value=False)
    )


def best_of_each(pairs: pl.DataFrame) -> pl.DataFrame:
    """Keep the best pair of each row of the list, and then of each row of the roster."""
    order = pairs.sort("score", "l", "r", descending=[True, False, False])
    return order.unique("l", keep="first", maintain_order=True).unique(
        "r", keep="first", maintain_order=True
    )


def at(pairs: pl.DataFrame, truth: pl.DataFrame, threshold: float) -> Quality:
    """Judge the pairs that score `threshold` or more (`pairs` as `judged` gives them)."""
    linked = pairs.filter(pl.col("score") >= threshold)
    return Quality(threshold, linked.height, int(linked["right"].sum()), truth["true"].count())


def at_best(pairs: pl.DataFrame, truth: pl.DataFrame) -> Quality:
    """Judge at the threshold whose F1 is greatest, which only the truth can tell."""
    due = truth["true"].count()
    steps = (
        pairs.group_by("score")
        .agg(links=pl.len(), right=pl.col("right").sum())
        .sort("score", descending=True)
        .with_columns(pl.col("links", "right").cum_sum())
        .with_columns(f1=2 * pl.col("right") / (pl.col("links") + due))
        .sort("f1", descending=True)
    )
    if steps.is_empty():
        return Quality(1.0, 0, 0, due)
    best = steps.row(0, named=True)
    return Quality(best["score"], best["links"], best["right"], due)


def automatic(pairs: pl.DataFrame, truth: pl.DataFrame, threshold: float) -> float:
    """Give the share of rows about which nobody need be asked: linked, or without a candidate."""
    open_rows = (
        pairs.group_by("l")
        .agg(pl.col("score").max())
        .filter((pl.col("score") < threshold) & (pl.col("score") >= CANDIDATE))
    )
    return 1.0 - open_rows.height / max(truth.height, 1)


def by_defect(pairs: pl.DataFrame, truth: pl.DataFrame, threshold: float) -> pl.DataFrame:
    """Give ``defect``, ``rows``, ``due``, ``found``, ``wrong``; a row counts under each of its.

    Args:
        pairs: As `judged` gives them.
        truth: With ``defects``, a list; without any the row counts under ``none``, one whose person
            the roster has not under ``not in the roster`` too.
        threshold: Least score of a link.
    """
    linked = (
        pairs.filter(pl.col("score") >= threshold)
        .group_by("l")
        .agg(found=pl.col("right").any(), wrong=(~pl.col("right")).sum())
    )
    labels = (
        pl.when(pl.col("true").is_null())
        .then(pl.concat_list(pl.lit("not in the roster")))
        .when(pl.col("defects").list.len() == 0)
        .then(pl.concat_list(pl.lit("none")))
        .otherwise("defects")
    )
    return (
        truth.select("record_id", "true", defect=labels)
        .join(linked, left_on="record_id", right_on="l", how="left")
        .explode("defect")
        .group_by("defect")
        .agg(
            rows=pl.len(),
            due=pl.col("true").count(),
            found=pl.col("found").fill_null(value=False).sum(),
            wrong=pl.col("wrong").fill_null(0).sum(),
        )
        .sort("defect")
    )
