"""Whether people have let out what is parked: so many, of such roles, about exactly this.

A review is about the findings of one round of one query, under one policy, on one snapshot of the data.
A change of any of them takes it away. Reviews are read from the site's own database.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal, NamedTuple, TypeAlias

from fedcli.errors import FedcliError, Untrusted, fault
from fedcli.exchange.folder import part, review_beside
from fedcli.files.canonical import digest
from fedcli.ledger import log, reviews
from fedcli.ledger.accounts import Recorded
from fedcli.ledger.reviews import Said
from fedcli.ledger.store import Store
from fedcli.model.disclosure import Finding
from fedcli.model.entry import Entry
from fedcli.model.federation import Member
from fedcli.model.home import Desk
from fedcli.model.identifiers import ColumnName, Count, Digest, Name
from fedcli.model.policy import Policy
from fedcli.model.query import Query
from fedcli.model.release import Release
from fedcli.model.review import Parked, Review
from fedcli.model.verified import Verified
from fedcli.trust.dsse import content, parse, predicate
from fedcli.trust.membership import Membership
from fedcli.trust.verified import verify_review
from fedcli.workflows.granted import filled

REVIEWERS = ("disclosure-officer", "checker")
#: Fewer than so many keys are nobody's review, whatever a site's policy says.
LEAST = 2
State: TypeAlias = Literal["waits", "changes-requested", "approved", "rejected"]
_WHERE = "the site database"


class Word(NamedTuple):
    """What one person said: the signed review, and the reason, which stays at the site."""

    review: Verified[Review]
    reason: str


class Standing(NamedTuple):
    """How what is parked stands: all that was said of it, who let it out, and what came of it."""

    words: tuple[Word, ...]
    approved: tuple[Name, ...]
    envelopes: tuple[Digest, ...]
    state: State


class Cover(NamedTuple):
    """What people have let out of a round: by analysis the checks; and what they saw of this very round."""

    looked: dict[Name, tuple[ColumnName, ...]]
    envelopes: tuple[Digest, ...]
    seen: dict[Name, tuple[Finding, ...]]


#: Nothing was let out by people.
NOTHING = Cover({}, (), {})


def words_on(desk: Desk, members: Membership, book: Store, query: Digest) -> list[Word]:
    """The reviews of a query in order; what the log names and is not there was taken away.

    Raises:
        Untrusted: S-…, and L-REVIEW where a review that was ledgered is missing.
    """
    said = reviews.said_of(book, query)
    if not set(log.envelopes(book, "review", query)) <= {digest(one.envelope) for one in said}:
        raise fault("L-REVIEW", where=_WHERE)
    found = [word for one in said if (word := _word(members, book, query, one)) is not None]
    return [one for one in found if one.review.value.site == desk.home.file.name]


def _word(members: Membership, book: Store, query: Digest, said: Said) -> Word | None:
    """One review; that of a key that was revoked since does not count."""
    try:
        verified = verify_review(said.envelope, members, _WHERE)
    except Untrusted as error:
        if error.code != "S-SIGNER":
            raise
        return None
    if verified.value.query != query or verified.value.reason != reviews.keyed(book, said.reason):
        raise fault("S-SUBJECT", where=_WHERE)
    return Word(verified, said.reason)


def standing(
    desk: Desk, members: Membership, book: Store, query: Query, policy: Policy, parked: Parked
) -> Standing:
    """How what is parked stands under the policy in force: one rejection ends it."""
    words = tuple(
        one
        for one in words_on(desk, members, book, query.sha256)
        if _about(one.review.value, book, query, parked)
    )
    last = {one.review.value.reviewer: one.review for one in words}
    good = {
        name: one
        for name, one in last.items()
        if one.value.decision == "approve" and reviewer_problem(desk, members, query, name) is None
    }
    envelopes = tuple(sorted(one.envelope for one in good.values()))
    return Standing(words, tuple(sorted(good)), envelopes, _state(members, policy, words, last, tuple(good)))


def _about(word: Review, book: Store, query: Query, parked: Parked) -> bool:
    """Whether a review is about this: the round, the policy, the snapshot, and what was found there."""
    told = (word.round, word.policy, word.snapshot, word.dictionary, word.findings)
    here = (parked.round, parked.policy, parked.snapshot, query.dictionary, shown_digest(book, parked))
    return told == here


def shown_digest(book: Store, parked: Parked) -> Digest:
    """The keyed digest of the findings that people are shown."""
    return reviews.keyed(book, parked.json_value()["findings"])


def _state(
    members: Membership,
    policy: Policy,
    words: tuple[Word, ...],
    last: dict[Name, Verified[Review]],
    good: tuple[Name, ...],
) -> State:
    if any(one.review.value.decision == "reject" for one in words):
        return "rejected"
    if any(one.value.decision == "request-changes" for one in last.values()):
        return "changes-requested"
    wanted = policy.admission.reviewers
    known = {name: member for name in good if (member := members.root.member(name)) is not None}
    keys = {member.signing_key for member in known.values()}
    able = {name: set(member.roles) for name, member in known.items()}
    enough = len(keys) >= wanted.people and filled(list(wanted.roles), able)
    return "approved" if enough else "waits"


def reviewer_problem(desk: Desk, members: Membership, query: Query, name: Name) -> FedcliError | None:
    """Reviewers belong to the site's organisation, and nobody reviews what they asked."""
    member, site = members.root.member(name), members.root.member(desk.home.file.name)
    if not _may_review(member, site):
        return fault("A-REVIEWER", name=name, site=desk.home.file.name)
    if name == query.researcher:
        return fault("A-OWN", name=name)
    return None


def _may_review(member: Member | None, site: Member | None) -> bool:
    able = member is not None and bool(set(member.roles) & set(REVIEWERS))
    return able and site is not None and member is not None and member.organisation == site.organisation


def cover(
    desk: Desk, members: Membership, book: Store, query: Query, policy: Policy, snapshot: Name, round_: Count
) -> Cover:
    """What people have let out of a round, on a snapshot, under the policy in force.

    A review of a round covers the later ones of its query: the same checks, on the same data. Where people
    look at every release, each round needs its own.
    """
    found = NOTHING
    for parked in reviews.parked_of(book, query.sha256):
        here = (parked.snapshot, parked.policy) == (snapshot, policy.sha256)
        if here and _reaches(parked.round, round_, policy):
            stands = standing(desk, members, book, query, policy, parked)
            if stands.state == "approved" and _within(stands, round_):
                found = _joined(found, parked, stands, own=parked.round == round_)
    return found


def _reaches(parked: Count, round_: Count, policy: Policy) -> bool:
    return parked == round_ or (parked < round_ and policy.admission.review != "all")


def _within(stands: Standing, round_: Count) -> bool:
    """Whether a round is one of those that the reviews are about."""
    return all(
        round_ < one.review.value.rounds for one in stands.words if one.review.envelope in stands.envelopes
    )


def _joined(found: Cover, parked: Parked, stands: Standing, own: bool) -> Cover:
    asked = {name: tuple({*found.looked.get(name, ()), *checks}) for name, checks in parked.asked.items()}
    return Cover(
        found.looked | {name: tuple(sorted(checks)) for name, checks in asked.items()},
        tuple(sorted({*found.envelopes, *stands.envelopes})),
        parked.findings if own else found.seen,
    )


def ledger_reviews(desk: Desk, members: Membership, book: Store, query: Digest) -> None:
    """Ledger what was said of a query, in the transaction that is open: it is decided.

    Not sooner: the size of a log is public, and would tell that a refusal waits for people.
    """
    known = set(log.envelopes(book, "review", query))
    for word in words_on(desk, members, book, query):
        if word.review.envelope not in known:
            log.append(book, _entry(word))


def _entry(word: Word) -> Entry:
    said = word.review.value
    return Entry(
        kind="review",
        at=said.issued,
        site=said.site,
        actor=said.reviewer,
        query=said.query,
        round=said.round,
        envelope=word.review.envelope,
        decision=said.decision,
        reason=word.reason,
    )


def released_by(known: list[Recorded]) -> set[Digest]:
    """The reviews that the recorded releases of a round name."""
    return {one for recorded in known for one in told_by(recorded).reviews}


def told_by(recorded: Recorded) -> Release:
    """The statement of a release that this site recorded."""
    return predicate(
        content(parse(recorded.statement, "a release"), "release", "a release"), Release, "a release"
    )


def check_reviews(
    release: Release, statement: Path, members: Membership, authors: set[Name], where: str
) -> None:
    """Verify the reviews that a release names, as they lie beside it in the exchange.

    Raises:
        Untrusted: S-GONE, S-SUBJECT, S-SIGNER …, or S-REVIEW where a review is of something else, by
            somebody who may not, or where fewer than two keys signed.
    """
    keys: dict[Count, set[str]] = {}
    for named in release.reviews:
        data = part(review_beside(statement, release.query, named))
        word = verify_review(data, members, where).value
        if digest(data) != named or not _lets_out(word, release):
            raise fault("S-REVIEW", where=where)
        root = members.at(word.root_version, where)
        member = root.member(word.reviewer)
        if member is None or not _may_review(member, root.member(release.site)) or member.name in authors:
            raise fault("S-REVIEW", where=where)
        keys.setdefault(word.round, set()).add(member.signing_key)
    if any(len(signed) < LEAST for signed in keys.values()):
        raise fault("S-REVIEW", where=where)


def _lets_out(word: Review, release: Release) -> bool:
    """Whether a review is an approval of what is released, or of an earlier round of it."""
    said = (word.decision, word.site, word.query, word.dictionary, word.policy, word.snapshot)
    told = (release.site, release.query, release.dictionary, release.policy, release.snapshot)
    return said == ("approve", *told) and word.round <= release.round < word.rounds
