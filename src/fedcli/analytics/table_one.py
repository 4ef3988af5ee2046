"""The first table of a study: its columns described in each of its groups, and how the groups differ."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from functools import reduce
from itertools import product
from typing import ClassVar, Self

from pydantic import model_validator

from fedcli.analytics._contract import Analytic, Category, Described
from fedcli.model.cells import Cell
from fedcli.model.dataset import Level
from fedcli.model.identifiers import ColumnName
from fedcli.model.result import Answer, Table
from fedcli.statistics.bundle import Bundle
from fedcli.statistics.contrast import of_levels, of_means, proportion
from fedcli.statistics.counts import Counts
from fedcli.statistics.interval import add, mapped
from fedcli.statistics.moments import Moments, variance
from fedcli.statistics.rows import VARIABLE, Rows
from fedcli.statistics.seal import Sealed, bundled
from fedcli.statistics.shape import Shape

#: The names of the bundle's parts: one for all numbers, one for each column with levels.
_NUMBERS, _LEVELS = "numbers", "levels."
Row = tuple[Cell | Level, ...]


class TableOne(Analytic[Bundle], name="table_one", version=1):
    """Columns described in each group of `by`, with standardised differences to its first level.

    A column with declared levels is told by counts and proportions of those who have a value, a number
    without levels by n, missing, mean and standard deviation. Over rows: a person with several rows
    counts with each. Rows without a level of `by` are in no group.
    """

    example: ClassVar[str] = 'columns = ["age", "bmi", "sex"]\nby = "diabetes"'

    columns: Described
    by: Category

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.by in self.columns:
            raise ValueError("the column of the groups is not described")
        return self

    def local(self, rows: Rows) -> Sealed[Bundle]:
        """The moments of the numbers, and a table for each column with levels, in one bundle."""
        levels = rows.categorical(self.columns)
        numbers = tuple(name for name in self.columns if name not in levels)
        parts: dict[str, Sealed[Moments] | Sealed[Counts]] = {}
        if numbers:
            parts[_NUMBERS] = rows.moments(numbers, by=(self.by,))
        for name in levels:
            parts[f"{_LEVELS}{name}"] = rows.counts((name,), "row", within=(self.by,))
        return bundled(parts)

    def answer(self, total: Bundle) -> Answer:
        """`groups` and their sizes; `numbers`; `levels`, and `values` with the n of each; `differences`."""
        by, groups = self.by, total.groups[0].levels
        rows: dict[str, tuple[tuple[str, ...], int, Iterable[Row]]] = {
            "groups": ((by, "n"), 1, zip(groups, total.sizes(), strict=True)),
            "numbers": ((VARIABLE, by, "n", "n_missing", "mean", "sd"), 2, _numbers(total)),
            "levels": ((VARIABLE, "level", by, "count", "proportion"), 3, _levels(total)),
            "values": ((VARIABLE, by, "n", "n_missing"), 2, _values(total)),
            "differences": ((VARIABLE, by, "smd"), 2, self._differences(total)),
        }
        return Answer(
            tables={
                name: Table(columns=columns, keys=keys, rows=tuple(found))
                for name, (columns, keys, found) in rows.items()
            }
        )

    def _differences(self, total: Bundle) -> Iterator[Row]:
        """Each column, in the order of the question, in each group but the first."""
        for name, (group, level) in product(self.columns, enumerate(total.groups[0].levels)):
            if group:
                yield name, level, _difference(total, name, group)


def _numbers(total: Bundle) -> Iterator[Row]:
    moments = total.parts.get(_NUMBERS)
    if moments is not None:
        cells = zip(*(moments.cells[name] for name in ("n", "missing", "mean", "m2")), strict=True)
        for place, (n, missing, mean, m2) in zip(_places(moments), cells, strict=True):
            yield *place, n, missing, mean, mapped(math.sqrt, variance(n, m2))


def _levels(total: Bundle) -> Iterator[Row]:
    for name, part in _tables(total):
        groups = len(part.groups[0].levels)
        for at, (level, group) in enumerate(_places(part)):
            counts = _counts(part, at % groups)
            yield name, level, group, counts[at // groups], proportion(counts, at // groups)


def _values(total: Bundle) -> Iterator[Row]:
    for name, part in _tables(total):
        for group, level in enumerate(part.groups[0].levels):
            yield name, level, reduce(add, _counts(part, group)), part.cells["missing"][group]


def _difference(total: Bundle, name: ColumnName, group: int) -> Cell:
    """How the group differs from the first one."""
    if table := total.parts.get(f"{_LEVELS}{name}"):
        return of_levels(_counts(table, 0), _counts(table, group))
    moments = total.parts[_NUMBERS]
    assert isinstance(moments, Moments)
    start = moments.axes[0].levels.index(name) * len(moments.groups[0].levels)
    return of_means(moments.part(start), moments.part(start + group))


def _tables(total: Bundle) -> Iterator[tuple[ColumnName, Shape]]:
    """The parts of the columns with levels, by column."""
    for name, part in total.parts.items():
        if name.startswith(_LEVELS):
            yield name.removeprefix(_LEVELS), part


def _places(part: Shape) -> Iterator[tuple[Level, ...]]:
    return product(*(axis.levels for axis in part.axes))


def _counts(part: Shape, group: int) -> tuple[Cell, ...]:
    """The counts of a column's levels in one group."""
    return part.cells["count"][group :: len(part.groups[0].levels)]
