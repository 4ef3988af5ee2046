"""Measures of a fourfold table, and of several that are strata of one: how much likelier is the event?

Rothman, Greenland and Lash (2008), "Modern Epidemiology", chapters 14 and 15. Intervals are of 95 %: of the
odds ratio by Woolf (1955), of the risk ratio by Katz et al. (1978), of the risk difference by Wald's
variance, and of the conditional odds ratio exact (Cornfield 1956). That of Mantel and Haenszel's odds ratio
is by Robins, Breslow and Greenland (1986), that of their risk ratio by Greenland and Robins (1985).

Beside hidden counts the odds ratios, the risk ratio and the risk difference have the interval in which they
must lie: they grow with the exposed who have the event and with the others who lack it, and fall with the
rest.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, TypeAlias

from fedcli.model.cells import Cell
from fedcli.statistics import tails
from fedcli.statistics.figures import ANYTHING, POSITIVE, SHARE, UNTESTED, Formula, Tested, figure, monotone
from fedcli.statistics.interval import Span
from fedcli.statistics.tails import NORMAL_QUANTILE

_SIGNS = (1, -1, -1, 1)
_DIFFERENCE = Span(-1.0, 1.0)
_TAIL = 0.025
#: Beyond this logarithm an odds ratio is no number.
_FAR = 700.0


class Fourfold(NamedTuple):
    """Exposed with and without the event, others with and without it."""

    a: float
    b: float
    c: float
    d: float

    @property
    def exposed(self) -> float:
        """How many are."""
        return self.a + self.b

    @property
    def others(self) -> float:
        """How many are not."""
        return self.c + self.d

    @property
    def events(self) -> float:
        """How many have the event."""
        return self.a + self.c

    @property
    def n(self) -> float:
        """All of them."""
        return self.exposed + self.others


class Measure(NamedTuple):
    """An estimate with the ends of its 95 % interval."""

    estimate: Cell
    conf_low: Cell
    conf_high: Cell


#: An estimate with both ends; None where there is none.
Found: TypeAlias = tuple[float | None, float | None, float | None]
Strata: TypeAlias = Sequence[Fourfold]
_NOTHING: Found = (None, None, None)


def odds_ratio(cells: Sequence[Cell]) -> Measure:
    """(a d) / (b c)."""
    return _monotone(_odds_ratio, cells, POSITIVE)


def risk_ratio(cells: Sequence[Cell]) -> Measure:
    """The risk of the exposed over that of the others."""
    return _monotone(_risk_ratio, cells, POSITIVE)


def risk_difference(cells: Sequence[Cell]) -> Measure:
    """The risk of the exposed less that of the others."""
    return _monotone(_risk_difference, cells, _DIFFERENCE)


def pooled_odds_ratio(cells: Sequence[Cell]) -> Measure:
    """Mantel and Haenszel's, of the four counts of each stratum, one stratum after the other."""
    return _monotone(_pooled_odds_ratio, cells, POSITIVE)


def pooled_risk_ratio(cells: Sequence[Cell]) -> Measure:
    """Mantel and Haenszel's; unknown beside hidden counts, because it does not move in one way with each."""
    return Measure(*(figure(_part(_pooled_risk_ratio, at), cells, POSITIVE) for at in range(3)))


def conditional_odds_ratio(cells: Sequence[Cell]) -> Measure:
    """The likeliest odds ratio given the margins, with its exact interval; R's `fisher.test` tells it."""
    return Measure(*(figure(_part(_conditional, at), cells, POSITIVE) for at in range(3)))


def mantel_haenszel(cells: Sequence[Cell], correction: float) -> Tested:
    """Whether the event goes with exposure in the strata, all in one direction (Mantel and Haenszel 1959)."""

    def statistic(numbers: Sequence[float]) -> float | None:
        return _mantel_haenszel(strata_of(numbers), correction)

    def tail(numbers: Sequence[float]) -> float | None:
        found = statistic(numbers)
        return None if found is None else tails.chi_squared(found, 1)

    found = figure(statistic, cells, POSITIVE)
    return UNTESTED if found is None else Tested(found, 1, figure(tail, cells, SHARE))


def _monotone(of: Callable[[Strata], Found], cells: Sequence[Cell], possible: Span) -> Measure:
    """A measure that moves as the four signs say; its confidence interval is known of numbers alone."""
    signs = _SIGNS * (len(cells) // len(_SIGNS))
    limits = possible if math.isinf(possible.high) else ANYTHING
    low, high = (figure(_part(of, at), cells, limits) for at in (1, 2))
    return Measure(monotone(_part(of, 0), cells, signs, possible), low, high)


def _part(of: Callable[[Strata], Found], at: int) -> Formula:
    return lambda numbers: of(strata_of(numbers))[at]


def strata_of(numbers: Sequence[float]) -> Strata:
    """The four counts of each stratum; those in which nobody is tell nothing."""
    found = [Fourfold(*numbers[at : at + 4]) for at in range(0, len(numbers), 4)]
    return [one for one in found if one.n > 0]


def _ratio(estimate: float, square: float | None) -> Found:
    """A ratio, from the variance of its logarithm."""
    if square is None:
        return estimate, None, None
    width = math.exp(NORMAL_QUANTILE * math.sqrt(square))
    return estimate, estimate / width, estimate * width


def _odds_ratio(strata: Strata) -> Found:
    if len(strata) != 1 or not strata[0].b * strata[0].c:
        return _NOTHING
    a, b, c, d = strata[0]
    return _ratio(a * d / (b * c), 1 / a + 1 / b + 1 / c + 1 / d if a * d else None)


def _risk_ratio(strata: Strata) -> Found:
    if len(strata) != 1 or not strata[0].exposed * strata[0].c:
        return _NOTHING
    [one] = strata
    square = one.b / (one.a * one.exposed) + one.d / (one.c * one.others) if one.a else None
    return _ratio(one.a / one.exposed / (one.c / one.others), square)


def _risk_difference(strata: Strata) -> Found:
    if len(strata) != 1 or not strata[0].exposed * strata[0].others:
        return _NOTHING
    [one] = strata
    apart = one.a / one.exposed - one.c / one.others
    width = NORMAL_QUANTILE * math.sqrt(one.a * one.b / one.exposed**3 + one.c * one.d / one.others**3)
    return apart, apart - width, apart + width


def mantel_haenszel_odds(strata: Strata) -> float | None:
    """Mantel and Haenszel's odds ratio."""
    return _pooled_odds_ratio(strata)[0]


def _pooled_odds_ratio(strata: Strata) -> Found:
    """Robins, Breslow and Greenland (1986), equation 7."""
    r = [one.a * one.d / one.n for one in strata]
    s = [one.b * one.c / one.n for one in strata]
    p = [(one.a + one.d) / one.n for one in strata]
    rs, ss = math.fsum(r), math.fsum(s)
    if not ss:
        return _NOTHING
    if not rs:
        return 0.0, None, None
    pr = math.fsum(x * y for x, y in zip(p, r, strict=True))
    qs = math.fsum((1 - x) * y for x, y in zip(p, s, strict=True))
    both = math.fsum(x * z + (1 - x) * y for x, y, z in zip(p, r, s, strict=True))
    return _ratio(rs / ss, pr / (2 * rs**2) + both / (2 * rs * ss) + qs / (2 * ss**2))


def _pooled_risk_ratio(strata: Strata) -> Found:
    """Greenland and Robins (1985), equation 13."""
    r = math.fsum(one.a * one.others / one.n for one in strata)
    s = math.fsum(one.c * one.exposed / one.n for one in strata)
    if not s:
        return _NOTHING
    of_each = (one.exposed * one.others * one.events / one.n**2 - one.a * one.c / one.n for one in strata)
    return _ratio(r / s, math.fsum(of_each) / (r * s) if r else None)


def _mantel_haenszel(strata: Strata, correction: float) -> float | None:
    """The sum of a less its mean given the margins, squared, over its variance."""
    several = [one for one in strata if one.n > 1]
    apart = abs(math.fsum(one.a - one.exposed * one.events / one.n for one in several))
    variance = math.fsum(
        one.exposed * one.others * one.events * (one.b + one.d) / (one.n**2 * (one.n - 1)) for one in several
    )
    return max(apart - correction, 0.0) ** 2 / variance if variance else None


def _conditional(strata: Strata) -> Found:
    """Where a is the mean of Fisher's noncentral hypergeometric distribution, and where it ends a tail."""
    import numpy as np
    from scipy import special

    if len(strata) != 1:
        return _NOTHING
    [one] = strata
    a, least, most = one.a, max(0.0, one.exposed + one.events - one.n), min(one.exposed, one.events)
    k = np.arange(least, most + 1)
    log = -sum(
        special.gammaln(x + 1) for x in (k, one.exposed - k, one.events - k, one.others - one.events + k)
    )

    def weights(theta: float) -> Any:
        told = log + k * theta
        found = np.exp(told - told.max())
        return found / found.sum()

    if least == most:
        return _NOTHING
    estimate = _solved(lambda theta: float(weights(theta) @ k) - a) if least < a < most else None
    low = _solved(lambda theta: float(weights(theta)[k >= a].sum()) - _TAIL) if a > least else 0.0
    high = _solved(lambda theta: _TAIL - float(weights(theta)[k <= a].sum())) if a < most else None
    return 0.0 if a == least else estimate, low, high


def _solved(growing: Callable[[float], float]) -> float:
    """The odds ratio at whose logarithm a growing function is zero."""
    from scipy import optimize

    return math.exp(optimize.brentq(growing, -_FAR, _FAR, xtol=1e-14, rtol=1e-14))
