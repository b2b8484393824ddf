"""Rivals for one person, and of which pairs is told."""

import polars as pl
import pytest

from pipelines.linkage.assign import assign
from pipelines.linkage.levels import declared
from pipelines.linkage.sides import ROWS

pytestmark = pytest.mark.unit

LEFT = pl.DataFrame(
    {
        "l": [0, 1, 2],
        "key": ["王小明", "王小明", "李大海"],
        "any_id": ["1", "2", "3"],
        **{c: [None] * 3 for c in ("birth", "guardian_key", "head_key", "phone")},
    },
    schema_overrides={"l": ROWS},
)
PAIRS = pl.DataFrame(
    {
        "l": [0, 1, 2, 2],
        "r": [7, 7, 8, 9],
        "unit": [7, 7, 8, 9],
        "bits": [30.0, 1.0, 20.0, -15.0],
        "id_number": [7, 0, 0, 7],
    },
    schema_overrides={"l": ROWS, "r": ROWS, "unit": ROWS},
)


def told(always: pl.Expr | None) -> pl.DataFrame:
    taken = pl.Series("unit", [], dtype=ROWS)
    return assign(PAIRS, LEFT, taken, declared(), one_row=True, always=always)


def test_who_lost_a_person_to_another_row_is_told_however_unlikely_he_is_now() -> None:
    found = told(None)
    assert found.select("l", "r", "rival").rows() == [(0, 7, False), (1, 7, True), (2, 8, False)]
    assert found["probability"][1] < declared().settings.candidate_at


def test_what_is_always_told_of_is_told_behind_the_likely_ones() -> None:
    found = told(pl.col("id_number") == 7)
    assert found.select("l", "r", "rank").rows() == [(0, 7, 1), (1, 7, 1), (2, 8, 1), (2, 9, 2)]
