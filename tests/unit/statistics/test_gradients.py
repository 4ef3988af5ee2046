"""What gradients hide together, and how rounded counts blur them."""

from __future__ import annotations

import pytest

from fedcli.model.dataset import Dictionary
from fedcli.model.trees import Divided, Feature, Forest, Growing
from fedcli.statistics.gradients import Gradients, empty_gradients, logistic
from fedcli.statistics.shape import Mask

DICTIONARY = Dictionary.read(
    {
        "schema": "fedcli/dictionary/1",
        "dataset": "d",
        "columns": {
            "age": {"type": "integer", "bounds": [0, 80]},
            "cost": {"type": "real", "bounds": [0, 80]},
            "ill": {"type": "boolean"},
        },
    },
    "a test",
)
AGES = Feature(column="age", cuts=(20, 40))
#: The second tree, of which nothing is known yet.
LATER = Forest(
    **dict.fromkeys(("feature", "at", "left", "right", "parent"), (-1, -1)),
    **dict.fromkeys(("n", "second", "gradient", "hessian", "gain", "value"), (0.0, 0.0)),
    tree=(0, 1),
    open=(1,),
    rounds=1,
)


def of(outcome: str = "ill", forest: Forest = LATER) -> Gradients:
    classes = (False, True) if outcome == "ill" else ()
    return empty_gradients(
        Growing(outcome, Divided(classes=classes, features=(AGES,)), forest, 4), DICTIONARY
    )


def test_what_is_hidden_together() -> None:
    """A bin has all its means or none, and none without its n; its n may be told without them."""
    shape, bins = of(), 4
    assert len(shape.cells["mean"]) == 5 * bins
    whole = Mask(range(2, 5 * bins, bins))
    assert shape.linked({"n": Mask(), "mean": Mask({2 + bins})}) == {"n": Mask(), "mean": whole}
    assert shape.linked({"n": Mask({2}), "mean": Mask()}) == {"n": Mask({2}), "mean": whole}


def test_a_mean_does_not_tell_a_rounded_count() -> None:
    """Of two levels the mean of n is a count, and of whole numbers; not of other numbers."""
    mean = of().fields[1]
    for outcome, step in (("ill", 0.2), ("age", 0.2), ("cost", 0.0)):
        features = Divided(classes=(False, True) if outcome == "ill" else (), features=(AGES,))
        found = empty_gradients(Growing(outcome, features, Forest(), 4), DICTIONARY)
        assert found.having({"n": (50,) * 4, "mean": (0.5,) * 4}).step(mean, 1, "nearest-5") == step


def test_gaps() -> None:
    """A gradient of two levels lies between zero and one, a hessian below a quarter."""
    from fedcli.policy.profiles import profile

    rules, shape = profile("standard").disclosure, of()
    count, mean = shape.fields
    ends = [(gap.low, gap.high) for gap in (shape.gap(mean, 4 * at, rules, True) for at in range(5))]
    assert ends == [(0, 1)] * 3 + [(0, 0.25)] * 2
    assert shape.gap(count, 0, rules, True).high == rules.min_count - 1
    assert shape.gap(count, 0, rules, False).high is None


@pytest.mark.parametrize("score", [-800.0, -2.0, 0.0, 3.0, 800.0])
def test_logistic(score: float) -> None:
    """It adds up to one with that of the opposite, and overflows nowhere."""
    assert logistic(score) + logistic(-score) == pytest.approx(1)
    assert (logistic(score) > 0.5) == (score > 0)
