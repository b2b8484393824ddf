"""The records under a header, their cells by contract column.

Not data, and counted as such (`row_kinds`): title rows, the header and its repetitions on later
pages, the row of column numbers below it, subtotals, notes and signatures, blank rows. Everything
else becomes a record; whether its cells make sense is for `pipelines.standardise`. Blank cells are
filled from above only where the cell is merged, or where a household's members follow without a
running number.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import polars as pl

from pipelines.contracts import ColumnType, Contract
from pipelines.intake.cells import RawSheet, column_letters
from pipelines.intake.match import Match
from pipelines.intake.row_kinds import NOT_DATA, other_rows
from pipelines.intake.sections import with_sections
from pipelines.intake.several import one_person_a_row
from pipelines.intake.vocabulary import header_unit, title_unit

_NO = r"^(?:[否无没未不空暂×✗✘╳⨯xX/\\\-—]|0+(?:\.0+)?$|[nN](?:[oO])?$|(?i:false)$)"
"""How a cell under a code of its own says that the code does not apply."""
_RUNNING = r"^\s*\d{1,6}(?:\.0)?\s*$"
_DITTO = pl.Series(["同上", "同前", "〃", "″"]).implode()
_OF_ONE = {ColumnType.NAME, ColumnType.ID_NUMBER, ColumnType.CERTIFICATE, ColumnType.ACCOUNT}
_MOST_TOTALS = 1000
_DAYS_1900_TO_1904 = 1462
_POWERS = np.array([10**15, 10**16, 10**17, 10**18], dtype=np.uint64)
"""The least numbers of 16 to 19 digits: a number has lost as many digits as are not above it."""
HOUSEHOLD_COLUMNS = (
    "household_id",
    "head_name",
    "head_id_number",
    "township",
    "village",
    "village_code",
    "group_name",
    "household_type",
)
"""What the first member's row says for the whole household where the others leave it blank."""


@dataclass(frozen=True)
class Body:
    """A sheet's rows, told apart."""

    records: pl.DataFrame
    """row_number, the contract's columns that the sheet has, with number flags; where headings
    within the list name villages ``section``; and by position the cells that no column has as they
    stood."""
    cells: dict[str, str]
    """Header as it stood to the column of `records` that has its cells as they stood."""
    rows_read: int
    not_data: dict[str, int] = field(default_factory=dict)
    """Rows by what they are: title, header, total, note, blank."""
    titles: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    units: dict[str, str] = field(default_factory=dict)
    """Contract column to the unit its header (or the sheet's title) names."""
    totals: tuple[dict[str, Any], ...] = ()
    """The first thousand totals and subtotals: ``row``, from 1, and ``cells``, position to text."""
    taken_from_above: dict[str, int] = field(default_factory=dict)
    """Header text to the number of blank cells that were given the value above them."""
    sections: tuple[str, ...] = ()
    """The villages that headings within the list name."""
    unnamed: tuple[int, ...] = ()
    """Columns (from 0) that most records fill and the header leaves blank; none is read."""


def read_body(raw: RawSheet, match: Match, contract: Contract) -> Body:
    """Give the records of a sheet whose header was matched with `contract`."""
    number = pl.int_range(1, raw.cells.height + 1, dtype=pl.Int64, eager=True).alias("row")
    cells = pl.concat([number.to_frame(), raw.cells], how="horizontal")
    titles = title_texts(raw, match.first_row)
    others = other_rows(cells, match)
    is_data = ~number.is_in(others["row"].implode())
    of_kind = others.partition_by("kind", as_dict=True, include_key=False)
    counts = {kind: of_kind[kind,].height for kind in NOT_DATA if (kind,) in of_kind}
    if raw.elsewhere:
        counts["blank"] -= raw.elsewhere
    notes = _texts(of_kind.get(("note",), others.clear()))
    data = with_sections(cells.filter(is_data), of_kind.get(("note",), others.clear()))
    filled = data.pipe(_filled_merges, raw, match, contract).pipe(_filled_households, match)
    taken = _taken_from_above(data, filled, match)
    unnamed = _unnamed(data, match)
    named = _named(match, unnamed)
    records = pl.concat(
        [
            data.select_seq(pl.col("row").alias("row_number"), *_section(data), *_cells(named)),
            _columns(filled, match, contract).pipe(_from_1900, raw, contract),
            _number_flags(raw, is_data, match, contract),
        ],
        how="horizontal",
    ).pipe(_as_typed)
    records, kept = _each_once(one_person_a_row(records, contract), named, match)
    sections = records["section"].drop_nulls() if "section" in records.columns else ()
    return Body(
        records=records,
        cells=kept,
        rows_read=cells.height - raw.elsewhere,
        not_data={kind: count for kind, count in counts.items() if count},
        titles=titles,
        notes=notes,
        units=_units(match, titles, contract),
        totals=_totals(of_kind.get(("total",), others.clear())),
        taken_from_above=taken,
        sections=tuple(dict.fromkeys(sections)),
        unnamed=unnamed,
    )


def _unnamed(data: pl.DataFrame, match: Match) -> tuple[int, ...]:
    """Give the columns that say something in most records, running numbers aside."""
    headed = {"row", "section", *(str(cell.position) for cell in match.cells)}
    filled = {
        name: data.height - blank
        for name, blank in data.null_count().row(0, named=True).items()
        if name not in headed and blank * 2 < data.height
    }
    telling = data.select_seq((~pl.col(n).str.contains(_RUNNING)).sum() for n in filled)
    return tuple(int(n) for n, many in filled.items() if telling[n].item() * 2 > many)


def _section(data: pl.DataFrame) -> list[str]:
    return ["section"] if "section" in data.columns else []


def _taken_from_above(data: pl.DataFrame, filled: pl.DataFrame, match: Match) -> dict[str, int]:
    """Count the blank cells of each column that were given the value above them."""
    if filled is data:
        return {}
    lacking = data.null_count().row(0, named=True)
    left = filled.null_count().row(0, named=True)
    return {
        cell.text: lacking[at] - left[at]
        for cell in match.cells
        if (at := str(cell.position)) in lacking and lacking[at] > left[at]
    }


def title_texts(raw: RawSheet, rows: int) -> tuple[str, ...]:
    """Give the text of the first `rows` rows, cells of a row joined with spaces."""
    return _texts(raw.cells.head(rows))


def _texts(rows: pl.DataFrame) -> tuple[str, ...]:
    """Give each row's cells joined; at most the first hundred rows, these are never many."""
    first = 1 if "row" in rows.columns else 0
    return tuple(
        joined
        for row in rows.head(100).rows()
        if (
            joined := " ".join(
                str(c).strip() for c in row[first:] if c is not None and str(c).strip()
            )
        )
    )


def _totals(rows: pl.DataFrame) -> tuple[dict[str, Any], ...]:
    """Give each row of sums with its filled cells."""
    return tuple(
        {
            "row": row["row"],
            "cells": {at: t.strip() for at, t in row.items() if at != "row" and t is not None},
        }
        for row in rows.head(_MOST_TOTALS).iter_rows(named=True)
    )


def _filled_merges(
    data: pl.DataFrame, raw: RawSheet, match: Match, contract: Contract
) -> pl.DataFrame:
    """Write the value of a cell merged downwards into each row it spans."""
    if raw.merges.is_empty():
        return data
    tall = raw.merges.filter(
        (pl.col("row_to") > pl.col("row_from")) & (pl.col("row_to") > match.last_row)
    )
    if tall.is_empty():
        return data
    by_column = tall.partition_by("col_from", as_dict=True)
    fillers = []
    for name, positions in match.columns.items():
        own = contract.columns[name].type is ColumnType.ID_NUMBER and name != "head_id_number"
        for at in positions:
            spans = by_column.get((at,))
            if spans is not None and own:
                spans = _of_one_person(spans, name, at, by_column, raw, match)
            if spans is not None:
                rows = spans.select(
                    pl.int_ranges(pl.col("row_from") + 2, pl.col("row_to") + 2).alias("row")
                ).explode("row", empty_as_null=True, keep_nulls=False)["row"]
                column = pl.col(str(at))
                inside = pl.col("row").is_in(rows.implode())
                fillers.append(pl.when(inside).then(column.forward_fill()).otherwise(column))
    return data.with_columns(fillers) if fillers else data


def _of_one_person(
    spans: pl.DataFrame,
    name: str,
    at: int,
    by_column: Mapping[tuple[Any, ...], pl.DataFrame],
    raw: RawSheet,
    match: Match,
) -> pl.DataFrame | None:
    """Give the spans of a merged ID number over which the person's name is merged too.

    Two people never share a number, however its cell was merged; and what a number cell has lost
    would not be known of the rows below it.
    """
    person = "name" if name == "id_number" else f"{name.removesuffix('_id_number')}_name"
    named = by_column.get((match.columns.get(person, (-1,))[0],))
    numbers = None if named is None else raw.numbers([at])
    if named is None or (numbers is not None and numbers[str(at)].any()):
        return None
    return spans.join(named, on=["row_from", "row_to"], how="semi")


def _filled_households(data: pl.DataFrame, match: Match) -> pl.DataFrame:
    """Carry the household's columns down to members whom the running number does not part from it.

    Theirs is left blank, or counts the household's members and begins anew with each 户主.
    """
    serial = next((c for c in match.cells if c.serial), None)
    relation = match.columns.get("relation")
    if serial is None or relation is None:
        return data
    number = pl.col(str(serial.position)).str.strip_chars()
    related = _present(str(relation[0]))
    head = (pl.col(str(relation[0])).str.strip_chars() == "户主").fill_null(value=False)
    numbered = _present(str(serial.position))
    if data.select(_counts_members(number, head)).item():
        numbered = pl.lit(value=False)
    member = data.select(~numbered & related & ~head).to_series()
    if not member.any():
        return data
    block = (~member).cum_sum()
    fillers = []
    for name in HOUSEHOLD_COLUMNS:
        for at in match.columns.get(name, ()):
            column = pl.col(str(at))
            value = pl.when(_present(str(at))).then(column)
            fillers.append(
                pl.when(member & ~_present(str(at)))
                .then(value.first().over(block))
                .otherwise(column)
                .alias(str(at))
            )
    return data.with_columns(fillers) if fillers else data


def _filled_dittos(texts: pl.DataFrame, match: Match, contract: Contract) -> pl.DataFrame:
    """Write what stands above where a cell says 同上; no person has another's name or number.

    Args:
        texts: Cells without outer white space, by position.
        match: What the columns mean.
        contract: Which of them are a household's, or of one person alone.
    """
    asked = [
        str(at)
        for name, positions in match.columns.items()
        if name in HOUSEHOLD_COLUMNS or contract.columns[name].type not in _OF_ONE
        for at in positions
    ]
    said = pl.col(asked).is_in(_DITTO)
    some = [found.name for found in texts.select_seq(said.any()) if found.item()]
    if not some:
        return texts
    said = pl.col(some).is_in(_DITTO)
    above = pl.when(~said).then(pl.col(some)).forward_fill()
    return texts.with_columns(pl.when(said).then(above).otherwise(pl.col(some)))


def _counts_members(number: pl.Expr, head: pl.Expr) -> pl.Expr:
    """Whether the running number is 1 with every 户主, and one more with every row below."""
    row = pl.int_range(pl.len())
    # From the 户主 above, or from the list's first row.
    counted = row - pl.when(head).then(row).forward_fill().fill_null(0) + 1
    agrees = number.cast(pl.Float64, strict=False) == counted
    return agrees.fill_null(value=False).all() & (head.sum() > 1)


def _present(name: str) -> pl.Expr:
    return pl.col(name).is_not_null()


def _named(match: Match, unnamed: Sequence[int]) -> dict[str, str]:
    """Give the header of each column as it stood, no two alike, to the column's position."""
    named = {f"{column_letters(at)} 列": str(at) for at in unnamed}
    for cell in match.cells:
        text = cell.text
        number = 2
        while text in named:
            text = f"{cell.text}#{number}"
            number += 1
        named[text] = str(cell.position)
    return named


def _cells(named: Mapping[str, str]) -> list[str]:
    return list(dict.fromkeys(named.values()))


def _each_once(
    records: pl.DataFrame, named: Mapping[str, str], match: Match
) -> tuple[pl.DataFrame, dict[str, str]]:
    """Leave out the cells that a contract column has as they stood, which is nearly all."""
    meant = {str(at): name for name, positions in match.columns.items() for at in positions}
    alike = records.select_seq(
        pl.col(at).eq_missing(pl.col(meant[at])).all() for at in _cells(named) if at in meant
    )
    held = {same.name: meant[same.name] for same in alike if same.item()}
    return records.drop(held), {text: held.get(at, at) for text, at in named.items()}


def _columns(data: pl.DataFrame, match: Match, contract: Contract) -> pl.DataFrame:
    """Give the contract's columns that the sheet has; numbered ones joined (、)."""
    own = {name: [str(at) for at in match.columns.get(name, ())] for name in contract.columns}
    dates = {name: [str(at) for at in parts] for name, parts in match.dates.items()}
    read = [at for name, positions in own.items() for at in dates.get(name, positions)]
    texts = _texts_of(data.select_seq(read)).pipe(_filled_dittos, match, contract)
    ticks = {str(at): code for at, code in match.ticks.items()}
    found = []
    for name, positions in own.items():
        if name in dates:
            whole = pl.concat_str(dates[name], separator="-", ignore_nulls=True)
            found.append(pl.when(whole != "").then(whole).alias(name))
            continue
        cells = [_ticked(pl.col(at), ticks[at]) if at in ticks else pl.col(at) for at in positions]
        if len(cells) == 1:
            found.append(cells[0].alias(name))
        elif cells:
            joined = pl.concat_str(cells, separator="、", ignore_nulls=True)
            found.append(pl.when(joined != "").then(joined).alias(name))
    return texts.select_seq(found)


def _from_1900(columns: pl.DataFrame, raw: RawSheet, contract: Contract) -> pl.DataFrame:
    """Count bare day numbers from 1900 as everybody does, where the workbook counts from 1904."""
    if not raw.from_1904:
        return columns
    days = [n for n in columns.columns if contract.columns[n].type is ColumnType.DATE]
    bare = r"^[1-7]\d{4}$"
    return columns.with_columns(
        pl.when(pl.col(name).str.contains(bare))
        .then((pl.col(name).cast(pl.Int64, strict=False) + _DAYS_1900_TO_1904).cast(pl.String))
        .otherwise(pl.col(name))
        .alias(name)
        for name in days
    )


def _ticked(text: pl.Expr, code: str) -> pl.Expr:
    """Give `code` where the cell is ticked: by any mark or word (√, 是, 2021年申请) but a no."""
    return pl.when(text.is_not_null() & ~text.str.contains(_NO)).then(pl.lit(code))


def _texts_of(cells: pl.DataFrame) -> pl.DataFrame:
    """Give the cells without outer white space and a leading apostrophe; "" as null."""
    stripped = cells.select_seq(pl.all().str.strip_chars())
    marked = stripped.select_seq(pl.all().str.starts_with("'").any()).row(0, named=True)
    quoted = [name for name, found in marked.items() if found]
    if not quoted:
        return stripped  # a cell of white space alone is null already
    bare = stripped.with_columns(pl.col(quoted).str.strip_prefix("'"))
    return bare.with_columns(pl.when(pl.col(quoted) != "").then(pl.col(quoted)))


def _number_flags(
    raw: RawSheet, is_data: pl.Series, match: Match, contract: Contract
) -> pl.DataFrame:
    """Give ``<column>__number``: the cell is a number of more than fifteen digits."""
    wanted = {
        name: positions[0]
        for name, positions in match.columns.items()
        if contract.columns[name].type.digits_matter
    }
    numbers = raw.numbers(sorted(set(wanted.values()))) if wanted else None
    if numbers is None:
        height = int(is_data.sum())
        none = pl.Series([False]).new_from_index(0, height)
        return pl.DataFrame({f"{name}__number": none for name in wanted})
    return pl.DataFrame(
        {
            f"{name}__number": _is_long(numbers[str(at)], raw.cells[str(at)])
            for name, at in wanted.items()
        }
    ).filter(is_data)


def _is_long(is_number: pl.Series, texts: pl.Series) -> pl.Series:
    """Whether a number cell has more than fifteen digits."""
    at = is_number.arg_true()
    if at.is_empty():
        return is_number
    long = (texts.gather(at).str.count_matches(r"\d") > 15).fill_null(value=False)
    return is_number.scatter(at, long)


def _as_typed(records: pl.DataFrame) -> pl.DataFrame:
    """Mend number cells whose fifteen typed digits the binary number lies just below.

    A spreadsheet keeps fifteen digits of 990112198001012345, that is …012000, and the nearest
    binary number is …011968: its first fifteen digits are not those that were typed. Where a
    multiple of the lost digits lies within half the distance to the next binary number, that
    multiple is meant.
    """
    for flag in [c for c in records.columns if c.endswith("__number")]:
        at = records[flag].arg_true()
        if at.is_empty():
            continue
        name = flag.removesuffix("__number")
        typed = _fifteen_digits(records[name].gather(at))
        records = records.with_columns(records[name].scatter(at, typed))
    return records


def _fifteen_digits(texts: pl.Series) -> pl.Series:
    """Give numbers of 16 to 19 digits as they were typed; other texts as they are."""
    values = texts.str.extract(r"^([0-9]{16,19})$").cast(pl.UInt64)
    value = values.fill_null(10**15).to_numpy()
    beyond = np.searchsorted(_POWERS, value, side="right")
    lost = np.uint64(10) ** beyond.astype(np.uint64)
    near = (value + lost // 2) // lost * lost
    _, exponent = np.frexp(value.astype(np.float64))
    half = np.ldexp(1.0, exponent - 54)  # of the distance to the next binary number
    away = np.where(near > value, near - value, value - near)
    typed = pl.Series(near).cast(pl.String)
    return typed.zip_with(pl.Series(away <= half) & values.is_not_null(), texts)


def _units(match: Match, titles: tuple[str, ...], contract: Contract) -> dict[str, str]:
    """Give the unit of each column whose header names one; money falls back on the title's unit."""
    by_position = {cell.position: cell for cell in match.cells}
    general = next((u for t in titles if (u := title_unit(t))), None)
    units = {}
    for name, positions in match.columns.items():
        cell = by_position[positions[0]]
        unit = next((u for level in reversed(cell.levels) if (u := header_unit(level))), None)
        if unit is None and contract.columns[name].type is ColumnType.AMOUNT:
            unit = general
        if unit:
            units[name] = unit
    return units
