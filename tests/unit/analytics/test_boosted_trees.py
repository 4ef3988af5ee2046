"""How trees grow where sums are hidden, where leaves would be small or pure, and what cannot be asked."""

from __future__ import annotations

from typing import Any

import pytest

from fedcli.analytics.boosted_trees import BoostedTrees
from fedcli.errors import FedcliError
from fedcli.model.cells import Gap
from fedcli.model.dataset import Dictionary
from fedcli.model.trees import Forest
from fedcli.statistics.gradients import Gradients

DICTIONARY = Dictionary.read(
    {
        "schema": "fedcli/dictionary/1",
        "dataset": "d",
        "columns": {
            "age": {"type": "integer", "bounds": [0, 80]},
            "free": {"type": "real"},
            "flag": {"type": "integer", "bounds": [0, 1]},
            "ward": {"type": "text", "levels": ["a", "b", "c"]},
            "ill": {"type": "boolean"},
        },
    },
    "a test",
)
ASKED: dict[str, Any] = {
    "outcome": "ill",
    "columns": ["age"],
    "edges": {"age": (20, 40, 60)},
    "trees": 1,
    "depth": 1,
    "min_leaf": 10,
}


def model(**more: Any) -> BoostedTrees:
    return BoostedTrees.read({**ASKED, **more}, "a test").resolved(DICTIONARY, "a test")


def total(asked: BoostedTrees, n: list[int | None], ill: list[int | None]) -> Gradients:
    """The first round: of all, and of each bin, how many there are and are ill; None where it is hidden."""
    shape = asked.outline(DICTIONARY)
    assert isinstance(shape, Gradients)
    shares = [
        None if many == 0 else Gap(low=0, high=1) if many is None or some is None else some / many
        for many, some in zip(n, ill, strict=True)
    ]
    return shape.having({"n": tuple(Gap(low=0) if one is None else one for one in n), "mean": tuple(shares)})


def split(n: list[int | None], ill: list[int | None], **more: Any) -> tuple[int, list[tuple[float, float]]]:
    """The bin at which a first tree is split (-1: nowhere), and n and the ill of its leaves."""
    asked = model(**more)
    state = asked.step(None, total(asked, n, ill))
    return state.at[0], list(zip(state.n, state.second, strict=True))[1:]


def test_all_known() -> None:
    """A control: at the largest gain."""
    assert split([80, 20, 20, 20, 20], [40, 2, 6, 14, 18]) == (1, [(40, 8), (40, 32)])


@pytest.mark.parametrize("hidden", [(3,), (4,), (3, 4)])
def test_what_is_hidden_on_the_right(hidden: tuple[int, ...]) -> None:
    """Left of it everything is known, and the rest from all."""
    n: list[int | None] = [80, 20, 20, 20, 20]
    ill: list[int | None] = [40, 2, 6, 14, 18]
    for at in hidden:
        n[at] = ill[at] = None
    assert split(n, ill) == (1, [(40, 8), (40, 32)])


def test_what_is_hidden_on_the_left() -> None:
    """The same from the other end."""
    assert split([80, None, 20, 20, 20], [40, None, 6, 14, 18]) == (1, [(40, 8), (40, 32)])


def test_between_what_is_hidden() -> None:
    """Between two hidden bins neither side is known: the next best split is taken, or none."""
    assert split([80, None, 20, 20, None], [40, None, 6, 14, None]) == (-1, [])
    assert split([80, 20, None, 20, None], [40, 8, None, 1, None])[0] == 0


def test_no_small_leaf() -> None:
    """The best split would leave fewer rows than a leaf has."""
    n, ill = [80, 8, 32, 20, 20], [40, 1, 17, 11, 11]
    assert split(n, ill, min_leaf=8)[0] == 0
    assert split(n, ill, min_leaf=9)[0] == 1


def test_no_pure_leaf() -> None:
    """Nor would one side be of one outcome alone, neither the one that is known nor the rest."""
    assert split([80, 20, 20, 20, 20], [40, 0, 10, 14, 16])[0] == 1
    assert split([80, 20, 20, 20, 20], [46, 6, 10, 10, 20])[0] != 2
    assert split([40, 20, 0, 0, 20], [20, 0, 0, 0, 20]) == (-1, [])


def test_a_level() -> None:
    """One level is a side, whatever is hidden of the others."""
    asked = {"columns": ["ward"], "edges": {}}
    assert split([60, None, 20, None], [30, None, 4, None], **asked) == (1, [(20, 4), (40, 26)])


@pytest.mark.parametrize(
    ("n", "ill", "words"),
    [
        ([None, 20, 20, 20, 20], [None, 2, 6, 14, 18], "hidden"),
        ([80, 20, 20, 20, 20], [None, 2, 6, 14, 18], "hidden"),
        ([0, 0, 0, 0, 0], [0, 0, 0, 0, 0], "no rows"),
        ([80, 20, 20, 20, 20], [0, 0, 0, 0, 0], "no split"),
        ([80, 20, 20, 20, 20], [40, 10, 10, 10, 10], "no split"),
    ],
)
def test_nothing_to_grow(n: list[int | None], ill: list[int | None], words: str) -> None:
    """There is an end, and an answer without splits."""
    asked = model()
    found = total(asked, n, ill)
    state = asked.step(None, found)
    assert (state.words, state.open) == (words, ())
    assert asked.finished(state)
    answer = asked.answer_at(state, found)
    assert answer.scalars["loss"] is None
    assert len(answer.tables["nodes"].rows) == (0 if words == "hidden" else 1)
    assert (answer.scalars["n"] is None) == (words == "hidden")


def test_a_hidden_root_of_a_later_tree() -> None:
    """What was grown before stays; the loss is not asked for."""
    asked = model(trees=3)
    state = asked.step(None, total(asked, [80, 20, 20, 20, 20], [40, 2, 6, 14, 18]))
    assert state.open == (3,)
    shape = asked.outline_at(DICTIONARY, state)
    hidden = shape.having({"n": (80, 20, 20, 20, 20), "mean": (Gap(),) * 25})
    ended = asked.step(state, hidden)  # type: ignore[arg-type]
    assert (ended.words, len(ended.tree)) == ("hidden", 3)
    assert asked.answer_at(ended, hidden).scalars["trees"] == 1  # type: ignore[arg-type]


def test_a_hidden_loss() -> None:
    """It is nothing, and the trees are there."""
    asked = model()
    state = asked.step(None, total(asked, [80, 20, 20, 20, 20], [40, 2, 6, 14, 18]))
    assert state.words == "measuring"
    shape = asked.outline_at(DICTIONARY, state)
    assert shape.scalars == 3
    ended = asked.step(state, shape.having({"n": (80,), "mean": (0.2, Gap())}))  # type: ignore[arg-type]
    assert (ended.words, ended.loss) == ("grown", None)


def test_bins_that_no_row_of_a_node_can_be_in() -> None:
    """They are not asked for: a zero that everybody knows would be hidden as others are."""
    asked = model(depth=2, columns=["age", "ward"])
    split_at = {"left": (1, -1, -1), "right": (2, -1, -1), "feature": (0, -1, -1), "at": (1, -1, -1)}
    zeros = dict.fromkeys(("n", "second", "gradient", "hessian", "gain", "value"), (0.0,) * 3)
    state = Forest(tree=(0,) * 3, parent=(-1, 0, 0), open=(1, 2), rounds=1, **split_at, **zeros)
    labels = asked.outline_at(DICTIONARY, state).axes[1].levels
    assert [label for label in labels if "age" in str(label)] == ["1 age 0", "1 age 1", "2 age 2", "2 age 3"]


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"outcome": "flag"}, "Q-TYPE"),
        ({"outcome": "ward"}, "Q-TYPE"),
        ({"columns": ["ward"], "edges": {"ward": (1,)}}, "Q-TYPE"),
        ({"columns": ["free"], "edges": {}}, "Q-BOUNDS"),
        ({"outcome": "nobody"}, "Q-COLUMN"),
        ({"depth": 4, "columns": ["free"], "edges": {"free": tuple(range(100))}}, None),
        ({"outcome": "age"}, "F-SCHEMA"),
        ({"edges": {"free": (1,)}}, "F-SCHEMA"),
        ({"edges": {"age": (40, 20)}}, "F-SCHEMA"),
        ({"trees": 51, "depth": 2}, "F-SCHEMA"),
    ],
)
def test_what_cannot_be_asked(more: dict[str, Any], code: str | None) -> None:
    """Each with its code."""
    if code is None:
        assert model(**more).most_rounds == 5
        return
    with pytest.raises(FedcliError) as caught:
        model(**more)
    assert caught.value.code == code


def test_too_many_bins() -> None:
    """Three columns of a hundred and one bins, eight nodes."""
    names = ["x", "y", "z"]
    columns = {name: {"type": "real"} for name in names} | {"ill": {"type": "boolean"}}
    dictionary = Dictionary.read(
        {"schema": "fedcli/dictionary/1", "dataset": "d", "columns": columns}, "a test"
    )
    more = {"columns": names, "edges": dict.fromkeys(names, tuple(range(100))), "trees": 1}
    for depth in (3, 4):
        asked = BoostedTrees.read({**ASKED, **more, "depth": depth}, "a test")
        if depth == 3:
            asked.resolved(dictionary, "a test").check(dictionary)
            continue
        with pytest.raises(FedcliError) as caught:
            asked.resolved(dictionary, "a test")
        assert caught.value.code == "Q-BINS"


def test_bins_that_are_not_those_of_the_question() -> None:
    """Q-DESIGN: what is filled in is derived anew."""
    asked = model()
    asked.check(DICTIONARY)
    other = model(edges={"age": (20, 40, 61)})
    for changed in (asked.model_copy(update={"divided": other.divided}), BoostedTrees.read(ASKED, "a test")):
        with pytest.raises(FedcliError) as caught:
            changed.check(DICTIONARY)
        assert caught.value.code == "Q-DESIGN"
