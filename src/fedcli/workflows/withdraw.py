"""Recalling at a site: its releases, and its signed word that those of a query no longer stand.

The order is that of a release: the word is recorded with its ledger entry, the checkpoint is published,
and only then is it in the exchange. What was interrupted in between is finished by saying it again, or
by the next run.
"""

from __future__ import annotations

from fedcli.errors import fault
from fedcli.files.canonical import digest
from fedcli.ledger import accounts, log, registry
from fedcli.ledger.accounts import Recorded
from fedcli.ledger.store import Store
from fedcli.model.document import instant
from fedcli.model.entry import Entry
from fedcli.model.home import Desk
from fedcli.model.identifiers import Digest, line, resolve, short
from fedcli.model.release import Release
from fedcli.model.shown.work import ReleasesShown, ReleaseTold, WithdrawalGiven
from fedcli.model.withdrawal import Withdrawal
from fedcli.trust.dsse import content, parse, predicate, sign, statement
from fedcli.trust.membership import Membership
from fedcli.workflows.announce import alone, publish_checkpoint
from fedcli.workflows.recall import held_withdrawal
from fedcli.workflows.standing import enrolled_keys, exchange, membership
from fedcli.workflows.standing import store as open_store


def listed(desk: Desk) -> ReleasesShown:
    """All that this site has released or refused, in order; what it withdrew is marked."""
    members, book = membership(desk), open_store(desk)
    reasons = {
        query: held_withdrawal(data, members, desk.home.file.name, query).value.reason
        for query, data in registry.withdrawals(book).items()
    }
    return ReleasesShown(
        releases=tuple(_told(one, reasons.get(one.query)) for one in accounts.releases(book))
    )


def withdraw(desk: Desk, given: str, reason: str) -> WithdrawalGiven:
    """Recall every release that this site made of a query; saying it again changes nothing.

    Raises:
        UsageFault: Q-UNKNOWN where no values of the query have left this site.
        Busy: F-BUSY when a run is under way: it may be about to release.
    """
    said = line(reason, "reason")
    with alone(desk) as (members, book):
        made = [one for one in accounts.releases(book) if one.outcome == "released"]
        query = resolve(given, [one.query for one in made])
        new = registry.withdrawal(book, query) is None
        if new:
            _record(desk, book, members, query, said)
        publish(desk, book, members)
        return _given(desk, book, members, query, new)


def publish(desk: Desk, book: Store, members: Membership) -> None:
    """Make every withdrawal visible that is recorded, the checkpoint first; what is there stays."""
    office, site = exchange(desk.home), desk.home.file.name
    hidden = {
        query: data
        for query, data in registry.withdrawals(book).items()
        if office.withdrawal(site, query) is None
    }
    if hidden:
        publish_checkpoint(desk, book, members)
    for query, data in hidden.items():
        office.put_withdrawal(site, query, data)


def check_stands(book: Store, query: Digest) -> None:
    """Raise A-WITHDRAWN where this site has taken its answer back: it answers the query no more."""
    if registry.withdrawal(book, query) is not None:
        raise fault("A-WITHDRAWN", query=short(query))


def _record(desk: Desk, book: Store, members: Membership, query: Digest, reason: str) -> None:
    """The word and its ledger entry, in one transaction; it is not visible yet."""
    made = accounts.releases(book, query)
    word = Withdrawal(
        federation=members.root.federation,
        root_version=members.root.version,
        site=desk.home.file.name,
        query=query,
        releases=tuple(digest(one.statement) for one in made),
        reason=reason,
        issued=instant(desk.now),
    )
    data = sign(statement("withdrawal", query, word), [enrolled_keys(desk, members)])
    verified = held_withdrawal(data, members, word.site, query)
    entry = Entry(
        kind="withdrawal",
        at=instant(desk.now),
        site=word.site,
        query=query,
        envelope=verified.envelope,
        reason=reason,
    )
    with book.writing():
        registry.add_withdrawal(book, query, data)
        log.append(book, entry)


def _given(desk: Desk, book: Store, members: Membership, query: Digest, new: bool) -> WithdrawalGiven:
    data = registry.withdrawal(book, query)
    assert data is not None  # it was recorded before
    word = held_withdrawal(data, members, desk.home.file.name, query).value
    return WithdrawalGiven(
        id=short(query),
        query=query,
        releases=word.releases,
        reason=word.reason,
        issued=word.issued,
        new=new,
    )


def _told(recorded: Recorded, withdrawn: str | None) -> ReleaseTold:
    where = "the site database"
    release = predicate(content(parse(recorded.statement, where), "release", where), Release, where)
    return ReleaseTold(
        id=short(recorded.query),
        query=recorded.query,
        release=digest(recorded.statement),
        round=recorded.round,
        attempt=recorded.attempt,
        issued=release.issued,
        outcome="released" if recorded.outcome == "released" else "refused",
        codes=tuple(recorded.codes.split()),
        visible=recorded.visible,
        withdrawn=withdrawn,
    )
