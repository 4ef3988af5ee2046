"""Hazards that sites train: steps that few events, or few persons, have most of."""

from __future__ import annotations

import random
from typing import Any

import pytest

from fedcli.model.disclosure import Verdict
from fedcli.statistics.averaging import Weights
from tests.attacks.test_trained import FORGETFUL
from tests.campaign.site import numbered, of_persons, site

DICTIONARY = of_persons(
    {
        "died": {"type": "integer", "levels": [0, 1]},
        "months": {"type": "real", "bounds": [0, 100]},
        "dose": {"type": "real", "bounds": [0, 100]},
    }
)
Rows = list[dict[str, Any]]


def at(beta: float) -> Weights:
    """After rounds that have come to a coefficient."""
    return Weights(beta=(beta,), means=(0.0,), spreads=(0.5,), costs=(0.0,))


def failed(rows: Rows, state: Weights | None, **asked: Any) -> set[str]:
    """Which checks it fails under the rules of standard."""
    with site(rows, DICTIONARY, FORGETFUL) as place:
        told = {"time": "months", "event": "died", "formula": "dose", "until": 90, "epochs": 1} | asked
        decision = place.decided("fedcox", None, state=state, **told)
    return {one.check for one in decision.findings if one.verdict is Verdict.FAIL}


def people(odd: int) -> Rows:
    """Who has the higher dose dies earlier, without an exception but an odd few; forty are followed on."""
    lots = random.Random(4)
    doses = [90 - 70 * place / 120 for place in range(120)]
    rows = [{"died": 1, "months": 5 + 80 * place / 120, "dose": dose} for place, dose in enumerate(doses)]
    for place in range(odd):  # a low dose, between two who are as they should be
        rows[6 * place + 3]["dose"] = 10 + place / 10
    on = [{"died": 0, "months": 95.0, "dose": lots.uniform(0, 5)} for _ in range(40)]
    return numbered(rows + on)


def test_what_a_model_that_is_sure_leaves_is_few() -> None:
    """A sure model lets nothing be new in any event but those of an odd few: the way is made of these."""
    assert not failed(people(7), at(0.0))
    assert not failed(people(17), at(150.0))
    assert "model_cells" in failed(people(3), at(150.0))
    assert "model_cells" in failed(people(7), at(150.0))


def test_events_of_a_later_step_are_counted() -> None:
    """After a long step seven events move fourteen persons: each moves who was thought to come next, too."""
    begun = at(0.0).model_copy(update={"spreads": (0.09,)})
    assert not failed(people(7), begun, learning_rate=10.0)
    assert not failed(people(17), begun, learning_rate=10.0, epochs=2)
    assert "model_cells" in failed(people(7), begun, learning_rate=10.0, epochs=2)


def test_one_who_has_the_hazard_of_all() -> None:
    """She was expected at every event, and nobody else: the sum is her dose, once for each of them."""
    rows = people(0)
    lots = random.Random(5)
    for row in rows:
        row["dose"] = lots.uniform(20, 30)
    rows[-1]["dose"] = 99.0
    assert not failed(rows, at(0.0))
    assert {"model_dominance", "model_cells"} <= failed(rows, at(20.0))


def test_events_are_the_persons_that_count() -> None:
    """Hundreds of persons of whom few died are few, whatever the round."""
    rows = people(0)
    for row in rows[9:]:
        row["died"] = 0
    for state in (None, at(0.0)):
        assert {"model_cells", "parameters"} <= failed(rows, state)


@pytest.mark.parametrize("state", [None, at(0.0)])
def test_few_who_are_followed_at_the_last_event(state: Weights | None) -> None:
    """The last event is compared with few, unless follow-up ends before."""
    rows = people(0)
    for row in rows[-40:]:
        row["months"] = 60.0
    assert "model_cells" in failed(rows, state, until=None)
    assert not failed(rows, state, until=70)
