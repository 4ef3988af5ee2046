"""Adding up: sites together are the pooled rows, in any order and any grouping."""

from __future__ import annotations

from functools import reduce
from operator import add
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fedcli.analytics._contract import Analytic
from fedcli.errors import Bug
from fedcli.statistics.counts import Counts
from fedcli.statistics.rows import empty_moments
from tests.laws.datasets import cases, splits
from tests.laws.engines import assert_same, by_duck, by_memory
from tests.laws.own import ANALYTICS

Kind = type[Analytic[Any]]
every = pytest.mark.parametrize("kind", ANALYTICS, ids=lambda kind: kind.name)
#: Those of which a site is no stratum of its own.
pooled = pytest.mark.parametrize(
    "kind", [kind for kind in ANALYTICS if not kind.stratified], ids=lambda kind: kind.name
)


@pooled
@given(data=st.data())
def test_the_sum_over_sites_is_the_pooled_answer(kind: Kind, data: st.DataObject) -> None:
    """However persons are divided among sites, the sites' shapes add up to that of all rows."""
    case = data.draw(cases(kind))
    parts = [by_memory(site)[0] for site in data.draw(splits(case, most=4))]
    assert_same(reduce(add, parts), by_memory(case)[0])


@pooled
@given(data=st.data())
def test_the_sum_over_sites_is_the_pooled_answer_in_duckdb(kind: Kind, data: st.DataObject) -> None:
    """The same of the engine that sites run."""
    case = data.draw(cases(kind))
    parts = [by_duck(site)[0] for site in data.draw(splits(case, most=2))]
    assert_same(reduce(add, parts), by_duck(case)[0])


@every
@given(data=st.data())
def test_sums_are_associative_and_commutative(kind: Kind, data: st.DataObject) -> None:
    """(a + b) + c is a + (b + c), and a + b is b + a."""
    case = data.draw(cases(kind))
    a, b, c = ([by_memory(site)[0] for site in data.draw(splits(case, most=3))] * 3)[:3]
    assert_same((a + b) + c, a + (b + c), rows=36)
    assert_same(a + b, b + a, rows=36)


@every
@given(data=st.data())
def test_the_outline_is_the_zero(kind: Kind, data: st.DataObject) -> None:
    """Adding the outline changes nothing, and a site without rows gives it."""
    case = data.draw(cases(kind))
    outline, shape = case.analytic.outline(case.dictionary), by_memory(case)[0]
    assert (outline + shape).cells == (shape + outline).cells == shape.cells
    assert by_memory(case.having([]))[0].cells == outline.cells


@every
@given(data=st.data())
def test_the_answer_of_all_sites_is_the_pooled_answer(kind: Kind, data: st.DataObject) -> None:
    """Names, levels and whole numbers of the answer are equal however the rows are divided."""
    case = data.draw(cases(kind))
    sites = data.draw(splits(case))
    total = reduce(add, (by_memory(site)[0] for site in sites))
    answer, pooled = case.analytic.answer(total), case.analytic.answer(by_memory(case)[0])
    assert answer.scalars.keys() == pooled.scalars.keys()
    for name, found in answer.tables.items():
        other = pooled.tables[name]
        assert (found.columns, found.keys) == (other.columns, other.keys)
        assert [row[: found.keys] for row in found.rows] == [row[: found.keys] for row in other.rows]
        for row, same in zip(found.rows, other.rows, strict=True):
            assert [c for c in row if isinstance(c, int)] == [c for c in same if isinstance(c, int)]


@every
@given(data=st.data())
def test_another_shape_cannot_be_added(kind: Kind, data: st.DataObject) -> None:
    """Shapes of another kind or over other axes are refused, not aligned."""
    case = data.draw(cases(kind))
    shape = by_memory(case)[0]
    stranger = Counts((), {"count": (1,)}, per_person=1)
    if shape.kind == "counts" and not shape.axes:
        stranger = empty_moments(case.dictionary, ("x",), ())  # type: ignore[assignment]
    with pytest.raises(Bug) as caught:
        shape + stranger
    assert caught.value.code == "B-SHAPE"
