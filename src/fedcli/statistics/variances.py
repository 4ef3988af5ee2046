"""Whether several groups have one mean, from n, mean and m2 (sum of squared deviations) of each.

Fisher's analysis of variance, with the sums of squares between and within groups, and Welch's (1951), which
lets each group have its own variance. Numbers that left at a few digits are taken as they are. Where cells
are hidden the sum within is the sum of their intervals, and all else is unknown.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple, TypeAlias

from fedcli.model.cells import Cell
from fedcli.statistics import tails
from fedcli.statistics.figures import ANYTHING, POSITIVE, SHARE, figure
from fedcli.statistics.interval import Span, span
from fedcli.statistics.moments import Part

_TWO = 2


class Source(NamedTuple):
    """One line of the table of an analysis of variance."""

    sum_of_squares: Cell
    df: Cell
    mean_square: Cell


class Ratio(NamedTuple):
    """A ratio of variances, the degrees of freedom above and below, and the tail beyond it."""

    statistic: Cell
    df: Cell
    df_within: Cell
    p_value: Cell


class Group(NamedTuple):
    """The numbers of one group in which somebody is."""

    n: float
    mean: float
    m2: float


class Squares(NamedTuple):
    """Sums of squares with their degrees of freedom, between and within groups."""

    between: float
    df: float
    within: float
    df_within: float

    @property
    def means(self) -> float | None:
        """The mean square between."""
        return self.between / self.df if self.df > 0 else None

    @property
    def values(self) -> float | None:
        """The mean square within."""
        return self.within / self.df_within if self.df_within > 0 else None


Groups: TypeAlias = Sequence[Group]
#: A figure, or one of a ratio's figures, of groups in which somebody is.
Told: TypeAlias = Callable[[Groups], float | None]
Numbers: TypeAlias = tuple[float, float, float, float]


def between(parts: Sequence[Part]) -> Source:
    """What the groups' means differ."""
    formulas: tuple[Told, ...] = (
        lambda groups: _squares(groups).between,
        lambda groups: _squares(groups).df,
        lambda groups: _squares(groups).means,
    )
    return Source(*(_figure(one, parts) for one in formulas))


def within(parts: Sequence[Part]) -> Source:
    """What the values of each group differ."""
    ends = sum((span(part.m2, part.m2_error) for part in parts if part.n != 0), Span(0.0, 0.0))
    return Source(
        _figure(lambda groups: _squares(groups).within, parts, POSITIVE, ends),
        _figure(lambda groups: _squares(groups).df_within, parts),
        _figure(lambda groups: _squares(groups).values, parts),
    )


def fisher(parts: Sequence[Part]) -> Ratio:
    """F with one variance for all groups."""
    return _ratio(_fisher, parts)


def welch(parts: Sequence[Part]) -> Ratio:
    """F with the variance of each group for itself; none where a group has no spread."""
    return _ratio(_welch, parts)


def eta_squared(parts: Sequence[Part]) -> Cell:
    """The share of the sum of squares that is between the groups."""
    return _figure(_eta_squared, parts, SHARE)


def omega_squared(parts: Sequence[Part]) -> Cell:
    """The same without most of its bias (Hays 1963); below zero where means differ less than by chance."""
    return _figure(_omega_squared, parts, ANYTHING)


def _ratio(of: Callable[[Groups], Numbers | None], parts: Sequence[Part]) -> Ratio:
    def told(at: int, groups: Groups) -> float | None:
        found = of(groups)
        return found[at] if found else None

    kinds = (POSITIVE, POSITIVE, POSITIVE, SHARE)
    return Ratio(*(_figure(partial(told, at), parts, kind) for at, kind in enumerate(kinds)))


def _figure(of: Told, parts: Sequence[Part], possible: Span = POSITIVE, ends: Span | None = None) -> Cell:
    """A figure of all groups in which somebody is; nothing where nobody is in any."""
    cells: list[Cell] = [cell for part in parts if part.n != 0 for cell in (part.n, part.mean, part.m2)]
    return figure(lambda numbers: of(_groups(numbers)), cells, possible, ends) if cells else None


def _groups(numbers: Sequence[float]) -> Groups:
    return [Group(*numbers[start : start + 3]) for start in range(0, len(numbers), 3)]


def _squares(groups: Groups) -> Squares:
    n = math.fsum(one.n for one in groups)
    grand = math.fsum(one.n * one.mean for one in groups) / n
    apart = math.fsum(one.n * (one.mean - grand) ** 2 for one in groups)
    k = len(groups)
    return Squares(apart, k - 1, math.fsum(one.m2 for one in groups), n - k)


def _fisher(groups: Groups) -> Numbers | None:
    found = _squares(groups)
    if found.means is None or not found.values:
        return None
    return _with_tail(found.means / found.values, found.df, found.df_within)


def _welch(groups: Groups) -> Numbers | None:
    """Welch (1951), equations 14 to 16."""
    k = len(groups)
    if k < _TWO or any(one.n < _TWO or not one.m2 > 0 for one in groups):
        return None
    weights = [one.n * (one.n - 1) / one.m2 for one in groups]
    total = math.fsum(weights)
    grand = math.fsum(w * one.mean for w, one in zip(weights, groups, strict=True)) / total
    apart = math.fsum(w * (one.mean - grand) ** 2 for w, one in zip(weights, groups, strict=True))
    lack = math.fsum((1 - w / total) ** 2 / (one.n - 1) for w, one in zip(weights, groups, strict=True))
    statistic = apart / (k - 1) / (1 + 2 * (k - 2) * lack / (k**2 - 1))
    return _with_tail(statistic, k - 1, (k**2 - 1) / (3 * lack))


def _with_tail(statistic: float, degrees: float, others: float) -> Numbers:
    return statistic, degrees, others, tails.f(statistic, degrees, others)


def _eta_squared(groups: Groups) -> float | None:
    found = _squares(groups)
    whole = found.between + found.within
    return found.between / whole if whole > 0 else None


def _omega_squared(groups: Groups) -> float | None:
    found = _squares(groups)
    if found.values is None:
        return None
    whole = found.between + found.within + found.values
    return (found.between - found.df * found.values) / whole if whole > 0 else None
