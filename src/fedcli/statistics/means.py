"""Whether two groups have one mean, from n, mean and m2 (sum of squared deviations) of each.

Student's t has a pooled variance, Welch's (1947) has Satterthwaite's degrees of freedom. Effect sizes are
Cohen's d, in units of the pooled deviation, and Hedges' g, with his exact correction (1981, equation 6e).

Beside hidden cells, and numbers that left at a few digits, a figure lies between what it can be where the
difference, and its variance, are at their own ends.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import NamedTuple, TypeAlias

from fedcli.model.cells import Cell
from fedcli.statistics import tails
from fedcli.statistics.contrast import over
from fedcli.statistics.figures import ANYTHING, POSITIVE, SHARE, figure
from fedcli.statistics.interval import Span, about, span
from fedcli.statistics.moments import Part

_TWO = 2.0


class Difference(NamedTuple):
    """The test that the means are equal; the first less the second, with the ends of its 95 % interval."""

    statistic: Cell
    df: Cell
    p_value: Cell
    difference: Cell
    conf_low: Cell
    conf_high: Cell


class Two(NamedTuple):
    """The numbers of two groups."""

    n: float
    mean: float
    m2: float
    other_n: float
    other_mean: float
    other_m2: float

    @property
    def apart(self) -> float:
        """The first mean less the second."""
        return self.mean - self.other_mean

    @property
    def both(self) -> float:
        """How many there are."""
        return self.n + self.other_n

    @property
    def pooled(self) -> float | None:
        """The variance within both groups; none of fewer than three values, or without any spread."""
        return (self.m2 + self.other_m2) / (self.both - 2) or None if self.both > 2 else None


#: The variance of the difference, and the degrees of freedom that it has; None where there is none.
Error: TypeAlias = Callable[[Two], tuple[float, float] | None]
Parts: TypeAlias = tuple[Part, Part]


def welch(parts: Parts) -> Difference:
    """With the variance of each group for itself."""
    n, m2 = _sizes(parts, 2.0), _squares(parts)
    low, high = (
        sum(one[end] / (of[1 - end] * (of[1 - end] - 1)) for one, of in zip(m2, n, strict=True))
        for end in (0, 1)
    )
    return _difference(parts, _welch, Span(low, high), _satterthwaite(parts))


def student(parts: Parts) -> Difference:
    """With one variance for both groups."""
    n, pooled = _sizes(parts, 1.0), _pooled(parts)
    low, high = (pooled[end] * sum(1 / of[1 - end] for of in n) for end in (0, 1))
    degrees = Span(*(max(sum(of[end] for of in n) - 2, 1.0) for end in (0, 1)))
    return _difference(parts, _student, Span(low, high), degrees)


def cohens_d(parts: Parts) -> Cell:
    """The difference in pooled standard deviations."""
    return _figure(_cohens_d, parts, ANYTHING, over(_apart(parts), _pooled(parts)))


def hedges_g(parts: Parts) -> Cell:
    """Cohen's d without its bias: nearer to zero, by a factor that the sizes decide."""
    (low, high), factor = over(_apart(parts), _pooled(parts)), _unbiased(parts)
    least = low * (factor.high if low < 0 else factor.low)
    most = high * (factor.low if high < 0 else factor.high)
    return _figure(_hedges_g, parts, ANYTHING, Span(least, most))


def _difference(parts: Parts, error: Error, variance: Span, degrees: Span) -> Difference:
    """The test by an error, whose variance and degrees of freedom lie between some ends."""
    apart = _apart(parts)
    t = over(apart, variance)
    kinds = (ANYTHING, POSITIVE, SHARE, ANYTHING, ANYTHING, ANYTHING)
    ends = (t, degrees, _p(t, degrees), apart, *_confidence(apart, variance, degrees))
    cells = (
        _figure(partial(_tested, error, at), parts, *known)
        for at, known in enumerate(zip(kinds, ends, strict=True))
    )
    return Difference(*cells)


def _figure(formula: Callable[[Two], float | None], parts: Parts, possible: Span, ends: Span) -> Cell:
    """A figure of two groups; nothing where one has no value."""
    cells = [cell for part in parts for cell in _known(part)]
    return None if None in cells else figure(lambda told: formula(Two(*told)), cells, possible, ends)


def _tested(error: Error, at: int, two: Two) -> float | None:
    """One field of `Difference`."""
    found = error(two)
    if found is None:
        return None
    deviation, degrees = math.sqrt(found[0]), found[1]
    t = two.apart / deviation
    half = tails.student_quantile(degrees) * deviation
    told = t, degrees, tails.student(t, degrees), two.apart, two.apart - half, two.apart + half
    return told[at]


def _welch(two: Two) -> tuple[float, float] | None:
    if min(two.n, two.other_n) < _TWO or not two.m2 + two.other_m2 > 0:
        return None
    groups = (two.n, two.m2), (two.other_n, two.other_m2)
    squares = [m2 / (n * (n - 1)) for n, m2 in groups]
    below = (square**2 / (n - 1) for square, (n, _) in zip(squares, groups, strict=True))
    return sum(squares), sum(squares) ** 2 / sum(below)


def _student(two: Two) -> tuple[float, float] | None:
    if two.pooled is None:
        return None
    return two.pooled * (1 / two.n + 1 / two.other_n), two.both - 2


def _cohens_d(two: Two) -> float | None:
    return None if two.pooled is None else two.apart / math.sqrt(two.pooled)


def _hedges_g(two: Two) -> float | None:
    """Times gamma(df / 2) / (sqrt(df / 2) gamma((df - 1) / 2))."""
    d, degrees = _cohens_d(two), two.both - 2
    return None if d is None or degrees < _TWO else d * _factor(degrees)


def _factor(degrees: float) -> float:
    """Hedges' correction, which grows to one."""
    from scipy import special

    return float(special.poch((degrees - 1) / 2, 0.5)) / math.sqrt(degrees / 2)


def _unbiased(parts: Parts) -> Span:
    """Where Hedges' correction lies."""
    low, high = (sum(of[end] for of in _sizes(parts, 1.0)) - 2 for end in (0, 1))
    return Span(_factor(low) if low >= _TWO else 0.0, 1.0 if math.isinf(high) else _factor(max(high, _TWO)))


def _sizes(parts: Parts, least: float) -> list[Span]:
    """How many there can be where there is a test."""
    return [Span(*(max(end, least) for end in span(part.n))) for part in parts]


def _squares(parts: Parts) -> list[Span]:
    return [Span(*(max(end, 0.0) for end in span(part.m2, part.m2_error))) for part in parts]


def _apart(parts: Parts) -> Span:
    """Where the difference lies, rounding included."""
    one, other = (span(part.mean, part.mean_error) for part in parts)
    return Span(one.low - other.high, one.high - other.low)


def _pooled(parts: Parts) -> Span:
    """Where the variance within both groups lies."""
    n, m2 = sum(_sizes(parts, 1.0), Span(0.0, 0.0)), sum(_squares(parts), Span(0.0, 0.0))
    return Span(m2.low / max(n.high - 2, 1.0), m2.high / max(n.low - 2, 1.0))


def _satterthwaite(parts: Parts) -> Span:
    """Welch's degrees of freedom are between those of the smaller group and those of both."""
    one, other = _sizes(parts, _TWO)
    return Span(max(min(one.low, other.low) - 1, 1.0), max(one.high + other.high - 2, 1.0))


def _known(part: Part) -> tuple[Cell, Cell, Cell]:
    """What is known of a group: a number that left at a few digits stands for all that round to it."""
    mean, m2 = (
        about(cell, span(cell, error)) if isinstance(cell, int | float) else cell
        for cell, error in ((part.mean, part.mean_error), (part.m2, part.m2_error))
    )
    return part.n, mean, m2


def _confidence(apart: Span, variance: Span, degrees: Span) -> tuple[Span, Span]:
    """Where both ends of the 95 % interval lie: its half grows with the error, and with fewer degrees."""
    if math.isinf(apart.high - apart.low + variance.high + degrees.high):
        return ANYTHING, ANYTHING
    ends = zip(variance, reversed(degrees), strict=True)
    least, most = (tails.student_quantile(df) * math.sqrt(max(end, 0.0)) for end, df in ends)
    return Span(apart.low - most, apart.high - least), Span(apart.low + least, apart.high + most)


def _p(t: Span, degrees: Span) -> Span:
    """The tails grow as the statistic nears zero, and with fewer degrees of freedom."""
    near = Span(0.0, 0.0).distance(t)
    least = 0.0 if math.isinf(near.high + degrees.high) else tails.student(near.high, degrees.high)
    return Span(least, 1.0 if math.isinf(near.low) else tails.student(near.low, degrees.low))
