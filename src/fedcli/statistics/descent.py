"""From noisy sums of clipped slopes to the next coefficients, and how far noise has moved them.

What is summed up is the slope of a convex loss: a slope that is clipped is a residual that is (a line instead
of a parabola, as Huber has it), times the columns. Steps that are not too long then bring two ways no further
apart (Nesterov 2018, theorem 2.1.5), so that what noise adds in a round has never grown at the end. The
variances of all rounds added up are therefore more than that of the last coefficients, in every direction.

What sites told has its noise already. How it is combined, and which strategy steps follow, is free: medians
and the like are of each site's own mean slope, and cost nobody anything. Nothing as simple is known of how
far noise then moves the end (a median of slopes is not the slope of anything): no interval is told.
"""

from __future__ import annotations

import math
from statistics import median
from typing import Any

from fedcli.errors import fault
from fedcli.statistics.averaging import LARGEST, Server, Weights
from fedcli.statistics.clipped import Descent

#: A site has a vote where its rows are at least so many standard deviations of their noise: its mean slope
#: would else be a quotient of noise.
KNOWN = 3.0


def descended(server: Server, rate: float, state: Weights | None, total: Descent) -> Weights:
    """The next coefficients; at first zeros, as many rows as noise lets be told.

    `rate` is the length of a site's step. Where there are fewer rows than their noise there is no mean.

    Raises:
        Refused: R-ROBUST where fewer sites have a vote than the combiner needs.
        Untrusted: R-UPDATE naming a site whose numbers cannot be combined.
    """
    for part in total.parts:
        _check(part)
    if state is None:
        return _begun(server, rate, total)
    import numpy as np

    at = np.array(state.beta)
    moved = server.strategic(state, _change(server, rate, state, total))
    beta = moved.pop("beta")
    ways = (*state.ways, float(np.sqrt(((beta - at) ** 2).sum())))
    return state.model_copy(
        update={
            **moved,
            "beta": tuple(map(float, beta)),
            "ways": ways,
            "words": "ended" if len(ways) >= server.rounds else "running",
        }
    )


def _change(server: Server, rate: float, state: Weights, total: Descent) -> Any:
    """How far a step goes: down the slope of all rows, or where the sites' own steps come to by votes."""
    import numpy as np

    assert state.rows is not None
    costs = np.array(state.costs) * np.array(state.beta)
    if server.combiner == "mean":
        return rate * (_score(total) / state.rows - costs)
    votes = zip(total.parts, state.voting, strict=True)
    ways = [rate * (_score(part) / rows - costs) for part, rows in votes if rows]
    return server.combined(np.array(ways).reshape(-1, len(costs)), [1.0] * len(ways))


def _begun(server: Server, rate: float, total: Descent) -> Weights:
    """Zeros, and columns as their bounds scale them."""
    p, sizes = len(server.design.terms), tuple(map(_size, total.parts))
    zeros = Weights(beta=(0.0,) * server.design.trained, rows=_rows(total), rows_blur=total.blur)
    votes = [one for one in sizes if one]
    if server.combiner != "mean":
        zeros, rows = zeros.model_copy(update={"voting": sizes}), len(votes) * median(votes or [0.0])
    else:
        rows = _rows(total) if _rows(total) >= max(1.0, total.blur) else 0.0
    if not rows:
        return zeros.model_copy(update={"words": "no rows"})
    return zeros.model_copy(
        update={
            "means": (0.0,) * p,
            "spreads": (1.0,) * p,
            "costs": server.costs(rows),
            "blur": _blur(server, rate, total.blur, rows),
        }
    )


def _size(part: Descent) -> float:
    """How many rows a site has, as its noise tells; zero where noise could make them up, or below."""
    return _rows(part) if _rows(part) >= max(1.0, KNOWN * part.blur) else 0.0


def _blur(server: Server, rate: float, blur: float, rows: float) -> float | None:
    """The standard deviation of what noise adds to a coefficient in all rounds, as if nothing were lost.

    None of adaptive steps, and of votes.
    """
    how: Any = server.design.training
    if (server.strategy, server.combiner) != ("fedavg", "mean"):
        return None
    return math.sqrt(server.rounds) * server.rate * rate * blur * float(how.clip) / rows


def _rows(step: Descent) -> float:
    """The number of a first round."""
    return float(step.cells["n"][0])  # type: ignore[arg-type]


def _score(step: Descent) -> Any:
    import numpy as np

    return np.array(step.cells["score"], float)


def _check(part: Descent) -> None:
    """Raise R-UPDATE for numbers that would leave nothing of the others."""
    for name, row in part.cells.items():
        if not all(abs(cell) <= LARGEST for cell in row):  # type: ignore[arg-type]
            site = part.site or "a site"
            raise fault("R-UPDATE", site=site, reason=f"{name} has a number that overflows")
