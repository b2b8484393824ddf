"""A review from the published round to the next: out as a workbook, back as decisions."""

import datetime as dt
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from openpyxl import load_workbook

from pipelines.home import Home
from pipelines.linkage.decisions import DecisionError, load_decisions
from pipelines.review import explain as telling
from pipelines.review.answers import AnswerError, Taken, take_answers
from pipelines.review.issue import Issue, NothingToReviewError, export, read_issued
from pipelines.review.pictures import pictures
from pipelines.review.published import published_links
from pipelines.review.workbook import KEY, NOTE, VERDICT, WHEN
from pipelines.review.workbook import WHO as WHO_HEADER
from pipelines.synthetic.reviewer import fill_in
from tests.conftest import Bidui, run_bidui
from tests.review.conftest import COUNTY, DAY, WHO

pytestmark = pytest.mark.integration

TODAY = dt.date(2021, 9, 30)


def take(home: Home, file: Path) -> Taken:
    return take_answers(home, file, TODAY)


def changed(file: Path, to: Path, change: Callable[[Any, dict[str, int]], None]) -> Path:
    """A copy of a workbook in which somebody changed something."""
    book = load_workbook(file)
    sheet = book["核对"]
    change(sheet, {str(cell.value): cell.column for cell in sheet[1] if cell.column})
    book.save(to)
    return to


def answer(sheet: Any, at: dict[str, int], row: int, verdict: str, who: str = WHO) -> None:
    for name, said in ((VERDICT, verdict), (WHO_HEADER, who), (WHEN, DAY)):
        sheet.cell(row, at[name]).value = said


def test_the_workbook_is_locked_masked_and_ready_to_print(home: Home, issued: Issue) -> None:
    book = load_workbook(issued.path)
    sheet = book["核对"]
    header = [cell.value for cell in sheet[1]]
    assert sheet.freeze_panes == "C2"
    assert sheet.protection.sheet
    assert sheet.print_title_rows == "$1:$1"
    assert sheet.max_row - 1 == issued.pairs == 60
    fill = [header.index(name) for name in (VERDICT, WHO_HEADER, WHEN, NOTE)]
    locked = [cell.protection.locked for cell in sheet[2]]
    assert [n for n, is_locked in enumerate(locked) if not is_locked] == fill
    choices = [v for v in sheet.data_validations.dataValidation if v.type == "list"]
    assert [v.formula1 for v in choices] == ['"同一人,不是同一人,无法判断"']
    text = "\n".join(str(c.value) for row in sheet.iter_rows() for c in row if c.value)
    assert not re.search(r"(?<![\d-])\d{17}[\dX]", text)
    with published_links(home, COUNTY) as round_:
        numbers = round_.persons["id_number"].drop_nulls()
    assert not [n for n in numbers if n in text]


def test_both_sides_stand_line_by_line_beside_the_comparison(issued: Issue) -> None:
    sheet = load_workbook(issued.path)["核对"]
    for row in sheet.iter_rows(min_row=2, values_only=True):
        left, right, compared = (str(cell).rstrip("\n").split("\n") for cell in row[2:5])
        assert [line.split("　")[0] for line in left] == [line.split("　")[0] for line in right]
        assert len(left) == len(compared) - 1
        assert re.search(r"合计 [-+][\d.]+，(模型|凭依据认定，)把握 [\d.]+%", compared[-1])
        told = [float(line.rsplit("　", 1)[1]) for line in compared[:-1] if line != "　—"]
        total = float(compared[-1].split(" ")[1].split("，")[0])
        assert sum(told) == pytest.approx(total, abs=0.06 * len(told))


def test_answers_become_decisions_and_a_second_import_changes_nothing(
    home: Home, answered: Issue
) -> None:
    taken = take(home, answered.path)
    assert sum(taken.verdicts.values()) == 60
    assert taken.open == taken.changed == 0
    assert taken.rows == answered.rows
    first = taken.path.read_bytes()
    assert take(home, answered.path) == taken
    assert taken.path.read_bytes() == first
    found = load_decisions([home.path])
    assert found.height == answered.rows
    assert set(found["who"]) == {WHO}
    assert set(found["when"]) == {DAY}
    assert found.filter(pl.col("part") == "random")["inclusion"].max() <= 1
    assert found["probability"].null_count() == found["level_pattern"].null_count() == 0
    # What was answered is not asked again.
    again = export(Home(home.path), COUNTY, size=60)
    keys = ["records", "person_id", "household_id"]
    reviews = read_issued(home).partition_by("review", as_dict=True, include_key=False)
    one, two = (part.select(keys) for part in reviews.values())
    assert again.pairs == two.height
    assert one.join(two, on=keys, nulls_equal=True).is_empty()


def test_half_an_answer_is_no_answer_and_more_may_come_later(
    home: Home, issued: Issue, tmp_path: Path
) -> None:
    def some(sheet: Any, at: dict[str, int]) -> None:
        answer(sheet, at, 2, "同一人")
        answer(sheet, at, 5, "无法判断")

    def others(sheet: Any, at: dict[str, int]) -> None:
        sheet.delete_rows(2, 3)
        answer(sheet, at, 4, "不是同一人", "李强")

    one = changed(issued.path, tmp_path / "甲.xlsx", some)
    two = changed(issued.path, tmp_path / "乙.xlsx", others)
    assert take(home, one).verdicts == {"same": 1, "different": 0, "unsure": 1}
    taken = take(home, two)
    assert taken.verdicts == {"same": 1, "different": 1, "unsure": 1}
    assert taken.open == 57
    assert set(load_decisions([home.path])["who"]) == {WHO, "李强"}


def test_a_person_may_think_better_of_it(home: Home, issued: Issue, tmp_path: Path) -> None:
    first = changed(issued.path, tmp_path / "a.xlsx", lambda s, at: answer(s, at, 2, "无法判断"))
    take(home, first)
    later = changed(issued.path, tmp_path / "b.xlsx", lambda s, at: answer(s, at, 2, "同一人"))
    taken = take(home, later)
    assert taken.changed == 1
    assert taken.verdicts == {"same": 1, "different": 0, "unsure": 0}


def test_two_people_who_decide_differently_are_both_named(
    home: Home, issued: Issue, tmp_path: Path
) -> None:
    one = changed(issued.path, tmp_path / "a.xlsx", lambda s, at: answer(s, at, 2, "同一人"))
    taken = take(home, one)
    before = taken.path.read_bytes()

    def differently(sheet: Any, at: dict[str, int]) -> None:
        answer(sheet, at, 2, "不是同一人", "李强")
        answer(sheet, at, 3, "同一人", "李强")

    two = changed(issued.path, tmp_path / "b.xlsx", differently)
    with pytest.raises(DecisionError, match=rf"互相矛盾.*{WHO} 认定是.*李强 认定不是"):
        take(home, two)
    assert taken.path.read_bytes() == before


def _with(header: str, said: str) -> Callable[[Any, dict[str, int]], None]:
    """The second row answered, but for one cell."""

    def change(sheet: Any, at: dict[str, int]) -> None:
        answer(sheet, at, 2, "同一人")
        sheet.cell(2, at[header]).value = said

    return change


def _sorted_by_halves(sheet: Any, at: dict[str, int]) -> None:
    answer(sheet, at, 2, "同一人")
    one, two = sheet.cell(2, at[KEY]), sheet.cell(3, at[KEY])
    one.value, two.value = two.value, one.value


def _another_key(sheet: Any, at: dict[str, int]) -> None:
    answer(sheet, at, 2, "同一人")
    sheet.cell(2, at[KEY]).value = str(sheet.cell(2, at[KEY]).value)[:-4] + "0000"


def _twice(sheet: Any, at: dict[str, int]) -> None:
    answer(sheet, at, 2, "同一人")
    last = sheet.max_row + 1
    for column in range(1, sheet.max_column + 1):
        sheet.cell(last, column).value = sheet.cell(2, column).value
    answer(sheet, at, last, "不是同一人", "李强")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (_with(VERDICT, "应该是"), r"［核对］第 2 行“结论”应为 同一人、.*“应该是”"),
        (_with(VERDICT, ""), "第 2 行“结论”.*空着"),
        (_with(WHO_HEADER, ""), "第 2 行“核对人”空着"),
        (_with(WHEN, "九月"), "第 2 行“日期”应为核对那天.*“九月”"),
        (_with(WHEN, "2031-01-01"), "2031-01-01 还没有到"),
        (_sorted_by_halves, "和发出时不一样（可能只排序了部分列"),
        (_another_key, "没有发出过，或被改动"),
        (_twice, "同一对有两个结论：.*周敏 填“同一人”.*李强 填“不是同一人”"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_and_nothing_is_written(
    home: Home,
    issued: Issue,
    tmp_path: Path,
    change: Callable[[Any, dict[str, int]], None],
    says: str,
) -> None:
    file = changed(issued.path, tmp_path / "改.xlsx", change)
    with pytest.raises(AnswerError, match=says):
        take(home, file)
    assert list((home.path / "decisions").glob("*.csv")) == []


def test_a_file_that_is_no_review_is_refused(home: Home, issued: Issue, tmp_path: Path) -> None:
    other = tmp_path / "别的.xlsx"
    (tmp_path / "坏.xlsx").write_bytes(b"PK nothing")
    book = load_workbook(issued.path)
    del book["核对"]
    book.save(other)
    with pytest.raises(AnswerError, match="没有一张表有这些表头"):
        take(home, other)
    with pytest.raises(AnswerError, match="打不开"):
        take(home, tmp_path / "坏.xlsx")
    elsewhere = Home(tmp_path / "elsewhere")
    with pytest.raises(AnswerError, match="都不是这个数据文件夹发出的"):
        take(elsewhere, issued.path)


def test_it_comes_back_from_another_office_program(
    home: Home, answered: Issue, tmp_path: Path
) -> None:
    soffice = shutil.which("soffice")
    assert soffice, "LibreOffice is needed for this test (apt-get install libreoffice-calc)"
    profile = f"-env:UserInstallation=file://{tmp_path / 'profile'}"
    command = [soffice, profile, "--headless", "--convert-to", "xls", "--outdir", str(tmp_path)]
    subprocess.run([*command, str(answered.path)], check=True, capture_output=True, timeout=180)
    by_xls = take(home, tmp_path / f"{answered.path.stem}.xls")
    content = by_xls.path.read_bytes()
    assert take(home, answered.path) == by_xls
    assert by_xls.path.read_bytes() == content


def test_a_county_without_doubts_has_nothing_to_review(home: Home) -> None:
    done = export(home, COUNTY, size=100_000)
    fill_in(home, COUNTY, done.path, WHO, DAY)
    take(home, done.path)
    with pytest.raises(NothingToReviewError, match="没有要人核对的关联"):
        export(Home(home.path), COUNTY)


def test_explain_tells_a_row_by_its_id_and_by_its_place(home: Home) -> None:
    with published_links(home, COUNTY) as round_:
        links = round_.links
    row = links.filter((pl.col("method") == "S1") & pl.col("sheet").is_not_null()).row(
        0, named=True
    )
    told = telling.explain(home, row["record_id"], "测试")
    place = f"{row['path'].rsplit('/', 1)[-1]}:{row['sheet']}:{row['row_number']}"
    assert telling.explain(home, place, "测试") == told
    assert "待核身份（S1：按姓名、村、家人等综合判断）" in told.text
    assert sum(bar.bits for bar in told.bars) == pytest.approx(
        telling.waterfall.bits_of(row["probability"]), abs=1e-6
    )
    assert "<svg" in told.html
    assert not re.search(r"https?:|<script|@import|url\(", told.html)
    assert len((home.logs / "lookups.jsonl").read_text(encoding="utf-8").splitlines()) == 2
    exact = links.filter(pl.col("method") == "K1")["record_id"][0]
    assert "不看合计" in telling.explain(home, exact, "测试").text
    own = links.filter(pl.col("method") == "roster")["record_id"][0]
    assert "基础名册本身的行" in telling.explain(home, own, "测试").text
    with pytest.raises(telling.RecordNotFoundError, match="没有找到 x"):
        telling.explain(home, "x", "测试")


def test_explain_tells_of_the_school_that_another_list_told(home: Home) -> None:
    with published_links(home, COUNTY) as round_:
        aid = round_.links.filter(pl.col("dataset") == "education.student_aid")
    there = pl.col("evidence").str.json_path_match("$.school.right").is_not_null()
    told = telling.explain(home, aid.filter(there)["record_id"][0], "测试")
    assert "学校与学籍名册" in told.text
    assert "学校" in {bar.title for bar in told.bars}
    listed, known = next(values for label, *values in told.sides if label == "学校")
    assert all(value.endswith(("小学", "中学", "幼儿园")) for value in (listed, known))


def test_pictures_need_no_network_and_name_nobody(home: Home, answered: Issue) -> None:
    take(home, answered.path)
    page = pictures(Home(home.path), COUNTY)
    assert page.count('<div class="drawn"><svg') == page.count("<svg") == 4
    assert not re.search(r"https?:|<script|@import|url\(", page)
    with published_links(home, COUNTY) as round_:
        names = set(round_.persons.filter(pl.col("name").str.len_chars() > 2)["name"])
    assert not [name for name in names if name in page]
    assert "核对满 100 对后校准，现在 60 对" in page


def test_the_next_round_uses_what_people_decided(
    sample: Home, tmp_path: Path, bidui: Bidui
) -> None:
    home = Home(tmp_path / "home")
    shutil.copytree(sample.path, home.path)
    round_ = "2021-09-06"

    def estimates() -> dict[str, tuple[float, float]]:
        with published_links(home, COUNTY) as published:
            rows = published.connection.execute(
                "SELECT figure, low, high FROM link_estimates WHERE round = ? AND basis = 'review'",
                [round_],
            ).fetchall()
        return {figure: (low, high) for figure, low, high in rows}

    before = estimates()
    assert before["suspected_precision"] == pytest.approx((0.0, 1.0))
    made = run_bidui("review", "export", "--pairs", "120", home=home.path)
    assert made.returncode == 0, made.stderr
    (file,) = (home.lists / COUNTY / round_ / "关联核对").glob("*.xlsx")
    fill_in(home, COUNTY, file, WHO, DAY)
    done = run_bidui("review", "import", str(file), home=home.path)
    assert done.returncode == 0, done.stderr
    assert "收下 120 对" in done.stdout
    ran = run_bidui("run", "--round", round_, home=home.path)
    assert ran.returncode in {0, 3}, ran.stderr
    assert re.search(r"按已核对的 1\d\d 对：身份已确认的准确率估计 100.0%（9", ran.stdout)
    after = estimates()
    for figure in ("confirmed_precision", "confirmed_recall", "suspected_precision"):
        wide, narrow = (high - low for low, high in (before[figure], after[figure]))
        assert narrow < wide / 2, figure
    same = load_decisions([home.path]).filter(pl.col("decision") == "same")["record_id"]
    with published_links(home, COUNTY) as published:
        links = published.links
    decided = links.filter(pl.col("record_id").is_in(same.implode()))
    assert decided.select("status", "method", "reviewed_by").unique().rows() == [
        ("confirmed", "review", WHO)
    ]
    # More than the declared number were decided: what is still open is calibrated.
    suspected = links.filter(pl.col("status") == "suspected")
    assert suspected["calibrated"].null_count() == 0
    assert links.filter(pl.col("status") != "suspected")["calibrated"].count() == 0
