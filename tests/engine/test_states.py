"""Steps of models at states beyond the first: both engines say the same, of every family, link and error."""

from __future__ import annotations

import random
from typing import Any

import pytest

from fedcli.analytics.glm import Glm
from fedcli.engine.memory import MemoryRows
from fedcli.model.dataset import Dictionary
from fedcli.statistics.score import Shared
from tests.laws.engines import assert_same_evidence, duck_of

COLUMNS = {
    "hit": {"type": "integer", "levels": [0, 1]},
    "visits": {"type": "integer", "bounds": [0, 40]},
    "cost": {"type": "real", "bounds": [0.1, 100]},
    "age": {"type": "real", "bounds": [0, 100]},
    "sex": {"type": "text", "levels": ["f", "m"]},
    "weight": {"type": "real", "bounds": [0, 5]},
}
DICTIONARY = Dictionary.read({"schema": "fedcli/dictionary/1", "dataset": "d", "columns": COLUMNS}, "a test")
EXPLAINED = "age + sex"
MODELS: dict[str, dict[str, Any]] = {
    "gaussian": {"family": "gaussian", "formula": f"cost ~ {EXPLAINED}"},
    "binomial": {"family": "binomial", "formula": f"hit ~ {EXPLAINED}"},
    "probit": {"family": "binomial", "link": "probit", "formula": f"hit ~ {EXPLAINED}"},
    "poisson": {"family": "poisson", "formula": f"visits ~ {EXPLAINED}", "offset": "log(cost)"},
    "negative-binomial": {"family": "negative-binomial", "formula": f"visits ~ {EXPLAINED}"},
    "gamma": {"family": "gamma", "formula": f"cost ~ {EXPLAINED}"},
    "inverse": {"family": "gamma", "link": "inverse", "formula": f"cost ~ {EXPLAINED}"},
    "HC0": {"family": "poisson", "formula": f"visits ~ {EXPLAINED}", "errors": "HC0"},
    "HC2": {"family": "gaussian", "formula": f"cost ~ {EXPLAINED}", "errors": "HC2"},
    "HC3": {"family": "binomial", "formula": f"hit ~ {EXPLAINED}", "errors": "HC3"},
    "firth": {"family": "binomial", "formula": f"hit ~ {EXPLAINED}", "bias": "firth"},
    "gaussian of sites": {"family": "gaussian", "formula": f"cost ~ {EXPLAINED}", "intercepts": "site"},
    "binomial of sites": {"family": "binomial", "formula": f"hit ~ {EXPLAINED}", "intercepts": "site"},
    "poisson of sites": {"family": "poisson", "formula": f"visits ~ {EXPLAINED}", "intercepts": "site"},
    "gamma of sites": {"family": "gamma", "formula": f"cost ~ {EXPLAINED}", "intercepts": "site"},
}
STATE = (0.4, -0.3, 0.2)
SPREAD = (0.05, -0.01, 0.005, 0.08, 0.002, 0.06)


def _rows(number: int) -> list[dict[str, Any]]:
    lots = random.Random(7)
    return [
        {
            "hit": lots.choice((0, 1, 1, None)),
            "visits": lots.choice((0, 0, 1, 3, 17, None)),
            "cost": lots.choice((0.2, 1.0, 3.5, 80.0, None)),
            "age": lots.choice((None, *map(float, range(20, 90)))),
            "sex": lots.choice("fm"),
            "weight": lots.choice((0.0, 0.5, 1.0, 4.0)),
        }
        for _ in range(number)
    ]


@pytest.mark.parametrize("weights", [None, "weight"])
@pytest.mark.parametrize("name", MODELS)
def test_both_engines_say_the_same(name: str, weights: str | None) -> None:
    """Cells and evidence, with a leverage and a theta that all know."""
    asked = Glm.read(MODELS[name] | ({"weights": weights} if weights else {}), "a test")
    model = asked.resolved(DICTIONARY, "a test")
    state = STATE[-len(model._design.terms) :]
    rows, shared = _rows(60), Shared(SPREAD if model._design.leveraged else (), 2.5)
    slow = MemoryRows(rows, DICTIONARY, None, model.reads())
    with duck_of(rows, DICTIONARY, None, model.reads()) as fast:
        found, expected = (
            one.score(model._design, model._model, state, shared).unseal_for_the_gate()
            for one in (fast, slow)
        )
    for field in expected[0].cells:
        assert found[0].cells[field] == pytest.approx(expected[0].cells[field], rel=1e-9, abs=1e-9), field
    assert_same_evidence(found, expected)


@pytest.mark.parametrize("name", ["HC0", "HC3"])
def test_later_rounds_have_their_own_evidence(name: str) -> None:
    """Who makes most of the errors is others at other coefficients, also of rows that are kept."""
    model = Glm.read(MODELS[name], "a test").resolved(DICTIONARY, "a test")
    rows, shared = _rows(60), Shared(SPREAD if model._design.leveraged else (), 2.5)
    slow = MemoryRows(rows, DICTIONARY, None, model.reads())
    seen = []
    with duck_of(rows, DICTIONARY, None, model.reads()) as fast:
        for state in (STATE, (1.5, 0.8, -1.0), STATE):
            found, expected = (
                one.score(model._design, model._model, state, shared).unseal_for_the_gate()
                for one in (fast, slow)
            )
            assert_same_evidence(found, expected)
            seen.append(found[1].of("largest", "meat"))
    assert seen[0] != seen[1]


@pytest.mark.parametrize("name", ["binomial", "probit", "poisson", "negative-binomial", "gamma", "HC0"])
def test_a_start_at_the_site(name: str) -> None:
    """Both engines begin at the same; a step from there hardly moves, as it is what the rows say alone."""
    asked = Glm.read(MODELS[name] | {"start": "sites"}, "a test").resolved(DICTIONARY, "a test")
    rows = _rows(80)
    slow = MemoryRows(rows, DICTIONARY, None, asked.reads())
    with duck_of(rows, DICTIONARY, None, asked.reads()) as fast:
        found, expected = (asked.local_at(one, None).unseal_for_the_gate() for one in (fast, slow))  # type: ignore[attr-defined]
        for field, cells in expected[0].cells.items():
            if None not in cells:
                assert found[0].cells[field] == pytest.approx(cells, rel=1e-8, abs=1e-8), field
        assert_same_evidence(found, expected)
        begun = asked.step(None, found[0])
        told = asked.local_at(fast, begun).unseal_for_the_gate()[0]  # type: ignore[attr-defined]
        then = asked.step(begun, told)
    assert then.beta == pytest.approx(begun.beta, abs=0.02)
