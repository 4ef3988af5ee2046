"""What a rho of zero-concentrated differential privacy means as epsilon at a delta."""

from __future__ import annotations

import math
from fractions import Fraction


def epsilon(rho: Fraction, delta: Fraction) -> float:
    """The epsilon of rho at a delta: rho + 2 sqrt(rho ln(1/delta)).

    Bun and Steinke (2016), "Concentrated differential privacy: simplifications, extensions, and lower
    bounds", proposition 1.3.
    """
    spent = float(rho)
    return spent + 2 * math.sqrt(spent * -math.log(delta))
