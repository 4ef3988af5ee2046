"""Two engines, one answer: DuckDB says what the slow and obvious engine says."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fedcli.analytics._contract import Analytic
from fedcli.engine.duckdb import DuckRows
from fedcli.engine.holding import clean, holds
from tests.laws.datasets import Row, cases
from tests.laws.engines import (
    assert_same,
    assert_same_evidence,
    by_duck,
    by_memory,
    opened,
    table,
    unsealed,
)
from tests.laws.own import ANALYTICS

Kind = type[Analytic[Any]]
every = pytest.mark.parametrize("kind", ANALYTICS, ids=lambda kind: kind.name)


@every
@given(data=st.data())
def test_the_engines_agree(kind: Kind, data: st.DataObject) -> None:
    """Cells and evidence are equal."""
    case = data.draw(cases(kind))
    fast, slow = by_duck(case, locked=True), by_memory(case)
    assert_same(fast[0], slow[0])
    assert_same_evidence(fast, slow)


@every
@given(data=st.data())
def test_the_order_of_rows_does_not_matter(kind: Kind, data: st.DataObject) -> None:
    """Shuffled rows give the same shape and evidence in both engines."""
    case = data.draw(cases(kind))
    other = case.having(data.draw(st.permutations(case.rows)))
    for engine in (by_duck, by_memory):
        shuffled, plain = engine(other), engine(case)
        assert_same(shuffled[0], plain[0])
        assert_same_evidence(shuffled, plain)


@every
@given(data=st.data(), seed=st.integers(0, 99))
def test_the_order_of_columns_does_not_matter(kind: Kind, data: st.DataObject, seed: int) -> None:
    """A file with its columns in another order, and one more, gives the same."""
    case = data.draw(cases(kind))
    plain = table(case.dictionary, case.rows, case.doubles)
    names = [*plain.column_names, "stranger"]
    random.Random(seed).shuffle(names)
    shuffled = plain.append_column("stranger", plain["person"]).select(names)
    with opened(shuffled) as source:
        rows = DuckRows(source, case.dictionary, case.cohort, case.analytic.reads())
        found = unsealed(case.analytic.local(rows))
    assert_same(found[0], by_memory(case)[0])
    assert_same_evidence(found, by_memory(case))


def _blank(rows: tuple[Row, ...], keys: tuple[str, ...]) -> list[Row]:
    return [{name: value if name in keys else None for name, value in row.items()} for row in rows]


@every
@given(data=st.data())
def test_a_site_without_rows_without_values_or_with_one_row(kind: Kind, data: st.DataObject) -> None:
    """The edges have the same answer in both engines, and an answer can be made of them."""
    case = data.draw(cases(kind, cohort=False).filter(lambda case: bool(case.rows)))
    for rows in ([], list(case.rows[:1]), _blank(case.rows, ("person", "visit"))):
        edge = case.having(rows)
        fast, slow = by_duck(edge), by_memory(edge)
        assert_same(fast[0], slow[0])
        assert_same_evidence(fast, slow)
        case.analytic.answer(fast[0])


@every
@given(data=st.data())
def test_rows_outside_the_cohort_might_as_well_not_be_there(kind: Kind, data: st.DataObject) -> None:
    """The answer in a cohort is that of its rows alone; the population is still counted whole."""
    case = data.draw(cases(kind))
    kept = [
        row
        for row in case.rows
        if case.cohort is None
        or holds(case.cohort, {name: clean(row[name], name, case.dictionary) for name in row})
    ]
    found, alone = by_duck(case), by_memory(replace(case.having(kept), cohort=None))
    assert_same(found[0], alone[0])
    assert found[1].cohort == alone[1].population
    assert found[1].population == by_memory(replace(case, cohort=None))[1].population
