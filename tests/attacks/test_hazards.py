"""Models of hazards: last events with few persons to be compared with, and horizons that move past few."""

from __future__ import annotations

import random
from typing import Any

import pytest

from fedcli.model.disclosure import Verdict
from fedcli.model.policy import Disclosure
from fedcli.model.release import Answered
from fedcli.policy.profiles import profile
from tests.campaign.site import numbered, of_persons, site

STANDARD = profile("standard").disclosure
FORGETFUL = STANDARD.model_copy(update={"secondary": "none", "memory": "none"})
DICTIONARY = of_persons(
    {
        "time": {"type": "real", "bounds": [0, 100]},
        "died": {"type": "boolean"},
        "dose": {"type": "real", "bounds": [0, 10]},
    }
)


def people(number: int = 1200) -> list[dict[str, Any]]:
    """Persons who are followed for up to 60 months, and two who are followed for longer; one of them dies."""
    lots = random.Random(6)
    rows = [
        {"time": lots.uniform(1, 60), "died": lots.random() < 0.5, "dose": lots.uniform(0, 10)}
        for _ in range(number)
    ]
    last = [{"time": 90.0, "died": True, "dose": 9.25}, {"time": 95.0, "died": False, "dose": 1.75}]
    return numbered([*rows, *last])


def told(rules: Disclosure, *until: float, rows: list[dict[str, Any]] | None = None) -> list[Answered | None]:
    """The first step of a model for each horizon, asked one after the other."""
    with site(rows or people(), DICTIONARY, rules) as place:
        return [
            place.asked("cox", None, time="time", event="died", formula="dose", until=one) for one in until
        ]


def score(answer: Answered | None) -> float:
    """In the units of the dose."""
    assert answer is not None
    return float(answer.cells["score"][0]) * 5  # type: ignore[arg-type]


def events(answer: Answered | None) -> float:
    """How many there were until the horizon."""
    assert answer is not None
    return float(answer.cells["sums"][0])  # type: ignore[arg-type]


def test_the_last_of_all() -> None:
    """The event of one of the last two tells how their doses differ: 9.25 less the mean with 1.75."""
    few = FORGETFUL.model_copy(update={"min_count": 2})
    whole, before = told(few, 100, 80)
    assert events(whole) - events(before) == 1
    assert score(whole) - score(before) == pytest.approx((9.25 - 1.75) / 2, rel=1e-5)
    whole, before = told(FORGETFUL, 100, 55)
    assert whole is None and before is not None


def test_a_horizon_that_moves_past_few() -> None:
    """One event more tells the dose of somebody, less a mean of many that hardly moves."""
    times = sorted(row["time"] for row in people() if row["died"] and row["time"] > 30)
    first, second = times[0] + 1e-6, times[1] + 1e-6
    one, other = told(FORGETFUL, first, second)
    assert events(other) - events(one) == 1
    one, other = told(STANDARD, first, second)
    assert one is not None and other is None


def test_a_horizon_that_moves_past_one_event_of_many() -> None:
    """Many are followed until between the two horizons, but only one of them has the event there."""
    rows = people()
    between = [row for row in rows if 30 < row["time"] < 40]
    for row in between:
        row["died"] = row is between[0]
    assert len(between) > 100
    one, other = told(FORGETFUL, 30, 40, rows=rows)
    assert events(other) - events(one) == 1
    one, other = told(STANDARD, 30, 40, rows=rows)
    assert one is not None and other is None


def test_few_events_before_the_horizon() -> None:
    """Many die in all, but five until then: they alone are behind the score."""
    fifth = sorted(row["time"] for row in people() if row["died"])[4] + 1e-6
    few, many = told(FORGETFUL, fifth, 50)
    assert few is None and many is not None
    (few,) = told(
        FORGETFUL.model_copy(update={"min_count": 2, "min_dof": 1, "parameters_per_person": "1"}), fifth
    )
    assert events(few) == 5


def test_few_events() -> None:
    """Coefficients need more events than rows: twelve columns have no degrees of freedom in twenty events."""
    rows = people()
    for at, row in enumerate(row for row in rows if row["died"]):
        row["died"] = at < 20
    asked = {"time": "time", "event": "died", "until": 50, "formula": "poly(dose, 4) + bs(dose, 2, 4, 6, 8)"}
    with site(rows, DICTIONARY, FORGETFUL) as place:
        decision = place.decided("cox", None, **asked)
    assert "model_dof" in {one.check for one in decision.findings if one.verdict is Verdict.FAIL}
