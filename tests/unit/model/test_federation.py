"""Federations: a root holds distinct members, enough administrators, and no revoked key."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from fedcli.errors import InvalidFile
from fedcli.model.federation import Card, Member, Root, RootDraft


def key(number: int) -> str:
    """A text in the form of a public key."""
    return base64.b64encode(bytes([number]) * 32).decode()


def member(name: str, number: int, *roles: str, **told: Any) -> dict[str, Any]:
    """A member as in a file."""
    return {
        "name": name,
        "organisation": "A hospital",
        "roles": list(roles),
        "scheme": "ed25519",
        "signing_key": key(number),
        "sealing_key": key(number + 100),
    } | told


ADA, BEN = member("ada", 1, "administrator"), member("ben", 2, "administrator", "checker")
ANA, NORTH = member("ana", 3, "researcher"), member("north", 4, "site")
ROOT: dict[str, Any] = {
    "schema": "fedcli/root/1",
    "federation": "cardio-net",
    "version": 1,
    "threshold": 2,
    "issued": "2026-11-22T09:00:00Z",
    "expires": "2027-11-22T09:00:00Z",
    "members": [ADA, BEN, ANA, NORTH],
}
LOST = {"name": "south", "signing_key": key(9), "reason": "lost", "since_version": 2}


def root(**told: Any) -> Root:
    """A root, read as from a file."""
    return Root.read(ROOT | told, "a file")


def test_members_are_found_by_name_and_role() -> None:
    """In the order of their enrolment."""
    made = root()
    assert [one.name for one in made.administrators] == ["ada", "ben"]
    assert [one.name for one in made.having("checker")] == ["ben"]
    assert made.having("auditor") == ()
    found = made.member("ana")
    assert found is not None
    assert found.roles == ("researcher",)
    assert made.member("eve") is None


@pytest.mark.parametrize(
    ("told", "problem"),
    [
        ({"members": [ADA, BEN, ANA, member("ana", 5, "site")]}, "two members share a name or a key"),
        ({"members": [ADA, BEN, ANA, member("bob", 3, "researcher")]}, "two members share a name or a key"),
        ({"members": [ADA, ANA, NORTH]}, "there are fewer administrators than the threshold"),
        ({"threshold": 3}, "there are fewer administrators than the threshold"),
        ({"members": []}, "there are fewer administrators than the threshold"),
        ({"revoked": [LOST | {"signing_key": key(3)}]}, "a revoked key cannot be a member's"),
    ],
)
def test_what_contradicts_itself_is_refused(told: dict[str, Any], problem: str) -> None:
    """Two under one name or key, a threshold nobody could reach, and a key that was revoked."""
    with pytest.raises(InvalidFile, match="F-SCHEMA") as caught:
        root(**told)
    assert caught.value.facts["problems"] == f"the document: {problem}"


def test_a_draft_may_still_lack_members() -> None:
    """A root in the making is not yet held to these rules."""
    assert RootDraft.read(ROOT | {"members": [], "threshold": 5}, "a file").administrators == ()


def test_a_revoked_key_of_somebody_who_left_is_kept() -> None:
    """With its reason, and since when."""
    [lost] = root(revoked=[LOST]).revoked
    assert (lost.name, lost.since_version) == ("south", 2)


@pytest.mark.parametrize(
    "told",
    [
        {"threshold": 0},
        {"threshold": 101},
        {"version": 0},
        {"version": 10000},
        {"federation": "../other"},
        {"dictionaries": {"Cohort": {"version": 1, "digest": "a" * 64}}},
        {"dictionaries": {"cohort": {"version": 1, "digest": "a"}}},
        {"members": [ADA | {"roles": []}]},
        {"members": [ADA | {"roles": ["root"]}]},
        {"members": [ADA | {"scheme": "rsa"}]},
        {"members": [ADA | {"scheme": "none"}]},
        {"members": [ADA | {"signing_key": key(1).rstrip("=")}]},
        {"members": [ADA | {"signing_key": "A" * 44}]},
        {"members": [ADA | {"certificate": "x"}]},
        {"members": [ADA | {"organisation": "a\nb"}]},
        {"keys": []},
    ],
)
def test_a_root_of_another_form_is_refused(told: dict[str, Any]) -> None:
    """A threshold is at least one, and keys have one scheme and one form."""
    with pytest.raises(InvalidFile, match="F-SCHEMA"):
        root(**told)


def test_a_member_may_have_an_accreditation() -> None:
    """With its end."""
    told = {"reference": "training 7", "expires": "2027-01-01T00:00:00Z"}
    accreditation = Member.read(ANA | {"accreditation": told}, "a file").accreditation
    assert accreditation is not None
    assert accreditation.reference == "training 7"


def test_a_card_holds_a_member() -> None:
    """And may name the key that it replaces, in the form of a key."""
    card = {"schema": "fedcli/card/1", "member": ANA, "issued": "2026-11-22T09:00:00Z"}
    assert Card.read(card, "a file").replaces is None
    assert Card.read(card | {"replaces": key(7)}, "a file").replaces == key(7)
    with pytest.raises(InvalidFile, match="F-SCHEMA"):
        Card.read(card | {"replaces": "ana"}, "a file")
