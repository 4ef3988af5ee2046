"""A small federation in memory: keys, members, roots and signed documents, made without files."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from fedcli.model.approval import Approval
from fedcli.model.document import Document
from fedcli.model.federation import Card, Member, Root
from fedcli.model.policy import Policy, Role
from fedcli.model.predicate import Column, Comparison, Constant
from fedcli.model.query import Analysis, Query
from fedcli.model.release import Package, Release, Unanswered, Values
from fedcli.model.result import Combined
from fedcli.model.round import Posted
from fedcli.model.site import Manifest, Offer
from fedcli.trust.dsse import Kind, sign, statement
from fedcli.trust.keys import Keys, key_id, new_keys
from fedcli.trust.membership import Membership, Seen, follow

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
LATER = NOW + timedelta(days=365)
NEUTRAL = "AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="  # the neutral point: any signature of zeros holds

#: Keys by name; a name has the same keys in all tests of a run.
KEYS: dict[str, Keys] = {
    name: new_keys(name)
    for name in ("ada", "ben", "eve", "ana", "bob", "north", "south", "owner", "officer", "stranger")
}

ROLES: dict[str, Role] = {
    "ada": "administrator",
    "ben": "administrator",
    "ana": "researcher",
    "bob": "researcher",
    "north": "site",
    "south": "site",
    "owner": "data-owner",
    "officer": "disclosure-officer",
}


def identity(name: str) -> str:
    """The id of somebody's signing key."""
    return key_id(KEYS[name].signing_key)


def member(name: str, *roles: Role, **more: Any) -> Member:
    """Somebody as a member, in their usual role."""
    keys = KEYS[name]
    told = {"signing_key": keys.signing_key, "sealing_key": keys.sealing_key} | more
    return Member(name=name, organisation="A hospital", roles=roles or (ROLES[name],), **told)


def root(version: int = 1, **more: Any) -> Root:
    """A root with all of `ROLES` as members, and a threshold of one."""
    told: dict[str, Any] = {
        "federation": "cardio-net",
        "version": version,
        "threshold": 1,
        "issued": NOW,
        "expires": LATER,
        "members": tuple(member(name) for name in ROLES),
    }
    return Root(**(told | more))


def signed(kind: Kind, about: str, document: Document, *names: str) -> bytes:
    """The envelope of a document, signed by some."""
    return sign(statement(kind, about, document), [KEYS[name] for name in names])


def signed_root(document: Root, *names: str) -> bytes:
    """The envelope of a root."""
    return signed("root", document.sha256, document, *names)


def followed(*roots: Root, names: tuple[str, ...] = ("ada", "ben"), seen: Seen | None = None) -> Membership:
    """The membership of a chain that some have signed throughout."""
    return follow([signed_root(one, *names) for one in roots], roots[0].sha256, seen)


def card(name: str, *signers: str, replaces: str | None = None, **more: Any) -> bytes:
    """Somebody's card, signed by some."""
    document = Card(member=member(name, "researcher", **more), issued=NOW, replaces=replaces)
    return signed("card", document.sha256, document, *signers)


def digest_of(letter: str) -> str:
    """A digest that stands for something else."""
    return letter * 64


def query(**more: Any) -> Query:
    """Ana's query."""
    told: dict[str, Any] = {
        "federation": "cardio-net",
        "root_version": 1,
        "researcher": "ana",
        "title": "A test",
        "project": "cardio-2026",
        "purpose": "DUO:0000006",
        "dataset": "cohort",
        "dictionary": digest_of("d"),
        "dictionary_version": 1,
        "unit": "person",
        "sites": ("north", "south"),
        "min_sites": 2,
        "round_deadline": "3 days",
        "recipients": (identity("ana"),),
        "cohort": Comparison(op="ge", left=Column(name="age"), right=Constant(type="integer", value=40)),
        "analyses": (Analysis(id="n", analytic="count", version=1),),
        "issued": NOW,
        "expires": LATER,
    }
    return Query(**(told | more))


def approval(**more: Any) -> Approval:
    """The data owner's grant of Ana's query at North."""
    told: dict[str, Any] = {
        "federation": "cardio-net",
        "root_version": 1,
        "site": "north",
        "approver": "owner",
        "decision": "grant",
        "query": query().sha256,
        "dictionary": digest_of("d"),
        "policy": digest_of("e"),
        "reason": "agreed",
        "issued": NOW,
        "expires": LATER,
    }
    return Approval(**(told | more))


def manifest(**more: Any) -> Manifest:
    """North's manifest."""
    told: dict[str, Any] = {
        "federation": "cardio-net",
        "root_version": 1,
        "site": "north",
        "number": 1,
        "policy": digest_of("e"),
        "offers": (Offer(dataset="cohort", dictionary=digest_of("d"), snapshot="s-1"),),
        "issued": NOW,
    }
    return Manifest(**(told | more))


def policy(**more: Any) -> Policy:
    """A policy with the values of the standard profile."""
    return Policy(name="standard", **more)


def release(**more: Any) -> Release:
    """North's release for Ana's query."""
    told: dict[str, Any] = {
        "maturity": "preview",
        "federation": "cardio-net",
        "root_version": 1,
        "query": query().sha256,
        "round": 0,
        "attempt": 1,
        "site": "north",
        "unit": "person",
        "dictionary": digest_of("d"),
        "policy": digest_of("e"),
        "policy_name": "standard",
        "rules": digest_of("f"),
        "analytics": {"n": 1},
        "package": Package(version="0.1.0", digest=digest_of("a")),
        "recipients": (identity("ana"),),
        "approvals": (),
        "charges": (),
        "checkpoint": "a note",
        "issued": NOW,
        "expires": LATER,
        "salt": digest_of("b"),
    }
    return Release(**(told | more))


def values(**more: Any) -> Values:
    """The values of North's release: a refusal."""
    told: dict[str, Any] = {
        "query": query().sha256,
        "site": "north",
        "round": 0,
        "attempt": 1,
        "analyses": {"n": Unanswered(code="D-REFUSED", final=True)},
    }
    return Values(**(told | more))


def combined(**more: Any) -> Combined:
    """The statement of Ana's result."""
    told: dict[str, Any] = {
        "maturity": "preview",
        "federation": "cardio-net",
        "root_version": 1,
        "query": query().sha256,
        "researcher": "ana",
        "releases": {"north": digest_of("c")},
        "recipients": (identity("ana"),),
        "issued": NOW,
    }
    return Combined(**(told | more))


def posted(**more: Any) -> Posted:
    """The statement of Ana's first round after the first."""
    told: dict[str, Any] = {
        "maturity": "preview",
        "federation": "cardio-net",
        "root_version": 1,
        "query": query().sha256,
        "researcher": "ana",
        "round": 1,
        "releases": {"north": digest_of("c")},
        "recipients": (identity("north"),),
        "issued": NOW,
    }
    return Posted(**(told | more))


def flips(data: bytes, masks: tuple[int, ...] = (1, 2, 4, 8, 16, 32, 64, 128)) -> Iterator[tuple[str, bytes]]:
    """The data with one bit changed, for every position and mask, and where that was."""
    for place, byte in enumerate(data):
        for mask in masks:
            changed = data[:place] + bytes([byte ^ mask]) + data[place + 1 :]
            yield f"byte {place} ({byte:#04x} ^ {mask:#04x})", changed
