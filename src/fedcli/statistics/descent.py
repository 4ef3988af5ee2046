"""From noisy sums of clipped slopes to the next coefficients, and how far noise has moved them.

What is summed up is the slope of a convex loss: a slope that is clipped is a residual that is (a line instead
of a parabola, as Huber has it), times the columns. Steps that are not too long then bring two ways no further
apart (Nesterov 2018, theorem 2.1.5), so that what noise adds in a round has never grown at the end. The
variances of all rounds added up are therefore more than that of the last coefficients, in every direction.
"""

from __future__ import annotations

import math
from typing import Any

from fedcli.statistics.averaging import Server, Weights
from fedcli.statistics.clipped import Descent


def descended(server: Server, rate: float, state: Weights | None, total: Descent) -> Weights:
    """The next coefficients; at first zeros, as many rows as noise lets be told.

    `rate` is the length of a site's step. Where there are fewer rows than their noise there is no mean.
    """
    if state is None:
        return _begun(server, rate, total)
    assert state.rows is not None
    import numpy as np

    at, length = np.array(state.beta), server.rate * rate
    score = np.array(total.cells["score"], float)
    way = length * (score / state.rows - np.array(state.costs) * at)
    ways = (*state.ways, float(np.sqrt((way**2).sum())))
    return state.model_copy(
        update={
            "beta": tuple(map(float, at + way)),
            "ways": ways,
            "blur": _blur(server, length, total.blur, state.rows),
            "words": "ended" if len(ways) >= server.rounds else "running",
        }
    )


def _begun(server: Server, rate: float, total: Descent) -> Weights:
    """Zeros, and columns as their bounds scale them."""
    rows, p = float(total.cells["n"][0]), len(server.design.terms)  # type: ignore[arg-type]
    zeros = Weights(beta=(0.0,) * server.design.trained, rows=rows, rows_blur=total.blur)
    if rows < max(1.0, total.blur):
        return zeros.model_copy(update={"words": "no rows"})
    how: Any = server.design.training
    return zeros.model_copy(
        update={
            "means": (0.0,) * p,
            "spreads": (1.0,) * p,
            "costs": server.costs(rows),
            "blur": _blur(server, server.rate * rate, total.blur * how.clip, rows),
        }
    )


def _blur(server: Server, length: float, blur: float, rows: float) -> float:
    """The standard deviation of what noise adds to a coefficient in all rounds, as if nothing were lost."""
    return math.sqrt(server.rounds) * length * blur / rows
