"""A site's own book, beside what it has put into the exchange: whole, in order, and nothing held back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from fedcli.errors import FedcliError
from fedcli.exchange.folder import FolderExchange
from fedcli.files.canonical import digest
from fedcli.files.reader import read
from fedcli.ledger import accounts, log, registry
from fedcli.ledger.store import Store
from fedcli.model.entry import Entry
from fedcli.model.home import Desk
from fedcli.model.identifiers import Digest
from fedcli.model.shown.audits import AuditFound
from fedcli.trust.membership import Membership
from fedcli.workflows.announce import check_book, site_policy
from fedcli.workflows.forgetting import due
from fedcli.workflows.inspecting.records import Records, finding
from fedcli.workflows.inspecting.spending import Account
from fedcli.workflows.reviewed import told_by, words_on


def look(desk: Desk, book: Store, records: Records) -> Iterator[AuditFound]:
    """The ledger of a site, its order, what should be in the exchange, and its policy file."""
    members = records.members
    try:
        entries = check(desk, book, members)
    except FedcliError as error:
        yield finding("book", desk.home.database, error.what, error.code)
        return
    for head in records.committed.get(desk.home.file.name, []):
        try:
            log.check_continues(book, head.checkpoint)
        except FedcliError as error:
            yield finding("book", head.path, error.what, error.code)
    yield from _order(desk.home.database, entries, book)
    yield from _withheld(desk, book, records.office)
    yield from _drift(desk, members, records)
    yield from _kept(desk, book, members)


def check(desk: Desk, book: Store, members: Membership) -> list[Entry]:
    """The entries of a book that is whole, continues what it published, and has the reviews that it names."""
    check_book(desk, book, members)
    entries = log.entries(book)
    for query in {one.query for one in entries if one.kind == "review" and one.query}:
        words_on(desk, members, book, query)
    return entries


def account(desk: Desk, book: Store, members: Membership) -> Account:
    """Every charge of the whole log, against the policy in force."""
    charged = {number: one.charge for number, one in enumerate(log.entries(book)) if one.charge is not None}
    places = dict.fromkeys(charged, desk.home.database)
    return Account(desk.home.file.name, site_policy(desk, members).privacy, charged, places, whole=True)


def _order(database: Path, entries: list[Entry], book: Store) -> Iterator[AuditFound]:
    """Approvals and charges come before the release that names them."""
    known = {one.envelope: number for number, one in enumerate(entries) if one.envelope}
    for recorded in accounts.releases(book):
        release, number = told_by(recorded), known.get(digest(recorded.statement))
        earlier = [known.get(one) for one in release.approvals] + [one.number for one in release.charges]
        if number is None or any(one is None or one >= number for one in earlier):
            told = f"round {release.round}, attempt {release.attempt} of {release.query[:12]}"
            yield finding("order", database, f"entry {number}: {told}")


def _withheld(desk: Desk, book: Store, office: FolderExchange) -> Iterator[AuditFound]:
    """What the book has as published is in the exchange with the same bytes."""
    for path, wanted in _published(desk, book, office).items():
        if not _holds(path, wanted):
            yield finding("withheld", path, "the site's book has it as published")


def _holds(path: Path, wanted: Digest) -> bool:
    try:
        return digest(read(path)) == wanted
    except FedcliError:  # it is not there, or a link, or no file
        return False


def _published(desk: Desk, book: Store, office: FolderExchange) -> dict[Path, Digest]:
    """Where everything lies that a site has published about queries, with the digests of the files."""
    site = office.folder / desk.home.file.name
    told: dict[Path, Digest] = {}
    for one in accounts.releases(book):
        if one.visible:
            name = f"{one.round:03}.{one.attempt:02}.release.json"
            told[site / "releases" / one.query / name] = digest(one.statement)
    for query, data in registry.withdrawals(book).items():
        told[site / "withdrawals" / f"{query}.json"] = digest(data)
    for query in sorted({one.query for one in log.entries(book) if one.kind == "approval" and one.query}):
        for place, data in enumerate(registry.approvals(book, query), start=1):
            told[site / "approvals" / f"{query}.{place:03}.json"] = digest(data)
    return told


def _kept(desk: Desk, book: Store, members: Membership) -> Iterator[AuditFound]:
    limits = site_policy(desk, members).limits
    for population in due(book, limits, desk.now):
        yield finding("kept-too-long", desk.home.database, f"{population}, kept for {limits.retention}")


def _drift(desk: Desk, members: Membership, records: Records) -> Iterator[AuditFound]:
    known = records.policies.get(desk.home.file.name, [])
    own = site_policy(desk, members).sha256
    if known and known[-1].value.sha256 != own:
        told = f"{own[:12]} is in policy.toml, and {known[-1].value.sha256[:12]} is published"
        yield finding("policy-drift", desk.home.path / "policy.toml", told)
