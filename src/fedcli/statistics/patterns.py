"""Patterns of missing values: how many persons or rows lack which of some columns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import reduce
from itertools import combinations, product
from typing import ClassVar

from fedcli.model.cells import Axis, Cell, Gap
from fedcli.model.identifiers import ColumnName
from fedcli.statistics.counts import Counts
from fedcli.statistics.interval import add, span
from fedcli.statistics.shape import Field, Parcel, Shape

#: What a row has, or lacks, of a column; in the order of the cells.
LEVELS = ("present", "missing")


class Patterns(Counts):
    """A table with an axis of two levels for each column: every row is in one cell, and none is left out.

    The first cell has the complete rows, the last those that lack everything.
    """

    __slots__ = ()
    kind: ClassVar[str] = "patterns"

    @property
    def fields(self) -> tuple[Field, ...]:
        """`count` over the axes."""
        count, *_ = super().fields
        return (count,)

    def parcels(self) -> list[list[Parcel]]:
        """It is no part of a bundle."""
        return Shape.parcels(self)

    @property
    def patterns(self) -> Iterator[tuple[str, ...]]:
        """What is there and what is not, cell by cell."""
        return product(LEVELS, repeat=len(self.axes))

    @property
    def complete(self) -> Cell:
        """How many lack nothing."""
        return self.cells["count"][0]

    def lacking(self, at: int) -> tuple[Cell, Cell]:
        """How many lack a column, and how many have it: as sums of the cells."""
        counts = list(zip(self.patterns, self.cells["count"], strict=True))
        missing, present = (
            reduce(add, [count for pattern, count in counts if pattern[at] == level])
            for level in reversed(LEVELS)
        )
        return missing, present

    def monotone(self) -> Cell:
        """1 where the columns can be put in an order such that who lacks one lacks all after it, else 0.

        Patterns are then a chain of sets (Little and Rubin 2020, section 1.2). Where hidden counts leave it
        open, it is the interval from 0 to 1.
        """
        ends = [
            (pattern, span(count)) for pattern, count in zip(self.patterns, self.cells["count"], strict=True)
        ]
        if not _chain([pattern for pattern, one in ends if one.low > 0]):
            return 0
        return 1 if _chain([pattern for pattern, one in ends if one.high > 0]) else Gap(low=0, high=1)


def over(columns: Sequence[ColumnName]) -> tuple[Axis, ...]:
    """An axis for each column."""
    return tuple(Axis(name=name, levels=LEVELS) for name in columns)


def _chain(patterns: Sequence[tuple[str, ...]]) -> bool:
    """Whether of every two patterns one lacks all that the other lacks."""
    sets = [{at for at, level in enumerate(one) if level == LEVELS[1]} for one in patterns]
    return all(one <= other or other <= one for one, other in combinations(sets, 2))
