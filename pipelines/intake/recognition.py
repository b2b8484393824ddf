"""One sheet: which rows are its header, which dataset it is, and what each column means.

Three things speak, the surest first: what people settled (`mappings`), the contracts' words
(`match`), and the likeness of words and values together (`resemblance`). What stays open becomes a
question, never a guess.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import polars as pl

from pipelines.contracts import ColumnType
from pipelines.intake.as_of import date_in
from pipelines.intake.below import cut, lists_below
from pipelines.intake.beside import lists_beside, parted
from pipelines.intake.body import read_body, title_texts
from pipelines.intake.cells import RawSheet, column_letters
from pipelines.intake.header import Top, likely_span
from pipelines.intake.kept import ParsedSheet
from pipelines.intake.mappings import Mappings, Settled, settled_match, shape_of
from pipelines.intake.marks import marked_records
from pipelines.intake.masking import masked
from pipelines.intake.match import Match, best_first, match_header, route
from pipelines.intake.messages import ambiguous, may_be_settled, recognised, unrecognised
from pipelines.intake.resemblance import LEAST_KNOWN, Guess, Understood, understood
from pipelines.intake.said import said_above
from pipelines.intake.vocabulary import Vocabulary

_MOST_TOWNSHIPS = 300
_LEAST_WORDS = 2
"""With fewer columns named by contract words, a sheet is a question, however sure the values."""
_SAMPLES = 3
_SAMPLE = 30
_EMPTY = "工作表是空的，没有可读取的内容。"


Parsed = tuple[ParsedSheet, pl.DataFrame | None]
"""A sheet and its rows; none where it was not read."""


@dataclass(frozen=True)
class Words:
    """What a sheet's header is held against."""

    department: str
    """Who sent the file."""
    own: list[Vocabulary]
    others: list[Vocabulary]
    """Of the other departments: for hints on where a file belongs."""
    mappings: Mappings


def parse_sheet(raw: RawSheet, words: Words) -> list[Parsed]:
    """Give what is known of a sheet, and its rows: records, or all non-blank ones set aside.

    Of lists side by side each is given for itself.
    """
    if raw.hidden:
        message = "工作表被隐藏，未读取；如需参与比对，请取消隐藏后重新报送。"
        return [(_unread(raw, "hidden", message), None)]
    if raw.cells.height == 0 or raw.cells.width == 0:
        return [(_unread(raw, "empty", _EMPTY), None)]
    top = Top.of(raw.cells, raw.merges)
    if settled := settled_match(top, words.department, words.mappings, words.own):
        return [_as_settled(raw, *settled)]
    matches = _matches(raw, top, words.own)
    chosen = route(matches).chosen
    if chosen and (begins := lists_beside(chosen, words.own)):
        return _side_by_side(raw, begins, chosen.first_row, words)
    if chosen and (begins := lists_below(chosen, raw.cells, words.own)):
        return _one_below_another(raw, begins, words)
    return [_by_likeness(raw, top, matches, words)]


def _matches(raw: RawSheet, top: Top, vocabularies: Sequence[Vocabulary]) -> list[Match]:
    """Give each contract's best reading of a sheet's header, best first, titles considered."""
    read = match_header(top, vocabularies)
    if not any(map(_may_be_said, read)):
        return read
    return best_first(_with_said(match, raw) if _may_be_said(match) else match for match in read)


def _may_be_said(match: Match) -> bool:
    """Whether the sheet's name or titles may stand in for a must-have column that is not there."""
    columns = match.vocabulary.contract.columns
    return any(columns[name].said_above for name in match.missing)


def _with_said(match: Match, raw: RawSheet) -> Match:
    contract, titles = match.vocabulary.contract, title_texts(raw, match.first_row)
    return replace(match, said=said_above(contract, raw.name, titles, match.columns))


def _side_by_side(raw: RawSheet, begins: list[int], header_row: int, words: Words) -> list[Parsed]:
    """Read each list of a sheet, and say with each where it stands."""
    parts = parted(raw, begins, header_row)
    found = []
    for number, part in enumerate(parts, 1):
        for sheet, rows in parse_sheet(part, words):
            at = [cell["position"] for cell in sheet.header] or list(map(int, part.cells.columns))
            where = f"{column_letters(min(at))} 至 {column_letters(max(at))} 列"
            sheet.message = f"并排的 {len(parts)} 份名单之 {number}（{where}）：{sheet.message}"
            found.append((sheet, rows))
    return found


def _one_below_another(raw: RawSheet, begins: list[int], words: Words) -> list[Parsed]:
    """Read each list of a sheet by its own header, and say with each where it begins."""
    parts = cut(raw, begins)
    found = []
    for number, (begin, part) in enumerate(zip(begins, parts, strict=True), 1):
        top = Top.of(part.cells, raw.merges, begin)
        sheet, rows = _by_likeness(part, top, _matches(part, top, words.own), words)
        where = f"第 {begin + 1} 行起"
        sheet.message = f"上下的 {len(parts)} 份名单之 {number}（{where}）：{sheet.message}"
        found.append((sheet, rows))
    return found


def _by_likeness(raw: RawSheet, top: Top, matches: Sequence[Match], words: Words) -> Parsed:
    """Read a sheet by the contracts' words and, where they leave something open, by likeness."""
    routing = route(matches)
    if routing.chosen is not None:
        return _recognised(raw, understood(routing.chosen, raw.cells))
    if routing.ambiguous:
        return _unrecognised(raw, ambiguous(routing.rivals), Understood(routing.rivals[0], ()))
    foreign = route(_matches(raw, top, words.others)).chosen
    own = max((len(match.columns) for match in matches), default=0)
    elsewhere = foreign if foreign and len(foreign.columns) > own else None
    likeliest = None if elsewhere else _likeliest(raw, matches, top, words.own)
    if likeliest is not None and likeliest.match.fits and likeliest.by_words >= _LEAST_WORDS:
        return _recognised(raw, likeliest)
    header = likeliest
    if header is None and routing.rivals:
        nearest = routing.rivals[0]
        header = Understood(nearest, ()) if elsewhere else understood(nearest, raw.cells)
    sheet, rows = _unrecognised(raw, unrecognised(header, elsewhere, foreign), header)
    settleable = header is not None and elsewhere is None and may_be_settled(header)
    return replace(sheet, settleable=settleable), rows


def _likeliest(
    raw: RawSheet, matches: Sequence[Match], top: Top, own: Sequence[Vocabulary]
) -> Understood | None:
    """Give the dataset that words and values together speak for, if any is worth a question."""
    read = {match.dataset: match for match in matches}
    span = likely_span(top.spans())
    candidates = list(read.values())
    if span is not None:
        candidates += [
            Match(v, span.first_row, span.last_row, span.cells, {}, {})
            for v in own
            if v.contract.dataset not in read
        ]
    weighed = [understood(match, raw.cells) for match in candidates]
    worth = [
        u
        for u in weighed
        if u.has_must_haves
        and (u.doubtful or u.match.certainty or u.match.known_cells >= LEAST_KNOWN)
    ]
    return max(worth, key=lambda u: (u.match.fits, u.weight), default=None)


def _as_settled(
    raw: RawSheet, settled: Settled, match: Match | None
) -> tuple[ParsedSheet, pl.DataFrame | None]:
    """Read a sheet as people settled it, or say why it cannot be."""
    if match is not None:
        return _recognised(raw, Understood(match, ()), settled.path.name)
    if settled.problem:
        return _unrecognised(
            raw, f"{settled.problem}；请改正后重新运行。所有行已另存待处理。", None
        )
    message = f"按 {settled.path.name} 的确认，这张表不是名单，不读取。"
    height = raw.cells.height
    sheet = _unread(raw, "not_a_list", message)
    return replace(sheet, rows_read=height, not_data={"blank": height} if height else {}), None


def _unread(raw: RawSheet, status: str, message: str) -> ParsedSheet:
    return ParsedSheet(0, None, raw.name, status, message, rows_read=0, rows_set_aside=0)


def _recognised(
    raw: RawSheet, header: Understood, settled_in: str | None = None
) -> tuple[ParsedSheet, pl.DataFrame]:
    match = header.match
    contract = match.vocabulary.contract
    body = read_body(raw, match, contract)
    said = said_above(contract, raw.name, body.titles, match.columns)
    townships: tuple[str, ...] = ()
    column = next(
        (c.name for c in contract.columns.values() if c.type is ColumnType.TOWNSHIP), None
    )
    if column in match.columns:
        distinct = body.records[column].drop_nulls().unique().sort()
        townships = tuple(distinct.head(_MOST_TOWNSHIPS))
    sheet = ParsedSheet(
        sheet_no=0,
        member=None,
        sheet=raw.name,
        status="read",
        message=recognised(header, body, raw, said, settled_in),
        dataset=contract.dataset,
        titles=body.titles[:20],
        notes=body.notes[:20],
        totals=body.totals,
        marks=marked_records(raw.marks, body.records["row_number"]),
        header_rows=(match.first_row + 1, match.last_row + 1),
        title_date=_title_date(body.titles),
        units=body.units,
        townships=townships,
        rows_read=body.rows_read,
        not_data=body.not_data,
        rows_set_aside=0,
        header=_header_report(header, raw),
        shape=shape_of(match.cells),
        said=said,
        unnamed=body.unnamed,
        cells=body.cells,
    )
    return sheet, body.records.with_columns(**{name: pl.lit(text) for name, text in said.items()})


def _unrecognised(
    raw: RawSheet, message: str, header: Understood | None
) -> tuple[ParsedSheet, pl.DataFrame]:
    """Set aside every non-blank row, under the letters of its columns."""
    present = pl.any_horizontal((pl.all().str.strip_chars() != "").fill_null(value=False))
    keep = raw.cells.select(present).to_series()
    numbered = raw.cells.with_row_index("row_number", offset=1).filter(keep)
    rows = numbered.with_columns(pl.col("row_number").cast(pl.Int64))
    titles = title_texts(raw, min(3, raw.cells.height))
    rows_read = raw.cells.height - raw.elsewhere
    blank = rows_read - rows.height
    sheet = ParsedSheet(
        sheet_no=0,
        member=None,
        sheet=raw.name,
        status="unrecognised" if rows.height else "empty",
        message=message if rows.height else _EMPTY,
        titles=titles,
        title_date=_title_date(titles),
        rows_read=rows_read,
        not_data={"blank": blank} if blank else {},
        rows_set_aside=rows.height,
        header=_header_report(header, raw) if header else [],
        shape=shape_of(header.match.cells) if header else None,
        header_rows=(header.match.first_row + 1, header.match.last_row + 1) if header else (),
        likeliest=header.match.dataset if header else None,
        cells={f"列{number}": at for number, at in enumerate(raw.cells.columns, 1)},
    )
    return sheet, rows


def _title_date(titles: Sequence[str]) -> str | None:
    found = next((d for t in titles if (d := date_in(t))), None)
    return found.isoformat() if found else None


def _header_report(header: Understood, raw: RawSheet) -> list[dict[str, Any]]:
    match = header.match
    meaning = {p: name for name, positions in match.columns.items() for p in positions}
    open_ = {guess.position: guess for guess in header.doubtful}
    below = raw.cells.slice(match.last_row + 1)
    return [
        {
            "position": cell.position,
            "text": cell.text,
            "column": meaning.get(cell.position),
            "repeats": match.repeated.get(cell.position),
            "joined": cell.position in match.joined,
            "ignored": cell.ignored,
            "certainty": match.certainty.get(cell.position),
            "guess": _question(open_[cell.position], below) if cell.position in open_ else None,
        }
        for cell in match.cells
    ]


def _question(guess: Guess, below: pl.DataFrame) -> dict[str, Any]:
    values = below[str(guess.position)].drop_nulls().unique(maintain_order=True)
    samples = [masked(" ".join(text.split()))[:_SAMPLE] for text in values.head(_SAMPLES)]
    return {"column": guess.column, "certainty": guess.certainty, "samples": samples}
