"""The sum of persons' slopes in whole numbers: each is made no longer than may be, cut, and then summed.

What a row adds must not depend on where it lies, or on who lies beside it, down to the last bit.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from fedcli.engine.blocks import Block, Vector
from fedcli.engine.layers import Network
from fedcli.engine.steady import combination, exponential, squares
from fedcli.model.terms import Layers
from fedcli.statistics.clipped import Clipped
from fedcli.statistics.families import ModelName

Whole = NDArray[np.int64]
#: A slope of length one in steps, less what the rounding of doubles can add to it.
_SHORT = 1 - 2.0**-40
#: Beyond this an exponential is no number, and a residual is as good as endless.
_FAR, _ENDLESS = 700.0, 1e100


class Shortened:
    """The integers of a round at some coefficients; without them, how many persons there are.

    With `layers` they are the weights of a network, whose inputs are all columns but the intercept.
    """

    def __init__(
        self,
        form: Clipped,
        family: ModelName,
        state: tuple[float, ...] | None,
        layers: Layers | None = None,
    ) -> None:
        self._form, self._family, self._beta, self._layers = form, family, state, layers

    def over(self, blocks: Iterable[Block]) -> tuple[int, ...]:
        """The vector of some blocks."""
        told = np.zeros(self._form.size, np.int64)
        for block in blocks:
            told += self._added(block)
        return tuple(map(int, told))

    def _added(self, block: Block) -> Whole:
        if self._beta is None:
            return np.full(1, block.x.shape[1], np.int64)
        x = np.clip(np.nan_to_num(block.x), -1.0, 1.0)
        y = np.nan_to_num(block.y)
        if self._layers is not None:
            return self._layered(self._layers, x[1:], y, np.array(self._beta))
        return whole(x * _residual(self._family, y, combination(x, self._beta)), self._form)

    def _layered(self, layers: Layers, x: Vector, y: Vector, weights: Vector) -> Whole:
        network, told = Network(layers, len(x)), np.zeros(self._form.size, np.int64)
        for some in network.chunks(x.shape[1]):
            with np.errstate(over="ignore", invalid="ignore"):  # what is no number is nothing
                along = network.forward(weights, x[:, some])
                slopes = network.slopes(weights, along, _residual(self._family, y[some], along[-1][0]))
            told += whole(np.clip(np.nan_to_num(slopes), -_ENDLESS, _ENDLESS), self._form)
        return told


def whole(slopes: Vector, form: Clipped) -> Whole:
    """The sum of slopes, a column for each person, none of which is longer than a unit; whole numbers."""
    lengths = np.sqrt(squares(slopes))
    steps = slopes / np.maximum(lengths, form.clip) * (form.unit * _SHORT)
    told: Whole = np.trunc(steps).astype(np.int64).sum(axis=1)
    return told


def _residual(family: ModelName, y: Vector, eta: Vector) -> Vector:
    """How far each outcome is from what is expected; with e = exp(-|eta|) the smaller part is e / (1 + e)."""
    eta = np.nan_to_num(eta)
    if family == "gaussian":
        return np.clip(np.clip(y, -1.0, 1.0) - eta, -_ENDLESS, _ENDLESS)
    larger = 1 / (1 + exponential(-np.minimum(np.abs(eta), _FAR)))
    return np.clip(y, 0.0, 1.0) - np.where(eta >= 0, larger, 1 - larger)
