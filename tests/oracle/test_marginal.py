"""Marginal means over sites, against statsmodels' predictions on a grid that is written out, averaged."""

from __future__ import annotations

from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import patsy
import pyarrow as pa
import pytest
import statsmodels.api as sm
import statsmodels.formula.api as smf
from scipy import stats
from statsmodels.stats.multitest import multipletests

from fedcli.analytics.glm import Glm
from fedcli.errors import FedcliError
from fedcli.model.result import Answer
from fedcli.statistics.marginal import holm, response
from tests.oracle.fits import converged, dictionary_of

COLUMNS: dict[str, Any] = {
    "y": {"type": "real", "bounds": [-50, 50]},
    "many": {"type": "integer", "bounds": [0, 500]},
    "ill": {"type": "boolean"},
    "age": {"type": "real", "bounds": [20, 90]},
    "sex": {"type": "text", "levels": ["f", "m"]},
    "region": {"type": "text", "levels": ["east", "north", "south"]},
}
RIGHT = "age * region + sex + np.power(age, 2)"


def _drawn(rows: int, seed: int) -> pd.DataFrame:
    lots = np.random.default_rng(seed)
    age, sex = lots.uniform(20, 90, rows), lots.choice(["f", "m"], rows, p=[0.7, 0.3])
    region = lots.choice(["east", "north", "south"], rows, p=[0.6, 0.3, 0.1])
    eta = (
        0.02 * (age - 50)
        + 0.5 * (sex == "m")
        - 0.4 * (region == "south")
        + 0.01 * (age - 50) * (region == "north")
    )
    told = {"y": eta + lots.normal(0, 1, rows), "many": lots.poisson(np.exp(eta))}
    return pd.DataFrame(
        told | {"ill": lots.random(rows) < 1 / (1 + np.exp(-eta)), "age": age, "sex": sex, "region": region}
    )


def _asked(family: str, outcome: str, **more: Any) -> Glm:
    formula = f"{outcome} ~ age * region + sex + pow(age, 2)"
    return Glm.read({"family": family, "formula": formula, **more}, "a test")


@pytest.fixture(scope="module")
def sites() -> list[pd.DataFrame]:
    """Two sites that differ in size."""
    return [_drawn(400, 1), _drawn(700, 2)]


KINDS = {
    "gaussian": ("y", {}, sm.families.Gaussian()),
    "poisson": ("many", {}, sm.families.Poisson()),
    "binomial": ("ill", {}, sm.families.Binomial()),
    "probit": ("ill", {"link": "probit"}, sm.families.Binomial(sm.families.links.Probit())),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("holding", [None, {"age": 30.0}])
def test_means_and_pairs(kind: str, holding: Any, sites: list[pd.DataFrame], tmp_path: Path) -> None:
    """To seven digits: the rows of a balanced grid averaged, and what statsmodels says of their sums."""
    outcome, more, family = KINDS[kind]
    asked = _asked(
        "binomial" if kind == "probit" else kind, outcome, means=["region", "sex"], holding=holding, **more
    )
    answer = converged(asked, dictionary_of(COLUMNS), [pa.Table.from_pandas(one) for one in sites], tmp_path)
    whole = pd.concat(sites, ignore_index=True).assign(ill=lambda one: one.ill.astype(float))
    fit: Any = (
        smf.ols(f"{outcome} ~ {RIGHT}", whole).fit()
        if kind == "gaussian"
        else smf.glm(f"{outcome} ~ {RIGHT}", whole, family=family).fit(tol=1e-14)
    )
    grid = pd.DataFrame(
        list(product(["east", "north", "south"], ["f", "m"])), columns=["region", "sex"]
    ).assign(age=30.0 if holding else 55.0)
    rows = np.asarray(patsy.build_design_matrices([fit.model.data.model_spec], grid)[0])
    weights = {
        (name, level): rows[(grid[name] == level).to_numpy()].mean(axis=0)
        for name in ("region", "sex")
        for level in grid[name].unique()
    }
    _check_means(answer, weights, fit, family, outcome if kind != "probit" else "probit")
    _check_pairs(answer, weights, fit)


def _check_means(answer: Answer, weights: Any, fit: Any, family: Any, kind: str) -> None:
    rows = answer.tables["means"].rows
    assert [row[:2] for row in rows] == list(weights)
    covariance = np.asarray(fit.cov_params())
    inverse, slope = family.link.inverse, family.link.inverse_deriv
    for row in rows:
        found = fit.t_test(weights[row[:2]])
        low, high = found.conf_int()[0]
        assert row[2:6] == pytest.approx((found.effect[0], found.sd.item(), low, high), rel=1e-6)
        error = abs(slope(found.effect[0])) * np.sqrt(weights[row[:2]] @ covariance @ weights[row[:2]])
        assert row[6:] == pytest.approx(
            (inverse(found.effect[0]), error, inverse(low), inverse(high)), rel=1e-6
        )


def _check_pairs(answer: Answer, weights: Any, fit: Any) -> None:
    rows = answer.tables["pairs"].rows
    assert [row[:3] for row in rows] == [
        ("region", "east", "north"),
        ("region", "east", "south"),
        ("region", "north", "south"),
        ("sex", "f", "m"),
    ]
    found = [
        fit.t_test(weights[name, one] - weights[name, other])
        for name, one, other in (row[:3] for row in rows)
    ]
    corrected = [
        *multipletests([float(one.pvalue) for one in found[:3]], method="holm")[1],
        float(found[3].pvalue),
    ]
    for row, one, p in zip(rows, found, corrected, strict=True):
        assert row[3:5] == pytest.approx((one.effect[0], one.sd.item()), rel=1e-6)
        assert row[6:8] == pytest.approx((float(one.pvalue), p), rel=1e-5, abs=1e-300)
        assert row[8:] == pytest.approx(tuple(one.conf_int()[0]), rel=1e-6)


@pytest.mark.parametrize("eta", [-2.0, 0.3, 4.0])
def test_the_mean_of_a_predictor(eta: float) -> None:
    """Its slope is that of the mean; of the inverse link a predictor below zero has none."""
    for model in ("gaussian", "binomial", "probit", "cloglog", "poisson", "gamma", "inverse"):
        mean, slope = response(model, eta)  # type: ignore[arg-type]
        if model == "inverse" and eta <= 0:
            assert np.isnan(mean)
            continue
        near = [response(model, eta + step)[0] for step in (-1e-5, 1e-5)]  # type: ignore[arg-type]
        assert slope == pytest.approx((near[1] - near[0]) / 2e-5, rel=1e-6)
    assert response("cloglog", eta)[0] == pytest.approx(1 - np.exp(-np.exp(eta)))
    assert response("probit", eta)[0] == pytest.approx(stats.norm.cdf(eta))


def test_holm() -> None:
    """Never falls, is at most one, and leaves alone what is not known."""
    assert holm([0.04, None, 0.01, 0.03, 0.9]) == pytest.approx([0.09, None, 0.04, 0.09, 0.9])


@pytest.mark.parametrize(
    "more",
    [
        {"means": ["age"]},
        {"means": ["sex"], "holding": {"region": 1.0}},
        {"means": ["sex"], "holding": {"age": 91.0}},
        {"holding": {"age": 30.0}},
        {"means": ["sex"], "intercepts": "site"},
    ],
)
def test_what_has_no_means(more: dict[str, Any]) -> None:
    """Is refused with the query."""
    with pytest.raises(FedcliError) as error:
        _asked("gaussian", "y", **more).resolved(dictionary_of(COLUMNS), "a test").check(
            dictionary_of(COLUMNS)
        )
    assert error.value.code in ("Q-MODEL", "Q-LEVELS", "Q-USE")


def test_weights_of_ones_own() -> None:
    """A grid that the parameters do not give is refused by a site."""
    good = _asked("gaussian", "y", means=["sex"]).resolved(dictionary_of(COLUMNS), "a test")
    good.check(dictionary_of(COLUMNS))
    assert good.grid is not None
    bad = good.grid[0].model_copy(update={"weights": (0.0,) * len(good.grid[0].weights)})
    with pytest.raises(FedcliError) as error:
        good.model_copy(update={"grid": (bad, *good.grid[1:])}).check(dictionary_of(COLUMNS))
    assert error.value.code == "Q-DESIGN"
