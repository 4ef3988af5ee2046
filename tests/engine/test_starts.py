"""Where a site's own fit begins, and where it has none."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from fedcli.engine.starts import started
from fedcli.statistics.score import pairs


def _logistic(x: Any, y: Any) -> Any:
    """A step of a logistic model of some rows, as the engine tells it."""

    def step(at: tuple[float, ...] | None) -> dict[str, tuple[Any, ...]]:
        mu = (y + 0.5) / 2 if at is None else 1 / (1 + np.exp(-x @ np.array(at)))
        w = mu * (1 - mu)
        gram = (x * w[:, None]).T @ x
        left = y - mu if at is not None else y - mu + w * np.log(mu / (1 - mu))
        deviance = None if at is None else float(-2 * np.log(np.where(y > 0, mu, 1 - mu)).sum())
        return {
            "gram": tuple(gram[place] for place in pairs(x.shape[1])),
            "score": tuple(x.T @ left),
            "deviance": (deviance,),
        }

    return step


X = np.column_stack([np.ones(60), np.linspace(-1, 1, 60)])


def test_a_site_with_an_estimate() -> None:
    """The step from its cells is its estimate, which statsmodels finds too."""
    import statsmodels.api as sm

    y = (np.arange(60) * 7 % 13 < 3 + np.arange(60) // 12).astype(float)
    cells = started(_logistic(X, y))
    gram = np.array([[cells["gram"][0], cells["gram"][1]], [cells["gram"][1], cells["gram"][2]]])
    alone = sm.Logit(y, X).fit(disp=0).params
    assert np.linalg.solve(gram, cells["score"]) == pytest.approx(alone, abs=1e-3)
    assert cells["deviance"] == (None,)


def test_a_site_in_which_a_group_has_the_outcome() -> None:
    """Its estimate is beyond all bounds, though its deviance seems to be settled."""
    group = np.repeat([0.0, 1.0], [40, 20])
    step = _logistic(np.column_stack([np.ones(60), group]), np.maximum(group, np.arange(60) % 2))
    assert started(step) == step(None)


@pytest.mark.parametrize("told", ["a column tells the outcome", "everybody has it", "a column is another"])
def test_a_site_without_one(told: str) -> None:
    """It tells its ordinary first step."""
    x = np.column_stack([X, X[:, 1]]) if told == "a column is another" else X
    y = np.ones(60) if told == "everybody has it" else (X[:, 1] > 0).astype(float)
    step = _logistic(x, y)
    assert started(step) == step(None)
