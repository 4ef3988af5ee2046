"""A score of a row: engine and oracle agree on values that are none, or would be none."""

from __future__ import annotations

from typing import Any

import pytest

from fedcli.engine.duckdb import DuckRows
from fedcli.engine.memory import MemoryRows
from fedcli.model.dataset import Dictionary
from fedcli.model.terms import Factor, Term
from fedcli.statistics.bins import Bins, Score
from tests.laws.engines import opened, table

DICTIONARY = Dictionary.read(
    {
        "schema": "fedcli/dictionary/1",
        "dataset": "d",
        "columns": {
            "x": {"type": "real", "missing": [-999.0]},
            "t": {"type": "text", "levels": ["a", "b"]},
            "ill": {"type": "boolean"},
        },
    },
    "a test",
)
X = [0.0, -0.0, 0.5, -1.0, -2.0, 4.0, 1e308, -1e308, float("nan"), float("inf"), -999.0, None]


def factor(**told: Any) -> Term:
    """A column of one factor."""
    return Term(name="t", factors=(Factor(column="x", **told),))


ONE = Term(name="(Intercept)")
SCORES = {
    "a number": Score((ONE, factor()), (-0.5, 1.0)),
    "beyond what a number can be": Score((ONE, factor()), (0.0, 1e308)),
    "a logarithm": Score((factor(function="log"),), (1.0,)),
    "of one more": Score((factor(function="log1p"),), (1.0,)),
    "a root": Score((factor(function="sqrt"),), (2.0,)),
    "scaled": Score((factor(centre=1.0, scale=2.0, power=3),), (1.0,)),
    "a polynomial": Score((factor(centre=1.0, scale=3.0, polynomial=(-0.5, 0.25, 1.5)),), (1.0,)),
    "a level": Score((ONE, Term(name="t", factors=(Factor(column="t", level="b"),))), (-1.0, 2.0)),
    "a product": Score(
        (Term(name="t", factors=(Factor(column="t", level="a"), Factor(column="x"))),), (1.0,)
    ),
}


@pytest.mark.parametrize("name", SCORES)
def test_both_engines_agree(name: str) -> None:
    """Counts in each bin, and of who has no score, for values of every kind and levels of every kind."""
    rows = [{"x": x, "t": t, "ill": at % 2 == 0} for at, x in enumerate(X) for t in ("a", "b", "c", None)]
    bins = Bins.of_score(SCORES[name], (-1.0, 0.0, 0.5, 2.0))
    reads = frozenset({"x", "t", "ill"})
    with opened(table(DICTIONARY, rows)) as source:
        found = DuckRows(source, DICTIONARY, None, reads).counts(by=("ill",), bins=bins)
        known = MemoryRows(rows, DICTIONARY, None, reads).counts(by=("ill",), bins=bins)
        cells = [one.unseal_for_the_gate()[0].cells for one in (found, known)]
    assert cells[0] == cells[1]
    assert 0 < cells[0]["missing"][0] < len(rows)  # type: ignore[operator]


def test_a_level_that_nobody_declared_is_no_score() -> None:
    """It is not taken for the level that others are compared with."""
    rows = [{"x": 1.0, "t": t, "ill": True} for t in ("a", "b", "c")]
    bins = Bins.of_score(SCORES["a level"], (-0.5, 0.5))
    with opened(table(DICTIONARY, rows)) as source:
        shape, _ = (
            DuckRows(source, DICTIONARY, None, frozenset({"t"})).counts(bins=bins).unseal_for_the_gate()
        )
    assert (shape.cells["count"], shape.cells["missing"]) == ((1, 0, 1), (1,))
