"""Where a number lies on a picture, and the round numbers that an axis is marked with."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import NamedTuple

_FARTHEST = 1e15  # an axis goes no further: what lies beyond is at its end
_RATIO = 50.0  # nobody has an odds ratio of e^50
_CLOSEST = 1e-12  # ends that are closer, of their size, are one number
_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)


class Scale(NamedTuple):
    """Numbers from `low` to `high` on a line that begins at `start`; a `length` below zero goes up."""

    low: float
    high: float
    start: float
    length: float

    def at(self, value: float) -> float:
        """The place of a number; what lies outside is at the end."""
        share = (min(max(value, self.low), self.high) - self.low) / (self.high - self.low)
        return self.start + share * self.length

    @property
    def end(self) -> float:
        """Where the line ends."""
        return self.start + self.length


class Tick(NamedTuple):
    """A mark of an axis, and what is written at it."""

    at: float
    label: str


def ticks(low: float, high: float, most: int = 6) -> tuple[Tick, ...]:
    """Round numbers that span an interval, the first not above `low` and the last not below `high`."""
    step = _step((high - low) / max(most - 1, 1))
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return tuple(Tick(number * step, plain(number * step)) for number in range(first, last + 1))


def ratios(low: float, high: float, most: int = 7) -> tuple[Tick, ...]:
    """Marks of ratios on the scale of their logarithms: 0.5, 1 and 2 for an interval about zero."""
    low, high = max(low, -_RATIO), min(high, _RATIO)
    tens = range(math.floor(low / math.log(10)) - 1, math.ceil(high / math.log(10)) + 2)
    for leading in ((1, 1.5, 2, 3, 5, 7), (1, 2, 5), (1, 3), (1,)):
        known = sorted(math.log(one) + ten * math.log(10) for ten in tens for one in leading)
        inside = _around(known, low, high)
        if len(inside) <= most:
            break
    inside = inside[:: -(-len(inside) // most)]
    return tuple(Tick(one, plain(math.exp(one))) for one in inside)


def plain(value: float) -> str:
    """A round number as an axis has it."""
    return minus(f"{value:.6g}")


def minus(text: str) -> str:
    """A number with the sign that is as wide as a digit."""
    return text.replace("-", "\N{MINUS SIGN}")


def spanned(values: Iterable[float | None]) -> tuple[float, float]:
    """The interval of some numbers, which is never empty."""
    found = [min(max(value, -_FARTHEST), _FARTHEST) for value in values if value is not None]
    low, high = (min(found), max(found)) if found else (0.0, 1.0)
    apart = high - low > _CLOSEST * max(abs(low), abs(high), _CLOSEST)
    return (low, high) if apart else (low - abs(low) / 2 - 0.5, high + abs(high) / 2 + 0.5)


def _step(wanted: float) -> float:
    ten = 10.0 ** math.floor(math.log10(wanted))
    return next(ten * step for step in _STEPS if ten * step >= wanted * (1 - 1e-9))


def _around(known: list[float], low: float, high: float) -> list[float]:
    """The numbers of an interval, and the next one on each side."""
    below = [one for one in known if one <= low]
    above = [one for one in known if one >= high]
    inside = [one for one in known if low < one < high]
    return [*below[-1:], *inside, *above[:1]]
