"""What histograms of gradients tell of few persons in a bin, with one outcome, or with one score."""

from __future__ import annotations

import random
from typing import Any

import pytest

from fedcli.model.disclosure import Verdict
from fedcli.model.policy import Disclosure
from fedcli.model.trees import Forest
from fedcli.policy.gate import Decision
from fedcli.statistics.gradients import logistic
from tests.attacks.test_remembered import DICTIONARY, FORGETFUL, STANDARD
from tests.campaign.site import numbered, site

ASKED: dict[str, Any] = {
    "outcome": "ill",
    "columns": ["age"],
    "edges": {"age": (40, 60)},
    "trees": 2,
    "depth": 1,
    "min_leaf": 10,
}
#: Nothing is in the way, but the form of what is asked.
OPEN = FORGETFUL.model_copy(
    update={"min_count": 1, "zeros": "release", "p_percent": "0", "dominance": (), "enforce": "threshold"}
)
#: A tree that is done, with a leaf of men and one of women, and the next one, of which nothing is known.
SEXES: dict[str, Any] = {
    "start": -0.5,
    "tree": (0, 0, 0, 1),
    "parent": (-1, 0, 0, -1),
    "feature": (1, -1, -1, -1),
    "at": (1, -1, -1, -1),
    "left": (1, -1, -1, -1),
    "right": (2, -1, -1, -1),
    "value": (0.0, 0.35, -0.2, 0.0),
    "open": (3,),
    "rounds": 2,
} | dict.fromkeys(("n", "second", "gradient", "hessian", "gain"), (0.0,) * 4)


def people(ill: int = 30, young: int = 60, men: int = 30) -> list[dict[str, Any]]:
    """Of each age sixty persons, `young` of the youngest; of these so many are `ill`, and so many `men`."""
    lots = random.Random(5)
    rows = []
    for age, number in ((30, young), (50, 60), (70, 60)):
        for at in range(number):
            first = age == 30
            sex = ("m" if at % 30 < men / 2 else "f") if first else "mf"[at // 2 % 2]
            rows.append(
                {
                    "age": age,
                    "sex": sex,
                    "ward": lots.choice("abc"),
                    "ill": at >= number - ill if first else at % 2 == 0,
                    "flag": 0,
                    "cost": lots.uniform(100, 300),
                }
            )
    return numbered(rows)


def decided(
    rows: list[dict[str, Any]], rules: Disclosure = STANDARD, state: Forest | None = None, **more: Any
) -> Decision:
    with site(rows, DICTIONARY, rules) as here:
        return here.decided("boosted_trees", state=state, **{**ASKED, **more})


def means(decision: Decision, place: int) -> list[Any]:
    """All means that are told of a bin of the ages."""
    assert decision.released is not None
    told = decision.released.answered
    spots = len(told.axes[1].levels)
    return [cell for cell in told.cells["mean"][place + 1 :: spots] if isinstance(cell, float)]


def checks(decision: Decision) -> set[str]:
    return {one.check for one in decision.findings if one.verdict is Verdict.FAIL}


def test_the_attack_works_on_sums() -> None:
    """A control: sixty times a mean is how many are ill, of a bin in which three are."""
    [share] = means(decided(people(ill=3), OPEN), 0)
    assert share * 60 == pytest.approx(3)


def test_many() -> None:
    """A control: where there are enough of everything, everything leaves."""
    assert [len(means(decided(people()), at)) for at in range(3)] == [1, 1, 1]
    later = decided(people(), state=Forest(**SEXES), columns=["age", "sex"])
    assert [len(means(later, at)) for at in range(3)] == [5, 5, 5]


@pytest.mark.parametrize("few", [3, 57])
def test_few_of_one_outcome(few: int) -> None:
    """Their bin has no mean, in the first tree and in the next one."""
    first = decided(people(ill=few), FORGETFUL)
    assert "contributors" in checks(first)
    assert [len(means(first, at)) for at in range(3)] == [0, 1, 1]
    later = decided(people(ill=few), FORGETFUL, Forest(**SEXES), columns=["age", "sex"])
    assert [len(means(later, at)) for at in range(3)] == [0, 5, 5]


def test_all_of_one_outcome() -> None:
    """A pure bin is told by nothing."""
    pure = decided(people(ill=0), FORGETFUL)
    assert {"all_same"} <= checks(pure)
    assert means(pure, 0) == []


def test_few_in_a_bin() -> None:
    """Neither their number nor a mean."""
    decision = decided(people(young=7, ill=3), FORGETFUL)
    assert "threshold" in checks(decision)
    assert means(decision, 0) == []
    assert decision.released is not None
    assert not isinstance(decision.released.answered.cells["n"][1], int)


def test_few_as_the_rest_of_a_node() -> None:
    """With the number of all, and the other bins, it would be told: another bin is hidden too."""
    decision = decided(people(young=7, ill=3))
    assert decision.released is not None
    told = decision.released.answered.cells["n"][1:4]
    assert sum(isinstance(cell, int) for cell in told) < 2


def test_few_of_one_outcome_as_the_rest() -> None:
    """How many are ill of all, and of the other bins, would tell it: another bin has no mean either."""
    alone, hidden = (decided(people(ill=3), rules) for rules in (FORGETFUL, STANDARD))
    assert [len(means(alone, at)) for at in range(3)] == [0, 1, 1]
    assert sum(len(means(hidden, at)) for at in (-1, 0, 1, 2)) < 3


def test_few_of_one_score() -> None:
    """A mean of two known scores tells how many have each: two men are ill in a bin."""
    rows = people(men=4)
    later = {"state": Forest(**SEXES), "columns": ["age", "sex"]}
    decision = decided(rows, FORGETFUL, **later)
    assert "contributors" in checks(decision)
    assert [len(means(decision, at)) for at in range(3)] == [0, 5, 5]
    # A control: where only the outcome counts, the mean of the second gradients gives the number of either.
    share, _, second, *_ = means(decided(rows, OPEN, **later), 0)
    a, b = (1 - logistic(score) for score in (-0.5 + 0.35, -0.5 - 0.2))
    found = (60 * second - 60 * share * b) / (a - b)
    assert {round(found), round(60 * share - found)} <= {2, 28}


@pytest.mark.parametrize(
    ("outcome", "trees", "depth", "told"),
    [
        ("ill", 4, 1, True),
        ("ill", 5, 1, False),
        ("ill", 1, 4, False),
        ("cost", 9, 1, True),
        ("cost", 10, 1, False),
    ],
)
def test_leaves_for_few(outcome: str, trees: int, depth: int, told: bool) -> None:
    """Behind each leaf that may be told are ten persons, of 90 with the rarer outcome, or of 180."""
    decision = decided(people(), FORGETFUL, outcome=outcome, trees=trees, depth=depth)
    assert ("parameters" in checks(decision)) is not told
    assert (decision.released is not None) is told


def test_leaves_for_few_in_a_later_round() -> None:
    """All persons count, though few are left in the nodes that are open."""
    later = {"state": Forest(**SEXES), "columns": ["age", "sex"]}
    told = [decided(people(), FORGETFUL, trees=trees, **later).released is not None for trees in (4, 5)]
    assert told == [True, False]


def voted(rows: list[dict[str, Any]], rules: Disclosure = FORGETFUL, **more: Any) -> Decision:
    """A round of a forest, of the ages alone."""
    with site(rows, DICTIONARY, rules) as here:
        return here.decided("random_forest", **{**ASKED, **more})


def test_a_forest_of_few() -> None:
    """As of boosting: a control, few ill, all alike, few in a bin, the rest of a node, moved edges."""
    assert [len(means(voted(people()), at)) for at in range(3)] == [1, 1, 1]
    assert [len(means(voted(people(ill=3)), at)) for at in range(3)] == [0, 1, 1]
    assert means(voted(people(ill=0)), 0) == []
    assert means(voted(people(young=7, ill=3)), 0) == []
    told = voted(people(young=7, ill=3), STANDARD).released
    assert told is not None
    assert sum(isinstance(cell, int) for cell in told.answered.cells["n"][1:4]) < 2
    rows = people()
    for row in rows[60:63]:
        row["age"] = 41
    with site(rows, DICTIONARY, STANDARD) as here:
        here.decided("random_forest", **ASKED)
        again = here.decided("random_forest", **{**ASKED, "edges": {"age": (42, 60)}})
    assert again.released is None or means(again, 0) == []


def test_a_forest_for_few() -> None:
    """Behind each leaf that may be told are ten of 90 persons."""
    assert [voted(people(), trees=trees).released is not None for trees in (4, 5)] == [True, False]


def test_edges_that_move_past_few() -> None:
    """Two forests whose bins differ by three persons: what would tell of them does not leave."""
    rows = people()
    for row in rows[60:63]:
        row["age"] = 41
    with site(rows, DICTIONARY, STANDARD) as here:
        first = here.decided("boosted_trees", **ASKED)
        again = here.decided("boosted_trees", **{**ASKED, "edges": {"age": (42, 60)}})
    assert len(means(first, 0)) == 1
    assert again.released is None or means(again, 0) == []


def test_edges_that_move_past_few_where_nothing_is_remembered() -> None:
    """A control."""
    rows = people()
    for row in rows[60:63]:
        row["age"] = 41
    with site(rows, DICTIONARY, FORGETFUL) as here:
        for edge in (40, 42):
            decision = here.decided("boosted_trees", **{**ASKED, "edges": {"age": (edge, 60)}})
            assert len(means(decision, 0)) == 1


def test_a_number() -> None:
    """Of a number the mean of a bin is under the rules of a mean: one who holds nearly all of it hides it."""
    rows = people()
    assert len(means(decided(rows, FORGETFUL, outcome="cost"), 0)) == 1
    rows[0]["cost"] = 1000.0
    for row in rows[1:60]:
        row["cost"] = 0.5
    assert means(decided(rows, FORGETFUL, outcome="cost"), 0) == []
