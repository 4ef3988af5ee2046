"""What analytics of follow-ups share: their columns, and the counts of who left in each interval, and how."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Annotated, Self

from pydantic import Field, model_validator

from fedcli.analytics._contract import Analytic, Categories, Category, Numeric
from fedcli.analytics._grids import Edges
from fedcli.errors import fault
from fedcli.model.cells import Cell, size
from fedcli.model.dataset import Dictionary, Level
from fedcli.statistics.bins import Bins
from fedcli.statistics.counts import Counts
from fedcli.statistics.rows import Rows
from fedcli.statistics.seal import Sealed

#: The levels of a group, and for each way in which follow-up ends how many ended so in each interval.
Ended = tuple[tuple[Level, ...], tuple[tuple[Cell, ...], ...]]
#: The levels of a group, and in each of its intervals how many had the event, and how many were censored.
Left = tuple[tuple[Level, ...], tuple[Cell, ...], tuple[Cell, ...]]


class OnAGrid(Analytic[Counts]):
    """Follow-ups that end in one of several ways, on a grid of times that begins at zero."""

    time: Numeric
    event: Annotated[Category, Field(description="how follow-up ended, by its declared levels")]
    edges: Annotated[Edges, Field(min_length=3, description="edges of the intervals, increasing from zero")]
    by: Annotated[Categories, Field(max_length=1)] = ()

    @model_validator(mode="after")
    def _on_a_grid(self) -> Self:
        if self.edges[0] != 0:
            raise ValueError("the first edge is zero, where follow-up begins")
        if len({self.time, self.event, *self.by}) != 2 + len(self.by):
            raise ValueError("time, event and groups are different columns")
        return self

    def local(self, rows: Rows) -> Sealed[Counts]:
        """How many rows are in each interval, with each end, in each group.

        Below the second edge is the first interval, above the last are survivors.
        """
        return rows.counts(by=(self.event, *self.by), of="row", bins=Bins(self.time, self.edges[1:]))

    def ends(self, total: Counts) -> Iterator[Ended]:
        """Each group; the cells of one interval lie together."""
        outcomes, width = total.axes[1].levels, size(total.axes[1:])
        groups = list(product(*(axis.levels for axis in total.axes[2:])))
        for place, levels in enumerate(groups):
            starts = (at * len(groups) + place for at in range(len(outcomes)))
            yield levels, tuple(total.cells["count"][start::width] for start in starts)


class FollowUp(OnAGrid):
    """Follow-ups that end with an event, or are censored."""

    event: Annotated[Category, Field(description="whether the event came: true or false, or 1 or 0")]

    def check(self, dictionary: Dictionary) -> None:
        """As for every analytic; and the event is true or false, or 1 or 0."""
        super().check(dictionary)
        column = dictionary.column(self.event)
        if column.type == "text" or set(column.categories) != {0, 1}:
            raise fault("Q-TYPE", column=self.event, type=column.type, wanted="true or false, or 1 or 0,")

    def left(self, total: Counts) -> Iterator[Left]:
        """Each group: who had the event in each interval, and who was censored."""
        came = total.axes[1].levels.index(True)
        for levels, ends in self.ends(total):
            yield levels, ends[came], ends[1 - came]
