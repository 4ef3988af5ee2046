"""Training at a site: both engines go the same way, with the same persons behind it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from fedcli.analytics.fedavg import Fedavg
from fedcli.analytics.fedcox import Fedcox
from fedcli.engine.memory import MemoryRows
from fedcli.errors import FedcliError
from fedcli.statistics.averaging import Weights
from fedcli.statistics.trained import effective
from tests.engine.test_states import DICTIONARY, EXPLAINED, _rows
from tests.laws.engines import assert_same, assert_same_evidence, duck_of

AT = Weights(
    beta=(0.4, -0.3, 0.2),
    means=(0.0, 0.1, 0.4),
    spreads=(1.0, 0.5, 0.5),
    costs=(0.0, 0.01, 0.02),
    anchor=(0.1, 0.2, -0.3),
    control=(0.05, -0.02, 0.01),
)


def asked(**more: Any) -> Fedavg:
    told = {"family": "binomial", "formula": f"hit ~ {EXPLAINED}", "epochs": 3, "learning_rate": 0.7} | more
    return Fedavg.read(told, "a test").resolved(DICTIONARY, "a test")


@pytest.mark.parametrize("state", [None, AT])
@pytest.mark.parametrize("strategy", ["fedavg", "fedprox", "scaffold"])
@pytest.mark.parametrize("family", ["binomial", "gaussian"])
def test_both_engines_say_the_same(family: str, strategy: str, state: Weights | None) -> None:
    """Cells and evidence, in every round."""
    model = asked(
        family=family, strategy=strategy, formula=f"{'hit' if family == 'binomial' else 'cost'} ~ {EXPLAINED}"
    )
    rows = _rows(60)
    slow = MemoryRows(rows, DICTIONARY, None, model.reads())
    with duck_of(rows, DICTIONARY, None, model.reads()) as fast:
        found, expected = (model.local_at(one, state).unseal_for_the_gate() for one in (fast, slow))  # type: ignore[attr-defined]
    assert_same(found[0], expected[0], rows=60)
    assert_same_evidence(found, expected)


FOLLOWED = AT.model_copy(
    update={"beta": (0.4, -0.3), "means": (0.1, 0.4), "spreads": (0.5, 0.6), "costs": (0.01, 0.02)}
    | {"anchor": (0.1, -0.3), "control": (0.05, 0.01)}
)


@pytest.mark.parametrize("state", [None, FOLLOWED])
@pytest.mark.parametrize("strategy", ["fedavg", "scaffold"])
@pytest.mark.parametrize("until", [None, 3.5])
def test_both_engines_follow_alike(until: float | None, strategy: str, state: Weights | None) -> None:
    """Of hazards too: event by event, and in blocks that are gone through twice."""
    told = {"time": "cost", "event": "hit", "formula": EXPLAINED, "epochs": 3, "learning_rate": 0.7}
    told |= {"until": until, "strategy": strategy}
    model = Fedcox.read(told, "a test").resolved(DICTIONARY, "a test")
    rows = _rows(60)
    slow = MemoryRows(rows, DICTIONARY, None, model.reads())
    with duck_of(rows, DICTIONARY, None, model.reads()) as fast:
        found, expected = (model.local_at(one, state).unseal_for_the_gate() for one in (fast, slow))  # type: ignore[attr-defined]
    assert_same(found[0], expected[0], rows=60)
    assert_same_evidence(found, expected)


def test_what_is_no_number_is_told() -> None:
    """Least squares with a step that is too long: it grows and grows until a site says D-OVERFLOW."""
    model = asked(family="gaussian", formula=f"cost ~ {EXPLAINED}", learning_rate=10.0, epochs=100)
    rows, far = _rows(60), AT.model_copy(update={"beta": (1e200, 1e200, 1e200)})
    with duck_of(rows, DICTIONARY, None, model.reads()) as fast, pytest.raises(FedcliError) as caught:
        model.local_at(fast, far)
    assert caught.value.code == "D-OVERFLOW"


def test_effective_numbers() -> None:
    """Equal ones count as many as they are, one among many small ones as one; nobody moves nothing."""
    for n in (1, 3, 10, 997):
        sizes = np.full(n, 0.1)
        assert effective(float(sizes.sum()), float((sizes**2).sum()), n) == n
    assert effective(1 + 99e-6, 1 + 99e-12, 100) == 1
    assert effective(0.0, 0.0, 7) == 7
    assert effective(float("inf"), float("inf"), 7) == 1
