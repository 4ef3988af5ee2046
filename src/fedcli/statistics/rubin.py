"""Estimates from data that were filled in several times, by Rubin's rules.

Rubin (1987), Multiple Imputation for Nonresponse in Surveys, section 3.1; degrees of freedom of Barnard and
Rubin (1999), Small-sample degrees of freedom with multiple imputation, Biometrika 86; several coefficients at
once by Li, Raghunathan and Rubin (1991), Large-sample significance levels from multiply imputed data using
moment-based statistics and an F reference distribution, JASA 86.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from fedcli.model.cells import Cell
from fedcli.statistics import tails
from fedcli.statistics.fitted import COLUMNS, line
from fedcli.statistics.wald import TESTS, Estimates

#: What is told of each term: `fmi` is the share of information that is missing, `riv` by how much the
#: variance grew for it.
POOLED = (*COLUMNS, "df", "riv", "fmi")
TESTED = (*TESTS, "df_denominator")
_LARGEST_CONDITION = 1e12
_LARGEST_DEGREES = 1e12  # beyond, and without any variance between, Student's distribution is the normal one


class Scalar(NamedTuple):
    """One number of m data sets: its mean, the variance within and between, and complete data's degrees."""

    value: float
    within: float
    between: float
    m: int
    complete: float

    @property
    def total(self) -> float:
        """The variance, of chance and of what is missing."""
        return self.within + self._grown

    @property
    def riv(self) -> float:
        """The relative increase in variance."""
        return self._grown / self.within

    @property
    def degrees(self) -> float:
        """Of Student's distribution; Barnard and Rubin (1999), equation 3."""
        share = self._grown / self.total
        observed = (self.complete + 1) / (self.complete + 3) * self.complete * (1 - share)
        if share == 0:
            return observed
        old = (self.m - 1) / share**2
        return old * observed / (old + observed)

    @property
    def fmi(self) -> float:
        """The fraction of missing information; Rubin (1987), equation 3.1.10."""
        return (self.riv + 2 / (self.degrees + 3)) / (self.riv + 1)

    @property
    def _grown(self) -> float:
        return (1 + 1 / self.m) * self.between

    def line(self) -> Iterator[Cell]:
        """What `POOLED` says but for a name."""
        if not self.within > 0:  # a perfect fit, or a variance that rounded sums do not tell
            yield from (self.value, *(None,) * (len(POOLED) - 2))
            return
        yield from line(self.value, math.sqrt(self.total), min(self.degrees, _LARGEST_DEGREES))
        yield from (self.degrees, self.riv, self.fmi)


class Pooled(NamedTuple):
    """The estimates of m data sets, and the degrees of freedom that complete data would have."""

    fits: Sequence[Estimates]
    complete: float

    def combined(self, weights: Mapping[int, float]) -> Scalar:
        """A linear combination of coefficients, by their places."""
        told = [one.combined(weights) for one in self.fits]
        return scalar([value for value, _ in told], [error**2 for _, error in told], self.complete)

    def coefficients(self) -> list[Scalar]:
        """Each of them."""
        return [self.combined({at: 1.0}) for at in range(len(self.fits[0].beta))]

    def tested(self, places: Sequence[int]) -> tuple[Cell, ...]:
        """The test that some coefficients are zero: what `TESTED` says but for a name."""
        import numpy as np

        k, m = len(places), len(self.fits)
        beta = np.array([one.beta[places] for one in self.fits])
        within = np.mean([one.covariance[np.ix_(places, places)] for one in self.fits], axis=0)
        known = np.isfinite(within).all() and np.linalg.cond(within) <= _LARGEST_CONDITION
        if not known:
            return (k, None, None, None)
        between = np.atleast_2d(np.cov(beta, rowvar=False))
        grown = (1 + 1 / m) * float(np.trace(between @ np.linalg.inv(within))) / k
        middle = beta.mean(axis=0)
        statistic = float(middle @ np.linalg.solve(within, middle)) / (k * (1 + grown))
        degrees = _denominator(k, m, grown)
        return (k, statistic, tails.f(statistic, k, min(degrees, _LARGEST_DEGREES)), degrees)


def scalar(values: Sequence[float], variances: Sequence[float], complete: float = math.inf) -> Scalar:
    """One number from its estimates in several data sets, and their variances."""
    m = len(values)
    mean = math.fsum(values) / m
    between = math.fsum((value - mean) ** 2 for value in values) / (m - 1)
    return Scalar(mean, math.fsum(variances) / m, between, m, complete)


def _denominator(k: int, m: int, grown: float) -> float:
    """Li, Raghunathan and Rubin (1991), equations 1.17 to 1.19."""
    t = k * (m - 1)
    if grown == 0:
        return _LARGEST_DEGREES
    if t > 4:
        return 4 + (t - 4) * (1 + (1 - 2 / t) / grown) ** 2
    return t * (1 + 1 / k) * (1 + 1 / grown) ** 2 / 2
