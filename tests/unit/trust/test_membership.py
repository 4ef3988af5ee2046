"""Membership: the rules of The Update Framework for a chain of roots, and cards for enrolment."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from fedcli.errors import InvalidFile, Untrusted
from fedcli.files.canonical import canonical
from fedcli.model.federation import Revoked, Root
from fedcli.trust.keys import encoded, key_id
from fedcli.trust.membership import Seen, follow, open_card
from tests.unit.trust.builders import (
    KEYS,
    LATER,
    NEUTRAL,
    NOW,
    ROLES,
    card,
    digest_of,
    flips,
    followed,
    identity,
    member,
    root,
    signed,
    signed_root,
)

FIRST = root()
BOTH = root(threshold=2)
ONE = timedelta(seconds=1)


def second(**more: object) -> Root:
    """A second version, issued later."""
    return root(2, issued=NOW + timedelta(days=1), **more)


def without(*names: str) -> tuple[object, ...]:
    """All members but some."""
    return tuple(member(name) for name in ROLES if name not in names)


def test_a_first_root_is_trusted_by_its_pin_alone() -> None:
    """It must have the digest that reached us by another way, whoever signed it."""
    data = signed_root(FIRST, "ada")
    assert follow([data], FIRST.sha256, None).root == FIRST
    for pin in (digest_of("a"), second().sha256):
        with pytest.raises(Untrusted, match="T-PIN"):
            follow([data], pin, None)


def test_no_root_is_no_membership() -> None:
    """An empty exchange does not hold the pinned root."""
    with pytest.raises(Untrusted, match="T-PIN"):
        follow([], FIRST.sha256, None)


def test_a_first_root_is_signed_by_its_own_threshold() -> None:
    """The pin names it; its administrators must have signed all the same."""
    assert followed(BOTH).signed_by(1) == ("ada", "ben")
    with pytest.raises(Untrusted, match="T-THRESHOLD"):
        followed(BOTH, names=("ada",))
    with pytest.raises(Untrusted, match="S-SIGNER"):
        followed(FIRST, names=("eve",))


@pytest.mark.parametrize("names", [("ada", "ada"), ("ada", "ada", "ada"), ("ada", "eve"), ("ada", "ana")])
def test_one_key_is_one_signature(names: tuple[str, ...]) -> None:
    """Signing twice, a stranger's and a researcher's signature do not reach a threshold of two."""
    with pytest.raises(Untrusted, match="T-THRESHOLD"):
        followed(BOTH, names=names)


def test_a_chain_ends_with_the_last_root() -> None:
    """Versions step by one; the last one counts."""
    third = root(3, members=without("bob"))
    membership = followed(FIRST, second(), third)
    assert membership.root == third
    assert membership.seen == Seen(pin=FIRST.sha256, version=3, digest=third.sha256)
    assert membership.at(2, "a file") == second()
    assert "bob" not in {one.name for one in membership.keys("researcher").values()}


def test_versions_step_by_one() -> None:
    """No root twice, none left out, none in another place."""
    third = root(3)
    for chain in ([FIRST, FIRST], [FIRST, third], [FIRST, second(), second()], [second(), FIRST], [second()]):
        with pytest.raises(Untrusted, match="T-CHAIN"):
            follow([signed_root(one, "ada") for one in chain], chain[0].sha256, None)


def test_the_old_threshold_signs_the_new_root() -> None:
    """A root that only its own administrators signed is a stranger's."""
    usurped = second(members=(member("eve", "administrator"), *without("ada", "ben")), threshold=1)
    with pytest.raises(Untrusted, match="S-SIGNER"):
        follow([signed_root(FIRST, "ada"), signed_root(usurped, "eve")], FIRST.sha256, None)
    handed_over = [signed_root(FIRST, "ada"), signed_root(usurped, "eve", "ben")]
    assert follow(handed_over, FIRST.sha256, None).root == usurped
    with pytest.raises(Untrusted, match="T-THRESHOLD"):
        follow([signed_root(BOTH, "ada", "ben"), signed_root(usurped, "eve", "ben")], BOTH.sha256, None)


def test_the_new_threshold_signs_the_new_root() -> None:
    """A root that its own administrators have not signed could not be followed by another."""
    raised = second(threshold=2)
    with pytest.raises(Untrusted, match="T-THRESHOLD"):
        follow([signed_root(FIRST, "ada"), signed_root(raised, "ada")], FIRST.sha256, None)
    handed_over = second(members=(member("eve", "administrator"), *without("ada", "ben")))
    with pytest.raises(Untrusted, match="S-SIGNER"):
        follow([signed_root(FIRST, "ada"), signed_root(handed_over, "ada", "ben")], FIRST.sha256, None)


def test_signatures_that_do_not_hold_are_an_alarm() -> None:
    """A signature taken from another root does not count, even where enough others hold."""
    value = json.loads(signed_root(second(), "ada", "ben"))
    value["signatures"][1] = json.loads(signed_root(FIRST, "ben"))["signatures"][0]
    with pytest.raises(Untrusted, match="S-SIGNATURE"):
        follow([signed_root(FIRST, "ada"), canonical(value)], FIRST.sha256, None)


def test_another_federation_is_no_part_of_the_chain() -> None:
    """Administrators of two federations cannot mix them up."""
    with pytest.raises(Untrusted, match="T-CHAIN"):
        followed(FIRST, second(federation="other-net"))


def test_the_statement_is_about_the_root_in_it() -> None:
    """Its subject is the digest of its predicate."""
    data = signed("root", digest_of("a"), FIRST, "ada")
    with pytest.raises(Untrusted, match="T-CHAIN"):
        follow([data], FIRST.sha256, None)


def test_nobody_goes_back() -> None:
    """Fewer roots than were seen is a rollback, also with the same pin."""
    seen = followed(FIRST, second()).seen
    assert followed(FIRST, second(), seen=seen).seen == seen
    with pytest.raises(Untrusted, match="T-ROLLBACK"):
        followed(FIRST, seen=seen)


def test_a_fork_is_noticed() -> None:
    """Another root under a version that was seen, also when the chain has grown since."""
    seen = followed(FIRST, second()).seen
    forked = second(threshold=2)
    with pytest.raises(Untrusted, match="T-FORK"):
        followed(FIRST, forked, seen=seen)
    with pytest.raises(Untrusted, match="T-FORK"):
        followed(FIRST, forked, root(3), seen=seen)
    assert followed(FIRST, second(), root(3), seen=seen).root.version == 3


def test_only_the_last_root_expires() -> None:
    """Who was away can catch up through roots that have expired."""
    old = root(expires=NOW - ONE)
    membership = followed(old, second())
    membership.check_current(NOW)
    membership.check_current(LATER - ONE)
    for moment in (LATER, LATER + ONE):
        with pytest.raises(Untrusted, match="T-EXPIRED"):
            membership.check_current(moment)
    with pytest.raises(Untrusted, match="T-EXPIRED"):
        followed(FIRST, second(expires=NOW - ONE)).check_current(NOW)


@pytest.mark.parametrize("field", ["signing_key", "sealing_key"])
@pytest.mark.parametrize("weak", [NEUTRAL, encoded(bytes(32)), encoded(b"\xee" + b"\xff" * 30 + b"\x7f")])
def test_a_weak_key_is_refused(field: str, weak: str) -> None:
    """A root that enrols a key of small order is not followed, though it is signed and pinned."""
    enrolled = root(members=(*without("north"), member("north", **{field: weak})))
    with pytest.raises(Untrusted, match="K-WEAK"):
        followed(enrolled)
    with pytest.raises(Untrusted, match="K-WEAK"):
        followed(FIRST, second(members=enrolled.members), seen=followed(FIRST).seen)


def test_a_weak_key_of_the_past_is_refused() -> None:
    """A release may bind an older root, so the keys of every root must be good."""
    weak = second(members=(*without("north"), member("north", signing_key=NEUTRAL)))
    with pytest.raises(Untrusted, match="K-WEAK"):
        followed(FIRST, weak, root(3, members=without("north")))


def test_every_changed_bit_of_a_root_is_refused() -> None:
    """One bit changed, anywhere in the envelope of a root that is pinned."""
    small = root(members=(member("ada"),))
    data = signed_root(small, "ada")
    accepted = []
    for place, changed in flips(data, masks=(1, 32)):
        try:
            follow([changed], small.sha256, None)
        except (Untrusted, InvalidFile):
            continue
        accepted.append(place)
    assert accepted == []


def test_a_changed_root_or_card_is_an_alarm() -> None:
    """A changed bit is Untrusted, exit 6, and not a slip of whoever wrote the file."""
    small = root(members=(member("ada"),))
    for _, changed in flips(signed_root(small, "ada"), masks=(1,)):
        with pytest.raises(Untrusted):
            follow([changed], small.sha256, None)
    for _, changed in flips(card("ana", "ana"), masks=(1,)):
        with pytest.raises(Untrusted):
            open_card(changed, "a card")


def test_a_version_that_there_is_not_is_told() -> None:
    """Documents bind a version; beyond the chain it is T-VERSION."""
    membership = followed(FIRST, second())
    for version in (0, 3, -1, 10**15):
        with pytest.raises(Untrusted, match="T-VERSION"):
            membership.at(version, "a file")
        with pytest.raises(Untrusted, match="T-VERSION"):
            membership.keys("site", version)


def test_members_are_told_by_role() -> None:
    """By the ids of their keys, and only those who have the role."""
    membership = followed(FIRST)
    assert set(membership.keys("site")) == {identity("north"), identity("south")}
    assert membership.keys("auditor") == {}
    assert membership.keys("site")[identity("north")].name == "north"


def test_a_revoked_key_counts_no_more_in_any_version() -> None:
    """A member who left may have been one then; a revoked key never was."""
    revoked = (Revoked(name="south", signing_key=KEYS["south"].signing_key, reason="lost", since_version=2),)
    membership = followed(FIRST, second(members=without("north", "south"), revoked=revoked))
    assert membership.keys("site") == {}
    assert set(membership.keys("site", 1)) == {identity("north")}


def test_sealing_keys_are_the_present_ones() -> None:
    """By the ids of signing keys, in the order asked; who has left is S-RECIPIENTS."""
    membership = followed(FIRST, second(members=without("bob")))
    asked = [identity("north"), identity("ana")]
    assert list(membership.sealing_keys(asked).items()) == [
        (identity("north"), KEYS["north"].sealing_key),
        (identity("ana"), KEYS["ana"].sealing_key),
    ]
    for stranger in ("bob", "eve"):
        with pytest.raises(Untrusted, match="S-RECIPIENTS"):
            membership.sealing_keys([identity("ana"), identity(stranger)])


def test_a_card_proves_possession() -> None:
    """It is signed with the key in it."""
    found = open_card(card("ana", "ana"), "a card")
    assert found.value.member.name == "ana"
    assert found.value.member.signing_key == KEYS["ana"].signing_key
    with pytest.raises(Untrusted, match="S-SIGNER"):
        open_card(card("ana", "eve"), "a card")


def test_a_card_that_replaces_a_key_is_signed_with_both() -> None:
    """The old key hands over to the new one; neither alone is enough."""
    old = KEYS["ana"].signing_key
    assert open_card(card("bob", "bob", "ana", replaces=old), "a card").value.replaces == old
    for signers in (("bob",), ("ana",), ("bob", "eve")):
        with pytest.raises(Untrusted, match="S-SIGNER"):
            open_card(card("bob", *signers, replaces=old), "a card")


@pytest.mark.parametrize("field", ["signing_key", "sealing_key"])
def test_a_card_with_a_weak_key_is_refused(field: str) -> None:
    """Also where the signature would hold: with the neutral point it always does."""
    value = json.loads(card("ana", "ana", **{field: NEUTRAL}))
    if field == "signing_key":
        zeros = encoded(b"\x01" + bytes(63))
        value["signatures"] = [{"keyid": key_id(NEUTRAL), "sig": zeros}]
    with pytest.raises(Untrusted, match="K-WEAK"):
        open_card(canonical(value), "a card")


def test_another_signed_file_is_no_card() -> None:
    """A root is not, nor a card a root."""
    with pytest.raises(Untrusted, match="S-KIND"):
        open_card(signed_root(FIRST, "ada"), "a card")
    with pytest.raises(Untrusted, match="S-KIND"):
        follow([card("ada", "ada")], FIRST.sha256, None)
