"""Tables laid out as people lay them out: titles, merged headers, repeats, sums, notes, gaps."""

import random
from typing import Any

from tests.judgement.tables import Row, Table
from tests.judgement.truth import DATA, NOT_DATA, Book, Cell, Line, Page

# special keys of a row: what holds for the line as a whole
KIND, DOUBT, HIDDEN, SPLIT, LOOK = "_kind", "_doubt", "_hidden", "_split", "_look"


def body_line(table: Table, row: Row) -> Line:
    """A row of the table as a line; keys that are no column are wanted though not written."""
    meta: dict[str, Any] = {k: v for k, v in row.items() if k.startswith("_")}
    look = meta.get(LOOK, lambda raw: raw)
    return Line(
        cells=[look(row[c].raw) if c in row else None for c in table.columns],
        kind=meta.get(KIND, DATA),
        wants={c: cell.want for c, cell in row.items() if isinstance(cell, Cell)},
        split=meta.get(SPLIT, []),
        doubt=meta.get(DOUBT, ""),
        hidden=bool(meta.get(HIDDEN)),
        written={c: row[c].raw for c in table.columns if c in row},
    )


def header_lines(
    table: Table, groups: dict[str, str] | None, merged: bool, width: int
) -> tuple[list[Line], list[tuple[int, int, int, int]]]:
    """One line, or two where some columns stand under a group; merges relative to the first."""
    if not groups:
        return [Line([*table.headers])], []
    top: list[Any] = []
    low: list[Any] = []
    merges = []
    at = 0
    while at < len(table.columns):
        group = groups.get(table.columns[at])
        if group is None:
            top.append(table.headers[at])
            low.append(None)
            if merged:
                merges.append((0, at, 1, at))
            at += 1
            continue
        end = at
        while end < len(table.columns) and groups.get(table.columns[end]) == group:
            end += 1
        top += [group] + [None] * (end - at - 1)
        low += table.headers[at:end]
        if merged and end - at > 1:
            merges.append((0, at, 0, end - 1))
        at = end
    return [Line(top), Line(low)], merges


def page(
    table: Table,
    name: str = "Sheet1",
    *,
    title: tuple[str, ...] = (),
    merge_title: bool = True,
    subtitle: dict[int, str] | None = None,
    gap: int = 0,
    groups: dict[str, str] | None = None,
    merged: bool = True,
    repeat: int = 0,
    repeat_title: bool = False,
    before: tuple[list[Any], ...] = (),
    after: tuple[list[Any], ...] = (),
    between: dict[int, list[Any]] | None = None,
    blank_rows: tuple[int, ...] = (),
    shift: int = 0,
    blank_columns: tuple[int, ...] = (),
    visible: str = "visible",
    skipped: bool = False,
) -> Page:
    """A sheet.

    Args:
        table: what it holds.
        name: of the sheet.
        title: title lines, one cell each.
        merge_title: merged over the whole width.
        subtitle: a line under the title: column -> text.
        gap: empty lines before the header.
        groups: column -> group above it in the line before.
        merged: groups are merged cells, not cells left empty.
        repeat: the header again after so many rows.
        repeat_title: with its title.
        before: lines that are no records between header and body (sums at the top).
        after: lines below the body (sums, notes, signatures).
        between: after the row of this number, a line that is no record.
        blank_rows: an empty line after the row of this number.
        shift: empty columns on the left.
        blank_columns: empty columns put in before these columns.
        visible: of the sheet.
        skipped: it must be named and not read.
    """
    width = len(table.columns)
    lines: list[Line] = []
    merges: list[tuple[int, int, int, int]] = []

    def titles() -> None:
        for words in title:
            if merge_title and width > 1:
                merges.append((len(lines), 0, len(lines), width - 1))
            lines.append(Line([words]))
        if subtitle:
            cells: list[Any] = [None] * width
            for at, words in subtitle.items():
                cells[at % width] = words
            lines.append(Line(cells))

    def header() -> None:
        head, its = header_lines(table, groups, merged, width)
        merges.extend((r1 + len(lines), c1, r2 + len(lines), c2) for r1, c1, r2, c2 in its)
        lines.extend(head)

    titles()
    lines.extend(Line([None] * width) for _ in range(gap))
    header()
    lines.extend(Line(list(cells)) for cells in before)
    for i, row in enumerate(table.rows):
        lines.append(body_line(table, row))
        if between and i in between:
            lines.append(Line(list(between[i])))
        if i in blank_rows:
            lines.append(Line([None] * width))
        if repeat and (i + 1) % repeat == 0 and i + 1 < len(table.rows):
            if repeat_title:
                titles()
            header()
    lines.extend(Line(list(cells)) for cells in after)
    out = Page(name, lines, table.dataset, merges, visible, skipped)
    for at in sorted(blank_columns, reverse=True):
        _insert(out, at, 1)
    if shift:
        _insert(out, 0, shift)
    return out


def _insert(page: Page, at: int, n: int) -> None:
    for line in page.lines:
        if len(line.cells) > at or at == 0:
            line.cells[at:at] = [None] * n
    page.merges = [
        (r1, c1 + (n if c1 >= at else 0), r2, c2 + (n if c2 >= at else 0))
        for r1, c1, r2, c2 in page.merges
    ]


def line(table: Table, **cells: Any) -> list[Any]:
    """A line with these columns filled (those the table has), for sums and the like."""
    return [cells.get(c) for c in table.columns]


def total(table: Table, words: str = "合计", *columns: str) -> list[Any]:
    """A line of sums of these columns, the word in the first."""
    out: list[Any] = [None] * len(table.columns)
    out[0] = words
    for column in columns:
        if column in table.columns:
            out[table.columns.index(column)] = round(
                sum(float(row[column].want.values[0] or 0) for row in table.rows if column in row),
                2,
            )
    return out


def book(name: str, pages: Page | list[Page], container: str = "xlsx", **more: Any) -> Book:
    """A file in the folder of its first page's department."""
    from tests.judgement.tables import DEPARTMENT

    pages = pages if isinstance(pages, list) else [pages]
    datasets = [p.dataset for p in pages if p.dataset]
    department = more.pop("department", DEPARTMENT[datasets[0].split(".")[0]])
    return Book(name=name, department=department, pages=pages, container=container, **more)


def spread(rng: random.Random, n: int, of: int) -> list[int]:
    """n different rows of `of`."""
    return rng.sample(range(of), min(n, of))


__all__ = ["NOT_DATA", "Any", "book", "line", "page", "spread", "total"]
