"""The value of a factor: what a row's number becomes in a design, from the factor's constants alone.

Only sums, differences, products and quotients of doubles, element by element, so that every site gets
the same bits.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from fedcli.model.terms import Factor, Spline

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vector = NDArray[np.float64]


def value(factor: Factor, x: Vector) -> Vector:
    """A factor of numbers: function, scale, and then power, polynomial or spline."""
    import numpy as np

    grow = {"log": np.log, "log1p": np.log1p, "sqrt": np.sqrt}
    x = grow[factor.function](x) if factor.function else x
    if (factor.centre, factor.scale) != (0.0, 1.0):
        x = (x - factor.centre) / factor.scale
    if factor.polynomial is not None:
        return _polynomial(factor.polynomial, x)
    if factor.spline is not None:
        return _spline(factor.spline, x)
    return x if factor.power == 1 else x**factor.power


def _polynomial(coefficients: tuple[float, ...], x: Vector) -> Vector:
    """By Horner's rule."""
    total = 0 * x + coefficients[-1]
    for coefficient in coefficients[-2::-1]:
        total = total * x + coefficient
    return total


def _spline(spline: Spline, x: Vector) -> Vector:
    """The polynomial of the piece that a number is in; the first or the last one beyond the ends."""
    import numpy as np

    starts, coefficients = _pieces(spline)
    place = np.clip(np.searchsorted(starts, x, side="right") - 1, 0, None)
    u = x - starts[place]
    total = coefficients[3][place]
    for coefficient in coefficients[2::-1]:
        total = total * u + coefficient[place]
    return _straight(spline, x, total) if spline.natural else total


@lru_cache(maxsize=1024)
def _pieces(spline: Spline) -> tuple[Vector, Vector]:
    """Where the pieces start, and their coefficients: value and derivatives there, as Taylor has them."""
    import numpy as np

    knots, weights = np.array(spline.knots), np.array(spline.weights)
    padded = np.concatenate([knots[:1].repeat(3), knots, knots[-1:].repeat(3)])
    rows, factorial = [], 1.0
    for degree in (3, 2, 1, 0):
        rows.append(_de_boor(padded, weights, degree, knots[:-1]) / factorial)
        factorial *= 4 - degree
        padded = padded[1:-1]
        if degree:
            weights = degree * np.diff(weights) / (padded[degree:] - padded[:-degree])
    return knots[:-1], np.array(rows)


def _de_boor(padded: Vector, weights: Vector, degree: int, starts: Vector) -> Vector:
    """A spline where its pieces start (de Boor 1978, A Practical Guide to Splines, chapter X)."""
    import numpy as np

    place = np.arange(len(starts)) + degree
    told = [weights[place - degree + j] for j in range(degree + 1)]
    for r in range(1, degree + 1):
        for j in range(degree, r - 1, -1):
            low, high = padded[place - degree + j], padded[place + 1 + j - r]
            part = (starts - low) / (high - low)
            told[j] = (1 - part) * told[j - 1] + part * told[j]
    return told[degree]


def _straight(spline: Spline, x: Vector, inside: Vector) -> Vector:
    """Beyond the ends the tangents there."""
    import numpy as np

    knots, weights = spline.knots, spline.weights
    first = 3 * (weights[1] - weights[0]) / (knots[1] - knots[0])
    last = 3 * (weights[-1] - weights[-2]) / (knots[-1] - knots[-2])
    told = np.where(x < knots[0], weights[0] + (x - knots[0]) * first, inside)
    return np.where(x > knots[-1], weights[-1] + (x - knots[-1]) * last, told)
