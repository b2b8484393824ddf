"""One county's inbox at one round: every file opened, archived, dated, and chosen or not.

Nothing in the inbox is changed. Each sheet of each file becomes one row of the SHEETS frame, a file
that cannot be opened one row without a sheet, so that nothing handed in goes unmentioned.
"""

import datetime as dt
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from pipelines.contracts import Contracts
from pipelines.frames import SHEETS, conform
from pipelines.home import Home
from pipelines.intake.archive import archived, file_hash, first_read
from pipelines.intake.choice import Candidate, as_named, choose, said_as_of, set_scopes
from pipelines.intake.containers import MAX_FILE_BYTES, is_ignored, too_large
from pipelines.intake.deliveries import deliveries
from pipelines.intake.kept import ParsedFile, ParsedSheet, refused_file
from pipelines.intake.mappings import write_question
from pipelines.intake.month_sheets import date_month_sheets
from pipelines.intake.places import (
    Townships,
    counties_in,
    county_folders,
    department_of,
    is_feedback,
)
from pipelines.intake.protected import AT_ONCE, Readers
from pipelines.intake.rows import rows_set_aside, unused_quarantine
from pipelines.parameters import Parameters

SETTLED_SECONDS = 20
"""A file counts as settled once it has not been written to for so long."""


@dataclass(frozen=True)
class Inbox:
    """What a county's inbox holds, as one round sees it."""

    sheets: pl.DataFrame
    deliveries: pl.DataFrame
    quarantine: pl.DataFrame
    """Rows set aside in sheets the round does not use; those of used ones come with their rows."""


def take_inbox(
    home: Home, county: str, round_: dt.date, contracts: Contracts, parameters: Parameters
) -> Inbox:
    """Read what is new in the county's inbox and choose what the round uses.

    Args:
        home: The data folder.
        county: Six-digit division code.
        round_: The comparison's date.
        contracts: All contracts.
        parameters: Those in force for the round; none is needed to read files yet.

    Returns:
        SHEETS, DELIVERIES and the QUARANTINE of unused sheets.
    """
    del parameters
    candidates, townships = _candidates(home, county, contracts, round_)
    _ask(home, candidates, contracts)
    choose(candidates, round_, contracts)
    sheets = _sheets_frame(county, round_, candidates)
    sheets = _with_cross_file_counts(home, sheets, contracts)
    return Inbox(
        sheets=sheets,
        deliveries=deliveries(county, round_, candidates, contracts.values(), townships),
        quarantine=unused_quarantine(home, sheets, contracts),
    )


def _ask(home: Home, candidates: Sequence[Candidate], contracts: Contracts) -> None:
    """Write a question for each header that should be settled by people."""
    for candidate in candidates:
        sheet = candidate.parsed
        dataset = sheet.dataset or sheet.likeliest
        if sheet.asks and sheet.shape and dataset:
            where = f"，工作表“{sheet.sheet}”" if sheet.sheet else ""
            write_question(
                home.mappings,
                contract=contracts[dataset],
                shape=sheet.shape,
                seen_in=f"{candidate.path}{where}",
                header=sheet.header,
            )


def inbox_files(home: Home, county: str) -> list[Path]:
    """Give the county's files in the order of their paths, without feedback and programs' own."""
    return [
        path
        for folder in county_folders(home.inbox, county)
        for path in sorted(folder.rglob("*"))
        if path.is_file()
        and not any(is_ignored(part) for part in path.relative_to(folder).parts)
        and not is_feedback(path.relative_to(folder).parts[0])
    ]


def inbox_counties(home: Home) -> dict[str, str]:
    """Give the counties that have an inbox folder: code to name ("" where no folder bears it)."""
    return counties_in(home.inbox)


def is_settled(path: Path, now: float | None = None, seconds: float = SETTLED_SECONDS) -> bool:
    """Whether `path` was last written to more than `seconds` ago, so that its copying is done."""
    return (time.time() if now is None else now) - path.stat().st_mtime >= seconds


def settled_files(home: Home, county: str, seconds: float = SETTLED_SECONDS) -> list[Path]:
    """Give the county's files that nobody is still writing."""
    now = time.time()
    return [path for path in inbox_files(home, county) if is_settled(path, now, seconds)]


def newest_as_of(home: Home, county: str, contracts: Contracts) -> dt.date | None:
    """Give the newest as-of date in the county's inbox (``--round latest``).

    Dates from names and title rows count, and arrivals where there is none; None where the inbox
    has no readable list.
    """
    candidates, _ = _candidates(home, county, contracts, None)
    read = [c for c in candidates if c.parsed.status == "read"]
    dated = [c for c in read if c.as_of_source != "arrival"] or read
    return max((c.as_of for c in dated), default=None)


def _candidates(
    home: Home, county: str, contracts: Contracts, round_: dt.date | None
) -> tuple[list[Candidate], Townships]:
    """Give every sheet with date and scope; `round_` None: as of today, noting no first reading."""
    files = _opened(home, county, contracts)
    townships = _townships(files)
    return _dated(home, county, contracts, round_, files, townships), townships


def _dated(
    home: Home,
    county: str,
    contracts: Contracts,
    round_: dt.date | None,
    files: Sequence["_Opened"],
    townships: Townships,
) -> list[Candidate]:
    candidates = []
    for file in files:
        sheets = [
            _candidate(home, county, file, sheet, round_, contracts) for sheet in file.parsed.sheets
        ]
        date_month_sheets(sheets, file.parsed.rows, contracts)
        candidates += sheets
    set_scopes(candidates, townships)
    return candidates


def look(
    home: Home, county: str, contracts: Contracts, readers: Readers, paths: Iterable[Path]
) -> tuple[pl.DataFrame, dict[str, ParsedFile]]:
    """Read some files of the county's inbox as a round of today would, and keep nothing.

    Args:
        home: The data folder.
        county: Six-digit division code.
        contracts: All contracts.
        readers: The processes that open the files.
        paths: The files.

    Returns:
        SHEETS, and the files by their hash.
    """
    files = [_open(home, p, (file_hash(p), p), contracts, readers) for p in paths]
    today = dt.datetime.now(tz=dt.UTC).astimezone().date()
    candidates = _dated(home, county, contracts, None, files, _townships(files))
    choose(candidates, today, contracts)
    return _sheets_frame(county, today, candidates), {f.parsed.file_id: f.parsed for f in files}


@dataclass(frozen=True)
class _Opened:
    """A file of the inbox and what it holds."""

    path: str
    within: str
    """The path within the department's folder."""
    department: str | None
    arrived_at: dt.datetime
    parsed: ParsedFile


def _opened(home: Home, county: str, contracts: Contracts) -> list[_Opened]:
    """Open every file of the inbox, in the order of their paths; the large ones begin first."""
    files = inbox_files(home, county)
    by_size = sorted(files, key=lambda path: path.stat().st_size, reverse=True)
    with (
        ThreadPoolExecutor(AT_ONCE) as copying,
        ThreadPoolExecutor(AT_ONCE) as reading,
        Readers(contracts, home.store / "files", home.declared.mappings) as readers,
    ):
        # Copying waits for the disk, and so goes ahead of reading.
        copies = {path: copying.submit(_copied, home, path) for path in by_size}
        try:
            opened = reading.map(
                lambda path: _open(home, path, copies[path].result(), contracts, readers), by_size
            )
            found = dict(zip(by_size, opened, strict=True))
        finally:
            for copy in copies.values():
                copy.cancel()
    return [found[path] for path in files]


def _copied(home: Home, path: Path) -> tuple[str, Path | None]:
    """Give a file's hash and its copy in the archive; none of one that is too large to be read."""
    if path.stat().st_size > MAX_FILE_BYTES:
        return file_hash(path), None
    return archived(home, path)


def _open(
    home: Home,
    path: Path,
    copied: tuple[str, Path | None],
    contracts: Contracts,
    readers: Readers,
) -> _Opened:
    relative = path.relative_to(home.inbox)
    arrived = dt.datetime.fromtimestamp(path.stat().st_mtime)  # noqa: DTZ006 - local, as people say it
    department = department_of(relative.parts[1], contracts) if len(relative.parts) > 2 else None
    within = "/".join(relative.parts[2:] or relative.parts[-1:])
    file_id, copy = copied
    if copy is None:
        parsed = refused_file(file_id, too_large(path.stat().st_size))
    elif department is None:
        parsed = refused_file(file_id, _misplaced(relative, contracts))
    else:
        parsed = readers.read(copy, file_id, department)
    return _Opened(relative.as_posix(), within, department, arrived, parsed)


def _misplaced(relative: Path, contracts: Contracts) -> str:
    titles = "、".join(contracts.departments.values())
    where = (
        f"“{relative.parts[1]}”不是部门文件夹"
        if len(relative.parts) > 2
        else "文件直接放在县文件夹下，看不出是哪个部门的"
    )
    return f"{where}；请移到报送部门的文件夹（{titles}）后再运行。"


def _townships(files: Sequence[_Opened]) -> Townships:
    """Give the townships that the county's rosters name, whatever their date."""
    values: list[str] = []
    for dataset in ("roster.villages", "roster.population"):
        values = [
            value
            for file in files
            for sheet in file.parsed.sheets
            if sheet.dataset == dataset
            for value in sheet.townships
        ]
        if values:
            break
    return Townships.of(values)


def _candidate(
    home: Home,
    county: str,
    file: _Opened,
    sheet: ParsedSheet,
    round_: dt.date | None,
    contracts: Contracts,
) -> Candidate:
    arrived = file.arrived_at.date()
    if said := said_as_of(file.within, sheet, file.parsed.sheets):
        as_of, source = said
        counts_from = as_of
    else:
        source = "arrival"
        counts_from = first_read(home, county, file.parsed.file_id, round_) if round_ else arrived
        # A round run for a past date reads files that arrived after it.
        as_of = min(arrived, counts_from)
    path = f"{file.path}!/{sheet.member}" if sheet.member else file.path
    return Candidate(
        path=path,
        file_id=file.parsed.file_id,
        department=file.department or "",
        parsed=as_named(sheet, path, contracts),
        as_of=as_of,
        as_of_source=source,
        counts_from=counts_from,
        arrived_at=file.arrived_at,
    )


def _sheets_frame(county: str, round_: dt.date, candidates: Sequence[Candidate]) -> pl.DataFrame:
    rows: list[dict[str, Any]] = [
        {
            "county": county,
            "round": round_,
            "file_id": c.file_id,
            "path": c.path,
            "sheet": c.parsed.sheet,
            "sheet_no": c.parsed.sheet_no,
            "department": c.department or None,
            "dataset": c.parsed.dataset,
            "as_of": c.as_of,
            "as_of_source": c.as_of_source,
            "age_days": (round_ - c.as_of).days,
            "scope": list(c.scope),
            "header_columns": c.parsed.columns,
            "used": c.used,
            "rows_read": c.parsed.rows_read,
            "rows_not_data": c.parsed.rows_not_data,
            "rows_set_aside": c.parsed.rows_set_aside,
            "rows_accepted": c.parsed.rows_accepted,
            "arrived_at": c.arrived_at,
            "status": c.status,
            "message": c.message,
        }
        for c in candidates
    ]
    return pl.DataFrame(rows, schema=dict(SHEETS), orient="row")


def _with_cross_file_counts(home: Home, sheets: pl.DataFrame, contracts: Contracts) -> pl.DataFrame:
    """Count the rows that only another sheet sets aside: townships that sent their own list."""
    counts = rows_set_aside(home, sheets, contracts)
    if counts.is_empty():
        return sheets
    return (
        sheets.join(counts, on=["path", "sheet_no"], how="left", maintain_order="left")
        .with_columns(
            rows_set_aside=pl.col("rows_set_aside") + pl.col("more").fill_null(0),
            rows_accepted=pl.col("rows_accepted") - pl.col("more").fill_null(0),
        )
        .pipe(conform, SHEETS)
    )
