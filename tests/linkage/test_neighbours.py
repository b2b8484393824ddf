"""Villages taken for one another: as officers declare them, and as a list mixes them up."""

import datetime as dt
import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from pipelines.home import Home
from pipelines.linkage import neighbours
from pipelines.linkage.levels import declared
from pipelines.linkage.link import link_dataset
from pipelines.linkage.neighbours import NeighboursError, read_neighbours
from pipelines.linkage.population import Population, build_population
from pipelines.office import make_home
from pipelines.standardise.divisions import Divisions, build_divisions
from tests.linkage.county import (
    CONTRACTS,
    ROSTER,
    clean,
    frame_of,
    random_population,
)

pytestmark = pytest.mark.unit

CONTRACT = CONTRACTS["civil_affairs.dibao"]

WANG, LIU, STONE, OTHER = "990112101201", "990112101202", "990112102201", "990112102202"
VILLAGES = [
    {"village_code": WANG, "village": "王堂村", "township": "清溪镇", "township_code": WANG[:9]},
    {"village_code": LIU, "village": "柳林村", "township": "清溪镇", "township_code": LIU[:9]},
    {"village_code": STONE, "village": "石桥村", "township": "白石乡", "township_code": STONE[:9],
     "former_names": "石板桥村"},
    {"village_code": OTHER, "village": "柳林村", "township": "白石乡", "township_code": OTHER[:9]},
]  # fmt: skip


@pytest.fixture(scope="module")
def divisions() -> Divisions:
    return build_divisions(clean(CONTRACTS["roster.villages"], VILLAGES))


def read(folder: Path, lines: str, divisions: Divisions) -> set[tuple[str, str]]:
    file = folder / "neighbours.csv"
    file.write_text(f"village,neighbour\n{lines}\n", encoding="utf-8")
    return set(read_neighbours([file], divisions).iter_rows())


@pytest.mark.parametrize(
    "lines",
    [
        f"{WANG},{STONE}",
        "王堂村,石桥村",
        "石桥,王堂",
        "清溪镇王堂村 , 白石乡石板桥村",
        f"王堂村,石桥村\n{STONE},王堂村",
    ],
)
def test_a_village_is_named_by_code_or_name_and_borders_both_ways(
    tmp_path: Path, divisions: Divisions, lines: str
) -> None:
    assert read(tmp_path, lines, divisions) == {(WANG, STONE), (STONE, WANG)}


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        ("王堂村,石桥村\n王唐村,石桥村", "neighbours.csv 第 3 行：村“王唐村”：不在行政村名册中"),
        ("王堂村,柳林村", "第 2 行：邻村“柳林村”：有几个村同名，请在村名前写乡镇"),
        ("王堂村,清溪镇石桥村", "第 2 行：邻村“清溪镇石桥村”：不在行政村名册中"),
        (f"{WANG},990112999999", "第 2 行：邻村“990112999999”：不在行政村名册中"),
        ("王堂村,", "第 2 行：邻村为空：请填写"),
        ("王堂村,王堂村", "第 2 行：村和邻村是同一个村"),
    ],
)
def test_a_wrong_line_is_named_with_its_row(
    tmp_path: Path, divisions: Divisions, lines: str, says: str
) -> None:
    with pytest.raises(NeighboursError, match=says):
        read(tmp_path, lines, divisions)


def test_a_file_without_its_columns_is_an_error(tmp_path: Path, divisions: Divisions) -> None:
    file = tmp_path / "neighbours.csv"
    file.write_text("村,邻村\n王堂村,石桥村\n", encoding="utf-8")
    with pytest.raises(NeighboursError, match="缺少列：village、neighbour"):
        read_neighbours([file], divisions)


def test_what_cannot_be_meant_here_is_passed_over(tmp_path: Path, divisions: Divisions) -> None:
    far = "990113101201,990113101202"
    assert read(tmp_path, f"{far}\n王堂村,石桥村", divisions) == {(WANG, STONE), (STONE, WANG)}
    assert read(tmp_path, f"石桥村,{STONE}\n石桥村,石板桥村", divisions) == set()
    assert read(tmp_path, "王唐村,石桥村", build_divisions(None)) == set()
    assert read(tmp_path, "", divisions) == set()
    assert read_neighbours([], divisions).is_empty()


def test_a_new_home_has_the_file_with_nothing_in_it(tmp_path: Path, divisions: Divisions) -> None:
    home = Home(tmp_path)
    made = make_home(home, "990112", "晴川县", CONTRACTS, dt.date(2021, 8, 30))
    files = home.declared.neighbour_files
    assert files == (tmp_path / "reference" / "neighbours.csv",)
    assert files[0] in made
    assert read_neighbours(files, divisions).is_empty()


def learnt(theirs: np.ndarray, ours: np.ndarray, of_township: int = 10) -> set[tuple[int, int]]:
    """What rows teach whose villages in the roster and in the list are these."""
    left, right = (
        pl.DataFrame({side: range(len(v)), "#village": v, "#township": v // of_township})
        for side, v in {"l": ours, "r": theirs}.items()
    )
    pairs = pl.DataFrame({side: range(len(ours)) for side in "lr"})
    return set(neighbours.mixed_up(left, right, pairs, declared()).iter_rows())


def drawn(seed: int, wrong: float, within: float) -> tuple[np.ndarray, np.ndarray]:
    """20,000 rows of 100 villages of unequal size; so many stand in another, wherever by chance."""
    rng = np.random.default_rng(seed)
    size = rng.dirichlet(np.full(100, 2.0))
    theirs = rng.choice(100, 20_000, p=size)
    stray = rng.choice(100, 20_000, p=size)
    near = theirs // 10 * 10 + rng.integers(0, 10, 20_000)
    other = np.where(rng.random(20_000) < within, near, stray)
    ours = np.where(rng.random(20_000) < wrong, other, theirs)
    return theirs, ours


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize(("wrong", "within"), [(0.01, 0.0), (0.1, 0.0), (0.05, 0.8), (0.3, 0.95)])
def test_nothing_is_learnt_from_chance(seed: int, wrong: float, within: float) -> None:
    """Not even where nearly all mistakes stay within the township."""
    assert learnt(*drawn(seed, wrong, within)) == set()


@pytest.mark.parametrize("pair", [(3, 7), (9, 10)], ids=["one township", "across a border"])
def test_two_villages_that_a_list_mixes_up_are_learnt(pair: tuple[int, int]) -> None:
    theirs, ours = drawn(1, 0.02, 0.5)
    one, other = pair
    confused = np.flatnonzero(theirs == one)[:14]
    ours[confused] = other
    assert learnt(theirs, ours) == {pair, pair[::-1]}
    few = np.flatnonzero(theirs == one)[:6]
    again = np.where(theirs == one, one, ours)
    again[few] = other
    assert learnt(theirs, again) == set()


def test_two_villages_of_their_own_township_are_not_more_than_chance() -> None:
    theirs = np.repeat([0, 1], 500)
    ours = theirs.copy()
    ours[:40] = 1
    assert learnt(theirs, ours, of_township=2) == set()


PEOPLE = random_population(6000, 3)


@pytest.fixture(scope="module")
def county() -> Population:
    columns = {c: PEOPLE[c] for c in PEOPLE.columns if c not in {"n", "true_id"}}
    return build_population(frame_of(ROSTER, columns, PEOPLE.height))


def listed(*, mixed: bool) -> tuple[pl.DataFrame, str]:
    """Everybody by number and name; and the last of a village without number, in its neighbour.

    With `mixed` twenty others of the village stand in the neighbour too.
    """
    sizes = PEOPLE.group_by("village_code").len().sort("len", "village_code")
    own, other = sizes["village_code"][0], sizes["village_code"][1]
    assert own[:9] != other[:9]
    rows = PEOPLE.select(
        "n",
        "name",
        "name_key",
        "village_code",
        "township_code",
        "birth_date",
        id_number="true_id",
    ).sort(pl.col("village_code") != own, "n")
    strays = pl.int_range(pl.len()) < (20 if mixed else 0)
    asked = pl.int_range(pl.len()) == 20
    placed = rows.with_columns(
        village_code=pl.when(strays | asked).then(pl.lit(other)).otherwise("village_code"),
        township_code=pl.when(strays | asked).then(pl.lit(other[:9])).otherwise("township_code"),
        id_number=pl.when(~asked).then("id_number"),
        birth_date=pl.when(asked).then("birth_date"),
    )
    columns = {c: placed[c] for c in placed.columns if c != "n"}
    frame = frame_of(CONTRACT, columns, placed.height)
    return frame, frame["record_id"][20]


def level_of(frame: pl.DataFrame, record: str, county: Population) -> str:
    links = link_dataset(frame, CONTRACT, county)
    row = links.told().filter(record_id=record).collect().row(0, named=True)
    if row["status"] == "unmatched":
        row = links.candidates.filter(record_id=record).row(0, named=True)
    told = json.loads(row["evidence"])["village"]
    assert ("邻村" in told["says"]) == (told["level"] == 6)
    return str(told["level"])


def test_what_a_list_mixes_up_counts_for_the_rows_in_doubt(county: Population) -> None:
    frame, record = listed(mixed=True)
    assert level_of(frame, record, county) == "6"
    plain, record = listed(mixed=False)
    assert level_of(plain, record, county) == "1"
    assert level_of(frame.reverse(), frame["record_id"][20], county) == "6"


def test_declared_neighbours_count_without_being_mixed_up(county: Population) -> None:
    frame, record = listed(mixed=False)
    sizes = PEOPLE.group_by("village_code").len().sort("len", "village_code")["village_code"]
    bordering = pl.DataFrame({"village": sizes[:2], "neighbour": sizes[:2].reverse()})
    assert level_of(frame, record, county.for_linking(bordering)) == "6"
    far = pl.DataFrame({"village": sizes[2:4], "neighbour": sizes[2:4].reverse()})
    assert level_of(frame, record, county.for_linking(far)) == "1"


def test_without_neighbours_the_side_is_as_it_was(county: Population) -> None:
    left = pl.DataFrame(
        {"l": [0], "#village": [1], "#township": [1]}, schema_overrides={"l": pl.UInt32}
    )
    none = pl.DataFrame(schema={"l": pl.UInt32, "r": pl.UInt32})
    for bordering in (None, pl.DataFrame(schema=dict.fromkeys(neighbours.HEADER, pl.String))):
        kept = neighbours.with_near(left, county.people, none, bordering, declared())
        assert kept.columns == left.columns
