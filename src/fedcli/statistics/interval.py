"""Arithmetic on numbers that are known only to lie between two ends.

Ends are rounded outwards by one unit in the last place, so that an interval that held the truth
still holds it after the arithmetic.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

from fedcli.model.cells import About, Cell, Gap, Number

INFINITY = math.inf


class Span(NamedTuple):
    """The closed interval from `low` to `high`; the ends may be infinite."""

    low: float
    high: float

    def __add__(self, other: object) -> Span:
        """All sums of a number of one and a number of the other."""
        if not isinstance(other, Span):
            return NotImplemented
        return Span(self.low + other.low, self.high + other.high)

    def distance(self, other: Span) -> Span:
        """The least and the largest distance between a number of each."""
        apart = max(0.0, self.low - other.high, other.low - self.high)
        return Span(apart, max(abs(self.high - other.low), abs(other.high - self.low)))


def span(cell: Cell, error: float = 0.0) -> Span:
    """The interval of a cell; a number that was rounded may be off by an error."""
    if isinstance(cell, Gap):
        return Span(-INFINITY if cell.low is None else cell.low, INFINITY if cell.high is None else cell.high)
    if isinstance(cell, About):
        return Span(cell.low, cell.high)
    if cell is None:
        return Span(-INFINITY, INFINITY)
    return Span(cell - error, cell + error)


def half_unit(number: Number, digits: int) -> float:
    """Half a unit of the last of so many significant digits."""
    return 0.0 if number == 0 else 0.5 * 10.0 ** (math.floor(math.log10(abs(number))) - digits + 1)


def gap(interval: Span, least: float = -INFINITY, most: float = INFINITY) -> Gap:
    """The interval as a cell, its ends rounded outwards, but not beyond the possible values."""
    low = max(least, math.nextafter(interval.low, -INFINITY))
    high = min(most, math.nextafter(interval.high, INFINITY))
    return Gap(low=_finite(low, float), high=_finite(high, float))


def whole_gap(interval: Span) -> Gap:
    """The interval of a count as a cell: sums of small whole numbers are exact."""
    return Gap(low=_finite(interval.low, int), high=_finite(interval.high, int))


def value_of(cell: Cell) -> Number | None:
    """The number of a cell that has one."""
    return cell.value if isinstance(cell, About) else cell if isinstance(cell, int | float) else None


def about(
    value: Number, interval: Span, least: float = -INFINITY, most: float = INFINITY, whole: bool = False
) -> Cell:
    """A number with its interval; the number alone where it is known, the interval where that is open."""
    if interval.low == interval.high == value:
        return value
    return within(whole_gap(interval) if whole else gap(interval, least, most), value)


def within(ends: Gap, value: Number | None) -> Cell:
    """An interval with a number in it; the interval alone where there is none, or an end is open."""
    if value is None or ends.low is None or ends.high is None:
        return ends
    return About(value=min(max(value, ends.low), ends.high), low=ends.low, high=ends.high)


def _finite(end: float, of: type[int] | type[float]) -> Number | None:
    return of(end) if math.isfinite(end) else None


def add(left: Cell, right: Cell) -> Cell:
    """The sum of two counts, an interval where either is."""
    if isinstance(left, int | float) and isinstance(right, int | float):
        return left + right
    one, other = value_of(left), value_of(right)
    if one is None or other is None:
        return whole_gap(span(left) + span(right))
    return about(one + other, span(left) + span(right), whole=True)


def mixed(weight: Span, left: Span, right: Span) -> Span:
    """All of w·l + (1 - w)·r: linear in w, so its ends lie at the ends of w."""
    low = min(_mix(w, left.low, right.low) for w in weight)
    high = max(_mix(w, left.high, right.high) for w in weight)
    return Span(low, high)


def _mix(weight: float, left: float, right: float) -> float:
    if weight in (0.0, 1.0):  # infinite ends with no weight do not count
        return left if weight else right
    return weight * left + (1 - weight) * right


def share(n: float, others: float) -> float:
    """N / (n + others), at infinity too."""
    if n == 0:
        return 0.0
    if math.isinf(n):
        return 1.0
    return n / (n + others)


def mapped(function: Callable[[float], float], cell: Cell) -> Cell:
    """A growing function, never negative, of a cell; nothing stays nothing."""
    if cell is None:
        return None
    if isinstance(cell, int | float):
        return function(cell)
    ends = gap(Span(*(end if math.isinf(end) else function(end) for end in span(cell))), least=0.0)
    number = value_of(cell)
    return within(ends, None if number is None else function(number))


def quotient(cell: Cell, by: Cell, less: int = 0) -> Cell:
    """A non-negative number over a positive count, `cell / (by - less)`."""
    if isinstance(cell, int | float) and isinstance(by, int | float):
        return cell / (by - less)
    if cell is None:
        return None
    top, bottom = span(cell), span(by)
    most = max(bottom.low - less, 1)  # where a variance exists, there are at least two values
    least = bottom.high - less
    ends = gap(Span(0.0 if math.isinf(least) else top.low / max(least, 1), top.high / most), least=0.0)
    number, number_by = value_of(cell), value_of(by)
    told = number is not None and number_by is not None and number_by > less
    return within(ends, number / (number_by - less) if told else None)  # type: ignore[operator]
