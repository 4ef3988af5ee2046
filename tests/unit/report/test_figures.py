"""Numbers with noise as people read them: no more digits than are worth something."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fedcli.report.figures import about, power, upwards


@pytest.mark.parametrize(
    ("value", "accuracy", "told"),
    [
        (3050, 7.59, "3050.0 ± 7.6"),
        (5272.664, 55.78, "5273 ± 56"),
        (3304.0, 263.0, "3300 ± 270"),
        (58.98915, 0.4338, "58.99 ± 0.44"),
        (-7.47, 55.78, "-7 ± 56"),
        (-0.4, 11.0, "0 ± 11"),
        (-1e-9, 0.1, "0.00 ± 0.10"),
        (123456, 99.6, "123456 ± 100"),
    ],
)
def test_a_number_with_noise(value: float, accuracy: float, told: str) -> None:
    """Two significant digits of the accuracy, and the number up to the same place."""
    assert about(value, accuracy) == told


@given(st.floats(-1e12, 1e12), st.floats(1e-9, 1e9))
def test_what_is_told_is_near(value: float, accuracy: float) -> None:
    """The accuracy is never told as better than it is, and by a tenth at most as worse."""
    number, _, width = about(value, accuracy).partition(" ± ")
    assert accuracy <= float(width) <= accuracy * 1.1001
    assert abs(float(number) - value) <= accuracy / 10 or math.isclose(float(number), value, rel_tol=1e-12)


@given(st.floats(1e-12, 1e12))
def test_upwards(number: float) -> None:
    """A bound stays one."""
    assert number <= float(upwards(number)) <= number * 1.1001


@pytest.mark.parametrize(
    ("amount", "told"), [("0.000001", "1e-6"), ("0.05", "5e-2"), ("0.00000015", "1.5e-7")]
)
def test_a_power(amount: str, told: str) -> None:
    """A delta as people write it."""
    assert power(amount) == told
