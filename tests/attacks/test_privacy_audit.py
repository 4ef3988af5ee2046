"""A black-box attacker who sees many noisy answers tells no more of a person than epsilon allows.

`make campaign` does it with many more draws, which refute noise of half the width; these few refute a
quarter. Chance decides nothing: the promise is looser than what these mechanisms tell, and the intervals
add to that. For the choice, the closest, counts would have to be off by eight standard deviations to
refute it; in the control by more than seven not to, at the delta that shows it best.
"""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest

from tests.campaign.privacy import CASES, HALVED, Case, audit, lower_bound

RHO, DOUBT = Fraction(1, 4), 1e-4
QUARTER = HALVED**2
#: By the length of the vector; two are the scores of a choice, which is drawn one by one.
DRAWS = {1: 8000, 2: 1500, 3: 4000, 4: 3000, 10: 2000}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_no_more_is_told_than_promised(case: Case) -> None:
    """At each delta the epsilon that is seen stays below the promised one."""
    found = audit(case, RHO, RHO, DRAWS[len(case.without)], DOUBT)
    assert [bound for bound in found if bound.broken] == []


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_quarter_of_the_noise_would_be_caught(case: Case) -> None:
    """The control: as many draws with noise of a quarter of the width refute the same promise."""
    found = audit(case, RHO, QUARTER * RHO, DRAWS[len(case.without)], DOUBT)
    assert any(bound.broken for bound in found)


def test_answers_without_noise_are_caught() -> None:
    """Where one look tells the two apart, the bound is what so many looks can show, also at a small delta."""
    always, never = np.ones(6000), np.zeros(6000)
    assert lower_bound(never, always, 1e-6, DOUBT) > 4
    assert lower_bound(always, always, 1e-6, DOUBT) == 0


def test_the_bound_of_a_known_mechanism() -> None:
    """Randomised response with epsilon 1 is seen to have most of it, and not more."""
    lots = np.random.default_rng(5)
    truth = math.e / (1 + math.e)
    without, with_one = (lots.random(40_000) < share for share in (1 - truth, truth))
    seen = lower_bound(without.astype(float), with_one.astype(float), 0.0, 1e-3)
    assert 0.9 < seen < 1.0


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_neighbours_are_as_far_apart_as_they_may(case: Case) -> None:
    """The audit is of the whole sensitivity, so nothing of the noise is to spare."""
    units = {
        "moments": 2**20,
        "a group of two columns": 2**20,
        "a slope of two coefficients": 2**20,
        "a choice": 1000,
    }
    unit = (units | {"a model of three columns": 2**34}).get(case.name, 1)
    cells = {"a count": 1, "a slope of two coefficients": 1, "moments": 3, "a model of three columns": 3}
    cells |= {"a group of two columns": 3, "a bin of each of two columns": 4}
    assert case.square == cells.get(case.name, 2) * unit**2
