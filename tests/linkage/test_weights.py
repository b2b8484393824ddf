"""The model learns what it was made of, and its parts say what they should."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest
import yaml

from pipelines.home import CHECKOUT
from pipelines.linkage import learning, weights
from pipelines.linkage.assign import BEHIND_BITS, LEAST_BITS, contends, shares
from pipelines.linkage.hints import hint_levels
from pipelines.linkage.levels import FIELDS, PATH, LevelsError, declared, packed, unpacked
from pipelines.linkage.names import name_levels, sounds

pytestmark = pytest.mark.unit


def start() -> weights.Model:
    d = declared()
    return weights.Model(
        weights.beginnings(d, "m"), weights.beginnings(d, "h"), weights.beginnings(d, "u"),
        1e-4, 3e-4, d,
    )  # fmt: skip


def sample(
    model: weights.Model, table: np.ndarray, size: int, rng: np.random.Generator
) -> np.ndarray:
    """Draw patterns of one class, each field by itself; the number as of two whole ones."""
    columns = []
    for i, name in enumerate(FIELDS):
        group = list(model.declared.fields[name].groups[0])
        columns.append(rng.choice(group, size, p=table[i, group] / table[i, group].sum()))
    return np.stack(columns, axis=1)


def test_em_recovers_the_shares_it_was_drawn_from() -> None:
    rng = np.random.default_rng(7)
    begin = start()
    true_m = begin.m.copy()
    name = FIELDS.index("name")
    true_m[name, [9, 7, 3]] = 0.80, 0.15, 0.05
    true_m[name, [8, 6, 5, 4, 2, 1]] = 1e-9
    matches, mates, others = 8_000, 6_000, 60_000
    drawn = np.concatenate(
        [
            sample(begin, true_m, matches, rng),
            sample(begin, begin.h, mates, rng),
            sample(begin, begin.u, others, rng),
        ]
    )
    # Nothing is known of mates' links, as in a list without groups.
    drawn[:, FIELDS.index("mates")] = 0
    codes, counts = np.unique(drawn, axis=0, return_counts=True)
    product = 1e8
    learnt = learning.expectation_maximisation(
        codes, counts.astype(float), np.zeros(len(codes)), begin, product
    )
    assert learnt.matches * product == pytest.approx(matches, rel=0.03)
    assert learnt.mates * product == pytest.approx(mates, rel=0.05)
    assert learnt.m[name, 9] == pytest.approx(0.80, abs=0.01)
    assert learnt.m[name, 7] == pytest.approx(0.15, abs=0.01)
    assert np.array_equal(learnt.u, begin.u)


def test_em_finds_no_more_matches_than_rows() -> None:
    begin = start()
    codes = np.array([[9, 0, 6, 2, 4, 0, 0, 0, 0, 0]])
    learnt = learning.expectation_maximisation(
        codes, np.array([1000.0]), np.zeros(1), begin, 1e6, rows=10
    )
    assert learnt.matches * 1e6 == pytest.approx(10)


def test_missing_weighs_nothing() -> None:
    model = start()
    assert np.all(model.bits()[:, 0] == 0.0)
    alone = weights.probability(np.zeros((1, len(FIELDS)), dtype=int), model)
    assert alone[0] == pytest.approx(1e-4, rel=0.01)


def test_household_mates_share_all_but_themselves() -> None:
    # Same village, head and phone, another name of the family, another birth date.
    mate = [2, 0, 1, 1, 4, 4, 3, 0, 0, 0]
    same = [9, 0, 6, 2, 4, 4, 3, 0, 0, 0]
    p = weights.probability(np.array([mate, same]), start())
    assert p[0] < 0.001
    assert p[1] > 0.999


def test_the_hash_knows_what_was_learnt() -> None:
    model = start()
    other = model.m.copy()
    other[0, 9] += 0.01
    assert model.hash == start().hash
    assert model.hash != replace(model, m=other).hash


def test_patterns_pack_and_unpack() -> None:
    frame = pl.DataFrame({f: [i, 15 - i] for i, f in enumerate(FIELDS)}).cast(pl.UInt8)
    back = frame.select(packed()).with_columns(*unpacked()).select(FIELDS)
    assert back.equals(frame)


def test_a_rare_name_says_more_than_a_common_one() -> None:
    right = pl.DataFrame(
        {
            "r": [0, 1, 2, 3],
            "namesakes": [1, 400, 400, 1],
            "village_namesakes": [1, 30, 1, 1],
            "village_size": [800, 800, 800, 800],
            "place_namesakes": [1, 30, 100, 1],
            "place_size": [800, 800, 800, 800],
        }
    ).cast({"r": pl.UInt32})
    pairs = pl.DataFrame(
        {"r": [0, 1, 2, 3, 2], "name": [9, 9, 9, 3, 9], "village": [5, 5, 5, 5, 4]}
    ).cast({"r": pl.UInt32})
    rare, clan, common, other, somewhere = weights.name_bits(pairs, right, declared()).to_list()
    # Of two villages of one name, what counts is how many bear the name in both together.
    assert rare > common > clan > somewhere
    assert other == 0.0
    assert max(abs(rare), abs(clan)) <= declared().settings.name_frequency_cap


def test_who_shares_a_number_contends_whatever_else_speaks_against_him() -> None:
    bits = [LEAST_BITS + 1.0, LEAST_BITS - 1.0, LEAST_BITS - 1.0]
    pairs = pl.DataFrame({"l": [0, 0, 0], "bits": bits, "id_number": [0, 0, 7]})
    assert pairs.select(contends()).to_series().to_list() == [True, False, True]


def test_who_is_far_behind_the_best_of_his_row_does_not_contend() -> None:
    best = LEAST_BITS + BEHIND_BITS + 10.0
    bits = [best, best - BEHIND_BITS, best - BEHIND_BITS - 1, best - BEHIND_BITS - 1]
    pairs = pl.DataFrame({"l": [0, 0, 0, 1], "bits": bits, "id_number": [0] * 4})
    # In another row the same weight is the best there is.
    assert pairs.select(contends()).to_series().to_list() == [True, True, False, True]
    odds = pairs.select("l", r=pl.int_range(pl.len()), odds=pl.lit(2.0).pow(pl.col("bits")))
    odds = odds.with_columns(unit="r")
    near = shares(odds.filter(pairs.select(contends()).to_series()))
    every = shares(odds).join(near, on="r", suffix="_near")
    assert (every["probability"] - every["probability_near"]).abs().max() < 1e-8


def test_a_tie_leaves_both_below_one_half() -> None:
    pairs = pl.DataFrame(
        {"l": [0, 0, 1], "r": [0, 1, 0], "unit": [0, 1, 0], "odds": [99.0, 99.0, 99.0]}
    )
    assert shares(pairs)["probability"].to_list() == pytest.approx([99 / 199, 99 / 199, 0.99])


@pytest.mark.parametrize(
    ("left", "right", "level"),
    [
        ("张三", "张三", 8),
        ("李晓明", "李小明", 7),
        ("仇英", "丘英", 7),
        ("曾志伟", "层志伟", 3),  # 曾 is zeng as a surname
        ("赵国未", "赵国末", 6),
        ("王?明", "王䶮明", 6),
        ("买买提艾力", "艾力买买提", 5),
        ("李小红", "李红", 4),
        ("买买提艾力", "买买提", 10),
        ("张国强", "张国军", 3),
        ("张三", "张四", 2),
        ("张三", "李三", 1),
        ("张三", "李四", 1),
    ],
)
def test_names_compare_by_characters(left: str, right: str, level: int) -> None:
    for a, b in ((left, right), (right, left)):
        found = name_levels(pl.DataFrame({"left": [a], "right": [b]}), declared())
        assert found["level"].to_list() == [level]


def test_surnames_are_read_as_surnames_only_in_front() -> None:
    table = dict(sounds(pl.Series(["单平", "平单"]), declared()).select("key", "sound").iter_rows())
    assert table == {"单平": "shan ping", "平单": "ping dan"}


@pytest.mark.parametrize(
    ("hint", "level"),
    [
        ("990112195603120118"[:15] + "???", 5),
        ("990112????????0118", 4),
        ("990112????????????", 0),
        ("990112????????0119", 2),
        ("990112195603120128", 6),
        ("990112195603210118", 6),  # two neighbours turned
        ("99011219560312018", 6),  # one dropped
        ("9901121956031200118", 6),  # one doubled
        ("990112195603120228", 4),
        ("990112197711230229", 2),
    ],
)
def test_hints_compare_by_what_is_visible(hint: str, level: int) -> None:
    pair = pl.DataFrame({"left": [hint], "right": ["990112195603120118"]})
    assert hint_levels(pair)["level"].to_list() == [level]


def test_a_wrong_levels_file_names_the_key(tmp_path) -> None:  # type: ignore[no-untyped-def]
    path = tmp_path / "levels.yaml"
    path.write_text("settings: {pseudo_pairs: -1}", encoding="utf-8")
    with pytest.raises(LevelsError, match=r"levels\.yaml.*\n.*settings\.pseudo_pairs"):
        declared(path)


def test_a_file_that_compares_other_fields_says_which_are_wanted(tmp_path) -> None:  # type: ignore[no-untyped-def]
    path = other_levels(tmp_path)
    with pytest.raises(LevelsError, match=r"levels\.yaml: 'fields' must be, in this order: name, "):
        declared(path)


def test_other_fields_are_learnt_and_weighed(tmp_path) -> None:  # type: ignore[no-untyped-def]
    d = declared(other_levels(tmp_path), None)
    assert d.names == ("street", "postcode")
    same, other = [3, 2], [1, 1]
    pairs = pl.DataFrame(
        [same] * 90 + [[2, 2]] * 10 + [other] * 900, schema=list(d.names), orient="row"
    ).cast(pl.UInt8)
    begin = weights.beginnings(d, "m")
    start = weights.Model(
        begin, weights.beginnings(d, "h"), weights.beginnings(d, "u"), 1e-3, 1e-9, d
    )
    model = learning.learnt(pairs, pairs.clear(), start, product=1e4, rows=1000)
    assert model.matches * 1e4 == pytest.approx(100, rel=0.03)
    pseudo = d.settings.pseudo_pairs
    expected = [(90 + 0.8 * pseudo) / (100 + pseudo), (10 + 0.1 * pseudo) / (100 + pseudo)]
    assert model.m[0, [3, 2]] == pytest.approx(expected, abs=0.01)
    two = pl.DataFrame({"l": [0, 1], "r": [0, 1], "street": [3, 1], "postcode": [2, 1]})
    likely, unlikely = weights.weighed(two, model)["bits"]
    assert likely > 5
    assert unlikely < -5
    rarer = weights.weighed(two.with_columns(own=pl.Series([3.0, 0.0])), model, "own")["bits"]
    assert rarer.to_list() == pytest.approx([likely + 3, unlikely], abs=0.1)


def other_levels(folder: Path) -> Path:
    """Write a file of levels for two fields that `compare_pairs` does not know."""
    content = yaml.safe_load(PATH.read_text(encoding="utf-8"))
    level = {"says": "…", "h": 1e-6}
    rest = {"says": "…", "h": 1 - 1e-6}
    street = {3: {**level, "m": 0.8, "u": 0.001}, 2: {**level, "m": 0.1, "u": 0.01}}
    street[1] = {**rest, "m": 0.1, "u": 0.989}
    postcode = {2: {**level, "m": 0.9, "u": 0.01}, 1: {**rest, "m": 0.1, "u": 0.99}}
    content |= {
        "fields": {
            "street": {"title": "街道", "levels": street},
            "postcode": {"title": "邮编", "levels": postcode},
        },
        "keys": [],
    }
    path = folder / "levels.yaml"
    path.write_text(yaml.safe_dump(content, allow_unicode=True, sort_keys=False), encoding="utf-8")
    return path


def test_what_a_household_has_in_common_tells_no_mate_from_the_person() -> None:
    begin = start()
    family, name = FIELDS.index("family"), FIELDS.index("name")
    # In this list the head of every household is as the roster has him.
    same, mate = [9, 0, 6, 2, 5, 4, 0, 0, 0, 0], [2, 0, 1, 2, 5, 4, 0, 0, 0, 0]
    learnt = learning.expectation_maximisation(
        np.array([same, mate]), np.array([500.0, 900.0]), np.zeros(2), begin, 1e7
    )
    assert learnt.h[family] == pytest.approx(learnt.m[family])
    assert learnt.h[family, 4] > begin.h[family, 4]
    assert np.array_equal(learnt.h[name], begin.h[name])
    assert learnt.matches * 1e7 == pytest.approx(500, rel=0.01)
    assert learnt.mates * 1e7 == pytest.approx(900, rel=0.05)


def test_clans_share_names() -> None:
    people = {"village_namesakes": [1, 1, 2, 2], "village_size": [5, 5, 2, 2]}
    right = pl.DataFrame({"village": ["A", "A", "B", "B"], "namesakes": [1, 1, 2, 2], **people})
    levels = pl.DataFrame({"name": [9, 9, 2], "village": [5, 2, 5]})
    # Everybody else in the village bears the name of the last two, nobody that of the first two;
    # in the county a quarter of all pairs share one.
    assert weights.name_share(right) == pytest.approx(0.25)
    assert levels.select(bits=weights.clan(right))["bits"].to_list() == [1.0, 0.0, 0.0]
    nobody = right.with_columns(village_namesakes=1)
    assert levels.select(bits=weights.clan(nobody))["bits"].to_list() == [0.0] * 3


def test_namesakes_of_a_village_are_no_matches() -> None:
    codes = np.array([[9, 0, 1, 2, 5, 0, 0, 0, 0, 0], [9, 0, 6, 2, 5, 0, 0, 0, 0, 0]])
    counts = np.array([400.0, 500.0])
    common = np.array([4.0, 4.0])
    begin = start()
    plain = learning.expectation_maximisation(codes, counts, np.zeros(2), begin, 2e7)
    told = learning.expectation_maximisation(codes, counts, np.zeros(2), begin, 2e7, common=common)
    birth = FIELDS.index("birth_date")
    assert plain.m[birth, 1] > 0.1 > told.m[birth, 1]
    assert told.matches * 2e7 == pytest.approx(500, rel=0.05)


def test_no_list_has_more_matches_than_rows() -> None:
    """Fifty people who all look like the same ten rows are not fifty matches."""
    codes = {"name": 9, "id_number": 0, "birth_date": 6, "sex": 2, "village": 5}
    alike = pl.DataFrame({f: [codes.get(f, 0)] * 50 for f in FIELDS})
    found = learning.fitted(start(), alike, product=1e6, rows=10)
    assert found.matches == pytest.approx(10 / 1e6)
    assert learning.fitted(start(), alike.head(3), 1e6, 10).matches == pytest.approx(3e-6, rel=0.1)


def test_the_benchmarks_own_levels_are_of_the_same_form() -> None:
    file = CHECKOUT / "benchmarks" / "linkage" / "febrl-levels.yaml"
    assert declared(file, None).settings.confirmed_at == pytest.approx(0.99)
