"""Whether people allowed what left: the approvals and reviews of each release, against its own policy.

A site's word for it is not taken: what the policy demanded is counted from the signed grants, as they
stood when the release was made.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path

from fedcli.model.approval import Approval
from fedcli.model.identifiers import Count, Digest, Name, short
from fedcli.model.policy import Role
from fedcli.model.query import Query
from fedcli.model.release import Release
from fedcli.model.shown.audits import AuditFound
from fedcli.workflows.granted import APPROVERS, filled
from fedcli.workflows.inspecting.records import Filed, Records, finding
from fedcli.workflows.lineage import lineage
from fedcli.workflows.recurring import exceeded


def look(records: Records) -> Iterator[AuditFound]:
    """The approvals and reviews of all releases for which data were opened."""
    for one in records.opened:
        query = records.queries.get(one.value.query)
        if query is None:
            told = f"its query {short(one.value.query)} is not in the exchange"
            yield finding("approval-unfit", one.path, told)
            continue
        yield from _approved(records, one, query.value)
        yield from _reviewed(records, one)
    yield from _reused(records)


def _approved(records: Records, filed: Filed[Release], query: Query) -> Iterator[AuditFound]:
    release = filed.value
    named = [records.approvals.get(envelope) for envelope in release.approvals]
    lost = [
        envelope
        for envelope, one in zip(release.approvals, named, strict=True)
        if one is None and envelope not in records.unsure
    ]
    for envelope in lost:
        yield finding("approval-missing", filed.path, f"no approval with the digest {envelope[:12]} is there")
    asked = {one.sha256: one for one in lineage(records.office, records.members, query)}
    given = [one for one in named if one is not None]
    problems = {
        one.path: _unfit(records, one.value, release, asked)
        or _untimely(records, one.value, release)
        or _exceeded(records, one.value, filed, query)
        for one in given
    }
    for path, (rule, told) in ((path, problem) for path, problem in problems.items() if problem):
        yield finding(rule, filed.path, f"{path.name}: {told}")
    yield from _denied(records, filed, set(asked))
    good = {one.value.approver for one in given if problems[one.path] is None}
    if len(given) + len(lost) == len(release.approvals):  # of a revoked key's grant nobody can say
        yield from _enough(records, filed, good)


def _unfit(
    records: Records, word: Approval, release: Release, asked: Mapping[Digest, Query]
) -> tuple[Name, str] | None:
    """Why an approval is not one of what was released: the query, or one that it only tightens."""
    if word.decision != "grant" or word.site != release.site or word.query not in asked:
        return "approval-unfit", f"it is a {word.decision} of {short(word.query)} at {word.site}"
    if (word.policy, word.dictionary) != (release.policy, release.dictionary):
        return "approval-unfit", "it was given under another policy or dictionary"
    if asked[word.query].recurs is None and word.rounds <= release.round:
        return "approval-unfit", f"it is for {word.rounds} rounds, and this is round {release.round}"
    if word.approver == asked[word.query].researcher or not _may_approve(records, word.approver, release):
        return "approval-unfit", f"{word.approver} may not approve it"
    return None


def _untimely(records: Records, word: Approval, release: Release) -> tuple[Name, str] | None:
    """Why an approval did not count at the time of the release."""
    if not word.issued <= release.issued < word.expires:
        return "approval-late", f"it was good from {word.issued:%Y-%m-%d %H:%M} to {word.expires:%Y-%m-%d}"
    said = _last_word(records, word.site, {word.query}, word.approver, release)
    if said is not None and said.decision != "grant" and said.issued >= word.issued:
        return "approval-revoked", f"{word.approver} had taken it back"
    return None


def _exceeded(
    records: Records, word: Approval, filed: Filed[Release], query: Query
) -> tuple[Name, str] | None:
    """Why an approval was used up when data were opened once more: its runs, its period, its attempts."""
    release, earlier = filed.value, Counter(_opened_before(records, filed))
    if query.recurs is not None and exceeded(query.recurs, word, earlier, release.round) is not None:
        period = f", at most one in {word.period}" if word.period else ""
        return "approval-exceeded", f"it is for {word.runs} runs{period}, and run {release.round} is one more"
    if earlier[release.round] >= word.openings:
        return "approval-exceeded", f"it is for {word.openings} answers to round {release.round}"
    return None


def _opened_before(records: Records, filed: Filed[Release]) -> Iterator[Count]:
    """The rounds for which a site had opened data for the same query before a release, each time."""
    release = filed.value
    for one in (other.value for other in records.opened):
        same = (one.site, one.query) == (release.site, release.query)
        order = ((told.issued, told.round, told.attempt) for told in (one, release))
        if same and next(order) < next(order):
            yield one.round


def _last_word(
    records: Records, site: Name, asked: Collection[Digest], name: Name, release: Release
) -> Approval | None:
    """What a person said last of some queries before a release."""
    said = [
        one.value
        for one in records.approvals.values()
        if (one.value.site, one.value.approver) == (site, name)
        and one.value.query in asked
        and one.value.issued < release.issued
    ]
    return max(reversed(said), key=lambda one: one.issued, default=None)


def _denied(records: Records, filed: Filed[Release], asked: Collection[Digest]) -> Iterator[AuditFound]:
    """A denial stands until its person grants, whoever else has granted."""
    site = filed.value.site
    for name in sorted({one.value.approver for one in records.approvals.values()}):
        said = _last_word(records, site, asked, name, filed.value)
        if said is not None and said.decision == "deny":
            yield finding("denied", filed.path, f"{name} had denied {short(said.query)}: {said.reason}")


def _may_approve(records: Records, name: Name, release: Release) -> bool:
    """Approvers belong to the site's organisation, as the root has it that the release binds."""
    root = records.members.at(release.root_version, "a release")
    member, site = root.member(name), root.member(release.site)
    same = member is not None and site is not None and member.organisation == site.organisation
    return same and member is not None and bool(set(member.roles) & set(APPROVERS))


def _enough(records: Records, filed: Filed[Release], good: set[Name]) -> Iterator[AuditFound]:
    """So many people, and each role filled by a person of its own."""
    policy = records.policy(filed.value.site, filed.value.policy)
    if policy is None:
        return  # that it is not there is told by another rule
    wanted = policy.admission.approvals
    if not _suffice(records, filed.value, good, wanted.people, wanted.roles):
        granted = ", ".join(sorted(good)) or "nobody"
        told = f"{policy.name} wants {wanted.people} ({', '.join(wanted.roles) or 'any role'}); {granted}"
        yield finding("approvals-too-few", filed.path, told)


def _suffice(records: Records, release: Release, good: set[Name], people: int, roles: Sequence[Role]) -> bool:
    root = records.members.at(release.root_version, "a release")
    able = {name: set(member.roles) for name in good if (member := root.member(name)) is not None}
    return len(able) >= people and filled(list(roles), able)


def _reviewed(records: Records, filed: Filed[Release]) -> Iterator[AuditFound]:
    """As many reviewers as the policy wants; verification wants two keys, whatever the policy says."""
    policy = records.policy(filed.value.site, filed.value.policy)
    if policy is None or not filed.value.reviews:
        return
    wanted = policy.admission.reviewers
    rounds: dict[int, set[Name]] = {}
    for envelope in filed.value.reviews:
        if (word := records.reviews.get(envelope)) is not None:
            rounds.setdefault(word.value.round, set()).add(word.value.reviewer)
    for number, people in sorted(rounds.items()):
        if not _suffice(records, filed.value, people, wanted.people, wanted.roles):
            told = f"{policy.name} wants {wanted.people} ({', '.join(wanted.roles)}); round {number} has "
            yield finding("reviews-too-few", filed.path, told + ", ".join(sorted(people)))


def _reused(records: Records) -> Iterator[AuditFound]:
    """A grant is for one query: the first that data were opened for."""
    first: dict[tuple[Name, Digest], tuple[Digest, Path]] = {}
    for one in sorted(records.opened, key=lambda filed: filed.value.issued):
        for envelope in one.value.approvals:
            query, path = first.setdefault((one.value.site, envelope), (one.value.query, one.path))
            if query != one.value.query:
                told = f"the approval {envelope[:12]} had opened data for {short(query)} in {path.name}"
                yield finding("approval-reused", one.path, told)
