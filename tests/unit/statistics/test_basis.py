"""Spline and polynomial columns beside SciPy and patsy; what R prints is in `tests/oracle/test_wheels.py`."""

from __future__ import annotations

from typing import Any

import numpy as np
import patsy
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.interpolate import BSpline
from scipy.special import eval_legendre

from fedcli.engine.people import number
from fedcli.language.design import design
from fedcli.model.dataset import Dictionary
from fedcli.model.terms import Design
from fedcli.statistics.basis import value

LOW, HIGH = 20.0, 90.0
AGES = np.concatenate([np.linspace(LOW, HIGH, 57), [40.0, 55.0, 70.0]])
BEYOND = np.array([-5.0, 19.0, 91.0, 120.0])


def _design(formula: str, bounds: tuple[float, float] = (LOW, HIGH)) -> Design:
    columns = {name: {"type": "real", "bounds": list(bounds), "use": ["model"]} for name in ("age", "y")}
    read = Dictionary.read({"schema": "fedcli/dictionary/1", "dataset": "d", "columns": columns}, "a test")
    return design(f"y ~ {formula}", read, "a test")


def _columns(formula: str, x: Any, bounds: tuple[float, float] = (LOW, HIGH)) -> Any:
    """All columns but the intercept, before they are centred."""
    terms = _design(formula, bounds).terms
    return np.column_stack([value(term.factors[0], x) for term in terms if term.factors])


def _scipy(knots: list[float], x: Any, derivative: int = 0) -> Any:
    """All B-splines, of which R leaves out the first; the last pieces go on beyond the ends."""
    padded = np.array([knots[0]] * 3 + knots + [knots[-1]] * 3)
    spline = BSpline(padded, np.eye(len(knots) + 2), 3, extrapolate=True)
    return spline.derivative(derivative)(x) if derivative else spline(x)


@pytest.mark.parametrize("inner", [[], [55.0], [40.0, 55.0, 70.0], [21.0, 22.0, 23.0, 88.5]])
def test_bs_is_that_of_scipy_and_patsy(inner: list[float]) -> None:
    """Inside, at the knots and at both ends; beyond them the last polynomial goes on."""
    told = ", ".join(["age", *(f"{knot:g}" for knot in inner)])
    ours = _columns(f"bs({told})", AGES)
    np.testing.assert_allclose(ours, _scipy([LOW, *inner, HIGH], AGES)[:, 1:], atol=1e-13)
    told = f"0 + bs(x, knots={inner}, degree=3, lower_bound={LOW}, upper_bound={HIGH}, df={len(inner) + 3})"
    np.testing.assert_allclose(ours, np.asarray(patsy.dmatrix(told, {"x": AGES})), atol=1e-13)
    beyond = _scipy([LOW, *inner, HIGH], BEYOND)[:, 1:]
    np.testing.assert_allclose(
        _columns(f"bs({', '.join(['age', *map(str, inner)])})", BEYOND), beyond, rtol=1e-9
    )


def test_ns_is_that_of_r() -> None:
    """As R's source says: the last columns of Q, from the bends of the B-splines at the ends."""
    knots = [25.0, 40.0, 55.0, 70.0, 85.0]
    bends = _scipy(knots, np.array([25.0, 85.0]), derivative=2)[:, 1:]
    q, _ = np.linalg.qr(bends.T, mode="complete")
    inside = np.linspace(25, 85, 61)
    formula = "ns(age, 40, 55, 70, lower = 25, upper = 85)"
    ours = _columns(formula, inside)
    np.testing.assert_allclose(ours, _scipy(knots, inside)[:, 1:] @ q[:, 2:], atol=1e-13)
    for end, beyond in ((25.0, np.array([20.0, 3.0])), (85.0, np.array([90.0, 300.0]))):
        at, slope = (_scipy(knots, np.array([end]), order)[:, 1:] @ q[:, 2:] for order in (0, 1))
        np.testing.assert_allclose(
            _columns(formula, beyond), at + (beyond - end)[:, None] * slope, rtol=1e-10
        )


def test_poly_is_of_legendre() -> None:
    """On the bounds, and beyond them."""
    x = np.concatenate([AGES, BEYOND])
    ours = _columns("poly(age, 4)", x)
    scaled = (x - (LOW + HIGH) / 2) / ((HIGH - LOW) / 2)
    np.testing.assert_allclose(
        ours, [[eval_legendre(n, z) for n in (1, 2, 3, 4)] for z in scaled], atol=1e-12
    )


_KNOTS = st.lists(st.integers(21, 89), max_size=8, unique=True).map(sorted)


@given(knots=_KNOTS, kind=st.sampled_from(["bs", "ns"]), x=st.floats(-50, 200))
def test_the_slow_engine_agrees(knots: list[int], kind: str, x: float) -> None:
    """De Boor's algorithm and the recursion of Cox and de Boor have the same value."""
    found = _design(f"{kind}({', '.join(['age', *map(str, knots)])})")
    for term in found.terms:
        for factor in term.factors:
            fast, slow = float(value(factor, np.array([x]))[0]), number(factor, {"age": x})
            assert fast == pytest.approx(slow, rel=1e-8, abs=1e-8)


@given(knots=_KNOTS, kind=st.sampled_from(["bs", "ns"]), data=st.data())
def test_columns_keep_to_the_bounds_that_scale_them(knots: list[int], kind: str, data: st.DataObject) -> None:
    """From -1 to 1 after centring and scaling, from public facts alone."""
    ends = data.draw(st.sampled_from(["", ", lower = 20.5", ", lower = 20.5, upper = 89.5"]))
    found = _design(f"{kind}({', '.join(['age', *map(str, knots)])}{ends})")
    x = np.linspace(LOW, HIGH, 301)
    for term in found.terms[1:]:
        scaled = (value(term.factors[0], x) - term.centre) / term.scale
        assert np.abs(scaled).max() <= 1 + 1e-9


@given(knots=_KNOTS)
def test_b_splines_add_to_one(knots: list[int]) -> None:
    """With the one that is left out; so the sum of the others is within 0 and 1."""
    assume(knots)
    total = _columns(f"bs({', '.join(['age', *map(str, knots)])})", np.linspace(LOW, HIGH, 101)).sum(axis=1)
    assert total.min() >= -1e-12
    assert total.max() <= 1 + 1e-12
