"""Printed sums agree with whichever rows they may stand for; only what fits none is asked about."""

import json
from typing import Any

import polars as pl
import pytest

from pipelines import frames
from pipelines.standardise.totals import size_doubts
from tests.standardise.records import contracts, records

pytestmark = pytest.mark.unit

DIBAO = "civil_affairs.dibao"


def doubts(
    people: dict[int, int], totals: dict[int, dict[str | None, Any]]
) -> list[tuple[int, str]]:
    """Row and code of what is asked, of rows with their amounts and of rows of sums."""
    contract = contracts()[DIBAO]
    listed = records(
        contract,
        [
            {
                "row_number": row,
                "record_id": f"f0-0-{row}",
                "name": "王建国",
                "monthly_amount": str(a),
            }
            for row, a in people.items()
        ],
    )
    last = max([*people, *totals])
    said = [
        {
            "record_id": f"f0-0-{row}",
            "file_id": "f0",
            "path": listed["path"][0],
            "sheet": "Sheet1",
            "row_number": row,
            "first_row": 2,
            "last_row": last,
            "label": next(iter(cells.values())),
            "column_name": column,
            "text": str(text),
            "raw_row": json.dumps({}),
        }
        for row, cells in totals.items()
        for column, text in cells.items()
    ]
    stated = pl.DataFrame(said, schema=dict(frames.STATED))
    found = size_doubts(listed, stated, contract, {})
    assert found.schema == frames.QUARANTINE
    assert set(found["scope"]) <= {"flag"}
    return found.select("row_number", "reason_code").rows()


def total(label: str, amount: object) -> dict[str | None, object]:
    return {None: label, "monthly_amount": amount}


@pytest.mark.parametrize(
    ("people", "totals"),
    [
        pytest.param({3: 1, 4: 2}, {2: total("合计", 3)}, id="on top"),
        pytest.param(
            {3: 1, 4: 2, 6: 5, 7: 6},
            {2: total("王堂村小计", 3), 5: total("李庄村小计", 11)},
            id="each above its rows",
        ),
        pytest.param(
            {2: 1, 3: 2, 5: 4, 8: 8, 10: 16},
            {
                4: total("甲村小计", 3), 6: total("乙村小计", 4), 7: total("大石镇合计", 7),
                9: total("丙村小计", 8), 11: total("丁村小计", 16), 12: total("吴家店乡合计", 24),
                13: total("总计", 31),
            },
            id="sums of sums",
        ),
        pytest.param({2: 1, 3: 2}, {4: total("合计", "3.004")}, id="half a cent"),
        pytest.param({2: 350, 3: 350}, {4: {"monthly_amount": "0.07万元"}}, id="in its own unit"),
        pytest.param({2: 1, 3: 5}, {4: total("合计", 2)}, id="the number of rows"),
        pytest.param({2: 1, 3: 5}, {4: {None: "合计：2人"}}, id="people"),
        pytest.param({2: 1, 3: 5}, {4: {None: "合计"}}, id="no number"),
    ],
)  # fmt: skip
def test_a_sum_that_fits_some_rows_is_right(
    people: dict[int, int], totals: dict[int, dict[str | None, Any]]
) -> None:
    assert doubts(people, totals) == []


def test_what_fits_nothing_is_asked_about() -> None:
    people = {2: 100, 3: 200, 5: 400}
    totals = {4: total("小计", 301), 6: {None: "合计：4人", "monthly_amount": 9999}}
    assert doubts(people, totals) == [
        (4, "total_differs"),
        (6, "count_differs"),
        (6, "total_differs"),
    ]


def test_a_list_of_very_many_sums_is_read_at_once() -> None:
    """A sum below each person: what is looked at grows with the sums and not with their square."""
    people = dict.fromkeys(range(2, 2002, 2), 7)
    totals = {row: total("小计", 7 if row % 10 else 8) for row in range(3, 2003, 2)}
    assert {row for row, _ in doubts(people, totals)} == {r for r in totals if r % 10 == 0}
