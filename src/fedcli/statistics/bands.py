"""The bands that a model's knots cut a column into: to the gate they are levels of it.

A cubic piece is told from its neighbours by the knots alone, so that some combination of a model's
columns is zero but in a few bands: sums of products with it are sums over the persons there. All
splines of a column together can do what one with all their knots can.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from itertools import pairwise, product
from typing import Any, NamedTuple, TypeAlias

from fedcli.model.identifiers import ColumnName
from fedcli.model.terms import Design, Term, Times
from fedcli.statistics.indicators import Band, Condition, condition, levels
from fedcli.statistics.late import EARLIEST

Bands: TypeAlias = Mapping[ColumnName, tuple[Band, ...]]


def bands(design: Design) -> Bands:
    """The bands of each column that has splines: between all their knots, the outermost two left out."""
    knots: dict[ColumnName, set[float]] = {}
    for term in design.terms:
        for factor in term.factors:
            if factor.spline is not None:
                knots.setdefault(factor.column, set()).update(factor.spline.knots)
    return {column: _between(sorted(found)[1:-1]) for column, found in knots.items()}


def _between(cuts: list[float]) -> tuple[Band, ...]:
    return tuple(Band(low, high) for low, high in pairwise([-math.inf, *cuts, math.inf]))


class Parts(NamedTuple):
    """A term as the gate reads it: the levels it asks for, and these within each band of its splines."""

    levels: Condition
    pieces: tuple[Condition, ...]

    @property
    def local(self) -> bool:
        """Whether it has bands."""
        return self.pieces != (self.levels,)


def outcome(design: Design) -> Condition:
    """The level of an outcome, none of a number; of an event within its horizon."""
    return condition(design.outcome) | _horizon(design, before=True)


def outcomes(design: Design) -> tuple[Condition, ...]:
    """Each level of an outcome of several; else the one that is told of."""
    return tuple(levels([one]) for one in design.chosen) or (outcome(design),)


def beyond(design: Design) -> Condition:
    """Who was followed beyond the horizon of an event; without a horizon, everybody."""
    return _horizon(design, before=False)


def earliest(design: Design) -> Condition:
    """Who was followed beyond the time below which logarithms of times are alike; else, everybody."""
    if design.times is None or design.times.until is None or design.times.trend != "log":
        return Condition()
    ends = Band(EARLIEST * design.times.until, math.inf)
    return frozenset([(design.times.column, ends)])


def _horizon(design: Design, before: bool) -> Condition:
    if design.times is None or design.times.until is None:
        return Condition()
    end = math.nextafter(design.times.until, math.inf)  # an event at the end counts
    band = Band(-math.inf, end) if before else Band(end, math.inf)
    return frozenset([(design.times.column, band)])


class Interval(NamedTuple):
    """Who is followed in an interval of a baseline, stops or has the event there, or enters late for it."""

    at_risk: Condition
    stops: Condition
    event: Condition
    late: Condition


def intervals(design: Design) -> list[Interval]:
    """Those of a baseline that all sites share."""
    if design.times is None:
        return []
    return [_interval(design, design.times, low, high) for low, high in design.intervals]


def _interval(design: Design, times: Times, low: float, high: float) -> Interval:
    """After `low` and until `high`: an end that is a break is in the interval before it."""
    begins, ends = math.nextafter(low, math.inf), math.nextafter(high, math.inf)
    after = frozenset([(times.column, Band(begins, math.inf))]) if low > 0 else Condition()
    stops = frozenset([(times.column, Band(begins if low > 0 else -math.inf, ends))])
    event = condition(design.outcome) | stops
    if times.entry is None:
        return Interval(after, stops, event, Condition())
    last = high == design.intervals[-1][1]  # who begins after it is not looked at
    begun = Condition() if last else frozenset([(times.entry, Band(-math.inf, high))])
    return Interval(after | begun, stops, event, after | frozenset([(times.entry, Band(begins, math.inf))]))


def split(design: Design) -> list[Parts]:
    """The pieces of every term."""
    found = bands(design)
    return [parts(term, found) for term in design.terms]


def parts(term: Term, found: Bands) -> Parts:
    """The pieces of a term; where it has no spline with a knot, its levels alone."""
    asked = condition(term)
    columns = dict.fromkeys(factor.column for factor in term.factors if factor.spline is not None)
    cut = [[(column, band) for band in found[column]] for column in columns if len(found[column]) > 1]
    return Parts(asked, tuple(asked | frozenset[Any](chosen) for chosen in product(*cut)))
