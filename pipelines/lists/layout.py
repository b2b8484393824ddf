"""The columns of a 疑点清单: header texts, widths, which are locked, to fill in, shown or grouped.

Header texts are what returned workbooks are read by (FAIRNESS, "The workbook"): a header once
issued is not renamed.
"""

from dataclasses import dataclass
from enum import StrEnum


class Part(StrEnum):
    """Whose column it is."""

    LOCKED = "locked"
    FILL = "fill"
    COUNTY = "county"


@dataclass(frozen=True)
class ListColumn:
    """One column of the 清单."""

    header: str
    field: str | None = None
    """Column of the rows; None where people fill it in."""
    width: float = 12
    part: Part = Part.LOCKED
    choices: tuple[str, ...] = ()
    strict: bool = True
    """Whether only the choices may be entered."""
    lookup: str = ""
    """``date``: must be a date; ``reason``: choices are the reason codes of the rule's group."""


KEY = "疑点编号"
"""Header of the column that a returned row is known by."""

_LOCKED = {
    c.header: c
    for c in (
        ListColumn(KEY, "case_id", 22),
        ListColumn("期", "round", 11),
        ListColumn("规则编号", "rule_id", 9),
        ListColumn("疑点类型", "kind", 13),
        ListColumn("等级", "level", 5.5),
        ListColumn("乡镇", "township", 10),
        ListColumn("村", "village", 10),
        ListColumn("组", "group_name", 8),
        ListColumn("户编号", "household_id", 18),
        ListColumn("户主", "head_name", 9),
        ListColumn("姓名", "name", 9),
        ListColumn("与户主关系", "relation", 10),
        ListColumn("身份证号(掩码)", "id_number", 20),
        ListColumn("疑点说明", "explanation", 44),
        ListColumn("名册方", "left_title", 12),
        ListColumn("名册方值", "left_value", 20),
        ListColumn("名册方截止日", "left_as_of", 12),
        ListColumn("比对方部门", "right_title", 12),
        ListColumn("比对方值", "right_value", 20),
        ListColumn("比对方截止日", "right_as_of", 12),
        ListColumn("名册方来源(文件·表·行)", "left_source", 34),
        ListColumn("比对方来源(文件·表·行)", "right_source", 34),
        ListColumn("匹配依据", "link_evidence", 28),
        ListColumn("可能合理原因", "likely_innocent_reasons", 30),
        ListColumn("建议核实单位与方法", "verify_with", 26),
        ListColumn("首次发现", "first_seen", 11),
        ListColumn("连续期数", "rounds_seen", 8),
        ListColumn("下发日期", "issued_on", 11),
        ListColumn("反馈时限", "due_on", 11),
    )
}
_VISIT = ListColumn("入户序号", "visit", 8)
_OWN = ListColumn("本部门原始记录", "own_record", 60)

_FILL = (
    ListColumn("核查方式", width=9, part=Part.FILL, choices=("入户", "电话", "调档", "部门函询")),
    ListColumn("核查日期", width=11, part=Part.FILL, lookup="date"),
    ListColumn(
        "核查结论",
        width=10,
        part=Part.FILL,
        choices=("属实", "部分属实", "不属实", "无法核实"),
    ),
    ListColumn("原因代码", width=14, part=Part.FILL, strict=False, lookup="reason"),
    ListColumn("核查人", width=9, part=Part.FILL),
    ListColumn("应更正部门与字段", width=18, part=Part.FILL),
    ListColumn("处理措施", width=20, part=Part.FILL),
    ListColumn("是否涉及资金/金额", width=12, part=Part.FILL, choices=("否", "是"), strict=False),
    ListColumn("是否告知本人及日期", width=13, part=Part.FILL, choices=("否", "是"), strict=False),
    ListColumn("本人意见", width=18, part=Part.FILL),
    ListColumn("佐证材料", width=18, part=Part.FILL),
    ListColumn("村负责人", width=10, part=Part.FILL),
    ListColumn("备注", width=18, part=Part.FILL),
)
_COUNTY = (
    ListColumn("乡镇审核人/日期", width=16, part=Part.COUNTY),
    ListColumn("县级复核", width=10, part=Part.COUNTY, choices=("通过", "退回补核", "抽查")),
    ListColumn("销号日期与依据", width=18, part=Part.COUNTY),
    ListColumn("重新打开", width=9, part=Part.COUNTY, choices=("是",)),
)

_SHOWN_FILL = 5
"""How many of the columns to fill in are shown at once; the rest are grouped behind."""

_SHOWN_LOCKED = {
    "township": (KEY, "等级", "村", "户主", "姓名", "疑点类型", "疑点说明"),
    "department": (KEY, "等级", "乡镇", "村", "姓名", "疑点类型", "疑点说明"),
}
FROZEN = 5
"""Columns that stay in view: the number, the severity, the place and the name."""

MAX_SHOWN = 12


@dataclass(frozen=True)
class Layout:
    """Columns in the order of the sheet; the first `shown` are open, the rest grouped behind."""

    columns: tuple[ListColumn, ...]
    shown: int

    def number(self, header: str) -> int:
        """Give the sheet's column number of a header, from 1."""
        return [c.header for c in self.columns].index(header) + 1


def list_layout(kind: str) -> Layout:
    """Give the 清单's columns for a ``township`` or a ``department``."""
    shown = [_LOCKED[header] for header in _SHOWN_LOCKED[kind]]
    extra = (_VISIT,) if kind == "township" else (_OWN,)
    hidden = [*extra, *(c for c in _LOCKED.values() if c not in shown)]
    columns = (*shown, *_FILL[:_SHOWN_FILL], *hidden, *_FILL[_SHOWN_FILL:], *_COUNTY)
    return Layout(columns, len(shown) + _SHOWN_FILL)


def pending_layout(kind: str) -> Layout:
    """Give the columns of 在办: the locked ones, read only."""
    layout = list_layout(kind)
    shown = [_LOCKED[h] for h in (*_SHOWN_LOCKED[kind], "首次发现", "下发日期", "反馈时限")]
    hidden = [c for c in layout.columns if c.part is Part.LOCKED and c not in shown]
    overdue = ListColumn("是否逾期", "overdue", 9)
    return Layout((*shown, overdue, *hidden), len(shown) + 1)
