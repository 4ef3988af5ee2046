"""Whether the odds ratio of several fourfold tables is one: Breslow and Day's test, with Tarone's correction.

Breslow and Day (1980), "Statistical Methods in Cancer Research", volume 1, section 4.4; Tarone (1985), "On
heterogeneity tests based on efficient scores", Biometrika 72:91-95. The odds ratio that all strata are held
against is Mantel and Haenszel's, which is not the likeliest one: what Breslow and Day's statistic loses by
that, Tarone takes off.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from fedcli.model.cells import Cell
from fedcli.statistics import tails
from fedcli.statistics.figures import POSITIVE, SHARE, UNTESTED, Tested, figure
from fedcli.statistics.fourfold import Fourfold, Strata, mantel_haenszel_odds, strata_of

_TWO = 2


def equal_odds(cells: Sequence[Cell], *, corrected: bool) -> Tested:
    """The test, of the four counts of each stratum; nothing where fewer than two strata tell of odds."""

    def statistic(numbers: Sequence[float]) -> float | None:
        return _statistic(_telling(strata_of(numbers)), corrected)

    def degrees(numbers: Sequence[float]) -> int:
        return len(_telling(strata_of(numbers))) - 1

    def tail(numbers: Sequence[float]) -> float | None:
        found = statistic(numbers)
        return None if found is None else tails.chi_squared(found, degrees(numbers))

    found = figure(statistic, cells, POSITIVE)
    return (
        UNTESTED
        if found is None
        else Tested(found, _whole(figure(degrees, cells)), figure(tail, cells, SHARE))
    )


def _telling(strata: Strata) -> Strata:
    """Those whose margins leave more than one table possible: the others have no odds ratio."""
    return [one for one in strata if all((one.exposed, one.others, one.events, one.n - one.events))]


def _statistic(strata: Strata, corrected: bool) -> float | None:
    pooled = mantel_haenszel_odds(strata)
    if len(strata) < _TWO or not pooled:
        return None
    means = [_expected(one, pooled) for one in strata]
    apart = [one.a - mean for one, mean in zip(strata, means, strict=True)]
    spreads = [_variance(one, mean) for one, mean in zip(strata, means, strict=True)]
    whole = math.fsum(off * off / spread for off, spread in zip(apart, spreads, strict=True))
    return whole - (math.fsum(apart) ** 2 / math.fsum(spreads) if corrected else 0.0)


def _expected(one: Fourfold, odds: float) -> float:
    """How many exposed would have the event, given the margins, if the odds ratio were this one.

    The root of (1 - odds) a^2 + q a - odds exposed events = 0 that is a count, without a difference of like
    numbers.
    """
    most = odds * one.exposed * one.events
    q = one.n - one.exposed - one.events + odds * (one.exposed + one.events)
    return 2 * most / (q + math.sqrt(q * q + 4 * (1 - odds) * most))


def _variance(one: Fourfold, a: float) -> float:
    """Of the exposed with the event, at large counts."""
    cells = (a, one.exposed - a, one.events - a, one.others - one.events + a)
    return 1 / math.fsum(1 / cell for cell in cells)


def _whole(cell: Cell) -> Cell:
    return int(cell) if isinstance(cell, float) else cell
