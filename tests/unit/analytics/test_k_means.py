"""How centres move where means are hidden, and what cannot be asked."""

from __future__ import annotations

from typing import Any

import pytest

from fedcli.analytics.k_means import KMeans
from fedcli.errors import FedcliError
from fedcli.model.cells import Gap
from fedcli.model.policy import Contribution
from fedcli.statistics.moments import Moments
from tests.unit.analytics.test_boosted_trees import DICTIONARY

ASKED: dict[str, Any] = {"columns": ["age"], "starts": [[20], [60]], "rounds": 2}


def groups(**more: Any) -> KMeans:
    return KMeans.read({**ASKED, **more}, "a test").resolved(DICTIONARY, "a test")


def total(asked: KMeans, n: tuple[Any, ...], mean: tuple[Any, ...]) -> Moments:
    shape = asked.outline(DICTIONARY)
    assert isinstance(shape, Moments)
    m2 = tuple(None if one is None else 0.0 for one in mean)
    return shape.having({"n": n, "missing": (0,) * len(n), "mean": mean, "m2": m2})


def test_centres_move_until_they_stand() -> None:
    """To the means; where they are already, it has ended."""
    asked = groups()
    found = total(asked, (30, 40), (24.0, 60.0))
    state = asked.step(None, found)
    assert (state.centres, state.moved, state.words) == (((24.0,), (60.0,)), 0.05, "moving")
    ended = asked.step(state, found)
    assert (ended.moved, ended.words, asked.finished(ended)) == (0.0, "still", True)


def test_rounds_end() -> None:
    """After as many as were asked for, whether they stand or not."""
    asked = groups(rounds=1)
    assert asked.step(None, total(asked, (30, 40), (24.0, 60.0))).words == "given up"


def test_a_hidden_mean() -> None:
    """Nobody knows where its centre would go: it ends with the centres as they were."""
    asked = groups()
    found = total(asked, (30, Gap(low=0, high=9)), (24.0, Gap(low=0, high=80)))
    state = asked.step(None, found)
    assert (state.centres, state.moved, state.words) == (((20.0,), (60.0,)), None, "hidden")
    answer = asked.answer_at(state, found)
    assert answer.scalars["n"] == Gap(low=30, high=39)
    assert answer.tables["clusters"].rows[1] == (2, Gap(low=0, high=9))


def test_nobody_is_near() -> None:
    """The centre stays, and the others go on."""
    asked = groups()
    state = asked.step(None, total(asked, (70, 0), (40.0, None)))
    assert (state.centres, state.words) == (((40.0,), (60.0,)), "moving")


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"starts": [[20], [81]]}, "Q-CENTRE"),
        ({"starts": [[20, 1], [60, 1]]}, "F-SCHEMA"),
        ({"starts": [[20]]}, "F-SCHEMA"),
        ({"columns": ["free"], "starts": None}, "Q-BOUNDS"),
        ({"columns": ["nobody"]}, "Q-COLUMN"),
        ({"clusters": 1}, "F-SCHEMA"),
    ],
)
def test_what_cannot_be_asked(more: dict[str, Any], code: str) -> None:
    """Each with its code."""
    with pytest.raises(FedcliError) as caught:
        groups(**more)
    assert caught.value.code == code


def test_a_level_is_no_number() -> None:
    """Q-TYPE, as for a summary."""
    with pytest.raises(FedcliError) as caught:
        KMeans.read({"columns": ["ward"]}, "a test").check(DICTIONARY)
    assert caught.value.code == "Q-TYPE"


def test_first_centres_that_the_question_does_not_give() -> None:
    """Q-DESIGN: what is filled in is derived anew, so that nobody begins at a row."""
    asked = groups(starts=None)
    asked.check(DICTIONARY)
    for changed in (
        asked.model_copy(update={"placed": groups().placed}),
        KMeans.read(ASKED, "a test"),
    ):
        with pytest.raises(FedcliError) as caught:
            changed.check(DICTIONARY)
        assert caught.value.code == "Q-DESIGN"


def test_noise_wants_bounds() -> None:
    """Q-BOUNDS: a column without them has no scale; with them all rounds are paid for."""
    asked = groups(rounds=7)
    assert asked.draws == 7
    free = asked.model_copy(update={"columns": ("free",)})
    with pytest.raises(FedcliError) as caught:
        free.outline(DICTIONARY, Contribution())
    assert caught.value.code == "Q-BOUNDS"
