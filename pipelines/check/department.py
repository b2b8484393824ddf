"""Whose file it is, where nobody says: by the folder it lies in, else by its headers."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import polars as pl

from pipelines.contracts import Contracts
from pipelines.intake.cells import RawSheet
from pipelines.intake.mappings import Mappings
from pipelines.intake.parsed import sheet_or_refusal, words_of
from pipelines.intake.places import department_of

_NEAR = 3
"""How many folders up are asked."""
_TOP_ROWS = 60


def guessed_department(
    path: Path, raws: Sequence[RawSheet | str], contracts: Contracts, mappings: Mappings
) -> tuple[str, str] | None:
    """Give the department and how it is known (Chinese); None where nothing tells."""
    for folder in list(path.resolve().parents)[:_NEAR]:
        if department := department_of(folder.name, contracts):
            return department, f"按文件夹“{folder.name}”"
    best = max(
        contracts.departments, key=lambda d: _read_columns(raws, d, contracts, mappings), default=""
    )
    if best and _read_columns(raws, best, contracts, mappings):
        return best, "按表头推断"
    return None


def _read_columns(
    raws: Sequence[RawSheet | str], department: str, contracts: Contracts, mappings: Mappings
) -> int:
    """Count the columns known in the sheets that the department's contracts recognise."""
    words = words_of(department, contracts, mappings)
    sheets = [sheet_or_refusal(0, None, _top(r), words)[0] for r in raws if isinstance(r, RawSheet)]
    return sum(len(s.columns or ()) for s in sheets if s.status == "read")


def _top(raw: RawSheet) -> RawSheet:
    """Give the first rows alone: the header is there, and enough to judge it by."""
    merges = raw.merges.filter(pl.col("row_to") < _TOP_ROWS)
    return replace(raw, cells=raw.cells.head(_TOP_ROWS), merges=merges, numbers=lambda _: None)
