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


def chi_squared(statistic: float, degrees: float) -> float:
    """The upper tail of the chi-squared distribution."""
    from scipy import special

    return float(special.chdtrc(degrees, statistic))


def f(statistic: float, degrees: float, others: float) -> float:
    """The upper tail of Fisher's F distribution."""
    from scipy import special

    return float(special.fdtrc(degrees, others, statistic))
