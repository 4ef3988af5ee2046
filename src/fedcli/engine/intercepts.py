"""Models in which every site has an intercept of its own, which no other site has to know.

At coefficients that all know a site finds the intercept that suits its rows best, and tells what is left: the
likelihood with that intercept, and its first two derivatives (Patefield 1977, Sankhya B 39, on profiles of a
likelihood). Their sum over sites is that of a model with a column for each site.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fedcli.statistics.score import pairs

Cells = dict[str, tuple[Any, ...]]

_MOST = 50
_STILL = 1e-12
_LONGEST = 4.0  # of a step of the intercept: far out the information is next to nothing
_FAR = 35.0  # where nobody has the outcome, or everybody: then the rows say nothing of the coefficients


def profiled(step: Callable[[tuple[float, ...]], Cells], beta: tuple[float, ...]) -> Cells:
    """The cells of a step without its first column, at the intercept that suits the rows best."""
    at = 0.0
    for _ in range(_MOST):
        cells = step((at, *beta))
        score, information = cells["score"][0], cells["gram"][0]
        moved = max(-_LONGEST, min(_LONGEST, score / information)) if information > 0 else 0.0
        if abs(moved) <= _STILL * (1 + abs(at)) or abs(at) > _FAR:
            break
        at += moved
    return _less(cells, len(beta)) | {"strata": (int(cells["n"][0] > 0),)}


def _less(cells: Cells, p: int) -> Cells:
    """What is left of the sums once the first column has taken its part (the Schur complement)."""
    gram = dict(zip(pairs(p + 1), cells["gram"], strict=True))
    score, whole = cells["score"], gram[0, 0]

    def part(at: int) -> float:
        told: float = gram[0, at] / whole if whole > 0 else 0.0
        return told

    left = {(i, j): gram[i + 1, j + 1] - part(i + 1) * gram[0, j + 1] for i, j in pairs(p)}
    return {
        **cells,
        "gram": tuple(left.values()),
        "score": tuple(score[at + 1] - part(at + 1) * score[0] for at in range(p)),
    }
