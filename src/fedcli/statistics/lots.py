"""Where a network begins: weights by lot, from a digest that nobody chose alone.

Glorot and Bengio (2010), "Understanding the difficulty of training deep feedforward neural networks",
equation 16: evenly within the root of 6 / (numbers in + numbers out); biases are zero. The lots are the bytes
of SHAKE256 (FIPS 202), so that everybody who has the digest draws the same, to the last bit.
"""

from __future__ import annotations

import hashlib
import math

from fedcli.model.terms import Layers

#: So many bits of eight bytes are a number between -1 and 1.
_BITS = 53


def begun(layers: Layers, inputs: int, seed: str) -> tuple[float, ...]:
    """The weights and biases of a network that has not been trained."""
    found: list[float] = []
    for at, (into, out) in enumerate(layers.sizes(inputs)):
        told = hashlib.shake_256(f"{seed} {at}".encode()).digest(8 * into * out)
        widest = math.sqrt(6 / (into + out))
        found += [widest * _even(told[place : place + 8]) for place in range(0, len(told), 8)]
        found += [0.0] * out
    return tuple(found)


def _even(some: bytes) -> float:
    """A number between -1 and 1, and neither of them."""
    return ((int.from_bytes(some, "little") >> (64 - _BITS)) + 0.5) * 2.0 ** (1 - _BITS) - 1.0
