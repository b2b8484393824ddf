"""Datasets are worked on two at a time, and given by their size, villages first."""

import threading

import pytest

from pipelines.contracts import Contract, Contracts
from pipelines.standardise.datasets import VILLAGES, each_dataset
from pipelines.standardise.divisions import Divisions, build_divisions
from tests.standardise.records import contracts

SIZES = {"roster.population": 200_000, "health.deaths": 900, VILLAGES: 300_000}
LARGEST_FIRST = ["roster.population", "health.deaths"]


def test_villages_come_first_and_their_gazetteer_goes_to_all_others() -> None:
    known: Contracts = contracts()
    gazetteer = build_divisions(None)
    given: dict[str, Divisions | None] = {}

    def work(contract: Contract, divisions: Divisions | None) -> str:
        given[contract.dataset] = divisions
        return contract.title

    done = list(each_dataset(known, work, lambda _: gazetteer, SIZES))
    small = [name for name in known if name not in SIZES]
    others = [*LARGEST_FIRST, *small]
    assert [contract.dataset for contract, _ in done] == [VILLAGES, *others]
    assert all(result == contract.title for contract, result in done)
    assert given[VILLAGES] is None
    assert all(given[name] is gazetteer for name in others)


def test_two_are_worked_on_at_once() -> None:
    both = threading.Barrier(2, timeout=30)

    def work(contract: Contract, _: Divisions | None) -> None:
        if contract.dataset in {"civil_affairs.dibao", "civil_affairs.disability"}:
            both.wait()

    done = list(each_dataset(contracts(), work, lambda _: build_divisions(None), SIZES))
    assert len(done) == len(contracts())


def test_an_error_comes_out_where_its_dataset_would() -> None:
    def work(contract: Contract, _: Divisions | None) -> None:
        if contract.dataset == "health.deaths":
            raise ValueError(contract.dataset)

    seen = each_dataset(contracts(), work, lambda _: build_divisions(None), SIZES)
    before = [VILLAGES, "roster.population"]
    assert [next(seen)[0].dataset for _ in before] == before
    with pytest.raises(ValueError, match=r"health\.deaths"):
        next(seen)
