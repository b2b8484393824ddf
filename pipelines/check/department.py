"""Whose file it is, where nobody says: by the folder it lies in, else by its headers."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl

from pipelines.contracts import Contracts
from pipelines.intake.archive import file_hash
from pipelines.intake.cells import RawSheet
from pipelines.intake.mappings import Mappings
from pipelines.intake.parsed import Members, raw_sheets, sheets_or_refusal, words_of
from pipelines.intake.places import department_of
from pipelines.intake.protected import Readers, UnfinishedError
from pipelines.intake.reader import Setup, Tell, unchanged

_NEAR = 3
"""How many folders up are asked."""
_TOP_ROWS = 60


def guessed_department(
    path: Path, contracts: Contracts, readers: Readers
) -> tuple[str, str] | None:
    """Give the department and how it is known (Chinese); None where nothing tells."""
    for folder in list(path.resolve().parents)[:_NEAR]:
        if department := department_of(folder.name, contracts):
            return department, f"按文件夹“{folder.name}”"
    look = HeaderLook(path, file_hash(path), readers.seconds(path.stat().st_size))
    try:
        best: str | None = readers.do(look)
    except UnfinishedError:
        return None
    return (best, "按表头推断") if best else None


@dataclass(frozen=True)
class HeaderLook:
    """A reader's job: whose headers a file has (`reader.Job`)."""

    path: Path
    file_id: str
    seconds: int

    def do(self, setup: Setup, tell: Tell) -> str | None:
        """Give the department whose contracts know most of the columns; None if none does."""
        del tell
        content = unchanged(self.path, self.file_id)
        raws = [_top(raw) for _, raw in raw_sheets(content, Members()) if isinstance(raw, RawSheet)]
        known = {
            department: _read_columns(raws, department, setup.contracts, setup.mappings)
            for department in setup.contracts.departments
        }
        best = max(known, key=lambda d: known[d])
        return best if known[best] else None


def _read_columns(
    raws: Sequence[RawSheet], department: str, contracts: Contracts, mappings: Mappings
) -> int:
    """Count the columns known in the sheets that the department's contracts recognise."""
    words = words_of(department, contracts, mappings)
    sheets = [sheet for raw in raws for sheet, _ in sheets_or_refusal(raw, words)]
    return sum(len(s.columns or ()) for s in sheets if s.status == "read")


def _top(raw: RawSheet) -> RawSheet:
    """Give the first rows alone: the header is there, and enough to judge it by."""
    merges = raw.merges.filter(pl.col("row_to") < _TOP_ROWS)
    return replace(raw, cells=raw.cells.head(_TOP_ROWS), merges=merges, numbers=lambda _: None)
