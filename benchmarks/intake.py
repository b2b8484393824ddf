"""How quickly files become clean records, against the floor of only reading them.

    python benchmarks/intake.py [--persons 200000] [--home DIR] [--turns 7]

Makes one county's files (or takes those under ``--home``) and reads them, each way in a process of
its own, in one run:

* floor: fastexcel reads every sheet into strings, Python's csv every csv; they are kept in memory
* bidui: intake and standardise of all datasets, from a cold store
* pandas: ``read_excel`` and ``read_csv`` as text
* openpyxl: the cells of the xlsx files alone, and the floor on the same files

A machine is never equally quick for a minute: floor and bidui are measured in turn, and how many
times as long as the floor is said of each pair. Writes ``benchmarks/intake.md``.
"""

import argparse
import csv
import datetime as dt
import io
import os
import platform
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from watched import Cost, watched

import pipelines  # noqa: F401 - before polars: it says how polars keeps memory

if TYPE_CHECKING:
    from pipelines.contracts import Contract
    from pipelines.standardise.divisions import Divisions
    from pipelines.standardise.standardise import Clean

COUNTY = "990112"
ROUND = dt.date(2021, 8, 30)
RESULTS = Path(__file__).with_suffix(".md")
TEXT = {".csv", ".txt"}


def files(home: Path) -> Iterator[Path]:
    """Give the county's files."""
    yield from sorted(path for path in (home / "inbox").rglob("*") if path.is_file())


def floor(home: Path, only: str = "") -> None:
    """Read every sheet into strings and keep them."""
    import fastexcel

    kept: list[object] = []
    for path in files(home):
        if only and path.suffix != only:
            continue
        if path.suffix in TEXT:
            kept.append(_csv(path))
            continue
        book = fastexcel.read_excel(path)
        for name in book.sheet_names:
            sheet = book.load_sheet(name, header_row=None, skip_rows=0, dtypes="string")
            kept.append(sheet.to_arrow())


def _csv(path: Path) -> list[list[str]]:
    content = path.read_bytes()
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("gb18030")
    return list(csv.reader(io.StringIO(text)))


def floor_xlsx(home: Path) -> None:
    """Read the sheets of the xlsx files into strings."""
    floor(home, only=".xlsx")


def openpyxl_xlsx(home: Path) -> None:
    """Read the cells of the xlsx files with openpyxl, in its quick way."""
    import openpyxl

    for path in files(home):
        if path.suffix == ".xlsx":
            book = openpyxl.load_workbook(path, read_only=True)
            for sheet in book.worksheets:
                for _ in sheet.iter_rows(values_only=True):
                    pass


def pandas_all(home: Path) -> None:
    """Read every file with pandas, as text."""
    import pandas as pd

    for path in files(home):
        if path.suffix in TEXT:
            try:
                pd.read_csv(path, dtype=str, header=None, names=range(40), encoding="utf-8-sig")
            except UnicodeDecodeError:
                pd.read_csv(path, dtype=str, header=None, names=range(40), encoding="gb18030")
        else:
            pd.read_excel(path, sheet_name=None, header=None, dtype=str)


def bidui(home: Path) -> None:
    """Take the inbox and standardise every dataset, from a cold store."""
    import polars as pl

    from pipelines.home import Home
    from pipelines.intake.inbox import take_inbox
    from pipelines.intake.rows import dataset_rows
    from pipelines.standardise.datasets import each_dataset
    from pipelines.standardise.divisions import build_divisions
    from pipelines.standardise.standardise import standardise

    work = Home(home)
    contracts = work.declared.contracts
    parameters = work.declared.parameters.lookup(COUNTY, ROUND)
    inbox = take_inbox(work, COUNTY, ROUND, contracts, parameters)
    aliases = work.declared.alias_files

    def cleaned(contract: "Contract", divisions: "Divisions | None") -> "Clean":
        read = dataset_rows(work, inbox.sheets, contract, contracts)
        return standardise(read.records, contract, divisions, read.units)

    def gazetteer(villages: "Clean") -> "Divisions":
        return build_divisions(villages.frame, aliases)

    used = inbox.sheets.filter("used").group_by("dataset").agg(pl.sum("rows_accepted"))
    done = each_dataset(contracts, cleaned, gazetteer, dict(used.iter_rows()))
    print(sum(clean.frame.height for _, clean in done))


WAYS: dict[str, Callable[[Path], None]] = {
    "floor": floor,
    "bidui": bidui,
    "pandas": pandas_all,
    "floor, xlsx": floor_xlsx,
    "openpyxl, xlsx": openpyxl_xlsx,
}
IN_TURN = ("floor", "bidui")
SAYS = {
    "floor": "fastexcel and csv, into strings kept in memory",
    "bidui": "intake and standardise",
    "pandas": "reading alone, as text",
    "floor, xlsx": "fastexcel, xlsx files only",
    "openpyxl, xlsx": "reading alone, xlsx files only",
}


def main() -> None:
    """Measure and write the table; with ``--way``, do one thing in this process."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--persons", type=int, default=200_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--home", type=Path, help="a home whose inbox is read instead")
    parser.add_argument("--turns", type=int, default=7, help="of floor and bidui, one by one")
    parser.add_argument("--way", choices=WAYS, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.way:
        WAYS[asked.way](asked.home)
        return
    with tempfile.TemporaryDirectory() as folder:
        home = asked.home or Path(folder)
        if asked.home is None:
            size = ("--persons", str(asked.persons), "--seed", str(asked.seed))
            rounds = ("--rounds", ROUND.isoformat(), "--home", folder)
            watched([sys.executable, "-m", "dagster_project.cli", "generate", *size, *rounds])
        turns = [{way: _cost(way, home) for way in IN_TURN} for _ in range(asked.turns)]
        costs = {way: [turn[way] for turn in turns] for way in IN_TURN}
        costs |= {way: [_cost(way, home)] for way in WAYS if way not in IN_TURN}
        text = _table(costs, home, asked.persons)
    RESULTS.write_text(text, encoding="utf-8")
    print(text)


def _cost(way: str, home: Path) -> Cost:
    """Do one thing with the county's files, in a home that has nothing else."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "inbox").symlink_to((home / "inbox").resolve())
        return watched([sys.executable, __file__, "--way", way, "--home", folder])


def _table(costs: dict[str, list[Cost]], home: Path, persons: int) -> str:
    size = sum(path.stat().st_size for path in files(home)) / 2**20
    count = sum(1 for _ in files(home))
    machine = f"Python {platform.python_version()}, {os.cpu_count()} cores"
    read = f"{count} files, {size:,.0f} MiB, {int(costs['bidui'][0].output):,} records"
    command = f"`python benchmarks/intake.py --persons {persons}`"
    turns = len(costs["floor"])
    how = (
        f"Floor and bidui {turns} times in turn: the median (the least–the most); the others once."
    )
    lines = [
        f"# Files of {persons:,} residents become clean records",
        "",
        f"{command} · {machine} · {read}",
        "",
        f"Start-up included. {how}",
        "",
        "| | | seconds | times the floor | peak memory, MiB |",
        "|---|---|---|---|---|",
    ]
    for way, runs in costs.items():
        seconds = [cost.seconds for cost in runs]
        floors = [cost.seconds for cost in costs["floor, xlsx" if "xlsx" in way else "floor"]]
        # The others are held against a usual run of the floor.
        beside = floors if len(floors) == len(runs) else [median(floors)]
        times = [own / floor for own, floor in zip(seconds, beside, strict=True)]
        most = max(cost.mebibytes for cost in runs)
        lines.append(
            f"| {way} | {SAYS[way]} | {_told(seconds, 1)} | {_told(times, 2)} | {most:,.0f} |"
        )
    return "\n".join([*lines, ""])


def _told(figures: list[float], digits: int) -> str:
    """Give the median of some figures, and where they lie if they are not one."""
    middle, least, most = (f"{f(figures):.{digits}f}" for f in (median, min, max))
    return middle if least == most else f"{middle} ({least}–{most})"


if __name__ == "__main__":
    main()
