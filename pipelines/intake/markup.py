"""HTML tables and XML spreadsheets saved under the name .xls, as web systems export them.

Every cell is text there; what is merged is said by colspan and rowspan (HTML) or MergeAcross and
MergeDown (SpreadsheetML 2003). Such exports are screens full, not counties full, so the standard
library's parsers, one event a cell, are fast enough.
"""

import io
import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from xml.etree import ElementTree as ET

import polars as pl

from pipelines.intake.cells import (
    MAX_COLUMNS,
    MAX_ROWS,
    MERGES,
    RawSheet,
    bounded,
    from_rows,
    no_merges,
)
from pipelines.intake.containers import BROKEN, RefusedError
from pipelines.intake.delimited import decoded

_SPREADSHEET_ML = "urn:schemas-microsoft-com:office:spreadsheet"
_CHARSET = re.compile(rb"""(?:charset|encoding)\s*=\s*["']?\s*([\w\-]+)""", re.IGNORECASE)
_UNREADABLE = "文件是网页或 XML 格式但其中没有表格；请在 WPS 或 Excel 中打开后另存为 xlsx 报送。"


def read_markup(content: bytes) -> list[RawSheet]:
    """Give one sheet per table (HTML) or worksheet (SpreadsheetML).

    Raises:
        RefusedError: There is no table in it.
    """
    text = _text(content)
    if (
        "urn:schemas-microsoft-com:office:spreadsheet" in text[:20_000]
        and "<html" not in text[:2000]
    ):
        sheets = _spreadsheet_ml(text)
    else:
        reader = _TableReader()
        reader.feed(text)
        reader.close()
        tables = [t for t in reader.tables if t.rows]
        names = [f"表{i + 1}" if len(tables) > 1 else "" for i in range(len(tables))]
        sheets = [t.sheet(name) for t, name in zip(tables, names, strict=True)]
    if not sheets:
        raise RefusedError(_UNREADABLE)
    return sheets


def _text(content: bytes) -> str:
    declared = _CHARSET.search(content[:2000])
    if declared and declared[1].lower() in {b"gb2312", b"gbk", b"gb18030"}:
        try:
            return content.decode("gb18030")
        except UnicodeDecodeError:
            pass  # exports declare one encoding and write another: judged by content below
    return decoded(content)


@dataclass
class _Table:
    """A table as it grows, cell by cell."""

    rows: list[list[str | None]] = field(default_factory=list)
    merges: list[tuple[int, int, int, int]] = field(default_factory=list)
    taken: dict[int, int] = field(default_factory=dict)
    """Column to the last row that a cell above reaches down to."""
    width: int = 0

    def place(self, text: str, across: int, down: int, at: int | None = None) -> None:
        """Put a cell into the last row, at the next free column or at `at`.

        Raises:
            RefusedError: There is a cell already, or the table is too large.
        """
        number = len(self.rows) - 1
        row = self.rows[number]
        column = len(row) if at is None else at
        if column < len(row):
            raise RefusedError(BROKEN)  # two cells in one place
        while at is None and self.taken.get(column, -1) >= number:
            column += 1
        self.width = max(self.width, column + across)
        bounded(len(self.rows), self.width, "")
        row += [None] * (column + across - len(row))
        row[column] = text or None
        if across > 1 or down > 1:
            self.merges.append((number, number + down - 1, column, column + across - 1))
            reach = dict.fromkeys(range(column, column + across), number + down - 1)
            self.taken |= reach if down > 1 else {}

    def sheet(self, name: str) -> RawSheet:
        """Give the table as a sheet."""
        merges = (
            pl.DataFrame(self.merges, schema=MERGES, orient="row") if self.merges else no_merges()
        )
        return from_rows(name, self.rows, merges)


class _TableReader(HTMLParser):
    """Collects every table; a table within a cell counts as text of that cell."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tables: list[_Table] = []
        self._depth = 0
        self._cell: list[str] | None = None
        self._spans = (1, 1)
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in {"style", "script"}:
            self._silent += 1
        if tag == "table":
            self._depth += 1
            if self._depth == 1:
                self.tables.append(_Table())
        if self._depth != 1:
            return
        if tag == "tr":
            self._finish_cell()
            self.tables[-1].rows.append([])
        elif tag in {"td", "th"}:
            self._finish_cell()
            if not self.tables[-1].rows:
                self.tables[-1].rows.append([])
            given = dict(attrs)
            self._spans = (
                _span(given.get("colspan"), MAX_COLUMNS),
                _span(given.get("rowspan"), MAX_ROWS),
            )
            self._cell = []
        elif tag == "br" and self._cell is not None:
            self._cell.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in {"style", "script"} and self._silent:
            self._silent -= 1
        if tag in {"td", "th", "tr", "table"} and self._depth == 1:
            self._finish_cell()
        if tag == "table" and self._depth:
            self._depth -= 1

    def handle_data(self, data: str) -> None:
        if self._cell is not None and not self._silent:
            self._cell.append(data)

    def _finish_cell(self) -> None:
        if self._cell is not None:
            text = "".join(self._cell).replace("\xa0", " ").strip()
            self.tables[-1].place(text, *self._spans)
            self._cell = None


def _span(value: str | None, most: int, counted: int = 0) -> int:
    """Give how many rows or columns a cell covers: `value`, to which `counted` is added."""
    number = int(value) if value and len(value) < 10 and value.strip().isdecimal() else 0
    return min(max(number + counted, 1), most)


_SS = f"{{{_SPREADSHEET_ML}}}"


def _spreadsheet_ml(text: str) -> list[RawSheet]:
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise RefusedError(_UNREADABLE)
    text = re.sub(r"^\s*<\?xml[^>]*\?>", "", text)  # it names an encoding; this is text already
    sheets = []
    try:
        for _, element in ET.iterparse(io.BytesIO(text.encode()), events=("end",)):  # noqa: S314
            if element.tag == f"{_SS}Worksheet":
                name = element.get(f"{_SS}Name", "")
                sheets.append(_worksheet(element).sheet(name))
                element.clear()
    except ET.ParseError as error:
        raise RefusedError(BROKEN) from error
    return sheets


def _worksheet(element: ET.Element) -> _Table:
    table = _Table()
    for row in element.iter(f"{_SS}Row"):
        number = _index(row.get(f"{_SS}Index"), MAX_ROWS)
        if number and number <= len(table.rows):
            raise RefusedError(BROKEN)  # two rows in one place
        table.rows += [[] for _ in range((number or 0) - len(table.rows) - 1)]
        table.rows.append([])
        for cell in row.iter(f"{_SS}Cell"):
            at = _index(cell.get(f"{_SS}Index"), MAX_COLUMNS)
            data = cell.find(f"{_SS}Data")
            content = "".join(data.itertext()).strip() if data is not None else ""
            if data is not None and data.get(f"{_SS}Type") == "DateTime":
                content = content.removesuffix(".000").removesuffix("T00:00:00").replace("T", " ")
            across = _span(cell.get(f"{_SS}MergeAcross"), MAX_COLUMNS, 1)
            down = _span(cell.get(f"{_SS}MergeDown"), MAX_ROWS, 1)
            table.place(content, across, down, at - 1 if at else None)
    return table


def _index(value: str | None, most: int) -> int | None:
    """Give the number from 1 of a row or cell that says its place; None where it says none.

    Raises:
        RefusedError: The place lies beyond a spreadsheet's end.
    """
    if not value or not value.isdecimal() or not value.strip("0"):
        return None
    if len(value) > 9 or int(value) > most:
        raise RefusedError(BROKEN)
    return int(value)
