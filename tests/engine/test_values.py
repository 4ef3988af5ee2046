"""Values and predicates mean the same in both engines, and what the shared table says."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from fedcli.engine.duckdb import DuckRows
from fedcli.engine.memory import MemoryRows
from fedcli.engine.opening import Opened
from fedcli.language.expression import parse
from fedcli.language.types import check
from fedcli.model.predicate import Column, Comparison, Constant, Junction, Missing, Not, Predicate
from tests.engine.cases import CASES, DICTIONARY, DOUBLES, INJECTION, Case
from tests.laws.datasets import Row
from tests.laws.engines import opened, table, unsealed

BLANK = dict.fromkeys(DICTIONARY.columns)
ROWS: list[Row] = [{**BLANK, **case.row, "i": place} for place, case in enumerate(CASES)]
SEEN = frozenset({"i"})


@pytest.fixture(scope="module")
def source() -> Iterator[Opened]:
    """A locked Parquet file with the row of every case."""
    with opened(table(DICTIONARY, ROWS, DOUBLES), locked=True) as found:
        yield found


def rows_in(source: Opened | None, where: Predicate, among: list[Row] = ROWS) -> frozenset[int]:
    """The numbers of the rows in a cohort, in DuckDB, or in memory where there is no source."""
    rows = (
        MemoryRows(among, DICTIONARY, where, SEEN)
        if source is None
        else DuckRows(source, DICTIONARY, where, SEEN)
    )
    shape, _ = unsealed(rows.counts(by=("i",)))
    return frozenset(place for place, count in enumerate(shape.cells["count"]) if count)


@pytest.mark.parametrize("engine", ["duckdb", "memory"])
@pytest.mark.parametrize("place", range(len(CASES)), ids=[f"{one.where} {one.row}" for one in CASES])
def test_the_shared_table(source: Opened, engine: str, place: int) -> None:
    """A row is in the cohort, in its negation, or in neither."""
    case: Case = CASES[place]
    tree = parse(case.where, DICTIONARY, "a case")
    at = source if engine == "duckdb" else None
    inside, outside = place in rows_in(at, tree), place in rows_in(at, Not(of=tree))
    assert (inside, outside) == (case.expected is True, case.expected is False)


@pytest.mark.parametrize("place", range(len(CASES)), ids=[one.where for one in CASES])
def test_every_predicate_picks_the_same_rows(source: Opened, place: int) -> None:
    """Over the rows of all cases, not only its own."""
    tree = parse(CASES[place].where, DICTIONARY, "a case")
    for one in (tree, Not(of=tree), Junction(op="or", of=(tree, Not(of=tree)))):
        assert rows_in(source, one) == rows_in(None, one)


def test_the_table_has_all_three_truths() -> None:
    """A table of one kind of answer would not test much."""
    assert {case.expected for case in CASES} == {True, False, None}
    assert len(CASES) < 200  # `i` has as many levels


def test_an_injection_in_a_tree_is_a_literal(source: Opened) -> None:
    """A constant of a tree that never passed the parser is bound, not written."""
    constant = Constant(type="text", value=INJECTION)
    tree = Comparison(op="eq", left=Column(name="t"), right=constant)
    check(tree, DICTIONARY)
    expected = {place for place, row in enumerate(ROWS) if row["t"] == INJECTION}
    assert rows_in(source, tree) == rows_in(None, tree) == expected
    assert rows_in(source, Missing(of=Column(name="t"))) == rows_in(None, Missing(of=Column(name="t")))
