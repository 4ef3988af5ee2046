"""What deviations from a centre tell of few persons on one side of it, or between two centres."""

from __future__ import annotations

import random
from typing import Any

import pytest

from fedcli.analytics.levene import Centres
from fedcli.model.disclosure import Verdict
from fedcli.policy.gate import Decision
from tests.attacks.test_remembered import DICTIONARY, FORGETFUL, STANDARD
from tests.campaign.site import numbered, site

ASKED = {"column": "cost", "by": "ward"}
ABOUT = (200.0, 200.0, 200.0)


def people(**changed: float) -> list[dict[str, Any]]:
    """Sixty persons in each ward, as many below 200 as above; `changed` are costs of some in ward a."""
    lots = random.Random(3)
    rows = [
        {
            "age": 40,
            "sex": lots.choice("fm"),
            "ward": "abc"[at % 3],
            "ill": lots.random() < 0.5,
            "flag": int(lots.random() < 0.5),
            "cost": 200.0 + (1 if at // 3 % 2 else -1) * lots.uniform(20, 60),
        }
        for at in range(180)
    ]
    for place, cost in changed.items():
        rows[3 * int(place.removeprefix("p"))]["cost"] = cost
    return numbered(rows)


def above(few: int) -> list[dict[str, Any]]:
    """All in ward a are above 200 but a few."""
    costs = {f"p{at}": 230.0 + at / 10 for at in range(few, 60)}
    return people(**costs, **{f"p{at}": 171.0 + at for at in range(few)})


def told(decision: Decision) -> dict[str, Any]:
    """Of each side the mean in ward a; nothing where nothing leaves."""
    if decision.released is None:
        return {}
    means = decision.released.answered.cells["mean"]
    return dict(zip(("below", "above"), means[::3], strict=True))


def numbers(decision: Decision) -> int:
    """How many of both leave as numbers."""
    return sum(isinstance(mean, float) for mean in told(decision).values())


def checks(decision: Decision) -> set[str]:
    """Those that fail."""
    return {one.check for one in decision.findings if one.verdict is Verdict.FAIL}


def asked(rows: list[dict[str, Any]], *centres: float) -> list[Decision]:
    """The second round about some centres of ward a, one after the other."""
    with site(rows, DICTIONARY, STANDARD) as here:
        states = [Centres(means=(centre, *ABOUT[1:])) for centre in centres]
        return [here.decided("levene", state=state, **ASKED) for state in states]


def test_the_attack_works_on_sums() -> None:
    """A control: sixty times the mean of the one side is how far its only person lies from the centre."""
    rules = FORGETFUL.model_copy(
        update={"min_count": 1, "zeros": "release", "p_percent": "0", "dominance": (), "enforce": "threshold"}
    )
    with site(above(1), DICTIONARY, rules) as here:
        found = told(here.decided("levene", state=Centres(means=ABOUT), **ASKED))
    assert 200.0 - 60 * found["below"] == pytest.approx(171.0, abs=1e-3)


def test_one_side_is_the_other_and_the_mean() -> None:
    """A control: why both are hidden. Above less below is how far the mean lies from the centre."""
    [rows] = [[row for row in above(3) if row["ward"] == "a"]]
    costs = [row["cost"] for row in rows]
    over = sum(max(cost - 200.0, 0.0) for cost in costs) / 60
    assert over - (sum(costs) / 60 - 200.0) == pytest.approx((29.0 + 28.0 + 27.0) / 60)


@pytest.mark.parametrize("few", [1, 5, 9])
def test_few_persons_on_one_side(few: int) -> None:
    """Their side is hidden, and the other, from which it could be worked out with the mean."""
    [decision] = asked(above(few), 200.0)
    assert "contributors" in checks(decision)
    assert numbers(decision) == 0


def test_nobody_on_one_side() -> None:
    """That all are above the centre is not told either."""
    [decision] = asked(above(0), 200.0)
    assert "all_same" in checks(decision)
    assert numbers(decision) == 0


def test_one_who_lies_far_below() -> None:
    """Among enough persons below, one makes up most of how far they lie."""
    close = {f"p{at}": 199.0 for at in range(0, 60, 2)}
    [decision] = asked(people(**(close | {"p0": 100.0})), 200.0)
    assert checks(decision) & {"dominance", "p_percent"}
    assert numbers(decision) == 0


def test_many_on_both_sides() -> None:
    """A control: both means leave."""
    [decision] = asked(people(), 200.0)
    assert numbers(decision) == 2


def test_a_centre_that_moves_past_few() -> None:
    """The difference of two answers is what lies between: of three persons it does not leave."""
    rows = people(p0=201.0, p1=202.0, p2=203.0)
    assert list(map(numbers, asked(rows, 200.0, 205.0))) == [2, 0]


def test_a_centre_that_moves_past_nobody_or_many() -> None:
    """Controls: the same question again, and sides that many have changed."""
    for centre in (200.0, 235.0):
        assert list(map(numbers, asked(people(), 200.0, centre))) == [2, 2]
