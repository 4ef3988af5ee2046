"""The value of a factor: what a row's number becomes in a design, from the factor's constants alone.

Only sums, differences, products and quotients of doubles, element by element, so that every site gets
the same bits.
"""

from __future__ import annotations

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
    """By de Boor's algorithm (de Boor 1978, A Practical Guide to Splines, chapter X)."""
    import numpy as np

    knots = np.array(spline.knots)
    padded = np.concatenate([knots[:1].repeat(3), knots, knots[-1:].repeat(3)])
    weights = np.array(spline.weights)
    place = np.clip(np.searchsorted(knots, x, side="right"), 1, len(knots) - 1) + 2
    left = [weights[place - 3 + j] for j in range(4)]
    for r in (1, 2, 3):
        for j in range(3, r - 1, -1):
            low, high = padded[place - 3 + j], padded[place + 1 + j - r]
            part = (x - low) / (high - low)
            left[j] = (1 - part) * left[j - 1] + part * left[j]
    return _straight(spline, x, left[3]) if spline.natural else left[3]


def _straight(spline: Spline, x: Vector, inside: Vector) -> Vector:
    """Beyond the ends the tangents there."""
    import numpy as np

    knots, weights = spline.knots, spline.weights
    first = 3 * (weights[1] - weights[0]) / (knots[1] - knots[0])
    last = 3 * (weights[-1] - weights[-2]) / (knots[-1] - knots[-2])
    told = np.where(x < knots[0], weights[0] + (x - knots[0]) * first, inside)
    return np.where(x > knots[-1], weights[-1] + (x - knots[-1]) * last, told)
