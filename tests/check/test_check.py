"""What a clerk is told before sending, on real files; each text and each mark has its reason."""

import datetime as dt
import io
import re
import zipfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
import polars as pl
import pytest
import xlsxwriter
import xlwt
from openpyxl.styles import Font

from expectations.validation import judge
from pipelines.check import copied
from pipelines.check.annotated import (
    CannotAnnotateError,
    annotated_names,
    annotated_workbook,
    write_annotated,
)
from pipelines.check.checked import Checked, UnknownDepartmentError, checked_file
from pipelines.check.places import KnownPlaces, UnknownCountyError, known_places
from pipelines.check.text import report
from pipelines.contracts import Contracts, load_contracts
from pipelines.home import SHIPPED, Home
from pipelines.intake.mappings import load_mappings
from pipelines.intake.protected import Limits, Readers
from pipelines.standardise.divisions import build_divisions
from pipelines.standardise.id_number import CHECKS, WEIGHTS
from tests.intake.conftest import xlsx
from tests.intake.test_mappings import unknown_rows

pytestmark = pytest.mark.unit

HEADER = ["序号", "姓名", "身份证号", "低保证号", "低保类别", "月保障金", "行政村"]
Check = Callable[..., Checked]
TODAY = dt.date(2021, 9, 1)


@pytest.fixture(scope="module")
def contracts() -> Contracts:
    return load_contracts([SHIPPED])


def id_number(number: int, born: str = "19800101") -> str:
    body = f"990112{born}{number:03d}"
    return body + CHECKS[sum(int(c) * w for c, w in zip(body, WEIGHTS, strict=True)) % 11]


def person(number: int, name: str = "王建国") -> list[Any]:
    """One row under `HEADER`."""
    return [number, name, id_number(number), f"D{number:05d}", "A类", 350, "王堂村"]


def put(folder: Path, name: str, content: bytes) -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


@pytest.fixture(scope="module")
def readers(contracts: Contracts, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Readers]:
    with Readers(contracts, tmp_path_factory.mktemp("read")) as readers:
        yield readers


@pytest.fixture(scope="module")
def check(contracts: Contracts, readers: Readers) -> Check:
    def checked(path: Path, department: str | None = "民政", **more: Any) -> Checked:
        return checked_file(
            path, contracts, department, **{"readers": readers, "today": TODAY, **more}
        )

    return checked


WANGTANG = KnownPlaces(
    build_divisions(
        pl.DataFrame(
            {"village_code": ["990112100201"], "village": ["王堂村"], "township": ["大石镇"]}
        )
    ),
    "村名已核对",
)


def sheet(folder: Path, rows: Sequence[Sequence[Any]], name: str = "低保20210831.xlsx") -> Path:
    return put(folder, name, xlsx(rows))


def codes(checked: Checked) -> list[tuple[str, int | None, int | None]]:
    places = checked.findings.select("code", "row_number", "position").rows()
    return [row for row in places if row[0] != "column_absent"]


def test_a_sound_file_may_be_sent_with_nothing_to_change(tmp_path: Path, check: Check) -> None:
    rows = [HEADER, *[person(n, f"王建{'甲乙丙丁'[n]}") for n in range(4)]]
    path = sheet(tmp_path, [*rows, ["合计", "4人", None, None, None, 1400, None]])
    checked = check(path, judge=judge)
    assert codes(checked) == []
    assert (checked.score, checked.may_be_sent) == (100, True)
    assert "可以报送" in report(checked)
    assert list(tmp_path.iterdir()) == [path]


def test_everything_wrong_is_said_with_its_place(tmp_path: Path, check: Check) -> None:
    wrong = person(3, "张三")
    wrong[2] = "990112198001019999"
    nameless = person(4)
    nameless[1] = None
    unknown = person(5, "赵六")
    unknown[4] = "A类别"
    other = person(1, "钱七")
    rows = [
        ["名册 单位：元"],
        [*HEADER, "怪列"],
        person(1),
        person(1),
        wrong,
        nameless,
        unknown,
        other,
    ]
    path = sheet(tmp_path, rows, "低保20210831共9人.xlsx")
    checked = check(path)
    text = report(checked)
    for said in (
        "截至日期：2021-08-31（取自文件名）",
        "C 列“身份证号” → 身份证号",
        "F 列“月保障金” → 月保障金（单位：元）",
        "H 列“怪列” → 未认出",
        "行：接收 5，搁置 1",
        "身份证号：有效 4，校验码不符 1",
        "第 5 行 C 列，“990112********9999”",
        "第 6 行 B 列，空白",
        "第 7 行 E 列，“A类别”，是否指“A类”？",
        "第 3 行 C 列，“990112********001",
        "“身份证号”同一个号码用于不同的姓名",
        "例：第 4 行，同第 3 行",
        "文件名写的数目与读到的行数不一致：写 9人，读到 6 行；请核对文件是否完整。",
        "得分 75（满分 100）＝ 接收的行 5/6 × 关键格可用 9/10（关键列：姓名、身份证号）",
    ):
        assert said in text, text
    assert "990112198001019999" not in text
    assert checked.may_be_sent  # rows are set aside, the list as a whole can be used
    judged = check(path, judge=judge)
    assert judged.may_be_sent  # more than a tenth has no name, but that is one row
    assert "一成以上的低保记录没有姓名" in report(judged)
    another = sheet(tmp_path, [*rows, nameless])
    assert not check(another, judge=judge).may_be_sent


@pytest.mark.parametrize(
    ("printed", "differs"), [(1050, False), (1400, True), ("1,050元", False), ("0.11万元", False)]
)
def test_a_total_is_held_against_its_rows(
    tmp_path: Path, check: Check, printed: object, differs: bool
) -> None:
    """A total that is rounded to its unit agrees; 1400 is four rows' money, and one is gone."""
    rows = [HEADER, *[person(n, f"李{'甲乙丙'[n]}") for n in range(3)]]
    path = sheet(tmp_path, [*rows, ["合计", None, None, None, None, printed, None]])
    checked = check(path)
    assert codes(checked) == ([("total_differs", 5, 5)] if differs else [])
    assert ("写 1,400，第 2 至 4 行相加得 1,050" in report(checked)) == differs


def test_subtotals_cover_what_stands_since_the_last(tmp_path: Path, check: Check) -> None:
    def total(label: str, people: str, money: int) -> list[Any]:
        return [label, people, None, None, None, money, None]

    rows = [HEADER, person(1, "甲一"), person(2, "甲二"), total("王堂村小计", "2人", 700)]
    rows += [person(3, "乙三"), total("石桥村小计", "2人", 350), total("合计", "3人", 1050)]
    assert codes(check(sheet(tmp_path, rows))) == [("count_differs", 6, 1)]


def test_dates_that_cannot_be_are_pointed_out(tmp_path: Path, check: Check) -> None:
    header = ["姓名", "身份证号", "性别", "出生日期", "死亡日期", "户籍地址"]
    rows = [
        ["甲一", id_number(1), "男", "1980-01-01", "2021-08-01", "王堂村"],
        ["乙二", id_number(3), "女", "1981-01-01", "2022-08-01", "王堂村"],
        ["丙三", id_number(5), "男", "1980-01-01", "1979-12-31", "王堂村"],
        ["丁四", None, "男", "1905-01-01", "1979年", "王堂村"],
    ]
    checked = check(sheet(tmp_path, [header, *rows]), "卫健")
    assert codes(checked) == [
        ("sex_against_number", 3, 2),
        ("birth_against_number", 3, 3),
        ("future_date", 3, 4),
        ("before_birth", 4, 4),
        ("absurd_birth", 5, 3),
    ]
    text = report(checked)
    assert "[提醒] 1 处，“性别”与证件号码不一致；请对照户口簿，核对哪一个填错。" in text
    assert "例：第 3 行 C 列，“女”，写的是女，按证件号码是男" in text


def test_a_benefit_may_begin_next_month(tmp_path: Path, check: Check) -> None:
    rows = [[*HEADER, "享受起始时间"], [*person(1), "2021-10-01"]]
    assert codes(check(sheet(tmp_path, rows))) == []


def test_a_households_benefit_may_be_older_than_the_child(tmp_path: Path, check: Check) -> None:
    child = person(1)
    child[2] = id_number(5, "20200203")
    rows = [[*HEADER, "享受起始时间"], [*child, "2019-06-20"]]
    assert codes(check(sheet(tmp_path, rows))) == []


def test_a_village_nobody_knows_is_pointed_out(tmp_path: Path, check: Check) -> None:
    far = person(2, "李四")
    far[6] = "无此村庄"
    checked = check(sheet(tmp_path, [HEADER, person(1), far]), places=WANGTANG)
    assert codes(checked) == [("unknown_village", 3, 6)]
    assert "村名已核对" in report(checked)


TOWNSHIPS = ["大石镇", "吴家店乡", "柳林乡"]
THREE = KnownPlaces(
    build_divisions(
        pl.DataFrame(
            {
                "village_code": [f"9901121{n:02d}201" for n in range(3)],
                "village": ["王堂村", "河湾村", "石桥村"],
                "township": TOWNSHIPS,
            }
        )
    ),
    "村名已核对",
)


def of_townships(*townships: str) -> list[list[Any]]:
    people = [[*person(n, f"王{'甲乙丙'[n]}")[:6], t] for n, t in enumerate(townships)]
    return [[*HEADER[:6], "乡镇"], *people]


def test_a_township_without_a_row_in_a_list_of_the_county_is_pointed_out(
    tmp_path: Path, check: Check
) -> None:
    checked = check(sheet(tmp_path, of_townships("大石镇", "吴家店")), places=THREE)
    assert codes(checked) == [("townships_missing", None, None)]
    assert "没有这些乡镇的行：“柳林乡”" in report(checked)
    assert checked.may_be_sent
    whole = check(sheet(tmp_path, of_townships(*TOWNSHIPS)), places=THREE)
    assert codes(whole) == []
    one = report(check(sheet(tmp_path, of_townships("大石镇")), places=THREE))
    assert "只有“大石镇”的行，文件名没有写明是哪个乡镇的" in one
    assert "请在文件名中写明“大石镇”" in one
    # What one township sends for itself covers it alone; without places nothing is known.
    own = sheet(tmp_path, of_townships("大石镇"), "大石镇低保20210831.xlsx")
    assert codes(check(own, places=THREE)) == []
    assert codes(check(sheet(tmp_path, of_townships("大石镇", "吴家店")))) == []
    paid: list[list[Any]] = [["姓名", "身份证号", "补贴项目", "实发金额", "乡镇"]]
    paid += [["张三", id_number(n), "低保", 350, TOWNSHIPS[n]] for n in (0, 2)]
    events = check(sheet(tmp_path, paid, "发放20210831.xlsx"), "财政", places=THREE)
    assert "townships_missing" not in {code for code, _, _ in codes(events)}


def test_a_village_that_a_heading_or_the_sheet_names_needs_no_column(
    tmp_path: Path, check: Check
) -> None:
    """Asked for only where rows are left without one."""
    rows: list[list[Any]] = [row[:6] for row in (HEADER, person(1), person(2))]
    asked = "“行政村”：没有这一列"
    assert asked in report(check(sheet(tmp_path, rows), places=WANGTANG))
    rows.insert(1, ["一、王堂村（2户）"])
    assert asked not in report(check(sheet(tmp_path, rows), places=WANGTANG))
    rows[1:1] = [person(3)[:6]]
    assert asked in report(check(sheet(tmp_path, rows), places=WANGTANG))
    assert asked not in report(check(put(tmp_path, "王堂村低保.xlsx", xlsx(rows)), places=WANGTANG))


def test_empty_and_missing_columns_are_said(tmp_path: Path, check: Check) -> None:
    rows = [["姓名", "低保类别", "月保障金", "状态", "备注"], ["甲一", "A类", 300, None, None]]
    checked = check(sheet(tmp_path, rows))
    assert codes(checked) == [("column_empty", 1, 3)]
    assert "“身份证号”：没有这一列" in report(checked)
    assert checked.score == 50


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "空"),
        (xlsx([["甲", "乙"], [1, 2]]), "没有找到表头"),
        (xlsx([["姓名", "甲", "乙", "丙"], [1, 2]]), "缺少"),
        (xlsx([["姓名", "死亡日期"]]), "没有一行可以使用"),
    ],
)
def test_a_file_that_cannot_be_used_says_what_to_change(
    tmp_path: Path, check: Check, content: bytes, said: str
) -> None:
    checked = check(put(tmp_path, "表.xlsx", content), "卫健")
    assert not checked.may_be_sent
    assert said in report(checked)
    assert "必须改" in report(checked)


def test_the_department_is_told_by_folder_then_by_header(tmp_path: Path, check: Check) -> None:
    by_header = check(sheet(tmp_path, [HEADER, person(1)]), None)
    assert (by_header.department, by_header.may_be_sent) == ("civil_affairs", True)
    assert "按表头推断" in by_header.department_title
    (tmp_path / "02卫健局").mkdir()
    by_folder = check(sheet(tmp_path / "02卫健局", [HEADER, person(1)]), None)
    assert by_folder.department == "health"
    assert "请把文件放到民政的文件夹" in report(by_folder)
    with pytest.raises(UnknownDepartmentError, match="education（教育）"):
        check(tmp_path / "02卫健局" / "低保20210831.xlsx", "交通局")


def test_the_question_it_prints_settles_the_header(
    tmp_path: Path, check: Check, contracts: Contracts
) -> None:
    """A clerk who copies the printed file and says 是 is not asked again."""
    path = sheet(tmp_path, unknown_rows())
    questions = dict(check(path).questions())
    for name, text in questions.items():
        (tmp_path / name).write_text(text.replace("确认: 否", "确认: 是"), encoding="utf-8")
    with Readers(contracts, tmp_path / "read", load_mappings(tmp_path, contracts)) as informed:
        settled = check(path, readers=informed)
    assert len(questions) == 1
    assert list(settled.questions()) == []
    assert settled.readings[0].positions["id_number"] == 1


def _copy(checked: Checked) -> Any:
    """The copy as the reader makes it, saved and opened again."""
    workbook, _ = annotated_workbook(checked, checked.path.read_bytes())
    saved = io.BytesIO()
    workbook.save(saved)
    return openpyxl.load_workbook(saved)


def test_the_copy_keeps_the_sheet_and_marks_the_cells(tmp_path: Path, check: Check) -> None:
    wrong = person(3, "张三")
    wrong[2] = "990112198001019999"

    def format_it(book: Any) -> None:
        page = book.active
        page["A1"].font = Font(bold=True, size=20)
        page.column_dimensions["C"].width = 33
        page["D5"].value, page["D5"].data_type = "=1+1", "s"

    content = xlsx(
        [["低保名册"], HEADER, person(1), person(1), wrong],
        ["A1:G1"],
        sheet="大石镇",
        more=format_it,
    )
    path = put(tmp_path, "低保.xlsx", content)
    book = _copy(check(path))
    page = book["大石镇"]
    assert book.sheetnames == ["检查结果", "大石镇"]
    assert [str(r) for r in page.merged_cells.ranges] == ["A1:G1"]
    assert (page["A1"].font.size, page.column_dimensions["C"].width) == (20, 33)
    assert (page["D5"].value, page["D5"].data_type) == ("=1+1", "s")
    assert page["C5"].fill.fgColor.rgb.endswith("F8B4AE")
    assert page["C5"].border.left.style == "medium"
    assert "校验码不符" in page["C5"].comment.text
    assert page["C5"].value == "990112198001019999"
    assert page["B4"].border.left.style == "dashed"  # said again: row 3 has it first
    assert "第 3 行" in page["B4"].comment.text
    assert page["C2"].comment.text == "认作：身份证号"
    assert page["B5"].comment is None
    first = book["检查结果"]
    texts = [str(c.value) for row in first.iter_rows() for c in row if c.value is not None]
    assert not [t for t in texts if "198001019999" in t]
    assert all(c.data_type == "s" for row in first.iter_rows() for c in row if c.value is not None)
    links = {c.value: c.hyperlink.location for row in first.iter_rows() for c in row if c.hyperlink}
    assert links["C5"] == "'大石镇'!C5"
    assert path.read_bytes() == content


def test_a_merged_cell_is_marked_where_it_begins(tmp_path: Path, check: Check) -> None:
    rows = [HEADER, person(1, "甲一"), person(2, "乙二")]
    rows[1][6], rows[2][6] = "无此村庄", None
    path = put(tmp_path, "低保.xlsx", xlsx(rows, ["G2:G3"]))
    book = _copy(check(path, places=WANGTANG))
    assert book["Sheet1"]["G2"].comment.text.count("【错误】") == 2


def _csv(rows: Sequence[Sequence[Any]]) -> bytes:
    return "\r\n".join(",".join(map(str, row)) for row in rows).encode("gb18030")


def _html(rows: Sequence[Sequence[Any]]) -> bytes:
    cells = ["".join(f"<td>{cell}</td>" for cell in row) for row in rows]
    return f"<html><table>{''.join(f'<tr>{c}</tr>' for c in cells)}</table></html>".encode()


def _xlsxwriter(rows: Sequence[Sequence[Any]]) -> bytes:
    content = io.BytesIO()
    with xlsxwriter.Workbook(content) as book:
        page = book.add_worksheet("表")
        for number, row in enumerate(rows):
            page.write_row(number, 0, row)
    return content.getvalue()


def _xls(rows: Sequence[Sequence[Any]]) -> bytes:
    content = io.BytesIO()
    book = xlwt.Workbook()
    page = book.add_sheet("表")
    for number, row in enumerate(rows):
        for position, value in enumerate(row):
            page.write(number, position, value)
    book.save(content)
    return content.getvalue()


def _zip(rows: Sequence[Sequence[Any]]) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("a.csv", _csv(rows))
        archive.writestr("b.xlsx", _xlsxwriter(rows))
    return content.getvalue()


@pytest.mark.parametrize("write", [_csv, _html, _xls, _xlsxwriter, _zip])
def test_any_file_gets_a_copy_of_text(tmp_path: Path, check: Check, write: Any) -> None:
    wrong = person(3, "张三")
    wrong[2], wrong[3] = "990112198001019999", "=HYPERLINK(1)"
    path = put(tmp_path, "低保.dat", write([HEADER, person(1), wrong]))
    book = _copy(check(path))
    assert len(book.sheetnames) == (3 if write is _zip else 2)
    for page in book.worksheets[1:]:
        assert "校验码不符" in page["C3"].comment.text
        assert page["E3"].comment is None
        if write not in {_xlsxwriter, _zip}:  # there it is a formula, and the sender's own
            assert (page["D3"].value, page["D3"].data_type) == ("=HYPERLINK(1)", "s")


def test_a_large_sheet_is_copied_in_part_and_says_so(
    tmp_path: Path, check: Check, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(copied, "MOST_CELLS", 100)
    rows = [HEADER, *[person(n, f"王{'甲乙丙丁'[n % 4]}") for n in range(50)]]
    rows[30][2] = "990112198001019999"
    checked = check(sheet(tmp_path, rows))
    book, left_out = annotated_workbook(checked, checked.path.read_bytes())
    page = book["Sheet1"]
    assert [c.value for c in page["A"]] == ["原表行号", "31"]
    assert "校验码不符" in page["D2"].comment.text
    assert "只列出表头和有错误、提醒的行" in left_out[0]


def test_a_copy_that_cannot_keep_the_formats_says_so(tmp_path: Path, check: Check) -> None:
    path = sheet(tmp_path, [HEADER, person(1), person(2)])
    broken = tmp_path / "broken" / path.name
    broken.parent.mkdir()
    with zipfile.ZipFile(path) as whole, zipfile.ZipFile(broken, "w") as copy:
        for name in whole.namelist():
            content = whole.read(name)
            if name == "xl/styles.xml":
                content = re.sub(rb'<sz val="[^"]*"', b'<sz val="large"', content)
            copy.writestr(name, content)
    checked = check(broken)
    book, left_out = annotated_workbook(checked, broken.read_bytes())
    assert [text for text in left_out if "留不住原来的格式" in text] == left_out
    assert book.worksheets[1]["B2"].value == person(1)[1]
    assert annotated_workbook(check(path), path.read_bytes())[1] == []


def test_the_file_itself_is_never_written_over(
    tmp_path: Path, check: Check, readers: Readers
) -> None:
    path = sheet(tmp_path, [HEADER, person(1)])
    with pytest.raises(CannotAnnotateError, match="请另写一个文件名"):
        write_annotated(check(path), path, readers)
    with pytest.raises(CannotAnnotateError, match="没有文件夹"):
        write_annotated(check(path), tmp_path / "没有的文件夹" / "标色.xlsx", readers)
    with pytest.raises(CannotAnnotateError, match="写不进去"):
        write_annotated(check(path), tmp_path, readers)
    names = annotated_names(tmp_path / "标色.xlsx", [path, path])
    assert [n.name for n in names] == ["标色-1-低保20210831.xlsx", "标色-2-低保20210831.xlsx"]


def test_the_command_says_by_its_status_whether_to_send(tmp_path: Path) -> None:
    good = sheet(tmp_path, [HEADER, person(1)])
    bad = put(tmp_path, "坏.xlsx", xlsx([["甲", "乙"], [1, 2]]))
    home = Home(tmp_path / "home")
    out = tmp_path / "标色.xlsx"
    assert _status(home, str(good), "--annotate", str(out)) == 0
    assert out.exists()
    assert _status(home, str(good), str(bad), "--department", "民政") == 3
    assert _status(home, str(good), "--department", "交通") == 2
    assert _status(home, str(good), "--annotate", str(tmp_path / "标色.xls")) == 2


def _status(home: Home, *arguments: str) -> int:
    from typer.testing import CliRunner

    from dagster_project.cli import app

    return CliRunner().invoke(app, ["check", *arguments, "--home", str(home.path)]).exit_code


def test_a_copy_that_asks_for_too_much_is_refused_with_a_sentence(
    tmp_path: Path, check: Check, contracts: Contracts
) -> None:
    checked = check(sheet(tmp_path, [HEADER, *[person(n % 900) for n in range(20_000)]]))
    hurried = Limits(seconds=1, seconds_a_mebibyte=0, waiting=100)
    out = tmp_path / "标色.xlsx"
    with (
        Readers(contracts, tmp_path / "read", limits=hurried) as readers,
        pytest.raises(CannotAnnotateError, match=r"用时超过上限.*检查结果以上面的文字为准"),
    ):
        write_annotated(checked, out, readers)
    assert not out.exists()


def test_an_absent_column_says_what_cannot_be_compared(tmp_path: Path, check: Check) -> None:
    rules = Home(tmp_path / "home").declared.rules
    path = sheet(tmp_path, [[*HEADER, "状态"], [*person(1), "享受"]])
    assert "做不了" not in report(check(path, rules=rules.values()))
    said = report(check(sheet(tmp_path, [HEADER, person(1)]), rules=rules.values()))
    assert "有的话请补上（补上“停保时间”也可以）" in said
    assert f"“状态”：没有这一列，这些比对做不了，会写“未比对”：{rules['STD-01'].title}" in said


def test_the_county_is_the_only_one_or_the_one_that_is_said(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    path = sheet(tmp_path, [HEADER, person(1)])
    day = TODAY
    assert known_places(home, path, None, day).says == "没有行政村名册，村名没有核对"
    for folder in ("990112晴川县", "990113岭北县"):
        (home.inbox / folder / "民政").mkdir(parents=True)
    assert (
        "请用 --county 写明其一：990112晴川县、990113岭北县"
        in known_places(home, path, None, day).says
    )
    for said in ("990113", "岭北县", "990113岭北县"):
        assert known_places(home, path, said, day).says == "没有行政村名册，村名没有核对"
    with pytest.raises(UnknownCountyError, match=r"没有县“990119”.*990112晴川县、990113岭北县"):
        known_places(home, path, "990119", day)


def test_before_the_first_round_the_list_of_villages_lies_in_the_inbox(
    tmp_path: Path, check: Check, readers: Readers
) -> None:
    home = Home(tmp_path / "home")
    inbox = home.inbox / "990112晴川县"
    header = ["县", "乡镇", "行政村", "行政村代码"]
    old = [header, ["晴川县", "大石镇", "老村", "990112100009"]]
    new = [header, ["晴川县", "大石镇", "王堂村", "990112100001"],
           ["晴川县", "大石镇", "李庄村", "990112100002"]]  # fmt: skip
    for folder, name, rows in (
        ("名册", "行政村20210101.xlsx", old), ("名册", "行政村20210801.xlsx", new),
        ("民政", "低保.xlsx", [HEADER, person(1), [*person(2)[:6], "老村"]]),
    ):  # fmt: skip
        (inbox / folder).mkdir(parents=True, exist_ok=True)
        put(inbox / folder, name, xlsx(rows))
    path = inbox / "民政" / "低保.xlsx"
    known = known_places(home, path, None, TODAY, readers)
    assert known.says == "村名已按晴川县收件箱里行政村名册的 2 个行政村核对"
    told = check(path, places=known)
    assert (3, "村", "unknown_village") in [
        (row, title[-1], code)
        for row, title, code in told.findings.select("row_number", "title", "code").rows()
        if code == "unknown_village"
    ]
    assert sorted(f.name for f in home.path.iterdir()) == ["inbox"]  # a check writes nothing
    (inbox / "名册" / "行政村20210801.xlsx").unlink()
    (inbox / "名册" / "行政村20210101.xlsx").unlink()
    assert known_places(home, path, None, TODAY, readers).says == "没有行政村名册，村名没有核对"


def test_villages_renamed_since_they_were_published(tmp_path: Path, check: Check) -> None:
    home = Home(tmp_path / "home")
    home.warehouse.mkdir(parents=True)
    with duckdb.connect(home.warehouse / "bidui.duckdb") as published:
        published.execute(
            "CREATE TABLE villages AS SELECT '990112' county, DATE '2021-08-01' round,"
            " '990112100001' village_code, '王堂村' village, '大石镇' township,"
            " '990112100' township_code, NULL::VARCHAR former_names"
        )
    (home.path / "reference").mkdir()
    (home.path / "reference" / "divisions.csv").write_text(
        "old,new,township,valid_from\n王堂村,新王堂村,大石镇,2021-08-15\n", encoding="utf-8"
    )
    rows = [[*HEADER, "乡镇"], [*person(1), "大石镇"]]
    renamed = known_places(home, sheet(tmp_path, rows), None, dt.date(2021, 8, 20))
    assert renamed.divisions
    assert renamed.divisions.villages["village"].to_list() == ["新王堂村"]
    assert not [c for c in codes(check(sheet(tmp_path, rows), places=renamed)) if "village" in c[0]]
    before = known_places(home, sheet(tmp_path, rows), None, dt.date(2021, 8, 10)).divisions
    assert before
    assert before.villages["village"].to_list() == ["王堂村"]


def test_many_columns_that_nobody_knows_are_told_in_one_line(tmp_path: Path, check: Check) -> None:
    wide = [[*HEADER, *(f"AAE{n:03d}" for n in range(40))], [*person(1), *["略"] * 40]]
    text = report(check(sheet(tmp_path, wide)))
    assert "“AAE011”等 40 个 → 未认出" in text
    assert text.count("→ 未认出") == 1
    few = [[*HEADER, "甲栏目", "乙栏目"], [*person(1), "x", "y"]]
    assert report(check(sheet(tmp_path, few))).count("→ 未认出") == 2


def test_a_file_of_no_department_is_not_likened_to_the_first(tmp_path: Path, check: Check) -> None:
    rows = [["编号", "人员", "号码", "钱"], [1, "张三", id_number(1), 20]]
    checked = check(sheet(tmp_path, rows, "表.xlsx"), None)
    text = report(checked)
    assert checked.department is None
    assert not checked.may_be_sent
    assert "表头对不上任何部门的名单；请核对是否选错了文件，或用 --department 写明部门" in text
    assert "最接近" not in text
    assert id_number(1) not in text


def test_what_title_and_file_name_say_of_all_rows_is_no_column_that_is_missing(
    check: Check, tmp_path: Path
) -> None:
    paid = [["高龄津贴发放表"], ["姓名", "身份证号", "实发金额"], ["王建国", id_number(1), 100]]
    found = check(put(tmp_path, "发放.xlsx", xlsx(paid)), "财政")
    assert "补贴项目" not in found.findings["title"].to_list()
    assert found.may_be_sent
    covered = [["姓名", "身份证号", "险种", "个人缴费"], ["王建国", id_number(1), "居民医保", 280]]
    for name, absent in (("2021年度参保名单.xlsx", False), ("参保名单.xlsx", True)):
        found = check(put(tmp_path, name, xlsx(covered)), "医保")
        assert ("参保年度" in found.findings["title"].to_list()) == absent
        assert ("“参保年度”取自文件名：2021年度" in report(found)) != absent


def test_of_month_sheets_the_newest_is_checked_and_the_others_are_told(
    check: Check, tmp_path: Path
) -> None:
    book = openpyxl.Workbook()
    for page, wrong in ((book.active, "七百"), (book.create_sheet("2021年8月"), "八百吧")):
        page.append(HEADER)
        for n in (1, 2, 3):
            page.append(person(n))
        page["F4"] = wrong
    book.worksheets[0].title = "2021年7月"
    content = io.BytesIO()
    book.save(content)
    found = check(put(tmp_path, "低保20210825.xlsx", content.getvalue()))
    assert (found.rows, found.accepted) == (3, 3)
    told = report(found)
    assert "八百吧" in told
    assert "七百" not in told
    assert "【工作表“2021年7月”】不用：已有更新的全县名单，即同一文件的工作表“2021年8月”" in told
    assert found.findings.filter(code="superseded")["severity"].to_list() == ["提醒"]
    assert found.may_be_sent


def test_sheets_of_other_dates_are_all_checked_where_nobody_knows_the_townships(
    check: Check, tmp_path: Path
) -> None:
    """大石 and 吴家店 may be two townships; only the list of villages could say so."""
    book = openpyxl.Workbook()
    for page, name, day, n in (
        (book.active, "大石", "2021年7月20日", 1),
        (book.create_sheet(), "吴家店", "2021年8月20日", 2),
    ):
        page.title = name
        page.append([f"低保名单（截至{day}）"])
        page.append(HEADER)
        page.append(person(n))
    content = io.BytesIO()
    book.save(content)
    path = put(tmp_path, "低保.xlsx", content.getvalue())
    assert check(path).accepted == 2
    villages = pl.DataFrame({"village_code": ["990112100001"], "village": ["王堂村"],
                             "township": ["大石镇"]})  # fmt: skip
    known = KnownPlaces(build_divisions(villages), "")
    told = check(path, places=known)
    assert told.accepted == 1
    assert "【工作表“大石”】不用：已有更新的全县名单" in report(told)
