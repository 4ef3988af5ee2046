"""Windows that move by a day, names that change, columns made up to differ for few: what they would tell."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any

import pytest

from fedcli.analytics import parse
from fedcli.engine.derived import derive
from fedcli.engine.duckdb import DuckRows
from fedcli.engine.opening import Opened
from fedcli.engine.register import Register
from fedcli.language.derived import extended
from fedcli.language.derived import parse as derived
from fedcli.language.expression import parse as predicate
from fedcli.model.dataset import Dictionary
from fedcli.model.policy import Disclosure
from fedcli.model.query import Written
from fedcli.model.release import Answered
from fedcli.policy.gate import gate
from fedcli.policy.history import History
from fedcli.policy.profiles import profile
from fedcli.statistics.seal import Exact
from fedcli.workflows.trial import analysis
from tests.campaign.site import KEY
from tests.laws.datasets import Row
from tests.laws.test_longitudinal import opened

STANDARD = profile("standard").disclosure
FORGETFUL = STANDARD.model_copy(update={"secondary": "none", "memory": "none"})
_ID = {"type": "text", "sensitivity": "identifier"}
DICTIONARY = Dictionary.read(
    {
        "schema": "fedcli/dictionary/1",
        "dataset": "people",
        "unit": "person",
        "person_id": "person",
        "columns": {"person": _ID, "index": {"type": "date"}, "age": {"type": "real", "bounds": [0, 100]}},
        "tables": {
            "visits": {
                "person_id": "person",
                "date": "day",
                "columns": {
                    "person": _ID,
                    "day": {"type": "date"},
                    "kind": {"type": "integer", "levels": [1, 2]},
                },
            }
        },
    },
    "a test",
)
INDEX = date(2020, 6, 1)
PERSONS = 1000


def people() -> list[Row]:
    """Persons with one index date."""
    lots = random.Random(1)
    return [{"person": f"p{at:04}", "index": INDEX, "age": lots.uniform(20, 90)} for at in range(PERSONS)]


def visits() -> list[Row]:
    """From none to three visits within the year before; on the 365th day before is that of one person."""
    lots = random.Random(2)
    rows = [
        {
            "person": f"p{at:04}",
            "day": INDEX - timedelta(days=lots.randint(1, 364)),
            "kind": lots.choice([1, 2]),
        }
        for at in range(PERSONS)
        for _ in range(at % 4)
    ]
    return [*rows, {"person": "p0500", "day": INDEX - timedelta(days=365), "kind": 1}]


class Site:
    """A site that remembers; each question brings the columns that it derives."""

    def __init__(self, source: Opened, rules: Disclosure) -> None:
        self._source, self._rules = source, rules
        self._register = Register(source, DICTIONARY, KEY, KEY)
        self._history = History()

    def asked(
        self, name: str, derive_: dict[str, str], cohort: str | None = None, **parameters: Any
    ) -> Answered | None:
        """What leaves of an analysis; it is remembered as the policy wants."""
        written = [
            Written.read({"name": key, "as": text, "bounds": None if "exists" in text else [0, 50]}, "a test")
            for key, text in derive_.items()
        ]
        found = derived(written, DICTIONARY, "a test") or ()
        under = extended(DICTIONARY, found)
        asked = parse(analysis(under, name, **parameters), "a test")
        where = None if cohort is None else predicate(cohort, under, "a test")
        rows = DuckRows(
            derive(self._source, under, found), under, where, asked.reads(), register=self._register
        )
        exact = asked.local(rows) if name != "glm" else asked.local_at(rows, None)  # type: ignore[attr-defined]
        assert isinstance(exact, Exact)
        history = self._history if self._rules.remembers else None
        decision = gate(exact, self._rules, history=history, cohort=where, derive=found)
        if self._rules.memory == "population":
            self._history.adopt(decision.told)
        return decision.released.answered if decision.released else None


@contextmanager
def site(rules: Disclosure) -> Iterator[Site]:
    """A site with the persons and their visits."""
    with opened(people(), {"visits": visits()}, DICTIONARY) as source:
        yield Site(source, rules)


def within(days: int) -> str:
    """The visits of the days before the index date."""
    return f"count(visits within {days} days before index)"


def number(answer: Answered | None, field: str = "mean", at: int = 0) -> float:
    """A number that left; none is NaN."""
    value = answer.cells[field][at] if answer else None
    return float(value) if isinstance(value, int | float) else float("nan")


def hidden(answer: Answered | None, field: str, at: int = 0) -> bool:
    """Whether a number did not leave."""
    return answer is None or not isinstance(answer.cells[field][at], int | float)


#: The same two cohorts, under one name and under two.
NAMES = pytest.mark.parametrize("second", ["often", "other"], ids=["one name", "two names"])


@NAMES
def test_a_cohort_whose_window_moves_by_a_day(second: str) -> None:
    """One person has a visit more in the longer window, and an age."""

    def told(rules: Disclosure) -> list[Answered | None]:
        with site(rules) as place:
            return [
                place.asked("summary", {name: within(days)}, f"{name} = 0", columns=["age"])
                for name, days in (("often", 364), (second, 365))
            ]

    one, other = told(FORGETFUL)
    sums = [number(answer, "n") * number(answer) for answer in (one, other)]
    [age] = [row["age"] for row in people() if row["person"] == "p0500"]
    assert number(one, "n") - number(other, "n") == 1
    assert sums[0] - sums[1] == pytest.approx(age, rel=0.05)
    one, other = told(STANDARD)
    assert not hidden(one, "n") and hidden(other, "n")


@NAMES
def test_values_whose_window_moves_by_a_day(second: str) -> None:
    """The cohort is the same, and so is nearly everybody's number: the rest of two means is one visit."""

    def told(rules: Disclosure) -> list[Answered | None]:
        with site(rules) as place:
            return [
                place.asked("summary", {name: within(days)}, columns=[name])
                for name, days in (("often", 364), (second, 365))
            ]

    one, other = told(FORGETFUL)
    assert PERSONS * (number(other) - number(one)) == pytest.approx(1, abs=0.1)
    one, other = told(STANDARD)
    assert not hidden(one, "mean") and hidden(other, "mean")


def test_values_that_were_made_twice_as_large() -> None:
    """Other numbers for everybody, and yet the same: what they are made up of is compared."""
    twice = {"often": within(365), "twice": "2 * often"}

    def told(rules: Disclosure) -> list[Answered | None]:
        with site(rules) as place:
            return [
                place.asked("summary", {"often": within(364)}, columns=["often"]),
                place.asked("summary", twice, columns=["twice"]),
            ]

    one, other = told(FORGETFUL)
    assert PERSONS * (number(other) / 2 - number(one)) == pytest.approx(1, abs=0.1)
    one, other = told(STANDARD)
    assert not hidden(one, "mean") and hidden(other, "mean")


def test_two_windows_in_one_question() -> None:
    """Both means in one table."""
    both = {"often": within(364), "more": within(365)}

    def told(rules: Disclosure) -> Answered | None:
        with site(rules) as place:
            return place.asked("summary", both, columns=["often", "more"])

    answer = told(FORGETFUL)
    assert PERSONS * (number(answer, at=1) - number(answer)) == pytest.approx(1, abs=0.1)
    answer = told(STANDARD)
    assert hidden(answer, "mean") or hidden(answer, "mean", 1)


def test_two_windows_in_one_model() -> None:
    """Its products tell how much two columns differ in all: by the square of one visit."""
    both = {"often": within(364), "more": within(365)}
    asked = {"family": "gaussian", "formula": "age ~ often + more"}
    with site(FORGETFUL) as place:
        answer = place.asked("glm", both, **asked)
    gram = [number(answer, "gram", at) for at in range(6)]
    unit = 25.0**2  # a column leaves in units of half its bounds
    assert unit * (gram[3] - 2 * gram[4] + gram[5]) == pytest.approx(1, abs=0.5)
    with site(STANDARD) as place:
        assert place.asked("glm", both, **asked) is None
        assert (
            place.asked("glm", {"often": within(364)}, family="gaussian", formula="age ~ often") is not None
        )


def test_flags_that_differ_for_one() -> None:
    """Whether somebody had a visit, in two windows: the persons who had none differ by one."""

    def told(rules: Disclosure) -> list[Answered | None]:
        with site(rules) as place:
            return [
                place.asked("count", {name: f"exists(visits within {days} days before index)"}, f"not {name}")
                for name, days in (("had", 364), ("has", 365))
            ]

    one, other = told(FORGETFUL)
    assert number(one, "count") - number(other, "count") == 1
    one, other = told(STANDARD)
    assert not hidden(one, "count") and hidden(other, "count")


def test_a_window_that_moves_past_nobody() -> None:
    """That two windows have the same persons tells of everybody that there was nothing between."""
    both = [(name, within(days)) for name, days in (("often", 366), ("other", 400))]

    def told(rules: Disclosure, cohort: str) -> list[Answered | None]:
        with site(rules) as place:
            return [place.asked("count", {"often": text}, cohort) for _, text in both]

    one, other = told(FORGETFUL, "often = 0")
    assert number(one, "count") == number(other, "count")
    one, other = told(STANDARD, "often = 0")
    assert not hidden(one, "count") and hidden(other, "count")


def test_what_is_far_apart_is_told() -> None:
    """Windows that many persons are between are two questions, whatever they are called."""
    with site(STANDARD) as place:
        one = place.asked("summary", {"often": within(364)}, columns=["often"])
        other = place.asked("summary", {"often": within(90)}, columns=["often"])
        assert not hidden(one, "mean") and not hidden(other, "mean")
        kinds = {kind: f"count(visits where kind = {at} before index)" for at, kind in ((1, "a"), (2, "b"))}
        assert not hidden(place.asked("summary", kinds, columns=["a", "b"]), "mean", 1)


def test_what_is_not_seen() -> None:
    """A number as the sum of two that each differ for many is not found out: ADR 37 says so."""
    kinds = {kind: f"count(visits where kind = {at} before index)" for at, kind in ((1, "a"), (2, "b"))}
    with site(STANDARD) as place:
        first = place.asked("summary", {"often": within(364)}, columns=["often"])
        second = place.asked("summary", kinds, columns=["a", "b"])
    assert PERSONS * (number(second) + number(second, at=1) - number(first)) == pytest.approx(1, abs=0.1)
