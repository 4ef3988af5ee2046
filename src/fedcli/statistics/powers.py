"""Moments in their bounded form: how many values, their sum, and the sum of their squares."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import ClassVar

from fedcli.errors import fault
from fedcli.model.cells import Axis, Cell, Number, size
from fedcli.model.dataset import Dictionary
from fedcli.model.identifiers import ColumnName
from fedcli.model.policy import Contribution
from fedcli.statistics.forms import STEPS, Form, Numbers
from fedcli.statistics.moments import Moments
from fedcli.statistics.rows import empty_moments

#: A mean is told of at least so many standard deviations of noise, in values; a spread where the sum of
#: squares about the mean is as many of its own.
KNOWN = 3.0


class Scale:
    """The middle and half the width of a column's bounds; a value x is z = (x - middle) / half."""

    __slots__ = ("half", "middle")

    def __init__(self, bounds: tuple[Number, Number]) -> None:
        low, high = map(float, bounds)
        self.middle, self.half = low / 2 + high / 2, high / 2 - low / 2

    @property
    def largest(self) -> Scale:
        """The scale of values as they are: x is z times the larger end."""
        end = max(abs(self.middle - self.half), abs(self.middle + self.half))
        return Scale((-end, end))


class Powers(Form):
    """For each variable in each group: `n`, `missing`, `sum` of z and `squares`, the sum of z squared.

    At most `rows` rows of a person count. A row adds (1, z, z^2) to one group, or 1 to `missing`, and
    1 + z^2 + z^4 <= 3; `rows` of them at most `rows` times as much, in norm. So the square is 3 rows^2 for
    a variable, and variables add up. Truncation towards zero only makes it less.
    """

    kind: ClassVar[str] = "powers"

    def __init__(self, like: Moments, scales: tuple[Scale, ...], rows: int) -> None:
        self.axes = like.axes
        self._like, self.scales, self.rows = like, scales, rows

    @property
    def groups(self) -> tuple[Axis, ...]:
        """Those of the moments."""
        return self._like.groups

    @property
    def lengths(self) -> Mapping[str, int]:
        """One number for each variable and group."""
        return dict.fromkeys(("n", "missing", "sum", "squares"), size(self.axes))

    @property
    def unit(self) -> int:
        """The steps of a fixed-point z."""
        return STEPS

    @property
    def square(self) -> Fraction:
        """See above."""
        return Fraction(3 * self.rows**2 * len(self.scales))

    def decode(self, numbers: Numbers, deviation: float) -> Moments:
        """Mean and m2 from the powers; unknown where noise could make up the values, or their spread."""
        found = [self._part(place, numbers, deviation) for place in range(size(self.axes))]
        cells: dict[str, tuple[Cell, ...]] = {"n": numbers["n"], "missing": numbers["missing"]}
        cells |= {"mean": tuple(mean for mean, _ in found), "m2": tuple(m2 for _, m2 in found)}
        return self._like.having(cells)

    def _part(self, place: int, numbers: Numbers, deviation: float) -> tuple[float | None, float | None]:
        scale = self.scales[place // size(self.axes[1:])]
        n, total, squares = (numbers[name][place] for name in ("n", "sum", "squares"))
        if n <= max(1.0, KNOWN * deviation):
            return None, None
        z = min(max(total / n, -1.0), 1.0)
        mean, m2 = scale.middle + scale.half * z, max(0.0, squares - n * z * z)
        noise = deviation * math.sqrt(1 + 4 * z**2 + z**4)  # it is squares - total^2 / n
        return mean, (scale.half**2 * m2 if m2 >= KNOWN * noise else None)

    def typical(self, persons: int) -> Numbers:
        """Evenly in the groups, and within the bounds."""
        cells = size(self.axes)
        each = persons / size(self.axes[1:])
        row = {"n": each, "missing": 0.0, "sum": 0.0, "squares": each / 3}
        return {name: (number,) * cells for name, number in row.items()}


class Totals(Powers):
    """For each variable in each group: `n`, `missing`, and `sum`, the sum of each person's total.

    All rows of a person are added up, and then the total is clamped to what `rows` values can reach, which
    clamping each row would not do; in units of the larger end of the bounds that is `rows`. Of `n` and
    `missing` a person adds `rows` together. So the square is 2 rows^2 in one group, `cells` times that where
    a person is in so many, and variables add up.
    """

    kind: ClassVar[str] = "totals"

    def __init__(self, like: Moments, scales: tuple[Scale, ...], rows: int, cells: int) -> None:
        super().__init__(like, scales, rows)
        self.cells = cells

    @property
    def lengths(self) -> Mapping[str, int]:
        """One number for each variable and group."""
        return dict.fromkeys(("n", "missing", "sum"), size(self.axes))

    @property
    def square(self) -> Fraction:
        """See above."""
        return Fraction(2 * self.rows**2 * self.cells * len(self.scales))

    def decode(self, numbers: Numbers, deviation: float) -> Moments:
        """Means that give the totals when they are multiplied by n, which noise may bring below zero.

        An n of zero is told as one step, which is far less than the noise: nothing could be multiplied by it.
        """
        n = tuple(n or 1 / self.unit for n in numbers["n"]) if deviation else numbers["n"]
        return super().decode({**numbers, "n": n}, deviation)

    def _part(self, place: int, numbers: Numbers, deviation: float) -> tuple[float | None, float | None]:
        """A mean that is not divided by n for good."""
        del deviation
        half = self.scales[place // size(self.axes[1:])].half
        n, total = numbers["n"][place], numbers["sum"][place]
        return (half * total / n if n else None), None

    def typical(self, persons: int) -> Numbers:
        """Evenly in the groups, half way up."""
        found = super().typical(persons)
        return {
            name: tuple(n / 2 for n in found["n"]) if name == "sum" else found[name] for name in self.lengths
        }


def powers(
    dictionary: Dictionary,
    contribution: Contribution,
    columns: Sequence[ColumnName],
    by: Sequence[ColumnName],
    *,
    totals: bool = False,
) -> Powers:
    """The bounded form of moments, or of each person's totals.

    Raises:
        InvalidFile: Q-BOUNDS for a column without bounds.
    """
    like = empty_moments(dictionary, columns, by)
    rows = contribution.rows if dictionary.repeats else 1
    if totals:
        cells = min(contribution.cells if dictionary.repeats else 1, size(like.axes[1:]))
        ends = tuple(scale(dictionary, name).largest for name in columns)
        return Totals(like, ends, rows, cells)
    return Powers(like, tuple(scale(dictionary, name) for name in columns), rows)


def scale(dictionary: Dictionary, name: ColumnName) -> Scale:
    """The scale of a column, or Q-BOUNDS."""
    found = dictionary.columns[name].range
    if found is None or found[0] == found[1]:
        raise fault("Q-BOUNDS", column=name, where="the query")
    return Scale(found)
