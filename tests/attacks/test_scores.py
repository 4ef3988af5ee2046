"""What coefficients that a researcher chooses would tell of one person, and what stops them."""

from __future__ import annotations

from typing import Any

import pytest
from pyroaring import BitMap

from fedcli.errors import FedcliError
from fedcli.model.cells import Gap
from fedcli.model.derived import Aggregate, Derived
from fedcli.model.policy import Policy
from fedcli.model.release import Answered
from fedcli.model.terms import Factor, Term
from fedcli.policy.history import named, origins
from fedcli.policy.profiles import profile
from fedcli.statistics.bins import Score
from fedcli.statistics.members import Grouping, Members
from fedcli.workflows.admit import admit_analysis
from fedcli.workflows.trial import analysis
from tests.attacks.test_remembered import DICTIONARY, FORGETFUL, STANDARD, asking, people

OPEN = FORGETFUL.model_copy(update={"min_count": 1, "zeros": "release", "enforce": "threshold"})
STEEP = 1e6


def cut(column: str, at: float) -> dict[str, Any]:
    """A score that is nearly one above a value, and nearly zero below it."""
    numbers = {"(Intercept)": -STEEP * at, column: STEEP}
    return {"formula": f"ill ~ {column}", "coefficients": numbers, "bins": 4, "threshold": 0.5}


def count(answer: Answered | None, high: bool, ill: bool) -> float | None:
    """How many are in the last bin, or in the first, with or without the outcome; None where it is hidden."""
    cell = answer.cells["count"][(6 if high else 0) + ill] if answer else None
    return None if isinstance(cell, Gap) or cell is None else float(cell)  # type: ignore[arg-type]


def test_a_coefficient_that_isolates_few() -> None:
    """Three persons are above 80: whether they are ill is told by nobody."""
    ill = sum(row["ill"] for row in people() if row["age"] > 80)
    with asking(OPEN) as place:
        answer = place.asked("validation", **cut("age", 80.5))
        assert [count(answer, True, one) for one in (False, True)] == [3 - ill, ill]
    with asking(STANDARD) as place:
        answer = place.asked("validation", **cut("age", 80.5))
        assert [count(answer, True, one) for one in (False, True)] == [None, None]


def test_a_coefficient_that_moves_past_one() -> None:
    """Two scores put one person in another bin: what differs is whether that person is ill."""
    rows = people()
    costs = sorted(row["cost"] for row in rows)
    first, second = ((costs[at] + costs[at + 1]) / 2 for at in (150, 151))
    [ill] = [row["ill"] for row in rows if row["cost"] == costs[151]]

    def told(rules: Any) -> list[list[float | None]]:
        with asking(rules) as place:
            answers = [place.asked("validation", **cut("cost", at)) for at in (first, second)]
            return [[count(one, False, sick) for sick in (False, True)] for one in answers]

    one, other = told(FORGETFUL)
    assert [b - a for a, b in zip(one, other, strict=True)] == [1 - ill, ill]  # type: ignore[operator]
    one, other = told(STANDARD)
    assert None not in one
    assert None in other


def test_a_score_beside_a_table() -> None:
    """Everybody but three, and everybody: the rest of two tables are the three."""

    def told(rules: Any) -> tuple[float | None, Answered | None]:
        with asking(rules) as place:
            table = place.asked("crosstab", by=["ill"])
            return table.cells["count"][1] if table else None, place.asked("validation", **cut("age", 80.5))  # type: ignore[return-value]

    ill = sum(row["ill"] for row in people() if row["age"] > 80)
    everybody, answer = told(FORGETFUL)
    assert everybody - count(answer, False, True) == ill  # type: ignore[operator]
    everybody, answer = told(STANDARD)
    assert everybody is not None
    assert count(answer, False, True) is None


def test_a_score_beside_a_histogram_of_its_column() -> None:
    """A score is a column that is cut: the same cut, moved past few, under another name."""
    with asking(FORGETFUL) as place:
        whole = place.asked("histogram", column="age", edges=[18, 50, 80], by=["ill"])
        score = place.asked("validation", **cut("age", 80.5))
        assert whole is not None
        assert count(score, False, False) is not None
    with asking(STANDARD) as place:
        assert place.asked("validation", **cut("age", 49.5)) is not None
        answer = place.asked("histogram", column="age", edges=[18, 49, 90], by=["ill"])
        again = place.asked("validation", **cut("age", 48.5))
        assert answer is not None
        assert again is None or any(
            isinstance(cell, Gap) for cell in (again.cells["count"][0], again.cells["count"][1])
        )


def test_bins_are_limited_as_levels_are() -> None:
    """The site's own `max_levels` counts for the bins of a score, which is no column."""
    policy = Policy.model_validate({**profile("standard").json_value()}, by_alias=True, strict=False)
    fine = cut("age", 50.0) | {"bins": 40}
    admit_analysis(analysis(DICTIONARY, "validation", **fine), DICTIONARY, policy)
    with pytest.raises(FedcliError, match="P-LEVELS"):
        wide = cut("age", 50.0) | {"bins": 42}
        admit_analysis(analysis(DICTIONARY, "validation", **wide), DICTIONARY, policy)


def test_memory_knows_where_a_score_comes_from() -> None:
    """From its columns, and from the tables behind those that are derived, whatever these are called."""
    age = Term(name="age", factors=(Factor(column="age"),))

    def score(name: str) -> str:
        return Score((age, Term(name=name, factors=(Factor(column=name),))), (1.0, 2.0)).name

    def known(name: str, days: int) -> str:
        derive = (Derived(name=name, of=Aggregate(op="count", table="visits")),)
        members = Members(BitMap(), (Grouping((score(name), "ill"), ()),))
        [of] = named(members, derive if days else None).groupings
        return of.columns[0]

    assert origins(score("cost")) == {"age", "cost"}
    assert origins(known("often", 1)) == origins(known("much", 1)) == {"age", "visits"}
    assert known("often", 0) == score("often")
