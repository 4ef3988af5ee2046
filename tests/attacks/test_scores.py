"""What numbers of a score that a researcher chooses would tell of one person, and what stops them."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest
from pyroaring import BitMap

from fedcli.errors import FedcliError
from fedcli.model.cells import Gap
from fedcli.model.derived import Aggregate, Derived
from fedcli.model.policy import Policy
from fedcli.model.release import Answered
from fedcli.model.terms import Factor, Term
from fedcli.policy.history import named, origins
from fedcli.policy.profiles import profile
from fedcli.statistics.bins import Score
from fedcli.statistics.members import Grouping, Members
from fedcli.workflows.admit import admit_analysis
from fedcli.workflows.trial import analysis
from tests.attacks.test_remembered import DICTIONARY, FORGETFUL, STANDARD, asking, people

OPEN = FORGETFUL.model_copy(update={"min_count": 1, "zeros": "release", "enforce": "threshold"})
STEEP = 1e6


def cut(column: str, at: float) -> dict[str, Any]:
    """A score that is nearly one above a value, and nearly zero below it."""
    numbers = {"(Intercept)": -STEEP * at, column: STEEP}
    return {"formula": f"ill ~ {column}", "coefficients": numbers, "bins": 4, "threshold": 0.5}


def leaf(column: str, below: float, *more: tuple[str, float]) -> dict[str, Any]:
    """Trees that put those beyond edges of columns into the last bin, and everybody else into the first."""
    edges = [(column, below), *more]
    nodes: list[dict[str, Any]] = []
    for at, (name, edge) in enumerate(edges):
        nodes += [{"column": name, "below": edge, "left": 2 * at + 1, "right": 2 * at + 2}, {"value": 0.1}]
    formula = "ill ~ " + " + ".join(dict.fromkeys(name for name, _ in edges))
    trees = {"start": 0.0, "trees": [{"nodes": [*nodes, {"value": 0.9}]}]}
    return {"formula": formula, "trees": trees, "link": "identity", "bins": 4}


def unit(column: str, at: float) -> dict[str, Any]:
    """A network with one unit that is on beyond a value of a column."""
    layers = [
        {"weights": [[1.0]], "biases": [0.0]},
        {"weights": [[50.0]], "biases": [0.0]},
    ]
    network = {"centres": [at], "scales": [1e-6], "activation": "tanh", "layers": layers}
    return {"formula": f"ill ~ {column}", "network": network, "bins": 4}


#: Whatever a score is made by, it can cut a column where who asks wants.
CUTS = {"coefficients": cut, "trees": leaf, "a network": unit}


def count(answer: Answered | None, high: bool, ill: bool) -> float | None:
    """How many are in the last bin, or in the first, with or without the outcome; None where it is hidden."""
    cell = answer.cells["count"][(6 if high else 0) + ill] if answer else None
    return None if isinstance(cell, Gap) or cell is None else float(cell)  # type: ignore[arg-type]


@pytest.mark.parametrize("by", CUTS)
def test_a_score_that_isolates_few(by: str) -> None:
    """Three persons are above 80: whether they are ill is told by nobody."""
    ill = sum(row["ill"] for row in people() if row["age"] > 80)
    with asking(OPEN) as place:
        answer = place.asked("validation", **CUTS[by]("age", 80.5))
        assert [count(answer, True, one) for one in (False, True)] == [3 - ill, ill]
    with asking(STANDARD) as place:
        answer = place.asked("validation", **CUTS[by]("age", 80.5))
        assert [count(answer, True, one) for one in (False, True)] == [None, None]


@pytest.mark.parametrize("by", CUTS)
def test_a_score_that_moves_past_one(by: str) -> None:
    """Two scores put one person in another bin: what differs is whether that person is ill."""
    rows = people()
    costs = sorted(row["cost"] for row in rows)
    first, second = ((costs[at] + costs[at + 1]) / 2 for at in (150, 151))
    [ill] = [row["ill"] for row in rows if row["cost"] == costs[151]]

    def told(rules: Any) -> list[list[float | None]]:
        with asking(rules) as place:
            answers = [place.asked("validation", **CUTS[by]("cost", at)) for at in (first, second)]
            return [[count(one, False, sick) for sick in (False, True)] for one in answers]

    one, other = told(FORGETFUL)
    assert [b - a for a, b in zip(one, other, strict=True)] == [1 - ill, ill]  # type: ignore[operator]
    one, other = told(STANDARD)
    assert None not in one
    assert None in other


def test_scores_of_two_kinds() -> None:
    """A tree cuts where coefficients did, but for one person: they are two scores of one column."""
    rows = people()
    costs = sorted(row["cost"] for row in rows)
    first, second = ((costs[at] + costs[at + 1]) / 2 for at in (150, 151))
    [ill] = [row["ill"] for row in rows if row["cost"] == costs[151]]

    def told(rules: Any) -> list[list[float | None]]:
        with asking(rules) as place:
            answers = [place.asked("validation", **one) for one in (cut("cost", first), leaf("cost", second))]
            return [[count(one, False, sick) for sick in (False, True)] for one in answers]

    one, other = told(FORGETFUL)
    assert [b - a for a, b in zip(one, other, strict=True)] == [1 - ill, ill]  # type: ignore[operator]
    one, other = told(STANDARD)
    assert None not in one
    assert None in other


def test_a_leaf_that_is_a_person() -> None:
    """Whoever knows age, cost and ward of somebody has a leaf of that one: what is told is the outcome."""
    rows = people()
    target = rows[7]
    others = [row for row in rows if row["age"] > target["age"] - 1 and row["cost"] >= target["cost"]]
    edge = max([row["cost"] for row in rows if row["age"] >= target["age"]])
    assert others
    asked = leaf("age", target["age"], ("cost", edge))
    [ill] = [row["ill"] for row in rows if row["age"] >= target["age"] and row["cost"] >= edge]
    with asking(OPEN) as place:
        assert count(place.asked("validation", **asked), True, ill) == 1
    with asking(STANDARD) as place:
        assert [count(place.asked("validation", **asked), True, one) for one in (False, True)] == [None] * 2


def test_many_trees_are_no_linear_equations() -> None:
    """Half of all persons by lot, again and again: who is ill follows from the counts of enough of them.

    A tree may pick anybody, by a column that nobody shares; so counts of one column are limited in number.
    """
    rows = people(24)
    costs = sorted((row["cost"], row["ill"]) for row in rows)
    lots = random.Random(8)

    def picked() -> tuple[dict[str, Any], list[int]]:
        which = [int(lots.random() < 0.5) for _ in costs]
        edges = [at for at in range(1, len(costs)) if which[at] != which[at - 1]]
        nodes: list[dict[str, Any]] = []
        trees = [{"nodes": [{"value": float(which[0])}]}]
        for at in edges:
            middle = (costs[at - 1][0] + costs[at][0]) / 2
            step = 1.0 if which[at] else -1.0
            nodes = [{"column": "cost", "below": middle, "left": 1, "right": 2}, {"value": 0.0}]
            trees.append({"nodes": [*nodes, {"value": step}]})
        asked = {"formula": "ill ~ cost", "trees": {"start": 0.0, "trees": trees}, "link": "identity"}
        return asked | {"bins": 4}, which

    def solved(rules: Any, questions: int) -> tuple[int, float]:
        equations, counts = [], []
        with asking(rules, rows) as place:
            for _ in range(questions):
                asked, which = picked()
                found = count(place.asked("validation", **asked), True, True)
                if found is not None:
                    equations.append(which)
                    counts.append(found)
        if not equations:
            return 0, 0.5
        guess = np.linalg.lstsq(np.array(equations), np.array(counts), rcond=None)[0]
        return len(equations), float(np.mean((guess > 0.5) == [ill for _, ill in costs]))

    told, right = solved(FORGETFUL.model_copy(update={"min_count": 1}), 36)
    assert told > len(rows) and right == 1.0  # some halves have nobody who is ill, and are not told
    told, right = solved(STANDARD.model_copy(update={"min_count": 3}), 12)
    assert told < 12 and right < 0.95


def test_a_score_beside_a_table() -> None:
    """Everybody but three, and everybody: the rest of two tables are the three."""

    def told(rules: Any) -> tuple[float | None, Answered | None]:
        with asking(rules) as place:
            table = place.asked("crosstab", by=["ill"])
            return table.cells["count"][1] if table else None, place.asked("validation", **cut("age", 80.5))  # type: ignore[return-value]

    ill = sum(row["ill"] for row in people() if row["age"] > 80)
    everybody, answer = told(FORGETFUL)
    assert everybody - count(answer, False, True) == ill  # type: ignore[operator]
    everybody, answer = told(STANDARD)
    assert everybody is not None
    assert count(answer, False, True) is None


def test_a_score_beside_a_histogram_of_its_column() -> None:
    """A score is a column that is cut: the same cut, moved past few, under another name."""
    with asking(FORGETFUL) as place:
        whole = place.asked("histogram", column="age", edges=[18, 50, 80], by=["ill"])
        score = place.asked("validation", **cut("age", 80.5))
        assert whole is not None
        assert count(score, False, False) is not None
    with asking(STANDARD) as place:
        assert place.asked("validation", **cut("age", 49.5)) is not None
        answer = place.asked("histogram", column="age", edges=[18, 49, 90], by=["ill"])
        again = place.asked("validation", **cut("age", 48.5))
        assert answer is not None
        assert again is None or any(
            isinstance(cell, Gap) for cell in (again.cells["count"][0], again.cells["count"][1])
        )


def test_bins_are_limited_as_levels_are() -> None:
    """The site's own `max_levels` counts for the bins of a score, which is no column."""
    policy = Policy.model_validate({**profile("standard").json_value()}, by_alias=True, strict=False)
    fine = cut("age", 50.0) | {"bins": 40}
    admit_analysis(analysis(DICTIONARY, "validation", **fine), DICTIONARY, policy)
    with pytest.raises(FedcliError, match="P-LEVELS"):
        wide = cut("age", 50.0) | {"bins": 42}
        admit_analysis(analysis(DICTIONARY, "validation", **wide), DICTIONARY, policy)


def test_memory_knows_where_a_score_comes_from() -> None:
    """From its columns, and from the tables behind those that are derived, whatever these are called."""
    age = Term(name="age", factors=(Factor(column="age"),))

    def score(name: str) -> str:
        return Score((age, Term(name=name, factors=(Factor(column=name),))), (1.0, 2.0)).name

    def known(name: str, days: int) -> str:
        derive = (Derived(name=name, of=Aggregate(op="count", table="visits")),)
        members = Members(BitMap(), (Grouping((score(name), "ill"), ()),))
        [of] = named(members, derive if days else None).groupings
        return of.columns[0]

    assert origins(score("cost")) == {"age", "cost"}
    assert origins(known("often", 1)) == origins(known("much", 1)) == {"age", "visits"}
    assert known("often", 0) == score("often")
