"""How far natural sites differ: beside fits of each site alone by statsmodels, under `evaluation`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
import statsmodels.api as sm

from tests.oracle.conftest import CNSIM, HEART
from tests.oracle.rehearsals import rehearsed, write_dictionary

CHOLESTEROL = 'id = "line"\nanalytic = "glm"\nfamily = "gaussian"\nformula = "LAB_TSC ~ LAB_TRIG"'
DIABETES = (
    'id = "odds"\nanalytic = "glm"\nfamily = "binomial"\n'
    'formula = "DIS_DIAB ~ GENDER + PM_BMI_CONTINUOUS + LAB_HDL"'
)
MEANS = 'id = "means"\nanalytic = "summary"\ncolumns = ["LAB_TSC"]\nby = ["GENDER"]'
DISEASE = 'id = "disease"\nanalytic = "glm"\nfamily = "binomial"\nformula = "disease ~ age + sex"'


@pytest.fixture(scope="module")
def studies(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The three studies of CNSIM: the results of all analyses."""
    folder = tmp_path_factory.mktemp("between")
    dictionary = write_dictionary(folder / "cnsim.toml", "cnsim", CNSIM)
    data = shared / "federations" / "datashield_cnsim"
    ended = rehearsed(folder, [CHOLESTEROL, DIABETES, MEANS], data, dictionary, "evaluation")
    results = ended.data["results"]
    assert isinstance(results, dict)
    return results


def rows(analysis: Any, table: str) -> dict[tuple[Any, ...], tuple[float, ...]]:
    """The rows of a table between sites, by what they are of."""
    found = analysis["between"][table]
    first = next(at for at, name in enumerate(found["columns"]) if name in ("estimate", "sites", "random"))
    return {tuple(row[:first]): tuple(row[first:]) for row in found["rows"]}


def study(shared: Path, number: int, *names: str) -> tuple[np.ndarray[Any, Any], ...]:
    """Columns of a study, without rows that lack one of them."""
    table = pq.read_table(shared / "federations" / "datashield_cnsim" / f"study{number}.parquet")
    table = table.select(list(names)).drop_null()
    return tuple(table[name].cast(pa.float64()).to_numpy() for name in names)


def test_a_linear_model(studies: dict[str, Any], shared: Path) -> None:
    """The coefficients and errors of each study alone, and the heterogeneity of the oracle."""
    told = rows(studies["line"], "by_site")
    for number in (1, 2, 3):
        y, x = study(shared, number, "LAB_TSC", "LAB_TRIG")
        alone = sm.OLS(y, sm.add_constant(x)).fit()
        for place, term in enumerate(("(Intercept)", "LAB_TRIG")):
            found = told[term, f"study{number}"][:2]
            assert found == pytest.approx((alone.params[place], alone.bse[place]), rel=1e-8)
    known = json.loads((shared / "oracles" / "meta_analysis.json").read_text())[
        "CNSIM LAB_TSC~LAB_TRIG: LAB_TRIG"
    ]
    table = studies["line"]["between"]["heterogeneity"]
    [line] = [row for row in table["rows"] if row[0] == "LAB_TRIG"]
    figures = dict(zip(table["columns"], line, strict=True))
    assert figures["sites"] == 3
    assert figures["q"] == pytest.approx(known["Q"], rel=1e-7)
    assert figures["p_value"] == pytest.approx(known["Q_p"], rel=1e-7)
    assert figures["tau2_dl"] == pytest.approx(known["tau2_DL"], rel=1e-6)
    assert figures["fixed"] == pytest.approx(known["fixed"]["est"], rel=1e-8)


def test_a_logistic_model(studies: dict[str, Any], shared: Path) -> None:
    """A step from the common fit is the fit of a study alone to first order: within a fifth of its error."""
    told = rows(studies["odds"], "by_site")
    terms = list(dict.fromkeys(term for term, _ in told))
    for number in (1, 2, 3):
        y, *x = study(shared, number, "DIS_DIAB", "GENDER", "PM_BMI_CONTINUOUS", "LAB_HDL")
        alone = sm.Logit(y, sm.add_constant(np.column_stack(x))).fit(disp=0)
        for place, term in enumerate(terms):
            estimate, error, *_ = told[term, f"study{number}"]
            assert abs(estimate - alone.params[place]) < 0.2 * alone.bse[place], term
            assert error == pytest.approx(alone.bse[place], rel=0.15)


def test_means(studies: dict[str, Any], shared: Path) -> None:
    """Of each study and sex, with the error of a mean; what is pooled lies between them."""
    told = rows(studies["means"], "by_site")
    for number in (1, 2, 3):
        values, gender = study(shared, number, "LAB_TSC", "GENDER")
        for level in (0, 1):
            mine = values[gender == level]
            error = mine.std(ddof=1) / np.sqrt(len(mine))
            assert told["LAB_TSC", level, f"study{number}"][:2] == pytest.approx(
                (mine.mean(), error), rel=1e-10
            )
    left = rows(studies["means"], "leave_one_out")
    assert {place[-1] for place in left} == {"study1", "study2", "study3"}


def test_a_site_whose_own_fit_does_not_end(shared: Path, tmp_path: Path) -> None:
    """The Swiss hospital has almost nobody without disease: alone it is separated; here its error is wide."""
    data = tmp_path / "sites"
    data.mkdir()
    for file in (shared / "federations" / "uci_heart").glob("*.parquet"):
        table = pq.read_table(file)
        disease = pc.greater(table["num"], 0).cast(pa.int64())
        pq.write_table(table.append_column("disease", disease), data / file.name)
    binary = 'type = "integer"\nlevels = [0, 1]'
    dictionary = write_dictionary(tmp_path / "heart.toml", "heart", HEART | {"disease": binary})
    ended = rehearsed(tmp_path, [DISEASE], data, dictionary, "evaluation")
    told = rows(ended.data["results"]["disease"], "by_site")
    sites = {site for _, site in told}
    assert sites == {"cleveland", "hungarian", "switzerland", "va"}
    assert all(np.isfinite(number) for numbers in told.values() for number in numbers)
    errors = {site: error for (term, site), (_, error, *_) in told.items() if term == "age"}
    assert max(errors, key=errors.__getitem__) == "switzerland"
