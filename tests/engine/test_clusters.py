"""A step of estimating equations at a correlation that is not zero: blocks beside matrices written out."""

from __future__ import annotations

import random
from typing import Any

import pytest

from fedcli.analytics.gee import Gee
from fedcli.engine.memory import MemoryRows
from fedcli.model.dataset import Dictionary
from tests.laws.engines import assert_same_evidence, duck_of

DICTIONARY = Dictionary.read(
    {
        "schema": "fedcli/dictionary/1",
        "dataset": "d",
        "unit": "person",
        "person_id": "person",
        "row_key": "visit",
        "columns": {name: {"type": "text", "sensitivity": "identifier"} for name in ("person", "visit")}
        | {
            "hit": {"type": "integer", "levels": [0, 1]},
            "visits": {"type": "integer", "bounds": [0, 40]},
            "cost": {"type": "real", "bounds": [0.1, 100]},
            "age": {"type": "real", "bounds": [0, 100]},
            "sex": {"type": "text", "levels": ["f", "m"]},
        },
    },
    "a test",
)
OUTCOMES = {"gaussian": "cost", "binomial": "hit", "poisson": "visits"}


def _rows(number: int) -> list[dict[str, Any]]:
    lots = random.Random(3)
    return [
        {
            "person": f"p{lots.randrange(number // 2)}",
            "visit": f"v{at}",
            "hit": lots.choice((0, 1, 1, None)),
            "visits": lots.choice((0, 0, 1, 3, 17, None)),
            "cost": lots.choice((0.2, 1.0, 3.5, 80.0, None)),
            "age": lots.choice((None, *map(float, range(20, 90)))),
            "sex": lots.choice("fm"),
        }
        for at in range(number)
    ]


@pytest.mark.parametrize("correlation", ["exchangeable", "independence"])
@pytest.mark.parametrize("family", OUTCOMES)
def test_both_engines_say_the_same(family: str, correlation: str) -> None:
    """Cells and evidence, of persons with one row and with several."""
    told = {"family": family, "formula": f"{OUTCOMES[family]} ~ age + sex", "correlation": correlation}
    model = Gee.read(told, "a test").resolved(DICTIONARY, "a test")
    state = model.state(beta=(0.4, -0.3, 0.2), alpha=0.35)
    rows = _rows(60)
    slow = MemoryRows(rows, DICTIONARY, None, model.reads())
    with duck_of(rows, DICTIONARY, None, model.reads()) as fast:
        found, expected = (
            model.local_at(one, state).unseal_for_the_gate()  # type: ignore[attr-defined,arg-type]
            for one in (fast, slow)
        )
    assert found[0].cells.keys() == expected[0].cells.keys()
    for field in expected[0].cells:
        assert found[0].cells[field] == pytest.approx(expected[0].cells[field], rel=1e-9, abs=1e-9), field
    assert_same_evidence(found, expected)
