"""Totals under differential privacy: how far one person with many rows moves the bounded vector."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fedcli.engine.bounded import BoundedRows
from fedcli.model.policy import Contribution
from fedcli.statistics.forms import STEPS, Form
from fedcli.statistics.seal import Bounded
from tests.laws.datasets import Row, dictionary_of
from tests.laws.engines import opened, table

KEY = "0" * 64
VISITS = dictionary_of("visits", True, None)
COLUMNS, BY = ("x", "y"), ("k",)


@contextmanager
def bounded_rows(rows: Sequence[Row], contribution: Contribution) -> Iterator[BoundedRows]:
    """Rows of visits, as they are opened under differential privacy."""
    with opened(table(VISITS, rows)) as source:
        visible = frozenset((*COLUMNS, *BY))
        yield BoundedRows(source, VISITS, None, visible, contribution, KEY)


def totals(
    rows: Sequence[Row], contribution: Contribution, columns: Sequence[str] = COLUMNS, by: Sequence[str] = BY
) -> tuple[Form, tuple[int, ...]]:
    """The form and the vector of each person's total."""
    with bounded_rows(rows, contribution) as asked:
        answer: Bounded[Any] = asked.moments(columns, by, totals=True)
    return answer.unseal_for_noise()


def visit(person: str, at: int, **values: Any) -> Row:
    """A row in which everything else is missing."""
    nothing = dict.fromkeys(VISITS.columns)
    return nothing | {"person": person, "visit": f"{person}-{at}"} | values


@pytest.mark.parametrize("value", [1000.0, 1e9, -1e9])
def test_a_person_with_many_large_values(value: float) -> None:
    """Ten visits at the end of the bounds, or far beyond, move the sum as two can, and not a step more."""
    others = [visit(f"p{at}", 0, x=1.0, k=1) for at in range(3)]
    many = [visit("many", at, x=value, k=1) for at in range(10)]
    form, without = totals(others, Contribution(rows=2, cells=1), ("x",))
    _, with_them = totals([*others, *many], Contribution(rows=2, cells=1), ("x",))
    moved = [one - other for one, other in zip(with_them, without, strict=True)]
    assert sorted(map(abs, filter(None, moved))) == [2 * STEPS, 2 * STEPS]  # of n and of the sum
    assert sum(one * one for one in moved) == form.steps


def test_a_person_in_as_many_groups_as_may_be() -> None:
    """Each of them is moved as far as a person may move one, which is what the form says: not a step more."""
    many = [visit("many", at, x=1000.0, k=1 + at % 3) for at in range(12)]
    form, without = totals([visit("other", 0, x=1.0, k=1)], Contribution(rows=2, cells=2), ("x",))
    _, with_them = totals([visit("other", 0, x=1.0, k=1), *many], Contribution(rows=2, cells=2), ("x",))
    moved = [one - other for one, other in zip(with_them, without, strict=True)]
    assert sorted(map(abs, filter(None, moved))) == [2 * STEPS] * 4  # n and the sum of two groups
    assert sum(one * one for one in moved) == form.steps


def test_many_small_values_count_in_full() -> None:
    """Ten visits of a tenth of the bounds are one whole value: clamped is the total, not the rows taken."""
    form, vector = totals(
        [visit("many", at, x=100.0, k=1) for at in range(10)], Contribution(rows=2, cells=1)
    )
    numbers = form.split(tuple(one / form.unit for one in vector))
    assert numbers["sum"][0] == pytest.approx(1.0, abs=1e-4)
    assert numbers["n"][0] == 2


VALUES = {
    "x": st.sampled_from([-5000.0, -1000.0, -3.0, 0.0, 250.0, 1000.0, float("inf"), float("nan"), None]),
    "y": st.sampled_from([-20, 0, 7, 20, 2**40, None]),
    "k": st.sampled_from([1, 2, 3, 9, None]),
}


@given(
    st.lists(st.tuples(st.integers(0, 3), st.fixed_dictionaries(VALUES)), min_size=1, max_size=24),
    st.integers(1, 4),
    st.integers(1, 3),
)
def test_one_person_moves_the_vector_as_far_as_the_form_says(
    rows: list[tuple[int, dict[str, Any]]], most: int, cells: int
) -> None:
    """Whoever is left out with all their visits, the squares of what changes are within the sensitivity."""
    contribution = Contribution(rows=most, cells=cells)
    everybody = [visit(f"p{person}", at, **values) for at, (person, values) in enumerate(rows)]
    form, vector = totals(everybody, contribution)
    assert form.square <= Fraction(2 * most**2 * cells * len(COLUMNS))
    for person in {row["person"] for row in everybody}:
        _, less = totals([row for row in everybody if row["person"] != person], contribution)
        assert sum((one - other) ** 2 for one, other in zip(vector, less, strict=True)) <= form.steps


def test_with_one_visit_each_a_total_is_the_sum() -> None:
    """Nothing is clamped of values within their bounds, and what is cut off is less than a step each."""
    rows = [visit(f"p{at}", 0, x=float(at * 30 - 400), k=1 + at % 3) for at in range(30)]
    form, vector = totals(rows, Contribution(rows=1, cells=1), ("x",))
    numbers = form.split(tuple(one / form.unit for one in vector))
    for group in range(3):
        truth = sum(row["x"] for row in rows if row["k"] == group + 1)
        assert 1000 * numbers["sum"][group] == pytest.approx(truth, abs=10 * 1000 / STEPS)
