"""A model as the score of a query: the formula of its columns, and its numbers as a query has them."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, NamedTuple

from fedcli.model.dataset import NUMERIC, Column, Dictionary, Level
from fedcli.model.identifiers import ColumnName
from fedcli.model.terms import Design
from fedcli.model.trained import Column as Term
from fedcli.model.trained import GaussianBayes, Linear, Network, Predictor, Trees

_INTERCEPT = "(Intercept)"


class Scorable(NamedTuple):
    """The outcome of a model and its second level, what is right of `~`, and the parameters of its score.

    `terms` are those that the formula must mean; `levels` those of columns that the model knows by levels.
    """

    outcome: ColumnName
    level: Level
    right: str
    numbers: dict[str, Any]
    terms: tuple[Term, ...] = ()
    levels: dict[ColumnName, tuple[Level, ...]] = {}

    def differing(self, design: Design, agreed: Dictionary) -> Iterator[str]:
        """What is not in a dataset as it is in the model."""
        known = {one.name: one.factors for one in design.terms}
        yield from (one.name for one in self.terms if known.get(one.name) != one.factors)
        yield from (name for name, some in self.levels.items() if _levels(agreed.columns[name]) != some)
        [outcome] = design.outcome.factors
        if outcome.column == self.outcome and outcome.level != self.level:
            yield self.outcome


def scorable(of: Predictor, agreed: Dictionary) -> Scorable | None:
    """What has a score of two classes, and sites compute; else nothing."""
    if of.classes is None or len(of.classes) != 2:
        return None
    match of:
        case Linear():
            return _linear(of)
        case Network():
            return _network(of)
        case Trees():
            return _trees(of, agreed)
        case GaussianBayes():
            return _bayes(of)


def _linear(of: Linear) -> Scorable:
    numbers = dict(zip((one.name for one in of.terms), of.coefficients, strict=True))
    right = of.formula.partition("~")[2].strip()
    if of.intercept or not right.startswith("0"):
        numbers = {_INTERCEPT: of.intercept} | numbers
    told = {"coefficients": numbers, "link": of.link}
    return Scorable(of.outcome.factors[0].column, _second(of), right, told, of.terms)


def _network(of: Network) -> Scorable:
    told = of.json_value()
    network = {name: told[name] for name in ("centres", "scales", "activation", "layers")}
    right = of.formula.partition("~")[2].strip()
    asked = {"network": network, "link": "logit"}
    return Scorable(of.outcome.factors[0].column, _second(of), right, asked, of.inputs)


def _trees(of: Trees, agreed: Dictionary) -> Scorable:
    """Numbers that are levels are named as such in the formula."""
    numbers = {name for name, one in agreed.columns.items() if one.type in NUMERIC}
    names = (
        f"C({one.column})" if one.levels and one.column in numbers else one.column for one in of.features
    )
    grove = {"start": of.start, "trees": [one.json_value() for one in of.trees]}
    levels = {one.column: one.levels for one in of.features}
    asked = {"trees": grove, "link": of.link}
    return Scorable(of.outcome, _second(of), " + ".join(names), asked, levels=levels)


def _bayes(of: GaussianBayes) -> Scorable:
    """The logarithm of the odds, which is a sum of the columns and of their squares."""
    variances = list(zip(*of.variances, strict=True))
    means = list(zip(*of.means, strict=True))
    numbers = {_INTERCEPT: math.log(of.priors[1] / of.priors[0])}
    for name, (m0, m1), (v0, v1) in zip(of.columns, means, variances, strict=True):
        numbers[_INTERCEPT] += (math.log(v0 / v1) + m0 * m0 / v0 - m1 * m1 / v1) / 2
        numbers[name] = m1 / v1 - m0 / v0
        numbers[f"pow({name}, 2)"] = (1 / v0 - 1 / v1) / 2
    right = " + ".join(f"{name} + pow({name}, 2)" for name in of.columns)
    return Scorable(of.outcome, _second(of), right, {"coefficients": numbers, "link": "logit"})


def _second(of: Predictor) -> Level:
    assert of.classes is not None
    return of.classes[1]


def _levels(column: Column) -> tuple[Level, ...]:
    """The levels by which trees split a column."""
    return column.categories if column.described_as == "group" else ()
