"""Likelihoods of generalised linear models, and the deviance of the mean alone, from sums of the outcome.

R Core Team, `family` and `logLik`; of a negative binomial Lawless (1987), Canadian Journal of Statistics 15.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import NamedTuple

from fedcli.statistics.families import BINOMIAL, GAMMA, ModelName

#: The sums of `score.SUMS`, and of `score.THETA` where there are some, by name.
Sums = Mapping[str, float]


class Outcome(NamedTuple):
    """An outcome: its model, how many rows there are, its sums, and what its mean is made of.

    `centre` is that of a gaussian outcome, in the units of the design; `theta` of a negative binomial.
    """

    model: ModelName
    n: float
    sums: Sums
    intercept: bool
    offset: bool
    centre: float
    theta: float

    def likelihood(self, deviance: float) -> float:
        """The logarithm of the likelihood at a deviance, in the units of the outcome."""
        sums = self.sums
        if self.model in BINOMIAL:
            return -deviance / 2
        if self.model == "gaussian":
            return _of_gaussian(self.n, deviance, sums)
        if self.model in GAMMA:
            return _of_gamma(deviance, sums)
        if self.model == "negative-binomial":
            return of_counts(sums, deviance)
        return sums["own"] - sums["y"] - deviance / 2 - sums["factorials"]

    def null(self) -> float:
        """The deviance of the mean alone; without an intercept, of nothing (R's convention)."""
        if self.model in BINOMIAL:
            return self._null_of_levels()
        if self.model == "gaussian":
            return self._null_of_numbers()
        if self.model in GAMMA:
            return self._null_of_gamma()
        return self._null_of_theta() if self.model == "negative-binomial" else self._null_of_counts()

    def _null_of_levels(self) -> float:
        y, n = self.sums["y"], self.sums["weights"]
        if not self.intercept:
            return 2 * n * math.log(2)
        return -2 * sum(k * math.log(k / n) for k in (y, n - y) if k > 0)

    def _null_of_numbers(self) -> float:
        y, own, n = self.sums["y"], self.sums["own"], self.sums["weights"]
        if self.intercept:
            return own - y * y / n
        return own + 2 * self.centre * y + n * self.centre * self.centre

    def _null_of_gamma(self) -> float:
        y, logs, n = self.sums["y"], self.sums["own"], self.sums["weights"]
        return 2 * (n * math.log(y / n) - logs) if self.intercept else 2 * (y - n - logs)

    def _null_of_counts(self) -> float:
        y, own, exposure = self.sums["y"], self.sums["own"], self.sums["exposure"]
        if not self.intercept:
            return 2 * (own - self.sums["with_offset"] - (y - exposure))
        return 2 * (own - self.sums["with_offset"] - y * math.log(y / exposure)) if y > 0 else 0.0

    def _null_of_theta(self) -> float:
        """With the theta of the fit; where there is an offset, nobody knows it."""
        if self.offset:
            return math.nan
        y, n, theta = self.sums["y"], self.sums["weights"], self.theta
        mean = y / n if self.intercept else 1.0
        logs = y * math.log(mean) if y > 0 else 0.0
        less = (y + n * theta) * math.log(mean + theta)
        return 2 * (self.sums["own"] - logs - self.sums["saturated"] + less)


def of_counts(sums: Sums, deviance: float) -> float:
    """The likelihood of a negative binomial at a deviance."""
    return sums["gammas"] - sums["factorials"] + sums["own"] - sums["saturated"] - deviance / 2


def _of_gaussian(n: float, deviance: float, sums: Sums) -> float:
    if deviance == 0:
        return math.inf
    return (sums["log_weights"] - n * (math.log(2 * math.pi * deviance / n) + 1)) / 2


def _of_gamma(deviance: float, sums: Sums) -> float:
    """With R's estimate of the shape, n / deviance; its sum of logarithms is `own`."""
    n = sums["weights"]
    if deviance <= 0:
        return math.inf
    shape = n / deviance
    scale = shape * math.log(shape) - shape - math.lgamma(shape)
    return n * scale - sums["own"] - shape * deviance / 2
