"""The parts of the lists one by one: masking, working days, visits, reason codes, saving."""

import datetime as dt
from pathlib import Path

import polars as pl
import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.styles import Protection

from pipelines.home import SHIPPED
from pipelines.lists.county import surprise_in_words
from pipelines.lists.deadlines import CalendarWarning, after_workdays, deadlines, is_workday
from pipelines.lists.issued import Issue, Register
from pipelines.lists.pen import LOOKS, Pen
from pipelines.lists.reason_codes import COMMON, ReasonCodeError, load_reason_codes
from pipelines.lists.sheets import lines_needed
from pipelines.lists.visits import split_by_cap, with_visits
from pipelines.lists.wording import masked_id, masked_text
from pipelines.parameters import load_parameters

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        ("990112196001011234", "990112********1234"),
        ("99011219600101123X", "990112********123X"),
        ("990112600101123", "990112********1123"),
        ("12345678", "****5678"),
        ("1234", None),
        (None, None),
    ],
)
def test_masked_id(number: str | None, shown: str | None) -> None:
    frame = pl.DataFrame({"n": [number]}, schema={"n": pl.String})
    assert frame.select(masked_id(pl.col("n"))).item() == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("身份证990112196001011234电话13812345678", "身份证990112********1234电话138****5678"),
        ("号码：99011219600101123X。", "号码：990112********123X。"),
        ("老号990112600101123。", "老号990112*****123。"),
        ("卡号6228480112345678901", "卡号********8901"),
        ("2021-08-30 实发 1200.50 元", "2021-08-30 实发 1200.50 元"),
        ("学籍20210825.xlsx 第12行", "学籍20210825.xlsx 第12行"),
    ],
)
def test_masked_text(text: str, shown: str) -> None:
    assert pl.DataFrame({"t": [text]}).select(masked_text(pl.col("t"))).item() == shown


def test_working_days_follow_the_official_calendar() -> None:
    assert not is_workday(dt.date(2021, 10, 1))
    assert is_workday(dt.date(2021, 9, 18)), "a Saturday made up for"
    assert after_workdays(dt.date(2021, 9, 30), 1) == dt.date(2021, 10, 8)
    assert after_workdays(dt.date(2021, 9, 4), 0) == dt.date(2021, 9, 6), "a list leaves on Monday"


def test_beyond_the_calendar_monday_to_friday_with_a_warning() -> None:
    with pytest.warns(CalendarWarning, match="2199 年"):
        assert is_workday(dt.date(2199, 1, 1)) is (dt.date(2199, 1, 1).weekday() < 5)


def test_deadlines_are_those_of_the_parameters() -> None:
    days = deadlines(
        dt.date(2021, 8, 30), load_parameters([SHIPPED]).lookup("990112", dt.date(2021, 8, 30))
    )
    assert [name for name, _ in days.steps] == [
        "下发", "签收", "反馈（红色）", "反馈（橙色、黄色）", "乡镇审核", "县级复核", "销号",
    ]  # fmt: skip
    assert days.issued == dt.date(2021, 8, 30)
    assert days.red == dt.date(2021, 9, 2)
    assert days.feedback == dt.date(2021, 9, 6)
    assert days.close == dt.date(2021, 9, 18)


def doubts(*rows: tuple[str, str | None, int, str]) -> pl.DataFrame:
    """Rows of village, household, severity's rank and link status."""
    return pl.DataFrame(
        [
            {
                "case_id": f"c{n}",
                "township": "甲镇",
                "village": village,
                "household_id": household,
                "person_id": None,
                "rank": rank,
                "link_status": status,
                "first_seen": dt.date(2021, 8, 30),
            }
            for n, (village, household, rank, status) in enumerate(rows)
        ],
        schema_overrides={"person_id": pl.String},
    )


def test_a_household_is_one_visit_as_early_as_its_most_urgent_row() -> None:
    rows = with_visits(
        doubts(
            ("一村", "A", 2, "confirmed"),
            ("一村", "B", 0, "confirmed"),
            ("一村", "A", 1, "confirmed"),
            ("二村", "C", 1, "confirmed"),
            ("一村", None, 0, "confirmed"),
        )
    )
    assert rows["case_id"].to_list() == ["c1", "c4", "c2", "c0", "c3"]
    visits = dict(rows.select("case_id", "visit").rows())
    assert visits == {"c1": 1, "c4": None, "c2": 2, "c0": 2, "c3": 1}


def test_among_equals_the_certain_come_first() -> None:
    rows = with_visits(doubts(("一村", "A", 1, "unmatched"), ("一村", "B", 1, "confirmed")))
    assert rows["household_id"].to_list() == ["B", "A"]


def test_what_does_not_fit_under_the_cap_waits_with_its_whole_household() -> None:
    rows = with_visits(
        doubts(
            ("一村", "A", 2, "confirmed"),
            ("一村", "B", 0, "confirmed"),
            ("一村", "A", 2, "confirmed"),
            ("二村", "C", 2, "confirmed"),
            ("一村", None, 2, "confirmed"),
        )
    )
    now, waiting = split_by_cap(rows, 1)
    assert set(waiting["case_id"]) == {"c0", "c2"}
    assert set(now["case_id"]) == {"c1", "c3", "c4"}
    assert split_by_cap(rows, None)[1].is_empty()


def test_what_waited_is_asked_next_time_and_what_was_asked_is_not(tmp_path: Path) -> None:
    first, later = dt.date(2021, 8, 30), dt.date(2021, 9, 6)
    register = Register(tmp_path, "990112", first)
    cases = pl.DataFrame(
        {
            "case_id": ["asked", "waits"],
            "issued_on": [first, first],
            "due_on": [later, later],
            "waits": [False, True],
        }
    )
    register.add(Issue("甲镇/township", 1, "a.xlsx", "h", "k"), "run", cases)
    register.add(Issue("乙镇/township", 1, "b.xlsx", "h", "k"), "run", cases.clear())
    register.save()
    again = Register(tmp_path, "990112", later)
    assert again.asked_before("甲镇/township").rows() == [("asked", first, later)]
    assert again.asked_before("乙镇/township").is_empty()
    assert again.last("甲镇/township") is None, "another round, another list"
    assert Register(tmp_path, "990112", first).asked_before("甲镇/township").is_empty()
    kept = Register(tmp_path, "990112", first).last("乙镇/township")
    assert kept == Issue("乙镇/township", 1, "b.xlsx", "h", "k")


def test_reason_codes_ship_for_every_group() -> None:
    codes = load_reason_codes([SHIPPED])
    assert codes.group_of("EDU-02", "education") == "education"
    assert codes.group_of("STD-01", "standard") == "civil_affairs"
    assert codes.group_of("ZZZ-01", "roads") == COMMON
    insured = {c.code for c in codes.groups["insurance"].codes}
    assert {"异地参保", "职工医保", "参军", "服刑", "自愿不参保"} <= insured
    school = [c.code for c in codes.groups["education"].codes]
    declared = (
        "死亡 空挂户 双重户籍 身份证号或姓名错误 查无此人 已在校有学籍 省内就读无学籍 "
        "省外就读无学籍 超龄离校 出国 因病因残(送教) 外出无法联系"
    )
    assert school[:12] == declared.split()


def test_a_home_may_add_reason_codes_and_a_wrong_one_is_named(tmp_path: Path) -> None:
    path = tmp_path / "reference" / "reason_codes.yaml"
    path.parent.mkdir()
    path.write_text(
        "groups:\n  roads:\n    title: 交通\n    prefixes: [TRA]\n    codes:\n"
        "      - {code: 在建, proof: 合同, owner: 交通部门, validity: 本年度}\n",
        encoding="utf-8",
    )
    assert load_reason_codes([SHIPPED, tmp_path]).group_of("TRA-01", None) == "roads"
    path.write_text(
        path.read_text(encoding="utf-8").replace("code: 在建", 'code: "在建,未通"'),
        encoding="utf-8",
    )
    with pytest.raises(ReasonCodeError, match=r"reason_codes.yaml: groups\.roads"):
        load_reason_codes([SHIPPED, tmp_path])
    with pytest.raises(ReasonCodeError, match=COMMON):
        load_reason_codes([tmp_path / "nowhere"])


def test_surprise_is_said_in_words() -> None:
    frame = pl.DataFrame({"surprise": [0.01, 0.1, 0.3, 0.7, None]})
    said = frame.select(surprise_in_words()).to_series().to_list()
    assert "约每 100 个才有 1 个" in said[0]
    assert "很少见" in said[0]
    assert "不常见" in said[1]
    assert "并不少见" in said[2]
    assert said[3:] == ["村小人少，一户没有很平常", "没有推算"]


def test_lines_are_counted_by_width_not_by_characters() -> None:
    frame = pl.DataFrame({"t": ["汉" * 10, "a" * 10, "一\n二", ""]})
    assert lines_needed(frame, {"t": 11.0}) == [2, 1, 2, 0]


def test_saved_cells_read_like_openpyxl_s_own(tmp_path: Path) -> None:
    """The fast path and openpyxl's stock writer give the same workbook back."""
    said = [
        ("plain 文字", "text"), ("=1+1", "fill"), ("@x", "text"), ("-5", "text"), ("\tx", "text"),
        ('<a & "b">', "head"), (" 前后空格 ", "text"), ("两\n行", "text"), ("红", "红"),
        ("坏\x07字", "text"), (None, "fill"),
    ]  # fmt: skip
    fast, stock = Workbook(), Workbook()
    for workbook in (fast, stock):
        pen = Pen(workbook)
        sheet = workbook.worksheets[0]
        sheet.row_dimensions[2].height = 33
        sheet.column_dimensions["A"].width = 44
        if workbook is fast:
            for row, (text, look) in enumerate(said, start=2):
                pen.put(sheet, row, 1, text, look)
            pen.put_number(sheet, 20, 2, 12)
            pen.save(tmp_path / "fast.xlsx")
            continue
        for row, (text, look) in enumerate(said, start=2):
            cell = sheet.cell(row, 1)
            if text:
                cell._value, cell.data_type = text.replace("\x07", ""), "s"
            cell.protection = Protection(locked=LOOKS[look].locked)
        sheet.cell(20, 2, 12)
        workbook.save(tmp_path / "stock.xlsx")
    ours, theirs = (load_workbook(tmp_path / f"{n}.xlsx").worksheets[0] for n in ("fast", "stock"))
    assert ours.dimensions == theirs.dimensions == "A2:B20"
    assert ours.row_dimensions[2].height == theirs.row_dimensions[2].height == 33
    assert ours.column_dimensions["A"].width == 44
    for row in range(1, 21):
        for column in (1, 2):
            mine, other = ours.cell(row, column), theirs.cell(row, column)
            assert (mine.value, mine.data_type) == (other.value, other.data_type)
            assert mine.protection.locked == other.protection.locked
    quoted = {ours.cell(row, 1).value for row in range(2, 13) if ours.cell(row, 1).quotePrefix}
    assert quoted == {"=1+1", "@x", "-5", "\tx"}
