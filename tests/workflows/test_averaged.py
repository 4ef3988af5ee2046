"""Federated averaging in a federation: rounds that every site follows, with a robust combiner."""

from __future__ import annotations

from typing import Any

import pytest

from fedcli.model.trained import Linear
from fedcli.workflows.trained import models
from tests.workflows.fitting import SITES, fitted_world, question
from tests.world import World

MODEL = 'id = "risk"\nanalytic = "fedavg"\nfamily = "binomial"\nformula = "ill ~ age + sex"\nrounds = 3'


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """A federation of three sites."""
    return fitted_world(tmp_path_factory.mktemp("averaged"))


def test_rounds_with_a_median(world: World) -> None:
    """Four rounds under the rules of standard; each site recomputes the median of all before it goes on."""
    query = world.submit(question(f'{MODEL}\ncombiner = "median"'))
    world.approve(query, *SITES)
    for _ in range(3):
        assert [one.exit for one in world.run(*SITES)] == [0, 0, 0]
        ended = world.cli("combine", query, "--format", "json", home="researcher")
        assert (ended.exit, ended.document["code"]) == (8, "R-ROUND")
    world.run(*SITES)
    answer: Any = world.ok("combine", query, "--format", "json", home="researcher").data["results"]["risk"]
    assert answer["scalars"]["iterations"] == 3
    losses = [row[1] for row in answer["tables"]["rounds"]["rows"]]
    assert losses == sorted(losses, reverse=True)
    assert losses[0] == pytest.approx(0.693147, abs=1e-6)
    assert [row[0] for row in answer["tables"]["sites"]["rows"]] == list(SITES)
    assert [row[4] for row in answer["tables"]["sites"]["rows"]] == [0, 0, 0]
    [model] = [one.model for one in models(world.desk("researcher"))]
    assert isinstance(model.predictor, Linear)
    told = [row[1] for row in answer["tables"]["coefficients"]["rows"]]
    assert [model.predictor.intercept, *model.predictor.coefficients] == told
    assert (model.predictor.link, model.predictor.classes) == ("logit", (False, True))


def test_too_few_sites_are_told_before_anything_is_signed(world: World) -> None:
    """Krum wants five sites where one may be wrong."""
    (world.folder / "researcher" / "krum.toml").write_text(question(f'{MODEL}\ncombiner = "krum"'))
    path = str(world.folder / "researcher" / "krum.toml")
    ended = world.cli("query", "submit", path, "--format", "json", home="researcher")
    assert ended.document["code"] == "R-ROBUST"
    assert ended.exit == 4


def test_noise_wants_one_step_a_round(world: World) -> None:
    """How far a person moves several steps of a site is not known: it says which number to write."""
    told = question(f"{MODEL}\nclip = 1") + '\n[privacy]\nmode = "differential-privacy"\nrho = "0.1"\n'
    (world.folder / "researcher" / "noise.toml").write_text(told)
    path = str(world.folder / "researcher" / "noise.toml")
    ended = world.cli("query", "submit", path, "--format", "json", home="researcher")
    assert ended.document["code"] == "Q-NOISE", ended.text
    assert "epochs = 1" in ended.text
