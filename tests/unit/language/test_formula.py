"""The grammar of formulas beside formulaic's model matrix: the same columns, by name and by value.

formulaic evaluates Python and reads levels off the data, so that it is an oracle here and never in the
source. Its order differs (levels before numbers), so that columns are compared as a set of names.
"""

from __future__ import annotations

import itertools
import random
from typing import Any

import formulaic
import numpy as np
import pandas as pd
import pytest

from fedcli.engine.people import raw
from fedcli.errors import FedcliError
from fedcli.language.design import design
from fedcli.model.dataset import Dictionary
from fedcli.model.terms import Design
from tests.formulas import renamed

COLUMNS: dict[str, Any] = {
    "y": {"type": "real", "bounds": [-10, 10]},
    "age": {"type": "integer", "bounds": [20, 90]},
    "bmi": {"type": "real", "bounds": [15, 60]},
    "sex": {"type": "text", "levels": ["f", "m"]},
    "smoking": {"type": "text", "levels": ["never", "ex", "current"]},
    "stage": {"type": "integer", "levels": [1, 2, 3], "bounds": [1, 3]},
    "mi": {"type": "boolean"},
}
DICTIONARY = Dictionary.read({"schema": "fedcli/dictionary/1", "dataset": "d", "columns": COLUMNS}, "a test")

#: Ours, and what formulaic calls it where that is not the same text.
FORMULAS: dict[str, str | None] = dict.fromkeys(
    [
        "age",
        "age + bmi",
        "1 + age",
        "0 + age",
        "age - 1",
        "-1 + age",
        "1",
        "sex",
        "smoking",
        "0 + smoking",
        "sex + smoking - 1",
        "smoking + sex - 1",
        "0 + age + sex",
        "0 + age + sex + smoking + age:sex",
        "0 + sex:smoking",
        "sex + sex:smoking",
        "smoking + sex:smoking",
        "0 + sex + sex:smoking",
        "sex*smoking",
        "sex*smoking - sex",
        "sex*smoking - smoking",
        "sex*smoking - sex:smoking",
        "age*sex",
        "age:sex",
        "0 + age:sex",
        "age + age:sex",
        "sex + age:sex",
        "age:smoking",
        "age*smoking - age",
        "age*smoking - smoking",
        "age*bmi",
        "age:bmi + sex",
        "(age + bmi + sex)^2",
        "(sex + smoking)^2",
        "(sex + smoking + stage)^2 - sex:stage",
        "(age + sex)*smoking",
        "sex*smoking*age",
        "sex:smoking:age",
        "sex + smoking:age",
        "stage",
        "C(stage)",
        "C(stage)*sex",
        "C(stage):sex - 1",
        "C(stage):age",
        "stage:sex",
        "C(sex) + age",
        "age + age",
        "sex:sex",
        "age*age",
        "age + (bmi - bmi) + sex",
    ]
) | {
    "log(age)": "np.log(age)",
    "log1p(age) + sqrt(bmi)": "np.log1p(age) + np.sqrt(bmi)",
    "log(age)*sex": "np.log(age)*sex",
    "scale(age, 50, 10)": "I((age - 50) / 10)",
    "scale(log(age), 3, 2):sex": "I((np.log(age) - 3) / 2):sex",
    "pow(age, 2) + age": "I(age**2) + age",
    "pow(scale(age, 50, 10), 3)": "I(((age - 50) / 10)**3)",
    "bs(age, 40, 55)": "bs(age, knots=[40, 55], lower_bound=20, upper_bound=90)",
    "bs(age)": "bs(age, lower_bound=20, upper_bound=90)",
    "bs(age, 40)*sex": "bs(age, knots=[40], lower_bound=20, upper_bound=90)*sex",
    "sex:bs(age, 40)": "sex:bs(age, knots=[40], lower_bound=20, upper_bound=90)",
    "bs(age, 40):bs(bmi, 25) + bmi": (
        "bs(age, knots=[40], lower_bound=20, upper_bound=90)"
        ":bs(bmi, knots=[25], lower_bound=15, upper_bound=60) + bmi"
    ),
    "bs(age, 50, lower = 30, upper = 80) - 1": (
        "bs(age, knots=[50], lower_bound=30, upper_bound=80, extrapolation='extend') - 1"
    ),
}


def _frame() -> pd.DataFrame:
    """Every combination of levels, with numbers beside."""
    chance = random.Random(3)
    levels = [DICTIONARY.columns[name].categories for name in ("sex", "smoking", "stage", "mi")]
    rows = [
        [*chosen, chance.uniform(-10, 10), chance.randint(20, 90), chance.uniform(15, 60)]
        for chosen in itertools.product(*levels)
    ]
    return pd.DataFrame(rows, columns=["sex", "smoking", "stage", "mi", "y", "age", "bmi"])


def _designed(formula: str) -> Design:
    return design(f"y ~ {formula}", DICTIONARY, "a test")


def _ours(formula: str, frame: pd.DataFrame) -> dict[frozenset[str], Any]:
    rows = frame.to_dict("records")
    return {
        frozenset(term.name.split(":")): np.array([raw(term, row) for row in rows])
        for term in _designed(formula).terms
    }


def _theirs(ours: str, told: str, frame: pd.DataFrame) -> dict[frozenset[str], Any]:
    """With levels as categories in the dictionary's order, and names as R and we write them."""
    typed = frame.assign(
        sex=pd.Categorical(frame["sex"], ["f", "m"]),
        smoking=pd.Categorical(frame["smoking"], ["never", "ex", "current"]),
    )
    found = formulaic.model_matrix(told, typed)
    names = renamed(list(found.columns), ours, told)
    return {frozenset(ours): found[name].to_numpy(float) for name, ours in names.items()}


@pytest.mark.parametrize("formula", FORMULAS)
def test_the_same_columns_as_formulaic(formula: str) -> None:
    """Names, and values to floating point."""
    frame = _frame()
    told = FORMULAS[formula] or formula
    ours = _ours(formula, frame)
    theirs = _theirs(formula, told, frame)
    assert ours.keys() == theirs.keys()
    for name, column in ours.items():
        np.testing.assert_allclose(column, theirs[name], rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("formula", ["sex:smoking", "(age + sex):smoking", "sex:smoking:age + age"])
def test_products_without_what_they_are_made_of(formula: str) -> None:
    """R codes each category by all its levels and has a column too many; formulaic has none: one span.

    R's `model.matrix(~ a:b)` has the intercept and every combination (terms.object, the code 2).
    """
    frame = _frame()
    ours = np.column_stack(list(_ours(formula, frame).values()))
    theirs = np.column_stack(list(_theirs(formula, formula, frame).values()))
    assert ours.shape[1] > theirs.shape[1] == np.linalg.matrix_rank(theirs)
    assert np.linalg.matrix_rank(np.hstack([ours, theirs])) == theirs.shape[1]


def test_names_and_order_are_r_s() -> None:
    """Terms by degree; within a term the first variable runs fastest; a basis counts from 1."""
    names = [term.name for term in _designed("smoking*mi + bs(age, 50) + poly(bmi, 2) + ns(age)").terms]
    basis = [f"bs(age, 50){at}" for at in (1, 2, 3, 4)]
    assert names == [
        "(Intercept)", "smokingex", "smokingcurrent", "miTRUE", *basis,
        "legendre(bmi, 2)1", "legendre(bmi, 2)2", "ns(age)", "smokingex:miTRUE", "smokingcurrent:miTRUE",
    ]  # fmt: skip
    ended = _designed("ns(age, 40.5, 55, lower = 25, upper = 85)").terms[1].name
    assert ended == "ns(age, 40.5, 55, lower = 25, upper = 85)1"


WRONG = {
    "bs(age, df = 4)": "'df' is nothing that bs() takes",
    "bs(age, 55, 40)": "from small to large",
    "bs(age, 40, 40)": "from small to large",
    "bs(age, 10)": "within the bounds 20 to 90",
    "ns(age, 40, lower = 50)": "lie between its ends",
    "ns(age, 30, lower = 95)": "lie between its ends",
    "ns(age, lower = 30, 40)": "stand before its ends",
    "ns(age, lower = 30, lower = 40)": "'lower' is nothing that ns() takes",
    "ns(age, lower, 40)": "'=' is missing",
    f"ns(age, {', '.join(map(str, range(40, 53)))})": "up to 12 knots",
    "bs(log(age), 4)": "bs() is of a column itself",
    "bs(bs(age, 40), 50)": "bs() is of a column itself",
    "scale(bs(age, 40), 1, 2)": "scale() is not of what stands in it",
    "pow(ns(age, 40), 2)": "pow() is not of what stands in it",
    "poly(scale(age, 1, 2), 2)": "poly() is not of what stands in it",
    "C(poly(age, 2))": "C() is of a column itself",
    "poly(age, 5)": "poly takes a degree from 1 to 4",
    "poly(age)": "',' is missing",
    "exp(age)": "there is no exp(); there are log(), log1p()",
    "I(age)": "there is no I()",
    "age; bmi": "a character that formulas do not have",
    "age +": "ends too soon",
    "log(age": "')' is missing at the end",
    "bs(age, 40 50)": "')' is missing before '50'",
    "pow(age, 2.5)": "'2.5' is no whole number",
    "age bmi": "'bmi' cannot stand there",
    "y": "the outcome explains itself",
    "bs(y, 0)": "the outcome explains itself",
    ":".join(f"{kind}({name}, 50.1234567890123, 51.1234567890123, 52.1234567890123)" for kind in ("bs", "ns")
             for name in ("age", "bmi")): "more than",
}  # fmt: skip


@pytest.mark.parametrize("formula", WRONG)
def test_what_the_grammar_does_not_have(formula: str) -> None:
    """Refused as Q-FORMULA, which names what is wrong."""
    with pytest.raises(FedcliError) as error:
        _designed(formula)
    assert error.value.code == "Q-FORMULA"
    assert WRONG[formula] in str(error.value)


@pytest.mark.parametrize("outcome", ["bs(y, 0)", "poly(y, 2)"])
def test_a_basis_is_no_outcome_and_no_offset(outcome: str) -> None:
    """It is several numbers."""
    with pytest.raises(FedcliError, match="cannot be the outcome"):
        design(f"{outcome} ~ age", DICTIONARY, "a test")
    with pytest.raises(FedcliError, match="an offset is one column"):
        design("y ~ age", DICTIONARY, "a test", offset="poly(bmi, 2)")


def test_splines_are_of_numbers() -> None:
    """A category has no knots."""
    with pytest.raises(FedcliError) as error:
        _designed("bs(sex, 1)")
    assert error.value.code == "Q-TYPE"
