"""A linear model with a random intercept of each site, from the sums of each (DLMM).

Luo et al. (2022), DLMM as a lossless one-shot algorithm for collaborative multi-site distributed linear mixed
models, Nature Communications 13:1678; profiled likelihoods as in Bates et al. (2015), Fitting Linear
Mixed-Effects Models Using lme4, section 3. With theta the variance between sites over that within, the rows
of a site with n of them have the covariance I + theta 11', whose inverse is I - theta / (1 + n theta) 11'.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import pairwise
from typing import Any, Literal, NamedTuple

from fedcli.model.cells import Cell
from fedcli.model.terms import Design
from fedcli.statistics import tails
from fedcli.statistics.fitted import back_of, line, matrix, named, number
from fedcli.statistics.score import BySite, Score
from fedcli.statistics.synthesis import Effect
from fedcli.statistics.wald import Estimates

Method = Literal["reml", "ml"]
#: What is told of a fit as a whole.
WHOLE = (
    "variance_between",
    "variance_within",
    "icc",
    "log_likelihood",
    "lr_statistic",
    "lr_p_value",
)
_LARGEST_CONDITION = 1e12
#: From what, and up to what part of the rest, theta is looked for; how finely at first; how finely at last.
_LOW, _HIGH, _STEPS, _HALVINGS = 1e-8, 1e8, 161, 100
_LEAST = 1e-13  # a sum of squares below this part of the whole is rounding: the fit is perfect


class Point(NamedTuple):
    """A fit at one theta: the inverse of X'V^-1 X, the coefficients, and the sum of squares about them."""

    theta: float
    inverse: Any
    beta: Any
    squares: float
    criterion: float
    slope: float


class Profile(NamedTuple):
    """Minus twice the likelihood, restricted or not, as a function of theta alone.

    `gram` is X'X, `score` X'y and `squares` y'y of all rows; `sizes`, `columns` and `outcomes` have for each
    site its rows, X'1 and y'1.
    """

    gram: Any
    score: Any
    squares: float
    sizes: Any
    columns: Any
    outcomes: Any
    method: Method

    @property
    def n(self) -> float:
        """All rows."""
        return float(self.sizes.sum())

    @property
    def degrees(self) -> float:
        """What the sum of squares is divided by: rows, less columns where the likelihood is restricted."""
        return self.n - (len(self.score) if self.method == "reml" else 0)

    def at(self, theta: float) -> Point:
        """The fit at a theta, from zero on, with the slope of the criterion there."""
        import numpy as np

        kept = 1 / (1 + self.sizes * theta)
        taken = self.columns.T * (theta * kept)
        inverse = np.linalg.inv(self.gram - taken @ self.columns)
        score = self.score - taken @ self.outcomes
        beta = inverse @ score
        whole = self.squares - float(theta * kept @ self.outcomes**2)
        squares, degrees = max(whole - float(score @ beta), _LEAST * whole), self.degrees
        criterion = float(np.log1p(self.sizes * theta).sum())
        criterion += degrees * (1 + math.log(2 * math.pi * squares / degrees))
        left = kept * (self.outcomes - self.columns @ beta)
        slope = float(self.sizes @ kept) - degrees * float(left @ left) / squares
        if self.method == "reml":
            criterion -= float(np.linalg.slogdet(inverse)[1])
            slope -= float(np.einsum("k,ki,ij,kj", kept**2, self.columns, inverse, self.columns))
        return Point(theta, inverse, beta, squares, criterion, slope)

    def least(self) -> Point:
        """Where the criterion is least: at zero, or where its slope is; by halving, to the last digit."""
        ends = [0.0, *(_LOW * (_HIGH / _LOW) ** (at / (_STEPS - 1)) for at in range(_STEPS))]
        found = [self.at(theta) for theta in ends]
        settled = [
            self._between(one, other) for one, other in pairwise(found) if one.slope < 0 <= other.slope
        ]
        return min([found[0], *settled, found[-1]], key=lambda one: one.criterion)

    def _between(self, low: Point, high: Point) -> Point:
        for _ in range(_HALVINGS):
            middle = self.at((low.theta + high.theta) / 2)
            low, high = (middle, high) if middle.slope < 0 else (low, middle)
        return high


class Mixed(NamedTuple):
    """A fit: its design, and where the criterion is least."""

    design: Design
    profile: Profile
    point: Point

    @property
    def within(self) -> float:
        """The variance of rows about their site's mean, in the units of the outcome."""
        return self.point.squares / self.profile.degrees * self.design.outcome.scale**2

    def estimates(self) -> Estimates:
        """The coefficients in the units of their columns, with their covariance."""
        back, outcome = back_of(self.design), self.design.outcome
        beta = back @ self.point.beta * outcome.scale
        beta[0] += outcome.centre
        return Estimates(beta, self.within * back @ self.point.inverse @ back.T, math.inf)

    def coefficients(self) -> tuple[tuple[Cell | str, ...], ...]:
        """For each term what `COLUMNS` says, with 95 % intervals of a normal distribution."""
        import numpy as np

        found = self.estimates()
        lines = zip(self.design.terms, found.beta, np.sqrt(np.diag(found.covariance)), strict=True)
        return tuple((term.name, *line(float(b), float(se), found.degrees)) for term, b, se in lines)

    def whole(self) -> dict[str, Cell]:
        """Both variances, their share, the likelihood, and the test that sites do not differ.

        Where there is no variance between sites, twice the difference of likelihoods is zero as often as not,
        and else chi-squared with one degree of freedom (Self and Liang 1987, case 5).
        """
        between = self.point.theta * self.within
        ratio = max(0.0, self.profile.at(0.0).criterion - self.point.criterion)
        told = {
            "variance_between": between,
            "variance_within": self.within,
            "icc": between / (between + self.within),
            "log_likelihood": -(self.point.criterion + self._units) / 2,
            "lr_statistic": ratio,
            "lr_p_value": tails.chi_squared(ratio, 1) / 2 if ratio else 1.0,
        }
        return dict(zip(WHOLE, told.values(), strict=True))

    @property
    def _units(self) -> float:
        """What the criterion is more in the units of the outcome and the columns."""
        scales = math.fsum(math.log(term.scale) for term in self.design.terms)
        restricted = 2 * scales if self.profile.method == "reml" else 0.0
        return 2 * self.profile.degrees * math.log(self.design.outcome.scale) + restricted


def profile(total: BySite, method: Method) -> Profile:
    """The likelihood of sites that have rows; the first column of their design is one for everybody."""
    import numpy as np

    parts = [part for part in total.parts if number(part.cells["n"][0]) > 0]
    p = total.terms
    return Profile(
        gram=matrix(total, "gram"),
        score=np.array(total.cells["score"], float),
        squares=named(total)["own"],
        sizes=np.array([named(part)["weights"] for part in parts]),
        columns=np.array([part.cells["gram"][:p] for part in parts], float).reshape(-1, p),
        outcomes=np.array([part.cells["score"][0] for part in parts], float),
        method=method,
    )


def fit(design: Design, found: Profile) -> Mixed | None:
    """The fit; none of too few rows, where columns say the same, or where nothing is left within sites."""
    import numpy as np

    if found.n <= len(design.terms) + 1 or not np.linalg.cond(found.gram) <= _LARGEST_CONDITION:
        return None
    point = found.least()
    settled = point.theta < _HIGH and point.squares > 2 * _LEAST * found.squares
    return Mixed(design, found, point) if settled else None


def alone(design: Design, part: Score) -> Iterator[Effect]:
    """For each term the least squares of a site's own rows; nothing of too few."""
    import numpy as np

    gram, score = matrix(part, "gram"), np.array(part.cells["score"], float)
    left = number(part.cells["n"][0]) - len(score)
    if left <= 0 or not np.linalg.cond(gram) <= _LARGEST_CONDITION:
        return
    inverse, back, outcome = np.linalg.inv(gram), back_of(design), design.outcome
    beta = inverse @ score
    variance = max(0.0, named(part)["own"] - float(score @ beta)) / left
    told = back @ beta * outcome.scale
    told[0] += outcome.centre
    variances = np.diag(back @ inverse @ back.T) * variance * outcome.scale**2
    for term, value, spread in zip(design.terms, told, variances, strict=True):
        yield Effect((term.name,), float(value), float(spread))
