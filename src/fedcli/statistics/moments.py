"""Moments: n, missing, mean and sum of squared deviations of each variable in each group.

Merged by the pairwise update of Chan, Golub and LeVeque (1983), "Algorithms for computing the sample
variance", section 3; sums of squares are never formed, because they lose the digits of the variance.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import ClassVar, NamedTuple, Self

from fedcli.model.cells import Axis, Cell, Gap, Number, size
from fedcli.model.disclosure import Statbarn
from fedcli.model.policy import Disclosure, Rounding
from fedcli.statistics.counts import small_count
from fedcli.statistics.interval import (
    INFINITY,
    Span,
    about,
    add,
    gap,
    half_unit,
    mixed,
    quotient,
    share,
    span,
    value_of,
    within,
)
from fedcli.statistics.rounding import step, widest
from fedcli.statistics.shape import Field, Mask, Masks, Parcel, Shape

Bounds = tuple[Number, Number] | None


class Part(NamedTuple):
    """One cell of moments: `mean` and `m2` are None where nobody has a value.

    The errors say how far rounding may have moved them.
    """

    n: Cell
    mean: Cell
    m2: Cell
    mean_error: float = 0.0
    m2_error: float = 0.0

    @property
    def plain(self) -> Part:
        """As if no number were rounded: without a gap's number there is none."""
        return Part(value_of(self.n), value_of(self.mean), value_of(self.m2))


class Moments(Shape):
    """The first axis lists the variables; the others are the groups.

    `bounds` are the dictionary's bounds of each variable, from which the interval of a suppressed
    mean is known; `whole` says of which it declares whole numbers (empty: it may be of all).
    `per_person` is as for counts. `errors` are those of a sum of rounded moments.
    """

    __slots__ = ("bounds", "errors", "per_person", "whole")
    kind: ClassVar[str] = "moments"

    def __init__(
        self,
        axes: tuple[Axis, ...],
        cells: Mapping[str, tuple[Cell, ...]],
        digits: Mapping[str, int] | None = None,
        *,
        per_person: int | None,
        bounds: tuple[Bounds, ...],
        whole: tuple[bool, ...] = (),
        errors: tuple[tuple[float, float], ...] = (),
    ) -> None:
        super().__init__(axes, cells, digits)
        self.errors = errors
        self.per_person = per_person
        self.bounds = bounds
        self.whole = whole

    @property
    def fields(self) -> tuple[Field, ...]:
        """`n` and `missing` are counts, `mean` is a linear aggregation, `m2` a shape statistic."""
        groups = tuple(range(1, len(self.axes)))
        return (
            Field("n", Statbarn.FREQUENCIES, axes=groups),
            Field("missing", Statbarn.FREQUENCIES, zero_is_safe=True),
            Field("mean", Statbarn.LINEAR_AGGREGATIONS, precision="mean"),
            Field("m2", Statbarn.SHAPE, precision="sd"),
        )

    def having(self, cells: Mapping[str, tuple[Cell, ...]], digits: Mapping[str, int] | None = None) -> Self:
        """The same variables and groups with other cells."""
        known = {"per_person": self.per_person, "bounds": self.bounds, "whole": self.whole}
        return type(self)(self.axes, cells, digits, **known)  # type: ignore[arg-type]

    def __add__(self, other: Self) -> Self:
        """The moments of both sites' rows together."""
        self.check_like(other)
        parts = [merged(self.part(index), other.part(index)) for index in range(size(self.axes))]
        counts = {name: tuple(map(add, self.cells[name], other.cells[name])) for name in ("n", "missing")}
        values = {"mean": tuple(part.mean for part in parts), "m2": tuple(part.m2 for part in parts)}
        errors = tuple((part.mean_error, part.m2_error) for part in parts)
        whole = self.having(counts | values)
        whole.errors = errors
        return whole

    @property
    def groups(self) -> tuple[Axis, ...]:
        """All axes but the variables."""
        return self.axes[1:]

    def parcels(self) -> list[list[Parcel]]:
        """A group is those with a value of a variable, and those without, for every variable."""
        number = size(self.groups)
        return [
            [Parcel("n", Mask({at}), Mask({at})) for at in range(group, size(self.axes), number)]
            for group in range(number)
        ]

    def part(self, index: int) -> Part:
        """The n, mean and m2 of one cell, with their errors."""
        n, mean, m2 = (self.cells[name][index] for name in ("n", "mean", "m2"))
        if self.errors:
            return Part(n, mean, m2, *self.errors[index])
        return Part(n, mean, m2, self._error("mean", mean), self._error("m2", m2))

    def _error(self, name: str, cell: Cell) -> float:
        """Half a unit of the last digit that was released."""
        if name not in self.digits or not isinstance(cell, int | float):
            return 0.0
        return half_unit(cell, self.digits[name])

    def linked(self, masks: Masks) -> Masks:
        """Without n no mean, without mean no m2; and no total beside a suppressed part of it.

        `n` and `missing` of every variable add up to the same total of a group, so one of them
        that is suppressed could be read off another variable's: then no `missing` is released.
        """
        mean = masks["mean"] | masks["n"]
        groups = size(self.axes[1:])
        open_totals = {index % groups for index in masks["n"] | masks["missing"]}
        missing = Mask(index for index in range(size(self.axes)) if index % groups in open_totals)
        return {"n": masks["n"], "missing": missing, "mean": mean, "m2": masks["m2"] | mean}

    def step(self, field: Field, index: int, rounding: Rounding) -> float:
        """Of whole numbers n times the mean is whole, of zeros and ones a count: the mean would tell n."""
        whole = not self.whole or self.whole[index // size(self.groups)]
        if not whole or field.precision is None:
            return 0.0
        return step(self.cells["n"][index], rounding, spread=field.statbarn is Statbarn.SHAPE)

    def gap(self, field: Field, index: int, rules: Disclosure, primary: bool) -> Gap:
        """Counts as in a table; a mean lies within the variable's bounds, m2 under Popoviciu's bound."""
        if field.name == "missing" and len(self.axes[0].levels) > 1:
            return Gap(low=0)  # the difference of two variables' n is that of their missing values
        if field.statbarn is Statbarn.FREQUENCIES:
            return small_count(field, rules, self.per_person) if primary else Gap(low=0)
        bounds = self.bounds[index // size(self.axes[1:])]
        if field.name == "mean":
            return Gap(low=bounds[0], high=bounds[1]) if bounds else Gap()
        n = widest(self.cells["n"][index], rules.rounding, rules.min_count)
        if bounds is None or math.isinf(n):
            return Gap(low=0)
        return Gap(low=0, high=math.nextafter(n * (bounds[1] - bounds[0]) ** 2 / 4, INFINITY))


def variance(n: Cell, m2: Cell) -> Cell:
    """m2 / (n - 1), where there is more than one value."""
    if isinstance(n, int | float):
        return None if n < 2 else quotient(m2, n - 1)
    return quotient(m2, n, less=1)


def summed(part: Part) -> Cell:
    """The sum of the values, n times their mean; where either is rounded or a gap, with where it lies."""
    if part.n == 0:
        return 0
    if part.mean is None:
        return None
    n, mean = span(part.n), span(part.mean, part.mean_error)
    ends = [_product(one, other) for one in n for other in mean]
    number, middle = value_of(part.n), value_of(part.mean)
    if number is None or middle is None:
        return gap(Span(min(ends), max(ends)))
    return about(number * middle, Span(min(ends), max(ends)))


def merged(left: Part, right: Part) -> Part:
    """The moments of two groups of rows together, each as a number where it can be known."""
    if left.n == 0 or right.n == 0:
        return right if left.n == 0 else left
    match left, right:
        case (Part(int(n), int() | float() as mean, m2), Part(int(m), int() | float() as other, more)):
            delta, share, harmonic = other - mean, m / (n + m), n * m / (n + m)
            error = left.mean_error * (1 - share) + right.mean_error * share
            middle = mean + delta * share
            if not (isinstance(m2, int | float) and isinstance(more, int | float)):
                return Part(n + m, middle, _spread(left, right), error)
            apart = left.mean_error + right.mean_error
            off = left.m2_error + right.m2_error + harmonic * apart * (2 * abs(delta) + apart)
            return Part(n + m, middle, m2 + more + delta * delta * harmonic, error, off)
    number, spread = _numbers(left, right)
    ends = within(_mean(left, right), number), within(_spread(left, right), spread)
    return Part(add(left.n, right.n), *ends)


def _numbers(left: Part, right: Part) -> tuple[Number | None, Number | None]:
    """The mean and m2 of both as if no number were rounded; nothing beside a gap."""
    one, other = left.plain, right.plain
    if None in (one.n, other.n, one.mean, other.mean) and 0 not in (one.n, other.n):
        return None, None
    whole = merged(one, other)
    return value_of(whole.mean), value_of(whole.m2)


def _mean(left: Part, right: Part) -> Gap:
    """Where the mean of both can lie: a mean of the means, weighted by what the sizes can be."""
    a, b = span(left.n), span(right.n)
    weight = Span(share(a.low, b.high), share(a.high, b.low))
    return gap(mixed(weight, *(span(part.mean, part.mean_error) for part in (left, right))))


def _spread(left: Part, right: Part) -> Gap:
    """Where m2 of both can lie: both sums, and what lies between the means."""
    a, b = span(left.n), span(right.n)
    apart = span(left.mean, left.mean_error).distance(span(right.mean, right.mean_error))
    within = span(left.m2, left.m2_error) + span(right.m2, right.m2_error)
    low = within.low + _product(apart.low**2, _harmonic(a.low, b.low))
    high = within.high + _product(apart.high**2, _harmonic(a.high, b.high))
    return gap(Span(low, high), least=0.0)


def _harmonic(n: float, m: float) -> float:
    """n·m / (n + m), which grows with both."""
    return _product(min(n, m), share(max(n, m), min(n, m)))


def _product(x: float, y: float) -> float:
    """A product in which zero times infinity is zero."""
    return 0.0 if 0 in (x, y) else x * y
