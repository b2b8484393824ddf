"""A round's datasets: the list of villages first, then three at a time, the largest first.

The villages of every other dataset are resolved against the county's list of villages. The others
do not depend on each other; polars leaves cores idle between its steps, and other datasets use
them. None waits for a larger one, and no more than a few stand in memory beside those that are
wanted.
"""

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import TypeVar

from pipelines.contracts import Contract, Contracts
from pipelines.standardise.divisions import Divisions

VILLAGES = "roster.villages"
"""The dataset that every other one's villages are resolved against."""

AT_ONCE = 3
"""Datasets worked on at the same time."""

T = TypeVar("T")


def each_dataset(
    contracts: Contracts,
    work: Callable[[Contract, Divisions | None], T],
    gazetteer: Callable[[T], Divisions],
    rows: Mapping[str, int],
) -> Iterator[tuple[Contract, T]]:
    """Give every contract with what `work` makes of its dataset: villages, then as they are done.

    The largest are begun first, so that in the end no core waits for one of them.

    Args:
        contracts: All contracts.
        work: Makes a dataset clean; called from several threads, for villages without a gazetteer.
        gazetteer: Makes the gazetteer of what `work` gave for the list of villages.
        rows: Dataset to its number of rows; one that is not there has none.
    """
    villages = contracts[VILLAGES]
    listed = work(villages, None)
    divisions = gazetteer(listed)
    yield villages, listed
    others = [c for c in contracts.values() if c.dataset != VILLAGES]
    others.sort(key=lambda c: rows.get(c.dataset, 0), reverse=True)
    working: dict[Future[T], Contract] = {}
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for contract in others:
            if len(working) > AT_ONCE:  # one waits, so that no thread does
                yield from _done(working)
            working[pool.submit(work, contract, divisions)] = contract
        while working:
            yield from _done(working)


def _done(working: dict[Future[T], Contract]) -> Iterator[tuple[Contract, T]]:
    """Wait for the next, and take what is done by then from `working`."""
    done, _ = wait(working, return_when=FIRST_COMPLETED)
    for future in [future for future in working if future in done]:
        yield working.pop(future), future.result()
