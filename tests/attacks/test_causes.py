"""Cumulative incidence: who ended by a rare cause, from the other causes and from whom they leave over."""

from __future__ import annotations

from itertools import cycle
from typing import Any

from fedcli.model.cells import Gap
from fedcli.model.policy import Disclosure
from fedcli.model.release import Answered
from fedcli.policy.profiles import profile
from tests.campaign.site import numbered, of_persons, site

STANDARD = profile("standard").disclosure
FORGETFUL = STANDARD.model_copy(update={"secondary": "none", "memory": "none"})
DICTIONARY = of_persons(
    {
        "months": {"type": "real", "bounds": [0, 100]},
        "ended": {"type": "text", "levels": ["alive", "relapse", "suicide"]},
    }
)
RARE, SPAN = 3, [0, 12, 24, 36]


def people() -> list[dict[str, Any]]:
    """Two hundred persons in each year; three of the second have a cause that nobody else has."""
    ends = cycle(["alive", "relapse", "alive"])
    rows = [{"months": 12.0 * year + 6, "ended": next(ends)} for year in range(3) for _ in range(200)]
    for row in rows[200 : 200 + RARE]:
        row["ended"] = "suicide"
    return numbered(rows)


def told(rules: Disclosure) -> tuple[Answered | None, Answered | None]:
    """How follow-ups ended in each year; and how many ended in it, however they did."""
    asked = {"time": "months", "event": "ended", "censored": "alive", "edges": SPAN}
    with site(people(), DICTIONARY, rules) as place:
        first = place.asked("cumulative_incidence", None, **asked)
        return first, place.asked("histogram", None, column="months", edges=SPAN[1:])


def test_a_rare_cause_is_what_the_others_leave() -> None:
    """Its count is hidden, and is the year's total less the other two; unless one of these is hidden."""
    ends, years = told(FORGETFUL)
    assert ends is not None and years is not None
    alive, relapse, rare = ends.cells["count"][3:6]
    assert isinstance(rare, Gap)
    assert years.cells["count"][1] - alive - relapse == RARE  # type: ignore[operator]
    ends, years = told(STANDARD)
    assert ends is not None
    alive, relapse, rare = ends.cells["count"][3:6]
    assert isinstance(rare, Gap)
    assert years is None or Gap in map(type, (alive, relapse, years.cells["count"][1]))
