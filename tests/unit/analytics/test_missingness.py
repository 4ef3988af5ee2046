"""What patterns of missing values say, where counts are known and where they are hidden."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from fedcli.analytics.missingness import Missingness
from fedcli.errors import FedcliError
from fedcli.model.cells import Gap
from fedcli.model.dataset import Dictionary
from fedcli.policy.persons import relations
from fedcli.policy.told import Has, Told, told
from fedcli.statistics.patterns import Patterns, over

DICTIONARY = Dictionary.read(
    {
        "schema": "fedcli/dictionary/1",
        "dataset": "d",
        "columns": {
            "person": {"type": "text", "sensitivity": "identifier"},
            "note": {"type": "text"},
            "age": {"type": "integer", "bounds": [0, 120]},
            "bmi": {"type": "real", "bounds": [10, 80]},
            "smoking": {"type": "text", "levels": ["no", "yes"]},
        },
    },
    "a test",
)
FEW = Gap(low=0, high=9)


def answered(*counts: Any) -> Any:
    """Of two columns: all there, the second missing, the first, both."""
    shape = Patterns(over(("age", "bmi")), {"count": counts}, per_person=1)
    return Missingness(columns=("age", "bmi")).answer(shape)


def test_sums_and_percentages() -> None:
    """Of 200 rows 20 lack the first column and 60 the second."""
    answer = answered(130, 50, 10, 10)
    assert answer.scalars == {"n": 200, "complete": 130, "complete_percent": 65.0, "monotone": 0}
    assert answer.tables["missing"].rows == (("age", 20, 10.0), ("bmi", 60, 30.0))
    assert answer.tables["patterns"].rows[1] == ("present", "missing", 50, 25.0)


def test_hidden_counts_are_intervals() -> None:
    """A sum with a hidden count lies between its ends, and so does a percentage."""
    answer = answered(130, 50, FEW, 20)
    assert answer.scalars["n"] == Gap(low=200, high=209)
    (age, bmi) = answer.tables["missing"].rows
    assert age[1] == Gap(low=20, high=29)
    assert bmi[1] == 70
    low, high = bmi[2].low, bmi[2].high
    assert (low, high) == (pytest.approx(100 * 70 / 209), pytest.approx(100 * 70 / 200))


@pytest.mark.parametrize(
    ("counts", "monotone"),
    [
        ((9, 0, 0, 0), 1),
        ((9, 5, 0, 3), 1),
        ((9, 5, 1, 0), 0),
        ((9, 50, FEW, 0), Gap(low=0, high=1)),
        ((9, 50, Gap(low=1, high=9), 0), 0),
        ((9, FEW, 0, FEW), 1),
        ((0, 0, 0, 0), 1),
    ],
)
def test_monotone(counts: Any, monotone: Any) -> None:
    """It is not where two patterns that somebody has lack different columns; it is open where one may be."""
    assert answered(*counts).scalars["monotone"] == monotone


def test_noise_says_nothing_of_patterns_that_nobody_has() -> None:
    """It gives each of them a count."""
    asked, answer = Missingness(columns=("age", "bmi")), answered(9, -1, 2, 0)
    assert asked.within_noise(answer).scalars == answer.scalars | {"monotone": None}


@pytest.mark.parametrize("columns", [("age",), ("age", "age"), tuple(f"x{at}" for at in range(9))])
def test_two_to_eight_columns(columns: tuple[str, ...]) -> None:
    """One has no pattern, and nine have too many."""
    with pytest.raises(ValidationError):
        Missingness(columns=columns)


@pytest.mark.parametrize("name", ["person", "note"])
def test_what_it_may_not_read(name: str) -> None:
    """Who it is, and what was written freely, are not described."""
    with pytest.raises(FedcliError):
        Missingness(columns=("age", name)).check(DICTIONARY)


def test_who_lacks_a_value_is_not_among_those_who_have_one() -> None:
    """Of persons with several rows: which cells of two tables of patterns can have the same persons."""
    first, second = (
        list(told(Patterns(over(columns), {"count": (4, 3, 2, 1)}, per_person=1), DICTIONARY))
        for columns in (("age", "bmi"), ("age", "smoking"))
    )
    assert first[1].sums == ((1, (("age", Has(True)), ("bmi", Has(False)))),)
    found = {one.cell.at: one.than for one in relations([first, second])}
    assert {_lacks_age(cell) for cell in found[first[3].at]} == {True}
    assert {_lacks_age(cell) for cell in found[first[0].at]} == {False}


def test_of_fewer_columns_a_pattern_is_larger() -> None:
    """Who lacks age and bmi is among those who lack age, and not among those who have one."""
    first, second = (
        list(told(Patterns(over(columns), {"count": counts}, per_person=1), DICTIONARY))
        for columns, counts in ((("age", "bmi"), (4, 3, 2, 1)), (("age",), (7, 3)))
    )
    found = list(relations([first, second]))
    assert len([one for one in found if len(one.than) == 1]) > 2
    assert {_lacks_age(one.cell) == _lacks_age(cell) for one in found for cell in one.than} == {True}


def _lacks_age(cell: Told) -> bool:
    return dict(cell.at)["age"] == "missing"
