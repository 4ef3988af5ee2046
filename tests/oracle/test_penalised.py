"""Ridge, lasso and elastic net over sites against scikit-learn's on the pooled rows, in exact sums."""

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
from sklearn.linear_model import ElasticNet, Lasso, LinearRegression
from sklearn.preprocessing import StandardScaler

from fedcli.analytics.penalised import Penalised
from fedcli.engine.duckdb import DuckRows
from fedcli.engine.opening import open_source
from fedcli.errors import FedcliError
from fedcli.model.result import Answer
from fedcli.model.vault import Source
from fedcli.statistics.score import empty
from fedcli.statistics.shrunken import centred, path
from tests.oracle.fits import dictionary_of, split
from tests.oracle.wheels import diabetes

DICTIONARY = dictionary_of(diabetes.columns)
FRAME = diabetes.load()
X, Y = FRAME.drop(columns="target").to_numpy(float), FRAME["target"].to_numpy(float)


def asked(**parameters: Any) -> Penalised:
    """The question, with its design."""
    question = Penalised.read({"formula": diabetes.formula, **parameters}, "a test")
    return question.resolved(DICTIONARY, "a test")


def fitted(folder: Path, tables: list[pa.Table], **parameters: Any) -> Answer:
    """The answer over sites."""
    question, totals = asked(**parameters), []
    question.check(DICTIONARY)
    for at, table in enumerate(tables):
        path = folder / f"{at}.parquet"
        pq.write_table(table, path)
        source = open_source(Source(kind="parquet", paths=(str(path),)), 500)
        rows = DuckRows(source, DICTIONARY, None, question.reads())
        totals.append(question.local(rows).unseal_for_the_gate()[0])  # type: ignore[attr-defined]
    return question.answer(reduce(add, totals))


def told(answer: Answer, penalty: float) -> tuple[float, list[float]]:
    """The intercept and the coefficients at a penalty."""
    intercept, *rest = [row[2] for row in answer.tables["coefficients"].rows if row[0] == penalty]
    return intercept, rest  # type: ignore[return-value]


@pytest.mark.parametrize("kind", ["ridge", "lasso"])
@pytest.mark.parametrize("random", [False, True], ids=["blocks", "by chance"])
def test_the_oracle(kind: str, random: bool, shared: Path, tmp_path: Path) -> None:
    """Those of scikit-learn that were written down: ridge's is the penalty times the rows."""
    known = json.loads((shared / "oracles" / "linear.json").read_text())[f"sklearn_diabetes {kind}"]
    rows = len(Y) if kind == "ridge" else 1
    penalties = [float(one) / rows for one in known]
    tables = split(diabetes.tables(1), seed=3) if random else diabetes.tables(3)
    mixture = float(kind == "lasso")
    answer = fitted(tmp_path, tables, penalties=penalties, mixture=mixture, standardise=False)
    for penalty, expected in zip(penalties, known.values(), strict=True):
        intercept, coefficients = told(answer, penalty)
        assert intercept == pytest.approx(expected["intercept"], rel=1e-8)
        tolerance = 1e-8 if kind == "ridge" else 1e-3  # the lasso's was left at scikit-learn's tolerance
        assert coefficients == pytest.approx(expected["coef"], rel=tolerance, abs=tolerance)


@pytest.mark.parametrize("mixture", [1.0, 0.5, 0.1])
@pytest.mark.parametrize("standardise", [True, False])
def test_scikit_learn_to_its_end(mixture: float, standardise: bool, tmp_path: Path) -> None:
    """Fits that were let run on until they stood still, with columns as they are and standardised."""
    penalties = [0.02, 0.3, 2.0]
    answer = fitted(
        tmp_path, diabetes.tables(3), penalties=penalties, mixture=mixture, standardise=standardise
    )
    scaler = StandardScaler(with_mean=standardise, with_std=standardise).fit(X)
    units = scaler.scale_ if standardise else np.ones(X.shape[1])
    for penalty in penalties:
        fit = ElasticNet(alpha=penalty, l1_ratio=mixture, tol=1e-14, max_iter=1_000_000)
        fit.fit(scaler.transform(X), Y)
        intercept, coefficients = told(answer, penalty)
        assert coefficients == pytest.approx(fit.coef_ / units, rel=1e-6, abs=1e-7)
        whole = {row[0]: row[1:] for row in answer.tables["fits"].rows}[penalty]
        assert whole[0] == np.count_nonzero(fit.coef_)
        assert whole[1] == pytest.approx(fit.score(scaler.transform(X), Y), rel=1e-8)
        assert intercept + X @ coefficients == pytest.approx(fit.predict(scaler.transform(X)), rel=1e-7)


def test_between_nothing_and_everything(tmp_path: Path) -> None:
    """A penalty that is hardly there gives least squares; one that is too large leaves the mean."""
    answer = fitted(tmp_path, diabetes.tables(2), penalties=[1e-10, 1e6])
    _, coefficients = told(answer, 1e-10)
    assert coefficients == pytest.approx(LinearRegression().fit(X, Y).coef_, rel=1e-5)
    assert told(answer, 1e6) == (pytest.approx(Y.mean()), [0.0] * X.shape[1])
    largest = np.abs((X - X.mean(0)).T @ (Y - Y.mean())).max() / len(Y)
    just = fitted(
        tmp_path, diabetes.tables(2), penalties=[largest * 1.001, largest * 0.999], standardise=False
    )
    assert [row[1] for row in just.tables["fits"].rows] == [0, 1]


def test_a_column_without_a_spread(tmp_path: Path) -> None:
    """It gets nothing, and the others what they get without it."""
    tables = diabetes.tables(3)
    place = tables[0].schema.get_field_index("sex")
    flat = [one.set_column(place, "sex", pa.array([0.04] * len(one))) for one in tables]
    answer = fitted(tmp_path, flat, penalties=[0.5])
    _, coefficients = told(answer, 0.5)
    assert coefficients[1] == 0.0
    without = np.delete(X, 1, axis=1)
    scaled = StandardScaler().fit(without)
    fit = Lasso(alpha=0.5, tol=1e-14, max_iter=1_000_000).fit(scaled.transform(without), Y)
    assert np.delete(coefficients, 1) == pytest.approx(fit.coef_ / scaled.scale_, rel=1e-6, abs=1e-7)


def test_a_spread_that_is_rounding() -> None:
    """What the sums of a constant leave about its mean is no spread, however they were rounded."""
    question = Penalised.read({"formula": "target ~ sex", "penalties": [0.5]}, "a test")
    design = question.resolved(DICTIONARY, "a test").design
    assert design is not None
    total = empty(design, "gaussian", first=True)
    cells = dict(total.cells) | {
        "n": (10,),
        "gram": (10.0, 1.0, 0.1 + 2e-15),  # ten times 0.1, whose square is 0.01
        "score": (5.0, 0.5 + 1e-15),
        "sums": (5.0, 4.0, 0.0, 10.0, 0.0, 10.0, 0.0),
    }
    about = centred(design, total.having(cells))
    assert about.products.tolist() == [[0.0]]
    [fit] = path(about, [1e-9], mixture=1.0, standardise=True)
    assert fit.coefficients == (0.0,)


def test_too_few_rows(tmp_path: Path) -> None:
    """No numbers where there are not more rows than columns."""
    answer = fitted(tmp_path, [diabetes.tables(1)[0].slice(0, 11)], penalties=[0.5])
    assert {row[2] for row in answer.tables["coefficients"].rows} == {None}
    assert answer.tables["fits"].rows == ((0.5, None, None),)


@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        ({"formula": "target ~ 0 + age", "penalties": [1]}, "Q-FORMULA"),
        ({"penalties": []}, "F-SCHEMA"),
        ({"penalties": [0]}, "F-SCHEMA"),
        ({"penalties": [1], "mixture": 1.1}, "F-SCHEMA"),
    ],
)
def test_what_is_not_asked(parameters: dict[str, Any], code: str) -> None:
    """Without an intercept, without a penalty, or beyond the mixtures."""
    with pytest.raises(FedcliError) as caught:
        asked(**parameters)
    assert caught.value.code == code
