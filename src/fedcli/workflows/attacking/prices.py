"""The price of a policy: what it lets out of ordinary analyses of few persons."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from fedcli.model.cells import Gap
from fedcli.model.dataset import Column, Dictionary
from fedcli.model.disclosure import Verdict
from fedcli.model.judged import Judged
from fedcli.model.query import Analysis
from fedcli.model.shown.trials import Price
from fedcli.workflows.attacking.population import Lots, Vector
from fedcli.workflows.trial import Columns, End, Trial, analysis

SIZES = (50, 100, 200, 500)
_YES = ("no", "yes")
_LEVELS: dict[str, tuple[tuple[str, ...], tuple[float, ...]]] = {
    "sex": (("female", "male"), (0.5, 0.5)),
    "diabetes": (_YES, (0.75, 0.25)),
    "smoking": (("never", "ex", "current"), (0.5, 0.3, 0.2)),
    "stage": (("i", "ii", "iii", "iv"), (0.4, 0.3, 0.2, 0.1)),
}
_NUMBERS: dict[str, tuple[float, float]] = {"age": (18, 98), "bmi": (15, 50), "pressure": (80, 220)}


def dictionary() -> Dictionary:
    """A cohort such as many sites have."""
    numbers = {
        name: Column(type="integer" if name == "age" else "real", bounds=ends, use=("model",))
        for name, ends in _NUMBERS.items()
    }
    levels = {name: Column(type="text", levels=named) for name, (named, _) in _LEVELS.items()}
    person = {"person": Column(type="integer", sensitivity="identifier")}
    return Dictionary(
        dataset="ordinary", unit="person", person_id="person", columns={**person, **numbers, **levels}
    )


def columns(persons: int, lots: Lots) -> Columns:
    """So many of them."""
    numbers = {name: _between(lots, f"{name} {persons}", persons, ends) for name, ends in _NUMBERS.items()}
    numbers["age"] = np.floor(numbers["age"])
    told = {name: tuple(values.tolist()) for name, values in numbers.items()}
    levels = {
        name: _drawn(lots.of(f"{name} {persons}", persons), named, shares)
        for name, (named, shares) in _LEVELS.items()
    }
    return {"person": tuple(range(persons)), **told, "age": tuple(map(int, told["age"])), **levels}


def _drawn(lots: Vector, named: tuple[str, ...], shares: tuple[float, ...]) -> tuple[str, ...]:
    """The level of each lot."""
    places: Vector = np.searchsorted(np.cumsum(shares[:-1]), lots, side="right")
    return tuple(named[place] for place in places.tolist())


def _between(lots: Lots, name: str, persons: int, ends: tuple[float, float]) -> Vector:
    """Numbers most often in the middle."""
    lot = lots.of(name, 3 * persons).reshape(3, persons).mean(axis=0)
    return np.round(ends[0] + lot * (ends[1] - ends[0]), 1)


def ordinary(agreed: Dictionary) -> list[Analysis]:
    """The analyses of which the price is told."""
    described = ["age", "bmi", "sex", "smoking"]
    formula = "diabetes ~ age + sex + bmi + smoking + pressure"
    return [
        analysis(agreed, "count"),
        analysis(agreed, "crosstab", "crosstab-2x2", by=["sex", "diabetes"]),
        analysis(agreed, "crosstab", "crosstab-3x4", by=["smoking", "stage"]),
        analysis(agreed, "summary", columns=["age", "bmi"]),
        analysis(agreed, "histogram", column="age", edges=[30, 40, 50, 60, 70, 80]),
        analysis(agreed, "table_one", columns=described, by="diabetes"),
        analysis(agreed, "glm", "glm-5-covariates", family="binomial", formula=formula),
    ]


def priced(trial: Trial, persons: int) -> Iterator[Price]:
    """How each of them ends on so many persons."""
    for name, end in trial.ends(ordinary(trial.held.dictionary)).items():
        yield _price(name, persons, end)


def _price(name: str, persons: int, end: End) -> Price:
    if not isinstance(end, Judged):
        return Price(analysis=name, persons=persons, outcome="refused", because=(end.code,))
    failed = [one.check for one in end.findings if one.enforced and one.verdict is not Verdict.PASS]
    cells = [cell for row in (end.answered.cells.values() if end.answered else ()) for cell in row]
    hidden = sum(isinstance(cell, Gap) for cell in cells)
    verdicts = {"parked": "review", "refused": "refused"}
    return Price.made(
        "a price",
        analysis=name,
        persons=persons,
        outcome=verdicts.get(end.verdict, "suppressed" if hidden else "released"),
        because=tuple(dict.fromkeys(failed)),
        hidden=hidden,
        numbers=len(cells),
    )
