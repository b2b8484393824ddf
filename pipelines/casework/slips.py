"""Follow each error of a source across rounds: new, open, back again, closed by its next file.

A fold like that of the cases, over what was found in each round (`source_errors`) and which sheets
each round used. A slip closes only in a round that has the department's list for it: where the list
or the township's own file is missing, nobody knows, and the slip waits.
"""

import datetime as dt
from collections.abc import Mapping

import polars as pl

from pipelines import frames
from pipelines.intake.places import township_key

_BOOK: frames.Schema = {
    "slip_id": pl.String,
    "dataset": pl.String,
    "scope": pl.String,
    "file_id": pl.String,
    "first_seen": pl.Date,
    "last_seen": pl.Date,
    "rounds_seen": pl.Int64,
    "state": pl.String,
    "closed_by": pl.String,
    "closed_on": pl.Date,
}


def fold_slips(county: str, tables: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Make `frames.SLIPS` from all rounds' `source_errors`, `source_files` and `deliveries`."""
    found = _of_county(tables.get("source_errors"), frames.SOURCE_ERRORS, county)
    sheets = _of_county(tables.get("source_files"), frames.SHEETS, county).filter("used")
    owed = _of_county(tables.get("deliveries"), frames.DELIVERIES, county)
    rounds = sorted({*found["round"], *sheets["round"]})
    book, slips = frames.empty(_BOOK), []
    for round_ in rounds:
        now = found.filter(pl.col("round") == round_)
        now = now.unique("slip_id", keep="first", maintain_order=True)
        used = sheets.filter(pl.col("round") == round_)
        missing = owed.filter((pl.col("round") == round_) & (pl.col("state") == "missing"))
        book = _step(book, now, used, set(missing["dataset"]), round_)
        told = book.filter(pl.col("closed_on").is_null() | (pl.col("closed_on") == round_))
        told = told.with_columns(round=pl.lit(round_), county=pl.lit(county))
        slips.append(told.pipe(frames.conform, frames.SLIPS))
    every = pl.concat([frames.empty(frames.SLIPS), *slips])
    return every.sort("round", "slip_id")


def _of_county(frame: pl.DataFrame | None, schema: frames.Schema, county: str) -> pl.DataFrame:
    """The county's rows, in an order that depends on nothing but what they say."""
    columns = {"county": pl.String, "round": pl.Date, **schema}
    if frame is None:
        return frames.empty(columns)
    own = frames.conform(frame, columns).filter(pl.col("county") == county)
    plain = [name for name, dtype in own.schema.items() if not dtype.is_nested()]
    return own.sort(plain, nulls_last=True)


def _step(
    book: pl.DataFrame, now: pl.DataFrame, used: pl.DataFrame, owing: set[str], round_: dt.date
) -> pl.DataFrame:
    """One round: every slip known so far or seen now."""
    seen = now.select(
        "slip_id",
        seen=pl.lit(True),
        **{f"now_{c}": pl.col(c) for c in ("dataset", "scope", "file_id")},
    )
    both = book.join(seen, on="slip_id", how="full", coalesce=True).with_columns(
        pl.col("seen").fill_null(False),
        known=pl.col("first_seen").is_not_null(),
        was_closed=(pl.col("state") == "closed").fill_null(False),
    )
    for name in ("dataset", "scope", "file_id"):
        both = both.with_columns(pl.when("seen").then(f"now_{name}").otherwise(name).alias(name))
    judged = _judged(both, used, owing)
    same_file = pl.col("file_id").is_in(used["file_id"].unique().to_list())
    today, seen_ = pl.lit(round_), pl.col("seen")
    closes = ~seen_ & ~pl.col("was_closed") & judged
    begins = seen_ & (~pl.col("known") | pl.col("was_closed"))
    return both.select(
        "slip_id",
        "dataset",
        "scope",
        "file_id",
        first_seen=pl.coalesce("first_seen", today),
        last_seen=pl.when(seen_).then(today).otherwise("last_seen"),
        rounds_seen=pl.when(begins).then(1).otherwise(pl.col("rounds_seen") + seen_.cast(pl.Int64)),
        state=pl.when(seen_ & ~pl.col("known"))
        .then(pl.lit("new"))
        .when(begins)
        .then(pl.lit("reopened"))
        .when(seen_)
        .then(pl.lit("open"))
        .when(closes | pl.col("was_closed"))
        .then(pl.lit("closed"))
        .otherwise(pl.lit("waiting")),
        closed_by=pl.when(closes)
        .then(pl.when(same_file).then(pl.lit("read_otherwise")).otherwise(pl.lit("new_file")))
        .when(~seen_)
        .then("closed_by"),
        closed_on=pl.when(closes).then(today).when(~seen_).then("closed_on"),
    ).pipe(frames.conform, _BOOK)


def _judged(slips: pl.DataFrame, used: pl.DataFrame, owing: set[str]) -> pl.Series:
    """Whether the round has the list that a slip is about, for its township."""
    whole: set[str] = set()
    parts: dict[str, set[str]] = {}
    for dataset, scope in used.select("dataset", "scope").iter_rows():
        if scope:
            parts.setdefault(dataset, set()).update(township_key(name) for name in scope)
        else:
            whole.add(dataset)
    asked = slips.select("dataset", "scope").unique()
    here = [
        dataset in whole
        or (scope is None and dataset in parts and dataset not in owing)
        or (scope is not None and township_key(scope) in parts.get(dataset, set()))
        for dataset, scope in asked.iter_rows()
    ]
    return slips.join(
        asked.with_columns(pl.Series("judged", here, dtype=pl.Boolean)),
        on=["dataset", "scope"],
        how="left",
        nulls_equal=True,
        maintain_order="left",
    )["judged"].fill_null(False)
