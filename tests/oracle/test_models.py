"""Models over sites against fits of the pooled rows that others made (statsmodels; published by DataSHIELD).

Exact sums, as under `evaluation`: the federated fit is the pooled one to the tolerances of the oracles'
manifest, over the natural sites and over random splits.
"""

from __future__ import annotations

import json
import random
from functools import reduce
from operator import add
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from fedcli.analytics.glm import Glm
from fedcli.engine.duckdb import DuckRows
from fedcli.engine.opening import open_source
from fedcli.model.dataset import Dictionary
from fedcli.model.result import Answer
from fedcli.model.vault import Source

BINARY = {"type": "integer", "levels": [0, 1]}
CNSIM = {
    "DIS_DIAB": BINARY,
    "GENDER": BINARY,
    "PM_BMI_CONTINUOUS": {"type": "real", "bounds": [0, 80]},
    "LAB_HDL": {"type": "real", "bounds": [-5, 10]},
    "LAB_TSC": {"type": "real", "bounds": [0, 20]},
    "LAB_TRIG": {"type": "real", "bounds": [-20, 20]},
}
HEART = {
    "disease": BINARY,
    "age": {"type": "real", "bounds": [20, 90]},
    "sex": BINARY,
    "cp": {"type": "integer", "levels": [1, 2, 3, 4]},
    "thalach": {"type": "real", "bounds": [50, 250]},
    "exang": BINARY,
}
CREDIT = {
    "unpaid": BINARY,
    "LIMIT_BAL": {"type": "real", "bounds": [0, 1000000]},
    "AGE": {"type": "real", "bounds": [18, 90]},
    "SEX": {"type": "integer", "levels": [1, 2]},
    "PAY_0": {"type": "integer", "bounds": [-2, 9]},
}


class Model(NamedTuple):
    """A model of an oracle: the federation, the key of the oracle, how it is asked, and its terms' names."""

    data: str
    oracle: str
    family: str
    formula: str
    terms: dict[str, str] = {}


MODELS = {
    "diabetes, with a product": Model(
        "cnsim",
        "CNSIM DIS_DIAB~GENDER*PM_BMI_CONTINUOUS+LAB_HDL binomial",
        "binomial",
        "DIS_DIAB ~ GENDER*PM_BMI_CONTINUOUS + LAB_HDL",
    ),
    "diabetes": Model(
        "cnsim",
        "CNSIM DIS_DIAB~GENDER+PM_BMI_CONTINUOUS+LAB_HDL binomial",
        "binomial",
        "DIS_DIAB ~ GENDER + PM_BMI_CONTINUOUS + LAB_HDL",
    ),
    "cholesterol": Model("cnsim", "CNSIM LAB_TSC~LAB_TRIG", "gaussian", "LAB_TSC ~ LAB_TRIG"),
    "body mass": Model(
        "cnsim",
        "CNSIM PM_BMI_CONTINUOUS~DIS_DIAB*GENDER+LAB_HDL",
        "gaussian",
        "PM_BMI_CONTINUOUS ~ DIS_DIAB*GENDER + LAB_HDL",
    ),
    "heart disease": Model(
        "heart",
        "uci_heart disease~age+sex+C(cp)+thalach+exang",
        "binomial",
        "disease ~ age + sex + C(cp) + thalach + exang",
        {f"C(cp){level}": f"C(cp)[T.{level}]" for level in (2, 3, 4)},
    ),
    "credit": Model(
        "credit",
        "uci_credit default~LIMIT_BAL/1e5+AGE+C(SEX)+PAY_0",
        "binomial",
        "unpaid ~ scale(LIMIT_BAL, 0, 100000) + AGE + C(SEX) + PAY_0",
        {"C(SEX)2": "C(SEX)[T.2]", "scale(LIMIT_BAL, 0, 100000)": "I(LIMIT_BAL / 1e5)"},
    ),
}


@pytest.fixture(scope="module")
def oracles(shared: Path) -> dict[str, Any]:
    """The pooled fits."""
    files = [shared / "oracles" / name for name in ("glm.json", "linear.json")]
    return {key: value for file in files for key, value in json.loads(file.read_text()).items()}


def _tables(shared: Path, name: str) -> list[pa.Table]:
    """The sites of a federation, with the columns that the oracle derived."""
    folders = {"cnsim": "datashield_cnsim", "heart": "uci_heart", "credit": "credit_by_education"}
    found = [
        pq.read_table(file) for file in sorted((shared / "federations" / folders[name]).glob("*.parquet"))
    ]
    if name == "heart":
        return [
            one.filter(pc.is_valid(one["oldpeak"])).append_column(
                "disease", pc.cast(pc.greater(one.filter(pc.is_valid(one["oldpeak"]))["num"], 0), pa.int64())
            )
            for one in found
        ]
    if name == "credit":
        return [one.append_column("unpaid", one["default.payment.next.month"]) for one in found]
    return found


def _dictionary(name: str) -> Dictionary:
    columns = {"cnsim": CNSIM, "heart": HEART, "credit": CREDIT}[name]
    return Dictionary.read({"schema": "fedcli/dictionary/1", "dataset": "d", "columns": columns}, "a test")


def _split(tables: list[pa.Table], seed: int) -> list[pa.Table]:
    """All rows, dealt to four sites by chance."""
    whole = pa.concat_tables([one.unify_dictionaries() for one in tables], promote_options="permissive")
    dealt = random.Random(seed)
    place = pa.array([dealt.randrange(4) for _ in range(whole.num_rows)])
    return [whole.filter(pc.equal(place, at)) for at in range(4)]


def fitted(model: Model, tables: list[pa.Table], folder: Path) -> Answer:
    """The fit over sites, round after round, in exact sums."""
    dictionary = _dictionary(model.data)
    asked = Glm.read({"family": model.family, "formula": model.formula}, "a test")
    glm = asked.resolved(dictionary, "a test")
    glm.check(dictionary)
    rows = []
    for at, table in enumerate(tables):
        path = folder / f"{at}.parquet"
        pq.write_table(table, path)
        source = open_source(Source(kind="parquet", paths=(str(path),)), 500, str(folder))
        rows.append(DuckRows(source, dictionary, None, glm.reads()))
    state = None
    while True:
        total = reduce(add, [glm.local_at(one, state).unseal_for_the_gate()[0] for one in rows])  # type: ignore[attr-defined]
        state = glm.step(state, total)
        if glm.finished(state):
            return glm.answer_at(state, total)


def _assert_same(answer: Answer, oracle: dict[str, Any], model: Model) -> None:
    names = {"(Intercept)": "Intercept"} | model.terms
    place = {frozenset(term.split(":")): at for at, term in enumerate(oracle["terms"])}
    rows = answer.tables["coefficients"].rows
    assert len(rows) == len(oracle["terms"])
    for term, estimate, error, statistic, p, low, high in rows:
        at = place[frozenset(names.get(one, one) for one in str(term).split(":"))]
        assert estimate == pytest.approx(oracle["coef"][at], rel=1e-8), term
        assert error == pytest.approx(oracle["se"][at], rel=1e-7), term
        assert statistic == pytest.approx(oracle["stat"][at], rel=1e-6), term
        assert p == pytest.approx(oracle["p"][at], rel=1e-5, abs=1e-300), term
        assert (low, high) == (
            pytest.approx(oracle["ci_lo"][at], rel=1e-6),
            pytest.approx(oracle["ci_hi"][at], rel=1e-6),
        )
    scalars = answer.scalars
    assert (scalars["n"], scalars["converged"]) == (oracle["n"], 1)
    for ours, theirs in {
        "deviance": "deviance",
        "null_deviance": "null_deviance",
        "log_likelihood": "llf",
    }.items():
        if theirs in oracle:
            assert scalars[ours] == pytest.approx(oracle[theirs], rel=1e-9), ours


@pytest.mark.parametrize("name", MODELS)
def test_over_natural_sites(name: str, shared: Path, oracles: dict[str, Any], tmp_path: Path) -> None:
    """The pooled fit: coefficients to 1e-8, standard errors to 1e-7."""
    model = MODELS[name]
    answer = fitted(model, _tables(shared, model.data), tmp_path)
    _assert_same(answer, oracles[model.oracle], model)


@pytest.mark.parametrize("name", ["diabetes, with a product", "heart disease", "body mass"])
def test_over_a_random_split(name: str, shared: Path, oracles: dict[str, Any], tmp_path: Path) -> None:
    """Which site a row is at does not matter."""
    model = MODELS[name]
    answer = fitted(model, _split(_tables(shared, model.data), seed=7), tmp_path)
    _assert_same(answer, oracles[model.oracle], model)


def test_published_by_datashield(shared: Path, tmp_path: Path) -> None:
    """DataSHIELD publishes 1036.031 for this model, and 8936.32 for the one of cholesterol."""
    for name, published, digits in (("diabetes, with a product", 1036.031, 3), ("cholesterol", 8936.32, 2)):
        answer = fitted(MODELS[name], _tables(shared, "cnsim"), tmp_path)
        deviance = answer.scalars["deviance"]
        assert isinstance(deviance, float)
        assert round(deviance, digits) == published


def test_a_site_that_separates(shared: Path, tmp_path: Path) -> None:
    """Alone, Switzerland has a column that tells the outcome: told in words, not in wild numbers."""
    [alone] = [one for one in _tables(shared, "heart") if one.num_rows in range(100, 124)]
    answer = fitted(MODELS["heart disease"], [alone], tmp_path)
    scalars = answer.scalars
    assert scalars["converged"] == 0
    assert (scalars["separated"], scalars["collinear"]) in ((1, 0), (0, 1))
    assert {row[1] for row in answer.tables["coefficients"].rows} == {None}
