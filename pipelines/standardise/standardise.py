"""From the records of a list as it stood to typed values, with what could not be used named.

No row is lost: a row of the records is either in the frame or set aside in the quarantine with
scope ``row``. A cell that cannot be used is empty in the frame, keeps its text beside it, and is
named in the quarantine with scope ``cell``. What is used and asked about is named with scope
``flag``.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from pipelines import frames
from pipelines.contracts import Column, ColumnType, Contract
from pipelines.standardise.codes import nearest_codes
from pipelines.standardise.columns import standardise_column
from pipelines.standardise.divisions import Divisions, build_divisions
from pipelines.standardise.doubts import doubts
from pipelines.standardise.id_number import cleaned, parse_id_numbers
from pipelines.standardise.locate import locate
from pipelines.standardise.place_names import spelt
from pipelines.standardise.reasons import VALUE_STANDS, sentence
from pipelines.standardise.repeated import repeated_events
from pipelines.standardise.repeated import set_aside as set_repeated_aside
from pipelines.standardise.text import FORMULA_ERROR, is_nothing, plain, plain_columns

_PLACES = (ColumnType.TOWNSHIP, ColumnType.VILLAGE)
_NAMES_VILLAGE = "村(?:[^民小]|$)|社区"
_GROUP = r"((?:[一二三四五六七八九十]{1,3}|[0-9]{1,3})(?:村民小组|组|社|队|屯))"


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
    day: dt.date | None = None,
) -> Clean:
    """Clean the records of one dataset.

    Args:
        records: `frames.intake_schema` of the contract.
        contract: What the columns mean.
        divisions: The county's gazetteer; None or empty for ``roster.villages`` itself and where no
            list of villages has come: then places keep the names they were sent with.
        units: Column to the unit its header names (万元), as it stood.
        day: The day on which the list is read, the round's or the check's: what is said to have
            happened later is asked about. Not said: the day that the list speaks of.

    Returns:
        The clean frame and the quarantine; rows of the frame and distinct rows of scope ``row``
        together are the records.
    """
    records = frames.conform(records, frames.intake_schema(contract))
    gazetteer = divisions if divisions is not None else build_divisions(None)
    units = units or {}
    nothing = _nothing(records.height)
    texts = [c.name for c in contract.columns.values() if c.type is ColumnType.TEXT]
    failed = _failed_formulas(records, contract)
    free = plain_columns(records, texts).with_columns(
        pl.when(~failed[n]).then(pl.col(n)).alias(n) for n in texts if n in failed
    )
    parts = [records.select(*frames.LINEAGE), free]
    issues = dict.fromkeys(texts, nothing)
    for column in contract.columns.values():
        if column.name in issues:
            continue
        values, issue = standardise_column(records, column, units.get(column.name))
        parts.append(values)
        issues[column.name] = issue
    frame = pl.concat(parts, how="horizontal").pipe(frames.conform, frames.clean_schema(contract))
    frame = _from_certificates(frame, contract)
    frame, place_issues, notes = _placed(frame, records, contract, gazetteer)
    issues |= place_issues
    for name, at in failed.items():
        issues[name] = _code("formula_error", records.height).zip_with(at, issues[name])
    if "as_of_date" in contract.columns:
        # The list itself says which day it speaks of; that is nearer than the file's name.
        frame = frame.with_columns(as_of=pl.coalesce("as_of_date", "as_of"))
    aside, keep = _set_aside(frame, records, contract, issues)
    again = repeated_events(frame.filter(keep), contract)
    aside.append(set_repeated_aside(records, again, contract))
    keep = keep & ~frame["record_id"].is_in(again["record_id"].implode())
    notes |= _nearest_codes(records, contract, issues)
    cells = [
        _entries(
            records, column, issues[name].zip_with(keep, nothing), "cell", contract, notes.get(name)
        )
        for name, column in contract.columns.items()
        if issues[name].null_count() < records.height
    ]
    kept = frames.conform(frame.filter(keep), frames.clean_schema(contract))
    quarantine = pl.concat([frames.empty(frames.QUARANTINE), *aside, *cells])
    return Clean(kept, pl.concat([quarantine, doubts(kept, records, contract, day)]))


def _from_certificates(frame: pl.DataFrame, contract: Contract) -> pl.DataFrame:
    """Fill what a list leaves blank of ID number, certificate and codes from each other.

    A disability certificate's number is the ID number, a digit for the kind and one for the level
    (DOMAIN C2, 31); it often stands in the column of the ID number, or in a list without one.
    """
    coded = [c for c in contract.columns.values() if c.certificate_digit]
    if not coded:
        return frame
    in_id = pl.when(pl.col("id_number_status") == "certificate").then(
        cleaned(pl.col("id_number_text")).str.replace_all("[^0-9XB]", "")
    )
    number = pl.coalesce(
        pl.when(pl.col("certificate").str.contains(r"^[0-9]{17}[0-9X][0-9]{2}")).then(
            "certificate"
        ),
        in_id,
    )
    frame = frame.with_columns(certificate=pl.coalesce("certificate", in_id))
    frame = _numbers_from_certificates(frame)
    for column in coded:
        at = (column.certificate_digit or 1) - 1
        known = {
            spelling: code
            for code, spellings in (column.codes or {}).items()
            for spelling in (code, *spellings)
            if spelling.isdecimal() and len(spelling) == 1
        }
        stated = number.str.slice(at, 1).replace_strict(known, default=None, return_dtype=pl.String)
        blank = pl.col(column.name).is_null() & is_nothing(pl.col(f"{column.name}_text"))
        frame = frame.with_columns(
            pl.when(blank).then(stated).otherwise(pl.col(column.name)).alias(column.name)
        )
    return frame


def _numbers_from_certificates(frame: pl.DataFrame) -> pl.DataFrame:
    """Take the ID number from the certificate's where a sheet has no ID number at all.

    Where others have one, a blank cell says that this one is not known, and stays.
    """
    none = pl.col("id_number_text").is_null().all().over("file_id", "path", "sheet")
    at = frame.select(none & pl.col("certificate").is_not_null()).to_series().arg_true()
    if at.is_empty():
        return frame
    judged = parse_id_numbers(frame.select(text=pl.col("certificate").gather(at)))
    whole = (judged["status"] == "certificate").arg_true()
    return frame.with_columns(
        frame["id_number"].scatter(at.gather(whole), judged["value"].gather(whole)),
        frame["id_number_status"].scatter(at.gather(whole), judged["status"].gather(whole)),
    )


def _failed_formulas(records: pl.DataFrame, contract: Contract) -> dict[str, pl.Series]:
    """Column to which of its cells show a spreadsheet's error, for columns that have any."""
    some = records.select(pl.col(list(contract.columns)).str.starts_with("#").any())
    names = [name for name, any_ in some.row(0, named=True).items() if any_]
    hits = records.select(
        pl.col(name).str.contains(FORMULA_ERROR).fill_null(value=False) for name in names
    )
    return {name: hits[name] for name in names if hits[name].any()}


def _code(code: str, height: int) -> pl.Series:
    return pl.Series("issue", [code], dtype=pl.String).new_from_index(0, height)


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


def _nearest_codes(
    records: pl.DataFrame, contract: Contract, issues: Mapping[str, pl.Series]
) -> dict[str, pl.Series]:
    """The code that an unknown spelling may mean, as a question for each record of its column."""
    notes = {}
    for name, column in contract.columns.items():
        if column.codes is None or issues[name].null_count() == records.height:
            continue
        unknown = records.filter(issues[name] == "unknown_code")[name].drop_nulls()
        near = nearest_codes(unknown, column.codes)
        code = pl.col(name).replace_strict(near, default=None, return_dtype=pl.String)
        notes[name] = records.select(pl.format("是否指“{}”？", code).fill_null(""))[name]
    return notes


def _entries(
    records: pl.DataFrame,
    column: Column,
    code: pl.Series,
    scope: str,
    contract: Contract,
    note: pl.Series | None = None,
) -> pl.DataFrame:
    """The quarantine of one column: the records whose `code` is set; `note` adds to the reason."""
    if code.null_count() == len(code):
        return frames.empty(frames.QUARANTINE)
    return (
        records.select(
            "record_id", "file_id", "path", "sheet", "row_number",
            raw_value=pl.col(column.name),
        )
        .with_columns(reason_code=code, note=note if note is not None else pl.lit(""))
        .filter(pl.col("reason_code").is_not_null())
        .with_columns(
            dataset=pl.lit(contract.dataset),
            column_name=pl.lit(column.name),
            scope=pl.when(pl.col("reason_code").is_in(list(VALUE_STANDS)) & (scope == "cell"))
            .then(pl.lit("flag"))
            .otherwise(pl.lit(scope)),
            reason=sentence(pl.col("reason_code"), column) + pl.col("note").fill_null(""),
        )
        .pipe(frames.conform, frames.QUARANTINE)
    )  # fmt: skip


def _placed(
    frame: pl.DataFrame, records: pl.DataFrame, contract: Contract, divisions: Divisions
) -> tuple[pl.DataFrame, dict[str, pl.Series], dict[str, pl.Series]]:
    """Township and village of every row by name and code; issues, and what to add to them."""
    said = {
        key: pl.col(key) if key in contract.columns else pl.lit(None, dtype=pl.String)
        for key in ("township", "village", "village_code", "address")
    }
    if "group_name" in contract.columns:
        # 河口村1组 where no column has the village alone.
        group = pl.col("group_name")
        named = pl.when(group.str.contains(_NAMES_VILLAGE)).then(group)
        said["address"] = pl.coalesce(named, said["address"])
    hints = {"hint": pl.col("township_hint"), "village_hint": pl.col("village_hint")}
    places = records.select(**said, **hints)
    if not divisions.known or contract.grain == "village":
        return _as_sent(frame, places, contract), {}, {}
    asked = _asked(places)
    blank = [name for name in asked.columns[1:] if asked[name].null_count() == asked.height]
    told = [name for name in asked.columns if name not in blank]
    located = asked.select(told).join(
        locate(asked.unique(told), divisions).drop(blank),
        on=told,
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
    if "group_name" in contract.columns:
        # 王堂三组 in the village's or the address's cell.
        group = pl.coalesce("village", "address").str.extract(_GROUP, 1)
        said_group = frame.select("group_name").with_columns(found=places.select(group).to_series())
        frame = frame.with_columns(said_group.select(group_name=pl.coalesce("group_name", "found")))
    return frame, issues, {"village": located["near"]}


def _asked(places: pl.DataFrame) -> pl.DataFrame:
    """Leave out the address where a village is named: it is not asked then, and hardly repeats."""
    villages = places["village"].unique()
    nothing = villages.to_frame().select(is_nothing(spelt(pl.col("village")))).to_series()
    unnamed = pl.col("village").is_in(villages.filter(nothing).implode(), nulls_equal=True)
    return places.with_columns(address=pl.when(unnamed).then("address"))


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
