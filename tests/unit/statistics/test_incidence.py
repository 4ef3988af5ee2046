"""Cumulative incidence: a published example, what is true of it without censoring, and hidden counts."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fedcli.model.cells import Cell, Gap
from fedcli.statistics.incidence import Incidence, cumulative_incidence, free_of_all
from fedcli.statistics.product_limit import product_limit
from tests.unit.statistics.test_survival import _hidden, _holds, _number

COUNTS = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9), st.integers(0, 9)), min_size=2, max_size=6)


def _both(causes: list[tuple[Cell, ...]], lost: tuple[Cell, ...]) -> list[tuple[Incidence, ...]]:
    return list(cumulative_incidence(causes, lost))


def test_by_hand() -> None:
    """Of ten two have the first cause; of eight one the second, and one is lost; of six three the first."""
    first, second = _both([(2, 0, 3, 0), (0, 1, 0, 0)], (0, 1, 0, 3))
    assert [one.incidence for one in first] == pytest.approx([0.2, 0.2, 0.2 + 0.7 * 3 / 6])
    assert [one.incidence for one in second] == pytest.approx([0.0, 0.1, 0.1])
    assert [one.risk for one in first] == [10, 8, 6]
    assert [one.events for one in second] == [0, 1, 0]
    free = free_of_all([(2, 0, 3, 0), (0, 1, 0, 0)], (0, 1, 0, 3))
    assert [one.survival for one in free] == pytest.approx([0.8, 0.7, 0.35])


def test_without_censoring_it_is_a_share() -> None:
    """Of a hundred the share that a cause ended, with the error of a proportion."""
    causes = [(10, 5, 15, 0, 0), (20, 10, 0, 5, 0)]
    for events, steps in zip(causes, _both(causes, (0, 0, 0, 0, 35)), strict=True):
        for at, one in enumerate(steps):
            share = sum(events[: at + 1]) / 100
            assert one.incidence == pytest.approx(share)
            assert one.error == pytest.approx(math.sqrt(share * (1 - share) / 100))


def test_of_one_cause_it_is_what_survival_leaves() -> None:
    """With Greenwood's error, until everybody had the event, where there is none."""
    died, lost = (3, 0, 4, 2, 0), (1, 2, 0, 3, 0)
    [steps] = _both([died], lost)
    for one, told in zip(product_limit(died, lost), steps, strict=True):
        assert told.incidence == pytest.approx(1 - _number(one.survival))
    [ended] = _both([(2, 3, 0)], (0, 0, 0))
    assert [one.incidence for one in ended] == [0.4, 1.0]
    assert ended[1].error == pytest.approx(0.0, abs=1e-7)
    assert (ended[1].low, ended[1].high) == (None, None)


def test_nobody_is_left() -> None:
    """Where the last are censored nothing is known beyond; where all had an event, incidence stays."""
    first, second = _both([(1, 0, 0, 0), (1, 0, 0, 0)], (0, 2, 0, 0))
    assert [one.incidence for one in first] == [0.25, 0.25, None]
    assert first[2].error is None
    first, second = _both([(1, 0, 0, 0), (1, 2, 0, 0)], (0, 0, 0, 0))
    assert [one.incidence for one in second] == [0.25, 0.75, 0.75]
    assert second[2].error == pytest.approx(math.sqrt(0.75 * 0.25 / 4))


@given(counts=COUNTS, data=st.data())
def test_hidden_counts_leave_intervals_that_hold(
    counts: list[tuple[int, int, int]], data: st.DataObject
) -> None:
    """Whatever is hidden, incidence of the counts themselves lies in what is told, without an error."""
    *causes, lost = zip(*counts, strict=True)
    cells = [tuple(data.draw(_hidden(count)) for count in row) for row in (*causes, lost)]
    exact = _both([*causes], lost)
    for ours, theirs in zip(exact, _both(cells[:-1], cells[-1]), strict=True):
        for one, told in zip(ours, theirs, strict=True):
            if one.incidence is not None:
                assert _holds(told.incidence, _number(one.incidence))


@given(COUNTS)
def test_all_causes_and_survival_are_one(counts: list[tuple[int, int, int]]) -> None:
    """At every edge, as long as anything is known."""
    *causes, lost = zip(*counts, strict=True)
    for at, free in enumerate(free_of_all(causes, lost)):
        told = [steps[at].incidence for steps in _both([*causes], lost)]
        if free.survival is None:
            assert told == [None, None]
        else:
            assert sum(map(_number, told)) + _number(free.survival) == pytest.approx(1.0)


def test_a_hidden_count_by_hand() -> None:
    """None to nine of the second cause: the first has two of at least ten, and of nine more at most."""
    first, second = _both([(2, 0), (Gap(low=0, high=9), 0)], (0, 8))
    assert isinstance(first[0].incidence, Gap)
    assert (first[0].incidence.low, first[0].incidence.high) == pytest.approx((2 / 19, 0.2))
    assert (first[0].error, first[0].low, first[0].high) == (None, None, None)
    assert isinstance(second[0].incidence, Gap)
    assert (second[0].incidence.low, second[0].incidence.high) == pytest.approx((0.0, 9 / 19))
