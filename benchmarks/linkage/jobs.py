"""What is run: the jobs, the tools, and the command of each tool on each job."""

import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
OTHERS = ROOT / ".venv-linkage" / "bin" / "python"
"""The environment of the other tools, made by ``make linkage-tools``."""

TUNING_SEED = 101
"""Seed of the lists that were looked at while levels and weights were set."""
REPORTING_SEED = 2026
"""Seed of the lists whose figures are reported; nothing was set by them."""


@dataclass(frozen=True)
class Tool:
    """One way to link two lists."""

    name: str
    says: str
    module: str
    output: str
    threshold: float
    """What counts as a link by the tool's own default."""
    arguments: tuple[str, ...] = ()
    foreign: bool = True
    """Runs in the environment of the other tools."""


def _splink(name: str, says: str, names: str, pairs: str) -> Tool:
    return Tool(name, says, "with_splink", f"splink-{names}-{pairs}", 0.95, (names, pairs))


BIDUI = Tool("bidui", "bidui", "with_bidui", "bidui", 0.5, foreign=False)
TOOLS = (
    BIDUI,
    _splink("splink", "Splink 5, NameComparison, default u sample", "bytes", "1e6"),
    _splink("splink-1e8", "Splink 5, NameComparison, recommended u sample", "bytes", "1e8"),
    _splink(
        "splink-characters", "Splink 5, SQL by characters, default u sample", "characters", "1e6"
    ),
    Tool("recordlinkage", "recordlinkage, stock", "with_recordlinkage", "recordlinkage", 0.5),
)


@dataclass(frozen=True)
class Job:
    """One pair of lists; jobs 5 and 6 (departments) are bidui's alone."""

    number: int
    title: str
    records: str
    """``people``, ``febrl`` or ``departments``."""
    size: int = 0
    weak: bool = False
    old: bool = False
    """With a register of an old year, scored too."""
    tools: tuple[str, ...] = tuple(tool.name for tool in TOOLS)

    def made_by(self, folder: Path, size: int, seed: int) -> list[str]:
        """Give the command that makes the records."""
        if self.records == "febrl":
            return [*_module(sys.executable, "febrl"), str(folder), "write"]
        kind = "weak" if self.weak else "strong"
        return [*_module(sys.executable, "people"), str(folder), str(size), str(seed), kind]

    def linked_by(self, tool: Tool, folder: Path) -> list[str]:
        """Give the command that links them."""
        if not tool.foreign:
            module = "febrl" if self.records == "febrl" else tool.module
            return [*_module(sys.executable, module), str(folder)]
        python = str(OTHERS)
        return [*_module(python, tool.module), str(folder), self.records, *tool.arguments]


def _module(python: str, name: str) -> list[str]:
    return [python, "-m", f"benchmarks.linkage.{name}"]


JOBS = (
    Job(
        1,
        "FEBRL4, 5,000 × 5,000 (English)",
        "febrl",
        5_000,
        tools=("bidui", "splink", "recordlinkage"),
    ),
    Job(2, "A Chinese county, strong identifiers", "people", 200_000),
    Job(3, "The same without ID numbers and phones", "people", 200_000, weak=True),
    Job(
        4,
        "A million on a million, strong identifiers",
        "people",
        1_000_000,
        tools=("bidui", "splink", "splink-1e8", "splink-characters"),
    ),
    Job(
        5,
        "Five departments' lists of one county",
        "departments",
        100_000,
        old=True,
        tools=("bidui",),
    ),
    Job(
        6,
        "Five departments' lists of a county of a million",
        "departments",
        1_000_000,
        tools=("bidui",),
    ),
)
