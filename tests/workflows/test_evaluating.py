"""`model evaluate`: from a model to a query that sites answer, and to the figures on its card."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.models import classifier
from tests.workflows.fitting import SITES, fitted_world
from tests.world import World

NUMBERS = {"age": 0.067}


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
    line = ["model", "evaluate", model, "--dataset", "cohort", "--by", "sex", "--bins", "4", "-o", file]
    world.ok(*line, home="researcher")
    text = file.read_text().replace('"project" ', '"cardio-2026" ').replace("DUO:0000042", "DUO:0000006")
    _, told = _studied(world, text)
    answer = told["results"]["validation"]
    assert answer["scalars"]["n_missing"] == 0
    assert {"calibration", "thresholds", "groups"} <= answer["tables"].keys()
    checked = world.ok("query", "explain", str(file), home="researcher").out
    assert "0.067 age" in checked


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
