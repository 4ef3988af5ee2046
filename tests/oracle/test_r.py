"""What R says of the same rows, over natural sites and random splits, in exact sums as of `evaluation`."""

from __future__ import annotations

import json
from functools import reduce
from itertools import combinations
from operator import add
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from fedcli.analytics.correlation import Correlation
from fedcli.analytics.cox import Cox
from fedcli.analytics.glm import Glm
from fedcli.engine.duckdb import DuckRows
from fedcli.engine.opening import open_source
from fedcli.model.vault import Source
from tests.oracle.fits import converged, dictionary_of, split
from tests.oracle.test_cox import BRCA
from tests.oracle.test_models import CNSIM

MODELS = {
    "glm_CNSIM_binomial_interaction": ("binomial", "DIS_DIAB ~ GENDER * PM_BMI_CONTINUOUS + LAB_HDL"),
    "glm_CNSIM_binomial_main": ("binomial", "DIS_DIAB ~ GENDER + PM_BMI_CONTINUOUS + LAB_HDL"),
    "glm_CNSIM_gaussian": ("gaussian", "LAB_TSC ~ LAB_TRIG"),
}
splits = pytest.mark.parametrize("how", ["natural", "dealt"])


@pytest.fixture(scope="module")
def known(shared: Path) -> dict[str, Any]:
    """R's figures."""
    told: dict[str, Any] = json.loads((shared / "oracles" / "r_oracles.json").read_text())
    return told


def _studies(shared: Path, how: str, names: list[str]) -> list[pa.Table]:
    files = sorted((shared / "federations" / "datashield_cnsim").glob("*.parquet"))
    tables = [pq.read_table(file, columns=names) for file in files]
    return split(tables, 7) if how == "dealt" else tables


@splits
@pytest.mark.parametrize("errors", [None, "HC0", "HC3"])
@pytest.mark.parametrize("name", MODELS)
def test_models(
    name: str, errors: str | None, how: str, known: dict[str, Any], shared: Path, tmp_path: Path
) -> None:
    """R's `glm` and `sandwich`: coefficients to 1e-8, deviances and likelihood to 1e-9; errors to 2e-7, since
    R stops where the deviance changes by less than 1e-8 of itself.
    """
    family, formula = MODELS[name]
    asked = Glm.read({"family": family, "formula": formula, "errors": errors}, "a test")
    names = [one for one in CNSIM if one in formula]
    columns = {one: CNSIM[one] for one in names}
    answer = converged(asked, dictionary_of(columns), _studies(shared, how, names), tmp_path)
    told = known[name]
    rows = answer.tables["coefficients"].rows
    assert [row[0] for row in rows] == told["terms"]
    assert [row[1] for row in rows] == pytest.approx(told["coef"], rel=1e-8)
    assert [row[2] for row in rows] == pytest.approx(told[f"{errors}_se" if errors else "se"], rel=2e-7)
    names_of = {
        "deviance": "deviance",
        "null_deviance": "null_deviance",
        "aic": "aic",
        "log_likelihood": "loglik",
    }
    for ours, theirs in names_of.items():
        assert answer.scalars[ours] == pytest.approx(told[theirs], rel=1e-9), ours
    assert (answer.scalars["n"], answer.scalars["df_residual"]) == (told["n"], told["df_resid"])


@pytest.mark.parametrize("ties", ["breslow", "efron"])
def test_hazards_by_centre(ties: str, known: dict[str, Any], shared: Path, tmp_path: Path) -> None:
    """R's `coxph` with a stratum for each of six centres: the fit, its likelihoods and its score test.

    R leaves out those who left on the first day, whom no event compares.
    """
    told = known["cox_tcga_age_strat"][ties]
    files = sorted((shared / "federations" / "tcga_brca").glob("*.parquet"))
    tables = [pq.read_table(file) for file in files]
    sites = [
        pa.table({"age": one["age_at_index"], "T": one["T"], "dead": pc.equal(one["E"], 1)}) for one in tables
    ]
    columns = {name: BRCA[name] for name in ("age", "T", "dead")}
    asked = Cox.read({"time": "T", "event": "dead", "formula": "age", "ties": ties}, "a test")
    answer = converged(asked, dictionary_of(columns), sites, tmp_path)
    [row] = answer.tables["coefficients"].rows
    assert row[1:3] == (pytest.approx(told["coef"], rel=1e-8), pytest.approx(told["se"], rel=1e-7))
    assert answer.scalars["events"] == told["nevent"]
    null, at = told["loglik"]
    assert answer.scalars["log_likelihood"] == pytest.approx(at, rel=1e-9)
    assert answer.scalars["lr_statistic"] == pytest.approx(2 * (at - null), rel=1e-8)
    assert answer.scalars["score_statistic"] == pytest.approx(told["score"], rel=1e-8)


@splits
def test_correlations_of_complete_rows(how: str, shared: Path, tmp_path: Path) -> None:
    """pandas' of the rows that lack none of five columns."""
    told = json.loads((shared / "oracles" / "descriptive.json").read_text())["correlation"]
    told = told["CNSIM complete-case"]
    bounds = {"LAB_GLUC_ADJUSTED": {"type": "real", "bounds": [0, 30]}}
    dictionary = dictionary_of({name: (CNSIM | bounds)[name] for name in told["cols"]})
    asked = Correlation(columns=tuple(told["cols"])).resolved(dictionary, "a test")
    shapes = []
    for at, table in enumerate(_studies(shared, how, told["cols"])):
        pq.write_table(table, path := tmp_path / f"{at}.parquet")
        source = open_source(Source(kind="parquet", paths=(str(path),)), 500)
        rows = DuckRows(source, dictionary, None, asked.reads())
        shapes.append(asked.local(rows).unseal_for_the_gate()[0])  # type: ignore[attr-defined]
    answer = asked.answer(reduce(add, shapes))
    assert answer.scalars["n"] == told["n"]
    found = {(row[0], row[1]): row[2] for row in answer.tables["correlations"].rows}
    for (i, one), (j, other) in combinations(enumerate(told["cols"]), 2):
        assert found[one, other] == pytest.approx(told["pearson"][i][j], rel=1e-10), (one, other)
