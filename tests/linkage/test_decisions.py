"""What people decided beats the model, is read from files, and contradicts itself loudly."""

from typing import Any

import polars as pl
import pytest

from pipelines.linkage.decisions import SCHEMA, SUBJECT, DecisionError, load_decisions
from pipelines.linkage.link import link_dataset
from pipelines.linkage.population import Population
from pipelines.linkage.sides import LOOKED_AT
from tests.linkage.county import CONTRACTS, clean
from tests.linkage.village import A, id_of, only, person_id

pytestmark = pytest.mark.unit


def decisions(*rows: dict[str, Any]) -> pl.DataFrame:
    filled = [
        {"who": "张审核", "when": "2021-09-01", "source": f"第 {n} 行", **r}
        for n, r in enumerate(rows)
    ]
    return pl.DataFrame(filled, schema=SCHEMA)


def test_people_beat_the_model(village: Population) -> None:
    contract = CONTRACTS["civil_affairs.tekun"]
    given = {"name": "王建国", "id_number": id_of("王建国"), "village_code": A}
    frame = clean(contract, [given])
    record = frame["record_id"].item()
    theirs, ours = person_id(village, "赵大勇"), person_id(village, "王建国")
    same = decisions({"record_id": record, "person_id": theirs, "decision": "same"})
    row = only(link_dataset(frame, contract, village, same))
    assert (row["person_id"], row["method"], row["reviewed_by"]) == (theirs, "review", "张审核")
    place = {"file_id": frame["file_id"].item(), "sheet": "Sheet1", "row_number": 1}
    different = decisions({**place, "person_id": ours, "decision": "different"})
    assert only(link_dataset(frame, contract, village, different))["person_id"] != ours


def test_contradicting_decisions_are_an_error(village: Population) -> None:
    contract = CONTRACTS["civil_affairs.tekun"]
    frame = clean(contract, [{"name": "王建国"}])
    record = frame["record_id"].item()
    one, two = person_id(village, "赵大勇"), person_id(village, "王建国")
    for clash in (
        [("same", one), ("same", two)],
        [("same", one), ("different", one)],
    ):
        both = decisions(*({"record_id": record, "person_id": p, "decision": d} for d, p in clash))
        with pytest.raises(DecisionError, match=r"互相矛盾.*张审核.*第 0 行.*张审核.*第 1 行"):
            link_dataset(frame, contract, village, both)


def test_a_decision_about_one_of_two_records_of_a_row_must_say_which(village: Population) -> None:
    contract = CONTRACTS["civil_affairs.tekun"]
    frame = clean(contract, [{"name": "王建国"}, {"name": "赵大勇"}])
    beside = frame.with_columns(file_id=pl.lit("f"), row_number=pl.lit(7, pl.Int64))
    place = {"file_id": "f", "sheet": "Sheet1", "row_number": 7}
    same = {"person_id": person_id(village, "王建国"), "decision": "same"}
    with pytest.raises(DecisionError, match=r"第 0 行.*“Sheet1”第 7 行.*几条记录.*record_id"):
        link_dataset(beside, contract, village, decisions({**place, **same}))
    record = beside.filter(pl.col("name") == "王建国")["record_id"].item()
    row = link_dataset(beside, contract, village, decisions({"record_id": record, **same})).links
    assert row.filter(pl.col("reviewed_by") == "张审核")["record_id"].to_list() == [record]


def test_decisions_are_read_from_both_forms(tmp_path: Any) -> None:
    folder = tmp_path / "decisions"
    folder.mkdir()
    (folder / "a.csv").write_text(
        "record_id,person_id,decision,who,when,note\nr1,P1,是同一人,张审核,2021-09-01,入户\n",
        encoding="utf-8",
    )
    (folder / "b.yaml").write_text(
        "- {file_id: f, sheet: S, row_number: 3, household_id: H, decision: different,"
        " who: 李, when: 2021-09-02}\n",
        encoding="utf-8",
    )
    found = load_decisions([tmp_path])
    assert found.select("record_id", "row_number", "decision", "when").rows() == [
        ("r1", None, "same", "2021-09-01"),
        (None, 3, "different", "2021-09-02"),
    ]
    (folder / "c.csv").write_text("record_id,person_id,decision\nr1,P1,maybe\n", encoding="utf-8")
    with pytest.raises(DecisionError, match=r"c\.csv 第 2 行：decision"):
        load_decisions([tmp_path])


def test_what_a_decision_is_carried_by_is_read_of_every_list() -> None:
    """A column left unread would change what a row says, and answers would be asked for again."""
    assert set(SUBJECT) <= LOOKED_AT
