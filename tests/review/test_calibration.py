"""The map from the model's probability to what people found, and reviewed pairs that teach m."""

from xml.etree import ElementTree

import polars as pl
import pytest

from pipelines.linkage.calibration import calibration, with_calibrated
from pipelines.linkage.decisions import SCHEMA, SUBJECT, for_dataset, load_decisions, says
from pipelines.linkage.levels import FIELDS, Settings, declared
from pipelines.linkage.link import link_dataset
from pipelines.linkage.sides import LOOKED_AT
from pipelines.review import svg
from pipelines.review.reliability import picture, reliability
from tests.linkage.county import CONTRACTS, clean, population
from tests.linkage.village import ROWS, A, person_id

pytestmark = pytest.mark.unit


def decided(*rows: tuple[float, str, float]) -> pl.DataFrame:
    told = [
        {"record_id": f"r{n}", "person_id": f"p{n}", "review": "990112-1", "pair": n,
         "probability": p, "decision": d, "inclusion": i}
        for n, (p, d, i) in enumerate(rows)
    ]  # fmt: skip
    return pl.DataFrame(told, schema=SCHEMA)


def test_the_map_never_turns_two_pairs_round_and_stays_off_the_ends() -> None:
    rows = [
        (0.6, "different", 1.0),
        (0.7, "same", 1.0),
        (0.8, "different", 1.0),
        (0.9, "same", 1.0),
    ]
    learnt = calibration(decided(*rows), 4)
    assert learnt is not None
    values = learnt.apply(pl.Series([0.1, 0.6, 0.7, 0.75, 0.8, 0.9, 1.0])).to_list()
    assert values == sorted(values)
    assert values[0] == 0.125
    assert values[2] == values[4] == 0.5
    assert values[-1] == 0.875


def test_pairs_that_were_rarely_drawn_count_for_more() -> None:
    rows = [(0.7, "different", 1.0), (0.7, "same", 0.25)]
    learnt = calibration(decided(*rows), 2)
    assert learnt is not None
    assert learnt.apply(pl.Series([0.7])).item() == pytest.approx(0.75)  # bounded: 0.8 without


def test_too_few_pairs_or_undecided_ones_teach_nothing() -> None:
    rows = [(0.7, "same", 1.0), (0.8, "unsure", 1.0)]
    assert calibration(decided(*rows), 2) is None
    frame = pl.DataFrame({"status": ["suspected"], "probability": [0.7], "calibrated": [None]})
    assert with_calibrated(frame, None)["calibrated"].to_list() == [None]


def test_only_what_is_not_settled_is_set_right() -> None:
    learnt = calibration(decided((0.6, "different", 1.0), (0.9, "same", 1.0)), 2)
    frame = pl.DataFrame(
        {"status": ["confirmed", "suspected", "unmatched"], "probability": [0.999, 0.9, 0.0]}
    )
    assert with_calibrated(frame, learnt)["calibrated"].to_list() == [None, 0.75, None]


def test_the_threshold_follows_from_the_declared_bound() -> None:
    settings = declared().settings
    assert settings.confirmed_at == 1 - settings.false_links_at_most
    stricter = Settings(**{**settings.model_dump(), "false_links_at_most": 0.002})
    assert stricter.confirmed_at == 0.998


def test_reliability_counts_by_band() -> None:
    table = reliability(pl.Series([0.55, 0.65, 0.995, 1.0]), pl.Series([True, False, True, True]))
    assert table.select("from", "to", "pairs", "right").rows() == [
        (0.5, 0.7, 2, 0.5),
        (0.99, 0.999, 1, 1.0),
        (0.999, 1.0, 1, 1.0),
    ]
    assert (table["low"] <= table["right"]).all()
    assert (table["high"] >= table["right"]).all()


def test_the_curve_stands_as_a_file_of_its_own() -> None:
    table = reliability(pl.Series([0.2, 0.95, 0.95]), pl.Series([False, True, True]))
    drawn = ElementTree.fromstring(svg.alone(picture(table)))  # noqa: S314 - our own text
    assert drawn.tag == "{http://www.w3.org/2000/svg}svg"
    assert len(drawn.findall("{*}circle")) == table.height == 2
    assert "svg text" in str(drawn.findtext("{*}style"))


def test_pairs_that_people_decided_teach_m() -> None:
    village = population(ROWS)
    contract = CONTRACTS["civil_affairs.tekun"]
    # Names that differ in a character, without a number: the model alone would not know.
    rows = [
        {"name": "王建囯", "village_code": A},
        {"name": "赵大永", "village_code": A},
        {"name": "钱桂蓝", "village_code": A},
    ]
    frame = clean(contract, rows)
    people = [person_id(village, n) for n in ("王建国", "赵大勇", "钱桂兰")]
    said = pl.DataFrame(
        [
            {"record_id": r, "person_id": p, "decision": "same", "who": "周", "when": "2021-09-01"}
            for r, p in zip(frame["record_id"], people, strict=True)
        ],
        schema=SCHEMA,
    )
    alone = link_dataset(frame, contract, village).trained
    taught = link_dataset(frame, contract, village, said).trained
    assert alone is not None
    assert taught is not None
    assert (alone.settled_pairs, taught.settled_pairs) == (0, 3)
    unlike = [FIELDS.index("name")], [3, 6, 7]
    assert taught.model.m[unlike].sum() > alone.model.m[unlike].sum()


def test_unsure_is_kept_and_decides_nothing(tmp_path) -> None:  # type: ignore[no-untyped-def]
    village = population(ROWS)
    contract = CONTRACTS["civil_affairs.tekun"]
    frame = clean(contract, [{"name": "王建国", "village_code": A}])
    record, person = frame["record_id"].item(), person_id(village, "王建国")
    folder = tmp_path / "decisions"
    folder.mkdir()
    (folder / "a.csv").write_text(
        "record_id,person_id,decision,who,when\n"
        f"{record},{person},无法判断,周,2021-09-01\n{record},{person},same,李,2021-09-02\n",
        encoding="utf-8",
    )
    found = load_decisions([tmp_path])
    assert found["decision"].to_list() == ["unsure", "same"]
    links = link_dataset(frame, contract, village, found).links
    assert links.select("method", "reviewed_by").rows() == [("review", "李")]


def test_a_decision_holds_for_the_row_of_a_later_file_that_says_the_same() -> None:
    assert set(SUBJECT) <= LOOKED_AT  # else the hash would not be the one that linking makes
    contract = CONTRACTS["civil_affairs.tekun"]
    assert contract.linkage.one_row_a_subject
    told = {"name": "王建国", "village": "甲村", "village_code": A}
    before = clean(contract, [told])
    decision = {"who": "周", "when": "2021-09-01", "dataset": contract.dataset,
                "says": says(before).item()}  # fmt: skip

    def carried(rows: list[dict[str, str]], *about: tuple[str, str]) -> list[tuple[str, str]]:
        later = clean(contract, rows).with_columns(
            pl.format("later{}", "record_id").alias("record_id")
        )
        said = [
            {**decision, "record_id": f"gone{n}", "person_id": person, "decision": verdict}
            for n, (verdict, person) in enumerate(about)
        ]
        found = for_dataset(pl.DataFrame(said, schema=SCHEMA), later, contract)
        return found.select("decision", "person_id").rows()

    assert carried([told, {**told, "name": "李秀英"}], ("same", "P1")) == [("same", "P1")]
    assert carried([told], ("different", "P1"), ("different", "P2")) == [
        ("different", "P1"),
        ("different", "P2"),
    ]
    # A value behind it changed; two rows are alike now; two people were written alike.
    assert carried([{**told, "village": "乙村"}], ("same", "P1")) == []
    assert carried([told, told], ("same", "P1")) == []
    assert carried([told], ("same", "P1"), ("same", "P2")) == []
    assert carried([told], ("same", "P1"), ("different", "P1")) == []
    assert carried([told], ("unsure", "P1")) == []
