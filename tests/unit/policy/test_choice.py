"""Choices under noise: what leaves, what comes in again, and what is no choice."""

from __future__ import annotations

import math
from collections.abc import Mapping
from fractions import Fraction
from functools import reduce
from operator import add
from typing import Any

import pytest

from fedcli.analytics.site_quantile import SiteQuantile
from fedcli.errors import Bug, FedcliError
from fedcli.model.dataset import Dictionary
from fedcli.model.policy import Admission, Contribution, Policy
from fedcli.model.query import Analysis
from fedcli.model.release import Answered
from fedcli.policy.gate import noised, readmit_noisy
from fedcli.policy.noise import loudest
from fedcli.policy.zcdp import lowest_scale
from fedcli.statistics.forms import Noisy, Together
from fedcli.statistics.ranks import Ranks
from fedcli.statistics.seal import Bounded
from fedcli.workflows.admit import admit_analysis

DICTIONARY = Dictionary.read(
    {"schema": "fedcli/dictionary/1", "dataset": "d", "columns": {"age": {"type": "integer"}}}, "a test"
)
ASKED = SiteQuantile(column="age", grid=(40, 50, 60, 70), at=(0.25, 0.5))
WHO = Contribution()
RHO = "0.5"


def released(scores: tuple[int, ...]) -> Answered:
    """What leaves of some scores."""
    form = Ranks("age", ASKED.grid, ASKED.at, 1)
    decision = noised(Bounded(form, scores), RHO, WHO)
    assert decision.released is not None
    return decision.released.answered


def outline() -> Noisy:
    """The plan of the answer."""
    planned = ASKED.outline(DICTIONARY, WHO)
    assert isinstance(planned, Noisy)
    return planned


#: The best is a million below the others, and the noise has a scale of five.
CLEAR = (10**6, 0, 10**6, 10**6, 10**6, 10**6, 10**6, 0)


def test_the_lowest_score_is_chosen() -> None:
    """For each share the candidate that divides the values best; a one, and nothing of its score."""
    answered = released(CLEAR)
    assert answered.cells == {"chosen": (0, 1, 0, 0, 0, 0, 0, 1)}
    assert answered.noise is not None
    assert (answered.noise.mechanism, answered.noise.steps) == ("noisy-max", 1)
    assert answered.noise.scale == pytest.approx((2 * 0.5 / 2) ** -0.5)  # of two draws each pays a half
    assert readmit_noisy(answered, outline(), RHO, WHO).answered == answered


CHANGED: dict[str, Mapping[str, Any]] = {
    "two choices": {"cells": {"chosen": (1, 1, 0, 0, 0, 0, 0, 1)}},
    "no choice": {"cells": {"chosen": (0, 0, 0, 0, 0, 0, 0, 1)}},
    "a score": {"cells": {"chosen": (0, 2, 0, -1, 0, 0, 0, 1)}},
    "both of one share": {"cells": {"chosen": (0, 1, 0, 1, 0, 0, 0, 0)}},
}


@pytest.mark.parametrize("changed", CHANGED.values(), ids=list(CHANGED))
def test_what_is_no_choice_does_not_come_in(changed: Mapping[str, Any]) -> None:
    """A release has one choice for each share."""
    with pytest.raises(Bug) as caught:
        readmit_noisy(released(CLEAR).model_copy(update=changed), outline(), RHO, WHO)
    assert (caught.value.code, caught.value.facts) == ("V-READMIT", {"field": "its choice"})


@pytest.mark.parametrize("changed", [{"mechanism": "discrete-gaussian"}, {"scale": 1.0}, {"rho": "0.25"}])
def test_other_noise_does_not_come_in(changed: dict[str, Any]) -> None:
    """Another mechanism, less noise than is paid for, another price."""
    answered = released(CLEAR)
    assert answered.noise is not None
    other = answered.model_copy(update={"noise": answered.noise.model_copy(update=changed)})
    with pytest.raises(Bug) as caught:
        readmit_noisy(other, outline(), RHO, WHO)
    assert caught.value.code == "V-READMIT"


def test_choices_are_no_part_of_a_bundle() -> None:
    """Noise that is added to a vector would tell its scores."""
    with pytest.raises(Bug) as caught:
        Together({"one": Ranks("age", (1, 2), (0.5,), 1)})
    assert caught.value.code == "B-SHAPE"


def test_the_middle_site_and_the_ends() -> None:
    """Of three sites the second; nothing of none."""
    choices = [(1, 0, 0, 0, 1, 0, 0, 0), (0, 1, 0, 0, 1, 0, 0, 0), (0, 0, 0, 1, 0, 0, 1, 0)]
    total = reduce(add, (outline().having({"chosen": one}) for one in choices))
    rows = ASKED.answer(total.decode()).tables["quantiles"].rows  # type: ignore[arg-type]
    assert rows == ((0.25, 50, 40, 70, 3), (0.5, 40, 40, 60, 3))
    nobody = ASKED.answer(outline().decode()).tables["quantiles"].rows  # type: ignore[arg-type]
    assert nobody == ((0.25, None, None, None, 0), (0.5, None, None, None, 0))


def test_admission_wants_noise() -> None:
    """In the exact mode it is refused by the code, under noise admitted."""
    policy = Policy(name="p", admission=Admission(analytics=("*",)))
    asked = Analysis(id="q", analytic="site_quantile", version=1, parameters=ASKED.json_value())
    assert admit_analysis(asked, DICTIONARY, policy, noisy=WHO).outline.kind == "noisy"
    with pytest.raises(FedcliError) as caught:
        admit_analysis(asked, DICTIONARY, policy)
    assert caught.value.code == "Q-EXACT"


def test_how_far_a_choice_slips() -> None:
    """In 19 of 20 draws by no more than it says, and not by so little that it says nothing.

    Of a hundred candidates each is a value from the next, and the best one is in the middle. A choice is
    further once in 1,800 draws, and further than 3 in more than a third of them.
    """
    form = Ranks("age", tuple(range(100)), (0.5,), 1)
    most = form.slip(lowest_scale(1, Fraction(1, 100)))
    assert most == pytest.approx(math.log(100 / 0.05) / math.sqrt(2 / 100) / 2)
    scores = tuple(2 * abs(at - 50) for at in range(100))
    off = [abs(loudest(scores, 1, Fraction(1, 100)) - 50) for _ in range(1000)]
    assert sum(one > most for one in off) <= 50
    assert max(off) > 3  # a bound that says nothing would hold too
