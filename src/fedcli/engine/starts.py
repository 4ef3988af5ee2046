"""Where a fit over sites starts: at what each site's own rows say, so that fewer rounds go by.

A site goes through the steps of its own fit, and tells the information there and that times its estimate: the
common first step is then the mean of the sites' estimates by their information. Where it has no estimate of
its own (a column that tells the outcome, too few rows), it tells its ordinary first step.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from fedcli.engine.blocks import Vector
from fedcli.statistics.score import pairs

Cells = dict[str, tuple[Any, ...]]

_MOST = 15
_NEAR = (
    1e-4  # by how much of itself the deviance still changes: the last step goes most of the way that is left
)
_LARGEST_CONDITION = 1e12
_SEPARATED = (
    8.0  # on the scale of the bounds: a fit that goes on and on has passed it before it seems settled
)


def started(step: Callable[[tuple[float, ...] | None], Cells]) -> Cells:
    """The cells of the first step, at the estimate of these rows alone if there is one."""
    first = step(None)
    beta, before = _moved(first, None), np.inf
    for _ in range(_MOST):
        if beta is None or np.abs(beta).max() > _SEPARATED:
            return first
        cells = step(tuple(map(float, beta)))
        deviance = float(cells["deviance"][0])
        if not np.isfinite(deviance) or deviance > before * (1 + _NEAR):
            return first
        if before - deviance <= _NEAR * (deviance + 0.1):
            score = _matrix(cells) @ beta + np.array(cells["score"])
            return first | {"gram": cells["gram"], "score": tuple(map(float, score))}
        beta, before = _moved(cells, beta), deviance
    return first


def _moved(cells: Cells, beta: Vector | None) -> Vector | None:
    """The next coefficients; none where the columns do not tell them apart."""
    gram = _matrix(cells)
    if not np.isfinite(gram).all() or not np.linalg.cond(gram) <= _LARGEST_CONDITION:
        return None
    delta: Vector = np.linalg.solve(gram, np.array(cells["score"]))
    return delta if beta is None else beta + delta


def _matrix(cells: Cells) -> Vector:
    p = len(cells["score"])
    full = np.zeros((p, p))
    for (i, j), value in zip(pairs(p), cells["gram"], strict=True):
        full[i, j] = full[j, i] = value
    return full
