"""Random predicates pick the same rows in both engines, and every row has one of three truths."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given, settings

from fedcli.engine.holding import clean, holds
from fedcli.engine.opening import Opened
from fedcli.language.types import check
from fedcli.model.predicate import Junction, Not, Predicate
from tests.engine.cases import DICTIONARY, DOUBLES
from tests.engine.test_values import ROWS, rows_in
from tests.engine.trees import predicates
from tests.laws.engines import opened, table

#: Beyond 2^53 a comparison of a whole number with a double differs between SQL and Python.
EXACT = [row for row in ROWS if abs(row["n"] or 0) <= 2**53]
CLEAN = [{name: clean(row[name], name, DICTIONARY) for name in row} for row in EXACT]


@pytest.fixture(scope="module")
def source() -> Iterator[Opened]:
    """The rows of the shared cases."""
    with opened(table(DICTIONARY, EXACT, DOUBLES), locked=True) as found:
        yield found


@settings(max_examples=settings.default.max_examples * 4)
@given(tree=predicates)
def test_random_predicates_pick_the_same_rows(source: Opened, tree: Predicate) -> None:
    """The engines agree on what is true, and on what is false."""
    check(tree, DICTIONARY)
    assert rows_in(source, tree) == rows_in(None, tree, EXACT)
    assert rows_in(source, Not(of=tree)) == rows_in(None, Not(of=tree), EXACT)


@given(tree=predicates)
def test_every_row_is_true_false_or_unknown(tree: Predicate) -> None:
    """In, out and neither divide the rows; a predicate or its negation holds of the first two."""
    truths = [holds(tree, row) for row in CLEAN]
    assert [holds(Not(of=tree), row) for row in CLEAN] == [
        None if truth is None else not truth for truth in truths
    ]
    either = Junction(op="or", of=(tree, Not(of=tree)))
    assert [holds(either, row) for row in CLEAN] == [True if truth is not None else None for truth in truths]
