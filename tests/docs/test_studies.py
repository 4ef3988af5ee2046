"""The worked studies against the pooled rows, which DuckDB reads and SciPy, statsmodels and scikit-learn fit.

Nothing of fedcli computes an expected number. Under `evaluation` a study's answers are those of the pooled
rows; under `standard` they are, at six digits of each site's sums, or the interval holds them.
"""

from __future__ import annotations

import math
import re
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
import statsmodels.formula.api as smf
from scipy import stats
from sklearn.linear_model import ElasticNet
from statsmodels.stats.contingency_tables import Table2x2

from fedcli.model.cells import About, Gap
from fedcli.workflows.demo import _sites
from fedcli.workflows.tidy import _cells
from tests.studies import public, worked

DOCS = worked.PROJECT / "docs"
#: The values that a dictionary calls missing; NaN is too.
MISSING = {"hospitals": ("unknown", ""), "banks": ("XX",), "suppliers": (-999,)}
#: Relative tolerances: of one round; of coefficients and errors; of sums that left at six digits.
ONE_ROUND, FITTED, ERRORS, SIX_DIGITS = 1e-9, 1e-7, 1e-6, 2e-2


@cache
def pooled(sample: str) -> pd.DataFrame:
    """All rows of a sample in one place, without what is missing."""
    with duckdb.connect() as connection:
        parts = []
        for site, source in _sites(worked.SAMPLES / sample).items():
            table = next(iter((worked.SAMPLES / sample).glob("scenario.toml"))).read_text()
            dataset = re.search(r'^dataset +?= "(\w+)"', table, re.MULTILINE)
            assert dataset
            if source.suffix == ".duckdb":
                connection.execute(f"ATTACH '{source}' AS {site} (READ_ONLY)")
                parts.append(f"SELECT * FROM {site}.{dataset[1]}")
            else:
                files = f"{source}/*.parquet" if source.is_dir() else source
                parts.append(f"SELECT * FROM read_parquet('{files}')")
        frame = connection.execute(" UNION ALL BY NAME ".join(parts)).df()
    for column in frame:
        frame[column] = frame[column].mask(frame[column].isin(MISSING[sample]))
        if pd.api.types.is_bool_dtype(frame[column]):
            frame[column] = frame[column].astype(object)
        elif pd.api.types.is_numeric_dtype(frame[column]):
            frame[column] = frame[column].astype(float)
    return frame


def numbers(study: str, policy: str, analysis: str) -> dict[str, Any]:
    """The cells of an answer by their places."""
    found = worked.told(study, policy, analysis)[1]
    assert found.answer is not None, worked.outcome(*worked.told(study, policy, analysis))
    return dict(_cells(found.answer))


def agrees(study: str, analysis: str, truth: dict[str, float], rel: float = ONE_ROUND) -> None:
    """The pooled numbers are those under `evaluation`; those under `standard` are near, or hold them."""
    exact = numbers(study, "evaluation", analysis)
    for place, number in truth.items():
        assert exact[place] == pytest.approx(number, rel=rel, abs=1e-300), place
    if worked.told(study, "standard", analysis)[1].answer is not None:
        told = numbers(study, "standard", analysis)
        for place, number in truth.items():
            assert holds(told[place], number, error_of(told, place)), (place, told[place], number)


def holds(cell: Any, number: float, error: float = 0.0) -> bool:
    """Whether a number under `standard` is the pooled one, or its interval holds it.

    A coefficient is near where it is so within a tenth of its standard error: sums at six digits are.
    """
    if isinstance(cell, Gap):
        return (cell.low is None or cell.low <= number) and (cell.high is None or number <= cell.high)
    value = cell.value if isinstance(cell, About) else cell
    return math.isclose(value, number, rel_tol=SIX_DIGITS, abs_tol=max(1e-6, error / 10))


def error_of(told: dict[str, Any], place: str) -> float:
    """The standard error of the coefficient that a place is about; for its statistic one, for others none."""
    stem, _, statistic = place.rpartition(".")
    if f"{stem}.std_error" not in told or statistic == "p_value":
        return 0.0
    return 1.0 if statistic == "statistic" else float(told[f"{stem}.std_error"])


def t_test(frame: pd.DataFrame, column: str, by: str) -> dict[str, float]:
    """Welch's and Student's test of the first group against the second, by SciPy."""
    groups = [frame.loc[frame[by] == level, column] for level in (False, True)]
    first, second = (group.dropna().astype(float) for group in groups)
    welch, student = (stats.ttest_ind(first, second, equal_var=equal) for equal in (False, True))
    interval = welch.confidence_interval()
    found = {
        "tests[welch].statistic": welch.statistic,
        "tests[welch].df": welch.df,
        "tests[welch].p_value": welch.pvalue,
        "tests[welch].difference": first.mean() - second.mean(),
        "tests[welch].conf_low": interval.low,
        "tests[welch].conf_high": interval.high,
        "tests[student].statistic": student.statistic,
    }
    for level, whole, group in zip(("false", "true"), groups, (first, second), strict=True):
        missing = len(whole) - len(group)
        found |= {f"groups[{level}].n": len(group), f"groups[{level}].n_missing": missing}
        found |= {f"groups[{level}].mean": group.mean(), f"groups[{level}].sd": group.std()}
    return found


def association(table: pd.DataFrame) -> dict[str, float]:
    """Pearson's chi-squared, its p and each count, by SciPy."""
    chi, p, df, expected = stats.chi2_contingency(table.to_numpy(), correction=False)
    found = {"tests[pearson].statistic": chi, "tests[pearson].df": df, "tests[pearson].p_value": p}
    found["n"] = int(table.to_numpy().sum())
    for at, row in enumerate(table.index):
        for to, column in enumerate(table.columns):
            place = f"counts[{row}, {str(column).lower()}]"
            found |= {f"{place}.count": int(table.iloc[at, to]), f"{place}.expected": expected[at, to]}
    return found


def clustered(fit: Any, names: dict[str, str]) -> dict[str, float]:
    """Estimates of a fit with errors by person, corrected for few of them."""
    return {f"coefficients[{ours}].estimate": fit.params[theirs] for ours, theirs in names.items()} | {
        f"coefficients[{ours}].std_error": fit.bse[theirs] for ours, theirs in names.items()
    }


def fit(model: Any, person: pd.Series) -> Any:
    """A model with errors clustered by person."""
    groups = pd.factorize(person.loc[model.data.row_labels])[0]
    more = {"tol": 1e-13, "maxiter": 100} if isinstance(model, sm.GLM) else {}
    return model.fit(cov_type="cluster", cov_kwds={"groups": groups, "use_correction": True}, **more)


def assert_fitted(study: str, analysis: str, truth: dict[str, float]) -> None:
    """Coefficients to seven digits, errors to six."""
    errors = {place: number for place, number in truth.items() if place.endswith("std_error")}
    agrees(study, analysis, {place: truth[place] for place in truth if place not in errors}, FITTED)
    agrees(study, analysis, errors, ERRORS)


def test_a_rare_disease() -> None:
    """Pressures, sexes and places of those who have it: SciPy's, statsmodels' and DuckDB's."""
    rows = pooled("hospitals")
    agrees("rare-disease", "pressure", t_test(rows, "sbp", "rare_lung"))
    persons = rows.drop_duplicates("patient_id")
    counts = pd.crosstab(persons["sex"] == "male", persons["rare_lung"]).to_numpy()
    table = Table2x2(counts[::-1, ::-1])
    low, high = table.oddsratio_confint()
    truth = {
        "measures[odds_ratio].estimate": table.oddsratio,
        "measures[odds_ratio].conf_low": low,
        "measures[odds_ratio].conf_high": high,
        "measures[risk_ratio].estimate": table.riskratio,
        "groups[female].events": int(counts[0, 1]),
        "groups[male].events": int(counts[1, 1]),
    }
    agrees("rare-disease", "sexes", truth)
    alone = numbers("rare-disease", worked.ALONE, "sexes")
    assert all(holds(alone[place], number) for place, number in truth.items() if "conf" not in place)
    assert isinstance(alone["measures[odds_ratio].estimate"], Gap)
    assert (alone["measures[odds_ratio].estimate"].high or 1) < 1
    seen = rows.drop_duplicates(["patient_id", "visit_type"])
    agrees("rare-disease", "places", association(pd.crosstab(seen["visit_type"], seen["rare_lung"])))


def test_a_rare_disease_adjusted() -> None:
    """The linear model that `standard` refuses."""
    rows = pooled("hospitals").assign(rare_lung=lambda frame: frame["rare_lung"].astype(int))
    found = fit(smf.ols("sbp ~ rare_lung + age + bmi", rows), rows["patient_id"])
    names = {"(intercept)": "Intercept", "rare_lungtrue": "rare_lung", "age": "age", "bmi": "bmi"}
    assert_fitted("rare-disease", "adjusted", clustered(found, names))


def paid() -> pd.DataFrame:
    """The payments, fraud as a number."""
    rows = pooled("banks")
    return rows.assign(amount=rows["amount"].astype(float), wrong=rows["fraud"].map({False: 0.0, True: 1.0}))


COUNTRIES = {"(intercept)": "Intercept", "log(amount)": "np.log(amount)"} | {
    f"country{level}": f"C(country)[T.{level}]" for level in ("eea", "other")
}


def test_fraud() -> None:
    """Countries and amounts."""
    rows = paid()
    agrees("fraud", "countries", association(pd.crosstab(rows["country"], rows["fraud"])))
    agrees("fraud", "amounts", t_test(rows, "amount", "fraud"))


@pytest.mark.parametrize(("analysis", "link"), [("model", "Logit"), ("complementary", "CLogLog")])
def test_models_of_fraud(analysis: str, link: str) -> None:
    """With either link, and errors clustered by account."""
    rows = paid().dropna(subset=["amount", "country", "wrong"])
    family = sm.families.Binomial(getattr(sm.families.links, link)())
    model = smf.glm("wrong ~ np.log(amount) + C(country)", rows, family=family)
    found = fit(model, rows["account_id"])
    truth = clustered(found, COUNTRIES)
    errors = dict(
        zip(found.params.index, expected_errors(model, found.params, rows["account_id"]), strict=True)
    )
    truth |= {f"coefficients[{ours}].std_error": errors[theirs] for ours, theirs in COUNTRIES.items()}
    assert_fitted("fraud", analysis, truth)


def expected_errors(model: Any, coefficients: Any, person: pd.Series) -> Any:
    """Errors by person with the expected information, as in R's sandwich; statsmodels takes the observed.

    They are the same for a canonical link.
    """
    scores = pd.DataFrame(model.score_obs(coefficients)).groupby(pd.factorize(person)[0]).sum().to_numpy()
    bread = np.linalg.inv(-model.hessian(coefficients, observed=False))
    (persons, terms), n = scores.shape, len(person)
    few = persons / (persons - 1) * (n - 1) / (n - terms)
    return np.sqrt(np.diag(bread @ (scores.T @ scores) @ bread) * few)


def test_a_lasso_of_amounts() -> None:
    """Scikit-learn's, with columns in units of their standard deviations."""
    rows = paid().dropna(subset=["amount", "country", "wrong"])
    columns = pd.DataFrame(
        {
            "fraudtrue": rows["wrong"],
            "hour": rows["hour"].astype(float),
            "countryeea": (rows["country"] == "eea").astype(float),
            "countryother": (rows["country"] == "other").astype(float),
        }
    )
    spread = columns.std(ddof=0)
    for penalty in (1, 10, 50):
        lasso = ElasticNet(alpha=penalty, l1_ratio=1, tol=1e-13, max_iter=100_000)
        lasso.fit((columns - columns.mean()) / spread, rows["amount"])
        for name, estimate in zip(columns, lasso.coef_ / spread, strict=True):
            place = f"coefficients[{float(penalty)}, {name}].estimate"
            for policy, rel in (("evaluation", 1e-6), ("standard", 1e-3)):
                assert numbers("fraud", policy, "penalised")[place] == pytest.approx(
                    estimate, rel=rel, abs=1e-9
                )


def test_fraud_by_channel() -> None:
    """The table that costs three models: counts, and an interval that holds the hidden one."""
    table = pd.crosstab(pooled("banks")["channel"], pooled("banks")["fraud"])
    told = numbers("fraud-and-chips", "standard", "channels")
    for channel in table.index:
        for fraud in (False, True):
            assert holds(told[f"counts[{channel}, {str(fraud).lower()}].count"], table.loc[channel, fraud])
    for analysis in ("model", "complementary", "penalised"):
        assert worked.told("fraud-and-chips", "standard", analysis)[1].answer is None
        assert worked.told("fraud", "standard", analysis)[1].answer is not None


def delivered() -> pd.DataFrame:
    """The deliveries whose delay is known, lateness as a number."""
    rows = pooled("suppliers").dropna(subset=["delay"])
    ways = pd.Categorical(rows["transport"], ["road", "rail", "sea", "air"])
    return rows.assign(
        delay=rows["delay"].astype(float), later=rows["late"].map({False: 0.0, True: 1.0}), transport=ways
    )


def test_delays() -> None:
    """The linear model of the way and the season, and the odds of lateness."""
    rows = delivered()
    found = fit(smf.ols("delay ~ transport * quarter", rows), rows["account_id"])
    names = {"(intercept)": "Intercept", "quarter": "quarter"}
    names |= {f"transport{way}": f"transport[T.{way}]" for way in ("rail", "sea", "air")}
    names |= {f"{ours}:quarter": f"{theirs}:quarter" for ours, theirs in names.items() if "transport" in ours}
    assert_fitted("delays", "model", clustered(found, names))
    late = smf.glm("later ~ transport + quarter", rows, family=sm.families.Binomial())
    names = {place: name for place, name in names.items() if ":" not in place}
    assert_fitted("delays", "lateness", clustered(fit(late, rows["account_id"]), names))


def test_groups_of_delays() -> None:
    """Families and complaints, as people would let them out."""
    whole, rows = pooled("suppliers"), delivered()
    agrees("delays", "complaints", t_test(whole, "delay", "complaint"))
    found = stats.f_oneway(*(group["delay"] for _, group in rows.groupby("family")))
    truth = {"tests[fisher].statistic": found.statistic, "tests[fisher].p_value": found.pvalue}
    agrees("delays", "families", truth)
    told = numbers("delays", "looked-at", "families")
    assert all(holds(told[place], number) for place, number in truth.items())


@pytest.mark.parametrize("policy", ["evaluation", "standard"])
def test_quantiles_of_delays(policy: str) -> None:
    """NumPy's are between the ends that are told."""
    told = numbers("delays", policy, "delays")
    for p in (0.25, 0.5, 0.75, 0.9):
        exact = np.quantile(delivered()["delay"], p, method="inverted_cdf")
        assert told[f"quantiles[{p}].low"] <= exact <= told[f"quantiles[{p}].high"]


def test_how_long_late_ones_take() -> None:
    """The curve that `standard` refuses is statsmodels', of times that are rounded down to the grid."""
    edges, rows = np.array([0, 3, 5, 7, 9, 12]), delivered()
    places = np.clip(np.searchsorted(edges, rows["delay"], side="right") - 1, 0, len(edges) - 1)
    late = rows["later"].to_numpy().astype(int) * (rows["delay"] <= edges[-1])
    times = np.where(rows["delay"] == edges[-1], edges[-2], edges[places]).astype(float)
    curve = sm.SurvfuncRight(times, late)
    at = dict(zip(curve.surv_times, curve.surv_prob, strict=True))
    told = numbers("delays", "evaluation", "waiting")
    for low, high in pairwise(edges[1:]):
        assert told[f"survival[{low}, {high}].survival"] == pytest.approx(at[low], rel=ONE_ROUND)


@pytest.mark.parametrize("study", ["rare-disease", "fraud", "delays"])
def test_what_standard_tells_is_true(study: str) -> None:
    """Every number and interval under `standard` is near the one under `evaluation`, or holds it."""
    for key in worked.STUDIES[study].ids:
        if worked.told(study, "standard", key)[1].answer is None:
            continue
        exact, told = (numbers(study, policy, key) for policy in ("evaluation", "standard"))
        assert exact.keys() == told.keys()
        for place, number in exact.items():
            untold = number is None or told[place] is None or place.endswith("iterations")
            assert untold or _tells(place, told, number), (key, place, told[place], number)


def _tells(place: str, told: dict[str, Any], number: float) -> bool:
    if isinstance(told[place], float) and place.startswith("tests[") and "statistic" in place:
        return math.isclose(told[place], number, rel_tol=SIX_DIGITS, abs_tol=0.02)  # of an error, squared
    if isinstance(told[place], float) and "p_value" in place:
        return math.isclose(told[place], number, rel_tol=0.5, abs_tol=0.02)
    return holds(told[place], number, error_of(told, place))


def test_a_rehearsal_goes_on_where_sites_park_another_analysis() -> None:
    """The model takes its rounds, and what parked the rest in the first of them is still told at the end."""
    shown, model = worked.told("delays", "standard", "model")
    assert numbers("delays", "standard", "model")["converged"] == 1
    assert model.between
    for site in shown.rehearsed:
        assert site.status in ("pending", "partial")
        assert {"families", "waiting"} & {finding.analysis for finding in site.findings}


def test_studies_are_no_sites() -> None:
    """The folder of the studies' queries holds no data."""
    assert set(_sites(worked.SAMPLES / "hospitals")) == {"north", "south", "east"}


PAGES = sorted((DOCS / "studies").glob("*.md"))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_number_of_the_prose_is_in_a_table(page: Path) -> None:
    """A number in a sentence is one that a command printed, as it stands or shorter."""
    text = page.read_text()
    blocks = "\n".join(re.findall(r"<!-- \[\[\[cog.*?\]\]\] -->(.*?)<!-- \[\[\[end", text, re.DOTALL))
    printed = {float(one) for one in re.findall(r"-?\d+\.?\d*(?:e-?\d+)?", blocks)}
    prose = re.sub(r"<!-- \[\[\[cog.*?<!-- \[\[\[end\]\]\] -->", "", text, flags=re.DOTALL)
    prose = re.sub(r"```.*?```|`[^`]*`|\]\([^)]*\)", "", prose, flags=re.DOTALL)
    for number in re.findall(r"(?<![\w.])-?\d+(?:\.\d+)?", prose):
        places = len(number.partition(".")[2])
        assert any(round(one, places) == float(number) for one in printed) or number in FACTS, number


#: Numbers of the sentences that are no results: of the sample data's description.
FACTS = {"2.5", "150", "240"}


def test_every_study_is_in_the_manual() -> None:
    """The index names every page, and the README the index."""
    index = (DOCS / "studies.md").read_text()
    assert all(f"studies/{page.name}" in index for page in PAGES)
    assert "docs/studies.md" in (worked.PROJECT / "README.md").read_text()


def test_every_public_data_set_is_kept() -> None:
    """Nothing that can be asked is left out of what is kept, and nothing is there besides."""
    told = public.kept()["data"]
    assert {name: set(one["asked"]) for name, one in told.items()} == {
        name: set(one.asked) for name, one in public.DATA.items()
    }


#: Rows that are asked again: answered whole, in part, refused, and not at all.
AGAIN = [
    ("CNSIM", "n"),
    ("CNSIM", "infarction"),
    ("CNSIM", "diabetes"),
    ("Heart disease", "pain-by-number"),
    ("Breast cancer", "hazards-1"),
]


@pytest.mark.parametrize(("name", "key"), AGAIN)
def test_what_is_kept_is_true(name: str, key: str, shared: Path, tmp_path: Path) -> None:
    """A few rows of the page, rehearsed anew."""
    sites = public.furnish(name, shared, tmp_path)
    told = public.kept()["data"][name]
    assert sites == told["sites"]
    assert public.asked_of(name, key, tmp_path) == told["asked"][key]


def test_rows_are_of_every_end() -> None:
    """The rows that are asked again differ in their ends."""
    ends = {public._end(public.kept()["data"][name]["asked"][key]["outcome"]) for name, key in AGAIN}
    assert len(ends) >= 3
