"""What fedcli knows of the fields that records and assessments ask for, as short lines for people."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from fedcli.model.controls import Fact
from fedcli.model.dataset import Dictionary
from fedcli.model.federation import Member
from fedcli.model.identifiers import Name
from fedcli.model.policy import Policy
from fedcli.model.query import Query
from fedcli.workflows.inspecting.records import Records

#: What the program does for every release; docs/promises.md names the test of each.
MEASURES = (
    "rows stay in a process without keys; only aggregates that passed the policy's checks leave it",
    "each release is signed, and its numbers are sealed to the recipients that the approval showed",
    "every charge, approval, review and release is in a tamper-evident log before it is visible",
)


class Known(NamedTuple):
    """What the facts are made of."""

    records: Records
    sites: tuple[Name, ...]
    queries: tuple[Query, ...]
    policies: dict[Name, Policy]
    dictionaries: tuple[Dictionary, ...]
    releases: list[dict[str, Any]]


def facts(known: Known) -> dict[Fact, list[str]]:
    """The lines of every fact; none where nothing is known."""
    root = known.records.members.root
    members = {member.name: member for member in root.members}
    return {
        "controller": [f"{members[site].organisation} ({site})" for site in known.sites if site in members],
        "purposes": _different(f"{one.purpose}, project {one.project}: {one.title}" for one in known.queries),
        "subjects": [line for one in known.dictionaries for line in _columns(one)],
        "recipients": _different(_who(members.get(one.researcher), one.researcher) for one in known.queries),
        "limits": _different(
            f"{one.project}: a query ends on {one.expires:%Y-%m-%d}" for one in known.queries
        ),
        "measures": [*MEASURES, *(_rules(site, one) for site, one in known.policies.items())],
        "operations": _different(
            f"{one.project}: {', '.join(analysis.analytic for analysis in one.analyses)} of {one.dataset}"
            for one in known.queries
        ),
        "necessity": [f"{len(known.releases)} releases of aggregates, and no row, for {_projects(known)}"],
        "projects": _different(_project(one) for one in known.queries),
        "people": [_person(member) for member in root.members],
        "data": [
            f"{one.dataset}, version {one.version}: {len(one.columns)} columns" for one in known.dictionaries
        ],
        "settings": [MEASURES[0], f"federation {root.federation}, root {root.version}"],
        "outputs": [_outputs(known), *(_rules(site, one) for site, one in known.policies.items())],
    }


def _different(lines: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(lines))


def _columns(one: Dictionary) -> list[str]:
    kinds: dict[str, list[str]] = {}
    for name, column in one.columns.items():
        kinds.setdefault(column.sensitivity, []).append(name)
    return [f"{one.dataset}, {kind}: {', '.join(names)}" for kind, names in sorted(kinds.items())]


def _who(member: Member | None, name: Name) -> str:
    return f"{name}, {member.organisation}" if member is not None else f"{name}, no member any more"


def _person(member: Member) -> str:
    said = member.accreditation
    trained = f"{said.reference}, until {said.expires:%Y-%m-%d}" if said else "no accreditation in the root"
    return f"{member.name} ({', '.join(member.roles)}), {member.organisation}: {trained}"


def _project(one: Query) -> str:
    told = [f"{title}: {value}" for title, value in one.references]
    return "; ".join([f"{one.project}: {one.title}", *(told or ["no references were given"])])


def _projects(known: Known) -> str:
    return ", ".join(sorted({one.project for one in known.queries})) or "no project"


def _outputs(known: Known) -> str:
    recalled = sum(one["recalled"] is not None for one in known.releases)
    reviewed = sum(bool(one["reviews"]) for one in known.releases)
    return f"{len(known.releases)} releases, {reviewed} let out by reviewers, {recalled} recalled"


def _rules(site: Name, policy: Policy) -> str:
    wanted: Sequence[str] = policy.admission.approvals.roles
    return (
        f"policy {policy.name} of {site}: {policy.privacy.mode}, at least {policy.disclosure.min_count} "
        f"persons, {policy.admission.approvals.people} approvals ({', '.join(wanted) or 'any role'}), "
        f"review of {policy.admission.review}"
    )
