"""Evaluation of a model beside scikit-learn's of the pooled rows, and beside figures that others computed."""

from __future__ import annotations

import json
import warnings
from functools import reduce
from operator import add
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from sklearn.ensemble import GradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score, brier_score_loss, roc_auc_score
from sklearn.neural_network import MLPClassifier

from fedcli.analytics.validation import Validation
from fedcli.engine.duckdb import DuckRows
from fedcli.engine.opening import open_source
from fedcli.model.dataset import Dictionary
from fedcli.model.result import Answer
from fedcli.model.vault import Source
from tests.oracle.fits import dictionary_of

FORMULA = "disease ~ age + sex + C(cp) + thalach + exang"
COLUMNS = {
    "disease": {"type": "integer", "levels": [0, 1]},
    "age": {"type": "real", "bounds": [0, 100]},
    "sex": {"type": "real", "levels": [0, 1]},
    "cp": {"type": "real", "levels": [1, 2, 3, 4]},
    "thalach": {"type": "real", "bounds": [0, 250]},
    "exang": {"type": "real", "levels": [0, 1]},
}
DICTIONARY = dictionary_of(COLUMNS)


def entry(shared: Path, file: str, name: str) -> Any:
    """An entry of the oracles."""
    return json.loads((shared / "oracles" / file).read_text())[name]


@pytest.fixture(scope="module")
def tables(shared: Path) -> list[pa.Table]:
    """Four hospitals; whose disease is more than none. The oracles leave rows out that lack `oldpeak`."""
    found = [pq.read_table(one) for one in sorted((shared / "federations" / "uci_heart").glob("*.parquet"))]
    whole = (one.filter(pc.is_valid(one["oldpeak"])) for one in found)
    return [
        one.append_column("disease", pc.greater(one["num"], 0).cast(pa.int64())).select(list(COLUMNS))
        for one in whole
    ]


@pytest.fixture(scope="module")
def coefficients(shared: Path) -> dict[str, float]:
    """Those of the oracle's fit, by our names."""
    told = entry(shared, "glm.json", "uci_heart disease~age+sex+C(cp)+thalach+exang")
    names = {"Intercept": "(Intercept)", **{f"C(cp)[T.{level}]": f"C(cp){level}" for level in (2, 3, 4)}}
    return {names.get(name, name): value for name, value in zip(told["terms"], told["coef"], strict=True)}


def evaluated(
    tables: list[pa.Table], folder: Path, dictionary: Dictionary = DICTIONARY, **asked: Any
) -> Answer:
    """The answer of all sites together, in exact counts."""
    question = Validation.read(asked, "a test").resolved(dictionary, "a test")
    shapes = []
    for at, one in enumerate(tables):
        path = folder / f"site{at}.parquet"
        pq.write_table(one, path)
        source = open_source(Source(kind="parquet", paths=(str(path),)), 500)
        sealed = question.local(DuckRows(source, dictionary, None, question.reads()))
        shapes.append(sealed.unseal_for_the_gate()[0])  # type: ignore[attr-defined]
    return question.answer(reduce(add, shapes))


def scores(tables: list[pa.Table], coefficients: dict[str, float]) -> tuple[np.ndarray[Any, Any], ...]:
    """The probability of each row that lacks nothing, whether it has the disease, and its sex."""
    rows = pa.concat_tables(tables).to_pandas().dropna()
    eta = np.full(len(rows), coefficients["(Intercept)"])
    for name in ("age", "sex", "thalach", "exang"):
        eta += coefficients[name] * rows[name].to_numpy()
    for level in (2, 3, 4):
        eta += coefficients[f"C(cp){level}"] * (rows["cp"] == level).to_numpy()
    return 1 / (1 + np.exp(-eta)), rows["disease"].to_numpy(), rows["sex"].to_numpy()


def rounded(scores: np.ndarray[Any, Any], bins: int) -> np.ndarray[Any, Any]:
    """To the middles of bins."""
    return (np.minimum(np.floor(scores * bins), bins - 1) + 0.5) / bins


@pytest.mark.parametrize("bins", [20, 100])
def test_scikit_learn(
    bins: int, tables: list[pa.Table], coefficients: dict[str, float], tmp_path: Path
) -> None:
    """Equal to scikit-learn's of scores that are rounded to their bins, and near those of the scores."""
    answer = evaluated(tables, tmp_path, formula=FORMULA, coefficients=coefficients, bins=bins, by="sex")
    raw, y, sex = scores(tables, coefficients)
    middles = rounded(raw, bins)
    told = answer.scalars
    assert (told["n"], told["events"], told["n_missing"]) == (857, 468, 1)
    assert told["auc"] == pytest.approx(roc_auc_score(y, middles), abs=1e-12)
    assert told["average_precision"] == pytest.approx(average_precision_score(y, middles), abs=1e-12)
    assert told["brier"] == pytest.approx(brier_score_loss(y, middles), abs=1e-12)
    within = sum(
        np.sum((middles == at) & (y == 0)) * np.sum((middles == at) & (y == 1)) for at in set(middles)
    )
    ties = within / (np.sum(y == 0) * np.sum(y == 1))
    assert abs(told["auc"] - roc_auc_score(y, raw)) <= ties / 2  # type: ignore[operator]
    assert abs(told["brier"] - brier_score_loss(y, raw)) <= 1 / bins  # type: ignore[operator]
    fit = LogisticRegression(C=np.inf, tol=1e-12, max_iter=1000).fit(
        np.log(middles / (1 - middles))[:, None], y
    )
    assert told["calibration_slope"] == pytest.approx(fit.coef_[0, 0], rel=1e-5)
    assert told["calibration_intercept"] == pytest.approx(fit.intercept_[0], abs=1e-5)
    for level, n, events, auc, *_ in answer.tables["groups"].rows:
        mine = sex == level
        assert (n, events) == (mine.sum(), y[mine].sum())
        assert auc == pytest.approx(roc_auc_score(y[mine], middles[mine]), abs=1e-12)


def test_figures_of_others(
    shared: Path, tables: list[pa.Table], coefficients: dict[str, float], tmp_path: Path
) -> None:
    """The oracle's areas from bins to the last digit, its confusion at a half, and its scores nearly."""
    known = entry(shared, "ml_eval.json", "evaluation uci_heart logistic in-sample")
    answers = {
        bins: evaluated(tables, tmp_path, formula=FORMULA, coefficients=coefficients, bins=bins, by="sex")
        for bins in (20, 100)
    }
    for bins, answer in answers.items():
        pooled, told = known["pooled"], answer.scalars
        assert told["auc"] == pytest.approx(pooled[f"auc_hist_{bins}bins"], abs=1e-12)
        assert told["auc"] == pytest.approx(pooled["auc"], abs=1e-3)
        assert told["average_precision"] == pytest.approx(pooled["ap"], abs=0.5 / bins)
        assert told["brier"] == pytest.approx(pooled["brier"], abs=1 / bins)
        assert told["calibration_slope"] == pytest.approx(pooled["calib_slope"], abs=1 / bins)
        [[tn, fp], [fn, tp]] = pooled["confusion_05"]
        [half] = [row for row in answer.tables["thresholds"].rows if row[0] == 0.5]
        expected = (
            (tp + fp) / 857,
            tp / (tp + fn),
            tn / (tn + fp),
            tp / (tp + fp),
            tn / (tn + fn),
            (tp - fp) / 857,
            (2 * 468 - 857) / 857,
        )
        assert half[1:] == pytest.approx(expected, abs=1e-12)
        for level, n, events, auc, selected, sensitivity, fpr, _ in answer.tables["groups"].rows:
            mine = known["by_sex"][f"{float(level):.1f}"]
            [[tn, fp], [fn, tp]] = mine["confusion_05"]
            assert (n, events) == (mine["n"], mine["pos"])
            assert auc == pytest.approx(mine[f"auc_hist_{bins}bins"], abs=1e-12)
            assert (selected, sensitivity, fpr) == pytest.approx(
                ((tp + fp) / mine["n"], tp / (tp + fn), fp / (fp + tn)), abs=1e-12
            )


@pytest.mark.parametrize("link", ["probit", "cloglog"])
def test_other_links(link: str, tmp_path: Path) -> None:
    """The bins are of the probability, whatever the link."""
    from scipy.stats import norm

    lots = np.random.default_rng(5)
    x = lots.normal(0, 1, 500)
    p = norm.cdf(0.2 + x) if link == "probit" else -np.expm1(-np.exp(0.2 + x))
    y = lots.random(500) < p
    dictionary = dictionary_of({"y": {"type": "boolean"}, "x": {"type": "real", "bounds": [-9, 9]}})
    asked = {"formula": "y ~ x", "coefficients": {"(Intercept)": 0.2, "x": 1.0}, "link": link, "bins": 10}
    answer = evaluated([pa.table({"y": y, "x": x})], tmp_path, dictionary, **asked)
    assert answer.scalars["auc"] == pytest.approx(roc_auc_score(y, rounded(p, 10)), abs=1e-12)
    assert answer.scalars["brier"] == pytest.approx(brier_score_loss(y, rounded(p, 10)), abs=1e-12)
    counts = np.bincount(np.minimum((p * 10).astype(int), 9), minlength=10)
    assert [row[2] for row in answer.tables["calibration"].rows] == list(counts)


NAMES = ("age", "sex", "cp", "thalach", "exang")


@pytest.fixture(scope="module")
def pooled(tables: list[pa.Table]) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """All rows that lack nothing: what predicts, and the outcome."""
    rows = pa.concat_tables(tables).to_pandas().dropna()
    return rows[list(NAMES)].to_numpy(float), rows["disease"].to_numpy()


def same(answer: Answer, raw: np.ndarray[Any, Any], y: np.ndarray[Any, Any], bins: int) -> None:
    """Equal to scikit-learn's of scores that are rounded to their bins, and near those of the scores."""
    told, middles = answer.scalars, rounded(raw, bins)
    assert (told["n"], told["events"]) == (len(y), y.sum())
    assert told["auc"] == pytest.approx(roc_auc_score(y, middles), abs=1e-12)
    assert told["average_precision"] == pytest.approx(average_precision_score(y, middles), abs=1e-12)
    assert told["brier"] == pytest.approx(brier_score_loss(y, middles), abs=1e-12)
    assert abs(told["brier"] - brier_score_loss(y, raw)) <= 1 / bins  # type: ignore[operator]


def planted(tree: Any, value: Any) -> dict[str, Any]:
    """A tree of scikit-learn, which sends rows up to an edge to the left; levels are split at one of them."""
    nodes: list[dict[str, Any]] = []

    def grow(at: int) -> int:
        place = len(nodes)
        if tree.children_left[at] < 0:
            nodes.append({"value": float(value(at))})
            return place
        name, edge = NAMES[tree.feature[at]], float(tree.threshold[at])
        told = {"level": 0} if name in ("sex", "exang") else {"below": float(np.nextafter(edge, np.inf))}
        nodes.append({})
        left, right = grow(tree.children_left[at]), grow(tree.children_right[at])
        nodes[place] = {"column": name, "left": left, "right": right} | told
        return place

    grow(0)
    return {"nodes": nodes}


def test_trees_of_scikit_learn(tables: list[pa.Table], pooled: Any, tmp_path: Path) -> None:
    """Gradient boosting and a forest as scikit-learn fits them: its own predictions, in bins."""
    x, y = pooled
    formula = "disease ~ age + C(sex) + cp + thalach + C(exang)"
    dictionary = dictionary_of(COLUMNS | {"cp": {"type": "real", "bounds": [1, 4]}})
    boosted = GradientBoostingClassifier(n_estimators=60, max_depth=3, random_state=3).fit(x, y)
    rate, start = boosted.learning_rate, np.log(y.mean() / (1 - y.mean()))
    some = [
        planted(one.tree_, lambda at, t=one.tree_: rate * t.value[at, 0, 0]) for [one] in boosted.estimators_
    ]
    asked = {"formula": formula, "trees": {"start": float(start), "trees": some}, "bins": 50, "by": None}
    same(evaluated(tables, tmp_path, dictionary, **asked), boosted.predict_proba(x)[:, 1], y, 50)
    forest = RandomForestClassifier(n_estimators=7, max_depth=5, random_state=3).fit(x, y)
    some = [planted(one.tree_, lambda at, t=one.tree_: t.value[at, 0, 1] / 7) for one in forest.estimators_]
    asked |= {"trees": {"start": 0.0, "trees": some}, "link": "identity"}
    same(evaluated(tables, tmp_path, dictionary, **asked), forest.predict_proba(x)[:, 1], y, 50)


@pytest.mark.parametrize("activation", ["relu", "tanh"])
def test_networks_of_scikit_learn(
    activation: str, tables: list[pa.Table], pooled: Any, tmp_path: Path
) -> None:
    """A network of two hidden layers as scikit-learn fits it: its own predictions, in bins, also by sex."""
    x, y = pooled
    centres, scales = x.mean(axis=0), x.std(axis=0)
    z = (x - centres) / scales
    fitted = MLPClassifier((5, 3), activation=activation, random_state=2, max_iter=60)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fitted.fit(z, y)
    layers = [
        {"weights": matrix.T.tolist(), "biases": biases.tolist()}
        for matrix, biases in zip(fitted.coefs_, fitted.intercepts_, strict=True)
    ]
    network = {
        "centres": centres.tolist(),
        "scales": scales.tolist(),
        "activation": activation,
        "layers": layers,
    }
    dictionary = dictionary_of(COLUMNS | {name: {"type": "real", "bounds": [0, 250]} for name in NUMBERS})
    formula = "disease ~ age + sex + cp + thalach + exang"
    answer = evaluated(tables, tmp_path, dictionary, formula=formula, network=network, bins=50)
    same(answer, fitted.predict_proba(z)[:, 1], y, 50)


#: Columns that a network takes as numbers.
NUMBERS = ("sex", "cp", "exang")
