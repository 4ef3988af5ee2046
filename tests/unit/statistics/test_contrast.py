"""Standardised differences: against a published table, by another way of computing, and over intervals."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fedcli.model.cells import Cell, Gap
from fedcli.statistics.contrast import of_levels, of_means, proportion
from fedcli.statistics.moments import Part

#: Counts of 687 controls and 687 cases (`bradley.csv`, a matched study of patients in hospital), and
#: their standardised differences as R's package tableone prints them; it gives no sign.
PUBLISHED = {
    "sex": ((21, 666), (10, 677), 0.10797814),
    "race_eth": ((160, 527), (141, 546), 0.06690265),
    "marital": ((377, 310), (331, 356), 0.13427981),
    "loc": ((65, 580, 42), (186, 446, 55), 0.48923102),
}


@pytest.mark.parametrize("name", PUBLISHED)
def test_published(name: str) -> None:
    """All digits that were printed."""
    controls, cases, difference = PUBLISHED[name]
    assert of_levels(controls, cases) == pytest.approx(difference, abs=5e-9)


def test_published_age() -> None:
    """73.78 (10.24) of the cases, 72.60 (10.50) of the controls: 0.1137 as printed, within the rounding."""
    controls, cases = (Part(687, mean, 686 * sd**2) for mean, sd in ((72.60, 10.50), (73.78, 10.24)))
    assert of_means(controls, cases) == pytest.approx(0.1137012, abs=0.001)


def solved(matrix: list[list[Fraction]], right: list[Fraction]) -> list[Fraction]:
    """The solution of a system by elimination, as a textbook has it."""
    rows = [[*row, one] for row, one in zip(matrix, right, strict=True)]
    for at in range(len(rows)):
        pivot = next(place for place in range(at, len(rows)) if rows[place][at] != 0)
        rows[at], rows[pivot] = rows[pivot], rows[at]
        rows[at] = [one / rows[at][at] for one in rows[at]]
        for other in range(len(rows)):
            if other != at:
                factor = rows[other][at]
                rows[other] = [x - factor * y for x, y in zip(rows[other], rows[at], strict=True)]
    return [row[-1] for row in rows]


def distance(reference: Sequence[int], other: Sequence[int]) -> float:
    """Yang and Dalton (2012), equation 2: the covariance matrix written out, the first level left out."""
    c, t = ([Fraction(one, sum(counts)) for one in counts[1:]] for counts in (reference, other))
    size = range(len(c))
    matrix = [
        [
            (t[k] * (1 - t[k]) + c[k] * (1 - c[k])) / 2 if k == j else -(t[k] * t[j] + c[k] * c[j]) / 2
            for j in size
        ]
        for k in size
    ]
    apart = [t[k] - c[k] for k in size]
    return math.sqrt(sum(x * y for x, y in zip(apart, solved(matrix, apart), strict=True)))


COUNTS = st.integers(2, 6).flatmap(
    lambda n: st.tuples(*[st.lists(st.integers(1, 500), min_size=n, max_size=n)] * 2)
)


@given(counts=COUNTS)
def test_another_way_of_computing(counts: tuple[list[int], list[int]]) -> None:
    """The same as with the matrix written out; with a sign where there are two levels."""
    found = of_levels(*counts)
    assert isinstance(found, float)
    assert abs(found) == pytest.approx(distance(*counts), rel=1e-12, abs=1e-15)
    assert of_levels(counts[1], counts[0]) == pytest.approx(-found if len(counts[0]) == 2 else found)


@given(counts=COUNTS, empty=st.integers(0, 6))
def test_a_level_that_nobody_has_changes_nothing(counts: tuple[list[int], list[int]], empty: int) -> None:
    """Wherever it stands, up to the sign of two."""
    wider = [[*one[:empty], 0, *one[empty:]] for one in counts]
    found, before = of_levels(*wider), of_levels(*counts)
    assert isinstance(found, float)
    assert isinstance(before, float)
    assert abs(found) == pytest.approx(abs(before))


@pytest.mark.parametrize(
    ("reference", "other", "expected"),
    [
        ((10, 10), (10, 10), 0.0),
        ((10, 30), (30, 10), -0.5 / math.sqrt(0.1875)),
        ((20, 0), (20, 0), None),
        ((20, 0), (0, 20), None),
        ((0, 0), (10, 10), None),
        ((10, 10), (0, 0), None),
        ((5,), (7,), None),
        ((10, Gap(low=0)), (10, 10), Gap()),
        ((10, 10, 10), (10, Gap(low=0), 10), Gap(low=0)),
    ],
)
def test_edges(reference: tuple[Cell, ...], other: tuple[Cell, ...], expected: Cell) -> None:
    """Equal shares, shares without spread, nobody, and a cell that is not known."""
    found = of_levels(reference, other)
    assert found == (pytest.approx(expected) if isinstance(expected, float) else expected)


def test_means_by_hand() -> None:
    """Means 2 and 5, variances 2 and 4: 3 / sqrt(3)."""
    assert of_means(Part(3, 2.0, 4.0), Part(2, 5.0, 4.0)) == pytest.approx(math.sqrt(3))
    assert of_means(Part(2, 5.0, 4.0), Part(3, 2.0, 4.0)) == pytest.approx(-math.sqrt(3))


@pytest.mark.parametrize("other", [Part(0, None, None), Part(1, 5.0, 0.0)])
def test_no_difference_to_nobody(other: Part) -> None:
    """One value has no variance."""
    assert of_means(Part(3, 2.0, 4.0), other) is None


def test_no_spread() -> None:
    """Where all values are the same there is no unit to measure in."""
    assert of_means(Part(3, 2.0, 0.0), Part(3, 5.0, 0.0)) is None


def test_means_beside_a_gap() -> None:
    """Mean 2 to 5 against 1 and variances 1 and 1 to 9: between 1 / sqrt(5) and 4 / sqrt(1)."""
    found = of_means(Part(11, 1.0, 10.0), Part(11, Gap(low=2, high=5), Gap(low=10, high=90)))
    assert isinstance(found, Gap)
    assert (found.low, found.high) == (pytest.approx(1 / math.sqrt(5)), pytest.approx(4))
    down = of_means(Part(11, Gap(low=2, high=5), Gap(low=10, high=90)), Part(11, 1.0, 10.0))
    assert isinstance(down, Gap)
    assert (down.low, down.high) == (pytest.approx(-4), pytest.approx(-1 / math.sqrt(5)))


def test_means_of_which_nothing_is_known() -> None:
    """No bounds, no ends; a spread that may be zero gives no end away from zero."""
    assert of_means(Part(11, 1.0, 10.0), Part(Gap(low=0), Gap(), Gap(low=0))) == Gap()
    flat = of_means(Part(11, 1.0, 0.0), Part(11, Gap(low=2, high=5), Gap(low=0, high=10)))
    assert isinstance(flat, Gap)
    assert (flat.low, flat.high) == (pytest.approx(1 / math.sqrt(0.5)), None)


def test_a_rounded_mean_widens_the_interval() -> None:
    """A mean of 1 that stands for 0.5 to 1.5."""
    rounded = Part(11, 1.0, 10.0, mean_error=0.5)
    found = of_means(rounded, Part(11, Gap(low=2, high=5), 10.0))
    assert isinstance(found, Gap)
    assert (found.low, found.high) == (pytest.approx(0.5), pytest.approx(4.5))


@pytest.mark.parametrize(
    ("counts", "at", "expected"),
    [
        ((10, 30), 0, 0.25),
        ((0, 30), 0, 0.0),
        ((0, 0), 1, None),
        ((10, Gap(low=0, high=30)), 0, (0.25, 1.0)),
        ((10, Gap(low=0)), 0, (0.0, 1.0)),
        ((10, Gap(low=10)), 1, (0.5, 1.0)),
        ((Gap(low=0), Gap(low=0)), 0, (0.0, 1.0)),
        ((Gap(low=0, high=9), 91), 0, (0.0, 0.09)),
    ],
)
def test_proportions(counts: tuple[Cell, ...], at: int, expected: object) -> None:
    """Of those who have a value; between its ends beside a gap, and never beyond 0 and 1."""
    found = proportion(counts, at)
    if isinstance(found, Gap):
        assert (found.low, found.high) == (pytest.approx(expected[0]), pytest.approx(expected[1]))  # type: ignore[index]
        assert found.low is not None
        assert 0 <= found.low <= (found.high or 0) <= 1
    else:
        assert found == expected
