"""The page of formulas: its examples are read, and it leaves out nothing that the grammar has."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from fedcli.errors import FedcliError
from fedcli.language.design import design
from fedcli.language.formula import KNOWN
from fedcli.model.dataset import Dictionary

PAGE = (Path(__file__).parents[2] / "docs" / "formulas.md").read_text()
EXAMPLES = [line for block in re.findall(r"```formula\n(.*?)```", PAGE, re.S) for line in block.splitlines()]
VALUES = re.findall(r"^\| `([^`]*\([^`]*\))`.*?\| (`[^|]*) \|$", PAGE, re.M)
COLUMNS = {
    "diabetes": {"type": "boolean"},
    "sex": {"type": "text", "levels": ["f", "m"]},
    "smoking": {"type": "text", "levels": ["never", "ex", "current"]},
    "stage": {"type": "integer", "levels": [1, 2, 3], "bounds": [1, 3]},
    "visits": {"type": "integer", "bounds": [0, 100]},
    "age": {"type": "integer", "bounds": [18, 100]},
    "x": {"type": "integer", "bounds": [18, 100]},
    "bmi": {"type": "real", "bounds": [10, 80]},
}
DICTIONARY = Dictionary.read({"schema": "fedcli/dictionary/1", "dataset": "d", "columns": COLUMNS}, "a page")


def _names(formula: str) -> list[str]:
    return [term.name for term in design(formula, DICTIONARY, "a page").terms]


@pytest.mark.parametrize("formula", EXAMPLES)
def test_examples_are_read(formula: str) -> None:
    """Each means some columns."""
    assert len(_names(formula)) > 1


@pytest.mark.parametrize(("value", "told"), [pair for pair in VALUES if "log1p" not in pair[0]])
def test_names_are_those_of_results(value: str, told: str) -> None:
    """The first and the last one that the table tells."""
    names, said = _names(f"bmi ~ {value}")[1:], re.findall(r"`([^`]+)`", told)
    assert names[0] == said[0]
    assert names[-1].endswith(said[-1].removeprefix("…"))


def test_every_function_is_told() -> None:
    """In the first column of a table, and in an example where it is not told in words."""
    firsts = "\n".join(line.split("|")[1] for line in PAGE.splitlines() if line.startswith("| `"))
    for name in KNOWN:
        assert f"{name}(" in firsts, name
    assert len(VALUES) == 8


@pytest.mark.parametrize("formula", re.findall(r"`(\w+\([^`]*\))`", PAGE.split("## Not part of it")[1]))
def test_what_is_not_part_of_it(formula: str) -> None:
    """Refused, as the page says."""
    with pytest.raises(FedcliError) as error:
        _names(f"bmi ~ {formula.replace('()', '(x)')}")
    assert error.value.code == "Q-FORMULA"
