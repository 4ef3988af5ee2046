"""Proportional hazards over sites, against lifelines' fits of public data and statsmodels' of drawn ones."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from scipy.stats import norm
from statsmodels.duration.hazard_regression import PHReg

from fedcli.analytics.cox import Cox
from fedcli.errors import FedcliError
from fedcli.model.result import Answer
from tests.oracle.fits import converged, dictionary_of

BRCA = {
    "age": {"type": "real", "bounds": [0, 110]},
    "malignant": {"type": "boolean"},
    "spread": {"type": "boolean"},
    "T": {"type": "real", "bounds": [0, 9000]},
    "dead": {"type": "boolean"},
}
#: The names of the oracle's models, and what we call their terms.
MODELS = {
    "flamby TCGA-BRCA age only": ("age", {"age": "age"}),
    "flamby TCGA-BRCA age + prior malignancy + nodes N2": (
        "age + malignant + spread",
        {"age": "age", "prior_malignancy_yes": "malignantTRUE", "ajcc_pathologic_n_N2": "spreadTRUE"},
    ),
}


def asked(formula: str, **more: Any) -> Cox:
    """A model of hazards."""
    told = {"time": "T", "event": "dead", "formula": formula, **more}
    return Cox.read(told, "a test")


def coefficients(answer: Answer) -> dict[str, tuple[float, float]]:
    """Estimates and their errors by term."""
    return {str(row[0]): (float(row[1]), float(row[2])) for row in answer.tables["coefficients"].rows}  # type: ignore[arg-type]


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("ties", ["breslow", "efron"])
def test_six_centres(shared: Path, tmp_path: Path, name: str, ties: str) -> None:
    """Coefficients to 1e-8, errors to 1e-7, the likelihood to 1e-9, with one centre that has three events."""
    oracle = json.loads((shared / "oracles" / "survival.json").read_text())[name][f"cox_{ties}_strat_site"]
    files = sorted((shared / "federations" / "tcga_brca").glob("*.parquet"))
    formula, names = MODELS[name]
    answer = converged(
        asked(formula, ties=ties),
        dictionary_of(BRCA),
        [_patients(pq.read_table(file)) for file in files],
        tmp_path,
    )
    assert (answer.scalars["events"], answer.scalars["converged"]) == (oracle["events"], 1)
    assert answer.scalars["log_likelihood"] == pytest.approx(oracle["loglik"], rel=1e-9)
    found = coefficients(answer)
    for term, estimate, error in zip(oracle["terms"], oracle["coef"], oracle["se"], strict=True):
        assert found[names[term]] == (pytest.approx(estimate, rel=1e-8), pytest.approx(error, rel=1e-7))


def _patients(table: pa.Table) -> pa.Table:
    """A centre's patients; the oracle lacks some who left on the first day, whom no event compares."""
    return pa.table(
        {
            "age": table["age_at_index"],
            "malignant": pc.equal(table["prior_malignancy_yes"], 1),
            "spread": pc.equal(table["ajcc_pathologic_n_N2"], 1),
            "T": table["T"],
            "dead": pc.equal(table["E"], 1),
        }
    )


def drawn(rows: int, seed: int) -> pa.Table:
    """Follow-ups in whole months, so that many events come at once; hazards by two columns."""
    lots = np.random.default_rng(seed)
    age, treated = lots.uniform(40, 80, rows).round(1), lots.random(rows) < 0.5
    time = lots.exponential(40 / np.exp(0.03 * (age - 60) - 0.7 * treated), rows)
    lost = lots.uniform(0, 60, rows)
    months, dead = np.ceil(np.minimum(time, lost)), time <= lost
    return pa.table({"age": age, "treated": treated, "months": months.astype(np.int64), "died": dead})


DRAWN = {
    "age": {"type": "real", "bounds": [40, 80]},
    "treated": {"type": "boolean"},
    "months": {"type": "integer", "bounds": [0, 60]},
    "died": {"type": "boolean"},
}


@pytest.mark.parametrize("ties", ["breslow", "efron"])
@pytest.mark.parametrize("until", [None, 12])
def test_many_events_at_once(tmp_path: Path, ties: str, until: int | None) -> None:
    """Of several blocks, with a horizon and without: statsmodels on the rows together, stratified by site."""
    tables = [drawn(rows, seed) for seed, rows in enumerate((300, 9000, 17000))]
    model = Cox.read(
        {"time": "months", "event": "died", "formula": "age * treated", "ties": ties, "until": until},
        "a test",
    )
    answer = converged(model, dictionary_of(DRAWN), tables, tmp_path)
    whole = pa.concat_tables(tables)
    site = np.repeat(np.arange(3), [len(one) for one in tables])
    months, dead = whole["months"].to_numpy(), whole["died"].to_numpy(zero_copy_only=False)
    end = np.inf if until is None else until
    x = np.column_stack([whole["age"].to_numpy(), whole["treated"].to_numpy(zero_copy_only=False)]).astype(
        float
    )
    x = np.column_stack([x, x[:, 0] * x[:, 1]])
    fit = PHReg(
        np.minimum(months, end), x, status=(dead & (months <= end)).astype(int), strata=site, ties=ties
    ).fit(tol=1e-12)
    found = list(coefficients(answer).values())
    assert answer.scalars["log_likelihood"] == pytest.approx(fit.llf, rel=1e-9)
    assert [one[0] for one in found] == pytest.approx(fit.params, rel=1e-7)
    assert [one[1] for one in found] == pytest.approx(fit.bse, rel=1e-7)
    assert answer.scalars["events"] == (dead & (months <= end)).sum()


def test_terms_and_combinations(tmp_path: Path) -> None:
    """Wald's tests, sums of coefficients and their hazard ratios: from statsmodels' covariance."""
    tables = [drawn(rows, seed) for seed, rows in enumerate((300, 900))]
    asked = {"time": "months", "event": "died", "formula": "age * treated", "ties": "breslow"}
    combined = ["treatedTRUE + 60 * age:treatedTRUE", "age - 2 * treatedTRUE"]
    model = Cox.read(asked | {"contrasts": combined}, "a test")
    answer = converged(model, dictionary_of(DRAWN), tables, tmp_path)
    whole, site = pa.concat_tables(tables), np.repeat(np.arange(2), [len(one) for one in tables])
    age, treated = whole["age"].to_numpy(), whole["treated"].to_numpy(zero_copy_only=False).astype(float)
    fit = PHReg(
        whole["months"].to_numpy(),
        np.column_stack([age, treated, age * treated]),
        status=whole["died"].to_numpy(zero_copy_only=False).astype(int),
        strata=site,
        ties="breslow",
    ).fit(tol=1e-12)
    weights = [np.array([0, 1, 60]), np.array([1, -2, 0])]
    for row, ratio, weight in zip(
        answer.tables["contrasts"].rows, answer.tables["contrast_ratios"].rows, weights, strict=True
    ):
        value, error = weight @ fit.params, np.sqrt(weight @ fit.cov_params() @ weight)
        assert row[1:3] == (pytest.approx(value, rel=1e-6), pytest.approx(error, rel=1e-6))
        ends = np.exp(value + np.array([0, -1, 1]) * norm.ppf(0.975) * error)
        assert ratio[1:] == pytest.approx(tuple(ends), rel=1e-6)
    assert [row[:2] for row in answer.tables["tests"].rows] == [
        ("age", 1),
        ("treated", 1),
        ("age:treated", 1),
    ]
    for row, value, error in zip(answer.tables["tests"].rows, fit.params, fit.bse, strict=True):
        assert row[2] == pytest.approx((value / error) ** 2, rel=1e-6)
        assert row[3] == pytest.approx(2 * norm.sf(abs(value / error)), rel=1e-5)


def test_a_combination_of_what_is_not_there(tmp_path: Path) -> None:
    """Is refused with the query: there is no intercept."""
    told = {"time": "months", "event": "died", "formula": "age", "contrasts": ["(Intercept) + age"]}
    with pytest.raises(FedcliError) as error:
        converged(Cox.read(told, "a test"), dictionary_of(DRAWN), [drawn(300, 1)], tmp_path)
    assert error.value.code == "Q-CONTRAST"


def entering(rows: int, seed: int) -> pa.Table:
    """The same, of whom half enter late, by months in which others have their event; some in their last."""
    table, lots = drawn(rows, seed), np.random.default_rng(1000 + seed)
    begins = np.floor(lots.uniform(0, 1.02, rows) * table["months"].to_numpy()).astype(np.int64)
    return table.append_column("begins", pa.array(np.where(lots.random(rows) < 0.5, 0, begins)))


@pytest.mark.parametrize("ties", ["breslow", "efron"])
@pytest.mark.parametrize("until", [None, 12])
def test_late_entry(tmp_path: Path, ties: str, until: int | None) -> None:
    """Of several blocks: statsmodels on the rows together, without those who end before they begin."""
    tables = [entering(rows, seed) for seed, rows in enumerate((300, 9000, 17000))]
    asked = {"time": "months", "event": "died", "formula": "age * treated", "ties": ties, "until": until}
    model = Cox.read(asked | {"entry": "begins"}, "a test")
    columns = DRAWN | {"begins": {"type": "integer", "bounds": [0, 62]}}
    answer = converged(model, dictionary_of(columns), tables, tmp_path)
    whole, site = pa.concat_tables(tables), np.repeat(np.arange(3), [len(one) for one in tables])
    months, begins = whole["months"].to_numpy(), whole["begins"].to_numpy()
    dead, age = whole["died"].to_numpy(zero_copy_only=False), whole["age"].to_numpy()
    treated = whole["treated"].to_numpy(zero_copy_only=False)
    kept = begins < months
    assert (~kept).sum() > 0
    assert answer.scalars["n"] == kept.sum()
    end = np.inf if until is None else until
    seen = kept & (begins < end)
    x = np.column_stack([age, treated, age * treated]).astype(float)[seen]
    fit = PHReg(
        np.minimum(months, end)[seen],
        x,
        status=(dead & (months <= end))[seen].astype(int),
        entry=begins[seen]
        + 0.5,  # it takes who enters in a month for at risk in it; R, and we, from the next
        strata=site[seen],
        ties=ties,
    ).fit(tol=1e-12)
    found = list(coefficients(answer).values())
    assert answer.scalars["log_likelihood"] == pytest.approx(fit.llf, rel=1e-9)
    assert [one[0] for one in found] == pytest.approx(fit.params, rel=1e-7)
    assert [one[1] for one in found] == pytest.approx(fit.bse, rel=1e-7)
