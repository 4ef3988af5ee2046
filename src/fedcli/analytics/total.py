"""Sums of numeric columns."""

from __future__ import annotations

from itertools import product
from typing import ClassVar

from fedcli.analytics._contract import Analytic, Categories, Numerics
from fedcli.model.result import Answer, Table
from fedcli.statistics.moments import Moments, summed
from fedcli.statistics.rows import VARIABLE, Rows
from fedcli.statistics.seal import Sealed


class Total(Analytic[Moments], name="total", version=1):
    """n, missing and the sum of each column, for each group in `by`.

    Over rows: a person with several rows adds with each. A sum is n times the mean, so it is as exact as the
    mean that left: at six digits, a sum comes with the interval in which it lies.

    Under differential privacy all rows of a person in a group are added up first, and then their total is
    clamped to what as many values can reach as the site's policy lets count of a person
    (`contribution.rows`): many small values count in full, and one person's total only so far. Of `n` and
    `n_missing` so many values of a person count, in at most `contribution.cells` groups.
    """

    example: ClassVar[str] = 'columns = ["bmi"]\nby = ["sex"]'

    columns: Numerics
    by: Categories = ()

    def local(self, rows: Rows) -> Sealed[Moments]:
        """The moments of all columns in all groups, of which only n times the mean is used."""
        return rows.moments(self.columns, by=self.by, totals=True)

    def answer(self, total: Moments) -> Answer:
        """A row for each variable and group."""
        places = product(*(axis.levels for axis in total.axes))
        rows = tuple(
            (*place, total.cells["n"][at], total.cells["missing"][at], summed(total.part(at)))
            for at, place in enumerate(places)
        )
        columns = (VARIABLE, *self.by, "n", "n_missing", "total")
        return Answer(tables={"totals": Table(columns=columns, keys=1 + len(self.by), rows=rows)})
