"""Writing lists into the inbox as departments send them, and keeping who each row is."""

import calendar
import datetime as dt
import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
import xlwt

from pipelines.synthetic.layouts import Field, Layout
from pipelines.synthetic.world import World
from pipelines.synthetic.xlsx import DAY, NUMBER, Sheet, column_letter, write_xlsx

COUNTY_NAMES = ("晴川县", "云溪县", "青石县", "望河县", "南屏县", "白沙县", "东岭县", "安澜县")
XLS_ROWS = 60_000
"""Rows of an .xls sheet that are surely fewer than the format's 65,536."""
PAGE = 45
"""Rows after which a printed page repeats its header, in lists kept for printing."""


@dataclass(frozen=True)
class Delivery:
    """One list of one round."""

    layout: Layout
    k: int
    as_of: dt.date
    frame: pl.DataFrame
    """Damaged rows (`defects.damage`) with township and household_id, one `row` number each."""
    note: str = ""
    """Put into the file's name, for instance 更正."""


def county_name(county: str) -> str:
    """Give the name of a county that does not exist."""
    return COUNTY_NAMES[(int(county) - 990112) % len(COUNTY_NAMES)]


def county_folder(county: str) -> str:
    """Give the county's folder in the inbox, with code and name as an office would write it."""
    return f"{county}{county_name(county)}"


def write_delivery(inbox: Path, world: World, delivery: Delivery) -> pl.DataFrame:
    """Write the files of one list.

    Returns:
        One row a written row: row (of the frame), path (relative to the inbox), sheet (null for
        csv), row_number (as a person sees it, from 1).
    """
    layout = delivery.layout
    rng = world.rng(f"layout {layout.dataset} {delivery.k}{delivery.note}")
    folder = inbox / county_folder(world.county) / layout.folder[0]
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for place, part in _parts(delivery):
        path = folder / _file_name(delivery, place, rng)
        written.append(_write(inbox, path, world, delivery, part, place))
        stamp = calendar.timegm((delivery.as_of + dt.timedelta(days=1)).timetuple()) + 9 * 3600
        os.utime(path, (stamp, stamp))
    return pl.concat(written)


def _parts(delivery: Delivery) -> list[tuple[str, pl.DataFrame]]:
    """Files of a delivery: the township each is for ('' for the county) and its rows."""
    layout, frame = delivery.layout, delivery.frame
    large = len(frame) > (XLS_ROWS if layout.kind == "xls" else 150_000)
    if layout.split == "file" or (layout.split == "sheet" and large):
        return [
            (str(town), part)
            for (town,), part in frame.partition_by(
                "township", as_dict=True, maintain_order=True
            ).items()
        ]
    return [("", frame)]


def _file_name(delivery: Delivery, place: str, rng: np.random.Generator) -> str:
    day, layout = delivery.as_of, delivery.layout
    forms = (
        f"{day:%Y%m%d}",
        f"{day.year}.{day.month}.{day.day}",
        f"{day.year}年{day.month}月{day.day}日",
    )
    written = forms[int(rng.integers(0, len(forms)))]
    where = f"（{place}）" if place else ""
    note = f"（{delivery.note}）" if delivery.note else ""
    end = {"xlsx": "xlsx", "xls": "xls"}.get(layout.kind, "csv")
    style = int(rng.integers(0, 3)) if layout.kind in {"xlsx", "xls"} else 0
    if style == 0:
        return f"{layout.title}{where}{written}{note}.{end}"
    if style == 1:
        return f"{written}{layout.title}{where}{note}.{end}"
    # No date in the name: the sub-title has it. The round's number keeps the names apart.
    return f"{layout.title}{where}第{delivery.k + 1}次报送{note}.{end}"


def _write(
    inbox: Path, path: Path, world: World, delivery: Delivery, part: pl.DataFrame, place: str
) -> pl.DataFrame:
    layout = delivery.layout
    relative = path.relative_to(inbox).as_posix()
    sheets: list[Sheet] = []
    rows = []
    groups: list[tuple[str, pl.DataFrame]]
    if layout.split == "sheet" and not place:
        groups = [
            (str(town), piece)
            for (town,), piece in part.partition_by(
                "township", as_dict=True, maintain_order=True
            ).items()
        ]
    else:
        groups = [(place or "Sheet1", part)]
    if layout.kind == "xls" and len(part) > XLS_ROWS and layout.split == "county":
        groups = [
            (f"Sheet{i // XLS_ROWS + 1}", part.slice(i, XLS_ROWS))
            for i in range(0, len(part), XLS_ROWS)
        ]
    for name, piece in groups:
        sheet, numbers = _sheet(world, delivery, name, piece)
        sheets.append(sheet)
        rows.append(
            piece.select("row").with_columns(
                pl.lit(relative).alias("path"),
                pl.lit(None if layout.kind.startswith("csv") else name, pl.String).alias("sheet"),
                numbers,
            )
        )
    if layout.kind == "xlsx":
        write_xlsx(path, sheets)
    elif layout.kind == "xls":
        _write_xls(path, sheets)
    else:
        _write_csv(path, sheets[0], layout.kind)
    return pl.concat(rows)


def _sheet(
    world: World, delivery: Delivery, name: str, part: pl.DataFrame
) -> tuple[Sheet, pl.Series]:
    """Lay one sheet out; give it and the row number of each row of `part`."""
    layout = delivery.layout
    rng = world.rng(f"sheet {layout.dataset} {name}")
    fields = [f for f in layout.fields if _sent(world, layout, f)]
    if layout.split == "sheet" and rng.random() < 0.3:
        fields = fields[-2:] + fields[:-2] if not any(f.group for f in fields) else fields
    headers = [f.headers[int(rng.integers(0, len(f.headers)))] for f in fields]
    csv = layout.kind.startswith("csv")
    style = int(rng.integers(0, 4))
    numbered = not csv
    cells = [part[f"w_{f.name}"].alias(f"c{i + numbered}") for i, f in enumerate(fields)]
    serial = pl.Series("c0", np.arange(1, len(part) + 1)).cast(pl.String)
    body = pl.DataFrame([serial, *cells] if numbered else cells)
    merges: list[str] = []
    top = _top(world, delivery, name, style) if not csv else []
    two_rows = not csv and any(f.group for f in fields)
    header = _header_rows(fields, headers, two_rows, numbered)
    width = len(fields) + numbered
    lead = [[*line, *[None] * (width - len(line))] for line in top] + header
    if not csv:
        if top and top[0] and top[0][0]:
            merges.append(f"A1:{column_letter(width - 1)}1")
        if two_rows:
            merges += _header_merges(header, len(top) + 1)
    if layout.dataset == "roster.population":
        body, more = _household_cells(body, part, fields, len(lead) + 1, style)
        merges += more
    if layout.dataset == "roster.monitored":
        body, more = _helper_cells(body, part, fields, len(lead) + 1)
        merges += more
    printed = style == 3 and not csv and not merges[1:] and 2 * PAGE < len(part) < 5000
    position = np.arange(len(part), dtype=np.int64)
    repeated = position // PAGE if printed else np.zeros(len(part), dtype=np.int64)
    numbers = pl.Series("row_number", position + repeated * len(header) + len(lead) + 1)
    tail = [] if csv else _tail(layout, part, fields, width, style)
    rows = _assemble(lead, body, header if printed else [], tail, width)
    return Sheet(name, rows, merges), numbers


def _sent(world: World, layout: Layout, field: Field) -> bool:
    """Whether the list has the column: rosters of even seeds come without 人编号."""
    return not (
        field.name == "person_id" and world.seed % 2 == 0 and layout.dataset == "roster.population"
    )


def _top(world: World, delivery: Delivery, name: str, style: int) -> list[list[str | None]]:
    """Title, and a sub-title with who filled it in, the date and the unit."""
    layout, day = delivery.layout, delivery.as_of
    county = county_name(world.county)
    place = name if layout.split != "county" and name != "Sheet1" else ""
    title = f"{county}{place}{layout.title}"
    unit = f"    单位：{layout.unit}" if layout.unit else ""
    office = place or f"{county}{layout.folder[0]}局"
    until = f"截至{day.year}年{day.month}月{day.day}日"
    sub = f"填报单位：{office}    {until}{unit}"
    lines: list[list[str | None]] = [[title], [sub]]
    return [*lines, []] if style == 2 else lines


def _header_rows(
    fields: list[Field], headers: list[str], two_rows: bool, numbered: bool
) -> list[list[str | None]]:
    serial = ["序号"] if numbered else []
    if not two_rows:
        return [[*serial, *headers]]
    upper: list[str | None] = [*serial]
    lower: list[str | None] = [None] * numbered
    before = ""
    for field, header in zip(fields, headers, strict=True):
        if field.group:
            upper.append(field.group if field.group != before else None)
            lower.append(header)
        else:
            upper.append(header)
            lower.append(None)
        before = field.group
    return [upper, lower]


def _header_merges(header: list[list[str | None]], first: int) -> list[str]:
    """Merged ranges of a two-row header that begins in row `first`."""
    upper, lower = header
    merges = []
    for i, cell in enumerate(upper):
        letter = column_letter(i)
        if lower[i] is None:
            merges.append(f"{letter}{first}:{letter}{first + 1}")
        elif cell is not None:
            end = i
            while end + 1 < len(upper) and upper[end + 1] is None and lower[end + 1] is not None:
                end += 1
            if end > i:
                merges.append(f"{letter}{first}:{column_letter(end)}{first}")
    return merges


def _household_cells(
    body: pl.DataFrame, part: pl.DataFrame, fields: list[Field], first: int, style: int
) -> tuple[pl.DataFrame, list[str]]:
    """Household columns written once a household: merged cells, or blanks and no number."""
    if style not in {0, 1}:
        return body, []
    names = [f.name for f in fields]
    columns = [names.index(c) + 1 for c in ("household_id", "head_name") if c in names]
    h = part["h"]
    start = (h != h.shift(1)).fill_null(value=True)
    blank = [
        pl.when(start).then(pl.col(f"c{i}")).alias(f"c{i}")
        for i in [*columns, *([0] if style == 1 else [])]
    ]
    if style == 1:
        order = start.cast(pl.Int64).cum_sum().cast(pl.String)
        return body.with_columns(order.alias("c0")).with_columns(blank), []
    begins = np.flatnonzero(start.to_numpy())
    ends = np.append(begins[1:], len(h)) - 1
    merges = [
        f"{column_letter(c)}{first + b}:{column_letter(c)}{first + e}"
        for c in columns
        for b, e in zip(begins.tolist(), ends.tolist(), strict=True)
        if e > b
    ]
    return body.with_columns(blank), merges


def _helper_cells(
    body: pl.DataFrame, part: pl.DataFrame, fields: list[Field], first: int
) -> tuple[pl.DataFrame, list[str]]:
    """One merged cell for neighbours with the same helper."""
    column = [f.name for f in fields].index("helper") + 1
    same = (
        (part["helper_tag"] == "merged_helper")
        & (part["helper"] == part["helper"].shift(1))
        & (part["v"] == part["v"].shift(1))
    ).fill_null(value=False)
    begins = np.flatnonzero(~same.to_numpy())
    ends = np.append(begins[1:], len(part)) - 1
    letter = column_letter(column)
    merges = [
        f"{letter}{first + b}:{letter}{first + e}"
        for b, e in zip(begins.tolist(), ends.tolist(), strict=True)
        if e > b
    ]
    kept = pl.when(~same).then(pl.col(f"c{column}")).alias(f"c{column}")
    return body.with_columns(kept), merges


def _tail(
    layout: Layout, part: pl.DataFrame, fields: list[Field], width: int, style: int
) -> list[list[str | None]]:
    """合计 row, blank row, notes, who filled it in."""
    lines: list[list[str | None]] = []
    if layout.total:
        line: list[str | None] = [None] * width
        line[0] = "合计"
        at = [f.name for f in fields].index(layout.total) + 1
        line[at] = f"{NUMBER}{round(float(part[layout.total].sum() or 0), 2)}"
        lines.append(line)
    if style in {1, 2}:
        lines.append([None] * width)
        lines.append(["备注：本表由业务系统导出，如有出入以业务系统为准。", *[None] * (width - 1)])
    if style in {0, 2}:
        lines.append(["填表人：            审核人：            ", *[None] * (width - 1)])
    return lines


def _assemble(
    lead: list[list[str | None]],
    body: pl.DataFrame,
    repeated: list[list[str | None]],
    tail: list[list[str | None]],
    width: int,
) -> pl.DataFrame:
    """Put the parts of a sheet one under the other."""
    names = [f"c{i}" for i in range(width)]
    schema = dict.fromkeys(names, pl.String)

    def lines(rows: list[list[str | None]]) -> pl.DataFrame:
        return pl.DataFrame(
            [[*r, *[None] * (width - len(r))] for r in rows], schema=schema, orient="row"
        )

    body = body.select(pl.col(n).cast(pl.String) for n in names)
    if repeated:
        pages = [body.slice(i, PAGE) for i in range(0, len(body), PAGE)]
        head = lines(repeated)
        body = pl.concat([x for page in pages for x in (head, page)][1:])
    return pl.concat([lines(lead), body, lines(tail)])


def _write_xls(path: Path, sheets: list[Sheet]) -> None:
    """Write BIFF, the format half of the departments still send."""
    book = xlwt.Workbook(encoding="utf-8")
    dates = xlwt.easyxf(num_format_str="YYYY/M/D")
    for sheet in sheets:
        page = book.add_sheet(sheet.name)
        merged: set[tuple[int, int]] = set()
        for r, row in enumerate(sheet.rows.iter_rows()):
            for c, value in enumerate(row):
                if value is None or (r, c) in merged:
                    continue
                if value.startswith(NUMBER):
                    page.write(r, c, float(value[1:]))
                elif value.startswith(DAY):
                    page.write(r, c, int(value[1:]), dates)
                else:
                    page.write(r, c, value)
    book.save(str(path))


def _write_csv(path: Path, sheet: Sheet, kind: str) -> None:
    """Write comma-separated text in the code page that the department's system exports."""
    text = sheet.rows.write_csv(include_header=False)
    if kind == "csv-gbk":
        path.write_bytes(text.encode("gbk", errors="replace"))
    else:
        path.write_bytes(text.encode("utf-8-sig"))
