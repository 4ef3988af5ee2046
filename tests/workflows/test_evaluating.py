"""`model evaluate`: from a model to a query that sites answer, and to the figures on its card."""

from __future__ import annotations

import json
import math
import tomllib
from collections import Counter
from collections.abc import Callable
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from fedcli.analytics.validation import Validation
from fedcli.engine.memory import MemoryRows
from fedcli.model.dataset import Dictionary
from tests.models import classifier, of_others
from tests.workflows.fitting import DICTIONARY, SITES, fitted_world, table
from tests.world import World

NUMBERS = {"age": 0.067}


FEATURE = {"column": "age", "cuts": [50]}
#: Nine splits, one below the other.
LEAVES = [
    node
    for at in range(9)
    for node in ({"column": "age", "below": 50, "left": 2 * at + 1, "right": 2 * at + 2}, {"value": 0.0})
] + [{"value": 0.0}]
THREE = {"means": [[45.0], [60.0], [70.0]], "variances": [[250.0], [200.0], [100.0]]}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Three sites, and a model that was handed over."""
    world = fitted_world(tmp_path_factory.mktemp("evaluating"))
    given(world, "model.json")
    return world


def given(world: World, name: str, **change: Any) -> str:
    """A file of a model, perhaps changed."""
    told = classifier("ill ~ age", "ill", 1, NUMBERS, -3.5).json_value()
    told["predictor"] |= change
    (world.folder / name).write_text(json.dumps(told))
    return str(world.folder / name)


def test_a_draft_is_answered(world: World, tmp_path: Path) -> None:
    """It is signed as it stands but for the project; its figures are those of counts in bins of the score."""
    file = tmp_path / "evaluation.toml"
    model = str(world.folder / "model.json")
    line = ["model", "evaluate", model, "--dataset", "cohort", "--by", "sex", "--bins", "4", "-o", str(file)]
    world.ok(*line, home="researcher")
    text = file.read_text().replace('"project" ', '"cardio-2026" ').replace("DUO:0000042", "DUO:0000006")
    _, told = _studied(world, text)
    answer = told["results"]["validation"]
    assert answer["scalars"]["n_missing"] == 0
    assert {"calibration", "thresholds", "groups"} <= answer["tables"].keys()
    checked = world.ok("query", "explain", str(file), home="researcher").out
    assert "0.067 age" in checked


@pytest.mark.parametrize("kind", ["trees", "network", "bayes"])
def test_a_model_of_another_kind_is_drafted(kind: str, world: World, tmp_path: Path) -> None:
    """Its query puts rows where the model puts them, one by one; and says to people what it is."""
    file = drafted(world, kind, tmp_path)
    explained = world.ok("query", "explain", str(file), home="researcher").out
    assert {"trees": "age below 50", "network": "2, 1 units", "bayes": "pow(age, 2)"}[kind] in explained
    [asked] = tomllib.loads(file.read_text())["analysis"]
    told = {name: value for name, value in asked.items() if name not in ("id", "analytic")}
    agreed = Dictionary.read(tomllib.loads(DICTIONARY), "a test")
    question = Validation.read(told, "a test").resolved(agreed, "a test")
    rows = table(0, 450).to_pylist()
    sealed = question.local(MemoryRows(rows, agreed, None, question.reads()))
    count = sealed.unseal_for_the_gate()[0].cells["count"]  # type: ignore[attr-defined]
    expected = Counter((sum(SCORE[kind](row) >= edge for edge in EDGES), row["ill"]) for row in rows)
    assert count == tuple(expected[place] for place in product(range(4), (0, 1)))


def test_trees_are_answered(tmp_path: Path) -> None:
    """They are signed, approved, computed and combined; their bins hold whom they put there."""
    world = fitted_world(tmp_path)
    _, told = _studied(world, drafted(world, "trees", tmp_path).read_text())
    rows = told["results"]["validation"]["tables"]["calibration"]["rows"]
    scored = [(SCORE["trees"](row), row["ill"]) for row in table(0, 450).to_pylist()]
    old = [ill for score, ill in scored if score == 2.0]
    assert rows[3][:4] == [0.75, 1.0, len(old), sum(old)]
    young = [ill for score, ill in scored if score == -1.0]
    assert rows[1][:4] == [0.25, 0.5, len(young), sum(young)]


def drafted(world: World, kind: str, folder: Path) -> Path:
    """The draft of a model, of a project and for a purpose that sites know."""
    (folder / f"{kind}.json").write_bytes(of_others("ill", 1)[kind].canonical())
    model, file = str(folder / f"{kind}.json"), folder / "evaluation.toml"
    line = ["model", "evaluate", model, "--dataset", "cohort", "--bins", "4", "-o", str(file)]
    world.ok(*line, home="researcher")
    text = file.read_text().replace('"project" ', '"cardio-2026" ').replace("DUO:0000042", "DUO:0000006")
    file.write_text(text)
    return file


#: Of four bins of the probability, by the logarithm of the odds.
EDGES = (-math.log(3), 0.0, math.log(3))


def _of_network(row: dict[str, Any]) -> float:
    z, male = (float(row["age"]) - 50) / 10, row["sex"] == "m"
    return 2 * math.tanh(z + 0.5 * male) - math.tanh(-z + 0.25 * male + 0.5) + 0.25


def _of_bayes(row: dict[str, Any]) -> float:
    parts = ((0.75, 45, 250), (0.25, 60, 200))
    first, second = (
        math.log(p) - math.log(v) / 2 - (row["age"] - mean) ** 2 / (2 * v) for p, mean, v in parts
    )
    return second - first


SCORE: dict[str, Callable[[dict[str, Any]], float]] = {
    "trees": lambda row: -1.0 if row["age"] < 50 else 2.0 if row["sex"] == "m" else 0.25,
    "network": _of_network,
    "bayes": _of_bayes,
}


def _studied(world: World, text: str) -> tuple[str, dict[str, Any]]:
    query = world.submit(text)
    world.approve(query, *SITES)
    world.run(*SITES)
    return query, world.cli("combine", query, "--format", "json", home="researcher").data


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"classes": None, "link": "identity", "family": "gaussian"}, "R-CLASSIFIER"),
        ({"formula": "ill ~ age + sex"}, "R-COLUMNS"),
        ({"terms": [{"name": "age", "factors": [{"column": "age", "centre": 1.0}]}]}, "R-COLUMNS"),
    ],
)
def test_what_is_not_evaluated(world: World, change: dict[str, Any], code: str) -> None:
    """A number is no class; coefficients of other columns would be another model's."""
    file = given(world, "other.json", **change)
    ended = world.cli("model", "evaluate", file, "--dataset", "cohort", "--format", "json", home="researcher")
    assert (ended.exit, ended.document["code"]) == (2, code)


@pytest.mark.parametrize(
    ("kind", "change", "ends", "code"),
    [
        ("trees", {"classes": [1, 0]}, 2, "R-COLUMNS"),
        ("bayes", {"classes": [1, 0]}, 2, "R-COLUMNS"),
        ("trees", {"features": [FEATURE, {"column": "sex", "levels": ["m", "f"]}]}, 2, "R-COLUMNS"),
        ("trees", {"outcome": "sex", "classes": ["f", "m"]}, 3, "Q-FORMULA"),
        ("trees", {"trees": [{"nodes": LEAVES}] * 300}, 3, "F-SCHEMA"),
        ("bayes", {"classes": [0, 1, 2], "priors": [0.5, 0.25, 0.25]} | THREE, 2, "R-CLASSIFIER"),
        ("network", {"formula": "ill ~ age + sex + age:sex"}, 2, "R-COLUMNS"),
    ],
)
def test_what_is_not_evaluated_of_other_kinds(
    kind: str, change: dict[str, Any], ends: int, code: str, world: World
) -> None:
    """What would be scored the other way round, by other columns, or at more length than a query may have."""
    told = of_others("ill", 1)[kind].json_value()
    told["predictor"] |= change
    file = world.folder / "changed.json"
    file.write_text(json.dumps(told))
    line = ["model", "evaluate", str(file), "--dataset", "cohort", "--format", "json"]
    ended = world.cli(*line, home="researcher")
    assert (ended.exit, ended.document["code"]) == (ends, code)
