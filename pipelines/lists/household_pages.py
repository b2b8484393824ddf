"""入户核查表: one page a household, to be printed, taken along and signed.

No merged cells: a township has hundreds of pages, and openpyxl looks through all merges for each
new one. Lines run over the empty cells to their right instead.
"""

from collections.abc import Iterator
from itertools import groupby
from typing import Any

import polars as pl
from openpyxl.worksheet.pagebreak import Break
from openpyxl.worksheet.worksheet import Worksheet

from pipelines.lists.pen import Pen, height_of
from pipelines.lists.reason_codes import ReasonCodes
from pipelines.lists.sheets import lines_needed, texts

_WIDTHS = (6, 20, 20, 42, 34, 24, 24)
_FIELDS = (
    "township", "village", "group_name", "household_id", "head_name", "visit_key", "visit",
    "case_id", "kind", "level", "name", "relation", "id_number", "explanation",
    "likely_innocent_reasons", "verify_with", "due_on", "reason_group",
)  # fmt: skip
_HEADS = (
    "序号",
    "对象",
    "疑点类型／编号",
    "疑点说明",
    "怎样核实：问什么、看什么",
    "可能合理原因（先核对）",
    "核查结论",
)
_ANSWER = "□属实　□部分属实\n□不属实　□无法核实\n原因代码："
_LINES = (
    "核查方式：□入户　□电话　□调档　□部门函询　　核查日期：　　　　年　　月　　日",
    "佐证材料：□照片　□证件　□证明　□其他（　　　　　　　　　　　　）",
    "本人（户主）意见：",
    "是否告知本人：□是　□否　　　处理措施或应更正的部门与内容：",
    "核查人签字：　　　　　　　　　村负责人签字：　　　　　　　　　本人（户主）签字或按印：",
)
_SIGN_HEIGHT = 30


def household_sheet(pen: Pen, sheet: Worksheet, asked: pl.DataFrame, codes: ReasonCodes) -> int:
    """Write one page a household, village by village in the order of the visits; give how many."""
    for number, width in enumerate(_WIDTHS):
        sheet.column_dimensions["ABCDEFG"[number]].width = width
    visits = asked.filter(pl.col("visit").is_not_null()).sort(
        "village", "visit", "rank", "case_id", nulls_last=True
    )
    words = texts(visits, _FIELDS)
    shown = {
        "explanation": 42.0,
        "verify_with": 34.0,
        "likely_innocent_reasons": 24.0,
        "case_id": 20.0,
    }
    words = words.with_columns(lines=pl.Series(lines_needed(words, shown), dtype=pl.Int64))
    row, pages = 1, 0
    for _, household in groupby(
        words.iter_rows(named=True), key=lambda r: (r["village"], r["visit_key"])
    ):
        if pages:
            sheet.row_breaks.append(Break(id=row - 1))
        row = _page(pen, sheet, row, list(household), codes)
        pages += 1
    if not pages:
        pen.put(sheet, 1, 1, "本期没有需要入户的疑点。", "line")
    return pages


def _page(
    pen: Pen, sheet: Worksheet, row: int, doubts: list[dict[str, Any]], codes: ReasonCodes
) -> int:
    """One household; gives the row after it."""
    first = doubts[0]
    place = "　".join(
        part for part in (first["township"], first["village"], first["group_name"]) if part
    )
    pen.put(sheet, row, 1, f"入户核查表　{place}　第 {first['visit']} 户", "section")
    sheet.row_dimensions[row].height = 26
    known = (
        ("户主", first["head_name"]),
        ("户编号", first["household_id"]),
        ("本户疑点", f"{len(doubts)} 条"),
        ("反馈时限", min(d["due_on"] for d in doubts)),
    )
    pen.put(sheet, row + 1, 1, "　　".join(f"{k}：{v}" for k, v in known if v), "line")
    sheet.row_dimensions[row + 1].height = 22
    row += 2
    pen.put_row(sheet, row, _HEADS, "head")
    sheet.row_dimensions[row].height = 22
    for number, doubt in enumerate(doubts, start=1):
        row += 1
        level = doubt["level"]
        pen.put(sheet, row, 1, f"{number}\n{level}", level or "centre")
        pen.put(sheet, row, 2, "\n".join(_who(doubt)), "text")
        pen.put(sheet, row, 3, f"{doubt['kind']}\n{doubt['case_id']}", "text")
        pen.put(sheet, row, 4, doubt["explanation"], "text")
        pen.put(sheet, row, 5, doubt["verify_with"], "text")
        pen.put(sheet, row, 6, doubt["likely_innocent_reasons"], "text")
        pen.put(sheet, row, 7, _ANSWER, "fill")
        sheet.row_dimensions[row].height = height_of(doubt["lines"] + 1, least=4)
    for text in (*_answers(doubts, codes), *_LINES):
        row += 1
        pen.put(sheet, row, 1, text, "line")
        sheet.row_dimensions[row].height = _SIGN_HEIGHT if text in _LINES else 18
    return row + 1


def _who(doubt: dict[str, Any]) -> Iterator[str]:
    yield doubt["name"]
    if doubt["relation"]:
        yield doubt["relation"]
    if doubt["id_number"]:
        yield doubt["id_number"]


def _answers(doubts: list[dict[str, Any]], codes: ReasonCodes) -> Iterator[str]:
    """The reason codes offered, one line a group, so that the paper needs nothing beside it."""
    for group in dict.fromkeys(d["reason_group"] for d in doubts):
        offered = "、".join(c.code for c in codes.groups[group].codes)
        yield f"原因代码（{codes.groups[group].title}）：{offered}"
