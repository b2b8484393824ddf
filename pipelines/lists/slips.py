"""校核纠错单: what one department must mend in its own list, and what it has mended.

A workbook of its own beside the department's 疑点清单: it is about the list, not about people's
cases, and it asks for nothing to be filled in. A line closes when the next list is right.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl
from openpyxl import Workbook
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from pipelines.contracts import ColumnType, Contracts
from pipelines.intake.deliveries import STATES as DELIVERY_STATES
from pipelines.lists.content import Material, Recipient
from pipelines.lists.issued import content_hash
from pipelines.lists.pen import Pen
from pipelines.lists.sheets import day_text, finish, table_sheet
from pipelines.lists.wording import translated
from pipelines.standardise.reasons import parts

LISTED = 200
"""Lines shown of one problem in one list: beyond that the list as a whole is to be made again."""

STATES = {
    "new": "本期新发现",
    "open": "未改正",
    "reopened": "改正后又出现",
    "waiting": "未收到新名单",
    "closed": "本期已改正",
}
_CLOSED_BY = {"new_file": "新名单已改正", "read_otherwise": "按新的对照表已能读懂"}
_CORRECTED = "县里暂作更正"
_HOW = (
    "本单列的是本部门报送的名单里读不出、相互矛盾或已知有误的地方，请对照原始材料改正。",
    "在业务系统或原表中改正后，下次照常报送即可，不必在本单上填写：新名单对了，系统自动销去；没有改的下期仍在。",
    "行号是打开所列文件时看到的行号。县里没有改动任何原件；“县里暂作更正”的，在改正之前按更正后的值使用。",
    "本单只发给报送部门，内含本部门名单原文，不得转发其他单位。",
)


@dataclass(frozen=True)
class SlipContent:
    """One department's slips of a round."""

    recipient: Recipient
    listed: pl.DataFrame
    """The lines to mend that are shown."""
    closed: pl.DataFrame
    """What this round's lists have right again."""
    counts: pl.DataFrame
    """By list and problem, all of them."""
    reported: pl.DataFrame
    """The department's deliveries."""

    @property
    def hash(self) -> str:
        """SHA-256 of all that it says."""
        return content_hash(self.listed, self.closed, self.counts, self.reported)


def slips_of(material: Material) -> pl.DataFrame:
    """Give the round's slips in words: `Published.slips` with titles, problem and state in Chinese.

    Account numbers are cut to their last four digits; all else is the department's own text.
    """
    contracts = material.contracts
    columns = pl.DataFrame(
        [
            (
                c.dataset,
                c.department,
                c.title,
                name,
                column.title,
                column.type is ColumnType.ACCOUNT,
            )
            for c in contracts.values()
            for name, column in c.columns.items()
        ],
        schema=["dataset", "department", "list", "column_name", "column", "is_account"],
        orient="row",
    )
    lists = columns.select("dataset", "department", "list").unique("dataset")
    titles = columns.select("dataset", "column_name", "column", "is_account")
    last_four = pl.col("raw_value").str.slice(-4)
    return (
        material.published.slips.join(lists, on="dataset", how="inner")
        .join(titles, on=["dataset", "column_name"], how="left")
        .with_columns(
            raw_value=pl.when("is_account").then(pl.lit("****") + last_four).otherwise("raw_value"),
            column=pl.col("column").fill_null("整行"),
            file=pl.col("path").str.split("/").list.last(),
            problem=pl.when(pl.col("reason_code") == "corrected")
            .then(pl.lit(_CORRECTED))
            .otherwise(parts(pl.col("reason"))["what"]),
            state_text=translated("state", STATES),
            closed_text=translated("closed_by", _CLOSED_BY),
            since=pl.col("first_seen").cast(pl.String) + pl.lit(" 起"),
        )
        .sort(
            pl.col("rounds_seen"),
            "list", "problem", "path", "sheet", "row_number", "slip_id",
            descending=[True, False, False, False, False, False, False],
            nulls_last=True,
        )
    )  # fmt: skip


def slip_counts(slips: pl.DataFrame) -> pl.DataFrame:
    """Count by list and problem: to mend, new, waiting for a list, closed, longest in rounds."""
    state = pl.col("state")
    is_open = state != "closed"
    return (
        slips.group_by("department", "list", "problem")
        .agg(
            to_mend=is_open.sum().cast(pl.Int64),
            new=state.is_in(["new", "reopened"]).sum().cast(pl.Int64),
            waiting=(state == "waiting").sum().cast(pl.Int64),
            closed=(state == "closed").sum().cast(pl.Int64),
            longest=pl.col("rounds_seen").filter(is_open).max(),
        )
        .with_columns(unlisted=(pl.col("to_mend") - LISTED).clip(lower_bound=0))
        .sort("department", "to_mend", "list", "problem", descending=[False, True, False, False])
    )


def slip_content(recipient: Recipient, slips: pl.DataFrame, material: Material) -> SlipContent:
    """Cut one department's slips from `slips_of`."""
    own = slips.filter(pl.col("department") == recipient.key)
    to_mend = own.filter(pl.col("state") != "closed")
    nth = pl.int_range(pl.len()).over("list", "problem")
    deliveries = material.published.deliveries
    return SlipContent(
        recipient=recipient,
        listed=to_mend.filter(nth < LISTED).sort("list", "problem", maintain_order=True),
        closed=own.filter((pl.col("state") == "closed") & (nth < LISTED)),
        counts=slip_counts(own),
        reported=reported_in_words(
            deliveries.filter(pl.col("dataset").str.starts_with(f"{recipient.key}.")),
            material.contracts,
        ),
    )


def reported_in_words(deliveries: pl.DataFrame, contracts: Contracts) -> pl.DataFrame:
    """Give deliveries with the list's title, its calendar and its state in Chinese."""
    titles = {c.dataset: c.title for c in contracts.values()}
    calendar = {c.dataset: c.delivery.says for c in contracts.values()}
    return deliveries.with_columns(
        list=translated("dataset", titles),
        calendar=translated("dataset", calendar),
        state_text=translated("state", DELIVERY_STATES),
    ).sort("list", "scope")


_COLUMNS: Sequence[tuple[str, str | None, float]] = (
    ("纠错编号", "slip_id", 15),
    ("名单", "list", 18),
    ("列", "column", 13),
    ("对象", "record_name", 10),
    ("现在填的", "raw_value", 22),
    ("哪里不对、怎样改", "reason", 46),
    ("文件", "file", 26),
    ("工作表", "sheet", 11),
    ("行号", "row_number", 7),
    ("首次发现", "first_seen", 11),
    ("期数", "rounds_seen", 6),
    ("情况", "state_text", 12),
)
_CLOSED = (*_COLUMNS[:-1], ("情况", "closed_text", 16))
_COUNTS: Sequence[tuple[str, str | None, float]] = (
    ("名单", "list", 22),
    ("问题", "problem", 58),
    ("待改正", "to_mend", 9),
    ("其中新发现", "new", 11),
    ("未收到新名单", "waiting", 12),
    ("最久(期)", "longest", 9),
    ("未列出", "unlisted", 11),
    ("本期已改正", "closed", 11),
)
_REPORTED: Sequence[tuple[str, str | None, float]] = (
    ("名单", "list", 22),
    ("报送要求和范围", "asked", 58),
    ("情况", "state_text", 9),
    ("应到日", "due", 11),
    ("到达日", "arrived", 12),
    ("迟(天)", "days_late", 9),
    ("截止日", "as_of", 11),
)


def write_slips(path: Path, content: SlipContent, material: Material) -> None:
    """Write one department's 校核纠错单 to `path`."""
    published = material.published
    workbook = Workbook()
    pen = Pen(workbook)
    names = ("说明与汇总", "需改正", "本期已改正")
    sheets = {name: _sheet(workbook, name) for name in names}
    workbook.remove(workbook.worksheets[0])
    _front(pen, sheets["说明与汇总"], content, material)
    table_sheet(pen, sheets["需改正"], _COLUMNS, content.listed)
    table_sheet(pen, sheets["本期已改正"], _CLOSED, content.closed)
    for name, sheet in sheets.items():
        title = f"{content.recipient.title}　{published.round_} 期　校核纠错单　{name}"
        finish(sheet, title, published.run_id, table=name != "说明与汇总")
    sheets["需改正"].sheet_properties.tabColor = "C00000"
    workbook.properties.title = f"校核纠错单 {published.round_}"
    workbook.properties.creator = "bidui"
    pen.save(path)


def _sheet(workbook: Workbook, name: str) -> Worksheet:
    sheet: Worksheet = workbook.create_sheet(name)
    return sheet


def _front(pen: Pen, sheet: Worksheet, content: SlipContent, material: Material) -> None:
    """What it is, how to use it, the counts, and what the department owes by the calendar."""
    round_ = material.published.round_
    last = len(_COUNTS)
    for number, (_, _, width) in enumerate(_COUNTS, start=1):
        sheet.column_dimensions[get_column_letter(number)].width = width
    total, closed = content.counts["to_mend"].sum(), content.counts["closed"].sum()
    line = (
        f"{content.recipient.title}　·　{round_} 期　·　待改正 {total} 处，本期已改正 {closed} 处"
    )
    for row, (text, look, height) in enumerate(
        (("校 核 纠 错 单", "title", 44), (line, "subtitle", 24)), start=1
    ):
        sheet.merge_cells(start_row=row, start_column=1, end_row=row, end_column=last)
        pen.put(sheet, row, 1, text, look)
        sheet.row_dimensions[row].height = height
    for row, text in enumerate(_HOW, start=4):
        sheet.merge_cells(start_row=row, start_column=1, end_row=row, end_column=last)
        pen.put(sheet, row, 1, f"{row - 3}．{text}", "plain")
        sheet.row_dimensions[row].height = 18
    row = 5 + len(_HOW)
    pen.put(sheet, row, 1, "按问题汇总", "section")
    row = table_sheet(pen, sheet, _COUNTS, content.counts, start=row + 1)
    if content.counts["unlisted"].sum():
        text = f"同一名单同一问题超过 {LISTED} 处的，只列最久的 {LISTED} 处，请整份核对后重报。"
        pen.put(sheet, row, 1, text, "line")
        row += 1
    late = content.reported.filter(pl.col("state") != "on_time").height
    says = f"报送情况（截至 {day_text(round_)}，{late} 份迟到、未到或过旧）" if late else "报送情况"
    pen.put(sheet, row + 1, 1, says, "section")
    asked = pl.concat_str("calendar", pl.lit("；"), "scope")
    table_sheet(pen, sheet, _REPORTED, content.reported.with_columns(asked=asked), start=row + 2)
