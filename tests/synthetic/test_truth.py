import datetime as dt
from types import SimpleNamespace
from typing import cast

import polars as pl
import pytest

from pipelines.synthetic.determinable import with_determinable
from pipelines.synthetic.generate import GeneratedCounty
from pipelines.synthetic.layouts import LAYOUTS
from pipelines.synthetic.world import World

pytestmark = pytest.mark.integration

RULES = (
    *("EDU-02", "EDU-04", "HEA-01", "HEA-06", "HOU-01", "HOU-02", "HOU-09", "HOU-10", "HOU-13"),
    *("CIV-05", "CIV-08", "STD-01", "STD-05", "INS-01", "INS-02", "INS-05", "INS-09"),
    *("MON-13", "MON-14", "INC-01", "DQ-01", "VIL-01", "VIL-04", "FUN-05"),
)


def test_every_rule_has_real_cases_and_innocent_look_alikes(doubts: pl.DataFrame) -> None:
    counts = doubts.group_by("rule_id").agg(
        (pl.col("label") == "real").sum().alias("real"),
        ((pl.col("label") == "real") & pl.col("detectable")).sum().alias("detectable"),
        (pl.col("label") == "innocent").sum().alias("innocent"),
    )
    assert sorted(counts["rule_id"]) == sorted(RULES)
    assert counts.filter((pl.col("detectable") == 0) | (pl.col("innocent") == 0)).is_empty(), counts


@pytest.mark.parametrize(
    ("rule", "reason"),
    [
        ("EDU-02", "home_teaching"),
        ("EDU-02", "graduated"),
        ("EDU-02", "guardian_id"),
        ("EDU-02", "file_not_delivered"),
        ("EDU-04", "aid_in_parts"),
        ("HOU-01", "other_member"),
        ("HOU-01", "former_head"),
        ("HOU-02", "later_appraisal"),
        ("HOU-02", "unoccupied"),
        ("HOU-02", "renovation_other_member"),
        ("HOU-09", "same_project"),
        ("HOU-09", "namesake"),
        ("HOU-10", "shrank"),
        ("HOU-13", "demolished_in_other_words"),
        ("CIV-05", "chronic"),
        ("CIV-08", "single_person"),
        ("CIV-08", "uncovered_dead"),
        ("CIV-08", "damaged_id"),
        ("STD-01", "namesake"),
        ("STD-01", "died_in_year"),
        ("STD-05", "dibao_stopped_before"),
        ("INS-01", "elsewhere"),
        ("INS-01", "employee"),
        ("INS-01", "damaged_id"),
        ("INS-02", "mothers_name"),
        ("INS-05", "last_day"),
        ("INS-09", "row_twice"),
        ("INS-09", "other_year"),
        ("INS-09", "namesake"),
        ("MON-13", "merged_helper"),
        ("VIL-01", "former_name"),
        ("VIL-01", "file_not_delivered"),
        ("FUN-05", "failed_then_paid"),
    ],
)
def test_each_innocent_reason_of_the_page_occurs(
    doubts: pl.DataFrame, rule: str, reason: str
) -> None:
    found = doubts.filter(
        (pl.col("rule_id") == rule) & (pl.col("reason") == reason) & (pl.col("label") == "innocent")
    )
    assert len(found) > 0


def test_doubts_close_appear_and_return_between_rounds(doubts: pl.DataFrame) -> None:
    real = doubts.filter((pl.col("label") == "real") & (pl.col("subject") != "village"))
    seen = real.group_by("rule_id", "subject", "p", "h").agg(pl.col("k").unique().sort())
    patterns = {tuple(k) for k in seen["k"]}
    assert {(0,), (0, 1), (0, 1, 2), (1, 2), (2,), (0, 2)} <= patterns


def test_a_subject_has_one_label_a_rule_and_round_unless_it_is_a_namesake(
    doubts: pl.DataFrame,
) -> None:
    one = doubts.filter(pl.col("reason") != "namesake")
    key = ["rule_id", "round", "subject", "p", "h", "v"]
    assert one.group_by(key).len()["len"].max() == 1


def test_subjects_carry_the_ids_of_the_roster(doubts: pl.DataFrame, records: pl.DataFrame) -> None:
    listed = records.filter(pl.col("dataset") == "roster.population")["household_id"].unique()
    homes = doubts.filter(pl.col("subject") == "household")["household_id"]
    assert homes.is_in(listed.implode()).all()
    assert doubts["village_code"].str.contains(r"^990112\d{6}$").all()


def test_blank_villages_agree_with_the_rule(county: GeneratedCounty, doubts: pl.DataFrame) -> None:
    villages = pl.read_parquet(county.truth / "villages.parquet")
    blank = villages.filter("blank").select("round", "village_code")
    said = doubts.filter((pl.col("rule_id") == "VIL-01") & (pl.col("label") == "real"))
    assert blank.sort(blank.columns).equals(said.select(blank.columns).sort(blank.columns))
    assert villages.filter(~pl.col("compared"))["blank"].any() is False


def test_a_masked_number_and_a_common_name_do_not_single_out_anybody(
    records: pl.DataFrame,
) -> None:
    lost = records.filter(pl.col("p").is_not_null() & ~pl.col("determinable"))
    assert lost["defects"].str.contains("id_|name_|mothers_name").all()
    outsiders = records.filter(pl.col("tag") == "outsider")
    assert len(outsiders) > 5
    assert not outsiders["determinable"].any()


@pytest.mark.parametrize(
    ("dataset", "expected"),
    [
        ("insurance.coverage", [False, True, True]),  # the village's name and no township
        ("health.doctor_contracts", [True, True, True]),
    ],
)
def test_a_village_name_of_two_townships_singles_out_nobody_of_a_name_they_share(
    dataset: str, expected: list[bool]
) -> None:
    people = pl.DataFrame(
        {
            "p": [0, 1, 2, 3],
            "h": [0, 1, 2, 3],
            "name": ["王秀英", "王秀英", "李建国", "李建国"],
            "village": ["梨树村", "梨树村", "梨树村", "王堂村"],
            "township": ["大石镇", "吴家店乡", "大石镇", "大石镇"],
            "v": [0, 1, 0, 2],
            "birth": [dt.date(1960, 1, p + 1) for p in range(4)],
            "male": [False, False, True, True],
            "true_id": [f"99011219600101{p:04d}" for p in range(4)],
        }
    )
    world = SimpleNamespace(alive_or_dead=people, persons=people, rounds=[dt.date(2021, 8, 30)])
    rows = pl.DataFrame({"row": [0, 1, 2], "p": [0, 2, 3], "tag": ""}).with_columns(
        id_state=pl.lit("id_missing"), name_state=pl.lit("")
    )
    roster = people.select("p", roster_id=pl.lit(""), roster_name=pl.lit(""))
    told = with_determinable(cast(World, world), rows, LAYOUTS[dataset], roster)
    assert told.sort("row")["determinable"].to_list() == expected
