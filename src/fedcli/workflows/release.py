"""Making a release: the signed statement in clear, and the values sealed to their recipients."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from threading import Lock
from typing import NamedTuple

import fedcli
from fedcli.files.canonical import canonical, digest, digest_of
from fedcli.ledger.checkpoint import Checkpoint
from fedcli.model.document import instant
from fedcli.model.entry import Charged
from fedcli.model.home import Desk
from fedcli.model.identifiers import Digest, Name
from fedcli.model.policy import Policy
from fedcli.model.query import Query
from fedcli.model.release import Claim, Maturity, Package, Release, Values
from fedcli.model.release import Outcome as Told
from fedcli.policy.ontology import declared, rules_digest
from fedcli.trust.dsse import sign, statement
from fedcli.trust.membership import Membership
from fedcli.trust.sealing import seal, token
from fedcli.trust.verified import release_binding
from fedcli.workflows.admit import Admitted
from fedcli.workflows.announce import signed_checkpoint
from fedcli.workflows.standing import enrolled_keys

_CELL = 96  # the longest cell: a gap with two ends of 24 characters each
_REFUSAL = 128
_BLOCK = 1024
_PACKAGING = Lock()


class Plan(NamedTuple):
    """All that a release follows from, apart from data."""

    desk: Desk
    members: Membership
    query: Query
    policy: Policy
    maturity: Maturity
    admitted: tuple[Admitted, ...]
    reviews: tuple[Digest, ...] = ()
    claim: Claim | None = None


class Made(NamedTuple):
    """The two files of a release, and the digest of the first."""

    statement: bytes
    sealed: bytes
    digest: Digest


def make(
    plan: Plan,
    attempt: tuple[int, int],
    told: dict[Name, Told],
    charged: tuple[Charged, ...],
    approvals: tuple[Digest, ...],
    snapshot: Name | None,
    head: Checkpoint,
) -> Made:
    """Seal the values, and sign the statement about the sealed file."""
    site, query = plan.desk.home.file.name, plan.query
    release = Release(
        maturity=plan.maturity,
        federation=plan.members.root.federation,
        root_version=plan.members.root.version,
        query=query.sha256,
        round=attempt[0],
        due=query.due(attempt[0]),
        attempt=attempt[1],
        site=site,
        unit=query.unit,
        snapshot=snapshot,
        dictionary=query.dictionary,
        policy=plan.policy.sha256,
        policy_name=plan.policy.name,
        rules=rules_digest(plan.policy.disclosure, plan.policy.admission.review),
        analytics={one.analysis.analytic: one.analysis.version for one in plan.admitted},
        package=package(),
        recipients=query.recipients,
        approvals=approvals,
        reviews=plan.reviews,
        charges=charged,
        privacy=plan.claim,
        checkpoint=signed_checkpoint(plan.desk, plan.members, head),
        issued=instant(plan.desk.now),
        expires=query.expires,
        salt=token(),
    )
    values = Values(query=query.sha256, site=site, round=attempt[0], attempt=attempt[1], analyses=told)
    sealed = seal(
        values.canonical(),
        plan.members.sealing_keys(query.recipients),
        release_binding(release),
        length(query, plan.policy, plan.admitted),
    )
    signed = sign(statement("release", digest(sealed), release), [enrolled_keys(plan.desk, plan.members)])
    return Made(signed, sealed, digest(signed))


def length(query: Query, policy: Policy, admitted: tuple[Admitted, ...]) -> int:
    """How many bytes the values are padded to: it follows from the query and the policy alone."""
    planned = _BLOCK + _REFUSAL * len(query.analyses)
    for one in admitted:
        rules = [rule.json_value() for rule in declared(one.outline, policy.disclosure)]
        axes = [axis.json_value() for axis in one.outline.axes]
        planned += len(canonical([rules, axes])) + _CELL * one.outline.scalars + _BLOCK
    return -(-planned // _BLOCK) * _BLOCK


def package() -> Package:
    """The version of fedcli, and the digest over its source files."""
    with _PACKAGING:  # the sites of a rehearsal are at it together
        return _package()


@cache
def _package() -> Package:
    folder = Path(fedcli.__file__).parent
    files = {
        str(path.relative_to(folder)): digest(path.read_bytes()) for path in sorted(folder.rglob("*.py"))
    }
    return Package(version=fedcli.__version__, digest=digest_of(files))
