"""Meta-analysis: the estimates of several sites put together, and how far they differ.

DerSimonian and Laird (1986) and Paule and Mandel (1982) for the variance between sites by moments,
Viechtbauer (2005) for it by restricted maximum likelihood (Fisher scoring, as R's metafor); Hartung and Knapp
(2001) for the interval of the random effect, Higgins, Thompson and Spiegelhalter (2009) for that of a new
site, Higgins and Thompson (2002) for I squared.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

from fedcli.model.cells import Cell
from fedcli.model.dataset import Level
from fedcli.model.identifiers import Name
from fedcli.statistics import tails

_STEPS, _CLOSE = 200, 1e-13
#: What is told of the estimates of several sites together.
FIGURES = (
    *("sites", "q", "df", "p_value", "i2", "tau2", "tau2_dl", "tau2_pm", "fixed", "fixed_error"),
    *("random", "random_error", "conf_low", "conf_high", "predict_low", "predict_high"),
)


class Effect(NamedTuple):
    """What the rows of one site alone estimate: of what, how much, with which variance."""

    of: tuple[Level, ...]
    estimate: float
    variance: float


class Estimate(NamedTuple):
    """The estimate of a site with its variance, which is above zero."""

    site: Name
    value: float
    variance: float


class Mean(NamedTuple):
    """A weighted mean and its standard error."""

    value: float
    error: float


def mean(some: Sequence[Estimate], between: float = 0.0) -> Mean:
    """The mean weighted by precision, at a variance between sites; at none it is the fixed effect."""
    weights = _weights(some, between)
    return Mean(_mean(some, weights), 1 / math.sqrt(math.fsum(weights)))


def spread(some: Sequence[Estimate], between: float = 0.0) -> float:
    """Cochran's Q: squares about the weighted mean, at a variance between sites."""
    weights = _weights(some, between)
    middle = _mean(some, weights)
    return math.fsum(w * (one.value - middle) ** 2 for w, one in zip(weights, some, strict=True))


def by_moments(some: Sequence[Estimate]) -> float:
    """The variance between sites of DerSimonian and Laird."""
    weights = _weights(some, 0.0)
    total = math.fsum(weights)
    scale = total - math.fsum(w * w for w in weights) / total
    return max(0.0, (spread(some) - (len(some) - 1)) / scale)


def by_squares(some: Sequence[Estimate]) -> float:
    """That of Paule and Mandel: where Q is what is expected of it. Q falls as the variance grows."""
    wanted = len(some) - 1
    if spread(some) <= wanted:
        return 0.0
    low, high = 0.0, 1.0
    while spread(some, high) > wanted:
        low, high = high, 2 * high
    while low < (middle := (low + high) / 2) < high:
        low, high = (middle, high) if spread(some, middle) > wanted else (low, middle)
    return middle


def by_likelihood(some: Sequence[Estimate]) -> float:
    """That of restricted maximum likelihood, from the one by moments on."""
    between = by_moments(some)
    for _ in range(_STEPS):
        moved = max(0.0, between + _scored(some, between))
        if abs(moved - between) <= _CLOSE * (1 + moved):
            return moved
        between = moved
    return between


def figures(some: Sequence[Estimate]) -> dict[str, Cell]:
    """What `FIGURES` says of two sites or more; a prediction wants three."""
    k, q, between = len(some), spread(some), by_likelihood(some)
    fixed, random = mean(some), mean(some, between)
    error = random.error * math.sqrt(spread(some, between) / (k - 1))
    half = tails.student_quantile(k - 1) * error
    further = math.sqrt(between + random.error**2)
    wide = tails.student_quantile(k - 2) * further if k > 2 else math.nan
    told = (
        *(k, q, k - 1, tails.chi_squared(q, k - 1), max(0.0, 1 - (k - 1) / q) if q else 0.0),
        *(between, by_moments(some), by_squares(some), *fixed, random.value, error),
        *(random.value - half, random.value + half, random.value - wide, random.value + wide),
    )
    return {name: None if math.isnan(value) else value for name, value in zip(FIGURES, told, strict=True)}


def without_each(
    some: Sequence[Estimate], told: Callable[[Sequence[Estimate]], dict[str, Cell]] = figures
) -> list[tuple[Name, dict[str, Cell]]]:
    """The same of all sites but one, for each of three sites or more."""
    if len(some) < 3:
        return []
    return [(one.site, told([other for other in some if other is not one])) for one in some]


def _weights(some: Sequence[Estimate], between: float) -> list[float]:
    return [1 / (one.variance + between) for one in some]


def _mean(some: Sequence[Estimate], weights: Sequence[float]) -> float:
    total = math.fsum(weights)
    return math.fsum(w * one.value for w, one in zip(weights, some, strict=True)) / total


def _scored(some: Sequence[Estimate], between: float) -> float:
    """A step of Fisher scoring: (y'PPy - tr P) / tr PP, with P = W - W11'W / 1'W1 (Viechtbauer 2005)."""
    weights = _weights(some, between)
    one, two, three = (math.fsum(w**power for w in weights) for power in (1, 2, 3))
    middle = _mean(some, weights)
    squares = math.fsum((w * (e.value - middle)) ** 2 for w, e in zip(weights, some, strict=True))
    return (squares - (one - two / one)) / (two - 2 * three / one + (two / one) ** 2)
