"""Quantiles from counts: by hand, beside the values themselves, and where counts are intervals."""

from __future__ import annotations

import math
from bisect import bisect_right
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fedcli.model.cells import About, Cell, Gap
from fedcli.statistics.bins import Bins
from fedcli.statistics.quantiles import NOWHERE, Found, nonnegative, quantile

EDGES = (0, 10, 20, 40)
ENDS = Bins("x", EDGES).ends
SHARES = st.sampled_from([0.01, 0.25, 0.5, 0.75, 0.9, 0.3333])


@pytest.mark.parametrize(
    ("counts", "share", "found"),
    [
        ((0, 10, 10, 0, 0), 0.25, Found(5.0, 0, 10)),
        ((0, 10, 10, 0, 0), 0.5, Found(10.0, 0, 10)),  # the tenth of twenty is still in the first bin
        ((0, 10, 10, 0, 0), 0.75, Found(15.0, 10, 20)),
        ((0, 0, 0, 4, 0), 0.5, Found(30.0, 20, 40)),
        ((6, 4, 0, 0, 0), 0.5, Found(None, None, 0)),
        ((0, 0, 0, 4, 6), 0.5, Found(None, 40, None)),
        ((1, 1, 0, 0, 0), 0.5, Found(None, None, 0)),
        ((0, 0, 0, 0, 0), 0.5, NOWHERE),
    ],
)
def test_by_hand(counts: tuple[int, ...], share: float, found: Found) -> None:
    """The bin of the smallest value that enough do not exceed, and the place within it."""
    assert quantile(counts, ENDS, share) == found


@given(values=st.lists(st.integers(-5, 50), min_size=1, max_size=40), share=SHARES)
def test_the_exact_quantile_is_in_its_bin(values: list[int], share: float) -> None:
    """The inverse of the empirical distribution function, read off the sorted values."""
    found = quantile(_counts(values), ENDS, share)
    truth = _truth(values, share)
    assert found.low is None or found.low <= truth
    assert found.high is None or truth < found.high or found.high == truth == EDGES[-1]
    assert (found.value is None) == (found.low is None or found.high is None)


@given(
    values=st.lists(st.integers(-5, 50), min_size=1, max_size=40),
    share=SHARES,
    data=st.data(),
)
def test_intervals_hold_the_quantile(values: list[int], share: float, data: st.DataObject) -> None:
    """Whichever counts are hidden, the quantile and its interpolation are in what is told."""
    counts = _counts(values)
    cells = tuple(data.draw(_hidden(count)) for count in counts)
    exact, found = quantile(counts, ENDS, share), quantile(cells, ENDS, share)
    truth = _truth(values, share)
    assert found.low is None or found.low <= truth
    assert found.high is None or truth <= found.high
    for end, held in ((found.low, exact.low), (found.high, exact.high)):
        assert end is None or held is not None
    if isinstance(exact.value, float):
        assert _holds(found.value, exact.value)


def test_hidden_tails_leave_the_middle() -> None:
    """A few in the tails do not move the median out of its bin, and hardly in it."""
    found = quantile((Gap(low=0, high=9), 200, 300, 200, Gap(low=0, high=9)), ENDS, 0.5)
    assert (found.low, found.high) == (10, 20)
    assert isinstance(found.value, Gap)
    assert (found.value.low, found.value.high) == (pytest.approx(14.85), pytest.approx(15.15))


def test_all_bins_that_are_possible() -> None:
    """Where the counts leave it open, the ends are those of all bins, and an open one is none."""
    hidden = Gap(low=0, high=9)
    assert quantile((0, 5, hidden, 5, 0), ENDS, 0.5) == Found(Gap(low=0, high=20), 0, 20)
    assert quantile((Gap(low=0), 5, 5, 5, 0), ENDS, 0.5) == Found(Gap(high=20), None, 20)
    assert quantile((0, 0, Gap(low=0, high=0), 0, 0), ENDS, 0.5) == NOWHERE


def test_rounded_counts_give_a_number_within_an_interval() -> None:
    """Three to seven are told as five."""
    around = tuple(About(value=5, low=3, high=7) for _ in range(3))
    found = quantile((0, *around, 0), ENDS, 0.5)
    assert found == Found(About(value=15.0, low=0, high=40), 0, 40)


@given(st.lists(st.floats(-100, 100), min_size=1, max_size=12))
def test_noisy_counts_become_counts(noisy: list[float]) -> None:
    """None is below zero, the sum is kept, and no other such counts with this sum are nearer."""
    found = nonnegative(noisy)
    total = max(0.0, math.fsum(noisy))
    assert all(one >= 0 for one in found)
    assert math.isclose(math.fsum(found), total, abs_tol=1e-6)
    kept = [mine - other for mine, other in zip(noisy, found, strict=True) if other > 1e-9]
    lost = [mine for mine, other in zip(noisy, found, strict=True) if other <= 1e-9]
    if total > 1e-6 and min(noisy) < 0:  # the conditions of Karush, Kuhn and Tucker
        assert max(kept) - min(kept) < 1e-6
        assert all(one <= min(kept) + 1e-6 for one in lost)


@given(st.lists(st.integers(-30, 60), min_size=5, max_size=5), SHARES)
def test_any_noisy_vector_gives_an_answer(noisy: list[int], share: float) -> None:
    """A number between the ends, or none where an end is open or nobody is left."""
    found = quantile(noisy, ENDS, share)
    if found.low is not None and found.high is not None:
        assert isinstance(found.value, float)
        assert found.low <= found.value <= found.high
    later = quantile(noisy, ENDS, 0.95)
    if isinstance(found.value, float) and isinstance(later.value, float):
        assert found.value <= later.value or share > 0.95


def _counts(values: list[int]) -> tuple[int, ...]:
    counts = [0] * (len(EDGES) + 1)
    for value in values:
        counts[len(EDGES) - 1 if value == EDGES[-1] else bisect_right(EDGES, value)] += 1
    assert len(list(pairwise(EDGES))) + 2 == len(counts)
    return tuple(counts)


def _truth(values: list[int], share: float) -> int:
    wanted = Fraction(repr(share)) * len(values)
    return sorted(values)[math.ceil(wanted) - 1]


def _hidden(count: int) -> st.SearchStrategy[Cell]:
    return st.one_of(
        st.just(count),
        st.just(Gap(low=0)),
        st.just(Gap()),
        st.integers(0, 9).map(lambda more: Gap(low=max(0, count - 2), high=count + more)),
        st.integers(0, 2).map(lambda more: About(value=count + more, low=max(0, count - 1), high=count + 2)),
    )


def _holds(cell: Cell, number: float) -> bool:
    if isinstance(cell, int | float):
        return math.isclose(cell, number)
    assert isinstance(cell, Gap | About)
    return (cell.low is None or cell.low <= number + 1e-9) and (
        cell.high is None or number <= cell.high + 1e-9
    )
