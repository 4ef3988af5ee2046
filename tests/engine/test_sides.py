"""How far values lie from a centre: both engines say the same, of persons with one row and with several."""

from __future__ import annotations

import random
from typing import Any

import pytest

from fedcli.engine.memory import MemoryRows
from fedcli.errors import FedcliError
from fedcli.model.dataset import Dictionary
from fedcli.statistics.rows import OutlineRows
from tests.laws.engines import assert_same, assert_same_evidence, duck_of, unsealed

COLUMNS = {
    "person": {"type": "text", "sensitivity": "identifier"},
    "visit": {"type": "text", "sensitivity": "identifier"},
    "cost": {"type": "real", "bounds": [0, 100]},
    "ward": {"type": "text", "levels": ["a", "it's", "c"]},
    "ill": {"type": "boolean"},
}
HEAD = {"schema": "fedcli/dictionary/1", "dataset": "d", "unit": "person", "person_id": "person"}
ONCE = Dictionary.read(HEAD | {"columns": COLUMNS}, "a test")
SEVERAL = Dictionary.read(HEAD | {"row_key": "visit", "columns": COLUMNS}, "a test")


def _rows(persons: int) -> list[dict[str, Any]]:
    lots = random.Random(11)
    return [
        {
            "person": f"p{at % persons}",
            "visit": f"v{at}",
            "cost": lots.choice((0.0, 10.0, 20.0, 20.0, 55.5, None)),
            "ward": lots.choice(("a", "it's", None)),
            "ill": lots.random() < 0.5,
        }
        for at in range(60)
    ]


@pytest.mark.parametrize(("dictionary", "persons"), [(ONCE, 60), (SEVERAL, 17)])
@pytest.mark.parametrize("about", [(20.0, 14.25, 3.0), (55.5, None, None), (-1.0, 200.0, 0.0)])
def test_both_engines_say_the_same(dictionary: Dictionary, persons: int, about: tuple[Any, ...]) -> None:
    """Cells and evidence, where values lie on a centre, on one side of it, or a group has none."""
    rows, seen = _rows(persons), frozenset({"cost", "ward"})
    slow = unsealed(MemoryRows(rows, dictionary, None, seen).deviations("cost", "ward", about))
    with duck_of(rows, dictionary, None, seen) as fast:
        found = unsealed(fast.deviations("cost", "ward", about))
        other = unsealed(fast.moments(("cost",), ("ward",)))  # what is made for one question is for no other
    assert_same(found[0], slow[0])
    assert_same_evidence(found, slow)
    assert_same(other[0], unsealed(MemoryRows(rows, dictionary, None, seen).moments(("cost",), ("ward",)))[0])
    outline = OutlineRows(dictionary).deviations("cost", "ward", about).shape
    assert (outline.axes, outline.bounds) == (found[0].axes, found[0].bounds)


def test_only_declared_columns() -> None:
    """B-UNDECLARED of a column that was not named."""
    with duck_of(_rows(60), ONCE, None, frozenset({"cost"})) as fast:
        for rows in (fast, MemoryRows(_rows(60), ONCE, None, frozenset({"cost"}))):
            with pytest.raises(FedcliError) as caught:
                rows.deviations("cost", "ward", (1.0, 1.0, 1.0))
            assert caught.value.code == "B-UNDECLARED"
