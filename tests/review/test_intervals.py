"""Intervals against their definition, and the arithmetic of sums and shares."""

import math

import pytest
from scipy.stats import hypergeom

from pipelines.review.intervals import Between, added, share, total_of

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(("seen", "asked", "of"), [(3, 10, 40), (0, 5, 12), (5, 5, 12), (7, 9, 9)])
def test_the_ends_are_the_last_totals_that_the_sample_does_not_rule_out(
    seen: int, asked: int, of: int
) -> None:
    possible = [
        total
        for total in range(seen, of - asked + seen + 1)
        if hypergeom.sf(seen - 1, of, total, asked) > 0.025
        and hypergeom.cdf(seen, of, total, asked) > 0.025
    ]
    assert total_of(seen, asked, of, 0.95) == (min(possible), max(possible))


def test_what_was_asked_whole_is_known_and_what_was_not_asked_is_open() -> None:
    assert total_of(7, 9, 9, 0.95) == (7, 7)
    assert total_of(0, 0, 30, 0.95) == (0, 30)


def test_what_nobody_could_tell_counts_both_ways() -> None:
    low, high = total_of(8, 8, 20, 0.95)
    lower, higher = total_of(8, 8, 20, 0.95, unsure=4)
    assert lower < low
    assert higher == high == 20
    assert total_of(4, 8, 20, 0.95, unsure=12) == (4, 16)


def test_distances_add_in_squares_but_not_where_nobody_was_asked() -> None:
    one, two = Between(10, 7, 12), Between(20, 16, 25)
    assert added([one, two]) == Between(30, 25, 30 + math.hypot(2, 5))
    opened = Between(5, 0, 9, unasked=True)
    assert added([one, opened, opened]) == Between(20, 7, 30)
    assert added([]) == Between(0, 0, 0)


def test_a_share_is_smallest_with_the_part_small_and_the_rest_large() -> None:
    found = share(Between(80, 60, 90), Between(20, 10, 40))
    assert (found.value, found.low, found.high) == (0.8, 0.6, 0.9)
    assert share(Between(0, 0, 0), Between(0, 0, 0)).value == 1.0
