"""A payment list that calls its people 持卡人 or 户名 is read as a list of people."""

import io
from collections.abc import Sequence

import openpyxl
import polars as pl
import pytest

from pipelines.contracts import Contracts, load_contracts
from pipelines.home import SHIPPED
from pipelines.intake.kept import ParsedSheet
from pipelines.intake.parsed import parsed_file

pytestmark = pytest.mark.unit

NUMBER, OTHER = "990112198001010017", "990112195001010012"


@pytest.fixture(scope="module")
def contracts() -> Contracts:
    return load_contracts([SHIPPED])


def read(
    contracts: Contracts, header: Sequence[str], row: Sequence[str | float]
) -> tuple[ParsedSheet, pl.DataFrame]:
    book = openpyxl.Workbook()
    page = book.active
    assert page is not None
    page.append(["晴川县2021年8月惠民惠农补贴发放明细"])
    page.append(list(header))
    page.append(list(row))
    content = io.BytesIO()
    book.save(content)
    parsed = parsed_file(content.getvalue(), "finance", contracts)
    return parsed.sheets[0], parsed.rows(0)


@pytest.mark.parametrize("holder", ["持卡人", "户名", "持卡人姓名"])
@pytest.mark.parametrize("number", ["身份证号", "持卡人身份证号"])
def test_the_holder_of_the_card_is_the_person_where_nobody_else_is_named(
    contracts: Contracts, holder: str, number: str
) -> None:
    header = ["序号", holder, number, "补贴项目", "所属期", "实发金额", "银行账号"]
    sheet, rows = read(contracts, header, [1, "王建国", NUMBER, "地力补贴", "2021", 300, "6217"])
    assert (sheet.status, sheet.dataset) == ("read", "finance.card_payments")
    assert rows.select("name", "id_number").row(0) == ("王建国", NUMBER)


@pytest.mark.parametrize("holder", ["持卡人", "户名", "开户人"])
@pytest.mark.parametrize("name", ["姓名", "人员姓名", "补贴对象"])
@pytest.mark.parametrize("first", [True, False])
def test_a_name_beside_the_holder_is_the_person(
    contracts: Contracts, holder: str, name: str, *, first: bool
) -> None:
    people = [(name, "王小明"), ("证件号码", NUMBER)]
    card = [(holder, "王建国"), ("持卡人身份证号", OTHER)]
    columns = people + card if first else card + people
    header = [*(c for c, _ in columns), "补贴项目", "所属期", "实发金额"]
    sheet, rows = read(contracts, header, [*(v for _, v in columns), "地力补贴", "2021", 300])
    assert sheet.status == "read"
    assert rows.select("name", "id_number").row(0) == ("王小明", NUMBER)
    # 持卡人 beside a name is said to be left aside, not lost
    kept = holder == "开户人"
    assert ("account_holder" in rows.columns) is kept
    assert (f"“{holder}”" in sheet.message) is not kept


def test_the_sheet_says_which_columns_its_header_has(contracts: Contracts) -> None:
    sheet, _ = read(contracts, ["姓名", "补贴项目", "实发金额", "奇怪的列"], ["甲", "低保", 1, "x"])
    assert sheet.columns == ["amount", "item", "name", "period"]  # the title says the month
    unknown, _ = read(contracts, ["甲", "乙"], ["1", "2"])
    assert unknown.columns is None
