"""Rounding counts: what each rule tells, what a number stands for, and the grids beside it."""

from __future__ import annotations

import math
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fedcli.model.policy import Rounding
from fedcli.statistics.rounding import RULES, class_of, step, told, told_as

COUNTS = st.integers(0, 10**7)
RULE = st.sampled_from(get_args(Rounding))


def test_every_rule_has_its_classes() -> None:
    """And no other has."""
    assert set(RULES) == set(get_args(Rounding))


@given(count=COUNTS)
def test_rules_as_they_are_published(count: int) -> None:
    """To the nearest five, ceil(x / 6) * 6 - 3 as OpenSAFELY has it, and the middle of fives."""
    assert told(count, "none") == count
    assert told(count, "nearest-5") == math.floor(count / 5 + 0.5) * 5
    assert told(count, "midpoint-6") == (math.ceil(count / 6) * 6 - 3 if count else 0)
    assert told(count, "floor-midpoint-5") == (count // 5 * 5 + 2 if count else 0)


@given(count=COUNTS, rule=RULE)
def test_rounding_twice_is_rounding_once(count: int, rule: Rounding) -> None:
    """So what has left is not moved by the signer."""
    assert told(told(count, rule), rule) == told(count, rule)


@given(count=COUNTS, rule=RULE, least=st.integers(1, 20))
def test_a_class_is_all_counts_that_are_told_alike(count: int, rule: Rounding, least: int) -> None:
    """Of zero and those from the threshold on."""
    near = range(max(0, count - 9), count + 10)
    alike = [one for one in near if told(one, rule) == told(count, rule) and (one >= least or one == 0)]
    assert class_of(count, rule, least) == ((alike[0], alike[-1]) if alike else None)


@given(number=st.integers(-10, 60), rule=RULE, least=st.integers(1, 20), zero=st.booleans())
def test_a_number_that_no_count_gives(number: int, rule: Rounding, least: int, zero: bool) -> None:
    """Only what the rule tells of a count that may leave is accepted."""
    may = {told(count, rule) for count in range(least, 80)} | ({0} if zero else set())
    assert told_as(number, rule, least, zero) == (number in may)


@pytest.mark.parametrize(
    ("n", "rule", "spread", "expected"),
    [
        (22, "floor-midpoint-5", False, 0.5),  # 5 / 20
        (20, "floor-midpoint-5", False, 0.5),
        (50, "nearest-5", False, 0.2),  # 5 / 48
        (9, "midpoint-6", False, 1.0),  # 6 / 7
        (10_002, "floor-midpoint-5", False, 0.0005),
        (22, "floor-midpoint-5", True, 10.0),
        (9, "midpoint-6", True, 20.0),  # 12
        (22, "none", False, 0.0),
        (0, "nearest-5", False, 5.0),  # of one or two, who are told as zero
    ],
)
def test_grids(n: int, rule: Rounding, spread: bool, expected: float) -> None:
    """By hand: a class over the least n of the class, rounded up to 1, 2 or 5 times a power of ten."""
    assert step(n, rule, spread) == expected
