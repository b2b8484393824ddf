"""Imports point one way: data <- pipelines <- expectations <- assets <- dagster_project."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

pytestmark = pytest.mark.architecture

ROOT = Path(__file__).resolve().parents[2]
ORDER = ("pipelines", "expectations", "assets", "dagster_project")
LIBRARIES = {"dagster": {"assets", "dagster_project"}, "great_expectations": {"expectations"}}

# The stages of a row's way; a stage may import earlier ones, never later ones.
STAGES = (
    "intake",
    "standardise",
    "corrections",
    "linkage",
    "compare",
    "villages",
    "casework",
    "warehouse",
    "lists",
    "review",
)


def _imports(path: Path) -> Iterator[tuple[int, str]]:
    """Every module that `path` imports at run time, with its line."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    typing_only = {
        id(node)
        for block in ast.walk(tree)
        if isinstance(block, ast.If) and "TYPE_CHECKING" in ast.dump(block.test)
        for node in ast.walk(block)
    }
    for node in ast.walk(tree):
        if id(node) in typing_only:
            continue
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.lineno, node.module


def _modules(package: str) -> list[Path]:
    return sorted((ROOT / package).rglob("*.py"))


@pytest.mark.parametrize("package", ORDER)
def test_a_package_imports_only_what_lies_below_it(package: str) -> None:
    later = set(ORDER[ORDER.index(package) + 1 :])
    forbidden = later | {lib for lib, allowed in LIBRARIES.items() if package not in allowed}
    wrong = [
        f"{path.relative_to(ROOT)}:{line} imports {name}"
        for path in _modules(package)
        for line, name in _imports(path)
        if name.split(".")[0] in forbidden
    ]
    assert wrong == []


@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_imports_no_later_stage(stage: str) -> None:
    later = {f"pipelines.{name}" for name in STAGES[STAGES.index(stage) + 1 :]}
    later.add("pipelines.synthetic")
    wrong = [
        f"{path.relative_to(ROOT)}:{line} imports {name}"
        for path in _modules(f"pipelines/{stage}")
        for line, name in _imports(path)
        if ".".join(name.split(".")[:2]) in later
    ]
    assert wrong == []


def test_every_package_says_what_belongs_in_it() -> None:
    silent = [
        str(init.relative_to(ROOT))
        for package in ORDER
        for init in sorted((ROOT / package).rglob("__init__.py"))
        if len((ast.get_docstring(ast.parse(init.read_text(encoding="utf-8"))) or "").split()) < 10
    ]
    assert silent == []


def test_the_lock_names_no_index_and_hashes_everything() -> None:
    for name in ("requirements.lock", "requirements-dev.lock"):
        text = (ROOT / name).read_text(encoding="utf-8")
        assert "://" not in text
        assert "--index" not in text
        pins = [line for line in text.splitlines() if line and not line.startswith((" ", "#"))]
        assert pins
        assert all("==" in pin and pin.endswith("\\") for pin in pins)


@pytest.mark.parametrize(
    "module",
    ["dagster_project.definitions", "pipelines.intake.reader", "benchmarks.linkage.with_bidui"],
)
def test_the_allocator_is_told_what_to_keep_before_polars_is_loaded(module: str) -> None:
    told = f"import {module}, polars, sys; order = list(sys.modules); "
    told += "print(order.index('pipelines') < order.index('polars'))"
    ended = subprocess.run(
        [sys.executable, "-c", told], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert ended.stdout.split() == ["True"]
