"""Policies as they are in force, how two differ, and what a person should look at in one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from fedcli.analytics import catalogue
from fedcli.ledger import registry
from fedcli.model.document import Document
from fedcli.model.home import Desk
from fedcli.model.identifiers import Name
from fedcli.model.policy import Policy
from fedcli.model.shown.places import PolicyShown
from fedcli.model.shown.plans import KeyChange, LintFound, PolicyDiff, PolicyLinted
from fedcli.policy.compare import MEANS, changes
from fedcli.policy.layers import tightened
from fedcli.policy.lint import Known, lint
from fedcli.policy.profiles import load, profile, profile_or_file
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
    own = (
        profile_or_file(given or "standard")
        if given is not None or desk is None
        else load(desk.home.path / "policy.toml")
    )
    found = _under_the_floor(desk, own)
    told = lint(found, _known(desk, dictionary_path))
    return PolicyLinted(
        policy=found.name,
        floor=found != own,
        found=tuple(LintFound(key=one.key, told=one.told, fix=one.fix) for one in told),
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
                before=_plain(one.before),
                after=_plain(one.after),
            )
            for one in changes(before, after)
        ),
    )


def _plain(value: Any) -> Any:
    """A policy's value as JSON has it."""
    if isinstance(value, Document):
        return value.json_value()
    return [_plain(one) for one in value] if isinstance(value, tuple) else value


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
