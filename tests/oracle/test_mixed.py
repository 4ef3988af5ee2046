"""Random intercepts of sites against fits of the rows together: lme4's, statsmodels', and by hand."""

from __future__ import annotations

import math
import random
from functools import reduce
from operator import add
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import statsmodels.formula.api as smf
from scipy import optimize, stats
from statsmodels.regression.tests.results import lme_r_results

from fedcli.analytics.random_intercept import RandomIntercept
from fedcli.engine.duckdb import DuckRows
from fedcli.engine.memory import MemoryRows
from fedcli.engine.opening import open_source
from fedcli.errors import FedcliError
from fedcli.model.result import Answer
from fedcli.model.vault import Source
from fedcli.statistics.mixed import WHOLE, Profile
from tests.oracle.fits import dictionary_of
from tests.oracle.wheels import diabetes, randhie

COLUMNS = {
    "y": {"type": "real", "bounds": [-50, 50]},
    "x": {"type": "real", "bounds": [0, 10]},
    "g": {"type": "text", "levels": ["a", "b", "c"]},
}


def people(sites: int = 7, between: float = 2.0) -> pd.DataFrame:
    """Persons of several sites, of different sizes, whose intercepts differ."""
    lots = random.Random(2)
    rows = []
    for site in range(sites):
        shift = lots.gauss(0, between)
        for _ in range(12 + 3 * site):
            x, g = lots.uniform(0, 10), lots.choice("abc")
            y = 3 + 0.7 * x + {"a": 0, "b": 1, "c": -2}[g] + shift + lots.gauss(0, 3)
            rows.append({"site": site, "y": y, "x": x, "g": g})
    return pd.DataFrame(rows)


def over_sites(frame: pd.DataFrame, folder: Path, columns: dict[str, Any], **asked: Any) -> Answer:
    """The answer from the sums of each site, in DuckDB."""
    dictionary = dictionary_of(columns)
    question = RandomIntercept.read({"formula": "y ~ x + g", **asked}, "a test")
    question = question.resolved(dictionary, "a test")
    question.check(dictionary)
    parts = []
    for site, those in frame.groupby("site"):
        path = folder / f"{site}.parquet"
        pq.write_table(pa.Table.from_pandas(those.drop(columns="site"), preserve_index=False), path)
        source = open_source(Source(kind="parquet", paths=(str(path),)), 500)
        rows = DuckRows(source, dictionary, None, question.reads())
        parts.append(question.local(rows).unseal_for_the_gate()[0])  # type: ignore[attr-defined]
    return question.answer(reduce(add, parts))


def likelihood(frame: pd.DataFrame, formula: str, restricted: bool) -> tuple[Any, Any, float]:
    """By hand: the covariance of each site's rows written out, and minimised over both variances."""
    model = smf.ols(formula, frame)
    order = sorted(range(4), key=lambda at: "g[" in model.exog_names[at])  # levels after numbers
    x, y = model.exog[:, order], model.endog
    places = list(frame.reset_index(drop=True).groupby("site").indices.values())

    def at(logs: Any) -> tuple[float, Any, Any]:
        between, within = np.exp(logs)
        blocks = [between + within * np.eye(len(of)) for of in places]
        inverses = [np.linalg.inv(block) for block in blocks]
        lines = list(zip(places, inverses, strict=True))
        covariance = np.linalg.inv(sum(x[of].T @ inverse @ x[of] for of, inverse in lines))
        beta = covariance @ sum(x[of].T @ inverse @ y[of] for of, inverse in lines)
        told = sum(np.linalg.slogdet(block)[1] for block in blocks)
        told += sum((y - x @ beta)[of] @ inverse @ (y - x @ beta)[of] for of, inverse in lines)
        told += len(y) * math.log(2 * math.pi)
        if restricted:
            told -= np.linalg.slogdet(covariance)[1] + x.shape[1] * math.log(2 * math.pi)
        return float(told), beta, covariance

    found = optimize.minimize(lambda z: at(z)[0], [0.0, 1.0], method="Nelder-Mead", tol=1e-9)
    least, beta, covariance = at(found.x)
    return beta, covariance, -least / 2


def numbers(answer: Answer, at: int = 1) -> list[float]:
    """A column of the coefficients."""
    return [float(str(row[at])) for row in answer.tables["coefficients"].rows]


@pytest.mark.parametrize("method", ["reml", "ml"])
def test_lme4(method: str) -> None:
    """Its fits of a hundred groups of up to four, seven digits of which come with statsmodels."""
    folder = Path(lme_r_results.__file__).parent
    for at in range(6):
        frame = pd.read_csv(folder / f"lme{at:02}.csv")
        assert (frame["exog_re_0"] == 1).all()
        columns = [name for name in frame if name.startswith("exog_fe")]
        x, y = frame[columns].to_numpy(), frame["endog"].to_numpy()
        within = np.equal.outer(np.unique(frame["groups"]), frame["groups"].to_numpy()).astype(float)
        sizes = within.sum(axis=1)
        known = {
            name: getattr(lme_r_results, f"{name}_{method}_drf_{at}")
            for name in ("coef", "vcov", "cov_re", "scale", "loglike")
        }
        profile = Profile(x.T @ x, x.T @ y, float(y @ y), sizes, within @ x, within @ y, method)  # type: ignore[arg-type]
        found = profile.least()
        scale = found.squares / profile.degrees
        assert found.beta == pytest.approx(known["coef"], rel=2e-6)
        assert scale == pytest.approx(known["scale"][0], rel=2e-6)
        assert found.theta * scale == pytest.approx(known["cov_re"].item(), rel=2e-5, abs=1e-9)
        assert scale * found.inverse == pytest.approx(known["vcov"], rel=2e-6)
        assert -found.criterion / 2 == pytest.approx(known["loglike"][0], rel=1e-6)


@pytest.mark.parametrize("method", ["reml", "ml"])
def test_the_likelihood_written_out(method: str, tmp_path: Path) -> None:
    """Seven sites of different sizes: the likelihood, coefficients with errors and intervals, tests."""
    frame = people()
    answer = over_sites(frame, tmp_path, COLUMNS, method=method, contrasts=["gb - gc"])
    beta, covariance, best = likelihood(frame, "y ~ x + g", restricted=method == "reml")
    scalars = answer.scalars
    assert (scalars["n"], scalars["sites"]) == (len(frame), 7)
    assert numbers(answer) == pytest.approx(beta, rel=1e-6)
    assert numbers(answer, 2) == pytest.approx(np.sqrt(np.diag(covariance)), rel=1e-5)
    assert scalars["log_likelihood"] == pytest.approx(best, rel=1e-10)
    for _, estimate, error, statistic, p, low, high in answer.tables["coefficients"].rows:
        normal = stats.norm(estimate, error)
        assert statistic == pytest.approx(estimate / error, rel=1e-12)
        assert p == pytest.approx(2 * stats.norm.sf(abs(statistic)), rel=1e-9)
        assert (low, high) == (pytest.approx(normal.ppf(0.025)), pytest.approx(normal.ppf(0.975)))
    rows = {row[0]: row[1:] for row in answer.tables["tests"].rows}
    statistic = beta[2:] @ np.linalg.solve(covariance[2:, 2:], beta[2:])
    assert rows["g"] == (
        2,
        pytest.approx(statistic, rel=1e-5),
        pytest.approx(stats.chi2.sf(statistic, 2), rel=1e-3),
    )
    [row] = answer.tables["contrasts"].rows
    weights = np.array([0, 0, 1, -1])
    assert row[1] == pytest.approx(weights @ beta, rel=1e-6)
    assert row[2] == pytest.approx(math.sqrt(weights @ covariance @ weights), rel=1e-5)


@pytest.mark.parametrize("method", ["reml", "ml"])
def test_statsmodels(method: str, tmp_path: Path) -> None:
    """Its variances; its errors are of another information, in which they are estimates too."""
    frame = people()
    answer = over_sites(frame, tmp_path, COLUMNS, method=method)
    model = smf.mixedlm("y ~ x + g", frame, groups="site")
    fit = model.fit(reml=method == "reml", gtol=1e-10)
    scalars = answer.scalars
    assert scalars["variance_between"] == pytest.approx(fit.cov_re.iloc[0, 0], rel=1e-5)
    assert scalars["variance_within"] == pytest.approx(fit.scale, rel=1e-6)
    assert scalars["log_likelihood"] == pytest.approx(fit.llf, rel=1e-9)
    names = {"(Intercept)": "Intercept", "gb": "g[T.b]", "gc": "g[T.c]"}
    for term, estimate, *_ in answer.tables["coefficients"].rows:
        assert estimate == pytest.approx(fit.fe_params[names.get(str(term), str(term))], rel=1e-6)
    share = fit.cov_re.iloc[0, 0] / (fit.cov_re.iloc[0, 0] + fit.scale)
    assert scalars["icc"] == pytest.approx(share, rel=1e-5)


def test_sites_that_do_not_differ(tmp_path: Path) -> None:
    """The variance between them is zero, and what is left is least squares; by `ml` its likelihood too."""
    frame = diabetes.load().assign(site=[at % 5 for at in range(442)])
    answer = over_sites(frame, tmp_path, diabetes.columns, formula=diabetes.formula, method="ml")
    fit = smf.ols(diabetes.formula, frame).fit()
    assert (answer.scalars["variance_between"], answer.scalars["icc"]) == (0.0, 0.0)
    assert (answer.scalars["lr_statistic"], answer.scalars["lr_p_value"]) == (0.0, 1.0)
    assert numbers(answer) == pytest.approx(fit.params, rel=1e-8)
    assert numbers(answer, 2) == pytest.approx(fit.bse * math.sqrt(fit.df_resid / fit.nobs), rel=1e-8)
    assert answer.scalars["log_likelihood"] == pytest.approx(fit.llf, rel=1e-10)


def test_whether_sites_differ(tmp_path: Path) -> None:
    """Twice the difference to least squares, half the tail of chi-squared."""
    frame = people()
    answer = over_sites(frame, tmp_path, COLUMNS, method="ml")
    plain = smf.ols("y ~ x + g", frame).fit().llf
    ratio = 2 * (float(str(answer.scalars["log_likelihood"])) - plain)
    assert answer.scalars["lr_statistic"] == pytest.approx(ratio, rel=1e-8)
    assert answer.scalars["lr_p_value"] == pytest.approx(stats.chi2.sf(ratio, 1) / 2, rel=1e-6)


@pytest.mark.parametrize("sites", [1, 2])
def test_too_few_sites(sites: int, tmp_path: Path) -> None:
    """Nothing but how many there are; a site without rows is none."""
    frame = people(sites)
    answer = over_sites(frame, tmp_path, COLUMNS)
    assert answer.scalars == {"n": len(frame), "sites": sites, **dict.fromkeys(WHOLE)}
    assert {row[1] for row in answer.tables["coefficients"].rows} == {None}
    question = RandomIntercept.read({"formula": "y ~ x + g"}, "a test").resolved(
        dictionary_of(COLUMNS), "a test"
    )
    rows = [[], *([row for row in frame.to_dict("records") if row["site"] == at] for at in range(sites))]
    parts = [question.local(MemoryRows(one, dictionary_of(COLUMNS), None, question.reads())) for one in rows]
    total = reduce(add, (part.unseal_for_the_gate()[0] for part in parts))  # type: ignore[attr-defined]
    assert question.answer(total).scalars["sites"] == sites


def test_where_there_is_no_fit(tmp_path: Path) -> None:
    """Two columns that say the same, and an outcome of which nothing is left."""
    frame = people()
    columns = COLUMNS | {"z": {"type": "real", "bounds": [0, 20]}}
    answer = over_sites(frame.assign(z=2 * frame["x"]), tmp_path, columns, formula="y ~ x + z")
    assert (answer.scalars["sites"], answer.scalars["icc"]) == (7, None)
    answer = over_sites(frame.assign(y=3 * frame["x"]), tmp_path, COLUMNS, formula="y ~ x")
    assert (answer.scalars["sites"], answer.scalars["icc"]) == (7, None)


def test_each_site_alone(tmp_path: Path) -> None:
    """What a site's own sums estimate is least squares of its own rows."""
    dictionary = dictionary_of(randhie.columns)
    question = RandomIntercept.read({"formula": "mdvis ~ lncoins + disea"}, "a test")
    question = question.resolved(dictionary, "a test")
    those = randhie.load().iloc[:900]
    rows = MemoryRows(those.to_dict("records"), dictionary, None, question.reads())
    part = question.local(rows).unseal_for_the_gate()[0]  # type: ignore[attr-defined]
    fit = smf.ols("mdvis ~ lncoins + disea", those).fit()
    effects = list(question.effects(part))
    assert [one.estimate for one in effects] == pytest.approx(fit.params, rel=1e-8)
    assert [one.variance for one in effects] == pytest.approx(fit.bse**2, rel=1e-8)


@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        ({"formula": "y ~ 0 + x"}, "Q-FORMULA"),
        ({"formula": "g ~ x"}, "Q-OUTCOME"),
        ({"formula": "y ~ x", "unit": "person"}, "Q-ONE-ROW"),
        ({"formula": "y ~ x", "method": "mle"}, "F-SCHEMA"),
    ],
)
def test_what_is_not_asked(parameters: dict[str, Any], code: str) -> None:
    """Without an intercept, of levels, or by another likelihood."""
    with pytest.raises(FedcliError) as caught:
        RandomIntercept.read(parameters, "a test").resolved(dictionary_of(COLUMNS), "a test")
    assert caught.value.code == code
