"""How the workbooks look: fonts, colours, borders, print set-up. One place, shared style objects.

A cell is written by `Pen.put` and nowhere else. It is always text, so that no spreadsheet program
runs it: type string, format ``@``, and a leading quote mark (quotePrefix) on what begins like a
formula. Styles are built once a workbook and shared.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import Cell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Alignment, Border, Font, PatternFill, Protection, Side
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from pipelines.lists.saving import Rows, number_cell, save_workbook, text_cell
from pipelines.lists.wording import DISCLAIMER

MAX_CELL = 32_767
"""Characters a cell can hold."""

_RISKY = re.compile(r"[=+\-@\t\r\n]")
_BODY = "宋体"
_HEAD = "黑体"
_LINE = Side(style="thin", color="B7C0CC")
_BOX = Border(left=_LINE, right=_LINE, top=_LINE, bottom=_LINE)
_NAVY, _TEAL, _BROWN, _PALE = "1F3A5F", "1E6E62", "6B5B45", "EEF4FA"


@dataclass(frozen=True)
class Look:
    """One kind of cell."""

    size: int = 10
    bold: bool = False
    color: str = "222222"
    fill: str | None = None
    boxed: bool = True
    locked: bool = True
    across: str = "left"
    down: str = "center"
    wrap: bool = True
    font: str = _BODY


LOOKS = {
    "text": Look(),
    "centre": Look(across="center"),
    "clipped": Look(wrap=False),
    "fill": Look(fill=_PALE, locked=False),
    "head": Look(bold=True, color="FFFFFF", fill=_NAVY, across="center", font=_HEAD),
    "head_fill": Look(bold=True, color="FFFFFF", fill=_TEAL, across="center", font=_HEAD),
    "head_county": Look(bold=True, color="FFFFFF", fill=_BROWN, across="center", font=_HEAD),
    "红": Look(bold=True, color="9C0006", fill="FBD0CE", across="center"),
    "橙": Look(bold=True, color="8A4B00", fill="FDE0B8", across="center"),
    "黄": Look(bold=True, color="6B5900", fill="FFF6C2", across="center"),
    "title": Look(size=20, bold=True, color=_NAVY, boxed=False, across="center", font=_HEAD),
    "subtitle": Look(size=12, color="555555", boxed=False, across="center"),
    "section": Look(size=12, bold=True, color=_NAVY, boxed=False, font=_HEAD, wrap=False),
    "plain": Look(boxed=False, down="top"),
    "line": Look(size=11, boxed=False, wrap=False),
    "note": Look(size=9, color="666666", boxed=False, wrap=False),
    "sum": Look(bold=True, fill="E9EDF2"),
    "sum_centre": Look(bold=True, fill="E9EDF2", across="center"),
    "under": Look(bold=True, color="1E6E62", across="center"),
    "over": Look(bold=True, color="9C0006", across="center"),
    "warning": Look(size=11, bold=True, color="9C0006", boxed=False, across="center"),
    "big": Look(size=16, bold=True, color=_NAVY, across="center", font=_HEAD),
    "blank": Look(locked=False),
}
"""Every kind of cell by name; the three severities bear their own."""


class Pen:
    """Writes text cells into one workbook and saves it."""

    def __init__(self, workbook: Workbook) -> None:
        """Build the styles in `workbook`, each once plain and once for text like a formula."""
        self.workbook = workbook
        self._rows: dict[str, Rows] = {}
        sheet = workbook.create_sheet("styles")
        self._styles = {
            name: (_style(sheet, look), _style(sheet, look, quoted=True))
            for name, look in LOOKS.items()
        }
        self._count = _style(sheet, LOOKS["centre"], number_format="#,##0")
        self._measure = _style(sheet, LOOKS["centre"], number_format="0.0")
        workbook.remove(sheet)

    def put(self, sheet: Worksheet, row: int, column: int, text: str | None, look: str) -> None:
        """Write `text` as text; what is empty becomes an empty cell of that look."""
        plain, quoted = self._styles[look]
        if text:
            text = ILLEGAL_CHARACTERS_RE.sub("", text)[:MAX_CELL]
            if _RISKY.match(text):
                plain = quoted
        self._cells(sheet, row).append((column, text_cell(row, column, text, plain)))

    def put_row(
        self, sheet: Worksheet, row: int, texts: Iterable[str | None], look: str, first: int = 1
    ) -> None:
        """Write one cell after another from column `first`, all of one look."""
        for column, text in enumerate(texts, first):
            self.put(sheet, row, column, text, look)

    def put_number(self, sheet: Worksheet, row: int, column: int, number: float) -> None:
        """Write a count as a number: only in the county summary, which holds nobody's record."""
        style = self._count if isinstance(number, int) else self._measure
        self._cells(sheet, row).append((column, number_cell(row, column, number, style)))

    def save(self, path: Path) -> None:
        """Write the workbook with all that was put."""
        save_workbook(self.workbook, self._rows, path)

    def _cells(self, sheet: Worksheet, row: int) -> list[tuple[int, str]]:
        return self._rows.setdefault(sheet.title, {}).setdefault(row, [])


def _style(sheet: Worksheet, look: Look, *, quoted: bool = False, number_format: str = "@") -> int:
    """Register a look with the sheet's workbook; give the style's number."""
    cell: Any = Cell(sheet, row=1, column=1)
    cell.font = Font(name=look.font, size=look.size, bold=look.bold, color=look.color)
    cell.alignment = Alignment(horizontal=look.across, vertical=look.down, wrap_text=look.wrap)
    cell.protection = Protection(locked=look.locked)
    cell.number_format = number_format
    if look.boxed:
        cell.border = _BOX
    if look.fill:
        cell.fill = PatternFill("solid", fgColor=look.fill)
    if quoted:
        cell.quotePrefix = True
    return int(cell.style_id)


def protect(sheet: Worksheet) -> None:
    """Lock what is not to be filled in, without a password; sort, filter, column widths stay free.

    ``formatColumns`` stays free because grouped columns of a protected sheet open only that way.
    """
    protection = sheet.protection
    protection.sheet = True
    for freed in ("sort", "autoFilter", "formatColumns", "formatRows", "formatCells"):
        setattr(protection, freed, freed == "formatCells")


def set_up_page(sheet: Worksheet, title: str, run_id: str, repeat: str | None = None) -> None:
    """A4 landscape, one page wide, repeated header, page n of N, run id and disclaimer below."""
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = 9
    sheet.page_setup.fitToWidth = 1
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.print_options.horizontalCentered = True
    margins = sheet.page_margins
    margins.left = margins.right = 0.4
    margins.top, margins.bottom = 0.7, 0.65
    margins.header = margins.footer = 0.3
    if repeat:
        sheet.print_title_rows = repeat
    header: Any = sheet.oddHeader
    footer: Any = sheet.oddFooter
    for part, text in (
        (header.center, _escaped(title)),
        (footer.left, _escaped(f"运行编号 {run_id}")),
        (footer.center, DISCLAIMER),
        (footer.right, "第 &P 页 共 &N 页"),
    ):
        part.text = text
        part.size = 9


def _escaped(text: str) -> str:
    """An ampersand begins a code in headers and footers."""
    return text.replace("&", "&&")


def height_of(lines: int, *, least: int = 1) -> float:
    """Row height in points for so many lines of the body font."""
    return 5.0 + 13.5 * max(lines, least)
