"""The figures of moments: which ends need no counting, and how parts add up."""

from __future__ import annotations

from statistics import fmean

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fedcli.engine.figures import Gathered
from fedcli.model.cells import Axis

OF_ROWS = ("n", "mean", "m2", "low", "high")
OF_PERSONS = ("persons", "nonzero", "above", "below", "top", "magnitude", "spread")
Told = tuple[int, int, int, int, list[float] | None, float | None, float | None]


def of(values: list[float], groups: tuple[Axis, ...] = ()) -> Gathered:
    """The figures of one variable `x` without groups."""
    found = Gathered(("x",), groups)
    mean = fmean(values)
    m2 = sum((value - mean) ** 2 for value in values)
    found.take(OF_ROWS, ("x",), [(len(values), mean, m2, min(values), max(values))])
    return found


@given(
    end=st.sampled_from([0.0, 1.0, -2.5, 1e-9, 1e9, 123456789.1, 1e15]),
    others=st.lists(st.floats(0, 1e6), max_size=9),
    sign=st.sampled_from([1, -1]),
    times=st.sampled_from([1, 1000]),
)
def test_an_end_that_half_share_is_counted(end: float, others: list[float], sign: int, times: int) -> None:
    """Whatever the others have, and however far from zero all of them are."""
    values = [end] * max(1, len(others)) + [end + sign * other for other in others]
    assert of(values * times).shared() == ("x",)


def test_an_end_far_from_the_mean_is_not_counted() -> None:
    """Nobody shares it with half of all."""
    assert of([float(value) for value in range(10)]).shared() == ()  # the ends are 1.57 deviations away
    assert of([0.0, *[50.0] * 20, 100.0]).shared() == ()


def test_squares_that_rounding_took_hide_nothing() -> None:
    """Values that differ in their last digits are counted, whatever their squares came to."""
    found = Gathered(("x",), ())
    found.take(OF_ROWS, ("x",), [(4, 1e9 + 2e-6, 0.0, 1e9, 1e9 + 4e-6)])
    assert found.shared() == ("x",)


@pytest.mark.parametrize("order", [1, -1])
def test_parts_add_up(order: int) -> None:
    """Persons are added, the two largest are those of all parts, the largest square is that of all."""
    told: list[Told] = [
        (3, 2, 3, 1, [9.0, 4.0], 14.0, 2.5),
        (2, 2, 1, 2, [7.0, 5.0], 12.0, 3.5),
        (0, 0, 0, 0, None, None, None),
    ]
    found = Gathered(("x",), ())
    for part in told[::order]:
        found.take(OF_PERSONS, ("x",), [part])
    assert {name: found.figures[name][0] for name in OF_PERSONS} == {
        "persons": 5,
        "nonzero": 4,
        "above": 4,
        "below": 3,
        "top": (9.0, 7.0),
        "magnitude": 26.0,
        "spread": 3.5,
    }
    assert found.contributors() == [4]


def test_groups_keep_their_figures() -> None:
    """Parts name groups in any order, and may lack some."""
    found = Gathered(("x", "y"), (Axis(name="g", levels=("a", "b")),))
    found.take(("n",), ("x", "y"), [("b", 1, 2), ("a", 3, 4)])
    found.take(("persons",), ("y",), [("a", 5)])
    found.take(("persons",), ("y",), [("a", 6), ("b", 7)])
    assert found.figures["n"] == [3, 1, 4, 2]
    assert found.figures["persons"] == [0, 0, 11, 7]
    assert list(found.levels()) == [("b", "a")]
    assert found.known(("n",), ("y",)) == {"n": [(2, 4)]}
