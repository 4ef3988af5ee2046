"""The links of a binomial model: the blocks of the engine beside the same figures row by row, far out too."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fedcli.engine.blocks import Block
from fedcli.engine.step import _STARTED, AT
from fedcli.statistics import families
from fedcli.statistics.families import ModelName, Step

LINKS: tuple[ModelName, ...] = ("binomial", "probit", "cloglog")


def by_block(model: ModelName, y: float, eta: float) -> Step:
    """A row's figures, as the engine computes them."""
    weight, residual, deviance = AT[model](np.array([y]), np.array([eta]))
    weight = np.ones(1) if weight is None else weight
    assert deviance is not None
    return Step(float(weight[0]), float(residual[0]), float(deviance[0]))


@pytest.mark.parametrize("model", LINKS)
@given(y=st.sampled_from((0.0, 1.0)), eta=st.floats(-6, 3))
def test_beside_row_by_row(model: ModelName, y: float, eta: float) -> None:
    """Two ways to write the same."""
    assert by_block(model, y, eta) == pytest.approx(families.at(model, y, eta), rel=1e-9, abs=1e-14)


@pytest.mark.parametrize("y", [0.25, 1.0, 40.0])
@pytest.mark.parametrize(("model", "etas"), [("gamma", (-1.0, 0.0, 2.5)), ("inverse", (0.02, 0.7, 3.0))])
def test_gamma_by_differences(model: ModelName, etas: tuple[float, ...], y: float) -> None:
    """As above; the information is what the residual loses in the mean, where y is its own mean."""
    step = 1e-5
    for eta in etas:
        assert by_block(model, y, eta) == pytest.approx(families.at(model, y, eta), rel=1e-9, abs=1e-12)
        above, below = (by_block(model, y, eta + side * step) for side in (1, -1))
        slope = -(above.deviance - below.deviance) / (4 * step)
        assert by_block(model, y, eta).residual == pytest.approx(slope, rel=1e-5, abs=1e-9)
        mean = families.mean(model, eta)
        above, below = (by_block(model, mean, eta + side * step) for side in (1, -1))
        loses = -(above.residual - below.residual) / (2 * step)
        assert by_block(model, mean, eta).weight == pytest.approx(loses, rel=1e-5)


def test_beyond_the_end_of_an_inverse() -> None:
    """No mean has a predictor below zero: the largest that there is, and finite."""
    told = by_block("inverse", 2.0, -0.5)
    assert all(map(math.isfinite, told))
    assert told.deviance > by_block("inverse", 2.0, 0.1).deviance


@pytest.mark.parametrize("model", LINKS)
@pytest.mark.parametrize("eta", [-2.0, -0.3, 0.0, 0.7])
def test_by_differences(model: ModelName, eta: float) -> None:
    """The residual is minus half the slope of the deviance; the weight, what it loses in the mean."""
    step = 1e-5
    means = {
        "binomial": 1 / (1 + math.exp(-eta)),
        "probit": 0.5 * math.erfc(-eta / math.sqrt(2)),
        "cloglog": -math.expm1(-math.exp(eta)),
    }
    slopes = []
    for y in (0.0, 1.0):
        above, below = (by_block(model, y, eta + side * step) for side in (1, -1))
        slope = -(above.deviance - below.deviance) / (4 * step)
        assert by_block(model, y, eta).residual == pytest.approx(slope, rel=1e-6)
        slopes.append((above.residual - below.residual) / (2 * step))
    expected = -(slopes[1] * means[model] + slopes[0] * (1 - means[model]))
    assert by_block(model, 1.0, eta).weight == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("model", LINKS)
@pytest.mark.parametrize("eta", [-38.0, -20.0, 5.0])
def test_far_out(model: ModelName, eta: float) -> None:
    """Finite, with a weight that is not below zero."""
    for y in (0.0, 1.0):
        told = by_block(model, y, eta)
        assert all(map(math.isfinite, told))
        assert told.weight >= 0
        assert told.deviance >= 0


@pytest.mark.parametrize("model", LINKS)
@pytest.mark.parametrize("weight", [None, 3.0])
def test_the_first_step(model: ModelName, weight: float | None) -> None:
    """From R's starting values, with an offset and a prior weight."""
    w = 1.0 if weight is None else weight
    for y in (0.0, 1.0):
        offset, weights = np.array([0.4]), None if weight is None else np.array([w])
        found = _STARTED[model](Block(np.ones((1, 1)), np.array([y]), offset, weights))
        told = families.started(model, y, 0.4, w)
        assert found[0] is not None
        assert [w * float(found[0][0]), w * float(found[1][0])] == pytest.approx([*told[:2]], rel=1e-9)
