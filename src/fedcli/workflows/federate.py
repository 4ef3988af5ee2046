"""Governing a federation: members, dictionaries, and roots that a threshold of administrators signs."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

from fedcli.errors import Untrusted, fault, meant
from fedcli.files.reader import names, read
from fedcli.files.strict import parse_json, parse_toml
from fedcli.files.writer import write
from fedcli.model.document import end_of, instant
from fedcli.model.federation import Accreditation, Agreed, Card, Member, Revoked, Root, RootDraft
from fedcli.model.home import Desk
from fedcli.model.identifiers import Day, Digest, Line, Name, line
from fedcli.model.shown.places import FederationShown, RootChanged, RootSigned
from fedcli.policy.layers import tightened
from fedcli.policy.profiles import profile
from fedcli.trust.dsse import Envelope, add_signature, parse, sign, statement
from fedcli.trust.membership import Membership, Seen, follow
from fedcli.workflows.dictionary import read_dictionary
from fedcli.workflows.enrol import check_name, read_card
from fedcli.workflows.standing import adopt, exchange, founded, keys, membership, remembered, require

VALID_FOR = timedelta(days=365)
FLOOR = "floor.toml"


def begin(desk: Desk, threshold: int) -> None:
    """The draft of the first root, in a new federation home."""
    if not _drafted(desk).exists() and not _versions(desk):
        _save(desk, _fresh(desk, desk.home.file.name, 1, threshold))


def add_members(
    desk: Desk, cards: list[Path], accreditation: str | None = None, until: Day | None = None
) -> RootChanged:
    """Enrol the members of some cards; a card for a known name replaces its keys.

    A card that the old key has signed too is a rotation: what that key signed under earlier roots
    stays good. Without its signature the old key may be in other hands, and is revoked.
    """
    require(desk, "federation")
    draft = _draft(desk)
    accredited = None
    if accreditation is not None and until is not None:
        accredited = Accreditation(reference=line(accreditation, "accreditation"), expires=end_of(until))
    given = [read_card(card) for card in cards]
    added = [card.member.model_copy(update={"accreditation": accredited}) for card in given]
    for member in added:
        check_name(member.name)
    members = {member.name: member for member in draft.members}
    new = any(members.get(member.name) != member for member in added)
    lost = [members[card.member.name] for card in given if _loses_key(members.get(card.member.name), card)]
    revoked = draft.revoked + tuple(
        _revoked(one, draft.version, "replaced without its signature") for one in lost
    )
    members |= {member.name: member for member in added}
    _save(desk, draft.model_copy(update={"members": tuple(members.values()), "revoked": revoked}))
    told = tuple(f"{member.name} ({', '.join(member.roles)})" for member in added)
    return RootChanged(version=draft.version, changed=told, new=new)


def remove_member(desk: Desk, name: Name, reason: str) -> RootChanged:
    """Take a member out; the key no longer counts for anything that is signed from then on."""
    require(desk, "federation")
    draft = _draft(desk)
    member = draft.member(name)
    if member is None:
        known = [one.name for one in draft.members]
        raise fault("T-MEMBER", name=name, known=", ".join(known) or "none", meant=meant(name, known))
    members = tuple(one for one in draft.members if one.name != name)
    revoked = (*draft.revoked, _revoked(member, draft.version, line(reason, "reason")))
    _save(desk, draft.model_copy(update={"members": members, "revoked": revoked}))
    return RootChanged(version=draft.version, changed=(name,), new=True)


def add_dataset(desk: Desk, path: Path) -> RootChanged:
    """Agree on a dictionary; a changed one needs a higher version."""
    require(desk, "federation")
    dictionary = read_dictionary(path)
    draft = _draft(desk)
    before = draft.dictionaries.get(dictionary.dataset)
    agreed = Agreed(version=dictionary.version, digest=dictionary.sha256)
    if before and before != agreed and dictionary.version <= before.version:
        raise fault("T-DICTIONARY", dataset=dictionary.dataset, version=before.version)
    write(desk.home.path / "dictionaries" / f"{dictionary.sha256}.json", dictionary.canonical())
    _save(desk, draft.model_copy(update={"dictionaries": {**draft.dictionaries, dictionary.dataset: agreed}}))
    told = f"{dictionary.dataset} version {dictionary.version}"
    return RootChanged(version=draft.version, changed=(told,), new=before != agreed)


def sign_root(desk: Desk) -> RootSigned:
    """Sign the next root as one of its administrators, or as one of the last root's."""
    require(desk, "federation")
    _save(desk, _draft(desk).model_copy(update={"floor": _floor(desk)}))
    root = Root.read(_draft(desk).json_value(), "the next root")
    mine = keys(desk)
    allowed = {member.signing_key for member in (*root.administrators, *_last_administrators(desk))}
    if mine.signing_key not in allowed:
        raise fault("T-ADMINISTRATOR", name=mine.name)
    body = statement("root", root.sha256, root)
    path = _signed(desk, root.version)
    before = parse(read(path), path.name) if path.exists() else None
    kept = before if before is not None and before.body == body else None
    envelope = add_signature(kept, mine) if kept else parse(sign(body, [mine]), "the next root")
    write(path, envelope.canonical())
    return RootSigned(
        version=root.version,
        digest=root.sha256,
        signers=_who(envelope, root),
        threshold=root.threshold,
        published=False,
        new=envelope != kept,
    )


def publish(desk: Desk) -> RootSigned:
    """Publish the next root, once enough administrators have signed it. Publishing again says so."""
    require(desk, "federation")
    office = founded(desk.home)
    published = office.roots()
    version = len(published) + 1
    path = _signed(desk, version)
    if not path.exists():
        return _published_before(desk, published)
    _check_unchanged(desk, version, path)
    data = read(path)
    chain = _follow_signed(desk, [*published, data], path)
    for agreed in chain.root.dictionaries.values():
        office.put_dictionary(agreed.digest, read(desk.home.path / "dictionaries" / f"{agreed.digest}.json"))
    office.put_root(version, data)
    write(desk.home.seen, chain.seen.canonical())
    _drafted(desk).unlink(missing_ok=True)
    return _published(chain, new=True)


def verify(desk: Desk, pin: Digest | None) -> FederationShown:
    """Verify the federation's roots, from the pin given now or the one that was given before."""
    seen = remembered(desk.home)
    if pin is not None and seen is not None and seen.pin != pin:
        raise fault("T-PIN", pin=pin)
    if pin is None:
        return _shown(membership(desk))
    return _shown(adopt(desk, pin, seen))


def show(desk: Desk) -> FederationShown:
    """The federation as it is now; at the federation's home before the first root, its draft."""
    if desk.home.file.role == "federation" and not exchange_has_roots(desk):
        return FederationShown(root=_draft(desk))
    return _shown(membership(desk))


def exchange_has_roots(desk: Desk) -> bool:
    """Whether a root was published."""
    there = desk.home.is_far or desk.home.exchange.is_dir()
    return there and bool(exchange(desk.home).roots())


def _shown(found: Membership) -> FederationShown:
    return FederationShown(
        root=found.root,
        signers=found.signed_by(found.root.version),
        digest=found.root.sha256,
        pin=found.seen.pin,
    )


def _follow_signed(desk: Desk, envelopes: list[bytes], path: Path) -> Membership:
    """The chain with the next root at its end; until enough have signed, that is awaited."""
    try:
        return _follow(envelopes, remembered(desk.home), path)
    except Untrusted as error:
        if error.code not in ("T-THRESHOLD", "S-SIGNER"):
            raise
        envelope = parse(envelopes[-1], path.name)
        root = Root.read(parse_json(envelope.body, path.name)["predicate"], path.name)
        signers = ", ".join(_who(envelope, root))
        raise fault("T-SIGNATURES", version=root.version, signers=signers, threshold=root.threshold) from None


def _follow(envelopes: list[bytes], seen: Seen | None, path: Path) -> Membership:
    first = parse(envelopes[0], path.name)
    pin = seen.pin if seen else _digest_inside(first)
    return follow(envelopes, pin, seen)


def _digest_inside(envelope: Envelope) -> Digest:
    value = parse_json(envelope.body, "the first root")
    return Root.read(value["predicate"], "the first root").sha256


def _check_unchanged(desk: Desk, version: int, path: Path) -> None:
    """What was signed must be what the draft says now."""
    drafted = _drafted(desk)
    if drafted.exists():
        root = Root.read(
            _draft(desk).model_copy(update={"floor": _floor(desk)}).json_value(), "the next root"
        )
        if parse(read(path), path.name).body != statement("root", root.sha256, root):
            raise fault("T-WAIT", version=version)


def _published_before(desk: Desk, published: list[bytes]) -> RootSigned:
    if _drafted(desk).exists() or not published:
        raise fault("T-WAIT", version=len(published) + 1)
    found = _follow(published, remembered(desk.home), Path("roots"))
    return _published(found, new=False)


def _published(chain: Membership, new: bool) -> RootSigned:
    root = chain.root
    return RootSigned(
        version=root.version,
        digest=root.sha256,
        signers=chain.signed_by(root.version),
        threshold=root.threshold,
        published=True,
        new=new,
    )


def _drafted(desk: Desk) -> Path:
    return desk.home.path / "root" / "draft.json"


def _signed(desk: Desk, version: int) -> Path:
    return desk.home.path / "root" / f"{version:04}.root.json"


def _versions(desk: Desk) -> list[str]:
    return names(desk.home.path / "root", ".root.json")


def _draft(desk: Desk) -> RootDraft:
    """The draft of the next root; where there is none, one that changes nothing but the version."""
    path = _drafted(desk)
    if path.exists():
        return RootDraft.read(parse_json(read(path), str(path)), path.name)
    root = membership(desk).root
    value: dict[str, Any] = root.json_value() | {"version": root.version + 1}
    return RootDraft.read(value, path.name)


def _fresh(desk: Desk, federation: Name, version: int, threshold: int) -> RootDraft:
    now = instant(desk.now)
    return RootDraft(
        federation=federation, version=version, threshold=threshold, issued=now, expires=now + VALID_FOR
    )


def _save(desk: Desk, draft: RootDraft) -> None:
    """Keep a draft; one that says the same keeps its times, so that signatures on it stay good."""
    path = _drafted(desk)
    times = {"issued": instant(desk.now), "expires": instant(desk.now) + VALID_FOR}
    if path.exists():
        before = RootDraft.read(parse_json(read(path), str(path)), path.name)
        if before.model_copy(update=times) == draft.model_copy(update=times):
            return
    write(path, draft.model_copy(update=times).canonical())


def _floor(desk: Desk) -> dict[str, Any]:
    """The least that every site's policy must hold, from policies/floor.toml, if there is one."""
    path = desk.home.path / "policies" / FLOOR
    if not path.exists():
        return {}
    layer = parse_toml(read(path), str(path))
    tightened(profile("standard"), layer, path.name)  # refuses what is no layer
    return layer


def _last_administrators(desk: Desk) -> tuple[Member, ...]:
    return membership(desk).root.administrators if exchange_has_roots(desk) else ()


def _who(envelope: Envelope, root: Root) -> tuple[Name, ...]:
    from fedcli.trust.keys import key_id

    names_of = {key_id(member.signing_key): member.name for member in root.members}
    return tuple(sorted(names_of.get(one.keyid, "an earlier administrator") for one in envelope.signatures))


def _loses_key(before: Member | None, card: Card) -> bool:
    """Whether a card replaces a key that has not agreed to it."""
    if before is None or before.signing_key == card.member.signing_key:
        return False
    return card.replaces != before.signing_key


def _revoked(member: Member, version: int, reason: Line) -> Revoked:
    return Revoked(name=member.name, signing_key=member.signing_key, reason=reason, since_version=version)
