"""An event that two files state counts once, however each of them spells it."""

import datetime as dt
from typing import Any

import polars as pl
import pytest

from pipelines.standardise.standardise import Clean, standardise
from tests.standardise.records import contracts, county, records, with_check

pytestmark = pytest.mark.unit

WHOLE = with_check("99011219800101234")
PAID = {"name": "张三", "id_number": WHOLE, "item": "低保", "period": "2021年7月"}


def paid(*files: list[dict[str, Any]]) -> Clean:
    """Clean the payments of several files; the last is the newest."""
    contract = contracts()["finance.card_payments"]
    frame = pl.concat(
        records(contract, [PAID | row for row in file]).with_columns(
            record_id=pl.format("f{}-0-{}", pl.lit(n), "row_number"),
            file_id=pl.lit(f"f{n}"),
            path=pl.lit(f"财政/{n}.xlsx"),
            as_of=pl.lit(dt.date(2021, 8, n)),
        )
        for n, file in enumerate(files, start=1)
    )
    return standardise(frame, contract, county())


def test_a_later_file_states_the_same_payment_in_other_spellings() -> None:
    first = {"amount": "1643.33", "paid_on": "2021/6/1", "result": "成功"}
    spellings = (
        {"amount": "1,643.33", "paid_on": "2021.6.1", "result": "发放成功"},
        {"amount": "1643.33元", "paid_on": "2021-06-01 00:00:00", "result": "成功"},
        {"amount": "1643.330", "paid_on": "44348", "result": "已发放"},
        {"amount": "¥1643.33", "paid_on": "二〇二一年六月一日", "result": "成功", "name": "张 三"},
        first | {"period": "202107", "id_number": f"{WHOLE[:6]} {WHOLE[6:]}"},
    )
    for again in spellings:
        done = paid([first], [again])
        assert done.frame["path"].to_list() == ["财政/2.xlsx"], again
        aside = done.quarantine.filter(scope="row").select("path", "reason_code", "reason").rows()
        assert [entry[:2] for entry in aside] == [("财政/1.xlsx", "repeated_event")]
        assert "财政/2.xlsx" in aside[0][2]
        assert "第 2 行" in aside[0][2]


def test_a_payment_made_twice_in_one_file_stays_twice() -> None:
    row = {"amount": "350", "paid_on": "2021-07-05", "result": "成功"}
    done = paid([row, {"amount": "80", "paid_on": "2021-07-05"}], [row, row])
    assert sorted(done.frame["path"]) == ["财政/1.xlsx", "财政/2.xlsx", "财政/2.xlsx"]


def test_another_day_or_amount_or_result_is_another_payment() -> None:
    row = {"amount": "350", "paid_on": "2021-07-05", "result": "成功"}
    others = ({"amount": "350.1"}, {"paid_on": "2021-07-06"}, {"result": "退票"})
    for other in others:
        assert paid([row], [row | other]).frame.height == 2, other


def test_payments_without_any_date_are_never_taken_for_one() -> None:
    row = {"amount": "350", "paid_on": None, "period": None}
    assert paid([row], [row]).frame.height == 2


def test_a_list_without_a_key_has_no_rows_said_again() -> None:
    contract = contracts()["civil_affairs.dibao"]
    keyless = contract.model_copy(update={"key": ()})
    rows = [{"name": "王建国", "id_number": with_check("99011219800101001")}] * 2
    listed = records(contract, rows)
    assert "repeated_row" in standardise(listed, contract).quarantine["reason_code"]
    assert "repeated_row" not in standardise(listed, keyless).quarantine["reason_code"]
