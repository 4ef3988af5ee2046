"""Models over sites against fits of the pooled rows that others made (statsmodels; published by DataSHIELD).

Exact sums, as under `evaluation`: the federated fit is the pooled one to the tolerances of the oracles'
manifest, over the natural sites and over random splits. Oracles that `glm` cannot be held against are
in `LATER`, each with its reason; a test holds that every other one of both files is here.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from fedcli.model.result import Answer
from tests.oracle.fits import Model, assert_same, dictionary_of, first_step, fitted, split
from tests.oracle.wheels import diabetes, randhie

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
SUPPLIES = {
    "freight": {"type": "real", "bounds": [0.1, 500000]},
    "weight": {"type": "real", "bounds": [0.1, 1000000]},
    "value": {"type": "real", "bounds": [0, 10000000]},
    "mode": {"type": "text", "levels": ["Air", "Air Charter", "Ocean", "Truck"]},
}
COLUMNS = {"cnsim": CNSIM, "heart": HEART, "credit": CREDIT, "supplies": SUPPLIES} | {
    "randhie": randhie.columns,
    "diabetes": diabetes.columns,
}


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
    "diabetes, by probit": Model(
        "cnsim",
        "... probit",
        "binomial",
        "DIS_DIAB ~ GENDER + PM_BMI_CONTINUOUS + LAB_HDL",
        link="probit",
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

MODELS |= {
    "freight": Model(
        "supplies",
        "scms log(freight)~log(weight)+log1p(value)+mode",
        "gaussian",
        "log(freight) ~ log(weight) + log1p(value) + mode",
        {"log(weight)": "lw", "log1p(value)": "lv"}
        | {f"mode{level}": f"C(mode)[T.{level}]" for level in SUPPLIES["mode"]["levels"]},
    ),
    "visits": Model("randhie", "randhie poisson all", "poisson", randhie.formula),
    "progression": Model("diabetes", "sklearn_diabetes target~all", "gaussian", diabetes.formula),
}
#: The oracles have a column for each site, of which ours tell nothing.
SITES = {
    "body mass": "CNSIM PM_BMI... +C(study)",
    "heart disease": "uci_heart + C(site)",
}
#: statsmodels' quantiles of these are normal.
ROBUST = {
    f"body mass, {errors}": MODELS["body mass"]._replace(oracle=f"CNSIM PM_BMI... {errors}", errors=errors)
    for errors in ("HC0", "HC1", "HC2", "HC3")
} | {"diabetes, HC0": MODELS["diabetes"]._replace(oracle="... binomial HC0", errors="HC0")}
LATER = {
    "... binomial HC1": "the errors are those of HC0: statsmodels has no factor for it",
    "randhie negbin NB2 MLE": "its errors are of the joint fit; it is in test_families.py",
    "randhie negbin fixed alpha=1": "theta is estimated",
    "scotland gamma inverse link": "Student's quantiles, and R's likelihood; it is in test_families.py",
    "star98 binomial counts": "successes out of a number of trials",
    "sklearn_diabetes ridge": "a penalty",
    "sklearn_diabetes lasso": "a penalty",
    "statsmodels longley": "NIST certifies it; it is in test_digits.py",
    "trap: uci_heart Switzerland only has 8/123 without disease": "no fit; it is test_a_site_that_separates",
    "_meta": "no model",
    "randhie_columns": "no model",
}


@pytest.fixture(scope="module")
def oracles(shared: Path) -> dict[str, Any]:
    """The pooled fits."""
    files = [shared / "oracles" / name for name in ("glm.json", "linear.json")]
    return {key: value for file in files for key, value in json.loads(file.read_text()).items()}


def _tables(shared: Path, name: str) -> list[pa.Table]:
    """The sites of a federation, with the columns that the oracle derived."""
    if name in _WHEELS:
        return _WHEELS[name].tables(3)
    folder = shared / "federations" / _FOLDERS[name]
    return [_DERIVED[name](pq.read_table(file)) for file in sorted(folder.glob("*.parquet"))]


_WHEELS = {"randhie": randhie, "diabetes": diabetes}
_FOLDERS = {
    "cnsim": "datashield_cnsim",
    "heart": "uci_heart",
    "credit": "credit_by_education",
    "supplies": "scms_by_country",
}


def _heart(table: pa.Table) -> pa.Table:
    complete = table.filter(pc.is_valid(table["oldpeak"]))
    return complete.append_column("disease", pc.cast(pc.greater(complete["num"], 0), pa.int64()))


def _credit(table: pa.Table) -> pa.Table:
    return table.append_column("unpaid", table["default.payment.next.month"])


def _supplies(table: pa.Table) -> pa.Table:
    """Freight and weight are texts, some of them words; the oracle keeps numbers above zero."""
    told = {"freight": "Freight Cost (USD)", "weight": "Weight (Kilograms)"}
    numbers = {name: [_above_zero(one) for one in table[column].to_pylist()] for name, column in told.items()}
    return pa.table(
        {name: pa.array(values, pa.float64()) for name, values in numbers.items()}
        | {"value": table["Line Item Value"], "mode": table["Shipment Mode"].cast(pa.string())}
    )


def _above_zero(text: str | None) -> float | None:
    try:
        number = float(text or "")
    except ValueError:
        return None
    return number if number > 0 else None


_DERIVED = {"cnsim": lambda table: table, "heart": _heart, "credit": _credit, "supplies": _supplies}


@pytest.mark.parametrize("name", ROBUST)
def test_robust_errors(name: str, shared: Path, oracles: dict[str, Any], tmp_path: Path) -> None:
    """From the residuals of rows, over natural sites."""
    model = ROBUST[name]
    dictionary = dictionary_of(COLUMNS[model.data])
    answer = fitted(model, dictionary, _tables(shared, model.data), tmp_path)
    assert_same(answer, oracles[model.oracle], model, quantiles=False)


@pytest.mark.parametrize("name", SITES)
def test_intercepts_of_sites(name: str, shared: Path, oracles: dict[str, Any], tmp_path: Path) -> None:
    """As with a column for each site, which the oracle has: coefficients to 1e-8, errors to 1e-7."""
    model, oracle = MODELS[name], oracles[SITES[name]]
    answer = fitted(
        model, dictionary_of(COLUMNS[model.data]), _tables(shared, model.data), tmp_path, intercepts="site"
    )
    place = {frozenset(term.split(":")): at for at, term in enumerate(oracle["terms"])}
    for term, estimate, error, statistic, p, *_ in answer.tables["coefficients"].rows:
        at = place[frozenset(model.terms.get(one, one) for one in str(term).split(":"))]
        assert estimate == pytest.approx(oracle["coef"][at], rel=1e-8), term
        assert error == pytest.approx(oracle["se"][at], rel=1e-7), term
        assert statistic == pytest.approx(oracle["stat"][at], rel=1e-6), term
        assert p == pytest.approx(oracle["p"][at], rel=1e-5, abs=1e-300), term
    assert answer.scalars["log_likelihood"] == pytest.approx(oracle["llf"], rel=1e-9)
    assert answer.scalars["df_residual"] == oracle["df_resid"]


def test_a_start_at_the_sites(shared: Path, oracles: dict[str, Any], tmp_path: Path) -> None:
    """The same fit in at most five exchanges, where DataSHIELD takes nine, as the fit without it does."""
    model = MODELS["diabetes, with a product"]
    dictionary, tables = dictionary_of(COLUMNS[model.data]), _tables(shared, model.data)
    answer = fitted(model, dictionary, tables, tmp_path, start="sites")
    assert_same(answer, oracles[model.oracle], model)
    assert int(str(answer.scalars["iterations"])) <= 5
    assert fitted(model, dictionary, tables, tmp_path).scalars["iterations"] == 9


def test_a_start_where_a_site_separates(shared: Path, oracles: dict[str, Any], tmp_path: Path) -> None:
    """Switzerland has no estimate of its own: it tells its ordinary first step, and the fit is the same."""
    model = MODELS["heart disease"]
    dictionary, tables = dictionary_of(COLUMNS[model.data]), _tables(shared, model.data)
    answer = fitted(model, dictionary, tables, tmp_path, start="sites")
    assert_same(answer, oracles[model.oracle], model)
    assert int(str(answer.scalars["iterations"])) <= 6
    [alone] = [one for one in tables if one.num_rows in range(100, 124)]
    first = [first_step(model, dictionary, alone, tmp_path, **asked) for asked in ({}, {"start": "sites"})]
    assert first[0] == first[1]


def _fitted(name: str, tables: list[pa.Table], folder: Path) -> Answer:
    return fitted(MODELS[name], dictionary_of(COLUMNS[MODELS[name].data]), tables, folder)


@pytest.mark.parametrize("name", MODELS)
def test_over_natural_sites(name: str, shared: Path, oracles: dict[str, Any], tmp_path: Path) -> None:
    """The pooled fit: coefficients to 1e-8, standard errors to 1e-7."""
    model = MODELS[name]
    answer = _fitted(name, _tables(shared, model.data), tmp_path)
    assert_same(answer, oracles[model.oracle], model)


@pytest.mark.parametrize("name", ["diabetes, with a product", "heart disease", "body mass"])
def test_over_a_random_split(name: str, shared: Path, oracles: dict[str, Any], tmp_path: Path) -> None:
    """Which site a row is at does not matter."""
    model = MODELS[name]
    answer = _fitted(name, split(_tables(shared, model.data), seed=7), tmp_path)
    assert_same(answer, oracles[model.oracle], model)


def test_no_oracle_is_left_out(oracles: dict[str, Any]) -> None:
    """Every model of the two files is fitted here, or has a reason."""
    fits = {model.oracle for model in (*MODELS.values(), *ROBUST.values())} | {*SITES.values()}
    assert fits | LATER.keys() == oracles.keys()
    assert not fits & LATER.keys()


def test_published_by_datashield(shared: Path, tmp_path: Path) -> None:
    """DataSHIELD publishes 1036.031 for this model, and 8936.32 for the one of cholesterol."""
    for name, published, digits in (("diabetes, with a product", 1036.031, 3), ("cholesterol", 8936.32, 2)):
        answer = _fitted(name, _tables(shared, "cnsim"), tmp_path)
        deviance = answer.scalars["deviance"]
        assert isinstance(deviance, float)
        assert round(deviance, digits) == published


def test_a_site_that_separates(shared: Path, tmp_path: Path) -> None:
    """Alone, Switzerland has a column that tells the outcome: told in words, not in wild numbers."""
    [alone] = [one for one in _tables(shared, "heart") if one.num_rows in range(100, 124)]
    answer = _fitted("heart disease", [alone], tmp_path)
    scalars = answer.scalars
    assert scalars["converged"] == 0
    assert (scalars["separated"], scalars["collinear"]) in ((1, 0), (0, 1))
    assert {row[1] for row in answer.tables["coefficients"].rows} == {None}
