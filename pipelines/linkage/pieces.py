"""The three pieces of step 3: which pairs are compared, their levels, and which of them contend.

Each is ours here, as whole columns; `recordlinkage_bridge.Toolkit` puts pieces of recordlinkage in
their place, one by one. A round that swaps none does not import the toolkit: with pandas, scipy and
scikit-learn it takes 160 MiB and most of a second.
"""

import polars as pl

from pipelines.linkage import weights
from pipelines.linkage.assign import by_rows, contends
from pipelines.linkage.candidates import ASKED, candidate_pairs
from pipelines.linkage.compare_pairs import with_levels, with_mates
from pipelines.linkage.levels import Declared


class Pieces:
    """Step 3 as ours."""

    def pairs(
        self, rows: pl.DataFrame, left: pl.DataFrame, right: pl.DataFrame, declared: Declared
    ) -> pl.DataFrame:
        """Give the candidate pairs of two sides: ``l``, ``r``, sorted.

        Args:
            rows: ``l`` of the rows of `left` that count.
            left: `sides.left`.
            right: `sides.right`.
            declared: For the cap of a block.
        """
        asked = left.select("l", *ASKED)
        if rows.height < left.height:
            asked = asked.join(rows, on="l", how="semi")
        return candidate_pairs(asked, right, declared)

    def levels(
        self,
        pairs: pl.DataFrame,
        left: pl.DataFrame,
        right: pl.DataFrame,
        declared: Declared,
        settled: pl.DataFrame | None,
    ) -> pl.DataFrame:
        """Give candidate pairs their levels (`compare_pairs.with_levels`)."""
        return with_levels(pairs, left, right, declared, settled)

    def mates(
        self,
        levels: pl.DataFrame,
        left: pl.DataFrame,
        right: pl.DataFrame,
        settled: pl.DataFrame,
    ) -> pl.DataFrame:
        """Give compared pairs their level ``mates`` anew (`compare_pairs.with_mates`)."""
        return with_mates(levels, left, right, settled)

    def contenders(
        self, pairs: pl.DataFrame, model: weights.Model, right: pl.DataFrame
    ) -> pl.DataFrame:
        """Give the compared pairs that may decide anything, with their log2 odds, ``bits``.

        Args:
            pairs: ``l``, in order, ``r`` and the level columns.
            model: The learnt shares.
            right: `sides.right`.
        """
        # In slices: most pairs leave at once.
        weighed = (weights.odds(part, model, right) for part in by_rows(pairs))
        return pl.concat([part.filter(contends()) for part in weighed])
