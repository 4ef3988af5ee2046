"""Groups around centres in their bounded form: how many rows each has, and the sums of their columns.

Lloyd's algorithm with noise in what a centre moves to (Blum, Dwork, McSherry and Nissim 2005, "Practical
privacy: the SuLQ framework"), priced in zCDP. Spreads would cost a number more of each column, and move
nothing; they are not told.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import ClassVar

from fedcli.model.cells import Axis, Cell, size
from fedcli.model.dataset import Dictionary
from fedcli.model.policy import Contribution
from fedcli.statistics.forms import STEPS, Form, Numbers
from fedcli.statistics.moments import Moments
from fedcli.statistics.nearest import Nearest, empty_clusters
from fedcli.statistics.powers import KNOWN, Scale, scale


class Blurred(Moments):
    """Moments of noisy sums: a mean that is not told is one of hardly anybody, and spreads are not told."""

    __slots__ = ()


class Centres(Form):
    """For each group `n`, and for each column in each group `sum`, of z = (value - middle) / half.

    A row is in one group, whatever the others are: it adds 1 to that n, and a z within [-1, 1] to the sum of
    each of d columns there, (1, z_1, ..., z_d), whose square is at most 1 + d. At most `rows` rows of a
    person count, in one group or in several, and add at most `rows` times as much, in norm. So the square is
    rows^2 (1 + d). Truncation towards zero only makes it less.
    """

    kind: ClassVar[str] = "centres"

    def __init__(self, like: Moments, scales: tuple[Scale, ...], rows: int) -> None:
        self.axes = like.axes
        self._like, self.scales, self.rows = like, scales, rows

    @property
    def groups(self) -> tuple[Axis, ...]:
        """The clusters."""
        return self._like.groups

    @property
    def lengths(self) -> Mapping[str, int]:
        """A number for each cluster, and one for each column in each."""
        return {"n": size(self.groups), "sum": size(self.axes)}

    @property
    def unit(self) -> int:
        """The steps of a fixed-point z."""
        return STEPS

    @property
    def square(self) -> Fraction:
        """See above."""
        return Fraction(self.rows**2 * (1 + len(self.scales)))

    def decode(self, numbers: Numbers, deviation: float) -> Blurred:
        """The means of groups in which more rows are than noise could make up."""
        many = size(self.groups)
        means = [
            self._mean(at // many, numbers["n"][at % many], total, deviation)
            for at, total in enumerate(numbers["sum"])
        ]
        nothing: tuple[Cell, ...] = (None,) * len(means)
        cells = {"n": numbers["n"] * len(self.scales), "missing": (0,) * len(means), "mean": tuple(means)}
        like = self._like
        known = {"per_person": like.per_person, "bounds": like.bounds, "whole": like.whole}
        return Blurred(self.axes, cells | {"m2": nothing}, **known)  # type: ignore[arg-type]

    def _mean(self, column: int, n: float, total: float, deviation: float) -> float | None:
        if n <= max(1.0, KNOWN * deviation):
            return None
        return self.scales[column].middle + self.scales[column].half * min(max(total / n, -1.0), 1.0)

    def typical(self, persons: int) -> Numbers:
        """Evenly in the groups, in the middle of the bounds."""
        many = size(self.groups)
        return {"n": (persons / many,) * many, "sum": (0.0,) * size(self.axes)}


def centres(dictionary: Dictionary, contribution: Contribution, nearest: Nearest) -> Centres:
    """The bounded form of groups around centres.

    Raises:
        InvalidFile: Q-BOUNDS for a column without bounds.
    """
    scales = tuple(scale(dictionary, name) for name in nearest.columns)
    return Centres(
        empty_clusters(dictionary, nearest), scales, contribution.rows if dictionary.repeats else 1
    )
