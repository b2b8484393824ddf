"""A county office for the tests: files by real writers, dropped into an inbox and read as a round.

Nothing is read by another way than a round reads it: `take_inbox`, `dataset_rows`, `standardise`,
and the accounting that a run fails on.
"""

import csv
import datetime as dt
import hashlib
import io
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
import polars as pl
import xlsxwriter
import xlwt

from pipelines.accounting import settle, with_raw_rows
from pipelines.contracts import Contracts, load_contracts
from pipelines.home import SHIPPED, Home
from pipelines.intake.inbox import Inbox, take_inbox
from pipelines.intake.kept import keep, parsed_key
from pipelines.intake.parsed import Members, parsed_sheets, words_of
from pipelines.intake.rows import dataset_rows, raw_rows
from pipelines.linkage.link import Linked, link_dataset
from pipelines.linkage.population import Population, build_population
from pipelines.parameters import Parameters
from pipelines.standardise.divisions import Divisions, build_divisions
from pipelines.standardise.standardise import Clean, standardise
from pipelines.standardise.totals import size_doubts
from tests.intake.conftest import xlsx
from tests.linkage.county import number
from tests.standardise.records import records

__all__ = ["number", "xlsx"]

COUNTY = "990112"
ROUND = dt.date(2021, 8, 31)
FOLDERS = {
    "roster": "名册", "education": "教育局", "health": "卫健", "housing": "03住建局",
    "civil_affairs": "民政局", "insurance": "医保", "finance": "财政局",
}  # fmt: skip
VILLAGES = [
    ["县", "乡镇", "行政村", "行政村代码", "曾用名"],
    ["晴川县", "大石镇", "王堂村", "990112100001", "王唐村、老王堂村"],
    ["晴川县", "大石镇", "李庄村", "990112100002", None],
    ["晴川县", "大石镇", "王堂庄村", "990112100003", None],
    ["晴川县", "大石镇", "阎沟村", "990112100004", None],
    ["晴川县", "吴家店乡", "李庄村", "990112101001", None],
    ["晴川县", "吴家店乡", "河湾社区", "990112101002", None],
    ["晴川县", "城关街道办事处", "孙家庄村", "990112102001", None],
]
DIBAO = ["姓名", "身份证号", "低保证号", "低保类别", "月保障金", "乡镇", "行政村"]
ROSTER = ["户编号", "姓名", "证件号码", "性别", "出生日期", "与户主关系", "乡镇", "行政村"]

MAN, WOMAN = number("19800101", 231), number("19820317", 344)
WITH_X = next(n for n in (number("19780606", s) for s in range(100, 120)) if n.endswith("X"))


def dibao(n: int = 0, **cells: Any) -> list[Any]:
    """One row under `DIBAO`; `cells` by their header replace what stands there."""
    row = ["王建国", number("19700101", 101 + n), f"D{n:05d}", "A类", 350, "大石镇", "王堂村"]
    return [cells.get(title, cell) for title, cell in zip(DIBAO, row, strict=True)]


def member(household: str, name: str, birth: str, sequence: int, **cells: Any) -> list[Any]:
    """One row under `ROSTER`."""
    row = [household, name, number(birth, sequence), "男" if sequence % 2 else "女", birth, "户主",
           "大石镇", "王堂村"]  # fmt: skip
    return [cells.get(title, cell) for title, cell in zip(ROSTER, row, strict=True)]


def by_xlsxwriter(rows: Sequence[Sequence[Any]], sheet: str = "Sheet1") -> bytes:
    """Give an xlsx by XlsxWriter, dates as dates."""
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"default_date_format": "yyyy/m/d"}) as book:
        page = book.add_worksheet(sheet)
        for r, row in enumerate(rows):
            page.write_row(r, 0, [None if c is None else c for c in row])
    return content.getvalue()


def by_xlwt(rows: Sequence[Sequence[Any]], sheet: str = "名单") -> bytes:
    """Give an .xls (BIFF 8) by xlwt, dates as dates."""
    book = xlwt.Workbook()
    page = book.add_sheet(sheet)
    date = xlwt.easyxf(num_format_str="yyyy-mm-dd")
    for r, row in enumerate(rows):
        for c, value in enumerate(row):
            if value is not None:
                page.write(r, c, value, *([date] if isinstance(value, dt.date) else []))
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def by_pandas(rows: Sequence[Sequence[Any]]) -> bytes:
    """Give an xlsx as a department's analyst writes it from a data frame, header in bold."""
    content = io.BytesIO()
    pd.DataFrame(list(rows[1:]), columns=list(rows[0])).to_excel(content, index=False)
    return content.getvalue()


def by_csv(
    rows: Sequence[Sequence[Any]], encoding: str = "gb18030", errors: str = "strict"
) -> bytes:
    """Give a csv as spreadsheet programs save it: CRLF, quotes where needed."""
    text = io.StringIO()
    csv.writer(text).writerows([["" if c is None else c for c in row] for row in rows])
    return text.getvalue().encode(encoding, errors)


WRITERS = {"openpyxl": xlsx, "xlsxwriter": by_xlsxwriter, "xlwt": by_xlwt, "csv": by_csv}
ENDINGS = {"openpyxl": "xlsx", "xlsxwriter": "xlsx", "xlwt": "xls", "csv": "csv"}


@cache
def contracts() -> Contracts:
    return load_contracts([SHIPPED])


@cache
def _listed_villages() -> Divisions:
    contract = contracts()["roster.villages"]
    rows = [dict(zip(["county_name", "township", "village", "village_code", "former_names"], row,
                     strict=True)) for row in VILLAGES[1:]]  # fmt: skip
    return build_divisions(standardise(records(contract, rows), contract).frame)


@dataclass(frozen=True)
class Listed:
    """One dataset as a round reads it."""

    sheets: pl.DataFrame
    """SHEETS of the dataset, counts settled."""
    clean: Clean
    quarantine: pl.DataFrame
    raw_rows: list[dict[str, str | None]]
    """The records as they stood."""

    @property
    def frame(self) -> pl.DataFrame:
        return self.clean.frame.sort("path", "row_number", "record_id")

    def __getitem__(self, column: str) -> list[Any]:
        return self.frame[column].to_list()

    def asked(self, scope: str | None = None) -> list[tuple[int, str | None, str]]:
        """Row, column and reason code of what people are asked."""
        found = self.quarantine.sort("path", "row_number", "column_name", "reason_code")
        found = found if scope is None else found.filter(pl.col("scope") == scope)
        return found.select("row_number", "column_name", "reason_code").rows()

    @property
    def message(self) -> str:
        return "".join(self.sheets["message"])

    @property
    def reasons(self) -> str:
        return "".join(self.quarantine["reason"])


class Office:
    """A county's inbox and what a round makes of it."""

    def __init__(self, folder: Path) -> None:
        self.home = Home(folder)
        self.send("roster", "行政村名册20210101.xlsx", xlsx(VILLAGES))

    def send(self, department: str, name: str, content: bytes, arrived: str = "2021-08-20") -> Path:
        """Drop a file into the department's folder as of a day."""
        target = self.home.inbox / f"{COUNTY}晴川县" / FOLDERS[department] / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
        at = dt.datetime.fromisoformat(arrived).timestamp()
        os.utime(target, (at, at))
        # The round's readers are processes of their own (tests/intake/test_protected.py); here the
        # same reading is done and kept beforehand, so that no test waits for one to start.
        mappings = self.home.declared.mappings
        file_id = hashlib.sha256(content).hexdigest()
        folder = self.home.store / "files" / parsed_key(file_id, department, contracts(), mappings)
        words = words_of(department, contracts(), mappings)
        keep(folder, *parsed_sheets(content, words, Members()))
        return target

    def take(self, round_: dt.date = ROUND) -> Inbox:
        return take_inbox(self.home, COUNTY, round_, contracts(), Parameters(COUNTY, round_, {}))

    def divisions(self, inbox: Inbox, aliases: Sequence[Path] = ()) -> Divisions:
        if not aliases:
            return _listed_villages()
        contract = contracts()["roster.villages"]
        rows = dataset_rows(self.home, inbox.sheets, contract, contracts())
        return build_divisions(standardise(rows.records, contract).frame, aliases)

    def listed(self, dataset: str, round_: dt.date = ROUND, aliases: Sequence[Path] = ()) -> Listed:
        """Read a dataset through the whole path; rows must be accounted for and kept."""
        inbox, contract = self.take(round_), contracts()[dataset]
        rows = dataset_rows(self.home, inbox.sheets, contract, contracts())
        divisions = self.divisions(inbox, aliases)
        clean = standardise(rows.records, contract, divisions, rows.units, round_)
        written = pl.concat([rows.records, rows.replaced])
        sizes = size_doubts(written, rows.stated, contract, rows.units)
        own_aside = pl.concat([rows.quarantine, sizes, clean.quarantine])
        stood = raw_rows(self.home, inbox.sheets, contract, contracts())
        aside = with_raw_rows(
            pl.concat([inbox.quarantine, own_aside]).lazy(), stood.lazy()
        ).collect()
        own = inbox.sheets.filter(pl.col("used") & (pl.col("dataset") == dataset))
        settled = settle(own, aside, clean.frame.select("record_id", "file_id"))
        assert stood["record_id"].sort().equals(written["record_id"].sort())
        assert stood["raw_row"].null_count() == aside["raw_row"].null_count() == 0
        assert clean.frame["record_id"].is_unique().all()
        assert all(reason.endswith(("。", "？")) for reason in aside["reason"].unique())
        found = aside.tail(own_aside.height)
        return Listed(settled, clean, found, list(map(json.loads, stood["raw_row"])))

    def read(self, dataset: str, content: bytes, name: str = "名单20210820.xlsx") -> Listed:
        """Send one list and read it."""
        self.send(dataset.split(".", maxsplit=1)[0], name, content)
        return self.listed(dataset)

    def population(self, content: bytes, name: str = "农村人口20210801.xlsx") -> Population:
        return build_population(self.read("roster.population", content, name).frame)

    def linked(self, dataset: str, content: bytes, population: Population) -> Linked:
        clean = self.read(dataset, content)
        return link_dataset(clean.frame, contracts()[dataset], population)


def codes(frame: pl.DataFrame) -> list[str]:
    return frame["reason_code"].to_list()
