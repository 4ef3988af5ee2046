"""Counts and moments by hand: sums, what is linked, and where a suppressed cell can lie."""

from __future__ import annotations

import pytest

from fedcli.errors import Bug
from fedcli.model.cells import Axis, Cell, Gap
from fedcli.model.policy import Disclosure
from fedcli.statistics.counts import Counts
from fedcli.statistics.evidence import Evidence
from fedcli.statistics.moments import Moments
from fedcli.statistics.shape import Mask

SEX = Axis(name="sex", levels=("f", "m"))
WARD = Axis(name="ward", levels=("a", "b", "c"))
TWO = Axis(name="variable", levels=("x", "y"))
RULES = Disclosure(min_count=10)


def counts(
    *cells: Cell, missing: Cell = 0, axes: tuple[Axis, ...] = (SEX,), per_person: int | None = 1
) -> Counts:
    """A table of counts."""
    return Counts(axes, {"count": cells, "missing": (missing,)}, per_person=per_person)


def moments(
    n: tuple[Cell, ...],
    mean: tuple[Cell, ...],
    m2: tuple[Cell, ...],
    *,
    axes: tuple[Axis, ...] = (Axis(name="variable", levels=("x",)),),
    bounds: tuple[tuple[float, float] | None, ...] = ((0, 10),),
    per_person: int | None = 1,
    digits: dict[str, int] | None = None,
) -> Moments:
    """Moments with nobody missing."""
    cells = {"n": n, "missing": (0,) * len(n), "mean": mean, "m2": m2}
    return Moments(axes, cells, digits, per_person=per_person, bounds=bounds)


def test_tables_are_added_cell_by_cell() -> None:
    """Numbers to numbers; a gap to a number shifts the gap."""
    total = counts(12, Gap(low=1, high=9), missing=3) + counts(20, 15)
    assert total.cells == {"count": (32, Gap(low=16, high=24)), "missing": (3,)}


def test_one_cell_has_no_axis_and_nothing_missing() -> None:
    """A count of all has one field and one number."""
    one = Counts((), {"count": (5,)}, per_person=1)
    assert [field.name for field in one.fields] == ["count"]
    assert (one + one).cells == {"count": (10,)}
    assert one.scalars == 1


def test_the_numbers_that_leave_are_counted() -> None:
    """Every combination, and what is missing."""
    assert counts(*range(6), axes=(SEX, WARD)).scalars == 7
    assert moments((1,) * 4, (0.0,) * 4, (0.0,) * 4, axes=(TWO, SEX), bounds=(None, None)).scalars == 16


def test_the_lines_of_a_table() -> None:
    """Rows and columns of a table of two by three, by the index of their cells."""
    table = counts(*range(6), axes=(SEX, WARD))
    count, missing = table.fields
    assert sorted(table.lines(count)) == [(0, 1, 2), (0, 3), (1, 4), (2, 5), (3, 4, 5)]
    assert table.lines(missing) == []


def test_the_lines_of_moments_run_over_groups_only() -> None:
    """Variables side by side are no levels: they divide nobody."""
    shape = moments((1,) * 4, (0.0,) * 4, (0.0,) * 4, axes=(TWO, SEX), bounds=(None, None))
    assert shape.lines(shape.fields[0]) == [(0, 1), (2, 3)]
    assert shape.lines(shape.fields[2]) == []


@pytest.mark.parametrize(
    ("zeros", "per_person", "safe", "expected"),
    [
        ("merge", 1, False, Gap(low=0, high=9)),
        ("release", 1, False, Gap(low=1, high=9)),
        ("merge", 1, True, Gap(low=1, high=9)),
        ("merge", 6, False, Gap(low=0, high=54)),
        ("merge", None, False, Gap(low=0)),
    ],
)
def test_where_a_small_count_can_lie(zeros: str, per_person: int | None, safe: bool, expected: Gap) -> None:
    """Under the threshold of persons, each with so many rows; from one, where zeros are shown."""
    table = counts(0, 0, per_person=per_person)
    field = table.fields[1 if safe else 0]
    rules = RULES.model_copy(update={"zeros": zeros})
    assert table.gap(field, 0, rules, True) == expected
    assert table.gap(field, 0, rules, False) == Gap(low=0)


def test_where_a_suppressed_mean_can_lie() -> None:
    """Within the variable's bounds, or anywhere; m2 under Popoviciu's bound of what n can be."""
    shape = moments((20, Gap(low=0, high=9)), (1.0, 1.0), (1.0, 1.0), axes=(TWO,), bounds=((0, 10), None))
    _, _, mean, m2 = shape.fields
    assert shape.gap(mean, 0, RULES, False) == Gap(low=0, high=10)
    assert shape.gap(mean, 1, RULES, False) == Gap()
    found = shape.gap(m2, 0, RULES, False)
    assert (found.low, found.high) == (0, pytest.approx(20 * 100 / 4))
    assert shape.gap(m2, 1, RULES, False) == Gap(low=0)


def test_m2_of_few_has_the_bound_of_few() -> None:
    """Where n itself is a gap, its upper end counts; without one there is no bound."""
    hidden = moments((Gap(low=1, high=9),), (1.0,), (1.0,))
    assert hidden.gap(hidden.fields[3], 0, RULES, False).high == pytest.approx(9 * 25)
    unknown = moments((Gap(low=1),), (1.0,), (1.0,))
    assert unknown.gap(unknown.fields[3], 0, RULES, False) == Gap(low=0)


LINKED = [
    ({"n": {0}}, {"n": {0}, "missing": {0, 2}, "mean": {0}, "m2": {0}}),
    ({"missing": {3}}, {"n": set(), "missing": {1, 3}, "mean": set(), "m2": set()}),
    ({"mean": {2}}, {"n": set(), "missing": set(), "mean": {2}, "m2": {2}}),
    ({"m2": {1}}, {"n": set(), "missing": set(), "mean": set(), "m2": {1}}),
    ({}, {"n": set(), "missing": set(), "mean": set(), "m2": set()}),
    ({"n": {0}, "mean": {3}}, {"n": {0}, "missing": {0, 2}, "mean": {0, 3}, "m2": {0, 3}}),
]


@pytest.mark.parametrize(("failing", "linked"), LINKED)
def test_what_is_linked_in_moments(failing: dict[str, set[int]], linked: dict[str, set[int]]) -> None:
    """Two variables in two groups: cells 0 and 2 are the first group's, 1 and 3 the second's."""
    shape = moments((1,) * 4, (0.0,) * 4, (0.0,) * 4, axes=(TWO, SEX), bounds=(None, None))
    masks = {name: Mask(failing.get(name, ())) for name in ("n", "missing", "mean", "m2")}
    found = shape.linked(masks)
    assert found == {name: Mask(cells) for name, cells in linked.items()}
    assert shape.linked(found) == found


def test_nothing_is_linked_in_a_table() -> None:
    """There are no margins beside the cells, so none gives another away."""
    masks = {"count": Mask({1}), "missing": Mask()}
    assert counts(1, 2).linked(masks) == masks


def test_moments_of_two_sites() -> None:
    """(1, 2, 3) and (5, 7) are five values with mean 3.6 and squared deviations of 23.2."""
    total = moments((3,), (2.0,), (2.0,)) + moments((2,), (6.0,), (2.0,))
    assert total.cells["n"] == (5,)
    assert total.cells["mean"][0] == pytest.approx(3.6)
    assert total.cells["m2"][0] == pytest.approx(23.2)


def test_moments_do_not_lose_digits() -> None:
    """Values a billion times their spread: sums of squares would give nothing, or less."""
    total = moments((2,), (1e9 + 1.5,), (0.5,)) + moments((2,), (1e9 + 3.5,), (0.5,))
    assert total.cells["m2"][0] == pytest.approx(5.0, rel=1e-9)


def test_nobody_adds_nothing() -> None:
    """Where one site has no values, the sum is the other site's, gap or number."""
    nobody = moments((0,), (None,), (None,))
    for other in (
        moments((3,), (2.0,), (2.0,)),
        moments((Gap(low=1, high=9),), (Gap(low=0, high=10),), (Gap(low=0),)),
    ):
        assert (nobody + other).cells == (other + nobody).cells == other.cells


def test_a_gap_beside_a_number() -> None:
    """Two hundred values of mean 5, and at most nine between 0 and 10."""
    hidden = moments((Gap(low=0, high=9),), (Gap(low=0, high=10),), (Gap(low=0, high=225.0),))
    total = moments((200,), (5.0,), (100.0,)) + hidden
    [n], [mean], [m2] = (total.cells[name] for name in ("n", "mean", "m2"))
    assert n == Gap(low=200, high=209)
    assert isinstance(mean, Gap)
    assert isinstance(m2, Gap)
    assert (mean.low, mean.high) == (pytest.approx(1000 / 209), pytest.approx(1090 / 209))
    assert m2.low == pytest.approx(100)
    assert m2.high == pytest.approx(100 + 225 + 25 * (200 * 9 / 209))


def test_errors_of_a_sum() -> None:
    """Those of both parts by their weight; none where nobody rounded; of m2 also what the means allow."""
    rounded = moments((3,), (2.0,), (2.0,), digits={"mean": 2, "m2": 3})
    exact = moments((1,), (2.0,), (2.0,))
    assert (exact + exact).errors == ((0.0, 0.0),)
    assert (rounded + exact).errors == ((pytest.approx(0.05 * 3 / 4), pytest.approx(0.005 + 0.75 * 0.05**2)),)
    far = moments((1,), (5.0,), (2.0,))
    [(_, off)] = (rounded + far).errors
    assert off == pytest.approx(0.005 + 0.75 * 0.05 * (6 + 0.05))


@pytest.mark.parametrize(
    "other", [counts(1, 2, 3, axes=(WARD,)), counts(1, 2, axes=(Axis(name="sex", levels=("m", "f")),))]
)
def test_other_axes_are_refused(other: Counts) -> None:
    """Also where only the order of levels differs."""
    with pytest.raises(Bug, match="B-SHAPE"):
        counts(1, 2) + other


def test_evidence_that_is_not_there_is_no_pass() -> None:
    """Neither an unknown kind nor an unknown field gives a figure."""
    evidence = Evidence({"persons": {"n": (3,)}}, cohort=3, population=3)
    assert evidence.of("persons", "n") == (3,)
    for kind, field in (("persons", "mean"), ("largest", "n")):
        with pytest.raises(Bug) as caught:
            evidence.of(kind, field)  # type: ignore[arg-type]
        assert caught.value.code == "B-EVIDENCE"
