"""Read thousands of damaged and hostile files as a round reads them, and count what became of them.

    python -m benchmarks.fuzz [--files 20000] [--seed 1] [--only N]

Every file is a small valid one (`tests.fuzz.corpus`) with one to three mutations
(`tests.fuzz.mutations`); its number and the seed make it again. A failure is an error in the
process that asks, rows that are not accounted for, or a refusal without a sentence; its file stays
in the folder named, to become a test. Writes ``benchmarks/fuzz.md``.
"""

import argparse
import collections
import hashlib
import logging
import platform
import random
import re
import shutil
import sys
import tempfile
import traceback
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from pipelines.contracts import Contracts, load_contracts
from pipelines.home import SHIPPED
from pipelines.intake.kept import ParsedFile, parsed_key
from pipelines.intake.protected import AT_ONCE, Limits, Readers
from tests.fuzz.accounting import unaccounted
from tests.fuzz.corpus import corpus
from tests.fuzz.mutations import mutated

RESULTS = Path(__file__).with_suffix(".md")
LIMITS = Limits(memory=2 << 30, seconds=20)
"""Less than in earnest: the files are small."""
DEPARTMENT = "civil_affairs"
_UNFORESEEN = re.compile(r"没有预料到的情况（(\w+)")


def file_number(number: int, seed: int, seeds: dict[str, bytes]) -> tuple[str, bytes]:
    """Give the name of the valid file and the mutated content with this number."""
    chance = random.Random(f"{seed} {number}")
    name = sorted(seeds)[number % len(seeds)]
    return name, mutated(name, seeds, chance)


def outcome(parsed: ParsedFile) -> str:
    """Give in a few words what became of a file."""
    worst = next((s for s in parsed.sheets if s.status == "refused"), None)
    if worst is None:
        return "read" if any(s.status == "read" for s in parsed.sheets) else "not recognised"
    if unforeseen := _UNFORESEEN.search(worst.message):
        return f"refused, unforeseen {unforeseen[1]}"
    some = "partly read; " if any(s.status == "read" for s in parsed.sheets) else ""
    return f"{some}refused: {re.split('[；，（。]|：第 ', worst.message)[0]}"


def main() -> None:
    """Make, read, count, report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", type=int, help="make and read this one, and leave it there")
    parser.add_argument("--keep", type=Path, default=Path(tempfile.gettempdir()) / "bidui-fuzz")
    asked = parser.parse_args()
    logging.disable(logging.CRITICAL if asked.only is None else logging.NOTSET)
    seeds, contracts = corpus(), load_contracts([SHIPPED])
    if asked.only is not None:
        name, content = file_number(asked.only, asked.seed, seeds)
        path = _kept(asked.keep, asked.seed, asked.only, name, content)
        with (
            tempfile.TemporaryDirectory() as folder,
            Readers(contracts, Path(folder), limits=LIMITS) as r,
        ):
            parsed = r.read(path, hashlib.sha256(content).hexdigest(), DEPARTMENT)
            print(path, *parsed.sheets, unaccounted(parsed), sep="\n")
        return
    counts, failures = _run(asked.files, asked.seed, asked.keep, seeds, contracts)
    text = _report(asked.files, asked.seed, seeds, counts, failures)
    if asked.files >= 20_000:
        RESULTS.write_text(text, encoding="utf-8")
    print(text)
    sys.exit(1 if failures else 0)


def _run(
    files: int, seed: int, keep: Path, seeds: dict[str, bytes], contracts: Contracts
) -> tuple[collections.Counter[tuple[str, str]], list[str]]:
    counts: collections.Counter[tuple[str, str]] = collections.Counter()
    failures: list[str] = []
    with (
        tempfile.TemporaryDirectory() as name,
        ThreadPoolExecutor(AT_ONCE) as pool,
        Readers(contracts, Path(name) / "store", limits=LIMITS) as readers,
    ):

        def read(number: int) -> None:
            seed_name, content = file_number(number, seed, seeds)
            file_id = hashlib.sha256(content).hexdigest()
            path = Path(name) / f"{number}-{seed_name}"
            path.write_bytes(content)
            try:
                parsed = readers.read(path, file_id, DEPARTMENT)
                wrong, what = unaccounted(parsed), outcome(parsed)
            except Exception:  # noqa: BLE001 - that is what is looked for
                wrong, what = traceback.format_exc(), "the asking process failed"
            path.unlink()
            key = parsed_key(file_id, DEPARTMENT, contracts)
            shutil.rmtree(Path(name) / "store" / key, ignore_errors=True)
            counts[seed_name, what] += 1
            if wrong:
                failures.append(f"{_kept(keep, seed, number, seed_name, content)}: {wrong}")
            elif "unforeseen" in what or "异常终止" in what or "超过上限" in what:
                _kept(keep, seed, number, seed_name, content)

        for start in range(0, files, 1000):
            list(pool.map(read, range(start, min(start + 1000, files))))
            print(f"from {start} on read, {len(failures)} failures", file=sys.stderr)
    return counts, failures


def _kept(keep: Path, seed: int, number: int, name: str, content: bytes) -> Path:
    keep.mkdir(parents=True, exist_ok=True)
    path = keep / f"{seed}-{number}-{name}"
    path.write_bytes(content)
    return path


def _report(
    files: int,
    seed: int,
    seeds: dict[str, bytes],
    counts: collections.Counter[tuple[str, str]],
    failures: list[str],
) -> str:
    total: collections.Counter[str] = collections.Counter()
    for (_, what), count in counts.items():
        total[what] += count
    command = f"python -m benchmarks.fuzz --files {files} --seed {seed}"
    lines = [
        f"# {files:,} damaged and hostile files",
        "",
        f"`{command}` · Python {platform.python_version()} · {len(seeds)} valid files, mutated",
        "",
        f"Failures (error in the process that asks, rows not accounted for): **{len(failures)}**",
        "",
        "| what became of it | files |",
        "|---|---|",
        *(f"| {what} | {count:,} |" for what, count in total.most_common()),
        "",
        "| valid file | mutated | read | read in part | not recognised | refused |",
        "|---|---|---|---|---|---|",
    ]
    for name in sorted(seeds):
        kinds: collections.Counter[str] = collections.Counter()
        for (seed_name, what), count in counts.items():
            if seed_name == name:
                kinds[re.split("[;,:]", what)[0]] += count
        row = [kinds["read"], kinds["partly read"], kinds["not recognised"], kinds["refused"]]
        lines.append(f"| {name} | {sum(kinds.values()):,} | " + " | ".join(map(str, row)) + " |")
    return "\n".join([*lines, *(f"\n- {failure}" for failure in failures)]) + "\n"


if __name__ == "__main__":
    main()
