"""Under which rules, and until when: policies, floors, and what has ended."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import pairwise

from fedcli.model.document import end_of
from fedcli.model.federation import Member
from fedcli.model.identifiers import Version, short
from fedcli.model.policy import Policy
from fedcli.model.query import Query
from fedcli.model.release import Release
from fedcli.model.shown.audits import AuditFound
from fedcli.policy.compare import changes
from fedcli.policy.layers import tightened
from fedcli.workflows.inspecting.records import Filed, Records, finding

SOON = timedelta(days=30)


def look(records: Records) -> Iterator[AuditFound]:
    """Policies, and what has ended or is about to."""
    yield from _named(records)
    yield from _looser(records)
    for one in records.opened:
        yield from _after_the_end(records, one)
    yield from _expiring(records)


def _named(records: Records) -> Iterator[AuditFound]:
    """The policies that releases and manifests name are published, and hold the floor of their time."""
    told = [(one.path, one.value.site, one.value.policy, one.value.root_version) for one in records.releases]
    told += [
        (one.path, one.value.site, one.value.policy, one.value.root_version) for one in records.manifests
    ]
    for path, site, wanted, version in told:
        policy = records.policy(site, wanted)
        if version > records.members.root.version:
            yield finding("signature", path, f"it binds root {version}, which is not there")
        elif policy is None:
            yield finding("policy-unpublished", path, f"{site} has published no policy {wanted[:12]}")
        elif not _holds_floor(records, policy, version):
            yield finding(
                "policy-below-floor", path, f"{policy.name} is looser than the floor of root {version}"
            )


def _holds_floor(records: Records, policy: Policy, version: Version) -> bool:
    floor = records.members.at(version, "a file").floor
    return tightened(policy, floor, "the federation's floor") == policy


def _looser(records: Records) -> Iterator[AuditFound]:
    """What became looser from one policy of a site to the next."""
    for site, known in records.policies.items():
        for before, after in pairwise(known):
            found = changes(before.value, after.value)
            keys = [one.key for one in found if one.direction in ("looser", "mixed")]
            if keys:
                yield finding("policy-looser", after.path, f"{site}: {', '.join(keys)}")


def _after_the_end(records: Records, filed: Filed[Release]) -> Iterator[AuditFound]:
    """Nothing is answered after the end of the query, its project, or the researcher's accreditation."""
    query = records.queries.get(filed.value.query)
    if query is None:
        return
    for what, end in _ends(records, query.value, filed.value):
        if end <= filed.value.issued:
            yield finding("after-the-end", filed.path, f"the {what} had ended on {end:%Y-%m-%d}")


def _ends(records: Records, query: Query, release: Release) -> Iterator[tuple[str, datetime]]:
    yield "query", query.expires
    if query.project_end is not None:
        yield "project", end_of(query.project_end)
    asking = records.members.at(release.root_version, "a release").member(query.researcher)
    if asking is not None and asking.accreditation is not None:
        yield f"accreditation of {query.researcher}", asking.accreditation.expires


def _expiring(records: Records) -> Iterator[AuditFound]:
    """The last root with its keys, accreditations, and grants of queries that are open."""
    root, now = records.members.root, records.now
    place = records.office.folder / "federation" / f"{root.version:04}.root.json"
    if root.expires <= now:
        yield finding("root-expired", place, f"root {root.version} expired on {root.expires:%Y-%m-%d}")
    elif root.expires <= now + SOON:
        yield finding("expiring", place, f"root {root.version} expires on {root.expires:%Y-%m-%d}")
    for member in root.members:
        if (end := _accredited_until(member)) is not None and end <= now + SOON:
            yield finding("expiring", place, f"the accreditation of {member.name} ends on {end:%Y-%m-%d}")
    yield from _grants(records)


def _accredited_until(member: Member) -> datetime | None:
    return member.accreditation.expires if member.accreditation else None


def _grants(records: Records) -> Iterator[AuditFound]:
    """Last words that end before the query does which they grant, and which waits for an answer."""
    answered = {(one.value.site, one.value.query) for one in records.opened}
    last = {(one.value.site, one.value.query, one.value.approver): one for one in records.approvals.values()}
    for (site, asked, person), one in sorted(last.items()):
        end, query = one.value.expires, records.queries.get(asked)
        waits = query is not None and (site, asked) not in answered and records.now < query.value.expires
        if waits and query is not None and end < query.value.expires and end <= records.now + SOON:
            told = f"the grant of {person} for {short(asked)} ends on {end:%Y-%m-%d}"
            if one.value.decision == "grant":
                yield finding("expiring", one.path, told)
