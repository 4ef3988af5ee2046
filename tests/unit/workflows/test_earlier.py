"""What left before, beside one analysis: what touches it, in which order, and how much of it is listed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from fedcli.model.dataset import Unit
from fedcli.model.predicate import Column, Comparison, Constant, Predicate
from fedcli.model.query import Analysis, Query
from fedcli.model.release import Answered
from fedcli.model.shown.reviews import EarlierShown
from fedcli.workflows.earlier import MOST, Asked, Output, asked_by, beside
from tests.unit.trust.builders import NOW, digest_of, query

OLD: Predicate = Comparison(op="ge", left=Column(name="age"), right=Constant(type="integer", value=60))
YOUNG: Predicate = Comparison(op="lt", left=Column(name="age"), right=Constant(type="integer", value=60))


def table(*by: str, of: Unit = "person") -> Analysis:
    """A table by columns."""
    return Analysis(id="t", analytic="crosstab", version=1, parameters={"by": list(by), "of": of})


COUNT = Analysis(id="t", analytic="count", version=1, parameters={"of": "person"})


def asked(analysis: Analysis = COUNT, cohort: Predicate | None = None, **more: Any) -> Asked:
    """What an analysis of a query tells of, on the first snapshot."""
    return asked_by(_query(cohort), analysis, "s-1")._replace(**more)


def _query(cohort: Predicate | None = None) -> Query:
    return query().model_copy(update={"cohort": cohort})


def left(one: Asked, hours: int = 0, source: str = "other") -> Output:
    """It left so many hours ago."""
    at = NOW - timedelta(hours=hours)
    shown = EarlierShown(at=at.date(), id=f"q-{hours}", title="T", who="ana", analysis="a table")
    answered = Answered(kind="counts", axes=(), cells={}, rules=())
    return Output(at, one, shown, answered, (digest_of(source), "t"))


@pytest.mark.parametrize(
    ("one", "other", "touches"),
    [
        (asked(table("sex")), asked(table("sex", "smoking")), True),
        (asked(table("sex")), asked(table("smoking")), False),
        (asked(table("sex"), OLD), asked(table("smoking"), YOUNG), True),
        (asked(table("sex"), OLD), asked(table("smoking")), False),
        (asked(table("sex")), asked(table("age"), OLD), False),
        (asked(table("age")), asked(table("sex"), OLD), True),
        (asked(COUNT, OLD), asked(table("sex")), True),
        (asked(table("sex")), asked(reads=None), True),
    ],
)
def test_what_touches(one: Asked, other: Asked, touches: bool) -> None:
    """A column in common, of cohort or question; a count touches everything, and so does the unknown."""
    assert (one.touches(other), other.touches(one)) == (touches, touches)


@pytest.mark.parametrize(
    ("other", "differs"),
    [
        (asked(table("sex")), []),
        (asked(table("sex"), OLD), ["another cohort"]),
        (asked(table("sex"), snapshot="s-0"), ["another snapshot"]),
        (asked(table("sex"), dataset="labs"), ["another dataset"]),
        (asked(table("sex", of="row")), ["other groups"]),
        (asked(COUNT, OLD), ["another cohort", "another analytic"]),
        (Asked(None, None, None, None), ["not known"]),
    ],
)
def test_what_differs(other: Asked, differs: list[str]) -> None:
    """In words; nothing where it is the same question of the same data."""
    assert list(asked(table("sex")).differs(other)) == differs


def test_no_more_than_people_read() -> None:
    """The same question first, though it is older; each kind the newest first; the others are counted."""
    known = [left(asked(table("sex", "smoking")), hours) for hours in range(MOST)]
    known += [left(asked(table("sex"), OLD), hours) for hours in (30, 40)]
    known += [left(asked(table("smoking")), 50)]
    found = beside(known, _query(), table("sex"), "s-1")
    ids = [one.id for one in found.shown.outputs]
    assert ids == ["q-30", "q-40", *(f"q-{hours}" for hours in range(MOST - 2))]
    assert found.shown.more == 2
    assert [one.name.split()[0] for one in found.same] == ["q-30", "q-40"]


def test_an_analysis_is_not_beside_itself() -> None:
    """What left of it in an earlier round or attempt is not another release."""
    this = _query()
    own = left(asked(table("sex")))._replace(source=(this.sha256, "t"))
    assert beside([own], this, table("sex"), "s-1").shown.outputs == ()
    assert len(beside([own], this, table("sex").model_copy(update={"id": "u"}), "s-1").shown.outputs) == 1
