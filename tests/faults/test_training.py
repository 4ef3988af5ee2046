"""Killed in every round, a training ends with the model of the undisturbed one, and nothing is paid twice."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.trace import unusable
from tests.faults.training import compared

#: `python -m tests.campaign training` kills every site, and trains other models too.
KILLED = ("south", "researcher")


def test_the_model_is_the_same(tmp_path: Path) -> None:
    """A site and the coordinator are killed in each round; numbers agree to 1e-12, and so do the books."""
    if reason := unusable():
        pytest.skip(reason)
    kills, wrong = compared(tmp_path, "fedavg", KILLED, 2)
    assert wrong == []
    assert [(one.round, one.who) for one in kills] == [(at, who) for at in range(3) for who in KILLED]
