"""The memory of releases: what is near, what is known of the very persons, how many numbers."""

from __future__ import annotations

from fractions import Fraction

import pytest
from pyroaring import BitMap

from fedcli.policy.history import Chosen, History, Known, Spot
from fedcli.policy.remember import recalled, record
from fedcli.statistics.members import ABSENT, PRESENT, WIDTH

EVERYBODY = BitMap(range(100))
FIRST, SECOND = Chosen(frozenset({"age"}), "a" * 64), Chosen(frozenset({"age"}), "b" * 64)


def told(people: range, chosen: Chosen = FIRST, high: int | None = -1) -> Known:
    """A grouping of one spot, told exactly unless another end is given."""
    n = len(people)
    spot = Spot(BitMap(people), ("x",), n if high == -1 else 0, n if high == -1 else high, (("count", 0),))
    return Known(EVERYBODY, chosen, ("ward",), (spot,))


def test_near_is_fewer_than_the_threshold() -> None:
    """Nine more or fewer are near, ten are not; the same persons in the same words are no news."""
    history = History([told(range(50))])
    for other, near in ((range(59), True), (range(60), False), (range(41), True), (range(40), False)):
        assert bool(history.nearly(told(other), 10, True)) is near
    assert not history.nearly(told(range(50)), 10, True)
    assert not history.nearly(told(range(50, 100)), 10, True)


def test_the_same_persons_in_other_words() -> None:
    """They are near where nobody is as telling as few."""
    history = History([told(range(50))])
    assert history.nearly(told(range(50), SECOND), 10, True)
    assert not history.nearly(told(range(50), SECOND), 10, False)
    assert not history.nearly(told(range(50), Chosen()), 10, True)


def test_what_is_known_of_the_very_persons() -> None:
    """A hidden spot is as narrow as an earlier release told it; a cell of nobody is not known by another."""
    history = History([told(range(8), high=9), told(range(0))])
    [sharp] = history.sharpened(told(range(8), high=99)).spots
    assert (sharp.low, sharp.high) == (0, 9)
    [empty] = history.sharpened(told(range(0), high=9)).spots
    assert (empty.low, empty.high) == (0, 9)


def test_numbers_of_a_column() -> None:
    """Each group of persons counts once, in tables that the column has a part in."""
    history = History([told(range(20)), told(range(20)), told(range(40))])
    assert not history.spent([told(range(60))], Fraction(3))
    assert history.spent([told(range(60))], Fraction(2))


def traits(cohort: range, *columns: str, at: str | None = None, groups: int = 1) -> Known:
    """A grouping of a cohort, of columns or, where a place is named, of who has a value of the first."""
    places = [("x",)] if at is None else [(at, str(group)) for group in range(groups)]
    spots = tuple(Spot(BitMap(cohort), place, len(cohort), len(cohort)) for place in places)
    return Known(BitMap(cohort), FIRST, columns, spots)


def test_traits_by_person() -> None:
    """A column once for a cohort, a mean for each group; cohorts that overlap add up, others do not."""
    history = History([traits(range(100), "a", "b"), traits(range(100), "b")])
    assert history.exposed([traits(range(100), "a")]) == Fraction(2, 100)
    assert history.exposed([traits(range(100), "c", "d")]) == Fraction(4, 100)
    assert history.exposed([traits(range(50), "a")]) == Fraction(2, 100) + Fraction(1, 50)
    assert history.exposed([traits(range(100, 150), "a")]) == Fraction(1, 50)
    assert history.exposed([traits(range(100), "e", "a", at=PRESENT, groups=3)]) == Fraction(5, 100)
    assert History().exposed([traits(range(10), "a b c", at=PRESENT)]) == Fraction(3, 10)


def test_what_is_not_told_is_no_trait() -> None:
    """A table of hidden cells, and who lacks a value."""
    assert History().exposed([told(range(8), high=9)]) == 0
    assert History().exposed([traits(range(10), "a", at=ABSENT)]) == 0


def measured(contributions: dict[int, int], *, columns: tuple[str, ...] = ("cost",)) -> Known:
    """A mean of some persons, each of whom contributed something."""
    people = BitMap(contributions)
    each = b"".join(contributions[one].to_bytes(WIDTH, "little") for one in people)
    spot = Spot(people, (PRESENT,), len(people), len(people), (("n", 0),))
    return Known(people, FIRST, columns, (spot,), each)


def test_few_whose_values_changed() -> None:
    """The same persons, of whom nine or fewer contribute something else; of other columns nobody can say."""
    before = {one: one * 7 for one in range(3, 80, 2)}
    history = History([measured(before)])
    for changed, near in ((0, False), (1, True), (9, True), (10, False)):
        after = before | dict.fromkeys(sorted(before)[:changed], 60000)
        assert bool(history.nearly(measured(after), 10, True)) is near
    assert not history.nearly(measured(before | {3: 1}, columns=("age",)), 10, True)


def spots(*people: range) -> Known:
    """A grouping of several spots."""
    found = tuple(Spot(BitMap(one), (at,), len(one), len(one)) for at, one in enumerate(people))
    return Known(EVERYBODY, FIRST, ("ward",), found)


@pytest.mark.parametrize(
    "now",
    [
        [measured({1: 2, 5: 300, 9: 65535})],
        [spots(range(10, 30), range(0), range(50, 99)), told(range(7), high=9)],
        [spots(range(10, 30), range(20, 40)), spots(range(100))],
        [spots(*(range(at, at + 1) for at in range(100)), *(range(0) for _ in range(300)))],
        [spots()],
    ],
    ids=["a mean", "apart, and some in none", "in several", "more than a byte has numbers", "no spot"],
)
def test_a_record_and_back(now: list[Known]) -> None:
    """What is remembered of a release is what was told, but for who told it."""
    kept = record(now, "f" * 64, "person")
    assert all(bool(table.places) != any(spot.people for spot in table.spots) for table in kept.tables)
    assert recalled(kept) == [one.released() for one in now]
