"""Multiple imputation by chained equations, over the rows of one site.

Van Buuren and Groothuis-Oudshoorn (2011), mice: Multivariate Imputation by Chained Equations in R, Journal of
Statistical Software 45(3). Each column that lacks values is modelled by all others, as they are filled in so
far; the parameters of that model are drawn from what the rows say of them, and then the values: a number by
Bayesian linear regression (Rubin 1987, page 167), a level by logistic regression, multinomial where it is of
several, with the normal approximation (page 169). Columns are taken in turn, over and over.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from fedcli.engine.blocks import Places, Vector
from fedcli.engine.draws import Draws
from fedcli.errors import fault

#: What keeps the sums of columns that tell the same apart, as a part of the number of rows.
_RIDGE = 1e-5
#: Of the coefficients of standardised columns, how much a normal prior says: so that a column that tells the
#: level does not send them off (White, Daniel and Royston 2010).
_PRIOR = 1 / 5**2
_MOST = 25
_STILL = 1e-8
_HALVINGS = 20


class Target(NamedTuple):
    """A column that is filled in: the lines that it has, and where it is a number, its bounds.

    A column with levels has a line for each, or for each but one: then a row without any of them has that.
    """

    lines: tuple[int, ...]
    bounds: tuple[float, float] | None

    @property
    def places(self) -> Places:
        """Its lines, to choose by."""
        return np.array(self.lines, dtype=np.intp)


def completed(rows: Vector, targets: Sequence[Target], cycles: int, draws: Draws) -> Vector:
    """The rows, one line for each number of a row, with what is not a number in the targets' lines filled in.

    Where a column has no more values than its model has columns, it stays as it is.

    Raises:
        DataFault: D-OVERFLOW where values are too large to be squared.
    """
    chain = Chain(rows, targets, draws)
    for _ in range(cycles):
        for target in chain.targets:
            chain.fill(target)
    return chain.rows


class Chain:
    """Some rows, and how far they are filled in."""

    def __init__(self, rows: Vector, targets: Sequence[Target], draws: Draws) -> None:
        self.rows, self._draws = rows.copy(), draws
        self._lacks = {target: np.isnan(rows[target.lines[0]]) for target in targets}
        self.targets, self._use = self._able([one for one in targets if self._lacks[one].any()])
        for target in self.targets:
            self._begin(target)
        self._standardise()

    def fill(self, target: Target) -> None:
        """Draw the values of a column that rows lack anew."""
        lacks, others = self._lacks[target], [*set(range(len(self.rows))).difference(target.lines)]
        columns = np.vstack(
            [np.ones(self.rows.shape[1]), (self.rows[others] - self._means[others]) / self._spreads[others]]
        )
        seen, wanted = columns[:, self._use & ~lacks], columns[:, self._use & lacks]
        known = self.rows[target.places][:, self._use & ~lacks]
        if target.bounds is None:
            drawn = _levels(seen, known, wanted, self._draws)
        else:
            drawn = np.clip(_number(seen, known[0], wanted, self._draws), *target.bounds)[None]
        self.rows[np.ix_(target.places, self._use & lacks)] = drawn

    def _able(self, targets: list[Target]) -> tuple[list[Target], Any]:
        """The columns with more values than their models have columns; and the rows that lack no other."""
        filled = [line for one in targets for line in one.lines]
        use = ~np.isnan(np.delete(self.rows, filled, axis=0)).any(axis=0)
        able = [one for one in targets if int((use & ~self._lacks[one]).sum()) > self._columns(one)]
        return (targets, use) if len(able) == len(targets) else self._able(able)

    def _columns(self, target: Target) -> int:
        """How many columns the model of a column has."""
        return len(self.rows) - len(target.lines) + 1

    def _begin(self, target: Target) -> None:
        """With values of other rows, by chance."""
        lacks = self._lacks[target] & self._use
        known = np.flatnonzero(~self._lacks[target] & self._use)
        chosen = known[(self._draws.uniform(int(lacks.sum())) * len(known)).astype(np.intp)]
        self.rows[np.ix_(target.places, lacks)] = self.rows[np.ix_(target.places, chosen)]

    def _standardise(self) -> None:
        """By the rows at the beginning: so that sums keep their digits, and priors have a meaning."""
        used = self.rows[:, self._use]
        if not used.size:
            self._means, self._spreads = np.zeros((len(used), 1)), np.ones((len(used), 1))
            return
        with np.errstate(over="ignore", invalid="ignore"):
            self._means, spreads = used.mean(axis=1, keepdims=True), used.std(axis=1, keepdims=True)
        if not np.isfinite(spreads).all():
            raise fault("D-OVERFLOW")
        self._spreads = np.where(spreads > 0, spreads, 1.0)


def _number(seen: Vector, known: Vector, wanted: Vector, draws: Draws) -> Vector:
    """Values of a number, by a linear model whose parameters are drawn."""
    gram = seen @ seen.T
    root = np.linalg.cholesky(gram + _RIDGE * len(known) * np.eye(len(gram)))
    beta = np.linalg.solve(root.T, np.linalg.solve(root, seen @ known))
    left = float(((known - beta @ seen) ** 2).sum())
    sigma = math.sqrt(left / draws.chi_squared(len(known) - len(gram)))
    beta = beta + sigma * np.linalg.solve(root.T, draws.normal(len(gram)))
    told: Vector = beta @ wanted + sigma * draws.normal(wanted.shape[1])
    return told


def _levels(seen: Vector, known: Vector, wanted: Vector, draws: Draws) -> Vector:
    """A level of those that occur, as its lines, by a logistic model whose parameters are drawn."""
    every = np.vstack([1 - known.sum(axis=0), known])
    occurs = np.flatnonzero(every.sum(axis=1) > 0)
    beta, root = _fitted(seen, every[occurs[1:]])
    beta = beta + np.linalg.solve(root.T, draws.normal(beta.size)).reshape(beta.shape)
    reached = np.cumsum(_shares(beta @ wanted), axis=0)
    chosen = occurs[(draws.uniform(wanted.shape[1]) > reached[:-1]).sum(axis=0)]
    told: Vector = (chosen == np.arange(1, len(every))[:, None]).astype(np.float64)
    return told


def _shares(eta: Vector) -> Vector:
    """The chances of every level, the first of which has a predictor of zero."""
    whole = np.vstack([np.zeros(eta.shape[1]), eta])
    odds = np.exp(whole - whole.max(axis=0))
    told: Vector = odds / odds.sum(axis=0)
    return told


def _fitted(x: Vector, y: Vector) -> tuple[Vector, Vector]:
    """The coefficients of each level but the first, and the root of their information, by Newton's method."""
    beta: Vector = np.zeros((len(y), len(x)))
    prior = np.tile(np.where(np.arange(len(x)) > 0, _PRIOR, _RIDGE), len(y))
    at = _posterior(x, y, beta, prior)
    for _ in range(_MOST if beta.size else 0):
        shares = _shares(beta @ x)[1:]
        slope = ((y - shares) @ x.T).ravel() - prior * beta.ravel()
        delta = np.linalg.solve(_information(x, shares, prior), slope).reshape(beta.shape)
        for _ in range(_HALVINGS):
            reached = _posterior(x, y, beta + delta, prior)
            if reached >= at:
                break
            delta = delta / 2
        beta = np.add(beta, delta)
        gained, at = reached - at, reached
        if gained <= _STILL * (1 + abs(at)):
            break
    root = np.linalg.cholesky(_information(x, _shares(beta @ x)[1:], prior))
    return beta, root.astype(np.float64)


def _posterior(x: Vector, y: Vector, beta: Vector, prior: Vector) -> float:
    """The logarithm of likelihood times prior."""
    shares = _shares(beta @ x)
    likelihood = np.log(np.maximum(np.vstack([1 - y.sum(axis=0), y]) * shares, 0).sum(axis=0))
    return float(likelihood.sum() - (prior * beta.ravel() ** 2).sum() / 2)


def _information(x: Vector, shares: Vector, prior: Vector) -> Vector:
    """What the rows and the prior say of the coefficients."""
    k, p = len(shares), len(x)
    found = np.empty((k, p, k, p))
    for one in range(k):
        for other in range(k):
            weight = shares[one] * ((one == other) - shares[other])
            found[one, :, other, :] = (x * weight) @ x.T
    told: Vector = found.reshape(k * p, k * p) + np.diag(prior)
    return told
