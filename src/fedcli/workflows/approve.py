"""Approval: what a person must see of a query, and their signed word on it.

An approval binds the digests of the query, the dictionary and the policy that were in force when it
was given; a change of any of them takes it away. Approvals are read from the site's own database.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

from fedcli.errors import FedcliError, fault
from fedcli.language.words import words
from fedcli.ledger import registry
from fedcli.ledger.log import append
from fedcli.ledger.store import Store
from fedcli.model.approval import OPENED, Approval, Decision
from fedcli.model.document import end_of, instant
from fedcli.model.entry import Entry
from fedcli.model.federation import Member
from fedcli.model.home import Desk
from fedcli.model.identifiers import Digest, Duration, line, short
from fedcli.model.policy import Policy
from fedcli.model.query import Query
from fedcli.model.shown.base import Trouble
from fedcli.model.shown.work import AnalysisShown, ApprovalGiven, ApprovalShown, ApprovalsShown
from fedcli.model.verified import Verified
from fedcli.policy.ontology import declared
from fedcli.trust.dsse import sign, statement
from fedcli.trust.keys import key_id
from fedcli.trust.membership import Membership
from fedcli.trust.verified import verify_approval
from fedcli.workflows.admit import Admission, Admitted, admit
from fedcli.workflows.announce import open_book, publish_checkpoint, site_policy
from fedcli.workflows.difference import told
from fedcli.workflows.forgetting import check_remembered
from fedcli.workflows.granted import granted, person_problem, words_on
from fedcli.workflows.inbox import Inbox, find, inbox
from fedcli.workflows.lineage import amended, check_current
from fedcli.workflows.recurring import trajectory
from fedcli.workflows.rounds import rounds_in_all
from fedcli.workflows.standing import exchange, keys, membership
from fedcli.workflows.standing import store as open_store

VALID_FOR = timedelta(days=90)


def listed(desk: Desk) -> ApprovalsShown:
    """Every query in the exchange that names this site, with its standing, and what does not verify."""
    members, book = membership(desk), open_store(desk)
    found = inbox(desk, members)
    return ApprovalsShown(
        queries=tuple(_shown(desk, members, book, query, found) for query in found.queries),
        unverified={query: Trouble.of(error) for query, error in found.problems.items()},
    )


def show(desk: Desk, given: str) -> ApprovalShown:
    """One query as an approver must see it."""
    members = membership(desk)
    return _shown(desk, members, open_store(desk), find(desk, members, given), inbox(desk, members))


def decide(
    desk: Desk,
    given: str,
    decision: Decision,
    reason: str,
    expires: date | None = None,
    max_runs: int | None = None,
    period: Duration | None = None,
) -> ApprovalGiven:
    """Grant, deny or revoke as the person who acts; saying the same again changes nothing.

    What is left open, the last day, the number of runs and their period, is as in the person's word before.

    Raises:
        UsageFault: A-ONCE for a period of a query that does not recur.
    """
    said = line(reason, "reason")
    members = membership(desk)
    members.check_current(desk.now)
    book = open_book(desk, members)
    query = find(desk, members, given)
    me = _approver(desk, members, query.value)
    if period is not None and query.value.recurs is None:
        raise fault("A-ONCE", query=short(query.value.sha256))
    policy = site_policy(desk, members)
    if decision == "grant":
        check_current(inbox(desk, members), query.value)
        _admitted(desk, members, book, query, policy)
    before = _last_word(desk, members, book, query.value.sha256)
    open_as_before = before if before is not None and before.decision == decision else None
    ends = end_of(expires) if expires else _ends(desk, open_as_before)
    if ends <= desk.now:
        raise fault("A-PAST", expires=ends.date())
    approval = Approval(
        federation=members.root.federation,
        root_version=members.root.version,
        site=desk.home.file.name,
        approver=me.name,
        decision=decision,
        query=query.value.sha256,
        dictionary=query.value.dictionary,
        policy=policy.sha256,
        reason=said,
        rounds=rounds_in_all(query.value),
        max_runs=max_runs or (open_as_before.max_runs if open_as_before else OPENED),
        period=period or (open_as_before.period if open_as_before else None),
        issued=instant(desk.now),
        expires=min(ends, query.value.expires) if decision == "grant" else ends,
    )
    if decision == "revoke" and (before is None or before.decision == "deny"):
        raise fault("A-NOTHING", name=me.name)
    if before is not None and _same(before, approval):
        given_ = _publish(desk, book, members, before, new=False)
    else:
        given_ = _record(desk, book, members, approval)
    return given_.model_copy(update={"recurs": query.value.recurs is not None})


def _ends(desk: Desk, before: Approval | None) -> datetime:
    """Until when a word holds that names no day: as long as the one before, where that still does."""
    still = before is not None and before.expires > desk.now
    return before.expires if before is not None and still else instant(desk.now) + VALID_FOR


def _approver(desk: Desk, members: Membership, query: Query) -> Member:
    member = members.root.member(desk.actor)
    refusal = person_problem(desk, members, query, desk.actor)
    if refusal is not None or member is None:
        raise refusal or fault("A-PERSON", name=desk.actor, site=desk.home.file.name)
    if member.signing_key != keys(desk).signing_key:
        raise fault("T-KEY", name=desk.actor)
    return member


def _record(desk: Desk, book: Store, members: Membership, approval: Approval) -> ApprovalGiven:
    data = sign(statement("approval", approval.query, approval), [keys(desk)])
    verified = verify_approval(data, members, "this approval")
    with book.writing():
        registry.add_approval(book, approval.query, data)
        append(book, _entry(desk, verified))
    return _publish(desk, book, members, approval, new=True)


def _publish(desk: Desk, book: Store, members: Membership, approval: Approval, new: bool) -> ApprovalGiven:
    """Put all words on a query into the exchange: one that was interrupted is not there yet."""
    for place, data in enumerate(registry.approvals(book, approval.query), start=1):
        exchange(desk.home).put_approval(desk.home.file.name, approval.query, place, data)
    publish_checkpoint(desk, book, members)
    return _given(approval, new)


def _last_word(desk: Desk, members: Membership, book: Store, query: Digest) -> Approval | None:
    """What the person who acts said last."""
    said = [word.value for word in words_on(desk, members, book, query)]
    return next((one for one in reversed(said) if one.approver == desk.actor), None)


def _same(before: Approval, now: Approval) -> bool:
    """The same decision on the same thing for the same time, whatever the words."""
    told = {"reason": before.reason, "issued": before.issued, "root_version": before.root_version}
    return before.expires > now.issued and now.model_copy(update=told) == before


def _entry(desk: Desk, verified: Verified[Approval]) -> Entry:
    return Entry(
        kind="approval",
        at=instant(desk.now),
        site=desk.home.file.name,
        actor=verified.value.approver,
        query=verified.value.query,
        envelope=verified.envelope,
        decision=verified.value.decision,
        reason=verified.value.reason,
    )


def _given(approval: Approval, new: bool) -> ApprovalGiven:
    return ApprovalGiven(
        id=short(approval.query),
        query=approval.query,
        approver=approval.approver,
        decision=approval.decision,
        reason=approval.reason,
        expires=approval.expires,
        max_runs=approval.max_runs,
        period=approval.period,
        new=new,
    )


def _shown(
    desk: Desk, members: Membership, book: Store, query: Verified[Query], found: Inbox
) -> ApprovalShown:
    policy = site_policy(desk, members)
    where = granted(desk, members, book, query.value, policy, _now_or_next(desk, query.value))
    admission, problem = None, None
    older = amended(exchange(desk.home), members, query.value)
    try:
        check_current(found, query.value)
        admission = _admitted(desk, members, book, query, policy)
    except FedcliError as error:
        problem = error
    return ApprovalShown(
        id=short(query.value.sha256),
        query=query.value,
        cohort=words(query.value.cohort, query.value.derive),
        recipients=_recipients(members, query.value),
        analyses=tuple(_analysis(one, policy) for one in (admission.admitted if admission else ())),
        refused={key: Trouble.of(error) for key, error in (admission.refused if admission else {}).items()},
        granted=where.people,
        trajectory=trajectory(query.value, sum(one.outline.scalars for one in admission.admitted))
        if admission
        else None,
        covered=where.runs if query.value.recurs else None,
        period=where.period,
        amends=told(older, query.value) if older else None,
        missing=Trouble.of(where.missing) if where.missing else None,
        problem=Trouble.of(problem) if problem else None,
    )


def _admitted(
    desk: Desk, members: Membership, book: Store, query: Verified[Query], policy: Policy
) -> Admission:
    """Whether a query could be run here, once it is granted."""
    held = registry.dataset(book, query.value.dataset)
    check_remembered(book, held.dictionary.population)
    return admit(desk, members, query, held, policy)


def _now_or_next(desk: Desk, query: Query) -> int:
    """The run of a recurring query that is open, or comes next; 0 where it is asked once."""
    if query.recurs is None:
        return 0
    return query.open_run(desk.now) or min(query.recurs.by(desk.now) + 1, query.runs)


def _recipients(members: Membership, query: Query) -> tuple[str, ...]:
    """Who will be able to open the release, by name and organisation."""
    known = {key_id(one.signing_key): f"{one.name} of {one.organisation}" for one in members.root.members}
    return tuple(known.get(key, "nobody who is a member") for key in query.recipients)


def _analysis(one: Admitted, policy: Policy) -> AnalysisShown:
    checks = {rule.check: None for rule in declared(one.outline, policy.disclosure)}
    return AnalysisShown(
        id=one.analysis.id,
        analytic=one.analysis.analytic,
        parameters=one.analytic.told(),
        scalars=one.outline.scalars,
        checks=tuple(checks),
    )
