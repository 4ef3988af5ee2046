"""The tail of the chi-squared distribution against SciPy's, which answers do not load for it."""

from __future__ import annotations

import math

import pytest
from scipy import special

from fedcli.statistics import tails


@pytest.mark.parametrize("degrees", [1, 2, 3, 4, 5, 9, 20, 101])
@pytest.mark.parametrize("statistic", [1e-12, 0.004, 0.5, 1.0, 3.84, 17.0, 99.5, 600.0])
def test_chi_squared(statistic: float, degrees: int) -> None:
    """Even and odd degrees, from one end to the other."""
    truth = float(special.chdtrc(degrees, statistic))
    assert tails.chi_squared(statistic, degrees) == pytest.approx(truth, rel=1e-12, abs=1e-300)


def test_the_ends() -> None:
    """Nothing is beyond infinity, everything beyond zero; what is no number has no tail."""
    assert (tails.chi_squared(0.0, 3), tails.chi_squared(math.inf, 3)) == (1.0, 0.0)
    assert tails.chi_squared(1e6, 2) == 0.0
    assert math.isnan(tails.chi_squared(math.nan, 2))


@pytest.mark.parametrize("degrees", [*range(1, 13), 29, 30, 99, 100, 101, 1e6, 2.5])
def test_quantiles_of_student(degrees: float) -> None:
    """Of few degrees by hand, of others by SciPy."""
    truth = float(special.stdtrit(degrees, 0.975))
    assert tails.student_quantile(degrees) == pytest.approx(truth, rel=1e-13)
