"""Kaplan and Meier's survival: a published trial, and what hidden counts do to it."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fedcli.model.cells import Cell, Gap
from fedcli.statistics.logrank import log_rank
from fedcli.statistics.product_limit import median, product_limit, restricted_mean
from fedcli.statistics.survival import Interval
from tests.unit.statistics.test_survival import COUNTS, _hidden, _holds, _number

#: Weeks in remission of leukaemia (Freireich and others 1963, Blood 21:699-716): 6-mercaptopurine, placebo.
TREATED = ([6, 6, 6, 7, 10, 13, 16, 22, 23], [6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35])
PLACEBO = ([1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23], [])
WEEKS = tuple(range(38))


def _steps(group: tuple[list[int], list[int]]) -> list[Interval]:
    """With one interval for each week, and nobody after the last."""
    died, lost = ([weeks.count(week) for week in WEEKS[:-1]] + [0] for weeks in group)
    return list(product_limit(died, lost))


def test_a_published_curve() -> None:
    """Kleinbaum and Klein, Survival Analysis, table 2.3: survival of the treated after each relapse."""
    told = {6: 0.8571, 7: 0.8067, 10: 0.7529, 13: 0.6902, 16: 0.6275, 22: 0.5378, 23: 0.4482}
    steps = _steps(TREATED)
    assert {week: round(_number(steps[week].survival), 4) for week in told} == told
    assert [steps[week].risk for week in told] == [21, 17, 15, 12, 11, 7, 6]


def test_published_medians_and_test() -> None:
    """Medians of 23 and 8 weeks; the log-rank statistic is 16.79 there (and in R's `survdiff`)."""
    groups = [_steps(TREATED), _steps(PLACEBO)]
    assert [median(steps, WEEKS) for steps in groups] == [(23, 24), (8, 9)]
    found = log_rank(groups)
    assert found is not None
    assert (found.statistic, found.df) == (pytest.approx(16.793, abs=5e-4), 1)
    assert found.p == pytest.approx(math.erfc(math.sqrt(found.statistic / 2)), rel=1e-9)


def test_a_mean_of_complete_times_is_their_mean() -> None:
    """Without censoring: the mean of times cut at the end, and the error of a mean."""
    weeks = PLACEBO[0]
    cut = [min(week, 20) for week in weeks]
    mean = sum(cut) / len(cut)
    found = restricted_mean(_steps(PLACEBO), WEEKS, 20)
    assert found.mean == pytest.approx(mean)
    spread = sum((week - mean) ** 2 for week in cut) / len(cut)
    assert found.error == pytest.approx(math.sqrt(spread / len(cut)))


def test_all_have_died_or_nobody_is_left() -> None:
    """Survival of zero stays zero, and has a mean; where the last are censored nothing is known beyond."""
    ended = list(product_limit((2, 2, 0, 0), (0, 0, 0, 0)))
    assert [one.survival for one in ended] == [0.5, 0.0, 0.0]
    assert restricted_mean(ended, (0, 1, 2, 3), 3).mean == 0.5
    lost = list(product_limit((1, 0, 0, 0), (0, 3, 0, 0)))
    assert [one.survival for one in lost] == [0.75, 0.75, None]
    assert restricted_mean(lost, (0, 1, 2, 3), 3) == (None, None)
    assert restricted_mean(lost, (0, 1, 2, 3), 2).mean == 1.5
    assert median(lost, (0, 1, 2, 3)) == (2, None)
    assert median(list(product_limit((0, 0), (0, 0))), (0, 1)) == (None, None)


def test_other_scales() -> None:
    """R's `conf.type`: of 100, 30 events; S and log S symmetric, cut at zero and one."""
    error = math.sqrt(0.7 * 0.3 / 100) * 1.959963984540054
    [plain] = product_limit((30, 0), (0, 70), "plain")
    assert (plain.low, plain.high) == pytest.approx((0.7 - error, 0.7 + error))
    [logs] = product_limit((30, 0), (0, 70), "log")
    assert (logs.low, logs.high) == pytest.approx((0.7 * math.exp(-error / 0.7), 0.7 * math.exp(error / 0.7)))
    [most] = product_limit((1, 0), (0, 9), "plain")
    [least] = product_limit((9, 0), (0, 1), "plain")
    assert (most.high, least.low) == (1.0, 0.0)


def test_nothing_to_test() -> None:
    """One group, groups of nobody, and no events; a group of nobody takes no degree of freedom."""
    some, none = list(product_limit((3, 1, 0), (0, 0, 2))), list(product_limit((0, 0, 0), (0, 0, 0)))
    other = list(product_limit((1, 2, 0), (1, 0, 4)))
    alive = list(product_limit((0, 0, 0), (5, 1, 1)))
    assert log_rank([some]) is None
    assert log_rank([some, none]) is None
    assert log_rank([alive, alive]) is None
    assert log_rank([some, none, other]) == log_rank([some, other])
    assert log_rank([some, other]) is not None


def test_no_test_of_hidden_counts() -> None:
    """Whichever count is hidden."""
    exact = list(product_limit((3, 1, 0), (0, 0, 2)))
    for died, lost in (((Gap(low=0), 1, 0), (0, 0, 2)), ((3, 1, 0), (0, 0, Gap(low=1, high=9)))):
        assert log_rank([exact, list(product_limit(died, lost))]) is None


@given(counts=COUNTS, data=st.data())
def test_hidden_counts_leave_intervals_that_hold(counts: list[tuple[int, int]], data: st.DataObject) -> None:
    """Survival, mean and median of the counts themselves lie in what is told."""
    died, lost = zip(*counts, strict=True)
    edges = tuple(range(len(counts)))
    cells: list[list[Cell]] = [[data.draw(_hidden(count)) for count in row] for row in (died, lost)]
    exact, found = list(product_limit(died, lost)), list(product_limit(*cells))
    for one, told in zip(exact, found, strict=True):
        if one.survival is not None:
            assert _holds(told.survival, _number(one.survival))
    mean, told_mean = (restricted_mean(steps, edges, edges[-1]).mean for steps in (exact, found))
    if mean is not None:
        assert _holds(told_mean, _number(mean))
    (low, high), (least, most) = median(exact, edges), median(found, edges)
    if low is not None:
        assert least is not None
        assert least <= low
        assert most is None or (high is not None and high <= most)
