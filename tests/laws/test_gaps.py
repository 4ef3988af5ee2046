"""Intervals are honest: a sum with suppressed parts holds what the sum without them would be."""

from __future__ import annotations

from functools import reduce
from operator import add
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fedcli.analytics._contract import Analytic
from fedcli.model.cells import About, Cell, Gap
from fedcli.model.policy import Disclosure, Precision
from fedcli.model.result import Answer
from fedcli.policy.gate import gate
from fedcli.policy.precision import rounded, rounding_of
from fedcli.policy.suppress import suppressed
from fedcli.statistics.rounding import known
from fedcli.statistics.seal import Exact
from fedcli.statistics.shape import Mask, Masks, Shape
from tests.laws.datasets import SCALE, Case, cases, splits
from tests.laws.engines import by_memory
from tests.laws.gating import masks, moments, rules
from tests.laws.own import ANALYTICS

Kind = type[Analytic[Any]]
every = pytest.mark.parametrize("kind", ANALYTICS, ids=lambda kind: kind.name)
SLACK = 1e-12 * SCALE * SCALE


def holds(cell: Cell, truth: Cell, slack: float = SLACK) -> bool:
    """Whether a gap contains a true number; what is not defined lies anywhere."""
    if not isinstance(cell, Gap | About) or not isinstance(truth, int | float):
        return True
    slack = slack + 1e-12 * abs(truth) if isinstance(truth, float) else 0
    low, high = cell.low, cell.high
    return (low is None or low <= truth + slack) and (high is None or truth - slack <= high)


def assert_holds(shape: Shape, truth: Shape) -> None:
    """Every interval of a shape contains the true cell."""
    for name, row in shape.cells.items():
        for cell, true in zip(row, truth.cells[name], strict=True):
            assert holds(cell, true), (name, cell, true)


def assert_answer_holds(answer: Answer, truth: Answer) -> None:
    """Every gap of an answer contains the true number; of trees, the nodes that there are in both."""
    for name, cell in answer.scalars.items():
        assert holds(cell, truth.scalars[name]), (name, cell, truth.scalars[name])
    for name, table in answer.tables.items():
        grown = name == "nodes"  # where the root is hidden there are none
        for row, true in zip(table.rows, truth.tables[name].rows, strict=not grown):
            for column, cell, other in zip(table.columns, row, true, strict=True):
                assert holds(cell, other), (column, cell, other)  # type: ignore[arg-type]


def _leaving(case: Case, under: Disclosure, data: st.DataObject, every: bool = False) -> Shape:
    shape, evidence = by_memory(case)
    return suppressed(shape, data.draw(masks(shape, evidence, under, every)), under)


def _known(shape: Shape, under: Disclosure) -> Shape:
    """What is known of a shape after it has left."""
    return known(rounded(shape, under), rounding_of(shape, under))


@every
@given(data=st.data())
def test_an_interval_holds_the_true_sum(kind: Kind, data: st.DataObject) -> None:
    """Whatever cells are suppressed at whatever sites, and in the answer made of them too."""
    case, under = data.draw(cases(kind, bounded=True)), data.draw(rules())
    sites = data.draw(splits(case, most=4))
    total = reduce(add, (_leaving(site, under, data) for site in sites))
    truth = by_memory(case)[0]
    assert_holds(total, truth)
    assert_answer_holds(case.analytic.answer(total), case.analytic.answer(truth))


@every
@given(data=st.data())
def test_an_interval_holds_the_true_sum_beside_a_rounded_part(kind: Kind, data: st.DataObject) -> None:
    """A part that left at a few digits stands for all numbers that round to it."""
    case, under = data.draw(cases(kind, bounded=True)), data.draw(rules())
    sites = data.draw(splits(case, most=2))
    total = reduce(add, (_known(_leaving(site, under, data, every=True), under) for site in sites))
    truth = by_memory(case)[0]
    assert_holds(total, truth)
    assert_answer_holds(case.analytic.answer(total), case.analytic.answer(truth))


@every
@given(data=st.data())
def test_an_interval_of_the_gate_holds_the_truth(kind: Kind, data: st.DataObject) -> None:
    """The same of what the gate itself suppresses and rounds."""
    case, under = data.draw(cases(kind, bounded=True, cohort=False)), data.draw(rules())
    shape, evidence = by_memory(case)
    decision = gate(Exact(shape, evidence), under)
    if decision.released is not None:
        answered = decision.released.answered
        assert_holds(known(shape.having(answered.cells, answered.digits), answered.rounding), shape)


@every
@given(data=st.data())
def test_a_gap_does_not_depend_on_the_data(kind: Kind, data: st.DataObject) -> None:
    """Two datasets that show the same numbers show the same gaps."""
    case, under = data.draw(cases(kind, bounded=True)), data.draw(rules())
    shape = by_memory(case)[0]
    mask = {field.name: frozenset(range(shape.length(field))) for field in shape.fields}
    nobody = by_memory(case.having([]))[0]
    assert suppressed(shape, mask, under).cells == suppressed(nobody, mask, under).cells


N_ONLY: Masks = {"n": Mask({0}), "missing": Mask(), "mean": Mask(), "m2": Mask()}


def test_without_bounds_a_suppressed_mean_can_lie_anywhere() -> None:
    """No bound is made up: where nobody declared one, the interval has no ends."""
    shape = moments(5, 2.0, 3.0, bounds=None)
    hidden = suppressed(shape, N_ONLY, Disclosure())
    assert hidden.cells["mean"] == (Gap(),)
    assert hidden.cells["m2"] == (Gap(low=0),)
    assert (hidden + moments(50, 2.0, 3.0, bounds=None)).cells["mean"] == (Gap(),)


def test_an_interval_holds_the_true_sum_beside_several_rounded_parts() -> None:
    """Three sites: two that rounded, and one that suppressed 2 persons who are all at the bound."""
    few = Disclosure(min_count=3, digits=Precision(mean=2, sd=2))
    known = [moments(50, 0.0954, 1.0), moments(50, 0.104, 1.0)]  # leave as 0.095 and 0.10
    hidden = suppressed(moments(2, 1.0, 0.0), N_ONLY, few)
    left = [rounded(part, few) for part in (*known, hidden)]
    truth = known[0] + known[1] + moments(2, 1.0, 0.0)
    assert_holds(reduce(add, left), truth)
