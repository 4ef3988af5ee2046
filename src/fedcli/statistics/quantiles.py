"""Quantiles from counts in bins: the bin that a quantile lies in, and a place within it.

The p-quantile is that of the inverse of the empirical distribution function: the smallest value that at least
a share p of all values do not exceed. Of N values, with A in the bins before, c in a bin and B after it, the
quantile is in that bin where A < p N <= A + c. The bin is thus known for certain from its counts; where
in it the quantile lies is not, and is told as if its values were spread evenly.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from itertools import accumulate
from typing import NamedTuple

from fedcli.model.cells import Cell, Gap, Number
from fedcli.statistics.bins import Ends
from fedcli.statistics.interval import Span, gap, span, value_of, within


class Found(NamedTuple):
    """A quantile: its interpolated value, and the ends of the bins in which it must lie (None: open)."""

    value: Cell
    low: Number | None
    high: Number | None


#: Nobody has a value, or it cannot be known whether anybody has.
NOWHERE = Found(None, None, None)


def quantile(cells: Sequence[Cell], ends: Sequence[Ends], at: float) -> Found:
    """The quantile at a share, from the counts of all bins in order.

    In a bin with an open end there is no value. Where counts are intervals, the value is one too, and the
    ends are those of all bins in which the quantile can lie.
    """
    share = Fraction(repr(at))
    numbers = [value_of(cell) for cell in cells]
    known = [number for number in numbers if number is not None]
    value, place = _exact(nonnegative(known), ends, share) if len(known) == len(cells) else (None, None)
    if all(isinstance(cell, int | float) for cell in cells):
        return NOWHERE if place is None else Found(value, *ends[place])
    counts = [_count(cell) for cell in cells]
    places = [place for place in range(len(cells)) if _possible(counts, place, share)]
    if not places:
        return NOWHERE
    low, high = ends[places[0]][0], ends[places[-1]][1]
    inside = Gap(low=low, high=high)
    if len(places) == 1 and low is not None and high is not None:
        inside = gap(_reach(counts, places[0], share, low, high), float(low), float(high))
    return Found(within(inside, value), low, high)


def nonnegative(counts: Sequence[Number]) -> tuple[Number, ...]:
    """The nearest counts that are not below zero and have the same sum, or none where that is below zero.

    In the L2 norm: all counts less one number, those below it zero (Duchi, Shalev-Shwartz, Singer and
    Chandra 2008, figure 1). Counts of which none is below zero stay as they are.
    """
    total = sum(counts)
    if all(count >= 0 for count in counts):
        return tuple(counts)
    if total <= 0:
        return (0,) * len(counts)
    ordered = sorted(counts, reverse=True)
    levels = [(whole - total) / (at + 1) for at, whole in enumerate(accumulate(ordered))]
    level = next(one for number, one in reversed(list(zip(ordered, levels, strict=True))) if number > one)
    return tuple(max(0.0, count - level) for count in counts)


def _exact(
    counts: Sequence[Number], ends: Sequence[Ends], share: Fraction
) -> tuple[float | None, int | None]:
    """The interpolated value and the bin; no bin where there is nobody."""
    wanted = share.numerator * sum(counts)
    if not wanted:
        return None, None
    upto = list(accumulate(counts))
    upto[-1] = sum(counts)
    place = next(at for at, whole in enumerate(upto) if whole * share.denominator >= wanted)
    low, high = ends[place]
    if low is None or high is None:
        return None, place
    inside = 1 - (upto[place] - wanted / share.denominator) / counts[place]
    return low + (high - low) * min(max(inside, 0.0), 1.0), place


def _count(cell: Cell) -> Span:
    """Where a count can lie; none is below zero."""
    low, high = span(cell)
    return Span(max(low, 0.0), high)


def _around(counts: Sequence[Span], place: int) -> tuple[Span, Span]:
    """How many values can be in the bins before a bin, and in those after it."""
    nobody = Span(0.0, 0.0)
    return sum(counts[:place], nobody), sum(counts[place + 1 :], nobody)


def _possible(counts: Sequence[Span], place: int, share: Fraction) -> bool:
    """Whether there are counts with which the quantile is in a bin; the more are in it, the sooner.

    A < p N is (1 - p) A < p (c + B), and p N <= A + c is p B <= (1 - p) (A + c).
    """
    before, after = _around(counts, place)
    most, less, more = counts[place].high, share.numerator, share.denominator - share.numerator
    return (
        most > 0
        and more * before.low < less * (most + after.high)
        and less * after.low <= more * (before.high + most)
    )


def _reach(counts: Sequence[Span], place: int, share: Fraction, low: Number, high: Number) -> Span:
    """Where in its bin the interpolated value can lie.

    It is (p N - A) / c of the way, which is p + (p B - (1 - p) A) / c.
    """
    before, after = _around(counts, place)
    p = float(share)
    least = p + _over(p * after.low - (1 - p) * before.high, counts[place])
    most = p + _over(p * after.high - (1 - p) * before.low, Span(*reversed(counts[place])))
    width = float(high) - float(low)
    return Span(low + width * min(max(least, 0.0), 1.0), low + width * min(max(most, 0.0), 1.0))


def _over(number: float, count: Span) -> float:
    """A number over the first end of a count where it is below zero, else over the other one."""
    by = count.low if number < 0 else count.high
    if math.isinf(number) or by == 0:
        return math.copysign(math.inf, number) if number else 0.0
    return number / by
