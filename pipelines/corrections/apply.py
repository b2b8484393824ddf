"""Apply declared corrections to the rows of one list, before their texts become values.

A correction that does not find what it expects changes nothing and says so: the source may have
been mended (then the correction has to go), or written anew (then it has to be looked at). What the
department wrote stays in the raw row and in the ``_text`` column; only the value is another.
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import polars as pl

from pipelines import frames
from pipelines.contracts import Contract
from pipelines.corrections.declared import PLACES, Correction
from pipelines.standardise.standardise import Clean
from pipelines.standardise.text import tidy

CORRECTED_AWAY = "corrected_away"
"""Reason code of a row that a correction drops."""

FAILED = ("no_longer_needed", "not_found", "unexpected", "conflict", "unreadable")
"""States of a correction that somebody must look at."""

_ROW = "n"


@dataclass(frozen=True)
class Corrected:
    """The rows of one list after its corrections."""

    records: pl.DataFrame
    """`frames.intake_schema` of the contract; dropped rows are gone."""
    quarantine: pl.DataFrame
    """The dropped rows (QUARANTINE, scope row)."""
    corrections: pl.DataFrame
    """`frames.CORRECTIONS`: a row a changed cell or dropped row, one a correction without any."""

    def around(self, clean: Clean) -> Clean:
        """Give what standardising the records gave, as of the list before it was corrected.

        The ``_text`` columns say again what the department wrote; the quarantine has the dropped
        rows too, so that no row is lost.
        """
        frame = clean.frame
        cells = self.corrections.filter(
            (pl.col("state") == "applied") & pl.col("column_name").is_not_null()
        )
        for (name,), changed in cells.group_by("column_name", maintain_order=True):
            text = f"{name}_text"
            if text in frame.columns:
                before = dict(changed.select("record_id", "before").iter_rows())
                frame = frame.with_columns(_told(before, text))
        return Clean(frame, pl.concat([self.quarantine, clean.quarantine]))

    def judged(self, clean: Clean) -> "Corrected":
        """Give the same, told by what `around` gave which new texts could not be used either."""
        not_used = clean.quarantine.filter(pl.col("scope") != "flag")
        unusable = not_used.select("record_id", "column_name", unusable=pl.lit(True))
        told = self.corrections.join(
            unusable.unique(), on=["record_id", "column_name"], how="left", maintain_order="left"
        )
        wrong = (pl.col("state") == "applied") & pl.col("unusable").fill_null(False)
        says = pl.format("{}，但改成的文字也不能使用；请修改这条更正", "message")
        told = told.with_columns(
            state=pl.when(wrong).then(pl.lit("unreadable")).otherwise("state"),
            message=pl.when(wrong).then(says).otherwise("message"),
        )
        return replace(self, corrections=told.pipe(frames.conform, frames.CORRECTIONS))


def _told(texts: Mapping[str, str | None], column: str) -> pl.Expr:
    """The column with these records' texts in place of its own."""
    record = pl.col("record_id")
    told = record.replace_strict(texts, default=None, return_dtype=pl.String)
    return pl.when(record.is_in(list(texts))).then(told).otherwise(column).alias(column)


def apply_corrections(
    records: pl.DataFrame,
    contract: Contract,
    corrections: Iterable[Correction],
    county: str,
    round_: dt.date,
) -> Corrected:
    """Apply what is declared for the list in this county and round.

    Args:
        records: `frames.intake_schema` of the contract.
        contract: The list.
        corrections: All declared ones; those of other lists, counties and rounds are passed over.
        county: Six-digit division code.
        round_: The round.
    """
    own = [c for c in corrections if c.dataset == contract.dataset and c.holds(county, round_)]
    nothing = Corrected(records, frames.empty(frames.QUARANTINE), frames.empty(frames.CORRECTIONS))
    if not own:
        return nothing
    if records.is_empty():
        waiting = [
            _outcome(c, contract, "not_delivered", 0, "本期没有收到这份名单，暂未用到") for c in own
        ]
        return Corrected(records, nothing.quarantine, pl.concat(waiting))
    tried = [(c, *_found(c, texts)) for texts in [_texts(records, own)] for c in own]
    edits = [_edits(c, rows) for c, rows, problem in tried if problem is None]
    clashing = _clashing(edits)
    outcomes = []
    for correction, rows, problem in tried:
        wrong = problem or _conflict(clashing.get(correction.id))
        if wrong is None:
            outcomes.append(_changes(correction, contract, records, rows))
        else:
            outcomes.append(_outcome(correction, contract, wrong[0], rows.height, wrong[1]))
    done = pl.concat(outcomes)
    kept, aside = _dropped(_changed(records, done), done, contract)
    return Corrected(kept, aside, done)


def _texts(records: pl.DataFrame, corrections: Iterable[Correction]) -> pl.DataFrame:
    """The columns that corrections name, tidied once, and each row's number."""
    named = {name for c in corrections for name in (*c.match, *c.values)}
    return records.with_row_index(_ROW).select(
        _ROW, *(tidy(pl.col(name).cast(pl.String)).alias(name) for name in sorted(named))
    )


def _says(name: str, text: str | None) -> pl.Expr:
    """Whether the cell says `text`, white space and full-width forms aside."""
    if text is None:
        return pl.col(name).is_null() | (pl.col(name) == "")
    return pl.col(name).eq_missing(tidy(pl.lit(text)))


def _found(
    correction: Correction, texts: pl.DataFrame
) -> tuple[pl.DataFrame, tuple[str, str] | None]:
    """The rows it matches, and what is wrong with them: state and sentence, or null."""
    rows = texts.filter([_says(name, text) for name, text in correction.match.items()])
    right = [_says(name, text) for name, text in correction.values.items()]
    if not rows.height:
        others = [_says(n, t) for n, t in correction.match.items() if n not in correction.values]
        if right and others and texts.filter(others + right).height:
            return rows, ("no_longer_needed", _NOT_NEEDED)
        return rows, ("not_found", _NOT_FOUND_DROP if correction.drops else _NOT_FOUND)
    if right and not rows.filter(~pl.all_horizontal(right)).height:
        return rows, ("no_longer_needed", _NOT_NEEDED)
    if correction.expect not in {None, rows.height}:
        says = f"应有 {correction.expect} 行，实有 {rows.height} 行，没有采用；请把匹配写得更确切"
        return rows, ("unexpected", says)
    return rows, None


_NOT_NEEDED = "来源已经改对，已不再需要，请删除（以后还要重跑旧期的，写上有效期止）"
_NOT_FOUND = (
    "名单上没有这样的行，没有采用：来源可能改了写法，或该乡镇本期没有报；"
    "请对照新名单修改，来源已处理的请删除"
)
_NOT_FOUND_DROP = "名单上已没有应剔除的行：来源可能已经删去，已不再需要的请删除"


def _conflict(others: set[str] | None) -> tuple[str, str] | None:
    if not others:
        return None
    named = "、".join(sorted(others))
    return "conflict", f"与更正 {named} 对同一格或同一行说法不同，都没有采用；请只留正确的一条"


def _edits(correction: Correction, rows: pl.DataFrame) -> pl.DataFrame:
    """What it would do: a row a cell, or one a dropped row (column null)."""
    said: list[tuple[str | None, str | None]] = [*correction.values.items()] or [(None, None)]
    wanted = pl.DataFrame(said, schema={"column": pl.String, "after": pl.String}, orient="row")
    return rows.select(_ROW).join(wanted.with_columns(id=pl.lit(correction.id)), how="cross")


def _clashing(edits: list[pl.DataFrame]) -> dict[str, set[str]]:
    """Corrections that contradict each other: id to the ids of the others."""
    if not edits:
        return {}
    every = pl.concat(edits)
    both = every.join(every, on=_ROW, suffix="_other").filter(pl.col("id") != pl.col("id_other"))
    same_cell = pl.col("column") == pl.col("column_other")
    drop = pl.col("column").is_null() != pl.col("column_other").is_null()
    wrong = both.filter(drop | (same_cell & pl.col("after").ne_missing(pl.col("after_other"))))
    found: dict[str, set[str]] = {}
    for one, other in wrong.select("id", "id_other").unique().iter_rows():
        found.setdefault(one, set()).add(other)
    return found


def _changes(
    correction: Correction,
    contract: Contract,
    records: pl.DataFrame,
    rows: pl.DataFrame,
) -> pl.DataFrame:
    """CORRECTIONS of one that applies: a row a cell that it changes, or a row that it drops."""
    says = f"已{'剔除' if correction.drops else '更正'} {rows.height} 行"
    matched = records.with_row_index(_ROW).join(rows.select(_ROW), on=_ROW, how="semi")
    parts = [
        matched.filter(pl.col(name).ne_missing(pl.lit(text, pl.String))).select(
            *PLACES,
            column_name=pl.lit(name),
            before=pl.col(name),
            after=pl.lit(text, pl.String),
        )
        for name, text in correction.values.items()
    ] or [matched.select(*PLACES)]
    return pl.concat(
        [_described(part, correction, contract, "applied", rows.height, says) for part in parts]
    )


def _outcome(
    correction: Correction, contract: Contract, state: str, matched: int, says: str
) -> pl.DataFrame:
    """CORRECTIONS of one that changed nothing."""
    return _described(
        pl.DataFrame({"record_id": [None]}), correction, contract, state, matched, says
    )


def _described(
    rows: pl.DataFrame,
    correction: Correction,
    contract: Contract,
    state: str,
    matched: int,
    says: str,
) -> pl.DataFrame:
    return frames.conform(
        rows.with_columns(
            correction_id=pl.lit(correction.id),
            dataset=pl.lit(contract.dataset),
            state=pl.lit(state),
            action=pl.lit("drop" if correction.drops else "set"),
            reason=pl.lit(correction.reason),
            reported_on=pl.lit(correction.reported_on),
            reported_to=pl.lit(correction.reported_to, pl.String),
            reported_by=pl.lit(correction.reported_by, pl.String),
            expected=pl.lit(correction.expect, pl.Int64),
            matched=pl.lit(matched),
            message=pl.lit(
                f"{correction.source}（{contract.title}，编号 {correction.id}）：{says}"
            ),
        ),
        frames.CORRECTIONS,
    )


def _changed(records: pl.DataFrame, done: pl.DataFrame) -> pl.DataFrame:
    """The records with every corrected cell; a corrected number is text, whatever it was."""
    cells = done.filter((pl.col("state") == "applied") & pl.col("column_name").is_not_null())
    for (name,), changed in cells.group_by("column_name", maintain_order=True):
        after = dict(changed.select("record_id", "after").iter_rows())
        columns = [_told(after, str(name))]
        flag = f"{name}__number"
        if flag in records.columns:
            columns.append(pl.col(flag) & ~pl.col("record_id").is_in(list(after)))
        records = records.with_columns(columns)
    return records


def _dropped(
    records: pl.DataFrame, done: pl.DataFrame, contract: Contract
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The records that stay, and the quarantine of those that a correction drops."""
    drops = done.filter((pl.col("state") == "applied") & (pl.col("action") == "drop"))
    drops = drops.unique("record_id", keep="first", maintain_order=True).select(
        "record_id", why="reason", correction="correction_id"
    )
    aside = (
        records.join(drops, on="record_id", how="inner")
        .with_columns(
            dataset=pl.lit(contract.dataset),
            scope=pl.lit("row"),
            reason_code=pl.lit(CORRECTED_AWAY),
            reason=pl.format("按更正 {} 剔除：{}；不需要再处理。", "correction", "why"),
        )
        .pipe(frames.conform, frames.QUARANTINE)
    )
    return records.join(drops, on="record_id", how="anti", maintain_order="left"), aside
