"""A network forwards and backwards: what it says of some rows, and how that moves with each weight.

Weights are one line of numbers: of each layer those of its units, input after input, and then the biases.
Rumelhart, Hinton and Williams (1986), "Learning representations by back-propagating errors".
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from fedcli.engine.blocks import Vector
from fedcli.model.terms import Layers

#: How many slopes are held at once: a row has one for each weight.
_HELD = 2**20


class Network:
    """A network with some inputs; rows lie beside each other, a line for each input."""

    def __init__(self, layers: Layers, inputs: int) -> None:
        self._sizes, self._activation = layers.sizes(inputs), layers.activation
        self.weights = layers.weights(inputs)

    def chunks(self, rows: int) -> Iterator[slice]:
        """Rows of which all slopes may be held at once."""
        step = max(1, _HELD // self.weights)
        return (slice(low, min(low + step, rows)) for low in range(0, rows, step))

    def forward(self, weights: Vector, x: Vector) -> list[Vector]:
        """What goes into each layer, row by row, and what comes out in the end."""
        told = [x]
        for at, (matrix, biases) in enumerate(self._layers(weights)):
            sums = product(matrix.T, told[-1]) + biases[:, None]
            told.append(self._active(sums) if at + 1 < len(self._sizes) else sums)
        return told

    def slopes(self, weights: Vector, told: list[Vector], residual: Vector) -> Vector:
        """The slope of each row's likelihood, a line for each weight; `told` is of `forward`."""
        parts: list[Vector] = []
        behind = residual[None, :]
        for (matrix, _), into in zip(reversed(list(self._layers(weights))), reversed(told[:-1]), strict=True):
            products = into[:, None, :] * behind[None, :, :]
            parts += [behind, products.reshape(-1, products.shape[2])]
            behind = product(matrix, behind) * self._steep(into)
        found: Vector = np.concatenate(parts[::-1])
        return found

    def _layers(self, weights: Vector) -> Iterator[tuple[Vector, Vector]]:
        start = 0
        for into, out in self._sizes:
            matrix, biases = start + into * out, start + (into + 1) * out
            yield weights[start:matrix].reshape(into, out), weights[matrix:biases]
            start = biases

    def _active(self, sums: Vector) -> Vector:
        return np.maximum(sums, 0.0) if self._activation == "relu" else _tanh(sums)

    def _steep(self, active: Vector) -> Vector:
        """How steep a unit is, from what it says."""
        told: Vector = (active > 0).astype(float) if self._activation == "relu" else 1.0 - active * active
        return told


def product(matrix: Vector, columns: Vector) -> Vector:
    """A matrix times columns, one after the other, so that no column depends on where it lies."""
    told = np.zeros((matrix.shape[0], columns.shape[1]))
    for at in range(matrix.shape[1]):
        told += matrix[:, at, None] * columns[at]
    return told


def _tanh(x: Vector) -> Vector:
    """By an exponential that is the same wherever a row lies."""
    from fedcli.engine.steady import exponential

    e = exponential(-2.0 * np.minimum(np.abs(x), 350.0))
    return np.sign(x) * (1.0 - e) / (1.0 + e)
