"""One contract column: from the text of its cells to its typed value and companions.

Each distinct text is parsed once and its result joined back, so the cost of a parser follows the
number of spellings, not the number of rows. ID numbers, accounts and other numbers hardly repeat
and have a quick way of their own.
"""

from collections.abc import Callable, Mapping

import polars as pl

from pipelines.contracts import Column, ColumnType
from pipelines.standardise.amounts import parse_amounts, parse_integers, parse_numbers
from pipelines.standardise.codes import parse_code_lists, parse_codes, parse_yes_no
from pipelines.standardise.dates import TOLD_BY_OTHERS, parse_dates
from pipelines.standardise.id_number import parse_id_numbers
from pipelines.standardise.names import SUBJECTS, parse_names
from pipelines.standardise.numbers_as_text import (
    parse_accounts,
    parse_certificates,
    parse_division_codes,
    parse_phones,
)
from pipelines.standardise.periods import parse_periods, parse_terms, parse_years
from pipelines.standardise.text import plain, plain_columns

COMPANIONS = {
    ColumnType.NAME: {"key": "key"},
    ColumnType.ID_NUMBER: {"status": "status", "hint": "hint"},
    ColumnType.DATE: {"precision": "precision"},
}
"""What a parser gives besides the value, and the ending of its column."""

_DIGITS: Mapping[ColumnType, Callable[[pl.DataFrame], pl.DataFrame]] = {
    ColumnType.CERTIFICATE: parse_certificates,
    ColumnType.ACCOUNT: parse_accounts,
    ColumnType.PHONE: parse_phones,
    ColumnType.DIVISION_CODE: parse_division_codes,
}
_BY_TEXT: Mapping[ColumnType, Callable[[pl.Series], pl.DataFrame]] = {
    ColumnType.NUMBER: parse_numbers,
    ColumnType.INTEGER: parse_integers,
    ColumnType.YES_NO: parse_yes_no,
    ColumnType.TERM: parse_terms,
    ColumnType.YEAR: parse_years,
}

_SHEET = ("file_id", "path", "sheet")


def standardise_column(
    records: pl.DataFrame, column: Column, header_unit: str | None
) -> tuple[pl.DataFrame, pl.Series]:
    """Parse one column of the intake records.

    Returns:
        The column, ``<name>_text`` and its companions, a row a record; and the reason code of each
        cell that a person should look at, else null.
    """
    name = column.name
    if column.type is ColumnType.TEXT:
        values = plain_columns(records, [name])
        return values, pl.Series("issue", [None], dtype=pl.String).new_from_index(0, records.height)
    text = records[name].alias("text").to_frame()
    if records[name].null_count() == records.height:
        return _empty(column, records.height)
    if column.type is ColumnType.ID_NUMBER:
        cells = text.with_columns(number=_was_number(records, name))
        parsed = pl.concat([text, parse_id_numbers(cells)], how="horizontal")
    elif column.type in _DIGITS:
        cells = text.with_columns(number=_was_number(records, name))
        parsed = _DIGITS[column.type](cells)
    elif column.type is ColumnType.PERIOD:
        cells = text.with_columns(as_of=records["as_of"])
        parsed = _back(cells, parse_periods(cells.unique()), ["text", "as_of"])
    elif column.type is ColumnType.DATE:
        parsed = _dates(records, text, column)
    else:
        parsed = _back(text, _by_text(text["text"].unique(), column, header_unit), ["text"])
    endings = COMPANIONS.get(column.type, {})
    named = {"value": name, "text": f"{name}_text"}
    named |= {own: f"{name}_{ending}" for own, ending in endings.items()}
    frame = pl.DataFrame([parsed[own].alias(given) for own, given in named.items()])
    return frame, parsed["issue"]


def _dates(records: pl.DataFrame, text: pl.DataFrame, column: Column) -> pl.DataFrame:
    """Parse dates; sheet by sheet where a cell is only understood by the others of its sheet."""
    distinct = text["text"].unique()
    if not distinct.str.contains(TOLD_BY_OTHERS).any():
        return _back(text, parse_dates(distinct, span=column.span), ["text"])
    sheet = records.select(*_SHEET).select(sheet=pl.struct(_SHEET).rank("dense"))
    cells = pl.concat([text, sheet], how="horizontal")
    parsed = [
        parse_dates(texts["text"], span=column.span).with_columns(sheet=pl.lit(of, pl.UInt32))
        for (of,), texts in cells.unique().partition_by("sheet", as_dict=True).items()
    ]
    return _back(cells, pl.concat(parsed), ["text", "sheet"])


def _empty(column: Column, height: int) -> tuple[pl.DataFrame, pl.Series]:
    """A column that the list does not have, or never fills."""
    nothing = pl.Series("issue", [None], dtype=pl.String).new_from_index(0, height)
    untyped = pl.Series("value", [None], dtype=pl.Null).new_from_index(0, height)
    names = [column.name, f"{column.name}_text"]
    names += [f"{column.name}_{ending}" for ending in COMPANIONS.get(column.type, {}).values()]
    frame = pl.DataFrame([untyped.alias(name) for name in names])
    if column.type is ColumnType.ID_NUMBER:
        frame = frame.with_columns(pl.lit("missing").alias(f"{column.name}_status"))
    return frame, nothing


def _by_text(texts: pl.Series, column: Column, header_unit: str | None) -> pl.DataFrame:
    if column.type is ColumnType.NAME:
        return parse_names(texts, subject=column.name in SUBJECTS)
    if column.type is ColumnType.AMOUNT:
        per_month = "月" in (column.unit or "")
        return parse_amounts(texts, header_unit=header_unit, per_month=per_month)
    if column.codes is not None:
        many = column.type is ColumnType.CODES
        return (parse_code_lists if many else parse_codes)(texts, column.codes)
    if column.type in _BY_TEXT:
        return _BY_TEXT[column.type](texts)
    # Places are found together, by `locate`; here only their text is kept.
    tidy_text = texts.rename("text").to_frame()
    return tidy_text.with_columns(value=plain(pl.col("text")), issue=pl.lit(None, dtype=pl.String))


def _was_number(records: pl.DataFrame, name: str) -> pl.Series:
    flag = f"{name}__number"
    if flag in records.columns:
        return records[flag].fill_null(value=False)
    return pl.Series("number", [False]).new_from_index(0, records.height)


def _back(cells: pl.DataFrame, parsed: pl.DataFrame, on: list[str]) -> pl.DataFrame:
    return cells.join(
        parsed, on=on, how="left", nulls_equal=True, maintain_order="left", validate="m:1"
    )
