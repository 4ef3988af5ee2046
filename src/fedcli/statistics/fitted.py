"""From the last sums of a generalised linear model to coefficients, errors and likelihood, as R tells them.

R Core Team, `summary.glm`, `summary.lm` and `logLik`; errors clustered by person are those of Liang and
Zeger (1986) with the factor G/(G-1) (N-1)/(N-p) for G persons, N rows and p terms (Stata, `vce(cluster)`);
HC0 to HC3 are those of White (1980) and MacKinnon and White (1985).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, NamedTuple

from fedcli.model.cells import Cell
from fedcli.model.terms import Design, Term
from fedcli.statistics import tails
from fedcli.statistics.families import DISPERSED, ModelName
from fedcli.statistics.likelihoods import Outcome, of_counts
from fedcli.statistics.reach import has_intercept
from fedcli.statistics.score import SUMS, THETA, Score, pairs
from fedcli.statistics.wald import Estimates

#: By how much of itself a deviance may still change where a fit has converged.
TOLERANCE = 1e-10
#: What is told of each term.
COLUMNS = ("term", "estimate", "std_error", "statistic", "p_value", "conf_low", "conf_high")
#: What is told of a fit as a whole, and of a gaussian one besides.
WHOLE = ("deviance", "null_deviance", "df_residual", "df_null", "log_likelihood", "aic")
GAUSSIAN = ("sigma", "r_squared")
#: What is told of other families besides, and of Firth's estimate.
DISPERSION = ("dispersion",)
NEGATIVE_BINOMIAL = ("theta", "theta_std_error")
FIRTH = ("penalised_log_likelihood",)


class Fitted(NamedTuple):
    """A fit: its design and family, the sums at its end, and the deviance, in the units of the design.

    Of a negative binomial `theta` is its shape; `null` is the deviance of the intercepts alone, where every
    site has one of its own.
    """

    design: Design
    family: ModelName
    total: Score
    beta: tuple[float, ...]
    scaled_deviance: float
    theta: float = 1.0
    null: float | None = None

    @property
    def n(self) -> float:
        """How many rows were fitted."""
        return number(self.total.cells["n"][0])

    @property
    def parameters(self) -> int:
        """How many numbers were fitted but for a scale."""
        return parameters(self.total)

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

    def coefficients(self) -> tuple[tuple[Cell | str, ...], ...]:
        """For each term what `COLUMNS` says, with 95 % intervals."""
        import numpy as np

        found = self.estimates()
        variances = np.diag(found.covariance)
        # Of sums that left at a few digits a variance can come out below zero: then nobody knows it.
        errors = np.sqrt(np.where(variances < 0, np.nan, variances))
        lines = zip(self.design.terms, found.beta, errors, strict=True)
        return tuple((term.name, *line(float(b), float(se), found.degrees)) for term, b, se in lines)

    def estimates(self) -> Estimates:
        """The coefficients in the units of their columns, with their covariance."""
        import numpy as np

        back = back_of(self.design)
        beta = back @ np.array(self.beta) * self.unit
        if self.intercept:
            beta[0] += self.design.outcome.centre
        covariance, degrees = self._covariance()
        return Estimates(beta, back @ covariance @ back.T, degrees)

    def _covariance(self) -> tuple[Any, float]:
        """Of the scaled columns, and the degrees of freedom of their t distribution; infinite: normal."""
        import numpy as np

        n, p, gaussian = self.n, self.parameters, self.family == "gaussian"
        inverse = np.linalg.inv(matrix(self.total, "gram"))
        degrees = n - p if gaussian or self.family in DISPERSED else math.inf
        degrees = math.inf if self.design.correlation else degrees
        if self.design.sandwiched:
            covariance = self.unit**2 * sandwich(self.design, self.total, inverse)
            if self.design.clustered and math.isfinite(degrees):
                degrees = number(self.total.cells["persons"][0]) - 1
        else:
            covariance = (self.deviance / (n - p) if gaussian else self.dispersion) * inverse
        return covariance, degrees

    @property
    def dispersion(self) -> float:
        """By Pearson's residuals, where a family has one that is not 1; a gaussian one's is sigma squared."""
        if self.family not in DISPERSED:
            return 1.0
        return number(self.total.cells["pearson"][0]) / (self.n - self.parameters)

    def whole(self) -> dict[str, Cell]:
        """Deviances, degrees of freedom, likelihood and AIC; nothing where there is no number."""
        n, p, deviance = self.n, self.parameters, self.deviance
        outcome = self._outcome()
        null = (outcome.null() if self.null is None else self.null) * self.unit**2
        told = {
            "deviance": deviance,
            "null_deviance": null,
            "df_residual": n - p,
            "df_null": n - (p - len(self.design.terms)) - int(self.intercept),
            "log_likelihood": outcome.likelihood(deviance),
        }
        own = self.family == "gaussian" or self.family in {"negative-binomial", *DISPERSED}
        told["aic"] = 2 * (p + int(own)) - 2 * told["log_likelihood"]
        told |= self._besides(told["log_likelihood"])
        if self.family == "gaussian":
            told |= {
                "sigma": math.sqrt(deviance / (n - p)),
                "r_squared": 1 - deviance / null if null > 0 else math.nan,
            }
        return {name: value if math.isfinite(value) else None for name, value in told.items()}

    def _outcome(self) -> Outcome:
        """What its sums say of it."""
        centre = self.design.outcome.centre / self.unit if self.family == "gaussian" else 0.0
        offset = self.design.offset is not None
        return Outcome(self.family, self.n, named(self.total), self.intercept, offset, centre, self.theta)

    def _besides(self, likelihood: float) -> dict[str, float]:
        """What is told of some families, and of some estimates."""
        if self.family in DISPERSED:
            return {"dispersion": self.dispersion}
        if self.family == "negative-binomial":
            loses = named(self.total)["information"]
            return {"theta": self.theta, "theta_std_error": 1 / math.sqrt(loses) if loses > 0 else math.nan}
        if not self.design.bias:
            return {}
        scales = sum(math.log(term.scale) for term in self.design.terms)
        return {"penalised_log_likelihood": likelihood + penalty(self.total) / 2 + scales}


def parameters(total: Score) -> int:
    """The columns, and the intercepts of sites that have their own."""
    return total.terms + int(number(total.cells.get("strata", (0,))[0]))


def named(total: Score) -> dict[str, float]:
    """The sums of the outcome by name, and those of a negative binomial."""
    told = dict(zip(SUMS, map(number, total.cells["sums"]), strict=True))
    return told | dict(zip(THETA, map(number, total.cells.get("theta", ())), strict=False))


def at_theta(total: Score) -> float:
    """Minus twice the likelihood of a negative binomial at the coefficients and theta of its sums."""
    return -2 * of_counts(named(total), number(total.cells["deviance"][0]))


def penalty(total: Score) -> float:
    """The logarithm of the determinant of the information (Firth 1993, section 3)."""
    import numpy as np

    return float(np.linalg.slogdet(matrix(total, "gram"))[1])


def sandwich(design: Design, total: Score, inverse: Any) -> Any:
    """The covariance from products of scores, by person or by row, in the units of the design."""
    n, p = number(total.cells["n"][0]), parameters(total)
    factor = n / (n - p) if design.errors == "HC1" else 1.0
    if design.clustered and not design.correlation:
        persons = number(total.cells["persons"][0])
        factor = persons / (persons - 1) * (n - 1) / (n - p)
    return factor * (inverse @ matrix(total, "meat") @ inverse)


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


def spread(total: Score) -> tuple[float, ...]:
    """The upper triangle of the inverse of the information."""
    import numpy as np

    inverse = np.linalg.inv(matrix(total, "gram"))
    return tuple(float(inverse[place]) for place in pairs(total.terms))


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
