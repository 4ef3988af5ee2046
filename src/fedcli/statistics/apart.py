"""What the sums of one site say alone at the end of a common fit: a Newton step from there on its own rows.

Of a linear model that is the site's own fit; of others it is that to first order, and there is one where a
fit of the site alone would not converge (McCullagh and Nelder 1989, section 2.5).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fedcli.model.terms import Design
from fedcli.statistics.families import DISPERSED, ModelName
from fedcli.statistics.fitted import back_of, matrix, number, parameters, sandwich
from fedcli.statistics.reach import has_intercept
from fedcli.statistics.score import Score
from fedcli.statistics.synthesis import Effect

_LARGEST_CONDITION = 1e12


def estimates(design: Design, family: ModelName, part: Score, beta: tuple[float, ...]) -> Iterator[Effect]:
    """For each term what a site alone estimates, in the units of its columns; nothing of too few rows."""
    import numpy as np

    gram = matrix(part, "gram")
    known = np.linalg.cond(gram) <= _LARGEST_CONDITION  # not of zeros, which have none
    if number(part.cells["n"][0]) <= parameters(part) or not known:
        return
    inverse, score = np.linalg.inv(gram), np.array(part.cells["score"], float)
    delta, unit, back = inverse @ score, design.outcome.scale, back_of(design)
    moved = back @ (np.array(beta) + delta) * unit
    if has_intercept(design):
        moved[0] += design.outcome.centre
    covariance = _covariance(design, family, part, inverse, float(score @ delta))
    variances = np.diag(back @ covariance @ back.T) * unit**2
    for term, value, variance in zip(design.terms, moved, variances, strict=True):
        yield Effect((term.name,), float(value), float(variance))


def _covariance(design: Design, family: ModelName, part: Score, inverse: Any, gained: float) -> Any:
    """As of the common fit, with the site's own dispersion, or its own persons."""
    n, p = number(part.cells["n"][0]), parameters(part)
    if design.sandwiched:
        return sandwich(design, part, inverse)
    if family in DISPERSED:
        return number(part.cells["pearson"][0]) / (n - p) * inverse
    if family == "gaussian":
        return max(0.0, number(part.cells["deviance"][0]) - gained) / (n - p) * inverse
    return inverse
