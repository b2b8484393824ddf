"""The pass over raw worksheet XML says the same however the bytes are cut into chunks."""

import io
import zipfile

import pytest

from pipelines.intake.cells import column_letters, column_position
from pipelines.intake.sheet_xml import sheet_facts
from tests.intake.conftest import DIBAO, person, xlsx

pytestmark = pytest.mark.unit


def _worksheet() -> bytes:
    def more(book) -> None:
        page = book.active
        for row in (5, 50, 90):
            page.row_dimensions[row].hidden = True
        for row in range(10, 90, 7):
            page.cell(row, 3).value = 990112198001012345
            page.cell(row, 4).value = "#REF!"
        page["AB7"] = "远"
        page["D8"] = 1234567890123456

    content = xlsx([DIBAO, *(person(n) for n in range(100))], ["A2:A5", "B7:C9"], more=more)
    return zipfile.ZipFile(io.BytesIO(content)).read("xl/worksheets/sheet1.xml")


@pytest.mark.parametrize("size", [700, 1013, 4096, 1 << 22])
def test_facts_do_not_depend_on_the_blocks(size: int) -> None:
    whole = _worksheet()
    facts = sheet_facts(whole[at : at + size] for at in range(0, len(whole), size))
    assert (facts.rows, facts.columns) == (101, 28)
    assert (facts.hidden_rows, facts.error_cells) == (3, 12)
    assert facts.errors == {f"D{row}".encode(): "#REF!" for row in range(10, 90, 7)}
    expected = {f"C{row}".encode() for row in range(10, 90, 7)} | {b"D8"}
    assert facts.long_numbers == expected
    assert not facts.unplaced_numbers
    assert facts.merges.rows() == [(1, 4, 0, 0), (6, 8, 1, 2)]


def test_long_numbers_as_text_are_no_numbers() -> None:
    rows = (
        b'<row r="1"><c r="A1" t="inlineStr"><is><t>990112198001012345</t></is></c>'
        b'<c r="B1" t="str"><f>"9"</f><v>990112198001012345</v></c>'
        b'<c r="C1"><v>123456789012345</v></c><c r="E17"><v>1</v></c></row>'
    )
    facts = sheet_facts([b"<sheetData>" + rows + b"</sheetData>"])
    assert facts.long_numbers == set()
    assert not facts.unplaced_numbers


def test_a_cell_without_a_reference_asks_for_the_typed_reader() -> None:
    rows = b"<row><c><v>990112198001012345</v></c></row>"
    facts = sheet_facts([b"<sheetData>" + rows + b"</sheetData>"])
    assert facts.unplaced_numbers


@pytest.mark.parametrize(("letters", "position"), [("A", 0), ("Z", 25), ("AA", 26), ("XFD", 16383)])
def test_letters_and_positions(letters: str, position: int) -> None:
    assert column_position(letters) == position
    assert column_letters(position) == letters


def test_formulas_without_a_result_are_named_and_those_that_give_no_text_are_none() -> None:
    rows = (
        b'<row r="1"><c r="A1"><f>SUM(B1:B9)</f><v></v></c><c r="B1"><f>B2</f><v/></c>'
        b'<c r="C1" t="str"><f>IF(D1="","",D1)</f><v></v></c><c r="D1"><f>B2</f><v>3</v></c></row>'
    )
    facts = sheet_facts([b"<sheetData>" + rows + b"</sheetData>"])
    assert facts.unsaved_formulas == 2
    assert facts.unsaved_at == [b"A1", b"B1"]
