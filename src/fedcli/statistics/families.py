"""The families of generalised linear models with their canonical links, row by row.

Starting values are R's (glm.fit, `binomial()$initialize` and `poisson()$initialize`).
"""

from __future__ import annotations

import math
from typing import Literal, NamedTuple, TypeAlias

FamilyName: TypeAlias = Literal["gaussian", "binomial", "poisson"]


class Step(NamedTuple):
    """What a row adds: its weight, its working residual times the weight, and its deviance."""

    weight: float
    residual: float
    deviance: float


def started(family: FamilyName, y: float, offset: float) -> Step:
    """The first step, from a fitted value that is close to the outcome itself; no deviance yet."""
    mu = {"gaussian": y, "binomial": (y + 0.5) / 2, "poisson": y + 0.1}[family]
    if family == "gaussian":
        return Step(1.0, y - offset, 0.0)
    if family == "binomial":
        weight = mu * (1 - mu)
        return Step(weight, weight * (math.log(mu / (1 - mu)) - offset) + y - mu, 0.0)
    return Step(mu, mu * (math.log(mu) - offset) + y - mu, 0.0)


def at(family: FamilyName, y: float, eta: float) -> Step:
    """The step at a linear predictor."""
    if family == "gaussian":
        return Step(1.0, y - eta, (y - eta) ** 2)
    if family == "binomial":
        mu = 1 / (1 + math.exp(-eta)) if eta >= 0 else math.exp(eta) / (1 + math.exp(eta))
        return Step(mu * (1 - mu), y - mu, 2 * (math.log1p(math.exp(-abs(eta))) + max(eta, 0.0) - y * eta))
    mu = math.exp(eta)
    own = y * math.log(y) if y > 0 else 0.0
    return Step(mu, y - mu, 2 * (own - y * eta - (y - mu)))


def own(family: FamilyName, y: float) -> float:
    """What the null deviance needs of an outcome beside its sum."""
    if family == "gaussian":
        return y * y
    return y * math.log(y) if family == "poisson" and y > 0 else 0.0
