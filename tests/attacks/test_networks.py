"""What a network betrays that sites train: rows from slopes, from planted weights, from what it keeps."""

from __future__ import annotations

import random
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from fedcli.analytics.network import Network
from fedcli.engine.blocks import Block
from fedcli.engine.shortened import Shortened
from fedcli.engine.training import Training
from fedcli.model.disclosure import Verdict
from fedcli.model.policy import Disclosure
from fedcli.policy.profiles import profile
from fedcli.statistics.averaging import Weights
from fedcli.statistics.clipped import clipped
from fedcli.statistics.score import Local
from fedcli.workflows.rounds import _seed
from tests.attacks.test_trained import DICTIONARY
from tests.campaign.site import numbered, site

STANDARD = profile("standard").disclosure.model_copy(update={"secondary": "none", "memory": "none"})
EVALUATION = profile("evaluation").disclosure


def model(hidden: tuple[int, ...], activation: str = "relu", **more: Any) -> Network:
    told = {"family": "binomial", "formula": "ill ~ dose + age", "hidden": list(hidden), "epochs": 1}
    return Network.read(told | {"activation": activation} | more, "a test").resolved(DICTIONARY, "a test")


def people(number: int, seed: int = 5) -> list[dict[str, Any]]:
    """Persons whose illness nothing tells."""
    lots = random.Random(seed)
    return numbered(
        [
            {
                "ill": lots.randint(0, 1),
                "dose": lots.uniform(5, 95),
                "age": lots.uniform(20, 90),
                "ward": None,
            }
            for _ in range(number)
        ]
    )


def inputs(rows: list[dict[str, Any]]) -> np.ndarray:
    """What the network sees of each person, a line for each column, as bounds scale them."""
    return np.array([[(row[name] - 50) / 50 for row in rows] for name in ("dose", "age")])


def block(x: np.ndarray, y: np.ndarray) -> Block:
    return Block(np.vstack([np.ones(x.shape[1]), x]), y.astype(float), None, None)


def begun(asked: Network, seed: str = "lots") -> Weights:
    """The first state, of columns in units of half their bounds."""
    state = Weights(beta=(), means=(0.0,) * 3, spreads=(1.0,) * 3)
    return asked.seeded(state.model_copy(update={"costs": (0.0,) * asked._design.trained}), seed)


def update(asked: Network, state: Weights, one: Block) -> np.ndarray:
    """How far the weights go, in all steps of a round, times n."""
    local: Local = state.local
    training = Training(asked._design, "binomial", state.beta, local, lambda: [one])
    return np.array(training.over([one])["update"])


def decided(rows: list[dict[str, Any]], asked: Network, state: Weights | None, rules: Disclosure) -> Any:
    """How the gate ends."""
    told = {name: value for name, value in asked.json_value().items() if name not in ("design",)}
    with site(rows, DICTIONARY, rules) as place:
        return place.decided("network", None, state=state, **told)


def failed(decision: Any) -> set[str]:
    return {one.check for one in decision.findings if one.verdict is Verdict.FAIL}


# -- rows from slopes ------------------------------------------------------------------------------------


def inverted(asked: Network, moved: np.ndarray) -> list[np.ndarray]:
    """The input that each unit's slope tells: its weights' over its bias's (Phong et al. 2017)."""
    into, out = asked._layers.sizes(2)[0]
    matrix, biases = moved[: into * out].reshape(into, out), moved[into * out : (into + 1) * out]
    return [matrix[:, unit] / biases[unit] for unit in range(out) if abs(biases[unit]) > 1e-12]


def test_a_slope_of_one_row_is_the_row() -> None:
    """The control: where nothing judges it, one person's update gives her row back to 1e-9."""
    asked, rows = model((4,)), people(1)
    x = inputs(rows)
    found = inverted(asked, update(asked, begun(asked), block(x, np.array([rows[0]["ill"]]))))
    assert found
    for one in found:
        assert one == pytest.approx(x[:, 0], abs=1e-9)


@pytest.mark.parametrize("number", [1, 3, 9])
def test_a_slope_of_few_does_not_leave(number: int) -> None:
    """Neither under `standard` with networks allowed nor where checks are only recorded."""
    asked = model((1,))
    for rules in (STANDARD, EVALUATION):
        assert decided(people(number), asked, begun(asked), rules).released is None


def test_a_slope_of_many_is_nobodys_row() -> None:
    """At the bounds of `standard` a round passes, and what it inverts to is no person's row."""
    asked, rows = model((1,), "tanh"), people(400)
    state, x = begun(asked), inputs(rows)
    assert decided(rows, asked, state, STANDARD).released is not None
    y = np.array([row["ill"] for row in rows])
    [found] = inverted(asked, update(asked, state, block(x, y)))
    apart = np.abs(x - found[:, None]).max(axis=0)
    assert apart.min() > 1e-4


# -- weights that were planted -----------------------------------------------------------------------------


def planted(asked: Network, target: np.ndarray) -> Weights:
    """A unit that is on for one person alone: who goes furthest in a direction."""
    direction = target / np.linalg.norm(target)
    edge = float(direction @ target) - 1e-3
    beta = [*(1e3 * direction), -1e3 * edge, 1e-3, 0.0]
    return begun(asked).model_copy(update={"beta": tuple(map(float, beta))})


def outlier(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The same with somebody at an edge."""
    return [rows[0] | {"dose": 99.0, "age": 99.0}, *rows[1:]]


def test_a_planted_unit_isolates_a_person() -> None:
    """The control: from the sum of 400 persons the row of one, to 1e-6 (Boenisch et al. 2023)."""
    asked, rows = model((1,)), outlier(people(400))
    x, y = inputs(rows), np.array([row["ill"] for row in rows])
    [found] = inverted(asked, update(asked, planted(asked, x[:, 0]), block(x, y)))
    assert found == pytest.approx(x[:, 0], abs=1e-6)


def test_a_planted_unit_is_seen_by_the_gate() -> None:
    """Sites refuse the state by name already (`tests/workflows/test_networks.py`); this is beside it.

    Whoever signs such a state all the same: one person has all of a coordinate, and nothing leaves.
    """
    asked, rows = model((1,)), outlier(people(400))
    assert not failed(decided(rows, asked, begun(asked), STANDARD))
    assert "model_dominance" in failed(decided(rows, asked, planted(asked, inputs(rows)[:, 0]), STANDARD))


def test_nobody_knows_the_lots_before_sites_have_signed() -> None:
    """The seed is of every site's release of the first round too: no title can be tried for it."""

    def told(*releases: str) -> Any:
        return [
            SimpleNamespace(
                values=SimpleNamespace(value=SimpleNamespace(site=f"s{at}")),
                release=SimpleNamespace(envelope=one),
            )
            for at, one in enumerate(releases)
        ]

    query, analysis = SimpleNamespace(sha256="q"), SimpleNamespace(id="a")
    seeds = [
        _seed(query, analysis, told(*one))  # type: ignore[arg-type]
        for one in (("x", "y"), ("x", "y"), ("x", "z"), ("w", "y"))
    ]
    assert seeds[0] == seeds[1]
    assert len(set(seeds)) == 3
    other = SimpleNamespace(sha256="other")
    assert _seed(other, analysis, told("x", "y")) != seeds[0]  # type: ignore[arg-type]


# -- what a network keeps -----------------------------------------------------------------------------------


def learned(asked: Network, x: np.ndarray, y: np.ndarray, steps: int, seed: str = "lots") -> np.ndarray:
    """The weights after so many steps on all rows; long ones, as fast as they bear."""
    state, one = begun(asked, seed), block(x, y)
    for _ in range(steps):
        way = update(asked, state, one) / len(y)
        state = state.model_copy(update={"beta": tuple(map(float, np.array(state.beta) + way))})
    return np.array(state.beta)


def losses(asked: Network, weights: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """The loss of each row."""
    from fedcli.engine.layers import Network as Layered

    eta = Layered(asked._layers, len(x)).forward(weights, x)[-1][0]
    return np.logaddexp(0, eta) - y * eta


def auc(members: np.ndarray, others: np.ndarray) -> float:
    """How often a member has less loss than somebody else (Yeom et al. 2018)."""
    return float((members[:, None] < others[None, :]).mean() + 0.5 * (members[:, None] == others).mean())


def _lots(number: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    draw = np.random.default_rng(seed)
    return draw.uniform(-1, 1, (2, number)), draw.integers(0, 2, number).astype(float)


def test_a_loss_tells_who_was_there() -> None:
    """The control: of a network with more weights than persons members have less loss than others."""
    asked = model((24, 12), "tanh", epochs=100, learning_rate=3.0)
    x, y = _lots(20, 1)
    weights = learned(asked, x, y, 8)
    apart = auc(losses(asked, weights, x, y), losses(asked, weights, *_lots(400, 2)))
    assert apart > 0.75
    told = losses(asked, weights, x, y)
    assert (told < np.log(2)).mean() >= 0.9  # it keeps the labels that nothing tells


def test_a_loss_tells_hardly_who_was_there_within_the_bound() -> None:
    """With ten persons for each weight a longer training tells members from others hardly at all."""
    asked = model((10,), "tanh", epochs=100, learning_rate=1.0)
    assert asked._design.trained == 41
    x, y = _lots(410, 3)
    weights = learned(asked, x, y, 20)
    assert 0.4 < auc(losses(asked, weights, x, y), losses(asked, weights, *_lots(2000, 4))) < 0.6


# -- why a site does not measure it by itself (ADR 49) -------------------------------------------------------


def test_who_is_outside_the_cohort_is_no_hold_out() -> None:
    """A model that nobody of a site trained tells its cohort from everybody else: cohorts are chosen.

    Of who has a high dose it is clear who is ill, of others nothing tells it; so it is not by membership
    that losses differ, and a rule that compared these two would speak of the cohort.
    """
    asked = model((4,), "tanh", epochs=40, learning_rate=3.0)

    def lots(number: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
        x, y = _lots(number, seed)
        return x, np.where(x[0] > 0, (x[1] > 0).astype(float), y)

    weights = learned(asked, *lots(400, 21), 12)
    x, y = lots(800, 22)
    told, cohort = losses(asked, weights, x, y), x[0] > 0
    assert auc(told[cohort], told[~cohort]) > 0.8
    half = np.arange(800) % 2 == 0
    assert 0.45 < auc(told[half], told[~half]) < 0.55


def test_noise_tells_nobody() -> None:
    """The network that keeps everything in the control keeps nothing under noise: rho 0.5 in all rounds."""
    asked = model((24, 12), "tanh", clip=1.0)
    form, draw = clipped(asked._design, first=False), np.random.default_rng(7)
    x, y = _lots(20, 1)
    weights, rounds = np.array(begun(asked).beta), 50
    wide = np.sqrt(rounds / (2 * 0.5))
    for _ in range(rounds):
        told = Shortened(form, "binomial", tuple(weights), asked._layers).over([block(x, y)])
        weights = weights + 1.0 * (np.array(told) / form.unit + draw.normal(0, wide, len(told))) / len(y)
    assert 0.3 < auc(losses(asked, weights, x, y), losses(asked, weights, *_lots(2000, 2))) < 0.7


def test_a_network_that_could_keep_its_rows() -> None:
    """A policy that only records its checks refuses it too; one weight for ten persons passes there."""
    rows = people(400)
    inside, beyond = model((10,), rounds=1), model((11,), rounds=1)
    weights = [asked._design.trained for asked in (inside, beyond)]
    assert weights == [41, 45]
    assert decided(rows, beyond, begun(beyond), EVALUATION).released is None
    assert decided(rows, inside, begun(inside), EVALUATION).released is None
    assert failed(decided(rows, beyond, begun(beyond), EVALUATION)) >= {"network"}
    passes = model((9,), rounds=1)
    assert decided(rows, passes, begun(passes), EVALUATION).released is not None


def test_parameters_are_weights() -> None:
    """The rule of parameters counts weights, not columns: few columns do not make a network small."""
    rows, asked = people(400), model((6,), rounds=1)
    assert asked._design.trained == 25
    assert "parameters" in failed(decided(rows, asked, begun(asked), STANDARD))
    assert "parameters" not in failed(decided(rows, model((3,)), begun(model((3,))), STANDARD))
