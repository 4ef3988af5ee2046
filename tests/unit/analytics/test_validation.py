"""What a score cannot be, and which level of an outcome is the one that it predicts."""

from __future__ import annotations

from typing import Any

import pytest

from fedcli.analytics.validation import Validation
from fedcli.errors import FedcliError
from fedcli.model.dataset import Dictionary
from fedcli.model.scoring import Layered
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


def below(column: str, **told: Any) -> dict[str, Any]:
    """Trees of one split."""
    return {"start": 0.0, "trees": [{"nodes": split(column, **told)}]}


def split(column: str, left: int = 1, right: int = 2, **told: Any) -> list[dict[str, Any]]:
    """A split and two leaves."""
    return [{"column": column, "left": left, "right": right} | told, {"value": 0.0}, {"value": 1.0}]


NETWORK = {
    "centres": [50.0],
    "scales": [25.0],
    "activation": "relu",
    "layers": [{"weights": [[1.0]], "biases": [0.0]}, {"weights": [[1.0]], "biases": [0.0]}],
}
#: A way down that forks at every node, and meets again at the next: it has two ways for each node more.
MEETING = [
    *({"column": "age", "below": 50, "left": at + 1, "right": at + 1} for at in range(20)),
    {"value": 0.0},
]
DEEP = [
    node
    for at in range(25)
    for node in ({"column": "age", "below": 50, "left": 2 * at + 2, "right": 2 * at + 1}, {"value": 0.0})
] + [{"value": 0.0}]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"trees": below("age", below=50)}, ""),
        ({"trees": below("group", level="c"), "formula": "ill ~ age + group"}, ""),
        ({"trees": below("turned", level=0), "formula": "ill ~ age + C(turned)"}, ""),
        ({"trees": below("turned", level=False), "formula": "ill ~ age + C(turned)"}, "Q-SCORE"),
        ({"trees": below("turned", below=1), "formula": "ill ~ age + C(turned)"}, "Q-SCORE"),
        ({"trees": below("age", level=50)}, "Q-SCORE"),
        ({"trees": below("group", level="d"), "formula": "ill ~ age + group"}, "Q-SCORE"),
        ({"trees": below("group", level="c")}, "Q-SCORE"),
        ({"trees": below("number", below=1)}, "Q-SCORE"),
        ({"trees": below("nowhere", below=1)}, "Q-SCORE"),
        ({"trees": below("age", below=50), "formula": "ill ~ log1p(age)"}, "Q-SCORE"),
        ({"trees": below("age", below=50), "formula": "ill ~ age:number"}, "Q-SCORE"),
        ({"trees": below("turned", below=1), "formula": "ill ~ turned + C(turned)"}, "Q-SCORE"),
        ({"trees": below("age", below=50, level=1)}, "F-SCHEMA"),
        ({"trees": below("age")}, "F-SCHEMA"),
        ({"trees": below("age", below=50, left=0)}, "F-SCHEMA"),
        ({"trees": below("age", below=50, right=3)}, "F-SCHEMA"),
        ({"trees": {"start": 0.0, "trees": [{"nodes": MEETING}]}}, "F-SCHEMA"),
        ({"trees": {"start": 0.0, "trees": [{"nodes": DEEP}]}}, "F-SCHEMA"),
        ({"trees": {"start": 0.0, "trees": [{"nodes": DEEP[2:]}]}}, "F-SCHEMA"),
        ({"trees": {"start": 0.0, "trees": [{"nodes": split("age", below=50)}] * 1700}}, "F-SCHEMA"),
        ({"trees": below("age", below="50")}, "F-SCHEMA"),
        ({"trees": below("age", below=50), "coefficients": NUMBERS}, "F-SCHEMA"),
        ({"network": NETWORK}, ""),
        ({"network": NETWORK, "formula": "ill ~ age + number"}, "Q-SCORE"),
        ({"network": NETWORK | {"scales": [0.0]}}, "F-SCHEMA"),
        ({"network": NETWORK | {"activation": "__import__('os')"}}, "F-SCHEMA"),
        ({"network": NETWORK | {"layers": NETWORK["layers"][:1]}}, "F-SCHEMA"),  # type: ignore[index]
        ({"network": NETWORK | {"centres": [1.0, 2.0], "scales": [1.0, 2.0]}}, "F-SCHEMA"),
        ({}, "F-SCHEMA"),
    ],
)
def test_what_other_scores_can_be(change: dict[str, Any], code: str) -> None:
    """Trees split columns of the formula as they are, each way ends and none meet; a network fits them."""
    change = {"coefficients": None} | change
    if not code:
        assert asked(**change).design is not None
        return
    with pytest.raises(FedcliError) as caught:
        asked(**change)
    assert caught.value.code == code


@pytest.mark.parametrize(("inputs", "fits"), [(75, True), (77, False)])
def test_the_largest_network(inputs: int, fits: bool) -> None:
    """So many weights and biases, and no more."""
    layers = [
        {"weights": [[1.0] * inputs] * 64, "biases": [0.0] * 64},
        {"weights": [[1.0] * 64], "biases": [0.0]},
    ]
    told = NETWORK | {"centres": [0.0] * inputs, "scales": [1.0] * inputs, "layers": layers}
    if fits:
        assert Layered.read(told, "a test").weights == 4929
        return
    with pytest.raises(FedcliError, match="F-SCHEMA"):
        Layered.read(told, "a test")


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
    others = [{"trees": below("age", below=50)}, {"trees": below("age", below=51)}, {"network": NETWORK}]
    others += [{"network": NETWORK | {"centres": [49.0]}}]
    some = [{"coefficients": NUMBERS | {"age": number}} for number in (0.02, 0.03)]
    for one in [*some, *({"coefficients": None} | other for other in others)]:
        sealed = asked(**one).local(OutlineRows(DICTIONARY))
        assert isinstance(sealed, Outline)
        names.add(sealed.shape.axes[0].name)
    assert len(names) == 6
