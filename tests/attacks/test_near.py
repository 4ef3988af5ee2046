"""What centres that a researcher chooses would tell of few persons, and what stops them."""

from __future__ import annotations

from typing import Any

from fedcli.model.policy import Disclosure
from fedcli.policy.history import origins
from fedcli.statistics.nearest import Nearest
from tests.attacks.test_remembered import DICTIONARY, FORGETFUL, STANDARD
from tests.campaign.site import Site, numbered, site

OPEN = FORGETFUL.model_copy(
    update={
        "min_count": 1,
        "min_dof": 0,
        "zeros": "release",
        "p_percent": "0",
        "dominance": (),
        "enforce": "threshold",
    }
)


def people(far: int = 40) -> list[dict[str, Any]]:
    """A hundred are about 30 years old, some are about 70; their costs are alike."""
    ages = [25 + at % 11 for at in range(100)] + [65 + at % 11 for at in range(far)]
    about = {"sex": "f", "ward": "a", "ill": False, "flag": 0}
    return numbered([{"age": age, "cost": 100.0 + at % 17, **about} for at, age in enumerate(ages)])


def told(place: Site, low: float = 30.0, high: float = 70.0, column: str = "age") -> list[Any] | None:
    """n and mean of both groups, as far as they are told."""
    answer = place.asked("k_means", columns=[column], starts=[[low], [high]])
    if answer is None:
        return None
    cells = answer.cells["n"] + answer.cells["mean"]
    return [cell if isinstance(cell, int | float) else None for cell in cells]


def asked(rules: Disclosure, rows: list[dict[str, Any]], **more: Any) -> list[Any] | None:
    with site(rows, DICTIONARY, rules) as place:
        return told(place, **more)


def test_few_around_a_centre() -> None:
    """Three persons are about 70; a control has forty, and another rules that hide nothing."""
    assert asked(STANDARD, people()) == [100, 40, 29.95, 69.65]
    few = asked(STANDARD, people(far=3))
    assert few is None or (few[1], few[3]) == (None, None)
    assert asked(OPEN, people(far=3)) == [100, 3, 29.95, 66.0]


def test_one_far_away() -> None:
    """Of a hundred who cost next to nothing one costs 450, which is nearly all of their cost."""
    rows = people()
    for at, row in enumerate(rows):
        row["cost"] = 0.5 + at % 17 / 100 if at < 100 else 880.0 + at % 17
    assert None not in (asked(FORGETFUL, rows, low=100.0, high=900.0, column="cost") or [None])
    rows[0]["cost"] = 450.0
    hidden = asked(FORGETFUL, rows, low=100.0, high=900.0, column="cost")
    assert hidden is None or hidden[2] is None
    open_to = asked(OPEN, rows, low=100.0, high=900.0, column="cost")
    assert open_to is not None
    assert abs(open_to[2] * 100 - 450) < 60


def test_centres_that_move_few() -> None:
    """Two questions whose groups differ by the nine who are 31: n and mean of both would tell of them."""
    rows = people()
    moved = sum(row["age"] == 31 for row in rows)
    with site(rows, DICTIONARY, FORGETFUL) as place:
        one, other = told(place, 25.0, 35.0), told(place, 25.0, 37.0)
    assert one is not None
    assert other is not None
    assert 0 < other[0] - one[0] <= moved
    with site(rows, DICTIONARY, STANDARD) as place:
        told(place, 25.0, 35.0)
        again = told(place, 25.0, 37.0)
    assert again is None or (again[0], again[2]) == (None, None)


def test_memory_knows_where_a_group_comes_from() -> None:
    """From its columns; and other centres make another group."""
    one, other = (Nearest(("age", "cost"), ((20.0, low), (60.0, 2.0)), (1.0, 1.0)) for low in (1.0, 1.5))
    assert origins(one.name) == {"age", "cost"}
    assert one.name != other.name
