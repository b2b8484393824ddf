"""Which rows under a header are records, and their cells by contract column.

Not data, and counted as such: title rows, the header and its repetitions on later pages, the row of
column numbers below it, subtotals, notes and signatures, blank rows. Everything else becomes a
record; whether its cells make sense is for `pipelines.standardise`. Blank cells are filled from
above only where the cell is merged, or where a household's members follow without a running number.
"""

from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import polars as pl

from pipelines.contracts import ColumnType, Contract
from pipelines.intake.cells import RawSheet
from pipelines.intake.header import Match
from pipelines.intake.several import one_person_a_row
from pipelines.intake.vocabulary import header_unit, title_unit

_SUM = (
    r"^(?:.{0,12}(?:县|乡|镇|街道|村|社区|组|校|学校|院|户))?"
    r"(?:本页|本表|全县|全镇|全乡|全村|总)?(?:合计|小计|总计|共计|累计|页计)"
)
_NOTE = (
    r"^(?:备注|附注|注|说明|填表|制表|审核|复核|填表说明|填报说明|填报要求|注意事项|填表人|填报人|制表人?|制表单位|"
    r"经办人|审核人?|"
    r"复核人?|审批人?|负责人|单位负责人|分管领导|主要领导|填报单位|填表单位|填报时间|填表时间|填报日期|填表日期|"
    r"制表时间|制表日期|联系人|联系电话|报送单位|单位[（(]?盖章[）)]?|盖章|公章|打印时间|导出时间|数据来源)"
    r"(?:[(（][^)）]*[)）])?\s*(?:[:：、.．;；]|\d+[、.．]|$)"
)
_NO = r"^(?:[否无没未不空暂×✗✘╳⨯xX/\\\-—]|0+(?:\.0+)?$|[nN](?:[oO])?$|(?i:false)$)"
"""How a cell under a code of its own says that the code does not apply."""
NOT_DATA = ("title", "header", "total", "note", "blank")
_ASIDE = (
    r"名册|花名册|名单|台账|汇总|情况表|统计表|登记表|[（(]续|续[表)）]|"
    r"(?:局|委|办|办公室|政府|委员会|中心|站|所|县|镇|乡|街道|村|社区|组)(?:[:：]|$)|^[（(].*[)）]$"
    r"|^\d{4}[年.\-/].*[日号\d]$|^(?:以下|以上|上述|本页|第\d+页|共\s*\d+\s*(?:条|行|人|户|笔))|^[*＊※★☆—\-#]|^(?:第?[一二三四五六七八九十\d]{1,3}|"
    r"[（(][一二三四五六七八九十\d]{1,3}[)）])[、.．)）页\p{Han}]"
)
"""What a row of one cell says that is no record: a title again, the heading of a part (一、大石镇),
who signed, the day, the seal, the page."""
_LOOKS_ODD = r"计|备|注|说明|表|人|审|批|领导|位|日期|时间|联系|章|来源"
_MOST_CELLS_OF_A_NOTE = 6
_MOST_TOTALS = 1000
_DAYS_1900_TO_1904 = 1462
_LONGEST_NAME = 8
"""A row of one cell with more characters is a remark; minority names have their separator."""

HeaderRows = list[list[tuple[str, str]]]
"""Each row of a header as its filled cells, column and text."""

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
    """row_number, raw_row, and the contract's columns that the sheet has, with number flags."""
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


def read_body(raw: RawSheet, match: Match, contract: Contract) -> Body:
    """Give the records of a sheet whose header was matched with `contract`."""
    cells = raw.cells.with_row_index("row", offset=1).with_columns(pl.col("row").cast(pl.Int64))
    titles = title_texts(raw, match.first_row)
    kinds = _kinds(cells, match)
    found = dict(kinds["kind"].value_counts().iter_rows())
    counts = {kind: found[kind] for kind in NOT_DATA if kind in found}
    is_data = kinds["kind"] == "data"
    data = cells.filter(is_data)
    notes = _texts(cells.filter(kinds["kind"] == "note"))
    filled = data.pipe(_filled_merges, raw, match, contract).pipe(_filled_households, match)
    taken = _taken_from_above(data, filled, match)
    records = pl.concat(
        [
            data.select(pl.col("row").alias("row_number"), _raw_row(match)),
            filled.select(_columns(match, contract)).pipe(_from_1900, raw, contract),
            _number_flags(raw, is_data, match, contract),
        ],
        how="horizontal",
    ).pipe(_as_typed)
    records = one_person_a_row(records, contract)
    return Body(
        records=records,
        rows_read=cells.height,
        not_data=counts,
        titles=titles,
        notes=notes,
        units=_units(match, titles, contract),
        totals=_totals(cells.filter(kinds["kind"] == "total")),
        taken_from_above=taken,
    )


def _taken_from_above(data: pl.DataFrame, filled: pl.DataFrame, match: Match) -> dict[str, int]:
    """Count the blank cells of each column that were given the value above them."""
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


def _kinds(cells: pl.DataFrame, match: Match) -> pl.DataFrame:
    """Give each row's kind: title, header, total, note, blank or data.

    Nearly every row is plainly data: its must-have cells are filled and no cell looks like a header
    or begins like a total or a note. Only the others are looked at closely.
    """
    above = pl.col("row") <= match.last_row + 1
    header_rows = _header_rows(cells, match)
    plain = cells.select("row", odd=above | _odd(cells, match, header_rows))
    odd = cells.filter(plain["odd"])
    names = [c for c in cells.columns if c != "row"]
    first = pl.coalesce(names)
    # A running number may stand before the word: the first text that is no plain number.
    numeric = r"^[\d.\s]+$"
    telling = pl.coalesce(pl.when(~pl.col(names).str.contains(numeric)).then(pl.col(names)))
    view = odd.select(
        "row",
        first=first.str.replace_all(r"\s", "").str.head(30),
        telling=telling.str.replace_all(r"\s", "").str.head(30),
        count=pl.sum_horizontal(pl.col(names).is_not_null()),
        key=_key_cells(match),
        header=_repeated_header(header_rows),
    )
    is_header = pl.col("header")
    if _is_numbering(cells, match):
        is_header = is_header | (pl.col("row") == match.last_row + 2)
    note = (pl.col("count") <= _MOST_CELLS_OF_A_NOTE) & pl.col("first").str.contains(_NOTE)
    alone = (pl.col("count") == 1) & ~pl.col("first").str.contains("[·•・]")
    remark = pl.col("first").str.contains(_ASIDE) | (
        pl.col("first").str.len_chars() > _LONGEST_NAME
    )
    note |= alone & remark
    bare_number = (pl.col("count") == 1) & pl.col("first").str.contains(r"^\d{1,5}(?:\.0)?$")
    total = pl.any_horizontal(pl.col("first", "telling").str.contains(_SUM))
    judged = view.select(
        "row",
        # A running number alone was filled in beforehand, for a row that never came.
        kind=pl.when((pl.col("count") == 0) | (bare_number & ~above & ~is_header))
        .then(pl.lit("blank"))
        .when(pl.col("row") <= match.first_row)
        .then(pl.lit("title"))
        .when(above | is_header)
        .then(pl.lit("header"))
        .when(total & ~pl.col("key"))
        .then(pl.lit("total"))
        .when(note & ~pl.col("key"))
        .then(pl.lit("note"))
        .otherwise(pl.lit("data")),
    )
    return plain.join(judged, on="row", how="left", maintain_order="left").select(
        "row", pl.col("kind").fill_null("data")
    )


def _odd(cells: pl.DataFrame, match: Match, header_rows: HeaderRows) -> pl.Expr:
    """Whether a row may be something else than a record."""
    names = [c for c in cells.columns if c != "row"]
    must = [str(match.columns[c][0]) for c in match.vocabulary.contract.header.must_have]
    few = pl.sum_horizontal(pl.col(names).is_not_null()) <= _MOST_CELLS_OF_A_NOTE
    begins = pl.col(list(dict.fromkeys((names[0], *must)))).str.contains(_LOOKS_ODD)
    # A header that comes again may be spaced otherwise (姓 名): its first character is enough here.
    alike = [pl.col(c).str.head(1) == text[:1] for row in header_rows for c, text in row[:3]]
    missing = [pl.col(must).is_null()] if must else []
    numbering = pl.col("row") == match.last_row + 2
    return pl.any_horizontal(few, numbering, *missing, begins, *alike).fill_null(value=False)


def _header_rows(cells: pl.DataFrame, match: Match) -> HeaderRows:
    """Give the filled cells of each header row that has at least two."""
    rows = cells.slice(match.first_row, match.last_row - match.first_row + 1)
    filled = [
        [(c, t) for c, t in row.items() if t is not None and c != "row"]
        for row in rows.rows(named=True)
    ]
    return [row for row in filled if len(row) > 1]


def _key_cells(match: Match) -> pl.Expr:
    """Whether the row has an ID number: then it is a record, whatever else it says."""
    contract = match.vocabulary.contract
    codes = [
        pl.col(str(at)).str.count_matches(r"\d") >= 15
        for name, positions in match.columns.items()
        for at in positions
        if contract.columns[name].type is ColumnType.ID_NUMBER
    ]
    return pl.any_horizontal(codes).fill_null(value=False) if codes else pl.lit(value=False)


def _repeated_header(header_rows: HeaderRows) -> pl.Expr:
    """Whether a row repeats a header row: most of the header row's cells stand in it again."""
    alike = [
        pl.sum_horizontal(
            (pl.col(c).str.replace_all(r"\s", "") == "".join(t.split())).fill_null(value=False)
            for c, t in row
        )
        >= max(2, round(0.6 * len(row)))
        for row in header_rows
    ]
    return pl.any_horizontal(alike) if alike else pl.lit(value=False)


def _is_numbering(cells: pl.DataFrame, match: Match) -> bool:
    """Whether below the header stands a row of column numbers (1, 2, 3 …), letters aside."""
    below = cells.slice(match.last_row + 1, 1)
    texts = [t.strip() for row in below.rows() for t in row[1:] if t is not None and t.strip()]
    bare = [text.strip("()（）栏列") for text in texts]
    numbers = [int(t) for t in bare if t.isdecimal() and len(t) <= 3]
    rising = all(b == a + 1 for a, b in pairwise(numbers))
    return len(numbers) >= 3 and rising and len(numbers) >= len(texts) - 2


def _filled_merges(
    data: pl.DataFrame, raw: RawSheet, match: Match, contract: Contract
) -> pl.DataFrame:
    """Write the value of a cell merged downwards into each row it spans."""
    tall = raw.merges.filter(
        (pl.col("row_to") > pl.col("row_from")) & (pl.col("row_to") > match.last_row)
    )
    if tall.is_empty():
        return data
    fillers = []
    for name, positions in match.columns.items():
        if contract.columns[name].type is ColumnType.ID_NUMBER and name != "head_id_number":
            continue  # two people never share a number, however the cell was merged
        for at in positions:
            spans = tall.filter(pl.col("col_from") == at)
            if spans.height:
                rows = spans.select(
                    pl.int_ranges(pl.col("row_from") + 2, pl.col("row_to") + 2).alias("row")
                ).explode("row", empty_as_null=True, keep_nulls=False)["row"]
                column = pl.col(str(at))
                inside = pl.col("row").is_in(rows.implode())
                fillers.append(pl.when(inside).then(column.forward_fill()).otherwise(column))
    return data.with_columns(fillers) if fillers else data


def _filled_households(data: pl.DataFrame, match: Match) -> pl.DataFrame:
    """Carry the household's columns down to members whose running number is left blank."""
    serial = next((c for c in match.cells if c.serial), None)
    relation = match.columns.get("relation")
    if serial is None or relation is None:
        return data
    numbered = _present(str(serial.position))
    related = _present(str(relation[0]))
    member = ~numbered & related & (pl.col(str(relation[0])).str.strip_chars() != "户主")
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


def _present(name: str) -> pl.Expr:
    return pl.col(name).is_not_null()


def _raw_row(match: Match) -> pl.Expr:
    """Give the row as a JSON object: header as it stood to text as it stood."""
    named: dict[str, int] = {}
    for cell in match.cells:
        text = cell.text
        number = 2
        while text in named:
            text = f"{cell.text}#{number}"
            number += 1
        named[text] = cell.position
    return (
        pl.struct(pl.col(str(at)).alias(text) for text, at in named.items())
        .struct.json_encode()
        .alias("raw_row")
    )


def _columns(match: Match, contract: Contract) -> list[pl.Expr]:
    """Give the contract's columns that the sheet has; numbered ones joined (、)."""
    found = []
    for name in contract.columns:
        positions = match.columns.get(name)
        if not positions:
            continue
        texts = [
            _ticked(pl.col(str(at)), match.ticks[at])
            if at in match.ticks
            else _text(pl.col(str(at)))
            for at in positions
        ]
        if len(texts) == 1:
            found.append(texts[0].alias(name))
        else:
            joined = pl.concat_str(texts, separator="、", ignore_nulls=True)
            found.append(pl.when(joined != "").then(joined).alias(name))
    return found


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


def _ticked(cell: pl.Expr, code: str) -> pl.Expr:
    """Give `code` where the cell is ticked: by any mark or word (√, 是, 2021年申请) but a no."""
    text = _text(cell)
    return pl.when(text.is_not_null() & ~text.str.contains(_NO)).then(pl.lit(code))


def _text(cell: pl.Expr) -> pl.Expr:
    """Give the cell's text without outer white space and a leading apostrophe; "" as null."""
    text = cell.str.strip_chars().str.strip_prefix("'")
    return pl.when(text != "").then(text)


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
    if not is_number.any():
        return is_number
    return is_number & (texts.str.count_matches(r"\d") > 15).fill_null(value=False)


def _as_typed(records: pl.DataFrame) -> pl.DataFrame:
    """Mend number cells whose fifteen typed digits the binary number lies just below.

    A spreadsheet keeps fifteen digits of 990112198001012345, that is …012000, and the nearest
    binary number is …011968: its first fifteen digits are not those that were typed. Where a
    multiple of the lost digits lies within half the distance to the next binary number, that
    multiple is meant.
    """
    fixes = []
    for flag in [c for c in records.columns if c.endswith("__number")]:
        if not records[flag].any():
            continue
        text = pl.col(flag.removesuffix("__number"))
        value = pl.when(flag).then(text.str.extract(r"^(\d{16,19})$")).cast(pl.UInt64)
        # Other cells of the column are of any length; their power would be no whole number.
        beyond = (text.str.len_chars().cast(pl.Int64) - 15).clip(0, 4)
        lost = pl.lit(10, pl.Int64).pow(beyond).cast(pl.UInt64)
        half = pl.lit(2.0).pow(value.cast(pl.Float64).log(2).floor() - 53).cast(pl.UInt64)
        near = (value + lost // 2) // lost * lost
        away = pl.max_horizontal(value, near) - pl.min_horizontal(value, near)
        mended = pl.when(away <= half).then(near.cast(pl.String)).otherwise(text)
        fixes.append(mended.alias(flag.removesuffix("__number")))
    return records.with_columns(fixes) if fixes else records


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
