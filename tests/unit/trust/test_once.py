"""What was verified once counts for the same bytes under the same roots, and for nothing else."""

from __future__ import annotations

import pytest

from fedcli.errors import Untrusted
from fedcli.files.canonical import digest
from fedcli.model.federation import Revoked
from fedcli.model.round import States
from fedcli.trust.sealing import seal
from fedcli.trust.verified import open_states, round_binding, verify_release, verify_round
from tests.unit.trust.builders import (
    KEYS,
    ROLES,
    digest_of,
    followed,
    identity,
    member,
    posted,
    query,
    release,
    root,
    signed,
)


def test_a_release_is_judged_anew_under_other_roots() -> None:
    """A key that was revoked since does not live on in memory."""
    data = signed("release", digest_of("c"), release(), "north")
    assert verify_release(data, followed(root()), "a file").signers == ("north",)
    gone = Revoked(name="north", signing_key=KEYS["north"].signing_key, reason="lost", since_version=2)
    others = tuple(member(name) for name in ROLES if name != "north")
    later = followed(root(), root(2, members=others, revoked=(gone,)))
    with pytest.raises(Untrusted, match="S-SIGNER"):
        verify_release(data, later, "a file")


def test_a_round_is_judged_anew_under_other_roots() -> None:
    """Nor does that of a researcher."""
    data = signed("round", digest_of("c"), posted(), "ana")
    assert verify_round(data, followed(root()), "a file").signers == ("ana",)
    others = tuple(member(name) for name in ROLES if name != "ana")
    gone = Revoked(name="ana", signing_key=KEYS["ana"].signing_key, reason="lost", since_version=2)
    with pytest.raises(Untrusted, match="S-SIGNER"):
        verify_round(data, followed(root(), root(2, members=others, revoked=(gone,))), "a file")


def test_states_open_for_their_recipients_alone() -> None:
    """Also where one of them has opened them in the same process."""
    statement, states = posted(), States(query=query().sha256, round=1, again=("n",))
    data = seal(
        states.canonical(), {identity("north"): KEYS["north"].sealing_key}, round_binding(statement), 1024
    )
    members = followed(root())
    told = verify_round(signed("round", digest(data), statement, "ana"), members, "a file")
    assert open_states(told, data, KEYS["north"], "a file").value == states
    with pytest.raises(Untrusted, match="S-RECIPIENT"):
        open_states(told, data, KEYS["south"], "a file")


def test_a_refusal_is_not_remembered_as_anything() -> None:
    """It is refused again."""
    data = signed("release", digest_of("c"), release(), "south")
    for _ in range(2):
        with pytest.raises(Untrusted, match="S-WHO"):
            verify_release(data, followed(root()), "a file")


def test_the_same_is_not_verified_again() -> None:
    """The same file gives the same value."""
    data = signed("release", digest_of("c"), release(), "north")
    members = followed(root())
    assert verify_release(data, members, "a file") is verify_release(data, members, "another name")
