"""Boosted trees over sites: against trees grown on the pooled rows, and scikit-learn's, in exact sums."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from numpy.typing import NDArray
from sklearn.datasets import load_breast_cancer
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

from fedcli.analytics.boosted_trees import BoostedTrees
from fedcli.model.result import Answer
from fedcli.workflows.predicting import predictor
from tests.models import model
from tests.oracle.fits import converged, dictionary_of

Reals = NDArray[np.float64]
#: Where the rows of one site end and another's begin.
SITES = {1: (0, 569), 3: (0, 60, 250, 569), 10: (0, 30, 55, 90, 120, 170, 200, 260, 330, 450, 569)}
EDGES = {
    "mean_radius": (10, 12, 14, 17, 20),
    "mean_texture": (14.5, 17, 19, 21.5, 25),
    "mean_smoothness": (0.08, 0.09, 0.1, 0.11, 0.12),
}
NAMES = tuple(EDGES)


def _frame() -> pd.DataFrame:
    """Scikit-learn's measurements of tumours, whether they are benign, and a grade.

    One in five answers is turned, so that no leaf is pure.
    """
    data = load_breast_cancer(as_frame=True)
    frame = data.data.rename(columns=lambda name: name.replace(" ", "_"))
    turned = np.random.default_rng(3).random(len(frame)) < 0.2
    grade = pd.cut(frame["mean_symmetry"], [0, 0.16, 0.18, 0.2, 1], labels=["a", "b", "c", "d"])
    return frame.assign(benign=np.where(turned, 1 - data.target, data.target), grade=grade.astype(str))


FRAME = _frame()
COLUMNS: dict[str, Any] = {name: {"type": "real", "bounds": [0, 50]} for name in NAMES} | {
    "mean_perimeter": {"type": "real", "bounds": [0, 250]},
    "benign": {"type": "integer", "levels": [0, 1]},
    "grade": {"type": "text", "levels": ["a", "b", "c", "d"]},
}
RECIPE = {"trees": 3, "depth": 3, "learning_rate": 0.3, "l2": 0.5, "min_leaf": 12}


def over(sites: int, folder: Path, frame: pd.DataFrame = FRAME, **more: Any) -> Answer:
    """What sites tell together."""
    cuts = SITES[sites]
    kept = frame[[*COLUMNS]]
    tables = [
        pa.Table.from_pandas(kept.iloc[low:high], preserve_index=False)
        for low, high in itertools.pairwise(cuts)
    ]
    named = more.get("columns", NAMES)
    edges = {name: ends for name, ends in EDGES.items() if name in named}
    told = {"outcome": "benign", "columns": NAMES, "edges": edges, **RECIPE, **more}
    return converged(BoostedTrees.read(told, "a test"), dictionary_of(COLUMNS), tables, folder)


class Leaf(NamedTuple):
    """Rows with one value."""

    n: int
    value: float


class Fork(NamedTuple):
    """A split: the column, what is asked of it, and both sides."""

    column: str
    at: Any
    gain: float
    left: Any
    right: Any


class Pooled:
    """Trees on the rows themselves, written for this test: one row is looked at after the other."""

    def __init__(self, frame: pd.DataFrame, outcome: str, names: tuple[str, ...], **recipe: Any) -> None:
        self.frame, self.names, self.recipe = frame, names, recipe
        self.y = frame[outcome].to_numpy(float)
        self.logistic = set(self.y) == {0.0, 1.0}
        mean = self.y.mean()
        self.start = float(np.log(mean / (1 - mean)) if self.logistic else mean)
        self.score = np.full(len(frame), self.start)
        self.trees = [self._tree() for _ in range(recipe["trees"])]

    def _tree(self) -> Any:
        p = 1 / (1 + np.exp(-self.score))
        g = p - self.y if self.logistic else self.score - self.y
        h = p * (1 - p) if self.logistic else np.ones(len(g))
        added = np.zeros(len(g))
        tree = self._grown(np.arange(len(g)), g, h, 0, added)
        self.score = self.score + added
        return tree

    def _grown(self, rows: Any, g: Reals, h: Reals, depth: int, added: Reals) -> Any:
        best = None
        if depth < self.recipe["depth"]:
            for name, at, left in self._splits(rows):
                gain = self._gain(g, h, rows[left], rows[~left], rows)
                if gain > 0 and (best is None or gain > best[0] * (1 + 1e-9)):
                    best = (gain, name, at, left)
        if best is None:
            value = -self.recipe["learning_rate"] * g[rows].sum() / (h[rows].sum() + self.recipe["l2"])
            added[rows] = value
            return Leaf(len(rows), value)
        gain, name, at, left = best
        sides = (self._grown(rows[some], g, h, depth + 1, added) for some in (left, ~left))
        return Fork(name, at, gain, *sides)

    def _splits(self, rows: Any) -> Iterator[tuple[str, Any, Any]]:
        for name in self.names:
            values = self.frame[name].to_numpy()[rows]
            asked = sorted(set(values)) if name == "grade" else EDGES[name]
            for at in asked:
                left = values == at if name == "grade" else values < at
                sizes = left.sum(), (~left).sum()
                one = self.y[rows][left], self.y[rows][~left]
                mixed = not self.logistic or all(len(side) and 0 < side.mean() < 1 for side in one)
                if min(sizes) >= self.recipe["min_leaf"] and mixed:
                    yield name, at, left

    def _gain(self, g: Reals, h: Reals, left: Any, right: Any, both: Any) -> float:
        one, other, whole = (
            g[rows].sum() ** 2 / (h[rows].sum() + self.recipe["l2"]) for rows in (left, right, both)
        )
        return float(one + other - whole)


def assert_same(answer: Answer, pooled: Pooled) -> None:
    """Each tree node by node: splits, rows, gains and values."""
    rows = {(row[0], row[1]): row for row in answer.tables["nodes"].rows}
    roots = [min(at for tree, at in rows if tree == number) for number in range(len(pooled.trees))]
    assert answer.scalars["trees"] == len(pooled.trees)
    assert answer.scalars["start"] == pytest.approx(pooled.start, rel=1e-10)

    def check(number: int, at: Any, tree: Any) -> None:
        _, _, column, level, edge, left, right, n, _, gain, value = rows[number, at]
        if isinstance(tree, Leaf):
            assert (column, n) == ("-", tree.n)
            assert value == pytest.approx(tree.value, rel=1e-8, abs=1e-8)
            return
        assert (column, edge if level == "-" else level) == (tree.column, tree.at)
        assert gain == pytest.approx(tree.gain, rel=1e-8)
        check(number, left, tree.left)
        check(number, right, tree.right)

    for number, (root, tree) in enumerate(zip(roots, pooled.trees, strict=True)):
        check(number, root, tree)


@pytest.mark.parametrize("sites", SITES)
def test_pooled_trees(sites: int, tmp_path: Path) -> None:
    """Of two levels; the training loss is that of the scores."""
    answer, pooled = over(sites, tmp_path), Pooled(FRAME, "benign", NAMES, **RECIPE)
    assert_same(answer, pooled)
    signed = np.where(pooled.y == 1, pooled.score, -pooled.score)
    assert answer.scalars["loss"] == pytest.approx(np.log1p(np.exp(-signed)).mean(), rel=1e-9)
    assert answer.scalars["rounds"] == 3 * 3 + 1
    told = {row[:2]: row for row in answer.tables["nodes"].rows}
    assert told[0, 0][7:9] == (569, FRAME["benign"].sum())


def test_pooled_trees_of_a_number(tmp_path: Path) -> None:
    """And with a column of levels, each of which can be a side of its own."""
    names = (*NAMES, "grade")
    answer = over(3, tmp_path, outcome="mean_perimeter", columns=names)
    pooled = Pooled(FRAME, "mean_perimeter", names, **RECIPE)
    assert_same(answer, pooled)
    assert answer.scalars["loss"] == pytest.approx(((pooled.y - pooled.score) ** 2).mean(), rel=1e-9)


def test_levels(tmp_path: Path) -> None:
    """Of a column of levels alone, with gains that add up to its importance."""
    answer = over(3, tmp_path, columns=("grade", "mean_texture"))
    assert_same(answer, Pooled(FRAME, "benign", ("grade", "mean_texture"), **RECIPE))
    gains: dict[Any, float] = {"grade": 0.0, "mean_texture": 0.0}
    for row in answer.tables["nodes"].rows:
        if row[9] is not None:
            gains[row[2]] += row[9]  # type: ignore[operator]
    assert dict(answer.tables["importance"].rows) == pytest.approx(gains)
    assert min(gains.values()) > 0


def test_rows_that_lack_a_value(tmp_path: Path) -> None:
    """They are left out, as if they were not there."""
    holes = FRAME.copy()
    holes.loc[::7, "mean_texture"] = np.nan
    holes.loc[3::11, "benign"] = None
    kept = holes.dropna(subset=[*NAMES, "benign"])
    assert_same(over(3, tmp_path, holes), Pooled(kept, "benign", NAMES, **RECIPE))


def predicted(answer: Answer, frame: pd.DataFrame) -> Reals:
    """The score of each row, from the tables of an answer alone."""
    rows = {row[1]: row for row in answer.tables["nodes"].rows}
    roots = {
        tree: min(row[1] for row in rows.values() if row[0] == tree)
        for tree in {row[0] for row in rows.values()}
    }

    def leaf(at: Any, row: Any) -> float:
        _, _, column, level, edge, left, right, *_, value = rows[at]
        if left is None:
            return float(value)
        return leaf(left if (row[column] < edge if level == "-" else row[column] == level) else right, row)

    return np.array(
        [
            answer.scalars["start"] + sum(leaf(root, row) for root in roots.values())
            for _, row in frame.iterrows()
        ]
    )


def _coarse() -> pd.DataFrame:
    """The columns at the lowest value of their bins, so that scikit-learn has the same bins."""
    frame = FRAME.copy()
    for name, edges in EDGES.items():
        frame[name] = np.array([0, *edges])[np.searchsorted(edges, frame[name], side="right")]
    return frame


@pytest.mark.parametrize("outcome", ["benign", "mean_perimeter"])
def test_a_model_file(outcome: str, tmp_path: Path) -> None:
    """What is read from a file has the scores of the answer, to 1e-12, with levels and at the edges."""
    names = ("mean_radius", "grade")
    dictionary = dictionary_of(COLUMNS)
    edges = {"mean_radius": EDGES["mean_radius"]}
    told = {"outcome": outcome, "columns": names, "edges": edges, **RECIPE}
    asked = BoostedTrees.read(told, "a test").resolved(dictionary, "a test")
    answer = over(3, tmp_path, outcome=outcome, columns=names)
    [trees] = asked.predictors(answer, dictionary)
    (tmp_path / "model.json").write_bytes(model(trees).canonical())
    read, frame = predictor(tmp_path / "model.json"), FRAME.copy()
    frame.loc[:5, "mean_radius"] = EDGES["mean_radius"][0]
    scores = predicted(answer, frame)
    assert "mean_radius" in {split.column for split in trees.splits}
    np.testing.assert_allclose(read.decision_function(frame), scores, rtol=1e-12, atol=1e-12)
    if outcome == "benign":
        assert "grade" in {split.column for split in trees.splits}
        np.testing.assert_allclose(read.predict_proba(frame)[:, 1], 1 / (1 + np.exp(-scores)), rtol=1e-12)


@pytest.mark.parametrize("outcome", ["benign", "mean_perimeter"])
def test_scikit_learn(outcome: str, tmp_path: Path) -> None:
    """Scores as scikit-learn's on the same bins, to 1e-6: it sums gradients in single precision."""
    frame = _coarse()
    answer = over(3, tmp_path, frame, outcome=outcome)
    kind = HistGradientBoostingClassifier if outcome == "benign" else HistGradientBoostingRegressor
    model = kind(
        max_iter=3,
        max_depth=3,
        learning_rate=0.3,
        l2_regularization=0.5,
        min_samples_leaf=12,
        max_leaf_nodes=None,
        early_stopping=False,
    ).fit(frame[[*NAMES]], frame[outcome])
    theirs = (
        model.decision_function(frame[[*NAMES]]) if outcome == "benign" else model.predict(frame[[*NAMES]])
    )
    assert predicted(answer, frame) == pytest.approx(theirs, rel=1e-6, abs=1e-6)
