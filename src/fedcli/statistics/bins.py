"""Bins: a numeric column cut at edges that the question declares, never at values of the data."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from fedcli.model.cells import Axis, Number
from fedcli.model.identifiers import ColumnName

BELOW, ABOVE = "below", "above"
Ends = tuple[Number | None, Number | None]


@dataclass(frozen=True, slots=True)
class Bins:
    """A column and the increasing edges of its bins.

    A bin has its lower edge in it, the last one also its upper edge. What is below the first edge
    and above the last has a bin of its own, so that every value is somewhere.
    """

    column: ColumnName
    edges: tuple[Number, ...]

    @property
    def ends(self) -> tuple[Ends, ...]:
        """The lower and the upper edge of each bin, None where it is open."""
        return ((None, self.edges[0]), *pairwise(self.edges), (self.edges[-1], None))

    @property
    def labels(self) -> tuple[str, ...]:
        """`below`, `[40, 50)` and so on, `[50, 60]`, `above`."""
        return (BELOW, *self._labels(), ABOVE)

    @property
    def axis(self) -> Axis:
        """The bins as the levels of an axis under the column's name."""
        return Axis(name=self.column, levels=self.labels)

    def _labels(self) -> Iterator[str]:
        for low, high in pairwise(self.edges):
            yield f"[{low}, {high}{']' if high == self.edges[-1] else ')'}"


def edges_of(axis: Axis) -> tuple[float, ...]:
    """The edges of bins, from their labels."""
    inner = [str(label)[1:-1].split(", ") for label in axis.levels[1:-1]]
    return (*(float(low) for low, _ in inner), float(inner[-1][1]))
