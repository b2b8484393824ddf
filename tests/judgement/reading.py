"""What the software makes of the files: the inbox taken as a round takes it, then standardised.

A round chooses among the files of one list. Here each file is to be judged, so after the inbox was
taken every sheet that was read counts as used, and each file is standardised by itself.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl
import yaml

from pipelines.contracts import Contracts
from pipelines.home import Home
from pipelines.intake.inbox import take_inbox
from pipelines.intake.rows import dataset_rows
from pipelines.standardise.divisions import Divisions, build_divisions
from pipelines.standardise.standardise import standardise
from pipelines.standardise.totals import size_doubts
from tests.judgement.county import COUNTY, ROUND

READ = ("used", "superseded", "waiting", "duplicate")
WHOLE_COLUMN = {"unit_in_doubt"}
"""Doubts said once for a column of a sheet."""


@dataclass
class SheetRead:
    """One sheet as it was read: its line of SHEETS, its records and complaints by row."""

    about: dict[str, Any]
    records: dict[int, list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))
    complaints: dict[int, list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))
    of_columns: set[str] = field(default_factory=set)

    def about_row(self, row: int) -> list[dict[str, Any]]:
        return self.complaints.get(row, [])

    def aside(self, row: int) -> bool:
        return any(c["scope"] == "row" for c in self.about_row(row))


@dataclass
class FileRead:
    """One file: its sheets by name, and the headers asked about."""

    sheets: list[SheetRead]
    asked: dict[str, str | None]
    sizes: set[str] = field(default_factory=set)
    """How the file's own sums and numbers of rows disagree with its rows (`totals.SIZES`)."""

    @property
    def words(self) -> str:
        return " ".join(s.about["message"] or "" for s in self.sheets)


def read_home(home_path: Path, names: dict[str, Path]) -> dict[str, FileRead]:
    """Reads the inbox of a home; file name -> what was read."""
    home = Home(home_path)
    contracts = home.declared.contracts
    parameters = home.declared.parameters.lookup(COUNTY, ROUND)
    taken = take_inbox(home, COUNTY, ROUND, contracts, parameters)
    divisions = _divisions(home, taken.sheets, contracts)
    questions = dict(_questions(home))
    out = {}
    for name, path in names.items():
        inside = path.relative_to(home.inbox).as_posix()
        mine = taken.sheets.filter(
            (pl.col("path") == inside) | pl.col("path").str.starts_with(inside + "!/")
        )
        if mine["dataset"].to_list() == ["roster.villages"]:
            continue
        asked = {
            h: c for seen, columns in questions.items() if name in seen for h, c in columns.items()
        }
        out[name] = _file(home, mine, taken.quarantine, contracts, divisions, asked)
    return out


def _divisions(home: Home, sheets: pl.DataFrame, contracts: Contracts) -> Divisions:
    contract = contracts["roster.villages"]
    rows = dataset_rows(home, sheets, contract, contracts)
    clean = standardise(rows.records, contract, build_divisions(None), rows.units)
    return build_divisions(clean.frame, home.declared.alias_files, ROUND)


def _questions(home: Home) -> Iterator[tuple[str, dict[str, str | None]]]:
    """Each open question: where it was seen, header -> title of the guessed column."""
    for path in sorted(home.mappings.glob("*.yaml")):
        said = yaml.safe_load(path.read_text(encoding="utf-8-sig"))
        yield said["见于"], {entry["表头"]: entry["列"] for entry in said["表头"]}


def _file(
    home: Home,
    mine: pl.DataFrame,
    aside: pl.DataFrame,
    contracts: Contracts,
    divisions: Divisions,
    asked: dict[str, str | None],
) -> FileRead:
    used = mine.with_columns(used=pl.col("status").is_in(READ))
    out = [SheetRead(about) for about in used.iter_rows(named=True)]
    by_no = {s.about["sheet_no"]: s for s in out}
    sizes: set[str] = set()
    paths = mine["path"].unique()
    for entry in aside.filter(pl.col("path").is_in(paths.implode())).iter_rows(named=True):
        _complain(by_no, entry)
    for dataset in used.filter("used")["dataset"].unique().drop_nulls():
        contract = contracts[dataset]
        rows = dataset_rows(home, used, contract, contracts)
        clean = standardise(rows.records, contract, divisions, rows.units)
        written = pl.concat([rows.records, rows.replaced])
        sizes |= set(size_doubts(written, rows.stated, contract, rows.units)["reason_code"])
        for entry in pl.concat([rows.quarantine, clean.quarantine]).iter_rows(named=True):
            _complain(by_no, entry)
        for record in clean.frame.iter_rows(named=True):
            by_no[_number(record["record_id"])].records[record["row_number"]].append(record)
    return FileRead(out, asked, sizes)


def _number(record_id: str) -> int:
    return int(record_id.split("-")[1])


def _complain(by_no: dict[int, SheetRead], entry: dict[str, Any]) -> None:
    sheet = by_no[_number(entry["record_id"])]
    sheet.complaints[entry["row_number"]].append(entry)
    if entry["reason_code"] in WHOLE_COLUMN:
        sheet.of_columns.add(entry["column_name"])
