"""A black-box audit: what an attacker can tell of one person from noisy answers, held against the promise.

(epsilon, delta) promises of every event that its chances with and without a person obey p <= exp(epsilon)
q + delta. So an event that is seen more often than that refutes the promise. Half of the draws choose the
event, the other half are counted, and intervals of Clopper and Pearson make a lower bound of epsilon that
holds but for a stated doubt (Jagielski, Ullman and Oprea 2020).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.stats import beta

from fedcli.policy.noise import gaussian, loudest
from fedcli.policy.zcdp import epsilon

Statistic = npt.NDArray[np.float64]
Vector = tuple[int, ...]

DELTAS = (Fraction(1, 10**6), Fraction(1, 1000), Fraction(1, 100), Fraction(1, 10))
RHOS = (Fraction(1, 20), Fraction(1, 2))
#: The control draws as though four times as much had been paid, which halves the noise.
HALVED = 4
#: How many entries are drawn for each side of each case, how many choices, and how many in one call.
ENTRIES, CHOICES, AT_ONCE = 400_000, 15_000, 100_000
DOUBT = 1e-3


class Case(NamedTuple):
    """Answers about two data sets that differ in one person as far as they may, and how one is told."""

    name: str
    without: Vector
    with_one: Vector
    draw: Callable[[Case, Vector, Fraction, int], Statistic]
    choice: bool = False

    @property
    def square(self) -> int:
        """The squared distance of the two: all of the sensitivity, so that the audit is of the worst case."""
        return sum((one - other) ** 2 for one, other in zip(self.with_one, self.without, strict=True))


class Bound(NamedTuple):
    """What was promised at a delta, and the epsilon that was seen at least."""

    delta: Fraction
    least: float
    promised: float

    @property
    def broken(self) -> bool:
        """Whether more was seen than promised."""
        return self.least > self.promised


def projected(case: Case, vector: Vector, rho: Fraction, copies: int) -> Statistic:
    """Noisy vectors on the line between the two answers: what tells a Gaussian best from another.

    The entries of a draw are independent, and the width depends on sensitivity and rho alone, so one draw
    of a vector that repeats is as many draws.
    """
    at_once = max(1, AT_ONCE // len(vector))
    direction = np.asarray(case.with_one, dtype=float) - np.asarray(case.without, dtype=float)
    told: list[Statistic] = []
    for start in range(0, copies, at_once):
        number = min(at_once, copies - start)
        noisy = np.asarray(gaussian(vector * number, case.square, rho).vector).reshape(number, -1)
        told.append((noisy - np.asarray(case.without)).astype(float) @ (direction / case.square))
    return np.concatenate(told)


def chosen(case: Case, vector: Vector, rho: Fraction, copies: int) -> Statistic:
    """Which of two scores won, so many times."""
    linf = max(abs(one - other) for one, other in zip(case.with_one, case.without, strict=True))
    return np.asarray([loudest(vector, linf, rho) for _ in range(copies)], dtype=float)


_MOMENT, _MODEL = 2**20, 2**34
CASES = (
    Case("a count", (100,), (101,), projected),
    Case("a histogram, two cells a person", (10, 0, 30, 7), (11, 1, 30, 7), projected),
    Case("moments", (50 * _MOMENT, 0, 20 * _MOMENT), (51 * _MOMENT, _MOMENT, 21 * _MOMENT), projected),
    Case(
        "a model of three columns",
        (_MODEL, 5, 0, _MODEL, 0, _MODEL, 77, 0, -3, _MODEL),
        (2 * _MODEL, 5, 0, _MODEL, 0, _MODEL, 77 + _MODEL, 0, -3, 2 * _MODEL),
        projected,
    ),
    Case(
        "a group of two columns",
        (50 * _MOMENT, 7 * _MOMENT, 0),
        (51 * _MOMENT, 8 * _MOMENT, -_MOMENT),
        projected,
    ),
    Case("a bin of each of two columns", (9, 4, 20, 9), (10, 5, 21, 10), projected),
    Case("a slope of two coefficients", (900, -70), (900, -70 - _MOMENT), projected),
    # A person moves one score down and the other up; the scores are level with the person.
    Case("a choice", (2000, 0), (1000, 1000), chosen, choice=True),
)


def audit(
    case: Case, promised: Fraction, drawn: Fraction, copies: int, doubt: float = DOUBT
) -> Iterator[Bound]:
    """What is seen of a mechanism that draws at one rho and promises another, at each delta."""
    without, with_one = (case.draw(case, vector, drawn, copies) for vector in (case.without, case.with_one))
    for delta in DELTAS:
        yield Bound(delta, lower_bound(without, with_one, float(delta), doubt), epsilon(promised, delta))


def copies_of(case: Case) -> int:
    """How many draws a campaign makes of each side."""
    return CHOICES if case.choice else ENTRIES // len(case.without)


def lower_bound(without: Statistic, with_one: Statistic, delta: float, doubt: float) -> float:
    """An epsilon that the mechanism has at least, but for a chance of `doubt`; 0 where nothing is seen."""
    half = len(without) // 2
    train, count = (without[:half], with_one[:half]), (without[half:], with_one[half:])
    cuts = np.unique(np.quantile(np.concatenate(train), np.linspace(0, 1, 400), method="nearest"))
    best = (0.0, math.inf, 1, 0)
    for more in (0, 1):
        for sign in (1, -1):
            seen = _seen(*_sides(train, more), cuts, sign, delta, doubt)
            at = int(seen.argmax())
            best = max(best, (float(seen[at]), float(cuts[at]), sign, more))
    _, cut, sign, more = best
    return max(0.0, float(_seen(*_sides(count, more), np.asarray([cut]), sign, delta, doubt)[0]))


def _sides(both: tuple[Statistic, Statistic], more: int) -> tuple[Statistic, Statistic]:
    """The side on which the event is the likelier, and the other."""
    return both[more], both[1 - more]


def _seen(
    likely: Statistic, rare: Statistic, cuts: Statistic, sign: int, delta: float, doubt: float
) -> Statistic:
    """The lower bound from each event "at least the cut" (or at most, where the sign is -1)."""
    n, p, q = len(likely), _number(likely, cuts, sign), _number(rare, cuts, sign)
    least = np.where(p > 0, beta.ppf(doubt / 2, np.maximum(p, 1), n - p + 1), 0.0)
    most = np.where(q < n, beta.ppf(1 - doubt / 2, q + 1, np.maximum(n - q, 1)), 1.0)
    return np.log(np.maximum(least - delta, 1e-300) / most)


def _number(values: Statistic, cuts: Statistic, sign: int) -> npt.NDArray[np.int64]:
    """How many values are at least (at most) each cut."""
    ordered = np.sort(values)
    if sign < 0:
        return np.searchsorted(ordered, cuts, side="right")
    return len(values) - np.searchsorted(ordered, cuts, side="left")
