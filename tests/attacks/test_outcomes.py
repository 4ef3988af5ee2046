"""Models: what one person holds most of among those with the outcome, or among those without it."""

from __future__ import annotations

import math
import random
from typing import Any

import pytest

from fedcli.model.dataset import Dictionary
from fedcli.model.disclosure import Verdict
from fedcli.model.policy import Disclosure
from fedcli.model.release import Answered
from fedcli.policy.profiles import profile
from tests.campaign.site import numbered, of_persons, site

STANDARD = profile("standard").disclosure
FORGETFUL = STANDARD.model_copy(update={"secondary": "none", "memory": "none"})
OPEN = FORGETFUL.model_copy(update={"dominance": (), "p_percent": "0"})
DICTIONARY = of_persons(
    {
        "ill": {"type": "boolean"},
        "times_ill": {"type": "integer", "bounds": [0, 20]},
        "time": {"type": "real", "bounds": [0, 100]},
        "begun": {"type": "real", "bounds": [0, 100]},
        "arm": {"type": "text", "levels": ["a", "b"]},
        "dose": {"type": "real", "bounds": [0, 1000]},
        "weight": {"type": "real", "bounds": [0, 10000]},
    }
)
LOGISTIC: dict[str, Any] = {"name": "glm", "formula": "ill ~ dose", "family": "binomial"}
HAZARDS: dict[str, Any] = {"time": "time", "event": "ill", "formula": "dose"}
#: Each model that compares persons with and without an event.
MODELS: dict[str, dict[str, Any]] = {
    "binomial": LOGISTIC,
    "probit": LOGISTIC | {"link": "probit"},
    "site-intercepts": LOGISTIC | {"intercepts": "site"},
    "poisson-of-a-flag": LOGISTIC | {"formula": "times_ill ~ dose", "family": "poisson"},
    "gaussian-of-a-flag": LOGISTIC | {"formula": "times_ill ~ dose", "family": "gaussian"},
    "cox": HAZARDS | {"name": "cox"},
    "late-entry": HAZARDS | {"name": "cox", "entry": "begun"},
    "proportional": HAZARDS | {"name": "proportional", "until": 100.0, "trend": "identity"},
    "piecewise": HAZARDS | {"name": "piecewise", "breaks": [30.0]},
}


def people(number: int = 900) -> list[dict[str, Any]]:
    """Persons of whom a third falls ill, once."""
    lots = random.Random(11)
    rows = [
        {
            "ill": at % 3 == 0,
            "times_ill": int(at % 3 == 0),
            "time": lots.uniform(1, 60 if at % 3 == 0 else 95),
            "begun": 0.5 * (at % 5),
            "arm": lots.choice("ab"),
            "dose": lots.uniform(1, 9),
            "weight": lots.uniform(1, 2),
        }
        for at in range(number)
    ]
    return numbered(rows)


def held(rows: list[dict[str, Any]], ill: bool, column: str = "dose") -> list[dict[str, Any]]:
    """The same, where one of those who are ill, or not, holds 70 % of what they have, and a tenth of all."""
    those = [row for row in rows if row["ill"] is ill]
    for at, row in enumerate(those):
        row[column] = 0.08 + 0.04 * at / len(those)
    those[0][column] = 0.1 * len(those) * 7 / 3
    for row in rows:
        row[column] = row[column] * (1 if row["ill"] is ill else 10)
    everybody = sum(row[column] for row in rows)
    assert those[0][column] / sum(row[column] for row in those) > 0.65
    assert those[0][column] / everybody < 0.1
    return rows


def failed(rows: list[dict[str, Any]], rules: Disclosure = FORGETFUL, **asked: Any) -> set[str]:
    """Which checks a model fails."""
    with site(rows, DICTIONARY, rules) as place:
        decision = place.decided(asked.pop("name"), None, **asked)
    return {one.check for one in decision.findings if one.verdict is Verdict.FAIL}


def told(rows: list[dict[str, Any]], rules: Disclosure, **asked: Any) -> Answered | None:
    """What leaves of its first step."""
    with site(rows, DICTIONARY, rules) as place:
        return place.asked(asked.pop("name"), None, **asked)


@pytest.mark.parametrize("ill", [True, False])
@pytest.mark.parametrize("model", MODELS)
def test_one_holds_nearly_all_of_those_with_the_outcome_or_without(model: str, ill: bool) -> None:
    """Among all persons nobody holds much; among those with one outcome somebody has two thirds."""
    assert failed(people(), **MODELS[model]) == set()
    assert "model_dominance" in failed(held(people(), ill), **MODELS[model])
    assert failed(held(people(), ill), OPEN, **MODELS[model]) == set()


@pytest.mark.parametrize("ill", [True, False])
def test_the_first_step_tells_both_totals(ill: bool) -> None:
    """Of a logistic model that starts at 3/4 or 1/4 for everybody: what its score and its information say."""
    rows = held(people(), ill)
    answer = told(rows, OPEN, **LOGISTIC)
    assert answer is not None
    n, (_, both, _), (less, score) = (
        float(str(answer.cells["n"][0])),
        map(float, map(str, answer.cells["gram"])),
        map(float, map(str, answer.cells["score"])),
    )
    centre, scale = _units("dose")
    everybody = both / (3 / 16) * scale + centre * n
    step = 3 / 16 * math.log(3) + 1 / 4  # what each adds, or takes
    apart = score / step * scale + centre * less / step
    told_of = {True: (everybody + apart) / 2, False: (everybody - apart) / 2}
    true = sum(row["dose"] for row in rows if row["ill"] is ill)
    assert told_of[ill] == pytest.approx(true, rel=0.02)
    assert told(rows, FORGETFUL, **LOGISTIC) is None


def _units(column: str) -> tuple[float, float]:
    """Where a term is centred, and what it is a multiple of: public facts."""
    from fedcli.analytics import parse
    from fedcli.workflows.trial import analysis

    asked = {key: value for key, value in LOGISTIC.items() if key != "name"}
    design = parse(analysis(DICTIONARY, "glm", **asked), "a test").design  # type: ignore[attr-defined]
    [term] = [term for term in design.terms if term.name == column]
    return float(term.centre), float(term.scale)


def test_the_second_could_work_out_the_first() -> None:
    """Two hold nearly all of the dose of those who are ill; neither has half of it."""
    rows = held(people(), True)
    those = [row for row in rows if row["ill"]]
    half = those[0]["dose"] * 2
    for at, row in enumerate(those):
        row["dose"] = 0.01 + 0.001 * at / len(those)
    those[0]["dose"], those[1]["dose"] = half, half * 0.97
    loose = FORGETFUL.model_copy(update={"dominance": ()})
    assert failed(rows, loose, **LOGISTIC) == {"model_p_percent"}


@pytest.mark.parametrize(("family", "high"), [("poisson", 12), ("negative-binomial", 12), ("gaussian", 12)])
def test_of_a_count_it_is_the_products(family: str, high: int) -> None:
    """One has most of the sum of doses times counts, and neither of the doses nor of the counts."""
    lots = random.Random(3)
    rows = people()
    for row in rows:
        row["times_ill"] = lots.choice((0, 1, 2, 3))
        row["dose"] = lots.uniform(80, 90) if row["times_ill"] == 0 else lots.uniform(0.01, 0.03)
    asked = LOGISTIC | {"formula": "times_ill ~ dose", "family": family}
    assert failed(people_of(rows, 0.02, 1), **asked) == set()
    assert "model_dominance" in failed(people_of(rows, 200.0, high), **asked)


def people_of(rows: list[dict[str, Any]], dose: float, ill: int) -> list[dict[str, Any]]:
    """The same, of whom the first has that."""
    return [rows[0] | {"dose": dose, "times_ill": ill}, *rows[1:]]


def test_events_beyond_the_horizon_are_none() -> None:
    """Who holds most of the dose of all who die dies after the horizon, where nobody looks any more."""
    rows = held(people(), True)
    [first, *_] = sorted((row for row in rows if row["ill"]), key=_dose, reverse=True)
    asked = HAZARDS | {"name": "cox", "until": 50.0}
    first["time"] = 49.0
    assert "model_dominance" in failed(rows, **asked)
    first["time"] = 51.0
    assert failed(rows, **asked) == set()


def _dose(row: dict[str, Any]) -> float:
    return float(row["dose"])


@pytest.mark.parametrize("ill", [True, False])
def test_one_weighs_more_than_all_others_with_the_outcome_or_without(ill: bool) -> None:
    """With prior weights an indicator's score is a sum of weights: of those who are ill, or who are not."""
    asked = LOGISTIC | {"formula": "ill ~ arm", "weights": "weight"}
    assert failed(people(), **asked) == set()
    rows = held(people(), ill, "weight")
    assert "model_dominance" in failed(rows, **asked)


def test_rows_of_a_person_count_as_one() -> None:
    """Of a person with many rows it is the sum of them; in estimating equations too."""
    rows = held(people(), True)
    those = [row for row in rows if row["ill"]]
    for row in those[:100]:
        row["dose"] = 1 + row["dose"] / 100
    asked = {"formula": "ill ~ dose", "family": "binomial", "correlation": "independence"}
    visit = {"type": "integer", "sensitivity": "identifier"}
    told_of = DICTIONARY.json_value()
    several = told_of | {"row_key": "visit", "columns": {**told_of["columns"], "visit": visit}}
    repeated = Dictionary.read({"schema": "fedcli/dictionary/1", **several}, "a test")
    rows = [{**row, "visit": at} for at, row in enumerate(rows)]
    those = [row for row in rows if row["ill"]]
    for many in (False, True):
        for at, row in enumerate(those[:100]):
            row["person"] = those[0]["person"] if many else f"q{at:03}"
        with site(rows, repeated, FORGETFUL) as place:
            decision = place.decided("gee", None, **asked)
        failing = {(one.check, one.field) for one in decision.findings if one.verdict is Verdict.FAIL}
        assert (("model_dominance", "score") in failing) is many
