"""One file, read as a round would read it, with everything that was found wrong in it."""

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import polars as pl

from pipelines.check.cells import contradictions, odd_dates, unusable
from pipelines.check.columns import column_findings, header_findings
from pipelines.check.department import guessed_department
from pipelines.check.findings import DOUBTFUL, WRONG, all_of, conformed, found
from pipelines.check.reading import Reading, reading
from pipelines.check.repeated import repeated_rows
from pipelines.check.totals import count_in_name, total_findings
from pipelines.contracts import Contract, Contracts
from pipelines.intake.archive import file_hash
from pipelines.intake.as_of import date_in_name
from pipelines.intake.cells import RawSheet
from pipelines.intake.mappings import NO_MAPPINGS, Mappings, question_name, question_text
from pipelines.intake.parsed import Members, raw_sheets, sheet_or_refusal, words_of
from pipelines.intake.places import Townships, department_of
from pipelines.intake.protected import Readers
from pipelines.intake.recognition import ParsedSheet
from pipelines.standardise.divisions import Divisions

Judge = Callable[[pl.DataFrame, Contract, pl.DataFrame], pl.DataFrame]
"""Clean frame, contract and quarantine to ``success``, ``critical``, ``says`` an expectation."""


class UnknownDepartmentError(ValueError):
    """No department bears that name; the message names those there are."""


@dataclass(frozen=True)
class CheckedSheet:
    """One sheet of the file."""

    parsed: ParsedSheet
    raw: RawSheet | None
    """None where the file could not be opened."""
    contract: Contract | None
    """What the sheet was taken for, or what the question about it supposes."""
    reading: Reading | None
    """None where the sheet was not read."""
    scope: str
    """Chinese: which townships the rows are of, and by what that is known."""


@dataclass(frozen=True)
class Checked:
    """One file."""

    path: Path
    department: str | None
    department_title: str
    """With how it is known, where nobody said it."""
    as_of: str
    """Chinese: the day the list speaks of and where that stands."""
    places: str
    """Chinese: whether villages were held against a list of villages."""
    sheets: tuple[CheckedSheet, ...]
    findings: pl.DataFrame
    """FINDINGS."""

    @property
    def may_be_sent(self) -> bool:
        """Whether nothing was found that keeps a round from using the file."""
        return not self.findings["blocks"].any()

    @cached_property
    def readings(self) -> tuple[Reading, ...]:
        """The sheets that were read."""
        return tuple(s.reading for s in self.sheets if s.reading)

    @cached_property
    def rows(self) -> int:
        """Rows that are records, or would be if their sheet were recognised."""
        unread = sum(s.parsed.rows_set_aside or 0 for s in self.sheets if s.reading is None)
        return sum(r.records.height for r in self.readings) + unread

    @cached_property
    def accepted(self) -> int:
        """Rows that a round would use."""
        return sum(r.accepted for r in self.readings)

    @cached_property
    def key_cells(self) -> tuple[int, int]:
        """Cells of the key columns in accepted rows: how many, and how many can be used."""
        many = sum(len(r.key_columns) * r.accepted for r in self.readings)
        return many, sum(sum(r.usable.values()) for r in self.readings)

    @property
    def score(self) -> int:
        """100 × share of rows accepted × share of key cells that can be used, rounded down."""
        many, usable = self.key_cells
        return 100 * self.accepted * usable // (self.rows * many) if self.rows and many else 0

    def count(self, severity: str) -> int:
        """Count the findings of one severity."""
        return self.findings.filter(pl.col("severity") == severity).height

    def questions(self) -> Iterator[tuple[str, str]]:
        """Give the mapping files that would settle the open headers: name and text."""
        for sheet in self.sheets:
            if sheet.contract and sheet.parsed.asks and sheet.parsed.shape:
                name = f"，工作表“{sheet.parsed.sheet}”" if sheet.parsed.sheet else ""
                shape, header = sheet.parsed.shape, sheet.parsed.header
                yield (
                    question_name(sheet.contract, shape),
                    question_text(
                        contract=sheet.contract,
                        shape=shape,
                        seen_in=f"{self.path.name}{name}",
                        header=header,
                    ),
                )


def checked_file(  # noqa: PLR0913 - what a round knows when it reads a file
    path: Path,
    contracts: Contracts,
    department: str | None = None,
    *,
    readers: Readers,
    mappings: Mappings = NO_MAPPINGS,
    divisions: Divisions | None = None,
    judge: Judge | None = None,
    today: dt.date | None = None,
) -> Checked:
    """Read one file as a round would, and gather what is wrong in it.

    Args:
        path: The file; it is only read.
        contracts: All contracts.
        department: Id or Chinese name of who sends it; None to tell by the folder or the headers.
        readers: The processes that read the file before this one opens it.
        mappings: What people settled about headers.
        divisions: The county's villages, where they are known.
        judge: Holds a dataset as a whole to its contract (`expectations.validation.judge`).
        today: The day of the check; later dates are doubtful.

    Raises:
        UnknownDepartmentError: `department` is nobody's name.
    """
    opened = _opened(path, contracts, readers)
    known, title = _department(path, department, [r for _, r in opened], contracts, mappings)
    words = words_of(known or "", contracts, mappings)
    townships = Townships()
    if divisions is not None and divisions.known:
        townships = Townships.of(divisions.townships["township"].drop_nulls())
    sheets = []
    for number, (member, raw) in enumerate(opened):
        parsed, rows = sheet_or_refusal(number, member, raw, words)
        cells = raw if isinstance(raw, RawSheet) else None
        dataset = parsed.dataset or parsed.likeliest
        contract = contracts[dataset] if dataset else None
        named = townships.only_one_in([parsed.sheet or "", *parsed.titles, path.stem])
        read = None
        if parsed.status == "read" and contract and cells is not None and rows is not None:
            read = reading(parsed, cells, rows, contract, divisions, named)
        sheets.append(CheckedSheet(parsed, cells, contract, read, _scope(parsed, named)))
    findings = all_of(_all_findings(path, sheets, judge, today or _today()))
    return Checked(
        path=path,
        department=known,
        department_title=title,
        as_of=_as_of(path, sheets),
        places=_places(divisions),
        sheets=tuple(sheets),
        findings=findings,
    )


def _opened(
    path: Path, contracts: Contracts, readers: Readers
) -> list[tuple[str | None, RawSheet | str]]:
    """Give the cells of each sheet, or the sentence why it cannot be read.

    A process of its own reads the file first (`pipelines.intake.protected`); what it could not
    read is not opened here.
    """
    anybody = next(iter(contracts.departments))
    proven = readers.read(path, file_hash(path), anybody)
    refused = [s for s in proven.sheets if s.status == "refused"]
    whole = next((s for s in refused if s.member is None and s.sheet is None), None)
    if whole is not None:
        return [(None, whole.message)]
    members = Members({s.member: s.message for s in refused if s.member and s.sheet is None})
    return list(raw_sheets(path.read_bytes(), members))


def _today() -> dt.date:
    return dt.datetime.now(tz=dt.UTC).astimezone().date()


def _department(
    path: Path,
    said: str | None,
    raws: Sequence[RawSheet | str],
    contracts: Contracts,
    mappings: Mappings,
) -> tuple[str | None, str]:
    if said is not None:
        known = department_of(said, contracts)
        if known is None:
            names = "、".join(f"{d}（{t}）" for d, t in contracts.departments.items())
            raise UnknownDepartmentError(f"没有部门“{said}”；请写其中之一：{names}。")
        return known, contracts.departments[known]
    guess = guessed_department(path, raws, contracts, mappings)
    if guess is None:
        return None, "看不出是哪个部门的，请用 --department 写明"
    return guess[0], f"{contracts.departments[guess[0]]}，{guess[1]}；不对的请用 --department 写明"


def _scope(sheet: ParsedSheet, named: str | None) -> str:
    if sheet.townships:
        shown = "、".join(sheet.townships[:12])
        more = f"等 {len(sheet.townships)} 个" if len(sheet.townships) > 12 else ""
        return f"{shown}{more}（取自乡镇列）"
    return f"{named}（取自表名、标题或文件名）" if named else "没有写明乡镇，按全县计"


def _as_of(path: Path, sheets: Sequence[CheckedSheet]) -> str:
    if named := date_in_name(path.name):
        return f"{named}（取自文件名）"
    titled = next((s.parsed.title_date for s in sheets if s.parsed.title_date), None)
    if titled:
        return f"{titled}（取自标题行）"
    return "文件名和标题行中都没有日期，将按收到的日期计；建议在文件名中写明，如 20210831"


def _places(divisions: Divisions | None) -> str:
    if divisions is None or not divisions.known:
        return "没有行政村名册，村名没有核对"
    return f"村名已按上次发布的 {divisions.villages.height} 个行政村核对"


def _all_findings(
    path: Path, sheets: Sequence[CheckedSheet], judge: Judge | None, today: dt.date
) -> Iterator[pl.DataFrame]:
    readings = [s.reading for s in sheets if s.reading]
    for sheet in sheets:
        yield _sheet_finding(sheet.parsed)
        yield header_findings(sheet.parsed, sheet.contract)
    for read in readings:
        yield column_findings(read)
        yield unusable(read)
        yield odd_dates(read, today)
        yield contradictions(read)
        yield total_findings(read)
    for dataset in dict.fromkeys(r.contract.dataset for r in readings):
        yield repeated_rows([r for r in readings if r.contract.dataset == dataset])
    yield count_in_name(path, readings)
    refused = any(s.parsed.status in {"refused", "unrecognised"} for s in sheets)
    if not refused and not sum(r.accepted for r in readings):
        yield _blocking("no_rows", "没有一行可以使用", "请核对是否选错了文件")
    if judge is not None:
        for read in readings:
            yield _judged(read, judge)


def _sheet_finding(sheet: ParsedSheet) -> pl.DataFrame:
    if sheet.status == "hidden":
        entry = {"code": "hidden", "severity": DOUBTFUL, "reason": sheet.message}
        return found({"sheet_no": sheet.sheet_no, **entry})
    if sheet.status not in {"refused", "unrecognised"}:
        return found()
    return _blocking(sheet.status, sheet.message, None, sheet.sheet_no)


def _blocking(
    code: str, reason: str, expected: str | None, sheet: int | None = None
) -> pl.DataFrame:
    return found(
        {
            "sheet_no": sheet,
            "code": code,
            "severity": WRONG,
            "blocks": True,
            "reason": reason,
            "expected": expected,
        }
    )


def _judged(read: Reading, judge: Judge) -> pl.DataFrame:
    """Give what the list as a whole fails; a critical failure keeps it out of the round."""
    judgement = judge(read.clean.frame, read.contract, read.clean.quarantine)
    titles = {name: column.title for name, column in read.contract.columns.items()}
    failed = judgement.filter(~pl.col("success"))
    return conformed(
        failed.select(
            sheet_no=pl.lit(read.sheet.sheet_no, dtype=pl.Int64),
            title=pl.col("column_name").replace_strict(
                titles, default=None, return_dtype=pl.String
            ),
            code=pl.lit("whole"),
            severity=pl.when("critical").then(pl.lit(WRONG)).otherwise(pl.lit(DOUBTFUL)),
            blocks=pl.col("critical"),
            reason=pl.col("says"),
        )
    )
