"""What stands in the coloured copy beside its text: colours, frames, comments.

Wrong cells are red with a thick frame, doubtful ones yellow with a dashed frame, so that they
differ in black and white too. ID numbers are masked in all that is added.
"""

from collections.abc import Mapping

import polars as pl
from openpyxl.cell.cell import Cell
from openpyxl.comments import Comment
from openpyxl.styles import Border, PatternFill, Side

from pipelines.check.checked import Checked
from pipelines.check.copied import Page
from pipelines.check.findings import DOUBTFUL, WRONG
from pipelines.check.reading import key_columns
from pipelines.check.text import header_meaning
from pipelines.intake.masking import masked_numbers

MOST_COLOURED = 20_000
MOST_COMMENTS = 3_000

_AUTHOR = "bidui"
_THICK, _DASHED = Side(style="medium", color="9C0006"), Side(style="dashed", color="8A6D00")
FRAMES = {
    WRONG: Border(left=_THICK, right=_THICK, top=_THICK, bottom=_THICK),
    DOUBTFUL: Border(left=_DASHED, right=_DASHED, top=_DASHED, bottom=_DASHED),
}
FILLS = {
    WRONG: PatternFill("solid", fgColor="F8B4AE"),
    DOUBTFUL: PatternFill("solid", fgColor="FFF3B8"),
}
_TAKEN = PatternFill("solid", fgColor="D6EAE0")
_NOT_TAKEN = PatternFill("solid", fgColor="E4E4E4")


def colour(checked: Checked, pages: Mapping[int, Page], left_out: list[str]) -> None:
    """Colour each cell with a finding and say in a comment what is wrong and what to write."""
    placed = checked.findings.filter(
        pl.col("row_number").is_not_null() & pl.col("sheet_no").is_in(list(pages))
    ).sort(pl.col("severity") == WRONG, descending=True, maintain_order=True)
    by_cell = placed.group_by("sheet_no", "row_number", "position", maintain_order=True).agg(
        pl.col("severity").first(),
        said=pl.struct("severity", "reason", "expected", "hint"),
    )
    for number, (sheet_no, row, position, severity, said) in enumerate(
        by_cell.head(MOST_COLOURED).iter_rows()
    ):
        page = pages[sheet_no]
        cell = page.cell(
            row, position if position is not None else first_position(checked, sheet_no)
        )
        if cell is None:
            continue
        cell.fill, cell.border = FILLS[severity], FRAMES[severity]
        if number < MOST_COMMENTS:
            _comment(cell, "\n".join(_sentence(part) for part in said))
    if by_cell.height > MOST_COMMENTS:
        left_out.append(
            f"有错误或提醒的格共 {by_cell.height:,} 个，前 {MOST_COMMENTS:,} 个有批注，"
            f"前 {MOST_COLOURED:,} 个标了颜色。"
        )


def first_position(checked: Checked, sheet_no: int) -> int:
    """Give the column where a finding about a whole row is marked: whom it is about, if known."""
    sheet = checked.sheets[sheet_no]
    if sheet.reading:
        for name in key_columns(sheet.reading.contract):
            if name in sheet.reading.positions:
                return sheet.reading.positions[name]
    return min((cell["position"] for cell in sheet.parsed.header), default=0)


def _sentence(part: Mapping[str, str | None]) -> str:
    said = "；".join(p for p in (part["reason"], part["hint"], part["expected"]) if p)
    return masked_numbers(
        f"【{part['severity']}】{said}。".replace("。。", "。").replace("？。", "？")
    )


def _comment(cell: Cell, text: str) -> None:
    """Add a comment below what a person wrote there."""
    before = f"{cell.comment.text}\n——\n" if cell.comment else ""
    lines = sum(1 + len(line) // 20 for line in (before + text).splitlines())
    cell.comment = Comment(before + text, _AUTHOR, width=300, height=24 + 20 * lines)


def header_notes(checked: Checked, pages: Mapping[int, Page]) -> None:
    """Say in each header cell what it was taken for."""
    for sheet in checked.sheets:
        page = pages.get(sheet.parsed.sheet_no)
        if page is None or not sheet.parsed.header_rows:
            continue
        for header in sheet.parsed.header:
            cell = page.cell(sheet.parsed.header_rows[1], header["position"])
            if cell is None:
                continue
            if cell.comment is None or cell.comment.author != _AUTHOR:
                cell.fill = _TAKEN if header["column"] or header["joined"] else _NOT_TAKEN
            _comment(cell, f"认作：{header_meaning(header, sheet.parsed, sheet.contract)}")
