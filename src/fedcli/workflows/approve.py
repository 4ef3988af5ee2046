"""Approval: what a person must see of a query, and their signed word on it.

An approval binds the digests of the query, the dictionary and the policy that were in force when it
was given; a change of any of them takes it away. Approvals are read from the site's own database.
"""

from __future__ import annotations

from datetime import date, timedelta

from fedcli.errors import FedcliError, fault
from fedcli.language.words import words
from fedcli.ledger import registry
from fedcli.ledger.log import append
from fedcli.ledger.store import Store
from fedcli.model.approval import Approval
from fedcli.model.document import end_of, instant
from fedcli.model.entry import Entry
from fedcli.model.federation import Member
from fedcli.model.home import Desk
from fedcli.model.identifiers import Line, short
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
from fedcli.workflows.admit import Admitted, admit
from fedcli.workflows.announce import publish_checkpoint, site_policy
from fedcli.workflows.granted import granted, person_problem, words_on
from fedcli.workflows.inbox import find, inbox
from fedcli.workflows.standing import exchange, keys, membership
from fedcli.workflows.standing import store as open_store

VALID_FOR = timedelta(days=90)


def listed(desk: Desk) -> ApprovalsShown:
    """Every query in the exchange that names this site, with its standing, and what does not verify."""
    members, book = membership(desk), open_store(desk)
    found = inbox(desk, members)
    return ApprovalsShown(
        queries=tuple(_shown(desk, members, book, query) for query in found.queries),
        unverified={query: Trouble.of(error) for query, error in found.problems.items()},
    )


def show(desk: Desk, given: str) -> ApprovalShown:
    """One query as an approver must see it."""
    members = membership(desk)
    return _shown(desk, members, open_store(desk), find(desk, members, given))


def decide(
    desk: Desk, given: str, decision: str, reason: Line, expires: date | None = None, max_runs: int = 3
) -> ApprovalGiven:
    """Grant, deny or revoke as the person who acts; saying the same again changes nothing."""
    members = membership(desk)
    members.check_current(desk.now)
    book = open_store(desk)
    query = find(desk, members, given)
    me = _approver(desk, members, query.value)
    policy = site_policy(desk, members)
    if decision == "grant":
        admit(desk, members, query, registry.dataset(book, query.value.dataset), policy)
    ends = end_of(expires) if expires else instant(desk.now) + VALID_FOR
    if ends <= desk.now:
        raise fault("A-PAST", expires=ends.date())
    approval = Approval(
        federation=members.root.federation,
        root_version=members.root.version,
        site=desk.home.file.name,
        approver=me.name,
        decision=decision,  # type: ignore[arg-type]
        query=query.value.sha256,
        dictionary=query.value.dictionary,
        policy=policy.sha256,
        reason=reason,
        max_runs=max_runs,
        issued=instant(desk.now),
        expires=min(ends, query.value.expires) if decision == "grant" else ends,
    )
    return _record(desk, book, members, approval)


def _approver(desk: Desk, members: Membership, query: Query) -> Member:
    member = members.root.member(desk.actor)
    refusal = person_problem(desk, members, query, desk.actor)
    if refusal is not None or member is None:
        raise refusal or fault("A-PERSON", name=desk.actor, site=desk.home.file.name)
    if member.signing_key != keys(desk).signing_key:
        raise fault("T-KEY", name=desk.actor)
    return member


def _record(desk: Desk, book: Store, members: Membership, approval: Approval) -> ApprovalGiven:
    said = [word.value for word in words_on(desk, members, book, approval.query)]
    mine = [one for one in said if one.approver == approval.approver]
    if mine and _same(mine[-1], approval) and mine[-1].expires > desk.now:
        return _given(mine[-1], new=False)
    if approval.decision == "revoke" and (not mine or mine[-1].decision != "grant"):
        raise fault("A-NOTHING", name=approval.approver)
    data = sign(statement("approval", approval.query, approval), [keys(desk)])
    verified = verify_approval(data, members, "this approval")
    with book.writing():
        place = registry.add_approval(book, approval.query, data)
        append(book, _entry(desk, verified))
    exchange(desk.home).put_approval(desk.home.file.name, approval.query, place, data)
    publish_checkpoint(desk, book, members)
    return _given(approval, new=True)


def _same(before: Approval, now: Approval) -> bool:
    """The same decision on the same thing, whatever the time and the words."""
    return (before.decision, before.policy, before.dictionary) == (now.decision, now.policy, now.dictionary)


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
        new=new,
    )


def _shown(desk: Desk, members: Membership, book: Store, query: Verified[Query]) -> ApprovalShown:
    policy = site_policy(desk, members)
    where = granted(desk, members, book, query.value, policy)
    admission, problem = None, None
    try:
        admission = admit(desk, members, query, registry.dataset(book, query.value.dataset), policy)
    except FedcliError as error:
        problem = error
    return ApprovalShown(
        id=short(query.value.sha256),
        query=query.value,
        cohort=words(query.value.cohort),
        recipients=_recipients(members, query.value),
        analyses=tuple(_analysis(one, policy) for one in (admission.admitted if admission else ())),
        refused={key: Trouble.of(error) for key, error in (admission.refused if admission else {}).items()},
        granted=where.people,
        missing=Trouble.of(where.missing) if where.missing else None,
        problem=Trouble.of(problem) if problem else None,
    )


def _recipients(members: Membership, query: Query) -> tuple[str, ...]:
    """Who will be able to open the release, by name and organisation."""
    known = {key_id(one.signing_key): f"{one.name} of {one.organisation}" for one in members.root.members}
    return tuple(known.get(key, "nobody who is a member") for key in query.recipients)


def _analysis(one: Admitted, policy: Policy) -> AnalysisShown:
    checks = {rule.check: None for rule in declared(one.outline, policy.disclosure)}
    return AnalysisShown(
        id=one.analysis.id,
        analytic=one.analysis.analytic,
        parameters=one.analysis.parameters,
        scalars=one.outline.scalars,
        checks=tuple(checks),
    )
