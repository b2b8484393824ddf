"""Datasets are worked on a few at a time, the largest begun first, and given as they are done."""

import threading
import time

import pytest

from pipelines.contracts import Contract, Contracts
from pipelines.standardise.datasets import AT_ONCE, VILLAGES, each_dataset
from pipelines.standardise.divisions import Divisions, build_divisions
from tests.standardise.records import contracts

LARGEST = "roster.population"
SIZES = {LARGEST: 200_000, "health.deaths": 900, VILLAGES: 300_000}


def test_villages_come_first_and_their_gazetteer_goes_to_all_others() -> None:
    known: Contracts = contracts()
    gazetteer = build_divisions(None)
    given: dict[str, Divisions | None] = {}

    def work(contract: Contract, divisions: Divisions | None) -> str:
        given[contract.dataset] = divisions
        return contract.title

    done = list(each_dataset(known, work, lambda _: gazetteer, SIZES))
    assert done[0][0].dataset == VILLAGES
    assert {contract.dataset for contract, _ in done} == set(known)
    assert len(done) == len(known)
    assert all(result == contract.title for contract, result in done)
    assert given[VILLAGES] is None
    assert all(given[name] is gazetteer for name in known if name != VILLAGES)


def test_the_largest_are_begun_first() -> None:
    begun: list[str] = []

    def work(contract: Contract, _: Divisions | None) -> None:
        begun.append(contract.dataset)

    list(each_dataset(contracts(), work, lambda _: build_divisions(None), SIZES))
    assert begun[0] == VILLAGES
    assert set(begun[1:3]) == {LARGEST, "health.deaths"}


def test_one_that_takes_long_holds_up_no_other() -> None:
    others_given = threading.Event()

    def work(contract: Contract, _: Divisions | None) -> bool:
        return contract.dataset != LARGEST or others_given.wait(timeout=30)

    given: list[str] = []
    for contract, in_time in each_dataset(
        contracts(), work, lambda _: build_divisions(None), SIZES
    ):
        assert in_time, f"{contract.dataset} was waited for"
        given.append(contract.dataset)
        if len(given) == len(contracts()) - 1:
            others_given.set()
    assert given[-1] == LARGEST


def test_two_are_worked_on_at_once() -> None:
    both = threading.Barrier(2, timeout=30)

    def work(contract: Contract, _: Divisions | None) -> None:
        if contract.dataset in {"civil_affairs.dibao", "civil_affairs.disability"}:
            both.wait()

    done = list(each_dataset(contracts(), work, lambda _: build_divisions(None), SIZES))
    assert len(done) == len(contracts())


def test_few_are_begun_before_they_are_wanted() -> None:
    begun: list[str] = []

    def work(contract: Contract, _: Divisions | None) -> None:
        begun.append(contract.dataset)

    seen = each_dataset(contracts(), work, lambda _: build_divisions(None), SIZES)
    next(seen), next(seen)
    time.sleep(0.5)  # what has been handed to a thread has been begun by now
    assert len(begun) <= AT_ONCE + 2


def test_an_error_comes_out() -> None:
    def work(contract: Contract, _: Divisions | None) -> None:
        if contract.dataset == "health.deaths":
            raise ValueError(contract.dataset)

    with pytest.raises(ValueError, match=r"health\.deaths"):
        list(each_dataset(contracts(), work, lambda _: build_divisions(None), SIZES))
