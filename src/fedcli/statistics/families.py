"""The families of generalised linear models with their links, row by row.

McCullagh and Nelder (1989), sections 2.5 and 4.3. Starting values are R's (glm.fit, `binomial()$initialize`
and `poisson()$initialize`).
"""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import Literal, NamedTuple, TypeAlias

from fedcli.errors import fault

FamilyName: TypeAlias = Literal["gaussian", "binomial", "poisson", "gamma", "negative-binomial"]
#: A family with its link: by its own name with the usual one, else by the name of the link; or a model of
#: hazards, or of several levels, which are of no family. Usual is the logarithm for gamma and the negative
#: binomial, else the canonical one.
ModelName: TypeAlias = FamilyName | Literal["probit", "cloglog", "inverse", "hazards", "multinomial"]
#: Those whose outcome is 0 or 1, a number above zero, or a count.
BINOMIAL = frozenset[ModelName](("binomial", "probit", "cloglog"))
GAMMA = frozenset[ModelName](("gamma", "inverse"))
COUNTS = frozenset[ModelName](("poisson", "negative-binomial"))
#: Those whose dispersion is that of Pearson's residuals.
DISPERSED = GAMMA
#: The least predictor of a link that is the inverse of a mean: beyond it no mean is.
LEAST = 1e-9


def canonical(model: ModelName) -> FamilyName:
    """The family of a model with its canonical link, or Q-NOISE: how far one moves others is not known."""
    if model == "hazards" or model == "multinomial":  # noqa: PLR1714 - this narrows the type
        raise fault("Q-NOISE", what=f"a model of {'hazards' if model == 'hazards' else 'several levels'}")
    if model == "probit" or model == "cloglog" or model == "inverse":  # noqa: PLR1714 - this narrows the type
        raise fault("Q-NOISE", what=f"the link {model}")
    if model == "gamma" or model == "negative-binomial":  # noqa: PLR1714
        raise fault("Q-NOISE", what=f"the family {model}")
    return model


class Step(NamedTuple):
    """What a row adds, all times its prior weight: its information, its weighted residual, its deviance."""

    weight: float
    residual: float
    deviance: float


def started(family: ModelName, y: float, offset: float, weight: float = 1.0) -> Step:
    """The first step, from a fitted value that is close to the outcome itself; no deviance yet."""
    if family == "gaussian":
        return Step(weight, weight * (y - offset), 0.0)
    if family in BINOMIAL:
        return _started(family, y, offset, weight)
    if family == "inverse":  # it starts at the mean of all, which the sums of the outcome tell
        return Step(weight, weight * y, 0.0)
    if family == "gamma":
        return Step(weight, weight * math.log(y), 0.0)
    mu = y + 0.1
    less = 1 + mu if family == "negative-binomial" else 1.0  # with a theta of one
    return Step(weight * mu / less, weight * (mu * (math.log(mu) - offset) + y - mu) / less, 0.0)


def _started(family: ModelName, y: float, offset: float, weight: float) -> Step:
    """At (w y + 1/2) / (w + 1) for a prior weight w; the link's slope there is what it moves mu by."""
    mu = (weight * y + 0.5) / (weight + 1)
    if family == "probit":
        eta = NormalDist().inv_cdf(mu)
        slope = NormalDist().pdf(eta)
    elif family == "cloglog":
        eta = math.log(-math.log1p(-mu))
        slope = (1 - mu) * math.exp(eta)
    else:
        eta, slope = math.log(mu / (1 - mu)), mu * (1 - mu)
    told = slope / (mu * (1 - mu))
    return Step(weight * told * slope, weight * (told * slope * (eta - offset) + told * (y - mu)), 0.0)


def at(family: ModelName, y: float, eta: float, weight: float = 1.0, theta: float = 1.0) -> Step:
    """The step at a linear predictor."""
    if family == "gaussian":
        return Step(weight, weight * (y - eta), weight * (y - eta) ** 2)
    if family == "binomial":
        mu = 1 / (1 + math.exp(-eta)) if eta >= 0 else math.exp(eta) / (1 + math.exp(eta))
        deviance = 2 * (math.log1p(math.exp(-abs(eta))) + max(eta, 0.0) - y * eta)
        return Step(weight * mu * (1 - mu), weight * (y - mu), weight * deviance)
    if family in ("probit", "cloglog"):
        return _linked(_PARTS[family](eta), y, weight)
    if family in GAMMA:
        return _gamma(family, y, eta, weight)
    mu = math.exp(eta)
    if family == "negative-binomial":
        less = 1 + mu / theta
        ratio = (y + theta) * math.log((y + theta) / (mu + theta))
        return Step(
            weight * mu / less, weight * (y - mu) / less, weight * 2 * (own(family, y) - y * eta - ratio)
        )
    deviance = 2 * (own(family, y) - y * eta - (y - mu))
    return Step(weight * mu, weight * (y - mu), weight * deviance)


def _gamma(family: ModelName, y: float, eta: float, weight: float) -> Step:
    """The deviance of y / mu, which is the same with any link."""
    mu = mean(family, eta)
    deviance = weight * 2 * ((y - mu) / mu - math.log(y / mu))
    if family == "gamma":
        return Step(weight, weight * (y - mu) / mu, deviance)
    return Step(weight * mu * mu, weight * (mu - y), deviance)


def mean(family: ModelName, eta: float) -> float:
    """The mean of a gamma model; beyond its link's end, the largest that there is."""
    return math.exp(eta) if family == "gamma" else 1 / max(eta, LEAST)


def of_theta(y: float, mu: float, theta: float) -> tuple[float, float, float, float]:
    """What a row of a negative binomial adds to the sums of `score.THETA`; y is a count.

    Of log gamma(y + t) - log gamma(t) the slopes are sums over 0 .. y - 1 (Lawless 1987, equation 2.3).
    """
    below = [theta + k for k in range(int(y))]
    slope = math.fsum(1 / one for one in below) + math.log(theta / (mu + theta)) + (mu - y) / (mu + theta)
    loses = math.fsum(1 / one**2 for one in below) - 1 / theta + 2 / (mu + theta)
    return (
        slope,
        loses - (y + theta) / (mu + theta) ** 2,
        math.lgamma(y + theta) - math.lgamma(theta) + theta * math.log(theta),
        (y + theta) * math.log(y + theta),
    )


def _linked(parts: tuple[float, float, float, float], y: float, weight: float) -> Step:
    """From the slopes of log mu and log (1 - mu), and minus twice these logarithms themselves."""
    rises, falls, one, zero = parts
    residual, deviance = (rises, one) if y else (-falls, zero)
    return Step(weight * rises * falls, weight * residual, weight * deviance)


def _probit(eta: float) -> tuple[float, float, float, float]:
    density = math.exp(-eta * eta / 2) / math.sqrt(2 * math.pi)
    above, below = math.erfc(-eta / math.sqrt(2)) / 2, math.erfc(eta / math.sqrt(2)) / 2
    return density / above, density / below, -2 * math.log(above), -2 * math.log(below)


def _cloglog(eta: float) -> tuple[float, float, float, float]:
    e = math.exp(eta)
    return e / math.expm1(e), e, -2 * math.log(-math.expm1(-e)), 2 * e


_PARTS = {"probit": _probit, "cloglog": _cloglog}


def own(family: ModelName, y: float) -> float:
    """What the null deviance needs of an outcome beside its sum."""
    if family == "gaussian":
        return y * y
    if family in GAMMA:
        return math.log(y)
    return y * math.log(y) if family in COUNTS and y > 0 else 0.0
