"""Logistic regression with a penalty over sites, against scikit-learn on pooled rows, under `evaluation`."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from sklearn.datasets import load_breast_cancer
from sklearn.linear_model import LogisticRegression

from fedcli.analytics.logistic import Logistic
from fedcli.errors import FedcliError
from fedcli.model.result import Answer
from tests.oracle.fits import converged, dictionary_of, split
from tests.oracle.rehearsals import rehearsed, write_dictionary


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
ORACLES = {
    0.1: "logistic L2 C=0.1 breast_cancer standardised",
    1.0: "logistic L2 C=1.0 breast_cancer standardised",
    10.0: "logistic L2 C=10.0 breast_cancer standardised",
}
EDGES = {3: (0, 60, 250, 569), 10: (0, 30, 55, 90, 120, 170, 200, 260, 330, 450, 569)}


def asked(**more: Any) -> Logistic:
    told = {"formula": f"benign ~ {' + '.join(NAMES)}", **more}
    return Logistic.read(told, "a test")


def over(sites: int, folder: Path, question: Logistic) -> Answer:
    edges = EDGES[sites]
    tables = [
        pa.Table.from_pandas(FRAME.iloc[low:high], preserve_index=False)
        for low, high in itertools.pairwise(edges)
    ]
    return converged(question, dictionary_of(COLUMNS), tables, folder)


def fit(c: float, standardise: bool = True) -> tuple[Any, float]:
    """Of the pooled rows, to its end."""
    x = FRAME[NAMES].to_numpy()
    if standardise:
        x = (x - x.mean(axis=0)) / x.std(axis=0)
    model = LogisticRegression(C=c, tol=1e-12, solver="newton-cholesky", max_iter=1000)
    model.fit(x, FRAME["benign"])
    return model.coef_[0], float(model.intercept_[0])


@pytest.mark.parametrize(("c", "sites"), [*((c, 3) for c in ORACLES), (1.0, 10)])
def test_scikit_learn(c: float, sites: int, shared: Path, tmp_path: Path) -> None:
    """Thirty columns, uneven sites: its coefficients to 1e-8; the oracle's, which stopped early, to 2e-3."""
    answer = over(sites, tmp_path, asked(c=c))
    assert answer.scalars["converged"] == 1
    intercept, *rows = answer.tables["coefficients"].rows
    found = np.array([row[2] for row in rows], dtype=float)
    coefficients, centred = fit(c)
    assert found == pytest.approx(coefficients, rel=1e-8, abs=1e-9)
    at_means = sum(float(str(row[1])) * FRAME[row[0]].mean() for row in rows)
    assert float(str(intercept[1])) + at_means == pytest.approx(centred, rel=1e-8)
    oracles = json.loads((shared / "oracles" / "ml_eval.json").read_text())
    told = oracles[ORACLES[c]]
    assert found == pytest.approx(told["coef"], abs=2e-3)


def test_columns_as_they_are(tmp_path: Path) -> None:
    """Without standardising, of few columns: the penalty is in their own units."""
    names = ["mean_radius", "mean_texture", "mean_symmetry"]
    question = asked(formula=f"benign ~ {' + '.join(names)}", c=0.5, standardise=False)
    tables = split([pa.Table.from_pandas(FRAME, preserve_index=False)], 3)
    answer = converged(question, dictionary_of(COLUMNS), tables, tmp_path)
    model = LogisticRegression(C=0.5, tol=1e-12, solver="newton-cholesky", max_iter=1000)
    model.fit(FRAME[names].to_numpy(), FRAME["benign"])
    rows = answer.tables["coefficients"].rows
    assert [row[1] for row in rows] == pytest.approx([model.intercept_[0], *model.coef_[0]], rel=1e-7)
    assert [row[2] for row in rows] == [None] * 4


def test_a_column_that_tells_the_outcome(tmp_path: Path) -> None:
    """A penalty has an end where a glm has none; a column of one value stays at zero."""
    frame = pd.DataFrame({"y": [0, 1] * 60, "x": [0.0, 1.0] * 60, "same": [1.0] * 120})
    columns: dict[str, Any] = {key: {"type": "real", "bounds": [0, 2]} for key in ("x", "same")}
    columns["y"] = {"type": "integer", "levels": [0, 1]}
    tables = [pa.Table.from_pandas(frame, preserve_index=False)]
    question = Logistic.read({"formula": "y ~ x + same"}, "a test")
    answer = converged(question, dictionary_of(columns), tables, tmp_path)
    model = LogisticRegression(tol=1e-12, solver="newton-cholesky").fit(frame[["x"]] * 2 - 1, frame["y"])
    _, x, same = answer.tables["coefficients"].rows
    assert x[2] == pytest.approx(model.coef_[0][0], rel=1e-8)
    assert same[1:] == (pytest.approx(0, abs=1e-12), pytest.approx(0, abs=1e-12))


@pytest.mark.parametrize("formula", ["benign ~ 0 + mean_radius", "mean_radius ~ benign", "benign ~ 1"])
def test_what_it_is_not_for(formula: str) -> None:
    """A model without an intercept or without columns, an outcome of numbers."""
    with pytest.raises(FedcliError) as caught:
        asked(formula=formula).resolved(dictionary_of(COLUMNS), "a test")
    assert caught.value.code in ("Q-FORMULA", "Q-OUTCOME")


def test_under_standard(tmp_path: Path) -> None:
    """Sums that leave at six digits have an end too, near the pooled fit; scikit-learn takes it over."""
    lots = np.random.default_rng(8)
    x = lots.uniform(0, 10, (1500, 2)).round(2)
    y = (lots.random(1500) < 1 / (1 + np.exp(3 - 0.4 * x[:, 0] - 0.2 * x[:, 1]))).astype(int)
    (tmp_path / "data").mkdir()
    for at in range(3):
        rows = slice(500 * at, 500 * at + 500)
        told = pa.table({"y": y[rows], "a": x[rows, 0], "b": x[rows, 1]})
        pq.write_table(told, tmp_path / "data" / f"site{at}.parquet")
    number = 'type = "real"\nbounds = [0, 10]'
    columns = {"y": 'type = "integer"\nlevels = [0, 1]', "a": number, "b": number}
    dictionary = write_dictionary(tmp_path / "d.toml", "d", columns)
    question = ['id = "m"\nanalytic = "logistic"\nformula = "y ~ a + b"']
    ended = rehearsed(tmp_path, question, tmp_path / "data", dictionary, "standard")
    answer = ended.data["results"]["m"]  # type: ignore[index]
    assert answer["scalars"]["converged"] == 1
    assert answer["scalars"]["iterations"] < 8
    estimates = [row[1] for row in answer["tables"]["coefficients"]["rows"]]
    ours, theirs = LogisticRegression(), LogisticRegression(tol=1e-12, solver="newton-cholesky")
    theirs.fit((x - x.mean(axis=0)) / x.std(axis=0), y)
    ours.classes_, ours.coef_, ours.intercept_ = (
        np.array([0, 1]),
        np.array([estimates[1:]]),
        np.array([estimates[0]]),
    )
    scaled = (x - x.mean(axis=0)) / x.std(axis=0)
    assert ours.predict_proba(x) == pytest.approx(theirs.predict_proba(scaled), abs=1e-4)
