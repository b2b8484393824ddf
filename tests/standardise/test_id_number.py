"""ID numbers, defect by defect (DOMAIN C2, numbers 18 to 38)."""

import datetime as dt

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.standardise.id_number import (
    USABLE,
    birth_date_of,
    check_character,
    is_sound,
    parse_id_numbers,
    sex_of,
    upgraded,
)
from tests.standardise.records import with_check

pytestmark = pytest.mark.unit

MAN = "990112198001012342"[:17]
WOMAN = with_check("99011219800101232")
WITH_X = "99011219800101003X"
WHOLE = with_check(MAN)


def parse(text: str | None, *, number: bool = False) -> tuple[str | None, str, str | None]:
    row = parse_id_numbers(
        pl.DataFrame(
            {"text": [text], "number": [number]}, {"text": pl.String, "number": pl.Boolean}
        )
    )
    value, status, hint, _issue = row.row(0)
    return value, status, hint


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (WHOLE, WHOLE),
        (WITH_X.lower(), WITH_X),  # 22
        (WITH_X[:17] + "Ｘ", WITH_X),
        (WITH_X[:17] + "×", WITH_X),
        (WITH_X[:17] + "Х", WITH_X),
        (WITH_X[:17] + "Χ", WITH_X),
        (WITH_X[:17] + "Ⅹ", WITH_X),
        ("\t" + WHOLE, WHOLE),  # 15
        (WHOLE + "\t", WHOLE),
        ("'" + WHOLE, WHOLE),
        (f'="{WHOLE}"', WHOLE),
        (WHOLE + ".0", WHOLE),  # 20
        (f"{WHOLE[:6]} {WHOLE[6:14]} {WHOLE[14:]}", WHOLE),  # 23
        (WHOLE.translate(str.maketrans("0123456789", "０１２３４５６７８９")), WHOLE),
        (WHOLE[:6] + "\u200b" + WHOLE[6:], WHOLE),
        (WHOLE[:6] + "\u00a0\n" + WHOLE[6:], WHOLE),
    ],
)
def test_the_same_number_in_other_dress(text: str, value: str) -> None:
    assert parse(text) == (value, "valid", None)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (WHOLE[:6] + WHOLE[8:17], (WHOLE, "upgraded15", None)),  # 21
        (WHOLE.replace("0", "O"), (WHOLE, "repaired_glyph", None)),  # 24
        (WHOLE.replace("1", "l", 2), (WHOLE, "repaired_glyph", None)),
        (WHOLE.replace("1", "I", 1), (WHOLE, "repaired_glyph", None)),
        (WHOLE.replace("8", "B", 1), (WHOLE, "repaired_glyph", None)),
        (WHOLE + "41", (WHOLE, "certificate", None)),  # 31
        (WHOLE + "41B1", (WHOLE, "certificate", None)),
        ("G" + WHOLE, (WHOLE, "pupil_number", None)),  # 32
        ("L" + WITH_X, (WITH_X, "pupil_number", None)),
    ],
)
def test_what_can_be_restored_without_a_choice(text: str, expected: tuple[str, str, None]) -> None:
    assert parse(text) == expected


WRONG = WHOLE[:17] + str((int(WHOLE[17]) + 1) % 10)


@pytest.mark.parametrize(
    ("text", "number", "status", "hint"),
    [
        (WHOLE, True, "precision_lost", WHOLE[:15] + "???"),  # 18: right by chance is not right
        ("9.90112198001012E+17", True, "precision_lost", WHOLE[:15] + "???"),
        ("9.901121980010124E+17", False, "precision_lost", WHOLE[:15] + "???"),
        ("990112198001013000", False, "precision_lost", "990112198001013???"),
        ("4.11521E+17", False, "scientific", "411521" + "?" * 12),  # 19
        (WRONG, False, "checksum", WRONG),  # 25
        (WRONG.replace("0", "O"), False, "checksum", WRONG),
        ("G" + WRONG, False, "checksum", WRONG),
        (WRONG + "41", False, "checksum", WRONG),
        (WHOLE[:17], False, "length", WHOLE[:17]),  # 26
        (WHOLE + "7", False, "length", WHOLE + "7"),
        (with_check("99011219801345123"), False, "birth_date", with_check("99011219801345123")),
        ("999999198001011234", False, "placeholder", None),  # 30
        ("000000000000000000", False, "placeholder", None),
        ("111111111111111111", False, "placeholder", None),
        ("123456789012345678", False, "placeholder", None),
        ("无", False, "placeholder", None),
        (WITH_X[:17] + "*", False, "masked", WITH_X[:17] + "?"),  # 36
        (WHOLE[:6] + "********" + WHOLE[14:], False, "masked", WHOLE[:6] + "?" * 8 + WHOLE[14:]),
        (WHOLE[:6] + "****" + WHOLE[14:], False, "masked", WHOLE[:6] + "?" * 8 + WHOLE[14:]),
        (WHOLE[:6] + "XXXXXXXX" + WHOLE[14:], False, "masked", WHOLE[:6] + "?" * 8 + WHOLE[14:]),
        (WHOLE[:14] + "●●●●", False, "masked", WHOLE[:14] + "????"),
        (None, False, "missing", None),  # 37
        ("  ", False, "missing", None),
        ("E12345678", False, "other_document", None),  # 38
        ("H1234567890", False, "other_document", None),
        (f"{WHOLE}、{WITH_X}", False, "several", None),
        ("户口簿", False, "other_document", None),
        # A 15-digit beginning of a child's number must not become somebody born in 1920.
        ("990112201001012", False, "length", "990112201001012???"),
    ],
)
def test_what_may_not_be_used(
    text: str | None, number: bool, status: str, hint: str | None
) -> None:
    assert parse(text, number=number) == (None, status, hint)


def test_a_short_number_cell_keeps_its_digits() -> None:
    fifteen = WHOLE[:6] + WHOLE[8:17]
    assert parse(fifteen + ".0", number=True) == (WHOLE, "upgraded15", None)


def test_birth_and_sex_are_read_from_the_number() -> None:
    row = pl.DataFrame({"i": [WHOLE, WOMAN]}).select(
        birth_date_of(pl.col("i")).alias("b"), sex_of(pl.col("i")).alias("s")
    )
    assert row["b"].to_list() == [dt.date(1980, 1, 1)] * 2
    assert row["s"].to_list() == ["女" if int(n[16]) % 2 == 0 else "男" for n in (WHOLE, WOMAN)]


BODIES = st.builds(
    lambda day, sequence: f"990112{day:%Y%m%d}{sequence:03d}",
    st.dates(dt.date(1921, 1, 1), dt.date(1999, 12, 31)),
    st.integers(1, 999),
)


@pytest.mark.properties
@settings(max_examples=8, deadline=None)
@given(st.lists(BODIES, min_size=1, max_size=30))
def test_fifteen_digits_come_back_as_the_number_they_were(bodies: list[str]) -> None:
    old = [b[:6] + b[8:] for b in bodies]
    parsed = parse_id_numbers(pl.DataFrame({"text": old}))
    restored = [n for b, n in zip(bodies, parsed["value"], strict=True) if b[8:10] != "20"]
    assert restored == [with_check(b) for b in bodies if b[8:10] != "20"]
    again = upgraded(pl.Series(old))
    assert [n[:6] + n[8:17] for n in again] == old


@pytest.mark.properties
@settings(max_examples=8, deadline=None)
@given(
    st.lists(
        st.tuples(BODIES, st.integers(0, 17), st.sampled_from("0123456789X")),
        min_size=20,
        max_size=40,
    )
)
def test_one_wrong_character_is_never_taken_for_valid(damages: list[tuple[str, int, str]]) -> None:
    checks = check_character(pl.Series([body for body, _, _ in damages]))
    whole = [body + check for (body, _, _), check in zip(damages, checks, strict=True)]
    wrong = [n[:at] + c + n[at + 1 :] for n, (_, at, c) in zip(whole, damages, strict=True)]
    values = parse_id_numbers(pl.DataFrame({"text": wrong}))["value"]
    # The check character of GB 11643 catches every single substitution.
    expected = [n if n == w else None for n, w in zip(whole, wrong, strict=True)]
    assert values.to_list() == expected


@pytest.mark.properties
@settings(max_examples=8, deadline=None)
@given(st.lists(st.text("0123456789XOIlB*.E+Gx ", max_size=22), max_size=30))
def test_a_value_always_has_its_check_and_order_does_not_matter(texts: list[str]) -> None:
    frame = pl.DataFrame({"text": texts}, {"text": pl.String})
    parsed = parse_id_numbers(frame)
    assert parsed.height == len(texts)
    values = parsed["value"].drop_nulls()
    assert is_sound(values).all()
    assert (parsed["status"].is_in(USABLE) == parsed["value"].is_not_null()).all()
    assert parse_id_numbers(frame.reverse()).reverse().equals(parsed)


def test_a_number_that_went_through_a_float_is_known_without_its_zeros() -> None:
    """A csv shows no number cell: the digits of a binary number give it away."""
    true = [with_check(f"990112198001{i % 28 + 1:02d}{i % 100 + 120:03d}") for i in range(300)]
    written = [str(int(float(t))) for t in true if t.isdecimal()]
    found = parse_id_numbers(pl.DataFrame({"text": written}))
    lost = found["status"] == "precision_lost"
    assert found.filter(~lost)["status"].is_in(["valid"]).all()  # one in eleven by chance
    assert lost.mean() > 0.8
    assert found.filter(lost)["value"].null_count() == lost.sum()
    assert found["hint"].to_list() == [
        w[:15] + "???" if x else None for w, x in zip(written, lost, strict=True)
    ]
    assert parse("990112198001012352") == (None, "precision_lost", "990112198001012???")


def test_numbers_mistyped_by_hand_seldom_look_like_binary_ones() -> None:
    typed = [with_check(f"99011219800101{n:03d}") for n in range(1000)]
    wrong = [t[:17] + str((int(t[17].replace("X", "0")) + 3) % 10) for t in typed]
    found = parse_id_numbers(pl.DataFrame({"text": wrong}))["status"].value_counts()
    counts = dict(found.iter_rows())
    assert counts.pop("precision_lost") < 15
    assert set(counts) <= {"checksum", "valid"}
    assert counts["checksum"] > 900
