"""Time whole rounds of sample counties as a person waits for them, start-up included.

    python benchmarks/round.py [--persons 20000] [--repeat 3]

Writes ``benchmarks/round.md``: seconds (median and range) and peak memory of ``bidui generate`` and
of ``bidui run`` for each round, the processes that read files included. Machines are noisy: compare
rows of one table, not of two.
"""

import argparse
import os
import platform
import statistics
import sys
import tempfile
from pathlib import Path

from watched import Cost, watched

ROUNDS = ("2021-07-26", "2021-08-30", "2021-09-06")
RESULTS = Path(__file__).with_suffix(".md")


def bidui(*arguments: str) -> Cost:
    """Run ``bidui`` with `arguments`; 3 says that a file was refused and the round published."""
    return watched([sys.executable, "-m", "dagster_project.cli", *arguments], allowed=(0, 3))


def main() -> None:
    """Measure and write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--persons", type=int, default=20_000)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()

    measured: dict[str, list[Cost]] = {}
    for _ in range(asked.repeat):
        with tempfile.TemporaryDirectory() as folder:
            common = ("--home", folder)
            made = ("generate", "--persons", str(asked.persons), "--seed", str(asked.seed))
            measured.setdefault("generate", []).append(bidui(*made, *common))
            for round_ in ROUNDS:
                ran = bidui("run", "--county", "990112", "--round", round_, *common)
                measured.setdefault(f"run {round_}", []).append(ran)

    command = f"python benchmarks/round.py --persons {asked.persons} --repeat {asked.repeat}"
    machine = f"Python {platform.python_version()}, {os.cpu_count()} cores"
    lines = [
        f"# A round of {asked.persons:,} residents",
        "",
        f"`{command}` · {machine} · start-up included",
        "",
        "| step | seconds, median | range | peak memory, MiB |",
        "|---|---|---|---|",
    ]
    for step, runs in measured.items():
        seconds = [run.seconds for run in runs]
        median, least, most = statistics.median(seconds), min(seconds), max(seconds)
        peak = max(run.mebibytes for run in runs)
        lines.append(f"| {step} | {median:.1f} | {least:.1f} to {most:.1f} | {peak:,.0f} |")
    text = "\n".join(lines) + "\n"
    if asked.persons == 20_000:
        RESULTS.write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
