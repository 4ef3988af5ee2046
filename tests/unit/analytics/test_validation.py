"""What a score cannot be, and which level of an outcome is the one that it predicts."""

from __future__ import annotations

from typing import Any

import pytest

from fedcli.analytics.validation import Validation
from fedcli.errors import FedcliError
from fedcli.model.dataset import Dictionary
from fedcli.statistics.rows import OutlineRows
from fedcli.statistics.seal import Outline

DICTIONARY = Dictionary.read(
    {
        "schema": "fedcli/dictionary/1",
        "dataset": "d",
        "columns": {
            "ill": {"type": "boolean"},
            "turned": {"type": "integer", "levels": [1, 0]},
            "number": {"type": "integer", "bounds": [0, 1]},
            "group": {"type": "text", "levels": ["a", "b", "c"]},
            "age": {"type": "real", "bounds": [0, 100]},
        },
    },
    "a test",
)
NUMBERS = {"(Intercept)": -1.0, "age": 0.02}


def asked(**change: Any) -> Validation:
    """A score of age."""
    told = {"formula": "ill ~ age", "coefficients": NUMBERS, "bins": 4} | change
    return Validation.read(told, "a test").resolved(DICTIONARY, "a test")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"coefficients": {"age": 0.02}}, "Q-SCORE"),
        ({"coefficients": NUMBERS | {"sex": 1.0}}, "Q-SCORE"),
        ({"coefficients": NUMBERS | {"ageb": 1.0}}, "Q-SCORE"),
        ({"formula": "ill ~ 1", "coefficients": {"(Intercept)": 1.0}}, "Q-SCORE"),
        (
            {
                "formula": "ill ~ ns(age, 50)",
                "coefficients": {"(Intercept)": 0.0, "ns(age, 50)1": 1.0, "ns(age, 50)2": 1.0},
            },
            "Q-SCORE",
        ),
        ({"formula": "ill ~ age + turned", "coefficients": NUMBERS | {"turned": 1.0}, "by": "turned"}, ""),
        ({"by": "ill"}, "Q-SCORE"),
        ({"formula": "group ~ age"}, "Q-OUTCOME"),
        ({"formula": "age ~ number", "coefficients": {"(Intercept)": 0.0, "number": 1.0}}, "Q-OUTCOME"),
        ({"formula": "number ~ age"}, "Q-LEVELS"),
        ({"threshold": 0.3}, "F-SCHEMA"),
        ({"coefficients": {"(Intercept)": float("1e308"), "age": -0.02}}, ""),
    ],
)
def test_what_a_score_can_be(change: dict[str, Any], code: str) -> None:
    """One coefficient for each column, no splines, and an outcome of two levels that is nothing else."""
    if not code:
        assert asked(**change).design is not None
        return
    with pytest.raises(FedcliError) as caught:
        asked(**change)
    assert caught.value.code == code


def test_the_level_that_is_predicted() -> None:
    """Of a column of 0 and 1 it is 1, in whatever order its levels are declared."""
    question = asked(formula="turned ~ age", by="group")
    sealed = question.local(OutlineRows(DICTIONARY))
    assert isinstance(sealed, Outline)
    shape = sealed.shape
    assert [len(axis.levels) for axis in shape.axes] == [4, 2, 3]
    counts = [0] * 24
    counts[0 * 6 + 0 * 3 + 1] = 7  # in the lowest bin, of level 1, in group b
    counts[3 * 6 + 1 * 3 + 1] = 5  # in the highest, of level 0
    answer = question.answer(shape.having({"count": tuple(counts), "missing": (2,)}))
    assert (answer.scalars["n"], answer.scalars["events"], answer.scalars["auc"]) == (12, 7, 0.0)
    assert [row[:4] for row in answer.tables["groups"].rows] == [
        ("a", 0, 0, None),
        ("b", 12, 7, 0.0),
        ("c", 0, 0, None),
    ]


def test_two_scores_are_two_axes() -> None:
    """Else an audit would take what they tell for one column."""
    names = set()
    for number in (0.02, 0.03):
        sealed = asked(coefficients=NUMBERS | {"age": number}).local(OutlineRows(DICTIONARY))
        assert isinstance(sealed, Outline)
        names.add(sealed.shape.axes[0].name)
    assert len(names) == 2
