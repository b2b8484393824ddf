"""Run the jobs and write ``benchmarks/linkage.md``.

    python -m benchmarks.linkage [--job 1 2 3] [--tools splink bidui] [--size N] [--seed N]

Every tool runs in a process of its own; its time is that process from start to end, its memory the
most that it held. The section of a job that is run again is replaced, the others stay.
"""

import argparse
import os
import platform
import re
import subprocess
import tempfile
from pathlib import Path

import polars as pl

from benchmarks.linkage import score
from benchmarks.linkage.county_section import county_section
from benchmarks.linkage.curve import reliability_lines
from benchmarks.linkage.jobs import (
    BIDUI,
    JOBS,
    OTHERS,
    REPORTING_SEED,
    ROOT,
    TOOLS,
    TUNING_SEED,
    Job,
    Tool,
)
from benchmarks.watched import Cost, watched

RESULTS = ROOT / "benchmarks" / "linkage.md"
HEAD = f"""\
# Linkage, side by side

`make linkage-tools && python -m benchmarks.linkage` · Python {platform.python_version()}, \
{os.cpu_count()} cores · splink 5.0.0, duckdb 2.0.0, recordlinkage 0.16

Every tool runs in a process of its own, start-up and reading included.

- *pairs*: all pairs that score the tool's own threshold or more (bidui 0.5, which are its links,
  confirmed and suspected; Splink 0.95; recordlinkage 0.5)
- *one to one*: of them the best of each row, and of those the best of each person
- *best*: at the threshold that only the truth can tell
- *default*, *recommended u sample*: Splink counts u on 1e6 random pairs by default and warns that
  this may be too small: it recommends 1e8 or 1e9. Here 1e6 and 1e8; the default is the quicker
- *automatic*: rows that nobody need look at: linked at the threshold (bidui: confirmed), or
  without any pair from {score.CANDIDATE:g} on

The lists of jobs 2 to 4 are made by `benchmarks/linkage/people.py` and damaged by `damage.py`,
which share nothing with the demo's county. Levels were set on lists of seed {TUNING_SEED};
the figures are of the seed that a section names, {REPORTING_SEED} where it was not asked otherwise.
All tools get the same standardised columns. Splink's candidate rules are bidui's blocking keys
in SQL, without those that would meet whole households or thousands of namesakes; FEBRL4's are the
same seven for both. All people are synthetic: the figures compare tools, they foretell no county.
"""


def main() -> None:
    """Run what is asked for; a section is written as soon as its job is done."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--job", type=int, nargs="+", default=[job.number for job in JOBS])
    names = [tool.name for tool in TOOLS]
    parser.add_argument("--tools", nargs="+", choices=names, default=names)
    parser.add_argument("--size", type=int, help="rows of a list, in place of the job's own")
    parser.add_argument("--seed", type=int, default=REPORTING_SEED)
    asked = parser.parse_args()
    if set(asked.tools) != {"bidui"} and not OTHERS.exists():
        raise SystemExit(f"{OTHERS} is not there: make linkage-tools, or --tools bidui")
    for job in JOBS:
        tools = [t for t in TOOLS if t.name in asked.tools and t.name in job.tools]
        if job.number not in asked.job or not tools:
            continue
        with tempfile.TemporaryDirectory() as folder:
            lines = _section(job, tools, Path(folder), asked.size or job.size, asked.seed)
        text = "\n".join(lines)
        print(text, flush=True)
        _write(job.number, text)


def _section(job: Job, tools: list[Tool], folder: Path, size: int, seed: int) -> list[str]:
    title = f"## ({job.number}) {job.title}"
    if job.records == "departments":
        return [title, "", *county_section(folder, size, seed, old=job.old)]
    subprocess.run(job.made_by(folder, size, seed), check=True, cwd=ROOT)
    truth = pl.read_parquet(folder / "truth.parquet")
    costs = {tool: watched(job.linked_by(tool, folder)) for tool in tools}
    made = "" if job.records == "febrl" else f", seed {seed}"
    known = f"{truth.height:,} rows{made}; {truth['true'].count():,} of them have their person"
    return [
        title,
        "",
        known,
        "",
        *_figures(costs, folder, truth),
        *([] if job.records == "febrl" else ["", *_defects(tools, folder, truth)]),
        *(["", *_reliability(job, folder, truth)] if BIDUI in tools and made else []),
    ]


def _reliability(job: Job, folder: Path, truth: pl.DataFrame) -> list[str]:
    image = RESULTS.parent / "pictures" / f"linkage-{job.number}.svg"
    return reliability_lines(_pairs(BIDUI, folder, truth), image)


def _figures(costs: dict[Tool, Cost], folder: Path, truth: pl.DataFrame) -> list[str]:
    heads = (
        *("", "at", "pairs: P", "R", "F1", "best F1", "one to one: P", "R", "F1", "best F1"),
        *("automatic", "seconds", "MiB", "within"),
    )
    lines = [f"| {' | '.join(heads)} |", "|---" * len(heads) + "|"]
    for tool, cost in costs.items():
        pairs = _pairs(tool, folder, truth)
        cells = [f"{cost.seconds:.1f}", f"{cost.mebibytes:,.0f}", cost.output.strip()]
        sure = pairs
        if "status" in pairs.columns:
            sure = pairs.with_columns(
                score=pl.when(pl.col("status") == "confirmed")
                .then(1.0)
                .otherwise(pl.col("score").clip(0, tool.threshold - 1e-9))
            )
        auto = score.automatic(sure, truth, tool.threshold)
        lines.append(_line(tool.says, tool.threshold, pairs, truth, auto, cells))
        if "status" in pairs.columns:
            confirmed = pairs.filter(pl.col("status") == "confirmed")
            quality = score.at(confirmed, truth, 0.0)
            lines.append(_confirmed(quality))
    return lines


def _line(
    says: str,
    threshold: float,
    pairs: pl.DataFrame,
    truth: pl.DataFrame,
    automatic: float,
    cells: list[str],
) -> str:
    single = score.best_of_each(pairs)
    shown = [says, f"{threshold:g}"]
    for chosen in (pairs, single):
        here, best = score.at(chosen, truth, threshold), score.at_best(chosen, truth)
        shown += [f"{here.precision:.5f}", f"{here.recall:.5f}", f"{here.f1:.5f}", f"{best.f1:.5f}"]
    return "| " + " | ".join([*shown, f"{automatic:.1%}", *cells]) + " |"


def _confirmed(quality: score.Quality) -> str:
    figures = f"{quality.precision:.5f} | {quality.recall:.5f} | {quality.f1:.5f}"
    return f"| bidui, confirmed alone | 0.99 | {figures} | | {figures} | | | | | |"


def _pairs(tool: Tool, folder: Path, truth: pl.DataFrame) -> pl.DataFrame:
    return score.judged(pl.read_parquet(folder / f"{tool.output}.parquet"), truth)


def _defects(tools: list[Tool], folder: Path, truth: pl.DataFrame) -> list[str]:
    """Missed and wrong, one to one, at each tool's threshold."""
    heads = " | ".join(f"{tool.says}: missed | wrong" for tool in tools)
    lines = [
        "By damage to the row, one to one at the threshold (a row counts under each of its):",
        "",
        f"| damage | rows | {heads} |",
        "|---|---|" + "---|---|" * len(tools),
    ]
    tables = [
        score.by_defect(
            score.best_of_each(_pairs(tool, folder, truth)), truth, tool.threshold
        ).rows(named=True)
        for tool in tools
    ]
    for rows in zip(*tables, strict=True):
        cells = [rows[0]["defect"], f"{rows[0]['rows']:,}"]
        for row in rows:
            cells += [f"{row['due'] - row['found']:,}", f"{row['wrong']:,}"]
        lines.append("| " + " | ".join(cells) + " |")
    return lines


def _write(number: int, text: str) -> None:
    old = RESULTS.read_text(encoding="utf-8") if RESULTS.exists() else ""
    parts = re.split(r"(?m)^(?=## \()", old)[1:]
    sections = {int(part[4]): part.strip() for part in parts} | {number: text.strip()}
    body = "\n\n".join(sections[key] for key in sorted(sections))
    RESULTS.write_text(f"{HEAD}\n{body}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
