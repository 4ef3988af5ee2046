"""Whether groups lie higher or lower than each other, by ranks, from counts in ordered bins.

All values of a bin have one rank, the mean of those that they share, and the tests are corrected for such
ties: Mann and Whitney (1947) with a normal approximation and its continuity correction, Kruskal and Wallis
(1952). They are exactly what they would be of values that are told by their bin alone.

Where counts are hidden, U lies between what it is at their ends, because it only grows with each of them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial, reduce
from itertools import accumulate
from typing import NamedTuple, TypeAlias

from fedcli.model.cells import Cell
from fedcli.statistics import tails
from fedcli.statistics.figures import POSITIVE, SHARE, UNTESTED, Formula, Tested, figure, monotone
from fedcli.statistics.interval import Span, add, span

_HALF = 0.5
#: For each bin in order, how many of each group are in it.
Bins: TypeAlias = Sequence[Sequence[float]]


class Ranked(NamedTuple):
    """The counts of all bins, those of a bin's groups side by side."""

    cells: tuple[Cell, ...]
    groups: int

    def sizes(self) -> list[Cell]:
        """How many each group has."""
        return [reduce(add, self.cells[at :: self.groups]) for at in range(self.groups)]

    def mean_ranks(self) -> list[Cell]:
        """The mean rank of each group."""
        return [self._figure(partial(_mean_rank, at), POSITIVE) for at in range(self.groups)]

    def kruskal_wallis(self) -> Tested:
        """H, which is about chi-squared; groups in which nobody is do not count."""
        statistic, df, p = (
            self._figure(*one) for one in ((_h, POSITIVE), (_df, self._most), (_h_tail, SHARE))
        )
        return UNTESTED if statistic is None else Tested(statistic, df, p)

    def mann_whitney(self) -> Tested:
        """U of the first of two groups: in how many pairs it is higher, ties for a half."""
        signs = (1,) * len(self.cells)
        u = monotone(self._formula(_u), self.cells, signs, POSITIVE)
        return Tested(u, None, self._figure(_u_tail, SHARE))

    def superiority(self) -> Cell:
        """In which share of the pairs the first of two groups is higher, ties for a half."""
        u, (one, other) = span(self.mann_whitney().statistic), map(span, self.sizes())
        least, most = one.low * other.low, one.high * other.high
        ends = Span(u.low / most if most else 0.0, u.high / least if least > 0 else 1.0)
        return self._figure(_superiority, SHARE, ends)

    @property
    def _most(self) -> Span:
        return Span(0.0, float(max(self.groups - 1, 0)))

    def _figure(self, of: Callable[[Bins], float | None], possible: Span, ends: Span | None = None) -> Cell:
        return figure(self._formula(of), self.cells, possible, ends)

    def _formula(self, of: Callable[[Bins], float | None]) -> Formula:
        """The same formula of all cells, bin after bin."""
        width = self.groups
        return lambda numbers: of([numbers[at : at + width] for at in range(0, len(numbers), width)])


def _ranks(bins: Bins) -> list[float]:
    """The mean rank of the values of each bin."""
    together = [sum(one) for one in bins]
    return [upto - (t - 1) / 2 for upto, t in zip(accumulate(together), together, strict=True)]


def _sizes(bins: Bins) -> list[float]:
    return [sum(group) for group in zip(*bins, strict=True)]


def _mean_rank(at: int, bins: Bins) -> float | None:
    n = _sizes(bins)[at]
    ranks = zip(bins, _ranks(bins), strict=True)
    return math.fsum(one[at] * rank for one, rank in ranks) / n if n else None


def _untied(bins: Bins) -> float:
    """One less the share of n^3 - n that is within ties: nothing where all values are in one bin."""
    n = sum(map(sum, bins))
    return 1 - sum(t**3 - t for t in map(sum, bins)) / (n**3 - n) if n > 1 else 0.0


def _df(bins: Bins) -> int:
    return max(sum(n > 0 for n in _sizes(bins)) - 1, 0)


def _h(bins: Bins) -> float | None:
    """The squares of the groups' distances from the mean rank, which do not lose digits as rank sums do."""
    n, untied = sum(map(sum, bins)), _untied(bins)
    if not untied or not _df(bins):
        return None
    ranks = ((size, _mean_rank(at, bins)) for at, size in enumerate(_sizes(bins)))
    apart = math.fsum(size * (rank - (n + 1) / 2) ** 2 for size, rank in ranks if rank is not None)
    return 12 * apart / (n * (n + 1)) / untied


def _h_tail(bins: Bins) -> float | None:
    h = _h(bins)
    return None if h is None else tails.chi_squared(h, _df(bins))


def _u(bins: Bins) -> float | None:
    below = [0.0, *accumulate(other for _, other in bins)]
    u = sum(one * (less + other / 2) for (one, other), less in zip(bins, below, strict=False))
    return u if all(_sizes(bins)) else None


def _u_tail(bins: Bins) -> float | None:
    """Of both sides, by the normal approximation, half a pair nearer to the mean."""
    u, (one, other), untied = _u(bins), _sizes(bins), _untied(bins)
    if u is None or not untied:
        return None
    deviation = math.sqrt(one * other * (one + other + 1) / 12 * untied)
    apart = abs(u - one * other / 2) - _HALF
    return tails.normal(apart / deviation) if apart > 0 else 1.0


def _superiority(bins: Bins) -> float | None:
    u, (one, other) = _u(bins), _sizes(bins)
    return None if u is None else u / (one * other)
