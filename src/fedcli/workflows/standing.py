"""Where a participant stands: its keys, its exchange, and the federation that it trusts."""

from __future__ import annotations

from fedcli.errors import fault, meant
from fedcli.exchange.folder import FolderExchange
from fedcli.files.canonical import digest
from fedcli.files.reader import names, read
from fedcli.files.strict import parse_json
from fedcli.files.writer import PRIVATE, write
from fedcli.ledger.store import Store
from fedcli.model.dataset import Dictionary
from fedcli.model.home import Desk, Home, Part
from fedcli.model.identifiers import Digest, Name
from fedcli.trust.keys import Keys, is_protected, load
from fedcli.trust.membership import Membership, Seen, follow
from fedcli.workflows.carry import fetch


def require(desk: Desk, *parts: Part) -> None:
    """Raise C-ROLE unless the home is of one of these kinds."""
    if desk.home.file.role not in parts:
        raise fault("C-ROLE", home=desk.home.path, role=desk.home.file.role, wanted=" or ".join(parts))


def keys(desk: Desk) -> Keys:
    """The keys of who acts; asks for the pass-phrase where their file needs one."""
    return _keys(desk, desk.actor)


def own_keys(desk: Desk) -> Keys:
    """The keys of the participant whose home it is, whoever acts."""
    return _keys(desk, desk.home.file.name)


def enrolled_keys(desk: Desk, members: Membership) -> Keys:
    """The keys of the participant whose home it is, which must be the ones in the root, or T-KEY."""
    own, member = own_keys(desk), members.root.member(desk.home.file.name)
    if member is None:
        raise fault("T-NOT-MEMBER", name=desk.home.file.name)
    if member.signing_key != own.signing_key:
        raise fault("T-KEY", name=desk.home.file.name)
    return own


def _keys(desk: Desk, name: Name) -> Keys:
    path = desk.home.key(name)
    if not path.exists():
        known = [one.removesuffix(".key.json") for one in names(path.parent, ".key.json")]
        raise fault("K-MISSING", name=name, known=", ".join(known) or "none", meant=meant(name, known))
    return load(path, desk.passphrase(name) if is_protected(path) else None)


def exchange(home: Home) -> FolderExchange:
    """The exchange of a home, or X-DOWN; of a far one the mirror, once what others posted was fetched."""
    if home.is_far and home.post.there is None and not home.post.stays:
        fetch(home)
    return FolderExchange(home.exchange)


def founded(home: Home) -> FolderExchange:
    """The exchange of a home, which is made where it is a folder that is not there."""
    return exchange(home) if home.is_far else FolderExchange.make(home.exchange)


def store(desk: Desk) -> Store:
    """The database of a site."""
    require(desk, "site")
    return Store(desk.home.database)


def membership(desk: Desk) -> Membership:
    """The federation as its exchange shows it now, verified from the pinned root; what is seen is kept.

    Raises:
        Refused: C-PIN where nobody has said yet which federation to trust.
        Untrusted: T-… where the chain does not hold or is older than what was seen.
    """
    seen = remembered(desk.home)
    if seen is None:
        raise fault("C-PIN", home=desk.home.path)
    return adopt(desk, seen.pin, seen)


def adopt(desk: Desk, pin: Digest, seen: Seen | None) -> Membership:
    """Verify the chain of roots from a pinned one, and remember how far it goes."""
    found = follow(exchange(desk.home).roots(), pin, seen)
    if seen != found.seen:
        write(desk.home.seen, found.seen.canonical(), PRIVATE)
    return found


def remembered(home: Home) -> Seen | None:
    """What this home remembers of the federation, if anything."""
    if not home.seen.exists():
        return None
    return Seen.read(parse_json(read(home.seen), str(home.seen)), str(home.seen))


def dictionary(home: Home, members: Membership, dataset: Name) -> Dictionary:
    """The dictionary that the federation agreed on for a dataset, checked against the root's digest."""
    agreed = members.root.dictionaries.get(dataset)
    if agreed is None:
        known = ", ".join(members.root.dictionaries) or "none"
        raise fault("Q-DATASET", dataset=dataset, known=known)
    data = exchange(home).dictionary(agreed.digest)
    where = f"dictionary {dataset}"
    if digest(data) != agreed.digest:
        raise fault("S-SUBJECT", where=where)
    return Dictionary.read(parse_json(data, where), where)
