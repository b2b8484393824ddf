"""Lay rows out on sheets as offices do, and write them in the formats that offices use."""

from __future__ import annotations

import csv
import datetime as dt
import html
import io
import os
import random
from dataclasses import dataclass, field
from pathlib import Path

import openpyxl
import xlsxwriter
import xlwt

from tests.independent import spelling as s
from tests.independent.facts import Row

FORMATS = ("xlsx", "xlsxwriter", "xls", "gbk", "utf8bom", "utf8", "txt", "html")
SINGLE = {"gbk", "utf8bom", "utf8", "txt", "html"}
EXTRA = ("备注", "经办人", "核对情况", "开户银行", "是否本人")


@dataclass
class Sheet:
    """A grid with what only a spreadsheet can hold."""

    name: str
    cells: list[list[object]] = field(default_factory=list)
    merges: list[tuple[int, int, int, int]] = field(
        default_factory=list
    )  # first row, first column, last row, last column from 0
    hidden_columns: list[int] = field(default_factory=list)
    hidden: bool = False
    lines: list[tuple[int, int]] = field(default_factory=list)  # row number from 1, key of the fact


class Hand:
    """One file's handwriting: which columns, which spellings, which forms of date and amount."""

    def __init__(self, rng: random.Random, dataset: str, kind: str, rich: bool) -> None:
        self.rng, self.dataset, self.kind, self.rich = rng, dataset, kind, rich
        spare = {x for x in sorted(s.SPARE) if rng.random() < 0.3}
        if dataset in {"health.deaths", "education.home_teaching"}:
            spare -= {"sex"}
        if dataset == "roster.population":
            spare -= {"birth_date", "sex", "township"}
        if dataset in {"roster.monitored", "finance.fund_progress", "roster.villages"}:
            spare -= {"township", "sex"}
        self.columns = [x for x in s.COLUMNS[dataset] if x not in spare]
        taken: set[str] = set()
        self.header: list[str] = []
        for x in self.columns:
            text = next(
                t
                for t in rng.sample(s.COLUMNS[dataset][x], len(s.COLUMNS[dataset][x]))
                if t not in taken
            )
            taken.add(text)
            self.header.append(text)
        if rng.random() < 0.5 and dataset != "roster.population":
            order = list(range(len(self.columns)))
            at = rng.randrange(2, len(order))
            order = order[:2] + order[at:] + order[2:at]
            self.columns, self.header = (
                [self.columns[i] for i in order],
                [self.header[i] for i in order],
            )
        self.extra = rng.sample(EXTRA, rng.choice([0, 1, 2]))
        self.serial = rng.random() < 0.75
        self.styles = {x: rng.choice((0, 1, 2, 3, 4, 5, 6, 7, 8)) for x in self.columns}
        self.amounts = rng.choice((0, 0, 0, 1, 2))

    def cell(self, column: str, row: Row, values: dict[str, object]) -> object:
        value = row.written.get(column, values.get(column))
        if column in {"risk1", "risk2"}:
            risks = values["risks"]
            value = risks[int(column[-1]) - 1] if int(column[-1]) <= len(risks) else None  # type: ignore[arg-type,index]
        if isinstance(value, dt.date):
            style = self.styles[column]
            if style == 8 and column == "birth_date":
                style = 2
            if self.rng.random() < 0.06:
                style = self.rng.choice((0, 1, 2, 3))
            if style == 7 and self.kind in SINGLE:
                style = 1
            return s.date_text(value, style)
        header = self.header[self.columns.index(column)]
        if isinstance(value, float) and column not in {"id_number", "head_id_number"}:
            if "万元" in header:
                return round(value / 10000, 6)
            if self.dataset == "finance.fund_progress" or column == "area":
                return value
            style = 2 if values.get("text_amount") else self.amounts
            if self.rng.random() < 0.02:
                style = self.rng.choice((1, 2, 4) if "元" in header else (1, 2, 3, 4))
            return s.amount_text(value, style)
        if isinstance(value, float) and self.kind in SINGLE:
            return f"{value:.5E}"
        return value

    def top(self) -> list[str]:
        return (["序号"] if self.serial else []) + self.header + list(self.extra)

    def line(self, row: Row, number: int, values: dict[str, object]) -> list[object]:
        return (
            ([number] if self.serial else [])
            + [self.cell(x, row, values) for x in self.columns]
            + [self.rng.choice([None, "无", "已核对"]) for _ in self.extra]
        )


def lay(
    name: str,
    hand: Hand,
    rows: list[tuple[Row, dict[str, object]]],
    title: str,
    layout: dict[str, object],
) -> Sheet:
    """Put rows on a sheet: titles, header, rows with what offices put between them, notes."""
    _rng, sheet = hand.rng, Sheet(name)
    header = hand.top()
    shift = 2 if layout.get("shift") else 0
    width = len(header)

    def push(cells: list[object]) -> int:
        sheet.cells.append([None] * shift + cells)
        return len(sheet.cells)

    if layout.get("heading", True):
        push([title])
        sheet.merges.append((0, shift, 0, shift + width - 1))
        if layout.get("subtitle"):
            push(
                [
                    f"填报单位：云岭县{s.FOLDERS[hand.dataset.split('.')[0]]}部门",
                    None,
                    None,
                    "单位：元、人",
                ]
            )
    if layout.get("deep"):
        push(["填报说明："])
        for i in range(11 - len(sheet.cells) - 1):
            push([f"{i + 1}. 请各单位认真核对后填写，不得漏报、错报。"])
        push([])
    top = len(sheet.cells)
    grouped = layout.get("groups") and [s.GROUPS.get(x) for x in hand.columns]
    if grouped and any(grouped):
        offset = 1 if hand.serial else 0
        upper: list[object] = list(header)
        lower: list[object] = [None] * width
        spans: list[tuple[int, int]] = []
        for i, group in enumerate(grouped):  # type: ignore[arg-type,var-annotated]
            at = i + offset
            if group:
                lower[at] = header[at]
                if i and grouped[i - 1] == group:  # type: ignore[index]
                    upper[at] = None
                    spans[-1] = (spans[-1][0], at)
                else:
                    upper[at] = group
                    spans.append((at, at))
        push(upper), push(lower)
        sheet.merges += [(top, shift + a, top, shift + b) for a, b in spans if b > a]
        sheet.merges += [
            (top, shift + i, top + 1, shift + i) for i in range(width) if lower[i] is None
        ]
    else:
        push(list(header))
    count, last = 0, None
    start = len(sheet.cells)
    for i, (row, values) in enumerate(rows):
        place = row.home.village.name if row.home else None
        if layout.get("subtotals") and last is not None and place != last:
            push(["小计", count])
            count = 0
        if layout.get("repeat") and i and i % 60 == 0:
            push(list(header))
        if layout.get("blanks") and i and i % 97 == 0:
            push([])
        last, count = place, count + 1
        sheet.lines.append((push(hand.line(row, i + 1, values)), row.key))
    if layout.get("merge") and hand.rich and not layout.get("subtotals"):
        for column in ("household_id", "helper"):
            if column in hand.columns:
                at = hand.columns.index(column) + shift + (1 if hand.serial else 0)
                a = start
                while a < len(sheet.cells):
                    b, held = a, _at(sheet, a, at)
                    while held not in {None, "/"} and _at(sheet, b + 1, at) == held:
                        b += 1
                    if b > a:
                        for x in range(a + 1, b + 1):
                            sheet.cells[x][at] = None
                        sheet.merges.append((a, at, b, at))
                    a = b + 1
    if layout.get("total"):
        push(["合计", len(rows)])
    if layout.get("notes"):
        (
            push([]),
            push(["备注：本表由填报单位负责解释。"]),
            push(["填表人：", None, "审核人：", None, "负责人签字："]),
        )
    if layout.get("hide") and hand.extra:
        sheet.hidden_columns = [shift + width - 1]
    return sheet


def _at(sheet: Sheet, line: int, column: int) -> object:
    cells = sheet.cells[line] if line < len(sheet.cells) else []
    return cells[column] if column < len(cells) else None


def save(path: Path, kind: str, sheets: list[Sheet]) -> None:
    """Write the sheets in one of the formats; the file looks a minute old."""
    path.parent.mkdir(parents=True, exist_ok=True)
    {"xlsx": _openpyxl, "xlsxwriter": _xlsxwriter, "xls": _xls, "html": _html}.get(
        kind, _text(kind)
    )(path, sheets)
    os.utime(path, (path.stat().st_mtime - 600,) * 2)


def _openpyxl(path: Path, sheets: list[Sheet]) -> None:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for sheet in sheets:
        page = book.create_sheet(sheet.name)
        for r, line in enumerate(sheet.cells, 1):
            for k, value in enumerate(line, 1):
                if value is not None:
                    page.cell(r, k, value)
        for a, b, c, d in sheet.merges:
            page.merge_cells(start_row=a + 1, start_column=b + 1, end_row=c + 1, end_column=d + 1)
        for k in sheet.hidden_columns:
            page.column_dimensions[openpyxl.utils.get_column_letter(k + 1)].hidden = True
        page.sheet_state = "hidden" if sheet.hidden else "visible"
    book.save(path)


def _xlsxwriter(path: Path, sheets: list[Sheet]) -> None:
    with xlsxwriter.Workbook(
        path, {"strings_to_formulas": False, "strings_to_numbers": False, "strings_to_urls": False}
    ) as book:
        day = book.add_format({"num_format": "yyyy/m/d"})
        for sheet in sheets:
            page = book.add_worksheet(sheet.name)
            for a, b, c, d in sheet.merges:
                page.merge_range(a, b, c, d, "")
            for r, line in enumerate(sheet.cells):
                for k, value in enumerate(line):
                    if isinstance(value, dt.date):
                        page.write_datetime(r, k, dt.datetime.combine(value, dt.time()), day)
                    elif value is not None:
                        page.write(r, k, value)
            for k in sheet.hidden_columns:
                page.set_column(k, k, None, None, {"hidden": True})
            if sheet.hidden:
                page.hide()


def _xls(path: Path, sheets: list[Sheet]) -> None:
    book = xlwt.Workbook(encoding="utf-8")
    day = xlwt.easyxf(num_format_str="YYYY-MM-DD")
    for sheet in sheets:
        page = book.add_sheet(sheet.name, cell_overwrite_ok=True)
        for r, line in enumerate(sheet.cells):
            for k, value in enumerate(line):
                if isinstance(value, dt.date):
                    page.write(r, k, value, day)
                elif value is not None:
                    page.write(r, k, value)
        for a, b, c, d in sheet.merges:
            page.merge(a, c, b, d)
        if sheet.hidden:
            page.visibility = 1
    book.save(str(path))


def _text(kind: str):
    def write(path: Path, sheets: list[Sheet]) -> None:
        lines = io.StringIO()
        writer = csv.writer(lines, delimiter="\t" if kind == "txt" else ",", lineterminator="\r\n")
        for line in sheets[0].cells:
            writer.writerow(
                [
                    ""
                    if v is None
                    else v
                    if isinstance(v, str)
                    else f"{v:g}"
                    if isinstance(v, float) and v == int(v) and v < 1e6
                    else v
                    for v in line
                ]
                or [""]
            )
        text = lines.getvalue()
        if kind == "gbk":
            path.write_bytes(text.encode("gbk", errors="replace"))
        else:
            path.write_bytes(text.encode("utf-8-sig" if kind == "utf8bom" else "utf-8"))

    return write


def _html(path: Path, sheets: list[Sheet]) -> None:
    rows = "".join(
        "<tr>"
        + "".join(f"<td>{html.escape('' if v is None else str(v))}</td>" for v in line)
        + "</tr>\n"
        for line in sheets[0].cells
    )
    path.write_text(
        f'<html><head><meta charset="utf-8"></head><body><table border="1">{rows}</table></body></html>',
        encoding="utf-8",
    )
