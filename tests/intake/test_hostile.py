"""Files made to do harm, or grown out of all measure: each is refused in words or read rightly.

All go through the protected reader with limits far below those in earnest. What is read without
reaching a limit took bounded time and memory; only where the text says so may a limit be reached.
"""

import hashlib
import io
import re
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator

import polars as pl
import pytest
import xlsxwriter
from xlwt.CompoundDoc import XlsDoc

from pipelines.contracts import Contracts
from pipelines.intake.cells import MAX_ROWS, column_letters
from pipelines.intake.kept import ParsedFile
from pipelines.intake.protected import Limits, Readers
from tests.fuzz.corpus import by_xlsxwriter, by_xlwt, corpus
from tests.intake.conftest import DIBAO, person, xlsx

pytestmark = pytest.mark.unit

LIMITS = Limits(memory=2 << 30, seconds=60)
OVER = ("超过上限", "异常终止")
ROWS = [DIBAO, person(1, "甲一"), person(2, "乙二"), person(3, "丙三")]
BOOK = by_xlsxwriter(ROWS)
SHEET = "xl/worksheets/sheet1.xml"
SHARED = "xl/sharedStrings.xml"

Give = Callable[[bytes], ParsedFile]


@pytest.fixture(scope="module")
def give(contracts: Contracts, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Give]:
    folder = tmp_path_factory.mktemp("hostile")
    with Readers(contracts, folder / "store", limits=LIMITS) as readers:

        def given(content: bytes) -> ParsedFile:
            file_id = hashlib.sha256(content).hexdigest()
            path = folder / file_id
            path.write_bytes(content)
            return readers.read(path, file_id, "civil_affairs")

        yield given


def names(parsed: ParsedFile) -> list[tuple[int, str | None]]:
    (sheet,) = parsed.sheets
    assert sheet.status == "read", sheet.message
    frame = parsed.rows(0)
    return list(frame.select("row_number", "name").iter_rows())


def refusal(parsed: ParsedFile) -> str:
    """The sentence of a file that is refused, without a limit being reached."""
    (sheet,) = parsed.sheets
    assert (sheet.status, sheet.rows_read) == ("refused", None), sheet
    assert "请" in sheet.message
    assert not any(word in sheet.message for word in OVER), sheet.message
    return sheet.message


READ = [(2, "甲一"), (3, "乙二"), (4, "丙三")]


def changed(content: bytes, part: str, old: bytes, new: bytes) -> bytes:
    """Replace `old` within one part of a package."""
    packed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as source, zipfile.ZipFile(packed, "w", 8) as target:
        assert old in source.read(part)
        for name in source.namelist():
            inner = source.read(name)
            target.writestr(name, inner.replace(old, new) if name == part else inner)
    return packed.getvalue()


def with_sheet(xml: bytes, shared: bytes | None = None) -> bytes:
    """Put other XML into the workbook's only sheet, and other shared texts."""
    packed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(BOOK)) as source, zipfile.ZipFile(packed, "w", 8) as target:
        for name in source.namelist():
            inner = {SHEET: xml, SHARED: shared or source.read(SHARED)}.get(name)
            target.writestr(name, source.read(name) if inner is None else inner, 8, 1)
    return packed.getvalue()


MAIN = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
END = b"</sheetData></worksheet>"


def text(reference: str, value: str) -> str:
    return f'<c r="{reference}" t="inlineStr"><is><t>{value}</t></is></c>'


# --- bombs ------------------------------------------------------------------------------------


def packed(members: list[tuple[str, bytes, int, int]], again: int = 1) -> bytes:
    """A zip of deflated streams with the sizes and checksums given; each listed `again` times."""
    body, listing, count = b"", b"", 0
    for name, stream, size, checksum in members:
        at, raw = len(body), name.encode()
        fixed = struct.pack("<IIIHH", checksum, len(stream), size, len(raw), 0)
        body += b"PK\x03\x04" + struct.pack("<HHHHH", 20, 0, 8, 0, 33) + fixed + raw + stream
        for _ in range(again):
            listing += b"PK\x01\x02" + struct.pack("<HHHHHH", 20, 20, 0, 8, 0, 33) + fixed
            listing += struct.pack("<HHHII", 0, 0, 0, 0, at) + raw
            count += 1
    end = struct.pack("<HHHHIIH", 0, 0, count, count, len(listing), len(body), 0)
    return body + listing + b"PK\x05\x06" + end


def deflated(content: bytes, times: int = 1) -> bytes:
    """`content`, `times` times over, as one stream that costs no more to make than one."""
    deflater = zlib.compressobj(9, zlib.DEFLATED, -15)
    piece = deflater.compress(content) + deflater.flush(zlib.Z_FULL_FLUSH)
    return piece * times + zlib.compressobj(9, zlib.DEFLATED, -15).flush()


def test_a_bomb_whose_members_share_their_bytes_is_refused_unopened(give: Give) -> None:
    stream = deflated(b"0" * (2 << 20))
    bomb = packed([("a.csv", stream, 2 << 20, zlib.crc32(b"0" * (2 << 20)))], again=1000)
    assert "解开后过大" in refusal(give(bomb))


def test_a_bomb_that_understates_its_size_is_stopped(give: Give) -> None:
    """The list of members says 1,000 bytes; the stream unfolds to 3 GiB of shared texts."""
    members = []
    with zipfile.ZipFile(io.BytesIO(BOOK)) as source:
        for name in source.namelist():
            inner = source.read(name)
            members.append((name, deflated(inner), len(inner), zlib.crc32(inner)))
    start = b'<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
    piece = b"<si><t>" + b"A" * 32_000 + b"</t></si>"
    bomb = deflated(start)[:-2] + deflated(piece * 32, times=3000)
    shared = next(i for i, m in enumerate(members) if m[0] == SHARED)
    members[shared] = (SHARED, bomb, 1000, 0)
    (sheet,) = give(packed(members)).sheets
    assert sheet.status == "refused"
    assert "请" in sheet.message


def test_an_archive_within_an_archive_is_named_and_not_opened(give: Give) -> None:
    inner = packed([("a.xlsx", deflated(BOOK), len(BOOK), zlib.crc32(BOOK))])
    for depth in range(50):
        inner = packed([(f"{depth}.zip", deflated(inner), len(inner), zlib.crc32(inner))])
    assert "还有压缩包" in refusal(give(inner))


def test_one_long_text_in_very_many_cells_is_stopped(give: Give) -> None:
    """20,000 cells that share a text of 1 MB would be 20 GB: the memory limit is reached."""
    rows = b"".join(
        b'<row r="%d"><c r="A%d" t="s"><v>0</v></c></row>' % (n, n) for n in range(1, 20001)
    )
    shared = b'<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><si><t>'
    content = with_sheet(MAIN + rows + END, shared + b"A" * 1_000_000 + b"</t></si></sst>")
    (sheet,) = give(content).sheets
    assert sheet.status == "refused"
    assert "内存超过上限" in sheet.message


ENTITIES = (
    b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY f SYSTEM "file:///etc/passwd">'
    + b"".join(b'<!ENTITY %c "%s">' % (c, b"&%c;" % (c - 1) * 10) for c in b"bcdefghijk")
    + b"]>"
)


@pytest.mark.parametrize("entity", [b"&k;", b"&f;", b"&unknown;"])
@pytest.mark.parametrize(
    ("part", "old"), [(SHARED, "乙二"), (SHEET, "乙二"), ("xl/workbook.xml", "低保")]
)
def test_entities_in_a_workbook_are_never_followed(
    give: Give, part: str, old: str, entity: bytes
) -> None:
    book = by_xlsxwriter(ROWS, constant_memory=True) if part == SHEET else BOOK
    content = changed(book, part, old.encode(), entity)
    content = changed(content, part, b"?>\n", b"?>\n" + ENTITIES)
    assert "损坏" in refusal(give(content))


def test_entities_in_an_xml_spreadsheet_are_never_followed(give: Give) -> None:
    content = corpus_file("spreadsheet_2003.xls").replace(b"?>", b"?>" + ENTITIES)
    refusal(give(content.replace("王建国".encode(), b"&k;")))


def test_a_document_type_alone_in_the_texts_changes_nothing(give: Give) -> None:
    assert names(give(changed(BOOK, SHARED, b"?>\n", b"?>\n" + ENTITIES))) == READ


# --- size -------------------------------------------------------------------------------------


def test_three_hundred_columns_are_kept_to_the_last_cell(give: Give) -> None:
    table = [[f"项目{r}之{c}" for c in range(300)] for r in range(60)]
    parsed = give(by_xlsxwriter(table))
    (sheet,) = parsed.sheets
    assert (sheet.status, sheet.rows_set_aside) == ("unrecognised", 60)
    raw = parsed.raw_rows(0).str.json_decode(
        pl.Struct({f"列{c + 1}": pl.String for c in range(300)}), infer_schema_length=None
    )
    assert raw.struct.unnest().rows() == [tuple(row) for row in table]


def test_a_sheet_full_to_its_last_row(give: Give) -> None:
    """1,048,576 rows, as many as a spreadsheet has."""
    cell = '<row r="{0}"><c r="B{0}" t="s"><v>1</v></c><c r="D{0}"><v>{0}</v></c></row>'
    cells = [text(f"{column_letters(i)}1", word) for i, word in enumerate(DIBAO)]
    rows = "".join(map(cell.format, range(2, MAX_ROWS + 1)))
    xml = MAIN + f'<row r="1">{"".join(cells)}</row>{rows}'.encode() + END
    shared = '<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><si/><si><t>'
    parsed = give(with_sheet(xml, f"{shared}王建国</t></si></sst>".encode()))
    (sheet,) = parsed.sheets
    assert (sheet.status, sheet.rows_read, sheet.rows_accepted) == ("read", MAX_ROWS, MAX_ROWS - 1)
    frame = parsed.rows(0)
    assert frame["row_number"].to_list() == list(range(2, MAX_ROWS + 1))
    assert frame["certificate"].cast(pl.Int64).equals(frame["row_number"].alias("certificate"))
    assert frame["name"].unique().to_list() == ["王建国"]


def test_two_hundred_sheets_in_their_order(give: Give) -> None:
    content = io.BytesIO()
    with xlsxwriter.Workbook(content) as book:
        for number in range(200):
            page = book.add_worksheet(f"第{number}村")
            page.write_row(0, 0, DIBAO)
            page.write_row(1, 0, person(number + 1))
    parsed = give(content.getvalue())
    assert [(s.sheet, s.status) for s in parsed.sheets] == [
        (f"第{number}村", "read") for number in range(200)
    ]
    found = [parsed.rows(n)["certificate"].item() for n in range(200)]
    assert found == [f"D{number + 1:05d}" for number in range(200)]


def test_more_sheets_than_anybody_sends_are_refused(give: Give) -> None:
    content = io.BytesIO()
    with xlsxwriter.Workbook(content) as book:
        for _ in range(501):
            book.add_worksheet()
    assert "工作表过多" in refusal(give(content.getvalue()))


def test_two_sheets_of_one_name_are_not_taken_for_each_other(give: Give) -> None:
    content = io.BytesIO()
    with xlsxwriter.Workbook(content) as book:
        for name in ("甲", "乙"):
            book.add_worksheet(name).write_row(0, 0, DIBAO)
    twice = changed(
        content.getvalue(), "xl/workbook.xml", 'name="乙"'.encode(), 'name="甲"'.encode()
    )
    assert "都叫“甲”" in refusal(give(twice))


@pytest.mark.parametrize("far", ["XFD1048576", "XFD4000", "DZZ60000"])
def test_three_cells_far_apart_do_not_ask_for_a_table_of_billions(give: Give, far: str) -> None:
    rows = text("A1", "姓名"), text("B2", "甲一"), text(far, "x")
    numbers = 1, 2, int(re.sub("[A-Z]", "", far))
    body = "".join(f'<row r="{n}">{cell}</row>' for n, cell in zip(numbers, rows, strict=True))
    message = refusal(give(with_sheet(MAIN + body.encode() + END)))
    assert "范围过大" in message
    assert far in message


def test_a_far_cell_that_hides_from_the_first_look_is_stopped(give: Give) -> None:
    """Written as no program writes it; the memory limit is reached."""
    body = text("A1", "姓名"), text("A1", "x").replace('"A1"', "'XFD1048576'")
    xml = f"<row r='1'>{body[0]}</row><row r='1048576'>{body[1]}</row>".encode()
    (sheet,) = give(with_sheet(MAIN + xml + END)).sheets
    assert "内存超过上限" in sheet.message


@pytest.mark.parametrize(
    "dimension", [b"A1", b"A1:A1", b"A1:XFD1048576", b"C9:D10", b"nonsense", b""]
)
def test_what_a_sheet_says_of_its_size_does_not_matter(give: Give, dimension: bytes) -> None:
    content = changed(
        BOOK, SHEET, b'<dimension ref="A1:G4"/>', b'<dimension ref="%s"/>' % dimension
    )
    parsed = give(content)
    if parsed.sheets[0].status == "refused":
        assert dimension in {b"nonsense", b""}
        assert "损坏" in refusal(parsed)
    else:
        assert names(parsed) == READ


def test_a_number_of_an_old_workbook_in_a_far_column_is_stopped(give: Give) -> None:
    """BIFF keeps row and column in 16 bits each: 4 billion cells of a reader's table."""
    stream = by_xlwt(ROWS)[512:]
    number = re.search(rb"\x7e\x02\x0a\x00|\x03\x02\x0e\x00", stream)
    assert number
    place = number.end()
    stream = stream[:place] + b"\xff\xff\xff\xff" + stream[place + 4 :]
    content = io.BytesIO()
    XlsDoc().save(content, stream)
    (sheet,) = give(content.getvalue()).sheets
    assert sheet.status == "refused"
    assert "请" in sheet.message


def test_a_spreadsheet_of_repeated_cells_is_stopped(give: Give) -> None:
    """OpenDocument says how often a cell repeats: 17 billion times in three lines."""
    namespaces = " ".join(
        f'xmlns:{n}="urn:oasis:names:tc:opendocument:xmlns:{n}:1.0"'
        for n in ("office", "table", "text")
    )
    cell = '<table:table-cell office:value-type="string" table:number-columns-repeated="16384">'
    xml = (
        f"<office:document-content {namespaces}><office:body><office:spreadsheet>"
        '<table:table table:name="S"><table:table-row table:number-rows-repeated="1048576">'
        f"{cell}<text:p>x</text:p></table:table-cell></table:table-row></table:table>"
        "</office:spreadsheet></office:body></office:document-content>"
    )
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as package:
        package.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        package.writestr("content.xml", xml)
        package.writestr("META-INF/manifest.xml", "<manifest/>")
    (sheet,) = give(content.getvalue()).sheets
    assert sheet.status == "refused"
    assert "请" in sheet.message


FAR_CELL = b"""<?xml version="1.0"?>
<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"
 xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet"><Worksheet ss:Name="S"><Table>
<Row ss:Index="1000000"><Cell ss:Index="16384"><Data>x</Data></Cell></Row>
</Table></Worksheet></Workbook>"""


@pytest.mark.parametrize(
    "content",
    [
        b"," * 2_000_000,
        b"a,b\n" * 10_000 + b"," * 16_000 + b"\n",
        "<table>{}</table>".format("<td colspan=16000>x" * 40).encode(),
        ("<table>" + "<tr><td colspan=16000 rowspan=9999999>x" * 4000).encode(),
        FAR_CELL,
    ],
    ids=["one line", "a wide line", "colspan", "rowspan", "index"],
)
def test_text_that_spreads_over_billions_of_cells_is_refused(give: Give, content: bytes) -> None:
    assert "范围过大" in refusal(give(content))


def test_a_cell_that_covers_rows_below_moves_the_others_aside(give: Give) -> None:
    people = "".join(
        f"<tr>{village}<td>{n}<td>某{n}<td>99011219800101{n:04d}<td>D{n}<td>A类<td>350</tr>"
        for n, village in [(1, '<td rowspan="3000">王堂村'), *((n, "") for n in range(2, 3000))]
    )
    header = "".join(f"<th>{word}</th>" for word in [DIBAO[-1], *DIBAO[:-1]])
    parsed = give(f"<html><table><tr>{header}</tr>{people}</table></html>".encode())
    frame = parsed.rows(0)
    assert frame["name"].to_list() == [f"某{n}" for n in range(1, 3000)]
    assert frame["village"].unique().to_list() == ["王堂村"]


# --- merges, formulas, macros -----------------------------------------------------------------


@pytest.mark.parametrize(
    "merges",
    [
        ["A1:XFD1048576"],
        [f"A{n}:G{n + 5}" for n in range(1, 50_000)],
        ["A2:A4"] * 10_000,
        ["G4:A1", "A0:B0", "A1"],
    ],
    ids=["all", "staircase", "repeated", "nonsense"],
)
def test_merged_ranges_of_any_number_and_shape_lose_nothing(give: Give, merges: list[str]) -> None:
    listed = "".join(f'<mergeCell ref="{ref}"/>' for ref in merges)
    after = b"</sheetData><mergeCells>" + listed.encode() + b"</mergeCells>"
    assert names(give(changed(BOOK, SHEET, b"</sheetData>", after))) == READ


def test_formulas_are_read_as_what_they_last_gave_and_never_worked_out(give: Give) -> None:
    content = io.BytesIO()
    with xlsxwriter.Workbook(content) as book:
        page = book.add_worksheet()
        for r, row in enumerate(ROWS):
            page.write_row(r, 0, row)
        page.write_formula("B2", '=CONCAT("甲","一")', None, "甲一")
        page.write_formula("B3", "='[file:///etc/passwd]S'!A1", None, "乙二")
        page.write_formula("B4", '=WEBSERVICE("http://127.0.0.1:9/")', None, "丙三")
        page.write_string("G2", "=cmd|'/c calc'!A1")
    parsed = give(content.getvalue())
    assert names(parsed) == READ
    assert parsed.rows(0)["village"].to_list()[0] == "=cmd|'/c calc'!A1"


def test_formulas_that_were_never_worked_out_are_blank_and_not_invented(give: Give) -> None:
    rows = [list(row) for row in ROWS]
    rows[2][5] = "=F2+1"
    frame = give(xlsx(rows)).rows(0)
    assert frame["monthly_amount"].to_list() == ["350", None, "350"]


def test_links_to_other_workbooks_are_not_followed(give: Give) -> None:
    content = changed(
        BOOK,
        "xl/_rels/workbook.xml.rels",
        b"</Relationships>",
        b'<Relationship Id="rId99" TargetMode="External" Target="file:///etc/passwd" Type="http://'
        b'schemas.openxmlformats.org/officeDocument/2006/relationships/externalLink"/></Relationships>',
    )
    assert names(give(content)) == READ


def test_a_workbook_with_macros_is_read_and_its_macros_are_not(give: Give) -> None:
    content = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(BOOK)) as source, zipfile.ZipFile(content, "w") as target:
        for name in source.namelist():
            kind = b"application/vnd.ms-excel.sheet.macroEnabled.main+xml"
            plain = b"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
            target.writestr(name, source.read(name).replace(plain, kind))
        target.writestr("xl/vbaProject.bin", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\xff" * 5000)
    assert names(give(content.getvalue())) == READ


def test_the_longest_texts_and_strange_characters_stay_as_they_are(give: Give) -> None:
    rows = [list(row) for row in ROWS]
    texts = ["长" * 32_767, "甲\u200b乙\U00020bb7\ufeff", "a\nb\tc &amp; <d> _x0041_"]
    for row, value in zip(rows[1:], texts, strict=True):
        row[6] = value
    for content in (by_xlsxwriter(rows), by_xlsxwriter(rows, constant_memory=True)):
        assert give(content).rows(0)["village"].to_list() == texts


def test_an_encoding_that_does_not_exist_is_damage(give: Give) -> None:
    """Found by fuzzing: the parser raises LookupError."""
    content = changed(BOOK, "xl/workbook.xml", b'encoding="UTF-8"', b'encoding="A0"')
    assert "损坏" in refusal(give(content))


# --- damage -----------------------------------------------------------------------------------

CORPUS: dict[str, bytes] = {}


def corpus_file(name: str) -> bytes:
    if not CORPUS:
        CORPUS.update(corpus(office=False))
    return CORPUS[name]


@pytest.mark.parametrize("name", sorted(corpus(office=False)))
def test_cut_at_every_tenth(give: Give, name: str) -> None:
    """A zip has lost its list of members; text is read up to where it ends, and no row changes."""
    content = corpus_file(name)
    whole = give(content)
    for tenth in range(1, 10):
        parsed = give(content[: len(content) * tenth // 10])
        for sheet in parsed.sheets:
            assert sheet.message
            if sheet.status == "refused":
                assert "请" in sheet.message
                assert not any(word in sheet.message for word in OVER)
            elif sheet.status == "read":
                assert name.endswith((".csv", ".txt", ".xls"))
                complete = parsed.raw_rows(sheet.sheet_no)[:-1]
                expected = whole.raw_rows(sheet.sheet_no)
                assert complete.equals(expected.head(complete.len()))


@pytest.mark.parametrize(
    "start", [b"", b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"<table"]
)
def test_a_mebibyte_of_noise_is_refused(give: Give, start: bytes) -> None:
    noise = hashlib.shake_256(start).digest(1 << 20)
    refusal(give(start + noise))
