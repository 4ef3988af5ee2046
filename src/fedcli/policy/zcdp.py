"""Zero-concentrated differential privacy in numbers: what noise a rho asks for, and what a rho means.

Pure arithmetic on public facts. The signer checks with it what the vault says of its noise, without the
library that drew it.
"""

from __future__ import annotations

import math
from fractions import Fraction

from fedcli.errors import fault

#: Noise may be this much wider than rho asks for, in standard deviations, and no more: rounding needs a
#: few units in the last place, and what is wider than that is a mistake that costs the answer.
LOOSEST = Fraction(1001, 1000)
_GOLDEN = (math.sqrt(5) - 1) / 2


def lowest_scale(square: int, rho: Fraction) -> float:
    """The least standard deviation that rho allows, sqrt(square / (2 rho)), rounded up.

    `square` is the L2 sensitivity squared, in units of the vector (Bun and Steinke 2016, proposition 1.6;
    the same for the discrete Gaussian: Canonne, Kamath and Steinke 2020, theorem 4).
    """
    _asked(square, rho)
    least = Fraction(square) / (2 * rho)
    scale = math.sqrt(least)
    while Fraction(scale) ** 2 < least:
        scale = math.nextafter(scale, math.inf)
    return scale


def calibrated(scale: float, square: int, rho: Fraction) -> bool:
    """Whether noise of this standard deviation costs no more than rho, and is not wider than it need be.

    In exact rationals: least <= scale squared <= least * `LOOSEST` squared.
    """
    _asked(square, rho)
    if not math.isfinite(scale) or scale <= 0:
        return False
    least = Fraction(square) / (2 * rho)
    return least <= Fraction(scale) ** 2 <= least * LOOSEST**2


def epsilon(rho: Fraction, delta: Fraction) -> float:
    """The least epsilon for which rho-zCDP is known to be (epsilon, delta)-DP, rounded up.

    Canonne, Kamath and Steinke (2020), "The Discrete Gaussian for Differential Privacy", proposition 12:
    for every order alpha > 1, with x = alpha - 1,

        epsilon = (1 + x) rho + (log(1/delta) - log(1 + x)) / x - log(1 + 1/x).

    Every x gives a true bound, so where the search ends decides how tight it is, never whether it holds.
    It has one valley: for a fixed epsilon the derivative of log(delta) by alpha grows, as their corollary
    13 shows, so all orders that are good enough lie side by side.
    """
    if rho < 0 or not 0 < delta < 1:
        raise fault("B-NOISE", reason="rho is below zero, or delta is not between 0 and 1")
    if rho == 0:
        return 0.0
    lowest = _valley(math.nextafter(float(rho), math.inf), -math.log(delta))
    return max(0.0, lowest + 1e-12 * (1 + lowest))


def _valley(rho: float, log_delta: float) -> float:
    """The least epsilon over log(alpha - 1), by golden section; `log_delta` is log(1/delta)."""

    def at(t: float) -> float:
        x = math.exp(t)
        return (1 + x) * rho + (log_delta - math.log1p(x)) / x - math.log1p(math.exp(-t))

    low, high = -30.0, 60.0
    for _ in range(120):
        step = _GOLDEN * (high - low)
        if at(high - step) < at(low + step):
            high = low + step
        else:
            low = high - step
    return min(at(low), at(high))


def _asked(square: int, rho: Fraction) -> None:
    """Refuse a sensitivity or a rho for which no noise is defined; below 2**124 no float overflows."""
    if type(square) is not int or not 0 < square < 2**124:
        raise fault("B-NOISE", reason="the sensitivity is not a positive whole number")
    if not isinstance(rho, Fraction) or rho <= 0:
        raise fault("B-NOISE", reason="rho is not a fraction above zero")
