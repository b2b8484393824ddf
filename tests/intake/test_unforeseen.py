"""One bad cell, sheet or file never takes the round down."""

import logging

import polars as pl
import pytest

from pipelines.intake import recognition
from pipelines.intake.cells import RawSheet
from tests.intake.conftest import DIBAO, Read, ReadOne, person, xlsx

pytestmark = pytest.mark.unit


@pytest.mark.parametrize("short", ["无", "/", "不详", "", "9" * 40])
def test_a_number_of_eighteen_digits_beside_short_texts(read_one: ReadOne, short: str) -> None:
    """The digits that a binary number loses are mended only in cells that are such numbers."""
    rows = [person(1), person(2), person(3)]
    rows[0][2], rows[1][2], rows[2][2] = 990112198001012352, short, "990112198001010038"
    sheet, records = read_one(xlsx([DIBAO, *rows]))
    assert sheet.status == "read"
    assert records["id_number"].to_list()[1:] == [short or None, "990112198001010038"]
    assert records["id_number__number"].to_list() == [True, False, False]


def test_a_sheet_on_which_the_program_fails_is_refused_and_logged(
    read: Read, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The sheets beside it are read; what failed is told to people and to the log."""

    def failing(raw: RawSheet, *rest: object) -> object:
        if raw.name == "坏表":
            return pl.DataFrame({"a": [number + "?"]}).select(pl.col("a").cast(pl.Int64))
        return working(raw, *rest)  # type: ignore[arg-type]

    def second(book: object) -> None:
        page = book.create_sheet("坏表")  # type: ignore[attr-defined]
        for row in (DIBAO, person(2)):
            page.append(row)

    number = str(990112198001012300 + 52)
    working = recognition.read_body
    monkeypatch.setattr(recognition, "read_body", failing)
    with caplog.at_level(logging.ERROR):
        good, bad = read(
            xlsx([DIBAO, person(1)], sheet="好表", more=second), "civil_affairs"
        ).sheets
    assert (good.sheet, good.status) == ("好表", "read")
    assert (bad.sheet, bad.status, bad.dataset, bad.rows_read) == ("坏表", "refused", None, None)
    assert "工作表“坏表”未能读取" in bad.message
    assert "InvalidOperationError" in bad.message
    assert "in failing" in caplog.text
    assert number not in bad.message + caplog.text


def test_a_machine_without_memory_is_not_blamed_on_the_file(
    read: Read, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr(recognition, "read_body", failing)
    with pytest.raises(MemoryError):
        read(xlsx([DIBAO, person(1)]), "civil_affairs")
