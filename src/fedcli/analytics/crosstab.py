"""A table of counts over the declared levels of one or more columns."""

from __future__ import annotations

from functools import reduce
from itertools import product
from typing import Annotated, ClassVar

from pydantic import Field

from fedcli.analytics._contract import Analytic, Categories, Counted
from fedcli.model.result import Answer, Table
from fedcli.statistics.counts import Counts
from fedcli.statistics.interval import add
from fedcli.statistics.rows import Rows
from fedcli.statistics.seal import Sealed


class Crosstab(Analytic[Counts], name="crosstab", version=1):
    """How many persons, or rows, have each combination of levels; rows with a missing level apart.

    There are no margins beside suppressed cells: `n` is then the interval of the cells' sum.
    """

    example: ClassVar[str] = 'by = ["diabetes", "sex"]'

    by: Annotated[Categories, Field(min_length=1)]
    of: Counted = None

    def local(self, rows: Rows) -> Sealed[Counts]:
        """The table over all levels."""
        return rows.counts(by=self.by, of=self.of)

    def answer(self, total: Counts) -> Answer:
        """The table with a row for each combination, their sum `n`, and `n_missing`."""
        counts = total.cells["count"]
        combinations = product(*(axis.levels for axis in total.axes))
        rows = tuple((*levels, count) for levels, count in zip(combinations, counts, strict=True))
        return Answer(
            scalars={"n": reduce(add, counts), "n_missing": total.cells["missing"][0]},
            tables={"counts": Table(columns=(*self.by, "count"), keys=len(self.by), rows=rows)},
        )
