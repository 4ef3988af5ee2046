"""What a site says of itself in the exchange: its policy, its manifest, and its log's checkpoint."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

from fedcli.exchange.folder import FolderExchange
from fedcli.files.canonical import canonical, digest
from fedcli.files.lock import lock
from fedcli.ledger import accounts, log, published, registry
from fedcli.ledger.checkpoint import Checkpoint, opened, origin, signed
from fedcli.ledger.store import Store
from fedcli.model.document import instant
from fedcli.model.home import Desk
from fedcli.model.identifiers import Digest
from fedcli.model.policy import Policy
from fedcli.model.site import Manifest, Offer
from fedcli.policy.layers import tightened
from fedcli.policy.profiles import load
from fedcli.trust.dsse import sign, statement
from fedcli.trust.membership import Membership
from fedcli.workflows.standing import enrolled_keys, exchange, membership, require, store

_WAIT_SECONDS = 10


def site_policy(desk: Desk, members: Membership) -> Policy:
    """The site's policy under the federation's floor: what admission and the gate use."""
    return tightened(load(desk.home.path / "policy.toml"), members.root.floor, "the federation's floor")


def open_book(desk: Desk, members: Membership) -> Store:
    """The site's database, of which the log is whole and continues what the site has published.

    Raises:
        Untrusted: L-CHANGED, L-ROLLBACK: nothing may be written onto such a log.
    """
    book = store(desk)
    check_book(desk, book, members)
    return book


@contextmanager
def alone(desk: Desk) -> Iterator[tuple[Membership, Store]]:
    """The federation and the book of a site, while no run of it is under way.

    Raises:
        UsageFault: C-ROLE in another home.
        Busy: F-BUSY where a run does not end in time.
        Untrusted: as `open_book`.
    """
    require(desk, "site")
    with lock(desk.home.run_lock, _WAIT_SECONDS):
        members = membership(desk)
        members.check_current(desk.now)
        yield members, open_book(desk, members)


def announce(desk: Desk, book: Store, members: Membership, silent: bool = False) -> None:
    """Publish the policy and the manifest where they are new, and the checkpoint.

    While a release waits for its slot a run is `silent`: the growth of the log would tell of it.
    """
    with _publishing(desk):
        _announce(desk, book, members)
        if not silent:
            _publish_checkpoint(desk, book, members)


def publish_checkpoint(desk: Desk, book: Store, members: Membership) -> Checkpoint:
    """Publish the log's head, with the proof that it continues the one published before."""
    with _publishing(desk):
        return _publish_checkpoint(desk, book, members)


def _publishing(desk: Desk) -> AbstractContextManager[None]:
    """One process of a site at a time takes the next number in the exchange."""
    return lock(desk.home.path / "state" / "publish.lock", _WAIT_SECONDS)


def _announce(desk: Desk, book: Store, members: Membership) -> None:
    office, keys = exchange(desk.home), enrolled_keys(desk, members)
    policy = site_policy(desk, members)
    if published.last(book, "policy")[1] != policy.sha256:
        signed_policy = sign(statement("policy", policy.sha256, policy), [keys])
        _publish(desk, book, office, "policy", policy.sha256, signed_policy)
    offers = _offers(book)
    _, last = published.last(book, "manifest")
    said = digest(canonical([policy.sha256, members.root.version, [offer.json_value() for offer in offers]]))
    if last != said:
        manifest = Manifest(
            federation=members.root.federation,
            root_version=members.root.version,
            site=desk.home.file.name,
            number=_next(desk, book, office, "manifest"),
            policy=policy.sha256,
            offers=offers,
            issued=instant(desk.now),
        )
        data = sign(statement("manifest", manifest.sha256, manifest), [keys])
        _publish(desk, book, office, "manifest", said, data)


def _publish_checkpoint(desk: Desk, book: Store, members: Membership) -> Checkpoint:
    head = log.head(book)
    office = exchange(desk.home)
    latest = office.latest_checkpoint(desk.home.file.name)
    before = last_checkpoint(desk, members)
    if before == head:
        return head
    if before is not None:
        log.check_continues(book, before)
    proof = canonical(
        {
            "from": before.size if before else 0,
            "to": head.size,
            "proof": list(log.consistency_proof(book, before.size)) if before else [],
        }
    )
    note = signed_checkpoint(desk, members, head).encode()
    office.put_checkpoint(desk.home.file.name, (latest[0] if latest else 0) + 1, note, proof)
    return head


def signed_checkpoint(desk: Desk, members: Membership, head: Checkpoint) -> str:
    """The signed note of a head of this site's log."""
    return signed(head, origin(members.root.federation, desk.home.file.name), enrolled_keys(desk, members))


def last_checkpoint(desk: Desk, members: Membership) -> Checkpoint | None:
    """The checkpoint that this site published last, verified."""
    latest = exchange(desk.home).latest_checkpoint(desk.home.file.name)
    if latest is None:
        return None
    name = origin(members.root.federation, desk.home.file.name)
    where = f"{desk.home.file.name}/checkpoints/{latest[0]:03}"
    known = members.signing_keys(desk.home.file.name)
    return opened(latest[1].decode("utf-8", "replace"), name, known, where)


def check_book(desk: Desk, book: Store, members: Membership) -> None:
    """Raise L-CHANGED or L-ROLLBACK unless the log is whole, and continues what it published.

    The charges are those of the log.
    """
    log.check(book)
    before = last_checkpoint(desk, members)
    if before is not None:
        log.check_continues(book, before)
    accounts.check(book)


def _offers(book: Store) -> tuple[Offer, ...]:
    return tuple(
        Offer(dataset=held.name, dictionary=held.dictionary.sha256, snapshot=taken.name)
        for held in registry.datasets(book)
        if (taken := registry.snapshot(book, held.name)) is not None
    )


def _publish(desk: Desk, book: Store, office: FolderExchange, kind: str, said: Digest, data: bytes) -> None:
    """Publish what is new under the next number; who is interrupted in between publishes it twice."""
    number = _next(desk, book, office, kind)
    office.put_numbered(desk.home.file.name, kind, number, data)
    with book.writing():
        published.record(book, kind, number, said)


def _next(desk: Desk, book: Store, office: FolderExchange, kind: str) -> int:
    latest = office.latest(desk.home.file.name, kind)
    return max(published.last(book, kind)[0], latest[0] if latest else 0) + 1
