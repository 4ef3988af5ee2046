"""Each check on both sides of its threshold."""

from __future__ import annotations

from typing import Any

import pytest

from fedcli.model.policy import Disclosure, Dominance
from fedcli.policy.checks import Subject, banned
from tests.unit.policy.builders import counted, failing, measured, table

MERGE, RELEASE = Disclosure(), Disclosure(zeros="release")


@pytest.mark.parametrize(
    ("persons", "rules", "fails"),
    [
        (9, MERGE, True),
        (10, MERGE, False),
        (1, MERGE, True),
        (0, MERGE, True),
        (0, RELEASE, False),
        (1, RELEASE, True),
        (9, RELEASE, True),
        (2, Disclosure(min_count=3), True),
        (3, Disclosure(min_count=3), False),
        (0, Disclosure(min_count=1), True),
        (1, Disclosure(min_count=1), False),
    ],
)
def test_threshold(persons: int, rules: Disclosure, fails: bool) -> None:
    """So many persons or nobody; where zeros are merged, nobody is few."""
    assert failing("threshold", "count", counted(50, persons), rules) == ({1} if fails else set())
    assert failing("threshold", "mean", measured((50, persons)), rules) == ({1} if fails else set())


@pytest.mark.parametrize(("missing", "fails"), [(0, False), (1, True), (9, True), (10, False)])
def test_threshold_of_what_is_missing(missing: int, fails: bool) -> None:
    """That nobody is missing can be told, whatever is done with other zeros."""
    assert failing("threshold", "missing", counted(50, missing=missing)) == ({0} if fails else set())


@pytest.mark.parametrize(("outside", "fails"), [(0, False), (1, True), (9, True), (10, False), (1000, False)])
def test_complement(outside: int, fails: bool) -> None:
    """All but a few are a few."""
    assert failing("complement", "count", counted(50, 50, outside=outside)) == ({0, 1} if fails else set())
    assert failing("complement", "mean", measured((50,), outside=outside)) == ({0} if fails else set())
    assert failing("complement", "m2", measured((50,), outside=outside)) == ({0} if fails else set())


@pytest.mark.parametrize(
    ("persons", "axes", "fails"),
    [
        ((20, 0, 0), (3,), {0, 1, 2}),
        ((20, 1, 0), (3,), set()),
        ((0, 0, 0), (3,), set()),
        ((20,), (1,), set()),
        ((20, 0, 15, 20), (2, 2), {0, 1, 3}),
        ((20, 20, 15, 20), (2, 2), set()),
        ((20, 0, 0, 20), (2, 2), {0, 1, 2, 3}),
        ((12, 12, 0, 0), (2, 2), {0, 1, 2, 3}),
    ],
)
def test_class_disclosure(persons: tuple[int, ...], axes: tuple[int, ...], fails: set[int]) -> None:
    """A line in which one cell holds everybody: all of it is told."""
    subject = counted(*persons, axes=table(*axes))
    assert failing("class_disclosure", "count", subject, RELEASE) == fails
    assert failing("class_disclosure", "count", subject, MERGE) == set()
    assert failing("class_disclosure", "missing", subject, RELEASE) == set()


def test_class_disclosure_of_groups() -> None:
    """Of moments, over the groups of one variable and not over variables."""
    assert failing("class_disclosure", "n", measured((20, 0)), RELEASE) == {0, 1}
    assert failing("class_disclosure", "n", measured((20, 0), groups=1), RELEASE) == set()


@pytest.mark.parametrize(("persons", "fails"), [(0, False), (1, True), (9, True), (10, False), (90, False)])
def test_contributors(persons: int, fails: bool) -> None:
    """A mean of an indicator that few persons have counts those few."""
    assert failing("contributors", "mean", measured((100,), contributors=persons)) == (
        {0} if fails else set()
    )


@pytest.mark.parametrize(
    ("magnitude", "largest", "second", "rules", "fails"),
    [
        (100.0, 50.0, 1.0, None, True),
        (100.0, 49.99, 1.0, None, False),
        (100.0, 45.0, 40.0, None, True),
        (100.0, 45.0, 39.99, None, False),
        (0.0, 0.0, 0.0, None, False),
        (100.0, 99.0, 1.0, (), False),
        (100.0, 70.0, 0.0, ((1, "0.70"),), True),
        (100.0, 69.0, 31.0, ((1, "0.70"),), False),
        (100.0, 60.0, 25.0, ((2, "0.85"),), True),
        (100.0, 100.0, 0.0, ((1, "1"),), True),
        (0.3, 0.15, 0.1, None, True),
        (0.30000000000000004, 0.15, 0.1, None, False),
    ],
)
def test_dominance(magnitude: float, largest: float, second: float, rules: Any, fails: bool) -> None:
    """At the share and above it; each n by its own share; exactly, not in floating point."""
    under = MERGE if rules is None else Disclosure(dominance=tuple(Dominance(n=n, share=s) for n, s in rules))
    subject = measured((100,), magnitude=magnitude, largest=largest, second=second)
    assert failing("dominance", "mean", subject, under) == ({0} if fails else set())


@pytest.mark.parametrize(
    ("magnitude", "largest", "second", "p", "fails"),
    [
        (64.0, 40.0, 20.0, "0.10", False),
        (63.99, 40.0, 20.0, "0.10", True),
        (60.0, 40.0, 20.0, "0.10", True),
        (60.0, 40.0, 20.0, "0", False),
        (0.0, 0.0, 0.0, "0.10", False),
        (60.0, 40.0, 20.0, "0.000000000001", True),
    ],
)
def test_p_percent(magnitude: float, largest: float, second: float, p: str, fails: bool) -> None:
    """What is left without the two largest, against a share of the largest."""
    subject = measured((100,), magnitude=magnitude, largest=largest, second=second)
    assert failing("p_percent", "mean", subject, Disclosure(p_percent=p)) == ({0} if fails else set())


@pytest.mark.parametrize(("constant", "fails"), [(0, False), (1, True)])
def test_all_same(constant: int, fails: bool) -> None:
    """A mean of equal values is everybody's value, and no spread says so."""
    for field in ("mean", "m2"):
        assert failing("all_same", field, measured((100,), constant=constant)) == ({0} if fails else set())


@pytest.mark.parametrize(
    ("persons", "min_dof", "fails"),
    [
        (10, 10, True),
        (11, 10, False),
        (1, 10, True),
        (0, 10, False),
        (1, 0, False),
        (2, 1, False),
        (1, 1, True),
    ],
)
def test_degrees_of_freedom(persons: int, min_dof: int, fails: bool) -> None:
    """Persons beyond the one that the mean gives away."""
    rules = Disclosure(min_dof=min_dof)
    assert failing("degrees_of_freedom", "m2", measured((persons,)), rules) == ({0} if fails else set())


@pytest.mark.parametrize(
    ("share", "dominance", "fails"),
    [
        (0.5, None, True),
        (0.4999, None, False),
        (0.7, ((1, "0.70"),), False),  # 0.7 in binary is a little less
        (0.75, ((1, "0.75"),), True),
        (1.0, (), True),
        (0.99, (), False),
        (0.9, ((2, "0.85"),), False),
    ],
)
def test_spread(share: float, dominance: Any, fails: bool) -> None:
    """One person's part in the squared deviations, against the (1, k) rule."""
    rules = (
        MERGE
        if dominance is None
        else Disclosure(dominance=tuple(Dominance(n=n, share=s) for n, s in dominance))
    )
    assert failing("spread", "m2", measured((100,), spread=share), rules) == ({0} if fails else set())


@pytest.mark.parametrize("shares", [("0.40", "0.90"), ("0.90", "0.40")])
def test_two_rules_of_the_same_n(shares: tuple[str, str]) -> None:
    """Both hold, so the smaller share decides; or such a policy is refused."""
    rules = Disclosure(dominance=tuple(Dominance(n=1, share=share) for share in shares))
    assert failing("dominance", "mean", measured((100,), magnitude=100.0, largest=50.0), rules) == {0}
    assert failing("spread", "m2", measured((100,), spread=0.5), rules) == {0}


def test_banned() -> None:
    """Every cell, whatever is in it and however many persons are behind it."""
    shape, evidence = counted(1000, 2000)
    assert banned(Subject(shape, shape.fields[0], evidence, MERGE)) == {0, 1}


def test_checks_judge_cell_by_cell() -> None:
    """One small cell does not blank the others."""
    subject = measured((100, 9, 100), magnitude=(100.0, 100.0, 10.0), largest=(1.0, 1.0, 9.0))
    assert failing("threshold", "mean", subject) == {1}
    assert failing("dominance", "mean", subject) == {2}
