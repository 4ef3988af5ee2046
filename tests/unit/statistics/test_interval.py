"""Arithmetic on intervals: sums, distances, roundings, quotients."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fedcli.model.cells import Cell, Gap
from fedcli.statistics.interval import (
    INFINITY,
    Span,
    add,
    gap,
    half_unit,
    mapped,
    mixed,
    quotient,
    span,
    whole_gap,
)

NUMBERS = st.floats(-1e6, 1e6)
ENDS = st.one_of(NUMBERS, st.sampled_from([-INFINITY, INFINITY]))


@st.composite
def spans(draw: st.DrawFn) -> tuple[Span, float]:
    """An interval and a number in it."""
    low, inside, high = sorted((draw(ENDS), draw(NUMBERS), draw(ENDS)))
    return Span(low if low < INFINITY else inside, high if high > -INFINITY else inside), inside


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        (2, 3, 5),
        (0, 0, 0),
        (2, Gap(low=1, high=9), Gap(low=3, high=11)),
        (Gap(low=1, high=9), Gap(low=0, high=9), Gap(low=1, high=18)),
        (Gap(low=1, high=9), Gap(low=0), Gap(low=1)),
        (Gap(), 7, Gap()),
    ],
)
def test_counts_are_added(left: Cell, right: Cell, expected: Cell) -> None:
    """Exactly where both are known; their ends where not; whole numbers all along."""
    assert add(left, right) == add(right, left) == expected


def test_sums_of_counts_stay_whole() -> None:
    """An end of a count is no float: 11 persons, not 11.0."""
    total = add(2, Gap(low=1, high=9))
    assert isinstance(total, Gap)
    assert (type(total.low), type(total.high)) == (int, int)


@pytest.mark.parametrize(
    ("cell", "error", "expected"),
    [
        (5.0, 0.0, (5.0, 5.0)),
        (None, 0.0, (-INFINITY, INFINITY)),
        (Gap(low=1, high=9), 6.0, (1, 9)),
        (Gap(low=0), 0.0, (0, INFINITY)),
        (1.25, 0.005, (1.245, 1.255)),
        (-0.0125, 0.0005, (-0.013, -0.012)),
    ],
)
def test_what_a_cell_can_be(cell: Cell, error: float, expected: tuple[float, float]) -> None:
    """A number, what is within its error, or what a gap leaves open."""
    assert span(cell, error) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("number", "digits", "half"), [(1.25, 3, 0.005), (1250.0, 3, 5.0), (-0.0125, 2, 0.0005), (0.0, 2, 0.0)]
)
def test_half_a_unit(number: float, digits: int, half: float) -> None:
    """Of the last digit that was released."""
    assert half_unit(number, digits) == pytest.approx(half)


@given(number=NUMBERS.filter(lambda x: abs(x) > 1e-300), digits=st.integers(1, 15))
def test_a_rounded_number_stands_for_what_rounds_to_it(number: float, digits: int) -> None:
    """The number before rounding lies within half a unit of the last digit."""
    told = float(f"{number:.{digits - 1}e}")
    assert abs(told - number) <= half_unit(told, digits) * (1 + 1e-9) + 1e-15 * abs(number)


@given(left=spans(), right=spans())
def test_sums_and_distances_hold(left: tuple[Span, float], right: tuple[Span, float]) -> None:
    """What holds a number of each holds their sum, and their distance."""
    (one, x), (other, y) = left, right
    total, apart = one + other, one.distance(other)
    assert total.low - 1e-9 <= x + y <= total.high + 1e-9
    assert apart.low - 1e-9 <= abs(x - y) <= apart.high + 1e-9
    assert apart.low >= 0


@given(weight=st.floats(0, 1), other=st.floats(0, 1), left=spans(), right=spans())
def test_a_weighted_mean_holds(
    weight: float, other: float, left: tuple[Span, float], right: tuple[Span, float]
) -> None:
    """Every mixture with a weight between the ends."""
    (one, x), (two, y) = left, right
    found = mixed(Span(min(weight, other), max(weight, other)), one, two)
    true = weight * x + (1 - weight) * y
    assert found.low - 1e-6 <= true <= found.high + 1e-6


def test_an_infinite_end_without_weight_does_not_count() -> None:
    """Nobody at a site with an unknown mean: the other site's mean."""
    assert mixed(Span(0.0, 0.0), Span(-INFINITY, INFINITY), Span(2.0, 3.0)) == Span(2.0, 3.0)
    assert mixed(Span(1.0, 1.0), Span(2.0, 3.0), Span(-INFINITY, INFINITY)) == Span(2.0, 3.0)
    assert mixed(Span(0.0, 0.5), Span(-INFINITY, 4.0), Span(2.0, 3.0)) == Span(-INFINITY, 3.5)


@pytest.mark.parametrize(
    ("interval", "least", "low", "high"),
    [
        (Span(1.0, 2.0), -INFINITY, math.nextafter(1.0, 0), math.nextafter(2.0, 3)),
        (Span(0.0, 2.0), 0.0, 0.0, math.nextafter(2.0, 3)),
        (Span(-INFINITY, INFINITY), -INFINITY, None, None),
        (Span(-1.0, INFINITY), 0.0, 0.0, None),
    ],
)
def test_ends_are_rounded_outwards(
    interval: Span, least: float, low: float | None, high: float | None
) -> None:
    """By one unit in the last place, and not below what is possible."""
    assert gap(interval, least) == Gap(low=low, high=high)


def test_a_whole_gap_has_whole_ends() -> None:
    """Counts are exact, so nothing is rounded outwards."""
    assert whole_gap(Span(1.0, INFINITY)) == Gap(low=1)
    assert isinstance(whole_gap(Span(1.0, 9.0)).high, int)


@pytest.mark.parametrize(
    ("cell", "by", "less", "expected"),
    [
        (10.0, 4, 0, 2.5),
        (None, 4, 0, None),
        (10.0, Gap(low=3, high=6), 1, (2.0, 5.0)),
        (Gap(low=0, high=10), 5, 0, (0.0, 2.0)),
        (Gap(low=4, high=10), Gap(low=1, high=9), 1, (0.5, 10.0)),
        (Gap(low=4), Gap(low=0), 1, (0.0, None)),
        (Gap(low=4, high=10), Gap(low=0), 1, (0.0, 10.0)),
    ],
)
def test_quotients(cell: Cell, by: Cell, less: int, expected: object) -> None:
    """The least over the most, the most over the least, and never over less than one."""
    found = quotient(cell, by, less)
    if isinstance(found, Gap):
        assert isinstance(expected, tuple)
        assert found.low == pytest.approx(expected[0], abs=1e-12)
        assert found.high == (None if expected[1] is None else pytest.approx(expected[1]))
    else:
        assert found == expected


@pytest.mark.parametrize(
    ("cell", "low", "high"),
    [(Gap(low=4, high=9), 2.0, 3.0), (Gap(low=4), 2.0, None), (Gap(low=0, high=9), 0.0, 3.0)],
)
def test_roots_of_intervals(cell: Gap, low: float, high: float | None) -> None:
    """A growing function maps end to end; an open end stays open."""
    found = mapped(math.sqrt, cell)
    assert isinstance(found, Gap)
    assert found.low == pytest.approx(low, abs=1e-12)
    assert found.high == (None if high is None else pytest.approx(high))
    assert (mapped(math.sqrt, 9.0), mapped(math.sqrt, None)) == (3.0, None)
