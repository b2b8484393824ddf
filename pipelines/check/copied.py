"""The sheets of the coloured copy: the file's own where they can be kept, else written anew.

An xlsx keeps its own sheets, formats, merged cells and widths; anything else, and what openpyxl
cannot open, is written anew with the same text. What is written is text and nothing else.
"""

import io
import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import polars as pl
from openpyxl import Workbook, load_workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE, Cell
from openpyxl.styles import Font
from openpyxl.worksheet.worksheet import Worksheet

from pipelines.check.checked import Checked, CheckedSheet
from pipelines.check.text import place_of
from pipelines.intake.cells import RawSheet, column_letters

MOST_CELLS = 1_000_000
"""Cells of a sheet that is copied whole; of a larger one only the rows with findings are."""
MOST_ROWS = 2_000
"""Rows with findings that are written of such a sheet."""

_MAX_TEXT = 32_767
_FORBIDDEN = re.compile(r"[\[\]:*?/\\]")


class Page(NamedTuple):
    """A sheet of the copy and where the sheet's cells lie on it."""

    sheet: Worksheet
    rows: Mapping[int, int] | None
    """Row of the file to row of the page; None: the same."""
    shift: int
    """How many columns stand before the file's own."""

    def cell(self, row: int, position: int) -> Cell | None:
        """Give the cell of the page for one of the file; of merged ones the first."""
        at = row if self.rows is None else self.rows.get(row)
        if at is None:
            return None
        cell: Any = self.sheet.cell(at, position + 1 + self.shift)
        if isinstance(cell, Cell):
            return cell
        for merged in self.sheet.merged_cells.ranges:
            if cell.coordinate in merged:
                top: Any = self.sheet.cell(merged.min_row, merged.min_col)
                return top if isinstance(top, Cell) else None
        return None


def copied(
    checked: Checked, content: bytes, raws: Sequence[RawSheet | str], left_out: list[str]
) -> tuple[Workbook, dict[int, Page]]:
    """Give a workbook with the file's sheets, and where each is, by its number.

    Args:
        checked: What was found.
        content: The file.
        raws: Its sheets as they stood, by number.
        left_out: Takes sentences on what is not copied.
    """
    large = {
        number
        for number, raw in enumerate(raws)
        if isinstance(raw, RawSheet) and raw.cells.height * raw.cells.width > MOST_CELLS
    }
    members = any(s.parsed.member for s in checked.sheets)
    keeps = not large and not members and content.startswith(b"PK\x03\x04")
    if keeps and (own := _own_workbook(content)):
        pages = {
            s.parsed.sheet_no: Page(own[s.parsed.sheet], None, 0)
            for s in checked.sheets
            if s.parsed.sheet in own.sheetnames and isinstance(own[s.parsed.sheet], Worksheet)
        }
        return own, pages
    if keeps:
        left_out.append("这个工作簿的写法特殊，副本留不住原来的格式、合并和列宽，只有文字。")
    workbook = Workbook()
    workbook.remove(workbook.worksheets[0])
    written: dict[int, Page] = {}
    for sheet in checked.sheets:
        number = sheet.parsed.raw_no
        raw = raws[number] if number < len(raws) else ""
        if number not in written and isinstance(raw, RawSheet) and raw.cells.width:
            if number in large:
                left_out.append(
                    f"{place_of(sheet.parsed)}超过 {MOST_CELLS:,} 格，"
                    "只列出表头和有错误、提醒的行。"
                )
            written[number] = _written_anew(workbook, sheet, raw, checked, number in large)
    return workbook, {
        s.parsed.sheet_no: written[s.parsed.raw_no]
        for s in checked.sheets
        if s.parsed.raw_no in written
    }


def _own_workbook(content: bytes) -> Workbook | None:
    try:
        return load_workbook(io.BytesIO(content), keep_links=False)
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 - whatever it finds there: the copy is written anew and says so
        return None


def _written_anew(
    workbook: Workbook, sheet: CheckedSheet, raw: RawSheet, checked: Checked, only_found: bool
) -> Page:
    """Write a sheet's text into a new one; of a large one the rows with findings alone."""
    page = workbook.create_sheet(free_title(workbook, raw.name or checked.path.stem))
    cells = raw.cells.with_row_index("row", offset=1)
    names = list(raw.cells.columns)
    last = sheet.parsed.header_rows[1] if sheet.parsed.header_rows else 1
    if only_found:
        own = [s.parsed.sheet_no for s in checked.sheets if s.parsed.raw_no == sheet.parsed.raw_no]
        rows = checked.findings.filter(pl.col("sheet_no").is_in(own))["row_number"]
        wanted = rows.drop_nulls().unique().sort().head(MOST_ROWS)
        cells = cells.filter((pl.col("row") <= last) | pl.col("row").is_in(wanted.implode()))
    at: dict[int, int] = {}
    for number, row in enumerate(cells.iter_rows(), 1):
        at[row[0]] = number
        if only_found:
            put(page.cell(number, 1), "原表行号" if row[0] == last else str(row[0]))
        for name, text in zip(names, row[1:], strict=True):
            if text is not None:
                put(page.cell(number, int(name) + 1 + only_found), text)
    for name in names:
        widest = cells[name].str.len_bytes().max()
        width = min(40.0, max(8.0, float(str(widest or 0)) * 0.9 + 2))
        page.column_dimensions[column_letters(int(name) + int(only_found))].width = width
    for merge in raw.merges.iter_rows(named=True) if not only_found else ():
        page.merge_cells(
            start_row=merge["row_from"] + 1,
            end_row=merge["row_to"] + 1,
            start_column=merge["col_from"] + 1,
            end_column=merge["col_to"] + 1,
        )
    for row_cells in page.iter_rows(min_row=at.get(last, 1), max_row=at.get(last, 1)):
        for cell in row_cells:
            cell.font = Font(bold=True)
    page.freeze_panes = f"A{at.get(last, 1) + 1}"
    return Page(page, at if only_found else None, int(only_found))


def free_title(workbook: Workbook, wanted: str) -> str:
    """Give a sheet's name that the workbook does not have and every program allows."""
    base = _FORBIDDEN.sub("_", wanted).strip("'")[:28] or "表"
    title, number = base, 2
    taken = {name.lower() for name in workbook.sheetnames}
    while title.lower() in taken:
        title, number = f"{base}{number}", number + 1
    return title


def put(cell: Any, text: str) -> None:
    """Write text that no spreadsheet program runs."""
    cell.value = ILLEGAL_CHARACTERS_RE.sub("", text)[:_MAX_TEXT]
    cell.data_type = "s"
    cell.number_format = "@"
    if text[:1] in {"=", "+", "-", "@", "\t", "\r"}:
        cell.quotePrefix = True
