"""Verification: a document counts only with its signer, role, federation, subject and root version."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from fedcli.errors import FedcliError, InvalidFile, Untrusted
from fedcli.files.canonical import digest
from fedcli.model.document import Document
from fedcli.model.federation import Revoked, Root
from fedcli.model.verified import Verified
from fedcli.trust.dsse import Kind
from fedcli.trust.membership import Membership
from fedcli.trust.sealing import seal
from fedcli.trust.verified import (
    check_sealed,
    open_values,
    release_binding,
    verify_approval,
    verify_manifest,
    verify_policy,
    verify_query,
    verify_release,
    verify_result,
)
from tests.unit.trust.builders import (
    KEYS,
    ROLES,
    approval,
    combined,
    digest_of,
    flips,
    followed,
    identity,
    manifest,
    member,
    policy,
    query,
    release,
    root,
    signed,
    values,
)


@dataclass(frozen=True)
class Case:
    """A kind of document: who signs it, how it is built and verified, and what its subject is."""

    kind: Kind
    verify: Callable[[bytes, Membership, str], Verified[Any]]
    make: Callable[..., Document]
    signer: str
    same_role: str | None
    names: str | None
    about: Callable[[Any], str]
    free_subject: bool = False

    def data(self, *signers: str, about: str | None = None, **more: Any) -> bytes:
        """Its envelope."""
        document = self.make(**more)
        return signed(self.kind, about or self.about(document), document, *(signers or (self.signer,)))


def itself(document: Document) -> str:
    """The digest of the document."""
    return document.sha256


CASES = [
    Case("query", verify_query, query, "ana", "bob", "researcher", itself),
    Case("approval", verify_approval, approval, "owner", "officer", "approver", lambda one: one.query),
    Case("manifest", verify_manifest, manifest, "north", "south", "site", itself),
    Case("policy", verify_policy, policy, "north", None, None, itself),
    Case("release", verify_release, release, "north", "south", "site", lambda _: digest_of("c"), True),
    Case("result", verify_result, combined, "ana", "bob", "researcher", lambda _: digest_of("c"), True),
]
BOUND = [case for case in CASES if case.names is not None]


def by_kind(case: Case) -> str:
    """The name of a case."""
    return case.kind


every = pytest.mark.parametrize("case", CASES, ids=by_kind)
every_bound = pytest.mark.parametrize("case", BOUND, ids=by_kind)


@pytest.fixture(scope="module")
def members() -> Membership:
    """A federation of one root."""
    return followed(root())


def left(*names: str, **more: Any) -> Root:
    """A second root without some."""
    return root(2, members=tuple(member(name) for name in ROLES if name not in names), **more)


@every
def test_a_good_document_is_verified(case: Case, members: Membership) -> None:
    """Its value, its signer, its file's digest and what it is about."""
    data = case.data()
    found = case.verify(data, members, "a file")
    assert found.value == case.make()
    assert found.signers == (case.signer,)
    assert found.envelope == digest(data)
    assert found.subject == case.about(case.make())


@every
def test_a_wrong_role_is_refused(case: Case, members: Membership) -> None:
    """Whoever signs without the role is nobody, member or not."""
    right = {name for name, role in ROLES.items() if role == ROLES[case.signer]}
    right |= {"owner", "officer"} if case.kind == "approval" else set()
    for name in [*(name for name in ROLES if name not in right), "eve", "stranger"]:
        with pytest.raises(Untrusted, match="S-SIGNER"):
            case.verify(case.data(name), members, "a file")


@every_bound
def test_another_signer_than_the_one_named_is_refused(case: Case, members: Membership) -> None:
    """Of the same role, alone or together with the one named."""
    assert case.same_role is not None
    for signers in ((case.same_role,), (case.signer, case.same_role)):
        with pytest.raises(Untrusted, match="S-WHO"):
            case.verify(case.data(*signers), members, "a file")
    with pytest.raises(Untrusted, match="S-WHO"):
        case.verify(case.data(**{case.names or "": case.same_role}), members, "a file")


@every
def test_a_strangers_signature_beside_does_not_count(case: Case, members: Membership) -> None:
    """It neither helps nor harms."""
    assert case.verify(case.data("eve", case.signer), members, "a file").signers == (case.signer,)


@every_bound
def test_another_federation_is_refused(case: Case, members: Membership) -> None:
    """The same people may be in two; their documents are for one."""
    with pytest.raises(Untrusted, match="S-FEDERATION"):
        case.verify(case.data(federation="other-net"), members, "a file")


@every
def test_the_subject_is_what_the_document_is_about(case: Case, members: Membership) -> None:
    """A statement about something else is refused, but where the subject is a second file."""
    data = case.data(about=digest_of("0"))
    if case.free_subject:
        assert case.verify(data, members, "a file").subject == digest_of("0")
    else:
        with pytest.raises(Untrusted, match="S-SUBJECT"):
            case.verify(data, members, "a file")


@every
def test_another_kind_is_refused(case: Case, members: Membership) -> None:
    """No document is taken for one of another kind, even where the signer has both roles."""
    for other in CASES:
        if other is not case:
            with pytest.raises(Untrusted, match="S-KIND"):
                case.verify(other.data(), members, "a file")


@every
def test_a_document_of_another_form_is_refused(case: Case, members: Membership) -> None:
    """However well it is signed, a document under another's kind does not have its form."""
    other = next(one for one in CASES if one.kind not in (case.kind, "release"))
    document = other.make()
    with pytest.raises((InvalidFile, Untrusted), match=r"F-SCHEMA|S-FORM"):
        case.verify(signed(case.kind, document.sha256, document, case.signer), members, "a file")


@every
def test_every_changed_byte_is_refused(case: Case, members: Membership) -> None:
    """One bit changed, at any position: an alarm, and no other kind of failure."""
    accepted = []
    for place, changed in flips(case.data(), masks=(1,)):
        try:
            case.verify(changed, members, "a file")
        except Untrusted:
            continue
        accepted.append(place)
    assert accepted == []


@every
def test_a_revoked_key_is_refused(case: Case) -> None:
    """Even for a document that binds the root of before."""
    gone = Revoked(
        name=case.signer, signing_key=KEYS[case.signer].signing_key, reason="lost", since_version=2
    )
    later = followed(root(), left(case.signer, revoked=(gone,)))
    with pytest.raises(Untrusted, match="S-SIGNER"):
        case.verify(case.data(), later, "a file")


@every
def test_who_has_left_signs_nothing_but_releases_of_then(case: Case) -> None:
    """A release binds the root under which it was made; everything else is judged by today's root."""
    later = followed(root(), left(case.signer))
    if case.kind == "release":
        assert case.verify(case.data(), later, "a file").signers == (case.signer,)
        with pytest.raises(Untrusted, match="S-SIGNER"):
            case.verify(case.data(root_version=2), later, "a file")
    else:
        with pytest.raises(Untrusted, match="S-SIGNER"):
            case.verify(case.data(), later, "a file")


def test_a_release_of_a_site_that_was_not_yet_a_member_is_refused() -> None:
    """A release cannot bind a root from before its site was enrolled."""
    first = root(members=tuple(member(name) for name in ROLES if name != "north"))
    grown = followed(first, root(2))
    case = next(case for case in CASES if case.kind == "release")
    assert verify_release(case.data(root_version=2), grown, "a file").signers == ("north",)
    with pytest.raises(Untrusted, match="S-SIGNER"):
        verify_release(case.data(root_version=1), grown, "a file")


@pytest.mark.parametrize("version", [2, 9999])
def test_a_release_under_a_root_that_there_is_not_is_refused(version: int, members: Membership) -> None:
    """It must bind a version that we know."""
    case = next(case for case in CASES if case.kind == "release")
    with pytest.raises(Untrusted, match="T-VERSION"):
        verify_release(case.data(root_version=version), members, "a file")


def test_a_member_with_two_roles_acts_in_each(members: Membership) -> None:
    """A checker's approval counts like a data owner's; an administrator's does not."""
    several = tuple(member(name) for name in ROLES if name != "owner")
    both = followed(root(members=(*several, member("owner", "checker", "researcher"))))
    case = next(case for case in CASES if case.kind == "approval")
    assert case.verify(case.data(), both, "a file").signers == ("owner",)
    only = followed(root(members=(*several, member("owner", "researcher", "auditor"))))
    with pytest.raises(Untrusted, match="S-SIGNER"):
        case.verify(case.data(), only, "a file")


# The sealed half of a release.


def sealed(content: bytes | None = None, bound: dict[str, object] | None = None) -> bytes:
    """The sealed values of North's release for Ana."""
    text = values().canonical() if content is None else content
    recipients = {identity("ana"): KEYS["ana"].sealing_key}
    return seal(text, recipients, release_binding(release()) if bound is None else bound, 1024)


def verified_release(data: bytes, members: Membership, **more: Any) -> Verified[Any]:
    """North's release about some sealed file."""
    return verify_release(signed("release", digest(data), release(**more), "north"), members, "a file")


def test_values_open_for_their_recipient(members: Membership) -> None:
    """They are what the site sealed, and the site vouches for them."""
    data = sealed()
    found = open_values(verified_release(data, members), data, KEYS["ana"], "a file")
    assert found.value == values()
    assert found.signers == ("north",)
    with pytest.raises(Untrusted, match="S-RECIPIENT"):
        open_values(verified_release(data, members), data, KEYS["bob"], "a file")


def test_another_sealed_file_is_refused(members: Membership) -> None:
    """Even one of the same values: the statement names the file by its digest."""
    statement = verified_release(sealed(), members)
    again = sealed()
    with pytest.raises(Untrusted, match="S-SUBJECT"):
        open_values(statement, again, KEYS["ana"], "a file")
    with pytest.raises(Untrusted, match="S-SUBJECT"):
        check_sealed(statement, again + b" ", "a file")


@pytest.mark.parametrize(
    "other",
    [
        {"federation": "other-net"},
        {"query": digest_of("0")},
        {"site": "south"},
        {"round": 1},
        {"attempt": 2},
    ],
)
def test_values_sealed_for_another_release_do_not_open(other: dict[str, object], members: Membership) -> None:
    """Federation, query, site, round and attempt are part of the seal."""
    data = sealed(bound=release_binding(release(**other)))
    with pytest.raises(Untrusted, match="S-SEAL"):
        open_values(verified_release(data, members), data, KEYS["ana"], "a file")


@pytest.mark.parametrize("told", [{"query": digest_of("0")}, {"site": "south"}, {"round": 1}, {"attempt": 2}])
def test_values_that_say_otherwise_are_refused(told: dict[str, object], members: Membership) -> None:
    """What is inside must be of the same release as what is outside."""
    data = sealed(values(**told).canonical())
    with pytest.raises(Untrusted, match="S-BINDING"):
        open_values(verified_release(data, members), data, KEYS["ana"], "a file")


@pytest.mark.parametrize("content", [b"", b"{}", b"null", b"\xff", b'{"schema":"fedcli/values/1"}'])
def test_values_of_another_form_are_refused(content: bytes, members: Membership) -> None:
    """However well they are sealed and signed."""
    data = sealed(content)
    with pytest.raises(FedcliError):
        open_values(verified_release(data, members), data, KEYS["ana"], "a file")
