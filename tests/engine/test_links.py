"""The links of a binomial model: the blocks of the engine beside the same figures row by row, far out too."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fedcli.engine.blocks import Block
from fedcli.engine.step import _AT, _STARTED
from fedcli.statistics import families
from fedcli.statistics.families import ModelName, Step

LINKS: tuple[ModelName, ...] = ("binomial", "probit", "cloglog")


def by_block(model: ModelName, y: float, eta: float) -> Step:
    """A row's figures, as the engine computes them."""
    weight, residual, deviance = _AT[model](np.array([y]), np.array([eta]))
    assert weight is not None
    assert deviance is not None
    return Step(float(weight[0]), float(residual[0]), float(deviance[0]))


@pytest.mark.parametrize("model", LINKS)
@given(y=st.sampled_from((0.0, 1.0)), eta=st.floats(-6, 3))
def test_beside_row_by_row(model: ModelName, y: float, eta: float) -> None:
    """Two ways to write the same."""
    assert by_block(model, y, eta) == pytest.approx(families.at(model, y, eta), rel=1e-9, abs=1e-14)


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
