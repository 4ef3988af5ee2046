"""Networks in a federation: who answers them, where they begin, and weights that somebody planted."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from fedcli.model.trained import Network
from fedcli.workflows.trained import models
from tests.workflows.acts import edit, entries
from tests.workflows.fitting import SITES, combined, fit, fitted_world, question
from tests.workflows.test_rounds import _forge as forge
from tests.workflows.test_rounds import _refused as refused
from tests.workflows.test_rounds import _state as states_of
from tests.world import World, copied

MODEL = (
    'id = "risk"\nanalytic = "network"\nfamily = "binomial"\nformula = "ill ~ age + sex"\nhidden = [1]\n'
    "rounds = 2\nepochs = 1"
)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """A federation of three sites."""
    return fitted_world(tmp_path_factory.mktemp("networks"))


@pytest.fixture(scope="module")
def begun(world: World, tmp_path_factory: pytest.TempPathFactory) -> tuple[World, str]:
    """The same where networks are allowed, and a query of which the second round is asked."""
    other = copied(world, tmp_path_factory.mktemp("allowed") / "world")
    for site in SITES:
        edit(other.folder / site / "policy.toml", 'networks   = "refused"', 'networks   = "allowed"')
        other.cli("data", "check", "cohort", home=site)
    query = other.submit(question(MODEL))
    other.approve(query, *SITES)
    assert [one.exit for one in other.run(*SITES)] == [0, 0, 0]
    assert combined(other, query) == (8, "R-ROUND")
    return other, query


def test_a_network_is_refused_unless_the_policy_allows_it(world: World, tmp_path: Path) -> None:
    """For what everybody may know, before anything is charged; the code says what to ask instead."""
    world = copied(world, tmp_path / "world")
    query = world.submit(question(MODEL))
    world.approve(query, *SITES)
    before = entries(world, "north", "charge")
    assert "P-NETWORK" in world.cli("run", query, "--format", "json", home="north").text
    assert entries(world, "north", "charge") == before


def test_it_begins_by_lot_and_ends(begun: tuple[World, str], tmp_path: Path) -> None:
    """All sites draw the same weights; the result has them, and a model is made of it."""
    world, query = copied(begun[0], tmp_path / "world"), begun[1]
    state: Any = states_of(world, query)
    assert len(state["beta"]) == 5
    assert len(set(state["beta"])) == 4  # three weights are drawn; biases are zero
    assert fit(world, query) == 2
    told: Any = world.ok("combine", query, "--format", "json", home="researcher").data["results"]["risk"]
    assert told["scalars"]["iterations"] == 2
    [model] = [one.model for one in models(world.desk("researcher"))]
    assert isinstance(model.predictor, Network)
    assert [one.name for one in model.predictor.inputs] == ["age", "sexm"]
    weights = [row[3] for row in told["tables"]["weights"]["rows"]]
    layers = model.predictor.layers
    assert weights == [
        one
        for layer in layers
        for unit in zip(layer.weights, layer.biases, strict=True)
        for one in (*unit[0], unit[1])
    ]


def test_weights_that_were_planted(begun: tuple[World, str], tmp_path: Path) -> None:
    """A researcher who plants a neuron for one person is refused by every site, before it opens anything."""
    world, query = copied(begun[0], tmp_path / "world"), begun[1]
    state: Any = states_of(world, query)
    planted = [50.0, *state["beta"][1:]]
    forge(world, query, states={"states": {"risk": state | {"beta": planted}}})
    refused(world, query, "R-STATE")


def test_a_network_with_noise(world: World, tmp_path: Path) -> None:
    """Under `private` it is answered: all rounds are paid for with the first."""
    folder = world.folder / "researcher"
    told = question(f"{MODEL}\nclip = 1") + '\n[privacy]\nmode = "differential-privacy"\nrho = "0.4"\n'
    (folder / "noise.toml").write_text(told)
    sites = tmp_path / "sites"
    sites.mkdir()
    for site in SITES:
        (sites / f"{site}.parquet").write_bytes((world.folder.parent / f"{site}.parquet").read_bytes())
    dictionary = str(world.folder.parent / "persons.toml")
    line = ("rehearse", str(folder / "noise.toml"), "--data", str(sites), "--dictionary", dictionary)
    ended = world.cli(*line, "--policy", "private", "--format", "json")
    assert ended.exit == 0, ended.text
    risk = ended.data["results"]["risk"]
    assert risk["scalars"]["iterations"] == 2
    assert {one["place"] for one in risk["noisy"]} == {"n"}
    assert all(isinstance(row[3], float) for row in risk["tables"]["weights"]["rows"])
