"""Counts: how many persons or rows there are in each cell of a table over declared levels."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Self

from fedcli.model.cells import Axis, Cell, Gap
from fedcli.model.disclosure import Statbarn
from fedcli.model.policy import Disclosure
from fedcli.statistics.interval import add
from fedcli.statistics.shape import Field, Shape


class Counts(Shape):
    """An n-way table: `count` for each combination of levels, `missing` for rows without one.

    `per_person` is the most that one person can add to a cell (None: unknown), so that a cell under
    the threshold of persons has an upper end. Without axes there is one cell and nothing is missing.
    """

    __slots__ = ("per_person",)
    kind: ClassVar[str] = "counts"

    def __init__(
        self,
        axes: tuple[Axis, ...],
        cells: Mapping[str, tuple[Cell, ...]],
        digits: Mapping[str, int] | None = None,
        *,
        per_person: int | None,
    ) -> None:
        super().__init__(axes, cells, digits)
        self.per_person = per_person

    @property
    def fields(self) -> tuple[Field, ...]:
        """`count` over the axes, and `missing` where there are axes."""
        count = Field("count", Statbarn.FREQUENCIES, axes=tuple(range(len(self.axes))))
        missing = Field("missing", Statbarn.FREQUENCIES, zero_is_safe=True)
        return (count, missing) if self.axes else (count,)

    def length(self, field: Field) -> int:
        """One for `missing`, one for each combination of levels for `count`."""
        return 1 if field.name == "missing" else super().length(field)

    def having(self, cells: Mapping[str, tuple[Cell, ...]], digits: Mapping[str, int] | None = None) -> Self:
        """The same table with other cells."""
        return type(self)(self.axes, cells, digits, per_person=self.per_person)

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
