"""One sheet as a round would read it: what every search for findings looks at."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import polars as pl

from pipelines.contracts import ColumnType, Contract
from pipelines.frames import conform, intake_schema
from pipelines.intake.cells import RawSheet
from pipelines.intake.recognition import ParsedSheet
from pipelines.standardise.divisions import Divisions
from pipelines.standardise.standardise import Clean, standardise

_OF_GRAIN = {"person": "id_number", "household": "head_id_number"}


@dataclass(frozen=True)
class Reading:
    """A sheet that was recognised, with its rows as text and as values."""

    sheet: ParsedSheet
    raw: RawSheet
    contract: Contract
    records: pl.DataFrame
    """`frames.intake_schema` of the contract."""
    clean: Clean

    @cached_property
    def positions(self) -> Mapping[str, int]:
        """Contract column to the position of its (first) column in the sheet, from 0."""
        found: dict[str, int] = {}
        for cell in self.sheet.header:
            if cell["column"]:
                found.setdefault(cell["column"], cell["position"])
        return found

    @property
    def accepted(self) -> int:
        """Rows that a round would use."""
        return self.clean.frame.height

    @property
    def set_aside(self) -> int:
        """Rows that a round would not use."""
        return self.records.height - self.accepted

    @cached_property
    def key_columns(self) -> tuple[str, ...]:
        """The columns that the score counts: without them a row says little or nothing."""
        contract = self.contract
        identity = _OF_GRAIN.get(contract.grain)
        names = [c.name for c in contract.columns.values() if c.required]
        names += [*contract.header.must_have, *([identity] if identity in contract.columns else [])]
        return tuple(dict.fromkeys(n for n in names if n))

    @cached_property
    def usable(self) -> Mapping[str, int]:
        """Key column to the number of accepted rows in which it has a value that can be used."""
        present = [c for c in self.key_columns if c in self.positions or self._derived(c)]
        counts = self.clean.frame.select(pl.col(present).is_not_null().sum()).to_dicts()
        return {c: int(counts[0][c]) if c in present else 0 for c in self.key_columns}

    def _derived(self, name: str) -> bool:
        return self.contract.columns[name].derived is not None

    def id_statuses(self) -> dict[str, dict[str, int]]:
        """ID column of the sheet to the count of each status of its numbers."""
        return {
            name: dict(self.clean.frame[f"{name}_status"].value_counts().sort("count").iter_rows())
            for name, column in self.contract.columns.items()
            if column.type is ColumnType.ID_NUMBER and name in self.positions
        }


def reading(
    sheet: ParsedSheet,
    raw: RawSheet,
    rows: pl.DataFrame,
    contract: Contract,
    divisions: Divisions | None,
    township: str | None,
) -> Reading:
    """Read the rows of a recognised sheet.

    Args:
        sheet: What is known of the sheet.
        raw: Its cells as they stood.
        rows: The records as `pipelines.intake` gave them.
        contract: What the columns mean.
        divisions: The county's gazetteer, where there is one.
        township: The one that the sheet, its title or the file names.
    """
    as_of = dt.date.fromisoformat(sheet.title_date) if sheet.title_date else None
    records = rows.with_columns(
        record_id=pl.concat_str(pl.lit(f"{sheet.sheet_no}-"), pl.col("row_number").cast(pl.String)),
        sheet=pl.lit(sheet.sheet),
        as_of=pl.lit(as_of, dtype=pl.Date),
        township_hint=pl.lit(township, dtype=pl.String),
    ).pipe(conform, intake_schema(contract))
    flags = [c for c in records.columns if c.endswith("__number")]
    records = records.with_columns(pl.col(flags).fill_null(value=False))
    return Reading(
        sheet, raw, contract, records, standardise(records, contract, divisions, sheet.units)
    )
