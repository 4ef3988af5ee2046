"""Models of hazards with late entry: few who had begun when an event came, and few who begin late at all."""

from __future__ import annotations

import random
from typing import Any

import pytest

from fedcli.model.policy import Disclosure
from fedcli.model.release import Answered
from tests.attacks.test_hazards import DICTIONARY as PLAIN
from tests.attacks.test_hazards import FORGETFUL, STANDARD, score
from tests.attacks.test_trends import NEGLIGENT
from tests.campaign.site import numbered, site

DICTIONARY = PLAIN.model_copy(update={"columns": {**PLAIN.columns, "begins": PLAIN.columns["time"]}})


def people(late: int, begins: float) -> list[dict[str, Any]]:
    """Persons who are followed from the beginning, half of them until they die; the last begin late."""
    lots = random.Random(4)
    rows = [
        {"time": lots.uniform(1, 60), "died": lots.random() < 0.5, "dose": lots.uniform(0, 10), "begins": 0.0}
        for _ in range(1200)
    ]
    enter = [{"time": 70.0, "died": False, "dose": 9.75, "begins": begins} for _ in range(late)]
    return numbered([*rows, *enter])


def told(rules: Disclosure, rows: list[dict[str, Any]], *entries: str | None) -> list[Answered | None]:
    """The first step of a model for each column that may say when somebody begins."""
    asked = {"time": "time", "event": "died", "formula": "dose", "until": 50.0}
    with site(rows, DICTIONARY, rules) as place:
        return [place.asked("cox", None, entry=one, **asked) for one in entries]


def test_few_had_begun_when_the_first_event_came() -> None:
    """Two are compared with each other, before all others begin: how their doses differ."""
    rows = people(0, 0.0)
    for row in rows[2:]:
        row["begins"] = 0.9
    rows[0] |= {"time": 0.5, "died": True, "dose": 9.25}
    rows[1] |= {"time": 60.0, "died": False, "dose": 1.75}
    (found,) = told(NEGLIGENT, rows, "begins")
    rows[0]["died"] = False
    (without,) = told(NEGLIGENT, rows, "begins")
    assert score(found) - score(without) == pytest.approx((9.25 - 1.75) / 2, rel=1e-4)
    rows[0]["died"] = True
    assert told(FORGETFUL, rows, "begins") == [None]


def test_few_begin_late() -> None:
    """The model as if they had not, and the one that knows it: the difference is of these three alone."""
    rows = people(3, 45.0)
    with_entry, without = told(NEGLIGENT, rows, "begins", None)
    assert abs(score(with_entry) - score(without)) > 1
    with_entry, without = told(FORGETFUL, rows, "begins", None)
    assert with_entry is None and without is not None
    for rules in (FORGETFUL, STANDARD):
        with_entry, _ = told(rules, people(40, 45.0), "begins", None)
        assert with_entry is not None


def test_nobody_begins_late() -> None:
    """Then it is the model that does not ask."""
    with_entry, without = told(FORGETFUL, people(0, 0.0), "begins", None)
    assert score(with_entry) == score(without)


def test_one_misses_nearly_all_of_the_events_that_are_missed() -> None:
    """Twelve begin late, eleven of them after the first event alone."""
    rows = people(12, 45.0)
    first = min(row["time"] for row in rows if row["died"])
    for row in rows[-11:]:
        row["begins"] = first
    assert told(NEGLIGENT, rows, "begins") != [None]
    assert told(FORGETFUL, rows, "begins") == [None]
