"""Whether several groups have one mean."""

from __future__ import annotations

from typing import ClassVar

from fedcli.analytics._groups import ComparedMeans, groups_table
from fedcli.model.cells import size
from fedcli.model.policy import Mode
from fedcli.model.result import Answer, Table
from fedcli.statistics import variances
from fedcli.statistics.moments import Moments
from fedcli.statistics.variances import Ratio, Source


class Anova(ComparedMeans, name="anova", version=1):
    """Whether several groups have one mean: one-way analysis of variance, Fisher's and Welch's.

    What leaves a site are n, mean and spread of each group, as for a summary. `fisher` takes the groups to
    have one variance, `welch` does not; eta squared is the share of the sum of squares that lies between the
    groups, omega squared is that without most of its bias. Levels that nobody has are no groups.

    Where cells are hidden, nothing is told but what they leave of `within`; means that leave at a few digits
    are taken as they are. Over rows: the tests take each for a person of its own. There is no answer under
    differential privacy, because noise moves a p-value.
    """

    example: ClassVar[str] = 'column = "sbp"\nby = "smoking"'
    modes: ClassVar[tuple[Mode, ...]] = ("disclosure-control",)

    def answer(self, total: Moments) -> Answer:
        """The table of `variance`, the `tests`, the `groups` and the effect sizes."""
        parts = [total.part(at) for at in range(size(total.axes))]
        sources = ("between", *variances.between(parts)), ("within", *variances.within(parts))
        tests = ("fisher", *variances.fisher(parts)), ("welch", *variances.welch(parts))
        return Answer(
            scalars={
                "eta_squared": variances.eta_squared(parts),
                "omega_squared": variances.omega_squared(parts),
            },
            tables={
                "tests": Table(columns=("test", *Ratio._fields), keys=1, rows=tests),
                "variance": Table(columns=("source", *Source._fields), keys=1, rows=sources),
                "groups": groups_table(total),
            },
        )
