"""Attacks that need more than one release, each with a control in which nothing is remembered."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from fedcli.model.cells import Gap
from fedcli.model.dataset import Dictionary
from fedcli.model.policy import Disclosure
from fedcli.model.release import Answered
from fedcli.policy.profiles import profile
from tests.campaign.site import Site, numbered, of_persons, site

#: Without the cap on traits, which would stop most of these questions for another reason.
STANDARD = profile("standard").disclosure.model_copy(update={"traits_per_person": "1"})
#: Neither more is hidden nor anything remembered; all other rules hold.
FORGETFUL = STANDARD.model_copy(update={"secondary": "none", "memory": "none"})
DICTIONARY = of_persons(
    {
        "age": {"type": "integer", "bounds": [18, 90], "use": ["model"]},
        "sex": {"type": "text", "levels": ["f", "m"], "use": ["group", "model"]},
        "ward": {"type": "text", "levels": ["a", "b", "c"], "use": ["group", "model"]},
        "ill": {"type": "boolean", "sensitivity": "sensitive", "use": ["group", "model"]},
        "flag": {"type": "integer", "bounds": [0, 1], "use": ["model"]},
        "cost": {"type": "real", "bounds": [0, 1000], "use": ["model"]},
    }
)


def people(number: int = 300) -> list[dict[str, Any]]:
    """Persons of some ages; three of the oldest are 81, and few are ill."""
    lots = random.Random(4)
    rows = [
        {
            "age": lots.randint(20, 79),
            "sex": lots.choice("fm"),
            "ward": lots.choice("abc"),
            "ill": lots.random() < 0.2,
            "flag": int(lots.random() < 0.5),
            "cost": lots.uniform(100, 300),
        }
        for _ in range(number - 3)
    ]
    return numbered([*rows, *({**rows[at], "age": 81} for at in range(3))])


@contextmanager
def asking(rules: Disclosure = STANDARD, rows: list[dict[str, Any]] | None = None) -> Iterator[Site]:
    """A site with these people."""
    with site(rows or people(), DICTIONARY, rules) as place:
        yield place


def number(answer: Answered | None, field: str = "count", at: int = 0) -> float | None:
    """A number that was told, if it was."""
    cell = answer.cells[field][at] if answer else None
    return None if isinstance(cell, Gap) else cell


def both(rules: Disclosure, *asked: tuple[str, str | None, dict[str, Any]]) -> list[float | None]:
    """The first number of each question, asked one after the other."""
    with asking(rules) as place:
        return [number(place.asked(name, cohort, **more)) for name, cohort, more in asked]


DIFFERENCING: dict[str, tuple[tuple[str, str | None, dict[str, Any]], ...]] = {
    "a cohort without three": (("count", "age > 30", {}), ("count", "age > 30 and age < 81", {})),
    "the same backwards": (("count", "age > 30 and age < 81", {}), ("count", "age > 30", {})),
    "in other words": (("count", "age >= 31", {}), ("count", "not (age <= 30 or age >= 80)", {})),
    "the complement within": (
        ("count", "sex = 'f' or age > 50", {}),
        ("count", "(sex = 'f' or age > 50) and age < 80", {}),
    ),
}


@pytest.mark.parametrize("asked", DIFFERENCING.values(), ids=DIFFERENCING.keys())
def test_differencing(asked: Any) -> None:
    """Security, part B, 13: the second answer less the first tells of three persons, or fewer."""
    first, second = both(FORGETFUL, *asked)
    assert first is not None and second is not None and 0 < abs(first - second) < 10
    first, second = both(STANDARD, *asked)
    assert first is not None and second is None


def test_a_cohort_without_many_is_answered() -> None:
    """Memory does not refuse what tells of many."""
    first, second = both(STANDARD, ("count", "age > 30", {}), ("count", "age > 50", {}))
    assert first is not None and second is not None and first - second > 10


def test_shifted_bands() -> None:
    """Bins whose edges move past few persons."""
    bins = ({"column": "age", "edges": [40, 60, 78]}, {"column": "age", "edges": [40, 60, 79]})

    def told(rules: Disclosure) -> list[list[float | None]]:
        with asking(rules) as place:
            answers = [place.asked("histogram", None, **one) for one in bins]
        return [[number(one, at=at) for at in range(4)] for one in answers]

    first, second = told(FORGETFUL)
    assert any(
        a is not None and b is not None and 0 < abs(a - b) < 10 for a, b in zip(first, second, strict=True)
    )
    first, second = told(STANDARD)
    assert not any(
        a is not None and b is not None and 0 < abs(a - b) < 10 for a, b in zip(first, second, strict=True)
    )


def test_who_is_asked_twice_in_other_words_is_not_told_to_be_elsewhere() -> None:
    """Two cohorts of the ill, one without those of an age: that both are alike tells that these are well."""
    rows = people()
    well = next(age for age in range(20, 80) if not any(row["age"] == age and row["ill"] for row in rows))
    asked = (("count", "ill = true and age > 19", {}), ("count", f"ill = true and age <> {well}", {}))
    first, second = both(FORGETFUL, *asked)
    assert first == second is not None
    first, second = both(STANDARD, *asked)
    assert first is not None and second is None


def test_margins() -> None:
    """Security, part B, 20: a hidden cell is the rest of a total that was told, before or after."""
    rows = people()
    for at, row in enumerate(rows):
        row["ward"] = "c" if at < 7 else "ab"[at % 2]

    def told(rules: Disclosure, order: tuple[str, ...]) -> tuple[list[float | None], float | None]:
        by: dict[str, dict[str, Any]] = {"crosstab": {"by": ("ward",)}, "count": {}}
        with asking(rules, rows) as place:
            found = {name: place.asked(name, None, **by[name]) for name in order}
        return [number(found["crosstab"], at=at) for at in range(3)], number(found["count"])

    for order in (("crosstab", "count"), ("count", "crosstab")):
        (a, b, hidden), total = told(FORGETFUL, order)
        assert hidden is None and a is not None and b is not None and total is not None and total - a - b == 7
        (a, b, hidden), total = told(STANDARD, order)
        assert hidden is None and (a is None or b is None or total is None)


def test_one_hot_times_a_mean() -> None:
    """The mean of a number of two values tells how many have each: few, beside what is known of a group."""
    rows = people()
    for at, row in enumerate(rows):
        row["flag"] = int(row["sex"] == "f" or at % 60 == 0)
    females = sum(row["sex"] == "f" for row in rows)

    def told(rules: Disclosure) -> tuple[float | None, float | None, float | None]:
        with asking(rules, rows) as place:
            table = place.asked("crosstab", None, by=("sex",))
            means = place.asked("summary", None, columns=("flag",))
        return number(table), number(means, "n"), number(means, "mean")

    counted, n, mean = told(FORGETFUL)
    assert counted == females and n is not None and mean is not None
    assert 0 < round(n * mean) - counted < 10
    counted, n, mean = told(STANDARD)
    assert counted == females and mean is None


def test_a_model_beside_a_table() -> None:
    """The Gram matrix of a model tells the table of its indicators, of a cohort that leaves out three."""

    def told(rules: Disclosure) -> tuple[bool, bool]:
        with asking(rules) as place:
            table = place.asked("crosstab", "age > 30", by=("sex",))
            fit = place.asked("glm", "age > 30 and age < 81", family="gaussian", formula="cost ~ sex")
        return table is not None, fit is not None

    assert told(FORGETFUL) == (True, True)
    assert told(STANDARD) == (True, False)


def test_as_many_sums_as_persons() -> None:
    """Huth et al. (2023): a column follows from as many sums over known groups as it has values."""
    lots = random.Random(9)
    cohorts = [f"age >= {20 + lots.randint(0, 12)} and cost < {260 - at / 7:.2f}" for at in range(60)]
    wide = STANDARD.model_copy(update={"secondary": "none", "aggregates_per_person": "1"})
    with asking(wide) as place:
        free = sum(place.asked("summary", one, columns=("cost",)) is not None for one in cohorts)
    with asking(wide.model_copy(update={"aggregates_per_person": "0.02"})) as place:
        capped = sum(place.asked("summary", one, columns=("cost",)) is not None for one in cohorts)
    assert capped < free
    assert capped <= 0.02 * 300


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_a_weight_that_few_lack(order: tuple[int, int]) -> None:
    """The same columns twice: who weighs nothing is in one of the models, and not in the other."""
    rows = [row | {"share": 0.0 if at < 3 else 1.0 + at % 7} for at, row in enumerate(people())]
    columns = {name: one.json_value() for name, one in DICTIONARY.columns.items()}
    columns["share"] = {"type": "real", "bounds": [0, 8], "use": ["model"]}
    wider = Dictionary.read(DICTIONARY.json_value() | {"columns": columns}, "a test")
    models = ({"formula": "cost ~ sex + share"}, {"formula": "cost ~ sex", "weights": "share"})

    def told(rules: Disclosure) -> list[bool]:
        with site(rows, wider, rules) as place:
            asked = [models[at] for at in order]
            return [place.asked("glm", None, family="gaussian", **one) is not None for one in asked]

    assert told(FORGETFUL) == [True, True]
    assert told(STANDARD) == [True, False]
