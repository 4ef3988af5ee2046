"""Scores of candidates for a quantile: how far one person with many rows moves each, and what is chosen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fedcli.engine.duckdb import DuckRows
from fedcli.engine.memory import MemoryRows
from fedcli.errors import FedcliError
from fedcli.model.policy import Contribution
from fedcli.statistics.ranks import Ranks
from fedcli.statistics.rows import OutlineRows
from fedcli.statistics.seal import Bounded
from tests.engine.test_totals import VISITS, bounded_rows, visit
from tests.laws.datasets import Row
from tests.laws.engines import opened, table

GRID = (-100, -3, 0, 2.5, 100)
AT = (0.1, 0.5, 0.75)


def asked(rows: Sequence[Row], most: int, at: Sequence[float] = AT) -> tuple[Ranks, list[Sequence[int]]]:
    """The form, and the scores of each share."""
    with bounded_rows(rows, Contribution(rows=most)) as found:
        answer: Bounded[Any] = found.ranks("x", GRID, at)
    form, vector = answer.unseal_for_noise()
    assert isinstance(form, Ranks)
    return form, form.blocks(vector)


@pytest.mark.parametrize("value", [-500.0, 500.0])
def test_a_person_with_many_values_on_one_side(value: float) -> None:
    """Ten visits move every score as two do: for the first quartile by three each, or by one."""
    others = [visit(f"p{at}", 0, x=0.0) for at in range(40)]
    many = [visit("many", at, x=value) for at in range(10)]
    form, [without] = asked(others, 2, (0.25,))
    _, [with_them] = asked([*others, *many], 2, (0.25,))
    assert form.reach == (6,)
    moved = {abs(one - other) for one, other in zip(with_them, without, strict=True)}
    assert moved == {6 if value < 0 else 2}


VALUES = st.sampled_from([-999.5, -100.0, -50.0, -3.0, 0.0, 1.0, 2.5, 99.0, 5000.0, float("nan"), None])


@given(st.lists(st.tuples(st.integers(0, 3), VALUES), min_size=1, max_size=20), st.integers(1, 4))
def test_one_person_moves_each_score_so_far(rows: list[tuple[int, float | None]], most: int) -> None:
    """Whoever is left out with all their visits."""
    everybody = [visit(f"p{person}", at, x=value) for at, (person, value) in enumerate(rows)]
    form, scores = asked(everybody, most)
    for person in {row["person"] for row in everybody}:
        _, less = asked([row for row in everybody if row["person"] != person], most)
        for block, other, reach in zip(scores, less, form.reach, strict=True):
            assert max(abs(one - two) for one, two in zip(block, other, strict=True)) <= reach


@given(st.lists(st.sampled_from(GRID), min_size=1, max_size=30))
def test_the_best_score_is_a_quantile(values: list[float]) -> None:
    """Scores are those of counts that are read off the values, and numpy's quantile has one of the lowest."""
    _, blocks = asked([visit(f"p{at}", 0, x=float(value)) for at, value in enumerate(values)], 1)
    for share, scores in zip(AT, blocks, strict=True):
        truth = float(np.quantile(values, share, method="inverted_cdf"))
        less = sum(value < truth for value in values)
        more = sum(value > truth for value in values)
        num, den = {0.1: (1, 10), 0.5: (1, 2), 0.75: (3, 4)}[share]
        assert scores[GRID.index(truth)] == abs((den - num) * less - num * more)
        assert scores[GRID.index(truth)] <= min(scores) + den * values.count(truth)


def test_exact_rows_refuse() -> None:
    """Every way of opening rows but one."""
    rows, visible = [visit("p", 0, x=1.0)], frozenset({"x"})
    with opened(table(VISITS, rows)) as source:
        engines = [
            DuckRows(source, VISITS, None, visible),
            MemoryRows(rows, VISITS, None, visible),
            OutlineRows(VISITS),
        ]
        for engine in engines:
            with pytest.raises(FedcliError) as caught:
                engine.ranks("x", GRID, AT)
            assert caught.value.code == "Q-EXACT"
