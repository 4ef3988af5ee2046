"""Gaussian naive Bayes over sites against scikit-learn's, under `evaluation`."""

from __future__ import annotations

import json
from functools import reduce
from operator import add
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from sklearn.datasets import load_breast_cancer, load_iris
from sklearn.naive_bayes import GaussianNB

from fedcli.analytics.naive_bayes import NaiveBayes
from fedcli.engine.duckdb import DuckRows
from fedcli.engine.opening import open_source
from fedcli.model.result import Answer
from fedcli.model.vault import Source
from tests.oracle.fits import dictionary_of, split

DATA = {"iris": load_iris, "breast cancer": load_breast_cancer}


def _answer(name: str, folder: Path) -> tuple[Answer, Any, Any]:
    """Of four sites, to which rows are dealt by chance; and the pooled rows."""
    data = DATA[name](as_frame=True)
    frame = data.data.rename(columns=lambda column: column.replace(" (cm)", "").replace(" ", "_"))
    names = tuple(frame.columns)
    columns: dict[str, Any] = {one: {"type": "real", "bounds": [0, 1e5]} for one in names}
    columns["kind"] = {"type": "integer", "levels": sorted(int(one) for one in set(data.target))}
    table = pa.Table.from_pandas(frame.assign(kind=data.target), preserve_index=False)
    asked, dictionary = NaiveBayes(outcome="kind", columns=names), dictionary_of(columns)
    asked.check(dictionary)
    shapes = []
    for at, part in enumerate(split([table], 5)):
        pq.write_table(part, path := folder / f"{at}.parquet")
        rows = DuckRows(
            open_source(Source(kind="parquet", paths=(str(path),)), 500), dictionary, None, asked.reads()
        )
        shapes.append(asked.local(rows).unseal_for_the_gate()[0])  # type: ignore[attr-defined]
    return asked.answer(reduce(add, shapes)), data.data.to_numpy(), data.target.to_numpy()


def _model(answer: Answer) -> tuple[Any, Any, Any]:
    """Priors, means and variances as scikit-learn has them."""
    rows, classes = answer.tables["columns"].rows, answer.tables["classes"].rows
    by = {(row[0], row[1]): row[2:] for row in rows}
    names = list(dict.fromkeys(row[1] for row in rows))
    told = np.array([[by[kind[0], name] for name in names] for kind in classes], dtype=float)
    return np.array([kind[2] for kind in classes], dtype=float), told[..., 0], told[..., 1]


@pytest.mark.parametrize("name", DATA)
def test_scikit_learn(name: str, tmp_path: Path) -> None:
    """Priors, means, variances and what is predicted of every row."""
    answer, x, y = _answer(name, tmp_path)
    priors, means, variances = _model(answer)
    model = GaussianNB(var_smoothing=0).fit(x, y)
    assert priors == pytest.approx(model.class_prior_, rel=1e-12)
    assert means == pytest.approx(model.theta_, rel=1e-10)
    assert variances == pytest.approx(model.var_, rel=1e-10)
    ours = GaussianNB()
    ours.classes_, ours.class_prior_, ours.theta_, ours.var_ = model.classes_, priors, means, variances
    assert (ours.predict(x) == model.predict(x)).all()


def test_the_oracle(shared: Path, tmp_path: Path) -> None:
    """The figures that were written down of irises."""
    told = json.loads((shared / "oracles" / "ml_eval.json").read_text())["gaussian naive bayes iris"]
    priors, means, variances = _model(_answer("iris", tmp_path)[0])
    assert priors == pytest.approx(told["prior"], rel=1e-12)
    assert means == pytest.approx(np.array(told["theta"]), rel=1e-10)
    assert variances == pytest.approx(np.array(told["var"]), rel=1e-10)


def test_rows_that_lack_a_value(tmp_path: Path) -> None:
    """They are left out of their column, and count in the prior of their class."""
    dictionary = dictionary_of(
        {"kind": {"type": "integer", "levels": [0, 1]}, "x": {"type": "real", "bounds": [0, 9]}}
    )
    table = pa.table({"kind": [0, 0, 0, 1], "x": [1.0, 3.0, None, 5.0]})
    pq.write_table(table, path := tmp_path / "data.parquet")
    asked = NaiveBayes(outcome="kind", columns=("x",))
    rows = DuckRows(
        open_source(Source(kind="parquet", paths=(str(path),)), 500), dictionary, None, asked.reads()
    )
    answer = asked.answer(asked.local(rows).unseal_for_the_gate()[0])  # type: ignore[attr-defined]
    assert answer.tables["classes"].rows == ((0, 3, 0.75), (1, 1, 0.25))
    assert answer.tables["columns"].rows == ((0, "x", 2.0, 1.0), (1, "x", 5.0, 0.0))
