"""Histograms of gradients: both engines say the same in each round, of persons with one row and several."""

from __future__ import annotations

import random
from typing import Any

import pytest

from fedcli.analytics.boosted_trees import BoostedTrees
from fedcli.analytics.random_forest import RandomForest
from fedcli.engine.memory import MemoryRows
from fedcli.errors import FedcliError
from fedcli.model.dataset import Dictionary
from fedcli.statistics.rows import OutlineRows
from tests.engine.test_sides import COLUMNS, HEAD
from tests.laws.engines import assert_same, assert_same_evidence, duck_of, unsealed

_COLUMNS = COLUMNS | {"age": {"type": "integer", "bounds": [0, 90]}}
ONCE = Dictionary.read(HEAD | {"columns": _COLUMNS}, "a test")
SEVERAL = Dictionary.read(HEAD | {"row_key": "visit", "columns": _COLUMNS}, "a test")
ASKED = {"edges": {"age": (30, 45, 60)}, "trees": 3, "depth": 2, "min_leaf": 3, "learning_rate": 0.5}
QUESTIONS = {
    "of two levels": {"outcome": "ill", "columns": ["age", "ward"]},
    "of a number": {"outcome": "cost", "columns": ["ward", "age"]},
}


def _rows(persons: int) -> list[dict[str, Any]]:
    lots = random.Random(12)
    rows = []
    for at in range(90):
        age = lots.choice((30, 45, 60, lots.randint(0, 90), None))
        ward = lots.choice(("a", "it's", "c", None))
        rows.append(
            {
                "person": f"p{at % persons}",
                "visit": f"v{at}",
                "age": age,
                "ward": ward,
                "cost": lots.choice((None, (age or 20) + lots.uniform(0, 9) + (ward == "a") * 30)),
                "ill": lots.choice((None, (age or 20) + lots.uniform(-30, 30) > 50)),
            }
        )
    return rows


@pytest.mark.parametrize("question", QUESTIONS)
@pytest.mark.parametrize(("dictionary", "persons"), [(ONCE, 90), (SEVERAL, 23)])
def test_both_engines_say_the_same(dictionary: Dictionary, persons: int, question: str) -> None:
    """Cells and evidence of each round; the last one measures the loss."""
    model = BoostedTrees.read({**ASKED, **QUESTIONS[question]}, "a test").resolved(dictionary, "a test")
    rows, seen = _rows(persons), model.reads()
    slow, state, rounds = MemoryRows(rows, dictionary, None, seen), None, 0
    with duck_of(rows, dictionary, None, seen) as fast:
        while state is None or not model.finished(state):
            found = unsealed(model.local_at(fast, state))
            wanted = unsealed(model.local_at(slow, state))
            assert_same(found[0], wanted[0])
            assert_same_evidence(found, wanted)
            assert found[0].axes == unsealed_outline(model, dictionary, state).axes
            state, rounds = model.step(state, found[0]), rounds + 1
    assert state.words == "grown"
    assert state.loss is not None
    assert rounds == state.rounds == 7


@pytest.mark.parametrize(("dictionary", "persons"), [(ONCE, 90), (SEVERAL, 23)])
def test_a_forest(dictionary: Dictionary, persons: int) -> None:
    """The same of trees that vote, which ask each node about a column that is drawn."""
    asked = {**ASKED, **QUESTIONS["of two levels"]}
    del asked["learning_rate"]
    model = RandomForest.read(asked, "a test").resolved(dictionary, "a test")
    rows = _rows(persons)
    slow, state, drawn = MemoryRows(rows, dictionary, None, model.reads()), None, set()
    with duck_of(rows, dictionary, None, model.reads()) as fast:
        while state is None or not model.finished(state):
            found = unsealed(model.local_at(fast, state))
            wanted = unsealed(model.local_at(slow, state))
            assert_same(found[0], wanted[0])
            assert_same_evidence(found, wanted)
            drawn |= {str(one).split()[1] for one in found[0].axes[1].levels if " " in str(one)}
            state = model.step(state, found[0])
    assert (state.words, state.rounds, drawn) == ("grown", 6, {"age", "ward"})


def unsealed_outline(model: BoostedTrees, dictionary: Dictionary, state: Any) -> Any:
    """The shape of a round without data."""
    return model.local_at(OutlineRows(dictionary), state).shape  # type: ignore[attr-defined]


def test_only_declared_columns() -> None:
    """B-UNDECLARED of a column that was not named."""
    model = BoostedTrees.read({**ASKED, **QUESTIONS["of two levels"]}, "a test").resolved(ONCE, "a test")
    seen = frozenset({"age", "ill"})
    with duck_of(_rows(90), ONCE, None, seen) as fast:
        for rows in (fast, MemoryRows(_rows(90), ONCE, None, seen)):
            with pytest.raises(FedcliError) as caught:
                model.local(rows)
            assert caught.value.code == "B-UNDECLARED"


def test_a_level_that_nobody_declared() -> None:
    """D-LEVEL, as everywhere."""
    model = BoostedTrees.read({**ASKED, **QUESTIONS["of two levels"]}, "a test").resolved(ONCE, "a test")
    rows = [{**row, "ward": row["ward"] and "d"} for row in _rows(90)]
    with duck_of(rows, ONCE, None, model.reads()) as fast:
        for place in (fast, MemoryRows(rows, ONCE, None, model.reads())):
            with pytest.raises(FedcliError) as caught:
                model.local(place)
            assert caught.value.code == "D-LEVEL"
