"""Counts of a numeric column in bins."""

from __future__ import annotations

from functools import reduce
from itertools import product
from typing import ClassVar, Self

from pydantic import model_validator

from fedcli.analytics._contract import Analytic, Categories, Counted, Numeric
from fedcli.analytics._grids import Edges
from fedcli.model.result import Answer, Table
from fedcli.statistics.bins import Bins
from fedcli.statistics.counts import Counts
from fedcli.statistics.interval import add
from fedcli.statistics.rows import Rows
from fedcli.statistics.seal import Sealed


class Histogram(Analytic[Counts], name="histogram", version=1):
    """How many persons, or rows, have a value in each bin; for each combination of levels in `by`.

    A bin has its lower edge in it, the last one both. What is below the first edge and above the last
    one has a bin of its own, with an open end; what has no value, or no level, is `n_missing`. A site's
    policy limits the bins as it limits levels (`max_levels`).
    """

    example: ClassVar[str] = 'column = "age"\nedges = [40, 50, 60, 70, 80]\nby = ["sex"]'

    column: Numeric
    edges: Edges
    by: Categories = ()
    of: Counted = None

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.column in self.by:
            raise ValueError("a column is in bins or by levels, not both")
        return self

    def local(self, rows: Rows) -> Sealed[Counts]:
        """The table over all bins and levels."""
        return rows.counts(by=self.by, of=self.of, bins=self._bins)

    def answer(self, total: Counts) -> Answer:
        """The table with a row for each bin and combination, their sum `n`, and `n_missing`."""
        counts = total.cells["count"]
        combinations = list(product(*(axis.levels for axis in total.axes[1:])))
        places = [(*ends, *levels) for ends in self._bins.ends for levels in combinations]
        rows = tuple((*place, count) for place, count in zip(places, counts, strict=True))
        columns = ("low", "high", *self.by, "count")
        return Answer(
            scalars={"n": reduce(add, counts), "n_missing": total.cells["missing"][0]},
            tables={"counts": Table(columns=columns, keys=len(columns) - 1, rows=rows)},
        )

    @property
    def _bins(self) -> Bins:
        return Bins(self.column, self.edges)
