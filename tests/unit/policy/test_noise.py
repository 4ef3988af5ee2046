"""The mechanism: its price by the library's own account, its distribution, and what it refuses.

Nothing has a seed. Each statistical bound is at 6.5 standard deviations or at a p-value of 1e-11, so that
all of them together fail once in a thousand million runs.
"""

from __future__ import annotations

import math
import subprocess
import sys
from fractions import Fraction
from functools import cache

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from scipy.stats import chi2, norm

from fedcli.errors import FedcliError
from fedcli.policy import noise
from fedcli.policy.noise import Drawn, gaussian, loudest
from fedcli.policy.zcdp import calibrated, lowest_scale

SURE, NEVER = 6.5, 1e-11
DRAWS = 30_000
#: Noise of one unit, of some units, and of a fixed-point number's unit: sensitivity squared and rho.
WIDTHS = {
    "one": (1, Fraction(1, 2)),
    "some": (2, Fraction(1, 100)),
    "fixed point": (3 * 2**68, Fraction(1, 20)),
}
SQUARES = st.one_of(st.integers(1, 10), st.integers(1, 2**72))
RHOS = st.builds(Fraction, st.integers(1, 10**14), st.just(10**12))


@cache
def drawn(width: str) -> tuple[npt.NDArray[np.float64], float]:
    """Many entries of noise around zero, in units of the vector, and their declared width."""
    vector, scale = gaussian([0] * DRAWS, *WIDTHS[width])
    return np.asarray(vector, dtype=np.float64), scale


@settings(max_examples=60, deadline=None, phases=[Phase.generate])
@given(square=SQUARES, rho=RHOS)
def test_the_library_prices_it_at_rho(square: int, rho: Fraction) -> None:
    """OpenDP's map of the very scale, at a distance that is not below the sensitivity, is at most rho."""
    try:
        _, scale = gaussian([0, 1], square, rho)
    except FedcliError:
        assert lowest_scale(square, rho) > noise.WIDEST
        return
    root = math.sqrt(square)
    far = root if Fraction(root) ** 2 >= square else math.nextafter(root, math.inf)
    assert Fraction(_gaussian(scale).map(far)) <= rho
    assert calibrated(scale, square, rho)


@settings(max_examples=30, deadline=None, phases=[Phase.generate])
@given(linf=st.integers(1, 2**40), rho=RHOS)
def test_the_library_prices_a_choice_at_rho(linf: int, rho: Fraction) -> None:
    """The same of the noisy maximum, whose scale is that of the Gaussian: linf / sqrt(2 rho)."""
    measurement, scale = noise._calibrated("loudest", linf * linf, rho)
    assert Fraction(measurement.map(linf)) <= rho
    assert calibrated(scale, linf * linf, rho)


@pytest.mark.parametrize("width", WIDTHS)
def test_moments(width: str) -> None:
    """Mean, variance, skewness and kurtosis are those of a Gaussian of the declared width."""
    values, scale = drawn(width)
    assert calibrated(scale, *WIDTHS[width])
    standard = values / scale
    # The standard errors of the first four moments of a Gaussian; the fourth has a heavier tail.
    assert abs(standard.mean()) < SURE * math.sqrt(1 / DRAWS)
    assert abs(standard.var() - 1) < SURE * math.sqrt(2 / DRAWS)
    assert abs((standard**3).mean()) < SURE * math.sqrt(15 / DRAWS)
    assert abs((standard**4).mean() - 3) < 2 * SURE * math.sqrt(96 / DRAWS)


@pytest.mark.parametrize("width", WIDTHS)
def test_entries_know_nothing_of_each_other(width: str) -> None:
    """The entries of one joint draw are uncorrelated: neighbours, and one half with the other."""
    values, scale = drawn(width)
    for one, other in ((values[1:], values[:-1]), (values[DRAWS // 2 :], values[: DRAWS // 2])):
        assert abs((one * other).mean()) / scale**2 < SURE / math.sqrt(len(one))


def test_the_distribution_is_the_discrete_gaussian() -> None:
    """Chi-square against the masses exp(-x**2 / 2) over the whole numbers."""
    values, scale = drawn("one")
    masses = np.exp(-(np.arange(-40, 41) ** 2) / (2 * scale**2))
    masses /= masses.sum()
    inner = [*range(-2, 3)]
    seen = [np.sum(values < -2), *(np.sum(values == at) for at in inner), np.sum(values > 2)]
    due = [masses[:38].sum(), *(masses[at + 40] for at in inner), masses[43:].sum()]
    assert _fits(np.asarray(seen), np.asarray(due))


def test_a_wide_distribution_is_gaussian() -> None:
    """Chi-square over twenty bins of equal mass."""
    values, scale = drawn("fixed point")
    bins = np.floor(20 * norm.cdf(values / scale)).astype(int)
    assert _fits(np.bincount(bins, minlength=20), np.full(20, 1 / 20))


def test_large_entries_keep_their_noise() -> None:
    """The noise lies around the entry, to the last unit, at both ends of what is allowed."""
    for entry in (noise.LARGEST - 1, 1 - noise.LARGEST):
        vector, scale = gaussian([entry] * 3000, 1, Fraction(1, 200))
        rest = np.asarray([one - entry for one in vector], dtype=np.float64) / scale
        assert abs(rest.mean()) < SURE / math.sqrt(3000)
        assert abs(rest.var() - 1) < SURE * math.sqrt(2 / 3000)


def test_two_draws_differ() -> None:
    """Also in two copies of one process, which is how the vaults of a rehearsal begin."""
    ask = ([0] * 8, 2**68, Fraction(1, 20))
    assert gaussian(*ask).vector != gaussian(*ask).vector
    code = (
        "import os; from fractions import Fraction; from fedcli.policy.noise import gaussian\n"
        "ask = ([0] * 8, 2**68, Fraction(1, 20)); gaussian(*ask)\n"
        "for _ in range(3):\n"
        "    if not (child := os.fork()): print(gaussian(*ask).vector, flush=True); os._exit(0)\n"
        "    os.waitpid(child, 0)\n"
        "print(gaussian(*ask).vector)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert len(set(done.stdout.splitlines())) == 4


def test_the_lowest_is_chosen() -> None:
    """A score that is far below the others wins; the noise is far too narrow to hide that."""
    assert [loudest([900, 500, 0, 500, 900], 1, Fraction(1)) for _ in range(50)] == [2] * 50
    assert loudest([7], 1, Fraction(1)) == 0


def test_choices_are_as_likely_as_priced() -> None:
    """Chi-square: index i wins with probability in proportion to exp(-score / scale)."""
    scores, draws = [0, 1, 2, 4], 2500
    likely = np.exp(-np.asarray(scores) / lowest_scale(1, Fraction(1, 8)))
    seen = np.bincount([loudest(scores, 1, Fraction(1, 8)) for _ in range(draws)], minlength=4)
    assert _fits(seen, likely / likely.sum())


WRONG = [[], [1.0], [math.nan], [True], [2**62], [-(2**62)], [np.int64(1)], ["1"], [None], [1, 2, 0.5]]


@pytest.mark.parametrize("vector", WRONG, ids=str)
def test_only_whole_numbers_of_moderate_size(vector: list[int]) -> None:
    """Whatever else comes is a bug, and says nothing of itself."""
    for ask in (gaussian, loudest):
        with pytest.raises(FedcliError, match="B-NOISE") as caught:
            ask(vector, 1, Fraction(1))
        assert caught.value.data_dependent


@pytest.mark.parametrize("sensitivity", [0, -1, True, 1.0, 2**130])
def test_no_sensitivity(sensitivity: int) -> None:
    """Noise is drawn for a known sensitivity alone, also right after the same number was one."""
    for ask in (gaussian, loudest):
        ask([1], 1, Fraction(1))
        with pytest.raises(FedcliError, match="B-NOISE"):
            ask([1], sensitivity, Fraction(1))


@pytest.mark.parametrize("rho", [Fraction(0), Fraction(-1), 1, 1.0, math.nan, math.inf])
def test_no_price(rho: Fraction) -> None:
    """A price is an exact fraction above zero."""
    for ask in (gaussian, loudest):
        ask([1], 1, Fraction(1))
        with pytest.raises(FedcliError, match="B-NOISE"):
            ask([1], 1, rho)


def test_noise_that_would_be_cut_off() -> None:
    """64 bits hold the noise with 32 standard deviations to spare, or there is none."""
    assert gaussian([0], 2**112, Fraction(1, 2)).scale == 2.0**56
    with pytest.raises(FedcliError, match="B-NOISE"):
        gaussian([0], 2**116, Fraction(1, 2))


class Odd:
    """A measurement that is not what was asked for."""

    def __init__(self, price: float, answer: object) -> None:
        self.price, self.answer = price, answer

    def map(self, _: object) -> float:
        return self.price

    def __call__(self, _: object) -> object:
        return self.answer


@pytest.mark.parametrize("odd", [Odd(1.1, [1, 2]), Odd(math.nan, [1, 2]), Odd(1.0, [1]), Odd(1.0, [1, 2, 3])])
def test_a_measurement_that_is_not_right(odd: Odd, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that costs more than rho, at the moment of the draw, or that loses an entry, tells nothing."""
    assert isinstance(gaussian([1, 2], 1, Fraction(1)), Drawn)
    monkeypatch.setattr(noise, "_calibrated", lambda *_: (odd, 1.0))
    with pytest.raises(FedcliError, match="B-NOISE"):
        gaussian([1, 2], 1, Fraction(1))


@pytest.mark.parametrize("odd", [Odd(1.1, 0), Odd(1.0, 2), Odd(1.0, -1)])
def test_a_choice_that_is_not_right(odd: Odd, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same of a choice."""
    assert loudest([1, 2], 1, Fraction(1)) in (0, 1)
    monkeypatch.setattr(noise, "_calibrated", lambda *_: (odd, 1.0))
    with pytest.raises(FedcliError, match="B-NOISE"):
        loudest([1, 2], 1, Fraction(1))


@pytest.mark.parametrize("factor", [0.4, 0.6, 1.5, 3.0])
def test_a_library_with_other_prices(factor: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where its price is not the one that was proved, no scale is found, whichever of them is right."""
    theirs = noise._normal
    monkeypatch.setattr(noise, "_normal", lambda scale: theirs(scale * factor))
    noise._calibrated.cache_clear()
    with pytest.raises(FedcliError, match="B-NOISE"):
        gaussian([1, 2], 1, Fraction(1))
    noise._calibrated.cache_clear()


def _gaussian(scale: float) -> noise.Any:
    """OpenDP's measurement, made here."""
    from opendp.domains import atom_domain, vector_domain
    from opendp.measurements import make_gaussian
    from opendp.metrics import l2_distance

    return make_gaussian(vector_domain(atom_domain(T="i64")), l2_distance(T="f64"), scale)


def _fits(seen: npt.NDArray[np.int64], likely: npt.NDArray[np.float64]) -> bool:
    """Pearson's chi-square, all expected numbers being above twenty."""
    due = likely * seen.sum()
    assert due.min() > 20
    return float(((seen - due) ** 2 / due).sum()) < chi2.isf(NEVER, len(due) - 1)
