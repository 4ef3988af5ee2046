"""A model with a baseline in intervals, as its definition reads: a part of the oracle; sites do not run it.

Each row becomes a row for every interval that it is followed in (Holford 1980; Laird and Olivier 1981).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from fedcli.engine.people import Row, meets, raw, supports, top
from fedcli.model.terms import Design
from fedcli.statistics.score import pairs
from fedcli.statistics.spans import Spent, pieces
from fedcli.statistics.supports import Supports


class Piece(NamedTuple):
    """A row in an interval: which one, the columns, how long, and whether the event came."""

    at: int
    x: list[float]
    time: float
    event: bool


def split(design: Design, row: Row) -> Iterator[Piece]:
    """The intervals that a row is followed in."""
    assert design.times is not None
    x = [(raw(term, row) - term.centre) / term.scale for term in design.terms]
    when = float(row[design.times.column])
    for at, (low, high) in enumerate(design.intervals):
        time = spent(design, row, at)
        if time > 0:
            yield Piece(at, x, time, low < when <= high and raw(design.outcome, row) == 1)


def spent(design: Design, row: Row, at: int, late: bool = True) -> float:
    """How long a row was followed in an interval; or would have been, had it begun at once."""
    assert design.times is not None
    low, high = design.intervals[at]
    begun = float(row[design.times.entry]) if design.times.entry and late else 0.0
    return max(0.0, min(float(row[design.times.column]), high) - max(begun, low))


def cells_of(design: Design, rows: Sequence[Row], state: Sequence[float]) -> dict[str, tuple[Any, ...]]:
    """The cells of a step, as of a Poisson model whose columns begin with one for each interval."""
    k = len(design.intervals)
    lines = []
    for piece in (piece for row in rows for piece in split(design, row)):
        x = [float(piece.at == at) for at in range(k)] + piece.x
        eta = math.fsum(b * value for b, value in zip(state, x, strict=True))
        lines.append((x, eta, math.exp(eta) * piece.time, float(piece.event)))
    p, n, events = len(state), len(rows), math.fsum(event for *_, event in lines)
    return {
        "n": (n,),
        "gram": tuple(math.fsum(mu * x[i] * x[j] for x, _, mu, _ in lines) for i, j in pairs(p)),
        "score": tuple(math.fsum((event - mu) * x[i] for x, _, mu, event in lines) for i in range(p)),
        "deviance": (-2 * math.fsum(event * eta - mu for _, eta, mu, event in lines),),
        "sums": (events, 0.0, 0.0, float(n), 0.0, float(n), 0.0),
    }


def supports_of(design: Design, rows: list[Row]) -> Supports:
    """Who stands behind a step: a row weighs as long as it was followed."""

    def followed(row: Row) -> float:
        return math.fsum(spent(design, row, at) for at in range(len(design.intervals)))

    return supports(design, rows, list(range(len(rows))), followed)._replace(spent=_spent(design, rows))


def _spent(design: Design, rows: Sequence[Row]) -> Spent:
    kinds: list[Callable[[Row, int], float]] = [
        lambda row, at: spent(design, row, at),
        lambda row, at: spent(design, row, at) if _stops(design, row, at) else 0.0,
        lambda row, at: _left(design, row, at),
        lambda row, at: spent(design, row, at, late=False) - spent(design, row, at),
    ]
    numbers = [None, *(at for at, term in enumerate(design.terms) if not term.indicator)]
    found = {}
    for at in range(len(design.intervals)):
        for piece in pieces(design):
            theirs = [row for row in rows if meets(piece, row)]
            for which in numbers:
                values = [1.0 if which is None else raw(design.terms[which], row) for row in theirs]
                found[at, piece, which] = tuple(
                    top(kind(row, at) * value for row, value in zip(theirs, values, strict=True))
                    for kind in kinds
                )
    return found


def _stops(design: Design, row: Row, at: int) -> bool:
    assert design.times is not None
    low, high = design.intervals[at]
    return low < float(row[design.times.column]) <= high


def _left(design: Design, row: Row, at: int) -> float:
    """What was not spent any more of an interval by who stopped in it; nothing where it has no end."""
    assert design.times is not None
    high = design.intervals[at][1]
    return high - float(row[design.times.column]) if _stops(design, row, at) and math.isfinite(high) else 0.0
