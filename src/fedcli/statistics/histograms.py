"""Histograms of gradients in their bounded form: what trees are grown of, in each bin of each open node.

Numbers of the outcome are not answered: how far one lies from its score has no end before the scores have.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from fractions import Fraction
from typing import ClassVar

from fedcli.errors import fault
from fedcli.model.cells import Axis, size
from fedcli.model.dataset import Dictionary
from fedcli.model.policy import Contribution
from fedcli.model.trees import Growing
from fedcli.statistics.forms import STEPS, Form, Numbers
from fedcli.statistics.gradients import Gradients, Sums, empty_gradients, logistic
from fedcli.statistics.powers import KNOWN

#: Of g = p - y and 4 h = 4 p (1 - p) the squares add up to at most 1.2862, where 16 (1 - p) (2 p - 1) = 1.
_MOST = Fraction(129, 100)
#: No hessian is larger than one part of four.
_QUARTER = 4


class Rough(Gradients):
    """Gradients that have noise: every sum is known, and none for sure.

    Each has noise `blur` wide; a side of a split with fewer rows than `least` could be made up by it.
    """

    __slots__ = ("blur", "least", "told")
    blur: float
    least: float
    told: tuple[Sums, ...]

    def sums(self, at: int) -> Sums:
        """The noisy sums in a bin."""
        return self.told[at]

    def loss(self) -> None:
        """Not told: it has no end."""


class Histograms(Form):
    """For each bin of each open node `n` and, while all scores are alike, `second`: how many have that level.

    Later `n`, `gradient` and `hessian`, which is told times four. A row is in one open node, in one bin of
    each of its columns there, and at a root once more; it adds 1 and at most 1 to each of these bins, or 1, g
    and 4 h. So the square is 2, or 2.29, for each of them. At most `rows` rows of a person count, and add at
    most `rows` times as much, in norm. Truncation towards zero only makes it less.
    """

    kind: ClassVar[str] = "histograms"

    def __init__(self, growing: Growing, like: Gradients, rows: int) -> None:
        self.axes: tuple[Axis, ...] = like.axes[1:]
        self.growing, self._like, self.rows = growing, like, rows

    @property
    def names(self) -> tuple[str, ...]:
        """What is told of each bin."""
        return ("n", "second") if self.growing.flat else ("n", "gradient", "hessian")

    @property
    def lengths(self) -> Mapping[str, int]:
        """One number for each bin."""
        return dict.fromkeys(self.names, size(self.axes))

    @property
    def unit(self) -> int:
        """The steps of a fixed-point gradient."""
        return STEPS

    @property
    def square(self) -> Fraction:
        """See above."""
        told: dict[int, set[int]] = {}
        for spot in self.growing.spots:
            told.setdefault(spot.node, set()).add(spot.feature)
        most = max(map(len, told.values()), default=1)
        return self.rows**2 * most * (Fraction(2) if self.growing.flat else 1 + _MOST)

    def decode(self, numbers: Numbers, deviation: float) -> Rough:
        """Sums of each bin as they are told."""
        like, none = self._like, (None,) * size(self._like.axes)
        cells = {"n": numbers["n"], "mean": none}
        known = {"growing": like.growing, "per_person": like.per_person, "whole": like.whole}
        rough = Rough(like.axes, cells, **known)  # type: ignore[arg-type]
        rough.told = tuple(map(self._sums, *(numbers[name] for name in self.names)))
        widest = max(one.bins for one in self.growing.divided.features)
        rough.blur, rough.least = deviation, KNOWN * deviation * math.sqrt(widest)
        return rough

    def _sums(self, n: float, one: float, four: float = 0.0) -> Sums:
        if not self.growing.flat:
            return Sums(n, 0.0, one, four / _QUARTER)
        share = logistic(self.growing.forest.start)
        return Sums(n, one, n * share - one, n * share * (1 - share))

    def typical(self, persons: int) -> Numbers:
        """Evenly in the bins, and half of them of either level."""
        told = [persons / len(line) for line in self.growing.lines() for _ in line]
        row = tuple(told)
        rest = {name: tuple(one / 2 for one in row) for name in self.names[1:]}
        return {"n": row} | rest


def histograms(dictionary: Dictionary, contribution: Contribution, growing: Growing) -> Histograms:
    """The bounded form of a round of boosting.

    Raises:
        InvalidFile: Q-NOISE for an outcome that is a number, and for the loss.
    """
    if not growing.divided.classes:
        raise fault("Q-NOISE", what="a tree of a number")
    if growing.measuring or growing.drawn is not None:
        raise fault("Q-NOISE", what="a loss, or a tree that votes")
    rows = contribution.rows if dictionary.repeats else 1
    return Histograms(growing, empty_gradients(growing, dictionary), rows)
