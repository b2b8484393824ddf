"""封面与填报说明 and 签字页: what the list is, how it is filled in, by when, and who signs."""

import polars as pl
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from pipelines.lists.content import TOWNSHIP, Content
from pipelines.lists.deadlines import Deadlines
from pipelines.lists.pen import Pen
from pipelines.lists.sheets import day_text
from pipelines.lists.wording import DISCLAIMER, SEVERITIES

_WIDTHS = (16, 15, 15, 15, 15, 15, 15, 15)
_LAST = len(_WIDTHS)

_HOW = (
    "本表所列均为疑点，不是结论。疑点不等于问题，核实期间待遇照常发放，未经核实不得停发、扣减或公开。",
    "深蓝表头的列由系统填写，请勿改动；绿色表头的列（浅蓝底）由核查单位填写，能选的请从下拉框中选。",
    "填报只认“疑点编号”和表头文字：可以排序、筛选，不要改动编号和表头，不要合并单元格。没有填的行视为未反馈。",
    "“清单”只列本期新下发、反弹和退回补核的疑点；以前下发尚未反馈的在“在办”，仍按原时限办理。",
    "右侧其余列（两边的值、来源文件和行、匹配依据、可能合理原因等）已收起：选中两侧的列，右键“取消隐藏”即可查看。",
    "先看“可能合理原因”再下结论；“原因代码”的含义、证明材料和有效期见“规则与依据”。",
    "“待核身份”只是可能的对应关系，请认定是不是同一人；认定之前不得据此处理任何人。",
)
_TOWNSHIP_HOW = (
    "一户一访：同一户的疑点已排在一起，“入户核查表”每户一页，可打印后带去，回来再录入“清单”。"
)
_DEPARTMENT_HOW = "“本部门原始记录”列是本部门报送的原始内容，仅供本部门查找核对，不得转发其他单位。"


def cover_sheet(
    pen: Pen, sheet: Worksheet, content: Content, deadlines: Deadlines, facts: dict[str, str]
) -> None:
    """Lay out the cover.

    Args:
        pen: Writes the cells.
        sheet: Where.
        content: The recipient's list.
        deadlines: Its days.
        facts: Label to text, below: round, run, version.
    """
    for number, width in enumerate(_WIDTHS):
        sheet.column_dimensions["ABCDEFGH"[number]].width = width
    _across(pen, sheet, 1, "疑 点 清 单", "title", 48)
    kind = "乡镇入户核查" if content.recipient.kind == TOWNSHIP else "部门核对"
    line = f"{content.recipient.title}　·　{facts['期']} 期　·　{kind}"
    _across(pen, sheet, 2, line, "subtitle", 24)
    _across(pen, sheet, 3, DISCLAIMER, "warning", 24)
    row = _figures(pen, sheet, content, 5)
    row = _severities(pen, sheet, content, row + 1)
    row = _steps(pen, sheet, deadlines, row + 1)
    row += 1
    pen.put(sheet, row, 1, "填报说明", "section")
    special = _TOWNSHIP_HOW if content.recipient.kind == TOWNSHIP else _DEPARTMENT_HOW
    for number, text in enumerate((*_HOW, special), start=1):
        _across(
            pen, sheet, row + number, f"{number}．{text}", "plain", 30 if len(text) > 56 else 17
        )
    row += len(_HOW) + 3
    for text in _notes(content):
        _across(pen, sheet, row, text, "plain", 30)
        row += 1
    pen.put(sheet, row, 1, "　".join(f"{k}：{v}" for k, v in facts.items() if v), "note")


def _across(pen: Pen, sheet: Worksheet, row: int, text: str, look: str, height: float) -> None:
    sheet.merge_cells(start_row=row, start_column=1, end_row=row, end_column=_LAST)
    pen.put(sheet, row, 1, text, look)
    sheet.row_dimensions[row].height = height


def _figures(pen: Pen, sheet: Worksheet, content: Content, row: int) -> int:
    """Cases, households and persons by direction: under-coverage stands beside over-coverage."""
    pen.put(sheet, row, 1, "本期疑点（含在办）", "section")
    looks = {"under_coverage": "under", "over_coverage": "over"}
    for place, record in enumerate(content.totals.iter_rows(named=True)):
        column = 1 + 2 * place
        look = looks.get(record["direction"], "centre")
        for merged in (1, 2, 3):
            sheet.merge_cells(
                start_row=row + merged,
                start_column=column,
                end_row=row + merged,
                end_column=column + 1,
            )
            pen.put(sheet, row + merged, column + 1, None, "centre")
        pen.put(sheet, row + 1, column, record["title"], look)
        pen.put(sheet, row + 2, column, f"{record['cases']} 条", "big")
        pen.put(
            sheet, row + 3, column, f"{record['households']} 户　{record['persons']} 人", "centre"
        )
    for merged, height in ((1, 22), (2, 30), (3, 20)):
        sheet.row_dimensions[row + merged].height = height
    return row + 4


def _severities(pen: Pen, sheet: Worksheet, content: Content, row: int) -> int:
    pen.put(sheet, row, 1, "本期下发", "section")
    counted = dict(content.asked.group_by("severity").len().iter_rows())
    labels = (*SEVERITIES.values(), "合计", "入户户数", "在办", "其中逾期", "待核身份")
    late = content.pending.filter(pl.col("overdue") == "逾期").height
    numbers = (
        *(f"{counted.get(key, 0)} 条" for key in SEVERITIES),
        f"{content.asked.height} 条",
        f"{visits(content)} 户",
        f"{content.pending.height} 条",
        f"{late} 条",
        f"{content.suspected.height} 条",
    )
    for column, (label, number) in enumerate(zip(labels, numbers, strict=True), start=1):
        pen.put(sheet, row + 1, column, label, label if column <= 3 else "sum_centre")
        pen.put(sheet, row + 2, column, number, "centre")
    sheet.row_dimensions[row + 1].height = sheet.row_dimensions[row + 2].height = 22
    return row + 3


def visits(content: Content) -> int:
    """Count the households (or single persons) that the list asks to visit."""
    asked = content.asked.filter(pl.col("visit").is_not_null())
    return asked.select("village", "visit_key").unique().height


def _steps(pen: Pen, sheet: Worksheet, deadlines: Deadlines, row: int) -> int:
    pen.put(sheet, row, 1, "办理时限（按法定工作日）", "section")
    for column, (name, day) in enumerate(deadlines.steps, start=1):
        pen.put(sheet, row + 1, column, name, "sum_centre")
        pen.put(sheet, row + 2, column, day_text(day), "centre")
    sheet.row_dimensions[row + 1].height = 30
    sheet.row_dimensions[row + 2].height = 22
    return row + 3


def _notes(content: Content) -> list[str]:
    """What waits, what could not be compared, what the recipient itself owes."""
    notes = []
    if content.waiting.height:
        waiting = content.waiting.select("village", "visit_key").unique()
        by_village = waiting.group_by("village").len().sort("village")
        villages = "、".join(
            f"{village or '未定村'} {count} 户" for village, count in by_village.rows()
        )
        notes.append(
            f"每村每期入户数有上限，本期另有 {waiting.height} 户 {content.waiting.height} 条"
            f"顺延到下一期，请勿提前催办：{villages}。"
        )
    if content.not_compared.height:
        rules = content.not_compared["rule_id"].n_unique()
        notes.append(
            f"有 {rules} 条规则在部分村未能比对（名单未到、过旧、不全或身份待核），"
            "未比对不等于没有疑点，详见“未比对”。"
        )
    late = content.reported.filter(pl.col("state").is_in(["late", "missing", "stale"]))
    if late.height:
        named = "；".join(
            f"{title}（{scope}）应于{day_text(due)}前报送，{word}"
            for title, scope, due, word in late.select("title", "scope", "due", "word").rows()
        )
        notes.append(
            f"本单位有 {late.height} 份名单迟报、未报或过旧，影响比对，请尽快补报：{named}。"
        )
    return notes


def sign_sheet(pen: Pen, sheet: Worksheet, content: Content, deadlines: Deadlines) -> None:
    """签字页: who checked, who is responsible, seals."""
    for number, width in enumerate((22, 30, 22, 30), start=1):
        sheet.column_dimensions[get_column_letter(number)].width = width
    sheet.merge_cells("A1:D1")
    pen.put(sheet, 1, 1, "签 字 页", "title")
    sheet.row_dimensions[1].height = 44
    who = "乡镇" if content.recipient.kind == TOWNSHIP else "部门"
    pen.put(
        sheet,
        2,
        1,
        f"{content.recipient.title}　疑点清单　共下发 {content.asked.height} 条，反馈 ________ 条",
        "line",
    )
    pairs = (
        ("签收人", "签收日期"),
        ("核查人", "核查完成日期"),
        ("村（社区）负责人" if who == "乡镇" else "业务科室负责人", "日期"),
        (f"{who}审核人", "审核日期"),
        (f"{who}主要负责人", "日期"),
        ("县级复核人", "复核日期"),
    )
    for row, pair in enumerate(pairs, start=4):
        for column, label in zip((1, 3), pair, strict=True):
            pen.put(sheet, row, column, label, "sum_centre")
            pen.put(sheet, row, column + 1, None, "fill")
        sheet.row_dimensions[row].height = 40
    row = 4 + len(pairs)
    pen.put(sheet, row, 1, f"{who}盖章", "sum_centre")
    for column in range(2, 5):
        pen.put(sheet, row, column, None, "fill")
    sheet.row_dimensions[row].height = 110
    sheet.merge_cells(start_row=row, start_column=2, end_row=row, end_column=4)
    steps = "；".join(f"{name} {day_text(day)}" for name, day in deadlines.steps)
    pen.put(sheet, row + 2, 1, f"时限：{steps}", "note")
    pen.put(sheet, row + 3, 1, f"{DISCLAIMER}。签字盖章扫描件与本清单一并存档。", "note")
