"""What each analytic makes of a shape that was written by hand."""

from __future__ import annotations

import math

import pytest

from fedcli.analytics.count import Count
from fedcli.analytics.crosstab import Crosstab
from fedcli.analytics.histogram import Histogram
from fedcli.analytics.summary import Summary
from fedcli.analytics.table_one import TableOne
from fedcli.model.cells import Axis, Cell, Gap
from fedcli.model.result import Table
from fedcli.statistics.bins import Bins
from fedcli.statistics.bundle import Bundle
from fedcli.statistics.counts import Counts
from fedcli.statistics.moments import Moments, variance

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


def test_histogram() -> None:
    """A row for each bin, with open ends outside the edges, and for each level."""
    asked = Histogram(column="age", edges=(40, 50, 62.5), by=("sex",))
    axes = (Bins("age", (40, 50, 62.5)).axis, SEX)
    hidden = Gap(low=0, high=9)
    cells: dict[str, tuple[Cell, ...]] = {"count": (10, 11, 12, 13, 14, hidden, 16, 17), "missing": (15,)}
    answer = asked.answer(Counts(axes, cells, per_person=1))
    assert answer.scalars == {"n": Gap(low=93, high=102), "n_missing": 15}
    assert answer.tables["counts"] == Table(
        columns=("low", "high", "sex", "count"),
        keys=3,
        rows=(
            (None, 40, "f", 10),
            (None, 40, "m", 11),
            (40, 50, "f", 12),
            (40, 50, "m", 13),
            (50, 62.5, "f", 14),
            (50, 62.5, "m", hidden),
            (62.5, None, "f", 16),
            (62.5, None, "m", 17),
        ),
    )


def described(count: tuple[Cell, ...], lacking: tuple[Cell, ...]) -> Bundle:
    """Age and sex of the well and the sick; one of the well has no age."""
    cells: dict[str, tuple[Cell, ...]] = {
        "n": (49, 20),
        "missing": (1 if lacking[0] == 0 else Gap(low=0), 0),
        "mean": (50.0, 56.0),
        "m2": (48 * 16.0, 19 * 20.0),
    }
    age = Moments((Axis(name="variable", levels=("age",)), SICK), cells, per_person=1, bounds=((0, 100),))
    sex = Counts((SEX, SICK), {"count": count, "missing": lacking}, per_person=1, within=1)
    return Bundle({"numbers": age, "levels.sex": sex})


def test_table_one() -> None:
    """Sizes, moments, counts with proportions, and differences to the first group, by hand."""
    answer = TableOne(columns=("sex", "age"), by="sick").answer(described((30, 5, 20, 15), (0, 0)))
    assert answer.scalars == {}
    tables = {name: (table.columns, table.keys, table.rows) for name, table in answer.tables.items()}
    assert tables == {
        "groups": (("sick", "n"), 1, ((False, 50), (True, 20))),
        "numbers": (
            ("variable", "sick", "n", "n_missing", "mean", "sd"),
            2,
            (
                ("age", False, 49, 1, 50.0, pytest.approx(4.0)),
                ("age", True, 20, 0, 56.0, pytest.approx(math.sqrt(20))),
            ),
        ),
        "levels": (
            ("variable", "level", "sick", "count", "proportion"),
            3,
            (
                ("sex", "f", False, 30, 0.6),
                ("sex", "f", True, 5, 0.25),
                ("sex", "m", False, 20, 0.4),
                ("sex", "m", True, 15, 0.75),
            ),
        ),
        "values": (
            ("variable", "sick", "n", "n_missing"),
            2,
            (("sex", False, 50, 0), ("sex", True, 20, 0)),
        ),
        "differences": (
            ("variable", "sick", "smd"),
            2,
            (
                ("sex", True, pytest.approx(0.35 / math.sqrt((0.24 + 0.1875) / 2))),
                ("age", True, pytest.approx(6 / math.sqrt(18))),
            ),
        ),
    }


def test_table_one_with_gaps() -> None:
    """Where a group hides a column's levels, their shares lie anywhere, and so do size and difference."""
    open_ended = Gap(low=0)
    total = described((open_ended, 5, open_ended, 15), (open_ended, 0))
    tables = TableOne(columns=("age", "sex"), by="sick").answer(total).tables
    assert tables["groups"].rows == ((False, Gap(low=49)), (True, 20))
    assert tables["levels"].rows[0] == ("sex", "f", False, open_ended, Gap(low=0.0, high=1.0))
    assert tables["values"].rows[0] == ("sex", False, open_ended, open_ended)
    assert tables["differences"].rows == (
        ("age", True, pytest.approx(6 / math.sqrt(18))),
        ("sex", True, Gap()),
    )


def test_table_one_of_several_groups() -> None:
    """Each further group against the first."""
    ward = Axis(name="ward", levels=("a", "b", "c"))
    sex = Counts(
        (SEX, ward), {"count": (10, 20, 30, 30, 20, 10), "missing": (0,) * 3}, per_person=1, within=1
    )
    rows = (
        TableOne(columns=("sex",), by="ward").answer(Bundle({"levels.sex": sex})).tables["differences"].rows
    )
    assert [row[:2] for row in rows] == [("sex", "b"), ("sex", "c")]
    assert rows[1][2] == pytest.approx(-0.5 / math.sqrt(0.1875))
