"""recordlinkage: ours work through its API, and its stock pieces work in our place."""

import subprocess
import sys

import numpy as np
import pandas as pd
import polars as pl
import pytest
import recordlinkage
from recordlinkage.base import BaseClassifier, BaseCompareFeature, BaseIndexAlgorithm

from pipelines.linkage import learning, sides
from pipelines.linkage import recordlinkage_bridge as bridge
from pipelines.linkage.levels import FIELDS, declared
from pipelines.linkage.link import link_dataset
from pipelines.linkage.population import Population, build_population
from tests.linkage.county import CONTRACTS, ROSTER, frame_of, random_list, random_population

pytestmark = pytest.mark.unit

CONTRACT = CONTRACTS["civil_affairs.dibao"]


@pytest.fixture(scope="module")
def people() -> pl.DataFrame:
    return random_population(400, 5)


@pytest.fixture(scope="module")
def county(people: pl.DataFrame) -> Population:
    columns = {c: people[c] for c in people.columns if c not in {"n", "true_id"}}
    return build_population(frame_of(ROSTER, columns, people.height))


@pytest.fixture(scope="module")
def listed(people: pl.DataFrame) -> tuple[pl.DataFrame, pl.Series]:
    return random_list(people, CONTRACT, 0.8, 6)


def test_ours_through_the_toolkits_own_classes(
    county: Population, listed: tuple[pl.DataFrame, pl.Series]
) -> None:
    d = declared()
    left, right = sides.left(listed[0], CONTRACT), county.people
    index = bridge.BlockIndex(left, right, d)
    compare = bridge.LevelCompare(left, right, d)
    assert isinstance(index, BaseIndexAlgorithm)
    assert isinstance(compare, BaseCompareFeature)
    a, b = bridge.to_pandas(left, "l"), bridge.to_pandas(right, "r")
    pairs = index.index(a, b)
    assert isinstance(pairs, pd.MultiIndex)
    assert len(pairs) == index.positions().height
    a["l"], b["r"] = a.index, b.index
    vectors = recordlinkage.Compare([compare]).compute(pairs, a, b)
    assert list(vectors.columns) == list(FIELDS)
    ours = compare.levels(index.positions())
    assert np.array_equal(vectors.to_numpy(), ours.select(FIELDS).to_numpy())
    start = learning.train(
        left, right, ours.clear(), ours.clear().select(FIELDS), county.mates, d, 0
    )
    classifier = bridge.PatternClassifier(start, float(left.height * right.height))
    assert isinstance(classifier, BaseClassifier)
    found = classifier.fit_predict(vectors)
    assert 250 < len(found) < 350
    p = classifier.prob(vectors)
    assert p.between(0, 1).all()


def _right(county: Population, people: pl.DataFrame, listed: tuple[pl.DataFrame, pl.Series],
           toolkit: bridge.Toolkit | None) -> tuple[float, float]:  # fmt: skip
    """Precision and recall of a job, suspected links included."""
    frame, who = listed
    links = link_dataset(frame, CONTRACT, county, toolkit=toolkit).links
    rows = (
        frame_of(ROSTER, {"n": people["n"]}, people.height)
        .select("record_id")
        .with_columns(true=people["n"])
    )
    of_person = county.persons.select("person_id", "record_id").join(rows, on="record_id")
    joined = links.join(frame.select("record_id").with_columns(who=who), on="record_id").join(
        of_person.select("person_id", "true"), on="person_id", how="left"
    )
    linked = joined.filter(pl.col("status") != "unmatched")
    good = int((linked["who"] == linked["true"]).sum())
    return good / linked.height, good / joined.height


def _stock_index() -> recordlinkage.Index:
    index = recordlinkage.Index()
    index.block("key")
    index.block("village")
    return index


def _stock_compare() -> recordlinkage.Compare:
    compare = recordlinkage.Compare()
    compare.exact("key", "key", label="name")
    compare.exact("any_id", "any_id", label="id_number")
    compare.exact("sex", "sex", label="sex")
    compare.exact("village", "village", label="village")
    compare.exact("head_key", "head_key", label="family")
    return compare


@pytest.mark.parametrize("stock", ["none", "index", "compare", "classifier"])
def test_the_same_job_with_a_stock_piece_swapped_in(
    stock: str,
    county: Population,
    people: pl.DataFrame,
    listed: tuple[pl.DataFrame, pl.Series],
) -> None:
    made = {
        "index": _stock_index,
        "compare": _stock_compare,
        "classifier": lambda: recordlinkage.ECMClassifier(init="jaro"),
    }
    toolkit = bridge.Toolkit(**({} if stock == "none" else {stock: made[stock]()}))
    precision, recall = _right(county, people, listed, toolkit)
    # Stock pieces know no homophones, no damaged numbers, no missing values: they find less.
    assert precision > 0.97
    assert recall > (0.985 if stock == "none" else 0.9)


def test_ours_alone_never_import_the_toolkit() -> None:
    """It takes 160 MiB and most of a second, for classes that a round does not call."""
    program = (
        "import sys\n"
        "from tests.linkage.county import population\n"
        "from tests.linkage.village import ROWS, link\n"
        "link(population(ROWS), 'health.illnesses', {'name': '王建国'})\n"
        "print(*sorted({'recordlinkage', 'pandas', 'sklearn'} & set(sys.modules)))\n"
    )
    found = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True)
    assert found.stdout.decode().split() == []
