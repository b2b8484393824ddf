"""Models are learnt once and kept: the same weights round after round, until retrained."""

import datetime as dt
from pathlib import Path

import pytest

from pipelines.linkage import models
from pipelines.linkage.levels import Declared, declared
from pipelines.linkage.link import Linked, link_dataset
from pipelines.linkage.models import ModelError, Shelf, Trained
from pipelines.linkage.population import Population, build_population
from tests.linkage.county import CONTRACTS, ROSTER, frame_of, random_list, random_population

pytestmark = pytest.mark.unit

CONTRACT = CONTRACTS["civil_affairs.dibao"]
JULY, AUGUST, SEPTEMBER = (dt.date(2021, month, 1) for month in (7, 8, 9))
PEOPLE = random_population(400, 5)


@pytest.fixture(scope="module")
def county() -> Population:
    columns = {c: PEOPLE[c] for c in PEOPLE.columns if c not in {"n", "true_id"}}
    return build_population(frame_of(ROSTER, columns, PEOPLE.height))


def linked(county: Population, seed: int, trained: Trained | None = None) -> Linked:
    return link_dataset(
        random_list(PEOPLE, CONTRACT, 0.8, seed)[0], CONTRACT, county, trained=trained
    )


@pytest.fixture(scope="module")
def july(county: Population) -> Linked:
    return linked(county, 6)


def trained_of(made: Linked) -> Trained:
    assert made.trained is not None
    return made.trained


def test_a_kept_model_is_read_back_as_it_was(july: Linked, tmp_path: Path) -> None:
    learnt = trained_of(july)
    Shelf(tmp_path, JULY).keep(learnt)
    kept = Shelf(tmp_path, AUGUST).newest(declared())
    assert kept is not None
    assert kept.model.hash == learnt.model.hash
    assert (kept.learnt_in, kept.settled_pairs) == (JULY, learnt.settled_pairs)
    text = (tmp_path / "2021-07-01.json").read_text(encoding="utf-8")
    assert "姓名完全一致" in text
    assert list(tmp_path.iterdir()) == [tmp_path / "2021-07-01.json"]


def test_the_round_run_again_on_the_kept_model_gives_the_same(
    county: Population, july: Linked, tmp_path: Path
) -> None:
    Shelf(tmp_path, JULY).keep(trained_of(july))
    kept = Shelf(tmp_path, JULY).newest(declared())
    assert kept is not None
    again = linked(county, 6, kept)
    assert again.trained is kept
    assert again.links.equals(july.links)
    assert again.candidates.equals(july.candidates)


def test_the_next_round_uses_the_kept_model(county: Population, july: Linked) -> None:
    enough = Trained(trained_of(july).model, declared().settings.retrain_below)
    kept = linked(county, 7, enough)
    assert kept.trained is enough
    assert set(kept.links["model_hash"]) == {enough.model.hash}
    assert trained_of(linked(county, 7)).model.hash != enough.model.hash


def test_a_model_of_few_pairs_gives_way_once_there_are_more(
    county: Population, july: Linked
) -> None:
    few = Trained(trained_of(july).model, 10)
    assert linked(county, 7, few).trained is not few
    as_many = Trained(few.model, trained_of(july).settled_pairs)
    assert linked(county, 6, as_many).trained is as_many


def test_a_round_sees_no_model_of_a_later_one(july: Linked, tmp_path: Path) -> None:
    learnt = trained_of(july)
    for round_ in (JULY, SEPTEMBER):
        Shelf(tmp_path, round_).keep(learnt)
    found = Shelf(tmp_path, AUGUST).newest(declared())
    assert found is not None
    assert found.learnt_in == JULY
    assert Shelf(tmp_path, JULY - dt.timedelta(days=1)).newest(declared()) is None


def test_other_levels_or_the_wish_to_retrain_pass_a_model_over(
    july: Linked, tmp_path: Path
) -> None:
    Shelf(tmp_path, JULY).keep(trained_of(july))
    assert Shelf(tmp_path, JULY, retrain=True).newest(declared()) is None
    settings = declared().settings.model_copy(update={"pseudo_pairs": 7.0})
    other: Declared = declared().model_copy(update={"settings": settings})
    assert Shelf(tmp_path, JULY).newest(other) is None


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("2021-07-01.json", "{}", "请删除它"),
        ("2021-07-01.json", "not json", "请删除它"),
        ("july.json", "{}", "2021-08-30.json"),
    ],
)
def test_a_broken_file_is_named_and_not_passed_over(
    tmp_path: Path, name: str, content: str, says: str
) -> None:
    (tmp_path / name).write_text(content, encoding="utf-8")
    with pytest.raises(ModelError, match=says) as found:
        Shelf(tmp_path, AUGUST).newest(declared())
    assert str(tmp_path / name) in str(found.value)


def test_every_level_is_told_with_its_sentence_and_weight(july: Linked) -> None:
    model = trained_of(july).model
    told = models.described(model)
    assert list(told) == list(model.declared.names)
    assert told["name"]["9"]["says"] == "姓名完全一致"
    assert told["name"]["9"]["bits"] > 5 > told["name"]["1"]["bits"]
