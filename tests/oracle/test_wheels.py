"""Models over sites beside statsmodels' fits of the pooled rows, made here: these run anywhere.

The data come with statsmodels and scikit-learn; formulas are read by formulaic or spelt out for it, so
that neither the design nor the fit is ours.
"""

from __future__ import annotations

import random
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import formulaic
import numpy as np
import pyarrow as pa
import pytest
import statsmodels.api as sm

from fedcli.model.result import Answer
from tests.formulas import renamed
from tests.oracle.fits import Model, assert_same, dictionary_of, fitted
from tests.oracle.wheels import Wheel, diabetes, fair, randhie

ANY = Model("a wheel", "", "", "", {"(Intercept)": "(Intercept)"})
FAMILIES = {
    "gaussian": sm.families.Gaussian,
    "binomial": sm.families.Binomial,
    "poisson": sm.families.Poisson,
}


LINKS = {"probit": sm.families.links.Probit, "cloglog": sm.families.links.CLogLog}


class Case(NamedTuple):
    """A model as we are asked for it, and as formulaic is."""

    wheel: Wheel
    family: str
    formula: str
    told: str | None = None
    link: str | None = None


CASES = {
    "visits": Case(randhie, "poisson", randhie.formula),
    "visits, with products": Case(
        randhie, "poisson", "mdvis ~ (lncoins + idp)*physlm + scale(disea, 10, 5)",
        "(lncoins + idp)*physlm + I((disea - 10) / 5)",
    ),
    "visits, with a spline": Case(
        randhie, "poisson", "mdvis ~ bs(disea, 10, 20, 30) + physlm",
        "bs(disea, knots=[10, 20, 30], lower_bound=0, upper_bound=60) + physlm",
    ),
    "affairs": Case(fair, "binomial", fair.formula),
    "affairs, with levels": Case(
        fair, "binomial", "affair ~ C(rate_marriage) + log(age) + sqrt(yrs_married)*religious",
        "C(rate_marriage) + np.log(age) + np.sqrt(yrs_married)*religious",
    ),
    "affairs, with a spline of a level": Case(
        fair, "binomial", "affair ~ C(occupation) + bs(age, 25, 35, lower = 17, upper = 43):religious",
        "C(occupation) + bs(age, knots=[25, 35], lower_bound=17, upper_bound=43):religious",
    ),
    "affairs, without an intercept": Case(fair, "binomial", "affair ~ 0 + C(rate_marriage) + C(occupation)",
        "0 + C(rate_marriage) + C(occupation)"),
    "affairs, by probit": Case(fair, "binomial", fair.formula, link="probit"),
    "affairs, by cloglog": Case(fair, "binomial", "affair ~ C(rate_marriage) + age", link="cloglog"),
    "years married": Case(
        fair, "gaussian", "yrs_married ~ pow(age, 2) + age + log1p(religious)",
        "I(age**2) + age + np.log1p(religious)",
    ),
    "years married, without an intercept": Case(
        fair, "gaussian", "yrs_married ~ 0 + C(rate_marriage) + age", "0 + C(rate_marriage) + age",
    ),
    "progression": Case(diabetes, "gaussian", diabetes.formula),
    "progression, by products": Case(
        diabetes, "gaussian", "target ~ (bmi + bp + s5)^2", "(bmi + bp + s5)**2"
    ),
}  # fmt: skip


def _expected(case: Case) -> dict[str, Any]:
    """statsmodels' fit of all rows."""
    frame = case.wheel.load()
    outcome, right = case.formula.split(" ~ ")
    x = formulaic.model_matrix(case.told or right, frame)
    y = frame[outcome].to_numpy(float)
    if case.family == "gaussian":
        fit = sm.OLS(y, x.to_numpy(float)).fit()
        told = {}
    else:
        family = FAMILIES[case.family](**({"link": LINKS[case.link]()} if case.link else {}))
        fit = sm.GLM(y, x.to_numpy(float), family=family).fit(tol=1e-13, maxiter=50)
        told = {"deviance": fit.deviance}
        if "Intercept" in x.columns:  # else R's null model has nothing, and statsmodels' a mean
            told["null_deviance"] = fit.null_deviance
    low, high = np.asarray(fit.conf_int()).T
    names = renamed(list(x.columns), right, case.told or right)
    return told | {
        "n": len(y), "terms": [":".join(parts) for parts in names.values()],
        "coef": fit.params, "se": fit.bse, "stat": fit.tvalues, "p": fit.pvalues,
        "ci_lo": low, "ci_hi": high, "llf": fit.llf,
    }  # fmt: skip


def _fitted(case: Case, tables: list[pa.Table], folder: Path) -> Answer:
    return fitted(
        ANY._replace(family=case.family, formula=case.formula, link=case.link),
        dictionary_of(case.wheel.columns),
        tables,
        folder,
    )


@pytest.mark.parametrize("name", CASES)
def test_over_three_sites(name: str, tmp_path: Path) -> None:
    """The pooled fit."""
    case = CASES[name]
    expected = _expected(case)
    answer = _fitted(case, case.wheel.tables(3), tmp_path)
    assert_same(answer, expected, ANY)


#: R's `women`, and what R prints of `lm(weight ~ ns(height, df = 5), data = women)`, and with `bs`:
#: estimates and errors (R's tests/Examples/splines-Ex.Rout.save). The knots are the quantiles that df means.
WOMEN = [115, 117, 120, 123, 126, 129, 132, 135, 139, 142, 146, 150, 154, 159, 164]
PRINTED = {
    "ns(height, 60.8, 63.6, 66.4, 69.2)": [
        (114.7447, 0.2338), (15.9474, 0.3699), (25.1695, 0.4323), (33.2582, 0.3541), (50.7894, 0.6062),
        (45.0363, 0.2784),
    ],
    "bs(height, 62.6666666667, 67.3333333333)": [
        (114.8799, 0.2167), (3.4657, 0.4595), (13.0300, 0.3965), (27.6161, 0.4571), (40.8481, 0.3866),
        (49.1296, 0.3090),
    ],
}  # fmt: skip


@pytest.mark.parametrize("spline", PRINTED)
def test_splines_as_r_prints_them(spline: str, tmp_path: Path) -> None:
    """Each coefficient and its error, over three sites."""
    columns = {"height": {"type": "real", "bounds": [58, 72]}, "weight": {"type": "real", "bounds": [0, 500]}}
    whole = pa.table({"height": [58.0 + at for at in range(15)], "weight": [float(one) for one in WOMEN]})
    asked = ANY._replace(family="gaussian", formula=f"weight ~ {spline}")
    answer = fitted(asked, dictionary_of(columns), [whole.slice(at, 5) for at in (0, 5, 10)], tmp_path)
    rows = answer.tables["coefficients"].rows
    assert [row[0] for row in rows] == ["(Intercept)", *(f"{spline}{at}" for at in range(1, 6))]
    assert [(round(row[1], 4), round(row[2], 4)) for row in rows] == PRINTED[spline]  # type: ignore[type-var,arg-type]


def test_polynomials_of_any_basis_fit_alike(tmp_path: Path) -> None:
    """Deviance, and the statistic of the highest degree, are those of raw powers."""
    case = Case(
        fair, "binomial", "affair ~ poly(age, 3) + religious", "age + I(age**2) + I(age**3) + religious"
    )
    frame = fair.load()
    x = formulaic.model_matrix(str(case.told), frame)
    fit = sm.GLM(frame["affair"], x, family=sm.families.Binomial()).fit(tol=1e-13, maxiter=50)
    answer = _fitted(case, fair.tables(3), tmp_path)
    lines = {row[0]: row for row in answer.tables["coefficients"].rows}
    assert answer.scalars["deviance"] == pytest.approx(fit.deviance, rel=1e-9)
    assert lines["legendre(age, 3)3"][3] == pytest.approx(fit.tvalues["I(age ** 3)"], rel=1e-5)
    assert lines["religious"][1] == pytest.approx(fit.params["religious"], rel=1e-6)


def test_where_a_row_is_does_not_matter(tmp_path: Path) -> None:
    """Sorted by the outcome, so that one site has all that had no affair and nothing else."""
    case = CASES["affairs"]
    frame = case.wheel.load().sort_values("affair")
    cuts = [0, *sorted(random.Random(5).sample(range(len(frame)), 3)), len(frame)]
    tables = [
        pa.Table.from_pandas(frame.iloc[low:high], preserve_index=False) for low, high in pairwise(cuts)
    ]
    expected = _expected(case)
    answer = _fitted(case, tables, tmp_path)
    assert_same(answer, expected, ANY)
