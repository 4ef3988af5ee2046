"""Federated averaging against gradient descent on pooled rows and scikit-learn, under `evaluation`."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from sklearn.datasets import load_breast_cancer, load_diabetes
from sklearn.linear_model import LogisticRegression, Ridge

from fedcli.analytics._averaged import Averaged
from fedcli.analytics.fedavg import Fedavg
from fedcli.combiners.sum import total
from fedcli.engine.blocks import Builder, bases
from fedcli.engine.duckdb import DuckRows
from fedcli.engine.opening import open_source
from fedcli.engine.room import Room
from fedcli.engine.steps import step_of
from fedcli.model.dataset import Dictionary
from fedcli.model.result import Answer
from fedcli.model.vault import Source
from fedcli.statistics.averaging import Weights
from fedcli.statistics.score import BySite, Shared, empty
from tests.oracle.fits import dictionary_of


def _breast() -> tuple[pd.DataFrame, dict[str, Any]]:
    """Scikit-learn's measurements of tumours, and whether they are benign."""
    data = load_breast_cancer(as_frame=True)
    frame = data.data.rename(columns=lambda name: name.replace(" ", "_"))
    columns: dict[str, Any] = {
        name: {"type": "real", "bounds": [0, float(np.ceil(values.max() * 1.2))]}
        for name, values in frame.items()
    }
    return frame.assign(benign=data.target), columns | {"benign": {"type": "integer", "levels": [0, 1]}}


FRAME, COLUMNS = _breast()
NAMES = [name for name in COLUMNS if name != "benign"]
FEW = ["mean_radius", "mean_texture", "mean_symmetry"]
ORDER = np.random.default_rng(1).permutation(len(FRAME))
TRAIN, TEST = FRAME.iloc[ORDER[:400]], FRAME.iloc[ORDER[400:]]
EDGES = {
    3: (0, 60, 180, 400),
    5: (0, 40, 90, 160, 250, 400),
    7: (0, 40, 80, 130, 180, 240, 310, 400),
    10: (0, 20, 45, 75, 110, 150, 195, 240, 290, 340, 400),
}


def asked(names: list[str] = NAMES, **more: Any) -> Fedavg:
    told = {"family": "binomial", "formula": f"benign ~ {' + '.join(names)}", **more}
    return Fedavg.read(told, "a test")


def sites_of(frame: pd.DataFrame, edges: tuple[int, ...]) -> list[pa.Table]:
    return [
        pa.Table.from_pandas(frame.iloc[low:high], preserve_index=False)
        for low, high in itertools.pairwise(edges)
    ]


TUMOURS = dictionary_of(COLUMNS)
Poison = Callable[[int, np.ndarray], np.ndarray]


def trained(
    asked: Averaged,
    tables: list[pa.Table],
    folder: Path,
    dictionary: Dictionary = TUMOURS,
    poison: Poison | None = None,
    judged: bool = False,
) -> Answer:
    """The answer over sites; `poison` changes a site's mean update.

    Where it is `judged` the rows come from DuckDB, with all evidence, which takes most of the time; else the
    same training is given its blocks.
    """
    model = asked.resolved(dictionary, "a test")
    model.check(dictionary)
    sites = [
        _judged(model, dictionary, table, folder / f"{at}.parquet") if judged else _plain(model, table)
        for at, table in enumerate(tables)
    ]
    state: Weights | None = None
    while True:
        told = [site(state) for site in sites]
        told = [_poisoned(one, at, poison) if poison else one for at, one in enumerate(told)]
        whole = total([(f"site{at}", one) for at, one in enumerate(told)])
        state = model.step(state, whole)
        if model.finished(state):
            return model.answer_at(state, whole)


Site = Callable[[Weights | None], Any]


def _judged(model: Averaged, dictionary: Dictionary, table: pa.Table, path: Path) -> Site:
    """A site as it is."""
    pq.write_table(table, path)
    source = open_source(Source(kind="parquet", paths=(str(path),)), 500)
    rows = DuckRows(source, dictionary, None, model.reads(), Room(10**8))
    return lambda state: model.local_at(rows, state).unseal_for_the_gate()[0]  # type: ignore[attr-defined]


def _plain(model: Averaged, table: pa.Table) -> Site:
    """A site's training alone."""
    design, frame = model._design, table.to_pandas()
    lines = [
        (frame[name] if level is None else frame[name] == level).to_numpy(float)
        for name, level in bases(design)
    ]
    block = Builder(design).block(np.array(lines))

    def told(state: Weights | None) -> Any:
        shared = Shared(local=state.local if state else None)
        step = step_of(design, model._fits, state.beta if state else None, shared, lambda: [block])
        return empty(design, model._fits, state is None).having(step.over([block]))

    return told


def _poisoned(told: BySite, at: int, poison: Poison) -> BySite:
    """What a site says instead, of everything that it tells but n and its loss."""
    [n] = told.cells["n"]
    rows = {
        name: tuple(map(float, n * poison(at, np.array(row) / n)))
        for name, row in told.cells.items()
        if name not in ("n", "deviance") and None not in row
    }
    return told.having(told.cells | rows)


def coefficients(answer: Answer, which: int = 2) -> np.ndarray:
    return np.array([row[which] for row in answer.tables["coefficients"].rows][which - 1 :], float)


def scaled(frame: pd.DataFrame, names: list[str]) -> np.ndarray:
    x = frame[names].to_numpy()
    return (x - x.mean(axis=0)) / x.std(axis=0)


def descended(frame: pd.DataFrame, names: list[str], rounds: int, rate: float, c: float = 1.0) -> np.ndarray:
    """Gradient descent on the mean penalised logistic loss of pooled rows, written out."""
    x, y = np.column_stack([np.ones(len(frame)), scaled(frame, names)]), frame["benign"].to_numpy()
    cost = np.array([0.0] + [1 / (c * len(frame))] * len(names))
    beta = np.zeros(x.shape[1])
    for _ in range(rounds):
        beta = beta - rate * (x.T @ (1 / (1 + np.exp(-x @ beta)) - y) / len(y) + cost * beta)
    return beta


@pytest.mark.parametrize("sites", EDGES)
def test_one_step_a_round_is_descent_on_the_pooled_rows(sites: int, tmp_path: Path) -> None:
    """However uneven the sites are: to 1e-10 of the same steps in numpy, thirty columns."""
    question = asked(rounds=7, epochs=1, learning_rate=0.3)
    answer = trained(question, sites_of(TRAIN, EDGES[sites]), tmp_path, judged=True)
    expected = descended(TRAIN, NAMES, 7, 0.3)
    assert coefficients(answer) == pytest.approx(expected[1:], rel=1e-10, abs=1e-11)
    assert answer.scalars["iterations"] == 7


def test_the_loss_of_each_round(tmp_path: Path) -> None:
    """Before the first it is log 2; then that of the coefficients that descent has come to."""
    question = asked(FEW, rounds=3, epochs=1, learning_rate=0.5)
    answer = trained(question, sites_of(TRAIN, EDGES[3]), tmp_path)
    x = np.column_stack([np.ones(len(TRAIN)), scaled(TRAIN, FEW)])
    expected = []
    for at in range(3):
        eta = x @ descended(TRAIN, FEW, at, 0.5)
        expected.append(float(np.mean(np.logaddexp(0, eta) - TRAIN["benign"].to_numpy() * eta)))
    assert [row[1] for row in answer.tables["rounds"].rows] == pytest.approx(expected, rel=1e-10)
    assert expected[0] == pytest.approx(np.log(2))


@pytest.mark.parametrize("strategy", ["fedavg", "fedprox", "scaffold"])
def test_scikit_learn_where_sites_are_alike(strategy: str, tmp_path: Path) -> None:
    """Sites with the same rows: many rounds end where scikit-learn's fit of all rows does."""
    more = {"proximal": 0.05} if strategy == "fedprox" else {}
    question = asked(FEW, strategy=strategy, c=0.05, rounds=60, epochs=20, learning_rate=2.0, **more)
    tables = [pa.Table.from_pandas(TRAIN, preserve_index=False)] * 3
    answer = trained(question, tables, tmp_path)
    pooled = pd.concat([TRAIN] * 3)
    model = LogisticRegression(C=0.05, tol=1e-12, solver="newton-cholesky", max_iter=1000)
    model.fit(scaled(pooled, FEW), pooled["benign"])
    assert coefficients(answer) == pytest.approx(model.coef_[0], abs=1e-5)
    own = model.coef_[0] / pooled[FEW].to_numpy().std(axis=0)
    intercept = model.intercept_[0] - own @ pooled[FEW].to_numpy().mean(axis=0)
    assert coefficients(answer, 1) == pytest.approx([intercept, *own], rel=1e-4)


def test_scaffold_ends_at_the_pooled_fit_where_sites_differ(tmp_path: Path) -> None:
    """Sites by the size of the tumour: corrected steps end at scikit-learn's fit; averaging does not."""
    frame = TRAIN.sort_values("mean_radius")
    model = LogisticRegression(C=0.05, tol=1e-12, solver="newton-cholesky", max_iter=1000)
    model.fit(scaled(frame, FEW), frame["benign"])
    off = {}
    for strategy in ("fedavg", "scaffold"):
        question = asked(FEW, strategy=strategy, c=0.05, rounds=150, epochs=10, learning_rate=0.3)
        answer = trained(question, sites_of(frame, EDGES[3]), tmp_path)
        off[strategy] = float(np.abs(coefficients(answer) - model.coef_[0]).max())
    assert off["scaffold"] < 1e-4
    assert off["fedavg"] > 0.05


def test_least_squares(tmp_path: Path) -> None:
    """A ridge regression in the outcome's units, as scikit-learn has it, of an outcome with bounds."""
    data = load_diabetes(as_frame=True, scaled=False)
    names = ["age", "bmi", "bp"]
    frame = data.data[names].assign(worse=data.target)
    columns: dict[str, Any] = {
        name: {"type": "real", "bounds": [0, float(np.ceil(frame[name].max() * 1.1))]} for name in frame
    }
    told = {"family": "gaussian", "formula": "worse ~ age + bmi + bp", "rounds": 90, "epochs": 1, "c": 0.01}
    question = Fedavg.read(told | {"learning_rate": 0.7}, "a test")
    answer = trained(question, sites_of(frame, (0, 100, 180, 442)), tmp_path, dictionary_of(columns))
    model = Ridge(alpha=100).fit(scaled(frame, names), frame["worse"])
    assert coefficients(answer) == pytest.approx(model.coef_, rel=1e-7)
    own = coefficients(answer, 1)
    assert own[0] + own[1:] @ frame[names].mean().to_numpy() == pytest.approx(model.intercept_, rel=1e-8)
    losses = [row[1] for row in answer.tables["rounds"].rows]
    assert losses[-1] == pytest.approx(
        np.mean((model.predict(scaled(frame, names)) - frame["worse"]) ** 2) / 2
    )


@pytest.mark.parametrize("strategy", ["fedadam", "fedyogi"])
def test_adaptive_steps(strategy: str, tmp_path: Path) -> None:
    """Two rounds by hand, after Reddi et al. (2021), algorithm 2."""
    question = asked(FEW, strategy=strategy, rounds=2, epochs=1, learning_rate=0.5, server_rate=0.2)
    answer = trained(question, sites_of(TRAIN, EDGES[3]), tmp_path)
    x, y = np.column_stack([np.ones(len(TRAIN)), scaled(TRAIN, FEW)]), TRAIN["benign"].to_numpy()
    cost = np.array([0.0] + [1 / len(TRAIN)] * 3)
    beta, m, v = np.zeros(4), np.zeros(4), np.full(4, 1e-6)
    for _ in range(2):
        change = -0.5 * (x.T @ (1 / (1 + np.exp(-x @ beta)) - y) / len(y) + cost * beta)
        m = 0.9 * m + 0.1 * change
        if strategy == "fedadam":
            v = 0.99 * v + 0.01 * change**2
        else:
            v = v - 0.01 * change**2 * np.sign(v - change**2)
        beta = beta + 0.2 * m / (np.sqrt(v) + 1e-3)
    assert coefficients(answer) == pytest.approx(beta[1:], rel=1e-9)


def accuracy(answer: Answer) -> float:
    """On rows that no site trained on."""
    own = coefficients(answer, 1)
    eta = own[0] + TEST[NAMES].to_numpy() @ own[1:]
    return float(((eta > 0) == (TEST["benign"] == 1)).mean())


@pytest.mark.parametrize(
    ("strategy", "sites"),
    [
        ("fedavg", 3),
        ("fedavg", 5),
        ("fedavg", 10),
        *((name, 5) for name in ("fedprox", "scaffold", "fedadam", "fedyogi")),
    ],
)
def test_accuracy_on_other_rows(strategy: str, sites: int, tmp_path: Path) -> None:
    """At least 0.95 over 3, 5 and 10 uneven sites."""
    answer = trained(asked(strategy=strategy, rounds=10), sites_of(TRAIN, EDGES[sites]), tmp_path)
    assert accuracy(answer) >= 0.95


def _sent(kind: str) -> Callable[[np.ndarray], np.ndarray]:
    """What a site that lies sends instead of a vector."""
    lots = np.random.default_rng(3)
    return {
        "scaled": lambda vector: 100 * vector,
        "flipped": lambda vector: -4 * vector,
        "constant": lambda vector: np.full(len(vector), 10.0),
        "random": lambda vector: lots.normal(0, 10, len(vector)),
    }[kind]


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> dict[int, float]:
    """The accuracy of the mean where nobody lies, by the number of sites."""
    return {
        sites: accuracy(
            trained(asked(rounds=6), sites_of(TRAIN, EDGES[sites]), tmp_path_factory.mktemp("clean"))
        )
        for sites in (5, 7)
    }


@pytest.mark.parametrize("kind", ["scaled", "flipped", "constant", "random"])
@pytest.mark.parametrize(("sites", "liars"), [(5, 1), (7, 2)])
@pytest.mark.parametrize(
    "combiner", ["mean", "median", "trimmed_mean", "geometric_median", "krum", "multi_krum"]
)
def test_sites_that_lie(
    combiner: str, sites: int, liars: int, kind: str, clean: dict[int, float], tmp_path: Path
) -> None:
    """Robust combiners keep the accuracy within 3 points of the clean run; with the mean it is lost."""
    send = _sent(kind)
    faulty = {"faulty": liars} if combiner in ("trimmed_mean", "krum", "multi_krum") else {}
    question = asked(combiner=combiner, rounds=6, **faulty)
    answer = trained(
        question,
        sites_of(TRAIN, EDGES[sites]),
        tmp_path,
        poison=lambda at, vector: send(vector) if at >= sites - liars else vector,
    )
    off = clean[sites] - accuracy(answer)
    assert (off > 0.03) == (combiner == "mean")
    far = [row[4] for row in answer.tables["sites"].rows]
    if combiner != "mean":
        assert far[-liars:] == [6] * liars  # people are told who it was, in every round
        assert sum(far[:-liars]) == 0
