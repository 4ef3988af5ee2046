"""How much of a distribution lies beyond a statistic; SciPy is loaded when an answer needs it."""

from __future__ import annotations

import math
from functools import cache
from statistics import NormalDist

#: The quantile of a 95 % interval of the normal distribution.
NORMAL_QUANTILE = NormalDist().inv_cdf(0.975)
#: Up to so many degrees of freedom, of a whole number, a quantile is found without SciPy.
_FEW = 100
_HALVINGS = 60


def normal(statistic: float) -> float:
    """Both tails of the standard normal distribution."""
    return math.erfc(abs(statistic) / math.sqrt(2))


def student(statistic: float, degrees: float) -> float:
    """Both tails of Student's t distribution."""
    from scipy import special

    return 2 * float(special.stdtr(degrees, -abs(statistic)))


@cache
def student_quantile(degrees: float) -> float:
    """The quantile of a 95 % interval."""
    if degrees <= _FEW and degrees == int(degrees) > 0:
        return _quantile_of_few(int(degrees))
    from scipy import special

    return float(special.stdtrit(degrees, 0.975))


def _quantile_of_few(degrees: int) -> float:
    """By halving the angle whose tangent times the root of the degrees it is."""
    low, high = 0.0, math.pi / 2
    for _ in range(_HALVINGS):
        angle = (low + high) / 2
        low, high = (angle, high) if _within(angle, degrees) < 0.95 else (low, angle)
    return math.sqrt(degrees) * math.tan((low + high) / 2)


def _within(angle: float, degrees: int) -> float:
    """What of Student's t is within an angle: Abramowitz and Stegun (1964), 26.7.3 and 26.7.4.

    Loading SciPy for it takes longer than most answers, and several sites are few degrees of freedom.
    """
    odd = degrees % 2
    part = math.cos(angle) if odd else 1.0
    parts = [part] if degrees > 1 else []
    for k in range(1 + odd, degrees - 2, 2):
        part *= math.cos(angle) ** 2 * k / (k + 1)
        parts.append(part)
    told = math.sin(angle) * math.fsum(parts)
    return 2 / math.pi * (angle + told) if odd else told


def chi_squared(statistic: float, degrees: int) -> float:
    """The upper tail of the chi-squared distribution.

    Abramowitz and Stegun (1964), 26.4.4 and 26.4.5: a sum of as many parts as half the degrees, none of them
    negative. SciPy's is the same, and takes longer to load than most answers to compute.
    """
    half = statistic / 2
    if half <= 0 or half == math.inf:
        return 1.0 if half <= 0 else 0.0
    whole, odd = divmod(degrees, 2)
    powers = (k + odd / 2 for k in range(whole))
    parts = (math.exp(power * math.log(half) - half - math.lgamma(power + 1)) for power in powers)
    return min(math.fsum([math.erfc(math.sqrt(half)) if odd else 0.0, *parts]), 1.0)


def f(statistic: float, degrees: float, others: float) -> float:
    """The upper tail of Fisher's F distribution."""
    from scipy import special

    return float(special.fdtrc(degrees, others, statistic))
