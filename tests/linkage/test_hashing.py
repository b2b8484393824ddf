"""Hashes that cases and people are known by from round to round."""

import hashlib

import polars as pl
import pytest

from pipelines import hashing

pytestmark = pytest.mark.unit


@pytest.mark.parametrize("texts", [[], [None, None], ["张三", None, "", "李四", "王五", "a" * 300]])
def test_each_text_has_its_own_sha256_whatever_the_slice(
    texts: list[str | None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hashing, "_SLICE", 2)
    found = hashing.sha256(pl.Series("t", texts, dtype=pl.String))
    expected = [None if t is None else hashlib.sha256(t.encode()).hexdigest() for t in texts]
    assert (found.name, found.to_list()) == ("t", expected)
