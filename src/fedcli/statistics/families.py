"""The families of generalised linear models with their canonical links, row by row.

Starting values are R's (glm.fit, `binomial()$initialize` and `poisson()$initialize`).
"""

from __future__ import annotations

import math
from typing import Literal, NamedTuple, TypeAlias

FamilyName: TypeAlias = Literal["gaussian", "binomial", "poisson"]


class Step(NamedTuple):
    """What a row adds, all times its prior weight: its information, its weighted residual, its deviance."""

    weight: float
    residual: float
    deviance: float


def started(family: FamilyName, y: float, offset: float, weight: float = 1.0) -> Step:
    """The first step, from a fitted value that is close to the outcome itself; no deviance yet."""
    if family == "gaussian":
        return Step(weight, weight * (y - offset), 0.0)
    if family == "binomial":
        mu = (weight * y + 0.5) / (weight + 1)
        told, eta = mu * (1 - mu), math.log(mu / (1 - mu))
    else:
        mu = y + 0.1
        told, eta = mu, math.log(mu)
    return Step(weight * told, weight * (told * (eta - offset) + y - mu), 0.0)


def at(family: FamilyName, y: float, eta: float, weight: float = 1.0) -> Step:
    """The step at a linear predictor."""
    if family == "gaussian":
        return Step(weight, weight * (y - eta), weight * (y - eta) ** 2)
    if family == "binomial":
        mu = 1 / (1 + math.exp(-eta)) if eta >= 0 else math.exp(eta) / (1 + math.exp(eta))
        deviance = 2 * (math.log1p(math.exp(-abs(eta))) + max(eta, 0.0) - y * eta)
        return Step(weight * mu * (1 - mu), weight * (y - mu), weight * deviance)
    mu = math.exp(eta)
    deviance = 2 * (own(family, y) - y * eta - (y - mu))
    return Step(weight * mu, weight * (y - mu), weight * deviance)


def own(family: FamilyName, y: float) -> float:
    """What the null deviance needs of an outcome beside its sum."""
    if family == "gaussian":
        return y * y
    return y * math.log(y) if family == "poisson" and y > 0 else 0.0
