"""The sheets of a 疑点清单, one function a sheet. Order, wording and look; no counting."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby

import polars as pl
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.properties import Outline
from openpyxl.worksheet.worksheet import Worksheet

from pipelines.lists.content import DEPARTMENT, Content
from pipelines.lists.layout import FROZEN, Layout, ListColumn, Part
from pipelines.lists.pen import Pen, height_of, protect, set_up_page
from pipelines.lists.reason_codes import ReasonCodes
from pipelines.lists.wording import DIRECTIONS, SEVERITIES, parameter_text

_HEADS = {Part.LOCKED: "head", Part.FILL: "head_fill", Part.COUNTY: "head_county"}
_CENTRED = {
    "level",
    "round",
    "rule_id",
    "issued_on",
    "due_on",
    "first_seen",
    "rounds_seen",
    "visit",
}


def texts(frame: pl.DataFrame, columns: Sequence[str]) -> pl.DataFrame:
    """Give `columns` as text: dates as 2021-08-30, what is unknown as nothing."""
    return frame.select(pl.col(c).cast(pl.String).fill_null("") for c in columns)


def lines_needed(frame: pl.DataFrame, widths: Mapping[str, float]) -> list[int]:
    """Give the lines each row needs when wrapped in columns of these widths.

    A Chinese character is two wide; its three bytes make ``(bytes + characters) / 2`` just that.
    """
    if not widths or frame.is_empty():
        return [1] * frame.height
    wide = [
        ((pl.col(c).str.len_bytes() + pl.col(c).str.len_chars()) / 2 / (width - 1)).ceil()
        + pl.col(c).str.count_matches("\n")
        for c, width in widths.items()
    ]
    return frame.select(pl.max_horizontal(wide).cast(pl.Int64)).to_series().to_list()


def list_sheet(
    pen: Pen,
    sheet: Worksheet,
    layout: Layout,
    rows: pl.DataFrame,
    codes: ReasonCodes | None = None,
    *,
    heights: Sequence[int] | None = None,
    frozen: int = FROZEN,
) -> None:
    """清单, 在办 and 核对: locked columns, columns to fill in, the rest grouped behind.

    Args:
        pen: Writes the cells.
        sheet: Where.
        layout: Its columns.
        rows: What it says.
        codes: The reason codes, where a column asks for them.
        heights: Lines of each row; by default as many as its texts need.
        frozen: Columns that stay in view.
    """
    fields = [c.field for c in layout.columns if c.field]
    words = texts(rows, fields)
    shown = {c.field: c.width for c in layout.columns[: layout.shown] if c.field}
    heights = lines_needed(words, shown) if heights is None else heights
    _columns(pen, sheet, layout.columns, layout.shown)
    looks = [_look(c, shown=n < layout.shown) for n, c in enumerate(layout.columns)]
    for row, (record, lines) in enumerate(
        zip(words.iter_rows(named=True), heights, strict=True), start=2
    ):
        for number, (column, look) in enumerate(zip(layout.columns, looks, strict=True), start=1):
            text = record[column.field] if column.field else None
            pen.put(sheet, row, number, text, text if text in SEVERITIES_SHOWN else look)
        sheet.row_dimensions[row].height = height_of(lines, least=2)
    last = max(rows.height + 1, 2)
    sheet.auto_filter.ref = f"A1:{get_column_letter(len(layout.columns))}{last}"
    sheet.freeze_panes = f"{get_column_letter(frozen + 1)}2"
    if rows.height:
        _choices(sheet, layout, rows, codes)


SEVERITIES_SHOWN = frozenset(SEVERITIES.values())


def _look(column: ListColumn, *, shown: bool) -> str:
    if column.part is not Part.LOCKED:
        return "fill"
    if column.field in _CENTRED:
        return "centre"
    return "text" if shown else "clipped"


def _columns(pen: Pen, sheet: Worksheet, columns: Iterable[ListColumn], shown: int) -> None:
    """Headers, widths, and the columns after the first `shown` grouped and folded."""
    for number, column in enumerate(columns, start=1):
        pen.put(sheet, 1, number, column.header, _HEADS[column.part])
        dimension = sheet.column_dimensions[get_column_letter(number)]
        dimension.width = column.width
        if number > shown:
            dimension.outlineLevel = 1
            dimension.hidden = True
    sheet.row_dimensions[1].height = height_of(2)
    sheet.sheet_properties.outlinePr = Outline(summaryRight=False)


def _choices(
    sheet: Worksheet, layout: Layout, rows: pl.DataFrame, codes: ReasonCodes | None
) -> None:
    """Drop-downs and date checks on the columns to fill in."""
    last = rows.height + 1
    for number, column in enumerate(layout.columns, start=1):
        letter = get_column_letter(number)
        if column.choices:
            validation = _list_of(column.choices, strict=column.strict)
            validation.add(f"{letter}2:{letter}{last}")
            sheet.add_data_validation(validation)
        elif column.lookup == "date":
            prompt = DataValidation(
                showInputMessage=True,
                promptTitle=column.header,
                prompt="请按 2021-09-03 的样式填写",
            )
            prompt.add(f"{letter}2:{letter}{last}")
            sheet.add_data_validation(prompt)
        elif column.lookup == "reason" and codes is not None:
            _reasons(sheet, letter, rows["reason_group"].to_list(), codes)


def _list_of(choices: Iterable[str], *, strict: bool) -> DataValidation:
    validation = DataValidation(
        type="list", formula1='"' + ",".join(choices) + '"', allow_blank=True
    )
    validation.showErrorMessage = strict
    validation.errorTitle = "请从下拉列表中选择"
    validation.error = "此处只能填写下拉列表中的选项"
    return validation


def _reasons(sheet: Worksheet, letter: str, groups: Sequence[str], codes: ReasonCodes) -> None:
    """One drop-down a group of rules, over the runs of rows that belong to it."""
    validations: dict[str, DataValidation] = {}
    row = 2
    for group, run in groupby(groups):
        count = len(list(run))
        if group not in validations:
            choices = [c.code for c in codes.groups[group].codes]
            validations[group] = _list_of(choices, strict=False)
        validations[group].add(f"{letter}{row}:{letter}{row + count - 1}")
        row += count
    for validation in validations.values():
        sheet.add_data_validation(validation)


def table_sheet(
    pen: Pen,
    sheet: Worksheet,
    columns: Sequence[tuple[str, str | None, float]],
    rows: pl.DataFrame,
    fills: Sequence[tuple[str, float, tuple[str, ...]]] = (),
    start: int = 1,
) -> int:
    """A plain table: header, text cells, filter; then columns to fill in. Gives the next free row.

    Args:
        pen: Writes the cells.
        sheet: Where.
        columns: Header, column of `rows` and width.
        rows: What it says.
        fills: Header, width and choices of the columns to fill in.
        start: Row of the header.
    """
    fields = [field for _, field, _ in columns if field]
    words = texts(rows, fields)
    heights = lines_needed(words, {f: w for _, f, w in columns if f})
    headers = [(h, w, "head") for h, _, w in columns] + [(h, w, "head_fill") for h, w, _ in fills]
    for number, (header, width, look) in enumerate(headers, start=1):
        pen.put(sheet, start, number, header, look)
        if start == 1:
            sheet.column_dimensions[get_column_letter(number)].width = width
    sheet.row_dimensions[start].height = height_of(2)
    looks = ["centre" if f in _CENTRED or w < 9 else "text" for _, f, w in columns]
    for row, (record, lines) in enumerate(
        zip(words.iter_rows(), heights, strict=True), start=start + 1
    ):
        for number, (text, look) in enumerate(zip(record, looks, strict=True), start=1):
            pen.put(sheet, row, number, text, text if text in SEVERITIES_SHOWN else look)
        pen.put_row(sheet, row, [None] * len(fills), "fill", first=len(columns) + 1)
        sheet.row_dimensions[row].height = height_of(lines)
    last = start + rows.height
    if start == 1:
        sheet.auto_filter.ref = f"A1:{get_column_letter(len(headers))}{max(last, 2)}"
        sheet.freeze_panes = "B2"
    for number, (_, _, choices) in enumerate(fills, start=len(columns) + 1):
        if choices and rows.height:
            letter = get_column_letter(number)
            validation = _list_of(choices, strict=True)
            validation.add(f"{letter}{start + 1}:{letter}{last}")
            sheet.add_data_validation(validation)
    return last + 1


def summary_sheet(pen: Pen, sheet: Worksheet, content: Content) -> None:
    """汇总: township × rule, last round and this; both directions always have their line."""
    headers = (
        ("方向", 18), ("规则编号", 10), ("疑点类型", 22), ("乡镇", 12),
        ("上期疑点", 9), ("上期新增", 9), ("上期消除", 9), ("上期逾期", 9),
        ("本期疑点", 9), ("涉及户", 8), ("涉及人", 8),
        ("本期新增", 9), ("本期消除", 9), ("本期逾期", 9),
    )  # fmt: skip
    counts = (
        "last_cases", "last_new", "last_closed", "last_overdue",
        "cases", "households", "persons", "new", "closed", "overdue",
    )  # fmt: skip
    for number, (header, width) in enumerate(headers, start=1):
        pen.put(sheet, 1, number, header, "head")
        sheet.column_dimensions[get_column_letter(number)].width = width
    sheet.row_dimensions[1].height = height_of(2)
    row = 2
    for direction, title in DIRECTIONS.items():
        part = content.counts.filter(pl.col("direction") == direction)
        words = texts(part, ("rule_id", "title", "township", *counts))
        for record in words.iter_rows():
            pen.put(sheet, row, 1, title, "text")
            pen.put_row(sheet, row, record[:3], "text", first=2)
            pen.put_row(sheet, row, record[3:], "centre", first=5)
            row += 1
        total = part.select(pl.col(c).sum().cast(pl.String) for c in counts).row(0)
        distinct = content.totals.filter(pl.col("direction") == direction)
        shown = dict(zip(counts, total, strict=True))
        shown |= {c: str(distinct[c].item()) for c in ("cases", "households", "persons")}
        pen.put_row(sheet, row, [title, "", "小计", ""], "sum")
        pen.put_row(sheet, row, [shown[c] for c in counts], "sum_centre", first=5)
        row += 1
    pen.put(
        sheet,
        row + 1,
        1,
        "应享未享与疑似重复或超范围享受并列统计；待核身份的记录不计入本表。",
        "note",
    )
    pen.put(
        sheet,
        row + 2,
        1,
        "“消除”指上期在办、本期比对后不再出现；未比对的不算消除。同一户、同一人在小计中只计一次。",
        "note",
    )
    sheet.freeze_panes = "E2"


def not_compared_sheet(pen: Pen, sheet: Worksheet, content: Content) -> None:
    """未比对: what could not be compared, why, by rule and village, and rules not run at all."""
    not_run = content.rules.filter(pl.col("ran").eq_missing(other=False)).select(
        "rule_id",
        "title",
        township=pl.lit("全县"),
        village=pl.lit("（整条规则未运行）"),
        subjects=pl.lit(None, pl.Int64),
        not_compared=pl.lit(None, pl.Int64),
        why_not_compared="why_not_run",
    )
    rows = pl.concat([not_run, content.not_compared.select(not_run.columns)])
    columns = (
        ("规则编号", "rule_id", 10.0),
        ("疑点类型", "title", 22.0),
        ("乡镇", "township", 12.0),
        ("村", "village", 16.0),
        ("应比对数", "subjects", 10.0),
        ("未比对数", "not_compared", 10.0),
        ("未比对的原因", "why_not_compared", 60.0),
    )
    free = table_sheet(pen, sheet, columns, rows)
    note = "未比对不等于没有疑点，也不作为销号依据；名单补齐后自动重新比对。"
    pen.put(sheet, free + 1, 1, note if rows.height else "本期没有未比对的规则和村。", "note")


def suspected_sheet(pen: Pen, sheet: Worksheet, content: Content) -> None:
    """待核身份: whose person is not certain, with the evidence; never on the 清单."""
    columns: list[tuple[str, str | None, float]] = [
        ("编号", "record_id", 17),
        ("事项", "matter", 14),
        ("来源部门", "department", 9.5),
        ("名单或说明", "record", 24),
        ("名单所写姓名", "name", 10),
        ("名单证件号(掩码)", "number", 18),
        ("名单所写村", "place", 11),
        ("来源(文件·表·行)", "source", 24),
        ("可能是", "likely", 10),
        ("其证件号(掩码)", "likely_number", 18),
        ("户编号", "household", 16),
        ("所在村", "village", 10),
        ("相符与不符之处", "evidence", 34),
        ("把握", "certainty", 12),
    ]
    if content.recipient.kind == DEPARTMENT:
        columns.append(("本部门原始记录", "own", 46))
    fills = (
        ("是否同一人", 10.0, ("是", "不是", "无法确定")),
        ("认定依据", 15.0, ()),
        ("核查人", 9.0, ()),
        ("核查日期", 11.0, ()),
    )
    free = table_sheet(pen, sheet, columns, content.suspected, fills)
    hidden = {"来源部门", "名单所写村", "来源(文件·表·行)", "户编号", "把握", "本部门原始记录"}
    for number, (header, _, _) in enumerate(columns, start=1):
        if header in hidden:
            dimension = sheet.column_dimensions[get_column_letter(number)]
            dimension.outlineLevel, dimension.hidden = 1, True
    note = "以下只是可能的对应关系，不是疑点；认定之前不计入任何合计，不得据此处理任何人。"
    pen.put(
        sheet, free + 1, 1, note if content.suspected.height else "本期没有待核身份的记录。", "note"
    )


def rules_sheet(pen: Pen, sheet: Worksheet, content: Content, codes: ReasonCodes) -> None:
    """规则与依据: each rule with its source, the parameters with theirs, the reason codes."""
    rules = content.rules.with_columns(
        direction_text=pl.col("direction").replace(DIRECTIONS),
        level=pl.col("severity").replace(SEVERITIES),
    )
    columns = (
        ("规则编号", "rule_id", 12.0),
        ("疑点类型", "title", 24.0),
        ("方向", "direction_text", 13.0),
        ("所问", "question", 30.0),
        ("依据", "source_text", 46.0),
        ("可能合理原因", "likely_innocent_reasons", 30.0),
        ("建议核实单位与方法", "verify_with", 40.0),
        ("见于这些名单的不列为疑点", "spares_titles", 24.0),
        ("所用参数", "parameter_keys", 24.0),
        ("等级", "level", 6.0),
    )
    free = table_sheet(pen, sheet, columns, rules)
    sheet.auto_filter.ref = None
    pen.put(sheet, free + 1, 1, "本清单所用参数", "section")
    parameters = content.parameters.with_columns(
        value_text=parameter_text("value"),
        span=pl.concat_str(
            pl.col("valid_from").cast(pl.String).fill_null(""),
            pl.lit(" 至 "),
            pl.col("valid_to").cast(pl.String).fill_null(""),
        ),
    )
    parameter_columns = (
        ("适用地区", "place", 12.0),
        ("参数", "key", 24.0),
        ("单位", "unit", 17.0),
        ("数值", "value_text", 30.0),
        ("依据", "source_text", 30.0),
        ("说明", "note", 30.0),
        ("有效期", "span", 26.0),
    )
    free = table_sheet(pen, sheet, parameter_columns, parameters, start=free + 2)
    pen.put(sheet, free + 1, 1, "原因代码", "section")
    used = list(dict.fromkeys(content.rules["reason_group"].to_list()))
    answers = pl.DataFrame(
        [
            (codes.groups[g].title, c.code, c.validity, c.proof, c.owner)
            for g in used
            for c in codes.groups[g].codes
        ],
        schema=dict.fromkeys(("group", "code", "validity", "proof", "owner"), pl.String),
        orient="row",
    )
    code_columns = (
        ("适用", "group", 12.0),
        ("原因代码", "code", 24.0),
        ("答复有效期", "validity", 17.0),
        ("需要的证明", "proof", 30.0),
        ("由谁更正或处理", "owner", 30.0),
    )
    free = table_sheet(pen, sheet, code_columns, answers, start=free + 2)
    pen.put(
        sheet,
        free + 1,
        1,
        "核实结果反馈后，各规则的属实率和误报率在后续各期公布；属实率过低的规则将降级。",
        "note",
    )


def finish(sheet: Worksheet, title: str, run_id: str, *, table: bool, pages: int = 0) -> None:
    """Print set-up and protection, the same for every sheet.

    Args:
        sheet: Which.
        title: Printed above every page.
        run_id: Printed below every page.
        table: Whether its first row is a header to repeat.
        pages: Most pages it may take; 0 for as many as it needs.
    """
    set_up_page(sheet, title, run_id, "1:1" if table else None)
    sheet.page_setup.fitToHeight = pages
    protect(sheet)


def day_text(day: dt.date) -> str:
    """Give a day as it stands in a sentence: 9月6日."""
    return f"{day.month}月{day.day}日"
