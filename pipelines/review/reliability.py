"""Does a link of probability p turn out right with frequency p? The table and its picture."""

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy.stats import beta

from pipelines.review import svg

EDGES = (0.0, 0.2, 0.5, 0.7, 0.9, 0.97, 0.99, 0.999, 1.0)
"""Borders of the rows: narrow where links are confirmed."""


def reliability(probability: pl.Series, right: pl.Series, confidence: float = 0.95) -> pl.DataFrame:
    """Give how often pairs were right, by the probability that they were given.

    Args:
        probability: Of each pair, as it was told.
        right: Whether it was the same person.
        confidence: Of Clopper and Pearson's interval.

    Returns:
        A row a band that has pairs: ``from``, ``to``, ``pairs``, ``told`` (mean probability),
        ``right`` (share), ``low``, ``high``.
    """
    band = np.searchsorted(EDGES, probability.to_numpy(), side="right").clip(1, len(EDGES) - 1)
    grouped = (
        pl.DataFrame({"band": band, "told": probability, "yes": right})
        .group_by("band")
        .agg(pl.len().alias("pairs"), pl.mean("told"), pl.sum("yes").cast(pl.Float64))
        .sort("band")
    )
    low, high = proportion(
        grouped["yes"].to_numpy(), grouped["pairs"].to_numpy().astype(float), confidence
    )
    edges = pl.Series(EDGES)
    return grouped.select(
        edges.gather(grouped["band"] - 1).alias("from"),
        edges.gather(grouped["band"]).alias("to"),
        "pairs",
        "told",
        right=pl.col("yes") / pl.col("pairs"),
        low=pl.Series(low),
        high=pl.Series(high),
    )


def proportion(
    right: npt.NDArray[np.float64], asked: npt.NDArray[np.float64], confidence: float
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Give Clopper and Pearson's interval of shares of large populations."""
    tail = (1.0 - confidence) / 2.0
    with np.errstate(invalid="ignore"):
        low = np.where(right > 0, beta.ppf(tail, right, asked - right + 1), 0.0)
        high = np.where(right < asked, beta.ppf(1.0 - tail, right + 1, asked - right), 1.0)
    return low, high


_SIDE, _LEFT, _TOP, _WIDTH, _HEIGHT = 330.0, 70.0, 16.0, 760.0, 400.0
_TICKS = (0.0, 0.25, 0.5, 0.75, 1.0)


def picture(table: pl.DataFrame, others: pl.DataFrame | None = None) -> str:
    """Give the reliability curve as SVG: a dot a band with its interval, beside the diagonal.

    Args:
        table: Of `reliability`, by the model's probability.
        others: The same by the calibrated probability, where there is one.
    """

    def x(p: float) -> float:
        return _LEFT + p * _SIDE

    def y(p: float) -> float:
        return _TOP + (1.0 - p) * _SIDE

    parts = [svg.line(x(0), y(0), x(1), y(1), dash="4 4")]
    for tick in _TICKS:
        parts += [
            svg.line(x(tick), y(0), x(tick), y(0) + 5),
            svg.text(x(tick), y(0) + 20, f"{tick:.0%}", anchor="middle", look="small"),
            svg.line(x(0) - 5, y(tick), x(0), y(tick)),
            svg.text(x(0) - 9, y(tick) + 4, f"{tick:.0%}", anchor="end", look="small"),
        ]
    parts += [
        svg.line(x(0), y(0), x(1), y(0), svg.TOTAL),
        svg.line(x(0), y(0), x(0), y(1), svg.TOTAL),
        svg.text(x(0.5), y(0) + 42, "所说的把握", anchor="middle"),
        svg.text(x(0) - 4, _TOP - 4, "核对为同一人的占比", anchor="start", look="small"),
    ]
    for frame, color in ((table, svg.TOTAL), (others, svg.FOR)):
        for row in () if frame is None else frame.iter_rows(named=True):
            says = f"{row['pairs']} 对：说 {row['told']:.2%}，核对 {row['right']:.2%}"
            at = x(row["told"])
            parts += [
                svg.line(at, y(row["low"]), at, y(row["high"]), color),
                svg.dot(at, y(row["right"]), 3.0 + min(row["pairs"], 400) ** 0.5 / 4, color, says),
            ]
    legend = x(1) + 40
    lines = (
        "竖线是 95% 置信区间，圆点越大核对的对越多。",
        "点在虚线上：说有多大把握，就有多大把握。",
        "点在虚线之上：模型说得保守；之下：说得太满。",
    )
    parts += [
        svg.text(legend, _TOP + 30 + 22 * n, words, look="small") for n, words in enumerate(lines)
    ]
    return svg.svg(_WIDTH, _HEIGHT, "把握与实际", parts)
