"""One step of a generalised linear model over blocks of rows: products in BLAS, sums in order.

McCullagh and Nelder (1989), Generalized Linear Models, section 2.5; the same figures row by row are in
`statistics.families`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from fedcli.engine.blocks import Block, Vector
from fedcli.engine.tops import Tops
from fedcli.model.terms import Design
from fedcli.statistics.evidence import Top
from fedcli.statistics.families import BINOMIAL, COUNTS, DISPERSED, GAMMA, LEAST, ModelName
from fedcli.statistics.score import START, SUMS, THETA, Shared, pairs
from fedcli.statistics.trained import Trained

#: Of each row: its weight in the information, its weighted residual, and its deviance.
Rows = tuple[Vector | None, Vector, Vector | None]
#: By how much a row's score grows with what its leverage leaves (MacKinnon and White 1985).
_GROWS = {"HC2": 0.5, "HC3": 1.0}


class Step:
    """The sums of a step."""

    def __init__(
        self, design: Design, family: ModelName, state: tuple[float, ...] | None, shared: Shared = START
    ) -> None:
        p = len(design.terms)
        self._design, self._shared = design, shared
        self._family: ModelName = family
        self._beta = None if state is None else np.array(state)
        self._n, self._deviance, self._pearson, self._theta = 0, 0.0, 0.0, np.zeros(len(THETA))
        self._gram, self._score = np.zeros((p, p)), np.zeros(p)
        self._sums = np.zeros(len(SUMS))
        self._memory = np.empty((p, 0))
        self._upper = pairs(p)
        self._persons = _Persons(self._upper) if design.sandwiched else None
        self._spread = _full(shared.spread, p)

    def over(self, blocks: Iterable[Block], entries: Iterable[Block] = ()) -> dict[str, tuple[Any, ...]]:
        """The cells of the score of some blocks; nobody enters late."""
        del entries
        for block in blocks:
            self._add(block)
        first = self._beta is None
        cells: dict[str, tuple[Any, ...]] = {
            "n": (self._n,),
            "gram": tuple(float(self._gram[place]) for place in self._upper),
            "score": tuple(map(float, self._score)),
            "deviance": (None if first else self._deviance,),
            "sums": tuple(map(float, self._sums)),
        }
        if self._persons is not None:
            cells |= self._persons.cells(first)
        if self._family in DISPERSED:
            cells["pearson"] = (None if first else self._pearson,)
        if self._family == "negative-binomial":
            cells["theta"] = tuple(None if first else float(one) for one in self._theta)
        return cells

    #: Of persons who are still followed it knows nothing.
    at_risk: int | None = None
    entered: tuple[int, Top] | None = None
    #: By itself it trains nothing.
    trained: Trained | None = None

    @property
    def within(self) -> tuple[Top, ...]:
        """The largest parts of what two rows of a person have in common; of independent rows, nothing."""
        return ()

    @property
    def meat(self) -> tuple[Top, ...]:
        """The largest parts of what persons' scores add to the errors; empty where none were asked for."""
        return () if self._persons is None else self._persons.tops()

    def _add(self, block: Block) -> None:
        with np.errstate(over="ignore", invalid="ignore"):  # what is not finite is told as D-OVERFLOW
            weight, residual, deviance = self._rows(block)
        if block.weight is not None:
            weight = block.weight if weight is None else weight * block.weight
            residual = residual * block.weight
        self._n += len(block.y)
        self._gram += self._weighted(block.x, weight) @ block.x.T
        if self._spread is not None:
            residual = self._leveraged(block, self._spread, weight, residual)
        self._score += block.x @ residual
        if self._persons is not None:
            self._persons.add(block, residual)
        if deviance is not None:
            self._deviance += _weighted(deviance, block)
        self._sums += sums_of(self._family, block)

    def _weighted(self, x: Vector, weight: Vector | None) -> Vector:
        """The columns times the weight, in memory that the next block uses again."""
        if weight is None:
            return x
        if self._memory.shape[1] < x.shape[1]:
            self._memory = np.empty(x.shape)
        return np.multiply(x, weight, out=self._memory[:, : x.shape[1]])

    def _rows(self, block: Block) -> Rows:
        if self._beta is None:
            return _STARTED[self._family](block)
        eta = self._beta @ block.x
        if block.offset is not None:
            eta += block.offset
        if self._family in DISPERSED:
            self._pearson += _weighted(_relative(self._family, block.y, eta) ** 2, block)
        if self._family == "negative-binomial":
            self._theta += _of_theta(block, np.exp(eta), self._shared.theta)
            return _negative_binomial(block.y, eta, self._shared.theta)
        return AT[self._family](block.y, eta)

    def _leveraged(self, block: Block, spread: Vector, weight: Vector | None, residual: Vector) -> Vector:
        """Residuals by their leverages: grown, or of Firth (1993, Biometrika 80) the score's."""
        leverage = ((spread @ block.x) * block.x).sum(axis=0) * (1.0 if weight is None else weight)
        if self._design.bias is None:
            told: Vector = residual / (1 - leverage) ** _GROWS[str(self._design.errors)]
            return told
        plain = residual if block.weight is None else residual / block.weight
        less: Vector = residual + leverage * (0.5 - block.y + plain)
        return less


class _Persons:
    """The products of persons' scores, summed over persons (Liang and Zeger 1986, equation 9), or by row."""

    def __init__(self, upper: list[tuple[int, int]]) -> None:
        self._upper = upper
        self._n, self._meat = 0, np.zeros(len(upper))
        self._tops = Tops(1, len(upper))

    def add(self, block: Block, residual: Vector) -> None:
        """Take a block, in which all rows of a person are; a row is a person where none are told."""
        scores = block.x * residual
        if block.persons is not None:
            scores = np.add.reduceat(scores, block.persons, axis=1)
        self.take(scores)

    def take(self, scores: Vector) -> None:
        """Take persons' scores."""
        products = np.array([scores[i] * scores[j] for i, j in self._upper])
        self._n += scores.shape[1]
        self._meat += products.sum(axis=1)
        for which, product in enumerate(products):
            self._tops.take(which, np.abs(product[None, :]))

    def cells(self, first: bool) -> dict[str, tuple[Any, ...]]:
        """Before there are coefficients, persons have no scores."""
        meat = (None,) * len(self._upper) if first else tuple(map(float, self._meat))
        return {"meat": meat, "persons": (self._n,)}

    def tops(self) -> tuple[Top, ...]:
        """The largest parts of each sum."""
        return tuple(self._tops.of(0, at) for at in range(len(self._upper)))


def _gaussian(y: Vector, eta: Vector) -> Rows:
    left = y - eta
    return None, left, left * left


def _binomial(y: Vector, eta: Vector) -> Rows:
    """With e = exp(-|eta|), which cannot overflow, the smaller of mu and 1 - mu is e / (1 + e)."""
    e = np.exp(-np.abs(eta))
    larger = 1 / (1 + e)
    return e * larger * larger, _left(y, eta, e, larger), 2 * (np.log1p(e) + np.maximum(eta, 0) - y * eta)


def _left(y: Vector, eta: Vector, e: Vector, larger: Vector) -> Vector:
    """What is left of a yes or no."""
    told: Vector = y - np.where(eta >= 0, larger, e * larger)
    return told


def _left_binomial(y: Vector, eta: Vector) -> Vector:
    e = np.exp(-np.abs(eta))
    return _left(y, eta, e, 1 / (1 + e))


def _left_gaussian(y: Vector, eta: Vector) -> Vector:
    return y - eta


def _poisson(y: Vector, eta: Vector) -> Rows:
    mu = np.exp(eta)
    return mu, y - mu, 2 * (_y_log_y(y) - y * eta - (y - mu))


def _negative_binomial(y: Vector, eta: Vector, theta: float) -> Rows:
    mu = np.exp(eta)
    less = 1 + mu / theta
    ratio = (y + theta) * np.log((y + theta) / (mu + theta))
    return mu / less, (y - mu) / less, 2 * (_y_log_y(y) - y * eta - ratio)


def _of_theta(block: Block, mu: Vector, theta: float) -> Vector:
    """The sums of `THETA`; few counts are different, so that the special functions are of these."""
    from scipy import special

    y = block.y
    counts, place = np.unique(y, return_inverse=True)
    slopes = special.digamma(counts + theta) - special.digamma(theta)
    loses = special.polygamma(1, theta) - special.polygamma(1, counts + theta)
    gammas = special.gammaln(counts + theta) - special.gammaln(theta) + theta * math.log(theta)
    saturated = (counts + theta) * np.log(counts + theta)
    slope = slopes[place] + np.log(theta / (mu + theta)) + (mu - y) / (mu + theta)
    information = loses[place] - 1 / theta + 2 / (mu + theta) - (y + theta) / (mu + theta) ** 2
    lines = (slope, information, gammas[place], saturated[place])
    return np.array([_weighted(line, block) for line in lines])


def _relative(family: ModelName, y: Vector, eta: Vector) -> Vector:
    """The residual of a gamma model, as a part of the mean."""
    told: Vector = y * np.exp(-eta) - 1 if family == "gamma" else y * np.maximum(eta, LEAST) - 1
    return told


def _gamma(y: Vector, eta: Vector) -> Rows:
    left = _relative("gamma", y, eta)
    return None, left, 2 * (left - np.log1p(left))


def _inverse(y: Vector, eta: Vector) -> Rows:
    mu = 1 / np.maximum(eta, LEAST)
    left = _relative("inverse", y, eta)
    return mu * mu, mu - y, 2 * (left - np.log1p(left))


def _probit(y: Vector, eta: Vector) -> Rows:
    """From the logarithms of both tails, which lose nothing far out."""
    from scipy import special

    one, zero = special.log_ndtr(eta), special.log_ndtr(-eta)
    density = -eta * eta / 2 - math.log(2 * math.pi) / 2
    return _linked(y, np.exp(density - one), np.exp(density - zero), -2 * one, -2 * zero)


def _cloglog(y: Vector, eta: Vector) -> Rows:
    """The mean is 1 - exp(-e), with e = exp(eta)."""
    e = np.exp(eta)
    rises = np.where(e > 0, e / np.where(e > 0, np.expm1(e), 1.0), 1.0)
    return _linked(y, rises, e, -2 * np.log(-np.expm1(-e)), 2 * e)


def _linked(y: Vector, rises: Vector, falls: Vector, one: Vector, zero: Vector) -> Rows:
    """From the slopes of log mu and log (1 - mu), and minus twice these logarithms themselves."""
    is_one = y > 0
    return rises * falls, np.where(is_one, rises, -falls), np.where(is_one, one, zero)


#: What rows add at a predictor, by model.
AT: dict[ModelName, Callable[[Vector, Vector], Rows]] = {
    "gaussian": _gaussian,
    "binomial": _binomial,
    "poisson": _poisson,
    "gamma": _gamma,
    "inverse": _inverse,
    "probit": _probit,
    "cloglog": _cloglog,
}

#: The residuals alone, which take half the time.
LEFT: dict[ModelName, Callable[[Vector, Vector], Vector]] = {
    "gaussian": _left_gaussian,
    "binomial": _left_binomial,
}


def _first_gaussian(block: Block) -> Rows:
    return None, block.y if block.offset is None else block.y - block.offset, None


def _first_binomial(block: Block) -> Rows:
    mu = _first_mean(block)
    weight = mu * (1 - mu)
    return weight, weight * _less(np.log(mu / (1 - mu)), block.offset) + block.y - mu, None


def _first_probit(block: Block) -> Rows:
    from scipy import special

    mu = _first_mean(block)
    eta = special.ndtri(mu)
    return _first_linked(block, mu, eta, np.exp(-eta * eta / 2) / math.sqrt(2 * math.pi))


def _first_cloglog(block: Block) -> Rows:
    mu = _first_mean(block)
    e = -np.log1p(-mu)
    return _first_linked(block, mu, np.log(e), (1 - mu) * e)


def _first_mean(block: Block) -> Vector:
    """As R does, (w y + 1/2) / (w + 1) for a prior weight w."""
    w = 1.0 if block.weight is None else block.weight
    told: Vector = (w * block.y + 0.5) / (w + 1)
    return told


def _first_linked(block: Block, mu: Vector, eta: Vector, slope: Vector) -> Rows:
    """With the slope of the mean there."""
    told = slope / (mu * (1 - mu))
    weight = told * slope
    return weight, weight * _less(eta, block.offset) + told * (block.y - mu), None


def _first_poisson(block: Block) -> Rows:
    mu = block.y + 0.1
    return mu, mu * _less(np.log(mu), block.offset) + block.y - mu, None


def _first_negative_binomial(block: Block) -> Rows:
    """As of poisson, with a theta of one."""
    mu, residual, _ = _first_poisson(block)
    assert mu is not None
    return mu / (1 + mu), residual / (1 + mu), None


def _first_gamma(block: Block) -> Rows:
    return None, np.log(block.y), None


_STARTED: dict[ModelName, Callable[[Block], Rows]] = {
    "gaussian": _first_gaussian,
    "binomial": _first_binomial,
    "poisson": _first_poisson,
    "negative-binomial": _first_negative_binomial,
    "gamma": _first_gamma,
    "inverse": _first_gaussian,
    "probit": _first_probit,
    "cloglog": _first_cloglog,
}


def _less(eta: Vector, offset: Vector | None) -> Vector:
    return eta if offset is None else eta - offset


def _weighted(values: Vector, block: Block) -> float:
    return float(values.sum() if block.weight is None else values @ block.weight)


def sums_of(family: ModelName, block: Block) -> list[float]:
    """The sums of the outcome, in the order of `SUMS`."""
    y, offset, weight = block.y, block.offset, block.weight
    n = float(len(y))
    return [
        _weighted(y, block),
        _weighted(_own(family, y), block) if family not in BINOMIAL else 0.0,
        0.0 if offset is None else _weighted(y * offset, block),
        (n if weight is None else float(weight.sum()))
        if offset is None
        else _weighted(np.exp(offset), block),
        _factorials(block) if family in COUNTS else 0.0,
        n if weight is None else float(weight.sum()),
        0.0 if weight is None else float(np.log(weight).sum()),
    ]


def _own(family: ModelName, y: Vector) -> Vector:
    """What the null deviance needs of an outcome beside its sum."""
    if family == "gaussian":
        return y * y
    told: Vector = np.log(y) if family in GAMMA else _y_log_y(y)
    return told


def _full(upper: tuple[float, ...], p: int) -> Vector | None:
    """A symmetric matrix from its upper triangle; nothing from none."""
    if not upper:
        return None
    full = np.empty((p, p))
    for (i, j), value in zip(pairs(p), upper, strict=True):
        full[i, j] = full[j, i] = value
    return full


def _y_log_y(y: Vector) -> Vector:
    told: Vector = y * np.log(np.where(y > 0, y, 1.0))
    return told


def _factorials(block: Block) -> float:
    """The logarithm of y! over all rows; few counts are different."""
    counts, place = np.unique(block.y, return_inverse=True)
    times = np.bincount(place, weights=block.weight)
    return math.fsum(k * math.lgamma(count + 1) for count, k in zip(counts, times, strict=True))
