"""From the noisy sums of a step to coefficients, and errors that know of the noise.

A step goes from coefficients b to b + d, where A d = g for the noisy gram A and score g. To first order the
noise moves d by A^-1 (e - E d), e that of the score and E that of the gram; the noise of earlier rounds is
forgotten by a step of Newton's as its own square. The covariance of E d, whose entries above the diagonal
are those below, is s^2 (|d|^2 I + d d' - diag(d_i^2)).

Errors add to this what another sample would be: s^2 A^-1 (gaussian), or A^-1. As rows weigh at most 1 this is
no less than that of the weighted fit; where a person counts with up to k rows it is k times that, as if all
of them said the same. So errors and intervals are cautious in both parts. Where moments are hardly more than
their noise a step goes less far than it should (see `repair`), and errors add what may be lacking; where they
are less, coefficients are not told.
"""

from __future__ import annotations

import math
from functools import cached_property
from typing import Any

from fedcli.model.cells import Cell
from fedcli.model.terms import Design
from fedcli.statistics.families import FamilyName
from fedcli.statistics.fitted import back_of, lacking, line, matrix, number
from fedcli.statistics.models import Blurred
from fedcli.statistics.reach import centred, has_intercept
from fedcli.statistics.repair import shortfall, unknown
from fedcli.statistics.score import SUMS

#: Coefficients of the centred, scaled columns stay within these: nobody's odds are e^30.
FARTHEST = 30.0
#: A step between two rounds, each with noise of its own, is beyond so many standard deviations of one of them
#: for one coefficient in fifty thousand.
_SETTLED = 6.0
#: The part of a coefficient, by squares, that may lie where moments are less than their noise.
_LOST = 0.1
#: The least expectation that a first step of counts goes to.
_LEAST_MEAN = 1e-3


class BlurredFit:
    """A fit of a design after one more noisy step from the coefficients before."""

    def __init__(self, design: Design, family: FamilyName, total: Blurred, before: tuple[float, ...]) -> None:
        self._design, self._family, self._total = centred(design), family, total
        self._before = before or total.start

    @cached_property
    def _inverse(self) -> Any:
        import numpy as np

        return np.linalg.inv(matrix(self._total, "gram"))

    @cached_property
    def move(self) -> Any:
        """The step of Newton's, before anything is done with it."""
        import numpy as np

        return self._inverse @ np.array(self._total.cells["score"], float)

    @cached_property
    def beta(self) -> tuple[float, ...]:
        """The coefficients of the scaled columns after the step."""
        import numpy as np

        beta = np.array(self._before) + self.move
        if self._family == "gaussian":
            return tuple(map(float, beta))
        if self._family == "poisson" and has_intercept(self._design) and self._before == self._total.start:
            beta = self._before + _first_of_counts(self._total, self.move)
        return tuple(map(float, np.clip(beta, -FARTHEST, FARTHEST)))

    @property
    def settled(self) -> bool:
        """Whether the step was no longer than the noise of two rounds makes it, in each of its places."""
        import numpy as np

        moved = np.array(self.beta) - np.array(self._before)
        return bool(np.all(np.abs(moved) <= _SETTLED * np.sqrt(np.diag(self._of_noise)) + 1e-9))

    @property
    def n(self) -> float:
        """About how many rows were fitted."""
        return number(self._total.cells["n"][0])

    def coefficients(self) -> tuple[tuple[Cell | str, ...], ...]:
        """For each term what `fitted.COLUMNS` says, with 95 % intervals, of the columns as they are."""
        import numpy as np

        back, unit = back_of(self._design), self._design.outcome.scale
        beta = back @ np.array(self.beta) * unit
        if has_intercept(self._design):
            beta[0] += self._design.outcome.centre
        variance = self._variance if self._family == "gaussian" else 1.0
        sampling = self._total.blur.rows * variance * self._inverse
        blur = self._total.blur
        short = shortfall(blur.moments, self.move, blur.gram) if blur.moments else 0.0
        covariance = back @ (sampling + self._of_noise + short) @ back.T * unit**2
        errors = np.sqrt(np.maximum(np.diag(covariance), 0.0))
        degrees = max(1.0, self.n - self._total.terms) if self._family == "gaussian" else math.inf
        lines = zip(self._design.terms, beta, errors, strict=True)
        told = ((term.name, *line(float(b), float(se), degrees)) for term, b, se in lines)
        nothing = lacking(self._design.terms)
        return tuple(none if lost else one for one, none, lost in zip(told, nothing, self._lost, strict=True))

    @property
    def _lost(self) -> list[bool]:
        """Whether more than a tenth of a coefficient, by squares, lies where nothing is known."""
        import numpy as np

        blur, back = self._total.blur, back_of(self._design)
        away = (
            back @ unknown(blur.moments, len(back), blur.gram) if blur.moments else np.zeros((len(back), 1))
        )
        return list(np.sum(away**2, axis=1) > _LOST * np.sum(back**2, axis=1))

    @property
    def _of_noise(self) -> Any:
        """The covariance that the noise gives the step."""
        import numpy as np

        blur, d = self._total.blur, self.move
        moved = blur.gram**2 * (d @ d * np.eye(len(d)) + np.outer(d, d) - np.diag(d * d))
        return self._inverse @ (blur.score**2 * np.eye(len(d)) + moved) @ self._inverse

    def whole(self) -> dict[str, Cell]:
        """Sigma and R^2 of a gaussian fit, where there is something to tell them by."""
        if self._family != "gaussian":
            return {}
        null = self._null()
        left = None if null is None or null <= self._residual else 1 - self._residual / null
        return {"sigma": math.sqrt(self._variance) * self._design.outcome.scale, "r_squared": left}

    @property
    def _residual(self) -> float:
        """The weighted sum of squared residuals, at least as much as the noise in that of y^2."""
        own = self._sums["own"]
        explained = sum(b * number(g) for b, g in zip(self.beta, self._total.cells["score"], strict=True))
        return max(own - explained, self._total.blur.own, 1e-12)

    @property
    def _variance(self) -> float:
        """Of an outcome about its expectation: of the residuals, for what the rows weigh together."""
        weights = self._sums["weights"] if self._shrunk else self.n
        return self._residual / max(weights * (1 - self._total.terms / self.n), 1.0)

    @property
    def _shrunk(self) -> bool:
        """Whether rows weigh less the further they reach, so that n is not the sum of their weights."""
        return has_intercept(self._design) and self._design.weights is None

    def _null(self) -> float | None:
        """The weighted squares about the mean; without an intercept about nothing, which is not told."""
        if not has_intercept(self._design):
            return None
        return self._sums["own"] - self._sums["y"] ** 2 / self._sums["weights"]

    @property
    def _sums(self) -> dict[str, float]:
        told = zip(SUMS, self._total.cells["sums"], strict=True)
        return {name: number(cell) for name, cell in told if cell is not None}


def _first_of_counts(total: Blurred, move: Any) -> Any:
    """Where a first step of counts goes: with the mean m of the outcome, at log m + (1 + x d - m) / m.

    At the start every rate is 1 and the sums are those of a straight line, 1 + x d. Newton's own step is to
    exp(x d), which is as far off as m is from 1; this is the logarithm of the line about its mean.
    """
    import numpy as np

    gram, score = matrix(total, "gram"), np.array(total.cells["score"], float)
    mean = max(1 + float(score[0] / gram[0, 0]), _LEAST_MEAN)
    beta = move / mean
    beta[0] = math.log(mean) + (1 + move[0] - mean) / mean
    return beta
