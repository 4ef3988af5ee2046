"""A query that evaluates a model at the sites, as a draft with its formula and its coefficients."""

from __future__ import annotations

import json
from pathlib import Path
from typing import NamedTuple

from fedcli.analytics import named
from fedcli.errors import FedcliError, fault
from fedcli.files.toml import inline
from fedcli.files.writer import write_once
from fedcli.model.dataset import Dictionary
from fedcli.model.home import Desk
from fedcli.model.identifiers import ColumnName, Name
from fedcli.model.shown.reference import TextShown
from fedcli.model.trained import Linear, Model, Trees
from fedcli.workflows.models import EVALUATION
from fedcli.workflows.standing import dictionary, membership, require
from fedcli.workflows.trained import find

_INTERCEPT = "(Intercept)"


class Wanted(NamedTuple):
    """Of what a model is to be evaluated: the outcome, if not its own, groups, and the bins of the score."""

    dataset: Name
    outcome: ColumnName | None = None
    by: ColumnName | None = None
    bins: int = 20


def evaluate(desk: Desk, given: str, wanted: Wanted, path: Path | None) -> TextShown:
    """The draft, written to a file that is not there yet where a path is given.

    Raises:
        UsageFault: R-CLASSIFIER for what has no score, R-COLUMNS where the dataset gives it other columns.
    """
    require(desk, "researcher")
    model = find(desk, given).model
    linear = _classifier(model)
    agreed = dictionary(desk.home, membership(desk), wanted.dataset)
    _check(model, linear, _asked(linear, wanted), agreed)
    text = _draft(model, linear, wanted)
    if path is not None:
        write_once(path, text.encode())
    return TextShown(text=text, path=str(path) if path else None)


def _classifier(model: Model) -> Linear:
    of = model.predictor
    if isinstance(of, Trees):
        raise fault("R-CLASSIFIER", model=model.short, reason="it is made of trees, which sites do not score")
    if not isinstance(of, Linear) or of.classes is None:
        raise fault("R-CLASSIFIER", model=model.short, reason="it has no linear predictor of two classes")
    if any(factor.spline for term in of.terms for factor in term.factors):
        raise fault("R-CLASSIFIER", model=model.short, reason="it has splines")
    return of


def _asked(linear: Linear, wanted: Wanted) -> dict[str, object]:
    """The parameters of the analysis, but for the model's digest."""
    numbers = dict(zip((one.name for one in linear.terms), linear.coefficients, strict=True))
    if linear.intercept or not linear.formula.partition("~")[2].lstrip().startswith("0"):
        numbers = {_INTERCEPT: linear.intercept} | numbers
    outcome = wanted.outcome or linear.outcome.factors[0].column
    told = {"formula": f"{outcome} ~ {linear.formula.partition('~')[2].strip()}", "coefficients": numbers}
    more = {"link": linear.link, "bins": wanted.bins, "by": wanted.by}
    return told | {name: value for name, value in more.items() if value is not None}


def _check(model: Model, linear: Linear, asked: dict[str, object], agreed: Dictionary) -> None:
    """Raise R-COLUMNS unless the formula means the model's own columns under a dictionary."""
    try:
        found = named(EVALUATION).read(asked, "the model").resolved(agreed, "the model")
    except FedcliError as error:
        if error.code != "Q-SCORE":
            raise
        raise fault("R-COLUMNS", model=model.short, dataset=agreed.dataset, columns="other names") from None
    terms = {one.name: one.factors for one in found.design.terms}  # type: ignore[attr-defined]
    differing = [one.name for one in linear.terms if terms.get(one.name) != one.factors]
    if differing:
        raise fault("R-COLUMNS", model=model.short, dataset=agreed.dataset, columns=", ".join(differing))


def _draft(model: Model, linear: Linear, wanted: Wanted) -> str:
    asked = _asked(linear, wanted)
    numbers = asked.pop("coefficients")
    assert isinstance(numbers, dict)
    told = ", ".join(
        f"{json.dumps(name, ensure_ascii=False)} = {float(one)!r}" for name, one in numbers.items()
    )
    return "\n".join(
        [
            '# How well a model predicts. Check it with "fedcli query check", then sign it.',
            'schema   = "fedcli/query/1"',
            f"title    = {inline(f'Evaluation of the model {model.short}')}",
            'project  = "project"                # as the sites know it',
            'purpose  = "DUO:0000042"            # Data Use Ontology: general research use',
            f"dataset  = {inline(wanted.dataset)}",
            '# cohort = "age between 40 and 80"  # left out: everyone',
            "",
            "[[analysis]]",
            f"id           = {inline(EVALUATION)}",
            f"analytic     = {inline(EVALUATION)}",
            *(f"{name:12} = {inline(value)}" for name, value in asked.items()),
            f"coefficients = {{ {told} }}",
            f"model        = {inline(model.sha256)}",
            "",
        ]
    )
