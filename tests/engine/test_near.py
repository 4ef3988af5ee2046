"""The nearest centre of a row: both engines agree, on values that are none, or as near to two centres."""

from __future__ import annotations

import random
from typing import Any

import pytest

from fedcli.engine.memory import MemoryRows
from fedcli.model.dataset import Dictionary
from fedcli.statistics.nearest import Nearest
from tests.engine.test_scored import X
from tests.laws.engines import assert_same, assert_same_evidence, duck_of, unsealed

HEAD: dict[str, Any] = {
    "schema": "fedcli/dictionary/1",
    "dataset": "d",
    "unit": "person",
    "person_id": "person",
    "population": "persons",
}
COLUMNS: dict[str, Any] = {
    "person": {"type": "text", "sensitivity": "identifier"},
    "visit": {"type": "text", "sensitivity": "identifier"},
    "age": {"type": "integer", "bounds": [0, 90]},
    "x": {"type": "real", "bounds": [-10, 10]},
}
ONCE = Dictionary.read(HEAD | {"columns": COLUMNS}, "a test")
SEVERAL = Dictionary.read(HEAD | {"row_key": "visit", "columns": COLUMNS}, "a test")
NEAREST = Nearest(("age", "x"), ((20.0, -1.0), (40.0, 0.5), (60.0, 2.0), (60.0, 2.0)), (90.0, 20.0))


def rows(persons: int) -> list[dict[str, Any]]:
    """Some are as far from one centre as from another."""
    lots = random.Random(3)
    made = [
        {
            "age": lots.choice((30, 50, lots.randint(0, 90), None)),
            "x": lots.choice((None, 1.25, lots.uniform(-5, 5))),
        }
        for _ in range(120)
    ]
    return [row | {"person": f"p{at % persons}", "visit": f"v{at}"} for at, row in enumerate(made)]


@pytest.mark.parametrize(("dictionary", "persons"), [(ONCE, 120), (SEVERAL, 31)])
def test_both_engines_agree(dictionary: Dictionary, persons: int) -> None:
    """Figures and evidence of each group; the second of two centres in one place has nobody."""
    reads, people = frozenset({"age", "x"}), rows(persons)
    with duck_of(people, dictionary, None, reads) as fast:
        found = unsealed(fast.clusters(NEAREST))
        wanted = unsealed(MemoryRows(people, dictionary, None, reads).clusters(NEAREST))
        assert_same(found[0], wanted[0])
        assert_same_evidence(found, wanted)
    n = found[0].cells["n"]
    assert n[:4] == n[4:]
    assert min(n[:3]) > 0  # type: ignore[type-var]
    assert n[3] == 0
    complete = [row for row in people if row["age"] is not None and row["x"] is not None]
    assert sum(n[:4]) == len(complete)  # type: ignore[arg-type]


def test_what_is_no_number() -> None:
    """It is in no group, and nothing fails."""
    people = [
        {"person": f"p{at}", "visit": f"v{at}", "age": 30, "x": x} for at, x in enumerate(X) if x != -999.0
    ]
    reads = frozenset({"age", "x"})
    nearest = Nearest(("x",), ((-1.0,), (1.0,)), (1.0,))
    with duck_of(people, ONCE, None, reads) as fast:
        found = unsealed(fast.clusters(nearest))[0]
        assert_same(found, unsealed(MemoryRows(people, ONCE, None, reads).clusters(nearest))[0])
    assert sum(found.cells["n"]) == 6  # type: ignore[arg-type]
