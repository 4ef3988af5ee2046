"""The product limit on a grid of times: survival, its median, and the mean time until a time.

Kaplan and Meier (1958), "Nonparametric estimation from incomplete observations", Journal of the American
Statistical Association 53:457-481. A time counts as the first edge of the interval in which it lies; there,
events come before censorings.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import pairwise, takewhile
from typing import NamedTuple

from fedcli.model.cells import Cell, Number
from fedcli.statistics.interval import Span, gap, span
from fedcli.statistics.survival import Interval, Method, Scale, life_table

#: Survival is a product, and one half of it is off by its rounding.
_HALF = 0.5 + 1e-9


class Restricted(NamedTuple):
    """The mean time until a time, and its standard error."""

    mean: Cell
    error: Cell


def product_limit(
    events: Sequence[Cell], censored: Sequence[Cell], scale: Scale = "log-log"
) -> Iterator[Interval]:
    """The intervals of a life table in which who is censored is at risk; survival of zero stays zero."""
    ended = False
    for one in life_table(events, censored, Method(exposed=1.0, scale=scale)):
        yield one._replace(survival=0.0) if ended else one
        ended = ended or one.survival == 0.0


def median(table: Sequence[Interval], edges: Sequence[Number]) -> tuple[Number | None, Number | None]:
    """The edges between which survival comes to one half or less; the last one and None where it does not.

    Where counts are hidden, those between which it must lie. None and None of nobody.
    """
    if span(table[0].risk).high <= 0:
        return None, None
    followed = sum(1 for _ in takewhile(lambda one: span(one.risk).low > 0, table))
    soonest = (edge for one, edge in _reached(table, edges[:-1], low=True))
    latest = (edge for one, edge in _reached(table, edges[1:], low=False))
    return next(soonest, edges[followed]), next(latest, None)


def restricted_mean(table: Sequence[Interval], edges: Sequence[Number], until: Number) -> Restricted:
    """The area under survival until a time, with Greenwood's variance; nothing where nobody is at risk.

    Irwin (1949), Journal of Hygiene 47:188-189: the sum of A^2 d / (r (r - d)) over intervals, where A is
    the area from there on.
    """
    widths = [max(0.0, min(high, until) - low) for low, high in pairwise(edges)]
    inside = [(one, width) for one, width in zip(table, widths, strict=True) if width > 0]
    if any(one.survival is None for one, _ in inside):
        return Restricted(None, None)
    ends = [(span(one.survival), width) for one, width in inside]
    low, high = math.fsum(s.low * w for s, w in ends), math.fsum(s.high * w for s, w in ends)
    counted = all(_numbers(one) for one, _ in inside)
    if counted and low == high:
        return Restricted(low, _error(inside))
    return Restricted(gap(Span(low, high), 0.0, float(until)), None)


def _reached(
    table: Sequence[Interval], edges: Sequence[Number], low: bool
) -> Iterator[tuple[Interval, Number]]:
    """The intervals in which survival may be (`low`), or must be, one half or less, each with its edge."""
    for one, edge in zip(table, edges, strict=True):
        ends = span(one.survival)
        if one.survival is not None and (ends.low if low else ends.high) <= _HALF:
            yield one, edge


def _error(inside: Sequence[tuple[Interval, float]]) -> float:
    """The standard error of the area under the last of which all numbers are known."""
    area, variance = 0.0, 0.0
    for one, width in reversed(inside):
        survival, risk, died = (span(cell).low for cell in (one.survival, one.risk, one.events))
        area += survival * width
        if died and risk > died:
            variance += area * area * died / (risk * (risk - died))
    return math.sqrt(variance)


def _numbers(one: Interval) -> bool:
    return all(isinstance(cell, int | float) for cell in (one.risk, one.events, one.survival))
