"""Training under noise: what a round sums up, how far a person moves it, and what noise does to the end."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from fedcli.analytics.fedavg import Fedavg
from fedcli.engine.blocks import ROWS, Block
from fedcli.engine.bounded import BoundedRows
from fedcli.engine.layers import product
from fedcli.engine.shortened import Shortened
from fedcli.errors import FedcliError
from fedcli.model.cells import About
from fedcli.model.policy import Mode
from fedcli.model.terms import Layers
from fedcli.statistics.averaging import Weights
from fedcli.statistics.clipped import Clipped, Descent, clipped
from fedcli.statistics.forms import STEPS, Noisy
from fedcli.statistics.planned import PlannedRows
from tests.laws.datasets import Row
from tests.laws.engines import opened, table
from tests.unit.statistics.test_models_noise import COUNTED, DICTIONARY, KEY, visits

FORMULAS = {"binomial": "b ~ z + x + t", "gaussian": "x ~ z + f"}
STATES = {"binomial": (0.4, -2.0, 1.5, 0.0, 9.0), "gaussian": (0.2, -4.0, 0.3)}
CLIPS = (0.05, 0.8, 100.0)


def model(family: str, **more: Any) -> Fedavg:
    """Training on the table of the models' tests."""
    told = {"family": family, "formula": FORMULAS[family], "unit": "person", "epochs": 1, "clip": 0.8}
    return Fedavg.read(told | more, "a test").resolved(DICTIONARY, "a test")


def vector_of(asked: Fedavg, rows: Sequence[Row], state: tuple[float, ...] | None) -> tuple[int, ...]:
    """What DuckDB's bounded rows add up to."""
    with opened(table(DICTIONARY, rows)) as source:
        found = BoundedRows(source, DICTIONARY, None, asked.reads(), COUNTED, KEY)
        return found.score(asked._design, asked.family, state).unseal_for_noise()[1]


def by_hand(family: str, rows: Sequence[Row], beta: tuple[float, ...], clip: float) -> list[float]:
    """The sum of clipped slopes of rows that lack nothing, in units of `clip`."""
    told = np.zeros(len(beta))
    for row in rows:
        levels = [float(row["t"] == "b"), float(row["t"] == "c")]
        z = (row["z"] - 51) / 50
        line = [1.0, z, row["x"] / 10, *levels] if family == "binomial" else [1.0, z, float(row["f"])]
        eta = float(np.dot(line, beta))
        expected = 1 / (1 + math.exp(-eta)) if family == "binomial" else eta
        slope = ((row["b"] if family == "binomial" else row["x"] / 10) - expected) * np.array(line)
        told += slope * min(1.0, clip / math.sqrt(slope @ slope)) / clip
    return [float(one) for one in told]


def single(seed: int, persons: int) -> list[Row]:
    """Persons with one visit each, who lack nothing."""
    return list({row["person"]: row for row in visits(seed, persons, odd=False)}.values())


@pytest.mark.parametrize("clip", CLIPS)
@pytest.mark.parametrize("family", FORMULAS)
def test_the_sum_is_the_one_by_hand(family: str, clip: float) -> None:
    """Each slope is cut towards zero to steps, so that a sum is off by less than one for each row."""
    rows, beta = single(3, 50), STATES[family]
    whole = vector_of(model(family, clip=clip), rows, beta)
    expected = by_hand(family, rows, beta, clip)
    assert [one / STEPS for one in whole] == pytest.approx(expected, abs=len(rows) / STEPS)


def test_the_first_round_counts_persons() -> None:
    """One for each who has a row that lacks nothing, however many she has."""
    rows = [*visits(1, 30, odd=False), visits(1, 1, odd=False)[0] | {"person": "odd", "z": None}]
    assert vector_of(model("binomial"), rows, None) == (30,)


def _extreme(p: int, draw: random.Random) -> Block:
    some = [-1.0, 1.0, 0.0, 1e-300, math.nan, math.inf, 7.0]
    x = [[draw.choice([draw.uniform(-1, 1), draw.choice(some)])] for _ in range(p)]
    y = [draw.choice([-1.0, 0.0, 1.0, 20.0, 1e300, -math.inf, math.nan, draw.uniform(-1, 1)])]
    return Block(np.array(x), np.array(y), None, None)


@pytest.mark.parametrize("clip", CLIPS)
@pytest.mark.parametrize("family", FORMULAS)
def test_no_row_moves_it_further_than_one(family: str, clip: float) -> None:
    """2000 rows of any kind, at coefficients of any size."""
    p, draw = len(STATES[family]), random.Random(f"{family}{clip}")
    form = clipped(model(family, clip=clip)._design, first=False)
    for _ in range(2000):
        beta = tuple(draw.choice([0.0, draw.gauss(0, 1), draw.gauss(0, 1e6), 1e200]) for _ in range(p))
        told = Shortened(form, family, beta).over([_extreme(p, draw)])  # type: ignore[arg-type]
        assert sum(one**2 for one in told) <= form.steps


@pytest.mark.parametrize("family", FORMULAS)
@pytest.mark.parametrize("started", [False, True])
def test_no_person_moves_it_further_than_the_form_says(family: str, started: bool) -> None:
    """Persons with many visits, whatever they hold, are taken away one by one."""
    asked, state = model(family), STATES[family] if started else None
    form = clipped(asked._design, first=not started)
    for seed in range(200, 206):
        rows = visits(seed, 12)
        whole = vector_of(asked, rows, state)
        for person in sorted({row["person"] for row in rows if row["person"]}):
            others = vector_of(asked, [row for row in rows if row["person"] != person], state)
            assert sum((a - b) ** 2 for a, b in zip(whole, others, strict=True)) <= form.steps


@pytest.mark.parametrize("activation", ["relu", "tanh"])
@pytest.mark.parametrize("family", FORMULAS)
def test_no_row_moves_a_network_further_than_one(family: str, activation: str) -> None:
    """1000 rows of any kind, at weights of any size, of one hidden layer and of two."""
    draw = random.Random(f"{family}{activation}")
    for hidden in ((3,), (2, 2)):
        layers = Layers(hidden=hidden, activation=activation)
        form = Clipped(tuple("abcd"), layers.weights(3), 0.4, first=False)
        for _ in range(500):
            size = draw.choice([0.0, 1.0, 1e3, 1e200])
            weights = tuple(draw.gauss(0, size) for _ in range(form.numbers))
            told = Shortened(form, family, weights, layers).over([_extreme(4, draw)])  # type: ignore[arg-type]
            assert sum(one**2 for one in told) <= form.steps


def test_slopes_of_a_network_do_not_depend_on_their_place() -> None:
    """As above, of some thousand weights, where few rows are held at once."""
    draw, layers = np.random.default_rng(9), Layers(hidden=(30, 20), activation="tanh")
    form = Clipped(tuple("abcde"), layers.weights(4), 0.3, first=False)
    weights = tuple(map(float, draw.normal(0, 0.5, form.numbers)))
    x, y = draw.uniform(-1, 1, (5, 3000)), draw.integers(0, 2, 3000).astype(float)
    found = set()
    for order, edge in ((np.arange(3000), 17), (draw.permutation(3000), 1411)):
        blocks = [Block(x[:, one].copy(), y[one], None, None) for one in (order[:edge], order[edge:])]
        found.add(Shortened(form, "binomial", weights, layers).over(blocks))
    assert len(found) == 1


def test_products_are_the_same_wherever_a_row_lies() -> None:
    """To the last bit, alone or among others: a library's product of matrices is not."""
    draw = np.random.default_rng(10)
    matrix, columns = draw.normal(size=(7, 13)), draw.normal(size=(13, 40))
    whole = product(matrix, columns)
    for at in range(40):
        assert (product(matrix, columns[:, at : at + 1])[:, 0] == whole[:, at]).all()


def test_the_bound_is_met() -> None:
    """A row whose slope is longer than `clip` moves the sum as far as is said, but for the cut."""
    form = Clipped(("a", "b"), 2, 0.5, first=False)
    told = Shortened(form, "gaussian", (0.0, 0.0)).over(
        [Block(np.array([[1.0], [-1.0]]), np.array([1.0]), None, None)]
    )
    assert 0.9999 * form.steps < sum(one**2 for one in told) <= form.steps


def test_what_a_row_adds_does_not_depend_on_its_place() -> None:
    """Blocks that are cut elsewhere, and rows in another order, give the same integers."""
    draw, form = np.random.default_rng(4), Clipped(tuple("abcde"), 5, 0.3, first=False)
    x, y = draw.uniform(-1, 1, (5, ROWS)), draw.integers(0, 2, ROWS).astype(float)
    found = set()
    for order, edge in ((np.arange(ROWS), 17), (draw.permutation(ROWS), 4001)):
        parts = (order[:edge], order[edge:])
        blocks = [Block(x[:, one].copy(), y[one], None, None) for one in parts]
        found.add(Shortened(form, "binomial", (0.3, -1.0, 2.0, 0.1, 0.0)).over(blocks))
    assert len(found) == 1


@pytest.mark.parametrize("state", [None, Weights(beta=STATES["binomial"])])
def test_the_plan_is_the_form(state: Weights | None) -> None:
    """Signer, site and researcher know fields, unit and sensitivity of each round without data."""
    asked = model("binomial")
    shape = asked.local_at(PlannedRows(DICTIONARY, COUNTED), state).shape  # type: ignore[attr-defined]
    assert isinstance(shape, Noisy)
    with opened(table(DICTIONARY, [])) as source:
        rows = BoundedRows(source, DICTIONARY, None, asked.reads(), COUNTED, KEY)
        form, vector = asked.local_at(rows, state).unseal_for_noise()  # type: ignore[attr-defined]
    same = [(one.lengths, one.unit, one.square, one.axes) for one in (form, shape.form)]
    assert same[0] == same[1]
    assert vector == (0,) * form.size


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"epochs": 2}, "epochs = 1"),
        ({"clip": None}, "clip"),
        ({"strategy": "scaffold"}, "strategy"),
        ({"strategy": "fedprox"}, "strategy"),
    ],
)
def test_what_has_no_bound_is_refused(more: dict[str, Any], says: str) -> None:
    """Before anything is signed: a person moves such a round further than anybody has said."""
    with pytest.raises(FedcliError) as caught:
        model("binomial", **more).outline(DICTIONARY, COUNTED)
    assert caught.value.code == "Q-NOISE"
    assert says in str(caught.value)


@pytest.mark.parametrize(
    "more", [{"epochs": 3}, {"strategy": "scaffold", "epochs": 1}, {"strategy": "fedprox"}]
)
def test_a_form_is_not_made_of_what_has_no_bound(more: dict[str, Any]) -> None:
    """Whoever asks: a site does not rely on what the question checks of itself."""
    with pytest.raises(FedcliError) as caught:
        clipped(model("binomial", **more)._design, first=False)
    assert caught.value.code == "Q-NOISE"


def test_a_clip_is_for_noise() -> None:
    """Exact slopes are not made shorter, so that nobody thinks that they are."""
    mode: Mode = "disclosure-control"
    with pytest.raises(FedcliError) as caught:
        model("binomial").check_mode(mode)
    assert caught.value.code == "Q-EXACT"


def _trained(asked: Fedavg, form: Any, sums: Any, blur: float, noise: Any) -> Weights:
    """All rounds, with noise that is drawn by numpy, as tests may."""
    axes = clipped(asked._design, first=True).axes
    state = asked.step(None, Descent(axes, {"n": (form,)}, blur))  # type: ignore[arg-type]
    while not asked.finished(state):
        told = sums(state.beta) + noise()
        state = asked.step(state, Descent(axes, {"score": tuple(map(float, told))}, blur))  # type: ignore[arg-type]
    return state


def test_rounds_are_descent_on_clipped_slopes() -> None:
    """Without noise: as many steps as are paid for, each by hand, with a penalty on half the bounds."""
    asked = model("binomial", rounds=6, learning_rate=0.7, c=0.05)
    rows = single(5, 80)
    state = _trained(
        asked,
        float(len(rows)),
        lambda beta: 0.8 * np.array(by_hand("binomial", rows, beta, 0.8)),
        0.0,
        lambda: 0.0,
    )
    beta = np.zeros(5)
    for _ in range(6):
        score = 0.8 * np.array(by_hand("binomial", rows, tuple(beta), 0.8))
        cost = np.array([0.0, *[1 / (0.05 * len(rows))] * 4])
        beta = beta + 0.7 * (score / len(rows) - cost * beta)
    assert state.beta == pytest.approx(tuple(beta), rel=1e-12)
    assert (len(state.ways), state.words) == (6, "ended")


def test_intervals_hold_what_noise_does() -> None:
    """Of 400 trainings with noise at least 95 % lie within the interval of the one without."""
    asked = model("gaussian", rounds=8, learning_rate=0.5)
    rows, blur, draw = single(6, 60), 2.0, np.random.default_rng(8)

    def sums(beta: tuple[float, ...]) -> np.ndarray:
        return 0.8 * np.array(by_hand("gaussian", rows, beta, 0.8))

    truth = _trained(asked, 60.0, sums, blur, lambda: 0.0)
    inside = []
    for _ in range(400):
        found = _trained(asked, 60.0, sums, blur, lambda: draw.normal(0, blur, 3))
        inside.append(np.abs(np.array(found.beta) - truth.beta) < 1.959964 * (found.blur or 0.0))
    shares = np.mean(inside, axis=0)
    assert (shares >= 0.95).all()
    answer = asked.answer_at(truth, None)  # type: ignore[arg-type]
    assert all(isinstance(row[1], About) for row in answer.tables["coefficients"].rows)
    assert isinstance(answer.scalars["n"], About)


def test_fewer_rows_than_noise() -> None:
    """There is no mean of nobody: nothing is told but the count."""
    asked = model("binomial")
    axes = clipped(asked._design, first=True).axes
    state = asked.step(None, Descent(axes, {"n": (-3.0,)}, 9.0))  # type: ignore[arg-type]
    assert (state.words, asked.finished(state)) == ("no rows", True)
    answer = asked.answer_at(state, None)  # type: ignore[arg-type]
    assert all(row[1] is None for row in answer.tables["coefficients"].rows)
