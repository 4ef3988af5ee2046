"""Verification: from a file's bytes to `Verified`, or an error. Everything that arrives passes here."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Any, TypeVar

from fedcli.errors import fault
from fedcli.files.canonical import digest
from fedcli.files.strict import parse_json
from fedcli.model.approval import Approval
from fedcli.model.document import Document
from fedcli.model.identifiers import Digest, Name, Version
from fedcli.model.policy import Policy, Role
from fedcli.model.query import Query
from fedcli.model.release import Release, Values
from fedcli.model.result import Combined
from fedcli.model.review import Review
from fedcli.model.round import Posted, States
from fedcli.model.site import Manifest
from fedcli.model.verified import Verified
from fedcli.model.withdrawal import Withdrawal
from fedcli.trust.dsse import Kind, content, parse, signed_by
from fedcli.trust.keys import Keys
from fedcli.trust.membership import Membership
from fedcli.trust.sealing import MAX_SEALED, unseal

D = TypeVar("D", bound=Document)

#: What this process has verified, by digests of all that the answer follows from; the latest are kept.
#: Every step of a model goes through the releases of all rounds before it.
_known: OrderedDict[tuple[str, ...], Verified[Any]] = OrderedDict()
_KEPT = 1024


def _once(key: tuple[str, ...], verify: Callable[[], Verified[D]]) -> Verified[D]:
    """What was verified before is not verified again; what was refused is."""
    found = _known.get(key)
    if found is None:
        found = _known[key] = verify()
        while len(_known) > _KEPT:
            _known.popitem(last=False)
    return found


def verify_query(data: bytes, membership: Membership, where: str) -> Verified[Query]:
    """A query, signed by the researcher that it names."""
    key = ("query", digest(data), *membership.identity)
    return _once(key, lambda: _verify_query(data, membership, where))


def _verify_query(data: bytes, membership: Membership, where: str) -> Verified[Query]:
    found = _verify(data, "query", Query, membership, ("researcher",), where)
    _check_federation(found.value.federation, membership, where)
    _check_signer(found, found.value.researcher, where)
    return _about(found, found.value.sha256, where)


def verify_approval(data: bytes, membership: Membership, where: str) -> Verified[Approval]:
    """An approval, signed by the person that it names, about the query that it binds."""
    found = _verify(
        data, "approval", Approval, membership, ("data-owner", "disclosure-officer", "checker"), where
    )
    _check_federation(found.value.federation, membership, where)
    _check_signer(found, found.value.approver, where)
    return _about(found, found.value.query, where)


def verify_review(data: bytes, membership: Membership, where: str) -> Verified[Review]:
    """A review, signed by the person that it names, who was a reviewer under the root that it binds."""
    version = _root_version(data, "review", where)
    found = _verify(data, "review", Review, membership, ("disclosure-officer", "checker"), where, version)
    _check_federation(found.value.federation, membership, where)
    _check_signer(found, found.value.reviewer, where)
    return _about(found, found.value.query, where)


def verify_manifest(data: bytes, membership: Membership, where: str) -> Verified[Manifest]:
    """A manifest, signed by the site that it names."""
    found = _verify(data, "manifest", Manifest, membership, ("site",), where)
    _check_federation(found.value.federation, membership, where)
    _check_signer(found, found.value.site, where)
    return _about(found, found.value.sha256, where)


def verify_policy(data: bytes, membership: Membership, where: str) -> Verified[Policy]:
    """A policy, signed by a site."""
    found = _verify(data, "policy", Policy, membership, ("site",), where)
    return _about(found, found.value.sha256, where)


def verify_release(data: bytes, membership: Membership, where: str) -> Verified[Release]:
    """The statement of a release, signed by the site that it names; its subject is the sealed file.

    The key must have been the site's under the root version that the release binds.
    """
    return _once(
        ("release", digest(data), *membership.identity), lambda: _verify_release(data, membership, where)
    )


def _verify_release(data: bytes, membership: Membership, where: str) -> Verified[Release]:
    version = _root_version(data, "release", where)
    found = _verify(data, "release", Release, membership, ("site",), where, version)
    _check_federation(found.value.federation, membership, where)
    _check_signer(found, found.value.site, where)
    return found


def verify_withdrawal(data: bytes, membership: Membership, where: str) -> Verified[Withdrawal]:
    """A withdrawal, signed by the site that it names, about the query that it takes an answer to back.

    The key must have been the site's under the root version that it binds, as with a release.
    """
    version = _root_version(data, "withdrawal", where)
    found = _verify(data, "withdrawal", Withdrawal, membership, ("site",), where, version)
    _check_federation(found.value.federation, membership, where)
    _check_signer(found, found.value.site, where)
    return _about(found, found.value.query, where)


def _root_version(data: bytes, kind: Kind, where: str) -> Version:
    """The root version that a statement binds, or S-FORM; nothing is verified."""
    version = content(parse(data, where), kind, where).predicate.get("root_version")
    if not isinstance(version, int):
        raise fault("S-FORM", where=where)
    return version


def open_values(release: Verified[Release], sealed: bytes, keys: Keys, where: str) -> Verified[Values]:
    """The values of a verified release, for one of its recipients.

    Raises:
        Untrusted: S-SUBJECT where the sealed file is not the one that was signed, S-RECIPIENT, S-SEAL,
            S-BINDING where the values inside belong to another release.
    """
    check_sealed(release, sealed, where)
    key = ("values", release.envelope, release.subject, keys.signing_key)
    return _once(key, lambda: _open_values(release, sealed, keys, where))


def _open_values(release: Verified[Release], sealed: bytes, keys: Keys, where: str) -> Verified[Values]:
    statement = release.value
    text = unseal(sealed, keys, release_binding(statement), where)
    values = Values.read(parse_json(text, where, MAX_SEALED), where)
    told = (values.query, values.site, values.round, values.attempt)
    if told != (statement.query, statement.site, statement.round, statement.attempt):
        raise fault("S-BINDING", where=where)
    return Verified.mint(values, release.signers, release.envelope, release.subject)


def check_sealed(
    statement: Verified[Release] | Verified[Combined] | Verified[Posted], sealed: bytes, where: str
) -> None:
    """Raise S-SUBJECT unless a sealed file is the one that a statement was signed about."""
    if digest(sealed) != statement.subject:
        raise fault("S-SUBJECT", where=where)


def release_binding(release: Release) -> dict[str, object]:
    """What the sealed half of a release is bound to."""
    return {
        "federation": release.federation,
        "query": release.query,
        "site": release.site,
        "round": release.round,
        "attempt": release.attempt,
    }


def verify_round(data: bytes, membership: Membership, where: str) -> Verified[Posted]:
    """The statement of a round, signed by the researcher that it names; its subject is the sealed file."""
    return _once(
        ("round", digest(data), *membership.identity), lambda: _verify_round(data, membership, where)
    )


def _verify_round(data: bytes, membership: Membership, where: str) -> Verified[Posted]:
    found = _verify(data, "round", Posted, membership, ("researcher",), where)
    _check_federation(found.value.federation, membership, where)
    _check_signer(found, found.value.researcher, where)
    return found


def open_states(posted: Verified[Posted], sealed: bytes, keys: Keys, where: str) -> Verified[States]:
    """The states of a verified round, for one of its recipients.

    Raises:
        Untrusted: S-SUBJECT, S-RECIPIENT, S-SEAL; S-BINDING where they are of another round.
    """
    check_sealed(posted, sealed, where)
    key = ("states", posted.envelope, posted.subject, keys.signing_key)
    return _once(key, lambda: _open_states(posted, sealed, keys, where))


def _open_states(posted: Verified[Posted], sealed: bytes, keys: Keys, where: str) -> Verified[States]:
    told = posted.value
    text = unseal(sealed, keys, round_binding(told), where)
    states = States.read(parse_json(text, where, MAX_SEALED), where)
    if (states.query, states.round) != (told.query, told.round):
        raise fault("S-BINDING", where=where)
    return Verified.mint(states, posted.signers, posted.envelope, posted.subject)


def round_binding(posted: Posted) -> dict[str, object]:
    """What the sealed half of a round is bound to."""
    return {"federation": posted.federation, "query": posted.query, "round": posted.round}


def verify_result(data: bytes, membership: Membership, where: str) -> Verified[Combined]:
    """The statement of a result, signed by the researcher that it names; its subject is the sealed file."""
    found = _verify(data, "result", Combined, membership, ("researcher",), where)
    _check_federation(found.value.federation, membership, where)
    _check_signer(found, found.value.researcher, where)
    return found


def _verify(
    data: bytes,
    kind: Kind,
    model: type[D],
    membership: Membership,
    roles: tuple[Role, ...],
    where: str,
    version: Version | None = None,
) -> Verified[D]:
    envelope = parse(data, where)
    found = content(envelope, kind, where)
    members = {key: member for role in roles for key, member in membership.keys(role, version).items()}
    signed = signed_by(envelope, {key: member.signing_key for key, member in members.items()}, where)
    names = tuple(sorted(members[key].name for key in signed))
    value = model.read(found.predicate, where)
    return Verified.mint(value, names, digest(data), found.subject[0].digest["sha256"])


def _check_federation(federation: Name, membership: Membership, where: str) -> None:
    if federation != membership.root.federation:
        raise fault("S-FEDERATION", federation=federation, ours=membership.root.federation, where=where)


def _check_signer(found: Verified[D], name: Name, where: str) -> None:
    if found.signers != (name,):
        raise fault("S-WHO", name=name, signers=", ".join(found.signers), where=where)


def _about(found: Verified[D], wanted: Digest, where: str) -> Verified[D]:
    if found.subject != wanted:
        raise fault("S-SUBJECT", where=where)
    return found
