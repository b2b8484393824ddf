"""What is known of a file that was read: its sheets and their rows, kept by its content's hash.

What is kept depends on the content, the department's contracts and the reading code alone. What
depends on the file's name or on other files (dates, townships, choice) is decided afresh each
round, in `inbox`. The folder ``<store>/files/<key>/`` is written aside and renamed, so two runs may
write it at once and a killed one leaves nothing half. Whoever only uses what was read needs this
module and none of those that read.
"""

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from pipelines.contracts import Contracts
from pipelines.intake.mappings import NO_MAPPINGS, Mappings

VERSION = 17
"""Raised whenever the same file would be read differently: what was kept is then read anew."""


@dataclass
class ParsedSheet:
    """What is known of one sheet from its content."""

    sheet_no: int
    member: str | None
    sheet: str | None
    status: str
    """read, unrecognised, hidden, empty, refused"""
    message: str
    dataset: str | None = None
    titles: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    totals: tuple[dict[str, Any], ...] = ()
    """Rows of sums: ``row``, from 1, and ``cells``, position to text."""
    marks: dict[str, list[int]] = field(default_factory=dict)
    """Kind of mark (`marks.MARKS`) to the records' row numbers that bear it, where they are few."""
    title_date: str | None = None
    units: dict[str, str] = field(default_factory=dict)
    townships: tuple[str, ...] = ()
    """Distinct values of the township column."""
    rows_read: int | None = None
    not_data: dict[str, int] = field(default_factory=dict)
    rows_set_aside: int | None = None
    header: list[dict[str, Any]] = field(default_factory=list)
    """For people: each header cell, its position, and the column it was taken for; how sure that
    is where no contract word said it; and what it may be where it is left open."""
    shape: str | None = None
    """The header's fingerprint, under which people settle what is open."""
    header_rows: tuple[int, ...] = ()
    """The header's first and last row, from 1; empty where none was found."""
    likeliest: str | None = None
    """The dataset that the question about an unrecognised sheet supposes."""
    raw_no: int = 0
    """The sheet's own number in the file; lists side by side have one in common."""
    said: dict[str, str] = field(default_factory=dict)
    """Contract column to what the sheet's name or titles say of all rows, in place of a column."""
    unnamed: tuple[int, ...] = ()
    """Columns (from 0) that most records fill and the header leaves blank."""
    cells: dict[str, str] = field(default_factory=dict)
    """Header as it stood to the column of the rows that has its cells as they stood."""
    settleable: bool = False
    """Whether an unrecognised sheet is near enough to a dataset for people to settle its header."""

    @property
    def columns(self) -> list[str] | None:
        """The contract columns of the header, and those said above it; None if not recognised."""
        if self.dataset is None:
            return None
        return sorted({cell["column"] for cell in self.header if cell["column"]} | set(self.said))

    @property
    def asks(self) -> bool:
        """Whether the header has cells that a person should settle."""
        return self.settleable or any(cell["guess"] for cell in self.header)

    @property
    def rows_not_data(self) -> int | None:
        """Titles, headers, totals, notes and blank rows."""
        return None if self.rows_read is None else sum(self.not_data.values())

    @property
    def rows_accepted(self) -> int | None:
        """What is left as records."""
        if self.rows_read is None:
            return None
        return self.rows_read - sum(self.not_data.values()) - (self.rows_set_aside or 0)


@dataclass(frozen=True)
class ParsedFile:
    """The sheets of one file, and the frames of their rows."""

    file_id: str
    sheets: tuple[ParsedSheet, ...]
    frames: "Frames"

    def rows(self, sheet_no: int) -> pl.DataFrame:
        """Give the rows of a sheet: records where it was recognised, else all non-blank rows."""
        rows = self.frames.of(sheet_no)
        return rows.select(name for name in rows.columns if not name.isdecimal())

    def raw_rows(self, sheet_no: int) -> pl.Series:
        """Give each row of `rows` as it stood, JSON: header to text."""
        cells = self.sheets[sheet_no].cells
        row = pl.struct(pl.col(column).alias(text) for text, column in cells.items())
        as_json = row.struct.json_encode().alias("raw_row")
        return self.frames.of(sheet_no).select(as_json).to_series()


class Frames:
    """Row frames by sheet number, in memory or under a folder; columns named by position too."""

    def __init__(self, folder: Path | None, frames: dict[int, pl.DataFrame]) -> None:
        """Keep frames held in memory, or the folder they lie in."""
        self._folder = folder
        self._frames = frames

    def of(self, sheet_no: int) -> pl.DataFrame:
        """Give all that is kept of a sheet's rows."""
        if self._folder is None:
            return self._frames[sheet_no]
        return pl.read_parquet(self._folder / f"{sheet_no}.parquet")


def parsed_key(
    file_id: str, department: str, contracts: Contracts, mappings: Mappings = NO_MAPPINGS
) -> str:
    """Give the folder name under which a file's sheets are kept."""
    depends = f"{department} {contracts.hash} {VERSION} {mappings.digest(department)}"
    rest = hashlib.sha256(depends.encode()).hexdigest()
    return f"{file_id}-{rest[:16]}"


def kept_file(folder: Path, file_id: str) -> ParsedFile:
    """Give a file's sheets as they were kept in `folder`."""
    stored = json.loads((folder / "sheets.json").read_text(encoding="utf-8"))
    return ParsedFile(file_id, tuple(map(_stored_sheet, stored)), Frames(folder, {}))


def refused_file(file_id: str, message: str) -> ParsedFile:
    """Give a file that is refused as a whole, with the sentence for its sender."""
    return ParsedFile(file_id, (refused_sheet(message),), Frames(None, {}))


def refused_kept(folder: Path, message: str) -> None:
    """Keep in `folder` that a file is refused as a whole."""
    keep(folder, [refused_sheet(message)], {})


def refused_sheet(message: str) -> ParsedSheet:
    """Give what is known of a file or sheet that cannot be read: the sentence why."""
    return ParsedSheet(0, None, None, "refused", message)


def _stored_sheet(stored: dict[str, Any]) -> ParsedSheet:
    values: dict[str, Any] = {k: tuple(v) if k in _TUPLES else v for k, v in stored.items()}
    return ParsedSheet(**values)


_TUPLES = {"titles", "notes", "totals", "townships", "header_rows", "unnamed"}


def keep(folder: Path, sheets: Sequence[ParsedSheet], frames: Mapping[int, pl.DataFrame]) -> None:
    """Keep in `folder` what a file holds: its sheets, and the rows of those that were read."""
    folder.parent.mkdir(parents=True, exist_ok=True, mode=0o750)
    aside = Path(tempfile.mkdtemp(prefix=f".new-{os.getpid()}-", dir=folder.parent))
    try:
        aside.chmod(0o750)
        for sheet_no, frame in frames.items():
            target = aside / f"{sheet_no}.parquet"
            frame.write_parquet(target, compression="lz4", statistics=False)
            target.chmod(0o640)
        listing = aside / "sheets.json"
        listing.write_text(
            json.dumps([vars(s) for s in sheets], ensure_ascii=False), encoding="utf-8"
        )
        listing.chmod(0o640)
        try:
            os.rename(aside, folder)  # noqa: PTH104 - Path.rename is the same call
        except OSError:
            if not (folder / "sheets.json").exists():
                raise  # else another run kept the same content first
    finally:
        shutil.rmtree(aside, ignore_errors=True)
