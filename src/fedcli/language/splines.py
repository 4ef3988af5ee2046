"""The columns of a basis, spelt out with knots and weights: as R's `bs` and `ns` have them, from constants.

R reads the ends of a spline, and all of `poly`, off the data. Here they are the dictionary's bounds
(ADR 13).
"""

from __future__ import annotations

import math

from fedcli.errors import fault
from fedcli.language.formula import Basis
from fedcli.model.terms import Spline

#: Legendre polynomials of degree 1 to 4, the constant first (Abramowitz and Stegun 1964, table 22.9).
LEGENDRE: tuple[tuple[float, ...], ...] = (
    (0.0, 1.0),
    (-0.5, 0.0, 1.5),
    (0.0, -1.5, 0.0, 2.5),
    (0.375, 0.0, -3.75, 0.0, 4.375),
)

Row = list[float]


def splines(basis: Basis, bounds: tuple[float, float], where: str) -> list[Spline]:
    """The columns of `bs` or `ns` of a column with some bounds.

    Raises:
        InvalidFile: Q-FORMULA where a knot is not between the ends, and within the bounds.
    """
    low, high = bounds
    lower = low if basis.lower is None else basis.lower
    upper = high if basis.upper is None else basis.upper
    if not lower < upper or any(not max(low, lower) < knot < min(high, upper) for knot in basis.knots):
        reason = (
            f"the knots of {basis.kind}() lie between its ends, and within the bounds {low:g} to {high:g}"
        )
        raise fault("Q-FORMULA", reason=reason, where=where)
    knots = (lower, *basis.knots, upper)
    return [
        Spline(knots=knots, weights=(0.0, *weights), natural=basis.kind == "ns")
        for weights in (_natural(knots) if basis.kind == "ns" else _identity(len(knots) + 1))
    ]


def _identity(size: int) -> list[Row]:
    return [[float(row == column) for column in range(size)] for row in range(size)]


def _natural(knots: tuple[float, ...]) -> list[Row]:
    """The combinations of B-splines whose second derivative is zero at both ends.

    They are R's: the last columns of the orthogonal matrix of a QR decomposition by Householder's
    reflections of the two conditions, without the first B-spline.
    """
    size = len(knots) + 1
    ends = [_bends(knots, [0.0, *unit]) for unit in _identity(size)]
    first = _reflector([low for low, _ in ends], 0)
    second = _reflector(_reflected(first, [high for _, high in ends]), 1)
    return [_reflected(first, _reflected(second, unit)) for unit in _identity(size)[2:]]


def _bends(knots: tuple[float, ...], weights: Row) -> tuple[float, float]:
    """The second derivatives of a spline at its ends (de Boor 1978, chapter X, equation 15)."""
    padded = [knots[0]] * 3 + [*knots] + [knots[-1]] * 3
    for degree in (3, 2):
        padded = padded[1:-1]
        weights = [
            degree * (weights[j + 1] - weights[j]) / (padded[j + degree] - padded[j])
            for j in range(len(weights) - 1)
        ]
    return weights[0], weights[-1]


def _reflector(column: Row, place: int) -> Row:
    """Householder's vector, which takes what is below a place of a column to zero."""
    rest = [0.0] * place + column[place:]
    length = math.sqrt(math.fsum(x * x for x in rest))
    rest[place] += math.copysign(length, rest[place])
    return rest


def _reflected(vector: Row, column: Row) -> Row:
    share = (
        2 * math.fsum(v * x for v, x in zip(vector, column, strict=True)) / math.fsum(v * v for v in vector)
    )
    return [x - share * v + 0.0 for v, x in zip(vector, column, strict=True)]
