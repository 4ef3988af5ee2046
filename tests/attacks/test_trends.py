"""The test of proportional hazards: events at another time than all others, and logarithms cut at a time."""

from __future__ import annotations

import math
import random
from typing import Any

import pytest

from fedcli.model.policy import Disclosure
from fedcli.model.release import Answered
from tests.attacks.test_hazards import DICTIONARY as PLAIN
from tests.attacks.test_hazards import FORGETFUL, STANDARD
from tests.campaign.site import numbered, site

DICTIONARY = PLAIN.model_copy(
    update={"columns": {**PLAIN.columns, "arm": PLAIN.columns["died"]}},
)
#: As in the profile, but for how many events may be alike, and how much of the time between one may hold.
NEGLIGENT = FORGETFUL.model_copy(update={"min_count": 1, "dominance": (), "p_percent": "0"})


def told(rules: Disclosure, rows: list[dict[str, Any]], **asked: Any) -> Answered | None:
    """The first step of a test, which is at zero."""
    with site(numbered(rows), DICTIONARY, rules) as place:
        return place.asked("proportional", None, **_asked(**asked))


def _asked(**more: Any) -> dict[str, Any]:
    return {"time": "time", "event": "died", "formula": "dose", "until": 100.0, "trend": "identity", **more}


def sums(answer: Answered | None) -> tuple[list[float], list[float]]:
    """The score of a column and its trend, and the information of both."""
    assert answer is not None
    return list(map(float, answer.cells["score"])), list(map(float, answer.cells["gram"]))  # type: ignore[arg-type]


def people(late: int) -> list[dict[str, Any]]:
    """Six hundred who die at half of the time, where a step ends; as many who do not; some die at 90."""
    lots = random.Random(8)
    early = [{"time": lots.uniform(49.98, 50.02), "died": True} for _ in range(600)]
    rest = [{"time": lots.uniform(95, 99), "died": False} for _ in range(600)]
    last = [{"time": 90.0, "died": True} for _ in range(late)]
    rows = [
        {**row, "dose": lots.uniform(0, 10), "arm": lots.random() < 0.5} for row in (*early, *rest, *last)
    ]
    return [*rows[:-late], {**rows[-1], "dose": 9.75}] if late == 1 else rows


def test_one_event_at_another_time() -> None:
    """Less the sums at the time of all others, those of one are left: its time, and its dose."""
    score, (first, both, second) = sums(told(NEGLIGENT, people(1)))
    # The others are at zero, and so count nothing where events count with the time.
    assert second / both == pytest.approx(2 * 0.9 - 1, abs=0.01)
    assert first / 601 == pytest.approx(both / (2 * 0.9 - 1), rel=0.15)
    assert score[1] / (2 * 0.9 - 1) * 5 == pytest.approx(9.75 - 5, abs=0.5)
    assert told(FORGETFUL, people(1)) is None
    assert told(FORGETFUL, people(40)) is not None


def test_one_holds_nearly_all_of_the_time_between() -> None:
    """Forty are apart from most by so little that they hide one no better than nobody."""
    rows = people(41)
    for at, row in enumerate(rows[-41:]):
        row["time"] = 90.0 if at == 0 else 52.0
    assert told(NEGLIGENT, rows) is not None
    assert told(FORGETFUL, rows) is None


def test_events_beyond_the_horizon_are_not_apart() -> None:
    """Forty die after it, three before it when the others do not."""
    rows = people(3)
    for row in rows[600:640]:
        row |= {"time": 97.0, "died": True}
    assert told(NEGLIGENT, rows, until=95.0) is not None
    assert told(FORGETFUL, rows, until=95.0) is None


@pytest.mark.parametrize("arm", [True, False])
def test_few_of_a_level_at_another_time(arm: bool) -> None:
    """Forty die late, of one level only three: of the level's sum these are left."""
    rows = people(40)
    for at, row in enumerate(rows[-40:]):
        row["arm"] = arm if at < 3 else not arm
    assert told(NEGLIGENT, rows, formula="arm") is not None
    assert told(FORGETFUL, rows, formula="arm") is None


def test_logarithms_that_are_cut_at_a_time() -> None:
    """A horizon far out moves the time below which all are alike, past three events: what they differ by."""
    rows = people(40)
    for row in rows[600:603]:
        row |= {"time": 20.0, "died": True, "dose": 9.5}
    for row in rows[:30]:
        row["time"] = 5.0
    floors = [17.0, 19.0, 21.0]
    for rules in (FORGETFUL, STANDARD):
        with site(numbered(rows), DICTIONARY, rules) as place:
            answers = [
                place.asked("proportional", None, **_asked(trend="log", until=floor * 1e4))
                for floor in floors
            ]
        if rules is STANDARD:
            assert answers[0] is not None and answers[1] is not None and answers[2] is None
            continue
        first, second, third = (
            _logarithms(sums(one)[0], floor * 1e4) for one, floor in zip(answers, floors, strict=True)
        )
        before = (second - first) / math.log(19 / 17)  # of those who died at 5
        three = (third - second - before * math.log(21 / 19)) / math.log(21 / 20)
        assert three * 5 == pytest.approx(3 * (9.5 - 5), abs=1.5)


def _logarithms(score: list[float], until: float) -> float:
    """What columns differ by, times the logarithm of time, in all."""
    least = math.log(1e-4)
    return (score[0] * (1 + 2 * math.log(until) / least) - score[1]) * least / 2
