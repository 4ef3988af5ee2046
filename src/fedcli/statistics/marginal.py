"""Marginal means of a model: of each level on the scale of its predictor and of its outcome, and in pairs.

They are sums of coefficients with weights from public facts (`language.grid`). On the scale of the outcome
errors are by the delta method (Rao 1973, section 6a.2), and intervals are those of the predictor, carried
over. Pairs of a column are corrected by Holm (1979), A simple sequentially rejective multiple test procedure.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import combinations, groupby
from statistics import NormalDist

from fedcli.model.cells import Cell
from fedcli.model.dataset import Level
from fedcli.model.terms import Mean
from fedcli.statistics.families import ModelName
from fedcli.statistics.fitted import line
from fedcli.statistics.wald import Estimates

_ENDS = ("conf_low", "conf_high")
#: What is told of each level: the predictor, and the mean of the outcome; and of each pair of levels.
MEANS = ("column", "level", "estimate", "std_error", *_ENDS, "mean", "mean_error", "mean_low", "mean_high")
PAIRS = ("column", "level", "other", "estimate", "std_error", "statistic", "p_value", "p_holm", *_ENDS)
Rows = tuple[tuple[Cell | Level, ...], ...]


def marginal(means: Sequence[Mean], model: ModelName, found: Estimates) -> Rows:
    """The lines of `MEANS`."""
    return tuple((one.column, one.level, *_told(one, model, found)) for one in means)


def _told(one: Mean, model: ModelName, found: Estimates) -> Iterator[Cell]:
    value, error = found.combined(dict(enumerate(one.weights)))
    told, error_told, _, _, low, high = line(value, error, found.degrees)
    yield from (told, error_told, low, high)
    mean, slope = response(model, value)
    ends = [response(model, float(end))[0] if isinstance(end, int | float) else None for end in (low, high)]
    yield _known(mean)
    yield None if error_told is None else _known(abs(slope) * error)
    yield from map(_known, ends[::-1] if model == "inverse" else ends)


def response(model: ModelName, eta: float) -> tuple[float, float]:
    """The mean of the outcome at a predictor, and its slope there; not a number where there is none."""
    match model:
        case "binomial":
            e = math.exp(-abs(eta))
            less = e / (1 + e)
            return (1 - less if eta >= 0 else less), less * (1 - less)
        case "probit":
            return NormalDist().cdf(eta), NormalDist().pdf(eta)
        case "cloglog":
            e = math.exp(min(eta, 700.0))
            return -math.expm1(-e), e * math.exp(-e)
        case "inverse":
            return (1 / eta, -1 / eta**2) if eta > 0 else (math.nan, math.nan)
        case "gaussian":
            return eta, 1.0
        case _:
            mean = math.exp(eta) if eta < 700 else math.inf
            return mean, mean


def pairs(means: Sequence[Mean], found: Estimates) -> Rows:
    """The lines of `PAIRS`: the first level less the other, on the scale of the predictor."""
    return tuple(
        row
        for name, some in groupby(means, lambda one: one.column)
        for row in _pairs(name, list(some), found)
    )


def _pairs(name: str, means: list[Mean], found: Estimates) -> Iterator[tuple[Cell | Level, ...]]:
    both = list(combinations(means, 2))
    lines = [tuple(_difference(one, other, found)) for one, other in both]
    corrected = holm([row[3] for row in lines])
    for (one, other), (*told, low, high), p in zip(both, lines, corrected, strict=True):
        yield (name, one.level, other.level, *told, p, low, high)


def _difference(one: Mean, other: Mean, found: Estimates) -> Iterator[Cell]:
    weights = {at: a - b for at, (a, b) in enumerate(zip(one.weights, other.weights, strict=True))}
    return line(*found.combined(weights), found.degrees)


def holm(values: Sequence[Cell]) -> list[float | None]:
    """p-values that hold for all together: the smallest times their number, the next times one fewer."""
    known = sorted((float(p), at) for at, p in enumerate(values) if isinstance(p, int | float))
    told: list[float | None] = [None] * len(values)
    most = 0.0
    for rank, (p, at) in enumerate(known):
        most = told[at] = max(most, min(1.0, (len(known) - rank) * p))
    return told


def unmeant(means: Sequence[Mean]) -> tuple[Rows, Rows]:
    """The lines of both without a fit."""
    alone = tuple((one.column, one.level, *(None,) * (len(MEANS) - 2)) for one in means)
    both = (
        (name, one.level, other.level, *(None,) * (len(PAIRS) - 3))
        for name, some in groupby(means, lambda one: one.column)
        for one, other in combinations(list(some), 2)
    )
    return alone, tuple(both)


def _known(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None
