"""Models that somebody handed over, of a lineage that nobody can look up."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fedcli.model.dataset import Level
from fedcli.model.terms import Factor
from fedcli.model.trained import (
    Column,
    GaussianBayes,
    Lineage,
    Linear,
    Model,
    Network,
    Part,
    Predictor,
    Trees,
)

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


def of_others(outcome: str, level: Level) -> dict[str, Model]:
    """Models of other kinds, of `age` and `sex`: who is old is predicted to have a level."""
    about = {"outcome": outcome, "classes": [int(not level), level]}
    by_name = {"name": outcome, "factors": [{"column": outcome, "level": level}]}
    term = {"name": "age", "factors": [{"column": "age"}]}
    sexes = {"name": "sexm", "factors": [{"column": "sex", "level": "m"}]}
    nodes = [
        {"column": "age", "below": 50, "left": 1, "right": 2},
        {"value": -1.0},
        {"column": "sex", "level": "m", "left": 3, "right": 4},
        {"value": 2.0},
        {"value": 0.25},
    ]
    trees = {
        "kind": "trees", "family": "binomial", "link": "logit", "start": 0.0, "trees": [{"nodes": nodes}],
        "features": [{"column": "age", "cuts": [50]}, {"column": "sex", "levels": ["f", "m"]}],
    }  # fmt: skip
    network = {
        "kind": "network", "family": "binomial", "formula": f"{outcome} ~ age + sex", "c": 1.0,
        "inputs": [term, sexes], "centres": [50.0, 0.0], "scales": [10.0, 1.0], "activation": "tanh",
        "layers": [
            {"weights": [[1.0, 0.5], [-1.0, 0.25]], "biases": [0.0, 0.5]},
            {"weights": [[2.0, -1.0]], "biases": [0.25]},
        ],
    }  # fmt: skip
    bayes = {
        "kind": "gaussian-naive-bayes", "priors": [0.75, 0.25], "columns": ["age"],
        "means": [[45.0], [60.0]], "variances": [[250.0], [200.0]],
    }  # fmt: skip
    return {
        "trees": model(Trees.read(trees | about, "a test")),
        "network": model(Network.read(network | about | {"outcome": by_name}, "a test")),
        "bayes": model(GaussianBayes.read(bayes | about, "a test")),
    }
