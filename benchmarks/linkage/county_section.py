"""The section of a county whose departments' lists are linked: the cost, and how right it is."""

import sys
from pathlib import Path

import polars as pl

from benchmarks.linkage.departments import OLD_YEAR
from benchmarks.linkage.rows import Judged, judged_lists, old_by, old_rows
from benchmarks.watched import Cost, watched

_SINCE = {
    "": "nothing",
    "handed_over": "another member is the head",
    "head_died": "the head is in the roster no more",
    "merged": "the household was taken in by another",
    "split": "a young family has left it",
    "renumbered": "it has another number",
    "gone": "nobody of it is left",
}
"""What has happened to a household since the old year, by the words of its story."""


def county_section(folder: Path, size: int, seed: int, *, old: bool) -> list[str]:
    """Make the county in `folder`, link its lists in a process of its own, and tell of it."""
    made = _step(folder, "generate", str(size), str(seed), *(["old"] if old else []))
    taken = _step(folder, "read")
    linked = _step(folder, "link")
    says = (
        f"`bidui generate` made {size:,} residents, seed {seed}. **Linking five of its lists took "
        f"{linked.seconds:.1f} s and {linked.mebibytes:,.0f} MiB**, one process from Parquet to "
        f"Parquet, start-up included ({linked.output.strip()}). Not counted: making the files "
        f"{made.seconds:.0f} s, reading and standardising them {taken.seconds:.0f} s. P: of "
        "confirmed links. R: confirmed and suspected, of rows whose fields single out one that the "
        "roster has. Near: confirmed links to a namesake of the village or a housemate."
    )
    lines = [
        says,
        "",
        "| list | rows | confirmed | P | P with suspected | R | automatic | near |",
        "|---|---|---|---|---|---|---|---|",
        *[_line(name, counts) for name, counts in judged_lists(folder).items()],
    ]
    return [*lines, *(_old_lines(folder) if old else [])]


def _step(folder: Path, *arguments: str) -> Cost:
    module = [sys.executable, "-m", "benchmarks.linkage.departments"]
    return watched([*module, str(folder), *arguments])


def _line(name: str, j: Judged) -> str:
    cells = (
        name,
        f"{j.rows:,}",
        f"{j.confirmed:,}",
        _share(j.confirmed_right, j.confirmed),
        _share(j.links_right, j.links),
        _share(j.found, j.due),
        f"{j.automatic / j.rows:.1%}",
        f"{j.namesakes:,}",
    )
    return "| " + " | ".join(cells) + " |"


def _old_lines(folder: Path) -> list[str]:
    """Tell of the register of the old year, by method and by what has happened since."""
    linked = _step(folder, "old")
    rows = old_rows(folder)
    since = pl.col("story").replace_strict(_SINCE, default="several of these")
    heads = "rows | due | R | confirmed | P | suspected | P"
    says = (
        f"A register of houses of {OLD_YEAR.year} names heads of that year, with or without their "
        "number and the household's; the roster of that year is known, and that of today must say "
        f"which household each house is of now ({linked.output.strip()}). By the key or level "
        "pattern (H1: the household's number; H2: the head's name that the roster still writes; "
        "H3: its number in the earlier roster; H4: only a former member of it bore the name in the "
        "village):"
    )
    return [
        "",
        says,
        "",
        f"| method | {heads} |",
        "|---" * 8 + "|",
        *[_old_line(row) for row in _counted(rows, pl.col("method").fill_null("none"))],
        "",
        "By what has happened to the household since:",
        "",
        f"| since | {heads} |",
        "|---" * 8 + "|",
        *[_old_line(row) for row in _counted(rows, since)],
    ]


def _counted(rows: pl.DataFrame, key: pl.Expr) -> list[tuple[str, *tuple[int, ...]]]:
    return [*old_by(rows, key).iter_rows(), *old_by(rows, pl.lit("all")).iter_rows()]


def _old_line(row: tuple[str, *tuple[int, ...]]) -> str:
    key, many, due, found, confirmed, confirmed_right, suspected, suspected_right = row
    cells = (
        key,
        f"{many:,}",
        f"{due:,}",
        _share(found, due),
        f"{confirmed:,}",
        _share(confirmed_right, confirmed),
        f"{suspected:,}",
        _share(suspected_right, suspected),
    )
    return "| " + " | ".join(cells) + " |"


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.5f}" if whole else "–"
