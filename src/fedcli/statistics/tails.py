"""How much of a distribution lies beyond a statistic; SciPy is loaded when an answer needs it."""

from __future__ import annotations

import math
from statistics import NormalDist

#: The quantile of a 95 % interval of the normal distribution.
NORMAL_QUANTILE = NormalDist().inv_cdf(0.975)


def normal(statistic: float) -> float:
    """Both tails of the standard normal distribution."""
    return math.erfc(abs(statistic) / math.sqrt(2))


def student(statistic: float, degrees: float) -> float:
    """Both tails of Student's t distribution."""
    from scipy import special

    return 2 * float(special.stdtr(degrees, -abs(statistic)))


def student_quantile(degrees: float) -> float:
    """The quantile of a 95 % interval."""
    from scipy import special

    return float(special.stdtrit(degrees, 0.975))


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
