"""A round's datasets: the list of villages first, then three at a time, the largest first.

The villages of every other dataset are resolved against the county's list of villages. The others
do not depend on each other; polars leaves cores idle between its steps, and other datasets use
them. No more than a few stand in memory beside those that are wanted.
"""

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
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
    """Give every contract with what `work` makes of its dataset: villages, then by size.

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
    waiting: deque[tuple[Contract, Future[T]]] = deque()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for contract in others:
            waiting.append((contract, pool.submit(work, contract, divisions)))
            if len(waiting) > AT_ONCE:
                first, done = waiting.popleft()
                yield first, done.result()
        for contract, done in waiting:
            yield contract, done.result()
