"""Numbers that come out the same wherever a row lies in a block.

A row may be moved by another person's removal, and what it adds must not change by that. Sums, products,
quotients, roots and roundings of doubles are exact to the last bit (IEEE 754), one by one; a library's
exponential, or its product of a matrix, may take other instructions for the last rows of a block.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from fedcli.engine.blocks import Vector

#: log 2 in two parts, of which the first has zeros at its end (Cody and Waite 1980).
_HIGH, _LOW = 6.93147180369123816490e-01, 1.90821492927058770002e-10
_TERMS = [1 / math.factorial(k) for k in range(14)]


def exponential(x: Vector) -> Vector:
    """exp(x), within two units in the last place, for |x| <= 700: by Taylor's series near zero."""
    whole = np.rint(x / math.log(2))
    rest = (x - whole * _HIGH) - whole * _LOW
    total = np.full_like(x, _TERMS[-1])
    for term in _TERMS[-2::-1]:
        total *= rest
        total += term
    scaled: Vector = np.ldexp(total, whole.astype(np.int64))
    return scaled


def combination(x: Vector, beta: Sequence[float]) -> Vector:
    """The sum of columns times coefficients, one after the other."""
    total = np.zeros(x.shape[1])
    for line, one in zip(x, beta, strict=True):
        total += line * one
    return total


def squares(x: Vector) -> Vector:
    """The square of each row's length."""
    total = np.zeros(x.shape[1])
    for line in x:
        total += line * line
    return total
