"""From the last sums of a generalised linear model to coefficients, errors and likelihood, as R tells them.

R Core Team, `summary.glm`, `summary.lm` and `logLik`; errors clustered by person are those of Liang and
Zeger (1986) with the factor G/(G-1) (N-1)/(N-p) for G persons, N rows and p terms (Stata, `vce(cluster)`).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, NamedTuple

from fedcli.model.cells import Cell
from fedcli.model.terms import Design, Term
from fedcli.statistics import tails
from fedcli.statistics.families import BINOMIAL, ModelName
from fedcli.statistics.reach import has_intercept
from fedcli.statistics.score import SUMS, Score, pairs

#: By how much of itself a deviance may still change where a fit has converged.
TOLERANCE = 1e-10
#: What is told of each term.
COLUMNS = ("term", "estimate", "std_error", "statistic", "p_value", "conf_low", "conf_high")
#: What is told of a fit as a whole, and of a gaussian one besides.
WHOLE = ("deviance", "null_deviance", "df_residual", "df_null", "log_likelihood", "aic")
GAUSSIAN = ("sigma", "r_squared")


class Fitted(NamedTuple):
    """A fit: its design and family, the sums at its end, and the deviance, in the units of the design."""

    design: Design
    family: ModelName
    total: Score
    beta: tuple[float, ...]
    scaled_deviance: float

    @property
    def n(self) -> float:
        """How many rows were fitted."""
        return number(self.total.cells["n"][0])

    @property
    def unit(self) -> float:
        """What one unit of the scaled outcome is."""
        return self.design.outcome.scale

    @property
    def deviance(self) -> float:
        """In the units of the outcome."""
        return self.scaled_deviance * self.unit**2

    @property
    def intercept(self) -> bool:
        """Whether the design has one; it is the first term then."""
        return has_intercept(self.design)

    def sums(self) -> dict[str, float]:
        """The sums of the outcome by name."""
        return dict(zip(SUMS, map(number, self.total.cells["sums"]), strict=True))

    def coefficients(self) -> tuple[tuple[Cell | str, ...], ...]:
        """For each term what `COLUMNS` says, with 95 % intervals."""
        import numpy as np

        back = back_of(self.design)
        beta = back @ np.array(self.beta) * self.unit
        if self.intercept:
            beta[0] += self.design.outcome.centre
        errors, degrees = self._errors(back)
        lines = zip(self.design.terms, beta, errors, strict=True)
        return tuple((term.name, *line(float(b), float(se), degrees)) for term, b, se in lines)

    def _errors(self, back: Any) -> tuple[Any, float]:
        """Standard errors, and the degrees of freedom of their t distribution; infinite: normal."""
        import numpy as np

        n, p, gaussian = self.n, self.total.terms, self.family == "gaussian"
        inverse = np.linalg.inv(matrix(self.total, "gram"))
        if self.design.clustered:
            persons = number(self.total.cells["persons"][0])
            factor = persons / (persons - 1) * (n - 1) / (n - p) * self.unit**2
            covariance = factor * (inverse @ matrix(self.total, "meat") @ inverse)
            degrees = persons - 1 if gaussian else math.inf
        else:
            covariance = (self.deviance / (n - p) if gaussian else 1.0) * inverse
            degrees = n - p if gaussian else math.inf
        variances = np.diag(back @ covariance @ back.T)
        # Of sums that left at a few digits a variance can come out below zero: then nobody knows it.
        return np.sqrt(np.where(variances < 0, np.nan, variances)), degrees

    def whole(self) -> dict[str, Cell]:
        """Deviances, degrees of freedom, likelihood and AIC; nothing where there is no number."""
        n, p, deviance = self.n, self.total.terms, self.deviance
        null = self._null() * self.unit**2
        told = {
            "deviance": deviance,
            "null_deviance": null,
            "df_residual": n - p,
            "df_null": n - int(self.intercept),
            "log_likelihood": self._log_likelihood(),
        }
        told["aic"] = 2 * (p + int(self.family == "gaussian")) - 2 * told["log_likelihood"]
        if self.family == "gaussian":
            told |= {
                "sigma": math.sqrt(deviance / (n - p)),
                "r_squared": 1 - deviance / null if null > 0 else math.nan,
            }
        return {name: value if math.isfinite(value) else None for name, value in told.items()}

    def _log_likelihood(self) -> float:
        n, deviance, sums = self.n, self.deviance, self.sums()
        if self.family == "gaussian" and deviance == 0:
            return math.inf
        if self.family == "gaussian":
            return (sums["log_weights"] - n * (math.log(2 * math.pi * deviance / n) + 1)) / 2
        if self.family in BINOMIAL:
            return -deviance / 2
        return sums["own"] - sums["y"] - deviance / 2 - sums["factorials"]

    def _null(self) -> float:
        """The deviance of the mean alone; without an intercept, of nothing (R's convention)."""
        sums = self.sums()
        y, own, n = sums["y"], sums["own"], sums["weights"]
        if self.family == "gaussian":
            centre = self.design.outcome.centre / self.unit
            return own - y * y / n if self.intercept else own + 2 * centre * y + n * centre * centre
        if self.family in BINOMIAL:
            return _null_of_levels(y, n) if self.intercept else 2 * n * math.log(2)
        if not self.intercept:
            return 2 * (own - sums["with_offset"] - (y - sums["exposure"]))
        return 2 * (own - sums["with_offset"] - y * math.log(y / sums["exposure"])) if y > 0 else 0.0


def _null_of_levels(y: float, n: float) -> float:
    return -2 * sum(k * math.log(k / n) for k in (y, n - y) if k > 0)


def lacking(terms: tuple[Term, ...]) -> tuple[tuple[Cell | str, ...], ...]:
    """The lines of terms without a fit."""
    return tuple((term.name, *(None,) * (len(COLUMNS) - 1)) for term in terms)


def line(beta: float, error: float, degrees: float) -> Iterator[Cell]:
    """An estimate with its error, statistic, p-value and 95 % interval."""
    if math.isnan(error):
        yield from (beta, *(None,) * 5)
        return
    if not error:  # a perfect fit leaves nothing to measure an estimate by
        yield from (beta, 0.0, None, None, beta, beta)
        return
    statistic = beta / error
    if math.isfinite(degrees):
        beyond, quantile = tails.student(statistic, degrees), tails.student_quantile(degrees)
    else:
        beyond, quantile = tails.normal(statistic), tails.NORMAL_QUANTILE
    half = quantile * error
    yield from (beta, error, statistic, beyond, beta - half, beta + half)


def known(total: Score) -> bool:
    """Whether there is a number in each cell that a step is made of."""
    rows = (total.cells[name] for name in ("n", "gram", "score", "sums"))
    return all(isinstance(cell, int | float) for row in rows for cell in row)


def tolerance(total: Score) -> float:
    """By how much of itself a deviance may still change at the end; where sums are rounded, as they are."""
    digits = total.digits.get("deviance")
    return TOLERANCE if digits is None else max(TOLERANCE, 10.0 ** (2 - digits))


def matrix(total: Score, field: str) -> Any:
    """An upper triangle as a full matrix."""
    import numpy as np

    full = np.zeros((total.terms, total.terms))
    for (i, j), cell in zip(pairs(total.terms), total.cells[field], strict=True):
        full[i, j] = full[j, i] = number(cell)
    return full


def number(cell: Cell) -> float:
    """A cell of a model, in which nothing is suppressed."""
    assert isinstance(cell, int | float)
    return float(cell)


def back_of(design: Design) -> Any:
    """From coefficients of scaled columns to those of the columns themselves."""
    import numpy as np

    back = np.diag([1 / term.scale for term in design.terms])
    if has_intercept(design):
        back[0, 1:] = [-term.centre / term.scale for term in design.terms[1:]]
    return back
