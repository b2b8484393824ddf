"""Read the files of a seed as a round does, and compare every cell with what it must be.

python -m tests.judgement.score --seed 1 [--groups names values] [--volume] [--show 60]
"""

import argparse
import datetime as dt
import re
import sys
import tempfile
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipelines.contracts import ColumnType, Contract, Contracts
from pipelines.home import Home
from tests.judgement import make
from tests.judgement.reading import FileRead, SheetRead, read_home
from tests.judgement.truth import (
    DATA,
    NOT_DATA,
    SET_ASIDE,
    Book,
    Codes,
    Line,
    Month,
    Page,
    Place,
    Term,
    Want,
)


@dataclass
class Wrong:
    """One cell, line or file that was read otherwise than it must be."""

    defect: str
    file: str
    row: int | None
    column: str
    written: Any
    wanted: str
    got: str


@dataclass
class Tally:
    """What was right and what was not."""

    cells: Counter[str] = field(default_factory=Counter)
    right: Counter[str] = field(default_factory=Counter)
    wrong: list[Wrong] = field(default_factory=list)
    all_cells: int = 0
    all_right: int = 0
    hurt_cells: int = 0
    hurt_right: int = 0
    files: int = 0
    closed: int = 0
    dated: int = 0
    to_date: int = 0
    false_alarms: list[Wrong] = field(default_factory=list)

    def cell(self, defects: list[str], hurt: bool, wrong: Wrong | None) -> None:
        self.all_cells += 1
        self.all_right += wrong is None
        if hurt:
            self.hurt_cells += 1
            self.hurt_right += wrong is None
        for defect in defects or ["plain"]:
            self.cells[defect] += 1
            self.right[defect] += wrong is None
        if wrong:
            self.wrong.append(wrong)


# -- values ---------------------------------------------------------------------------------------


def same(want: Any, record: dict[str, Any], name: str, kind: ColumnType) -> bool:
    """Whether a record holds the wanted value in a column."""
    got = record.get(name)
    if isinstance(want, Place):
        return (record.get("village_code") or "") == want.code
    if want is None:
        return got in (None, [], "")
    if got is None:
        return False
    if isinstance(want, Month):
        if kind is ColumnType.PERIOD:
            return str(got) == (f"{want.year}-{want.month:02d}" if want.month else str(want.year))
        first = dt.date(want.year, want.month or 1, 1)
        precision = "month" if want.month else "year"
        return bool(got == first and record.get(f"{name}_precision") == precision)
    if isinstance(want, Term):
        return str(got) == (f"{want.year}秋季" if want.half == 1 else f"{want.year + 1}春季")
    if isinstance(want, Codes):
        return set(got) == set(want.values)
    if isinstance(want, bool) or isinstance(got, bool):
        return got is want
    if isinstance(want, dt.date):
        return bool(got == want)
    if isinstance(want, int | float) and isinstance(got, int | float):
        return abs(got - want) <= max(1e-6, abs(want) * 1e-9)
    if isinstance(want, int | float):
        return str(got) == f"{want:g}"
    return str(got) == str(want)


def judge_cell(
    want: Want, record: dict[str, Any], name: str, contract: Contract, sheet: SheetRead, row: int
) -> bool:
    """Whether a cell of an accepted record is right."""
    kind = contract.columns[name].type if name in contract.columns else ColumnType.TEXT
    said = sheet.about_row(row)
    mine = [c for c in said if c["column_name"] in {name, None}]
    value = any(same(v, record, name, kind) for v in want.values)
    if kind is ColumnType.ID_NUMBER and record.get(f"{name}_status") == "other_document":
        value = record[f"{name}_text"] in want.values  # kept as it stands, with what it is
    if kind is ColumnType.VILLAGE and record.get("village_code") is None and mine:
        value = value or (want.refused and bool(mine))
    if value:
        return want.flag != "must" or bool(said) or name in sheet.of_columns
    empty = record.get(name) in (None, [], "") or kind is ColumnType.VILLAGE
    if want.refused and empty and any(same_row(ref, row) for ref in _not_computed(sheet)):
        return True
    return want.refused and empty and bool(mine)


def _not_computed(sheet: SheetRead) -> list[str]:
    """Cells that the sheet's message names as formulas without a result."""
    named = re.search(r"公式没有存下计算结果（([A-Z0-9、]+)", sheet.about["message"] or "")
    return named[1].split("、") if named else []


def same_row(reference: str, row: int) -> bool:
    return reference.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ") == str(row)


# -- files ----------------------------------------------------------------------------------------


def judge(book: Book, read: FileRead, contracts: Contracts, tally: Tally) -> None:
    """Judge one file: its sheets, its date, its notices, its rows, its cells."""
    tally.files += 1
    problems: list[Wrong] = []

    def problem(
        defect: str, wanted: str, got: str, row: int | None = None, written: Any = None
    ) -> None:
        problems.append(Wrong(defect, book.name, row, "-", written, wanted, got))

    if book.refused:
        fine = (
            all(s.about["status"] == "refused" for s in read.sheets) and book.refused in read.words
        )
        tally.cell(
            [*book.defects],
            True,
            None
            if fine
            else Wrong(
                "/".join(book.defects),
                book.name,
                None,
                "(文件)",
                None,
                f"refused: {book.refused}",
                read.words[:80],
            ),
        )
        tally.closed += 1
        return
    for page in book.pages:
        sheet = _sheet_of(page, book, read)
        if sheet is None:
            problem("-", f"sheet {page.name}", "no line of SHEETS")
            continue
        _accounts(book, page, sheet, problem)
        if page.dataset and not page.skipped:
            waits = sheet.about["status"] == "unrecognised" and book.options.keys() & {"new", "ask"}
            if sheet.about["dataset"] != page.dataset and not waits:
                problem(
                    "-",
                    page.dataset,
                    f"{sheet.about['dataset']} {sheet.about['status']} {sheet.about['message']}"[
                        :160
                    ],
                )
            tally.to_date += 1
            dated = _dated(book, sheet)
            tally.dated += dated
            if not dated:
                problem(
                    "69",
                    f"as of {book.as_of}",
                    f"{sheet.about['as_of']} {sheet.about['as_of_source']}",
                )
            _cells(book, page, sheet, read, contracts[page.dataset], tally)
    for number in book.notice:
        words = read.words
        said = (
            any(s.about["status"] == "hidden" for s in read.sheets)
            if number == "9"
            else bool(read.sizes)
        )
        tally.cell(
            [number],
            True,
            None
            if said
            else Wrong(number, book.name, None, "(文件)", None, "a notice", words[:80]),
        )
    if read.sizes and "17" not in book.notice:
        alarm = Wrong("false alarm", book.name, None, "(文件)", None, "silence", str(read.sizes))
        tally.false_alarms.append(alarm)
    tally.closed += not [p for p in problems if p.defect != "69"]
    tally.wrong += problems


def _sheet_of(page: Page, book: Book, read: FileRead) -> SheetRead | None:
    if len(book.pages) == 1:
        return next(
            (s for s in read.sheets if s.about["status"] != "hidden"),
            read.sheets[0] if read.sheets else None,
        )
    return next((s for s in read.sheets if s.about["sheet"] == page.name), None)


def _dated(book: Book, sheet: SheetRead) -> bool:
    if book.as_of is None:
        return sheet.about["as_of_source"] == "arrival"
    return bool(sheet.about["as_of"] == book.as_of)


def _accounts(book: Book, page: Page, sheet: SheetRead, problem: Any) -> None:
    """Every line is a record, set aside or no data, and of the kind it must be."""
    a = sheet.about
    if page.skipped:
        if a["status"] != "hidden" or sheet.records:
            problem("9", "hidden and not read", f"{a['status']} {a['message']}")
        return
    if (
        a["rows_read"] is None
        or a["rows_read"] != a["rows_accepted"] + a["rows_set_aside"] + a["rows_not_data"]
    ):
        problem(
            "-",
            "rows add up",
            f"{a['rows_read']} = {a['rows_accepted']} + {a['rows_set_aside']} + {a['rows_not_data']}",
        )
        return
    if a["status"] == "unrecognised" and book.options.keys() & {"new", "ask"}:
        return  # all rows wait for the answer; whether it was asked is judged by the cells
    filled = sum(any(c is not None and c != "" for c in line.cells) for line in page.lines)
    if a["rows_read"] < filled:
        problem("-", f"{filled} lines", f"{a['rows_read']} read")
    for row, line in enumerate(page.lines, 1):
        got = DATA if row in sheet.records else SET_ASIDE if sheet.aside(row) else NOT_DATA
        blank = not any(c is not None and c != "" for c in line.cells)
        if (
            got not in line.kind
            and not (blank and got == NOT_DATA)
            and not _may_be_aside(line, got)
        ):
            problem("-", line.kind, got, row, [c for c in line.cells if c is not None][:4])


def _may_be_aside(line: Line, got: str) -> bool:
    """A record of which something had to be refused may be set aside, with its reason."""
    return line.kind == DATA and got == SET_ASIDE and any(w.refused for w in line.wants.values())


def _cells(
    book: Book, page: Page, sheet: SheetRead, read: FileRead, contract: Contract, tally: Tally
) -> None:
    step = max(1, len(page.lines) // book.options.get("sample", 10**9))
    for row, line in list(enumerate(page.lines, 1))[:: step or 1]:
        if not line.wants:
            continue
        records = sheet.records.get(row, [])
        if line.split and len(records) == len(line.split):
            wants = list(zip(line.split, records, strict=True))
        else:
            wants = [(line.wants, records[0] if records else None)]
        for wanted, record in wants:
            _row(book, row, line, wanted, record, sheet, read, contract, tally, page)


def _row(
    book: Book,
    row: int,
    line: Line,
    wanted: dict[str, Want],
    record: dict[str, Any] | None,
    sheet: SheetRead,
    read: FileRead,
    contract: Contract,
    tally: Tally,
    page: Page,
) -> None:
    titles = {c.name: c.title for c in contract.columns.values()}
    asked_right = _asked(book, read, titles)
    aside = sheet.aside(row)
    for name, want in wanted.items():
        defects = [want.defect] if want.defect else [*book.defects]
        if record is None:
            fine = (want.asked and bool(asked_right)) or (
                aside and ("set_aside" in line.kind or _may_be_aside(line, SET_ASIDE))
            )
            got = (
                f"row set aside: {[c['reason_code'] for c in sheet.about_row(row)]}"
                if aside
                else f"no record: {sheet.about['status']}"
            )
        else:
            fine = judge_cell(want, record, name, contract, sheet, row)
            if not fine and want.asked:
                fine = name in asked_right
            mine = [f"{c['scope']}:{c['reason_code']}" for c in sheet.about_row(row)]
            got = f"{record.get('village_code') if want.values and isinstance(want.values[0], Place) else record.get(name)!r} {mine}"
            if fine and want.flag == "no" and not want.refused and not line.doubt:
                alarm = [c for c in sheet.about_row(row) if c["column_name"] == name]
                if alarm:
                    tally.false_alarms.append(
                        Wrong(
                            "false alarm",
                            book.name,
                            row,
                            name,
                            line.written.get(name),
                            "silence",
                            got,
                        )
                    )
        wrong = (
            None
            if fine
            else Wrong(
                "/".join(defects) or "plain",
                book.name,
                row,
                name,
                line.written.get(name),
                _spoken(want),
                got,
            )
        )
        tally.cell(defects, bool(want.defect), wrong)
    if line.doubt and not line.doubt.endswith("?"):
        said = bool(sheet.about_row(row)) or _said_of_sheet(line, row, sheet)
        tally.cell(
            [line.doubt],
            True,
            None
            if said
            else Wrong(line.doubt, book.name, row, "(行)", None, "a doubt on the row", "silence"),
        )


def _said_of_sheet(line: Line, row: int, sheet: SheetRead) -> bool:
    """Whether the sheet's own message speaks of the row: hidden ones, struck ones."""
    words = sheet.about["message"] or ""
    if line.doubt == "10":
        return "隐藏行" in words
    named = re.search(r"第 ([\d、]+) 行有删除线", words)
    return bool(named) and str(row) in named[1].split("、")


def _asked(book: Book, read: FileRead, titles: dict[str, str]) -> set[str]:
    """Columns of the file's new headers that a question names with the right guess or none."""
    out = {"ask"} if book.options.get("ask") and read.asked else set()
    for header, name in book.options.get("new", {}).items():
        if header in read.asked and read.asked[header] in {titles[name], "不使用"}:
            out.add(name)
    return out


def _spoken(want: Want) -> str:
    values = " | ".join(repr(v) for v in want.values)
    return f"{values}{' or refused' if want.refused else ''}{' with a doubt' if want.flag == 'must' else ''}"


# -- the whole ------------------------------------------------------------------------------------


def score(
    seed: int,
    groups: tuple[str, ...] = tuple(make.GROUPS),
    volume: bool = False,
    home: Path | None = None,
) -> Tally:
    """Make, read and judge the files of a seed."""
    tally = Tally()
    books = make.books(seed, groups, volume)
    with tempfile.TemporaryDirectory() as temporary:
        base = home or Path(temporary)
        paths = make.write(base, books, seed)
        read = read_home(base, paths)
        contracts = Home(base).declared.contracts
        for book in books:
            judge(book, read[book.name], contracts, tally)
    return tally


def table(tally: Tally) -> str:
    """The result as a table: defect, cells, right, share."""
    out = [
        f"files {tally.files}, every row accounted for in {tally.closed}; sheets {tally.to_date}, date right in {tally.dated}",
        f"cells {tally.all_cells}, right {tally.all_right}: {tally.all_right / max(tally.all_cells, 1):.2%}",
        f"cells with a defect of their own {tally.hurt_cells}, right {tally.hurt_right}: {tally.hurt_right / max(tally.hurt_cells, 1):.2%}",
        f"doubts noted on clean cells {len(tally.false_alarms)}",
        "",
        "| defect | cells | right | share |",
        "|---|---|---|---|",
    ]
    for defect in sorted(
        tally.cells,
        key=lambda d: (not d[:1].isdigit(), int("".join(c for c in d if c.isdigit()) or 0), d),
    ):
        n, right = tally.cells[defect], tally.right[defect]
        out.append(f"| {defect} | {n} | {right} | {right / n:.1%} |")
    return "\n".join(out)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--groups", nargs="*", default=list(make.GROUPS))
    parser.add_argument("--volume", action="store_true", help="a file of 120,000 rows as well")
    parser.add_argument("--show", type=int, default=60, help="wrong cells to print")
    parser.add_argument("--home", type=Path, help="keep the files here")
    given = parser.parse_args()
    tally = score(given.seed, tuple(given.groups), given.volume, given.home)
    print(table(tally))
    kinds: dict[str, list[Wrong]] = defaultdict(list)
    for wrong in tally.wrong + tally.false_alarms:
        kinds[wrong.defect].append(wrong)
    print()
    for defect, wrongs in sorted(kinds.items()):
        print(f"== {defect}: {len(wrongs)}")
        for w in wrongs[: given.show]:
            print(f"   {w.file} 行{w.row} {w.column} 写作 {w.written} 应为 {w.wanted} 得到 {w.got}")
    return 0 if tally.all_right >= 0.98 * tally.all_cells and tally.closed == tally.files else 1


if __name__ == "__main__":
    sys.exit(main())
