"""Life tables: the one that was published with the method, and what hidden and noisy counts do to it."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fedcli.model.cells import About, Cell, Gap
from fedcli.statistics.quantiles import nonnegative
from fedcli.statistics.survival import Interval, life_table, with_noise

#: Cutler and Ederer (1958), table 1: 126 men with localised cancer of the kidney, Connecticut, 1946 to 1951;
#: for each year after diagnosis the deaths, and those lost or withdrawn alive; four lived for longer.
DEATHS, LOST = (47, 5, 2, 2, 0, 0), (19, 17, 15, 9, 6, 4)
ENTERED = (126, 60, 38, 21, 10)
SURVIVAL = (0.60, 0.54, 0.50, 0.44, 0.44)


def test_the_table_of_cutler_and_ederer() -> None:
    """As they print it, at two digits; the standard error of the last is 0.060."""
    found = list(life_table(DEATHS, LOST))
    assert [one.risk for one in found] == list(ENTERED)
    assert [(one.events, one.censored) for one in found] == list(zip(DEATHS, LOST, strict=True))[:-1]
    assert [round(_number(one.survival), 2) for one in found] == list(SURVIVAL)
    assert _error(found[-1]) == pytest.approx(0.060, abs=5e-4)


def _error(one: Interval) -> float:
    """The standard error that an interval of log(-log S) was made of."""
    survival = _number(one.survival)
    upper, lower = (math.log(-math.log(_number(end))) for end in (one.low, one.high))
    return (upper - lower) / 2 / 1.959963984540054 * survival * -math.log(survival)


def test_greenwood_by_hand() -> None:
    """One interval, nobody censored: the binomial variance."""
    [found] = life_table((30, 0), (0, 70))
    assert found.survival == pytest.approx(0.7)
    assert _error(found) == pytest.approx(math.sqrt(0.7 * 0.3 / 100))


def test_ends_of_survival() -> None:
    """Nobody has died: no interval. All have: none either, and then nobody is at risk."""
    assert [one[3:] for one in life_table((0, 0), (5, 5))] == [(1.0, None, None)]
    last = list(life_table((5, 0, 0), (0, 0, 0)))
    assert [one[3:] for one in last] == [(0.0, None, None), (None, None, None)]
    assert [one.risk for one in last] == [5, 0]


COUNTS = st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12)), min_size=2, max_size=6)


@given(counts=COUNTS, data=st.data())
def test_hidden_counts_leave_an_interval_that_holds(
    counts: list[tuple[int, int]], data: st.DataObject
) -> None:
    """Whatever is hidden, what the counts themselves give lies in what is told."""
    died, lost = zip(*counts, strict=True)
    cells = [[data.draw(_hidden(count)) for count in row] for row in (died, lost)]
    for exact, found in zip(life_table(died, lost), life_table(*cells), strict=True):
        assert _holds(found.risk, _number(exact.risk))
        if exact.survival is not None:
            assert _holds(found.survival, _number(exact.survival))


def test_what_is_hidden_is_hidden_in_what_follows() -> None:
    """One hidden count in the second interval: the first is known nearly, the rest between two ends."""
    hidden = Gap(low=0, high=9)
    first, second = life_table((10, hidden, 0), (0, 0, 90))
    assert isinstance(first.survival, Gap)
    assert (first.survival.low, first.survival.high) == (pytest.approx(0.9), pytest.approx(1 - 10 / 109))
    assert (first.low, first.high) == (None, None)
    assert isinstance(second.survival, Gap)
    assert second.survival.low == pytest.approx(0.9 * 90 / 99)


def test_hidden_censorings_before_any_event() -> None:
    """Survival is one whatever they are, also where the number at risk is known again."""
    _, second, _ = life_table((0, 0, 1, 0), (Gap(low=1, high=9), 4, 0, 20))
    assert second[3:] == (1.0, None, None)


@given(st.lists(st.tuples(st.floats(-20, 40), st.floats(-20, 40)), min_size=2, max_size=6))
def test_noisy_counts_give_a_survival(counts: list[tuple[float, float]]) -> None:
    """It lies between zero and one and never rises, whatever the noise."""
    cells = nonnegative([one for row in zip(*counts, strict=True) for one in row])
    found = [one.survival for one in life_table(cells[: len(counts)], cells[len(counts) :])]
    known = [_number(one) for one in found if one is not None]
    assert all(0 <= one <= 1 for one in known)
    assert known == sorted(known, reverse=True)
    assert None not in found[: len(known)]


def _number(cell: Cell) -> float:
    assert isinstance(cell, int | float)
    return cell


def _hidden(count: int) -> st.SearchStrategy[Cell]:
    return st.one_of(
        st.just(count),
        st.just(Gap(low=0)),
        st.integers(0, 9).map(lambda more: Gap(low=max(0, count - 2), high=count + more)),
        st.integers(0, 2).map(lambda more: About(value=count + more, low=max(0, count - 1), high=count + 2)),
    )


def _holds(cell: Cell, number: float) -> bool:
    if isinstance(cell, int | float):
        return math.isclose(cell, number, abs_tol=1e-12)
    assert isinstance(cell, Gap | About)
    return (cell.low is None or cell.low <= number + 1e-9) and (
        cell.high is None or number <= cell.high + 1e-9
    )


def test_an_interval_that_holds_noise_and_chance() -> None:
    """It is left by one simulated estimate in twenty whose survival both chance and noise have moved."""
    truth, persons, spread = 0.7, 400, 0.04
    random = np.random.default_rng(20261127)
    drawn = zip(random.binomial(persons, truth, 4000), random.normal(0, spread, 4000), strict=True)
    told = [_noisy(int(lived), persons, noise) for lived, noise in drawn]
    held = sum(low <= truth <= high for low, high in told) / len(told)
    assert held == pytest.approx(0.95, abs=4 * math.sqrt(0.95 * 0.05 / 4000))


def _noisy(lived: int, persons: int, noise: float) -> tuple[float, float]:
    """The interval of so many who have lived of so many persons, when that is told with noise of 0.04."""
    [moved] = life_table((persons - lived - persons * noise, 0), (0, lived + persons * noise))
    return with_noise(_number(moved.survival), _number(moved.low), 1.959963984540054 * 0.04)


def test_noise_of_nothing_leaves_the_interval() -> None:
    """And noise of any size leaves one between zero and one, however small the number of deaths."""
    [one] = life_table((30, 0), (0, 70))
    survival, low, high = map(_number, (one.survival, one.low, one.high))
    assert with_noise(survival, low, 0.0) == pytest.approx((low, high))
    [few] = life_table((1e-7, 0), (0, 6000))
    assert (few.low, few.high) == (0.0, 1.0)
    assert with_noise(_number(few.survival), 0.0, 0.5) == (0.0, 1.0)
