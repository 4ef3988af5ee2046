"""Whether two columns with levels go together."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import ClassVar, Self

from pydantic import model_validator

from fedcli.analytics._contract import Analytic, Category, Counted
from fedcli.model.cells import Cell
from fedcli.model.dataset import Level
from fedcli.model.policy import Mode
from fedcli.model.result import Answer, Table
from fedcli.statistics.contingency import Contingency
from fedcli.statistics.counts import Counts
from fedcli.statistics.figures import Tested
from fedcli.statistics.rows import Rows
from fedcli.statistics.seal import Sealed

_FOUR = 4


class Association(Analytic[Counts], name="association", version=1):
    """Whether two columns go together: Pearson's chi-squared, G, Cramér's V, and Fisher's exact test.

    What leaves a site is the table of counts, as for a crosstab. `expected` is what independence would make
    of the margins, `residual` how far a count is from it in standard errors (beyond 2 or 3 it is worth a
    look). Levels that nobody has do not count for `df`. Of two levels each there are Yates' correction
    (`yates`) and Fisher's exact test of both sides (`fisher`) besides.

    Where counts are hidden, X2, V and their p-value are the intervals in which they must lie. The tests take
    counts to be independent: a person who is in several cells, or has several rows that count, is taken for
    several. There is no answer under differential privacy, because noise moves a p-value.
    """

    example: ClassVar[str] = 'row = "smoking"\ncolumn = "diabetes"'
    modes: ClassVar[tuple[Mode, ...]] = ("disclosure-control",)

    row: Category
    column: Category
    of: Counted = None

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.row == self.column:
            raise ValueError("row and column are different columns")
        return self

    def local(self, rows: Rows) -> Sealed[Counts]:
        """The table of both columns' levels."""
        return rows.counts(by=(self.row, self.column), of=self.of)

    def answer(self, total: Counts) -> Answer:
        """`n`, `n_missing` and `cramers_v`; the `tests`; and the table of `counts`."""
        levels = [axis.levels for axis in total.axes]
        found = Contingency(total.cells["count"], len(levels[1]))
        cells = zip(product(*levels), found.cells, found.expected(), found.residuals(), strict=True)
        rows: tuple[tuple[Cell | Level, ...], ...] = tuple((*place, *told) for place, *told in cells)
        columns = (self.row, self.column, "count", "expected", "residual")
        return Answer(
            scalars={"n": found.n, "n_missing": total.cells["missing"][0], "cramers_v": found.cramers_v()},
            tables={
                "tests": Table(
                    columns=("test", *Tested._fields),
                    keys=1,
                    rows=tuple((name, *one) for name, one in _tests(found)),
                ),
                "counts": Table(columns=columns, keys=2, rows=rows),
            },
        )


def _tests(found: Contingency) -> Iterator[tuple[str, Tested]]:
    """Each test under its name."""
    yield "pearson", found.pearson()
    yield "likelihood_ratio", found.likelihood_ratio()
    if found.width * found.width == len(found.cells) == _FOUR:
        yield "yates", found.yates()
        yield "fisher", found.fisher()
