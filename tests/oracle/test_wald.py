"""Tests of a model's terms and of combinations of its coefficients, against statsmodels on the pooled rows.

Exact sums, as under `evaluation`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import statsmodels.api as sm
import statsmodels.formula.api as smf

from fedcli.errors import FedcliError
from fedcli.language.contrasts import contrast
from fedcli.model.result import Answer
from tests.oracle.fits import Model, dictionary_of, fitted
from tests.oracle.wheels import fair, randhie


def _answer(family: str, formula: str, wheel: Any, folder: Path, **more: Any) -> Answer:
    return fitted(
        Model("", "", family, formula), dictionary_of(wheel.columns), wheel.tables(3), folder, **more
    )


@pytest.mark.parametrize("family", ["gaussian", "poisson"])
def test_each_term(family: str, tmp_path: Path) -> None:
    """By F of a linear model, by chi-squared of others; a category and a product each as one."""
    formula = "mdvis ~ lncoins + idp * disea"
    told = _answer(family, formula, randhie, tmp_path).tables["tests"]
    kind = {"gaussian": sm.families.Gaussian(), "poisson": sm.families.Poisson()}[family]
    pooled = (
        smf.ols(formula, randhie.load()).fit()
        if family == "gaussian"
        else smf.glm(formula, randhie.load(), family=kind).fit(tol=1e-14)
    )
    assert [row[0] for row in told.rows] == ["lncoins", "idp", "disea", "idp:disea"]
    for term, df, statistic, p in told.rows:
        found = pooled.wald_test(f"{term} = 0", scalar=True)
        assert df == 1
        assert statistic == pytest.approx(found.statistic, rel=1e-6)
        assert p == pytest.approx(float(found.pvalue), rel=1e-5, abs=1e-300)


def test_a_category(tmp_path: Path) -> None:
    """All of its levels at once."""
    told = _answer("binomial", "affair ~ age + C(occupation)", fair, tmp_path).tables["tests"]
    assert [row[:2] for row in told.rows] == [("age", 1), ("occupation", 5)]
    pooled = smf.logit("affair ~ age + C(occupation)", fair.load()).fit(disp=0)
    names = [name for name in pooled.params.index if name.startswith("C(occupation)")]
    found = pooled.wald_test(", ".join(f"{name} = 0" for name in names), scalar=True)
    assert told.rows[1][2] == pytest.approx(found.statistic, rel=1e-6)
    assert told.rows[1][3] == pytest.approx(float(found.pvalue), rel=1e-5)


def test_a_spline(tmp_path: Path) -> None:
    """All columns of its basis at once, whatever the basis: of another one, all weights are the same."""
    told = _answer("binomial", "affair ~ age + ns(yrs_married, 5, 10)", fair, tmp_path).tables["tests"]
    assert told.rows[1][:2] == ("ns(yrs_married)", 3)
    spline = "cr(yrs_married, knots=(5, 10), lower_bound=0, upper_bound=24)"
    pooled = smf.logit(f"affair ~ {spline} + age - 1", fair.load()).fit(disp=0)
    same = [[-1, 1, 0, 0, 0], [-1, 0, 1, 0, 0], [-1, 0, 0, 1, 0]]
    found = pooled.wald_test(same, scalar=True)
    assert told.rows[1][2] == pytest.approx(found.statistic, rel=1e-6)


@pytest.mark.parametrize("errors", [None, "HC0"])
def test_combinations(errors: str | None, tmp_path: Path) -> None:
    """Estimates, errors and intervals of sums of coefficients, also from the residuals of rows."""
    formula, asked = (
        "mdvis ~ lncoins + idp + disea",
        ["idp - 2 * disea", "(Intercept)+3.5*lncoins + 10*disea"],
    )
    more = {"errors": errors} if errors else {}
    told = _answer("poisson", formula, randhie, tmp_path, contrasts=asked, **more).tables["contrasts"]
    family = sm.families.Poisson()
    pooled = smf.glm(formula, randhie.load(), family=family).fit(tol=1e-14, cov_type=errors or "nonrobust")
    for row, weights in zip(told.rows, ([0, 0, 1, -2], [1, 3.5, 0, 10]), strict=True):
        found = pooled.t_test(weights)
        assert row[1] == pytest.approx(found.effect[0], rel=1e-8)
        assert row[2] == pytest.approx(found.sd.item(), rel=1e-7)
        assert row[5:] == (
            pytest.approx(found.conf_int()[0][0], rel=1e-6),
            pytest.approx(found.conf_int()[0][1], rel=1e-6),
        )
    assert [row[0] for row in told.rows] == asked


NAMES = ("(Intercept)", "a", "a-b", "C(cp)2", "a:C(cp)2")


@pytest.mark.parametrize(
    ("text", "weights"),
    [
        ("a", {1: 1.0}),
        ("- a + 2*C(cp)2", {1: -1.0, 3: 2.0}),
        ("a-b", {2: 1.0}),
        ("a - a-b", {1: 1.0, 2: -1.0}),
        ("a + a + 1e-1 * a:C(cp)2", {1: 2.0, 4: 0.1}),
        (" (Intercept) ", {0: 1.0}),
    ],
)
def test_a_contrast_is_read(text: str, weights: dict[int, float]) -> None:
    """The longest name that fits is meant."""
    assert contrast(text, NAMES, "a test") == pytest.approx(weights)


@pytest.mark.parametrize("text", ["b", "a +", "a C(cp)2", "2", "a * 2", "a - a", "", "a; drop", "0 * a"])
def test_what_is_no_contrast(text: str) -> None:
    """Is refused with what cannot be read."""
    with pytest.raises(FedcliError) as error:
        contrast(text, NAMES, "a test")
    assert error.value.code == "Q-CONTRAST"
