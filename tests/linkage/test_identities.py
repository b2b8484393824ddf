"""Person ids from round to round: what changes in the roster, and who is still the same."""

import datetime as dt
from typing import Any

import polars as pl
import pytest

from pipelines import frames
from pipelines.linkage.identities import identify
from tests.linkage.county import ROSTER, clean, number

pytestmark = pytest.mark.unit

Rows = list[dict[str, Any]]
DAY = dt.date(1956, 3, 12)
X, Y = number("19560312", 11), number("19560312", 33)


def row(name: str = "王建国", home: str = "H1", **more: Any) -> dict[str, Any]:
    return {"household_id": home, "name": name, **more}


def through(*rounds: Rows) -> list[list[str]]:
    """The ids of each round's rows, every round knowing those before it."""
    known, ids = frames.empty(frames.IDENTITIES), []
    for rows in rounds:
        who = identify(clean(ROSTER, rows), known)
        assert who.person_ids.is_unique().all()
        again = identify(clean(ROSTER, rows), pl.concat([who.identities, known]))
        assert again.identities.is_empty()
        known = pl.concat([who.identities, known])
        ids.append(who.person_ids.to_list())
    return ids


FULL = row(id_number=X, birth_date=DAY)

SAME: dict[str, tuple[dict[str, Any], ...]] = {
    "an ID number filled in": (row(birth_date=DAY), FULL),
    "an ID number lost": (FULL, row(birth_date=DAY)),
    "an ID number put right": (FULL, row(id_number=Y, birth_date=DAY)),
    "an ID number put right, no birth dates": (
        row(id_number=X),
        row(id_number=number("19580312", 11)),
    ),
    "a name put right": (FULL, row("王建郭", id_number=X, birth_date=DAY)),
    "a name put right without an ID number": (row(birth_date=DAY), row("王健国", birth_date=DAY)),
    "a birth date completed": (
        row(birth_date=dt.date(1956, 1, 1), birth_date_precision="year"),
        row(birth_date=DAY),
    ),
    "a birth date put right": (row(birth_date=DAY), row(birth_date=dt.date(1957, 3, 12))),
    "everything but the number": (FULL, row("李四", "H9", id_number=X, birth_date=DAY)),
    "married out": (FULL, row(home="H2", id_number=X, birth_date=DAY)),
    "married out without an ID number": (row(birth_date=DAY), row(home="H2", birth_date=DAY)),
    "the newborn named": (
        row("周芳之子", birth_date=dt.date(2021, 7, 1), id_number=number("19940506", 12)),
        row("孙宝", birth_date=dt.date(2021, 7, 1), id_number=number("20210701", 11)),
    ),
    "the list's numbers come": (FULL, {**FULL, "person_id": "0007"}),
    "the list's numbers go": ({**FULL, "person_id": "0007"}, FULL),
    "the list's numbers change": ({**FULL, "person_id": "0007"}, {**FULL, "person_id": "19"}),
    "the list's number holds": (
        row(person_id="0007", birth_date=DAY),
        row("李四", "H9", person_id="0007", birth_date=DAY),
    ),
}

OTHER: dict[str, tuple[dict[str, Any], ...]] = {
    "the grandson of his grandfather's name": (
        row(birth_date=dt.date(1935, 1, 1)),
        row(birth_date=dt.date(2020, 1, 1)),
    ),
    "the same by their numbers alone": (
        row(id_number=number("19350101", 11)),
        row(id_number=number("20200101", 11)),
    ),
    "a namesake elsewhere": (FULL, row(home="H2", id_number=Y, birth_date=DAY)),
    "a number copied from the line above": (
        FULL,
        row("李秀英", "H7", id_number=X, birth_date=dt.date(1958, 7, 4)),
    ),
    "a list's number given to somebody else": (
        {**FULL, "person_id": "0007"},
        row("李秀英", "H7", person_id="0007", birth_date=dt.date(1958, 7, 4)),
    ),
    "husband for wife on one birthday": (row(birth_date=DAY), row("李秀英", birth_date=DAY)),
}


@pytest.mark.parametrize("case", SAME)
def test_the_person_stays_the_same(case: str) -> None:
    before, after = SAME[case]
    # Also after a round away, and with everybody else of the household there.
    (first,), _, (later,) = through([before], [], [after])
    assert later == first
    others = [row("赵大勇", birth_date=dt.date(1970, 1, 1)), row("钱桂兰", "H2")]
    (one, *_), (two, *_) = through([before, *others], [after, *reversed(others)])
    assert one == two == first


@pytest.mark.parametrize("case", OTHER)
def test_somebody_else_gets_an_id_of_their_own(case: str) -> None:
    before, after = OTHER[case]
    (first,), (later,) = through([before], [after])
    assert later != first


def test_the_roster_s_own_number_is_the_id_where_it_is_the_first_known() -> None:
    (ids,) = through([row(person_id="0001"), row("李四", person_id="P0123456789abcdef"), row("乙")])
    assert ids[0] == "0001"
    # What looks made here is not taken for a number of the list, nor is one on several rows.
    assert "P0123456789abcdef" not in ids
    (numbered,) = through([row("甲", person_id="1"), row("乙", person_id="1")])
    assert all(made.startswith("P") for made in numbered)


def test_the_stronger_key_wins_and_the_other_row_is_somebody_new() -> None:
    # 王建国's number stood on a wrong line; now he is there himself.
    wife = dt.date(1958, 7, 4)
    (hers,), (his, her_new) = through(
        [row("李秀英", id_number=X, birth_date=wife)],
        [FULL, row("李秀英", id_number=number("19580704", 12), birth_date=wife)],
    )
    assert her_new == hers
    assert his not in {hers, None}
    assert his == f"{hers}-2"


def test_numbers_of_two_brothers_exchanged_stay_with_their_names() -> None:
    one, two = dt.date(1990, 5, 1), dt.date(1993, 6, 2)
    x, y = number("19900501", 11), number("19930602", 11)
    before = [
        row("王一", id_number=y, birth_date=one),
        row("王二", id_number=x, birth_date=two),
    ]
    after = [row("王一", id_number=x, birth_date=one), row("王二", id_number=y, birth_date=two)]
    first, second = through(before, after)
    assert first == second


def test_grandfather_and_grandson_under_one_name_are_told_by_birth_date() -> None:
    old, young = row(birth_date=dt.date(1935, 1, 1)), row(birth_date=dt.date(2015, 1, 1))
    (grandfather, grandson), (again, undated), (left,) = through(
        [old, young], [old, row()], [young]
    )
    assert again == grandfather
    assert undated == left == grandson


def test_twins_without_names_are_not_guessed() -> None:
    born = dt.date(2021, 7, 1)
    nameless = [row(f"周芳之子{n}", birth_date=born) for n in (1, 2)]
    named = [row(name, birth_date=born) for name in ("孙大宝", "孙小宝")]
    before, after = through(nameless, named)
    assert not set(before) & set(after)


def test_a_person_listed_twice_keeps_both_ids_each_in_its_household() -> None:
    here, there = FULL, {**FULL, "household_id": "H9"}
    (a, b), (b_again, a_again), (alone,) = through([here, there], [there, here], [there])
    assert (a, b) == (a_again, b_again)
    assert b == f"{a}-2"
    assert alone == b
    # Twice the same row: in the order of the file, round after round.
    once, twice, thrice = through([here, here], [here, here], [here, here])
    assert once == twice == thrice


def test_the_order_of_rows_does_not_count() -> None:
    rows = [FULL, {**FULL, "household_id": "H9"}, row("李四"), row("李四"), row("李四", "H2")]
    frame = clean(ROSTER, rows)
    known = identify(clean(ROSTER, rows[1:4])).identities
    expected = dict(zip(frame["record_id"], identify(frame, known).person_ids, strict=True))
    for seed in range(5):
        mixed = frame.sample(fraction=1.0, shuffle=True, seed=seed)
        found = identify(mixed, known)
        assert dict(zip(mixed["record_id"], found.person_ids, strict=True)) == expected


def test_only_what_is_new_is_kept() -> None:
    people = [row(f"王{n}", f"H{n}", birth_date=DAY) for n in range(50)]
    first = identify(clean(ROSTER, people))
    assert first.identities.height == 50
    assert dict(first.identities.schema) == dict(frames.IDENTITIES)
    changed = [{**people[0], "id_number": X}, *people[1:]]
    second = identify(clean(ROSTER, changed), first.identities)
    assert second.identities.select("person_id", "id_number").rows() == [
        (first.person_ids[0], X),
    ]


def test_a_household_full_of_namesakes_keeps_its_order() -> None:
    crowd = [row("无名", "0", phone=str(n)) for n in range(300)]
    first, second = through(crowd, crowd)
    assert first == second
