"""The coloured copy of a workbook (``--annotate``): the same findings, where they stand.

An xlsx keeps its own sheets, formats, merged cells and widths; anything else, and what openpyxl
cannot open, is written anew with the same text. Wrong cells are red with a thick frame, doubtful
ones yellow with a dashed frame, so that they differ in black and white too. What is written is text
and nothing else; ID numbers are masked in all that is added.
"""

import io
import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl
from openpyxl import Workbook, load_workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE, Cell
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils.exceptions import InvalidFileException
from openpyxl.worksheet.hyperlink import Hyperlink
from openpyxl.worksheet.worksheet import Worksheet

from pipelines.check.checked import Checked, CheckedSheet
from pipelines.check.findings import DOUBTFUL, WRONG
from pipelines.check.text import (
    STATUS,
    grouped,
    header_meaning,
    place_of,
    score_line,
    shown,
    verdict,
)
from pipelines.intake.cells import column_letters
from pipelines.intake.masking import masked_numbers

RESULT = "检查结果"
MOST_CELLS = 1_000_000
"""Cells of a sheet that is copied whole; of a larger one only the rows with findings are."""
MOST_COLOURED = 20_000
MOST_COMMENTS = 3_000
MOST_LISTED = 2_000

_MAX_TEXT = 32_767
_AUTHOR = "bidui"
_NAVY, _GREY = "1F3A5F", "666666"
_THIN = Side(style="thin", color="B7C0CC")
_BOX = Border(left=_THIN, right=_THIN, top=_THIN, bottom=_THIN)
_THICK, _DASHED = Side(style="medium", color="9C0006"), Side(style="dashed", color="8A6D00")
_FRAMES = {
    WRONG: Border(left=_THICK, right=_THICK, top=_THICK, bottom=_THICK),
    DOUBTFUL: Border(left=_DASHED, right=_DASHED, top=_DASHED, bottom=_DASHED),
}
_FILLS = {
    WRONG: PatternFill("solid", fgColor="F8B4AE"),
    DOUBTFUL: PatternFill("solid", fgColor="FFF3B8"),
}
_TAKEN = PatternFill("solid", fgColor="D6EAE0")
_NOT_TAKEN = PatternFill("solid", fgColor="E4E4E4")
_FORBIDDEN = re.compile(r"[\[\]:*?/\\]")


class CannotAnnotateError(OSError):
    """The copy cannot be written; the message says why and what to do (Chinese)."""


class _Page(NamedTuple):
    """A sheet of the copy and where the sheet's cells lie on it."""

    sheet: Worksheet
    rows: Mapping[int, int] | None
    """Row of the file to row of the page; None: the same."""
    shift: int
    """How many columns stand before the file's own."""

    def cell(self, row: int, position: int) -> Cell | None:
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


def write_annotated(checked: Checked, out: Path) -> list[str]:
    """Write the coloured copy of a file to `out` (xlsx).

    Returns:
        Sentences on what was left out; they stand on the first sheet too.

    Raises:
        CannotAnnotateError: `out` is the file itself, or cannot be written.
    """
    if out.exists() and out.samefile(checked.path):
        raise CannotAnnotateError(f"{out} 就是要检查的文件；请另写一个文件名。")
    left_out: list[str] = []
    workbook, pages = _copied(checked, left_out)
    _colour(checked, pages, left_out)
    _header_notes(checked, pages)
    _result_sheet(workbook, checked, pages, left_out)
    try:
        workbook.save(out)
    except OSError as error:
        raise CannotAnnotateError(f"{out} 写不进去（{error.strerror}）；请换一个位置。") from error
    return left_out


def _copied(checked: Checked, left_out: list[str]) -> tuple[Workbook, dict[int, _Page]]:
    """Give the file's own workbook where it is an xlsx of bearable size, else a new one."""
    large = [
        s for s in checked.sheets if s.raw and s.raw.cells.height * s.raw.cells.width > MOST_CELLS
    ]
    members = any(s.parsed.member for s in checked.sheets)
    if not large and not members and (own := _own_workbook(checked.path)):
        pages = {
            s.parsed.sheet_no: _Page(own[s.parsed.sheet], None, 0)
            for s in checked.sheets
            if s.parsed.sheet in own.sheetnames and isinstance(own[s.parsed.sheet], Worksheet)
        }
        return own, pages
    workbook = Workbook()
    workbook.remove(workbook.worksheets[0])
    pages = {}
    for sheet in checked.sheets:
        if sheet.raw is not None and sheet.raw.cells.width:
            only_found = sheet in large
            if only_found:
                left_out.append(
                    f"{place_of(sheet.parsed)}超过 {MOST_CELLS:,} 格，"
                    "只列出表头和有错误、提醒的行。"
                )
            pages[sheet.parsed.sheet_no] = _written_anew(workbook, sheet, checked, only_found)
    return workbook, pages


def _own_workbook(path: Path) -> Workbook | None:
    content = path.read_bytes()
    if not content.startswith(b"PK\x03\x04"):
        return None
    try:
        return load_workbook(io.BytesIO(content), keep_links=False)
    except (InvalidFileException, zipfile.BadZipFile, KeyError, ValueError, TypeError, OSError):
        return None  # another program wrote it in its own way: it is written anew


def _written_anew(
    workbook: Workbook, sheet: CheckedSheet, checked: Checked, only_found: bool
) -> _Page:
    """Write a sheet's text into a new one; of a large one the rows with findings alone."""
    raw = sheet.raw
    assert raw is not None  # noqa: S101 - the caller has asked
    page = workbook.create_sheet(_free_title(workbook, raw.name or checked.path.stem))
    cells = raw.cells.with_row_index("row", offset=1)
    names = list(raw.cells.columns)
    last = sheet.parsed.header_rows[1] if sheet.parsed.header_rows else 1
    if only_found:
        rows = checked.findings.filter(pl.col("sheet_no") == sheet.parsed.sheet_no)["row_number"]
        wanted = rows.drop_nulls().unique().sort().head(MOST_LISTED)
        cells = cells.filter((pl.col("row") <= last) | pl.col("row").is_in(wanted.implode()))
    at: dict[int, int] = {}
    for number, row in enumerate(cells.iter_rows(), 1):
        at[row[0]] = number
        if only_found:
            _put(page.cell(number, 1), "原表行号" if row[0] == last else str(row[0]))
        for name, text in zip(names, row[1:], strict=True):
            if text is not None:
                _put(page.cell(number, int(name) + 1 + only_found), text)
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
    return _Page(page, at if only_found else None, int(only_found))


def _free_title(workbook: Workbook, wanted: str) -> str:
    base = _FORBIDDEN.sub("_", wanted).strip("'")[:28] or "表"
    title, number = base, 2
    taken = {name.lower() for name in workbook.sheetnames}
    while title.lower() in taken:
        title, number = f"{base}{number}", number + 1
    return title


def _put(cell: Any, text: str) -> None:
    """Write text that no spreadsheet program runs."""
    cell.value = ILLEGAL_CHARACTERS_RE.sub("", text)[:_MAX_TEXT]
    cell.data_type = "s"
    cell.number_format = "@"
    if text[:1] in {"=", "+", "-", "@", "\t", "\r"}:
        cell.quotePrefix = True


def _colour(checked: Checked, pages: Mapping[int, _Page], left_out: list[str]) -> None:
    """Colour each cell with a finding and say in a comment what is wrong and what to write."""
    placed = checked.findings.filter(
        pl.col("row_number").is_not_null() & pl.col("sheet_no").is_in(list(pages))
    ).sort(pl.col("severity") == WRONG, descending=True, maintain_order=True)
    by_cell = placed.group_by("sheet_no", "row_number", "position", maintain_order=True).agg(
        pl.col("severity").first(),
        said=pl.struct("severity", "reason", "expected", "hint"),
    )
    for number, (sheet_no, row, position, severity, said) in enumerate(
        by_cell.head(MOST_COLOURED).iter_rows()
    ):
        page = pages[sheet_no]
        cell = page.cell(
            row, position if position is not None else _first_position(checked, sheet_no)
        )
        if cell is None:
            continue
        cell.fill, cell.border = _FILLS[severity], _FRAMES[severity]
        if number < MOST_COMMENTS:
            _comment(cell, "\n".join(_sentence(part) for part in said))
    if by_cell.height > MOST_COMMENTS:
        left_out.append(
            f"有错误或提醒的格共 {by_cell.height:,} 个，前 {MOST_COMMENTS:,} 个有批注，"
            f"前 {MOST_COLOURED:,} 个标了颜色。"
        )


def _first_position(checked: Checked, sheet_no: int) -> int:
    header = checked.sheets[sheet_no].parsed.header
    return min((cell["position"] for cell in header), default=0)


def _sentence(part: Mapping[str, str | None]) -> str:
    said = "；".join(p for p in (part["reason"], part["hint"], part["expected"]) if p)
    return masked_numbers(
        f"【{part['severity']}】{said}。".replace("。。", "。").replace("？。", "？")
    )


def _comment(cell: Cell, text: str) -> None:
    """Add a comment below what a person wrote there."""
    before = f"{cell.comment.text}\n——\n" if cell.comment else ""
    lines = sum(1 + len(line) // 20 for line in (before + text).splitlines())
    cell.comment = Comment(before + text, _AUTHOR, width=300, height=24 + 20 * lines)


def _header_notes(checked: Checked, pages: Mapping[int, _Page]) -> None:
    """Say in each header cell what it was taken for."""
    for sheet in checked.sheets:
        page = pages.get(sheet.parsed.sheet_no)
        if page is None or not sheet.parsed.header_rows:
            continue
        for header in sheet.parsed.header:
            cell = page.cell(sheet.parsed.header_rows[1], header["position"])
            if cell is None:
                continue
            if cell.comment is None or cell.comment.author != _AUTHOR:
                cell.fill = _TAKEN if header["column"] else _NOT_TAKEN
            _comment(cell, f"认作：{header_meaning(header, sheet.parsed, sheet.contract)}")


def _result_sheet(
    workbook: Workbook, checked: Checked, pages: Mapping[int, _Page], left_out: Sequence[str]
) -> None:
    """Write the first sheet: the verdict, the score, the kinds of findings, each with its place."""
    page = workbook.create_sheet(_free_title(workbook, RESULT), 0)
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
        _put(mark, severity)
        mark.fill, mark.border = _FILLS[severity], _FRAMES[severity]
        mark.alignment = Alignment(horizontal="center", vertical="center")
        _put(page.cell(row, 2), text)
        row += 1
    _line(
        page, row, "绿底表头已认出，灰底表头不使用；证件号在批注和本页中已遮盖。", Font(color=_GREY)
    )
    return row + 1


def _line(page: Worksheet, row: int, text: str, font: Font) -> None:
    cell = page.cell(row, 1)
    _put(cell, masked_numbers(text))
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
            group["reason"],
            group["expected"],
        )
        _row(page, row, texts, group["severity"])
        page.merge_cells(start_row=row, end_row=row, start_column=4, end_column=5)
    if checked.findings.is_empty():
        row += 1
        _line(page, row, "没有发现问题。", Font(size=11))
    return row + 1


def _listing(page: Worksheet, row: int, checked: Checked, pages: Mapping[int, _Page]) -> None:
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
        texts = (entry["severity"], sheet, at, entry["title"], shown(entry["text"]), reason)
        _row(page, row, (*texts, entry["expected"]), entry["severity"])
        if target := pages.get(entry["sheet_no"]):
            first = (
                position if position is not None else _first_position(checked, entry["sheet_no"])
            )
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
        _put(cell, text)
        cell.font = Font(bold=True, color="FFFFFF")
        cell.fill = PatternFill("solid", fgColor=_NAVY)
        cell.alignment = Alignment(horizontal="center", vertical="center")
        cell.border = _BOX
    page.row_dimensions[row].height = 20


def _row(page: Worksheet, row: int, texts: Sequence[str | None], severity: str) -> None:
    for column, text in enumerate(texts, 1):
        cell = page.cell(row, column)
        if text:
            _put(cell, masked_numbers(text))
        cell.border = _BOX
        across = "center" if column in {1, 3} else "left"
        cell.alignment = Alignment(wrap_text=True, vertical="center", horizontal=across)
    page.cell(row, 1).fill = _FILLS[severity]
    page.cell(row, 1).border = _FRAMES[severity]
    lines = max(_lines(texts[5], 50), _lines(texts[6], 40), _lines(texts[4], 24))
    page.row_dimensions[row].height = 3 + 14.5 * lines


def _lines(text: str | None, width: int) -> int:
    return 1 + sum(2 if ord(c) > 255 else 1 for c in text or "") // width


def annotated_names(out: Path, files: Sequence[Path]) -> Iterator[Path]:
    """Give the name of each file's copy: `out`, or for several files one beside it for each."""
    if len(files) == 1:
        yield out
        return
    for number, file in enumerate(files, 1):
        yield out.with_name(f"{out.stem}-{number}-{file.stem}{out.suffix or '.xlsx'}")
