"""Follow each discrepancy across a county's rounds: new, open, closed, back again.

A pure fold over all rounds in the order of their dates: nothing is remembered beside the rows of
the rounds, so an older round that is run again changes the ledger as if it had always been so, and
the order of rows means nothing.

What must be kept of every round: its `discrepancies`; its `rule_runs` (which rounds there were);
its `subjects` for the case ids that were ever flagged (whether a case that is no longer flagged was
compared); its `comparisons` and `coverage` (why counts moved). A case closes only where its subject
was compared and not flagged: not compared, or no such subject any more, never closes it.
"""

import datetime as dt
from collections.abc import Mapping

import polars as pl

from pipelines import frames
from pipelines.casework.causes import CAUSE_WORDS, with_causes
from pipelines.casework.changes import all_changes
from pipelines.casework.slips import fold_slips

_OF_SUBJECT = ("household_id", "person_id", "village_code", "township", "township_code")
_ATTRIBUTES: frames.Schema = {
    name: frames.CASES[name] for name in ("rule_id", "kind", "direction", "severity", *_OF_SUBJECT)
} | {"value_hash": frames.DISCREPANCIES["value_hash"]}
"""What a case takes from its latest discrepancy."""

_PLACE = ("village_code", "township_code", "township")

_DATED = ("compared", "first_seen", "last_seen", "rounds_seen", "closed", "reopened")
_BOOK: frames.Schema = {
    "case_id": frames.CASES["case_id"],
    **_ATTRIBUTES,
    "is_open": pl.Boolean,
    **{name: frames.CASES[name] for name in _DATED},
}
"""The state of every case after a round."""

_STEP = [
    *("case_id", "rule_id", "kind", "was_open", "is_open", "flagged", "movement", "cause"),
    *("township", "township_code", "household_id", "person_id", "value_hash"),
    *("old_township", "old_township_code", "old_household_id", "old_person_id", "old_value_hash"),
    *("first_seen", "rounds_seen", "path", "sheet", "row_number"),
]
"""What of each round is needed once all rounds are known."""

_EVENT_WORDS = {
    "opened": "列为疑点",
    "reopened": "销号后再次列为疑点",
    "closed": "已比对，不再是疑点，销号",
    "moved": "随户转到",
    "changed": "疑点背后的值有变化",
}


def fold(county: str, tables: Mapping[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    """Make the ledger of a county from all its rounds.

    Args:
        county: Rows of other counties are passed over.
        tables: All rounds' `discrepancies`, `subjects`, `rule_runs`, `comparisons` and `coverage`,
            and what slips follow from (`fold_slips`), as in `pipelines.frames`; a missing table
            counts as empty.

    Returns:
        `discrepancies` (as given, with `first_seen`, `rounds_seen`, `state`), `cases`,
        `case_events` and `changes`; and `slips`.
    """
    slips = fold_slips(county, tables)
    of = {
        name: _of_county(tables.get(name), schema, county)
        for name, schema in {
            "discrepancies": frames.DISCREPANCIES,
            "subjects": frames.SUBJECTS,
            "rule_runs": frames.RULE_RUNS,
            "comparisons": frames.COMPARISONS,
            "coverage": frames.COVERAGE,
        }.items()
    }
    flagged = of["discrepancies"].sort(pl.all(), nulls_last=True)
    flagged = flagged.unique(["round", "case_id"], keep="first", maintain_order=True)
    ever = flagged.select("case_id").unique()
    subjects = of["subjects"].join(ever, on="case_id", how="semi")
    subjects = subjects.sort(pl.all(), nulls_last=True).unique(
        ["round", "case_id"], keep="first", maintain_order=True
    )
    of |= {"discrepancies": flagged, "subjects": subjects}
    rounds = sorted({day for name in ("rule_runs", "discrepancies") for day in of[name]["round"]})
    townships = flagged.select("township_code", "township").drop_nulls()
    townships = townships.sort(pl.all()).unique("township_code", keep="last", maintain_order=True)
    book = frames.empty(_BOOK)
    steps: list[pl.DataFrame] = []
    before: dt.date | None = None
    for round_ in rounds:
        step = _step(book, of, round_, townships).pipe(with_causes, of, before, round_)
        book, before = step.select(pl.col(c).cast(dtype) for c, dtype in _BOOK.items()), round_
        touched = pl.col("was_open") | pl.col("is_open")
        steps.append(step.filter(touched).select(pl.lit(round_).alias("round"), *_STEP))
    if not steps:
        nothing = {"cases": frames.CASES, "case_events": frames.CASE_EVENTS}
        nothing |= {"changes": frames.CHANGES}
        return {
            "discrepancies": flagged,
            "slips": slips,
            **{name: frames.empty(schema) for name, schema in nothing.items()},
        }
    all_steps = pl.concat(steps, how="vertical_relaxed")
    return {
        "discrepancies": _marked(flagged, all_steps),
        "cases": _cases(book, county, rounds[-1]),
        "case_events": _events(all_steps, county),
        "changes": all_changes(all_steps, county),
        "slips": slips,
    }


def _of_county(frame: pl.DataFrame | None, schema: frames.Schema, county: str) -> pl.DataFrame:
    if frame is None:
        return frames.empty(schema)
    return frames.conform(frame, schema).filter(pl.col("county") == county)


def _step(
    book: pl.DataFrame,
    of: Mapping[str, pl.DataFrame],
    round_: dt.date,
    townships: pl.DataFrame,
) -> pl.DataFrame:
    """One round: every case known so far or flagged now, before and after, and what happened.

    Columns of `_BOOK` are of after the round; `was_open`, and ``old_…`` of place, household, person
    and value, are of before it. `movement` is new, reopened, closed, moved or null.
    """
    now = of["discrepancies"].filter(pl.col("round") == round_)
    now = now.select(
        "case_id",
        "state_compared",
        *(pl.col(c).alias(f"now_{c}") for c in _ATTRIBUTES),
        *(pl.coalesce(f"right_{c}", f"left_{c}").alias(c) for c in ("path", "sheet", "row_number")),
        flagged=pl.lit(True),
    )
    found = of["subjects"].filter(pl.col("round") == round_)
    found = found.join(townships, on="township_code", how="left").select(
        "case_id",
        subject_state="state",
        **{f"found_{c}": pl.col(c) for c in _PLACE},
    )
    joint = book.join(now, on="case_id", how="full", coalesce=True)
    joint = joint.join(found, on="case_id", how="left").with_columns(
        pl.col("flagged").fill_null(False),
        was_open=pl.col("is_open").fill_null(False),
        known=pl.col("first_seen").is_not_null(),
        **{
            f"old_{c}": pl.col(c)
            for c in ("township", "township_code", "household_id", "person_id", "value_hash")
        },
    )
    flagged, was_open = pl.col("flagged"), pl.col("was_open")
    cleared = pl.col("subject_state").is_in(["agree", "disagree", "not_found"])
    closes = was_open & ~flagged & cleared.fill_null(False)
    return (
        joint.with_columns(_attributes())
        .with_columns(closes=closes, is_open=flagged | (was_open & ~closes))
        .with_columns(movement=_movement())
        .with_columns(_dates(round_))
        .sort("case_id")
    )


def _attributes() -> list[pl.Expr]:
    """What the case is after the round: as its discrepancy says, else its subject's place."""
    flagged = pl.col("flagged")
    places = [pl.col("found_township_code"), pl.col("found_village_code")]
    placed = pl.col("was_open") & pl.any_horizontal(p.is_not_null() for p in places)
    return [
        pl.when(flagged)
        .then(f"now_{name}")
        .when(placed & (name in _PLACE))
        .then(f"found_{name}" if name in _PLACE else name)
        .otherwise(name)
        .alias(name)
        for name in _ATTRIBUTES
    ]


def _movement() -> pl.Expr:
    flagged, was_open = pl.col("flagged"), pl.col("was_open")
    elsewhere = pl.col("township_code").ne_missing(pl.col("old_township_code"))
    return (
        pl.when(flagged & ~pl.col("known"))
        .then(pl.lit("new"))
        .when(flagged & ~was_open)
        .then(pl.lit("reopened"))
        .when("closes")
        .then(pl.lit("closed"))
        .when(was_open & elsewhere)
        .then(pl.lit("moved"))
    )


def _dates(round_: dt.date) -> list[pl.Expr]:
    flagged, movement = pl.col("flagged"), pl.col("movement")
    today = pl.lit(round_)
    begins = movement.is_in(["new", "reopened"])
    return [
        pl.when(flagged).then("state_compared").otherwise("subject_state").alias("compared"),
        pl.when(movement == "new").then(today).otherwise("first_seen").alias("first_seen"),
        pl.when(flagged).then(today).otherwise("last_seen").alias("last_seen"),
        pl.when(begins)
        .then(1)
        .when(flagged)
        .then(pl.col("rounds_seen") + 1)
        .otherwise("rounds_seen")
        .alias("rounds_seen"),
        pl.when(movement == "closed")
        .then(today)
        .when(pl.col("is_open"))
        .then(pl.lit(None, pl.Date))
        .otherwise("closed")
        .alias("closed"),
        pl.when(movement == "reopened").then(today).otherwise("reopened").alias("reopened"),
    ]


def _marked(flagged: pl.DataFrame, steps: pl.DataFrame) -> pl.DataFrame:
    """What discrepancies learn from the rounds before theirs."""
    begins = pl.col("movement").is_in(["new", "reopened"])
    learnt = ("first_seen", "rounds_seen", "state")
    marks = steps.filter("flagged").select(
        "round",
        "case_id",
        "first_seen",
        "rounds_seen",
        state=pl.when(begins).then("movement").otherwise(pl.lit("open")),
    )
    return (
        flagged.drop(learnt)
        .join(marks, on=["round", "case_id"], how="left")
        .pipe(frames.conform, frames.DISCREPANCIES)
        .sort("round", "case_id")
    )


def _events(steps: pl.DataFrame, county: str) -> pl.DataFrame:
    """Movements, and changes of a value behind a case that stays open."""
    names = {"new": "opened", "reopened": "reopened", "closed": "closed", "moved": "moved"}
    changed = (
        pl.col("flagged")
        & pl.col("was_open")
        & pl.col("value_hash").ne_missing(pl.col("old_value_hash"))
    )
    moves = steps.filter(pl.col("movement").is_not_null()).with_columns(
        event=pl.col("movement").replace_strict(names, return_dtype=pl.String)
    )
    values = steps.filter(changed).with_columns(event=pl.lit("changed"), cause=pl.lit("data"))
    both = pl.concat([moves, values])
    words = pl.col("event").replace_strict(_EVENT_WORDS, return_dtype=pl.String)
    to = pl.when(pl.col("event") == "moved").then(pl.col("township").fill_null("未定乡镇"))
    cause = pl.col("cause").replace_strict(CAUSE_WORDS, return_dtype=pl.String)
    explanation = pl.format("「{}」{}{}（{}）", "kind", words, to.fill_null(""), cause)
    has_source = pl.col("event") != "closed"
    rows = both.with_columns(
        county=pl.lit(county),
        happened_on="round",
        explanation=explanation,
        **{
            c: pl.when(has_source & pl.col("flagged")).then(c)
            for c in ("path", "sheet", "row_number")
        },
    )
    return frames.conform(rows, frames.CASE_EVENTS).sort("case_id", "round", "event")


def _cases(book: pl.DataFrame, county: str, last: dt.date) -> pl.DataFrame:
    state = pl.when("is_open").then(pl.lit("open")).otherwise(pl.lit("closed"))
    rows = book.with_columns(
        county=pl.lit(county),
        round=pl.lit(last),
        state=state,
        opened="first_seen",
    )
    return frames.conform(rows, frames.CASES).sort("case_id")
