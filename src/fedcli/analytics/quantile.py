"""Quantiles of a numeric column, from counts in bins."""

from __future__ import annotations

from collections.abc import Iterator
from functools import reduce
from itertools import product
from typing import ClassVar, Self

from pydantic import model_validator

from fedcli.analytics._contract import Analytic, Categories, Numeric
from fedcli.analytics._grids import Edges, Shares
from fedcli.model.cells import Cell
from fedcli.model.dataset import Level
from fedcli.model.result import Answer, Table
from fedcli.statistics.bins import Bins
from fedcli.statistics.counts import Counts
from fedcli.statistics.interval import add
from fedcli.statistics.quantiles import quantile
from fedcli.statistics.rows import Rows
from fedcli.statistics.seal import Sealed


class Quantile(Analytic[Counts], name="quantile", version=1):
    """Quantiles of a column on a declared grid; for each combination of levels in `by`.

    What leaves a site is the histogram over `edges`: no value of the data does. The quantile of all sites'
    values together (the inverse of their distribution function) lies between `low` and `high`, the edges of
    its bin; `quantile` is interpolated between them as if the bin's values were spread evenly. Outside the
    edges there is no value. Where counts are hidden, `low` and `high` are the ends of all bins that are
    possible. Over rows: a person with several rows counts with each.

    Under differential privacy noisy counts below zero are made zero, at the cost of the others, so that there
    is a quantile whatever the noise; its interval holds the noise, not the width of the bin.
    """

    example: ClassVar[str] = 'column = "sbp"\nedges = [100, 110, 120, 130, 140, 150, 160]'

    column: Numeric
    edges: Edges
    at: Shares = (0.25, 0.5, 0.75)
    by: Categories = ()

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.column in self.by:
            raise ValueError("a column is in bins or by levels, not both")
        return self

    def local(self, rows: Rows) -> Sealed[Counts]:
        """The table over all bins and levels."""
        return rows.counts(by=self.by, of="row", bins=self._bins)

    def answer(self, total: Counts) -> Answer:
        """A row for each combination and share; and of how many values, `n`."""
        counts = total.cells["count"]
        columns = (*self.by, "p", "quantile", "low", "high")
        return Answer(
            scalars={"n": reduce(add, counts), "n_missing": total.cells["missing"][0]},
            tables={
                "quantiles": Table(columns=columns, keys=len(self.by) + 1, rows=tuple(self._rows(total)))
            },
        )

    def _rows(self, total: Counts) -> Iterator[tuple[Cell | Level, ...]]:
        groups = list(product(*(axis.levels for axis in total.axes[1:])))
        for place, levels in enumerate(groups):
            cells = total.cells["count"][place :: len(groups)]
            for share in self.at:
                yield *levels, share, *quantile(cells, self._bins.ends, share)

    @property
    def _bins(self) -> Bins:
        return Bins(self.column, self.edges)
