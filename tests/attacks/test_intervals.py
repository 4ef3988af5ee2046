"""A baseline in intervals: few who stop, die or are followed there, hold its time, or enter late for it."""

from __future__ import annotations

import random
from typing import Any

import pytest

from fedcli.model.dataset import Column
from fedcli.model.policy import Disclosure
from fedcli.model.release import Answered
from fedcli.statistics.score import pairs
from tests.attacks.test_entering import DICTIONARY as PLAIN
from tests.attacks.test_hazards import FORGETFUL, STANDARD
from tests.campaign.site import numbered, site

DICTIONARY = PLAIN.model_copy(update={"columns": {**PLAIN.columns, "treated": Column(type="boolean")}})
NEGLIGENT = FORGETFUL.model_copy(update={"min_count": 1, "enforce": "threshold"})
BREAKS, UNTIL = (20.0, 40.0), 60.0


def people(number: int = 1500) -> list[dict[str, Any]]:
    """Persons who are followed for up to 80 months; half of the treated, and of the others, die."""
    lots = random.Random(11)
    return numbered(
        [
            {
                "time": lots.uniform(1, 80),
                "died": lots.random() < 0.5,
                "dose": lots.uniform(0, 10),
                "begins": 0.0,
                "treated": lots.random() < 0.5,
            }
            for _ in range(number)
        ]
    )


def told(rules: Disclosure, rows: list[dict[str, Any]], *asked: dict[str, Any]) -> list[Answered | None]:
    """The first step of each of some models."""
    plain = {"time": "time", "event": "died", "formula": "treated", "breaks": BREAKS, "until": UNTIL}
    with site(rows, DICTIONARY, rules) as place:
        return [place.asked("piecewise", None, **plain | one) for one in asked]


def spent(answer: Answered | None, i: int, j: int | None = None) -> float:
    """The time in an interval; with a `j`, of those with the level that is there beside the intervals."""
    assert answer is not None
    places = pairs(len(BREAKS) + 2)
    gram = answer.cells["gram"][places.index((i, i if j is None else j))]
    return float(gram) * UNTIL  # type: ignore[arg-type]


def events(answer: Answered | None, interval: int) -> float:
    """How many have the event there."""
    assert answer is not None
    return float(answer.cells["score"][interval]) + spent(answer, interval) / UNTIL  # type: ignore[arg-type]


def test_as_many_as_it_takes_are_answered() -> None:
    """Under the rules of standard, with a number too, and with the entry of many who enter late."""
    rows = people()
    for row in rows[:300]:
        row["begins"] = row["time"] * 0.5
    found = told(STANDARD, rows, {}, {"formula": "treated + dose"}, {"entry": "begins"})
    assert None not in found


def test_few_have_the_event_in_an_interval() -> None:
    """Three of many who stop there; and when all who stop there have it but three are left."""
    rows = people()
    for at, row in enumerate(row for row in rows if 20 < row["time"] <= 40):
        row["died"] = at < 3
    few, control = told(FORGETFUL, rows, {}, {"breaks": (60.0, 70.0), "until": 80.0})
    assert few is None and control is not None
    (found,) = told(NEGLIGENT, rows, {})
    assert events(found, 1) == pytest.approx(3, abs=0.01)


@pytest.mark.parametrize("treated", [True, False])
def test_few_of_a_level_stop_in_an_interval(treated: bool) -> None:
    """Four of them do: when, is what the time of the level is off from as often as many as they are."""
    rows, theirs = people(), (7.25, 8.5, 9.0, 9.75)
    few = [row for row in rows if row["treated"] is treated][: len(theirs)]
    for row in rows:
        if row["treated"] is treated and row["time"] <= 20:
            row["time"] = 79.0
    for row, time in zip(few, theirs, strict=True):
        row["time"] = time
    (found,) = told(NEGLIGENT, rows, {})
    of_treated = spent(found, 0, 3)
    of_level = of_treated if treated else spent(found, 0) - of_treated
    many = sum(row["treated"] is treated for row in rows)
    assert 20 * many - of_level == pytest.approx(4 * 20 - sum(theirs), abs=0.1)
    assert told(FORGETFUL, rows, {}) == [None]


def test_few_of_a_level_are_followed_in_an_interval() -> None:
    """Of the treated nobody but three is followed for so long."""
    rows = people()
    for at, row in enumerate(row for row in rows if row["treated"] and row["time"] > 40):
        row["time"] = row["time"] if at < 3 else 39.0
    assert told(FORGETFUL, rows, {}) == [None]
    (found,) = told(NEGLIGENT, rows, {})
    assert 0 < spent(found, 2, 3) <= 3 * 20


def test_one_holds_nearly_all_that_is_missing_of_an_interval() -> None:
    """Forty stop there, all but one of them at its very end: the time of the other one is what is missing."""
    rows = people()
    for at, row in enumerate(row for row in rows if row["time"] <= 20):
        row["time"], row["died"] = (20.0 - 1e-4, bool(at % 2)) if at < 40 else (79.0, row["died"])
    one = next(row for row in rows if row["time"] < 20)
    assert None not in told(NEGLIGENT, rows, {})
    one["time"] = 7.25
    (found,) = told(NEGLIGENT, rows, {})
    assert 20 * len(rows) - spent(found, 0) == pytest.approx(20 - 7.25, abs=0.2)
    assert told(FORGETFUL, rows, {}) == [None]


def test_a_break_that_moves_past_few() -> None:
    """One event more before it: the difference is of the person who has it."""
    rows = people()
    first, second = sorted(row["time"] for row in rows if row["died"] and row["time"] > 20)[:2]
    moved = ({"breaks": (one + 1e-6, 40.0)} for one in (first, second))
    asked: list[dict[str, Any]] = list(moved)
    one, other = told(FORGETFUL, rows, *asked)
    assert events(other, 0) - events(one, 0) == pytest.approx(1, abs=0.01)
    one, other = told(STANDARD, rows, *asked)
    assert one is not None and other is None


def test_few_enter_late() -> None:
    """What six missed is the difference of the time with their entry, and without."""
    rows = people()
    for treated in (True, False):
        late = [row for row in rows if row["time"] > 30 and row["treated"] is treated]
        for row, begins in zip(late, (4.0, 5.0, 6.0), strict=False):
            row["begins"] = begins
    asked: tuple[dict[str, Any], ...] = ({"entry": "begins"}, {})
    with_entry, without = told(NEGLIGENT, rows, *asked)
    assert spent(without, 0) - spent(with_entry, 0) == pytest.approx(30, abs=0.2)
    with_entry, without = told(FORGETFUL, rows, *asked)
    assert with_entry is None and without is not None


def test_one_missed_nearly_all_that_was_missed() -> None:
    """Forty enter late, but one."""
    rows = people()
    late = [row for row in rows if row["time"] > 30][:40]
    for row in late:
        row["begins"] = 1e-4
    late[0]["begins"] = 12.5
    for rules, answered in ((NEGLIGENT, True), (FORGETFUL, False)):
        (found,) = told(rules, rows, {"entry": "begins"})
        assert (found is not None) is answered
