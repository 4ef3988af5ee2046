"""Which amendment keeps its approvals: the few changes that only tighten, and nothing else, in any field."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import product
from typing import Any

import pytest

from fedcli.model.query import Query
from fedcli.policy.amendment import MAY_DIFFER, only_tightens
from fedcli.workflows.difference import told

A = {"id": "a", "analytic": "summary", "version": 1, "parameters": {"columns": ["age"]}}
B = {"id": "b", "analytic": "count", "version": 1, "parameters": {"of": "row"}}
COHORT = {
    "op": "gt",
    "left": {"op": "column", "name": "age"},
    "right": {"op": "constant", "type": "integer", "value": 40},
}
BEFORE: dict[str, Any] = {
    "federation": "net",
    "root_version": 2,
    "researcher": "ana",
    "title": "A title",
    "description": "Words",
    "project": "cardio",
    "purpose": "DUO:0000006",
    "dataset": "cohort",
    "dictionary": "d" * 64,
    "dictionary_version": 1,
    "unit": "person",
    "sites": ["east", "north", "south", "west"],
    "min_sites": 2,
    "round_deadline": "3 days",
    "recipients": ["e" * 64],
    "cohort": COHORT,
    "analyses": [A, B],
    "amends": "f" * 64,
    "issued": "2026-11-22T09:00:00Z",
    "expires": "2027-02-20T09:00:00Z",
}
OLD = Query.read(BEFORE, "test")


def _new(**changes: Any) -> Query:
    kept = {name: value for name, value in {**BEFORE, "amends": OLD.sha256, **changes}.items() if value}
    return Query.read(kept, "test")


TIGHTER: dict[str, dict[str, Any]] = {
    "nothing but who is amended": {},
    "signed later": {"issued": "2026-11-23T09:00:00Z"},
    "under a newer root": {"root_version": 3},
    "fewer analyses": {"analyses": [B]},
    "in another order": {"analyses": [B, A]},
    "a higher quorum": {"min_sites": 3},
    "less time": {"expires": "2027-01-01T00:00:00Z"},
    "all of it": {
        "analyses": [A],
        "min_sites": 3,
        "expires": "2026-12-01T00:00:00Z",
        "issued": "2026-11-24T00:00:00Z",
    },
}
#: For every field of a query a change that is not provably stricter.
LOOSER: dict[str, dict[str, list[dict[str, Any]]]] = {
    "schema_": {},
    "federation": {"federation": [{"federation": "web"}]},
    "root_version": {"older": [{"root_version": 1}]},
    "researcher": {"another": [{"researcher": "eve"}]},
    "title": {"another": [{"title": "A Title"}]},
    "description": {"another": [{"description": "Other"}], "none": [{"description": None}]},
    "project": {"another": [{"project": "other"}]},
    "purpose": {"another": [{"purpose": "DUO:0000042"}]},
    "ethics": {"another": [{"ethics": "REC 1"}]},
    "data_protection": {"another": [{"data_protection": "DPIA 1"}]},
    "project_end": {"a day": [{"project_end": "2030-12-31"}]},
    "dataset": {"another": [{"dataset": "visits"}]},
    "dictionary": {"another": [{"dictionary": "a" * 64}]},
    "dictionary_version": {"newer": [{"dictionary_version": 2}]},
    "unit": {"row": [{"unit": "row"}]},
    "sites": {
        "fewer": [{"sites": ["east", "north", "south"]}],
        "more": [{"sites": ["east", "north", "south", "up", "west"]}],
        "another": [{"sites": ["east", "north", "south", "up"]}],
        "order": [{"sites": ["north", "east", "south", "west"]}],
    },
    "min_sites": {"lower": [{"min_sites": 1}]},
    "round_deadline": {"longer": [{"round_deadline": "4 days"}], "shorter": [{"round_deadline": "1 day"}]},
    "recurs": {"again": [{"recurs": {"every": "3 days", "times": 2, "starts": "2026-11-22T09:00:00Z"}}]},
    "recipients": {
        "more": [{"recipients": ["e" * 64, "a" * 64]}],
        "another": [{"recipients": ["a" * 64]}],
    },
    "derive": {
        "some": [{"derive": [{"name": "n", "of": {"op": "count", "table": "visits"}}]}],
    },
    "cohort": {
        "none": [{"cohort": None}],
        "narrower": [{"cohort": {**COHORT, "right": {**COHORT["right"], "value": 50}}}],
        "another type": [
            {"cohort": {**COHORT, "right": {"op": "constant", "type": "boolean", "value": True}}}
        ],
    },
    "analyses": {
        "more": [{"analyses": [A, B, {**B, "id": "c"}]}],
        "another parameter": [{"analyses": [{**A, "parameters": {"columns": ["bmi"]}}, B]}],
        "a subset of columns": [{"analyses": [{**A, "parameters": {"columns": []}}, B]}],
        "another name": [{"analyses": [{**A, "id": "c"}]}],
        "another version": [{"analyses": [{**A, "version": 2}]}],
        "another analytic": [{"analyses": [{**A, "analytic": "crosstab"}]}],
    },
    "privacy": {},
    "amends": {"another": [{"amends": "0" * 64}], "none": [{"amends": None}]},
    "issued": {"before": [{"issued": "2026-11-21T09:00:00Z"}]},
    "expires": {"later": [{"expires": "2027-02-20T09:00:01Z"}]},
}
CASES = [
    pytest.param(change, id=f"{field}: {name}")
    for field, cases in LOOSER.items()
    for name, [change] in cases.items()
]


@pytest.mark.parametrize("name", TIGHTER)
def test_what_only_tightens(name: str) -> None:
    """Fewer of the same analyses, a higher quorum, less time: what was approved covers it."""
    assert only_tightens(OLD, _new(**TIGHTER[name]))


@pytest.mark.parametrize("change", CASES)
def test_what_does_not(change: dict[str, Any]) -> None:
    """Everything else does not, and neither does it together with what tightens."""
    assert not only_tightens(OLD, _new(**change))
    for tighter in TIGHTER.values():
        if not tighter.keys() & change.keys():
            assert not only_tightens(OLD, _new(**tighter, **change))


def test_every_field_is_thought_of() -> None:
    """A field that is added to queries needs its case here; until then a difference in it counts."""
    assert set(LOOSER) == set(Query.model_fields)
    empty = {field for field, cases in LOOSER.items() if not cases}
    assert empty == {"schema_", "privacy"}  # they have one value so far
    assert not empty & set(MAY_DIFFER)


def test_an_analysis_is_compared_to_the_byte() -> None:
    """One, 1.0 and true are equal in Python and another question here."""
    one = {**B, "parameters": {"k": 1}}
    old = Query.read({**BEFORE, "analyses": [one]}, "test")
    for value in (True, "1", [1], None):
        changed = {**BEFORE, "analyses": [{**B, "parameters": {"k": value}}], "amends": old.sha256}
        assert not only_tightens(old, Query.read(changed, "test"))


def test_a_query_does_not_amend_itself() -> None:
    """The digest of a query that names its own digest cannot be; the old one amends nothing."""
    assert not only_tightens(OLD, OLD)


@pytest.mark.parametrize(
    "change", [*(pytest.param(change, id=name) for name, change in TIGHTER.items()), *CASES]
)
def test_the_words_say_the_same(change: dict[str, Any]) -> None:
    """Whether approvals are kept, and whether the words have something that is more, are one answer."""
    new = _new(**change)
    difference = told(OLD, new)
    assert difference.keeps_approvals == only_tightens(OLD, new)
    if new.amends == OLD.sha256:
        assert difference.keeps_approvals == (not difference.more)


def test_tightening_goes_on() -> None:
    """What tightens what tightened, tightens the first: chains of amendments are sound."""
    steps = [change for change in TIGHTER.values() if "issued" not in change]
    for first, second in product(steps, steps):
        middle = _new(**first)
        last = _new(**{**first, **second, "amends": middle.sha256})
        if only_tightens(middle, last):
            as_one = last.model_copy(update={"amends": OLD.sha256})
            assert only_tightens(OLD, as_one)


def test_the_clock() -> None:
    """The moments of the table are in order."""
    assert OLD.issued < datetime(2026, 11, 23, tzinfo=UTC) < OLD.expires
