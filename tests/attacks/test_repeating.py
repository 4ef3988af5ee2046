"""Estimating equations: few persons with several rows, or with one, and one who has most of them."""

from __future__ import annotations

import random
from typing import Any

import pytest

from fedcli.analytics.gee import Gee
from fedcli.model.dataset import Dictionary
from fedcli.model.disclosure import Verdict
from fedcli.policy.gate import gate
from fedcli.policy.profiles import profile
from fedcli.statistics.seal import Exact
from tests.laws.engines import duck_of

STANDARD = profile("standard").disclosure
FORGETFUL = STANDARD.model_copy(update={"secondary": "none", "memory": "none"})
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
            "cost": {"type": "real", "bounds": [0, 100]},
            "dose": {"type": "real", "bounds": [0, 10]},
            "ward": {"type": "text", "levels": ["a", "b"]},
        },
    },
    "a test",
)
FORMULA = "cost ~ dose"


def visits(many: dict[int, int]) -> list[dict[str, Any]]:
    """So many persons with so many visits each."""
    lots = random.Random(5)
    sizes = [size for size, persons in many.items() for _ in range(persons)]
    rows = []
    for at, size in enumerate(sizes):
        rows += [
            {
                "person": f"p{at:04}",
                "visit": f"v{at:04}-{which}",
                "cost": lots.uniform(20, 80),
                "dose": lots.uniform(0, 10),
                "ward": "ab"[at % 2],
            }
            for which in range(size)
        ]
    return rows


def found(rows: list[dict[str, Any]], alpha: float, **asked: Any) -> Exact[Any]:
    """What the engine says at a correlation."""
    told = {"family": "gaussian", "formula": FORMULA, "correlation": "exchangeable"} | asked
    model = Gee.read(told, "a test").resolved(DICTIONARY, "a test")
    beta = (0.0,) * len(model._design.terms)
    with duck_of(rows, DICTIONARY, None, model.reads()) as fast:
        exact = model.local_at(fast, model.state(beta=beta, alpha=alpha))
    assert isinstance(exact, Exact)
    return exact


def failed(rows: list[dict[str, Any]], alpha: float = 0.3, **asked: Any) -> set[str]:
    """Which checks of standard it fails."""
    decision = gate(found(rows, alpha, **asked), FORGETFUL)
    return {one.check for one in decision.findings if one.verdict is Verdict.FAIL}


def test_two_rounds_tell_of_those_with_several_rows() -> None:
    """At another correlation the information is less by a share of what these have: with none in the way,
    the sums of one person among hundreds.
    """
    rows = visits({1: 300, 2: 1})
    one, other = (dict(found(rows, alpha).unseal_for_the_gate()[0].cells)["gram"] for alpha in (0.0, 0.5))
    theirs = [(row["dose"] - 5) / 5 for row in rows[-2:]]
    # 1 / (1 - 0.5) z z' less 0.5 / (0.5 * 1.5) of the products of their sums, instead of z z'
    assert other[0] - one[0] == pytest.approx(2 * 2 - 2 / 3 * 4 - 2)
    expected = sum(theirs) * (2 - 2 / 3 * 2 - 1)
    assert other[1] - one[1] == pytest.approx(expected)
    assert sum(theirs) == pytest.approx((other[1] - one[1]) * -3)


@pytest.mark.parametrize("many", [{1: 300, 2: 4}, {1: 4, 2: 300}, {1: 300, 3: 9}])
def test_few_with_several_rows_or_with_one(many: dict[int, int]) -> None:
    """Refused; with as many as stand behind a cell it leaves, and where all have several rows."""
    assert "model_cells" in failed(visits(many))
    assert failed(visits(many), correlation="independence") == set()
    assert failed(visits({1: 300, 2: 40})) == set()
    assert failed(visits({2: 300})) == set()


def test_few_of_a_level_have_several_rows() -> None:
    """Many persons have several rows, but few of those in the ward."""
    rows = visits({1: 300, 2: 60})
    several = sorted({row["person"] for row in rows[300:]})
    for row in rows[300:]:
        row["ward"] = "a" if row["person"] in several[:55] else "b"
    assert failed(visits({1: 300, 2: 60}), formula="cost ~ ward") == set()
    assert failed(rows, formula="cost ~ ward") == {"model_cells"}


def test_one_has_nearly_all_of_the_rows_that_go_together() -> None:
    """Of the pairs of rows of 41 persons, one has 90 %: their number, and what they add, is that one's."""
    rows = visits({1: 300, 2: 40, 28: 1})
    assert failed(visits({1: 300, 2: 40, 3: 1})) == set()
    assert "model_dominance" in failed(rows)
    assert failed(rows, correlation="independence") == set()
