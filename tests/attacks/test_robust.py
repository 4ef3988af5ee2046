"""Errors from the residuals of rows: a sum of squares tells the largest, where nothing is in the way."""

from __future__ import annotations

import math
from typing import Any

import pytest

from fedcli.analytics.glm import Glm
from fedcli.engine.memory import MemoryRows
from fedcli.errors import FedcliError
from fedcli.model.dataset import Dictionary
from fedcli.model.disclosure import Verdict
from fedcli.model.policy import Contribution
from fedcli.policy.gate import gate
from fedcli.policy.profiles import profile
from fedcli.statistics.seal import Exact
from tests.laws.engines import duck_of

COLUMNS = {
    "sex": {"type": "text", "levels": ["f", "m"]},
    "ill": {"type": "boolean"},
    "age": {"type": "real", "bounds": [20, 90]},
    "cost": {"type": "real", "bounds": [0.1, 1000000]},
}
DICTIONARY = Dictionary.read({"schema": "fedcli/dictionary/1", "dataset": "d", "columns": COLUMNS}, "a test")
STANDARD = profile("standard").disclosure
LINE = {"family": "gaussian", "formula": "cost ~ age"}
USUAL, DEAR = 1000.0, 9000.0


def _rows(dear: float) -> list[dict[str, Any]]:
    """Two hundred who cost about the same, but for the first."""
    rows = [
        {"sex": "fm"[at % 2], "ill": at % 3 == 0, "age": 20.5 + at * 89 % 69, "cost": USUAL + at * 7 % 5}
        for at in range(200)
    ]
    rows[0]["cost"] = dear
    return rows


def _found(rows: list[dict[str, Any]], **asked: Any) -> list[Exact[Any]]:
    """What both engines find where everybody is expected to cost what is usual."""
    glm = Glm.read(LINE | asked, "a test").resolved(DICTIONARY, "a test")
    outcome = glm._design.outcome
    state = glm.state(beta=((USUAL - outcome.centre) / outcome.scale, 0.0))
    with duck_of(rows, DICTIONARY, None, glm.reads()) as fast:
        return [
            glm.local_at(one, state)  # type: ignore[arg-type,misc]
            for one in (fast, MemoryRows(rows, DICTIONARY, None, glm.reads()))
        ]


def _failed(rows: list[dict[str, Any]], **asked: Any) -> set[str]:
    fast, slow = (
        {one.check for one in gate(found, STANDARD).findings if one.verdict is Verdict.FAIL}
        for found in _found(rows, **asked)
    )
    assert fast == slow
    return fast


def test_with_nothing_in_the_way_it_can_be_read_off() -> None:
    """The root of the sum of squared residuals is what the dearest costs beside the usual."""
    found, _ = _found(_rows(DEAR), errors="HC0")
    shape = found.unseal_for_the_gate()[0]
    scale = Glm.read(LINE, "a test").resolved(DICTIONARY, "a test")._design.outcome.scale
    assert math.sqrt(shape.cells["meat"][0]) * scale == pytest.approx(DEAR - USUAL, rel=1e-5)


@pytest.mark.parametrize("errors", ["HC0", "HC3"])
def test_a_row_with_all_the_error(errors: str) -> None:
    """Without these errors the same model passes; with them it does where nobody has most of the sum."""
    assert _failed(_rows(DEAR)) == set()
    assert _failed(_rows(USUAL + 2), errors=errors) == set()
    assert "model_dominance" in _failed(_rows(DEAR), errors=errors)


@pytest.mark.parametrize("asked", [{"errors": "HC1"}, {"bias": "firth"}])
def test_noise_knows_no_residuals(asked: dict[str, Any]) -> None:
    """How far one person moves the leverages, and the residuals, of others is not bounded beforehand."""
    model = {"family": "binomial", "formula": "ill ~ sex"} | asked
    glm = Glm.read(model, "a test").resolved(DICTIONARY, "a test")
    with pytest.raises(FedcliError) as error:
        glm.outline(DICTIONARY, Contribution())
    assert error.value.code == "Q-NOISE"


def test_the_first_step_of_an_inverse() -> None:
    """R's would weigh rows by the square of what they cost, of which a group would have a total."""
    asked = {"family": "gamma", "link": "inverse", "formula": "cost ~ sex"}
    glm = Glm.read(asked, "a test").resolved(DICTIONARY, "a test")
    rows = _rows(DEAR)
    with duck_of(rows, DICTIONARY, None, glm.reads()) as fast:
        for engine in (fast, MemoryRows(rows, DICTIONARY, None, glm.reads())):
            shape = glm.local_at(engine, None).unseal_for_the_gate()[0]  # type: ignore[attr-defined]
            assert shape.cells["gram"] == (200.0, 100.0, 100.0)


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        ({"family": "gamma", "formula": "cost ~ age", "link": "probit"}, "has no link probit"),
        ({"family": "gaussian", "formula": "cost ~ age", "link": "log"}, "has no link log"),
        ({"family": "gamma", "formula": "cost ~ age", "offset": "age"}, "an offset is for"),
        ({"family": "gamma", "formula": "cost ~ 0 + age", "link": "inverse"}, "the intercept stays"),
        ({"family": "gaussian", "formula": "cost ~ age", "bias": "firth"}, "firth is for"),
        ({"family": "binomial", "formula": "ill ~ age", "bias": "firth", "errors": "HC0"}, "firth is for"),
    ],
)
def test_what_does_not_go_together(asked: dict[str, Any], reason: str) -> None:
    """Is refused with words that say why."""
    with pytest.raises(FedcliError) as error:
        Glm.read(asked, "a test").resolved(DICTIONARY, "a test")
    assert error.value.code == "Q-MODEL"
    assert reason in str(error.value)


def test_a_number_that_may_be_zero_is_no_outcome_of_gamma() -> None:
    """Its logarithm is not known."""
    with pytest.raises(FedcliError) as error:
        Glm.read({"family": "gamma", "formula": "age ~ sex"}, "a test").resolved(
            Dictionary.read(
                {
                    "schema": "fedcli/dictionary/1",
                    "dataset": "d",
                    "columns": COLUMNS | {"age": {"type": "real", "bounds": [0, 90]}},
                },
                "a test",
            ),
            "a test",
        )
    assert error.value.code == "Q-OUTCOME"
