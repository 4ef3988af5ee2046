"""From the last sums of a model of several levels to coefficients, errors and tests.

Agresti (2013), Categorical Data Analysis, section 8.1; what is told is what statsmodels' MNLogit tells.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, NamedTuple

from fedcli.model.cells import Cell
from fedcli.model.dataset import Level
from fedcli.model.terms import Design
from fedcli.statistics import tails
from fedcli.statistics.fitted import COLUMNS, back_of, line, matrix, number
from fedcli.statistics.score import Score
from fedcli.statistics.synthesis import Effect
from fedcli.statistics.wald import Estimates, terms

_LARGEST_CONDITION = 1e12
#: What is told of each term and each level but the one that these are compared with.
LEVELLED = ("level", *COLUMNS)
#: What is told of the fit as a whole.
WHOLE = (
    "deviance",
    "null_deviance",
    "df_residual",
    "log_likelihood",
    "lr_statistic",
    "lr_df",
    "lr_p_value",
    "aic",
)
Rows = tuple[tuple[Cell | Level, ...], ...]


class Levelled(NamedTuple):
    """A fit: its design, the sums at its end and the coefficients there, level after level."""

    design: Design
    total: Score
    beta: tuple[float, ...]

    @property
    def levels(self) -> tuple[Level, ...]:
        """All but the one that they are compared with."""
        assert self.design.choices is not None
        return self.design.choices

    def coefficients(self) -> Rows:
        """For each level and term what `COLUMNS` says, with 95 % intervals."""
        import numpy as np

        found = self.estimates()
        variances = np.diag(found.covariance)
        errors = np.sqrt(np.where(variances < 0, np.nan, variances))
        lines = zip(_keys(self.design), found.beta, errors, strict=True)
        return tuple((*key, *line(float(b), float(se), math.inf)) for key, b, se in lines)

    def tests(self) -> Rows:
        """For each term of the formula but the intercept what `TESTS` says, over all levels at once."""
        return self.estimates().tested(_groups(self.design))

    def estimates(self) -> Estimates:
        """The coefficients in the units of their columns, with their covariance."""
        import numpy as np

        back = _back(self.design)
        inverse = np.linalg.inv(matrix(self.total, "gram"))
        return Estimates(back @ np.array(self.beta), back @ inverse @ back.T, math.inf)

    def whole(self, deviance: float, null: float) -> dict[str, Cell]:
        """The likelihood, and the test that all coefficients but the intercepts are zero."""
        n, p = number(self.total.cells["n"][0]), self.total.terms
        ratio, degrees = max(0.0, null - deviance), p - len(self.levels)
        return {
            "deviance": deviance,
            "null_deviance": null,
            "df_residual": n - p,
            "log_likelihood": -deviance / 2,
            "lr_statistic": ratio,
            "lr_df": degrees,
            "lr_p_value": tails.chi_squared(ratio, degrees) if degrees else None,
            "aic": deviance + 2 * p,
        }


def null_deviance(design: Design, total: Score) -> float:
    """Minus twice the likelihood of the intercepts alone, from the first step, whose coefficients are zero.

    There the score of a level's intercept is how many have it, less an even share of all.
    """
    assert design.choices is not None
    n, many = number(total.cells["n"][0]), len(design.choices) + 1
    scores = (number(total.cells["score"][at * len(design.terms)]) for at in range(many - 1))
    first = [round(score + n / many) for score in scores]  # whole, where sums left at a few digits too
    counts = [n - sum(first), *first]
    return -2 * math.fsum(one * math.log(one / n) for one in counts if one > 0)


def alone(design: Design, part: Score, beta: tuple[float, ...]) -> Iterator[Effect]:
    """For each level and term what a site alone estimates: a step from the common fit on its own sums."""
    import numpy as np

    gram = matrix(part, "gram")
    if number(part.cells["n"][0]) <= part.terms or not np.linalg.cond(gram) <= _LARGEST_CONDITION:
        return
    inverse, back = np.linalg.inv(gram), _back(design)
    moved = back @ (np.array(beta) + inverse @ np.array(part.cells["score"], float))
    variances = np.diag(back @ inverse @ back.T)
    for key, value, variance in zip(_keys(design), moved, variances, strict=True):
        yield Effect(key, float(value), float(variance))


def lacking(design: Design) -> tuple[Rows, Rows]:
    """The lines of both tables without a fit."""
    nothing = (None,) * (len(COLUMNS) - 1)
    tests = ((label, len(places), None, None) for label, places in _groups(design).items())
    return tuple((*key, *nothing) for key in _keys(design)), tuple(tests)


def _keys(design: Design) -> list[tuple[Level, str]]:
    return [(level, term.name) for level in design.choices or () for term in design.terms]


def _groups(design: Design) -> dict[str, list[int]]:
    """The places of the coefficients that each term of the formula has, in all levels."""
    p, many = len(design.terms), len(design.choices or ())
    return {
        label: [level * p + at for level in range(many) for at in places]
        for label, places in terms(design).items()
    }


def _back(design: Design) -> Any:
    """From coefficients of scaled columns to those of the columns themselves, level after level."""
    import numpy as np

    return np.kron(np.eye(len(design.choices or ())), back_of(design))
