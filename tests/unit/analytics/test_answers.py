"""What each analytic makes of a shape that was written by hand."""

from __future__ import annotations

import math

import pytest

from fedcli.analytics.count import Count
from fedcli.analytics.crosstab import Crosstab
from fedcli.analytics.summary import Summary, variance
from fedcli.model.cells import Axis, Cell, Gap
from fedcli.model.result import Table
from fedcli.statistics.counts import Counts
from fedcli.statistics.moments import Moments

SEX = Axis(name="sex", levels=("f", "m"))
SICK = Axis(name="sick", levels=(False, True))


@pytest.mark.parametrize("n", [0, 17, Gap(low=0, high=9)])
def test_count(n: Cell) -> None:
    """The cell is the answer."""
    answer = Count().answer(Counts((), {"count": (n,)}, per_person=1))
    assert answer.scalars == {"n": n}
    assert answer.tables == {}


def test_crosstab() -> None:
    """A row for each combination, the last column fastest; their sum; and what is missing."""
    shape = Counts((SICK, SEX), {"count": (11, 12, 13, 14), "missing": (15,)}, per_person=1)
    answer = Crosstab(by=("sick", "sex")).answer(shape)
    assert answer.scalars == {"n": 50, "n_missing": 15}
    assert answer.tables == {
        "counts": Table(
            columns=("sick", "sex", "count"),
            keys=2,
            rows=((False, "f", 11), (False, "m", 12), (True, "f", 13), (True, "m", 14)),
        )
    }


def test_crosstab_with_gaps() -> None:
    """The sum of cells of which one is an interval is an interval; no margin gives it away."""
    shape = Counts((SEX,), {"count": (11, Gap(low=0, high=9)), "missing": (0,)}, per_person=1)
    answer = Crosstab(by=("sex",)).answer(shape)
    assert answer.scalars == {"n": Gap(low=11, high=20), "n_missing": 0}
    assert answer.tables["counts"].rows == (("f", 11), ("m", Gap(low=0, high=9)))


def moments(n: Cell, mean: Cell, m2: Cell) -> Moments:
    """One variable in two groups, of which the second is empty."""
    axes = (Axis(name="variable", levels=("age",)), SEX)
    cells: dict[str, tuple[Cell, ...]] = {
        "n": (n, 0),
        "missing": (1, 2),
        "mean": (mean, None),
        "m2": (m2, None),
    }
    return Moments(axes, cells, per_person=1, bounds=((0, 100),))


def test_summary() -> None:
    """n, missing, mean, variance with n - 1, and its root."""
    answer = Summary(columns=("age",), by=("sex",)).answer(moments(5, 3.6, 23.2))
    table = answer.tables["summary"]
    assert table.columns == ("variable", "sex", "n", "n_missing", "mean", "variance", "sd")
    assert table.keys == 2
    first, second = table.rows
    assert first[:5] == ("age", "f", 5, 1, 3.6)
    assert first[5:] == (pytest.approx(5.8), pytest.approx(math.sqrt(5.8)))
    assert second == ("age", "m", 0, 2, None, None, None)


def test_summary_with_gaps() -> None:
    """Of what is suppressed, intervals; of a variance and a standard deviation too."""
    shape = moments(Gap(low=3, high=9), Gap(low=0, high=100), Gap(low=8, high=18))
    row = Summary(columns=("age",), by=("sex",)).answer(shape).tables["summary"].rows[0]
    assert row[2:5] == (Gap(low=3, high=9), 1, Gap(low=0, high=100))
    spread, deviation = row[5], row[6]
    assert isinstance(spread, Gap)
    assert isinstance(deviation, Gap)
    assert (spread.low, spread.high) == (pytest.approx(1), pytest.approx(9))
    assert (deviation.low, deviation.high) == (pytest.approx(1), pytest.approx(3))


@pytest.mark.parametrize(
    ("n", "m2", "expected"),
    [
        (0, None, None),
        (1, 0.0, None),
        (2, 8.0, 8.0),
        (5, 0.0, 0.0),
        (5, None, None),
        (Gap(low=0, high=9), None, None),
    ],
)
def test_variance(n: Cell, m2: Cell, expected: Cell) -> None:
    """There is none of less than two values."""
    assert variance(n, m2) == expected


def test_variance_of_a_gap() -> None:
    """Known n: the ends divided. Nothing known: between zero and m2's upper end."""
    known = variance(11, Gap(low=0, high=50))
    assert isinstance(known, Gap)
    assert (known.low, known.high) == (0, pytest.approx(5))
    open_ended = variance(Gap(low=0), Gap(low=0, high=50))
    assert isinstance(open_ended, Gap)
    assert (open_ended.low, open_ended.high) == (0, pytest.approx(50))
    assert variance(Gap(low=0), Gap(low=0)) == Gap(low=0)
