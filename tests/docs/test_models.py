"""The manual of models: its lines make estimators of scikit-learn that predict what the files say."""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fedcli.errors import FedcliError
from fedcli.model.trained import GaussianBayes, Linear, Network, Trees
from fedcli.workflows.predicting import predictor
from fedcli.workflows.weights import packed
from tests.models import model
from tests.pages import PROJECT

LINEAR = {
    "family": "binomial",
    "link": "logit",
    "outcome": {"name": "ill", "factors": [{"column": "ill", "level": "yes"}]},
    "classes": ["no", "yes"],
    "formula": "ill ~ age + sex",
    "intercept": -3.8001056784826,
    "terms": [
        {"name": "age", "factors": [{"column": "age"}]},
        {"name": "sexm", "factors": [{"column": "sex", "level": "m"}]},
    ],
    "coefficients": [0.06716635907400328, 0.45009298048928514],
}
BAYES: dict[str, Any] = {
    "outcome": "ill",
    "classes": [False, True],
    "priors": [0.75, 0.25],
    "columns": ["age", "bmi"],
    "means": [[48.5, 25.25], [61.0, 28.5]],
    "variances": [[101.0, 9.5], [88.25, 12.0]],
}
NETWORK = {
    "kind": "network",
    "family": "binomial",
    "outcome": {"name": "ill", "factors": [{"column": "ill", "level": "yes"}]},
    "classes": ["no", "yes"],
    "formula": "ill ~ age + bmi",
    "inputs": [
        {"name": "age", "factors": [{"column": "age"}]},
        {"name": "bmi", "factors": [{"column": "bmi"}]},
    ],
    "centres": [51.5, 26.25],
    "scales": [14.75, 4.5],
    "activation": "tanh",
    "layers": [
        {"weights": [[0.75, -0.5], [1.25, 0.125], [-0.3, 0.9]], "biases": [0.1, -0.2, 0.3]},
        {"weights": [[1.5, -0.75, 0.6]], "biases": [-0.4]},
    ],
    "c": 1.0,
}
TREES: dict[str, Any] = {
    "family": "binomial",
    "link": "logit",
    "outcome": "ill",
    "classes": ["no", "yes"],
    "features": [{"column": "age", "cuts": [40, 60.5]}, {"column": "sex", "levels": ["f", "m"]}],
    "start": -0.75,
    "trees": [
        {
            "nodes": [
                {"column": "age", "below": 60.5, "left": 1, "right": 2},
                {"column": "sex", "level": "m", "left": 3, "right": 4},
                {"value": 0.625},
                {"value": -0.3},
                {"value": -0.1},
            ]
        },
        {"nodes": [{"column": "age", "below": 40, "left": 1, "right": 2}, {"value": -0.2}, {"value": 0.05}]},
    ],
}
X = np.array([[44.0, 1.0], [71.0, 0.0], [20.5, 27.0], [80.0, 31.25]])


def snippet(about: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Run the lines of the manual that name something, beside a file; the classifier that they make."""
    blocks = re.findall(r"^```python\n(.*?)^```", (PROJECT / "docs/models.md").read_text(), re.S | re.M)
    [lines] = [block for block in blocks if about in block]
    monkeypatch.chdir(folder)
    names: dict[str, Any] = {}
    exec(compile(lines, "docs/models.md", "exec"), names)
    return names.get("classifier") or names["trees"]


def test_logistic_regression(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Probabilities are the inverse logit of the linear predictor; classes those of the file."""
    (tmp_path / "model.json").write_bytes(
        model(Linear.read({"kind": "linear", **LINEAR}, "a test")).canonical()
    )
    classifier = snippet("LogisticRegression", tmp_path, monkeypatch)
    told = [-3.8001056784826 + 0.06716635907400328 * a + 0.45009298048928514 * b for a, b in X]
    expected = [1 / (1 + math.exp(-eta)) for eta in told]
    np.testing.assert_allclose(classifier.predict_proba(X)[:, 1], expected, rtol=1e-12, atol=0)
    assert list(classifier.predict(X)) == ["yes" if eta > 0 else "no" for eta in told]


def test_a_network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Probabilities are those of its layers, one unit after the other."""
    data = packed(model(Network.read(NETWORK, "a test")), "m-1")
    (tmp_path / "network.safetensors").write_bytes(data)
    classifier = snippet("MLPClassifier", tmp_path, monkeypatch)
    expected = []
    for a, b in X:
        z = [(a - 51.5) / 14.75, (b - 26.25) / 4.5]
        first, second = NETWORK["layers"]  # type: ignore[misc]
        units = [
            math.tanh(w[0] * z[0] + w[1] * z[1] + c)
            for w, c in zip(first["weights"], first["biases"], strict=True)
        ]
        eta = sum(w * u for w, u in zip(second["weights"][0], units, strict=True)) + second["biases"][0]
        expected.append(1 / (1 + math.exp(-eta)))
    scaled = (X - classifier.centres) / classifier.scales
    np.testing.assert_allclose(classifier.predict_proba(scaled)[:, 1], expected, rtol=1e-12, atol=0)
    assert list(classifier.predict(scaled)) == ["yes" if one > 0.5 else "no" for one in expected]


def test_naive_bayes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Posterior probabilities are those of Bayes' theorem."""
    (tmp_path / "bayes.json").write_bytes(
        model(GaussianBayes.read({"kind": "gaussian-naive-bayes", **BAYES}, "a test")).canonical()
    )
    classifier = snippet("GaussianNB", tmp_path, monkeypatch)
    for row, told in zip(X, classifier.predict_proba(X), strict=True):
        joint = [
            prior * math.prod(_normal(*one) for one in zip(row, means, variances, strict=True))
            for prior, means, variances in zip(
                BAYES["priors"], BAYES["means"], BAYES["variances"], strict=True
            )
        ]
        np.testing.assert_allclose(told, [one / sum(joint) for one in joint], rtol=1e-12)


def trees(folder: Path, **change: Any) -> Path:
    """A file of trees."""
    told = Trees.read({"kind": "trees", **TREES, **change}, "a test")
    (folder / "trees.json").write_bytes(model(told).canonical())
    return folder / "trees.json"


def test_trees(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An edge belongs to the right; a row that lacks a column, or has an unknown level, has no score."""
    trees(tmp_path)
    classifier = snippet("fedcli.predictor", tmp_path, monkeypatch)
    rows = {
        "age": [39.5, 40, 60.5, 20, 50, float("nan"), 50],
        "sex": ["m", "f", "m", "f", "m", "f", "x"],
    }
    scores = [-1.25, -0.8, -0.075, -1.05, -1.0, np.nan, np.nan]
    np.testing.assert_allclose(classifier.decision_function(rows), scores, rtol=1e-12)
    second = [1 / (1 + math.exp(-one)) for one in scores]
    told = classifier.predict_proba(rows)
    np.testing.assert_allclose(told, [[1 - one, one] for one in second], rtol=1e-12)
    assert list(classifier.predict({**rows, "age": [70.0] * 7})) == ["no"] * 6 + [None]
    assert list(classifier.classes_) == ["no", "yes"]


def test_trees_of_a_number(tmp_path: Path) -> None:
    """They predict it, and know no classes."""
    number = {"family": "gaussian", "link": "identity", "classes": None, "start": 10}
    told = predictor(trees(tmp_path, **number))
    rows = {"age": [39.5, 70], "sex": ["m", "m"]}
    np.testing.assert_allclose(told.predict(rows), [9.5, 10.675], rtol=1e-12)
    with pytest.raises(FedcliError, match="R-TREES"):
        told.predict_proba(rows)


def test_no_trees(tmp_path: Path) -> None:
    """A linear model is loaded otherwise."""
    linear = model(Linear.read({"kind": "linear", **LINEAR}, "a test"))
    (tmp_path / "model.json").write_bytes(linear.canonical())
    with pytest.raises(FedcliError, match="R-TREES"):
        predictor(tmp_path / "model.json")


LOOP = [{"nodes": [{"column": "age", "below": 40, "left": 0, "right": 1}, {"value": 1.0}]}]
#: What no way comes to goes round by itself.
ISLAND = [
    {
        "nodes": [
            {"value": 1.0},
            {"column": "age", "below": 40, "left": 1, "right": 2},
            {"value": 1.0},
        ]
    }
]
AWAY = [{"nodes": [{"column": "age", "below": 40, "left": 1, "right": 2}, {"value": 1.0}]}]
VALUE = [{"nodes": [{"column": "age", "below": 41, "left": 1, "right": 2}, {"value": 1.0}, {"value": 2.0}]}]
LEVEL = [{"nodes": [{"column": "sex", "level": "x", "left": 1, "right": 2}, {"value": 1.0}, {"value": 2.0}]}]
OTHER = [{"nodes": [{"column": "bmi", "below": 40, "left": 1, "right": 2}, {"value": 1.0}, {"value": 2.0}]}]


def _normal(x: float, mean: float, variance: float) -> float:
    return math.exp(-((x - mean) ** 2) / (2 * variance)) / math.sqrt(2 * math.pi * variance)


@pytest.mark.parametrize(
    ("form", "told", "change"),
    [
        (Linear, {"kind": "linear", **LINEAR}, {"coefficients": [1.0]}),
        (Linear, {"kind": "linear", **LINEAR}, {"class": "sklearn.linear_model.LogisticRegression"}),
        (GaussianBayes, {"kind": "gaussian-naive-bayes", **BAYES}, {"priors": [1.0]}),
        (GaussianBayes, {"kind": "gaussian-naive-bayes", **BAYES}, {"means": [[1.0], [2.0]]}),
        (Trees, {"kind": "trees", **TREES}, {"trees": LOOP}),
        (Trees, {"kind": "trees", **TREES}, {"trees": ISLAND}),
        (Trees, {"kind": "trees", **TREES}, {"trees": AWAY}),
        (Trees, {"kind": "trees", **TREES}, {"trees": VALUE}),
        (Trees, {"kind": "trees", **TREES}, {"trees": LEVEL}),
        (Trees, {"kind": "trees", **TREES}, {"trees": OTHER}),
        (Trees, {"kind": "trees", **TREES}, {"family": "gaussian"}),
    ],
)
def test_what_is_no_model(form: Any, told: dict[str, Any], change: dict[str, Any]) -> None:
    """Lists that do not go together, and the name of a class, are refused."""
    form.read(told, "a test")
    with pytest.raises(Exception, match="F-SCHEMA"):
        form.read(told | change, "a test")
