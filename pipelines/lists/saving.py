"""Save an openpyxl workbook whose cells are kept as ready XML.

openpyxl makes an object a cell and an XML tree a cell: some 40 microseconds each, most of the time
that a round's lists take. Here a cell is one short string from the start; everything else of the
workbook (styles, columns, protection, drop-downs, print set-up) is openpyxl's own writing. A test
holds the two to the same workbook.
"""

import datetime as dt
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape
from zipfile import ZIP_DEFLATED, ZipFile

from openpyxl import Workbook
from openpyxl.drawing.spreadsheet_drawing import SpreadsheetDrawing
from openpyxl.utils import get_column_letter
from openpyxl.worksheet._writer import WorksheetWriter
from openpyxl.worksheet.dimensions import SheetDimension
from openpyxl.worksheet.worksheet import Worksheet
from openpyxl.writer.excel import ExcelWriter

Rows = dict[int, list[tuple[int, str]]]
"""Row number to its cells: column number and XML."""

_LETTERS = ["", *(get_column_letter(n) for n in range(1, 257))]


def text_cell(row: int, column: int, text: str | None, style: int) -> str:
    """Give the XML of a text cell; without text, of an empty cell of that style."""
    place = f'<c r="{_LETTERS[column]}{row}" s="{style}"'
    if not text:
        return place + "/>"
    return f'{place} t="inlineStr"><is><t xml:space="preserve">{escape(text)}</t></is></c>'


def number_cell(row: int, column: int, number: float, style: int) -> str:
    """Give the XML of a number cell."""
    return f'<c r="{_LETTERS[column]}{row}" s="{style}"><v>{number!r}</v></c>'


class _SheetWriter(WorksheetWriter):
    """openpyxl's sheet writer with rows from `Rows`."""

    def __init__(self, sheet: Worksheet, rows: Rows) -> None:
        self._ready = rows
        self._sheet = sheet
        super().__init__(sheet)

    def write_dimensions(self) -> None:
        last_row = max(self._ready, default=1)
        last_column = max((c for cells in self._ready.values() for c, _ in cells), default=1)
        reference = f"A1:{_LETTERS[last_column]}{last_row}"
        self._send(SheetDimension(reference).to_tree())

    def write_rows(self) -> None:
        stream = self._send(True)
        heights: Any = self._sheet.row_dimensions
        with stream.element("sheetData"):
            raw = stream._file
            for number in sorted(self._ready.keys() | heights.keys()):
                known = dict(heights[number]) if number in heights else {}
                attributes = "".join(f' {key}="{value}"' for key, value in known.items())
                cells = "".join(xml for _, xml in sorted(self._ready.get(number, [])))
                raw(f'<row r="{number}"{attributes}>{cells}</row>')
        self._send(None)

    def _send(self, part: Any) -> Any:
        return self.xf.send(part)


class _BookWriter(ExcelWriter):
    """openpyxl's workbook writer, with our sheet writer."""

    def __init__(self, workbook: Workbook, archive: ZipFile, rows: Mapping[str, Rows]) -> None:
        super().__init__(workbook, archive)
        self._ready = rows
        self._into = archive

    def write_worksheet(self, ws: Any) -> None:
        ws._drawing = SpreadsheetDrawing()
        ws._drawing.charts, ws._drawing.images = ws._charts, ws._images
        writer: Any = _SheetWriter(ws, self._ready.get(ws.title, {}))
        writer.write()
        ws._rels = writer._rels
        self._into.write(writer.out, ws.path[1:])
        self.manifest.append(ws)
        writer.cleanup()


def save_workbook(workbook: Workbook, rows: Mapping[str, Rows], path: Path) -> None:
    """Write `workbook` with the cells of `rows` (by sheet title) to `path`."""
    workbook.properties.modified = dt.datetime.now(tz=dt.UTC).replace(tzinfo=None)
    with ZipFile(path, "w", ZIP_DEFLATED, allowZip64=True) as archive:
        writer: Any = _BookWriter(workbook, archive, rows)
        writer.save()
