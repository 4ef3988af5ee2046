"""Several runs of one site at once: one has the lock, and the others end at once and change nothing.

`make campaign` does it with 2, 4, 8 and 16.
"""

from __future__ import annotations

import pytest

from tests.campaign.runs import race
from tests.world import World


@pytest.mark.parametrize("number", [2, 8])
def test_runs_behind_a_barrier(alone: World, number: int) -> None:
    """They begin together, and the winner is held until the others have ended."""
    raced = race(alone, number)
    assert raced.fair, raced
    alone.ok("ledger", "verify", home="south")
    alone.ok("verify", str(alone.exchange), home="researcher")
