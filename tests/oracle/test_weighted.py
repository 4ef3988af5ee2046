"""Prior weights, and errors clustered by person, beside statsmodels' on the pooled rows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import statsmodels.api as sm
from statsmodels.datasets import fair

from fedcli.errors import DataFault
from fedcli.model.dataset import Dictionary
from fedcli.model.result import Answer
from tests.oracle.fits import Model, fitted

COLUMNS: dict[str, Any] = {
    "person": {"type": "text", "sensitivity": "identifier"},
    "visit": {"type": "text", "sensitivity": "identifier"},
    "affair": {"type": "integer", "levels": [0, 1]},
    "children": {"type": "integer", "bounds": [0, 6]},
    "age": {"type": "real", "bounds": [17, 43]},
    "religious": {"type": "real", "bounds": [1, 4]},
    "educ": {"type": "real", "bounds": [0, 25]},
}
FORMULAS = {
    "binomial": "affair ~ age + religious",
    "gaussian": "educ ~ age + religious",
    "poisson": "children ~ age + religious",
}
FAMILIES = {
    "binomial": sm.families.Binomial(),
    "gaussian": sm.families.Gaussian(),
    "poisson": sm.families.Poisson(),
}
every = pytest.mark.parametrize("family", FORMULAS)


def _frame() -> pd.DataFrame:
    """Couples, of whom every few count as the visits of one person; some weigh nothing."""
    data = fair.load_pandas().data.iloc[:3000].reset_index(drop=True)
    number = np.arange(len(data))
    return data.assign(
        affair=(data["affairs"] > 0).astype(int),
        children=np.floor(data["children"]).astype(int),
        person=[f"p{at // (1 + at % 4)}" for at in number],
        visit=[f"v{at}" for at in number],
    )


def _sites(frame: pd.DataFrame) -> list[pa.Table]:
    """Three sites; a person is at one of them."""
    place = frame["person"].map({one: at % 3 for at, one in enumerate(sorted(set(frame["person"])))})
    kept = frame[list(COLUMNS)]
    return [pa.Table.from_pandas(kept[place == at], preserve_index=False) for at in range(3)]


def _dictionary(**more: Any) -> Dictionary:
    head = {"schema": "fedcli/dictionary/1", "dataset": "d", "columns": COLUMNS}
    return Dictionary.read({**head, **more}, "a test")


def _x(frame: pd.DataFrame) -> Any:
    return sm.add_constant(frame[["age", "religious"]].to_numpy(float))


def _y(frame: pd.DataFrame, family: str) -> Any:
    return frame[FORMULAS[family].split(" ")[0]].to_numpy(float)


def _lines(answer: Answer) -> Any:
    return np.array([row[1:3] for row in answer.tables["coefficients"].rows], float)


@every
def test_prior_weights(family: str, tmp_path: Path) -> None:
    """Coefficients, errors and deviances of weighted rows; who weighs nothing is left out, as in R."""
    frame = _frame()
    model = Model("", "", family, FORMULAS[family])
    answer = fitted(model, _dictionary(), _sites(frame), tmp_path, weights="educ")
    weighed = frame.assign(w=frame["educ"])
    fit = sm.GLM(
        _y(weighed, family), _x(weighed), family=FAMILIES[family], var_weights=weighed["w"].to_numpy()
    ).fit(tol=1e-13)
    assert np.allclose(_lines(answer), np.column_stack([fit.params, fit.bse]), rtol=1e-7)
    assert answer.scalars["deviance"] == pytest.approx(fit.deviance, rel=1e-9)
    assert answer.scalars["null_deviance"] == pytest.approx(fit.null_deviance, rel=1e-9)


@every
def test_errors_clustered_by_person(family: str, tmp_path: Path) -> None:
    """The sandwich of persons' scores, with the small-sample factor of Stata and statsmodels."""
    frame = _frame()
    dictionary = _dictionary(unit="person", person_id="person", row_key="visit")
    model = Model("", "", family, FORMULAS[family])
    answer = fitted(model, dictionary, _sites(frame), tmp_path, unit="row")
    groups = pd.factorize(frame["person"])[0]
    fit = sm.GLM(_y(frame, family), _x(frame), family=FAMILIES[family]).fit(
        tol=1e-13, cov_type="cluster", cov_kwds={"groups": groups}
    )
    assert answer.scalars["persons"] == groups.max() + 1
    assert np.allclose(_lines(answer), np.column_stack([fit.params, fit.bse]), rtol=1e-7)


def test_one_row_for_each_person(tmp_path: Path) -> None:
    """With `unit = "person"` a site where somebody has two rows refuses; else the fit is plain."""
    dictionary = _dictionary(unit="person", person_id="person", row_key="visit")
    model = Model("", "", "binomial", FORMULAS["binomial"])
    with pytest.raises(DataFault) as caught:
        fitted(model, dictionary, _sites(_frame()), tmp_path, unit="person")
    assert (caught.value.code, caught.value.data_dependent) == ("D-ONCE", True)
    first = _frame().drop_duplicates("person")
    answer = fitted(model, dictionary, _sites(first), tmp_path, unit="person")
    fit = sm.GLM(_y(first, "binomial"), _x(first), family=FAMILIES["binomial"]).fit(tol=1e-13)
    assert np.allclose(_lines(answer), np.column_stack([fit.params, fit.bse]), rtol=1e-7)
