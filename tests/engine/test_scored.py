"""A score of a row: engine and oracle agree on values that are none, or would be none."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from fedcli.engine.duckdb import DuckRows
from fedcli.engine.memory import MemoryRows
from fedcli.model.dataset import Dictionary
from fedcli.model.scoring import DEEPEST, Grove, Layered
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
LEVEL = Term(name="tb", factors=(Factor(column="t", level="b"),))


def network(activation: str, *layers: tuple[tuple[tuple[float, ...], ...], tuple[float, ...]]) -> Layered:
    """A network of a number and a level."""
    told = [{"weights": weights, "biases": biases} for weights, biases in layers]
    about = {"centres": (0.5, 0.0), "scales": (2.0, 1.0), "activation": activation}
    return Layered.read(json.loads(json.dumps(about | {"layers": told})), "a test")


def trees(start: float, *some: list[dict[str, Any]]) -> Grove:
    """Trees by their nodes."""
    return Grove.read({"start": start, "trees": [{"nodes": nodes} for nodes in some]}, "a test")


def at(column: str, left: int, right: int, **told: Any) -> dict[str, Any]:
    """A split."""
    return {"column": column, "left": left, "right": right} | told


TREE = [
    at("x", 1, 2, below=0.5),
    at("t", 3, 4, level="b"),
    {"value": 2.5},
    {"value": -0.25},
    at("x", 5, 6, below=-1),
    {"value": -3.0},
    {"value": 0.5},
]
HIDDEN = (((0.75, -1.0), (-0.5, 0.25)), (0.125, 0.0))
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
    "a network that is bent": Score(
        (ONE, factor(), LEVEL), network("relu", HIDDEN, (((1.5, -0.5),), (0.25,)))
    ),
    "a network that is curved": Score(
        (ONE, factor(), LEVEL),
        network("tanh", HIDDEN, (((1.0, 0.5), (-1.0, 2.0)), (0.0, -0.5)), (((3.0, -0.5),), (0.25,))),
    ),
    "trees": Score((ONE, factor(), LEVEL), trees(0.125, TREE, TREE, *[[{"value": 0.001}]] * 60)),
    "trees beyond what a number can be": Score(
        (ONE, factor(), LEVEL), trees(1e308, [at("x", 1, 2, below=0), {"value": -1e308}, {"value": 1e308}])
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


@pytest.mark.parametrize("name", ["trees", "a network that is curved"])
def test_what_is_added_up_is_what_was_asked(name: str) -> None:
    """A number by hand: of x = -2 and b the leaf -0.25 twice and sixty small ones; a network's sums."""
    by_hand = {
        "trees": 0.125 - 0.25 - 0.25 + 60 * 0.001,
        "a network that is curved": _by_hand(-2.0, 1.0),
    }[name]
    row = {"x": -2.0, "t": "b", "ill": True}
    for apart, place in ((1e-9, 0), (-1e-9, 1)):
        bins = Bins.of_score(SCORES[name], (by_hand + apart, by_hand + 1.0))
        with opened(table(DICTIONARY, [row])) as source:
            found = DuckRows(source, DICTIONARY, None, frozenset({"x", "t"})).counts(bins=bins)
        assert found.unseal_for_the_gate()[0].cells["count"][place] == 1


def _by_hand(x: float, b: float) -> float:
    z = np.array([(x - 0.5) / 2.0, b])
    first = np.tanh(np.array([[0.75, -1.0], [-0.5, 0.25]]) @ z + np.array([0.125, 0.0]))
    second = np.tanh(np.array([[1.0, 0.5], [-1.0, 2.0]]) @ first + np.array([0.0, -0.5]))
    return float(np.array([3.0, -0.5]) @ second + 0.25)


def test_the_largest_scores_are_computed() -> None:
    """What the form allows an engine can compute: neither depth nor number is more than it takes."""
    x = factor()
    deep: list[dict[str, Any]] = []
    for one in range(DEEPEST):  # a split, and its right child; the left one comes next
        deep += [at("x", 2 * one + 2, 2 * one + 1, below=-one), {"value": 0.5}]
    deep += [{"value": 1.0}]
    wide = [[at("x", 1, 2, below=one), {"value": 0.0}, {"value": 0.001}] for one in range(999)]
    grove = trees(0.0, *wide, deep)
    rows = [{"x": 998.5, "t": "a", "ill": True}, {"x": -1e6, "t": "a", "ill": True}]
    bins = Bins.of_score(Score((ONE, x), grove), (0.9, 1.2))
    with opened(table(DICTIONARY, rows)) as source:
        found = DuckRows(source, DICTIONARY, None, frozenset({"x"})).counts(bins=bins)
    known = MemoryRows(rows, DICTIONARY, None, frozenset({"x"})).counts(bins=bins)
    assert found.unseal_for_the_gate()[0].cells == known.unseal_for_the_gate()[0].cells
