"""Standardised differences between two groups, of a mean and of the shares of levels.

A difference in units of the groups' own spread does not grow with their size, so it tells how alike
groups are and not how many persons there are: Austin (2009), "Balance diagnostics for comparing the
distribution of baseline covariates", Statistics in Medicine 28, section 2. For a column with several
levels it is the Mahalanobis distance of the shares: Yang and Dalton (2012), "A unified approach to
measuring the effect size between two groups using SAS", SAS Global Forum, paper 335.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction

from fedcli.model.cells import About, Cell, Gap
from fedcli.statistics.interval import INFINITY, Span, gap, quotient, share, span, value_of, within
from fedcli.statistics.moments import Part, variance


def of_means(reference: Part, other: Part) -> Cell:
    """(m1 - m0) / sqrt((v1 + v0) / 2); nothing where there is no spread, an interval beside a gap."""
    spreads = [variance(part.n, part.m2) for part in (reference, other)]
    match reference.mean, other.mean, *spreads:
        case (int() | float() as m0, int() | float() as m1, int() | float() as v0, int() | float() as v1):
            return (m1 - m0) / math.sqrt((v1 + v0) / 2) if v1 + v0 > 0 else None
    if any(cell is None for cell in (reference.mean, other.mean, *spreads)):
        return None
    from_, to = (span(part.mean, part.mean_error) for part in (reference, other))
    apart = Span(to.low - from_.high, to.high - from_.low)
    both = _spread(reference) + _spread(other)
    ends = gap(over(apart, Span(both.low / 2, both.high / 2)))
    plain = reference.plain, other.plain
    known = all(number is not None for part in plain for number in part)
    return within(ends, value_of(of_means(*plain)) if known else None)


def of_levels(reference: Sequence[Cell], other: Sequence[Cell]) -> Cell:
    """The standardised difference of the shares of levels, from their counts in two groups.

    Of two levels (p1 - p0) / sqrt((p1 (1 - p1) + p0 (1 - p0)) / 2) for the second level, of more the
    distance, which is never negative. Nothing where a group is empty or the shares have no spread;
    unknown beside a gap. Of rounded counts of two levels an interval, of more unknown.
    """
    if len(reference) == 2 and any(isinstance(cell, About) for cell in (*reference, *other)):
        return _of_two(reference, other)
    if not all(isinstance(cell, int | float) for cell in (*reference, *other)):
        return Gap() if len(reference) == 2 else Gap(low=0)
    p0, p1 = _shares(reference), _shares(other)
    kept = [at for at, (x, y) in enumerate(zip(p0, p1, strict=False)) if x or y]
    square = _squared_distance([p0[at] for at in kept[1:]], [p1[at] for at in kept[1:]])
    if square is None:
        return None
    falling = len(reference) == 2 and p1[1] < p0[1]
    return -math.sqrt(square) if falling else math.sqrt(square)


def _of_two(reference: Sequence[Cell], other: Sequence[Cell]) -> Cell:
    """The difference grows with the second share and falls with the first one."""
    (low, high), (least, most) = (span(proportion(cells, 1)) for cells in (reference, other))
    numbers = [[value_of(cell) for cell in cells] for cells in (reference, other)]
    known = all(number is not None for cells in numbers for number in cells)
    ends = gap(Span(_of_shares(high, least), _of_shares(low, most)))
    return within(ends, value_of(of_levels(*numbers)) if known else None)


def _of_shares(p0: float, p1: float) -> float:
    """The standardised difference of two shares; unbounded where neither has a spread."""
    variance = (p0 * (1 - p0) + p1 * (1 - p1)) / 2
    return _quotient(p1 - p0, math.sqrt(max(variance, 0.0)))


def proportion(counts: Sequence[Cell], at: int) -> Cell:
    """The share of one count in the sum of all; nothing where the sum is zero. A count below zero is none."""
    one, others = counts[at], [cell for place, cell in enumerate(counts) if place != at]
    if all(isinstance(cell, int | float) for cell in counts):
        total = sum(map(_counted, counts))
        return _counted(one) / total if total else None
    rest = [span(cell) for cell in others]
    low, high = span(one)
    least, most = sum(end.low for end in rest), sum(end.high for end in rest)
    ends = gap(Span(share(low, most), share(high, least)), least=0.0, most=1.0)
    numbers = [value_of(cell) for cell in counts]
    known = [number for number in numbers if number is not None]
    told = len(known) == len(numbers) and sum(known) > 0
    return within(ends, known[at] / sum(known) if told else None)


def _spread(part: Part) -> Span:
    """Where a variance lies, rounding included."""
    if not isinstance(part.m2, int | float):
        return span(variance(part.n, part.m2))
    m2 = span(part.m2, part.m2_error)
    return span(quotient(Gap(low=max(m2.low, 0.0), high=m2.high), part.n, less=1))


def over(apart: Span, variance: Span) -> Span:
    """A difference over the root of a variance: far from zero where the spread is least."""
    small, large = math.sqrt(max(variance.low, 0.0)), math.sqrt(variance.high)
    low = _quotient(apart.low, small if apart.low < 0 else large)
    return Span(low, _quotient(apart.high, small if apart.high > 0 else large))


def _quotient(top: float, bottom: float) -> float:
    """A quotient in which zero stays zero, and nothing is divided by zero but to infinity."""
    if top == 0 or math.isinf(bottom):
        return math.copysign(INFINITY, top) if math.isinf(top) else 0.0
    return math.copysign(INFINITY, top) if bottom == 0 else top / bottom


def _shares(counts: Sequence[Cell]) -> list[Fraction]:
    """The shares as exact fractions; none of an empty group."""
    whole = [Fraction(_counted(cell)) for cell in counts]
    total = sum(whole)
    return [count / total for count in whole] if total else []


def _counted(cell: Cell) -> int | float:
    """A count; noise may have moved it below zero, where there is nobody."""
    assert isinstance(cell, int | float)
    return max(cell, 0)


def _squared_distance(p0: list[Fraction], p1: list[Fraction]) -> Fraction | None:
    """D' S^-1 d for d = p1 - p0 and S the mean of the two multinomial covariances, one level left out.

    S is diag(a) - (p0 p0' + p1 p1') / 2 with a = (p0 + p1) / 2, so its inverse follows from that of
    the diagonal (Woodbury), exactly in fractions. None where S has no inverse, or there is no level.
    """
    if not p0:
        return None
    means = [(x + y) / 2 for x, y in zip(p0, p1, strict=True)]
    apart = [y - x for x, y in zip(p0, p1, strict=True)]

    def scaled(left: list[Fraction], right: list[Fraction]) -> Fraction:
        return sum((x * y / mean for x, y, mean in zip(left, right, means, strict=True)), Fraction(0))

    a, b, c = 2 - scaled(p0, p0), -scaled(p0, p1), 2 - scaled(p1, p1)
    determinant = a * c - b * b
    if determinant == 0:
        return None
    u, v = scaled(p0, apart), scaled(p1, apart)
    return scaled(apart, apart) + (c * u * u - 2 * b * u * v + a * v * v) / determinant
