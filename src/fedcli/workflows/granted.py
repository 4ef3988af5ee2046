"""Whether the approvals of a query suffice: so many people, each role filled, nothing changed since."""

from __future__ import annotations

from typing import NamedTuple

from fedcli.errors import FedcliError, Untrusted, fault
from fedcli.ledger import accounts, registry
from fedcli.ledger.store import Store
from fedcli.model.approval import Approval
from fedcli.model.home import Desk
from fedcli.model.identifiers import Digest, Duration, Name, duration, short
from fedcli.model.policy import Policy, Role
from fedcli.model.query import Query
from fedcli.model.release import Release
from fedcli.model.verified import Verified
from fedcli.trust.dsse import content, parse, predicate
from fedcli.trust.membership import Membership
from fedcli.trust.verified import verify_approval
from fedcli.workflows.lineage import lineage
from fedcli.workflows.recurring import exceeded
from fedcli.workflows.standing import exchange

APPROVERS = ("data-owner", "disclosure-officer", "checker")


class Granted(NamedTuple):
    """Who has granted a query, and what is missing until it may run (an error, or None).

    Of a recurring query also how many runs they have all granted, and at most one in which time.
    """

    people: tuple[Name, ...]
    envelopes: tuple[Digest, ...]
    missing: FedcliError | None
    runs: int
    period: Duration | None


def granted(
    desk: Desk, members: Membership, book: Store, query: Query, policy: Policy, round_: int = 0
) -> Granted:
    """Whether the approvals of a query suffice for a round, under the policy that is in force now."""
    latest = last_words(desk, members, book, query)
    spent = _spent(book, query)
    refusals = {
        name: _refusal(desk, members, query, policy, word.value) or _used_up(word, spent)
        for name, word in latest.items()
    }
    good = {name: word for name, word in latest.items() if refusals[name] is None}
    missing = _missing(members, policy, [one for one in refusals.values() if one], tuple(good))
    if missing is None and good:
        missing = _exceeded(book, query, round_, [word.value for word in good.values()])
    words = [word.value for word in good.values()]
    return Granted(
        people=tuple(sorted(good)),
        envelopes=tuple(sorted(word.envelope for word in good.values())),
        missing=missing,
        runs=min((word.runs for word in words), default=0),
        period=max((word.period for word in words if word.period), key=duration, default=None),
    )


def last_words(desk: Desk, members: Membership, book: Store, query: Query) -> dict[Name, Verified[Approval]]:
    """What each person said last: of the query, or else of one that it only tightens."""
    latest: dict[Name, Verified[Approval]] = {}
    for one in reversed(lineage(exchange(desk.home), members, query)):
        latest |= {word.value.approver: word for word in words_on(desk, members, book, one.sha256)}
    return latest


def _spent(book: Store, query: Query) -> dict[Digest, Digest]:
    """The grants with which data were opened for another query, by their envelopes.

    A grant is for one query. Where an amended one took it over and was answered, it is used up for
    the other: what two queries ask together was never granted by one word.
    """
    used: dict[Digest, Digest] = {}
    for other, statement in accounts.statements(book, query.researcher, besides=query.sha256):
        told = predicate(content(parse(statement, "a release"), "release", "a release"), Release, "a release")
        used |= dict.fromkeys(told.approvals, other)
    return used


def _used_up(word: Verified[Approval], spent: dict[Digest, Digest]) -> FedcliError | None:
    if word.envelope not in spent:
        return None
    return fault("A-SPENT", name=word.value.approver, query=short(spent[word.envelope]))


def _exceeded(book: Store, query: Query, round_: int, words: list[Approval]) -> FedcliError | None:
    """What bounds a trajectory: how many rounds or runs, and how often data are opened in each."""
    if round_ >= (rounds := min(word.rounds for word in words)):
        return fault("A-ROUNDS", rounds=rounds)
    opened = accounts.opened(book, query.sha256)
    if query.recurs is not None:
        found = (exceeded(query.recurs, word, opened, round_) for word in words)
        return next((one for one in found if one is not None), None)
    allowed = min(word.openings for word in words)
    return fault("A-RUNS", runs=allowed) if opened.get(round_, 0) >= allowed else None


def words_on(desk: Desk, members: Membership, book: Store, query: Digest) -> list[Verified[Approval]]:
    """The approvals of a query in order; the words of who is no longer a member do not count."""
    found = []
    for data in registry.approvals(book, query):
        try:
            verified = verify_approval(data, members, "the site database")
        except Untrusted as error:
            if error.code != "S-SIGNER":
                raise
        else:
            found.append(_about(verified, query))
    return [one for one in found if one.value.site == desk.home.file.name]


def _about(word: Verified[Approval], query: Digest) -> Verified[Approval]:
    """The database holds words by query; one of another query was moved there."""
    if word.value.query != query:
        raise fault("S-SUBJECT", where="the site database")
    return word


def _missing(
    members: Membership, policy: Policy, refusals: list[FedcliError], good: tuple[Name, ...]
) -> FedcliError | None:
    """What stands in the way: a denial always, else what takes a grant away, else that one is awaited."""
    denied = [one for one in refusals if one.code == "A-DENIED"]
    if denied:
        return denied[0]
    wanted = policy.admission.approvals
    able = {name: set(member.roles) for name in good if (member := members.root.member(name))}
    if len(good) >= wanted.people and filled(list(wanted.roles), able):
        return None
    if refusals:
        return refusals[0]
    roles = ", ".join(wanted.roles) or "any role"
    return fault("A-PENDING", people=wanted.people, roles=roles, granted=", ".join(sorted(good)) or "nobody")


def filled(roles: list[Role], able: dict[Name, set[Role]]) -> bool:
    """Whether each role can be filled by a person of its own."""
    if not roles:
        return True
    first, *rest = roles
    return any(
        first in held and filled(rest, {other: theirs for other, theirs in able.items() if other != name})
        for name, held in able.items()
    )


def _refusal(
    desk: Desk, members: Membership, query: Query, policy: Policy, word: Approval
) -> FedcliError | None:
    """Why one person's last word is no grant for now."""
    if word.decision == "deny":
        return fault("A-DENIED", name=word.approver, reason=word.reason)
    if word.decision == "revoke":
        return fault("A-REVOKED", name=word.approver, reason=word.reason)
    if word.policy != policy.sha256:
        return fault("A-POLICY", name=word.approver)
    if word.dictionary != query.dictionary:
        return fault("A-DICTIONARY", dataset=query.dataset, version="another")
    if word.expires <= desk.now:
        return fault("A-EXPIRED", name=word.approver, expires=word.expires.date())
    return person_problem(desk, members, query, word.approver)


def person_problem(desk: Desk, members: Membership, query: Query, name: Name) -> FedcliError | None:
    """Approvers belong to the site's organisation, and nobody approves their own query."""
    member = members.root.member(name)
    site = members.root.member(desk.home.file.name)
    able = member is not None and bool(set(member.roles) & set(APPROVERS))
    if member is None or site is None or not able or member.organisation != site.organisation:
        return fault("A-PERSON", name=name, site=desk.home.file.name)
    if name == query.researcher:
        return fault("A-OWN", name=name)
    return None
