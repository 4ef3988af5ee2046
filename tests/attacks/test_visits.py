"""Models whose sums rest on few persons with many visits, or on one row that weighs more than all others."""

from __future__ import annotations

from typing import Any

import pytest

from fedcli.analytics.glm import Glm
from fedcli.engine.memory import MemoryRows
from fedcli.model.dataset import Dictionary
from fedcli.model.disclosure import Verdict
from fedcli.policy.gate import Decision, gate
from fedcli.policy.profiles import profile
from fedcli.statistics.seal import Exact
from tests.laws.engines import duck_of

DICTIONARY = Dictionary.read(
    {
        "schema": "fedcli/dictionary/1",
        "dataset": "d",
        "unit": "person",
        "person_id": "person",
        "row_key": "visit",
        "columns": {
            "person": {"type": "text", "sensitivity": "identifier"},
            "visit": {"type": "text", "sensitivity": "identifier"},
            "ill": {"type": "boolean"},
            "sex": {"type": "text", "levels": ["f", "m"]},
            "age": {"type": "real", "bounds": [20, 90]},
            "cost": {"type": "real", "bounds": [0, 1000000]},
            "weight": {"type": "real", "bounds": [0, 1000000]},
        },
    },
    "a test",
)
STANDARD = profile("standard").disclosure


def visits(ill_men: int = 30) -> list[dict[str, Any]]:
    """Two hundred persons with four visits each; so many men are ill at the first, and half of the women."""
    return [
        {
            "person": f"p{at}",
            "visit": f"v{at}-{visit}",
            "ill": visit == 0 and (at < ill_men if at % 2 else at % 4 == 0),
            "sex": "m" if at % 2 else "f",
            "age": 20.5 + (at * 89 + visit) % 69,
            "cost": 100.0 + (at * 7 + visit) % 50,
            "weight": 1.0 + at % 3,
        }
        for at in range(200)
        for visit in range(4)
    ]


def decided(data: list[dict[str, Any]], **asked: Any) -> Decision:
    """What the gate decides at some coefficients, on which both engines agree."""
    glm = Glm.read({"unit": "row", **asked}, "a test").resolved(DICTIONARY, "a test")
    terms = len(glm.design.terms)  # type: ignore[union-attr]
    state = glm.state(beta=(0.0,) * terms)
    decisions = []
    with duck_of(data, DICTIONARY, None, glm.reads()) as rows:
        for engine in (rows, MemoryRows(data, DICTIONARY, None, glm.reads())):
            found = glm.local_at(engine, state)  # type: ignore[arg-type]
            assert isinstance(found, Exact)
            decisions.append(gate(found, STANDARD))
    assert decisions[0].findings == decisions[1].findings
    return decisions[0]


def failed(decision: Decision) -> set[str]:
    """The checks that fail."""
    return {finding.check for finding in decision.findings if finding.verdict is Verdict.FAIL}


def test_a_table_of_visits_is_one_of_persons() -> None:
    """Five ill men with six ill visits each are five persons."""
    data = visits()
    few = visits(ill_men=0)
    for row in few:
        at = int(row["person"][1:])
        row["ill"] = row["ill"] or (row["sex"] == "m" and at < 10)  # five men, twenty visits
    assert failed(decided(data, family="binomial", formula="ill ~ sex")) == set()
    assert "model_cells" in failed(decided(few, family="binomial", formula="ill ~ sex"))


def test_a_person_with_all_the_error() -> None:
    """Whose score is most of a sum that errors are made of can be read off it."""
    data = visits()
    assert failed(decided(data, family="gaussian", formula="cost ~ sex")) == set()
    for row in data:
        if row["person"] == "p0":
            row["cost"] = 900000.0
    assert "model_dominance" in failed(decided(data, family="gaussian", formula="cost ~ sex"))


@pytest.mark.parametrize("heavy", ["p1", "p51"])
@pytest.mark.parametrize("formula", ["ill ~ sex", "ill ~ sex + age"])
def test_a_weight_above_all_others(formula: str, heavy: str) -> None:
    """A sum of weights is a total, and one person may not make it up, whether ill (p1) or not (p51)."""
    data = [row for row in visits() if row["visit"].endswith("-0")]
    asked = {"family": "binomial", "formula": formula, "weights": "weight", "unit": "person"}
    assert failed(decided(data, **asked)) == set()
    for row in data:
        if row["person"] == heavy:
            row["weight"] = 900000.0
    assert "model_dominance" in failed(decided(data, **asked))


@pytest.mark.parametrize("formula", ["cost ~ sex", "cost ~ sex + age"])
def test_a_weight_above_all_others_of_who_adds_nothing_else(formula: str) -> None:
    """Whose outcome is zero is in no sum but those of weights: they alone tell how heavy that one is."""
    data = [row for row in visits() if row["visit"].endswith("-0")]
    asked = {"family": "gaussian", "formula": formula, "weights": "weight", "unit": "person"}
    assert failed(decided(data, **asked)) == set()
    data[3] |= {"weight": 900000.0, "cost": 0.0}
    assert "model_dominance" in failed(decided(data, **asked))
