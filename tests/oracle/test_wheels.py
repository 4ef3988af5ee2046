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


class Case(NamedTuple):
    """A model as we are asked for it, and as formulaic is."""

    wheel: Wheel
    family: str
    formula: str
    told: str | None = None


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
    "years married": Case(
        fair, "gaussian", "yrs_married ~ pow(age, 2) + age + log1p(religious)",
        "I(age**2) + age + np.log1p(religious)",
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
        family = FAMILIES[case.family]()
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
        ANY._replace(family=case.family, formula=case.formula),
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
