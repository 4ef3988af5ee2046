"""A query that evaluates a model at the sites, as a draft with its formula and its numbers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

from fedcli.analytics import named
from fedcli.errors import FedcliError, fault
from fedcli.files.toml import inline
from fedcli.files.writer import write_once
from fedcli.model.dataset import Dictionary
from fedcli.model.home import Desk
from fedcli.model.identifiers import ColumnName, Name
from fedcli.model.shown.reference import TextShown
from fedcli.model.terms import Design
from fedcli.model.trained import Model
from fedcli.workflows.models import EVALUATION
from fedcli.workflows.scorable import Scorable, scorable
from fedcli.workflows.standing import dictionary, membership, require
from fedcli.workflows.trained import find


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
        InvalidFile: F-SCHEMA for more nodes or weights than a query may have.
    """
    require(desk, "researcher")
    model = find(desk, given).model
    agreed = dictionary(desk.home, membership(desk), wanted.dataset)
    of = _classifier(model, agreed)
    asked = _asked(of, wanted)
    _check(model, of, asked, agreed)
    text = _draft(model, asked, wanted)
    if path is not None:
        write_once(path, text.encode())
    return TextShown(text=text, path=str(path) if path else None)


def _classifier(model: Model, agreed: Dictionary) -> Scorable:
    of = scorable(model.predictor, agreed)
    if of is None:
        raise fault("R-CLASSIFIER", model=model.short, reason="it does not predict one of two classes")
    if any(factor.spline for term in of.terms for factor in term.factors):
        raise fault("R-CLASSIFIER", model=model.short, reason="it has splines")
    return of


def _asked(of: Scorable, wanted: Wanted) -> dict[str, Any]:
    """The parameters of the analysis, but for the model's digest."""
    told = {"formula": f"{wanted.outcome or of.outcome} ~ {of.right}", **of.numbers, "bins": wanted.bins}
    return told | ({"by": wanted.by} if wanted.by else {})


def _check(model: Model, of: Scorable, asked: dict[str, Any], agreed: Dictionary) -> None:
    """Raise R-COLUMNS unless the formula means the model's own columns under a dictionary."""
    try:
        found = named(EVALUATION).read(asked, "the model").resolved(agreed, "the model")
    except FedcliError as error:
        if error.code != "Q-SCORE":
            raise
        raise fault("R-COLUMNS", model=model.short, dataset=agreed.dataset, columns="other names") from None
    design: Design = found.design  # type: ignore[attr-defined]
    differing = list(of.differing(design, agreed))
    if differing:
        raise fault("R-COLUMNS", model=model.short, dataset=agreed.dataset, columns=", ".join(differing))


def _draft(model: Model, asked: dict[str, Any], wanted: Wanted) -> str:
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
            *(f"{name:12} = {_written(name, value)}" for name, value in asked.items()),
            f"model        = {inline(model.sha256)}",
            "",
        ]
    )


def _written(name: str, value: Any) -> str:
    """A parameter on one line; names of coefficients are quoted, and their numbers are reals."""
    if name != "coefficients":
        return inline(value)
    told = (f"{json.dumps(one, ensure_ascii=False)} = {float(number)!r}" for one, number in value.items())
    return f"{{ {', '.join(told)} }}"
