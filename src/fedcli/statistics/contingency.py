"""Tests of whether two columns go together, from the counts of their levels (Agresti 2013, chapters 2 and 3).

Levels that nobody has are left out of every test, as they are where a table is made of data. Of hidden or
rounded counts Pearson's statistic lies between what

    X2 = n (S - 1),  S = sum of (share in the row) (share in the column) over all cells

can be where each share lies between its own ends. All else follows from it: Yates' statistic is not larger,
and G is at most 2 n log S, because a mean of logarithms is not above the logarithm of the mean.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from functools import reduce
from itertools import product
from typing import NamedTuple, TypeAlias

from fedcli.model.cells import Cell, Gap
from fedcli.statistics import tails
from fedcli.statistics.contrast import proportion
from fedcli.statistics.figures import POSITIVE, SHARE, UNTESTED, Formula, Tested, figure, number_of, plain
from fedcli.statistics.interval import Span, add, span, within

Table: TypeAlias = Sequence[Sequence[float]]
_HALF = 0.5


class Contingency(NamedTuple):
    """Counts of all combinations of two columns' levels, those of the second column side by side."""

    cells: tuple[Cell, ...]
    width: int

    def expected(self) -> Iterator[Cell]:
        """How many there would be in each cell if the columns were independent."""
        for row, column in self._margins():
            yield figure(_expected, (row, column, self.n), POSITIVE)

    def residuals(self) -> Iterator[Cell]:
        """How far each count is from the expected one, in standard errors of it (Haberman 1973)."""
        for cell, (row, column) in zip(self.cells, self._margins(), strict=True):
            yield figure(_residual, (cell, row, column, self.n))

    def pearson(self) -> Tested:
        """Pearson's X2."""
        return self._tested(_pearson, self._chi_squared())

    def yates(self) -> Tested:
        """Pearson's X2 with every difference up to a half nearer to zero (Yates 1934)."""
        return self._tested(_yates, Span(0.0, self._chi_squared().high))

    def likelihood_ratio(self) -> Tested:
        """G: twice the logarithm of the ratio of the likelihoods."""
        return self._tested(_g, Span(0.0, _times(2 * span(self.n).high, math.log(self._shares().high))))

    def fisher(self) -> Tested:
        """Fisher's exact test of four cells, of both sides: all tables that are no likelier than this one."""
        return Tested(None, None, figure(_fisher, self.cells, SHARE))

    def cramers_v(self) -> Cell:
        """The root of X2 over the most that it can be: from zero, independent, to one."""
        least, most = (math.sqrt(end - 1) for end in self._shares())
        # Where nobody has some of the levels, the same sum stands for more.
        ends = Span(least / math.sqrt(max(self._least - 1, 1)), min(most, 1.0))
        return figure(self._formula(_cramers_v), self.cells, SHARE, ends)

    @property
    def n(self) -> Cell:
        """The sum of all counts."""
        return reduce(add, self.cells)

    @property
    def _rows(self) -> list[tuple[Cell, ...]]:
        return [self.cells[at : at + self.width] for at in range(0, len(self.cells), self.width)]

    @property
    def _columns(self) -> list[tuple[Cell, ...]]:
        return [self.cells[at :: self.width] for at in range(self.width)]

    @property
    def _least(self) -> int:
        return min(self.width, len(self._rows))

    def _margins(self) -> Iterator[tuple[Cell, Cell]]:
        """The sums of the row and of the column of each cell."""
        rows, columns = ([reduce(add, line) for line in lines] for lines in (self._rows, self._columns))
        return product(rows, columns)

    def _shares(self) -> Span:
        """Where S can lie: it is at least one, and at most as many as there are rows, or columns."""
        both = [
            (_share(row, j), _share(column, i))
            for (i, row), (j, column) in product(enumerate(self._rows), enumerate(self._columns))
        ]
        low, high = (sum(one[end] * other[end] for one, other in both) for end in (0, 1))
        most = float(max(self._least, 1))
        return Span(min(max(low, 1.0), most), min(max(high, 1.0), most))

    def _chi_squared(self) -> Span:
        n, shares = span(self.n), self._shares()
        return Span(_times(max(n.low, 0.0), shares.low - 1), _times(n.high, shares.high - 1))

    def _tested(self, statistic: Callable[[Table], float], ends: Span) -> Tested:
        """A statistic with its p-value; of hidden counts, between what both can be."""
        told, degrees, p = (self._formula(one) for one in (statistic, _degrees, _tail(statistic)))
        if plain(self.cells):
            found = Tested(*(figure(one, self.cells) for one in (told, degrees, p)))
            return found if found.df else UNTESTED
        most = (self.width - 1) * (len(self._rows) - 1)
        least = tails.chi_squared(ends.high, 1) if math.isfinite(ends.high) else 0.0
        return Tested(
            figure(told, self.cells, POSITIVE, ends),
            within(Gap(low=0, high=most), number_of(degrees, self.cells)),
            figure(p, self.cells, SHARE, Span(least, tails.chi_squared(ends.low, most) if most else 1.0)),
        )

    def _formula(self, of: Callable[[Table], float | None]) -> Formula:
        """The same formula of all cells one after the other, without levels that nobody has."""
        return lambda numbers: of(_shown(numbers, self.width))


def _shown(numbers: Sequence[float], width: int) -> Table:
    """The rows and columns in which somebody is."""
    table = [numbers[at : at + width] for at in range(0, len(numbers), width)]
    kept = [at for at in range(width) if any(row[at] for row in table)]
    return [[row[at] for at in kept] for row in table if any(row)]


def _pairs(table: Table) -> list[tuple[float, float]]:
    """Each count beside the one that is expected."""
    rows, columns = [sum(row) for row in table], [sum(column) for column in zip(*table, strict=True)]
    n = sum(rows)
    return [
        (count, row * column / n)
        for counts, row in zip(table, rows, strict=True)
        for count, column in zip(counts, columns, strict=True)
    ]


def _pearson(table: Table) -> float:
    return math.fsum((count - mean) ** 2 / mean for count, mean in _pairs(table))


def _yates(table: Table) -> float:
    return math.fsum(max(abs(count - mean) - _HALF, 0.0) ** 2 / mean for count, mean in _pairs(table))


def _g(table: Table) -> float:
    return max(2 * math.fsum(count * math.log(count / mean) for count, mean in _pairs(table) if count), 0.0)


def _degrees(table: Table) -> int:
    return (len(table) - 1) * (len(table[0]) - 1) if table else 0


def _tail(statistic: Callable[[Table], float]) -> Callable[[Table], float | None]:
    def tail(table: Table) -> float | None:
        degrees = _degrees(table)
        return tails.chi_squared(statistic(table), degrees) if degrees else None

    return tail


def _cramers_v(table: Table) -> float | None:
    n = sum(map(sum, table))
    return (
        math.sqrt(_pearson(table) / (n * (min(len(table), len(table[0])) - 1))) if _degrees(table) else None
    )


def _fisher(numbers: Sequence[float]) -> float | None:
    """SciPy's, which like R's counts tables as likely within a relative 1e-7 or less."""
    from scipy import stats

    a, b, c, d = map(round, numbers)
    return float(stats.fisher_exact([[a, b], [c, d]]).pvalue) if min(a + b, c + d, a + c, b + d) > 0 else None


def _expected(numbers: Sequence[float]) -> float | None:
    row, column, n = numbers
    return row * column / n if n > 0 else None


def _residual(numbers: Sequence[float]) -> float | None:
    count, row, column, n = numbers
    if not (0 < row < n and 0 < column < n):
        return None
    mean = row * column / n
    return (count - mean) / math.sqrt(mean * (1 - row / n) * (1 - column / n))


def _share(line: Sequence[Cell], at: int) -> Span:
    """Where the share of one count in its line lies; none where nobody is in it."""
    found = proportion(line, at)
    return Span(0.0, 0.0) if found is None else span(found)


def _times(one: float, other: float) -> float:
    """A product in which nothing of infinity is nothing."""
    return one * other if one and other else 0.0
