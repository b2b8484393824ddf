"""Time whole rounds of sample counties as a person waits for them, start-up included.

    python benchmarks/round.py [--persons 20000] [--repeat 3] [--rounds 2021-07-26 …]

Writes ``benchmarks/round.md``: seconds (median and range) and peak memory of ``bidui generate`` and
of ``bidui run`` for each round, the processes that read files included. The section of a size that
is measured again is replaced, the others stay. Machines are noisy: compare rows of one table, not
of two.
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
HEADING = "# A round, by the county's size\n"


def bidui(*arguments: str) -> Cost:
    """Run ``bidui`` with `arguments`; 3 says that a file was refused and the round published."""
    return watched([sys.executable, "-m", "dagster_project.cli", *arguments], allowed=(0, 3))


def main() -> None:
    """Measure and write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--persons", type=int, default=20_000)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rounds", nargs="+", default=ROUNDS)
    asked = parser.parse_args()

    measured: dict[str, list[Cost]] = {}
    for _ in range(asked.repeat):
        with tempfile.TemporaryDirectory() as folder:
            common = ("--home", folder)
            made = ("generate", "--persons", str(asked.persons), "--seed", str(asked.seed))
            rounds = ("--rounds", ",".join(asked.rounds))
            measured.setdefault("generate", []).append(bidui(*made, *rounds, *common))
            for round_ in asked.rounds:
                ran = bidui("run", "--county", "990112", "--round", round_, *common)
                measured.setdefault(f"run {round_}", []).append(ran)

    text = _section(measured, asked)
    RESULTS.write_text(_with(text), encoding="utf-8")
    print(text)


def _section(measured: dict[str, list[Cost]], asked: argparse.Namespace) -> str:
    """Say what was measured of one size."""
    command = f"python benchmarks/round.py --persons {asked.persons} --repeat {asked.repeat}"
    if tuple(asked.rounds) != ROUNDS:
        command += f" --rounds {' '.join(asked.rounds)}"
    machine = f"Python {platform.python_version()}, {os.cpu_count()} cores"
    lines = [
        f"## {asked.persons:,} residents",
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
    return "\n".join(lines) + "\n"


def _with(section: str) -> str:
    """Give the file with this section in place of the one of its size, smallest first."""
    old = RESULTS.read_text(encoding="utf-8").split("\n## ")[1:]
    sections = {_size(text): text for text in [*old, section.removeprefix("## ")]}
    return "\n".join([HEADING, *(f"## {sections[size].strip()}\n" for size in sorted(sections))])


def _size(section: str) -> int:
    return int(section.split(maxsplit=1)[0].replace(",", ""))


if __name__ == "__main__":
    main()
