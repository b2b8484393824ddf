"""From the records of a list as it stood to typed values, with what could not be used named.

No row is lost: a row of the records is either in the frame or set aside in the quarantine with
scope ``row``. A cell that cannot be used is empty in the frame, keeps its text beside it, and is
named in the quarantine with scope ``cell``.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from pipelines import frames
from pipelines.contracts import Column, ColumnType, Contract
from pipelines.standardise.columns import standardise_column
from pipelines.standardise.divisions import Divisions, build_divisions, locate
from pipelines.standardise.reasons import sentence
from pipelines.standardise.repeated import repeated_events
from pipelines.standardise.repeated import set_aside as set_repeated_aside
from pipelines.standardise.text import is_nothing, plain

_PLACES = (ColumnType.TOWNSHIP, ColumnType.VILLAGE)


@dataclass(frozen=True)
class Clean:
    """One dataset after cleaning."""

    frame: pl.DataFrame
    """`frames.clean_schema` of the contract, in the order of the records."""
    quarantine: pl.DataFrame
    """`frames.QUARANTINE`."""


def standardise(
    records: pl.DataFrame,
    contract: Contract,
    divisions: Divisions | None = None,
    units: Mapping[str, str] | None = None,
) -> Clean:
    """Clean the records of one dataset.

    Args:
        records: `frames.intake_schema` of the contract.
        contract: What the columns mean.
        divisions: The county's gazetteer; None or empty for ``roster.villages`` itself and where no
            list of villages has come: then places keep the names they were sent with.
        units: Column to the unit its header names (万元), as it stood.

    Returns:
        The clean frame and the quarantine; rows of the frame and distinct rows of scope ``row``
        together are the records.
    """
    records = frames.conform(records, frames.intake_schema(contract))
    gazetteer = divisions if divisions is not None else build_divisions(None)
    units = units or {}
    nothing = _nothing(records.height)
    texts = [c.name for c in contract.columns.values() if c.type is ColumnType.TEXT]
    parts = [records.select(*frames.LINEAGE, *[plain(pl.col(name)) for name in texts])]
    issues = dict.fromkeys(texts, nothing)
    for column in contract.columns.values():
        if column.name in issues:
            continue
        values, issue = standardise_column(records, column, units.get(column.name))
        parts.append(values)
        issues[column.name] = issue
    frame = pl.concat(parts, how="horizontal").pipe(frames.conform, frames.clean_schema(contract))
    frame, place_issues = _placed(frame, records, contract, gazetteer)
    issues |= place_issues
    if "as_of_date" in contract.columns:
        # The list itself says which day it speaks of; that is nearer than the file's name.
        frame = frame.with_columns(as_of=pl.coalesce("as_of_date", "as_of"))
    aside, keep = _set_aside(frame, records, contract, issues)
    again = repeated_events(frame.filter(keep), contract)
    aside.append(set_repeated_aside(records, again, contract))
    keep = keep & ~frame["record_id"].is_in(again["record_id"].implode())
    cells = [
        _entries(records, column, issues[name].zip_with(keep, nothing), "cell", contract)
        for name, column in contract.columns.items()
        if issues[name].null_count() < records.height
    ]
    quarantine = pl.concat([frames.empty(frames.QUARANTINE), *aside, *cells])
    return Clean(frames.conform(frame.filter(keep), frames.clean_schema(contract)), quarantine)


def _nothing(height: int) -> pl.Series:
    return pl.Series("issue", [None], dtype=pl.String).new_from_index(0, height)


def _set_aside(
    frame: pl.DataFrame, records: pl.DataFrame, contract: Contract, issues: Mapping[str, pl.Series]
) -> tuple[list[pl.DataFrame], pl.Series]:
    """The quarantine of rows without a required value, and which rows stay."""
    keep = pl.Series("keep", [True]).new_from_index(0, frame.height)
    aside = []
    for name, column in contract.columns.items():
        if not column.required:
            continue
        # A place that the gazetteer does not know is no reason to lose the row: its text is there.
        lacking = is_nothing(pl.col(name)) if column.type in _PLACES else pl.col(name).is_null()
        source = records if column.type in _PLACES else frame
        missing = source.select(lacking.alias("missing"))["missing"]
        if not missing.any():
            continue
        code = issues[name].fill_null("missing_required").zip_with(missing, _nothing(frame.height))
        aside.append(_entries(records, column, code, "row", contract))
        keep = keep & ~missing
    return aside, keep


def _entries(
    records: pl.DataFrame, column: Column, code: pl.Series, scope: str, contract: Contract
) -> pl.DataFrame:
    """The quarantine of one column: the records whose `code` is set."""
    if code.null_count() == len(code):
        return frames.empty(frames.QUARANTINE)
    return (
        records.select(
            "record_id", "file_id", "path", "sheet", "row_number", "raw_row",
            raw_value=pl.col(column.name),
        )
        .with_columns(reason_code=code)
        .filter(pl.col("reason_code").is_not_null())
        .with_columns(
            dataset=pl.lit(contract.dataset),
            column_name=pl.lit(column.name),
            scope=pl.lit(scope),
            reason=sentence(pl.col("reason_code"), column),
        )
        .pipe(frames.conform, frames.QUARANTINE)
    )  # fmt: skip


def _placed(
    frame: pl.DataFrame, records: pl.DataFrame, contract: Contract, divisions: Divisions
) -> tuple[pl.DataFrame, dict[str, pl.Series]]:
    """Township and village of every row, by name and code."""
    said = {
        key: pl.col(key) if key in contract.columns else pl.lit(None, dtype=pl.String)
        for key in ("township", "village", "village_code", "address")
    }
    places = records.select(**said, hint=pl.col("township_hint"))
    if not divisions.known or contract.grain == "village":
        return _as_sent(frame, places, contract), {}
    located = places.join(
        locate(places.unique(), divisions),
        on=places.columns,
        how="left",
        nulls_equal=True,
        maintain_order="left",
        validate="m:1",
    )
    found = ("township", "township_code", "village", "village_code")
    frame = frame.with_columns(located[f"found_{name}"].alias(name) for name in found)
    issues: dict[str, pl.Series] = {
        name: located[f"{name}_issue"]
        for name in ("village", "township")
        if name in contract.columns
    }
    return frame, issues


def _as_sent(frame: pl.DataFrame, places: pl.DataFrame, contract: Contract) -> pl.DataFrame:
    """The names and codes of the list itself: it is the gazetteer, or there is none."""
    code = frame["village_code"] if "village_code" in frame.columns else None
    names = places.select(
        township=pl.coalesce(_said(pl.col("township")), _said(pl.col("hint"))),
        village=_said(pl.col("village")),
    )
    frame = frame.with_columns(names)
    if contract.grain == "village" and code is not None:
        own = (
            frame["township_code"]
            if "township_code" in frame.columns
            else pl.Series([None], dtype=pl.String).new_from_index(0, frame.height)
        )
        # A village's code begins with its township's nine digits (GB/T 10114).
        by_code = frame.select(
            pl.when(pl.col("village_code").str.len_chars() == 12).then(
                pl.col("village_code").str.slice(0, 9)
            )
        )["village_code"]
        frame = frame.with_columns(township_code=own.zip_with(own.is_not_null(), by_code))
    return frame


def _said(text: pl.Expr) -> pl.Expr:
    return pl.when(~is_nothing(text)).then(plain(text).str.replace_all(r"\s+", ""))
