"""Whole lists: every row accounted for, every unused cell named, the same result in any order."""

import datetime as dt

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines import frames
from pipelines.standardise.reasons import REASONS
from pipelines.standardise.standardise import standardise
from tests.standardise.records import clean, contracts, county, records, with_check

pytestmark = pytest.mark.unit

WHOLE = with_check("99011219800101234")


def test_frames_have_the_promised_columns() -> None:
    for contract in contracts().values():
        done = standardise(records(contract, []), contract, county())
        assert dict(done.frame.schema) == dict(pl.Schema(frames.clean_schema(contract)))
        assert dict(done.quarantine.schema) == dict(pl.Schema(frames.QUARANTINE))


def test_a_row_without_what_it_needs_is_set_aside_with_its_reason() -> None:
    done = clean(
        "health.deaths",
        [
            {"name": "张三", "died_on": "2021-02-30"},
            {"name": None, "died_on": "2021-05-06"},
            {"name": "李四、王五", "died_on": "2021-05-06"},
            {"name": "赵六", "died_on": "2021-05"},
        ],
    )
    assert done.frame["name"].to_list() == ["赵六"]
    assert done.frame["died_on_precision"].to_list() == ["month"]
    assert done.quarantine.select("row_number", "column_name", "scope", "reason_code").rows() == [
        (3, "name", "row", "missing_required"),
        (4, "name", "row", "several_persons"),
        (2, "died_on", "row", "impossible_date"),
    ]


def test_a_damaged_cell_keeps_its_row_its_text_and_what_it_still_says() -> None:
    rows = [{"name": "张三", "id_number": "4.11521E+17", "monthly_amount": "三百多吧"}]
    done = clean("civil_affairs.dibao", rows)
    row = done.frame.row(0, named=True)
    assert row["id_number"] is None
    assert row["id_number_text"] == "4.11521E+17"
    assert (row["id_number_status"], row["id_number_hint"]) == ("scientific", "411521" + "?" * 12)
    assert (row["monthly_amount"], row["monthly_amount_text"]) == (None, "三百多吧")
    assert done.quarantine.select("column_name", "scope", "raw_value").rows() == [
        ("id_number", "cell", "4.11521E+17"),
        ("monthly_amount", "cell", "三百多吧"),
    ]
    assert all("请" in reason for reason in done.quarantine["reason"])


def test_the_header_unit_counts() -> None:
    rows = [{"township": "大石镇", "allocated": "12.5", "as_of_date": "2021-07-31"}]
    done = clean("finance.fund_progress", rows, county(), {"allocated": "万元"})
    assert done.frame["allocated"].to_list() == [125000.0]
    # The list says itself which day it speaks of.
    assert done.frame["as_of"].to_list() == [dt.date(2021, 7, 31)]


def test_a_household_number_that_lost_digits_sets_the_row_aside() -> None:
    rows = [{"household_id": "9901120000000000123", "household_id__number": True, "name": "张三"}]
    done = clean("roster.population", rows)
    assert done.frame.is_empty()
    assert done.quarantine["reason_code"].to_list() == ["precision_lost"]


def test_reasons_are_sentences_that_say_what_to_do() -> None:
    for text in REASONS.values():
        assert text.startswith(("{title}", "缺少{title}"))
        assert text.endswith("。")


CELLS = st.one_of(
    st.none(),
    st.sampled_from(
        ["", "无", "张三", "李 四", "张三、李四", WHOLE, WHOLE[:17], "4.1E+17", "2021-05-06",
         "20210230", "王堂村", "李庄村", "是", "享受", "A", "1.2万元", "#N/A", "\u200b", "A类"]
    ),
    st.text(max_size=8),
)  # fmt: skip


@st.composite
def lists(draw: st.DrawFn) -> tuple[str, list[dict[str, str | None]]]:
    dataset = draw(st.sampled_from(sorted(contracts())))
    columns = list(contracts()[dataset].columns)
    chosen = draw(st.lists(st.sampled_from(columns), min_size=1, max_size=6, unique=True))
    must = [c for c in columns if contracts()[dataset].columns[c].required]
    row = st.fixed_dictionaries(dict.fromkeys([*must, *chosen], CELLS))
    return dataset, draw(st.lists(row, max_size=6))


@pytest.mark.properties
@settings(max_examples=12, deadline=None)
@given(lists())
def test_every_row_is_accepted_or_set_aside_whatever_stands_in_it(
    given_list: tuple[str, list[dict[str, str | None]]],
) -> None:
    dataset, rows = given_list
    done = clean(dataset, rows, county())
    aside = done.quarantine.filter(pl.col("scope") == "row")["record_id"].unique()
    assert done.frame.height + len(aside) == len(rows)
    assert not set(done.frame["record_id"]) & set(aside)
    cells = done.quarantine.filter(pl.col("scope") == "cell")
    assert set(cells["record_id"]) <= set(done.frame["record_id"])


@pytest.mark.properties
@settings(max_examples=8, deadline=None)
@given(lists())
def test_the_order_of_the_rows_does_not_matter(
    given_list: tuple[str, list[dict[str, str | None]]],
) -> None:
    dataset, rows = given_list
    contract = contracts()[dataset]
    taken = records(contract, rows)
    there = standardise(taken, contract, county())
    back = standardise(taken.reverse(), contract, county())
    assert back.frame.sort("record_id").equals(there.frame.sort("record_id"))
