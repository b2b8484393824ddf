"""The lists in a file as a round would read them: what every view of the findings rests on."""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import polars as pl

from pipelines.contracts import ColumnType, Contract, Contracts
from pipelines.intake.choice import Candidate
from pipelines.intake.kept import ParsedFile, ParsedSheet
from pipelines.intake.rows import rows_of
from pipelines.standardise.divisions import Divisions
from pipelines.standardise.standardise import standardise
from pipelines.standardise.totals import size_doubts

_OF_GRAIN = {"person": "id_number", "household": "head_id_number"}


@dataclass(frozen=True)
class Reading:
    """Figures of a sheet that was read; rows that name several persons count once."""

    sheet: ParsedSheet
    contract: Contract
    rows: int
    accepted: int
    """Rows that a round would use."""
    empty: frozenset[str]
    """Columns of the sheet without a single value."""
    key_cells: int
    """Cells of the key columns in accepted rows."""
    usable: int
    """Those of them that have a value that can be used."""
    known: frozenset[str]
    """Columns of the clean frame with a value in every accepted row, be it said elsewhere."""
    id_statuses: Mapping[str, Mapping[str, int]]
    """ID column of the sheet to the count of each status of its numbers."""

    @property
    def set_aside(self) -> int:
        """Rows that a round would not use."""
        return self.rows - self.accepted

    @cached_property
    def positions(self) -> Mapping[str, int]:
        """Contract column to the position of its (first) column in the sheet, from 0."""
        return positions_in(self.sheet)


@dataclass(frozen=True)
class ReadList:
    """One dataset of a file."""

    contract: Contract
    frame: pl.DataFrame
    """The clean frame."""
    quarantine: pl.DataFrame
    """All that a round would set aside or ask about (QUARANTINE)."""
    readings: tuple[Reading, ...]


def positions_in(sheet: ParsedSheet) -> dict[str, int]:
    """Give each contract column of a sheet with the position of its first column, from 0."""
    found: dict[str, int] = {}
    for cell in sheet.header:
        if cell["column"]:
            found.setdefault(cell["column"], cell["position"])
    return found


def key_columns(contract: Contract) -> tuple[str, ...]:
    """Give the columns that the score counts: without them a row says little or nothing."""
    identity = _OF_GRAIN.get(contract.grain)
    names = [c.name for c in contract.columns.values() if c.required]
    names += [*contract.header.must_have, *([identity] if identity in contract.columns else [])]
    return tuple(dict.fromkeys(n for n in names if n))


def read_lists(
    file: ParsedFile,
    candidates: Sequence[Candidate],
    contracts: Contracts,
    divisions: Divisions | None,
    today: dt.date,
) -> Iterator[ReadList]:
    """Read each dataset of a file by the very functions that a round reads it by.

    Args:
        file: The file as its sheets were recognised.
        candidates: Its sheets with date and scope, and whether they would be used.
        contracts: All contracts.
        divisions: The county's gazetteer, where there is one.
        today: In the place of the round's day.
    """
    sheets = pl.DataFrame(
        [
            {
                "path": c.path,
                "file_id": file.file_id,
                "department": c.department,
                "sheet": c.parsed.sheet,
                "sheet_no": c.parsed.sheet_no,
                "dataset": c.parsed.dataset,
                "as_of": c.as_of,
                "scope": list(c.scope),
                "used": c.used,
            }
            for c in candidates
        ],
        schema_overrides={
            "sheet": pl.String,
            "dataset": pl.String,
            "scope": pl.List(pl.String),
            "used": pl.Boolean,
        },
    )
    for dataset in sheets.filter("used")["dataset"].unique(maintain_order=True):
        contract = contracts[dataset]
        rows = rows_of(sheets, lambda _: file, contract)
        clean = standardise(rows.records, contract, divisions, rows.units, today)
        sizes = size_doubts(rows.records, rows.stated, contract, rows.units)
        own = [c.parsed for c in candidates if c.used and c.parsed.dataset == dataset]
        yield ReadList(
            contract,
            clean.frame,
            pl.concat([rows.quarantine, clean.quarantine, sizes]),
            tuple(_reading(sheet, contract, rows.records, clean.frame) for sheet in own),
        )


def _reading(
    sheet: ParsedSheet, contract: Contract, records: pl.DataFrame, frame: pl.DataFrame
) -> Reading:
    of_sheet = pl.col("record_id").str.split("-").list.get(1) == str(sheet.sheet_no)
    records, frame = records.filter(of_sheet), frame.filter(of_sheet)
    positions = positions_in(sheet)
    keys = key_columns(contract)
    known = frozenset(
        name for name in frame.columns if frame.height and not frame[name].null_count()
    )
    present = [k for k in keys if k in positions or k in known or contract.columns[k].derived]
    usable = frame.select(pl.sum_horizontal(pl.col(present).is_not_null().sum())).item()
    return Reading(
        sheet=sheet,
        contract=contract,
        rows=records["row_number"].n_unique(),
        accepted=frame["row_number"].n_unique(),
        empty=frozenset(
            n for n in positions if records.height and records[n].null_count() == records.height
        ),
        key_cells=len(keys) * frame.height,
        usable=int(usable),
        known=known,
        id_statuses={
            name: dict(frame[f"{name}_status"].value_counts().sort("count").iter_rows())
            for name, column in contract.columns.items()
            if column.type is ColumnType.ID_NUMBER and name in positions
        },
    )
