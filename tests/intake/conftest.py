"""Real files by real writers, read with the contracts that ship."""

import io
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import openpyxl
import polars as pl
import pytest

from pipelines.contracts import Contracts, load_contracts
from pipelines.home import SHIPPED, Home
from pipelines.intake.kept import ParsedFile, ParsedSheet
from pipelines.intake.parsed import parsed_file

Rows = Sequence[Sequence[Any]]

DIBAO = ["序号", "姓名", "身份证号", "低保证号", "低保类别", "月保障金", "行政村"]
"""A header of the sort that civil affairs send."""


def person(number: int, name: str = "王建国") -> list[Any]:
    """One row under `DIBAO`."""
    return [number, name, f"99011219800101{number:04d}", f"D{number:05d}", "A类", 350, "王堂村"]


def xlsx(
    rows: Rows,
    merges: Sequence[str] = (),
    sheet: str = "Sheet1",
    more: Callable[[Any], None] | None = None,
) -> bytes:
    """Give an xlsx of one sheet, written by openpyxl; `more` may do what else it likes to it."""
    book = openpyxl.Workbook()
    page = book.active
    assert page is not None
    page.title = sheet
    for row in rows:
        page.append(list(row))
    for merge in merges:
        page.merge_cells(merge)
    if more:
        more(book)
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


@pytest.fixture(scope="session")
def contracts() -> Contracts:
    return load_contracts([SHIPPED])


Read = Callable[[bytes, str], ParsedFile]
ReadOne = Callable[..., tuple[ParsedSheet, pl.DataFrame]]


@pytest.fixture(scope="session")
def read(contracts: Contracts) -> Read:
    """Give the sheets of a file's content as a department's."""
    return lambda content, department: parsed_file(content, department, contracts)


@pytest.fixture(scope="session")
def read_one(read: Read) -> ReadOne:
    """Give the only sheet of a file, and its rows with how they stood."""

    def one(content: bytes, department: str = "civil_affairs") -> tuple[ParsedSheet, pl.DataFrame]:
        parsed = read(content, department)
        assert len(parsed.sheets) == 1, [s.sheet for s in parsed.sheets]
        sheet = parsed.sheets[0]
        if sheet.status in {"read", "unrecognised"}:
            return sheet, parsed.rows(0).with_columns(parsed.raw_rows(0))
        return sheet, pl.DataFrame()

    return one


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)
