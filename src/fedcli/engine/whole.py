"""One step of a model in whole numbers: what rows add is cut to fixed point, and then summed exactly.

The products of a block are taken by BLAS on doubles that hold whole numbers below 2^17: 8192 products
stay below 2^53, so every partial sum is exact in whatever order.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from fedcli.engine.blocks import Block, Vector
from fedcli.engine.steady import combination, exponential, squares
from fedcli.statistics.models import BITS, MOST, Newton
from fedcli.statistics.score import pairs

#: A factor of length one, less what the rounding of doubles can add to it.
_ONE = 2.0**BITS * (1 - 2.0**-40)
#: Beyond this an exponential is no number.
_FAR = 700.0
#: An entry of a vector that noise is added to stays below 2^62. Cutting it off there moves nobody further.
_LARGEST = 2**62 - 1


class Parts(NamedTuple):
    """Of each row: its residual in units of its bound, and its information; None where that is 1."""

    residual: Vector
    information: Vector | None


class Whole:
    """The integers of a step at some coefficients; without them, where a fit starts."""

    def __init__(self, form: Newton, state: tuple[float, ...] | None) -> None:
        p = form.terms
        self._form, self._beta = form, state or form.start
        self._n, self._own = 0, 0
        self._gram, self._score = np.zeros((p, p), object), np.zeros(p, object)

    def over(self, blocks: Iterable[Block]) -> tuple[int, ...]:
        """The vector of some blocks, field by field."""
        for block in blocks:
            self._add(block)
        fields = {
            "n": [self._n * self._form.unit // 4],
            "gram": [self._gram[place] for place in pairs(self._form.terms)],
            "score": list(self._score),
            "own": [self._own],
        }
        told = (int(one) for name in self._form.lengths for one in fields[name])
        return tuple(max(-_LARGEST, min(_LARGEST, one)) for one in told)

    def _add(self, block: Block) -> None:
        x = np.clip(np.nan_to_num(block.x), -1.0, 1.0)
        lean = np.sqrt(self._weights(x, block))
        residual, information = self._parts(x, block)
        short = lean / self._form.reach.radius * _ONE
        factors = np.trunc(x * short)
        products = factors if information is None else np.trunc(x * (short * np.sqrt(information)))
        whole = np.trunc(residual * lean * _ONE)
        self._n += x.shape[1]
        self._gram += _exact(products @ products.T)
        self._score += _exact(factors @ whole)
        halves = np.trunc(residual * lean * (_ONE / 2))
        self._own += int(halves @ halves)

    def _weights(self, x: Vector, block: Block) -> Vector:
        """What a row counts: less where its columns reach further than R, times its prior weight."""
        square = float(self._form.reach.square)
        told: Vector = square / np.maximum(squares(x), square)
        if block.weight is None:
            return told
        return told * np.clip(np.nan_to_num(block.weight) / self._form.reach.weight, 0.0, 1.0)

    def _parts(self, x: Vector, block: Block) -> Parts:
        y = np.nan_to_num(block.y)
        if self._form.family == "gaussian":
            return Parts(np.clip(y, -1.0, 1.0), None)
        eta = combination(x, self._beta)
        if block.offset is not None:
            eta = eta + np.nan_to_num(block.offset)
        eta = np.clip(eta, -_FAR, _FAR)
        return _binomial(y, eta) if self._form.family == "binomial" else self._poisson(y, eta)

    def _poisson(self, y: Vector, eta: Vector) -> Parts:
        """In units of the highest count, beyond which no expectation goes; the information is halved."""
        most = self._form.reach.residual
        mu = np.minimum(exponential(eta) / most, 1.0)
        return Parts(np.clip(y / most, 0.0, 1.0) - mu, mu * float(MOST["poisson"]))


def _binomial(y: Vector, eta: Vector) -> Parts:
    """With e = exp(-|eta|) the smaller of mu and 1 - mu is e / (1 + e)."""
    e = exponential(-np.abs(eta))
    larger = 1 / (1 + e)
    smaller = e * larger
    return Parts(np.clip(y, 0.0, 1.0) - np.where(eta >= 0, larger, smaller), smaller * larger)


def _exact(sums: Vector) -> Vector:
    """Doubles that hold whole numbers, as Python's, which have no end."""
    told: Vector = sums.astype(np.int64).astype(object)
    return told
