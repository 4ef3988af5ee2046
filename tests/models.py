"""Models that somebody handed over, of a lineage that nobody can look up."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fedcli.model.dataset import Level
from fedcli.model.terms import Factor
from fedcli.model.trained import Column, Lineage, Linear, Model, Part, Predictor

DIGEST = "0" * 64


def model(predictor: Predictor) -> Model:
    """A model of some lineage."""
    lineage = {
        "federation": "f",
        "query": DIGEST,
        "result": DIGEST,
        "analysis": "a",
        "analytic": "glm",
        "version": 1,
        "maturity": "live",
        "mode": "disclosure-control",
        "sites": [Part(site="north", release=DIGEST).json_value()],
        "issued": "2026-11-22T09:00:00Z",
    }
    about: dict[str, Any] = {"dictionary": DIGEST, "dictionary_version": 1, "unit": "row", "n": 9}
    read = Lineage.read(lineage, "a test")
    return Model(title="A test", dataset="d", predictor=predictor, lineage=read, **about)


def classifier(
    formula: str, outcome: str, level: Level, numbers: Mapping[str, float], intercept: float
) -> Model:
    """A logistic model of numeric columns."""
    return model(
        Linear(
            family="binomial",
            link="logit",
            outcome=Column(name=outcome, factors=(Factor(column=outcome, level=level),)),
            classes=(False, level),
            formula=formula,
            intercept=intercept,
            terms=tuple(Column(name=name, factors=(Factor(column=name),)) for name in numbers),
            coefficients=tuple(numbers.values()),
        )
    )
