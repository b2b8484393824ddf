"""Intervals for shares that were seen in samples, and for sums and ratios of them."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

from scipy.stats import hypergeom


@dataclass(frozen=True)
class Between:
    """A figure with the interval around it."""

    value: float
    low: float
    high: float
    unasked: bool = False
    """The ends are what could be, and no confidence stands behind them."""

    @property
    def width(self) -> float:
        """From end to end."""
        return self.high - self.low


def total_of(seen: int, asked: int, of: int, confidence: float, unsure: int = 0) -> tuple[int, int]:
    """Give between which numbers of `of` pairs are right when `seen` of `asked` drawn ones are.

    Clopper and Pearson's interval for a sample drawn without replacement: the hypergeometric tails
    are inverted, so a stratum that was asked whole has an interval of width 0. What nobody could
    tell counts as wrong for the lower end and as right for the upper one.

    Args:
        seen: Pairs found right.
        asked: Pairs found right or wrong.
        of: Pairs in the stratum, the asked ones included.
        confidence: Of the interval, between 0 and 1.
        unsure: Pairs that people could not decide.
    """
    tail = (1.0 - confidence) / 2.0
    drawn = asked + unsure
    low = _least(seen, drawn, of, tail)
    wrong = _least(asked - seen, drawn, of, tail)
    return low, of - wrong


def _least(seen: int, drawn: int, of: int, tail: float) -> int:
    """The smallest number of marked pairs under which `seen` or more is not improbable."""
    low, high = seen, of - drawn + seen
    while low < high:
        middle = (low + high) // 2
        if hypergeom.sf(seen - 1, of, middle, drawn) > tail:
            high = middle
        else:
            low = middle + 1
    return low


def added(parts: Iterable[Between]) -> Between:
    """Give the sum of independent figures.

    The distances to the ends are added in squares (MOVER: Zou and Donner 2008, Statistics in
    Medicine 27, 1693), not the ends themselves: not all strata err the same way at once. Of what
    nobody was asked about the ends are added as they are: there is nothing to average out.
    """
    value = below = above = 0.0
    squares_below = squares_above = 0.0
    for part in parts:
        value += part.value
        if part.unasked:
            below += part.value - part.low
            above += part.high - part.value
        else:
            squares_below += (part.value - part.low) ** 2
            squares_above += (part.high - part.value) ** 2
    return Between(
        value, value - below - math.sqrt(squares_below), value + above + math.sqrt(squares_above)
    )


def share(part: Between, rest: Between) -> Between:
    """Give ``part / (part + rest)`` of two figures that are not negative.

    It is smallest where `part` is small and `rest` is large, so the ends of both give its ends; the
    confidence is at least theirs.
    """

    def at(a: float, b: float) -> float:
        return a / (a + b) if a + b > 0 else 1.0

    low = at(max(part.low, 0.0), rest.high)
    return Between(at(part.value, rest.value), low, at(part.high, max(rest.low, 0.0)))
