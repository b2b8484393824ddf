"""Whatever a sheet holds, its rows are accounted for and its records keep their places."""

import csv
import datetime as dt
import hashlib
import io
import json
import random
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Sequence
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
from pipelines.intake.kept import ParsedFile
from pipelines.intake.parsed import parsed_file
from pipelines.intake.protected import Readers
from pipelines.intake.rows import dataset_rows
from pipelines.parameters import Parameters
from tests.fuzz.accounting import unaccounted
from tests.fuzz.corpus import by_xlsxwriter, by_xlwt, corpus
from tests.fuzz.mutations import mutated
from tests.intake.conftest import DIBAO, person

pytestmark = pytest.mark.properties

Give = Callable[[bytes], ParsedFile]

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
    parsed = parsed_file(_xlsx(rows), department, contracts)
    (sheet,) = parsed.sheets
    assert sheet.rows_read is not None
    assert sheet.rows_not_data is not None
    if sheet.status in {"read", "unrecognised"}:
        frame = parsed.rows(0)
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
    parsed = parsed_file(_xlsx([*([[]] * before), DIBAO, *body]), "civil_affairs", contracts)
    (sheet,) = parsed.sheets
    rows = parsed.rows(0)
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
    for sheet in parsed_file(start + content, "health", contracts).sheets:
        assert sheet.status in {"refused", "unrecognised", "empty"}
        assert sheet.message


SEEDS = corpus(office=False)


@pytest.fixture(scope="module")
def give(contracts: Contracts, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Give]:
    """Have a content read as rounds do: some of these files would end the process that reads."""
    folder = tmp_path_factory.mktemp("given")
    with Readers(contracts, folder / "store") as readers:

        def given_content(content: bytes) -> ParsedFile:
            file_id = hashlib.sha256(content).hexdigest()
            path = folder / file_id
            path.write_bytes(content)
            return readers.read(path, file_id, "civil_affairs")

        yield given_content


@settings(QUICK, max_examples=150)
@given(name=st.sampled_from(sorted(SEEDS)), seed=st.integers(0, 2**32))
def test_a_damaged_file_is_refused_in_words_or_read_and_accounted_for(
    give: Give, name: str, seed: int
) -> None:
    parsed = give(mutated(name, SEEDS, random.Random(seed)))
    assert unaccounted(parsed) is None
    assert not any("没有预料到" in s.message for s in parsed.sheets), parsed.sheets


# Not what XML cannot hold; text files keep neither tabs and line ends around a value nor the trick
# ="0012"; a date cell and the text of a date at midnight read alike.
VALUE = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"], exclude_characters="\ufffe\uffff")
    | st.sampled_from("\t\n\"',;| ="),
    min_size=1,
    max_size=40,
).filter(
    lambda text: (
        text.strip()
        and text == text.strip("\t\n")
        and not text.startswith('="')
        and not text.endswith(" 00:00:00")
    )
)


@QUICK
@given(values=st.lists(st.tuples(VALUE, VALUE), min_size=1, max_size=20))
@pytest.mark.parametrize(
    "kind", ["shared", "inline", "xls", "utf-8", "utf-8-sig", "gb18030", "zip"]
)
def test_every_text_comes_out_as_it_went_in(
    contracts: Contracts, kind: str, values: list[tuple[str, str]]
) -> None:
    table = [["甲栏", "乙栏"], *values]
    parsed = parsed_file(_written(kind, table), "civil_affairs", contracts)
    (sheet,) = parsed.sheets
    assert (sheet.status, sheet.rows_set_aside) == ("unrecognised", len(table)), sheet.message
    kept = [tuple(json.loads(raw).values()) for raw in parsed.raw_rows(0)]
    assert kept == [tuple(row) for row in table]


def _written(kind: str, table: list[Sequence[str]]) -> bytes:
    if kind in {"shared", "inline"}:
        return by_xlsxwriter(table, constant_memory=kind == "inline")
    if kind == "xls":
        return by_xlwt(table)
    text = io.StringIO(newline="")
    csv.writer(text, quoting=csv.QUOTE_ALL).writerows(table)
    if kind != "zip":
        return text.getvalue().encode(kind)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as package:
        package.writestr("名单.csv", text.getvalue().encode())
    return packed.getvalue()


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
