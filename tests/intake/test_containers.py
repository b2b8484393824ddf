"""Files of every shape, and files that are none: defects 9, 11 to 16 of DOMAIN C2."""

import datetime as dt
import io
import os
import shutil
import struct
import subprocess
import zipfile
from pathlib import Path

import pytest
import xlsxwriter
import xlwt
from xlwt.CompoundDoc import XlsDoc

from pipelines.intake.biff import hidden_rows_97
from tests.intake.conftest import DIBAO, Read, ReadOne, person, xlsx

pytestmark = pytest.mark.unit

ROWS = [DIBAO, person(1), person(2), person(3)]


def _xls(rows: list[list[object]]) -> bytes:
    book = xlwt.Workbook()
    page = book.add_sheet("名单")
    date = xlwt.easyxf(num_format_str="yyyy-mm-dd")
    for r, row in enumerate(rows):
        for c, value in enumerate(row):
            page.write(r, c, value, *([date] if isinstance(value, dt.date) else []))
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def test_only_long_numbers_of_an_xls_have_lost_digits(read_one: ReadOne) -> None:
    header = ["姓名", "身份证号", "家属电话", "死亡日期"]
    body = [
        ["张三", 990112198001012345.0, 13800001234.0, "2021.5.6"],
        ["李四", "990112198001012345", "13800001235", "2021.5.6"],
    ]
    _, rows = read_one(_xls([header, *body]), "health")
    assert rows["id_number__number"].to_list() == [True, False]
    assert rows["phone"].to_list() == ["13800001234", "13800001235"]
    assert rows["phone__number"].to_list() == [False, False]


def _names(frame) -> list[str]:
    return frame["name"].to_list()


@pytest.mark.parametrize("defect", [11, 12], ids=["xls", "et"])
def test_biff_is_read_whatever_the_file_is_called(read_one: ReadOne, defect: int) -> None:
    # Signature decides, so the content of an .et that is BIFF is the same case (defect 12).
    sheet, rows = read_one(_xls(ROWS))
    assert (sheet.status, rows.height) == ("read", 3)
    assert rows["row_number"].to_list() == [2, 3, 4]
    assert rows["id_number"][0] == "990112198001010001"


def test_xls_dates_and_number_cells(read_one: ReadOne) -> None:
    header = ["姓名", "身份证号", "死亡日期"]
    body = [
        ["张三", 990112198001012345.0, dt.date(2021, 5, 6)],
        ["李四", "990112198001012345", "2021.5.6"],
    ]
    _, rows = read_one(_xls([header, *body]), "health")
    assert rows["died_on"].to_list() == ["2021-05-06", "2021.5.6"]
    assert rows["id_number__number"].to_list() == [True, False]
    assert rows["id_number"][0][:15] == "990112198001012"


def test_xlsx_by_xlsxwriter_with_and_without_shared_strings(read_one: ReadOne) -> None:
    for options in ({}, {"constant_memory": True}):
        content = io.BytesIO()
        with xlsxwriter.Workbook(content, options) as book:
            page = book.add_worksheet()
            for r, row in enumerate(ROWS):
                page.write_row(r, 0, row)
        sheet, rows = read_one(content.getvalue())
        assert (sheet.dataset, rows.height) == ("civil_affairs.dibao", 3)
        assert not rows["id_number__number"].any()


@pytest.mark.parametrize("written", [b"9.90112198001012E17", b"9.90112198001012E+017"])
def test_an_id_typed_as_a_number_is_flagged(read_one: ReadOne, written: bytes) -> None:
    """Defect 18: the reader invents the last three digits; the flag says so.

    As Java programs and LibreOffice write them. The nearest binary number is …011968, whose first
    fifteen digits are not those that were typed: …012000 must come back.
    """
    row = person(1)
    row[2] = 990112198001012345
    content = xlsx([DIBAO, row, person(2)])
    content = _rewritten(content, b"9.901121980010124e+17", written)
    _, rows = read_one(content)
    assert rows["id_number__number"].to_list() == [True, False]
    assert rows["id_number"].to_list() == ["990112198001012000", "990112198001010002"]


def test_digits_that_a_program_wrote_beyond_the_fifteenth_stay_as_they_are(
    read_one: ReadOne,
) -> None:
    row = person(1)
    row[2] = 990112198001012345
    _, rows = read_one(xlsx([DIBAO, row]))
    assert rows["id_number"].to_list() == ["990112198001012352"]
    assert rows["id_number__number"].to_list() == [True]


def _rewritten(content: bytes, old: bytes, new: bytes) -> bytes:
    """Give the workbook with `old` in its first sheet written as another program would."""
    source, target = zipfile.ZipFile(io.BytesIO(content)), io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as package:
        for name in source.namelist():
            part = source.read(name)
            if name == "xl/worksheets/sheet1.xml":
                assert old in part
                part = part.replace(old, new)
            package.writestr(name, part)
    return target.getvalue()


@pytest.mark.parametrize("state", ["hidden", "veryHidden"])
def test_hidden_sheets_are_named_and_not_read(read: Read, state: str) -> None:
    """Defect 9."""

    def hide(book) -> None:
        book.create_sheet("旧数据").append(DIBAO)
        book["旧数据"].sheet_state = state

    parsed = read(xlsx(ROWS, more=hide), "civil_affairs")
    assert [(s.sheet, s.status) for s in parsed.sheets] == [
        ("Sheet1", "read"),
        ("旧数据", "hidden"),
    ]
    assert "取消隐藏" in parsed.sheets[1].message


def test_hidden_rows_are_read_and_counted(read_one: ReadOne) -> None:
    """Defect 10."""

    def hide(book) -> None:
        book.active.row_dimensions[3].hidden = True

    sheet, rows = read_one(xlsx(ROWS, more=hide))
    assert rows.height == 3
    assert "含隐藏行 1 行（第 3 行）" in sheet.message


def test_error_cells_are_named(read_one: ReadOne) -> None:
    row = person(2)
    row[5] = "#N/A"
    sheet, rows = read_one(xlsx([DIBAO, person(1), row]))
    assert rows["monthly_amount"].to_list() == ["350", "#N/A"]
    assert "公式错误" in sheet.message


@pytest.mark.parametrize(
    ("encoding", "mark"),
    [("gb18030", b""), ("utf-8", b""), ("utf-8", b"\xef\xbb\xbf"), ("utf-16", b"")],
)
@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_delimited_text_in_every_encoding(
    read_one: ReadOne, encoding: str, mark: bytes, delimiter: str
) -> None:
    """Defect 14."""
    lines = [delimiter.join(str(c) for c in row) for row in ROWS]
    sheet, rows = read_one(mark + "\r\n".join(lines).encode(encoding))
    assert (sheet.dataset, rows.height) == ("civil_affairs.dibao", 3)
    assert rows["row_number"].to_list() == [2, 3, 4]


def test_csv_tricks_against_scientific_notation(read_one: ReadOne) -> None:
    """Defect 15: commas in quotes, tabs behind digits, ="…", a leading apostrophe, blank lines."""
    text = (
        '姓名,身份证号,死亡日期,户籍地址\n张三,990112198001010011\t,2021-5-6,"大石镇,王堂村"\n\n'
        '李四,="990112198001010012",2021-5-7,\'王堂村\n'
        '王五,"=""990112198001010013""",2021-5-8,王堂村\n'
    )
    sheet, rows = read_one(text.encode("gbk"), "health")
    assert rows["id_number"].to_list() == [f"9901121980010100{n}" for n in (11, 12, 13)]
    assert rows["address"].to_list() == ["大石镇,王堂村", "王堂村", "王堂村"]
    assert rows["row_number"].to_list() == [2, 4, 5]
    assert (sheet.rows_read, sheet.not_data) == (5, {"header": 1, "blank": 1})


def test_html_saved_as_xls(read_one: ReadOne) -> None:
    """Defect 13, with a two-row header made by rowspan and colspan."""
    cells = "".join(
        f"<tr><td>{n}</td><td>王&nbsp;{n}</td><td>99011219800101{n:04d}</td><td>A</td>"
        f"<td>{n}00</td></tr>"
        for n in range(1, 4)
    )
    html = (
        "<html><head><meta charset='gb2312'><style>td{color:red}</style></head><body><table>"
        "<tr><td rowspan=2>序号</td><td rowspan=2>姓名</td><td rowspan=2>身份证号</td>"
        f"<td colspan=2>低保</td></tr><tr><td>类别</td><td>月保障金</td></tr>{cells}</table>"
    )
    sheet, rows = read_one(html.encode("gb18030"))
    assert (sheet.dataset, rows.height) == ("civil_affairs.dibao", 3)
    assert rows["dibao_class"].to_list() == ["A", "A", "A"]
    assert rows["monthly_amount"].to_list() == ["100", "200", "300"]


def test_xml_spreadsheet_2003(read_one: ReadOne) -> None:
    """Defect 13."""
    body = "".join(
        "<Row>" + "".join(f'<Cell><Data ss:Type="String">{c}</Data></Cell>' for c in r) + "</Row>"
        for r in ROWS
    )
    xml = (
        '<?xml version="1.0" encoding="UTF-8"?><Workbook '
        'xmlns="urn:schemas-microsoft-com:office:spreadsheet" '
        'xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet"><Worksheet ss:Name="低保">'
        f'<Table><Row ss:Index="3"><Cell ss:Index="2"><Data ss:Type="String">低保名册</Data></Cell>'
        f"</Row>{body}</Table></Worksheet></Workbook>"
    )
    sheet, rows = read_one(xml.encode())
    assert (sheet.sheet, sheet.dataset) == ("低保", "civil_affairs.dibao")
    assert rows["row_number"].to_list() == [5, 6, 7]


def test_zip_members_one_by_one(read: Read) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("大石镇/低保20210831.xlsx", xlsx(ROWS))
        archive.writestr("说明.pdf", b"%PDF-1.4")
        archive.writestr("~$低保.xlsx", b"x")
        archive.writestr("内层.zip", _zip_of("a.csv", "姓名,低保证号\n".encode()))
        archive.writestr("空.csv", b"")
    parsed = read(packed.getvalue(), "civil_affairs")
    assert [(s.member, s.status) for s in parsed.sheets] == [
        ("内层.zip", "refused"),
        ("大石镇/低保20210831.xlsx", "read"),
        ("空.csv", "refused"),
        ("说明.pdf", "refused"),
    ]
    assert [s.sheet_no for s in parsed.sheets] == [0, 1, 2, 3]
    assert parsed.rows(1).height == 3


def _zip_of(name: str, content: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return packed.getvalue()


def test_zip_names_in_gbk(read: Read) -> None:
    """Chinese Windows writes GBK names and sets no flag; the flag is cleared here by hand."""
    content = _zip_of("AAAAAA.csv", "姓名,低保证号,月保障金\n张三,1,2\n".encode())
    content = content.replace(b"AAAAAA", "低保名".encode("gbk"))
    assert read(content, "civil_affairs").sheets[0].member == "低保名.csv"


def _compound(stream: str) -> bytes:
    """A compound file that keeps its content in `stream`, as old office programs write it."""
    content = io.BytesIO()
    XlsDoc().save(content, b"\x00" * 8192)
    old, new = (
        name.encode("utf-16-le").ljust(64, b"\0") + struct.pack("<H", 2 * len(name) + 2)
        for name in ("Workbook", stream)
    )
    assert content.getvalue().count(old) == 1
    return content.getvalue().replace(old, new)


WHOLE = xlsx(ROWS)
ENTITIES = (
    b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "b">]>'
    b'<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"/>'
)
REFUSED = {
    "encrypted": (_compound("EncryptedPackage"), "密码"),
    "empty": (b"", "空"),
    "blank": (b"  \r\n ", "空"),
    "truncated": (WHOLE[: len(WHOLE) // 2], "不完整"),
    "head only": (WHOLE[:30], "不完整"),
    "truncated xls": (_xls(ROWS)[:3000], "损坏"),
    "random": (bytes(range(256)) * 40, "不是可识别"),
    "broken GB18030": ("姓名,村\n张三,东湾\n".encode("gb18030") + b"\xb6\xff,x\n", "第 3 行"),
    "broken UTF-8": ("姓名,村\n张三,东湾\n".encode() + b"\xe5\xbc,x\n", "第 3 行"),
    "rar": (b"Rar!\x1a\x07\x00" + b"x" * 50, "rar"),
    "7z": (b"7z\xbc\xaf\x27\x1c" + b"x" * 50, "7z"),
    "pdf": (b"%PDF-1.4 ...", "PDF"),
    "picture": (b"\x89PNG\r\n", "图片"),
    "html without table": (b"<html><body>404</body></html>", "没有表格"),
    "mht": (b"MIME-Version: 1.0\r\nX-Document-Type: Workbook\r\n\r\n<table>", "mht"),
    "access": (b"\x00\x01\x00\x00Standard Jet DB\x00", "Access"),
    "old word document": (_compound("WordDocument"), "不是表格"),
    "word document": (_zip_of("[Content_Types].xml", b"<x/>"), "不是表格"),
    "empty archive": (b"PK\x05\x06" + b"\0" * 18, "没有文件"),
    "entity bomb": (ENTITIES, "没有表格"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_read_is_refused_with_what_to_do(read: Read, name: str) -> None:
    """Defects 16 and 17 and hostile files: a sentence, never a traceback."""
    content, word = REFUSED[name]
    parsed = read(content, "civil_affairs")
    assert parsed.sheets
    for sheet in parsed.sheets:
        assert sheet.status == "refused", sheet
        assert word in sheet.message
        assert "请" in sheet.message
        assert sheet.rows_read is sheet.rows_accepted is None


def test_a_bomb_is_refused_before_it_is_unfolded(read: Read) -> None:
    bomb = _zip_of("a.csv", b"0" * (80 << 20))
    sheet = read(bomb, "civil_affairs").sheets[0]
    assert sheet.status == "refused"
    assert "过大" in sheet.message


def test_a_cell_far_away_does_not_ask_for_a_table_of_billions(read: Read) -> None:
    def far(book) -> None:
        book.active["XFD1048576"] = "x"

    sheet = read(xlsx(ROWS, more=far), "civil_affairs").sheets[0]
    assert sheet.status == "refused"
    assert "XFD1048576" in sheet.message


def test_a_declared_dimension_that_lies_does_no_harm(read_one: ReadOne) -> None:
    content = _rewritten(WHOLE, b'<dimension ref="A1:G4" />', b'<dimension ref="A1:XFD1048576" />')
    sheet, rows = read_one(content)
    assert (sheet.rows_read, rows.height) == (4, 3)


@pytest.mark.parametrize("tenth", range(1, 10))
@pytest.mark.parametrize("kind", ["xlsx", "xls"])
def test_cut_at_every_tenth(read: Read, kind: str, tenth: int) -> None:
    whole = WHOLE if kind == "xlsx" else _xls([DIBAO, *(person(n) for n in range(1, 400))])
    for sheet in read(whole[: len(whole) * tenth // 10], "civil_affairs").sheets:
        assert sheet.status in {"refused", "read"}
        if kind == "xlsx":
            assert sheet.status == "refused"


@pytest.mark.parametrize("suffix", ["xls", "ods", "xlsx"])
def test_files_written_by_libreoffice(read_one: ReadOne, tmp_path: Path, suffix: str) -> None:
    office = shutil.which("soffice")
    if office is None and not os.environ.get("BIDUI_ALL_TOOLS"):
        pytest.skip("LibreOffice is not installed")
    assert office
    source = tmp_path / "in" / "名单.xlsx"
    source.parent.mkdir()
    row = person(4)
    row[2] = 990112198001012345
    source.write_bytes(xlsx([["晴川县低保名册"], *ROWS, row], merges=["A1:G1"]))
    command = [office, f"-env:UserInstallation=file://{tmp_path}/profile", "--headless"]
    command += ["--convert-to", suffix, "--outdir", str(tmp_path), str(source)]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    sheet, rows = read_one((tmp_path / f"名单.{suffix}").read_bytes())
    assert (sheet.dataset, rows["row_number"].to_list()) == ("civil_affairs.dibao", [3, 4, 5, 6])
    assert rows["id_number__number"].to_list() == [False, False, False, True]
    assert rows["monthly_amount"].to_list() == ["350"] * 4


def test_hidden_rows_of_an_old_workbook_are_named(read: Read) -> None:
    book = xlwt.Workbook(encoding="utf-8")
    for name in ("低保", "低保二"):
        page = book.add_sheet(name)
        for r, row in enumerate(ROWS):
            for c, value in enumerate(row):
                page.write(r, c, value)
        page.row(2).hidden = name == "低保"
    out = io.BytesIO()
    book.save(out)
    first, second = read(out.getvalue(), "civil_affairs").sheets
    assert (first.rows_accepted, second.rows_accepted) == (3, 3)
    assert "含隐藏行 1 行（第 3 行）" in first.message
    assert "隐藏行" not in second.message
    assert hidden_rows_97(out.getvalue()) == [[3], []]
