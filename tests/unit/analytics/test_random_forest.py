"""How trees grow that vote: what is drawn, what they end with, and what cannot be asked."""

from __future__ import annotations

from typing import Any

import pytest

from fedcli.analytics.fedavg import Fedavg
from fedcli.analytics.random_forest import RandomForest
from fedcli.errors import FedcliError
from fedcli.model.cells import Gap
from fedcli.model.round import MAX_ROUNDS
from fedcli.statistics.gradients import Gradients
from fedcli.statistics.voting import drawn
from tests.unit.analytics.test_boosted_trees import DICTIONARY

ASKED: dict[str, Any] = {
    "outcome": "ill",
    "columns": ["age"],
    "edges": {"age": (40,)},
    "trees": 2,
    "depth": 1,
    "min_leaf": 10,
}


def forest(**more: Any) -> RandomForest:
    return RandomForest.read({**ASKED, **more}, "a test").resolved(DICTIONARY, "a test")


def total(asked: RandomForest, n: tuple[Any, ...], ill: tuple[Any, ...]) -> Gradients:
    """A round: of all, and of each bin, how many there are and are ill; None where it is hidden."""
    shape = asked.outline(DICTIONARY)
    assert isinstance(shape, Gradients)
    shares = tuple(
        Gap(low=0, high=1) if one is None else one / many for many, one in zip(n, ill, strict=True)
    )
    return shape.having({"n": n, "mean": shares})


def test_what_is_drawn() -> None:
    """As many as are wanted, each as often as others, otherwise for each node and question."""
    lots = [drawn("0" * 64, node, range(5), 2) for node in range(500)]
    assert {len(set(lot)) for lot in lots} == {2}
    assert all(160 < sum(at in lot for lot in lots) < 240 for at in range(5))
    assert lots != [drawn("1" * 64, node, range(5), 2) for node in range(500)]
    assert drawn("0" * 64, 7, range(3), 9) == (0, 1, 2)
    assert forest(min_leaf=11).sha256 != forest().sha256


def test_no_probability_at_an_end() -> None:
    """One in a thousand is told as one in a hundred; and each tree ends with its own leaves."""
    asked = forest()
    found = total(asked, (2000, 1000, 1000), (500, 1, 499))
    state = asked.step(None, found)
    assert (state.words, state.open, state.value[1:3]) == ("growing", (3,), (0.01, 0.499))
    ended = asked.step(state, found)
    assert asked.finished(ended)
    assert asked.answer_at(ended, found).scalars == {"n": 2000, "trees": 2, "rounds": 2}


def test_a_tree_without_a_split() -> None:
    """The next one is grown nevertheless; without any split there is no model."""
    asked = forest()
    found = total(asked, (80, 40, 40), (20, 10, 10))
    state = asked.step(None, found)
    assert (state.words, state.open) == ("growing", (1,))
    ended = asked.step(state, found)
    assert ended.words == "grown"
    assert list(asked.predictors(asked.answer_at(ended, found), DICTIONARY)) == []


@pytest.mark.parametrize(
    ("n", "ill", "words"),
    [
        ((80, 40, 40), (None, 10, 20), "hidden"),
        ((80, 40, 40), (0, 0, 0), "no split"),
    ],
)
def test_nothing_to_grow(n: tuple[Any, ...], ill: tuple[Any, ...], words: str) -> None:
    """There is an end, and an answer without trees or splits."""
    asked = forest()
    found = total(asked, n, ill)
    state = asked.step(None, found)
    assert (state.words, state.open) == (words, ())
    answer = asked.answer_at(state, found)
    assert (answer.scalars["n"] is None) == (words == "hidden")
    assert list(asked.predictors(answer, DICTIONARY)) == []


def test_a_hidden_root_of_a_later_tree() -> None:
    """What was grown before stays."""
    asked = forest()
    state = asked.step(None, total(asked, (80, 40, 40), (30, 10, 20)))
    hidden = total(asked, (80, 40, 40), (None, None, None))
    ended = asked.step(state, hidden)
    assert (ended.words, len(ended.tree)) == ("hidden", 3)
    assert asked.answer_at(ended, hidden).scalars["trees"] == 1


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"outcome": "free"}, "Q-TYPE"),
        ({"outcome": "ward"}, "Q-TYPE"),
        ({"columns": ["free"], "edges": {}}, "Q-BOUNDS"),
        ({"outcome": "age"}, "F-SCHEMA"),
        ({"edges": {"free": (1,)}}, "F-SCHEMA"),
        ({"trees": 51, "depth": 2}, "F-SCHEMA"),
        ({"tries": 2}, "F-SCHEMA"),
    ],
)
def test_what_cannot_be_asked(more: dict[str, Any], code: str) -> None:
    """Each with its code."""
    with pytest.raises(FedcliError) as caught:
        forest(**more)
    assert caught.value.code == code


def test_bins_that_are_not_those_of_the_question() -> None:
    """Q-DESIGN: what is filled in is derived anew."""
    asked = forest()
    asked.check(DICTIONARY)
    changed = asked.model_copy(update={"divided": forest(edges={"age": (41,)}).divided})
    for one in (changed, RandomForest.read(ASKED, "a test")):
        with pytest.raises(FedcliError) as caught:
            one.check(DICTIONARY)
        assert caught.value.code == "Q-DESIGN"


def test_rounds_have_numbers() -> None:
    """A training or a forest of as many rounds as can be asked is posted to its last round."""
    assert forest(trees=16, depth=6).longest - 1 < Fedavg.most_rounds - 1 == 200 < MAX_ROUNDS
