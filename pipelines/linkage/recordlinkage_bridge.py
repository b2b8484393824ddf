"""Step 3 meets recordlinkage here: our blocking, comparison and classifier as its base classes.

Each class is a thin bridge over `candidates`, `compare_pairs` and `weights`, which work on
positions in polars. It can be used wherever recordlinkage wants an index, a feature or a
classifier; and a `Toolkit` holds such pieces, stock ones of recordlinkage or others, in place of
ours. pandas stays in this module, and only a job that is given a toolkit imports it.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import recordlinkage
from recordlinkage.base import BaseClassifier, BaseCompareFeature, BaseIndexAlgorithm

from pipelines.linkage import learning, weights
from pipelines.linkage.assign import contends
from pipelines.linkage.candidates import BLOCKS, Block, candidate_pairs
from pipelines.linkage.compare_pairs import with_levels
from pipelines.linkage.levels import FIELDS, Declared
from pipelines.linkage.pieces import Pieces
from pipelines.linkage.sides import ROWS, WHOLE_ID

COLUMNS = (
    "name", "key", "id", "any_id", "sex", "birth", "village", "township", "phone", "household",
    "head_key", "school",
)  # fmt: skip
"""What stock pieces see of either side."""

_SIDE_OF = {
    "name": "key", "id_number": "any_id", "birth_date": "birth", "sex": "sex",
    "village": "village", "family": "head_key", "phone": "phone", "household": "household",
    "school": "school",
}  # fmt: skip
"""Field to the column that both sides must have for a stock feature of that label to count."""


def to_pandas(side: pl.DataFrame, position: str) -> pd.DataFrame:
    """Give a side as recordlinkage wants it: text columns, indexed by position."""
    columns = [WHOLE_ID, *(pl.col(c) for c in COLUMNS if c != "id")]
    content = side.select(columns).select(pl.col(COLUMNS).cast(pl.String)).to_dict(as_series=False)
    index = pd.Index(side[position].to_numpy().astype(np.int64), name=position)
    return pd.DataFrame(content, index=index, dtype=object)


def _positions(pairs: pd.MultiIndex) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "l": np.asarray(pairs.get_level_values(0), dtype=np.int64),
            "r": np.asarray(pairs.get_level_values(1), dtype=np.int64),
        }
    ).cast({"l": ROWS, "r": ROWS})


class BlockIndex(BaseIndexAlgorithm):  # type: ignore[misc]
    """The declared blocking keys as a recordlinkage index.

    ``index(df_a, df_b)`` gives a MultiIndex as the toolkit's own do; `positions` gives the same
    pairs without making one.
    """

    def __init__(
        self,
        left: pl.DataFrame,
        right: pl.DataFrame,
        declared: Declared,
        blocks: tuple[Block, ...] = BLOCKS,
    ) -> None:
        """Keep both sides; the frames given to ``index`` say which of their rows count."""
        super().__init__()
        self.left, self.right, self.declared, self.blocks = left, right, declared, blocks

    def positions(self) -> pl.DataFrame:
        """Give the candidate pairs: ``l``, ``r``."""
        return candidate_pairs(self.left, self.right, self.declared, self.blocks)

    def _link_index(self, df_a: pd.DataFrame, df_b: pd.DataFrame) -> pd.MultiIndex:
        left = self.left.filter(pl.col("l").is_in(df_a.index.to_numpy()))
        right = self.right.filter(pl.col("r").is_in(df_b.index.to_numpy()))
        pairs = candidate_pairs(left, right, self.declared, self.blocks)
        return pd.MultiIndex.from_arrays([pairs["l"].to_numpy(), pairs["r"].to_numpy()])


class LevelCompare(BaseCompareFeature):  # type: ignore[misc]
    """All declared levels as one recordlinkage feature: an integer column a field.

    In a ``Compare`` its labels are position columns, ``l`` and ``r``.
    """

    def __init__(
        self,
        left: pl.DataFrame,
        right: pl.DataFrame,
        declared: Declared,
        settled: pl.DataFrame | None = None,
    ) -> None:
        """Keep both sides; ``settled`` as in `compare_pairs.with_levels`."""
        super().__init__("l", "r", label=list(FIELDS))
        self.left, self.right, self.declared, self.settled = left, right, declared, settled

    def levels(self, pairs: pl.DataFrame) -> pl.DataFrame:
        """Give `pairs` (``l``, ``r``) with their level columns."""
        return with_levels(pairs, self.left, self.right, self.declared, self.settled)

    def _compute_vectorized(self, left: pd.Series, right: pd.Series) -> pd.DataFrame:
        pairs = pl.DataFrame(
            {"l": left.to_numpy(dtype=np.int64), "r": right.to_numpy(dtype=np.int64)}
        ).cast({"l": ROWS, "r": ROWS})
        levels = self.levels(pairs).select(FIELDS).to_numpy()
        return pd.DataFrame(levels.astype(np.int64), columns=list(FIELDS))


class PatternClassifier(BaseClassifier):  # type: ignore[misc]
    """The three-class model on level patterns as a recordlinkage classifier.

    Comparison vectors are the level columns in the order of `FIELDS`. ``prob`` gives the
    probability of a pair by itself; name frequencies and rivals come after it.
    """

    def __init__(self, start: weights.Model, product: float) -> None:
        """Begin with `start`, of a whole product of `product` pairs."""
        self.model = start
        self.product = product

    def _fit(self, vectors: Any, known: Any = None) -> None:
        codes = np.asarray(vectors, dtype=np.int64)
        distinct, counts = np.unique(codes, axis=0, return_counts=True)
        settled = np.zeros(len(distinct))
        if known is not None:
            both = np.unique(codes, axis=0, return_inverse=True)[1].reshape(-1)
            np.add.at(settled, both, np.asarray(known, dtype=float))
        self.model = learning.expectation_maximisation(
            distinct, counts - settled, settled, self.model, self.product
        )

    def _prob_match(self, vectors: Any) -> Any:
        codes = np.asarray(vectors, dtype=np.int64)
        return weights.probability(codes, self.model)

    def _predict(self, vectors: Any) -> Any:
        return (self._prob_match(vectors) >= 0.5).astype(int)


@dataclass(frozen=True)
class Toolkit(Pieces):
    """The three pieces of step 3; a null piece is ours. Stock ones of recordlinkage fit as well.

    A stock index makes its pairs from `COLUMNS`. A stock ``Compare`` labels its features with field
    names; 0.999 and more is the field's highest level, less is its lowest. A stock classifier sees
    one column a field in which pairs differ, 1 where the level is the highest.
    """

    index: Any = None
    compare: Any = None
    classifier: Any = None

    def pairs(
        self, rows: pl.DataFrame, left: pl.DataFrame, right: pl.DataFrame, declared: Declared
    ) -> pl.DataFrame:
        """Give the candidate pairs of the index."""
        if self.index is None:
            return super().pairs(rows, left, right, declared)
        listed = left.join(rows, on="l", how="semi")
        found = self.index.index(to_pandas(listed, "l"), to_pandas(right, "r"))
        return _positions(found).unique().sort("l", "r")

    def levels(
        self,
        pairs: pl.DataFrame,
        left: pl.DataFrame,
        right: pl.DataFrame,
        declared: Declared,
        settled: pl.DataFrame | None,
    ) -> pl.DataFrame:
        """Give the levels that the comparison's agreements stand for."""
        if self.compare is None:
            return super().levels(pairs, left, right, declared, settled)
        index = pd.MultiIndex.from_arrays(
            [pairs["l"].to_numpy().astype(np.int64), pairs["r"].to_numpy().astype(np.int64)],
            names=["l", "r"],
        )
        found = self.compare.compute(index, to_pandas(left, "l"), to_pandas(right, "r"))
        return _stock_levels(pairs, found, left, right, declared)

    def mates(
        self,
        levels: pl.DataFrame,
        left: pl.DataFrame,
        right: pl.DataFrame,
        settled: pl.DataFrame,
    ) -> pl.DataFrame:
        """Give the pairs as they are: stock comparisons know of no mates."""
        return levels if self.compare else super().mates(levels, left, right, settled)

    def contenders(
        self, pairs: pl.DataFrame, model: weights.Model, right: pl.DataFrame
    ) -> pl.DataFrame:
        """Give the pairs with the classifier's log2 odds."""
        if self.classifier is None:
            return super().contenders(pairs, model, right)
        top = {name: field.agreement for name, field in model.declared.fields.items()}
        agree = pairs.select((pl.col(f) == code).cast(pl.Int64) for f, code in top.items())
        # In a field that the list does not have no two pairs differ, and EM has nothing to learn.
        told = [field for field in agree.columns if agree[field].n_unique() > 1]
        vectors = pd.DataFrame(agree.select(told).to_dict(as_series=False))
        self.classifier.fit(vectors)
        share = np.clip(np.asarray(self.classifier.prob(vectors), dtype=float), 1e-9, 1 - 1e-9)
        bits = pl.Series(np.log2(share / (1 - share)))
        return pairs.with_columns(bits=bits).filter(contends())


def _stock_levels(
    pairs: pl.DataFrame,
    found: pd.DataFrame,
    left: pl.DataFrame,
    right: pl.DataFrame,
    declared: Declared,
) -> pl.DataFrame:
    """Stock agreements as levels: plain agreement, the lowest, or 0 where a side is silent."""
    columns_of = list(_SIDE_OF.values())
    ours, theirs = left.select("l", *columns_of), right.select("r", *columns_of)
    wide = pairs.join(ours, on="l", how="left", maintain_order="left").join(
        theirs, on="r", how="left", maintain_order="left", suffix="_r"
    )
    columns = []
    for name, field in declared.fields.items():
        if name not in found.columns:
            columns.append(pl.lit(0, dtype=pl.UInt8).alias(name))
            continue
        agree = pl.Series(found[name].to_numpy(dtype=float) >= 0.999)
        silent = pl.col(_SIDE_OF[name]).is_null() | pl.col(f"{_SIDE_OF[name]}_r").is_null()
        level = pl.when(silent).then(0).when(agree).then(field.agreement).otherwise(1)
        columns.append(level.cast(pl.UInt8).alias(name))
    return wide.select("l", "r", *columns)


def version() -> str:
    """Give the version of the toolkit in use."""
    return str(recordlinkage.__version__)
