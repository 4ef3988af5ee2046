"""Models of several levels: one that few have, be it the reference, and what one of them holds most of."""

from __future__ import annotations

import random
from typing import Any

import pytest

from fedcli.model.disclosure import Verdict
from fedcli.model.policy import Disclosure, Dominance
from fedcli.model.release import Answered
from fedcli.policy.profiles import profile
from tests.campaign.site import numbered, of_persons, site

STANDARD = profile("standard").disclosure
FORGETFUL = STANDARD.model_copy(update={"secondary": "none", "memory": "none"})
OPEN = FORGETFUL.model_copy(update={"min_count": 1, "min_dof": 0, "parameters_per_person": "1"})
DICTIONARY = of_persons(
    {
        "drug": {"type": "text", "levels": ["none", "old", "new"]},
        "sex": {"type": "text", "levels": ["f", "m"]},
        "dose": {"type": "real", "bounds": [0, 1000]},
        "flag": {"type": "real", "bounds": [0, 1]},
    }
)


def people(number: int = 900) -> list[dict[str, Any]]:
    """Persons of whom a third takes each drug."""
    lots = random.Random(4)
    rows = [
        {
            "drug": ("none", "old", "new")[at % 3],
            "sex": lots.choice("fm"),
            "dose": lots.uniform(1, 9),
            "flag": float(lots.random() < 0.5),
        }
        for at in range(number)
    ]
    return numbered(rows)


def told(rules: Disclosure, rows: list[dict[str, Any]], **asked: Any) -> Answered | None:
    """The first step."""
    with site(rows, DICTIONARY, rules) as place:
        return place.asked("multinomial", None, **({"formula": "drug ~ dose"} | asked))


def failed(rows: list[dict[str, Any]], formula: str) -> set[str]:
    """Which checks it fails under the rules of standard."""
    with site(rows, DICTIONARY, FORGETFUL) as place:
        decision = place.decided("multinomial", None, formula=formula)
    return {one.check for one in decision.findings if one.verdict is Verdict.FAIL}


@pytest.mark.parametrize("level", ["none", "new"])
def test_a_level_that_few_have(level: str) -> None:
    """The scores of the intercepts tell how many have each level, and what they leave the reference."""
    rows = people()
    for row in [row for row in rows if row["drug"] == level][4:]:
        row["drug"] = "old"
    answer = told(OPEN, rows)
    assert answer is not None
    n, old, new = int(str(answer.cells["n"][0])), *(float(str(answer.cells["score"][at])) for at in (0, 2))
    counts = {"none": n - (old + n / 3) - (new + n / 3), "new": new + n / 3}
    assert counts[level] == pytest.approx(4, abs=0.01)
    assert told(STANDARD, people()) is not None
    assert told(STANDARD, rows) is None


def test_few_of_a_group_have_the_reference() -> None:
    """Many have each level; but of the men who take nothing there are three."""
    rows = people()
    for row in [row for row in rows if row["drug"] == "none"][3:]:
        row["sex"] = "f"
    for row in [row for row in rows if row["drug"] == "none"][:3]:
        row["sex"] = "m"
    assert failed(people(), "drug ~ sex") == set()
    assert failed(rows, "drug ~ sex") == {"model_cells"}


def test_few_of_a_level_have_another_value_than_most() -> None:
    """A number that is zero but for few of those with a level is as good as a level of them."""
    rows = people()
    for row in [row for row in rows if row["drug"] == "none"][3:]:
        row["flag"] = 0.0
    assert failed(people(), "drug ~ flag") == set()
    assert "model_cells" in failed(rows, "drug ~ flag")


@pytest.mark.parametrize("drug", ["none", "new"])
def test_one_holds_nearly_all_of_a_level(drug: str) -> None:
    """The scores of a number tell its sum among those with a level, of which one has 70 %."""
    rows = people()
    those = [row for row in rows if row["drug"] == drug]
    for row in those:
        row["dose"] = 0.1
    those[0]["dose"] = 0.1 * len(those) * 2.5
    everybody = sum(row["dose"] for row in rows)
    assert those[0]["dose"] / everybody < 0.1
    assert failed(people(), "drug ~ dose") == set()
    assert "model_dominance" in failed(rows, "drug ~ dose")
    more = OPEN.model_copy(update={"dominance": (Dominance(n=1, share="1"),), "p_percent": "0"})
    assert told(more, rows) is not None


def test_more_columns_than_the_rarest_level_bears() -> None:
    """There are 900 persons, of whom 40 have the level: eighteen columns want 180 of them."""
    rows = people()
    for row in [row for row in rows if row["drug"] == "new"][40:]:
        row["drug"] = "old"
    assert "parameters" in failed(rows, "drug ~ poly(dose, 4) * sex")
    loose = FORGETFUL.model_copy(update={"parameters_per_person": "1"})
    for row in [row for row in rows if row["drug"] == "new"][14:]:
        row["drug"] = "old"
    with site(rows, DICTIONARY, loose) as place:
        decision = place.decided("multinomial", None, formula="drug ~ dose + sex")
    assert "model_dof" in {one.check for one in decision.findings if one.verdict is Verdict.FAIL}
