"""Estimating equations over sites against statsmodels' and R's of the pooled rows, in exact sums."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import statsmodels.api as sm
from statsmodels.genmod.tests import results

from fedcli.analytics.gee import Gee
from fedcli.errors import FedcliError
from fedcli.model.dataset import Dictionary
from fedcli.model.result import Answer
from tests.oracle.fits import converged

FAMILIES = {"linear": "gaussian", "logistic": "binomial", "poisson": "poisson"}
#: What R's gee (4.13) told of the logistic data, as it stands in statsmodels' tests: coefficients and errors.
R = {
    "independence": (
        [0.0167272965285882, 1.13038654425893, -1.86896345082962, 1.09397608331333],
        [0.127291720283049, 0.166725808326067, 0.192430061340865, 0.173141068839597],
    ),
    "exchangeable": (
        [0.0178982283915449, 1.13118798191788, -1.86133518416017, 1.08944256230299],
        [0.127045031730155, 0.165470678232842, 0.192052750030501, 0.173174779369249],
    ),
}


def dictionary(family: str, unit: str = "person") -> Dictionary:
    """Persons with several visits."""
    outcome: dict[str, Any] = {
        "gaussian": {"type": "real", "bounds": [-20, 20]},
        "binomial": {"type": "integer", "levels": [0, 1]},
        "poisson": {"type": "integer", "bounds": [0, 1000]},
    }[family]
    head = {"unit": "person", "person_id": "person"} | ({"row_key": "visit"} if unit == "person" else {})
    keys = {name: {"type": "text", "sensitivity": "identifier"} for name in ("person", "visit")}
    numbers = {f"x{at}": {"type": "real", "bounds": [-10, 10]} for at in range(1, 6)}
    text = {"schema": "fedcli/dictionary/1", "dataset": "d", **head}
    return Dictionary.read({**text, "columns": keys | {"y": outcome} | numbers}, "a test")


@cache
def frame(name: str) -> pd.DataFrame:
    """Drawn rows of persons, with which statsmodels is tested."""
    found = pd.read_csv(Path(results.__file__).parent / f"gee_{name}_1.csv", header=None)
    found.columns = ["person", "y", *(f"x{at}" for at in range(1, found.shape[1] - 1))]
    whole = found["y"] if name == "linear" else found["y"].astype(int)
    person = found["person"].astype(int).map("p{:05}".format)
    return found.assign(y=whole, person=person, visit=[f"v{at}" for at in range(len(found))])


def formula(of: pd.DataFrame) -> str:
    """All columns."""
    return f"y ~ {' + '.join(one for one in of if one.startswith('x'))}"


def over_sites(folder: Path, of: pd.DataFrame, family: str, sites: int = 3, **asked: Any) -> Answer:
    """The answer over sites, among which persons are dealt."""
    question = Gee.read({"family": family, "formula": formula(of), **asked}, "a test")
    place = of["person"].str[1:].astype(int) * 7919 % sites
    tables = [pa.Table.from_pandas(of[place == at], preserve_index=False) for at in range(sites)]
    return converged(question, dictionary(family), tables, folder)


def pooled(of: pd.DataFrame, family: str, correlation: str) -> Any:
    """The fit of all rows."""
    kind = {"gaussian": sm.families.Gaussian(), "binomial": sm.families.Binomial()}
    structure = {"exchangeable": sm.cov_struct.Exchangeable(), "independence": sm.cov_struct.Independence()}
    x = sm.add_constant(of[[one for one in of if one.startswith("x")]])
    groups, known = of["person"], kind.get(family, sm.families.Poisson())
    model = sm.GEE(of["y"], x, groups, family=known, cov_struct=structure[correlation])
    return model.fit(maxiter=500, ctol=1e-11)


def numbers(answer: Answer, at: int = 1) -> list[float]:
    """A column of the coefficients."""
    return [float(str(row[at])) for row in answer.tables["coefficients"].rows]


@pytest.mark.parametrize("correlation", ["exchangeable", "independence"])
@pytest.mark.parametrize("name", FAMILIES)
def test_statsmodels(name: str, correlation: str, tmp_path: Path) -> None:
    """Coefficients to eight digits, errors to seven, with the correlation and the dispersion."""
    family, of = FAMILIES[name], frame(name)
    answer, fit = over_sites(tmp_path, of, family, correlation=correlation), pooled(of, family, correlation)
    assert (answer.scalars["n"], answer.scalars["converged"]) == (len(of), 1)
    assert answer.scalars["persons"] == of["person"].nunique()
    assert numbers(answer) == pytest.approx(fit.params, rel=1e-8, abs=1e-9)
    assert numbers(answer, 2) == pytest.approx(fit.bse, rel=1e-7)
    assert numbers(answer, 4) == pytest.approx(fit.pvalues, rel=1e-5, abs=1e-300)
    assert np.transpose([numbers(answer, 5), numbers(answer, 6)]) == pytest.approx(
        fit.conf_int().to_numpy(), rel=1e-6
    )
    if correlation == "exchangeable":
        assert answer.scalars["correlation"] == pytest.approx(fit.cov_struct.dep_params, rel=1e-7)
    if family == "gaussian":
        assert answer.scalars["dispersion"] == pytest.approx(fit.scale, rel=1e-8)
    else:
        residuals = (of["y"] - fit.fittedvalues) ** 2 / fit.model.family.variance(fit.fittedvalues)
        assert answer.scalars["dispersion"] == pytest.approx(
            residuals.sum() / (len(of) - len(fit.params)), rel=1e-8
        )


@pytest.mark.parametrize("correlation", R)
def test_gee_in_r(correlation: str, tmp_path: Path) -> None:
    """To the six digits that R's tolerance leaves."""
    answer = over_sites(tmp_path, frame("logistic"), "binomial", correlation=correlation)
    coefficients, errors = R[correlation]
    assert numbers(answer) == pytest.approx(coefficients, abs=1e-6)
    assert numbers(answer, 2) == pytest.approx(errors, abs=1e-6)


def test_terms_and_contrasts(tmp_path: Path) -> None:
    """By the covariance of the sandwich."""
    of = frame("poisson")
    answer = over_sites(tmp_path, of, "poisson", correlation="exchangeable", contrasts=["x1 - 2 * x2"])
    fit = pooled(of, "poisson", "exchangeable")
    weights = np.zeros(len(fit.params))
    weights[1:3] = [1, -2]
    [row] = answer.tables["contrasts"].rows
    assert row[1] == pytest.approx(weights @ fit.params, rel=1e-7)
    assert row[2] == pytest.approx(np.sqrt(weights @ fit.cov_params() @ weights), rel=1e-6)
    rows = {line[0]: line[1:] for line in answer.tables["tests"].rows}
    assert rows["x1"][1] == pytest.approx((fit.params["x1"] / fit.bse["x1"]) ** 2, rel=1e-6)


def test_an_offset(tmp_path: Path) -> None:
    """It is added to the predictor."""
    of = frame("poisson").assign(x5=[1 + at % 4 for at in range(len(frame("poisson")))])
    asked = {"formula": "y ~ x1 + x2", "offset": "log(x5)", "correlation": "exchangeable"}
    text = dictionary("poisson").json_value()
    text["columns"]["x5"]["bounds"] = [1, 4]
    question = Gee.read({"family": "poisson", **asked}, "a test")
    tables = [pa.Table.from_pandas(of, preserve_index=False)]
    answer = converged(question, Dictionary.read(text, "a test"), tables, tmp_path)
    x = sm.add_constant(of[["x1", "x2"]])
    structure = sm.cov_struct.Exchangeable()
    model = sm.GEE(
        of["y"], x, of["person"], family=sm.families.Poisson(), cov_struct=structure, offset=np.log(of["x5"])
    )
    fit = model.fit(maxiter=500, ctol=1e-11)
    assert numbers(answer) == pytest.approx(fit.params, rel=1e-7)
    assert numbers(answer, 2) == pytest.approx(fit.bse, rel=1e-6)


def test_a_correlation_below_zero(tmp_path: Path) -> None:
    """It is told as it is, and coefficients are those of independent rows."""
    of = frame("linear").copy()
    first = ~of["person"].duplicated()
    of["y"] += np.where(first, 6.0, 0.0) * (1 + of["person"].str[1:].astype(int) % 2)
    of["y"] -= np.where(first, 0.0, 4.0)
    answer = over_sites(tmp_path, of, "gaussian", correlation="exchangeable")
    other = over_sites(tmp_path, of, "gaussian", correlation="independence")
    assert float(str(answer.scalars["correlation"])) < -0.1
    assert numbers(answer) == pytest.approx(numbers(other), rel=1e-9)
    assert numbers(answer, 2) == pytest.approx(numbers(other, 2), rel=1e-9)


def test_where_there_is_no_fit(tmp_path: Path) -> None:
    """Columns that say the same, a column that tells the outcome, nobody at all."""
    of = frame("logistic")
    answer = over_sites(tmp_path, of.assign(x2=of["x1"]), "binomial", correlation="exchangeable")
    assert (answer.scalars["converged"], answer.scalars["collinear"]) == (0, 1)
    told = of.assign(x1=2.0 * of["y"])
    answer = over_sites(tmp_path, told, "binomial", correlation="exchangeable")
    assert (answer.scalars["converged"], answer.scalars["separated"]) == (0, 1)
    assert {row[1] for row in answer.tables["coefficients"].rows} == {None}
    answer = over_sites(tmp_path, of.iloc[:0], "binomial", correlation="exchangeable")
    assert (answer.scalars["n"], answer.scalars["converged"]) == (0, 0)


@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        ({"family": "gamma", "formula": "y ~ x1", "correlation": "exchangeable"}, "F-SCHEMA"),
        ({"family": "gaussian", "formula": "y ~ x1", "correlation": "ar1"}, "F-SCHEMA"),
        ({"family": "poisson", "formula": "y ~ x1", "correlation": "exchangeable"}, "Q-OUTCOME"),
        (
            {"family": "gaussian", "formula": "y ~ x1", "correlation": "exchangeable", "offset": "x2"},
            "Q-MODEL",
        ),
    ],
)
def test_what_is_not_asked(parameters: dict[str, Any], code: str) -> None:
    """Other families and correlations, other outcomes, an offset of no counts."""
    with pytest.raises(FedcliError) as caught:
        Gee.read(parameters, "a test").resolved(dictionary("gaussian"), "a test")
    assert caught.value.code == code


def test_one_row_each_is_no_cluster() -> None:
    """Where persons have one row, nothing goes together."""
    asked = {"family": "gaussian", "formula": "y ~ x1", "correlation": "exchangeable"}
    with pytest.raises(FedcliError) as caught:
        Gee.read(asked, "a test").resolved(dictionary("gaussian", unit="row"), "a test")
    assert caught.value.code == "Q-ONE-ROW"
