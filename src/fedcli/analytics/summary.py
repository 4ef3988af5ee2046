"""Mean and spread of numeric columns."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import product
from typing import ClassVar

from fedcli.analytics._contract import Analytic, Categories, Numerics
from fedcli.model.result import Answer, Table
from fedcli.statistics.interval import mapped
from fedcli.statistics.moments import Moments, variance
from fedcli.statistics.rows import VARIABLE, Rows
from fedcli.statistics.seal import Sealed
from fedcli.statistics.synthesis import Effect


class Summary(Analytic[Moments], name="summary", version=1):
    """n, missing, mean, variance and standard deviation of each column, for each group in `by`.

    Over rows: a person with several rows counts with each. The variance has n - 1 in the denominator.
    """

    example: ClassVar[str] = 'columns = ["age", "bmi"]\nby = ["diabetes"]'

    columns: Numerics
    by: Categories = ()

    @property
    def effect_columns(self) -> tuple[str, ...]:
        """A mean is of a variable in a group."""
        return (VARIABLE, *self.by)

    def effects(self, part: Moments) -> Iterator[Effect]:
        """The means of a site, with the variance of a mean of independent rows."""
        places = product(*(axis.levels for axis in part.axes))
        cells = zip(*(part.cells[name] for name in ("n", "mean", "m2")), strict=True)
        for place, (n, mean, m2) in zip(places, cells, strict=True):
            squares = variance(n, m2)
            if isinstance(n, int) and isinstance(mean, int | float) and isinstance(squares, int | float):
                yield Effect(place, mean, squares / n)

    def local(self, rows: Rows) -> Sealed[Moments]:
        """The moments of all columns in all groups."""
        return rows.moments(self.columns, by=self.by)

    def answer(self, total: Moments) -> Answer:
        """A row for each variable and group."""
        places = product(*(axis.levels for axis in total.axes))
        cells = zip(*(total.cells[name] for name in ("n", "missing", "mean", "m2")), strict=True)
        rows = tuple(
            (*place, n, missing, mean, variance(n, m2), mapped(math.sqrt, variance(n, m2)))
            for place, (n, missing, mean, m2) in zip(places, cells, strict=True)
        )
        columns = (VARIABLE, *self.by, "n", "n_missing", "mean", "variance", "sd")
        return Answer(tables={"summary": Table(columns=columns, keys=1 + len(self.by), rows=rows)})
