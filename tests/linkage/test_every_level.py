"""Every declared level is reached by some pair that its sentence is true of; none stands unused."""

import datetime as dt
from typing import Any

import polars as pl
import pytest

from pipelines.linkage import neighbours, sides
from pipelines.linkage.compare_pairs import with_levels
from pipelines.linkage.levels import FIELDS, declared
from pipelines.linkage.population import build_population
from tests.linkage.county import CONTRACTS, ROSTER, clean, number
from tests.linkage.village import A, B, person

pytestmark = pytest.mark.unit

FAR, NEARBY = "990112102201", "990112103201"
ROWS = [
    person("王建国", "H1", village="990112101201", head_name="王建国", phone="13900000001"),
    person("李秀英", "H1", sex="女", head_name="王建国"),
    person("王小明", "H1", head_name="王建国"),
    person("买买提·艾力", "H2", village=B, head_name="买买提·艾力"),
    person("麦尔耶姆·依明", "H3", village=B, head_name="麦尔耶姆·依明", birth="19880401"),
]
for _row in ROWS:
    _row["village"] = "东河村" if _row["village_code"] == A else "西河村"
WANG, LI, MING = (row["id_number"] for row in ROWS[:3])
BORN = dt.date(1956, 3, 12)

KNOWN = clean(ROSTER, [{**ROWS[2], "name": "王招弟"}])
"""An earlier roster, in which 王小明 bore another name."""

CASES: list[tuple[str, int, str, dict[str, Any]]] = [
    ("name", 13, "麦尔耶姆·依明", {"name": "麦尔耶姆·伊敏"}),
    ("name", 12, "王小明", {"name": "王建国", "head_name": "王小明"}),
    ("name", 11, "王小明", {"name": "王招弟"}),
    ("name", 10, "买买提·艾力", {"name": "买买提"}),
    ("name", 9, "王建国", {"name": "王建国"}),
    ("name", 8, "买买提·艾力", {"name": "买买提艾力"}),
    ("name", 7, "王建国", {"name": "王健国"}),
    ("name", 6, "王小明", {"name": "王小朋"}),
    ("name", 5, "买买提·艾力", {"name": "艾力·买买提"}),
    ("name", 4, "王小明", {"name": "王明"}),
    ("name", 3, "王小明", {"name": "王大明"}),
    ("name", 2, "王建国", {"name": "王国强"}),
    ("name", 1, "王建国", {"name": "赵大勇"}),
    ("name", 0, "王建国", {}),
    ("name", 0, "王建国", {"name": "WangJianguo"}),
    ("id_number", 8, "王建国", {"id_number": WANG, "name": "李秀英"}),
    ("id_number", 7, "王建国", {"id_number": WANG}),
    ("id_number", 6, "王建国", {"id_number_hint": WANG[:-1] + ("1" if WANG[-1] != "1" else "2")}),
    ("id_number", 5, "王建国", {"id_number_hint": WANG[:15] + "???"}),
    ("id_number", 4, "王建国", {"id_number_hint": WANG[:6] + "????????" + WANG[14:]}),
    ("id_number", 3, "王小明", {"id_number": LI}),
    ("id_number", 2, "王建国", {"id_number_hint": "990112????????9999"}),
    ("id_number", 1, "王建国", {"id_number": number("19330303", 77)}),
    ("id_number", 0, "王建国", {}),
    ("birth_date", 9, "王建国", {"id_number": WANG, "birth_date": dt.date(1990, 9, 9)}),
    ("birth_date", 8, "王建国", {"id_number": WANG, "birth_date": dt.date(1958, 9, 9)}),
    (
        "birth_date",
        7,
        "王建国",
        {"id_number": WANG, "birth_date": dt.date(1956, 1, 1), "birth_date_precision": "year"},
    ),
    ("birth_date", 7, "王建国", {"id_number": WANG, "birth_date": BORN}),
    ("birth_date", 6, "王建国", {"birth_date": BORN}),
    ("birth_date", 5, "王建国", {"birth_date": BORN, "birth_date_precision": "month"}),
    ("birth_date", 4, "王建国", {"birth_date": dt.date(1956, 12, 3)}),
    ("birth_date", 4, "王建国", {"birth_date": dt.date(1956, 3, 17)}),
    ("birth_date", 3, "王建国", {"birth_date": BORN - dt.timedelta(days=40)}),
    ("birth_date", 2, "王建国", {"birth_date": BORN, "birth_date_precision": "year"}),
    ("birth_date", 1, "王建国", {"birth_date": dt.date(1977, 10, 25)}),
    ("birth_date", 0, "王建国", {}),
    ("sex", 2, "王建国", {"sex": "男"}),
    ("sex", 1, "王建国", {"sex": "女"}),
    ("sex", 0, "王建国", {}),
    ("village", 6, "王建国", {"village_code": NEARBY}),
    ("village", 5, "王建国", {"village_code": A}),
    ("village", 4, "王建国", {"village": "东河村"}),
    ("village", 3, "王建国", {"township_code": A[:9]}),
    ("village", 2, "王建国", {"village_code": B}),
    ("village", 1, "王建国", {"village_code": FAR}),
    ("village", 0, "王建国", {}),
    ("family", 5, "王小明", {"head_id_number": WANG}),
    ("family", 4, "王小明", {"head_name": "王建国"}),
    ("family", 3, "王小明", {"head_name": "李秀英"}),
    ("family", 2, "王小明", {"head_name": "王健国"}),
    ("family", 1, "王小明", {"head_name": "赵大勇"}),
    ("family", 0, "王小明", {}),
    ("phone", 3, "王建国", {"phone": "13900000001"}),
    ("phone", 2, "王小明", {"phone": "13900000001"}),
    ("phone", 1, "王建国", {"phone": "13800000009"}),
    ("phone", 0, "王建国", {}),
    ("household", 2, "王建国", {"household_id": "H1"}),
    ("household", 1, "王建国", {"household_id": "H9"}),
    ("household", 0, "王建国", {}),
    ("mates", 2, "王小明", {"head_id_number": WANG}),
    ("mates", 1, "买买提·艾力", {"head_id_number": WANG}),
    ("mates", 0, "王小明", {}),
    ("school", 4, "王小明", {"school": "晴川县第一小学"}),
    ("school", 3, "王小明", {"school": "县一小"}),
    ("school", 2, "王小明", {"school": "县第二初级中学"}),
    ("school", 1, "王小明", {"school": "晴川县第二小学"}),
    ("school", 0, "王小明", {}),
]


def of_list(field: str, row: dict[str, Any]) -> pl.DataFrame:
    """The row as a list that has the field gives it."""
    others = {"household": "housing.renovations", "school": "education.student_aid"}
    contract = CONTRACTS[others.get(field, "civil_affairs.dibao")]
    return sides.left(clean(contract, [row]), contract)


@pytest.mark.parametrize(("field", "level", "who", "row"), CASES)
def test_the_level_is_reached(field: str, level: int, who: str, row: dict[str, Any]) -> None:
    before = build_population(KNOWN).identities
    county = build_population(clean(ROSTER, ROWS), before)
    ming = county.persons.filter(name="王小明")["person_id"]
    told = pl.DataFrame({"person_id": ming, "school": ["晴川县第一小学"]})
    left, right = of_list(field, row), county.told(told).people
    bordering = pl.DataFrame({"village": [NEARBY], "neighbour": [A]})
    none = pl.DataFrame(schema={"l": sides.ROWS, "r": sides.ROWS})
    left = neighbours.with_near(left, right, none, bordering, declared())
    pair = left.select("l").join(right.filter(name=who).select("r", "hh"), how="cross")
    # What other rows of the list say of its household: that it is 王建国's.
    home = right.filter(name="王建国")["hh"].item()
    settled = left.select("group").drop_nulls().with_columns(hh=pl.lit(home, dtype=sides.ROWS))
    found = with_levels(pair.select("l", "r"), left, right, declared(), settled)
    assert found[field].item() == level


def test_no_declared_level_is_left_out() -> None:
    reached = {(field, level) for field, level, *_ in CASES}
    for name in FIELDS:
        levels = declared().fields[name].levels
        assert {(name, code) for code in (0, *levels)} <= reached
        assert all(level.says for level in levels.values())


def test_a_former_name_is_another_than_the_one_borne_now() -> None:
    """The register's newest line of most people says the name that they bear."""
    today = clean(ROSTER, ROWS)
    before = build_population(KNOWN).identities
    since = build_population(today, before).identities
    again = build_population(today, pl.concat([since, before])).former_names
    assert again is not None
    assert again["former_key"].to_list() == ["王招弟"]
