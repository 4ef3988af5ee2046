"""What noise a rho asks for and what it means, against OpenDP and against the Gaussian's exact curve."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

from fedcli.errors import FedcliError
from fedcli.policy.zcdp import calibrated, epsilon, lowest_scale

SQUARES = st.one_of(st.integers(1, 10), st.integers(1, 2**80))
RHOS = st.builds(Fraction, st.integers(1, 10**14), st.just(10**12))
DELTAS = [Fraction(1, 10), Fraction(1, 10**6), Fraction(1, 10**10), Fraction(1, 10**30)]
SOME = [Fraction(1, 10**6), Fraction(1, 200), Fraction(1, 20), Fraction(1, 2), Fraction(1), Fraction(10)]


@given(square=SQUARES, rho=RHOS)
def test_the_least_scale(square: int, rho: Fraction) -> None:
    """It is enough, and a little less is not."""
    scale = lowest_scale(square, rho)
    assert Fraction(scale) ** 2 * 2 * rho >= square
    assert Fraction(scale * (1 - 1e-14)) ** 2 * 2 * rho < square


@given(square=SQUARES, rho=RHOS)
def test_calibrated_is_enough_and_not_much_more(square: int, rho: Fraction) -> None:
    """What is narrower breaks the promise by however little; what is wider wastes the budget."""
    scale = lowest_scale(square, rho)
    assert calibrated(scale, square, rho)
    assert calibrated(scale * 1.0009, square, rho)
    for wrong in (scale * (1 - 1e-14), scale / 2, scale * 1.0011, scale * 2):
        assert not calibrated(wrong, square, rho)


@pytest.mark.parametrize("scale", [math.nan, math.inf, -math.inf, 0.0, -1.0])
def test_no_scale(scale: float) -> None:
    """Numbers that are no width are not calibrated."""
    assert not calibrated(scale, 2, Fraction(1))


@pytest.mark.parametrize(
    ("square", "rho"),
    [
        (0, 1),
        (-1, 1),
        (True, 1),
        (1.0, 1),
        (2**124, 1),
        (1, 0),
        (1, Fraction(-1, 2)),
        (1, 0.5),
        (1, math.nan),
    ],
)
def test_what_has_no_noise(square: object, rho: object) -> None:
    """No sensitivity, or no price, is no reason to call anything calibrated."""
    asked = Fraction(rho) if isinstance(rho, int) else rho
    for ask in (lowest_scale, lambda *fact: calibrated(1.0, *fact)):
        with pytest.raises(FedcliError, match="B-NOISE"):
            ask(square, asked)  # type: ignore[operator]


@pytest.mark.parametrize("delta", DELTAS)
@pytest.mark.parametrize("rho", SOME)
def test_epsilon_is_that_of_opendp(rho: Fraction, delta: Fraction) -> None:
    """The same conversion written by others: never below theirs, and hardly above."""
    theirs = _theirs(float(rho), float(delta))
    assert theirs * (1 - 1e-12) <= epsilon(rho, delta) <= theirs * (1 + 1e-6) + 1e-9


@pytest.mark.parametrize("delta", DELTAS[:3])
@pytest.mark.parametrize("rho", SOME)
def test_epsilon_is_enough_for_the_gaussian(rho: Fraction, delta: Fraction) -> None:
    """The exact curve of Gaussian noise at this rho (Balle and Wang 2018, theorem 8) is below."""
    told, mu = epsilon(rho, delta), math.sqrt(2 * rho)
    exact = norm.cdf(mu / 2 - told / mu) - math.exp(told) * norm.cdf(-mu / 2 - told / mu)
    assert exact <= delta


@given(rho=RHOS, power=st.integers(1, 20))
def test_epsilon_grows(rho: Fraction, power: int) -> None:
    """With rho, and with a smaller delta."""
    delta = Fraction(1, 10**power)
    assert epsilon(rho, delta) <= epsilon(2 * rho, delta)
    assert epsilon(rho, delta) <= epsilon(rho, delta / 10)


def test_epsilon_of_nothing() -> None:
    """What costs nothing tells nothing; what has no meaning has no epsilon."""
    assert epsilon(Fraction(0), Fraction(1, 10)) == 0.0
    for rho, delta in ((-1, Fraction(1, 2)), (1, Fraction(0)), (1, Fraction(1))):
        with pytest.raises(FedcliError, match="B-NOISE"):
            epsilon(Fraction(rho), delta)


def _theirs(rho: float, delta: float) -> float:
    """OpenDP's conversion, of a Gaussian that costs rho."""
    from opendp.combinators import make_zCDP_to_approxDP
    from opendp.domains import atom_domain
    from opendp.measurements import make_gaussian
    from opendp.metrics import absolute_distance
    from opendp.mod import enable_features

    enable_features("contrib")
    noisy = make_gaussian(atom_domain(T="i64"), absolute_distance(T="f64"), math.sqrt(1 / (2 * rho)))
    found: float = make_zCDP_to_approxDP(noisy).map(1.0).epsilon(delta)
    return found
