"""Which pairs to ask about, and in what order.

Two parts, so that every answer is of use and the estimates stay unbiased:

- 优先 (priority): the most useful pairs of the doubtful band. Useful is what settles most: the
  model's uncertainty, ``1 - |2p - 1|``, times the rules that read the list, times the rows that
  the pair stands for. They are a stratum of their own that is taken whole: inclusion
  probability 1.
- 随机 (random): from what is left of each stratum a simple random sample; its inclusion
  probability, sample over stratum, is kept with each pair. The sizes follow Neyman: a stratum gets
  its share by its number of pairs times their standard deviation under the model, and a declared
  least. (Cochran 1977, Sampling Techniques, ch. 5.)

A reviewer may stop anywhere: the random pairs are in random order and spread evenly among the
others, so those answered are still a random sample.
"""

import numpy as np
import polars as pl

from pipelines.review.declared import ReviewSettings
from pipelines.review.pairs import CONFIRMED, DECIDED, NOBODY, TRUSTED, strata

PRIORITY, RANDOM = "priority", "random"


def usefulness(probability: str = "probability") -> pl.Expr:
    """Give what an answer settles: uncertainty times ``rules`` times ``rows``."""
    p = pl.col(probability).clip(0.0, 1.0)
    return ((1.0 - (2.0 * p - 1.0).abs()) * pl.col("rules") * pl.col("rows")).alias("usefulness")


def sample(pairs: pl.DataFrame, size: int, settings: ReviewSettings, seed: int) -> pl.DataFrame:
    """Give the pairs to ask about, in the order to ask.

    Args:
        pairs: `pairs.PAIRS` that nobody has answered yet, with ``rules``, the number of rules that
            read the list.
        size: How many, at most.
        settings: Share of the random part and its least.
        seed: Of the random part.

    Returns:
        The chosen rows with ``usefulness``, ``part``, ``inclusion``, and ``left_in_stratum``: the
        pairs that the random ones were drawn from; in the order of the workbook.
    """
    open_pairs = (
        pairs.filter(~pl.col("stratum").is_in([TRUSTED, DECIDED, NOBODY]))
        .with_columns(usefulness())
        .sort("usefulness", "rows", "record_id", descending=[True, True, False])
    )
    drawn_size = round(size * settings.random_share)
    doubtful = open_pairs.filter(pl.col("stratum") != CONFIRMED)
    priority = doubtful.head(size - drawn_size).with_columns(
        part=pl.lit(PRIORITY), inclusion=pl.lit(1.0), left_in_stratum=pl.lit(None, pl.Int64)
    )
    rest = open_pairs.join(priority, on="record_id", how="anti", maintain_order="left")
    drawn = _random(rest, drawn_size, settings, seed)
    # Each part keeps its own order; the two are spread evenly over the workbook.
    parts = [
        part.with_columns(at=(pl.int_range(pl.len()) + 0.5) / max(part.height, 1))
        for part in (priority, drawn)
    ]
    return pl.concat(parts, how="vertical_relaxed").sort("at", "part").drop("at")


def _random(rest: pl.DataFrame, size: int, settings: ReviewSettings, seed: int) -> pl.DataFrame:
    rng = np.random.default_rng(seed)
    by_stratum = {
        name: rest.filter(pl.col("stratum") == name).sort("record_id") for name in strata(settings)
    }
    sizes = shares(by_stratum, size, settings)
    chosen = []
    for name, part in by_stratum.items():
        places = np.sort(rng.choice(part.height, sizes[name], replace=False))
        chosen.append(
            part.select(pl.all().gather(places)).with_columns(
                part=pl.lit(RANDOM),
                inclusion=pl.lit(sizes[name] / max(part.height, 1)),
                left_in_stratum=pl.lit(part.height, pl.Int64),
            )
        )
    together = pl.concat(chosen)
    return together.select(pl.all().gather(rng.permutation(together.height)))


def shares(
    by_stratum: dict[str, pl.DataFrame], size: int, settings: ReviewSettings
) -> dict[str, int]:
    """Give how many of `size` each stratum gets: Neyman's allocation, with a least for each."""
    there = {name: part.height for name, part in by_stratum.items()}
    given = {name: min(settings.least_of_stratum, n) for name, n in there.items()}
    over = sum(given.values()) - size
    while over > 0:  # fewer than the leasts together: the largest give first
        most = max(given, key=lambda name: given[name])
        given[most] -= 1
        over -= 1
    spread = {}
    for name, part in by_stratum.items():
        p = part["probability"].to_numpy()
        deviation = float(np.sqrt(np.mean(p * (1 - p)))) if len(p) else 0.0
        spread[name] = part.height * max(deviation, settings.least_spread)
    for _ in range(size - sum(given.values())):
        open_names = [name for name in there if given[name] < there[name]]
        if not open_names:
            break
        # Huntington and Hill: whoever has least for the spread it stands for is next.
        best = max(open_names, key=lambda name: spread[name] / max(given[name] + 0.5, 0.5))
        given[best] += 1
    return given
