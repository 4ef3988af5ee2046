"""Review: people of a site look at what the gate parked, and say whether it may leave.

A decision is signed and kept here; nothing of it is published before it is decided. The next run
computes the same on the same snapshot, and releases what was let out.
"""

from __future__ import annotations

from typing import NamedTuple

from fedcli.errors import fault
from fedcli.ledger import accounts, registry, reviews
from fedcli.ledger.reviews import Said
from fedcli.model.document import instant
from fedcli.model.federation import Member
from fedcli.model.home import Desk
from fedcli.model.identifiers import Name, line, short
from fedcli.model.query import Query
from fedcli.model.release import Left
from fedcli.model.review import Judgement, Parked, Review, asks
from fedcli.model.shown.reviews import (
    ParkedShown,
    ReviewGiven,
    ReviewShown,
    ReviewsShown,
    ReviewState,
    SaidShown,
)
from fedcli.model.shown.work import FindingShown
from fedcli.model.vault import Showing
from fedcli.model.verified import Verified
from fedcli.trust.dsse import sign, statement
from fedcli.trust.verified import verify_review
from fedcli.workflows.admit import admit
from fedcli.workflows.announce import open_book, site_policy
from fedcli.workflows.earlier import Beside, beside, outputs
from fedcli.workflows.errand import errand
from fedcli.workflows.execute import asked_now
from fedcli.workflows.inbox import find, inbox
from fedcli.workflows.ran import Site
from fedcli.workflows.reviewed import (
    Standing,
    ledger_reviews,
    released_by,
    reviewer_problem,
    shown_digest,
    standing,
)
from fedcli.workflows.rounds import rounds_in_all
from fedcli.workflows.sources import look, of_held
from fedcli.workflows.standing import keys, membership, require
from fedcli.workflows.walk import answering


class _At(NamedTuple):
    """A site that looks at one parked round of a query."""

    site: Site
    query: Verified[Query]
    parked: Parked

    @property
    def stands(self) -> Standing:
        """What was said of it, and what came of that."""
        at = self.site
        return standing(at.desk, at.members, at.book, self.query.value, at.policy, self.parked)


def listed(desk: Desk) -> ReviewsShown:
    """The last round that was parked of every query, and how its review stands."""
    site = _site(desk)
    known = {query.value.sha256: query for query in inbox(desk, site.members).queries}
    waiting = {one.query: one for one in reviews.parked_of(site.book)}
    return ReviewsShown(
        reviews=tuple(
            _shown(_At(site, known[query], parked)) for query, parked in waiting.items() if query in known
        )
    )


def show(desk: Desk, given: str) -> ReviewShown:
    """One parked round as a reviewer must see it, who acts with their own key.

    The exact values are computed anew in a vault, which opens the same snapshot and answers with text.

    Raises:
        Refused: A-NO-REVIEW, A-REVIEWER, A-OWN; A-STALE where the data or the policy changed since.
    """
    at = _at(desk, given)
    _reviewer(at)
    shown, stands, before = _shown(at), at.stands, _before(at)
    return ReviewShown(
        parked=shown,
        snapshot=at.parked.snapshot,
        findings=_findings(at.parked),
        said=tuple(
            SaidShown(
                reviewer=one.review.value.reviewer,
                decision=one.review.value.decision,
                reason=one.reason,
                issued=one.review.value.issued,
            )
            for one in stands.words
        ),
        earlier={name: one.shown for name, one in before.items()},
        context=_context(at, {name: one.same for name, one in before.items()}),
    )


def decide(desk: Desk, given: str, decision: Judgement, reason: str) -> ReviewGiven:
    """Approve, send back or reject as the person who acts; saying the same again changes nothing.

    Raises:
        Refused: as `show` does; A-REJECTED after a rejection, A-REVIEWED after the release.
    """
    said = line(reason, "reason")
    at = _at(desk, given)
    at.site.members.check_current(desk.now)
    me = _reviewer(at)
    stands = at.stands
    mine = [one for one in stands.words if one.review.value.reviewer == me.name]
    if mine and mine[-1].review.value.decision == decision:
        return _given(at, me.name, decision, mine[-1].reason, new=False)
    if stands.state == "rejected":
        raise fault("A-REJECTED", query=short(at.parked.query))
    if _state(at) == "released":
        raise fault("A-REVIEWED", query=short(at.parked.query))
    _record(at, _review(at, me.name, decision, said), said)
    return _given(at, me.name, decision, said, new=True)


def _site(desk: Desk) -> Site:
    require(desk, "site")
    members = membership(desk)
    return Site(desk, members, open_book(desk, members), site_policy(desk, members))


def _at(desk: Desk, given: str) -> _At:
    """The last parked round of a query; A-STALE unless the policy and the data are as they were."""
    site = _site(desk)
    query = find(desk, site.members, given)
    waiting = reviews.parked_of(site.book, query.value.sha256)
    if not waiting:
        raise fault("A-NO-REVIEW", query=short(query.value.sha256))
    at = _At(site, query, waiting[-1])
    if not _current(at) or not _as_it_was(at):
        raise fault("A-STALE", query=short(query.value.sha256))
    return at


def _current(at: _At) -> bool:
    """Whether the policy and the snapshot known last are those under which it was parked."""
    taken = registry.snapshot(at.site.book, at.query.value.dataset)
    return taken is not None and (at.parked.policy, at.parked.snapshot) == (
        at.site.policy.sha256,
        taken.name,
    )


def _as_it_was(at: _At) -> bool:
    """Whether the files look as they did when the snapshot was taken."""
    held = registry.dataset(at.site.book, at.query.value.dataset)
    taken = registry.snapshot(at.site.book, held.name)
    return taken is not None and look(of_held(held)) == taken.files


def _reviewer(at: _At) -> Member:
    desk, members = at.site.desk, at.site.members
    member = members.root.member(desk.actor)
    refusal = reviewer_problem(desk, members, at.query.value, desk.actor)
    if refusal is not None or member is None:
        raise refusal or fault("A-REVIEWER", name=desk.actor, site=at.site.name)
    if member.signing_key != keys(desk).signing_key:
        raise fault("T-KEY", name=desk.actor)
    return member


def _before(at: _At) -> dict[Name, Beside]:
    """What left before of the same persons, beside each analysis that is parked."""
    query = at.query.value
    known = outputs(at.site, registry.dataset(at.site.book, query.dataset).dictionary.population)
    parked = [one for one in query.analyses if one.id in at.parked.findings]
    return {one.id: beside(known, query, one, at.parked.snapshot) for one in parked}


def _context(at: _At, earlier: dict[Name, tuple[Left, ...]]) -> dict[Name, tuple[str, ...]]:
    """What a vault tells of the analyses that are parked, on data that are as they were."""
    asked = asked_now(at.site, at.query.value)
    held = registry.dataset(at.site.book, at.query.value.dataset)
    admission = admit(at.site.desk, at.site.members, at.query, held, at.site.policy, asked)
    parked = [one for one in admission.admitted if one.analysis.id in at.parked.findings]
    if admission.round != at.parked.round:
        raise fault("A-STALE", query=short(at.parked.query))
    task = Showing(of=answering(at.site, admission, parked), earlier=earlier)
    told = errand(task, at.site.policy.limits).context
    if not _as_it_was(at):
        raise fault("A-STALE", query=short(at.parked.query))
    return told


def _review(at: _At, name: Name, decision: Judgement, reason: str) -> Review:
    query, members = at.query.value, at.site.members
    return Review(
        federation=members.root.federation,
        root_version=members.root.version,
        site=at.site.name,
        reviewer=name,
        decision=decision,
        query=query.sha256,
        round=at.parked.round,
        rounds=max(at.parked.round + 1, rounds_in_all(query)),
        dictionary=query.dictionary,
        policy=at.parked.policy,
        snapshot=at.parked.snapshot,
        findings=shown_digest(at.site.book, at.parked),
        reason=reviews.keyed(at.site.book, reason),
        issued=instant(at.site.desk.now),
    )


def _record(at: _At, review: Review, reason: str) -> None:
    """Keep a review; a rejection decides, and is ledgered with all that was said before it."""
    site = at.site
    data = sign(statement("review", review.query, review), [keys(site.desk)])
    verify_review(data, site.members, "this review")
    with site.book.writing():
        reviews.add(site.book, review.query, Said(data, reason))
        if review.decision == "reject":
            ledger_reviews(site.desk, site.members, site.book, review.query)


def _given(at: _At, name: Name, decision: Judgement, reason: str, new: bool) -> ReviewGiven:
    return ReviewGiven(parked=_shown(at), reviewer=name, decision=decision, reason=reason, new=new)


def _shown(at: _At) -> ParkedShown:
    wanted = at.site.policy.admission.reviewers
    return ParkedShown(
        id=short(at.parked.query),
        query=at.parked.query,
        title=at.query.value.title,
        researcher=at.query.value.researcher,
        round=at.parked.round,
        state=_state(at),
        approved=at.stands.approved,
        people=wanted.people,
        roles=wanted.roles,
    )


def _state(at: _At) -> ReviewState:
    known = [one for one in accounts.releases(at.site.book, at.parked.query) if one.round == at.parked.round]
    if set(at.stands.envelopes) & released_by(known):
        return "released"
    return at.stands.state if _current(at) else "outdated"


def _findings(parked: Parked) -> tuple[FindingShown, ...]:
    return tuple(
        FindingShown(analysis=name, check=one.check, field=one.field, cells=one.cells, enforced=one.enforced)
        for name, found in parked.findings.items()
        for one in found
        if asks(one)
    )
