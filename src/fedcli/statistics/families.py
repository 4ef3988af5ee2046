"""The families of generalised linear models with their links, row by row.

McCullagh and Nelder (1989), sections 2.5 and 4.3. Starting values are R's (glm.fit, `binomial()$initialize`
and `poisson()$initialize`).
"""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import Literal, NamedTuple, TypeAlias

from fedcli.errors import fault

FamilyName: TypeAlias = Literal["gaussian", "binomial", "poisson"]
#: A family with its link: by its own name with the canonical one, a binomial by the name of another; or a
#: model of hazards, which is of no family.
ModelName: TypeAlias = FamilyName | Literal["probit", "cloglog", "hazards"]
#: Those whose outcome is 0 or 1.
BINOMIAL = frozenset[ModelName](("binomial", "probit", "cloglog"))


def canonical(model: ModelName) -> FamilyName:
    """The family of a model with its canonical link, or Q-NOISE: how far one moves others is not known."""
    if model == "hazards":
        raise fault("Q-NOISE", what="a model of hazards")
    if model == "probit" or model == "cloglog":  # noqa: PLR1714 - this narrows the type
        raise fault("Q-NOISE", what=f"the link {model}")
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
    mu = y + 0.1
    return Step(weight * mu, weight * (mu * (math.log(mu) - offset) + y - mu), 0.0)


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


def at(family: ModelName, y: float, eta: float, weight: float = 1.0) -> Step:
    """The step at a linear predictor."""
    if family == "gaussian":
        return Step(weight, weight * (y - eta), weight * (y - eta) ** 2)
    if family == "binomial":
        mu = 1 / (1 + math.exp(-eta)) if eta >= 0 else math.exp(eta) / (1 + math.exp(eta))
        deviance = 2 * (math.log1p(math.exp(-abs(eta))) + max(eta, 0.0) - y * eta)
        return Step(weight * mu * (1 - mu), weight * (y - mu), weight * deviance)
    if family in ("probit", "cloglog"):
        return _linked(_PARTS[family](eta), y, weight)
    mu = math.exp(eta)
    deviance = 2 * (own(family, y) - y * eta - (y - mu))
    return Step(weight * mu, weight * (y - mu), weight * deviance)


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
    return y * math.log(y) if family == "poisson" and y > 0 else 0.0
