"""Whether groups lie higher or lower than each other, by ranks."""

from __future__ import annotations

from collections.abc import Iterator
from functools import reduce
from typing import ClassVar

from fedcli.analytics._grids import Edges
from fedcli.analytics._groups import Compared
from fedcli.model.cells import Cell
from fedcli.model.policy import Mode
from fedcli.model.result import Answer, Table
from fedcli.statistics.bins import Bins
from fedcli.statistics.counts import Counts
from fedcli.statistics.figures import Tested
from fedcli.statistics.interval import add
from fedcli.statistics.rank_sums import Ranked
from fedcli.statistics.rows import Rows
from fedcli.statistics.seal import Sealed

_TWO = 2


class RankTest(Compared[Counts], name="rank_test", version=1):
    """Whether groups lie higher or lower than each other: Kruskal and Wallis, of two Mann and Whitney.

    What leaves a site is the histogram over `edges` in each group: no value of the data does. All values of a
    bin share one rank, and the tests are corrected for such ties: they are exactly those of values that are
    told by their bin alone. With narrow bins that is nearly the test of the values, with wide ones it finds
    less. Of two groups, U is in how many pairs the first declared level is higher, ties for a half, and
    `superiority` in which share of them; the p-value is the normal one with correction for continuity.

    Where counts are hidden, U and `superiority` are the intervals in which they must lie, and no more is
    told. Over rows: the tests take each for a person of its own. There is no answer under differential
    privacy, because noise moves a p-value.
    """

    example: ClassVar[str] = 'column = "bmi"\nedges = [22, 24, 26, 28, 30, 32]\nby = "sex"'
    modes: ClassVar[tuple[Mode, ...]] = ("disclosure-control",)

    edges: Edges

    def local(self, rows: Rows) -> Sealed[Counts]:
        """The histogram of each group, over rows."""
        return rows.counts(by=(self.by,), of="row", bins=Bins(self.column, self.edges))

    def answer(self, total: Counts) -> Answer:
        """`n`, `n_missing`, of two groups `superiority`; the `tests`; the `groups` with their mean ranks."""
        levels = total.axes[1].levels
        ranked = Ranked(total.cells["count"], len(levels))
        scalars: dict[str, Cell] = {"n": reduce(add, ranked.cells), "n_missing": total.cells["missing"][0]}
        if len(levels) == _TWO:
            scalars["superiority"] = ranked.superiority()
        groups = tuple(zip(levels, ranked.sizes(), ranked.mean_ranks(), strict=True))
        return Answer(
            scalars=scalars,
            tables={
                "tests": Table(columns=("test", *Tested._fields), keys=1, rows=tuple(_tests(ranked))),
                "groups": Table(columns=(self.by, "n", "mean_rank"), keys=1, rows=groups),
            },
        )


def _tests(ranked: Ranked) -> Iterator[tuple[str | Cell, ...]]:
    """Each test under its name."""
    yield "kruskal_wallis", *ranked.kruskal_wallis()
    if ranked.groups == _TWO:
        yield "mann_whitney", *ranked.mann_whitney()
