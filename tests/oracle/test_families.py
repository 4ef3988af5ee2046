"""Families, links and errors beyond the usual ones, against fits of the pooled rows that others made.

Exact sums, as under `evaluation`. statsmodels made the fits; its quantiles are normal where those of R, and
ours, are of Student's distribution, so that coefficients and errors are compared.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
import statsmodels.formula.api as smf

from fedcli.model.result import Answer
from tests.oracle.fits import Model, dictionary_of, fitted
from tests.oracle.wheels import Wheel, randhie, scotland


def _numbers(answer: Answer, at: int = 1) -> list[float]:
    return [float(str(row[at])) for row in answer.tables["coefficients"].rows]


def _fit(wheel: Wheel, folder: Path, family: str, **asked: Any) -> Answer:
    model = Model("", "", family, wheel.formula)
    return fitted(model, dictionary_of(wheel.columns), wheel.tables(3), folder, **asked)


@pytest.mark.filterwarnings("ignore:The InversePower link function")
@pytest.mark.parametrize(
    ("link", "ours"), [(sm.families.links.InversePower(), "inverse"), (sm.families.links.Log(), "log")]
)
def test_gamma(link: Any, ours: str, tmp_path: Path) -> None:
    """Votes in Scotland: the dispersion is Pearson's."""
    answer = _fit(scotland, tmp_path, "gamma", link=ours)
    pooled = smf.glm(scotland.formula, scotland.load(), family=sm.families.Gamma(link)).fit(tol=1e-14)
    assert _numbers(answer) == pytest.approx(pooled.params, rel=1e-8)
    assert _numbers(answer, 2) == pytest.approx(pooled.bse, rel=1e-7)
    told = answer.scalars
    assert told["deviance"] == pytest.approx(pooled.deviance, rel=1e-9)
    assert told["null_deviance"] == pytest.approx(pooled.null_deviance, rel=1e-9)
    assert told["dispersion"] == pytest.approx(pooled.scale, rel=1e-8)


def test_the_likelihood_of_gamma(tmp_path: Path) -> None:
    """The density of the gamma distribution, with R's estimate of its shape."""
    from scipy import stats

    answer = _fit(scotland, tmp_path, "gamma")
    frame = scotland.load()
    pooled = smf.glm(scotland.formula, frame, family=sm.families.Gamma(sm.families.links.Log())).fit(
        tol=1e-14
    )
    shape = len(frame) / pooled.deviance
    density = stats.gamma.logpdf(frame["YES"], shape, scale=pooled.fittedvalues / shape)
    assert answer.scalars["log_likelihood"] == pytest.approx(density.sum(), rel=1e-9)


def test_negative_binomial(tmp_path: Path) -> None:
    """Visits of the RAND experiment: theta is one over statsmodels' alpha, errors are those at this theta."""
    answer = _fit(randhie, tmp_path, "negative-binomial")
    frame = randhie.load()
    joint = smf.negativebinomial(randhie.formula, frame).fit(disp=0, method="newton", maxiter=100)
    *params, alpha = joint.params
    assert _numbers(answer) == pytest.approx(params, rel=1e-6)
    theta = float(str(answer.scalars["theta"]))
    assert 1 / theta == pytest.approx(alpha, rel=1e-7)
    assert answer.scalars["log_likelihood"] == pytest.approx(joint.llf, rel=1e-9)
    family = sm.families.NegativeBinomial(alpha=1 / theta)
    fixed = smf.glm(randhie.formula, frame, family=family).fit(tol=1e-12, tol_criterion="params")
    assert _numbers(answer) == pytest.approx(fixed.params, rel=1e-8)
    assert _numbers(answer, 2) == pytest.approx(fixed.bse, rel=1e-7)
    assert answer.scalars["deviance"] == pytest.approx(fixed.deviance, rel=1e-9)
    assert answer.scalars["null_deviance"] == pytest.approx(fixed.null_deviance, rel=1e-7)


def test_the_error_of_theta(tmp_path: Path) -> None:
    """One over the root of what the slope of the likelihood loses in theta, by differences."""
    from scipy import special

    answer = _fit(randhie, tmp_path, "negative-binomial")
    frame = randhie.load()
    y = frame["mdvis"].to_numpy()
    names = [str(row[0]) for row in answer.tables["coefficients"].rows[1:]]
    beta = np.array(_numbers(answer))
    mu = np.exp(beta[0] + frame[names].to_numpy() @ beta[1:])

    def likelihood(t: float) -> float:
        gammas = special.gammaln(y + t) - special.gammaln(t) + t * math.log(t)
        return float((gammas + y * np.log(mu) - (y + t) * np.log(mu + t)).sum())

    theta, step = float(str(answer.scalars["theta"])), 1e-3
    curved = likelihood(theta + step) - 2 * likelihood(theta) + likelihood(theta - step)
    assert answer.scalars["theta_std_error"] == pytest.approx((-curved / step**2) ** -0.5, rel=1e-4)


@pytest.mark.parametrize("errors", ["HC0", "HC1", "HC2", "HC3"])
def test_robust_errors_of_a_linear_model(errors: str, tmp_path: Path) -> None:
    """White's, and its corrections, of a model with levels and weights."""
    frame = randhie.load()
    wheel = randhie._replace(formula="mdvis ~ lncoins + idp * physlm + disea")
    answer = _fit(wheel, tmp_path, "gaussian", errors=errors)
    pooled = smf.ols(wheel.formula, frame).fit(cov_type=errors)
    by_name = dict(zip(pooled.params.index, pooled.bse, strict=True))
    for term, estimate, error, *_ in answer.tables["coefficients"].rows:
        name = {"(Intercept)": "Intercept"}.get(str(term), str(term))
        assert estimate == pytest.approx(pooled.params[name], rel=1e-8)
        assert error == pytest.approx(by_name[name], rel=1e-7)


@pytest.mark.parametrize("errors", ["HC0", "HC1", "HC2", "HC3"])
@pytest.mark.parametrize("family", ["poisson", "binomial"])
def test_robust_errors_of_other_models(family: str, errors: str, tmp_path: Path) -> None:
    """By hand, from the residuals and leverages of a pooled fit."""
    wheel = randhie._replace(
        formula="mdvis ~ lncoins + disea" if family == "poisson" else "idp ~ lncoins + disea"
    )
    answer = _fit(wheel, tmp_path, family, errors=errors)
    frame = randhie.load()
    kind = {"poisson": sm.families.Poisson(), "binomial": sm.families.Binomial()}[family]
    pooled = smf.glm(wheel.formula, frame, family=kind).fit(tol=1e-14)
    x, y, mu = pooled.model.exog, pooled.model.endog, pooled.fittedvalues.to_numpy()
    variance = mu if family == "poisson" else mu * (1 - mu)
    inverse = np.linalg.inv((x * variance[:, None]).T @ x)
    leverage = variance * ((x @ inverse) * x).sum(axis=1)
    n, p = x.shape
    square = (y - mu) ** 2 * {
        "HC0": 1.0,
        "HC1": n / (n - p),
        "HC2": 1 / (1 - leverage),
        "HC3": 1 / (1 - leverage) ** 2,
    }[errors]
    covariance = inverse @ ((x * square[:, None]).T @ x) @ inverse
    assert _numbers(answer, 2) == pytest.approx(np.sqrt(np.diag(covariance)), rel=1e-7)


#: Nobody with `g` lacks the outcome: an ordinary fit has no estimate.
SEPARATED = pd.DataFrame(
    {
        "y": [0, 0, 0, 0, 1, 0, 1, 1, 0, 1, 1, 1, 1, 1, 0, 1] * 3,
        "x": [0.1, 0.5, -1.0, 0.3, 1.2, -0.7, 2.0, 0.4, 0.0, 1.0, 1.5, 2.2, 0.9, 1.1, -0.2, 0.6] * 3,
        "g": [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 0, 0] * 3,
    }
)


def _firth(x: Any, y: Any) -> tuple[Any, Any, float]:
    """Heinze and Schemper (2002): Newton's steps on the modified score, every row at once."""
    beta = np.zeros(x.shape[1])
    for _ in range(500):
        mu = 1 / (1 + np.exp(-x @ beta))
        w = mu * (1 - mu)
        inverse = np.linalg.inv((x * w[:, None]).T @ x)
        leverage = w * ((x @ inverse) * x).sum(axis=1)
        beta = beta + inverse @ (x.T @ (y - mu + leverage * (0.5 - mu)))
    likelihood = float((y * np.log(mu) + (1 - y) * np.log(1 - mu)).sum() - np.linalg.slogdet(inverse)[1] / 2)
    return beta, np.sqrt(np.diag(inverse)), likelihood


def test_firth(tmp_path: Path) -> None:
    """A column that tells the outcome has a finite estimate; without it there is none."""
    columns = {"y": {"type": "integer", "levels": [0, 1]}, "g": {"type": "integer", "levels": [0, 1]}}
    wheel = Wheel(lambda: SEPARATED, {**columns, "x": {"type": "real", "bounds": [-3, 3]}}, "y ~ x + g")
    answer = _fit(wheel, tmp_path, "binomial", bias="firth")
    x = np.column_stack([np.ones(len(SEPARATED)), SEPARATED[["x", "g"]]])
    beta, errors, likelihood = _firth(x, SEPARATED["y"].to_numpy())
    assert answer.scalars["converged"] == 1
    assert _numbers(answer) == pytest.approx(beta, rel=1e-5)
    assert _numbers(answer, 2) == pytest.approx(errors, rel=1e-5)
    assert answer.scalars["penalised_log_likelihood"] == pytest.approx(likelihood, rel=1e-8)
    assert _fit(wheel, tmp_path, "binomial").scalars["separated"] == 1


def test_firth_of_one_table(tmp_path: Path) -> None:
    """Of two groups it is the logarithm of odds with a half in each cell (Firth 1993, section 3.3)."""
    frame = pd.DataFrame({"y": [1] * 7 + [0] * 23 + [1] * 20, "g": [0] * 30 + [1] * 20})
    columns = {name: {"type": "integer", "levels": [0, 1]} for name in ("y", "g")}
    answer = _fit(Wheel(lambda: frame, columns, "y ~ g"), tmp_path, "binomial", bias="firth")
    first = math.log(7.5 / 23.5)
    assert _numbers(answer) == pytest.approx([first, math.log(20.5 / 0.5) - first], rel=1e-6)
