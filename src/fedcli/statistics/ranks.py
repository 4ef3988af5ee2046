"""Choices of a quantile in their bounded form: how well each candidate would divide the values.

For a share p = num / den the score of a candidate is |(den - num) less - num greater|, of how many values are
below it and above it: zero for a quantile, and larger the worse it divides them. Noise chooses one whose
score is about the lowest (noisy max; the exponential mechanism of McSherry and Talwar 2007 with the scores of
Smith 2011, as OpenDP has them), and all that leaves is which one that was.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import ClassVar

from fedcli.model.cells import Axis, Number
from fedcli.model.dataset import Dictionary
from fedcli.model.identifiers import ColumnName
from fedcli.model.policy import Contribution
from fedcli.model.release import Mechanism
from fedcli.statistics.counts import Counts
from fedcli.statistics.forms import Form, Numbers

#: The name of the axis that lists the shares side by side.
SHARE = "p"


class Ranks(Form):
    """For each share the score of each candidate; what leaves is a one for the candidate that was chosen.

    A value adds den - num, -num or nothing to the number whose size is the score, so it moves each score by
    at most max(num, den - num), up or down; a person has at most `rows` values. Each share is a draw of its
    own, at an even part of the price. Noise is told in units of what a person can change: the square is 1.
    """

    kind: ClassVar[str] = "ranks"
    mechanism: ClassVar[Mechanism] = "noisy-max"

    def __init__(self, column: ColumnName, grid: Sequence[Number], at: Sequence[float], rows: int) -> None:
        self.axes = (Axis(name=SHARE, levels=tuple(at)), Axis(name=column, levels=tuple(grid)))
        self.grid, self.rows = tuple(grid), rows
        self._shares = tuple(Fraction(repr(share)) for share in at)

    @property
    def lengths(self) -> Mapping[str, int]:
        """One number for each share and candidate."""
        return {"chosen": len(self._shares) * len(self.grid)}

    @property
    def unit(self) -> int:
        """Scores are whole, and so are choices."""
        return 1

    @property
    def square(self) -> Fraction:
        """See above."""
        return Fraction(1)

    @property
    def draws(self) -> int:
        """One for each share."""
        return len(self._shares)

    def scores(self, less: Sequence[int], greater: Sequence[int]) -> tuple[int, ...]:
        """The vector, from how many values are below and above each candidate."""
        return tuple(
            abs((share.denominator - share.numerator) * below - share.numerator * above)
            for share in self._shares
            for below, above in zip(less, greater, strict=True)
        )

    @property
    def reach(self) -> tuple[int, ...]:
        """How far one person can move a score, for each share."""
        return tuple(
            self.rows * max(share.numerator, share.denominator - share.numerator) for share in self._shares
        )

    def blocks(self, vector: Sequence[int]) -> list[Sequence[int]]:
        """The scores of each share."""
        width = len(self.grid)
        return [vector[start : start + width] for start in range(0, len(vector), width)]

    def chosen(self, indexes: Sequence[int]) -> tuple[int, ...]:
        """What leaves: for each share a one for the candidate of an index, zeros for the others."""
        return tuple(int(at == index) for index in indexes for at in range(len(self.grid)))

    def possible(self, numbers: Numbers) -> bool:
        """Whether exactly one candidate was chosen for each share."""
        choice = [0] * (len(self.grid) - 1) + [1]
        return all(sorted(block) == choice for block in self.blocks(numbers["chosen"]))  # type: ignore[arg-type]

    def variance(self, scale: float) -> float:
        """None: a choice is not a number that noise was added to."""
        del scale
        return 0.0

    def slip(self, scale: float) -> float:
        """With Gumbel noise of a scale s in k scores the chosen one is s log(k / 0.05) from the best at most.

        That is so in 95 of 100 draws (Dwork and Roth 2014, corollary 3.12). A candidate further by a value in
        rank has a score larger by the share's denominator.
        """
        each = zip(self.reach, self._shares, strict=True)
        return scale * math.log(len(self.grid) / 0.05) * max(reach / one.denominator for reach, one in each)

    def decode(self, numbers: Numbers, deviation: float) -> Counts:
        """How many sites chose each candidate."""
        del deviation
        return Counts(self.axes, {"count": numbers["chosen"], "missing": (0,)}, per_person=None)

    def typical(self, persons: int) -> Numbers:
        """A choice that is the same whoever they are: the first."""
        del persons
        return {"chosen": self.chosen([0] * len(self._shares))}


def ranks(
    dictionary: Dictionary,
    contribution: Contribution,
    column: ColumnName,
    grid: Sequence[Number],
    at: Sequence[float],
) -> Ranks:
    """The bounded form of a choice among the candidates of a grid for each share."""
    return Ranks(column, grid, at, contribution.rows if dictionary.repeats else 1)
