"""Cumulative incidence on a grid of times, where one of several causes ends a follow-up.

Aalen and Johansen (1978), "An empirical transition matrix for non-homogeneous Markov chains", Scandinavian
Journal of Statistics 5:141-150. A time counts as the first edge of the interval in which it lies; there,
events come before censorings.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from functools import reduce
from itertools import accumulate
from typing import NamedTuple

from fedcli.model.cells import Cell
from fedcli.statistics.interval import Span, add, gap, span, value_of, within
from fedcli.statistics.product_limit import product_limit
from fedcli.statistics.survival import Interval, Scale, confidence, ratio

#: Survival is a product and incidence a sum: together they are one, but for their rounding.
_ROUNDING = 1e-12


class Incidence(NamedTuple):
    """An interval of one cause: who enters it, its events, and incidence at its end with error and ends."""

    risk: Cell
    events: Cell
    incidence: Cell
    error: Cell
    low: Cell
    high: Cell


class _Step(NamedTuple):
    """An interval as numbers, NaN where one is not known: all events, those of the cause, and survival."""

    risk: float
    all: float
    events: float
    before: float


def cumulative_incidence(
    causes: Sequence[Sequence[Cell]], censored: Sequence[Cell], scale: Scale = "log-log"
) -> Iterator[tuple[Incidence, ...]]:
    """The intervals of each cause, from how many it ended in each, and how many were censored.

    The last counts are of who left after the last interval, as for `survival.life_table`. Incidence is
    nothing where survival is, and an interval where counts are; errors and 95 % intervals are there where
    counts are numbers.
    """
    free = free_of_all(causes, censored)
    for at, events in enumerate(causes):
        others = [one for place, one in enumerate(causes) if place != at]
        yield tuple(_of_one(events, [*others, censored], free, scale))


def free_of_all(
    causes: Sequence[Sequence[Cell]], censored: Sequence[Cell], scale: Scale = "log-log"
) -> tuple[Interval, ...]:
    """Survival without an event of any cause."""
    events = [reduce(add, cells) for cells in zip(*causes, strict=True)]
    return tuple(product_limit(events, censored, scale))


def _of_one(
    events: Sequence[Cell], others: Sequence[Sequence[Cell]], free: Sequence[Interval], scale: Scale
) -> Iterator[Incidence]:
    """The intervals of a cause; `others` are who left otherwise."""
    before: list[Cell] = [1.0, *(one.survival for one in free[:-1])]
    steps = [_step(*one) for one in zip(free, events[:-1], before, strict=True)]
    risen = list(accumulate(_risen(one) for one in steps))
    ends = Span(0.0, 0.0)
    for at, one in enumerate(free):
        ends = ends + _share(span(before[at]), at, events, others)
        told = _within(ends, one, risen[at])
        error = _error(steps[: at + 1], risen[: at + 1])
        terms = (error / risen[at]) ** 2 if risen[at] else math.nan
        shown = told is not None and not math.isnan(error)
        chance = confidence(risen[at], terms, scale) if shown else (None, None)
        yield Incidence(one.risk, events[at], told, error if shown else None, *chance)


def _step(one: Interval, events: Cell, before: Cell) -> _Step:
    known = (value_of(cell) for cell in (one.risk, one.events, events, before))
    return _Step(*(math.nan if value is None else float(value) for value in known))


def _risen(step: _Step) -> float:
    """By how much incidence rises: the share of who had no event yet."""
    return step.before * (step.events / step.risk) if step.risk else 0.0


def _share(before: Span, at: int, events: Sequence[Cell], others: Sequence[Sequence[Cell]]) -> Span:
    """The ends of that, where counts are intervals: it grows with the events, and falls with the others."""
    came = _counted([events[at]])
    rest = _counted([*events[at + 1 :], *(cell for cells in others for cell in cells[at:])])
    low, high = ratio(came.low, rest.high), ratio(came.high, rest.low)
    return Span(max(before.low, 0.0) * low, min(before.high, 1.0) * high)


def _counted(cells: Sequence[Cell]) -> Span:
    spans = [span(cell) for cell in cells]
    return Span(sum(max(one.low, 0.0) for one in spans), sum(max(one.high, 0.0) for one in spans))


def _within(ends: Span, one: Interval, value: float) -> Cell:
    """Incidence, at most what survival leaves; nothing where survival is."""
    if one.survival is None:
        return None
    if ends.low == ends.high and not math.isnan(value):
        return value
    most = min(ends.high, 1.0 - span(one.survival).low + _ROUNDING)
    return within(gap(Span(ends.low, max(ends.low, most)), 0.0, 1.0), None if math.isnan(value) else value)


def _error(steps: Sequence[_Step], risen: Sequence[float]) -> float:
    """The standard error by the delta method; NaN where a number is not known.

    Dinse and Larson (1986), Biometrika 73:379-386; Marubini and Valsecchi (1995), section 10.2. Without
    censoring it is that of a proportion.
    """
    variance = 0.0
    for one, level in zip(steps, risen, strict=True):
        if one.risk:
            variance += _variance(one, risen[-1] - level)
    return math.sqrt(max(variance, 0.0)) if not math.isnan(variance) else math.nan


def _variance(one: _Step, later: float) -> float:
    """What an interval adds, by how much incidence rises after it."""
    each = one.before / one.risk
    own = each * each * one.events * (one.risk - one.events) / one.risk
    crossed = 2 * later * each * one.events / one.risk
    left = one.risk - one.all
    return own - crossed + (later * later * one.all / (one.risk * left) if left else 0.0)
