"""Models of several levels over sites against statsmodels' fits of the pooled rows, in exact sums."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from patsy import dmatrix
from scipy import special, stats

from fedcli.analytics.glm import Glm
from fedcli.analytics.multinomial import Multinomial
from fedcli.errors import FedcliError
from fedcli.model.result import Answer
from tests.oracle.fits import converged, dictionary_of, split
from tests.oracle.wheels import Wheel, fair

#: How many have each occupation.
COUNTS = np.array([41, 859, 2783, 1834, 740, 109])
FORMULA = "occupation ~ age + yrs_married + religious"


def told(answer: Answer, at: int) -> dict[Any, list[float]]:
    """A column of the coefficients, by level."""
    found: dict[Any, list[float]] = {}
    for level, _, *rest in answer.tables["coefficients"].rows:
        found.setdefault(level, []).append(rest[at])  # type: ignore[arg-type]
    return found


@cache
def pooled(terms: str, reference: int) -> Any:
    """The fit of all rows, with an occupation as the first."""
    frame, outcome = fair.load(), "occupation"
    levels = [reference, *sorted(set(frame[outcome]) - {reference})]
    codes = frame[outcome].map({level: at for at, level in enumerate(levels)})
    fit = sm.MNLogit(codes.to_numpy(), np.asarray(dmatrix(terms, frame)))
    return fit.fit(method="newton", tol=1e-9, ridge_factor=0, disp=False)


def over_sites(folder: Path, wheel: Wheel, sites: list[Any], **asked: Any) -> Answer:
    """The answer over sites."""
    question = Multinomial.read({"formula": wheel.formula, **asked}, "a test")
    return converged(question, dictionary_of(wheel.columns), sites, folder)


@pytest.mark.parametrize("reference", [None, 4])
@pytest.mark.parametrize("random", [False, True], ids=["blocks", "by chance"])
def test_six_occupations(reference: int | None, random: bool, tmp_path: Path) -> None:
    """Coefficients, errors, intervals and the likelihood ratio of 6,366 persons, whoever are together."""
    wheel = fair._replace(formula=FORMULA)
    sites = split(wheel.tables(1), seed=5) if random else wheel.tables(3)
    asked = {} if reference is None else {"reference": reference}
    answer = over_sites(tmp_path, wheel, sites, **asked)
    fit = pooled("age + yrs_married + religious", reference or 1)
    order = [level for level in range(1, 7) if level != (reference or 1)]
    assert list(told(answer, 0)) == order
    for at, level in enumerate(order):
        assert told(answer, 0)[level] == pytest.approx(fit.params[:, at], rel=1e-8), level
        assert told(answer, 1)[level] == pytest.approx(fit.bse[:, at], rel=1e-7), level
        assert told(answer, 3)[level] == pytest.approx(fit.pvalues[:, at], rel=1e-5, abs=1e-300), level
        interval = np.transpose([told(answer, 4)[level], told(answer, 5)[level]])
        assert interval == pytest.approx(fit.conf_int()[at], rel=1e-6)
    scalars = answer.scalars
    assert (scalars["n"], scalars["converged"], scalars["lr_df"]) == (6366, 1, fit.df_model)
    assert scalars["log_likelihood"] == pytest.approx(fit.llf, rel=1e-10)
    null = stats.multinomial.logpmf(counts := COUNTS, 6366, counts / 6366)
    null -= special.gammaln(6367) - special.gammaln(counts + 1).sum()  # of one order of the rows
    assert scalars["null_deviance"] == pytest.approx(-2 * null, rel=1e-10)
    assert scalars["lr_statistic"] == pytest.approx(2 * (fit.llf - null), rel=1e-8)
    assert scalars["lr_p_value"] == pytest.approx(stats.chi2.sf(2 * (fit.llf - null), 15), rel=1e-6)
    assert scalars["aic"] == pytest.approx(fit.aic, rel=1e-10)


def test_terms_over_all_levels(tmp_path: Path) -> None:
    """Wald's test of a column with levels is of its coefficients in all levels of the outcome."""
    wheel = fair._replace(formula="occupation ~ age * C(affair)")
    answer = over_sites(tmp_path, wheel, wheel.tables(3), reference=3)
    fit = pooled("age * affair", 3)
    beta, covariance = fit.params.ravel(order="F"), fit.cov_params()
    tests = {"age": 1, "affair": 2, "age:affair": 3}
    assert [row[0] for row in answer.tables["tests"].rows] == list(tests)
    for (_, degrees, statistic, p), at in zip(answer.tables["tests"].rows, tests.values(), strict=True):
        places = [level * 4 + at for level in range(5)]
        expected = beta[places] @ np.linalg.solve(covariance[np.ix_(places, places)], beta[places])
        assert (degrees, statistic) == (5, pytest.approx(expected, rel=1e-6))
        assert p == pytest.approx(stats.chi2.sf(expected, 5), rel=1e-5)


def test_of_two_levels_it_is_a_binomial_model(tmp_path: Path) -> None:
    """The odds of the second level against the first."""
    wheel = fair._replace(formula="affair ~ age + religious")
    answer = over_sites(tmp_path, wheel, wheel.tables(3))
    asked = Glm.read({"family": "binomial", "formula": wheel.formula}, "a test")
    other = converged(asked, dictionary_of(wheel.columns), wheel.tables(3), tmp_path)
    ours, theirs = answer.tables["coefficients"].rows, other.tables["coefficients"].rows
    assert [row[1] for row in ours] == [row[0] for row in theirs]
    for row, same in zip(ours, theirs, strict=True):
        assert row[2:] == pytest.approx(same[1:], rel=1e-7, abs=1e-300)
    assert answer.scalars["deviance"] == pytest.approx(other.scalars["deviance"], rel=1e-9)


def _thirds(of: list[int]) -> Wheel:
    frame = pd.DataFrame({"y": of, "x": [float(at % 7) for at in range(len(of))]})
    columns = {"y": {"type": "integer", "levels": [0, 1, 2]}, "x": {"type": "real", "bounds": [0, 7]}}
    return Wheel(lambda: frame, columns, "y ~ x")


def test_where_there_is_no_fit(tmp_path: Path) -> None:
    """A level that a column tells has no coefficient; of nobody there is nothing."""
    wheel = _thirds([0, 0, 1, 1, 0, 2, 2] * 9)  # whoever has 5 or 6 has the last level, and nobody else
    answer = over_sites(tmp_path, wheel, wheel.tables(2))
    assert (answer.scalars["converged"], answer.scalars["separated"]) == (0, 1)
    assert {row[2] for row in answer.tables["coefficients"].rows} == {None}
    nobody = [table.slice(0, 0) for table in wheel.tables(2)]
    answer = over_sites(tmp_path, wheel, nobody)
    assert (answer.scalars["n"], answer.scalars["converged"]) == (0, 0)


def test_a_value_that_is_no_level(tmp_path: Path) -> None:
    """It is refused, as where levels are counted: it would else count as the reference."""
    wheel = _thirds([0, 1, 2, 3] * 9)
    with pytest.raises(FedcliError) as caught:
        over_sites(tmp_path, wheel, wheel.tables(2))
    assert caught.value.code == "D-LEVEL"


@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        ({"formula": "occupation ~ 0 + age"}, "Q-FORMULA"),
        ({"formula": "log(occupation) ~ age"}, "Q-FORMULA"),
        ({"formula": "age ~ religious"}, "Q-LEVELS"),
        ({"formula": "occupation ~ age", "reference": 7}, "Q-LEVEL"),
        ({"formula": "occupation ~ age", "reference": "1"}, "Q-LEVEL"),
        ({"formula": "occupation ~ age", "unit": "person"}, "Q-ONE-ROW"),
    ],
)
def test_what_is_not_asked(parameters: dict[str, Any], code: str) -> None:
    """Without intercepts, of no levels, or against what is no level."""
    with pytest.raises(FedcliError) as caught:
        Multinomial.read(parameters, "a test").resolved(dictionary_of(fair.columns), "a test")
    assert caught.value.code == code
