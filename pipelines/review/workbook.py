"""The workbook 关联核对: one row a pair, both sides beside each other, four columns to fill in."""

from pathlib import Path

import polars as pl
from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from pipelines.lists.layout import Layout, ListColumn, Part
from pipelines.lists.pen import Pen
from pipelines.lists.sheets import finish, list_sheet
from pipelines.lists.wording import DISCLAIMER
from pipelines.review.declared import review_settings
from pipelines.review.pairs import strata
from pipelines.review.published import PublishedLinks
from pipelines.review.sample import PRIORITY, RANDOM
from pipelines.review.told import LINES, percent
from pipelines.settings import Settings

KEY, VERDICT, WHO, WHEN, NOTE = "核对号", "结论", "核对人", "日期", "说明"
"""Headers that a returned workbook is read by; once issued they are not renamed."""

VERDICTS = ("同一人", "不是同一人", "无法判断")

SHOWN = ("left_text", "right_text")
"""What must still stand beside a pair's key when it comes back: `SHOWN_HEADERS` in the sheet."""

SHOWN_HEADERS = ("名单所写", "名册中的人")

_COLUMNS = (
    ListColumn(KEY, "key", 12),
    ListColumn("名单", "list", 15),
    ListColumn(SHOWN_HEADERS[0], "left_text", 25),
    ListColumn(SHOWN_HEADERS[1], "right_text", 25),
    ListColumn("逐项比对（正数支持是同一人）", "compared_text", 35),
    ListColumn("名单中同户", "left_mates", 17),
    ListColumn("名册中该户", "right_mates", 17),
    ListColumn("其次可能是", "rival_text", 17),
    ListColumn(VERDICT, width=9, part=Part.FILL, choices=VERDICTS),
    ListColumn(WHO, width=8, part=Part.FILL),
    ListColumn(WHEN, width=11, part=Part.FILL, lookup="date"),
    ListColumn(NOTE, width=14, part=Part.FILL),
    ListColumn("目前状态", "status_text", 10),
    ListColumn("关联依据", "key_says", 30),
    ListColumn("抽取方式", "part_text", 9),
    ListColumn("所在层", "stratum_text", 22),
    ListColumn("入样概率", "inclusion_text", 9),
    ListColumn("模型把握", "probability_text", 11),
    ListColumn("牵连规则", "rules", 8),
    ListColumn("代表行数", "rows", 8),
)
_OPEN = 12
_FROZEN = 2
_SHEET = "核对"
STATUS_WORDS = {"confirmed": "已确认", "suspected": "待核身份", "unmatched": "未匹配"}
_PARTS = {PRIORITY: "优先", RANDOM: "随机"}

_HOW = """\
每行问一件事：“名单所写”的和“名册中的人”是不是同一个人（住房等按户的名单：是不是这一户）。
两边逐行对照；“逐项比对”后面的数越大越支持是同一人，负数是反对，“—”是一方没有填。每加 1，可能性约翻一倍。
拿不准时看两边的同户成员，看“其次可能是”谁，也可以打电话、问村里、查原始材料。
只填绿色表头的四列：结论从下拉框中选，核对人写姓名，日期写核对那天（如 2021-09-08），说明可以不填。
查过仍不能断定的选“无法判断”，不要猜；它会记下来，不作任何认定，也不再来问。
可以只填一部分，没有填的行不算答复。可以排序、筛选、分给几个人填；不要改核对号、表头和深蓝色的列。
标“随机”的行用来估计全部关联有多准，请不要因为看着简单就跳过。
填好后交给数据员运行 bidui review import。两个人结论不同会退回，请一起看过再定。
""".splitlines()  # noqa: E501


def write_review(
    path: Path, shown: pl.DataFrame, round_: PublishedLinks, settings: Settings
) -> None:
    """Write the workbook to `path`.

    Args:
        path: Where.
        shown: The pairs as `told.told` gives them, with ``key`` and how they were drawn.
        round_: For county, round and run.
        settings: For the county's name.
    """
    workbook = Workbook()
    pen = Pen(workbook)
    front: Worksheet = workbook.create_sheet("填报说明")
    sheet: Worksheet = workbook.create_sheet(_SHEET)
    workbook.remove(workbook.worksheets[0])
    name = settings.county_names.get(round_.county, round_.county)
    _front(pen, front, shown, f"{name}　·　{round_.round_} 期　·　{shown.height} 对")
    rows = shown.with_columns(
        list=pl.concat_str(
            "list_title",
            pl.lit("\n"),
            "source",
            pl.when(pl.col("rows") > 1)
            .then(pl.format("\n（写法相同的共 {} 行）", "rows"))
            .otherwise(pl.lit("")),
        ),
        status_text=pl.col("status").replace(STATUS_WORDS),
        part_text=pl.col("part").replace(_PARTS),
        stratum_text=pl.col("stratum").replace(strata(review_settings())),
        inclusion_text=pl.col("inclusion").round(4).cast(pl.String),
        probability_text=pl.Series([percent(p) for p in shown["probability"]], dtype=pl.String),
    )
    mates = rows.select(
        pl.max_horizontal(
            pl.col(c).str.count_matches("\n") + 1 for c in ("left_mates", "right_mates")
        )
    ).to_series()
    heights = [max(LINES, lines or 0) + 1 for lines in mates]
    list_sheet(pen, sheet, Layout(_COLUMNS, _OPEN), rows, heights=heights, frozen=_FROZEN)
    sheet.sheet_properties.tabColor = "1E6E62"
    for each, table in ((front, False), (sheet, True)):
        title = f"{name}　{round_.round_} 期　关联核对　{each.title}"
        finish(each, title, round_.run_id, table=table, pages=0 if table else 1)
    workbook.active = 1
    workbook.properties.title = f"关联核对 {round_.round_}"
    workbook.properties.creator = "bidui"
    pen.save(path)


def _front(pen: Pen, sheet: Worksheet, shown: pl.DataFrame, line: str) -> None:
    """What it is, how to fill it in, and how the pairs were chosen."""
    widths = (34, 14, 14, 14, 14, 30)
    for letter, width in zip("ABCDEF", widths, strict=True):
        sheet.column_dimensions[letter].width = width
    texts = [("关 联 核 对", "title", 44), (line, "subtitle", 24), (DISCLAIMER, "warning", 24)]
    numbered = (f"{n}．{text}" for n, text in enumerate(_HOW, start=1))
    texts += [(text, "plain", 32 if len(text) > 62 else 18) for text in numbered]
    for row, (text, look, height) in enumerate(texts, start=1):
        sheet.merge_cells(start_row=row, start_column=1, end_row=row, end_column=len(widths))
        pen.put(sheet, row, 1, text, look)
        sheet.row_dimensions[row].height = height
    row = len(texts) + 2
    pen.put(sheet, row, 1, "这些对是怎样选出来的", "section")
    headers = ("层", "优先（对）", "随机（对）", "层内其余（对）", "入样概率", "合计代表行数")
    pen.put_row(sheet, row + 1, headers, "head")
    counted = shown.group_by("stratum").agg(
        (pl.col("part") == PRIORITY).sum().alias("priority"),
        (pl.col("part") == RANDOM).sum().alias("random"),
        pl.max("left_in_stratum"),
        pl.col("inclusion").filter(pl.col("part") == RANDOM).first(),
        pl.sum("rows"),
    )
    by_stratum = {r["stratum"]: r for r in counted.iter_rows(named=True)}
    row += 2
    for stratum, title in strata(review_settings()).items():
        if stratum in by_stratum:
            pen.put(sheet, row, 1, title, "text")
            told = by_stratum[stratum]
            drawn = "" if told["inclusion"] is None else f"{told['inclusion']:.2%}"
            numbers = (told["priority"], told["random"], told["left_in_stratum"] or 0, drawn)
            pen.put_row(sheet, row, [str(n) for n in (*numbers, told["rows"])], "centre", first=2)
            row += 1
    for note in (
        "优先：最没把握、牵连规则和行数最多的，全部列入（入样概率为 1）。",
        "随机：在每层其余的对中等概率抽取，用来估计全部关联的准确率和召回率，不偏向任何一方。",
    ):
        pen.put(sheet, row + 1, 1, note, "note")
        row += 1
