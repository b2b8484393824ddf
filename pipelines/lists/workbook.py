"""One recipient's workbook, sheet by sheet."""

from pathlib import Path

from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from pipelines.lists.content import TOWNSHIP, Content, Material
from pipelines.lists.cover import cover_sheet, sign_sheet
from pipelines.lists.household_pages import household_sheet
from pipelines.lists.layout import list_layout, pending_layout
from pipelines.lists.pen import Pen
from pipelines.lists.reason_codes import ReasonCodes
from pipelines.lists.sheets import (
    finish,
    list_sheet,
    not_compared_sheet,
    rules_sheet,
    summary_sheet,
    suspected_sheet,
)

SHEETS = ("封面与填报说明", "汇总", "清单", "待核身份", "未比对", "规则与依据", "签字页", "在办")
"""In this order; townships have 入户核查表 after them."""

HOUSEHOLDS = "入户核查表"

_TABS = {"清单": "C00000", "在办": "E08A00", "待核身份": "7F7F7F", HOUSEHOLDS: "1E6E62"}


def write_workbook(path: Path, content: Content, material: Material, codes: ReasonCodes) -> None:
    """Write the workbook of one recipient to `path`."""
    published = material.published
    workbook = Workbook()
    pen = Pen(workbook)
    sheets = {name: _sheet(workbook, name) for name in SHEETS}
    workbook.remove(workbook.worksheets[0])
    facts = {
        "期": published.round_.isoformat(),
        "县": material.county,
        "运行编号": published.run_id,
        "软件版本": published.version,
    }
    kind = content.recipient.kind
    cover_sheet(pen, sheets["封面与填报说明"], content, material.deadlines, facts)
    summary_sheet(pen, sheets["汇总"], content)
    list_sheet(pen, sheets["清单"], list_layout(kind), content.asked, codes)
    suspected_sheet(pen, sheets["待核身份"], content)
    not_compared_sheet(pen, sheets["未比对"], content)
    rules_sheet(pen, sheets["规则与依据"], content, codes)
    sign_sheet(pen, sheets["签字页"], content, material.deadlines)
    list_sheet(pen, sheets["在办"], pending_layout(kind), content.pending, codes)
    if kind == TOWNSHIP:
        sheets[HOUSEHOLDS] = _sheet(workbook, HOUSEHOLDS)
        household_sheet(pen, sheets[HOUSEHOLDS], content.asked, codes)
    for name, sheet in sheets.items():
        title = f"{content.recipient.title}　{published.round_} 期　疑点清单　{name}"
        single = name in {"封面与填报说明", "签字页"}
        table = not single and name != HOUSEHOLDS
        finish(sheet, title, published.run_id, table=table, pages=int(single))
        if name in _TABS:
            sheet.sheet_properties.tabColor = _TABS[name]
    workbook.properties.title = f"疑点清单 {published.round_}"
    workbook.properties.creator = "bidui"
    pen.save(path)


def _sheet(workbook: Workbook, name: str) -> Worksheet:
    sheet: Worksheet = workbook.create_sheet(name)
    return sheet
