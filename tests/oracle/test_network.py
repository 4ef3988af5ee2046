"""Networks against finite differences and scikit-learn's own slopes on pooled rows, under `evaluation`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from sklearn.neural_network import MLPClassifier, MLPRegressor

from fedcli.analytics.network import Network
from fedcli.combiners.sum import total
from fedcli.engine.duckdb import DuckRows
from fedcli.engine.opening import open_source
from fedcli.engine.room import Room
from fedcli.model.result import Answer
from fedcli.model.trained import Network as Trained
from fedcli.model.vault import Source
from fedcli.statistics.averaging import Weights
from tests.oracle.test_fedavg import EDGES, TEST, TRAIN, TUMOURS, scaled, sites_of

FEW = ["mean_radius", "mean_texture", "mean_symmetry"]
SEED = "a digest"


def asked(**more: Any) -> Network:
    told = {"family": "binomial", "formula": f"benign ~ {' + '.join(FEW)}", "hidden": [3]}
    return Network.read(told | {"epochs": 1, "rounds": 1} | more, "a test")


def trained(asked: Network, tables: list[pa.Table], folder: Path) -> tuple[Network, list[Weights], Answer]:
    """All states and the answer, over sites whose rows come from DuckDB."""
    model = asked.resolved(TUMOURS, "a test")
    model.check(TUMOURS)
    sites = []
    for at, table in enumerate(tables):
        pq.write_table(table, folder / f"{at}.parquet")
        source = open_source(Source(kind="parquet", paths=(str(folder / f"{at}.parquet"),)), 500)
        sites.append(DuckRows(source, TUMOURS, None, model.reads(), Room(10**8)))
    states: list[Weights] = []
    while True:
        at = states[-1] if states else None
        told = [model.local_at(rows, at).unseal_for_the_gate()[0] for rows in sites]  # type: ignore[attr-defined]
        whole = total([(f"site{at}", one) for at, one in enumerate(told)])
        state = model.step(at, whole)  # type: ignore[arg-type]
        states.append(model.seeded(state, SEED) if at is None else state)
        if model.finished(state):
            return model, states, model.answer_at(state, whole)  # type: ignore[arg-type]


def unpacked(model: Network, beta: tuple[float, ...]) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Matrices and biases, from the line of numbers."""
    matrices, biases, start = [], [], 0
    for into, out in zip([len(FEW), *model.hidden], [*model.hidden, 1], strict=True):
        matrices.append(np.array(beta[start : start + into * out]).reshape(into, out))
        biases.append(np.array(beta[start + into * out : start + (into + 1) * out]))
        start += (into + 1) * out
    return matrices, biases


def flat(matrices: list[np.ndarray], biases: list[np.ndarray]) -> np.ndarray:
    parts = [part for pair in zip(matrices, biases, strict=True) for part in (pair[0].ravel(), pair[1])]
    return np.concatenate(parts)


def says(x: np.ndarray, matrices: list[np.ndarray], biases: list[np.ndarray], activation: str) -> np.ndarray:
    """What a network says, by itself."""
    for at, (matrix, bias) in enumerate(zip(matrices, biases, strict=True)):
        x = x @ matrix + bias
        if at + 1 < len(matrices):
            x = np.tanh(x) if activation == "tanh" else np.maximum(x, 0)
    return x[:, 0]


def loss(model: Network, beta: np.ndarray, x: np.ndarray, y: np.ndarray) -> float:
    """The mean penalised loss of pooled rows, as its definition reads."""
    matrices, biases = unpacked(model, tuple(beta))
    eta = says(x, matrices, biases, model.activation)
    rows = np.logaddexp(0, eta) - y * eta if model.family == "binomial" else (y - eta) ** 2 / 2
    squares = sum(float((one**2).sum()) for one in matrices)
    return float(rows.mean()) + squares / (2 * model.c * len(y))


def of_pooled(model: Network, frame: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Inputs and outcome as the network sees them."""
    if model.family == "binomial":
        return scaled(frame, FEW), frame["benign"].to_numpy(float)
    low, high = TUMOURS.columns["mean_area"].range or (0, 0)
    return scaled(frame, FEW), (frame["mean_area"].to_numpy() - (low + high) / 2) / ((high - low) / 2)


LINE = {"family": "gaussian", "formula": f"mean_area ~ {' + '.join(FEW)}"}


@pytest.mark.parametrize("more", [{}, LINE], ids=["binomial", "gaussian"])
@pytest.mark.parametrize(
    ("hidden", "activation"), [([4], "tanh"), ([3, 2], "tanh"), ([5], "relu"), ([4, 3], "relu")]
)
def test_a_step_is_the_slope_by_finite_differences(
    hidden: list[int], activation: str, more: dict[str, Any], tmp_path: Path
) -> None:
    """To 1e-6, of the mean penalised loss of all rows together, over three uneven sites.

    It is of the second step: at the first one biases are zero, where a rectifier has no slope.
    """
    question = asked(hidden=hidden, activation=activation, learning_rate=0.5, c=0.02, rounds=2, **more)
    model, (_, begun, ended), _ = trained(question, sites_of(TRAIN, EDGES[3]), tmp_path)
    x, y = of_pooled(model, TRAIN)
    moved = (np.array(ended.beta) - begun.beta) / -0.5
    for at in range(len(begun.beta)):
        up, down = np.array(begun.beta), np.array(begun.beta)
        up[at], down[at] = up[at] + 1e-6, down[at] - 1e-6
        slope = (loss(model, up, x, y) - loss(model, down, x, y)) / 2e-6
        assert moved[at] == pytest.approx(slope, abs=1e-6)


@pytest.mark.parametrize("activation", ["tanh", "relu"])
@pytest.mark.parametrize("sites", [3, 10])
def test_rounds_are_descent_with_scikit_learns_slopes(activation: str, sites: int, tmp_path: Path) -> None:
    """Five steps over uneven sites equal five of scikit-learn's gradient on the pooled rows, to 1e-10."""
    question = asked(hidden=[4, 3], activation=activation, learning_rate=0.3, c=0.1, rounds=5)
    model, states, _ = trained(question, sites_of(TRAIN, EDGES[sites]), tmp_path)
    x, y = of_pooled(model, TRAIN)
    theirs = MLPClassifier(
        hidden_layer_sizes=(4, 3), activation=activation, alpha=10, max_iter=1, solver="sgd"
    )
    theirs.partial_fit(x, y.astype(int), classes=[0, 1])
    theirs.coefs_, theirs.intercepts_ = unpacked(model, states[0].beta)
    for _ in range(5):
        slopes = _theirs(theirs, x, y)
        for part, slope in zip((*theirs.coefs_, *theirs.intercepts_), slopes, strict=True):
            np.subtract(part, 0.3 * slope, out=part)
    assert states[-1].beta == pytest.approx(flat(theirs.coefs_, theirs.intercepts_), rel=1e-10, abs=1e-11)


def _theirs(network: MLPClassifier | MLPRegressor, x: np.ndarray, y: np.ndarray) -> list[np.ndarray]:
    """The slopes that scikit-learn's own backpropagation gives, matrices first."""
    shapes = [len(x), *(one.shape[1] for one in network.coefs_)]
    activations = [x, *(np.empty((len(x), out)) for out in shapes[1:])]
    deltas = [np.empty_like(one) for one in activations[1:]]
    matrices = [np.empty_like(one) for one in network.coefs_]
    biases = [np.empty_like(one) for one in network.intercepts_]
    network._backprop(x, y[:, None], None, activations, deltas, matrices, biases)
    return [*matrices, *biases]


def test_a_network_learns(tmp_path: Path) -> None:
    """It is right for at least 90 of 100 tumours that no site trained on, and its loss goes down."""
    question = asked(hidden=[4], rounds=30, epochs=5, learning_rate=1.0)
    model, _, answer = trained(question, sites_of(TRAIN, EDGES[3]), tmp_path)
    losses = [row[1] for row in answer.tables["rounds"].rows]
    assert losses[-1] < 0.5 * losses[0]
    [found] = model.predictors(answer, TUMOURS)
    assert isinstance(found, Trained)
    shares = predicted(found, TEST)
    assert np.mean((shares > 0.5) == (TEST["benign"] == 1)) >= 0.9


def predicted(model: Trained, frame: pd.DataFrame) -> np.ndarray:
    """The probabilities that a model file gives, by itself."""
    x = (frame[[one.name for one in model.inputs]].to_numpy() - model.centres) / model.scales
    matrices = [np.array(layer.weights).T for layer in model.layers]
    eta = says(x, matrices, [np.array(layer.biases) for layer in model.layers], model.activation)
    return np.asarray(1 / (1 + np.exp(-eta)))


def test_a_model_is_the_network(tmp_path: Path) -> None:
    """What the file of the model predicts is what the weights say of standardised columns."""
    question = asked(hidden=[4, 2], rounds=2, activation="relu")
    model, states, answer = trained(question, sites_of(TRAIN, EDGES[3]), tmp_path)
    [found] = model.predictors(answer, TUMOURS)
    x = (TEST[FEW].to_numpy() - TRAIN[FEW].to_numpy().mean(axis=0)) / TRAIN[FEW].to_numpy().std(axis=0)
    eta = says(x, *unpacked(model, states[-1].beta), "relu")
    assert predicted(found, TEST) == pytest.approx(1 / (1 + np.exp(-eta)), rel=1e-9)


def test_weights_begin_by_lot() -> None:
    """The same for a digest, others for another; within Glorot's bounds, about evenly; biases are zero."""
    model = asked(hidden=[64, 20]).resolved(TUMOURS, "a test")
    state = Weights(beta=(), means=(0.0,), spreads=(1.0,))
    one, again, other = (model.seeded(state, seed).beta for seed in ("a", "a", "b"))
    assert one == again != other
    matrices, biases = unpacked(model, one)
    assert all((bias == 0).all() for bias in biases)
    inner = matrices[1] / np.sqrt(6 / 84)
    assert np.abs(inner).max() < 1
    assert np.histogram(inner, 4, (-1, 1))[0] == pytest.approx([320] * 4, abs=60)
