"""Draws for values that are filled in: the same for a site's key and the same question, round after round.

They are no protection, so that they need not be new each time; the key is the site's, so that nobody else can
draw them again. The bytes are SHAKE256 (FIPS 202) of the key, the question and a count.
"""

from __future__ import annotations

import hashlib
import math

import numpy as np

from fedcli.engine.blocks import Vector

_BITS = 53


class Draws:
    """A stream of independent draws."""

    def __init__(self, key: str, question: str) -> None:
        self._from = f"{key} {question} ".encode()
        self._count = 0

    def uniform(self, number: int) -> Vector:
        """Uniform between 0 and 1, and neither of them."""
        self._count += 1
        told = hashlib.shake_256(self._from + str(self._count).encode()).digest(8 * number)
        whole = np.frombuffer(told, "<u8") >> np.uint64(64 - _BITS)
        found: Vector = (whole.astype(np.float64) + 0.5) * 2.0**-_BITS
        return found

    def normal(self, number: int) -> Vector:
        """Standard normal (Box and Muller 1958)."""
        first, second = self.uniform(number), self.uniform(number)
        found: Vector = np.sqrt(-2 * np.log(first)) * np.cos(2 * np.pi * second)
        return found

    def chi_squared(self, degrees: int) -> float:
        """One with so many degrees of freedom, of which there is at least one.

        Twice a gamma variate (Marsaglia and Tsang 2000); of one degree the square of a normal one.
        """
        if degrees == 1:
            return float(self.normal(1)[0] ** 2)
        d = degrees / 2 - 1 / 3
        while True:
            [x], [u] = self.normal(1), self.uniform(1)
            v = (1 + float(x) / math.sqrt(9 * d)) ** 3
            if v > 0 and math.log(u) < x * x / 2 + d - d * v + d * math.log(v):
                return 2 * d * v
