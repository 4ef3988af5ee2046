"""Which part of the information each site gave."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.linalg import eigh

from fedcli.model.cells import About, Axis, Cell, Gap
from fedcli.statistics.counts import Counts
from fedcli.statistics.score import Score, pairs
from fedcli.statistics.shares import shares

P = 3


def _score(x: Any) -> Score:
    """The information of rows of a linear model."""
    gram = x.T @ x
    cells: dict[str, tuple[Cell, ...]] = {
        "n": (len(x),),
        "gram": tuple(float(gram[place]) for place in pairs(x.shape[1])),
        "score": (0.0,) * x.shape[1],
    }
    return Score((Axis(name="term", levels=tuple(f"x{at}" for at in range(x.shape[1]))),), cells)


def _counts(*cells: Cell) -> Counts:
    axis = Axis(name="sex", levels=tuple(range(len(cells))))
    return Counts((axis,), {"count": cells, "missing": (0,)}, per_person=1)


@given(st.integers(0, 2**32), st.lists(st.integers(5, 50), min_size=2, max_size=6))
def test_of_a_model_it_is_the_mean_over_directions(seed: int, sizes: list[int]) -> None:
    """The mean of the roots of det(I_k - t I), as SciPy finds them; also in other units of the columns."""
    dealt = np.random.default_rng(seed)
    rows = {f"s{at}": dealt.normal(size=(n, P)) * [1, 10, 0.1] for at, n in enumerate(sizes)}
    told = shares([(site, _score(x)) for site, x in rows.items()])
    whole = sum(x.T @ x for x in rows.values())
    assert told == pytest.approx({site: eigh(x.T @ x, whole)[0].mean() for site, x in rows.items()})
    assert sum(told.values()) == pytest.approx(1)
    turned = dealt.normal(size=(P, P)) + 3 * np.eye(P)
    assert shares([(site, _score(x @ turned)) for site, x in rows.items()]) == pytest.approx(told, rel=1e-4)


def test_a_column_that_nobody_has_is_no_direction() -> None:
    """What is known of nothing has no share."""
    x = np.array([[1.0, 0.0], [1.0, 0.0], [1.0, 0.0]])
    assert shares([("a", _score(x)), ("b", _score(x[:1]))]) == pytest.approx({"a": 0.75, "b": 0.25})


def test_of_counts_it_is_who_was_counted() -> None:
    """Rounded counts as they are told."""
    told = shares([("a", _counts(10, 20)), ("b", _counts(About(value=60, low=58, high=62), 10))])
    assert told == pytest.approx({"a": 0.3, "b": 0.7})


@pytest.mark.parametrize("cell", [Gap(low=0, high=9), None])
def test_nothing_of_what_is_hidden(cell: Cell) -> None:
    """Nor of nobody, nor of no site."""
    assert shares([("a", _counts(10, cell)), ("b", _counts(30, 10))]) == {}
    assert shares([("a", _counts(0, 0)), ("b", _counts(0, 0))]) == shares([]) == {}
