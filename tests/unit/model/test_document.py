"""Documents: frozen and strict; a refusal tells every place, helps with a slip, and repeats no value."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from fedcli.errors import InvalidFile
from fedcli.files.canonical import canonical, digest
from fedcli.files.strict import parse_json
from fedcli.model.approval import Approval
from fedcli.model.cells import Axis, Gap, size
from fedcli.model.document import Document, instant
from fedcli.model.policy import Policy
from fedcli.model.predicate import Cohort
from fedcli.model.release import Values

SECRET = "Confidential-7"

APPROVAL: dict[str, Any] = {
    "schema": "fedcli/approval/1",
    "federation": "cardio-net",
    "root_version": 1,
    "site": "north",
    "approver": "owner",
    "decision": "grant",
    "query": "a" * 64,
    "dictionary": "b" * 64,
    "policy": "c" * 64,
    "reason": "agreed",
    "issued": "2026-11-22T09:00:00Z",
    "expires": "2027-11-22T09:00:00Z",
}

VALUES: dict[str, Any] = {"query": "a" * 64, "site": "north", "round": 0, "attempt": 1, "analyses": {}}


def problems(kind: type[Document], value: Any) -> str:
    """What is told of a value that does not fit."""
    with pytest.raises(InvalidFile, match="F-SCHEMA") as caught:
        kind.read(value, "a file")
    return caught.value.facts["problems"]


def test_a_document_comes_back_from_its_bytes() -> None:
    """Canonical JSON under the names of the file; its digest is of these bytes."""
    read = Approval.read(APPROVAL, "a file")
    assert read.json_value() == APPROVAL | {"rounds": 1, "max_runs": 3}
    assert read.canonical() == canonical(read.json_value())
    assert read.sha256 == digest(read.canonical())
    assert Approval.read(parse_json(read.canonical(), "a file"), "a file") == read


def test_what_is_not_set_is_left_out() -> None:
    """A field without a value does not change the digest of older documents."""
    assert Policy(name="a").json_value().get("description", "left out") == "left out"


def test_a_document_cannot_be_changed() -> None:
    """What was verified stays what it is."""
    read = Approval.read(APPROVAL, "a file")
    with pytest.raises(ValidationError):
        read.site = "south"


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("root_version", "1"),
        ("root_version", 1.5),
        ("root_version", True),
        ("site", 1),
        ("site", None),
        ("decision", "Grant"),
        ("issued", 1795338000),
        ("issued", "2026-11-22"),
        ("issued", "2026-11-22T09:00:00"),
        ("issued", "22 Nov 2026"),
        ("schema", "fedcli/approval/2"),
        ("rounds", 0),
    ],
)
def test_nothing_is_converted(key: str, value: Any) -> None:
    """A text is no number, `true` is none, a number is no moment, and a moment has a zone."""
    assert problems(Approval, APPROVAL | {key: value}).startswith(f"{key}: ")


@pytest.mark.parametrize("value", [None, [], "text", 1, True, [APPROVAL]])
def test_what_is_no_table_is_refused(value: Any) -> None:
    """A document is a table."""
    assert problems(Approval, value).startswith("the document: ")


def test_what_is_missing_is_named() -> None:
    """By its key."""
    assert (
        problems(Approval, {key: APPROVAL[key] for key in APPROVAL if key != "site"})
        == "site: Field required"
    )


def test_an_unknown_key_is_refused_with_the_nearest() -> None:
    """A slip is told from what is meant; what resembles nothing is just unknown."""
    assert problems(Approval, APPROVAL | {"max_run": 2}) == "max_run: unknown key (did you mean max_runs?)"
    assert problems(Approval, APPROVAL | {"colour": 2}) == "colour: unknown key"


def test_the_nearest_key_is_one_of_the_file() -> None:
    """`schema_` is a name in Python; the file says `schema`."""
    told = problems(Approval, {key: APPROVAL[key] for key in APPROVAL if key != "schema"} | {"shema": "x"})
    assert told == "shema: unknown key (did you mean schema?)"


@pytest.mark.parametrize(
    ("place", "told"),
    [
        ({"disclosure": {"min_cuont": 10}}, "disclosure.min_cuont: unknown key (did you mean min_count?)"),
        ({"disclosure": {"limit": 10}}, "disclosure.limit: unknown key"),
        (
            {"admission": {"approvals": {"poeple": 2}}},
            "admission.approvals.poeple: unknown key (did you mean people?)",
        ),
    ],
)
def test_the_nearest_key_is_one_of_the_same_table(place: dict[str, Any], told: str) -> None:
    """A slip within a table is compared with the keys of that table."""
    assert problems(Policy, {"name": "a"} | place) == told


def test_a_key_has_one_name() -> None:
    """`schema_` is not another way to write `schema`."""
    assert problems(Policy, {"schema_": "fedcli/policy/1", "name": "a"}).startswith("schema_: unknown key")


def test_several_problems_are_told_at_once() -> None:
    """Three with their places, and how many more."""
    wrong = APPROVAL | {"site": "North", "reason": "", "query": "x", "rounds": 0, "policy": 1}
    told = problems(Approval, wrong)
    assert [part.partition(":")[0] for part in told.split("; ")] == ["site", "query", "policy", "and 2 more"]
    assert problems(Approval, APPROVAL | {"site": "N", "reason": ""}).count("; ") == 1


def test_a_place_is_told_by_its_path() -> None:
    """Through tables and lists."""
    told = problems(Policy, {"name": "a", "disclosure": {"dominance": [{"n": 1, "share": "0.5"}, {"n": 3}]}})
    assert told.startswith("disclosure.dominance.1.n: ")
    assert "disclosure.dominance.1.share: Field required" in told


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (Approval, dict.fromkeys(APPROVAL, SECRET)),
        (Approval, {key: [SECRET] for key in APPROVAL}),
        (Approval, {key: {"x": SECRET} for key in APPROVAL}),
        (Approval, SECRET),
        (Policy, {"name": "a", "disclosure": {"zeros": SECRET, "digits": {"mean": SECRET}}}),
        (Policy, {"name": "a", "disclosure": {"dominance": [{"n": SECRET, "share": SECRET}]}}),
        (Policy, {"name": "a", "admission": {"purposes": [SECRET], "analytics": [SECRET, 7]}}),
        (Policy, {"name": "a", "limits": {"memory": SECRET, "deadline": SECRET}}),
        (Cohort, {"where": {"op": "is_null", "of": {"op": "column", "name": SECRET}}}),
        (Cohort, {"where": SECRET}),
    ],
)
def test_a_value_is_never_repeated(kind: type[Document], value: Any) -> None:
    """A message may be shown and logged where the file may not."""
    with pytest.raises(InvalidFile, match="F-SCHEMA") as caught:
        kind.read(value, "a file")
    told = " ".join([*caught.value.lines(), repr(caught.value), str(caught.value.facts)])
    assert SECRET not in told
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (Cohort, {"where": {"op": SECRET}}),
        (Cohort, {"where": {"op": "not", "of": {"op": SECRET}}}),
        (Values, VALUES | {"analyses": {"n": {"outcome": SECRET}}}),
    ],
)
def test_a_tag_is_never_repeated(kind: type[Document], value: Any) -> None:
    """Neither is a value that tells which of several forms is meant."""
    assert SECRET not in problems(kind, value)


class Small(Document):
    """One field of each kind that matters."""

    number: int | float | None = None
    kind: Literal["small"] = "small"
    items: tuple[int, ...] = ()


@given(st.integers(-(2**53) + 1, 2**53 - 1) | st.floats(-9e15, 9e15, allow_nan=False))
def test_numbers_come_back(number: float) -> None:
    """Through canonical JSON, with their value."""
    made = Small(number=number)
    assert Small.read(parse_json(made.canonical(), "a file"), "a file") == made


def test_a_large_number_can_be_written_again() -> None:
    """A document that was read can be digested."""
    read = Small.read({"number": 1e17}, "a file")
    assert read.canonical() == Small(number=1e17).canonical()


@pytest.mark.parametrize("number", [float("nan"), float("inf"), float("-inf")])
def test_a_number_is_finite(number: float) -> None:
    """NaN passes every comparison with a limit, so no document holds it."""
    with pytest.raises(ValidationError):
        Small(number=number)
    with pytest.raises(ValidationError):
        Gap(low=number)


def test_lists_become_tuples() -> None:
    """So that nothing in a document can be changed."""
    assert Small.read({"items": [1, 2]}, "a file").items == (1, 2)


@pytest.mark.parametrize("hours", [-11, 0, 2, 14])
def test_an_instant_is_utc_in_whole_seconds(hours: int) -> None:
    """Whatever the zone and however fine the clock."""
    moment = datetime(2026, 11, 22, 9, 0, 1, 999_999, tzinfo=UTC).astimezone(timezone(timedelta(hours=hours)))
    assert instant(moment) == datetime(2026, 11, 22, 9, 0, 1, tzinfo=UTC)
    assert instant(moment).isoformat() == "2026-11-22T09:00:01+00:00"


def test_a_table_has_as_many_cells_as_its_axes_say() -> None:
    """The product of the levels; one where there is no axis."""
    axes = (Axis(name="sex", levels=("f", "m")), Axis(name="stage", levels=(1, 2, 3)))
    assert (size(axes), size(axes[:1]), size(())) == (6, 2, 1)
