"""Judge counties of other seeds: the figures of ``bidui evaluate`` by seed and error rate.

    python benchmarks/quality.py [--seeds 11 22 33] [--errors 1 2] [--persons 20000]

For each seed and each multiple of the usual error rates: makes a county in a temporary folder, runs
its three rounds and scores them. Writes ``benchmarks/quality.md`` after every county, a row each;
a row that is there for the same seed, rate and size is replaced, the others stay.
"""

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

import polars as pl

from pipelines.home import Home
from pipelines.synthetic.evaluate import Evaluation, evaluate

COUNTY = "990113"
ROUNDS = ("2021-07-26", "2021-08-30", "2021-09-06")
RESULTS = Path(__file__).with_suffix(".md")
HEAD = f"""\
# What is found in counties of other seeds

`python {RESULTS.parent.name}/{Path(__file__).name}` · three rounds each · errors: times the usual \
rates of damage to numbers, names, dates and places

Lost: rows of the files that are nowhere. Confirmed: share of links; right: of those. Rows \
found: links (confirmed or suspected) of rows whose surviving fields single out one person. \
Doubts found: real ones that the lists can show, over all rules and rounds; weakest rule: where \
the smallest share was found. Innocent: look-alikes that the rules name, flagged of all. Judged \
by: 0 lost, 0.999 right, 0.985 of rows, 0.98 of each rule, 0 innocent, 0 blank villages wrong.

| seed | errors | residents | lost | confirmed | right | rows found | doubts found | weakest rule \
| innocent flagged | blank wrong | judged |
|---|---|---|---|---|---|---|---|---|---|---|---|
"""


def bidui(home: Path, *arguments: str) -> None:
    """Run the command on `home`; ends the benchmark where it fails."""
    command = [sys.executable, "-m", "dagster_project.cli", *arguments, "--home", str(home)]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False)
    if done.returncode not in {0, 3}:
        raise SystemExit(f"bidui {' '.join(arguments)}: {done.returncode}\n{done.stderr}")


def judged(seed: int, errors: float, persons: int) -> Evaluation:
    """Make one county, run its rounds, score them."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        size = ("--persons", str(persons), "--seed", str(seed), "--errors", f"{errors:g}")
        bidui(home, "generate", "--county", COUNTY, *size)
        for round_ in ROUNDS:
            bidui(home, "run", "--county", COUNTY, "--round", round_)
        return evaluate(Home(home), COUNTY)


def row(seed: int, errors: float, persons: int, scored: Evaluation) -> str:
    """Give one county's line of the table."""
    links = scored.links.select(pl.exclude("dataset", "precision", "recall").sum()).row(
        0, named=True
    )
    by_rule = (
        scored.rules.group_by("rule_id")
        .agg(pl.sum("found", "detectable"))
        .with_columns(share=pl.col("found") / pl.col("detectable"))
        .sort("share", "rule_id", nulls_last=True)
    )
    weakest, innocents = by_rule.row(0, named=True), scored.innocents.sum()
    cells = (
        seed,
        f"{errors:g}",
        f"{persons:,}",
        scored.lost.height,
        f"{links['confirmed'] / links['rows']:.1%}",
        f"{links['confirmed_right'] / links['confirmed']:.5f}",
        f"{links['found']:,} of {links['determinable']:,}",
        f"{by_rule['found'].sum():,} of {by_rule['detectable'].sum():,}",
        f"{weakest['rule_id']} {weakest['found']} of {weakest['detectable']}",
        f"{innocents['flagged'].item()} of {innocents['cases'].item():,}",
        scored.villages["blank_wrong"].sum(),
        "passed" if scored.passed else "failed",
    )
    return "| " + " | ".join(str(cell) for cell in cells) + " |"


def write(rows: dict[tuple[float, int, int], str]) -> None:
    """Write the table, by error rate, size and seed."""
    RESULTS.write_text(HEAD + "".join(f"{rows[key]}\n" for key in sorted(rows)), encoding="utf-8")


def written() -> dict[tuple[float, int, int], str]:
    """Read the rows that the table has: (errors, residents, seed) → line."""
    lines = RESULTS.read_text(encoding="utf-8").splitlines() if RESULTS.exists() else []
    rows = {}
    for line in lines:
        seed, errors, persons, *_ = (cell.strip() for cell in f"{line}||||".split("|")[1:])
        if seed.isdigit():
            rows[float(errors), int(persons.replace(",", "")), int(seed)] = line
    return rows


def main() -> None:
    """Judge every county asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, nargs="+", default=[11, 22, 33])
    parser.add_argument("--errors", type=float, nargs="+", default=[1.0])
    parser.add_argument("--persons", type=int, default=20_000)
    asked = parser.parse_args()
    passed = True
    for errors in asked.errors:
        for seed in asked.seeds:
            scored = judged(seed, errors, asked.persons)
            line = row(seed, errors, asked.persons, scored)
            write({**written(), (errors, asked.persons, seed): line})
            print(line, flush=True)
            if not scored.passed:
                print(scored.text, flush=True)
            passed &= scored.passed
    raise SystemExit(0 if passed else 1)


if __name__ == "__main__":
    main()
