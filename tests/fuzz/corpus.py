"""Small valid files of every kind that is read, by every writer there is: what is then mutated."""

import io
import shutil
import subprocess
import tempfile
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import openpyxl
import xlsxwriter
import xlwt

HEADER = ["序号", "姓名", "身份证号", "低保证号", "低保类别", "月保障金", "行政村"]
TITLE = "晴川县低保名册（2021年8月）"
NAMES = ["王建国", "李秀英", "欧阳娜娜", "买买提·吐尔逊", "㐂子", "Null", "𠮷田"]


def rows(count: int = 25) -> list[list[Any]]:
    """Title, header, people and a total."""
    body = [
        [n, NAMES[n % 7], f"99011219800101{n:04d}", f"D{n:05d}", "A类", 350 + n / 4, "王堂村"]
        for n in range(1, count + 1)
    ]
    body[3][2] = 990112198001010038  # an ID number typed as a number
    return [[TITLE], HEADER, *body, ["合计", None, None, None, None, 9999.5, None]]


def corpus(*, office: bool = True) -> dict[str, bytes]:
    """Give name to content; the names end as the files would. LibreOffice takes seconds."""
    table = rows()
    found = {
        "openpyxl.xlsx": by_openpyxl(table),
        "xlsxwriter.xlsx": by_xlsxwriter(table),
        "xlsxwriter_inline.xlsx": by_xlsxwriter(table, constant_memory=True),
        "xlwt.xls": by_xlwt(table),
        "utf8.csv": _csv(table).encode("utf-8-sig"),
        "gb18030.csv": _csv(table).encode("gb18030"),
        "utf16.txt": _csv(table, "\t").encode("utf-16"),
        "page.xls": _html(table).encode(),
        "page_gbk.xls": _html(table).encode("gb18030"),
        "spreadsheet_2003.xls": _spreadsheet_ml(table).encode(),
    }
    found["several.zip"] = _zip({k: found[k] for k in ("openpyxl.xlsx", "gb18030.csv", "xlwt.xls")})
    return found | (_by_libreoffice(found["openpyxl.xlsx"]) if office else {})


def by_openpyxl(table: Sequence[Sequence[Any]]) -> bytes:
    """An xlsx with a merged title, a formula, a hidden row, a hidden sheet and another."""
    book = openpyxl.Workbook()
    page = book.active
    assert page is not None
    for row in table:
        page.append(list(row))
    page.merge_cells("A1:G1")
    page["H3"] = "=F3*2"
    page.row_dimensions[5].hidden = True
    second = book.create_sheet("隐藏")
    second.append(HEADER)
    second.sheet_state = "hidden"
    book.create_sheet("说明").append(["本表由民政局提供"])
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def by_xlsxwriter(table: Sequence[Sequence[Any]], **options: bool) -> bytes:
    """An xlsx whose texts are shared, or inline with ``constant_memory``."""
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, options) as book:
        page = book.add_worksheet("低保")
        for r, row in enumerate(table):
            for c, value in enumerate(row):
                if isinstance(value, str):
                    page.write_string(r, c, value)
                elif value is not None:
                    page.write(r, c, value)
    return content.getvalue()


def by_xlwt(table: Sequence[Sequence[Any]]) -> bytes:
    """A BIFF8 workbook."""
    book = xlwt.Workbook(encoding="utf-8")
    page = book.add_sheet("低保")
    for r, row in enumerate(table):
        for c, value in enumerate(row):
            if value is not None:
                page.write(r, c, value)
    if len(table[0]) == 1:
        page.merge(0, 0, 0, 6)
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def _csv(table: Sequence[Sequence[Any]], delimiter: str = ",") -> str:
    return "\r\n".join(
        delimiter.join("" if v is None else f'"{v}"' if i == 1 else str(v) for i, v in enumerate(r))
        for r in table
    )


def _html(table: Sequence[Sequence[Any]]) -> str:
    body = "".join(
        "<tr>" + "".join(f"<td>{'' if v is None else v}</td>" for v in row) + "</tr>"
        for row in table[1:]
    )
    title = f"<tr><th colspan=7>{table[0][0]}</th></tr>"
    return f"<html><head><style>td{{}}</style></head><table border=1>{title}{body}</table></html>"


def _spreadsheet_ml(table: Sequence[Sequence[Any]]) -> str:
    def cell(value: Any) -> str:
        kind = "String" if isinstance(value, str) else "Number"
        return f'<Cell><Data ss:Type="{kind}">{value}</Data></Cell>' if value is not None else ""

    body = "".join("<Row>" + "".join(map(cell, row)) + "</Row>" for row in table[1:])
    return (
        '<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"'
        ' xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet"><Worksheet ss:Name="低保"><Table>'
        f'<Row><Cell ss:MergeAcross="6"><Data ss:Type="String">{table[0][0]}</Data></Cell></Row>'
        f"{body}</Table></Worksheet></Workbook>"
    )


def _zip(files: dict[str, bytes]) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as package:
        for name, inner in files.items():
            package.writestr(zipfile.ZipInfo(name), inner)
    return content.getvalue()


def _by_libreoffice(source: bytes) -> dict[str, bytes]:
    """The same workbook as LibreOffice writes it; nothing where that is not installed."""
    office = shutil.which("soffice")
    if office is None:
        return {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "in.xlsx").write_bytes(source)
        found = {}
        for suffix in ("ods", "xls", "xlsx"):
            out = folder / suffix
            command = [office, f"-env:UserInstallation=file://{folder}/profile", "--headless"]
            command += ["--convert-to", suffix, "--outdir", str(out), str(folder / "in.xlsx")]
            subprocess.run(command, check=True, capture_output=True, timeout=180)
            found[f"libreoffice.{suffix}"] = (out / f"in.{suffix}").read_bytes()
        return found
