"""What two releases must not give away together, where one of them could have known."""

from __future__ import annotations

from typing import Any

import pytest

from fedcli.engine.memory import MemoryRows
from fedcli.language.expression import parse
from fedcli.model.cells import Gap
from fedcli.model.dataset import Dictionary
from fedcli.model.disclosure import Verdict
from fedcli.policy.gate import Decision, gate
from fedcli.policy.profiles import profile
from tests.laws.datasets import Row
from tests.laws.engines import duck_of

VISITS: dict[str, Any] = {
    "unit": "person",
    "person_id": "person",
    "row_key": "visit",
    "max_rows": 3,
    "columns": {
        "person": {"type": "text", "sensitivity": "identifier"},
        "visit": {"type": "text", "sensitivity": "identifier"},
        "ward": {"type": "text", "levels": ["a", "b"]},
        "sbp": {"type": "integer", "bounds": [0, 300]},
        "flag": {"type": "integer", "bounds": [0, 1]},
    },
}


def dictionary(**head: Any) -> Dictionary:
    """Visits of persons, or what is given instead."""
    return Dictionary.read({"schema": "fedcli/dictionary/1", "dataset": "d", **VISITS, **head}, "a test")


def visits(in_b: int, persons: int = 50) -> list[Row]:
    """Three visits of each person; the last visits of the first persons were in ward b."""
    return [
        {
            "person": f"p{person}",
            "visit": f"v{person}-{visit}",
            "ward": "b" if visit == 2 and person < in_b else "a",
            "sbp": 100 + (person * 7 + visit * 3) % 41,
            "flag": 0 if visit == 2 and person < in_b else 1,
        }
        for person in range(persons)
        for visit in range(3)
    ]


def judged(rows: list[Row], where: str | None, column: str = "sbp", engine: str = "memory") -> Decision:
    """What the standard rules say of the moments of a column in a cohort."""
    agreed = dictionary()
    cohort = parse(where, agreed, "a test") if where else None
    seen = frozenset({column})
    under = profile("standard").disclosure
    if engine == "memory":
        return gate(MemoryRows(rows, agreed, cohort, seen).moments((column,)), under)
    with duck_of(rows, agreed, cohort, seen) as found:
        return gate(found.moments((column,)), under)


@pytest.mark.parametrize("engine", ["memory", "duckdb"])
@pytest.mark.parametrize(
    ("where", "verdict"),
    [
        ("ward = 'a' or sbp > 0", Verdict.PASS),
        ("sbp <= 135", Verdict.PASS),
        ("sbp <= 139", Verdict.FAIL),
    ],
)
def test_cohorts_that_leave_out_nobody_or_many(where: str, verdict: Verdict, engine: str) -> None:
    """Everybody, everybody but a good many, and everybody but a few visits."""
    assert judged(visits(0), where, engine=engine).verdict is verdict


@pytest.mark.parametrize("engine", ["memory", "duckdb"])
@pytest.mark.parametrize(("left_out", "verdict"), [(9, Verdict.FAIL), (10, Verdict.PASS)])
def test_persons_who_are_left_out_wholly(left_out: int, verdict: Verdict, engine: str) -> None:
    """Few persons outside of the cohort are the difference between it and everybody."""
    rows = [{**row, "ward": "b" if int(row["person"][1:]) < left_out else "a"} for row in visits(0)]
    assert judged(rows, "ward = 'a'", engine=engine).verdict is verdict


@pytest.mark.parametrize("engine", ["memory", "duckdb"])
@pytest.mark.parametrize("left_out", [1, 9])
def test_persons_who_are_left_out_in_part(left_out: int, engine: str) -> None:
    """The rows outside of the cohort belong to few persons, and can be told by difference."""
    assert judged(visits(left_out), "ward = 'a'", engine=engine).verdict is Verdict.FAIL


@pytest.mark.parametrize("engine", ["memory", "duckdb"])
def test_an_indicator_without_levels(engine: str) -> None:
    """The mean of 147 ones and 3 zeros tells that there are 3 zeros."""
    decision = judged(visits(3), None, column="flag", engine=engine)
    assert decision.released is not None
    assert isinstance(decision.released.answered.cells["mean"][0], Gap)
