"""Every defect of DOMAIN C2 has a test in this folder, which bears its number."""

import ast
import re
from pathlib import Path

import pytest

pytestmark = pytest.mark.architecture

DEFECTS = range(1, 70)
ALSO = {
    "100_000_rows": "file > 100,000 rows",
    "300_columns": "300 columns",
    "formulas_without_cached_values": "formulas without cached values",
    "strike_through_means_deleted": "strike-through/red font meaning deleted",
    "comments_as_data": "comments as data",
    "apostrophes": "numbers with apostrophe",
    "zero_width_joiners": "zero-width joiners",
    "error_cells": "#N/A, #REF! cells",
    "names_that_pandas_takes_for_nothing": "names Null/NA",
}
"""The line under the table: what a test is called (``test_also_<key>``), what the line says."""


def _tests() -> set[str]:
    names = set()
    for path in Path(__file__).parent.glob("test_*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        names |= {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
    return names


def test_every_defect_has_a_test() -> None:
    numbered = {int(m[1]) for name in _tests() if (m := re.match(r"test_c2_(\d\d)_", name))}
    assert numbered == set(DEFECTS)


def test_the_line_under_them_too() -> None:
    also = {name.removeprefix("test_also_") for name in _tests() if name.startswith("test_also_")}
    assert also >= set(ALSO)


def test_everything_is_kept() -> None:
    assert any(name.startswith("test_everything_kept") for name in _tests())
