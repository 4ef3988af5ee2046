"""Models with an intercept of each site's own: what is left of the sums is judged as the sums behind it."""

from __future__ import annotations

import random
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
    "cost": {"type": "real", "bounds": [0, 1000000]},
}
DICTIONARY = Dictionary.read({"schema": "fedcli/dictionary/1", "dataset": "d", "columns": COLUMNS}, "a test")
STANDARD = profile("standard").disclosure
MODEL = {"family": "binomial", "formula": "ill ~ sex + cost"}


def _rows(number: int, ill: float, men: float, dearest: float, seed: int = 0) -> list[dict[str, Any]]:
    """So many persons, of whom such shares are ill and men; the first costs as much as is said."""
    lots = random.Random(seed)
    rows = [
        {
            "sex": "m" if lots.random() < men else "f",
            "ill": lots.random() < ill,
            "age": lots.uniform(20, 90),
            "cost": lots.uniform(90, 110),
        }
        for _ in range(number)
    ]
    rows[0]["cost"] = dearest
    return rows


def _failed(rows: list[dict[str, Any]], **asked: Any) -> set[str]:
    """The checks that fail where no coefficient is known yet."""
    glm = Glm.read(MODEL | asked, "a test").resolved(DICTIONARY, "a test")
    with duck_of(rows, DICTIONARY, None, glm.reads()) as fast:
        found = glm.local_at(fast, None)
    assert isinstance(found, Exact)
    return {one.check for one in gate(found, STANDARD).findings if one.verdict is Verdict.FAIL}


CASES = {
    "all is well": (300, 0.5, 0.5, 100.0),
    "few are ill": (300, 0.02, 0.5, 100.0),
    "few are men": (300, 0.5, 0.02, 100.0),
    "one has all the cost": (300, 0.5, 0.5, 1000000.0),
    "few at all": (12, 0.5, 0.5, 100.0),
}


@pytest.mark.parametrize("name", CASES)
def test_it_is_refused_where_the_sums_behind_it_are(name: str) -> None:
    """By the same checks as the model with an intercept that all share."""
    rows = _rows(*CASES[name])
    assert _failed(rows, intercepts="site") == _failed(rows)
    assert bool(_failed(rows)) == (name != "all is well")


def test_a_site_in_which_everybody_has_the_outcome() -> None:
    """Says nothing of the coefficients, and its sums are numbers."""
    rows = _rows(40, 2.0, 0.5, 100.0)
    glm = Glm.read(MODEL | {"intercepts": "site"}, "a test").resolved(DICTIONARY, "a test")
    with duck_of(rows, DICTIONARY, None, glm.reads()) as fast:
        for engine in (fast, MemoryRows(rows, DICTIONARY, None, glm.reads())):
            shape = glm.local_at(engine, None).unseal_for_the_gate()[0]  # type: ignore[attr-defined]
            for field in ("gram", "score", "deviance"):
                assert shape.cells[field] == pytest.approx((0.0,) * len(shape.cells[field]), abs=1e-9)


def test_noise_does_not_know_it() -> None:
    """How far one person moves what is left is not bounded beforehand."""
    glm = Glm.read(MODEL | {"intercepts": "site"}, "a test").resolved(DICTIONARY, "a test")
    with pytest.raises(FedcliError) as error:
        glm.outline(DICTIONARY, Contribution())
    assert error.value.code == "Q-NOISE"


@pytest.mark.parametrize(
    "asked",
    [
        {"formula": "ill ~ 0 + age"},
        {"formula": "ill ~ 1"},
        {"errors": "HC0"},
        {"bias": "firth"},
        {"start": "sites"},
    ],
)
def test_what_it_does_not_go_with(asked: dict[str, Any]) -> None:
    """Is refused with words."""
    with pytest.raises(FedcliError) as error:
        Glm.read(MODEL | {"intercepts": "site"} | asked, "a test").resolved(DICTIONARY, "a test")
    assert error.value.code == "Q-MODEL"
