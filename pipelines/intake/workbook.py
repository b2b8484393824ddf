"""Workbooks: xlsx, xlsm, xlsb, ods, xls and et, read in bulk into text cells.

fastexcel reads; ``skip_rows=0`` keeps leading blank rows and ``absolute_index`` tells where the
first column lies, so that rows and columns are those people see. For xlsx the raw XML gives
merged ranges, hidden rows and which cells are long numbers (`sheet_xml`); the older formats are
small enough to ask python-calamine and to read a second time, typed. Some .xls that calamine
cannot read, xlrd can.
"""

import io
import posixpath
import re
import zipfile
import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar
from xml.etree import ElementTree as ET

import fastexcel
import polars as pl
import python_calamine
import xlrd

from pipelines.intake.biff import hidden_rows_97
from pipelines.intake.cells import (
    MERGES,
    RawSheet,
    bounded,
    column_position,
    from_rows,
    no_merges,
)
from pipelines.intake.containers import BROKEN, ENCRYPTED, Kind, RefusedError
from pipelines.intake.inflated import inflated
from pipelines.intake.marks import marked_styles
from pipelines.intake.sheet_xml import BLOCK, SheetFacts, placed, sheet_facts

MAX_SHEETS = 500

_MIDNIGHT = " 00:00:00"

_T = TypeVar("_T")


def read_workbook(content: bytes, kind: Kind) -> list[RawSheet]:
    """Give the sheets of a workbook in its order; hidden ones without cells.

    Raises:
        RefusedError: It cannot be read; the message says what to do.
    """
    if kind is Kind.XLSX:
        entries = _guarded(lambda: _xlsx_entries(content))
    else:
        entries = _guarded(lambda: _calamine_entries(content, kind))
    if entries is None:
        return _xlrd_sheets(content)
    if len(entries) > MAX_SHEETS:
        raise RefusedError(
            f"工作表过多（{len(entries)} 张，上限 {MAX_SHEETS} 张）；请拆分后重新报送。"
        )
    names = [entry.name for entry in entries]
    if again := sorted({name for name in names if names.count(name) > 1}):
        raise RefusedError(f"有两张工作表都叫“{again[0]}”，无法分辨；请改名后重新报送。")
    reader = _guarded(lambda: fastexcel.read_excel(content))
    if reader is None:
        return _xlrd_sheets(content)
    if not set(names) <= set(reader.sheet_names):
        raise RefusedError(BROKEN)
    return [
        RawSheet(entry.name, pl.DataFrame(), hidden=True)
        if entry.hidden
        else _read_sheet(reader, entry)
        for entry in entries
    ]


@dataclass
class _Entry:
    """One sheet as the workbook lists it."""

    name: str
    hidden: bool
    facts: Callable[[], SheetFacts]
    from_1904: bool = False
    comments: frozenset[str] = frozenset()
    """References of the cells with comments."""


def _guarded(read: Callable[[], _T]) -> _T | None:
    """Run `read` of an untrusted file; None where another reader may still manage.

    Raises:
        RefusedError: The file is encrypted or broken.
    """
    try:
        return read()
    except RefusedError:
        raise
    except python_calamine.PasswordError as error:
        raise RefusedError(ENCRYPTED) from error
    except (
        fastexcel.FastExcelError,
        python_calamine.CalamineError,
        zipfile.BadZipFile,
        zlib.error,
        ET.ParseError,
        LookupError,
        OSError,
        ValueError,
        EOFError,
        NotImplementedError,
    ) as error:
        if "password" in str(error).lower():
            raise RefusedError(ENCRYPTED) from error
        return None
    except BaseException as error:
        # A panic in the Rust reader derives from BaseException; nothing else of that name does.
        if type(error).__name__ == "PanicException":
            return None
        raise


def _read_sheet(reader: Any, entry: _Entry) -> RawSheet:
    facts = _guarded(entry.facts)
    if facts is None or facts.doctype:
        raise RefusedError(BROKEN)
    bounded(facts.rows, facts.columns, entry.name)

    def load() -> RawSheet:
        sheet = reader.load_sheet(
            entry.name, header_row=None, skip_rows=0, dtypes="string", whitespace_as_null=True
        )
        positions = [column.absolute_index for column in sheet.selected_columns]
        cells = sheet.to_polars()
        cells.columns = [str(p) for p in positions]
        raw = RawSheet(
            entry.name,
            _with_errors(_without_midnight(cells), facts),
            merges=facts.merges,
            from_1904=entry.from_1904,
            hidden_rows=facts.hidden_rows,
            hidden_at=facts.hidden_at,
            error_cells=facts.error_cells,
            unsaved_formulas=facts.unsaved_formulas,
            unsaved_at=tuple(sorted(ref.decode() for ref in facts.unsaved_at)),
            marks=facts.marks,
            comments=len(entry.comments),
            comments_at=_first_cells(entry.comments),
        )
        if facts.unplaced_numbers:
            raw.numbers = _number_reader(reader, entry.name)
        elif facts.long_numbers:
            raw.numbers = _number_cells(facts, cells.height)
        return raw

    raw = _guarded(load)
    if raw is None:
        raise RefusedError(BROKEN)
    return raw


def _without_midnight(cells: pl.DataFrame) -> pl.DataFrame:
    """Give the texts of date cells without the midnight that the reader adds."""
    if not cells.width:
        return cells
    long = len("2021-08-31") + len(_MIDNIGHT)
    as_date = (pl.all().str.len_bytes() == long).any()
    some = [name for name, any_ in cells.select_seq(as_date).row(0, named=True).items() if any_]
    text = pl.col(some)
    dated = (text.str.len_bytes() == long) & text.str.ends_with(_MIDNIGHT)
    return cells.with_columns_seq(
        pl.when(dated).then(text.str.strip_suffix(_MIDNIGHT)).otherwise(text)
    )


def _with_errors(cells: pl.DataFrame, facts: SheetFacts) -> pl.DataFrame:
    """Write ``#N/A`` and the like, which the reader leaves blank, where they stand."""
    rows: dict[str, dict[int, str]] = {}
    for reference, text in facts.errors.items():
        letters = reference.rstrip(b"0123456789")
        row = int(reference[len(letters) :]) - 1
        if row < cells.height:
            rows.setdefault(str(column_position(letters.decode())), {})[row] = text
    return cells.with_columns(
        cells[name].scatter(list(own), list(own.values()))
        for name, own in rows.items()
        if name in cells.columns
    )


def _number_cells(facts: SheetFacts, height: int) -> Callable[[Sequence[int]], pl.DataFrame]:
    """Give a function that tells which cells of some columns are long numbers, from the raw XML."""
    rows = placed(facts.long_numbers)

    def numbers(positions: Sequence[int]) -> pl.DataFrame:
        at = pl.int_range(height, eager=True)
        none = pl.Series([False]).new_from_index(0, height)
        return pl.DataFrame({str(p): at.is_in(rows[p]) if p in rows else none for p in positions})

    return numbers


def _number_reader(reader: Any, name: str) -> Callable[[Sequence[int]], pl.DataFrame]:
    """Give a function that tells which cells of some columns are numbers.

    Read as Boolean, fastexcel gives numbers and truth values as values, all else as null.
    """

    def numbers(positions: Sequence[int]) -> pl.DataFrame:
        sheet = reader.load_sheet(
            name, header_row=None, skip_rows=0, dtypes="boolean", use_columns=list(positions)
        )
        flags = sheet.to_polars()
        flags.columns = [str(c.absolute_index) for c in sheet.selected_columns]
        found: pl.DataFrame = flags.select(pl.all().is_not_null())
        return found

    return numbers


_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_REL = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


_COMMENTS = {"comment", "threadedComment"}
_CELL = re.compile(r"([A-Z]{1,3})([1-9][0-9]{0,6})")
_MOST_NAMED = 12
_WITHOUT_ROWS = ("/chartsheet", "/dialogsheet", "/xlMacrosheet", "/xlIntlMacrosheet")


def _xlsx_entries(content: bytes) -> list[_Entry]:
    package = zipfile.ZipFile(io.BytesIO(content))
    names = {n.lower().lstrip("/"): n for n in package.namelist()}
    workbook = _xml(package.read(names["xl/workbook.xml"]))
    relations = _xml(package.read(names["xl/_rels/workbook.xml.rels"]))
    targets = {r.get("Id"): (r.get("Type", ""), r.get("Target", "")) for r in relations}
    from_1904 = any(
        _local(e.tag) == "workbookPr" and e.get("date1904") in {"1", "true"} for e in workbook
    )
    styles = names.get("xl/styles.xml")
    marks = marked_styles(_xml(package.read(styles))) if styles else {}
    entries = []
    for sheet in workbook.iter():
        if _local(sheet.tag) != "sheet":
            continue
        relation = next((v for k, v in sheet.attrib.items() if _local(k) == "id"), None)
        kind, target = targets.get(relation, ("", ""))
        if kind.endswith(_WITHOUT_ROWS):
            continue
        part = target.lstrip("/") if target.startswith("/") else posixpath.join("xl", target)
        stored = names[posixpath.normpath(part).lower()]
        hidden = sheet.get("state", "visible") != "visible"
        entries.append(
            _Entry(
                sheet.get("name", ""),
                hidden,
                _facts_of(package, stored, marks),
                from_1904,
                _comments(package, names, stored),
            )
        )
    return entries


def _facts_of(
    package: zipfile.ZipFile, part: str, marks: Mapping[int, frozenset[str]]
) -> Callable[[], SheetFacts]:
    return lambda: sheet_facts(inflated(package, part, BLOCK), marks)


def _comments(package: zipfile.ZipFile, names: Mapping[str, str], part: str) -> frozenset[str]:
    """Give the references of a worksheet's cells that comments are pinned to.

    A conversation stands in two parts, one of them for programs that know no conversations.
    """
    folder, name = posixpath.split(part.lstrip("/"))
    stored = names.get(f"{folder}/_rels/{name}.rels".lower())
    if stored is None:
        return frozenset()
    targets = [r.get("Target", "") for r in _xml(package.read(stored))]
    found: set[str] = set()
    for target in (t for t in targets if "comments" in t.lower() and t.endswith(".xml")):
        path = target.lstrip("/") if target.startswith("/") else posixpath.join(folder, target)
        if held := names.get(posixpath.normpath(path).lower()):
            notes = [e for e in _xml(package.read(held)).iter() if _local(e.tag) in _COMMENTS]
            found.update(note.get("ref", "") for note in notes)
    return frozenset(found)


def _first_cells(references: Iterable[str]) -> tuple[str, ...]:
    """Give the first dozen of some cells, row by row; what is no reference is left out."""
    cells = [found for text in references if (found := _CELL.fullmatch(text))]
    cells.sort(key=lambda cell: (int(cell[2]), len(cell[1]), cell[1]))
    return tuple(cell[0] for cell in cells[:_MOST_NAMED])


def _local(tag: str) -> str:
    return tag.rsplit("}", 1)[-1]


def _xml(content: bytes) -> ET.Element:
    if b"<!DOCTYPE" in content or b"<!ENTITY" in content or b"\0" in content[:4]:
        raise RefusedError(BROKEN)  # UTF-16 could hide them; no program writes it
    return ET.fromstring(content)  # noqa: S314 - entities are refused above


def _calamine_entries(content: bytes, kind: Kind) -> list[_Entry]:
    book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(content))
    order = list(book.sheet_names)
    hidden = hidden_rows_97(content) if kind is Kind.XLS else []

    def facts_of(name: str) -> Callable[[], SheetFacts]:
        def facts() -> SheetFacts:
            sheet = book.get_sheet_by_name(name)
            end = sheet.end or (0, 0)
            ranges = (sheet.merged_cell_ranges or []) if kind is Kind.XLS else []
            rows = [(a[0], b[0], a[1], b[1]) for a, b in ranges]
            merges = pl.DataFrame(rows, schema=MERGES, orient="row") if rows else no_merges()
            at = order.index(name)
            return SheetFacts(
                end[0] + 1,
                end[1] + 1,
                unplaced_numbers=True,
                merges=merges,
                hidden_rows=len(hidden[at]) if at < len(hidden) else 0,
                hidden_at=hidden[at] if at < len(hidden) else [],
            )

        return facts

    visible = python_calamine.SheetVisibleEnum.Visible
    works = python_calamine.SheetTypeEnum.WorkSheet
    return [
        _Entry(meta.name, meta.visible != visible, facts_of(meta.name))
        for meta in book.sheets_metadata
        if meta.typ == works
    ]


def _xlrd_sheets(content: bytes) -> list[RawSheet]:
    """Read an .xls that calamine cannot (BIFF without a container, odd streams)."""
    try:
        book = xlrd.open_workbook(file_contents=content, logfile=io.StringIO(), on_demand=True)
        sheets = [_xlrd_sheet(book, index) for index in range(book.nsheets)]
    except xlrd.XLRDError as error:
        if "encrypted" in str(error).lower() or "password" in str(error).lower():
            raise RefusedError(ENCRYPTED) from error
        raise RefusedError(BROKEN) from error
    except MemoryError:
        raise  # says nothing about the file
    except Exception as error:  # whatever xlrd stumbles over in damaged records
        raise RefusedError(BROKEN) from error
    return sheets


def _xlrd_sheet(book: xlrd.book.Book, index: int) -> RawSheet:
    sheet = book.sheet_by_index(index)
    if sheet.visibility:
        return RawSheet(sheet.name, pl.DataFrame(), hidden=True)
    rows = [
        [_xlrd_text(cell, book.datemode) for cell in sheet.row(number)]
        for number in range(sheet.nrows)
    ]
    merges = [(r1, r2 - 1, c1, c2 - 1) for r1, r2, c1, c2 in sheet.merged_cells]
    frame = pl.DataFrame(merges, schema=MERGES, orient="row") if merges else no_merges()
    raw = from_rows(sheet.name, rows, frame)
    kinds = [sheet.row_types(number) for number in range(sheet.nrows)]

    def numbers(positions: Sequence[int]) -> pl.DataFrame:
        return pl.DataFrame(
            {
                str(p): [len(row) > p and row[p] == xlrd.XL_CELL_NUMBER for row in kinds]
                for p in positions
            }
        )

    raw.numbers = numbers
    return raw


def _xlrd_text(cell: xlrd.sheet.Cell, datemode: int) -> str | None:
    if cell.ctype == xlrd.XL_CELL_DATE:
        return str(xlrd.xldate_as_datetime(cell.value, datemode)).removesuffix(" 00:00:00")
    if cell.ctype == xlrd.XL_CELL_NUMBER:
        value = float(cell.value)
        return str(int(value)) if value.is_integer() else repr(value)
    if cell.ctype == xlrd.XL_CELL_BOOLEAN:
        return "true" if cell.value else "false"
    return None if cell.ctype in {xlrd.XL_CELL_EMPTY, xlrd.XL_CELL_ERROR} else str(cell.value)
