"""Several processes at one budget, and one that is killed: nothing is granted twice, and nothing is lost.

`make campaign` does more of them.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.campaign.budget import PLACES, RHO, Race, fair, killed, race

RACES = [
    Race(2, each=10, affords=7),
    Race(4, each=5, affords=13),
    Race(8, each=3, affords=10, of="project"),
    Race(16, each=2, affords=20),
    Race(4, each=5, affords=13, wait_seconds=0.0),
    Race(4, each=3, affords=100),
    Race(4, each=3, affords=0),
]


@pytest.mark.parametrize(
    "asked", RACES, ids=lambda asked: f"{asked.processes} for {asked.affords} of {asked.of}"
)
def test_processes_at_one_budget(asked: Race, tmp_path: Path) -> None:
    """As many are granted as the budget affords; the rest are P-BUDGET, and every grant is in the log."""
    raced = race(tmp_path, asked)
    assert fair(asked, raced), raced


def test_processes_with_one_question(tmp_path: Path) -> None:
    """All of them are told the same, and it is paid for once."""
    raced = race(tmp_path, Race(8, each=1, affords=1, shared=True))
    assert (raced.granted, raced.charges, raced.entries, raced.spent) == (8, 1, 1, RHO)


@pytest.mark.parametrize("place", PLACES)
def test_a_kill(place: str, tmp_path: Path) -> None:
    """What is spent stays spent, and the next walk answers once, with what was recorded, for one price."""
    assert killed(tmp_path, place) == []


@pytest.mark.parametrize("moment", [0.0005, 0.002, 0.005, 0.01])
def test_a_kill_at_any_moment(moment: float, tmp_path: Path) -> None:
    """Wherever the walk is by then."""
    assert killed(tmp_path, moment) == []
