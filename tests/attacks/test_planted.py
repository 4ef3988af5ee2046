"""Planted attacks of one release, each with a control in which the defence is off and the attack succeeds.

Security, part B: those that need several releases are in `test_remembered.py` and, through whole
federations, in `tests/workflows`; `test_catalogue.py` has the list.
"""

from __future__ import annotations

import random
from typing import Any

import pytest

from fedcli.errors import FedcliError
from fedcli.model.cells import Gap
from fedcli.model.policy import Disclosure, Dominance
from fedcli.policy.profiles import profile
from tests.attacks.test_remembered import DICTIONARY, STANDARD, number
from tests.campaign.site import numbered, site

EVALUATION = profile("evaluation").disclosure
#: Of the checks on how a sum is shared out, none.
NO_SHARES: dict[str, Any] = {
    "dominance": (Dominance(n=1, share="1"), Dominance(n=2, share="1")),
    "p_percent": "0",
    "enforce": "threshold",
}


def rows(costs: list[float], **more: Any) -> list[dict[str, Any]]:
    """A person for each cost."""
    lots = random.Random(8)
    return numbered(
        [
            {
                "age": lots.randint(20, 79),
                "sex": lots.choice("fm"),
                "ward": lots.choice("abc"),
                "ill": lots.random() < 0.3,
                "flag": int(lots.random() < 0.5),
                "cost": float(cost),
                **more,
            }
            for cost in costs
        ]
    )


def mean(rules: Disclosure, costs: list[float]) -> float | None:
    """The mean of the costs, as far as it is told."""
    with site(rows(costs), DICTIONARY, rules) as place:
        return number(place.asked("summary", columns=("cost",)), "mean")


def test_one_holds_nearly_all_of_a_sum() -> None:
    """Part B, 16: of 60 persons one makes up 95 %, so that n times the mean is about that one's cost."""
    costs = [0.5 + at / 100 for at in range(59)]
    largest = round(sum(costs) * 19)
    costs.append(largest)
    guessed = mean(STANDARD.model_copy(update=NO_SHARES), costs)
    assert guessed is not None and abs(guessed * 60 - largest) < 0.06 * largest
    assert mean(STANDARD, costs) is None


def test_one_who_is_not_zero() -> None:
    """Part B, 17: where 49 of 50 cost nothing, n times the mean is the cost of the fiftieth."""
    guessed = mean(STANDARD.model_copy(update={"enforce": "threshold"}), [0.0] * 49 + [321.5])
    assert guessed is not None and abs(guessed * 50 - 321.5) < 0.01
    assert mean(STANDARD, [0.0] * 49 + [321.5]) is None


def gram(rules: Disclosure, people: list[dict[str, Any]], formula: str) -> tuple[Any, Any] | None:
    """The sums of a model, as far as they are told."""
    with site(people, DICTIONARY, rules) as place:
        answer = place.asked("glm", family="gaussian", formula=formula)
        return (answer.cells["gram"], answer.cells["score"]) if answer else None


def test_an_indicator_of_one_person() -> None:
    """Part B, 18: the sum of the outcome beside an indicator that one person has is that person's outcome."""
    people = rows([100.0 + at for at in range(80)], ill=False)
    people[37]["ill"] = True
    told = gram(EVALUATION.model_copy(update={"enforce": "threshold", "min_count": 1}), people, "cost ~ ill")
    assert told is not None and 1.0 in told[0]
    assert gram(STANDARD, people, "cost ~ ill") is None


def test_a_model_with_a_parameter_for_every_third_person() -> None:
    """Part B, 18: what is nearly saturated gives its data back."""
    people = rows([100.0 + at for at in range(36)])
    formula = "cost ~ age + sex + ward + ill + flag + age:sex + age:ward + flag:ward + age:flag"
    assert gram(EVALUATION.model_copy(update={"min_count": 1}), people, formula) is not None
    assert gram(STANDARD, people, formula) is None


@pytest.mark.parametrize("name", ["minimum", "maximum", "first", "mode", "knn", "svc", "tree"])
def test_what_is_one_persons_value_is_not_offered(name: str) -> None:
    """Part B, 19 and 24: no analytic gives an extreme, or keeps rows in a model."""
    with site(rows([1.0] * 40), DICTIONARY, EVALUATION) as place:
        with pytest.raises(FedcliError) as caught:
            place.asked(name, columns=("cost",))
        assert caught.value.code == "Q-ANALYTIC"
        assert place.asked("summary", columns=("age",)) is not None  # the control: others are


def test_a_rare_level_is_no_label() -> None:
    """Part A, 8 and B, 20: only declared levels are told, and a cell of one is an interval."""
    people = rows([1.0] * 60)
    for one in people:
        one["ward"] = "a"
    people[0]["ward"] = "b"
    with site(people, DICTIONARY, STANDARD) as place:
        answer = place.asked("crosstab", by=("ward",))
    assert answer is not None
    assert [axis.levels for axis in answer.axes] == [("a", "b", "c")]
    assert all(isinstance(cell, Gap) for cell in answer.cells["count"][1:])
    assert _told(EVALUATION.model_copy(update={"min_count": 1}), people) == (59, 1, 0)


def _told(rules: Disclosure, people: list[dict[str, Any]]) -> tuple[Any, ...] | None:
    with site(people, DICTIONARY, rules) as place:
        answer = place.asked("crosstab", by=("ward",))
        return answer.cells["count"] if answer else None
