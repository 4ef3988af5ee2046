"""What a shape of counts tells of rows and persons, by the values of columns: no more than truly holds.

A cell is the rows with certain values of some columns. `missing` is a group without those that have all
of its values. Persons who may have several rows are in several cells, so that their counts are no sums.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise, product
from typing import Literal, NamedTuple, TypeAlias

from fedcli.model.cells import Axis, Cell, Gap
from fedcli.model.dataset import NUMERIC, Dictionary, Level
from fedcli.model.identifiers import ColumnName, FieldName, Name
from fedcli.statistics.bins import binned, edges_of
from fedcli.statistics.bundle import Bundle
from fedcli.statistics.counts import Counts
from fedcli.statistics.deviations import Deviations
from fedcli.statistics.moments import Moments
from fedcli.statistics.patterns import Patterns
from fedcli.statistics.shape import Shape

#: A place on the line of numbers: before a number (0), after it (1).
Cut: TypeAlias = tuple[float, float]


class Is(NamedTuple):
    """A column has this level."""

    level: Level


class Between(NamedTuple):
    """A column has a number from one cut to the next."""

    low: Cut
    high: Cut


class Has(NamedTuple):
    """Whether a column has a value."""

    value: bool


Part: TypeAlias = Is | Between | Has
#: The rows for which all of this is so.
Where: TypeAlias = tuple[tuple[ColumnName, Part], ...]


class Told(NamedTuple):
    """A cell of a shape: a sum of rows, each `Where` with its sign; or the persons who have such rows."""

    field: FieldName
    at: tuple[tuple[ColumnName, Level], ...]
    sums: tuple[tuple[Literal[1, -1], Where], ...]
    cell: Cell
    persons: bool = False

    @property
    def hidden(self) -> bool:
        """Whether it is a count that was hidden; who is missing a value may be known anyway (ADR 22)."""
        return isinstance(self.cell, Gap) and not self.lacking

    @property
    def lacking(self) -> bool:
        """Whether it counts who lacks a value."""
        return self.field.endswith("missing")

    def within(self, levels: Mapping[ColumnName, Level]) -> bool:
        """Whether it is a count at some levels."""
        return self.field == "count" and levels.items() <= dict(self.at).items()

    @property
    def name(self) -> str:
        """How people are told which cell it is."""
        levels = ", ".join(
            str(level) if isinstance(level, str) else str(level).lower() for _, level in self.at
        )
        return f"{self.field}[{levels}]" if self.at else self.field


#: The cells of a site's answer, by analysis, in the order of its shape.
Cells: TypeAlias = Mapping[Name, Sequence[Told]]


def told(shape: Shape, dictionary: Dictionary) -> Iterator[Told]:
    """What a shape tells of rows; nothing, where it is of something else."""
    match shape:
        case Bundle():
            for name, part in shape.parts.items():
                yield from (one._replace(field=f"{name}.{one.field}") for one in told(part, dictionary))
        case Patterns():
            yield from _patterns(shape, persons=not of_rows(shape, dictionary))
        case Counts():
            persons = not of_rows(shape, dictionary)
            yield from (one._replace(persons=persons) for one in _counts(shape, dictionary))
        case Deviations():
            return  # they are of values that the round before them counted
        case Moments():
            yield from _moments(shape, dictionary)


def of_rows(shape: Counts, dictionary: Dictionary) -> bool:
    """Whether a table counts rows: persons are rows where each has one."""
    return shape.per_person != 1 or dictionary.rows_per_person == 1


def parts(axis: Axis, dictionary: Dictionary) -> list[Part]:
    """What the levels of an axis say of its column."""
    column = dictionary.columns.get(axis.name)  # none of a score
    if binned(axis) and (column is None or column.type in NUMERIC):
        return [Between(*ends) for ends in pairwise(_cuts(axis, column is not None and column.whole))]
    return [Is(level) for level in axis.levels]


def _cuts(axis: Axis, whole: bool) -> list[Cut]:
    """The ends of bins: the lower edge is in each, the upper one in the last; no whole number is between."""
    edges = edges_of(axis)
    inner = [(float(edge), 0.0) for edge in edges[:-1]] + [(float(edges[-1]), 1.0)]
    if whole:
        inner = [
            (math.ceil(edge), 0.0) if not after else (math.floor(edge) + 1, 0.0) for edge, after in inner
        ]
    return [(-math.inf, 0.0), *inner, (math.inf, 1.0)]


def _counts(shape: Counts, dictionary: Dictionary) -> Iterator[Told]:
    for (at, where), cell in zip(_places(shape.axes, dictionary), shape.cells["count"], strict=True):
        yield Told("count", at, ((1, where),), cell)
    whole = tuple((axis.name, Has(True)) for axis in shape.axes)
    groups = _places(shape.groups, dictionary) if shape.axes else ()
    for (at, group), cell in zip(groups, shape.cells.get("missing", ()), strict=True):
        yield Told("missing", at, ((1, group), (-1, (*group, *whole))), cell)


def _patterns(shape: Patterns, persons: bool) -> Iterator[Told]:
    """A cell is the rows that have some columns, and lack the others."""
    names = [axis.name for axis in shape.axes]
    for pattern, cell in zip(shape.patterns, shape.cells["count"], strict=True):
        where = tuple((name, Has(level == "present")) for name, level in zip(names, pattern, strict=True))
        yield Told("count", tuple(zip(names, pattern, strict=True)), ((1, where),), cell, persons)


def _moments(shape: Moments, dictionary: Dictionary) -> Iterator[Told]:
    groups = list(_places(shape.groups, dictionary))
    for field, has in (("n", True), ("missing", False)):
        places = product(shape.axes[0].levels, groups)
        for (variable, (at, group)), cell in zip(places, shape.cells[field], strict=True):
            where = (*group, (str(variable), Has(has)))
            yield Told(field, ((shape.axes[0].name, variable), *at), ((1, where),), cell)


def _places(
    axes: tuple[Axis, ...], dictionary: Dictionary
) -> Iterator[tuple[tuple[tuple[ColumnName, Level], ...], Where]]:
    """Each combination of levels, and its rows."""
    names = [axis.name for axis in axes]
    for place in product(*(zip(axis.levels, parts(axis, dictionary), strict=True) for axis in axes)):
        levels, said = [level for level, _ in place], [part for _, part in place]
        yield tuple(zip(names, levels, strict=True)), tuple(zip(names, said, strict=True))
