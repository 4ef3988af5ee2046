"""Policies as they are in force, and what a person should look at before relying on one."""

from __future__ import annotations

from fedcli.model.home import Desk
from fedcli.model.policy import Policy
from fedcli.model.shown.places import PolicyShown
from fedcli.policy.layers import tightened
from fedcli.policy.profiles import load, profile
from fedcli.workflows.standing import membership, remembered


def policy(desk: Desk | None, name: str | None) -> PolicyShown:
    """A shipped profile, or a site's policy as it is in force: under the federation's floor."""
    if name is not None or desk is None:
        found = profile(name or "standard")
        return PolicyShown(policy=found, digest=found.sha256, floor=False)
    own = load(desk.home.path / "policy.toml")
    if remembered(desk.home) is None:
        return PolicyShown(policy=own, digest=own.sha256, floor=False)
    found = tightened(own, membership(desk).root.floor, "the federation's floor")
    return PolicyShown(policy=found, digest=found.sha256, floor=found != own)


def check_policy(desk: Desk) -> PolicyShown:
    """A site's policy file, with what a person should look at before relying on it."""
    found = policy(desk, None)
    return found.model_copy(update={"warnings": tuple(_warnings(found.policy, raised=found.floor))})


def _warnings(found: Policy, raised: bool) -> list[str]:
    weak = 'disclosure.enforce = "threshold": only the threshold refuses; the other checks are recorded'
    told = {
        weak: found.disclosure.enforce == "threshold",
        "the federation's floor is stricter than policy.toml in places, and is in force there": raised,
        "admission.projects is empty: no query will be admitted": not found.admission.projects,
        "admission.purposes is empty: no query will be admitted": not found.admission.purposes,
        "approvals.people = 0: queries run without anybody's approval": not found.admission.approvals.people,
        "more roles than people in admission.approvals: the roles decide": len(
            found.admission.approvals.roles
        )
        > found.admission.approvals.people,
    }
    return [text for text, holds in told.items() if holds]
