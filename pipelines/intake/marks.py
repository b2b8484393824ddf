"""Rows that a workbook marks by their looks: struck through, in red, on a colour.

People mean something by it (dead, moved away, to be checked), and no two mean the same. What it
means is not guessed: the rows stay, and the sender is asked to write it out. Marks are the
exception in a sheet; where every third row bears one it is how the sheet is laid out.
"""

from collections.abc import Iterable, Mapping
from xml.etree import ElementTree as ET

import polars as pl

from pipelines.contracts import Contract
from pipelines.frames import QUARANTINE, conform, empty

STRUCK, RED, FILLED = "struck", "red", "filled"
MARKS = {
    "struck_out": "这一行有删除线，仍按有效记录读取",
    "coloured_rows": "有的行标了颜色，颜色的含义没有读取",
}
"""Reason code to what it means."""
_LOOKS = {RED: "红字", FILLED: "有底色"}
_ONE_IN = 3
"""Of so many records at most one bears a colour, else it is the sheet's layout."""
_MOST_NAMED = 12
_WHITE = "FFFFFF"
_INDEXED_RED, _INDEXED_WHITE = {"2", "10"}, {"1", "9", "65"}


def marked_styles(styles: ET.Element) -> dict[int, frozenset[str]]:
    """Give the cell styles that mark, by their number, with how they do.

    Args:
        styles: The root of a workbook's ``styles.xml``.
    """
    parts = {_local(part.tag): part for part in styles}
    fonts = [_font_marks(font) for font in parts.get("fonts", ())]
    fills = [_fill_marks(fill) for fill in parts.get("fills", ())]
    found = {}
    for number, style in enumerate(parts.get("cellXfs", ())):
        marks = _at(fonts, style.get("fontId")) | _at(fills, style.get("fillId"))
        if marks:
            found[number] = marks
    return found


def _at(marks: list[frozenset[str]], number: str | None) -> frozenset[str]:
    known = number is not None and number.isdecimal() and int(number) < len(marks)
    return marks[int(number or 0)] if known else frozenset()


def _font_marks(font: ET.Element) -> frozenset[str]:
    marks = set()
    for part in font:
        if _local(part.tag) == "strike" and part.get("val") not in {"0", "false"}:
            marks.add(STRUCK)
        if _local(part.tag) == "color" and _is_red(part):
            marks.add(RED)
    return frozenset(marks)


def _is_red(color: ET.Element) -> bool:
    rgb = color.get("rgb", "")[-6:]
    try:
        red, green, blue = (int(rgb[i : i + 2], 16) for i in (0, 2, 4))
    except ValueError:
        return color.get("indexed") in _INDEXED_RED
    return red > 0x90 and red > 2 * max(green, blue)


def _fill_marks(fill: ET.Element) -> frozenset[str]:
    for pattern in fill:
        if pattern.get("patternType") != "solid":
            continue
        for color in pattern:
            plain = (
                color.get("rgb", "")[-6:].upper() == _WHITE
                or color.get("indexed") in _INDEXED_WHITE
                or (color.get("theme") == "0" and not color.get("tint"))
            )
            if _local(color.tag) == "fgColor" and not plain:
                return frozenset({FILLED})
    return frozenset()


def _local(tag: str) -> str:
    return tag.rsplit("}", 1)[-1]


def marked_records(marks: Mapping[str, Iterable[int]], rows: pl.Series) -> dict[str, list[int]]:
    """Give the rows of records that bear a mark, by kind.

    Args:
        marks: Kind of mark to row numbers, of whatever row.
        rows: The records' row numbers.
    """
    records = rows.unique()
    found = {}
    for kind, at in marks.items():
        own = records.filter(records.is_in(sorted(at))).sort().to_list()
        if own and (kind == STRUCK or _ONE_IN * len(own) < len(records)):
            found[kind] = own
    return found


def mark_flags(
    marks: Mapping[str, list[int]], records: pl.DataFrame, contract: Contract
) -> pl.DataFrame:
    """Ask about marked rows: each struck one, the coloured ones once a sheet (QUARANTINE, flag).

    Args:
        marks: As `marked_records` gave them.
        records: The sheet's records (`frames.intake_schema`).
        contract: The dataset.
    """
    if not marks or records.is_empty():
        return empty(QUARANTINE)
    first = records.unique("row_number", keep="first", maintain_order=True)
    struck = first.filter(pl.col("row_number").is_in(marks.get(STRUCK, []))).with_columns(
        reason_code=pl.lit("struck_out"),
        reason=pl.lit("这一行有删除线，仍按有效记录读取；如已作废，请把这一行删去。"),
    )
    coloured = {kind: rows for kind, rows in marks.items() if kind in _LOOKS}
    at = min((rows[0] for rows in coloured.values()), default=0)
    named = "，".join(f"{_LOOKS[kind]}的是{_named(rows)}" for kind, rows in coloured.items())
    asked = first.filter(pl.col("row_number") == at).with_columns(
        reason_code=pl.lit("coloured_rows"),
        reason=pl.lit(
            f"有的行标了颜色，颜色的含义没有读取：{named}；"
            "如表示死亡、停发、作废等，请用文字写进单元格，或把作废的行删去。"
        ),
    )
    return pl.concat(
        frame.with_columns(scope=pl.lit("flag"), dataset=pl.lit(contract.dataset)).pipe(
            conform, QUARANTINE
        )
        for frame in (struck, asked)
    )


def _named(rows: list[int]) -> str:
    shown = "、".join(map(str, rows[:_MOST_NAMED]))
    return f"第 {shown} 行" if len(rows) <= _MOST_NAMED else f"第 {shown} 等 {len(rows)} 行"
