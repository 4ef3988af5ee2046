"""The chain of roots: who belongs to a federation, decided by thresholds of administrators.

The rules are TUF's (specification 1.0.33, section 5.3): versions step by one, each is signed by a
threshold of the old and of the new administrators, expiry is judged on the last only so that who was
away can catch up, and nobody goes back to a version below one that they have seen.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from fedcli.errors import fault
from fedcli.files.canonical import digest
from fedcli.model.document import Document
from fedcli.model.federation import Card, Member, Root
from fedcli.model.identifiers import Digest, Name, PublicKey, Version
from fedcli.model.policy import Role
from fedcli.model.verified import Verified
from fedcli.trust.dsse import content, parse, predicate, signed_by
from fedcli.trust.keys import check_enrolable, key_id


class Seen(Document):
    """What somebody remembers of a federation: the pinned first root, and the last one seen."""

    pin: Digest
    version: Version
    digest: Digest


class Membership:
    """A verified chain of roots, the last of which says who belongs now.

    Signatures count by the keys of now, or, in a membership of all times, by those of any root.
    """

    def __init__(self, chain: tuple[Verified[Root], ...], all_times: bool = False) -> None:
        self._chain = chain
        self._all_times = all_times

    def of_all_times(self) -> Membership:
        """The same chain, for what was signed with keys that have been replaced since."""
        return Membership(self._chain, all_times=True)

    @property
    def root(self) -> Root:
        """The root that counts now."""
        return self._chain[-1].value

    @property
    def identity(self) -> tuple[str, ...]:
        """Everything that decides whose signatures count: the files of all roots, and of which times."""
        return (str(self._all_times), *(verified.envelope for verified in self._chain))

    @property
    def seen(self) -> Seen:
        """What to remember."""
        return Seen(pin=self._chain[0].value.sha256, version=self.root.version, digest=self.root.sha256)

    def check_current(self, now: datetime) -> None:
        """Raise T-EXPIRED when the last root has expired: somebody may be holding back a newer one."""
        if self.root.expires <= now:
            raise fault("T-EXPIRED", version=self.root.version, expires=self.root.expires.date())

    def at(self, version: Version, where: str) -> Root:
        """The root of a version that a document binds."""
        if not 1 <= version <= len(self._chain):
            raise fault("T-VERSION", version=version, have=len(self._chain), where=where)
        return self._chain[version - 1].value

    def signed_by(self, version: Version) -> tuple[Name, ...]:
        """The administrators who signed a version."""
        return self._chain[version - 1].signers

    def envelope(self, version: Version) -> Digest:
        """The digest of a version's file."""
        return self._chain[version - 1].envelope

    def keys(self, role: Role, version: Version | None = None) -> dict[Digest, Member]:
        """The members with a role by key id: now, ever, or as of a version; and not revoked since."""
        roots = [self.root if version is None else self.at(version, "root")]
        if self._all_times and version is None:
            roots = [verified.value for verified in self._chain]
        revoked = {entry.signing_key for entry in self.root.revoked}
        return {
            key_id(member.signing_key): member
            for root in roots
            for member in root.having(role)
            if member.signing_key not in revoked
        }

    def signing_keys(self, name: Name) -> tuple[PublicKey, ...]:
        """All keys that a participant has had, the present one first, revoked ones too."""
        found = (verified.value.member(name) for verified in reversed(self._chain))
        return tuple(dict.fromkeys(member.signing_key for member in found if member is not None))

    def sealing_keys(self, wanted: Iterable[Digest]) -> dict[Digest, PublicKey]:
        """The sealing keys of members by the ids of their signing keys, as the root has them now.

        Raises:
            Untrusted: S-RECIPIENTS when one of them is no longer a member.
        """
        known = {key_id(member.signing_key): member.sealing_key for member in self.root.members}
        asked = tuple(wanted)
        if not set(asked) <= known.keys():
            raise fault("S-RECIPIENTS")
        return {key: known[key] for key in asked}


def follow(envelopes: list[bytes], pin: Digest, seen: Seen | None) -> Membership:
    """Verify a chain of roots from the first, whose digest must be the pinned one.

    Raises:
        Untrusted: T-PIN, T-CHAIN, T-THRESHOLD, T-ROLLBACK, K-WEAK.
    """
    chain: list[Verified[Root]] = []
    for place, data in enumerate(envelopes, start=1):
        chain.append(_next(data, chain[-1].value if chain else None, place))
    if not chain or chain[0].value.sha256 != pin:
        raise fault("T-PIN", pin=pin)
    membership = Membership(tuple(chain))
    _check_not_older(membership, seen)
    if seen is None or seen.digest != membership.root.sha256:
        enrolled = {(one.signing_key, one.sealing_key): one for root in chain for one in root.value.members}
        for member in enrolled.values():
            check_enrolable(member.signing_key, member.sealing_key, member.name)
    return membership


def _next(data: bytes, before: Root | None, version: Version) -> Verified[Root]:
    where = f"root {version}"
    envelope = parse(data, where)
    found = content(envelope, "root", where)
    root = predicate(found, Root, where)
    if root.version != version or found.subject[0].digest != {"sha256": root.sha256}:
        raise fault("T-CHAIN", where=where)
    if before is not None and root.federation != before.federation:
        raise fault("T-CHAIN", where=where)
    administrators = {key_id(one.signing_key): one for one in root.administrators}
    signers = signed_by(envelope, {key: one.signing_key for key, one in administrators.items()}, where)
    _check_threshold(len(signers), root.threshold, where)
    if before is not None:
        old: dict[Digest, PublicKey] = {
            key_id(one.signing_key): one.signing_key for one in before.administrators
        }
        _check_threshold(len(signed_by(envelope, old, where)), before.threshold, where)
    names = tuple(sorted(administrators[key].name for key in signers))
    return Verified.mint(root, names, digest(data), root.sha256)


def _check_threshold(signed: int, threshold: int, where: str) -> None:
    if signed < threshold:
        raise fault("T-THRESHOLD", signed=signed, threshold=threshold, where=where)


def _check_not_older(membership: Membership, seen: Seen | None) -> None:
    if seen is None:
        return
    root = membership.root
    if root.version < seen.version:
        raise fault("T-ROLLBACK", version=root.version, seen=seen.version)
    if membership.at(seen.version, "root").sha256 != seen.digest:
        raise fault("T-FORK", version=seen.version)


def open_card(data: bytes, where: str) -> Verified[Card]:
    """A card that proves the possession of the keys in it: it is signed with them.

    Where the card replaces a key, that key has signed too.

    Raises:
        Untrusted: S-SIGNER, S-SIGNATURE, K-WEAK.
    """
    envelope = parse(data, where)
    card = predicate(content(envelope, "card", where), Card, where)
    wanted = [card.member.signing_key] + ([card.replaces] if card.replaces else [])
    for key in wanted:
        signed_by(envelope, {key_id(key): key}, where)
    check_enrolable(card.member.signing_key, card.member.sealing_key, card.member.name)
    return Verified.mint(card, (card.member.name,), digest(data), card.sha256)
