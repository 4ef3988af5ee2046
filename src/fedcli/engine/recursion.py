"""Splines as their definition reads: the recursion of Cox and de Boor, number by number.

The slow engine uses it; what sites compute (`statistics.basis`) goes another way to the same value.
"""

from __future__ import annotations

import math

from fedcli.model.terms import Spline


def spline(told: Spline, x: float) -> float:
    """The value of a spline; beyond its ends its last piece, or the tangent where it is natural."""
    ends = told.knots[0], told.knots[-1]
    if told.natural and not ends[0] <= x <= ends[1]:
        end = min(max(x, ends[0]), ends[1])
        return _sum(told, end) + (x - end) * _slope(told, end)
    return _sum(told, x)


def _padded(told: Spline) -> list[float]:
    return [told.knots[0]] * 3 + [*told.knots] + [told.knots[-1]] * 3


def _piece(told: Spline, x: float) -> int:
    """Which of the padded knots begins the piece that holds at x; the first or last one beyond the ends."""
    inner = told.knots[1:-1]
    return 3 + sum(x >= knot for knot in inner)


def _sum(told: Spline, x: float) -> float:
    knots, piece = _padded(told), _piece(told, x)
    return math.fsum(w * _b(knots, j, 3, x, piece) for j, w in enumerate(told.weights))


def _slope(told: Spline, x: float) -> float:
    """The derivative, by the B-splines of one degree less."""
    knots, piece = _padded(told), _piece(told, x)

    def part(j: int) -> float:
        width = knots[j + 3] - knots[j]
        return _b(knots, j, 2, x, piece) / width if width else 0.0

    return math.fsum(3 * w * (part(j) - part(j + 1)) for j, w in enumerate(told.weights))


def _b(knots: list[float], j: int, degree: int, x: float, piece: int) -> float:
    """The j-th B-spline of a degree, of the polynomials that hold in a piece (de Boor 1978, chapter X)."""
    if degree == 0:
        return float(j == piece)
    total = 0.0
    for start, rises in ((j, True), (j + 1, False)):
        width = knots[start + degree] - knots[start]
        if width:
            share = (x - knots[start]) / width
            total += (share if rises else 1 - share) * _b(knots, start, degree - 1, x, piece)
    return total
