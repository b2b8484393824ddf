"""Why a link was made: both values, level and weight of each field, as JSON and as a sentence.

What is told of a link is longer than all else of it, so that of a whole list it is told when it is
read, some rows at a time (`Evidence`).
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl
from polars.io.plugins import register_io_source

from pipelines import frames
from pipelines.linkage.compare_pairs import at
from pipelines.linkage.levels import FIELDS, Declared
from pipelines.linkage.weights import Model

_VALUES = {
    "name": ("name", "name"),
    "id_number": ("any_id", "any_id"),
    "birth_date": ("birth", "birth"),
    "sex": ("sex", "sex"),
    "village": ("place", "place"),
    "family": ("relative", "head_key"),
    "phone": ("phone", "phone"),
    "household": ("household", "household"),
    "mates": ("group", "household"),
    "school": ("school", "school"),
}
"""Field to the column shown on the left and on the right."""


_BOTH = ("name", "any_id", "sex", "village", "township", "phone", "household", "head_key", "school")
_LIST = (*_BOTH, "village_name", "guardian_key", "group")

SLICE = 10_000
"""Rows told of at a time."""

UNTOLD = "{}"
"""The evidence of a row that nothing was compared of."""


def _ours(left: pl.DataFrame, rows: pl.Series) -> pl.DataFrame:
    # The list says a village's name where it says no more; the roster's villages have codes.
    return _texts(left, rows, _LIST).select(
        *_BOTH,
        "birth",
        place=pl.coalesce("village", "village_name", "township"),
        relative=pl.coalesce("head_key", "guardian_key"),
        group=pl.col("group").str.split("|").list.last(),
    )


def _theirs(right: pl.DataFrame, rows: pl.Series) -> pl.DataFrame:
    return _texts(right, rows, _BOTH).select(
        *_BOTH, "birth", place=pl.coalesce("village", "township")
    )


def _texts(side: pl.DataFrame, rows: pl.Series, columns: tuple[str, ...]) -> pl.DataFrame:
    day = pl.col("birth").dt.to_string("%Y-%m-%d")
    return at(side, rows, (*columns, "birth")).select(pl.col(columns).cast(pl.String), day)


def with_evidence(
    pairs: pl.DataFrame, left: pl.DataFrame, right: pl.DataFrame, model: Model
) -> pl.DataFrame:
    """Give pairs ``evidence``.

    Args:
        pairs: ``l``, ``r``, the level columns and any others.
        left: `sides.left`.
        right: `sides.right`.
        model: For the weights, in bits: log2(m/u) of the level.

    Returns:
        `pairs` with ``evidence``: JSON, field to ``left``, ``right``, ``level``, ``weight``,
        ``says``; fields that a side does not have are left out.
    """
    if pairs.is_empty():
        return _told(pairs, left, right, model)
    return pl.concat([_told(part, left, right, model) for part in pairs.iter_slices(SLICE)])


def _told(
    pairs: pl.DataFrame, left: pl.DataFrame, right: pl.DataFrame, model: Model
) -> pl.DataFrame:
    bits = model.bits()
    ours = _ours(left, pairs["l"]).select(pl.all().name.suffix("_a"))
    theirs = _theirs(right, pairs["r"]).select(pl.all().name.suffix("_b"))
    wide = pl.concat([pairs, ours, theirs], how="horizontal")
    entries = [_entry(name, bits[i].tolist(), model.declared) for i, name in enumerate(FIELDS)]
    joined = pl.concat_str(entries, separator=",", ignore_nulls=True)
    return wide.select(
        *pairs.columns,
        pl.concat_str(pl.lit("{"), joined, pl.lit("}")).alias("evidence"),
    )


@dataclass(frozen=True)
class Evidence:
    """What can be told of a list's links."""

    pairs: pl.DataFrame
    """``l``, in order and each once, ``r`` and the level columns of the rows that are linked."""
    left: pl.DataFrame
    """`sides.left`."""
    right: pl.DataFrame
    """`sides.right` and, behind them, the former persons."""
    model: Model

    def beside(self, links: pl.DataFrame) -> pl.LazyFrame:
        """Give the list's links with ``evidence``, `frames.LINKS`, to be read.

        Args:
            links: `frames.DECIDED_LINKS`, a row a row of `left`, in its order.
        """

        def read(
            columns: list[str] | None,
            predicate: pl.Expr | None,
            rows: int | None,
            _batch: int | None,
        ) -> Iterator[pl.DataFrame]:
            wanted = columns or list(frames.LINKS)
            asked = links if rows is None else links.head(rows)
            for start in range(0, asked.height, SLICE):
                part = asked.slice(start, SLICE)
                if "evidence" in wanted:
                    part = part.with_columns(self._of_rows(start, part.height))
                part = part.select(wanted)
                yield part if predicate is None else part.filter(predicate)

        return register_io_source(read, schema=dict(frames.LINKS), is_pure=True)

    def _of_rows(self, start: int, rows: int) -> pl.Series:
        """The evidence of some rows of the left side, one after another."""
        edges = pl.Series([start, start + rows], dtype=pl.Int64)
        first, last = self.pairs["l"].cast(pl.Int64).search_sorted(edges)
        pairs = self.pairs.slice(first, last - first)
        told = with_evidence(pairs, self.left, self.right, self.model)["evidence"]
        here = pairs["l"].cast(pl.Int64) - start
        return pl.repeat(UNTOLD, rows, eager=True).alias("evidence").scatter(here, told)


def _entry(field: str, bits: list[float], declared: Declared) -> pl.Expr:
    """One field as JSON text, null where its level is 0."""
    a, b = _VALUES[field]
    values = pl.struct(left=f"{a}_a", right=f"{b}_b").struct.json_encode()
    said = {}
    for code, level in declared.fields[field].levels.items():
        told = {"level": code, "weight": round(bits[code], 2), "says": level.says}
        said[code] = "," + json.dumps(told, ensure_ascii=False, separators=(",", ":"))[1:]
    # Both values, then what their level says: concat_str is null where the level is 0.
    rest = pl.col(field).replace_strict(said, default=None, return_dtype=pl.String)
    return pl.concat_str(pl.lit(f'"{field}":'), values.str.head(-1), rest)


def in_words(evidence: str | None) -> str:
    """Give an evidence as one Chinese sentence: what agrees first, then what does not.

    Args:
        evidence: JSON of `with_evidence`, or null.
    """
    if not evidence:
        return "没有可比对的信息"
    entries = json.loads(evidence).values()
    ordered = sorted(entries, key=lambda e: -float(e["weight"]))
    return "；".join(e["says"] for e in ordered) or "没有可比对的信息"
