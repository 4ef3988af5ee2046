"""Policies as they are in force, how two differ, and what a person should look at in one."""

from __future__ import annotations

from pathlib import Path

from fedcli.analytics import catalogue
from fedcli.ledger import registry
from fedcli.model.home import Desk
from fedcli.model.identifiers import Name
from fedcli.model.policy import Policy
from fedcli.model.shown.places import PolicyShown
from fedcli.model.shown.plans import (
    GuardTold,
    KeyChange,
    KeyTold,
    LintFound,
    PolicyDiff,
    PolicyExplained,
    PolicyLinted,
)
from fedcli.policy import explained
from fedcli.policy.compare import MEANS, changes
from fedcli.policy.layers import tightened
from fedcli.policy.lint import Known, lint
from fedcli.policy.profiles import load, profile, profile_or_file
from fedcli.policy.promises import noisy
from fedcli.workflows.dictionary import read_dictionary
from fedcli.workflows.standing import dictionary, membership, remembered, store

RAISED = "the federation's floor is stricter than policy.toml in places, and is in force there"


def policy(desk: Desk | None, name: str | None) -> PolicyShown:
    """A shipped profile, or a site's policy as it is in force: under the federation's floor."""
    if name is not None or desk is None:
        found = profile(name or "standard")
        return PolicyShown(policy=found, digest=found.sha256, floor=False)
    own = load(desk.home.path / "policy.toml")
    found = _under_the_floor(desk, own)
    return PolicyShown(policy=found, digest=found.sha256, floor=found != own)


def check_policy(desk: Desk) -> PolicyShown:
    """A site's policy file, with what a person should look at before relying on it."""
    found = policy(desk, None)
    raised = (RAISED,) if found.floor else ()
    told = tuple(one.told for one in lint(found.policy, _known(desk, None)))
    return found.model_copy(update={"warnings": (*raised, *told)})


def lint_policy(desk: Desk | None, given: str | None, dictionary_path: Path | None) -> PolicyLinted:
    """What the rules find in a profile, a file, or the policy of this site; in a home under its floor."""
    own = _named(desk, given)
    found = _under_the_floor(desk, own)
    told = lint(found, _known(desk, dictionary_path))
    return PolicyLinted(
        policy=found.name,
        floor=found != own,
        found=tuple(LintFound(key=one.key, told=one.told, fix=one.fix) for one in told),
    )


def explain(desk: Desk | None, given: str | None) -> PolicyExplained:
    """A profile or file in words; or the policy of this site, under the federation's floor."""
    own = _named(desk, given)
    found = in_force(desk, given)
    guards = () if noisy(found) else explained.guards(found.disclosure)  # no check looks at what has noise
    return PolicyExplained(
        policy=found.name,
        description=found.description,
        floor=found != own,
        leaves=tuple(explained.leaving(found)),
        people=tuple(explained.asking(found)),
        guards=tuple(GuardTold.model_validate(one._asdict()) for one in guards),
        keys=tuple(
            KeyTold(key=one.key, means=one.means, value=explained.plain(one.value), source=one.source)
            for one in explained.keys(found)
        ),
    )


def diff(old: str, new: str) -> PolicyDiff:
    """How one profile or policy file differs from another."""
    before, after = profile_or_file(old), profile_or_file(new)
    return PolicyDiff(
        old=before.name,
        new=after.name,
        changes=tuple(
            KeyChange(
                key=one.key,
                means=MEANS.get(one.key, "words for people"),
                becomes=one.direction,
                before=explained.plain(one.before),
                after=explained.plain(one.after),
            )
            for one in changes(before, after)
        ),
    )


def in_force(desk: Desk | None, given: str | None) -> Policy:
    """The policy that was named, else that of this site under the federation's floor, else `standard`."""
    own = _named(desk, given)
    return own if given is not None else _under_the_floor(desk, own)


def _named(desk: Desk | None, given: str | None) -> Policy:
    """What was named, else the policy file of this site, else `standard`."""
    if given is None and desk is not None:
        return load(desk.home.path / "policy.toml")
    return profile_or_file(given or "standard")


def _under_the_floor(desk: Desk | None, own: Policy) -> Policy:
    if desk is None or remembered(desk.home) is None:
        return own
    return tightened(own, membership(desk).root.floor, "the federation's floor")


def _known(desk: Desk | None, dictionary_path: Path | None) -> Known:
    """The public facts beside a policy, and how many persons the site's own datasets have."""
    given = (read_dictionary(dictionary_path),) if dictionary_path else ()
    if desk is None or remembered(desk.home) is None:
        return Known(given, tuple(catalogue()))
    members = membership(desk)
    agreed = tuple(dictionary(desk.home, members, name) for name in members.root.dictionaries)
    return Known(given or agreed, tuple(catalogue()), _persons(desk))


def _persons(desk: Desk) -> dict[Name, int]:
    if desk.home.file.role != "site":
        return {}
    book = store(desk)
    held = [(one.name, registry.snapshot(book, one.name)) for one in registry.datasets(book)]
    return {name: taken.persons for name, taken in held if taken is not None}
