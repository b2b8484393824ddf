"""Doubts about what a list says of itself: asked, with the value kept, and not asked too often."""

from typing import Any

import pytest

from tests.standardise.records import clean, with_check

pytestmark = pytest.mark.unit


def doubts_of(dataset: str, rows: list[dict[str, Any]]) -> set[tuple[int, str, str]]:
    asked = clean(dataset, rows).quarantine.filter(scope="flag")
    return set(asked.select("row_number", "column_name", "reason_code").iter_rows())


def house(name: str, birth: str, n: int) -> dict[str, Any]:
    number = with_check(f"990112{birth}{n:03d}")
    return {"head_name": name, "head_id_number": number, "grade": "C"}


def test_the_head_of_a_household_can_be_too_old_too() -> None:
    rows = [
        house("张三", "19010309", 1),
        house("李四", "19700309", 3),
        house("王五", "20310309", 5),
    ]
    asked = doubts_of("housing.appraisals", rows)
    assert asked == {(2, "head_id_number", "absurd_birth"), (4, "head_id_number", "absurd_birth")}


@pytest.mark.parametrize("name", ["张?", "张□华", "张�", "张yan", "张（王申）", "张＊"])
def test_a_name_with_a_character_that_could_not_be_typed(name: str) -> None:
    rows = [{"name": name, "dibao_class": "A类"}, {"name": "李四", "dibao_class": "A类"}]
    done = clean("civil_affairs.dibao", rows)
    assert done.frame.height == 2
    assert doubts_of("civil_affairs.dibao", rows) == {(2, "name", "name_not_writable")}


@pytest.mark.parametrize("name", ["张三（已故）", "买买提·艾力", "John Smith", "欧阳娜娜"])
def test_a_name_that_is_whole_is_not_asked_about(name: str) -> None:
    assert doubts_of("civil_affairs.dibao", [{"name": name, "dibao_class": "A类"}]) == set()


def test_one_person_of_two_numbers_where_the_list_has_no_birth_dates() -> None:
    rows = [
        {"name": "张三", "id_number": with_check(f"99011219700309{n}"), "kind": "肢体",
         "village_code": "990112100001"}
        for n in ("001", "021")
    ]  # fmt: skip
    asked = {(row, code) for row, _, code in doubts_of("civil_affairs.disability", rows)}
    assert asked == {(2, "one_person_two_numbers"), (3, "one_person_two_numbers")}


def test_a_wrong_number_tells_rows_apart_however_it_is_spaced() -> None:
    right = with_check("99011219700309001")
    wrong = right[:-1] + ("1" if right[-1] != "1" else "2")
    other = wrong[:16] + str((int(wrong[16]) + 1) % 10) + wrong[17]
    numbers = (wrong, other, f"{wrong[:6]} {wrong[6:]}", right)
    rows = [{"name": "张三", "id_number": n, "dibao_class": "A类"} for n in numbers]
    asked = {row for row, _, code in doubts_of("civil_affairs.dibao", rows) if "repeated" in code}
    assert asked == {4}


def claims(totals: list[str]) -> list[dict[str, Any]]:
    return [
        {"name": "张三", "admitted_on": f"2021-05-{i:02d}", "total": total}
        for i, total in enumerate(totals, 1)
    ]


def test_single_amounts_in_ten_thousands_among_others_in_yuan() -> None:
    totals = ["8000", "12000.5", "9500", "21000", "1.2", "7600", "15000", "0.95", "11000"]
    asked = doubts_of("insurance.claims", claims(totals))
    assert asked == {(6, "total", "unit_mixed"), (9, "total", "unit_mixed")}


def test_single_amounts_in_yuan_among_others_in_ten_thousands() -> None:
    """Under a header in 万元 a cell in yuan counts ten thousand times."""
    totals = ["8000", "12000", "9500", "21000", "120000000", "7600", "15000", "9500", "11000"]
    assert doubts_of("insurance.claims", claims(totals)) == {(6, "total", "unit_mixed")}


def test_small_and_large_amounts_side_by_side_are_no_question() -> None:
    totals = ["35", "8000", "120", "60", "21000", "15", "300", "92000", "48", "700"]
    assert doubts_of("insurance.claims", claims(totals)) == set()


def test_a_years_amount_among_those_of_a_month() -> None:
    amounts = [230, 310, 356, 2760, 420, 230, 310, 700, 356, 1240]
    rows = [
        {"name": f"张{c}", "dibao_class": "A类", "monthly_amount": str(n)}
        for c, n in zip("一二三四五六七八九十", amounts, strict=True)
    ]
    assert doubts_of("civil_affairs.dibao", rows) == {(5, "monthly_amount", "year_for_month")}
