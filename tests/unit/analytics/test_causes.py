"""What cumulative incidence makes of counts that were written by hand, and whom it takes for censored."""

from __future__ import annotations

from typing import Any

import pytest

from fedcli.analytics.cumulative_incidence import CumulativeIncidence
from fedcli.errors import FedcliError
from fedcli.model.cells import Axis, Cell
from fedcli.statistics.bins import Bins
from fedcli.statistics.counts import Counts
from tests.unit.analytics.test_grids import DICTIONARY, SEX

ENDED = Axis(name="grade", levels=(0, 1, 2))
#: Both sexes, one after the other, for each end, in each interval: f below, m below, and so on.
COUNT: tuple[Cell, ...] = (2, 1, 0, 5, 1, 0, 0, 0, 3, 4, 1, 0, 1, 2, 3, 6, 0, 0)


def test_causes_by_group() -> None:
    """The level in the middle is who is censored; each cause has its rows, and its test."""
    asked = CumulativeIncidence(time="time", event="grade", censored=1, edges=(0, 10, 20), by=("sex",))
    axes = (Bins("time", (10, 20)).axis, ENDED, SEX)
    answer = asked.answer(Counts(axes, {"count": COUNT, "missing": (2,)}, per_person=1))
    assert answer.scalars == {"n": 29, "n_missing": 2}
    table = answer.tables["incidence"]
    assert table.columns[:6] == ("sex", "grade", "low", "high", "n_risk", "n_event")
    assert table.keys == 4
    assert [row[:7] for row in table.rows[:4]] == [
        ("f", 0, 0, 10, 11, 2, pytest.approx(2 / 11)),
        ("f", 0, 10, 20, 8, 0, pytest.approx(2 / 11)),
        ("f", 2, 0, 10, 11, 1, pytest.approx(1 / 11)),
        ("f", 2, 10, 20, 8, 1, pytest.approx(1 / 11 + 8 / 11 / 8)),
    ]
    free = answer.tables["survival"].rows
    assert [row[:6] for row in free[:2]] == [("f", 0, 10, 11, 3, 0), ("f", 10, 20, 8, 1, 3)]
    assert free[1][6] == pytest.approx(7 / 11)
    first, second = answer.tables["tests"].rows
    assert (first[0], second[0]) == (0, 2)
    less = 3 * 11 / 29 - 2  # of the first interval alone: in the second there is no event of that cause
    assert first[1] == pytest.approx(less**2 / (3 * 26 / 28 * 11 * 18 / 29**2))


@pytest.mark.parametrize(
    ("event", "censored", "code"),
    [
        ("grade", 2, None),
        ("grade", 3, "Q-LEVEL"),
        ("grade", "2", "Q-LEVEL"),
        ("grade", True, "Q-LEVEL"),
        ("ward", "1", None),
        ("ward", 1, "Q-LEVEL"),
        ("dead", False, None),
        ("dead", 0, "Q-LEVEL"),
    ],
)
def test_who_is_censored_has_a_level_of_the_event(event: str, censored: Any, code: str | None) -> None:
    """One that was declared, and of its type: true is not 1."""
    asked = CumulativeIncidence(time="time", event=event, censored=censored, edges=(0, 5, 10))
    if code is None:
        asked.check(DICTIONARY)
        return
    with pytest.raises(FedcliError) as caught:
        asked.check(DICTIONARY)
    assert caught.value.code == code
