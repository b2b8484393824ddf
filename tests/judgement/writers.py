"""Real files by real writers: openpyxl, XlsxWriter, pandas, xlwt, LibreOffice, and plain bytes."""

import csv
import datetime as dt
import html
import io
import re
import shutil
import subprocess
import tempfile
import zipfile
from pathlib import Path
from typing import Any

from tests.judgement.truth import Book, Cell, Err, Formula, Look, Num, Page

LOCKED = Path(__file__).with_name("locked.xlsx")


def bare(raw: Any) -> Any:
    """What stands in the cell without its look."""
    return raw.value if isinstance(raw, Look) else raw


def spoken(raw: Any) -> str:
    """The text of a cell in a file that holds only text."""
    raw = bare(raw)
    if isinstance(raw, Cell):
        return spoken(raw.raw)
    if raw is None:
        return ""
    if isinstance(raw, bool):
        return "TRUE" if raw else "FALSE"
    if isinstance(raw, dt.datetime):
        return f"{raw:%Y-%m-%d %H:%M:%S}"
    if isinstance(raw, dt.date):
        return f"{raw.year}/{raw.month}/{raw.day}"
    if isinstance(raw, Num):
        return spoken(raw.value)
    if isinstance(raw, Formula):
        return spoken(raw.cached)
    if isinstance(raw, Err):
        return raw.text
    if isinstance(raw, float) and raw.is_integer() and abs(raw) < 1e15:
        return str(int(raw))
    return str(raw)


def raws(line: list[Any]) -> list[Any]:
    """The raw values of a line."""
    return [c.raw if isinstance(c, Cell) else c for c in line]


# -- spreadsheets ---------------------------------------------------------------------------------


def _openpyxl(book: Book, path: Path) -> None:
    from openpyxl import Workbook
    from openpyxl.comments import Comment
    from openpyxl.styles import Alignment, Font
    from openpyxl.utils import get_column_letter
    from openpyxl.utils.datetime import CALENDAR_MAC_1904

    workbook = Workbook()
    workbook.remove(workbook.active)
    if book.options.get("epoch1904"):
        workbook.epoch = CALENDAR_MAC_1904
    for page in book.pages:
        sheet = workbook.create_sheet(page.name)
        sheet.sheet_state = page.visible
        for r, line in enumerate(page.lines, 1):
            for c, raw in enumerate(raws(line.cells), 1):
                if raw is None:
                    continue
                cell = sheet.cell(r, c)
                plain = bare(raw)
                if isinstance(plain, Num):
                    cell.value, cell.number_format = plain.value, plain.fmt
                elif isinstance(plain, Formula):
                    cell.value = plain.text
                elif isinstance(plain, Err):
                    cell.value, cell.data_type = plain.text, "e"
                elif isinstance(plain, str):
                    cell.value, cell.data_type = plain, "s"
                else:
                    cell.value = plain
                    if isinstance(plain, dt.date):
                        cell.number_format = book.options.get("date_format", "yyyy/m/d")
                if isinstance(raw, Look):
                    cell.font = Font(strike=raw.strike, color=raw.colour or None)
                    if raw.comment:
                        cell.comment = Comment(raw.comment, "审核")
            if line.hidden:
                sheet.row_dimensions[r].hidden = True
        for r1, c1, r2, c2 in page.merges:
            sheet.merge_cells(
                start_row=r1 + 1, start_column=c1 + 1, end_row=r2 + 1, end_column=c2 + 1
            )
            sheet.cell(r1 + 1, c1 + 1).alignment = Alignment(horizontal="center", wrap_text=True)
        for c in range(1, 12):
            sheet.column_dimensions[get_column_letter(c)].width = page.widths
        if book.options.get("filter"):
            sheet.auto_filter.ref = sheet.dimensions
        if book.options.get("freeze"):
            sheet.freeze_panes = "C3"
    workbook.save(path)


def _xlsxwriter(book: Book, path: Path) -> None:
    import xlsxwriter

    workbook = xlsxwriter.Workbook(str(path), {"strings_to_numbers": False})
    formats: dict[str, Any] = {}

    def fmt(code: str) -> Any:
        if code not in formats:
            formats[code] = workbook.add_format({"num_format": code})
        return formats[code]

    title = workbook.add_format({"bold": True, "align": "center", "font_size": 16})
    for number, page in enumerate(book.pages):
        sheet = workbook.add_worksheet(page.name)
        if page.visible != "visible":
            sheet.very_hidden() if page.visible == "veryHidden" else sheet.hide()
        elif not any(p.visible == "visible" for p in book.pages[:number]):
            sheet.activate()
            sheet.set_first_sheet()
        for r, line in enumerate(page.lines):
            for c, raw in enumerate(raws(line.cells)):
                plain = bare(raw)
                if plain is None:
                    continue
                if isinstance(plain, bool):
                    sheet.write_boolean(r, c, plain)
                elif isinstance(plain, Num):
                    sheet.write_number(r, c, plain.value, fmt(plain.fmt))
                elif isinstance(plain, Formula):
                    sheet.write_formula(
                        r, c, plain.text, None, plain.cached if plain.cached is not None else 0
                    )
                elif isinstance(plain, Err):
                    sheet.write_formula(r, c, "=NA()", None, plain.text)
                elif isinstance(plain, dt.datetime):
                    sheet.write_datetime(r, c, plain, fmt("yyyy-mm-dd hh:mm:ss"))
                elif isinstance(plain, dt.date):
                    sheet.write_datetime(
                        r, c, dt.datetime(plain.year, plain.month, plain.day), fmt("yyyy-mm-dd")
                    )
                elif isinstance(plain, int | float):
                    sheet.write_number(r, c, plain)
                else:
                    sheet.write_string(r, c, plain)
                if isinstance(raw, Look) and raw.comment:
                    sheet.write_comment(r, c, raw.comment)
            if line.hidden:
                sheet.set_row(r, None, None, {"hidden": True})
        for r1, c1, r2, c2 in page.merges:
            top = spoken(page.lines[r1].cells[c1]) if c1 < len(page.lines[r1].cells) else ""
            sheet.merge_range(r1, c1, r2, c2, top, title)
    workbook.close()


def _xlwt(book: Book, path: Path) -> None:
    _workbook_97(book).save(str(path))


def _workbook_97(book: Book) -> Any:
    import xlwt

    workbook = xlwt.Workbook(encoding="utf-8")
    for page in book.pages:
        sheet = workbook.add_sheet(page.name, cell_overwrite_ok=True)
        sheet.visibility = {"visible": 0, "hidden": 1, "veryHidden": 2}[page.visible]
        merged = {(r1, c1): (r2, c2) for r1, c1, r2, c2 in page.merges}
        for r, line in enumerate(page.lines):
            for c, raw in enumerate(raws(line.cells)):
                plain = bare(raw)
                style = xlwt.Style.default_style
                if isinstance(plain, Num):
                    plain, style = plain.value, xlwt.easyxf(num_format_str=plain.fmt)
                elif isinstance(plain, dt.datetime):
                    style = xlwt.easyxf(num_format_str="YYYY-MM-DD hh:mm:ss")
                elif isinstance(plain, dt.date):
                    style = xlwt.easyxf(num_format_str="YYYY-MM-DD")
                elif isinstance(plain, Formula | Err):
                    plain = spoken(plain)
                if (r, c) in merged:
                    r2, c2 = merged[r, c]
                    sheet.write_merge(r, r2, c, c2, plain, style)
                elif plain is not None:
                    sheet.write(r, c, plain, style)
            if line.hidden:
                sheet.row(r).hidden = True
    return workbook


def _pandas(book: Book, path: Path) -> None:
    """A clean header in the first line, as a script writes it."""
    import pandas

    with pandas.ExcelWriter(path, engine="openpyxl") as writer:
        for page in book.pages:
            lines = [raws(line.cells) for line in page.lines]
            frame = pandas.DataFrame(
                [
                    [
                        spoken(v) if not isinstance(bare(v), int | float | dt.date) else bare(v)
                        for v in line
                    ]
                    for line in lines[1:]
                ],
                columns=[spoken(v) for v in lines[0]],
            )
            frame.to_excel(writer, sheet_name=page.name, index=False)


# -- text -----------------------------------------------------------------------------------------


def _rows(page: Page) -> list[list[str]]:
    width = max(len(line.cells) for line in page.lines)
    return [
        [spoken(v) for v in raws(line.cells)] + [""] * (width - len(line.cells))
        for line in page.lines
    ]


def _csv(book: Book, path: Path) -> None:
    """`encoding`, `separator`, `quoting` (csv constants), `newline`, `bom`."""
    options = book.options
    out = io.StringIO()
    if options.get("separator_line"):
        out.write("sep=,\r\n")
    csv.writer(
        out,
        delimiter=options.get("separator", ","),
        quoting=options.get("quoting", csv.QUOTE_MINIMAL),
        lineterminator=options.get("newline", "\r\n"),
        escapechar=None,
    ).writerows(_rows(book.pages[0]))
    encoding = options.get("encoding", "utf-8")
    text, swaps = out.getvalue(), dict(options.get("bytes", ()))
    # Between characters only: 褚乙乙 has the bytes of 乙乙 across its characters too.
    parts = re.split("|".join(f"({old})" for old in swaps), text) if swaps else [text]
    data = b"".join(swaps.get(part, part.encode(encoding)) for part in parts if part)
    path.write_bytes(options.get("bom", b"") + data)


def _html(book: Book, path: Path) -> None:
    """A web page saved as .xls."""
    page = book.pages[0]
    spans = {(r1, c1): (r2 - r1 + 1, c2 - c1 + 1) for r1, c1, r2, c2 in page.merges}
    covered = {
        (r, c)
        for r1, c1, r2, c2 in page.merges
        for r in range(r1, r2 + 1)
        for c in range(c1, c2 + 1)
        if (r, c) != (r1, c1)
    }
    charset = book.options.get("encoding", "utf-8")
    lines = []
    for r, row in enumerate(_rows(page)):
        tds = []
        for c, text in enumerate(row):
            if (r, c) in covered:
                continue
            down, right = spans.get((r, c), (1, 1))
            attributes = (f' rowspan="{down}"' if down > 1 else "") + (
                f' colspan="{right}"' if right > 1 else ""
            )
            tds.append(f"<td{attributes}>{html.escape(text).replace(chr(10), '<br>')}</td>")
        lines.append("<tr>" + "".join(tds) + "</tr>")
    body = "\r\n".join(lines)
    text = (
        '<html xmlns:o="urn:schemas-microsoft-com:office:office" xmlns:x="urn:schemas-microsoft-com:office:excel">'
        f'<head><meta http-equiv="Content-Type" content="text/html; charset={charset}"><style>td{{mso-number-format:"\\@";}}</style></head>'
        f"<body><table border=1>{body}</table></body></html>"
    )
    path.write_bytes(text.encode(charset, "xmlcharrefreplace"))


def _xml2003(book: Book, path: Path) -> None:
    """SpreadsheetML 2003 saved as .xls."""
    out = [
        '<?xml version="1.0" encoding="UTF-8"?>\n<?mso-application progid="Excel.Sheet"?>\n',
        '<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet" xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet">',
    ]
    for page in book.pages:
        out.append(f'<Worksheet ss:Name="{html.escape(page.name)}"><Table>')
        for row in _rows(page):
            cells, gap = [], False
            for c, text in enumerate(row, 1):
                if text == "":
                    gap = True
                    continue
                index = f' ss:Index="{c}"' if gap else ""
                gap = False
                cells.append(
                    f'<Cell{index}><Data ss:Type="String">{html.escape(text)}</Data></Cell>'
                )
            out.append("<Row>" + "".join(cells) + "</Row>")
        out.append("</Table></Worksheet>")
    out.append("</Workbook>")
    path.write_text("".join(out), encoding="utf-8")


# -- damaged and locked ---------------------------------------------------------------------------


def _locked_xls(book: Book, path: Path) -> None:
    """A BIFF workbook whose stream begins with a FILEPASS record, as Excel 97 writes it."""
    from xlwt.CompoundDoc import XlsDoc

    data = _workbook_97(book).get_biff_data()
    end = 4 + int.from_bytes(data[2:4], "little")  # behind BOF
    filepass = b"\x2f\x00\x36\x00\x01\x00\x01\x00\x01\x00" + bytes(range(48))
    XlsDoc().save(str(path), data[:end] + filepass + data[end:])


def _locked_xlsx(book: Book, path: Path) -> None:
    """Encrypted by msoffcrypto with a password nobody knows any more."""
    shutil.copy(LOCKED, path)


def _cut(book: Book, path: Path) -> None:
    """An upload broken off: the second half of the zip is missing."""
    _openpyxl(book, path)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) * 3 // 5])


# -- LibreOffice ----------------------------------------------------------------------------------

FILTERS = {
    "lo-xls": ("xls", "xls:MS Excel 97"),
    "lo-xlsx": ("xlsx", "xlsx:Calc MS Excel 2007 XML"),
    "lo-html": ("html", "html:HTML (StarCalc)"),
}


def _libreoffice(books: list[tuple[Book, Path]]) -> None:
    """Converts workbooks of one kind in one start of LibreOffice."""
    with tempfile.TemporaryDirectory() as folder:
        base = Path(folder)
        sources = []
        for number, (book, _) in enumerate(books):
            source = base / f"in{number}.xlsx"
            _openpyxl(book, source)
            sources.append(source)
        suffix, target = FILTERS[books[0][0].container]
        subprocess.run(
            [
                "soffice",
                f"-env:UserInstallation=file://{base}/profile",
                "--headless",
                "--convert-to",
                target,
                "--outdir",
                str(base / "out"),
                *map(str, sources),
            ],
            check=True,
            capture_output=True,
            timeout=180,
        )
        for source, (_, path) in zip(sources, books, strict=True):
            shutil.copy(base / "out" / f"{source.stem}.{suffix}", path)


_WRITERS = {
    "xlsx": _openpyxl,
    "xlsxwriter": _xlsxwriter,
    "pandas": _pandas,
    "xls": _xlwt,
    "csv": _csv,
    "html": _html,
    "xml": _xml2003,
    "locked-xls": _locked_xls,
    "locked-xlsx": _locked_xlsx,
    "cut": _cut,
}


def libreoffice_is_here() -> bool:
    """Whether files of LibreOffice can be made on this machine."""
    return shutil.which("soffice") is not None


def write(books: list[Book], inbox: Path) -> dict[str, Path]:
    """Writes every book under `inbox/<department>/`; book name -> path."""
    out: dict[str, Path] = {}
    converted: dict[str, list[tuple[Book, Path]]] = {}
    for book in books:
        folder = inbox / book.department
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / book.name
        assert book.name not in out, book.name
        out[book.name] = path
        if book.container in FILTERS:
            converted.setdefault(book.container, []).append((book, path))
        elif inner := book.options.get("zip"):
            with tempfile.TemporaryDirectory() as temporary:
                file = Path(temporary) / "inner"
                _WRITERS[book.container](book, file.with_suffix(Path(inner).suffix))
                with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
                    archive.write(file.with_suffix(Path(inner).suffix), inner)
        else:
            _WRITERS[book.container](book, path)
    for group in converted.values():
        _libreoffice(group)
    return out
