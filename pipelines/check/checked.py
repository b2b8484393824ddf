"""One file, read as a round would read it, with everything that was found wrong in it."""

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import polars as pl

from pipelines.check.columns import column_findings, header_findings
from pipelines.check.department import guessed_department
from pipelines.check.findings import DOUBTFUL, WRONG, all_of, conformed, found, quarantined
from pipelines.check.places import KnownPlaces
from pipelines.check.reading import Reading, ReadList, key_columns, read_lists
from pipelines.check.townships import missing_townships
from pipelines.compare.rules import Rule
from pipelines.contracts import Contract, Contracts
from pipelines.intake.archive import file_hash
from pipelines.intake.choice import Candidate, as_named, choose, said_as_of, set_scopes
from pipelines.intake.kept import ParsedFile, ParsedSheet
from pipelines.intake.mappings import question_name, question_text
from pipelines.intake.month_sheets import date_month_sheets
from pipelines.intake.places import Townships, department_of
from pipelines.intake.protected import Readers

Judge = Callable[[pl.DataFrame, Contract, pl.DataFrame], pl.DataFrame]
"""Clean frame, contract and quarantine to ``success``, ``critical``, ``says`` an expectation."""


class UnknownDepartmentError(ValueError):
    """No department bears that name; the message names those there are."""


@dataclass(frozen=True)
class CheckedSheet:
    """One sheet of the file."""

    parsed: ParsedSheet
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
        return sum(r.rows for r in self.readings) + unread

    @cached_property
    def accepted(self) -> int:
        """Rows that a round would use."""
        return sum(r.accepted for r in self.readings)

    @cached_property
    def key_cells(self) -> tuple[int, int]:
        """Cells of the key columns in accepted rows: how many, and how many can be used."""
        return sum(r.key_cells for r in self.readings), sum(r.usable for r in self.readings)

    @property
    def key_titles(self) -> list[str]:
        """The titles of the key columns."""
        titles = [
            r.contract.columns[c].title for r in self.readings for c in key_columns(r.contract)
        ]
        return list(dict.fromkeys(titles))

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


_NO_PLACES = KnownPlaces(None, "没有行政村名册，村名没有核对")


def checked_file(  # noqa: PLR0913 - what a round knows when it reads a file
    path: Path,
    contracts: Contracts,
    department: str | None = None,
    *,
    readers: Readers,
    places: KnownPlaces = _NO_PLACES,
    rules: Iterable[Rule] = (),
    judge: Judge | None = None,
    today: dt.date | None = None,
) -> Checked:
    """Read one file as a round would, and gather what is wrong in it.

    What a round finds in a file by itself is found by the same functions and is the same. A round
    knows more: a row that stands in another file too, and the county's own corrections.

    Args:
        path: The file; it is only read, and by `readers` alone.
        contracts: All contracts.
        department: Id or Chinese name of who sends it; None to tell by the folder or the headers.
        readers: The processes that open the file.
        places: The county's villages, where they are known.
        rules: All rules, for what an absent column keeps from being compared.
        judge: Holds a dataset as a whole to its contract (`expectations.validation.judge`).
        today: The day of the check; later dates are doubtful.

    Raises:
        UnknownDepartmentError: `department` is nobody's name.
    """
    today = today or dt.datetime.now(tz=dt.UTC).astimezone().date()
    known, title = _department(path, department, contracts, readers)
    file = readers.read(path, file_hash(path), known or next(iter(contracts.departments)))
    if known is None:
        file = replace(file, sheets=tuple(map(_of_nobody, file.sheets)))
    named = (as_named(sheet, _place(path, known, sheet), contracts) for sheet in file.sheets)
    file = replace(file, sheets=tuple(named))
    candidates = _candidates(path, known, file, today)
    by_month = date_month_sheets(candidates, file.rows, contracts)
    _name_scopes(candidates, places)
    for candidate in candidates:
        candidate.decide("used" if candidate.parsed.status == "read" else candidate.parsed.status)
    if by_month or places.divisions:
        # The file's newest lists count, as in a round after it. Where nobody knows the townships,
        # other dates may be those of other townships' lists.
        choose(candidates, max((c.counts_from for c in candidates), default=today), contracts)
    lists = tuple(read_lists(file, candidates, contracts, places.divisions, today))
    of_sheet = {r.sheet.sheet_no: r for list_ in lists for r in list_.readings}
    sheets = tuple(
        CheckedSheet(
            # What became of a list among the file's others is said where it is one that was read.
            replace(c.parsed, status="superseded", message=c.message)
            if c.status == "superseded"
            else c.parsed,
            contracts[dataset] if (dataset := c.parsed.dataset or c.parsed.likeliest) else None,
            of_sheet.get(c.parsed.sheet_no),
            _scope(c),
        )
        for c in candidates
    )
    return Checked(
        path=path,
        department=known,
        department_title=title,
        as_of=_as_of(path, file),
        places=places.says,
        sheets=sheets,
        findings=all_of(
            [
                *_all_findings(sheets, lists, tuple(rules), judge),
                *_townships_missing(lists, candidates, places),
            ]
        ),
    )


def _department(
    path: Path, said: str | None, contracts: Contracts, readers: Readers
) -> tuple[str | None, str]:
    if said is not None:
        known = department_of(said, contracts)
        if known is None:
            names = "、".join(f"{d}（{t}）" for d, t in contracts.departments.items())
            raise UnknownDepartmentError(f"没有部门“{said}”；请写其中之一：{names}。")
        return known, contracts.departments[known]
    guess = guessed_department(path, contracts, readers)
    if guess is None:
        return None, "看不出是哪个部门的，请用 --department 写明"
    return guess[0], f"{contracts.departments[guess[0]]}，{guess[1]}；不对的请用 --department 写明"


def _of_nobody(sheet: ParsedSheet) -> ParsedSheet:
    """Give a sheet that no department's words fit, without what one of them would say of it."""
    if sheet.status not in {"read", "unrecognised"}:
        return sheet
    return ParsedSheet(
        sheet_no=sheet.sheet_no,
        member=sheet.member,
        sheet=sheet.sheet,
        status="unrecognised",
        message="表头对不上任何部门的名单；请核对是否选错了文件，"
        "或用 --department 写明部门，看看缺少哪些列。",
        rows_read=sheet.rows_read,
        rows_set_aside=(sheet.rows_accepted or 0) + (sheet.rows_set_aside or 0),
        not_data=sheet.not_data,
    )


def _candidates(
    path: Path, department: str | None, file: ParsedFile, today: dt.date
) -> list[Candidate]:
    """Give every sheet with the date that a round would give it."""
    candidates = []
    for sheet in file.sheets:
        said = said_as_of(path.name, sheet, file.sheets)
        as_of, source = said or (today, "arrival")
        candidates.append(
            Candidate(
                path=_place(path, department, sheet),
                file_id=file.file_id,
                department=department or "",
                parsed=sheet,
                as_of=as_of,
                as_of_source=source,
                counts_from=as_of,
                arrived_at=dt.datetime.combine(today, dt.time()),
            )
        )
    return candidates


def _name_scopes(candidates: Sequence[Candidate], places: KnownPlaces) -> None:
    names = places.divisions.townships["township"].drop_nulls() if places.divisions else ()
    set_scopes(candidates, Townships.of(names))


def _place(path: Path, department: str | None, sheet: ParsedSheet) -> str:
    """Give a sheet's path as in the inbox: county, department, file, member."""
    place = f"county/{department or ''}/{path.name}"
    return f"{place}!/{sheet.member}" if sheet.member else place


def _scope(candidate: Candidate) -> str:
    named = candidate.parsed.townships
    if named:
        shown = "、".join(named[:12]) + (f"等 {len(named)} 个" if len(named) > 12 else "")
        return f"{shown}（取自乡镇列）"
    scope = "、".join(candidate.scope)
    return f"{scope}（取自表名、标题或文件名）" if scope else "没有写明乡镇，按全县计"


def _as_of(path: Path, file: ParsedFile) -> str:
    said = next(
        (s for sheet in file.sheets if (s := said_as_of(path.name, sheet, file.sheets))), None
    )
    if said is None:
        return "文件名和标题行中都没有日期，将按收到的日期计；建议在文件名中写明，如 20210831"
    day, source = said
    return f"{day}（取自{'文件名' if source == 'name' else '标题行'}）"


def _all_findings(
    sheets: Sequence[CheckedSheet],
    lists: Sequence[ReadList],
    rules: Sequence[Rule],
    judge: Judge | None,
) -> Iterator[pl.DataFrame]:
    for sheet in sheets:
        yield _sheet_finding(sheet.parsed)
        yield header_findings(sheet.parsed, sheet.contract)
        if sheet.reading:
            yield column_findings(sheet.reading, rules)
    for list_ in lists:
        positions = {r.sheet.sheet_no: r.positions for r in list_.readings}
        yield quarantined(list_.quarantine, list_.contract, positions)
    refused = any(s.parsed.status in {"refused", "unrecognised"} for s in sheets)
    if not refused and not any(list_.frame.height for list_ in lists):
        yield _blocking("no_rows", "没有一行可以使用", "请核对是否选错了文件")
    if judge is not None:
        for list_ in lists:
            yield _judged(list_, judge)


def _townships_missing(
    lists: Sequence[ReadList], candidates: Sequence[Candidate], places: KnownPlaces
) -> Iterator[pl.DataFrame]:
    if places.divisions is None:
        return
    for list_ in lists:
        dataset = list_.contract.dataset
        scopes = [c.scope for c in candidates if c.parsed.dataset == dataset]
        yield missing_townships(list_, scopes, places.divisions)


def _sheet_finding(sheet: ParsedSheet) -> pl.DataFrame:
    if sheet.status in {"hidden", "superseded"}:
        entry = {"code": sheet.status, "severity": DOUBTFUL, "reason": sheet.message}
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


def _judged(list_: ReadList, judge: Judge) -> pl.DataFrame:
    """Give what the list as a whole fails; a critical failure keeps it out of the round."""
    judgement = judge(list_.frame, list_.contract, list_.quarantine)
    titles = {name: column.title for name, column in list_.contract.columns.items()}
    only = list_.readings[0].sheet.sheet_no if len(list_.readings) == 1 else None
    # Of a column that no sheet has it was said that it is not there.
    had = {name for reading in list_.readings for name in reading.positions}
    told = pl.col("critical") | pl.col("column_name").is_null() | pl.col("column_name").is_in(had)
    return conformed(
        judgement.filter(~pl.col("success") & told).select(
            sheet_no=pl.lit(only, dtype=pl.Int64),
            title=pl.col("column_name").replace_strict(
                titles, default=None, return_dtype=pl.String
            ),
            code=pl.lit("whole"),
            severity=pl.when("critical").then(pl.lit(WRONG)).otherwise(pl.lit(DOUBTFUL)),
            blocks=pl.col("critical"),
            reason=pl.col("says"),
        )
    )
