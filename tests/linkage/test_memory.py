"""What is kept once, or worked on in slices, to hold less at a time says the same."""

import datetime as dt

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from pipelines import frames
from pipelines.linkage import assign, candidates, evidence
from pipelines.linkage.parts import KnownNames, hashed_part
from pipelines.linkage.population import Population
from tests.linkage.village import A, id_of, link

PAIRS = pl.DataFrame(
    {"l": [0, 0, 0, 1, 2, 2, 4], "r": [5, 6, 7, 5, 1, 2, 9], "odds": [8.0, 4.0, 1.0, 3.0, 1, 1, 9]},
    schema_overrides={"l": pl.UInt32, "r": pl.UInt32},
)


def test_a_name_keeps_its_number_when_others_come() -> None:
    known = KnownNames()
    first = known.numbers(pl.Series(["王秀英", None, "李强", "王秀英"]))
    later = known.numbers(pl.Series(["欧阳建国", "李强", "王秀英"]))
    assert first[0] == first[3] == later[2]
    assert first[2] == later[1]
    assert first[1] is None
    assert len({*first.drop_nulls(), *later}) == 3
    texts = pl.DataFrame({"text": ["李强", "王秀英"]}).select(hashed_part(pl.col("text")))
    assert known.parts(first.gather([2, 0]))["key"].to_list() == texts["text"].to_list()
    assert known.parts(first, ["initial"])["initial"].null_count() == 1


@pytest.mark.parametrize("unit", ["r", "home"])
def test_shares_do_not_depend_on_where_slices_begin(
    monkeypatch: pytest.MonkeyPatch, unit: str
) -> None:
    pairs = PAIRS.with_columns(home=pl.col("r") // 2).with_columns(unit=unit)
    whole = assign.shares(pairs)
    for size in (1, 2, 3):
        monkeypatch.setattr(assign, "SLICE", size)
        assert_frame_equal(assign.shares(pairs), whole)
    assert assign.shares(pairs.clear()).columns == whole.columns


def test_a_pair_that_several_keys_find_is_there_once(monkeypatch: pytest.MonkeyPatch) -> None:
    keys = [PAIRS.select("l", "r").slice(start, 4) for start in (3, 0, 2)]
    expected = PAIRS.select("l", "r").sort("l", "r")
    for waiting in (1, 5, 100):
        monkeypatch.setattr(candidates, "_WAITING", waiting)
        assert_frame_equal(candidates.distinct(keys), expected)
    assert candidates.distinct([]).schema == expected.schema


def test_a_column_that_says_one_thing_says_it_still() -> None:
    frame = pl.DataFrame(
        {
            "path": ["a", "a"],
            "none": [None, None],
            "partly": ["a", None],
            "day": [dt.date(2021, 8, 30)] * 2,
            "sex": pl.Series(["男", "男"], dtype=pl.Categorical),
        }
    )
    for rows in (frame, frame.head(1), frame.clear()):
        assert_frame_equal(frames.light(rows), rows)


def test_evidence_does_not_depend_on_where_slices_begin(
    monkeypatch: pytest.MonkeyPatch, village: Population
) -> None:
    known = [{"name": n, "id_number": id_of(n), "village_code": A} for n in ("王建国", "钱桂兰")]
    linked = link(village, "health.illnesses", {"name": "佚名"}, *known, {"name": "无名氏"})
    whole = linked.told().collect()
    assert (whole["evidence"] == evidence.UNTOLD).to_list() == [True, False, False, True]
    for size in (1, 2, 3):
        monkeypatch.setattr(evidence, "SLICE", size)
        for engine in ("streaming", "in-memory"):
            assert_frame_equal(linked.told().collect(engine=engine), whole)
    asked = linked.told().filter(pl.col("evidence").str.contains("王建国")).select("record_id")
    assert asked.collect()["record_id"].to_list() == [whole["record_id"][1]]
    assert linked.told().head(2).collect().height == 2
    assert linked.told(linked.links.clear()).collect().is_empty()
