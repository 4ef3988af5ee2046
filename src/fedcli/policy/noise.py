"""The mechanism: the only module that draws noise, and the only one that knows OpenDP.

Whole numbers go in and come out: noise on floats needs far more care (Mironov 2012). The scale is found on
the library's own price of its own measurement, and checked once more in exact rationals. There is no seed.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import lru_cache
from typing import Any, NamedTuple

from fedcli.errors import fault
from fedcli.policy.zcdp import calibrated, lowest_scale

#: OpenDP's answers stay within 64 bits by being cut off there: harmless, but wrong. Entries stay below
#: this, and the noise so narrow that the cut is 32 standard deviations away.
LARGEST, WIDEST = 2**62, 2.0**57
#: How many units in the last place a scale may be nudged by before something must be wrong.
_NUDGES = 64

Make = Callable[[float], Any]


class Drawn(NamedTuple):
    """A noisy vector, in units of the vector, and the standard deviation that its noise was drawn with."""

    vector: tuple[int, ...]
    scale: float


def gaussian(vector: Sequence[int], square: int, rho: Fraction) -> Drawn:
    """The whole vector with discrete Gaussian noise, in one draw that costs `rho` (zCDP).

    `square` is its L2 sensitivity squared: by how much one person can move it, all entries together, in
    units of the vector. B-NOISE where a whole number is not one, is too large, or the price is not right.
    """
    entries = _whole(vector)
    measurement, scale = _calibrated("gaussian", square, rho)
    _priced(measurement, _root(square), rho)
    noisy = measurement(entries)
    if len(noisy) != len(entries):  # OpenDP does not look at lengths
        raise fault("B-NOISE", reason="the noisy vector has another length")
    return Drawn(tuple(noisy), scale)


def loudest(scores: Sequence[int], linf: int, rho: Fraction) -> int:
    """The index of a score that is about the lowest: the best after Gumbel noise, at the price `rho` (zCDP).

    One person can move each score by at most `linf`, up or down (so the distance is not monotonic). B-NOISE
    as above.
    """
    entries = _whole(scores)
    if type(linf) is not int or linf <= 0:  # its square would look like one
        raise fault("B-NOISE", reason="the sensitivity is not a positive whole number")
    measurement, _ = _calibrated("loudest", linf * linf, rho)
    _priced(measurement, linf, rho)
    index = int(measurement(entries))
    if not 0 <= index < len(entries):
        raise fault("B-NOISE", reason="the chosen index is not one of the scores")
    return index


def _whole(vector: Sequence[int]) -> list[int]:
    """The entries, every one a whole number of moderate size."""
    entries = list(vector)
    if not entries:
        raise fault("B-NOISE", reason="the vector is empty")
    if any(type(entry) is not int for entry in entries):
        raise fault("B-NOISE", reason="an entry is not a whole number")
    if any(abs(entry) >= LARGEST for entry in entries):
        raise fault("B-NOISE", reason="an entry is too large")
    return entries


@lru_cache(maxsize=256, typed=True)
def _calibrated(mechanism: str, square: int, rho: Fraction) -> tuple[Any, float]:
    """A measurement whose price, as the library tells it, is at most rho, and its scale, the least.

    It takes about 20 ms, so it is kept. A measurement has no state: each of its draws is a fresh one.
    """
    near = lowest_scale(square, rho)
    make: Make = _normal if mechanism == "gaussian" else _gumbel
    distance: float = _root(square) if mechanism == "gaussian" else math.isqrt(square)
    scale = _searched(make, distance, rho, near)
    for _ in range(_NUDGES):
        if _paid(make(scale), distance, rho) and Fraction(scale) ** 2 * 2 * rho >= square:
            break
        scale = math.nextafter(scale, math.inf)
    if scale > WIDEST or not calibrated(scale, square, rho):
        raise fault("B-NOISE", reason="no scale fits the price")
    return make(scale), scale


def _searched(make: Make, distance: float, rho: Fraction, near: float) -> float:
    """OpenDP's own search. Its bounds are given, since by itself it tries no scale above 2**49."""
    from opendp.mod import binary_search_param

    try:
        return float(binary_search_param(make, distance, _below(rho), bounds=(near / 2, near * 2)))
    except ValueError:
        raise fault("B-NOISE", reason="the library's price is not the expected one") from None


def _priced(measurement: Any, distance: float, rho: Fraction) -> None:
    """Refuse to draw from a measurement that costs more than rho."""
    if not _paid(measurement, distance, rho):
        raise fault("B-NOISE", reason="the noise costs more than was paid")


def _paid(measurement: Any, distance: float, rho: Fraction) -> bool:
    """Whether rho pays for a measurement: a float and a fraction are compared exactly, and NaN is refused."""
    return bool(measurement.map(distance) <= rho)


def _below(rho: Fraction) -> float:
    """The largest float that is not above rho."""
    near = float(rho)
    return near if Fraction(near) <= rho else math.nextafter(near, 0.0)


def _root(square: int) -> float:
    """A float that is not below the root of a whole number, and hardly above it."""
    root = math.sqrt(square)
    while Fraction(root) ** 2 < square:
        root = math.nextafter(root, math.inf)
    return root


def _normal(scale: float) -> Any:
    """The measurement that adds one joint discrete Gaussian to a vector of 64-bit integers."""
    from opendp.domains import atom_domain, vector_domain
    from opendp.measurements import make_gaussian
    from opendp.metrics import l2_distance
    from opendp.mod import enable_features

    enable_features("contrib")
    return make_gaussian(vector_domain(atom_domain(T="i64")), l2_distance(T="f64"), scale)


def _gumbel(scale: float) -> Any:
    """The measurement that tells the index of the lowest entry after noise.

    Its price is (2 linf / scale)**2 / 8: the exponential mechanism is of bounded range 2 linf / scale
    (Cesar and Rogers 2021).
    """
    from opendp.domains import atom_domain, vector_domain
    from opendp.measurements import make_noisy_max
    from opendp.measures import zero_concentrated_divergence
    from opendp.metrics import linf_distance
    from opendp.mod import enable_features

    enable_features("contrib")
    space = vector_domain(atom_domain(T="i64")), linf_distance(T="i64", monotonic=False)
    return make_noisy_max(*space, zero_concentrated_divergence(), scale=scale, negate=True)
