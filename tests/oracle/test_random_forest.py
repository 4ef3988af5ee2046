"""A random forest over sites: against trees grown on the pooled rows, and scikit-learn's, in exact sums."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from sklearn.datasets import load_breast_cancer
from sklearn.ensemble import RandomForestClassifier

from fedcli.analytics.random_forest import RandomForest
from fedcli.model.result import Answer
from fedcli.workflows.predicting import predictor
from tests.models import model
from tests.oracle.fits import converged, dictionary_of
from tests.oracle.test_boosted_trees import COLUMNS, EDGES, FRAME, SITES, Fork, Leaf

NAMES = (*EDGES, "grade")
RECIPE: dict[str, Any] = {"trees": 4, "depth": 3, "tries": 2, "min_leaf": 12}
BINS = {name: set(range(len(edges) + 1)) for name, edges in EDGES.items()} | {"grade": set("abcd")}
DICTIONARY = dictionary_of(COLUMNS)
ASKED = RandomForest.read({"outcome": "benign", "columns": NAMES, "edges": EDGES, **RECIPE}, "a test")


def over(asked: RandomForest, dictionary: Any, cuts: tuple[int, ...], frame: Any, folder: Path) -> Answer:
    """What sites tell together."""
    kept = frame[[*dictionary.columns]]
    tables = [
        pa.Table.from_pandas(kept.iloc[low:high], preserve_index=False)
        for low, high in itertools.pairwise(cuts)
    ]
    return converged(asked, dictionary, tables, folder)


class Pooled:
    """Trees on the rows themselves, written for this test; columns are drawn as the manual says.

    The nodes of a tree are numbered as they are opened, level by level, and go on in the next tree.
    """

    def __init__(self, question: str) -> None:
        self.question, self.count = question, 0
        self.y = FRAME["benign"].to_numpy(float)
        self.trees = [self._tree() for _ in range(RECIPE["trees"])]

    def _tree(self) -> dict[int, Any]:
        root, self.count = self.count, self.count + 1
        nodes: dict[int, Any] = {}
        level = [(root, np.arange(len(FRAME)), BINS)]
        for _ in range(RECIPE["depth"]):
            level = [child for one in level for child in self._split(nodes, *one)]
        nodes.update({node: self._leaf(rows) for node, rows, _ in level})
        return nodes

    def _split(
        self, nodes: dict[int, Any], node: int, rows: Any, bins: Any
    ) -> Iterator[tuple[int, Any, Any]]:
        best = None
        for one in self._gains(node, rows, bins):
            if one[0] > 0 and (best is None or one[0] > best[0] * (1 + 1e-9)):
                best = one
        if best is None:
            nodes[node] = self._leaf(rows)
            return
        gain, name, at, left = best
        nodes[node] = Fork(name, at, gain, self.count, self.count + 1)
        self.count += 2
        there = {at} if name == "grade" else {place for place in bins[name] if place <= EDGES[name].index(at)}
        yield nodes[node].left, rows[left], bins | {name: there}
        yield nodes[node].right, rows[~left], bins | {name: bins[name] - there}

    def _gains(self, node: int, rows: Any, bins: Any) -> Iterator[tuple[float, str, Any, Any]]:
        for name in self._drawn(node, bins):
            values = FRAME[name].to_numpy()[rows]
            for at in "abcd" if name == "grade" else EDGES[name]:
                left = values == at if name == "grade" else values < at
                sides = [self.y[rows][left], self.y[rows][~left]]
                if all(len(y) >= RECIPE["min_leaf"] and 0 < y.mean() < 1 for y in sides):
                    yield _impurity(self.y[rows]) - sum(map(_impurity, sides)), name, at, left

    def _drawn(self, node: int, bins: Any) -> list[str]:
        """Among the columns that the splits above have not made one bin."""
        lots = {
            hashlib.shake_256(f"{self.question} {node} {at}".encode()).digest(32): name
            for at, name in enumerate(NAMES)
            if len(bins[name]) > 1
        }
        found = {lots[lot] for lot in sorted(lots)[: RECIPE["tries"]]}
        return [name for name in NAMES if name in found]

    @staticmethod
    def _leaf(rows: Any) -> Leaf:
        return Leaf(len(rows), float(np.clip(FRAME["benign"].to_numpy()[rows].mean(), 0.01, 0.99)))


def _impurity(y: Any) -> float:
    """How many there are times p (1 - p)."""
    return float(len(y) * y.mean() * (1 - y.mean()))


@pytest.mark.parametrize("sites", SITES)
def test_pooled_trees(sites: int, tmp_path: Path) -> None:
    """Columns that are drawn, splits, rows, gains and probabilities, to 1e-10, however rows lie."""
    answer = over(ASKED, DICTIONARY, SITES[sites], FRAME, tmp_path)
    pooled = Pooled(ASKED.resolved(DICTIONARY, "a test").sha256)
    known = {at: node for tree in pooled.trees for at, node in tree.items()}
    rows = answer.tables["nodes"].rows
    assert [row[1] for row in rows] == sorted(known)
    for _, at, column, level, edge, left, right, n, _, gain, value in rows:
        node = known[at]  # type: ignore[index]
        if isinstance(node, Leaf):
            assert (column, n) == ("-", node.n)
            assert value == pytest.approx(node.value, rel=1e-10)
            continue
        found = (column, edge if level == "-" else level, left, right)
        assert found == (node.column, node.at, node.left, node.right)
        assert gain == pytest.approx(node.gain, rel=1e-10)
    assert {row[2] for row in rows} >= {"grade", "mean_radius"}
    assert len({tree[min(tree)].column for tree in pooled.trees}) > 1
    assert answer.scalars == {"n": 569, "trees": 4, "rounds": 12}


def test_a_model_file(tmp_path: Path) -> None:
    """The probability is the mean of the leaves that a row comes to."""
    answer = over(ASKED, DICTIONARY, SITES[3], FRAME, tmp_path)
    [trees] = ASKED.resolved(DICTIONARY, "a test").predictors(answer, DICTIONARY)
    (tmp_path / "model.json").write_bytes(model(trees).canonical())
    told = predictor(tmp_path / "model.json").predict_proba(FRAME)[:, 1]
    rows = {row[1]: row for row in answer.tables["nodes"].rows}
    roots = {row[0]: row[1] for row in reversed(answer.tables["nodes"].rows)}

    def leaf(at: Any, row: Any) -> float:
        _, _, column, level, edge, left, right, *_, value = rows[at]
        if left is None:
            return float(value)  # type: ignore[arg-type]
        return leaf(left if (row[column] < edge if level == "-" else row[column] == level) else right, row)

    expected = [np.mean([leaf(root, row) for root in roots.values()]) for _, row in FRAME.iterrows()]
    np.testing.assert_allclose(told, expected, rtol=1e-12)


def _tumours() -> tuple[pd.DataFrame, tuple[int, ...]]:
    data = load_breast_cancer(as_frame=True)
    frame = data.data.rename(columns=lambda name: name.replace(" ", "_")).iloc[:, :10]
    return frame.assign(outcome=data.target), (0, 100, 250, 569)


def _hearts(shared: Path) -> tuple[pd.DataFrame, tuple[int, ...]]:
    """Patients of four hospitals, with what nearly all of them have."""
    files = sorted((shared / "federations" / "uci_heart").glob("*.parquet"))
    names = ["age", "sex", "cp", "thalach", "exang", "oldpeak"]
    sites = [pd.read_parquet(file)[[*names, "num"]].dropna() for file in files]
    whole = pd.concat(sites)
    frame = whole[names].astype(float).assign(outcome=(whole["num"] > 0).astype(int))
    return frame, (0, *np.cumsum([len(one) for one in sites]).tolist())


@pytest.mark.parametrize("data", ["tumours", "hearts"])
def test_as_good_as_scikit_learn(data: str, shared: Path, tmp_path: Path) -> None:
    """A third is predicted by a forest of the others: as well as by theirs, to three in a hundred."""
    frame, cuts = _tumours() if data == "tumours" else _hearts(shared)
    names = [name for name in frame.columns if name != "outcome"]
    columns = {name: {"type": "real"} for name in names} | {"outcome": {"type": "integer", "levels": [0, 1]}}
    parts = (0.1, 0.25, 0.4, 0.5, 0.6, 0.75, 0.9)
    edges = {name: sorted(set(np.quantile(frame[name], parts))) for name in names}
    told = {"outcome": "outcome", "columns": names, "edges": edges, "min_leaf": 5}
    asked, dictionary = RandomForest.read(told, "a test"), dictionary_of(columns)
    apart = np.arange(len(frame)) % 3 == 0
    kept, held = frame[~apart], frame[apart]
    answer = over(asked, dictionary, tuple(int((~apart[:cut]).sum()) for cut in cuts), kept, tmp_path)
    [trees] = asked.resolved(dictionary, "a test").predictors(answer, dictionary)
    (tmp_path / "model.json").write_bytes(model(trees).canonical())
    ours = predictor(tmp_path / "model.json").predict(held)
    theirs = RandomForestClassifier(random_state=0).fit(kept[names], kept["outcome"]).predict(held[names])
    right = [float(np.mean(one == held["outcome"])) for one in (ours, theirs)]
    assert right[0] > right[1] - 0.03, right
