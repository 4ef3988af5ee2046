"""What analytics that compare groups share: a column, the groups by another, and what is told of them."""

from __future__ import annotations

import math
from typing import Generic, Self, TypeVar

from pydantic import model_validator

from fedcli.analytics._contract import Analytic, Category, Numeric
from fedcli.model.result import Table
from fedcli.statistics.interval import mapped
from fedcli.statistics.moments import Moments, variance
from fedcli.statistics.rows import Rows
from fedcli.statistics.seal import Sealed
from fedcli.statistics.shape import Shape

S = TypeVar("S", bound=Shape)


class Compared(Analytic[S], Generic[S]):
    """A numeric column, compared between the levels of another."""

    column: Numeric
    by: Category

    @model_validator(mode="after")
    def _two_columns(self) -> Self:
        if self.column == self.by:
            raise ValueError("the column of the groups is not compared")
        return self


class ComparedMeans(Compared[Moments]):
    """By the moments of each group."""

    def local(self, rows: Rows) -> Sealed[Moments]:
        """The moments of all groups."""
        return rows.moments((self.column,), by=(self.by,))


def groups_table(total: Moments) -> Table:
    """n, missing, mean and standard deviation of one variable in each group."""
    [axis] = total.groups
    cells = zip(*(total.cells[name] for name in ("n", "missing", "mean", "m2")), strict=True)
    rows = tuple(
        (level, n, missing, mean, mapped(math.sqrt, variance(n, m2)))
        for level, (n, missing, mean, m2) in zip(axis.levels, cells, strict=True)
    )
    return Table(columns=(axis.name, "n", "n_missing", "mean", "sd"), keys=1, rows=rows)
