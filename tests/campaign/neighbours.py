"""Neighbours by the thousand: for every analytic, how far one person's removal moves the bounded vector.

In the first round of a model, and at a state. The rows keep to nothing (`tests/laws/bounded.py`).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from fedcli.analytics._contract import Analytic
from tests.laws.own import NOISY
from tests.laws.test_neighbours import measured

_EXAMPLES = 50


def furthest(wanted: int) -> Iterator[tuple[str, int, float]]:
    """For each analytic: persons removed, at least so many, and the largest part of the sensitivity."""
    for kind in NOISY:
        found: list[float] = []
        while len(found) < wanted:
            _some(kind, found)
        yield kind.name, len(found), max(found)


def _some(kind: type[Analytic[Any]], found: list[float]) -> None:
    quiet = settings(
        max_examples=_EXAMPLES,
        derandomize=False,
        database=None,
        deadline=None,
        phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )

    @quiet
    @given(data=st.data())
    def ask(data: st.DataObject) -> None:
        found.extend(math.sqrt(moved / most) for moved, most in measured(kind, data))

    ask()
