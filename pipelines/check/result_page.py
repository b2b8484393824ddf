"""The first sheet of the coloured copy: verdict, score, and every finding with its place."""

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl
from openpyxl import Workbook
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.worksheet.hyperlink import Hyperlink
from openpyxl.worksheet.worksheet import Worksheet

from pipelines.check.checked import Checked
from pipelines.check.copied import Page, free_title, put
from pipelines.check.findings import DOUBTFUL, WRONG
from pipelines.check.marked import FILLS, FRAMES, first_position
from pipelines.check.text import STATUS, grouped, place_of, score_line, shown, verdict, what_of
from pipelines.intake.cells import column_letters
from pipelines.intake.masking import masked_numbers

RESULT = "检查结果"
MOST_LISTED = 2_000

_NAVY, _GREY = "1F3A5F", "666666"
_THIN = Side(style="thin", color="B7C0CC")
_BOX = Border(left=_THIN, right=_THIN, top=_THIN, bottom=_THIN)


def result_page(
    workbook: Workbook, checked: Checked, pages: Mapping[int, Page], left_out: Sequence[str]
) -> None:
    """Write the first sheet: the verdict, the score, the kinds of findings, each with its place."""
    page = workbook.create_sheet(free_title(workbook, RESULT), 0)
    page.sheet_view.showGridLines = False
    for letter, width in zip("ABCDEFG", (9, 16, 9, 16, 26, 52, 42), strict=True):
        page.column_dimensions[letter].width = width
    row = _summary(page, checked, left_out)
    row = _kinds(page, row + 1, checked)
    _listing(page, row + 1, checked, pages)
    page.page_setup.orientation = "landscape"
    page.page_setup.paperSize = 9
    page.page_setup.fitToWidth, page.page_setup.fitToHeight = 1, 0
    if page.sheet_properties.pageSetUpPr is not None:
        page.sheet_properties.pageSetUpPr.fitToPage = True
    page.sheet_properties.tabColor = "9C0006" if not checked.may_be_sent else "1E6E62"
    for other in workbook.worksheets:
        other.sheet_view.tabSelected = other is page
    workbook.active = 0


def _summary(page: Worksheet, checked: Checked, left_out: Sequence[str]) -> int:
    _line(page, 1, f"{RESULT}：{checked.path.name}", Font(size=16, bold=True, color=_NAVY))
    page.row_dimensions[1].height = 28
    color = "1E6E62" if checked.may_be_sent else "9C0006"
    said = verdict(checked).replace("上面标", "下面标")
    _line(page, 2, said, Font(size=13, bold=True, color=color))
    page.row_dimensions[2].height = 22
    lines = [
        f"部门：{checked.department_title}",
        f"截至日期：{checked.as_of}",
        score_line(checked),
        checked.places + "。",
    ]
    for sheet in checked.sheets:
        rows = ""
        if read := sheet.reading:
            rows = f"接收 {read.accepted} 行，搁置 {read.set_aside} 行；范围：{sheet.scope}。"
        lines.append(
            f"{place_of(sheet.parsed)}　{STATUS[sheet.parsed.status]}：{sheet.parsed.message}{rows}"
        )
    for number, text in enumerate(lines, 3):
        _line(page, number, text, Font(size=11))
    row = 3 + len(lines)
    for text in left_out:
        _line(page, row, text, Font(size=11, bold=True, color="8A4B00"))
        row += 1
    for severity, text in (
        (WRONG, "红底粗框：错误，这一格（行）用不了，批注写明怎样改"),
        (DOUBTFUL, "黄底虚线框：提醒，能用，请核对"),
    ):
        mark = page.cell(row, 1)
        put(mark, severity)
        mark.fill, mark.border = FILLS[severity], FRAMES[severity]
        mark.alignment = Alignment(horizontal="center", vertical="center")
        put(page.cell(row, 2), text)
        row += 1
    _line(
        page, row, "绿底表头已认出，灰底表头不使用；证件号在批注和本页中已遮盖。", Font(color=_GREY)
    )
    return row + 1


def _line(page: Worksheet, row: int, text: str, font: Font) -> None:
    cell = page.cell(row, 1)
    put(cell, masked_numbers(text))
    cell.font = font
    cell.alignment = Alignment(wrap_text=True, vertical="center")
    page.merge_cells(start_row=row, end_row=row, start_column=1, end_column=7)
    lines = _lines(text, 150)
    if lines > 1:
        page.row_dimensions[row].height = 16.0 * lines


def _kinds(page: Worksheet, row: int, checked: Checked) -> int:
    """Write one line a kind of finding, with its count."""
    _head(page, row, ("级别", "工作表", "处数", "列", "", "问题", "怎样改"))
    page.merge_cells(start_row=row, end_row=row, start_column=4, end_column=5)
    for group in grouped(checked.findings).iter_rows(named=True):
        row += 1
        sheet = "" if group["sheet_no"] is None else _sheet_name(checked, group["sheet_no"])
        texts = (
            "必须改" if group["blocks"] else group["severity"],
            sheet,
            str(group["count"]),
            group["title"],
            None,
            what_of(group),
            group["expected"],
        )
        _row(page, row, texts, group["severity"])
        page.merge_cells(start_row=row, end_row=row, start_column=4, end_column=5)
    if checked.findings.is_empty():
        row += 1
        _line(page, row, "没有发现问题。", Font(size=11))
    return row + 1


def _listing(page: Worksheet, row: int, checked: Checked, pages: Mapping[int, Page]) -> None:
    """Write one line a finding that has a place, each a link to its cell."""
    placed = checked.findings.filter(pl.col("row_number").is_not_null()).sort(
        pl.col("severity") == WRONG, descending=True, maintain_order=True
    )
    if placed.is_empty():
        return
    if placed.height > MOST_LISTED:
        text = f"共 {placed.height:,} 处，下面只列前 {MOST_LISTED:,} 处，错误在前。"
        _line(page, row, text, Font(size=11, bold=True, color="8A4B00"))
        row += 1
    _head(page, row, ("级别", "工作表", "位置", "列", "原文", "问题", "怎样改"))
    for entry in placed.head(MOST_LISTED).iter_rows(named=True):
        row += 1
        position = entry["position"]
        at = f"第 {entry['row_number']} 行"
        if position is not None:
            at = f"{column_letters(position)}{entry['row_number']}"
        reason = "；".join(p for p in (entry["reason"], entry["hint"]) if p)
        sheet = _sheet_name(checked, entry["sheet_no"])
        stood = None if position is None else shown(entry["text"])
        texts = (entry["severity"], sheet, at, entry["title"], stood, reason)
        _row(page, row, (*texts, entry["expected"]), entry["severity"])
        if target := pages.get(entry["sheet_no"]):
            first = position if position is not None else first_position(checked, entry["sheet_no"])
            cell = target.cell(entry["row_number"], first)
            if cell is not None:
                _link(page.cell(row, 3), target.sheet.title, cell.coordinate)


def _sheet_name(checked: Checked, sheet_no: int) -> str:
    sheet = checked.sheets[sheet_no].parsed
    return sheet.sheet or sheet.member or checked.path.name


def _link(cell: Any, title: str, coordinate: str) -> None:
    quoted = title.replace("'", "''")
    cell.hyperlink = Hyperlink(ref=cell.coordinate, location=f"'{quoted}'!{coordinate}")
    cell.font = Font(color="0563C1", underline="single")


def _head(page: Worksheet, row: int, texts: Sequence[str]) -> None:
    for column, text in enumerate(texts, 1):
        cell = page.cell(row, column)
        put(cell, text)
        cell.font = Font(bold=True, color="FFFFFF")
        cell.fill = PatternFill("solid", fgColor=_NAVY)
        cell.alignment = Alignment(horizontal="center", vertical="center")
        cell.border = _BOX
    page.row_dimensions[row].height = 20


def _row(page: Worksheet, row: int, texts: Sequence[str | None], severity: str) -> None:
    for column, text in enumerate(texts, 1):
        cell = page.cell(row, column)
        if text:
            put(cell, masked_numbers(text))
        cell.border = _BOX
        across = "center" if column in {1, 3} else "left"
        cell.alignment = Alignment(wrap_text=True, vertical="center", horizontal=across)
    page.cell(row, 1).fill = FILLS[severity]
    page.cell(row, 1).border = FRAMES[severity]
    lines = max(_lines(texts[5], 50), _lines(texts[6], 40), _lines(texts[4], 24))
    page.row_dimensions[row].height = 3 + 14.5 * lines


def _lines(text: str | None, width: int) -> int:
    return 1 + sum(2 if ord(c) > 255 else 1 for c in text or "") // width
