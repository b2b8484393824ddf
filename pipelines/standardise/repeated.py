"""Rows that say again what another row says.

Events that several files state count once each, whatever each file's spelling. The newest file's
row stays, the others are set aside with a reason that names it. Rows alike within one file all
stay, since a payment made twice is a finding, not a copy. It takes typed values to tell: one file
writes 643.33 on 2021/6/1, the next 643.33元 on 2021-06-01 00:00:00. All other rows that are there
again stay too, and people are asked.
"""

import polars as pl

from pipelines import frames
from pipelines.contracts import Column, ColumnType, Contract
from pipelines.standardise.reasons import asked

_DATED = {ColumnType.DATE, ColumnType.PERIOD, ColumnType.TERM, ColumnType.YEAR}
_AMOUNTS = {ColumnType.AMOUNT, ColumnType.NUMBER}
_PLACE = ("path", "sheet", "row_number")
_WHO = {ColumnType.ID_NUMBER, ColumnType.CERTIFICATE}
WHERE = ("household_id", "township", "village", "village_code")
"""Columns that say of which household or place a row is."""
_NOT_TELLING = {"status", "certificate"}
"""Key columns in which two rows of one subject may differ: active and stopped, old and new card."""


def repeated_events(frame: pl.DataFrame, contract: Contract) -> pl.DataFrame:
    """Give the rows that a newer file states again.

    Args:
        frame: `frames.clean_schema` of the contract, all files that the round uses.
        contract: An event is told by the columns of its `key`.

    Returns:
        ``record_id`` and ``reason``, a row an event to be set aside. Without any date two months'
        equal payments would look like one: such rows are never given.
    """
    nothing = frame.clear().select("record_id", reason=pl.lit(None, dtype=pl.String))
    if contract.nature != "events" or not contract.key or frame["file_id"].n_unique() < 2:
        return nothing
    columns = [contract.columns[name] for name in contract.key]
    dated = [pl.col(c.name).is_not_null() for c in columns if c.type in _DATED]
    keys = [f"key_{c.name}" for c in columns]
    return (
        frame.filter(pl.any_horizontal(dated) if dated else pl.lit(value=True))
        .select(
            "record_id", "file_id", "path", "sheet", "row_number", "as_of",
            *[compared(c).alias(key) for c, key in zip(columns, keys, strict=True)],
        )
        .with_columns(nth=pl.int_range(pl.len()).over("file_id", *keys))
        .sort("as_of", "path", "row_number", descending=[True, False, False])
        .with_columns(
            again=pl.int_range(pl.len()).over(*keys, "nth") > 0,
            **{f"by_{c}": pl.col(c).first().over(*keys, "nth") for c in _PLACE},
        )
        .filter("again")
        .select(
            "record_id",
            reason=pl.format(
                "与“{}”工作表“{}”第 {} 行是同一笔，只计一次；不需要处理。",
                "by_path", pl.col("by_sheet").fill_null(""), "by_row_number",
            ),
        )
    )  # fmt: skip


def set_aside(records: pl.DataFrame, again: pl.DataFrame, contract: Contract) -> pl.DataFrame:
    """Give the quarantine (QUARANTINE, scope row) of the events that `repeated_events` found."""
    if again.is_empty():
        return frames.empty(frames.QUARANTINE)
    return (
        records.join(again, on="record_id", how="inner", validate="1:1")
        .with_columns(
            dataset=pl.lit(contract.dataset),
            scope=pl.lit("row"),
            reason_code=pl.lit("repeated_event"),
        )
        .pipe(frames.conform, frames.QUARANTINE)
    )


def compared(column: Column) -> pl.Expr:
    """Give the typed value as text; where there is none, what was written, without its spaces."""
    if column.type is ColumnType.TEXT:
        return pl.col(column.name).str.replace_all(r"\s", "").fill_null("")
    value = pl.col(f"{column.name}_key" if column.type is ColumnType.NAME else column.name)
    if column.type in _AMOUNTS:
        value = value.round(4)
    written = pl.col(f"{column.name}_text").str.replace_all(r"\s", "").str.to_uppercase()
    return pl.coalesce(value.cast(pl.String), written).fill_null("")


def repeated_rows(frame: pl.DataFrame, contract: Contract) -> pl.DataFrame:
    """Ask about rows that say again what an earlier row says (DOMAIN C2, 68): all of them stay.

    A row with a whole number is told by number and name where the list has one row a subject, else
    by the contract's key; active and stopped rows of one person are two. One without is told by the
    whole key, as it is written, if that names somebody or some place besides a name.

    Args:
        frame: The clean frame.
        contract: The dataset.

    Returns:
        `reasons.asked`, an entry a row but for the first of each.
    """
    if not contract.key:
        return asked(frame.clear(), None, "repeated_row", "")
    columns = [contract.columns[name] for name in contract.key]
    number = next((c for c in columns if c.name in {"id_number", "head_id_number"}), None)
    by_number = [c for c in columns if c.name not in _NOT_TELLING]
    if number and contract.linkage.one_row_a_subject:
        pair = {number.name, number.name.replace("id_number", "name")}
        by_number = [c for c in by_number if c.name in pair]
    has_number = _written_number(number.name) if number else pl.lit(value=False)
    named = [c for c in columns if c.type in _WHO or c.name in WHERE]
    sure = pl.any_horizontal([pl.col(c.name).is_not_null() for c in named] or [False])
    needed = {f"{c.name}{ending}" for c in columns for ending in ("", "_text", "_key", "_status")}
    told = frame.select(
        pl.col("record_id", *_PLACE),
        pl.col(sorted(needed & set(frame.columns))),
        has_number=has_number,
        sure=sure,
    )
    return pl.concat(
        [
            _again(told, told["has_number"], by_number),
            _again(told, ~told["has_number"] & told["sure"], columns),
        ]
    )


def _written_number(name: str) -> pl.Expr:
    """Whether a number stands there that tells one person from another, be it a wrong one."""
    wrong = pl.col(f"{name}_status").is_in(["checksum", "length", "birth_date"])
    return pl.col(name).is_not_null() | wrong.fill_null(value=False)


def _key(rows: pl.DataFrame, column: Column) -> pl.Series:
    """Give ``key_<column>``, what `compared` gives; of numbers the text is asked of few."""
    name = f"key_{column.name}"
    if column.type not in _WHO:
        return rows.select(compared(column).alias(name)).to_series()
    values = rows[column.name].alias(name)
    at = values.is_null().arg_true()
    return values.scatter(at, rows[at].select(compared(column)).to_series())


def _again(told: pl.DataFrame, some: pl.Series, columns: list[Column]) -> pl.DataFrame:
    """Ask about those of `some` rows that have the same in `columns` as an earlier one."""
    # By numbers nearly every row is alone: the other columns are asked of few.
    first, *_ = sorted(columns, key=lambda c: c.type not in _WHO)
    asked_of = [name for name in told.columns if name.startswith(first.name)]
    key = _key(told.select(asked_of).filter(some), first).to_frame()
    alike = key.select(pl.struct(pl.all()).is_duplicated()).to_series()
    rows = told[some.arg_true().filter(alike)]
    keys = [f"key_{c.name}" for c in columns]
    if rows.height:
        named = rows.with_columns(_key(rows, c) for c in columns)
        rows = named.filter(pl.struct(keys).is_duplicated())
    if rows.is_empty():
        return asked(rows, None, "repeated_row", "")
    listed = (
        rows.sort(_PLACE, nulls_last=True)
        .with_columns(
            nth=pl.int_range(pl.len()).over(keys),
            **{f"first_{c}": pl.col(c).first().over(keys) for c in _PLACE},
        )
        .filter(pl.col("nth") > 0)
    )
    same_sheet = (pl.col("path") == pl.col("first_path")) & pl.col("sheet").eq_missing(
        pl.col("first_sheet")
    )
    file = pl.format("“{}”", pl.col("first_path").str.split("/").list.last())
    first_sheet = pl.when(pl.col("first_sheet") != "").then("first_sheet")
    other_sheet = pl.format("工作表“{}”", first_sheet).fill_null("")
    where = (
        pl.when(same_sheet)
        .then(pl.lit(""))
        .when(pl.col("path") == pl.col("first_path"))
        .then(other_sheet)
        .otherwise(file + other_sheet)
    )
    reason = pl.format(
        "与前面一行的{}相同，两行都保留：同{}第 {} 行；请核对是否重复登记，重复的只留一行。",
        pl.lit("、".join(c.title for c in columns)), where, "first_row_number",
    )  # fmt: skip
    return asked(listed, None, "repeated_row", reason)
