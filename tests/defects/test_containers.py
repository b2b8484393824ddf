"""Defects 9 to 17 of DOMAIN C2, and the line "also test" under them: files and what is in them."""
# ruff: noqa: E501 - cells as clerks write them, side by side

import io
import json
import struct
import zipfile
from collections.abc import Callable
from typing import Any

import openpyxl
import pytest
import xlsxwriter
from openpyxl.comments import Comment
from openpyxl.styles import Font, PatternFill
from xlwt.CompoundDoc import XlsDoc

from tests.defects.conftest import Converted
from tests.defects.county import (
    DIBAO,
    MAN,
    Listed,
    Office,
    by_csv,
    by_pandas,
    by_xlsxwriter,
    by_xlwt,
    dibao,
    xlsx,
)

pytestmark = pytest.mark.unit
LIST = "civil_affairs.dibao"
ROWS = [DIBAO, dibao(0), dibao(1), dibao(2)]


def whole(found: Listed) -> None:
    assert found["id_number"] == [row[1] for row in ROWS[1:]]
    assert found["monthly_amount"] == [350.0] * 3
    assert found["village_code"] == ["990112100001"] * 3


@pytest.mark.parametrize("state", ["hidden", "veryHidden"])
def test_c2_09_hidden_sheets(office: Office, state: str) -> None:
    def hide(book: openpyxl.Workbook) -> None:
        old = book.create_sheet("旧数据", 0)
        for row in [DIBAO, dibao(7)]:
            old.append(row)
        old.sheet_state = state

    office.send("civil_affairs", "低保20210801.xlsx", xlsx(ROWS, more=hide))
    sheets = office.take().sheets.filter(department="civil_affairs")
    assert dict(sheets.select("sheet", "status").rows()) == {"旧数据": "hidden", "Sheet1": "used"}
    assert "取消隐藏" in sheets.filter(sheet="旧数据")["message"].item()
    whole(office.listed(LIST))


def test_c2_10_hidden_and_filtered_rows(office: Office) -> None:
    def hide(book: openpyxl.Workbook) -> None:
        page = book.active
        page.auto_filter.ref = "A1:G4"
        page.auto_filter.add_filter_column(0, ["张三"])
        page.row_dimensions[2].hidden = page.row_dimensions[4].hidden = True

    found = office.read(LIST, xlsx(ROWS, more=hide))
    whole(found)
    assert "隐藏行 2 行（第 2、4 行）" in found.message


def test_c2_11_xls(office: Office, by_libreoffice: Converted) -> None:
    whole(office.read(LIST, by_xlwt(ROWS), "低保20210801.xls"))
    found = office.read(LIST, by_libreoffice("xls"), "低保20210801.xls")
    assert found["row_number"] == [3, 4, 5]
    assert found["id_number_status"] == ["valid", "valid", "precision_lost"]


def test_c2_12_et_by_wps(office: Office) -> None:
    """An .et of the old kind is BIFF, of the new kind a package: the content decides."""
    whole(office.read(LIST, by_xlwt(ROWS), "低保20210801.et"))
    whole(office.read(LIST, by_pandas(ROWS), "低保20210801.et"))


def test_c2_12_an_et_of_an_unknown_kind_is_refused_with_what_to_do(office: Office) -> None:
    office.send("civil_affairs", "低保20210801.et", b"\x00WPS\x01" + bytes(range(256)) * 20)
    sheet = office.take().sheets.filter(department="civil_affairs").row(0, named=True)
    assert (sheet["status"], sheet["rows_read"]) == ("refused", None)
    assert "另存为 xlsx" in sheet["message"]


def html(rows: list[list[object]]) -> str:
    cells = ["".join(f"<td>{'' if c is None else c}</td>" for c in row) for row in rows]
    return "<table border=1>" + "".join(f"<tr>{c}</tr>" for c in cells) + "</table>"


def xml_2003(rows: list[list[object]]) -> str:
    cells = [
        "".join(
            f'<Cell><Data ss:Type="{"Number" if isinstance(c, int) else "String"}">{c}</Data></Cell>'
            for c in row
        )
        for row in rows
    ]
    return (
        '<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?>'
        '<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet" '
        'xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet"><Worksheet ss:Name="低保"><Table>'
        + "".join(f"<Row>{c}</Row>" for c in cells)
        + "</Table></Worksheet></Workbook>"
    )


@pytest.mark.parametrize(
    "content",
    [
        f"<html><meta charset=gb2312><body>{html(ROWS)}</body></html>".encode("gbk"),
        f"<html><meta charset='utf-8'><body>{html(ROWS)}</body></html>".encode(),
        ("\ufeff<!DOCTYPE html>\r\n<html xmlns:x='urn:schemas-microsoft-com:office:excel'>"
         f"<head><style>td{{mso-number-format:'\\@'}}</style></head>{html(ROWS)}</html>").encode(),
        html(ROWS).encode("gbk"),
        xml_2003(ROWS).encode(),
        xml_2003(ROWS).encode("utf-16"),
    ],
)  # fmt: skip
def test_c2_13_html_and_xml_called_xls(office: Office, content: bytes) -> None:
    whole(office.read(LIST, content, "低保20210801.xls"))


@pytest.mark.parametrize(
    ("encoding", "delimiter"),
    [(e, ",") for e in ("gbk", "gb18030", "utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be")]
    + [("gbk", "	"), ("utf-8", ";"), ("utf-16-le", "	"), ("utf-8", "|")],
)
def test_c2_14_csv_in_every_encoding(office: Office, encoding: str, delimiter: str) -> None:
    lines = "\r\n".join(delimiter.join(str(c) for c in row) for row in ROWS)
    whole(office.read(LIST, lines.encode(encoding), "低保20210801.csv"))


def test_c2_15_commas_tabs_and_tricks(office: Office) -> None:
    lines = [
        ",".join([*DIBAO, "家庭住址"]),
        f'王一,{MAN}\t,D1,A类,350,大石镇,王堂村,"大石镇,王堂村,三组"',
        f'王二,"{MAN}\t",D2,A类,350,大石镇,王堂村,王堂村',
        f'王三,="{MAN}",D3,A类,"1,350.00",大石镇,王堂村,王堂村',
        f"王四,'{MAN},D4,A类,350,大石镇,王堂村,王堂村",
        f'王五,"=""{MAN}""",D5,A类,350,大石镇,王堂村,"他说""好"""',
        f"\t王六,\t{MAN},D6,A类,350\t,大石镇,王堂村,王堂村",
    ]
    for encoding in ("gbk", "utf-8-sig"):
        found = office.read(LIST, "\r\n".join(lines).encode(encoding), "低保20210801.csv")
        assert found["id_number"] == [MAN] * 6
        assert found["name"] == ["王一", "王二", "王三", "王四", "王五", "王六"]
        assert found["monthly_amount"] == [350, 350, 1350, 350, 350, 350]
        assert found["address"][0] == "大石镇,王堂村,三组"
        assert found["address"][4] == '他说"好"'


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030"])
def test_c2_15_fields_in_single_quotes(office: Office, encoding: str) -> None:
    rows = [DIBAO, *[dibao(n, 行政村="王堂村,三组") for n in range(3)]]
    lines = [",".join(f"'{cell}'" for cell in row) for row in rows]
    found = office.read(LIST, "\r\n".join(lines).encode(encoding), "名单20210820.csv")
    assert found["id_number"] == [row[1] for row in rows[1:]]
    assert found["monthly_amount"] == [350.0] * 3
    assert found["village"] == ["王堂村"] * 3
    assert found.asked() == []
    apostrophes = [",".join(["'" + str(cell) for cell in row]) for row in rows[1:]]
    again = "\n".join([",".join(DIBAO), *apostrophes]).replace(",三组", "").encode(encoding)
    assert office.read(LIST, again, "名单20210821.csv")["id_number"] == found["id_number"]


def _encrypted() -> bytes:
    """An OLE container whose stream bears the name that a workbook with a password has."""
    content = io.BytesIO()
    XlsDoc().save(content, b"\x00" * 8192)
    old = "Workbook".encode("utf-16-le").ljust(64, b"\0") + struct.pack("<H", 18)
    new = "EncryptedPackage".encode("utf-16-le").ljust(64, b"\0") + struct.pack("<H", 34)
    return content.getvalue().replace(old, new)


def test_c2_16_a_password(office: Office) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("低保20210801.xlsx", _encrypted())
        archive.writestr("好20210801.xlsx", xlsx(ROWS))
    office.send("civil_affairs", "低保20210801.xlsx", _encrypted())
    office.send("civil_affairs", "压缩包.zip", packed.getvalue())
    sheets = office.take().sheets.filter(department="civil_affairs")
    assert sheets["status"].to_list().count("refused") == 2
    for row in sheets.filter(status="refused").iter_rows(named=True):
        assert "密码" in row["message"]
        assert "请" in row["message"]
        assert row["rows_read"] is None
    whole(office.listed(LIST))


def test_c2_17_a_file_that_stops_short(office: Office) -> None:
    short = xlsx(ROWS)
    found = office.read(LIST, short, "低保名单（共13人）20210801.xlsx")
    assert found.frame.height == 3
    assert found.asked("flag") == [(None, None, "name_count_differs")]
    assert "写 13人，读到 3 行" in found.reasons
    right = office.home
    office.send(
        "civil_affairs",
        "低保名单（共13人）20210801.xlsx",
        xlsx([DIBAO, *[dibao(n) for n in range(13)]]),
    )
    assert office.listed(LIST).asked("flag") == []
    assert right is office.home
    office.send(
        "civil_affairs",
        "低保名单（共13人）20210801.xlsx",
        xlsx([*ROWS, ["合计", None, None, None, 4550]]),
    )
    short = office.listed(LIST)
    assert short.asked("flag") == [
        (None, None, "name_count_differs"), (5, "monthly_amount", "total_differs"),
    ]  # fmt: skip
    assert (
        "“月保障金”的合计与各行相加的数不一致：写 4,550，第 2 至 4 行相加得 1,050" in short.reasons
    )


@pytest.mark.parametrize("kind", ["xlsx", "xls", "zip"])
def test_c2_17_a_file_that_broke_off(office: Office, kind: str) -> None:
    rows = [DIBAO, *[dibao(n) for n in range(300)]]
    content = {"xlsx": by_xlsxwriter, "xls": by_xlwt, "zip": xlsx}[kind](rows)
    office.send("civil_affairs", f"低保20210801.{kind}", content[: len(content) * 2 // 3])
    sheet = office.take().sheets.filter(department="civil_affairs").row(0, named=True)
    assert sheet["status"] == "refused"
    assert "请" in sheet["message"]
    assert sheet["rows_accepted"] is None


def test_c2_17_a_csv_that_broke_off_in_a_row(office: Office) -> None:
    content = by_csv([DIBAO, *[dibao(n) for n in range(13)]])
    found = office.read(LIST, content[: len(content) * 5 // 13], "低保13人20210801.csv")
    assert 0 < found.frame.height < 13
    assert "写 13人" in found.reasons


# -- the line "also test" ------------------------------------------------------------------------


def test_also_100_000_rows(office: Office) -> None:
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"constant_memory": True}) as book:
        page = book.add_worksheet()
        page.write_row(0, 0, ["姓名", "身份证号", "低保证号", "行政村"])
        for n in range(1, 100_101):
            page.write_row(n, 0, ["王建国", None, f"D{n}", "王堂村"])
    found = office.read(LIST, content.getvalue())
    assert found.frame.height == 100_100
    assert found.frame["row_number"].max() == 100_101


@pytest.mark.parametrize("writer", [by_xlsxwriter, by_csv])
def test_also_300_columns(office: Office, writer) -> None:
    blank = [None] * 293
    rows = [[*row[:3], *blank, *row[3:]] for row in ROWS]
    whole(office.read(LIST, writer(rows)))
    remarks = [f"说明{n}" for n in range(293)]
    wide = [
        [*DIBAO[:3], *remarks, *DIBAO[3:]],
        *[[*row[:3], *["x"] * 293, *row[3:]] for row in ROWS[1:]],
    ]
    office.send("civil_affairs", "低保20210801.xlsx", writer(wide))
    office.send("civil_affairs", "名单20210820.xlsx", writer(wide))
    sheets = office.take().sheets.filter(department="civil_affairs", status="unrecognised")
    # 300 columns of which seven are known are asked about, not guessed, and every row is kept.
    assert sheets["rows_set_aside"].to_list()[0] == 4
    assert "未认出" in sheets["message"][0]


@pytest.mark.parametrize("writer", [by_xlsxwriter, by_csv])
def test_also_300_columns_are_asked_about_as_the_list_they_are_most_like(
    office: Office, writer
) -> None:
    codes = [f"AAE{n:03d}" for n in range(290)]
    header = ["姓名", *codes, "身份证号", "年度", "险种", "缴费金额", "乡镇", "行政村"]
    row = ["王建国", *["0"] * 290, MAN, "2021", "居民医保", "320", "大石镇", "王堂村"]
    content = writer([header, row])
    office.send("insurance", "医保导出20210820.xlsx", content)
    sheet = office.take().sheets.filter(department="insurance").row(0, named=True)
    assert sheet["status"] == "unrecognised"
    assert "最接近“医疗保险参保名册”" in sheet["message"]
    asked = next(office.home.mappings.glob("*医疗保险参保名册*"))
    settled = asked.read_text(encoding="utf-8").replace("确认: 否", "确认: 是")
    asked.write_text(settled, encoding="utf-8")
    found = Office(office.home.path).read("insurance.coverage", content, "医保导出20210820.xlsx")
    assert (found["id_number"], found["year"], found["own_payment"]) == ([MAN], [2021], [320.0])


def test_also_formulas_without_cached_values(office: Office) -> None:
    rows = [DIBAO, dibao(0), dibao(1, 月保障金="=300+50"), dibao(2, 姓名='="王"&"五"')]
    found = office.read(LIST, xlsx(rows))
    assert found["monthly_amount"] == [350.0, None]
    assert found.asked("row") == [(4, "name", "missing_required")]
    assert "2 个公式没有存下计算结果" in found.message
    assert "保存后重新报送" in found.message


def test_also_formulas_with_values(office: Office, by_libreoffice: Converted) -> None:
    content = io.BytesIO()
    with xlsxwriter.Workbook(content) as book:
        page = book.add_worksheet()
        page.write_row(0, 0, DIBAO)
        page.write_row(1, 0, dibao(0))
        page.write_formula("E2", "=300+50", None, 350)
    found = office.read(LIST, content.getvalue())
    assert found["monthly_amount"] == [350.0]
    assert "公式" not in found.message
    assert office.read(LIST, by_libreoffice("ods")).frame.height == 3


def test_also_strike_through_means_deleted(office: Office) -> None:
    def strike(book: openpyxl.Workbook) -> None:
        for cell in book.active[3]:
            cell.font = Font(strike=True, color="FFFF0000")

    found = office.read(LIST, xlsx(ROWS, more=strike))
    whole(found)  # what formatting means, a person must say: the row stays and is asked about
    assert found.asked() == [(3, None, "struck_out")]


def _in_red(cell: Any) -> None:
    cell.font = Font(color="FFC00000")


def _on_yellow(cell: Any) -> None:
    cell.fill = PatternFill("solid", fgColor="FFFFFF00")


@pytest.mark.parametrize(("mark", "said"), [(_in_red, "红字的是"), (_on_yellow, "有底色的是")])
def test_also_colours_mean_something(
    office: Office, mark: Callable[[Any], None], said: str
) -> None:
    """A few rows in colour are asked about once; a coloured column or every second row is not."""
    rows = [DIBAO, *[dibao(n) for n in range(8)]]

    def marked(*numbers: int) -> Listed:
        def colour(book: openpyxl.Workbook) -> None:
            for number in numbers:
                for cell in book.active[number]:
                    mark(cell)

        return office.read(LIST, xlsx(rows, more=colour))

    few = marked(1, 4, 7)
    assert few.frame.height == 8
    assert few.asked() == [(4, None, "coloured_rows")]
    assert f"{said}第 4、7 行" in few.reasons
    assert marked(1, 2, 4, 6, 8).asked() == []


def test_also_comments_as_data(office: Office) -> None:
    def note(book: openpyxl.Workbook) -> None:
        book.active["A3"].comment = Comment("已死亡", "李")

    found = office.read(LIST, xlsx(ROWS, more=note))
    whole(found)
    assert "有 1 个单元格带批注（A3）" in found.message

    def many(book: openpyxl.Workbook) -> None:
        for column in "BAC":
            for row in (10, 9, 3, 2, 4):
                book.active[f"{column}{row}"].comment = Comment("已死亡", "李")

    told = office.read(LIST, xlsx(ROWS, more=many)).message
    assert "有 15 个单元格带批注（A2、B2、C2、A3、B3、C3、A4、B4、C4、A9、B9、C9等）" in told


def test_also_a_conversation_about_a_cell_is_one_comment(office: Office) -> None:
    """It stands in two parts of the package, one of them for older programs."""

    def note(book: openpyxl.Workbook) -> None:
        book.active["B3"].comment = Comment("[Threaded comment]", "tc")

    threads = (
        '<ThreadedComments xmlns="http://schemas.microsoft.com/office/spreadsheetml/2018/'
        'threadedcomments"><threadedComment ref="B3" id="{1}"><text>已死亡</text></threadedComment>'
        '<threadedComment ref="B3" id="{2}" parentId="{1}"><text>是</text></threadedComment>'
        "</ThreadedComments>"
    )
    source, content = io.BytesIO(xlsx(ROWS, more=note)), io.BytesIO()
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(content, "w") as new:
        for name in old.namelist():
            part = old.read(name)
            if name == "xl/worksheets/_rels/sheet1.xml.rels":
                more = b'<Relationship Id="t1" Type="t" Target="/xl/threadedComments/t.xml"/>'
                part = part.replace(b"</Relationships>", more + b"</Relationships>")
            new.writestr(name, part)
        new.writestr("xl/threadedComments/t.xml", threads)
    assert "有 1 个单元格带批注（B3）" in office.read(LIST, content.getvalue()).message


def test_also_apostrophes(office: Office) -> None:
    content = io.BytesIO()
    with xlsxwriter.Workbook(content) as book:
        page = book.add_worksheet()
        page.write_row(0, 0, DIBAO)
        page.write_row(1, 0, dibao(0, 身份证号=f"'{MAN}", 月保障金="'350"))
        page.write_row(2, 0, dibao(1, 身份证号=f"‘{MAN}", 月保障金="350"))
        quoted = book.add_format({"quote_prefix": True, "num_format": "@"})
        page.write_string(2, 2, "D00009", quoted)
    found = office.read(LIST, content.getvalue())
    assert found["id_number"] == [MAN] * 2
    assert found["monthly_amount"] == [350.0] * 2


def test_also_zero_width_joiners(office: Office) -> None:
    row = [f"\u200d{c}\u200b" if isinstance(c, str) else c for c in dibao(0)]
    header = [f"{c[:1]}\u200b{c[1:]}\ufeff" for c in DIBAO]
    found = office.read(LIST, xlsx([header, row]))
    assert found["id_number"] == [dibao(0)[1]]
    assert found.frame.select("name", "dibao_class", "village", "certificate").rows() == [
        ("王建国", "A类", "王堂村", "D00000")
    ]


def test_also_error_cells(office: Office) -> None:
    for writer in (xlsx, by_csv):
        rows = [
            DIBAO,
            dibao(0, 月保障金="#N/A"),
            dibao(1, 行政村="#REF!"),
            dibao(2, 低保证号="#VALUE!"),
        ]
        found = office.read(LIST, writer(rows))
        assert found["monthly_amount"] == [None, 350.0, 350.0]
        assert found["village"] == ["王堂村", None, "王堂村"]
        assert found.asked("cell") == [
            (2, "monthly_amount", "formula_error"),
            (3, "village", "formula_error"),
            (4, "certificate", "formula_error"),
        ]
    assert "公式错误" in office.read(LIST, xlsx([DIBAO, dibao(0, 月保障金="#N/A")])).message


@pytest.mark.parametrize("writer", [xlsx, by_xlwt, by_csv, by_pandas])
def test_also_names_that_pandas_takes_for_nothing(office: Office, writer) -> None:
    names = ["Null", "NA", "None", "nan"]
    found = office.read(
        LIST, writer([DIBAO, *[dibao(n, 姓名=name) for n, name in enumerate(names)]])
    )
    assert found["name"] == names
    assert found.asked("flag") == [(n, "name", "name_like_nothing") for n in range(2, 6)]


def test_everything_kept_of_a_sheet_that_is_none(office: Office) -> None:
    office.send(
        "civil_affairs", "怪表20210801.xlsx", xlsx([["甲", "乙"], [1, "丙"], [None], [3, 4]])
    )
    kept = office.take().quarantine.sort("row_number")
    assert kept["row_number"].to_list() == [1, 2, 4]
    assert [json.loads(r) for r in kept["raw_row"]] == [
        {"列1": "甲", "列2": "乙"}, {"列1": "1", "列2": "丙"}, {"列1": "3", "列2": "4"},
    ]  # fmt: skip
    assert kept["path"].n_unique() == kept["sheet"].n_unique() == 1
