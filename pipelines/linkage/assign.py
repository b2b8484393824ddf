"""Step 4, together: the best match of each row with its rivals counted, and what it may be called.

A row's candidates compete: the odds of each are set against those of all others and of nobody, so a
tie leaves both below one half. In a list with one row a person, somebody who already has a certain
row is less likely to have another, which is how a second 王秀英 finds her own row. Two rows that
say the same of one person are a duplicate in the list, not rivals.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise

import polars as pl

from pipelines.linkage.levels import Declared

ROUNDS = 3
"""How often rows that lost a person look for their next best."""

_BITS = 60

LEAST_BITS = -20
"""A candidate of a millionth's chance takes nothing from the others of its row that could be told.

Most of the pairs that blocking brings lie below.
"""

BEHIND_BITS = 30
"""Nor does one whose odds are a thousand-millionth of the best one's, even when that one is taken.

Most of the others lie so far behind.
"""

SLICE = 100_000
"""Pairs of whole rows that are worked on at a time."""

SAYS = ("key", "any_id", "birth", "guardian_key", "head_key", "phone")
"""What two rows that claim one person may say differently of him, and so be rivals."""


def same_number() -> pl.Expr:
    """Give whether a pair shares its valid number: whose it is, is told in any case."""
    return pl.col("id_number") >= 7


def contends() -> pl.Expr:
    """Give whether a pair may decide anything: by its weight, or because it shares a number.

    All pairs of its row (``l``) must stand beside it.
    """
    bits = pl.col("bits")
    near = bits >= bits.max().over("l") - BEHIND_BITS
    return ((bits >= LEAST_BITS) & near) | same_number()


def shares(pairs: pl.DataFrame) -> pl.DataFrame:
    """Give each pair ``probability``: its odds against all candidates of its row and nobody.

    Args:
        pairs: ``l`` in order, ``r``, ``unit`` (who is looked for: person or household), ``odds``.

    Returns:
        `pairs` with ``probability`` of the pair and ``unit_probability``, the sum over the unit's.
    """
    return pairs.with_columns(pl.concat([_shares(part) for part in by_rows(pairs)]))


def by_rows(pairs: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """Give pairs, ``l`` in order, in slices, those of a row in one; no pairs are one slice."""
    if pairs.is_empty():
        yield pairs
        return
    starts = pl.Series(range(0, pairs.height, SLICE), dtype=pl.UInt32)
    starts = pairs["l"].search_sorted(pairs["l"].gather(starts), side="left").unique()
    for start, end in pairwise([*starts, pairs.height]):
        yield pairs.slice(start, end - start)


def _shares(pairs: pl.DataFrame) -> pl.DataFrame:
    all_of_row = pl.col("odds").sum().over("l")
    told = pairs.with_columns(pl.col("l").set_sorted()).with_columns(
        probability=pl.col("odds") / (1.0 + all_of_row)
    )
    of_unit = pl.col("probability")
    if not pairs["unit"].equals(pairs["r"]):  # who is looked for is a household of several
        of_unit = of_unit.sum().over("l", "unit")
    return told.select("probability", unit_probability=of_unit.clip(0.0, 1.0))


def ranked(pairs: pl.DataFrame) -> pl.DataFrame:
    """Give the pairs by row, the best unit first and in it the best pair; ties by position."""
    return pairs.sort(
        "l",
        "unit_probability",
        "probability",
        "unit",
        "r",
        descending=[False, True, True, False, False],
    )


def assign(
    pairs: pl.DataFrame,
    left: pl.DataFrame,
    taken: pl.Series,
    declared: Declared,
    *,
    one_row: bool,
    says: Sequence[str] = SAYS,
    always: pl.Expr | None = None,
) -> pl.DataFrame:
    """Let the rows' candidates compete.

    Args:
        pairs: ``l``, ``r``, ``unit``, ``bits`` (`weights.odds`) and the level columns.
        left: `sides.left`.
        taken: The unit of each row that an exact key settled.
        declared: Settings and keys.
        one_row: At most one row of the list belongs to one unit.
        says: Columns of `left` in which two rows of one person agree if they say anything.
        always: Of which pairs is told however unlikely they are.

    Returns:
        In rank order the pairs that are told of: likely ones, those of rivals, and `always`; with
        ``probability``, ``unit_probability``, ``rank`` from 1, and ``rival``: somebody whom the row
        would have by itself, another row holds more surely.
    """
    settings = declared.settings
    least = settings.suspected_at
    again = settings.taken_discount if one_row else repeats(taken, settings.taken_discount)
    had = pl.col("unit").is_in(taken.unique().implode())
    pairs = pairs if pairs["l"].is_sorted() else pairs.sort("l")
    odds = pl.lit(2.0).pow(pl.col("bits").clip(-_BITS, _BITS))
    frame = pairs.select("l", "r", "unit", "bits", odds=odds)
    alone = shares(frame)["unit_probability"] >= least
    discounted = pl.when(had).then(pl.col("odds") * again).otherwise("odds")
    frame = shares(frame.with_columns(odds=discounted))
    outdone = pairs["l"].clear()
    for _ in range(ROUNDS if one_row else 0):
        lost = _lost(frame, left, says, least)
        if lost.is_empty():
            break
        outdone = pl.concat([outdone, lost["l"]])
        # Only rows that lost somebody look again.
        hit = frame["l"].is_in(lost["l"].unique().implode()).arg_true()
        looking = frame[hit].join(lost, on=["l", "unit"], how="left", maintain_order="left")
        less = (
            pl.when(pl.col("lost").is_null())
            .then("odds")
            .otherwise(pl.col("odds") * settings.taken_discount)
        )
        asked = shares(looking.with_columns(odds=less))
        for changed in ("odds", "probability", "unit_probability"):
            frame = frame.with_columns(frame[changed].scatter(hit, asked[changed]))
    lost_it = alone & (frame["unit_probability"] < least)
    rivals = pl.concat([outdone, pairs["l"].filter(lost_it)]) if one_row else outdone
    rival = pl.col("l").is_in(rivals.unique().implode())
    told = rival | (pl.col("unit_probability") >= settings.candidate_at)
    told = told if always is None else told | always
    return (
        pairs.with_columns(frame["odds", "probability", "unit_probability"], rival=rival)
        .filter(told)
        .pipe(ranked)
        .with_columns(pl.col("l").set_sorted())
        .with_columns(rank=nth_of("l"))
    )


def nth_of(column: str) -> pl.Expr:
    """Give the place of each row among those of one value, from 1; they stand together."""
    here = pl.int_range(pl.len())
    first = pl.when(pl.col(column).ne_missing(pl.col(column).shift())).then(here).forward_fill()
    return (here - first + 1).cast(pl.Int64)


def repeats(taken: pl.Series, least: float) -> float:
    """Give how much less likely somebody who has a row has another one in this list.

    Counted where it is certain: twice the share of settled rows that are a unit's second or later.
    A list of payments says nothing against another row, a list of insured people nearly forbids it.
    """
    if taken.is_empty():
        return 1.0
    return float(min(max(2.0 * (1.0 - taken.n_unique() / len(taken)), least), 1.0))


def _lost(
    pairs: pl.DataFrame, left: pl.DataFrame, says: Sequence[str], least: float
) -> pl.DataFrame:
    """Rows whose best unit another row, saying something else of itself, holds more surely."""
    likely = (pairs["unit_probability"] >= least).arg_true()
    rows, units = pairs["l"].gather(likely), pairs["unit"].gather(likely)
    # Nearly all rows claim somebody whom no other does.
    contesting = rows.filter(units.is_duplicated()).unique()
    claims = ranked(pairs[likely.filter(rows.is_in(contesting.implode()))])
    best = claims.unique("l", keep="first", maintain_order=True)
    rivals = best.filter(pl.len().over("unit") > 1)
    if rivals.is_empty():
        return pl.DataFrame(
            schema={"l": best.schema["l"], "unit": best.schema["unit"], "lost": pl.Boolean}
        )
    rivals = rivals.join(left.select("l", *[pl.col(c).alias(f"_{c}") for c in says]), on="l").sort(
        "unit", "unit_probability", "bits", "l", descending=[False, True, True, False]
    )
    clash = [
        (pl.col(f"_{c}") != pl.col(f"_{c}").first().over("unit")).fill_null(value=False)
        for c in says
    ]
    return rivals.filter(pl.any_horizontal(clash)).select("l", "unit", lost=pl.lit(value=True))


def decided(order: pl.DataFrame, declared: Declared) -> pl.DataFrame:
    """Name the link of each row: the first declared key that its best pair holds.

    Args:
        order: What `assign` gives.
        declared: Keys and thresholds.

    Returns:
        One row per ``l``: the best pair, with ``status``, ``method`` and ``probability`` (of the
        unit). Unmatched rows have the best pair too; their method is ``id_other_name`` where
        somebody of another name has the row's number, else null.
    """
    settings = declared.settings
    best = order.filter(pl.col("rank") == 1)
    other_name = order.filter(same_number() & pl.col("name").is_between(1, 2))
    method: pl.Expr = pl.lit(None, dtype=pl.String)
    status: pl.Expr = pl.lit("unmatched")
    least = {"confirmed": settings.confirmed_at, "suspected": settings.suspected_at}
    for key in reversed(declared.keys):
        enough = least[key.status] if key.at is None else key.at
        holds = key.holds() & (pl.col("unit_probability") >= enough)
        method = pl.when(holds).then(pl.lit(key.id)).otherwise(method)
        status = pl.when(holds).then(pl.lit(key.status)).otherwise(status)
    found = best.with_columns(method=method, status=status, probability=pl.col("unit_probability"))
    noted = pl.col("l").is_in(other_name["l"].unique().implode())
    return found.with_columns(
        method=pl.when((pl.col("status") == "unmatched") & noted)
        .then(pl.lit("id_other_name"))
        .otherwise("method")
    ).select("l", "r", "unit", *declared.names, "status", "method", "probability")
