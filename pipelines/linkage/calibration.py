"""Set the model's probabilities right by what people decided: a monotone map, learnt from pairs.

The model's probabilities rest on fields being independent, which they are not quite. People's
decisions on reviewed pairs say how often a link of probability p is right; isotonic regression
(Zadrozny and Elkan 2002) is the best map that never turns the order of two pairs round. It is
weighted by how rarely a pair was drawn, so that the pairs which were picked for their doubt do not
stand for all.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from pipelines.linkage.decisions import SAME, UNSURE, Decisions

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Calibration:
    """A monotone map from the model's probability to the share that people found right."""

    model: Floats
    """Probabilities, rising."""
    share: Floats
    """What they come to, not falling."""
    pairs: int
    """Decided pairs that it was learnt from."""

    def apply(self, probability: pl.Series) -> pl.Series:
        """Give the calibrated probabilities; null stays null."""
        values = np.interp(probability.to_numpy(), self.model, self.share)
        return pl.Series(probability.name, values, nan_to_null=True)


def decided_pairs(decisions: Decisions) -> pl.DataFrame:
    """Give the reviewed pairs that somebody could decide, one row a pair.

    Returns:
        ``review``, ``pair``, ``part``, ``stratum``, ``probability`` (the model's, when it was
        asked), ``inclusion``, ``level_pattern`` and ``right``.
    """
    told = ("review", "pair", "part", "stratum", "probability", "inclusion", "level_pattern")
    return (
        decisions.filter(
            pl.col("review").is_not_null()
            & pl.col("probability").is_not_null()
            & (pl.col("decision") != UNSURE)
        )
        .select(*told, right=pl.col("decision") == SAME)
        .unique(["review", "pair"], keep="first", maintain_order=True)
        .sort("review", "pair")
    )


def calibration(decisions: Decisions, least: int) -> Calibration | None:
    """Learn the map from reviewed pairs.

    Args:
        decisions: What `decisions.load_decisions` gives.
        least: Decided pairs from which on there is a map.

    Returns:
        The map, or null where there are too few pairs. No share is nearer to 0 or 1 than half a
        pair: so many answers cannot say more.
    """
    pairs = decided_pairs(decisions)
    if pairs.height < least:
        return None
    from sklearn.isotonic import IsotonicRegression

    bound = 0.5 / pairs.height
    fitted = IsotonicRegression(y_min=bound, y_max=1.0 - bound).fit(
        pairs["probability"].to_numpy(),
        pairs["right"].cast(pl.Float64).to_numpy(),
        sample_weight=(1.0 / pairs["inclusion"].fill_null(1.0)).to_numpy(),
    )
    return Calibration(
        np.asarray(fitted.X_thresholds_, dtype=np.float64),
        np.asarray(fitted.y_thresholds_, dtype=np.float64),
        pairs.height,
    )


def with_calibrated(frame: pl.DataFrame, learnt: Calibration | None) -> pl.DataFrame:
    """Give links or candidates with ``calibrated``: of what people have not settled, where learnt.

    Args:
        frame: `frames.DECIDED_LINKS` or `frames.CANDIDATES`.
        learnt: The map; without one the column stays null.
    """
    if learnt is None or frame.is_empty():
        return frame
    compared = pl.lit(value=True)
    if "status" in frame.columns:
        compared = pl.col("status") == "suspected"
    return frame.with_columns(calibrated=pl.when(compared).then(learnt.apply(frame["probability"])))
