"""Set lists against each other: every rule asks its question of every subject it concerns.

A rule's query says agree, disagree or not found. Added here is what every rule needs and none
should write: the gate on absence, unsettled identities, confirmed links where a finding speaks
against people, evidence, counts by village. Rows come out in a fixed order: the same inputs give
the same frames, whatever order their rows had.
"""

import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import polars as pl

from pipelines import frames
from pipelines.compare import evidence
from pipelines.compare.columns import Headers, column_reasons
from pipelines.compare.gate import (
    UNSETTLED,
    absence_reasons,
    unsettled_candidates,
    unsettled_table,
)
from pipelines.compare.rules import Rule, Rules
from pipelines.compare.session import Session
from pipelines.compare.subjects import Places, with_case_ids
from pipelines.contracts import Contracts
from pipelines.hashing import joined, sha256
from pipelines.parameters import Parameters

_UNIT = ("township_code", "village_code")

STATES = ("agree", "disagree", "not_found", "not_compared")

LEAST_CANDIDATE = "gate_candidate_probability"
"""Parameter: least probability of a candidate that keeps an absence open; unset: any keeps it."""

RULES_NOT_RUN: frames.Schema = {"rule_id": pl.String, "title": pl.String, "reason": pl.String}

_WEAK_LINK = f"{UNSETTLED}：所依据的记录尚未确认是本人（户），不作为疑点依据"


@dataclass(frozen=True)
class CompareInputs:
    """All that a round's comparison rests on; frames as in `pipelines.frames`."""

    county: str
    round_: dt.date
    contracts: Contracts
    linked: Mapping[str, frames.Table]
    """Dataset to its clean frame with `frames.LINKED_EXTRA`; of one in a file only what is asked
    is read."""
    links: frames.Table
    """LINKS of all datasets, `evidence.OF_LINKS` at least: how somebody was recognised."""
    candidates: pl.DataFrame
    """CANDIDATES of all datasets."""
    persons: pl.DataFrame
    households: pl.DataFrame
    villages: pl.DataFrame
    village_status: pl.DataFrame
    coverage: pl.DataFrame
    rules: Rules
    parameters: Parameters
    former_persons: pl.DataFrame = field(
        default_factory=lambda: frames.empty(frames.FORMER_PERSONS)
    )
    """Who stood in an earlier roster and not in this round's."""
    sheets: pl.DataFrame = field(default_factory=lambda: frames.empty(frames.SHEETS))
    """SHEETS of the round: which columns each sheet has. Of one not in it that is not known."""
    county_names: tuple[str, ...] = ()
    """How the county is called, for lists that name it (参保地)."""
    followed: pl.Series | None = None
    """Case ids flagged in any round: of other unflagged subjects `subjects` then has no row.

    None: every subject has its row.
    """
    software: str = ""
    """Version, for RULE_RUNS."""


@dataclass(frozen=True)
class Compared:
    """What a round's comparison found."""

    comparisons: pl.DataFrame
    """COMPARISONS: counts of the four states by rule and village."""
    discrepancies: pl.DataFrame
    """DISCREPANCIES; `first_seen`, `rounds_seen` and `state` are for casework to fill."""
    subjects: pl.DataFrame
    """SUBJECTS: what casework needs to tell a closed case from one that was not compared."""
    rules_not_run: pl.DataFrame
    """`rule_id`, `title`, `reason`."""
    rule_runs: pl.DataFrame
    """RULE_RUNS."""


@dataclass(frozen=True)
class _Found:
    """One rule's subjects, gated. Most are only counted: a large county has millions."""

    rule: Rule
    flagged: pl.DataFrame
    """Those that may become discrepancies."""
    subjects: pl.DataFrame
    """What SUBJECTS says of these and of those that are followed."""
    others: pl.DataFrame
    """The rest, by `_tally`."""


@dataclass(frozen=True)
class _Round:
    """What is made once for all rules of a round."""

    inputs: CompareInputs
    places: Places
    unsettled: Mapping[str, pl.DataFrame]
    lists: evidence.Lists = field(repr=False)
    headers: Headers = field(repr=False)

    @classmethod
    def of(cls, inputs: CompareInputs) -> "_Round":
        is_set = LEAST_CANDIDATE in inputs.parameters
        least = float(inputs.parameters[LEAST_CANDIDATE]) if is_set else 0.0
        return cls(
            inputs,
            Places.of(inputs.persons, inputs.households, inputs.villages),
            unsettled_candidates(
                inputs.candidates, inputs.linked, inputs.persons, inputs.contracts, least
            ),
            evidence.Lists(inputs.linked, inputs.contracts),
            Headers(inputs.linked, inputs.contracts, inputs.sheets),
        )


def compare(inputs: CompareInputs) -> Compared:
    """Run every rule of the round.

    A rule whose parameters are not set is not run and named in `rules_not_run`; the round goes on.

    Raises:
        RuleError: A rule names a dataset or a column that no contract declares.
        RuleFailedError: A query does not run, or gives two rows for one subject; names the file.
    """
    around = _Round.of(inputs)
    bases = {
        "persons": inputs.persons,
        "households": inputs.households,
        "villages": inputs.villages,
        "former_persons": inputs.former_persons,
        "village_status": inputs.village_status,
        "unsettled": unsettled_table(around.unsettled),
    }
    not_run: dict[str, str] = {}
    found: list[_Found] = []
    with Session(
        inputs.round_,
        inputs.contracts,
        inputs.linked,
        bases,
        inputs.parameters,
        inputs.rules,
        inputs.county_names,
    ) as session:
        for rule in inputs.rules.values():
            if why := session.why_not(rule):
                not_run[rule.id] = why
            else:
                found.append(_gated(session.run(rule), rule, around))
    records = _records(found, inputs.linked)
    links = evidence.links_behind(records, inputs.links)
    found = [_without_weak_accusations(f, records) for f in found]
    reasons = [
        {"rule_id": i, "title": inputs.rules[i].title, "reason": not_run[i]} for i in not_run
    ]
    return Compared(
        comparisons=_counts(found, inputs),
        discrepancies=_discrepancies(found, records, links, around),
        subjects=_subjects(found, inputs),
        rules_not_run=pl.DataFrame(reasons, schema=dict(RULES_NOT_RUN)),
        rule_runs=_rule_runs(inputs, not_run),
    )


def _gated(result: pl.DataFrame, rule: Rule, around: _Round) -> _Found:
    """Place and name the subjects, and take back the absences that are no evidence."""
    inputs = around.inputs
    placed = around.places.place(result)
    named = with_case_ids(placed, rule, inputs.county, inputs.linked, inputs.contracts)
    judged = absence_reasons(named, rule, inputs.coverage, around.unsettled, inputs.contracts)
    judged = column_reasons(judged, rule, around.headers)
    rests_on_absence = pl.col("state").is_in(rule.gate_states)
    # where the query itself missed a value, that nobody was asked for it says more
    rests_on_columns = (
        pl.col("state").is_in(rule.column_states) | pl.col("why_not_compared").is_not_null()
    )
    why = pl.coalesce(
        pl.when(rests_on_columns).then("lacks"),
        "why_not_compared",
        pl.when(rests_on_absence).then("why"),
    )
    judged = judged.with_columns(
        why=why,
        state=pl.when(why.is_not_null()).then(pl.lit("not_compared")).otherwise("state"),
    )
    keep = [c for c in frames.SUBJECTS if c in judged.columns]
    kept = judged.select(_is_kept(rule, inputs)).to_series()
    return _Found(
        rule,
        flagged=judged.filter(pl.col("state").is_in(rule.flags)),
        subjects=judged.filter(kept).select(keep),
        others=_tally(judged.filter(~kept)),
    )


def _is_kept(rule: Rule, inputs: CompareInputs) -> pl.Expr:
    """Whether a subject has its row in SUBJECTS."""
    if inputs.followed is None:
        return pl.col("case_id").is_not_null()
    is_flagged = pl.col("state").is_in(rule.flags)
    return is_flagged | pl.col("case_id").is_in(inputs.followed.implode())


def _tally(subjects: pl.DataFrame) -> pl.DataFrame:
    """How many subjects of each village are in each state, for each reason."""
    return subjects.group_by(*_UNIT, "state", "why").agg(n=pl.len().cast(pl.Int64))


def _records(found: list[_Found], linked: Mapping[str, frames.Table]) -> pl.DataFrame:
    """The records behind all flagged rows, looked up once."""
    sides = [f.flagged[f"{side}_record_id"] for f in found for side in ("left", "right")]
    ids = pl.concat(s.rename("id") for s in sides) if sides else pl.Series("id", [], pl.String)
    return evidence.records_behind(ids, linked)


def _without_weak_accusations(found: _Found, records: pl.DataFrame) -> _Found:
    """Presence that speaks against people needs a confirmed link (FAIRNESS guarantees 2 and 4)."""
    flagged = evidence.with_link_status(found.flagged, records)
    if not found.rule.accusing:
        return replace(found, flagged=flagged)
    weak = flagged.filter(pl.col("link_status") != "confirmed")["case_id"]
    is_weak = pl.col("case_id").is_in(weak.implode())
    subjects = found.subjects.with_columns(
        state=pl.when(is_weak).then(pl.lit("not_compared")).otherwise("state"),
        why=pl.when(is_weak).then(pl.lit(_WEAK_LINK)).otherwise("why"),
    )
    return replace(found, subjects=subjects, flagged=flagged.filter(~is_weak))


def _counts(found: list[_Found], inputs: CompareInputs) -> pl.DataFrame:
    """Subjects by rule and village in each of the four states."""
    counted = [frames.empty(frames.COMPARISONS)]
    states = [pl.col("n").filter(pl.col("state") == s).sum().alias(s) for s in STATES]
    for f in found:
        tally = pl.concat([f.others, _tally(f.subjects)])
        numbers = tally.group_by(_UNIT).agg(pl.sum("n").alias("subjects"), *states)
        why = (
            tally.filter(pl.col("state") == "not_compared")
            .group_by(*_UNIT, "why")
            .agg(pl.sum("n"))
            .sort(*_UNIT, "n", "why", descending=[False, False, True, False], nulls_last=True)
            .group_by(_UNIT, maintain_order=True)
            .agg(why_not_compared=pl.format("{}（{}）", "why", "n").str.join("；"))
        )
        rows = numbers.join(why, on=_UNIT, how="left", nulls_equal=True).with_columns(
            county=pl.lit(inputs.county), round=pl.lit(inputs.round_), rule_id=pl.lit(f.rule.id)
        )
        counted.append(frames.conform(rows, frames.COMPARISONS))
    return pl.concat(counted).sort("rule_id", *_UNIT, nulls_last=True)


def _discrepancies(
    found: list[_Found], records: pl.DataFrame, links: pl.DataFrame, around: _Round
) -> pl.DataFrame:
    """The flagged subjects with all they must show."""
    inputs = around.inputs
    villages, townships = around.places.names()
    shown = [frames.empty(frames.DISCREPANCIES)]
    for f in found:
        if f.flagged.is_empty():
            continue
        rule = f.rule
        value = joined("state", "left_value", "right_value")
        rows = f.flagged.with_columns(value_text=value).with_columns(
            county=pl.lit(inputs.county),
            round=pl.lit(inputs.round_),
            rule_id=pl.lit(rule.id),
            kind=pl.lit(rule.title),
            direction=pl.lit(rule.direction),
            severity=pl.lit(rule.severity),
            likely_innocent_reasons=pl.lit("、".join(rule.innocent) or None, pl.String),
            verify_with=pl.lit(rule.verify_with),
        )
        rows = rows.with_columns(value_hash=sha256(rows["value_text"]).str.slice(0, 16))
        rows = (
            evidence.with_sides(
                rows, rule, records, inputs.coverage, around.lists, inputs.parameters
            )
            .pipe(evidence.with_link_evidence, records, links, inputs.contracts)
            .join(villages, on="village_code", how="left")
            .join(townships, on="township_code", how="left")
            .with_columns(state_compared="state", state=pl.lit(None, pl.String))
        )
        shown.append(frames.conform(rows, frames.DISCREPANCIES))
    return pl.concat(shown).sort("case_id")


def _subjects(found: list[_Found], inputs: CompareInputs) -> pl.DataFrame:
    rows = [frames.empty(frames.SUBJECTS)]
    for f in found:
        # what was flagged on a weak link is not any more
        kept = f.subjects.filter(_is_kept(f.rule, inputs)).with_columns(
            county=pl.lit(inputs.county), round=pl.lit(inputs.round_), rule_id=pl.lit(f.rule.id)
        )
        rows.append(frames.conform(kept, frames.SUBJECTS))
    return pl.concat(rows).sort("case_id")


def _rule_runs(inputs: CompareInputs, not_run: Mapping[str, str]) -> pl.DataFrame:
    rows = [
        {
            "county": inputs.county,
            "round": inputs.round_,
            "rule_id": rule.id,
            "title": rule.title,
            "ran": rule.id not in not_run,
            "why_not_run": not_run.get(rule.id),
            "rule_hash": inputs.rules.hash_of(rule),
            "parameters_hash": _parameters_hash(rule, inputs.parameters),
            "software": inputs.software,
        }
        for rule in inputs.rules.values()
    ]
    return pl.DataFrame(rows, schema=dict(frames.RULE_RUNS))


def _parameters_hash(rule: Rule, parameters: Parameters) -> str:
    values = {key: parameters[key] for key in sorted(rule.asks) if key in parameters}
    text = json.dumps(values, ensure_ascii=False, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()
