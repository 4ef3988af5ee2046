"""The log-rank test of equal survival in several groups.

Mantel (1966), Cancer Chemotherapy Reports 50:163-170; Peto and Peto (1972), Journal of the Royal Statistical
Society A 135:185-207. In each interval, given how many are at risk in each group and how many events there
are in all, events in the groups are hypergeometric. With strata that is so in each of them (Mantel 1963).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from fedcli.statistics import tails
from fedcli.statistics.survival import Interval


class LogRank(NamedTuple):
    """Chi-squared with its degrees of freedom, and its p-value."""

    statistic: float
    df: int
    p: float


def log_rank(groups: Sequence[Sequence[Interval]]) -> LogRank | None:
    """The test of the intervals of several groups; None where a count is hidden, or there is nothing to test.

    Groups in which no event is expected are left out, as R's `survdiff` does.
    """
    return stratified_log_rank([groups])


def stratified_log_rank(strata: Sequence[Sequence[Sequence[Interval]]]) -> LogRank | None:
    """The same of groups that are compared within strata: what each tells is added up.

    Each stratum has the intervals of all groups, in one order.
    """
    import numpy as np

    cells = [[[(one.risk, one.events) for one in group] for group in groups] for groups in strata]
    if not all(isinstance(cell, int) for a in cells for b in a for pair in b for cell in pair):
        return None
    found = [_less(*np.moveaxis(np.array(groups, float), -1, 0)) for groups in cells]
    less, variance, expected = (sum(parts) for parts in zip(*found, strict=True))
    held = np.flatnonzero(expected > 0)[:-1]
    if not len(held) or np.linalg.matrix_rank(inner := variance[np.ix_(held, held)]) < len(held):
        return None
    statistic = float(less[held] @ np.linalg.solve(inner, less[held]))
    return LogRank(statistic, len(held), tails.chi_squared(statistic, len(held)))


def _less(risk: Any, died: Any) -> tuple[Any, Any, Any]:
    """Observed less expected events of each group, their covariance, and the expected ones."""
    import numpy as np

    at = risk.sum(axis=0) > 0
    n, d = risk[:, at].sum(axis=0), died[:, at].sum(axis=0)
    shares = risk[:, at] / n
    expected = shares * d
    spread = d * (n - d) / np.maximum(n - 1, 1)
    variance = np.diag(shares @ spread) - (shares * spread) @ shares.T
    return (died[:, at] - expected).sum(axis=1), variance, expected.sum(axis=1)
