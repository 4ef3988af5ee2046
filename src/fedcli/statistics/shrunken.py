"""Linear models with a penalty, from sums of squares and products: ridge, lasso and elastic net.

What is made small is RSS / 2n + lambda (a |b| + (1 - a) b^2 / 2), with the intercept free (Friedman, Hastie
and Tibshirani 2010, equation 1); by coordinates, from the largest penalty down (sections 2.1 and 2.2).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

from fedcli.model.terms import Design
from fedcli.statistics.fitted import matrix, number
from fedcli.statistics.score import SUMS, Score

_STEPS, _STILL = 20_000, 1e-13
#: A column has no spread where this share of its squares is left about its mean: rounding could be all of it.
_LEAST = 1e-12


class Centred(NamedTuple):
    """Of n rows, about their means and in the columns' units: products, with the outcome, its squares."""

    n: float
    products: Any
    outcome: Any
    squares: float
    means: Any
    mean: float


def centred(design: Design, total: Score) -> Centred:
    """From the first step of a linear model, of which the first column is the intercept."""
    import numpy as np

    gram, score = matrix(total, "gram"), np.array(total.cells["score"], float)
    n, sums, unit = gram[0, 0], gram[0, 1:], design.outcome.scale
    scales = np.array([term.scale for term in design.terms[1:]])
    centres = np.array([term.centre for term in design.terms[1:]])
    left = gram[1:, 1:] - np.outer(sums, sums) / n
    left[np.diag_indices_from(left)] *= np.diag(left) > _LEAST * np.diag(gram)[1:]
    own = number(total.cells["sums"][SUMS.index("own")])
    return Centred(
        n=float(n),
        products=left * np.outer(scales, scales),
        outcome=(score[1:] - sums * score[0] / n) * scales * unit,
        squares=float(own - score[0] ** 2 / n) * unit**2,
        means=centres + scales * sums / n,
        mean=float(design.outcome.centre + unit * score[0] / n),
    )


class Shrunk(NamedTuple):
    """A fit at one penalty: the intercept, the coefficients, the share of the squares that they explain."""

    intercept: float
    coefficients: tuple[float, ...]
    r_squared: float | None

    @property
    def terms(self) -> int:
        """How many coefficients are not zero."""
        return sum(one != 0 for one in self.coefficients)


def path(about: Centred, penalties: Sequence[float], mixture: float, standardise: bool) -> list[Shrunk]:
    """A fit for each penalty; where columns are standardised, in units of their standard deviations."""
    import numpy as np

    spread = np.sqrt(np.maximum(np.diag(about.products), 0) / about.n)
    units = np.where(spread > 0, spread, 1.0) if standardise else np.ones(len(spread))
    products, outcome = about.products / np.outer(units, units) / about.n, about.outcome / units / about.n
    found, start = {}, np.zeros(len(units))
    for penalty in sorted(penalties, reverse=True):
        start = _least(products, outcome, penalty, mixture, start)
        found[penalty] = _told(about, start / units)
    return [found[penalty] for penalty in penalties]


def _told(about: Centred, slopes: Any) -> Shrunk:
    left = about.squares - 2 * float(slopes @ about.outcome) + float(slopes @ about.products @ slopes)
    explained = 1 - left / about.squares if about.squares > 0 else None
    intercept = about.mean - float(slopes @ about.means)
    return Shrunk(intercept, tuple(float(one) + 0.0 for one in slopes), explained)


def _least(products: Any, outcome: Any, penalty: float, mixture: float, start: Any) -> Any:
    """Coordinate after coordinate, until none moves; a column without a spread stays at zero."""
    import numpy as np

    slopes, lasso, ridge = start.copy(), penalty * mixture, penalty * (1 - mixture)
    if not lasso:
        return np.linalg.solve(products + ridge * np.eye(len(slopes)), outcome)
    spread = [at for at in range(len(slopes)) if products[at, at] > 0]
    for _ in range(_STEPS):
        before = slopes.copy()
        for at in spread:
            toward = outcome[at] - products[at] @ slopes + products[at, at] * slopes[at]
            slopes[at] = math.copysign(max(abs(toward) - lasso, 0.0), toward) / (products[at, at] + ridge)
        if np.max(np.abs(slopes - before)) <= _STILL * (1 + np.max(np.abs(slopes))):
            break
    return slopes
