"""What reviewers see of an earlier answer beside exact counts: how they differ, and what that tells."""

from __future__ import annotations

import pytest

from fedcli.model.cells import Cell, Gap
from fedcli.model.policy import Disclosure
from fedcli.model.release import Answered, Left, Rounded
from fedcli.policy.context import MOST
from fedcli.policy.earlier import since
from tests.unit.policy.builders import counted, measured, table

RULES = Disclosure(min_count=10)
SAME = "  cells that are the same, as far as it was told:"


def lines(now: tuple[int, ...], then: tuple[Cell, ...], rounding: Rounded | None = None) -> list[str]:
    """What is said of `count`; `missing` stays as it is."""
    shape, _ = counted(*now)
    cells: dict[str, tuple[Cell, ...]] = {"count": then, "missing": (0,)}
    answered = Answered(kind="counts", axes=shape.axes, cells=cells, rounding=rounding, rules=())
    found = list(since(shape, Left(name="q-1 n", answered=answered), RULES))
    assert found[0] == "since q-1 n, field count:"
    assert found[-2:] == ["since q-1 n, field missing:", f"{SAME} 1"]
    return found[1:-2]


@pytest.mark.parametrize(
    ("now", "then", "told"),
    [
        (97, 100, "97 now, 100 then: 3 fewer; fewer than 10: tells of them"),
        (109, 100, "109 now, 100 then: 9 more; fewer than 10: tells of them"),
        (110, 100, "110 now, 100 then: 10 more"),
        (90, 100, "90 now, 100 then: 10 fewer"),
        (12, Gap(low=1, high=9), "12 now, 1 to 9 then: 3 to 11 more; fewer than 10: tells of them"),
        (0, Gap(low=10), "0 now, 10 or more then: 10 or more fewer"),
    ],
)
def test_a_count_differs(now: int, then: Cell, told: str) -> None:
    """By how many, between which ends where it was hidden; with the mark below the threshold."""
    assert lines((now, 50), (then, 50)) == [f"  a0 = l0: {told}", f"{SAME} 1"]


@pytest.mark.parametrize("then", [100, Gap(low=1, high=100), Gap(), None])
def test_a_count_that_is_among_what_was_told(then: Cell) -> None:
    """Nothing new is told of it."""
    assert lines((100,), (then,)) == [f"{SAME} 1"]


def test_a_rounded_count() -> None:
    """It is what leaves as the same number; one beyond that is apart from all of these."""
    rounded = Rounded(rule="nearest-5", least=10)
    assert lines((98, 102), (100, 100), rounded) == [f"{SAME} 2"]
    [told, _] = lines((97, 102), (100, 100), rounded)
    assert told == "  a0 = l0: 97 now, 98 to 102 then: 1 to 5 fewer; fewer than 10: tells of them"


def test_the_smallest_difference_comes_first() -> None:
    """What tells of the fewest is not hidden behind others, and a large table is cut."""
    number = MOST + 3
    found = lines(tuple(100 + at for at in range(number)), (100 + number,) * number)
    assert found[0].startswith(f"  a0 = l{number - 1}: ")
    assert found[-1] == "  and 3 more cells that differ"
    assert len(found) == MOST + 1


def test_other_axes() -> None:
    """Cells of another table are not compared."""
    shape, _ = counted(10, 20)
    cells: dict[str, tuple[Cell, ...]] = {"count": (1, 2, 3), "missing": (0,)}
    answered = Answered(kind="counts", axes=table(3), cells=cells, rules=())
    assert list(since(shape, Left(name="q-1 n", answered=answered), RULES)) == []


def test_counts_alone_are_compared() -> None:
    """Of means it is told how many values they are of; a field that did not leave is not spoken of."""
    shape, _ = measured((100,))
    cells: dict[str, tuple[Cell, ...]] = {"n": (97,), "mean": (1.0,)}
    answered = Answered(kind="moments", axes=shape.axes, cells=cells, rules=())
    found = list(since(shape, Left(name="q-1 s", answered=answered), RULES))
    assert [one for one in found if "field" in one] == ["since q-1 s, field n:"]
    assert "100 now, 97 then: 3 more" in found[1]
