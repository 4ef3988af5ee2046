"""Under differential privacy: taking one person away moves the exact vector no further than its form says.

Every analytic inherits it. The rows keep to no dictionary, persons have many of them, keys are missing or
there twice. `make campaign` does it a thousand times for each analytic (`tests/campaign/neighbours.py`).
"""

from __future__ import annotations

import random
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fedcli.analytics._contract import Analytic
from fedcli.analytics.boosted_trees import BoostedTrees
from fedcli.analytics.count import Count
from fedcli.analytics.crosstab import Crosstab
from fedcli.analytics.k_means import KMeans
from fedcli.analytics.summary import Summary
from fedcli.analytics.table_one import TableOne
from fedcli.model.policy import Contribution
from fedcli.statistics.counts import Counts
from fedcli.statistics.forms import STEPS
from fedcli.statistics.moments import Moments
from fedcli.statistics.planned import planned
from fedcli.statistics.seal import Outline
from tests.laws.bounded import apart, few, persons, vector, wild, without
from tests.laws.datasets import Case, Row, cases, dictionary_of
from tests.laws.engines import by_duck
from tests.laws.own import BOTH, NOISY

COUNTED = Contribution(rows=3, cells=2)


def neighbours(case: Case, counted: Contribution) -> list[tuple[Fraction, int]]:
    """For each person: how far the vector moves without them (squared), and how far it may."""
    form, whole = vector(case, counted)
    others = (vector(without(case, one), counted)[1] for one in persons(case))
    return [(apart(form, whole, other), form.steps) for other in others]


def measured(kind: type[Analytic[Any]], data: st.DataObject) -> list[tuple[Fraction, int]]:
    """How far each person of a random question and random rows moves the vector, and may move it."""
    return neighbours(*data.draw(wild(kind)))


@pytest.mark.parametrize("kind", NOISY)
@few
@given(data=st.data())
def test_one_person_fewer(kind: type[Analytic[Any]], data: st.DataObject) -> None:
    """Each person in turn is taken away."""
    assert all(moved <= most for moved, most in measured(kind, data))


def _furthest(**columns: object) -> Row:
    row = {"x": 1000.0, "y": 20, "k": 1, "b": 1, "t": "a", "f": True, "w": 8.0}
    row |= {"u": 100.0, "visit": "v", "person": "p"}
    return {**row, **columns}


FURTHEST: dict[str, tuple[Analytic[Any], str, list[Row]]] = {
    "a person": (Count(), "person", [_furthest()]),
    "two cells of four": (
        Crosstab(by=("t",)),
        "visits",
        [_furthest(t=level, visit=level) for level in ("a", "it's", "ü")],
    ),
    "three rows of five": (
        Crosstab(by=("t",), of="row"),
        "visits",
        [_furthest(visit=f"v{at}") for at in range(5)],
    ),
    "the end of the bounds": (Summary(columns=("x", "y")), "person", [_furthest()]),
    "three rows at the end": (
        Summary(columns=("x",)),
        "visits",
        [_furthest(visit=f"v{at}") for at in range(4)],
    ),
    "three rows in three bins": (
        BoostedTrees(outcome="f", columns=("y", "t")).resolved(dictionary_of("visits", True, None), "a law"),
        "visits",
        [_furthest(visit=f"v{at}") | {"f": True} for at in range(4)],
    ),
    "three rows in one group": (
        KMeans(columns=("x", "y"), clusters=2).resolved(dictionary_of("visits", True, None), "a law"),
        "visits",
        [_furthest(visit=f"v{at}") for at in range(4)],
    ),
}


@pytest.mark.parametrize("name", FURTHEST)
def test_the_sensitivity_is_reached(name: str) -> None:
    """There is somebody who moves the vector as far as the form says: it is not larger than it need be."""
    analytic, unit, rows = FURTHEST[name]
    case = Case(dictionary_of(unit, True, None), tuple(rows), frozenset(), analytic, None)
    assert neighbours(case, COUNTED) == [(vector(case, COUNTED)[0].steps,) * 2]


def test_a_bundle_adds_up() -> None:
    """A person adds to every part of a bundle: to a mean, and to a table."""
    analytic = TableOne(columns=("x", "t"), by="f")
    case = Case(dictionary_of("person", True, None), (_furthest(),), frozenset(), analytic, None)
    [(moved, most)] = neighbours(case, COUNTED)
    assert moved == most == (3 + 1) * STEPS**2


@pytest.mark.parametrize("kind", NOISY)
@few
@given(data=st.data())
def test_order_and_threads_change_nothing(kind: type[Analytic[Any]], data: st.DataObject) -> None:
    """The same integers, whatever the order of the rows and however many threads read them."""
    case, counted = data.draw(wild(kind))
    mixed = list(case.rows)
    random.Random(len(mixed)).shuffle(mixed)
    assert vector(case, counted)[1] == vector(case.having(mixed), counted, threads=4)[1]


@pytest.mark.parametrize("kind", NOISY)
@few
@given(data=st.data())
def test_the_plan_is_the_form_of_the_answer(kind: type[Analytic[Any]], data: st.DataObject) -> None:
    """What is charged and re-admitted without data has the fields and the sensitivity of what data give."""
    case, counted = data.draw(wild(kind, most=3))
    form, whole = vector(case, counted)
    sealed = case.analytic.local(planned(case.dictionary, counted))
    assert isinstance(sealed, Outline)
    plan = sealed.shape.form
    told = (plan.lengths, plan.axes, plan.unit, plan.steps)
    assert told == (form.lengths, form.axes, form.unit, form.steps)
    assert len(whole) == form.size


@pytest.mark.parametrize("kind", BOTH)
@few
@given(data=st.data())
def test_without_noise_it_is_the_exact_answer(kind: type[Analytic[Any]], data: st.DataObject) -> None:
    """Where nothing has to be bounded, the vector decodes to what the exact engine says."""
    case = data.draw(cases(kind, bounded=True, noisy=True))
    most = max([1, *(sum(row["person"] == one for row in case.rows) for one in persons(case))])
    form, whole = vector(case, Contribution(rows=most, cells=1000))
    decoded = form.decode(form.split(tuple(one / form.unit for one in whole)), 0.0)
    exact, _ = by_duck(case)
    for mine, theirs in _parts(decoded, exact):
        for name, row in theirs.cells.items():
            for cell, other in zip(mine.cells[name], row, strict=True):
                if cell is not None and other is not None:  # of one value a noisy mean is not told
                    assert cell == pytest.approx(other, rel=1e-3, abs=0.01 * (1 + abs(other)))


def _parts(mine: Any, theirs: Any) -> list[tuple[Any, Any]]:
    """The tables and moments of two shapes; of models the rows are weighted, which has a test of its own."""
    if isinstance(theirs, Counts | Moments):
        return [(mine, theirs)]
    parts = getattr(theirs, "parts", {})
    return [pair for name, part in parts.items() for pair in _parts(mine.parts[name], part)]
