"""Counts: how many persons or rows there are in each cell of a table over declared levels or bins."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Self

from fedcli.model.cells import Axis, Cell, Gap, size
from fedcli.model.disclosure import Statbarn
from fedcli.model.policy import Disclosure
from fedcli.statistics.interval import add
from fedcli.statistics.shape import Field, Mask, Parcel, Shape


class Counts(Shape):
    """An n-way table: `count` for each combination of levels, `missing` for rows without one.

    `per_person` is the most that one person can add to a cell (None: unknown), so that a cell under
    the threshold of persons has an upper end. Without axes there is one cell and nothing is missing.

    The last `within` axes are groups: `missing` then has a cell for each group, and who has no group
    is not in the table.
    """

    __slots__ = ("per_person", "within")
    kind: ClassVar[str] = "counts"

    def __init__(
        self,
        axes: tuple[Axis, ...],
        cells: Mapping[str, tuple[Cell, ...]],
        digits: Mapping[str, int] | None = None,
        *,
        per_person: int | None,
        within: int = 0,
    ) -> None:
        super().__init__(axes, cells, digits)
        self.per_person = per_person
        self.within = within

    @property
    def fields(self) -> tuple[Field, ...]:
        """`count` over the axes, and `missing` where there are axes."""
        count = Field("count", Statbarn.FREQUENCIES, axes=tuple(range(len(self.axes))))
        missing = Field("missing", Statbarn.FREQUENCIES, zero_is_safe=True)
        return (count, missing) if self.axes else (count,)

    @property
    def groups(self) -> tuple[Axis, ...]:
        """The axes within which everything is told."""
        return self.axes[len(self.axes) - self.within :]

    def parcels(self) -> list[list[Parcel]]:
        """A group is all of its cells, and `missing`; a bare number is no part of anything."""
        if not self.axes:
            return super().parcels()
        number = size(self.groups)
        cells = [Mask(range(group, size(self.axes), number)) for group in range(number)]
        return [[Parcel("count", mask, Mask({group}))] for group, mask in enumerate(cells)]

    def length(self, field: Field) -> int:
        """One for each group for `missing`, one for each combination of levels for `count`."""
        return size(self.groups) if field.name == "missing" else super().length(field)

    def having(self, cells: Mapping[str, tuple[Cell, ...]], digits: Mapping[str, int] | None = None) -> Self:
        """The same table with other cells."""
        return type(self)(self.axes, cells, digits, per_person=self.per_person, within=self.within)

    def __add__(self, other: Self) -> Self:
        """Cell by cell."""
        self.check_like(other)
        return self.having(
            {
                field.name: tuple(map(add, self.cells[field.name], other.cells[field.name]))
                for field in self.fields
            }
        )

    def gap(self, field: Field, index: int, rules: Disclosure, primary: bool) -> Gap:
        """What fewer than `min_count` persons can add up to; at least one, unless zeros hide there."""
        del index
        return small_count(field, rules, self.per_person) if primary else Gap(low=0)


def small_count(field: Field, rules: Disclosure, per_person: int | None) -> Gap:
    """The interval of a count that fewer persons than the threshold contribute to."""
    low = 1 if rules.zeros == "release" or field.zero_is_safe else 0
    return Gap(low=low, high=None if per_person is None else (rules.min_count - 1) * per_person)
