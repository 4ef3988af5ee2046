"""How late an event came, as a number between minus one and one, and whether enough events differ in it.

It follows from the time and the query alone, so that sites need not agree on it. Sums in which each event
counts with such a number tell of the few that came at another time than all others: some difference of them
is a sum over these few, with their times. So events are counted by how late they came, in steps.

Grambsch and Therneau (1994), "Proportional hazards tests and diagnostics based on weighted residuals",
Biometrika 81:515-526.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from itertools import accumulate
from operator import mul
from typing import NamedTuple, TypeAlias

from fedcli.model.terms import Times
from fedcli.statistics.evidence import Top

#: How finely times are told apart for the gate.
STEPS = 256
#: What part of the horizon the earliest times count as, where their logarithm is taken.
EARLIEST = 1e-4

#: How many events came in each step.
Dated: TypeAlias = tuple[int, ...]


class Late(NamedTuple):
    """The fewest events that are apart from most; the squares of how far events are from the middle one.

    A step and the two beside it are together: else a step's end could be laid through many that are alike.
    """

    apart: int
    far: tuple[Top, ...]


def lateness(times: Times, time: float) -> float:
    """How late a time is: -1 at zero, or the earliest time, 1 at the horizon."""
    assert times.until is not None
    share = min(time / times.until, 1.0)
    if times.trend == "log":
        return 1 - 2 * math.log(max(share, EARLIEST)) / math.log(EARLIEST)
    return 2 * max(share, 0.0) - 1


def step_of(late: float) -> int:
    """In which step that is."""
    return min(max(int((late + 1) / 2 * STEPS), 0), STEPS - 1)


def late(sides: Iterable[Dated]) -> Late:
    """Of some sets of events the worst; sets of none do not count."""
    some = [side for side in sides if any(side)]
    return Late(min(map(_apart, some), default=0), tuple(map(_far, some)))


def _apart(side: Dated) -> int:
    return sum(side) - max(sum(side[max(at - 1, 0) : at + 2]) for at in range(len(side)))


def _far(side: Dated) -> Top:
    """The squared distances from the steps about the middle event: in all, and the two largest.

    A sum of what persons differ by is off from nothing by the root of the squares that they count with.
    """
    middle = next(at for at, passed in enumerate(accumulate(side)) if 2 * passed >= sum(side))
    squares = [float(max(abs(at - middle) - 1, 0) ** 2) for at in range(len(side))]
    each = [square for square, number in zip(squares, side, strict=True) for _ in range(min(number, 2))]
    first, second, *_ = sorted([*each, 0.0, 0.0], reverse=True)
    return math.fsum(map(mul, squares, side)), first, second
