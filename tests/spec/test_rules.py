"""Every worked example goes through the real checks and the real gate."""

from __future__ import annotations

import inspect
import math
from collections.abc import Mapping
from typing import Any, get_args

import pytest
from pyroaring import BitMap

from fedcli.analytics.crosstab import Crosstab
from fedcli.analytics.summary import Summary
from fedcli.errors import Bug
from fedcli.model.cells import About, Cell, Gap
from fedcli.model.disclosure import Verdict
from fedcli.model.result import Answer
from fedcli.policy import checks
from fedcli.policy.checks import Subject
from fedcli.policy.gate import Decision, gate, readmit
from fedcli.policy.history import Chosen, History, Known, Spot
from fedcli.policy.ontology import CHECKS, GUARDS, guards
from fedcli.policy.precision import significant
from fedcli.policy.profiles import profile, profiles
from fedcli.statistics.bundle import Bundle
from fedcli.statistics.counts import Counts
from fedcli.statistics.evidence import Evidence, Kind
from fedcli.statistics.forms import Noisy
from fedcli.statistics.gradients import Gradients
from fedcli.statistics.moments import Moments
from fedcli.statistics.rounding import known
from fedcli.statistics.score import Score
from fedcli.statistics.seal import Exact
from fedcli.statistics.shape import Shape
from tests.spec.checks import CHECKED
from tests.spec.example import STANDARD, Before, Example, Failing, Rounding, Stop, Total
from tests.spec.rules import RULES, TOPICS
from tests.spec.tables import Given, Unjudged, evidence, exact, members
from tests.spec.topics import GATED, ROUNDED, STOPS, TOTALS
from tests.spec.values import FROM_VALUES, Valued

EXAMPLES = {
    f"{rule}: {one.why} ({one.under.name})": one
    for rule, examples in (CHECKED | GATED).items()
    for one in examples
}
every = pytest.mark.parametrize("example", EXAMPLES.values(), ids=EXAMPLES.keys())
LEAVING = {name: one for name, one in EXAMPLES.items() if one.leaves is not None}


def decided(example: Example) -> Decision:
    """What the gate says of an example."""
    history = None if example.before is None else told_before(example.given, example.before)
    return gate(exact(example.given), example.under.rules(), example.review_all, history=history)


def told_before(given: Given, before: tuple[Before, ...]) -> History:
    """What earlier releases told of the persons of a table."""
    who = members(given)
    [grouping] = who.groupings
    earlier = []
    for one in before:
        people = BitMap.union(*(grouping.places[at].people for at in one.cells))
        people -= BitMap(list(people)[len(people) - one.less :])
        spot = Spot(people, ("some",), len(people), len(people))
        earlier.append(Known(who.cohort, Chosen(), grouping.columns[:1], (spot,)))
    return History(earlier)


def failing(example: Example) -> Failing:
    """The cells that do not pass, by check and field, from the check functions that look at one table."""
    shape, known, rules = example.given.shape(), evidence(example.given), example.under.rules()
    found: dict[str, dict[str, tuple[int, ...]]] = {}
    for field in shape.fields:
        for name in guards(field):
            if mask := CHECKS[name].judge(Subject(shape, field, known, rules)):
                found.setdefault(name, {})[field.name] = tuple(sorted(mask))
    return found


def same(cell: Cell, expected: Cell) -> bool:
    """Equal; numbers and ends that are not whole to 12 digits, because ends are rounded outwards."""
    if isinstance(cell, About) and isinstance(expected, About) and not same(cell.value, expected.value):
        return False
    if isinstance(cell, Gap | About) and type(cell) is type(expected):
        return same(cell.low, expected.low) and same(cell.high, expected.high)
    if isinstance(cell, int | float) and isinstance(expected, int | float):
        return math.isclose(cell, expected, rel_tol=1e-12)
    return cell is None and expected is None


def assert_same(cells: Mapping[str, tuple[Cell, ...]], expected: Mapping[str, tuple[Cell, ...]]) -> None:
    """The same fields, and in each the same cells."""
    assert cells.keys() == expected.keys()
    for name, row in expected.items():
        assert len(cells[name]) == len(row), name
        assert all(map(same, cells[name], row)), (name, cells[name], row)


def holds(cell: Cell, truth: Cell) -> bool:
    """Whether an interval holds the true number; a number is left to the other tests."""
    if not isinstance(cell, Gap | About) or not isinstance(truth, int | float):
        return True
    return (cell.low is None or cell.low <= truth) and (cell.high is None or truth <= cell.high)


@every
def test_the_checks_find_what_the_example_says(example: Example) -> None:
    """Every check on every field: what is not in the example passes. Those that remember have no say here."""
    alone = {name: cells for name, cells in example.fails.items() if not CHECKS[name].last}
    assert failing(example) == alone


@every
def test_the_gate_decides_as_the_example_says(example: Example) -> None:
    """The verdict, what is told to the site, and every cell that leaves."""
    decision = decided(example)
    told = {(one.check, one.field): one.cells for one in decision.findings if one.verdict is not Verdict.PASS}
    assert told == {(name, field): len(at) for name, by in example.fails.items() for field, at in by.items()}
    assert decision.verdict is example.verdict
    if example.leaves is None:
        assert decision.released is None
    else:
        assert decision.released is not None
        assert_same(decision.released.answered.cells, example.leaves)


@pytest.mark.parametrize("example", EXAMPLES.values(), ids=EXAMPLES.keys())
def test_an_example_is_possible(example: Example) -> None:
    """Something leaves if and only if the verdict is PASS, and a hidden cell can be what it was."""
    assert (example.leaves is None) == (example.verdict is not Verdict.PASS)
    truth = example.given.shape().cells
    for name, row in (example.leaves or {}).items():
        assert all(map(holds, row, truth[name])), name


@pytest.mark.parametrize("example", LEAVING.values(), ids=LEAVING.keys())
def test_what_leaves_is_re_admitted_by_the_signer(example: Example) -> None:
    """From the outline and the rules, without the data; a maximum is no shape of fedcli."""
    shape, released = example.given.shape(), decided(example).released
    assert released is not None
    outline = shape.having({name: (0,) * len(row) for name, row in shape.cells.items()})
    assert readmit(released.answered, outline, example.under.rules()).answered == released.answered


def left(total: Total, shape: Shape, figures: Evidence) -> Shape:
    """What a site's gate lets out, and what is known of it."""
    released = gate(Exact(shape, figures), total.under.rules()).released
    assert released is not None
    answered = released.answered
    return known(shape.having(answered.cells, answered.digits), answered.rounding)


def added(parts: list[Shape]) -> Shape:
    """The shape of all sites together."""
    [first, *others] = parts
    for other in others:
        first = first + other
    return first


def answered(shape: Any) -> dict[str, Cell]:
    """The scalars of a table of counts, or the variance and deviation of the one group of a summary."""
    if isinstance(shape, Counts):
        return Crosstab(by=("ward",)).answer(shape).scalars
    answer: Answer = Summary(columns=("cost",)).answer(shape)
    [row] = answer.tables["summary"].rows
    return dict(zip(answer.tables["summary"].columns, row, strict=True))  # type: ignore[arg-type]


totals = pytest.mark.parametrize("total", TOTALS, ids=lambda one: one.why)


@totals
def test_sites_add_up_as_the_example_says(total: Total) -> None:
    """Each site's release from its own gate; then the sum, and the answer made of it."""
    found = added([left(total, site.shape(), evidence(site)) for site in total.sites])
    assert_same(found.cells, total.total)
    answer = answered(found)
    for name, cell in total.answer.items():
        assert same(answer[name], cell), (name, answer[name], cell)


@totals
def test_an_interval_of_an_example_holds_the_truth(total: Total) -> None:
    """The sum without anything hidden or rounded."""
    truth = added([site.shape() for site in total.sites])
    for name, row in total.total.items():
        assert all(map(holds, row, truth.cells[name])), name
    answer = answered(truth)
    assert all(holds(cell, answer[name]) for name, cell in total.answer.items())


@pytest.mark.parametrize("valued", FROM_VALUES, ids=lambda one: one.why)
def test_values_leave_as_the_example_says(valued: Valued) -> None:
    """Through an engine and the gate; a figure that is computed wrongly shows here."""
    released = gate(valued.exact(), STANDARD.rules()).released
    assert released is not None
    assert_same(released.answered.cells, valued.leaves)


@pytest.mark.parametrize("rounding", ROUNDED, ids=lambda one: one.why)
def test_numbers_are_rounded_as_the_example_says(rounding: Rounding) -> None:
    """Exactly: a digit more or less is another number."""
    assert significant(rounding.number, rounding.digits) == rounding.leaves


@pytest.mark.parametrize("stop", STOPS, ids=lambda one: one.lacking)
def test_a_check_without_its_figures_stops_everything(stop: Stop) -> None:
    """With all figures the same table passes."""
    assert gate(exact(stop.given), STANDARD.rules()).verdict is Verdict.PASS
    with pytest.raises(Bug, match="B-EVIDENCE"):
        gate(exact(stop.given, stop.lacking), STANDARD.rules())


def test_what_no_check_judges_stops() -> None:
    """A shape without a field."""
    with pytest.raises(Bug, match="B-SILENCE"):
        gate(Exact(Unjudged((), {}), Evidence({}, cohort=100, population=100)), STANDARD.rules())


def unspecified(names: set[str]) -> set[str]:
    """The checks that lack a rule in words, an example that passes, or one that fails."""
    return {
        name
        for name in names
        if name not in RULES
        or not any(name in one.fails for one in CHECKED.get(name, []))
        or not any(name not in one.fails for one in CHECKED.get(name, []))
    }


def test_every_check_has_a_passing_and_a_failing_example() -> None:
    """So that a check cannot be added without saying what it does; nor an example without a check."""
    assert unspecified(set(CHECKS)) == set()
    assert unspecified({*CHECKS, "a_new_check"}) == {"a_new_check"}
    assert set(CHECKED) == set(RULES) == set(CHECKS)
    assert set(GATED) == set(TOPICS)


def test_every_check_has_a_consequence_where_it_binds_and_where_it_is_recorded() -> None:
    """Each is seen to fail in both ways that a profile can enforce checks."""
    ways = {profile(name).disclosure.enforce for name in profiles()}
    for name, examples in CHECKED.items():
        assert {one.under.rules().enforce for one in examples if name in one.fails} == ways, name


def test_every_function_of_the_checks_is_a_check() -> None:
    """A function written in `policy/checks.py` and listed nowhere would never run."""
    written = {
        function
        for name, function in inspect.getmembers(checks, inspect.isfunction)
        if function.__module__ == checks.__name__ and not name.startswith("_")
    }
    assert written == {check.judge for check in CHECKS.values()}
    assert {name for names in GUARDS.values() for name in names} == set(CHECKS)


def test_every_shape_and_every_kind_of_evidence_has_an_example() -> None:
    """A new shape needs examples, a new kind of figure one that stops without it."""
    shapes = {one for one in Shape.__subclasses__() if one.__module__.startswith("fedcli.")}
    shapes -= {Noisy}  # no check looks at what noise will hide
    shapes -= {Gradients}  # tests/attacks/test_grown.py has its examples
    assert (
        shapes == {Bundle, Counts, Moments, Score} <= {type(one.given.shape()) for one in EXAMPLES.values()}
    )
    assert {one.lacking for one in STOPS} == set(get_args(Kind))
