"""Whether two groups have one mean."""

from __future__ import annotations

from typing import ClassVar

from fedcli.analytics._contract import OfTwo
from fedcli.analytics._groups import ComparedMeans, groups_table
from fedcli.model.policy import Mode
from fedcli.model.result import Answer, Table
from fedcli.statistics.means import Difference, cohens_d, hedges_g, student, welch
from fedcli.statistics.moments import Moments


class TTest(ComparedMeans, name="t_test", version=1):
    """Whether two groups have one mean: Welch's and Student's t, and the difference with its interval.

    What leaves a site are n, mean and spread of the groups, as for a summary. `difference` is the mean of the
    first declared level less that of the second, with its 95 % interval by each test. Effect sizes are
    Cohen's d, in pooled standard deviations, and Hedges' g, which is d without its bias.

    Where cells are hidden, a figure is the interval in which it must lie; where means leave at a few digits,
    it is told with its interval. Over rows: the tests take each for a person of its own. There is no answer
    under differential privacy, because noise moves a p-value.
    """

    example: ClassVar[str] = 'column = "sbp"\nby = "sex"'
    modes: ClassVar[tuple[Mode, ...]] = ("disclosure-control",)

    by: OfTwo

    def answer(self, total: Moments) -> Answer:
        """The `groups`, the `tests` and the effect sizes."""
        parts = total.part(0), total.part(1)
        tests = (("welch", *welch(parts)), ("student", *student(parts)))
        return Answer(
            scalars={"cohens_d": cohens_d(parts), "hedges_g": hedges_g(parts)},
            tables={
                "tests": Table(columns=("test", *Difference._fields), keys=1, rows=tests),
                "groups": groups_table(total),
            },
        )
