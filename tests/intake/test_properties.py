"""Whatever a sheet holds, its rows are accounted for and its records keep their places."""

import datetime as dt
import io
import tempfile
from pathlib import Path

import polars as pl
import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipelines.contracts import Contracts
from pipelines.home import Home
from pipelines.intake.as_of import date_in
from pipelines.intake.inbox import take_inbox
from pipelines.intake.parsed import parsed_file
from pipelines.intake.rows import dataset_rows
from pipelines.parameters import Parameters
from tests.intake.conftest import DIBAO, person

pytestmark = pytest.mark.properties

QUICK = settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)

CELL = st.one_of(
    st.none(),
    st.text(max_size=12),
    st.integers(-(10**19), 10**19),
    st.floats(allow_nan=False, allow_infinity=False),
    st.booleans(),
    st.sampled_from(
        ["合计", "备注：", "姓名", "身份证号", "低保类别", "大石镇", "990112198001010011"]
    ),
)
NOISE = st.lists(CELL, max_size=8)

# Kinds of rows and what each must count as.
BLOCKS = st.lists(st.sampled_from(["data", "blank", "total", "header", "note"]), max_size=25)
ROW = {
    "blank": [],
    "total": ["合计", None, None, None, None, 350],
    "header": DIBAO,
    "note": ["备注：本表由民政局提供"],
}


def _xlsx(rows: list[list[object]]) -> bytes:
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"strings_to_numbers": False}) as book:
        page = book.add_worksheet()
        for r, row in enumerate(rows):
            for c, value in enumerate(row):
                if isinstance(value, str):
                    page.write_string(r, c, value)
                elif value is not None:
                    page.write(r, c, value)
    return content.getvalue()


@QUICK
@given(rows=st.lists(NOISE, max_size=12), department=st.sampled_from(["civil_affairs", "health"]))
def test_accounting_closes_for_any_sheet(
    contracts: Contracts, rows: list[list[object]], department: str
) -> None:
    parsed = parsed_file(_xlsx(rows), department, contracts, None)
    (sheet,) = parsed.sheets
    assert sheet.rows_read is not None
    assert sheet.rows_not_data is not None
    if sheet.status in {"read", "unrecognised"}:
        frame = parsed.frames.rows(0)
        kept = sheet.rows_accepted if sheet.status == "read" else sheet.rows_set_aside
        assert frame.height == kept == sheet.rows_read - sheet.rows_not_data
        assert frame["row_number"].is_sorted()
        assert frame["row_number"].is_unique().all()
        assert frame["row_number"].is_between(1, sheet.rows_read).all()
    else:
        assert (sheet.status, sheet.rows_read) == ("empty", 0) or sheet.rows_set_aside == 0


@QUICK
@given(before=st.integers(0, 10), kinds=BLOCKS)
def test_every_row_is_what_it_is(contracts: Contracts, before: int, kinds: list[str]) -> None:
    body = [person(n) if kind == "data" else ROW[kind] for n, kind in enumerate(kinds, start=1)]
    parsed = parsed_file(_xlsx([*([[]] * before), DIBAO, *body]), "civil_affairs", contracts, None)
    (sheet,) = parsed.sheets
    rows = parsed.frames.rows(0)
    expected = [before + 1 + n for n, kind in enumerate(kinds, start=1) if kind == "data"]
    assert rows["row_number"].to_list() == expected
    assert rows["certificate"].to_list() == [
        f"D{n:05d}" for n, kind in enumerate(kinds, start=1) if kind == "data"
    ]
    last = max((n for n, kind in enumerate(kinds, start=1) if kind != "blank"), default=0)
    within = kinds[:last]  # blank rows below the last cell are not rows of the sheet
    counted = {kind: within.count(kind) for kind in ("total", "note") if kind in within}
    assert {k: v for k, v in sheet.not_data.items() if k in {"total", "note"}} == counted
    assert sheet.not_data["header"] == 1 + within.count("header")
    assert sheet.not_data.get("blank", 0) == before + within.count("blank")


@QUICK
@given(content=st.one_of(st.binary(max_size=400), st.text(max_size=200).map(str.encode)))
@pytest.mark.parametrize(
    "start", [b"", b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"<html>"]
)
def test_random_bytes_never_crash(contracts: Contracts, start: bytes, content: bytes) -> None:
    for sheet in parsed_file(start + content, "health", contracts, None).sheets:
        assert sheet.status in {"refused", "unrecognised", "empty"}
        assert sheet.message


@QUICK
@given(
    flips=st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 255)), min_size=1, max_size=6)
)
def test_a_damaged_workbook_is_refused_or_read_and_accounted_for(
    contracts: Contracts, flips: list[tuple[int, int]]
) -> None:
    content = bytearray(_xlsx([DIBAO, *(person(n) for n in range(1, 30))]))
    for at, value in flips:
        content[at % len(content)] = value
    for sheet in parsed_file(bytes(content), "civil_affairs", contracts, None).sheets:
        if sheet.rows_read is None:
            assert sheet.status == "refused"
        else:
            assert sheet.rows_accepted is not None
            assert sheet.rows_accepted >= 0


@settings(QUICK, max_examples=12)
@given(order=st.permutations([("a20210801", (1, 2)), ("b20210825", (2, 3)), ("c20210825", (4,))]))
def test_the_order_in_which_files_come_does_not_matter(
    contracts: Contracts, order: list[tuple[str, tuple[int, ...]]]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        home = Home(Path(folder))
        for name, numbers in order:
            path = home.inbox / "990112" / "民政" / f"{name}.xlsx"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(_xlsx([DIBAO, *(person(n) for n in numbers)]))
        round_ = dt.date(2021, 8, 30)
        inbox = take_inbox(home, "990112", round_, contracts, Parameters("990112", round_, {}))
        contract = contracts["civil_affairs.dibao"]
        records = dataset_rows(home, inbox.sheets, contract, contracts).records
        found = sorted(records.select(pl.col("certificate")).to_series())
        assert found == ["D00002", "D00003", "D00004"]


@given(day=st.dates(dt.date(2000, 1, 1), dt.date(2099, 12, 31)), form=st.integers(0, 4))
def test_every_spelling_of_a_day_is_read_back(day: dt.date, form: int) -> None:
    spelt = (
        f"{day:%Y%m%d}",
        f"{day.year}.{day.month}.{day.day}",
        f"{day:%Y-%m-%d}",
        f"{day.year}年{day.month}月{day.day}日",
        f"{day:%Y_%m_%d}",
    )[form]
    assert date_in(f"低保名单{spelt}（定稿）") == day
