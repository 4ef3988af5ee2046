"""The gate: check, suppress, round; and the precision of what leaves."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fedcli.errors import Bug, FedcliError
from fedcli.files.strict import parse_json
from fedcli.model.cells import Cell, Gap
from fedcli.model.disclosure import Finding, Verdict
from fedcli.model.policy import Disclosure, Precision
from fedcli.model.release import Answered, Released
from fedcli.policy.gate import Decision, gate
from fedcli.policy.ontology import CHECKS, declared, rules_digest
from fedcli.policy.precision import rounded, significant
from fedcli.statistics.counts import Counts
from fedcli.statistics.evidence import Evidence
from fedcli.statistics.seal import Exact
from fedcli.statistics.shape import Shape
from tests.unit.policy.builders import counted, measured, table

MERGE, RELEASE = Disclosure(), Disclosure(zeros="release")


def looked(subject: tuple[Shape, Evidence], rules: Disclosure, checks: tuple[str, ...]) -> Decision:
    """The gate's decision after people were shown some checks and let it out."""
    return gate(Exact(*subject), rules, looked=checks)


def judged(subject: tuple[Shape, Evidence], rules: Disclosure = MERGE, review_all: bool = False) -> Decision:
    """What the gate says."""
    return gate(Exact(*subject), rules, review_all)


def released(subject: tuple[Shape, Evidence], rules: Disclosure = MERGE) -> Answered:
    """What it lets out."""
    decision = judged(subject, rules)
    assert decision.released is not None
    return decision.released.answered


def found(decision: Decision, check: str, field: str) -> Finding:
    """The finding of one check on one field."""
    [finding] = [one for one in decision.findings if (one.check, one.field) == (check, field)]
    return finding


def test_what_passes_leaves_as_it_is() -> None:
    """Counts are whole, and exact."""
    answered = released(counted(10, 250, missing=0))
    assert answered.cells == {"count": (10, 250), "missing": (0,)}
    assert answered.kind == "counts"
    assert answered.digits == {}


def test_what_fails_leaves_as_an_interval() -> None:
    """From public facts: the threshold, and that zeros hide among the small."""
    assert released(counted(9, 250, 0)).cells["count"] == (Gap(low=0, high=9), 250, Gap(low=0, high=9))
    assert released(counted(9, 250, 11), RELEASE).cells["count"] == (Gap(low=1, high=9), 250, 11)
    assert released(counted(9, 250, 0), RELEASE).cells["count"] == (Gap(low=1, high=9), 250, 0)


def test_a_suppressed_count_takes_its_mean_along() -> None:
    """n, mean and m2 of a small group; and what is missing, which would give n away."""
    cells = released(measured((9, 50), missing=(20, 20))).cells
    assert [type(cells[name][0]) for name in ("n", "missing", "mean", "m2")] == [Gap] * 4
    assert [cells[name][1] for name in ("n", "missing", "mean", "m2")] == [50, 20, 1.5, 2.5]


def test_a_failing_mean_keeps_its_count() -> None:
    """A dominated mean says nothing of how many there are."""
    cells = released(measured((50,), largest=900.0)).cells
    assert cells["n"] == (50,)
    assert (cells["mean"], cells["m2"][0].low) == ((Gap(low=0, high=10),), 0)  # type: ignore[union-attr]


def test_a_failing_spread_keeps_its_mean() -> None:
    """Ten persons pass the threshold, and leave nine degrees of freedom."""
    cells = released(measured((10,))).cells
    assert (cells["n"], cells["mean"]) == ((10,), (1.5,))
    assert isinstance(cells["m2"][0], Gap)


def test_few_outside_are_refused() -> None:
    """Nothing is released, and the verdict is FAIL."""
    decision = judged(counted(50, 50, outside=5))
    assert (decision.verdict, decision.released) == (Verdict.FAIL, None)
    assert found(decision, "complement", "count").cells == 2


def test_one_level_for_all_is_reviewed() -> None:
    """People look at it, where zeros are shown; where they hide, nobody has to."""
    assert judged(counted(50, 0), RELEASE).verdict is Verdict.REVIEW
    assert judged(counted(50, 0), RELEASE).released is None
    assert judged(counted(50, 0), MERGE).verdict is Verdict.PASS


def test_review_of_all_parks_everything() -> None:
    """A release that would pass waits, and a refusal stays one."""
    assert judged(counted(50, 50), review_all=True).verdict is Verdict.REVIEW
    assert judged(counted(50, 50, outside=5), review_all=True).verdict is Verdict.FAIL


def test_people_lift_only_what_asks_them() -> None:
    """What they were asked about is released as it is; no word of theirs lifts a refusal, or shows a cell."""
    names = tuple(CHECKS)
    lifted = looked(counted(50, 0), RELEASE, names)
    assert lifted.released is not None
    assert lifted.released.answered.cells["count"] == (50, 0)
    assert looked(counted(50, 0, outside=5), RELEASE, names).verdict is Verdict.FAIL
    hidden = looked(counted(50, 5), RELEASE, names).released
    assert hidden is not None
    assert isinstance(hidden.answered.cells["count"][1], Gap)


def test_people_lift_only_what_they_saw() -> None:
    """A check that they were not shown asks them still."""
    assert looked(counted(50, 0), RELEASE, ("model_by_people",)).verdict is Verdict.REVIEW


def test_what_is_only_recorded_has_no_consequence() -> None:
    """Under `enforce = "threshold"` the other checks run and are told, and the threshold binds."""
    weak = Disclosure(min_count=3, zeros="release", enforce="threshold")
    decision = judged(measured((5, 2), outside=1, largest=(900.0, 900.0)), weak)
    assert decision.verdict is Verdict.PASS
    assert decision.released is not None
    cells = decision.released.answered.cells
    assert (cells["mean"][0], cells["m2"][0]) == (1.5, 2.5)
    assert isinstance(cells["n"][1], Gap)
    recorded = found(decision, "dominance", "mean")
    assert (recorded.cells, recorded.enforced, recorded.verdict) == (2, False, Verdict.FAIL)
    assert found(decision, "threshold", "mean").enforced
    told = {rule.check: rule.mitigation for rule in decision.released.answered.rules}
    assert told["dominance"] == told["complement"] == told["class_disclosure"] == "record"
    assert told["threshold"] == "suppress"


class Silent(Counts):
    """A shape with nothing to judge."""

    __slots__ = ()

    @property
    def fields(self) -> tuple[Any, ...]:
        """No field."""
        return ()


def test_silence_is_no_pass() -> None:
    """What no check judges does not leave."""
    silent = Silent((), {}, per_person=1)
    with pytest.raises(Bug, match="B-SILENCE"):
        gate(Exact(silent, Evidence({}, cohort=100, population=100)), MERGE)


def test_missing_evidence_is_no_pass() -> None:
    """A check that lacks what it needs stops everything."""
    shape, _ = measured((50,))
    with pytest.raises(Bug, match="B-EVIDENCE"):
        gate(Exact(shape, Evidence({}, cohort=100, population=100)), MERGE)


def test_only_the_gate_makes_a_release() -> None:
    """Not a constructor that anyone can call."""
    with pytest.raises(TypeError):
        Released(released(counted(50)))


@pytest.mark.parametrize(
    ("number", "digits", "expected"),
    [
        (1234.5678, 6, 1234.57),
        (1234.5678, 2, 1200.0),
        (0.00123456, 3, 0.00123),
        (-1234.5678, 3, -1230.0),
        (999999.6, 6, 1000000.0),
        (0.0, 6, 0.0),
        (60, 6, 60.0),
        (2.5, 1, 2.0),
        (3.5, 1, 4.0),
        (None, 6, None),
    ],
)
def test_significant_digits(number: Cell, digits: int, expected: Cell) -> None:
    """Half to even, by significance and not by decimals."""
    assert significant(number, digits) == expected


def test_a_gap_is_not_rounded() -> None:
    """It is public already."""
    assert significant(Gap(low=0.123456789), 3) == Gap(low=0.123456789)


@given(number=st.floats(-1e12, 1e12), digits=st.integers(1, 15))
def test_rounding_twice_is_rounding_once(number: float, digits: int) -> None:
    """So that the signer can see whether a number was rounded."""
    once = significant(number, digits)
    assert significant(once, digits) == once


def test_each_kind_of_number_has_its_digits() -> None:
    """Means by `mean`, squares by `sd`, counts by none; `full` leaves all."""
    shape, _ = measured((123456789,), mean=1.23456789, m2=9.87654321)
    cells = rounded(shape, Disclosure(digits=Precision(mean=3, sd=2))).cells
    assert (cells["n"], cells["mean"], cells["m2"]) == ((123456789,), (1.23,), (9.9,))
    full = rounded(shape, Disclosure(digits=Precision(mean="full", sd="full")))
    assert (full.cells, full.digits) == (shape.cells, {})


@pytest.mark.parametrize("number", [1e16, 1.23457e18, 9.99e20])
def test_a_large_number_can_be_read_back(number: float) -> None:
    """The squared deviations of incomes or cell counts are that large."""
    answered = released(measured((50,), m2=number))
    try:
        sent = Answered.read(parse_json(answered.canonical(), "a pipe"), "a pipe")
    except FedcliError as error:
        pytest.fail(error.what)
    assert sent.cells["m2"] == (number,)


def test_rules_are_declared_for_every_field() -> None:
    """In the order of the fields, with thresholds in words and without data."""
    shape, _ = counted(1, 2)
    told = declared(shape, MERGE)
    assert [(rule.field, rule.check) for rule in told] == [
        ("count", "threshold"),
        ("count", "complement"),
        ("count", "class_disclosure"),
        ("count", "secondary"),
        ("count", "memory"),
        ("count", "membership"),
        ("missing", "threshold"),
        ("missing", "complement"),
        ("missing", "class_disclosure"),
        ("missing", "secondary"),
        ("missing", "memory"),
        ("missing", "membership"),
    ]
    assert told[0].threshold == "persons >= 10, zeros hidden among the small"
    assert told == declared(counted(1000, 2000)[0], MERGE)


def test_the_digest_of_rules_follows_every_threshold() -> None:
    """Another number, another consequence, another reviewer: another digest."""
    base = rules_digest(MERGE, "findings")
    changes: list[dict[str, Any]] = [
        {"min_count": 11},
        {"min_dof": 11},
        {"p_percent": "0.11"},
        {"zeros": "release"},
        {"dominance": ()},
        {"enforce": "threshold"},
        {"digits": Precision(mean=5)},
        {"max_levels": 39},
    ]
    others = {rules_digest(MERGE.model_copy(update=change), "findings") for change in changes}
    assert base not in others
    assert len(others) == len(changes)
    assert rules_digest(MERGE, "all") != base


def test_every_check_says_where_it_is_from() -> None:
    """A threshold in words and a source, short enough for a release."""
    for name, check in CHECKS.items():
        assert check.source, name
        for rules in (MERGE, RELEASE, Disclosure(dominance=())):
            assert 0 < len(check.threshold(rules)) <= 200, name


def test_a_table_of_one_level_has_no_line() -> None:
    """A single group is not a line of which all could be in one cell."""
    assert judged(counted(50, axes=table(1)), RELEASE).verdict is Verdict.PASS
