"""How often pairs are right that bidui gives a probability of p: the table and its curve."""

from pathlib import Path

import polars as pl

from pipelines.linkage.keys import EXACT
from pipelines.review import svg
from pipelines.review.reliability import picture, reliability


def reliability_lines(pairs: pl.DataFrame, image: Path) -> list[str]:
    """Write the curve to `image` and give the table, of all pairs that no exact key settled.

    Args:
        pairs: ``score``, ``method`` and ``right``.
        image: Beside the page, or in a folder below it.
    """
    weighed = pairs.filter(pl.col("method").ne_missing(EXACT))
    table = reliability(weighed["score"], weighed["right"])
    image.parent.mkdir(parents=True, exist_ok=True)
    image.write_text(svg.alone(picture(table)), encoding="utf-8")
    brier = weighed.select((pl.col("score") - pl.col("right").cast(pl.Float64)).pow(2).mean())
    says = (
        f"What bidui says of the {weighed.height:,} pairs that no exact key settled, and how often "
        f"it is right (Brier score {brier.item():.5f}):"
    )
    return [
        says,
        "",
        "| the model says | pairs | on average | right | 95% interval |",
        "|---|---|---|---|---|",
        *[
            f"| {row['from']:g} to {row['to']:g} | {row['pairs']:,} | {row['told']:.4f} | "
            f"{row['right']:.4f} | {row['low']:.4f} to {row['high']:.4f} |"
            for row in table.iter_rows(named=True)
        ],
        "",
        f"![Reliability, by the truth]({image.parent.name}/{image.name})",
    ]
