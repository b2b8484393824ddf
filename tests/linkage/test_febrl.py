"""FEBRL4, which nobody here made: weights and assignment on fields of another kind."""

from pathlib import Path

import polars as pl
import pytest

from benchmarks.linkage import febrl

pytestmark = pytest.mark.unit


def test_febrl4_at_the_default_threshold(tmp_path: Path) -> None:
    febrl.write(tmp_path)
    found = febrl.link(tmp_path).filter(pl.col("score") >= 0.5)
    judged = found.join(
        pl.read_parquet(tmp_path / "truth.parquet"), left_on="l", right_on="record_id"
    )
    right = int((judged["r"] == judged["true"]).sum())
    assert judged.height == found.height
    assert right / found.height > 0.9998
    assert right / 5_000 > 0.9996
