"""全县汇总: the county's counts for its leaders and analysts; nobody's record."""

from collections.abc import Sequence
from pathlib import Path

import polars as pl
from openpyxl import Workbook
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from pipelines.intake.deliveries import STATES
from pipelines.lists import summary
from pipelines.lists.content import Material
from pipelines.lists.pen import Pen, height_of, set_up_page
from pipelines.lists.sheets import lines_needed, texts
from pipelines.lists.slips import slip_counts, slips_of
from pipelines.lists.wording import DIRECTIONS, DISCLAIMER, SEVERITIES, translated

Columns = Sequence[tuple[str, str, float]]
"""Header, column of the frame, width."""


def county_tables(material: Material) -> dict[str, tuple[Columns, pl.DataFrame]]:
    """Give the county's tables by sheet name; the bulletin shows the same figures."""
    rows = summary.settled(material.rows)
    return {
        "乡镇汇总": _by_township(material, rows),
        "规则汇总": _by_rule(material, rows),
        "乡镇×规则": _by_both(rows),
        "空白村": _blank_villages(material),
        "零变化村": _zero_change(material),
        "未比对": _not_compared(material),
        "报送情况": _deliveries(material),
        "校核纠错": _slips(material),
    }


def write_county_workbook(path: Path, material: Material) -> None:
    """Write 全县汇总 to `path`."""
    published = material.published
    workbook = Workbook()
    pen = Pen(workbook)
    cover = workbook.worksheets[0]
    cover.title = "说明"
    tables = county_tables(material)
    for name, (columns, frame) in tables.items():
        sheet = workbook.create_sheet(name)
        _table(pen, sheet, columns, frame)
        set_up_page(sheet, f"{published.round_} 期　全县汇总　{name}", published.run_id, "1:1")
    _cover(pen, cover, material, {name: frame.height for name, (_, frame) in tables.items()})
    set_up_page(cover, f"{published.round_} 期　全县汇总", published.run_id)
    workbook.properties.creator = "bidui"
    pen.save(path)


def _cover(pen: Pen, sheet: Worksheet, material: Material, heights: dict[str, int]) -> None:
    published = material.published
    for letter, width in zip("ABCDE", (28, 16, 16, 16, 50), strict=True):
        sheet.column_dimensions[letter].width = width
    pen.put(sheet, 1, 1, f"全县汇总　{material.county}　{published.round_} 期", "section")
    pen.put(sheet, 2, 1, DISCLAIMER, "note")
    pen.put_row(sheet, 4, ("方向", "条", "户", "人", "说明"), "head")
    says = {
        "under_coverage": "应当享受而名单上没有的",
        "over_coverage": "可能重复、超范围或已不符合的，须由主管部门核实",
        "data_quality": "名单之间或名单内部写法不一致的",
        "process": "该做的程序没有做或没有记录的",
    }
    totals = summary.by_direction(summary.settled(material.rows))
    row = 4
    for record in totals.iter_rows(named=True):
        row += 1
        pen.put(sheet, row, 1, record["title"], "sum")
        for column, count in enumerate(summary.COUNTS, start=2):
            pen.put_number(sheet, row, column, record[count])
        pen.put(sheet, row, 5, says[record["direction"]], "text")
    unsettled = material.rows.height - summary.settled(material.rows).height
    lines = [
        f"另有 {unsettled} 条疑点所依据的身份待核，不计入以上各数。",
        f"有 {material.suspected.height} 条名单记录待认定是谁，见各清单的“待核身份”。",
        "条、户、人分别去重：同一户的几条疑点只算一户，同一人的几条疑点只算一人。",
        "空白村、零变化村是需要问一问为什么，不是结论：可能确无对象，也可能名单迟报或村名代码变更。",
        "本表不用于按查出人数或清退人数排名。",
    ]
    for text in lines:
        row += 1
        pen.put(sheet, row + 1, 1, text, "line")
    row += 3
    pen.put_row(sheet, row, ("表", "行数"), "head")
    for name, height in heights.items():
        row += 1
        pen.put(sheet, row, 1, name, "sum")
        pen.put_number(sheet, row, 2, height)


def _table(pen: Pen, sheet: Worksheet, columns: Columns, frame: pl.DataFrame) -> None:
    for number, (header, _, width) in enumerate(columns, start=1):
        pen.put(sheet, 1, number, header, "head")
        sheet.column_dimensions[get_column_letter(number)].width = width
    sheet.row_dimensions[1].height = height_of(2)
    names = [name for _, name, _ in columns]
    numeric = {n for n in names if frame.schema[n].is_numeric()}
    words = texts(frame, [n for n in names if n not in numeric])
    heights = lines_needed(words, {n: w for _, n, w in columns if n in words.columns})
    values = frame.select(names).rows()
    for row, (record, said, lines) in enumerate(
        zip(values, words.iter_rows(named=True), heights, strict=True), start=2
    ):
        for number, (name, value) in enumerate(zip(names, record, strict=True), start=1):
            if name in numeric and value is not None:
                pen.put_number(sheet, row, number, value)
            else:
                text = said.get(name)
                pen.put(sheet, row, number, text, "text")
        sheet.row_dimensions[row].height = height_of(lines)
    last = get_column_letter(len(columns))
    sheet.auto_filter.ref = f"A1:{last}{max(frame.height + 1, 2)}"
    sheet.freeze_panes = "B2"


def _wide(counts: pl.DataFrame, key: str) -> pl.DataFrame:
    """One row a key, and for each direction its 条, 户, 人 (noughts where there are none)."""
    frame = counts.select(key).unique().sort(key)
    for direction in DIRECTIONS:
        part = counts.filter(pl.col("direction") == direction).select(
            key, *(pl.col(c).alias(f"{direction}_{c}") for c in summary.COUNTS)
        )
        frame = frame.join(part, on=key, how="left")
    return frame.with_columns(pl.exclude(key).fill_null(0))


def _by_township(material: Material, rows: pl.DataFrame) -> tuple[Columns, pl.DataFrame]:
    frame = _wide(summary.counts_by(rows, "township", "direction"), "township")
    declared = material.published.villages.sort("township_code", nulls_last=True)["township"]
    places = pl.concat([declared, rows["township"]]).drop_nulls().unique(maintain_order=True)
    severity = [(pl.col("severity") == key).sum().cast(pl.Int64).alias(key) for key in SEVERITIES]
    residents = material.published.village_status.group_by("township").agg(
        pl.col("households").sum(), pl.col("residents").sum()
    )
    frame = (
        places.to_frame()
        .join(residents, on="township", how="left", maintain_order="left")
        .join(frame, on="township", how="left", maintain_order="left")
        .join(
            rows.group_by("township").agg(severity),
            on="township",
            how="left",
            maintain_order="left",
        )
        .with_columns(pl.exclude("township", "households", "residents").fill_null(0))
    )
    columns = [
        ("乡镇", "township", 14.0),
        ("在册户数", "households", 10.0),
        ("在册人数", "residents", 10.0),
    ]
    units = zip(summary.COUNTS, ("条", "户", "人"), strict=True)
    short = {"over_coverage": "疑似重复超范围"}
    pairs = [(c, unit) for c, unit in units]
    columns += [
        (f"{short.get(d, title)}({unit})", f"{d}_{c}", 9.5)
        for d, title in DIRECTIONS.items()
        for c, unit in pairs
    ]
    columns += [(f"{word}(条)", key, 7.0) for key, word in SEVERITIES.items()]
    return columns, frame


def _by_rule(material: Material, rows: pl.DataFrame) -> tuple[Columns, pl.DataFrame]:
    published = material.published
    states = (
        published.of_round(published.comparisons)
        .group_by("rule_id")
        .agg(pl.col("subjects", "agree", "disagree", "not_found", "not_compared").sum())
    )
    frame = (
        published.rules.select(
            "rule_id",
            "title",
            pl.col("direction").replace(DIRECTIONS).alias("direction_text"),
            pl.col("severity").replace(SEVERITIES).alias("level"),
            "why_not_run",
        )
        .join(states, on="rule_id", how="left")
        .join(summary.counts_by(rows, "rule_id"), on="rule_id", how="left")
        .with_columns(pl.col(summary.COUNTS).fill_null(0))
        .sort(
            pl.col("direction_text").replace_strict(
                list(DIRECTIONS.values()), range(len(DIRECTIONS)), default=9, return_dtype=pl.Int64
            ),
            "rule_id",
        )
    )
    columns = [
        ("规则编号", "rule_id", 10.0), ("疑点类型", "title", 22.0),
        ("方向", "direction_text", 20.0), ("等级", "level", 6.0), ("比对对象", "subjects", 10.0),
        ("一致", "agree", 10.0), ("不一致", "disagree", 9.0), ("对方未见", "not_found", 9.0),
        ("未比对", "not_compared", 9.0),
        ("疑点(条)", "cases", 9.0), ("涉及户", "households", 9.0), ("涉及人", "persons", 9.0),
        ("未运行原因", "why_not_run", 36.0),
    ]  # fmt: skip
    return columns, frame


def _by_both(rows: pl.DataFrame) -> tuple[Columns, pl.DataFrame]:
    frame = summary.counts_by(rows, "township", "rule_id", "kind", "direction_text")
    columns = [
        ("乡镇", "township", 14.0), ("规则编号", "rule_id", 10.0), ("疑点类型", "kind", 22.0),
        ("方向", "direction_text", 22.0), ("条", "cases", 8.0), ("户", "households", 8.0),
        ("人", "persons", 8.0),
    ]  # fmt: skip
    return columns, frame


def surprise_in_words(surprise: str = "surprise") -> pl.Expr:
    """Say how surprising it is that a village has nobody monitored."""
    share = pl.col(surprise)
    once = (1 / share.clip(lower_bound=0.0001)).round(0).cast(pl.Int64)
    said = pl.concat_str(pl.lit("村情相近的村中，约每 "), once, pl.lit(" 个才有 1 个一户也没有，"))
    tail = (
        pl.when(share < 0.05)
        .then(pl.lit("很少见，建议先问一问为什么"))
        .when(share < 0.2)
        .then(pl.lit("不常见，可以问一问"))
        .otherwise(pl.lit("并不少见"))
    )
    return (
        pl.when(share.is_null())
        .then(pl.lit("没有推算"))
        .when(share >= 0.5)
        .then(pl.lit("村小人少，一户没有很平常"))
        .otherwise(said + tail)
    )


def _blank_villages(material: Material) -> tuple[Columns, pl.DataFrame]:
    blank = material.published.village_status.filter(pl.col("blank"))
    frame = blank.with_columns(
        expected=pl.col("expected_monitored").round(1), words=surprise_in_words()
    ).sort("surprise", "village_code", nulls_last=True)
    columns = [
        ("乡镇", "township", 14.0), ("村", "village", 14.0), ("在册户数", "households", 10.0),
        ("在册人数", "residents", 10.0), ("预计监测户数", "expected", 12.0),
        ("有多意外", "words", 44.0), ("说明", "why", 50.0),
    ]  # fmt: skip
    return columns, frame


def _zero_change(material: Material) -> tuple[Columns, pl.DataFrame]:
    frame = material.published.village_status.filter(pl.col("zero_change")).sort(
        "deliveries_without_change", "village_code", descending=[True, False]
    )
    columns = [
        ("乡镇", "township", 14.0), ("村", "village", 14.0), ("监测户数", "monitored_active", 10.0),
        ("连续未变化的报送次数", "deliveries_without_change", 14.0), ("说明", "why", 60.0),
    ]  # fmt: skip
    return columns, frame


def _not_compared(material: Material) -> tuple[Columns, pl.DataFrame]:
    columns = [
        ("规则编号", "rule_id", 10.0), ("疑点类型", "title", 22.0), ("乡镇", "township", 14.0),
        ("村", "village", 16.0), ("应比对数", "subjects", 10.0), ("未比对数", "not_compared", 10.0),
        ("原因", "why_not_compared", 60.0),
    ]  # fmt: skip
    return columns, material.not_compared


def _deliveries(material: Material) -> tuple[Columns, pl.DataFrame]:
    contracts = material.contracts
    titles = {c.dataset: c.title for c in contracts.values()}
    order = {"missing": 0, "stale": 1, "late": 2, "on_time": 3}
    frame = material.published.deliveries.with_columns(
        department=pl.col("dataset").str.split(".").list.first().replace(contracts.departments),
        title=translated("dataset", titles),
        state_text=translated("state", STATES),
        place=pl.col("state").replace_strict(order, default=9, return_dtype=pl.Int64),
    ).sort("place", "dataset", "scope")
    columns = [
        ("部门", "department", 12.0), ("名单", "title", 26.0), ("范围", "scope", 14.0),
        ("情况", "state_text", 9.0), ("应到日", "due", 12.0), ("到达日", "arrived", 12.0),
        ("迟到天数", "days_late", 10.0), ("截止日", "as_of", 12.0),
    ]  # fmt: skip
    return columns, frame


def _slips(material: Material) -> tuple[Columns, pl.DataFrame]:
    """Whose lists have what to mend, without anybody's record."""
    counts = slip_counts(slips_of(material)).with_columns(
        pl.col("department").replace(material.contracts.departments)
    )
    columns = [
        ("部门", "department", 12.0), ("名单", "list", 26.0), ("问题", "problem", 60.0),
        ("待改正", "to_mend", 9.0), ("其中新发现", "new", 10.0), ("未收到新名单", "waiting", 10.0),
        ("最久(期)", "longest", 9.0), ("本期已改正", "closed", 10.0),
    ]  # fmt: skip
    return columns, counts
