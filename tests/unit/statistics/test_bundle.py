"""Parts of one answer by hand: what one gives away of another, and what is known of a hidden cell."""

from __future__ import annotations

import pytest

from fedcli.errors import Bug
from fedcli.model.cells import Axis, Cell, Gap
from fedcli.model.policy import Disclosure
from fedcli.statistics.bundle import Bundle
from fedcli.statistics.counts import Counts
from fedcli.statistics.evidence import Evidence
from fedcli.statistics.moments import Moments
from fedcli.statistics.seal import Exact, Outline, bundled
from fedcli.statistics.shape import Mask

SICK = Axis(name="sick", levels=(False, True))
SMOKING = Axis(name="smoking", levels=("never", "ex", "now"))
AGE = Axis(name="variable", levels=("age",))
RULES = Disclosure(min_count=10)


def levels(*cells: Cell, missing: tuple[Cell, ...] = (0, 0)) -> Counts:
    """Smoking in two groups."""
    return Counts((SMOKING, SICK), {"count": cells, "missing": missing}, per_person=1, within=1)


def numbers(n: tuple[Cell, ...] = (60, 60), digits: dict[str, int] | None = None) -> Moments:
    """Age in two groups."""
    cells: dict[str, tuple[Cell, ...]] = {"n": n, "missing": (0, 0), "mean": (5.0, 6.0), "m2": (90.0, 80.0)}
    return Moments((AGE, SICK), cells, digits, per_person=1, bounds=((0, 100),))


def both() -> Bundle:
    """Age and smoking; nobody lacks a value."""
    return Bundle({"numbers": numbers(), "levels.smoking": levels(30, 20, 20, 20, 10, 20)})


EVERY = {"numbers.n", "numbers.missing", "numbers.mean", "numbers.m2"} | {
    "levels.smoking.count",
    "levels.smoking.missing",
}


def masks(**failing: set[int]) -> dict[str, Mask]:
    """Failing cells: of a number as `n`, `mean` and so on, of the levels as `count` and `lacking`."""
    names = {"count": "levels.smoking.count", "lacking": "levels.smoking.missing"}
    given = {names.get(name, f"numbers.{name}"): Mask(cells) for name, cells in failing.items()}
    return {name: given.get(name, Mask()) for name in EVERY}


LINKED = [
    ({}, {}),
    ({"mean": {0}}, {"mean": {0}, "m2": {0}}),
    # smoking, cells 0, 2 and 4 in the first group: one hidden level takes the others along
    ({"count": {2}}, {"count": {0, 2, 4}, "missing": {0}, "lacking": {0}}),
    ({"count": {2, 3}}, {"count": {0, 1, 2, 3, 4, 5}, "missing": {0, 1}, "lacking": {0, 1}}),
    # a small n, and nothing tells the size of its group
    ({"n": {1}}, {"n": {1}, "missing": {1}, "mean": {1}, "m2": {1}, "lacking": {1}}),
    # few lack a value of either: then nothing tells how many lack one of the other
    ({"missing": {0}}, {"missing": {0}, "lacking": {0}}),
    ({"lacking": {1}}, {"missing": {1}, "lacking": {1}}),
]


@pytest.mark.parametrize(("failing", "hidden"), LINKED)
def test_what_is_linked(failing: dict[str, set[int]], hidden: dict[str, set[int]]) -> None:
    """Within the group and nowhere else; and linking again hides nothing more."""
    found = both().linked(masks(**failing))
    assert found == masks(**hidden)
    assert both().linked(found) == found


def test_a_hidden_count_says_no_more_than_that() -> None:
    """Whether a level is rare or was hidden with a rare one; an n has its interval."""
    shape = both()
    known = {field.name: shape.gap(field, 0, RULES, primary=True) for field in shape.fields}
    assert known["levels.smoking.count"] == known["levels.smoking.missing"] == Gap(low=0)
    assert known["numbers.missing"] == Gap(low=0)
    assert known["numbers.n"] == Gap(low=0, high=9)
    assert known["numbers.mean"] == Gap(low=0, high=100)


def test_the_parts_are_added() -> None:
    """Each to its namesake; the rounding of each is kept."""
    rounded = Bundle(
        {"numbers": numbers(digits={"mean": 1}), "levels.smoking": levels(30, 20, 20, 20, 10, 20)}
    )
    total = rounded + both()
    assert total.cells["levels.smoking.count"] == (60, 40, 40, 40, 20, 40)
    assert total.cells["numbers.n"] == (120, 120)
    part = total.parts["numbers"]
    assert isinstance(part, Moments)
    assert part.errors[0][0] == pytest.approx(0.25)


def test_other_cells_for_all_parts() -> None:
    """By their long names; digits too; what is of no part is nobody's."""
    outline = both()
    cells = {name: tuple(7 for _ in row) for name, row in outline.cells.items()}
    changed = outline.having({**cells, "levels.other.count": (1,)}, {"numbers.mean": 3})
    assert changed.cells == cells
    assert changed.digits == {"numbers.mean": 3}
    assert changed.parts["numbers"].digits == {"mean": 3}
    assert changed.scalars == outline.scalars == 16


def test_parts_know_their_own_lines_and_lengths() -> None:
    """A line of smoking runs over the levels, or over the groups."""
    shape = both()
    fields = {field.name: field for field in shape.fields}
    assert fields.keys() == EVERY
    count = fields["levels.smoking.count"]
    assert sorted(shape.lines(count)) == [(0, 1), (0, 2, 4), (1, 3, 5), (2, 3), (4, 5)]
    assert {shape.length(fields[name]) for name in EVERY - {"levels.smoking.count"}} == {2}
    assert shape.axes == (AGE, SICK, SMOKING, SICK)


def test_the_size_of_a_group() -> None:
    """From any part that tells it; else at least what each of them shows."""
    hidden: tuple[Cell, ...] = (Gap(low=0), 20, Gap(low=0), 20, Gap(low=0), 20)
    open_ended = Bundle(
        {
            "numbers": numbers().having({**numbers().cells, "missing": (Gap(low=0), 0)}),
            "levels.smoking": levels(*hidden, missing=(Gap(low=0), 0)),
        }
    )
    assert both().sizes() == (60, 60)
    assert open_ended.sizes() == (Gap(low=60), 60)


def test_parts_are_about_the_same_groups() -> None:
    """Groups of another column overlap these in ways that nobody looks at."""
    sex = Axis(name="sex", levels=("f", "m"))
    stranger = Counts((SMOKING, sex), {"count": (1,) * 6, "missing": (0, 0)}, per_person=1, within=1)
    whole = Counts((SMOKING,), {"count": (1,) * 3, "missing": (0,)}, per_person=1)
    for other in (stranger, whole):
        with pytest.raises(Bug, match="B-SHAPE"):
            Bundle({"a": levels(*range(6)), "b": other})
    with pytest.raises(Bug, match="B-SHAPE"):
        Bundle({})


def test_a_bare_number_is_no_part() -> None:
    """It has no group that adds up."""
    bare = Bundle({"n": Counts((), {"count": (5,)}, per_person=1)})
    with pytest.raises(Bug, match="B-SHAPE"):
        bare.linked({"n.count": Mask()})


def test_only_namesakes_are_added() -> None:
    """A bundle of other parts is another shape, also over the same axes."""
    other = Bundle({"numbers": numbers(), "levels.smoke": levels(*range(6))})
    with pytest.raises(Bug, match="B-SHAPE"):
        both() + other


def test_parts_are_sealed_together() -> None:
    """Exact ones into an exact one with all their evidence, outlines into an outline, and no mixture."""
    evidence = Evidence(
        {"persons": {"count": (1,) * 6, "missing": (0, 0)}}, cohort=6, population=20, outside=9
    )
    part = Exact(levels(*range(6)), evidence)
    exact = bundled({"levels.a": part, "levels.b": part})
    assert isinstance(exact, Exact)
    shape, known = exact.unseal_for_the_gate()
    assert shape.parts.keys() == {"levels.a", "levels.b"}
    assert known.of("persons", "levels.b.count") == (1,) * 6
    assert (known.cohort, known.population, known.outside) == (6, 20, 9)
    outline = Outline(levels(*range(6)))
    found = bundled({"levels.a": outline})
    assert isinstance(found, Outline)
    for parts in ({"levels.a": outline, "levels.b": part}, {}):
        with pytest.raises(Bug, match="B-SHAPE"):
            bundled(parts)  # type: ignore[arg-type]
