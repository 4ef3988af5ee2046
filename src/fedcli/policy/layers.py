"""Laying one policy over another: a layer can only tighten.

Every key has its order here. A value that cannot be compared with the one below it is refused.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fedcli.errors import fault
from fedcli.model.document import Document
from fedcli.model.identifiers import duration, fraction, megabytes
from fedcli.model.policy import Limit, Policy, kept_for

Stricter = Callable[[Any, Any], Any]


def _ranked(*values: str) -> Stricter:
    """Values from the loosest to the strictest."""
    return lambda below, above: max(below, above, key=values.index)


def _any_but(loosest: str, key: str) -> Stricter:
    """Every value is stricter than the loosest; of two others none is.

    Each rule of rounding parts what another joins, and each slot is before another as well as after it.
    """

    def stricter(below: str, above: str) -> str:
        if loosest in (below, above):
            return above if below == loosest else below
        if below != above:
            raise fault("P-ORDER", key=f"{key} {below} and {above}")
        return above

    return stricter


def _digits(below: int | str, above: int | str) -> int | str:
    return min(below, above, key=lambda digits: digits if isinstance(digits, int) else 99)


def _shared(below: tuple[str, ...], above: tuple[str, ...]) -> tuple[str, ...]:
    """Only what both admit; `*` admits everything."""
    if "*" in above:
        return below
    return above if "*" in below else tuple(name for name in below if name in above)


def _dominance(below: tuple[Any, ...], above: tuple[Any, ...]) -> tuple[Any, ...]:
    """Both rules of every n, the smaller share of each."""
    rules: dict[int, Any] = {}
    for rule in (*below, *above):
        known = rules.get(rule.n)
        rules[rule.n] = rule if known is None or fraction(rule.share) < fraction(known.share) else known
    return tuple(rules[n] for n in sorted(rules))


def _limit(below: Limit, above: Limit) -> Limit:
    """Fewer in a longer time; a limit that is neither cannot be compared."""
    pairs = sorted((below, above), key=lambda limit: (limit.number, -duration(limit.period).total_seconds()))
    if duration(pairs[0].period) < duration(pairs[1].period):
        raise fault("P-ORDER", key="a limit with fewer questions in a shorter time")
    return pairs[0]


ORDER: dict[str, Stricter] = {
    "disclosure.min_count": max,
    "disclosure.min_dof": max,
    "disclosure.dominance": _dominance,
    "disclosure.p_percent": lambda below, above: max(below, above, key=fraction),
    "disclosure.zeros": _ranked("release", "merge"),
    "disclosure.rounding": _any_but("none", "rounding"),
    "disclosure.digits.mean": _digits,
    "disclosure.digits.sd": _digits,
    "disclosure.digits.coefficient": _digits,
    "disclosure.max_levels": min,
    "disclosure.parameters_per_person": lambda below, above: min(below, above, key=fraction),
    "disclosure.models": _ranked("exact", "review"),
    "disclosure.networks": _ranked("allowed", "refused"),
    "disclosure.min_sites": max,
    "disclosure.secondary": _ranked("none", "optimised"),
    "disclosure.memory": _ranked("none", "population"),
    "disclosure.aggregates_per_person": lambda below, above: min(below, above, key=fraction),
    "disclosure.traits_per_person": lambda below, above: min(below, above, key=fraction),
    "disclosure.enforce": _ranked("threshold", "all"),
    "admission.analytics": _shared,
    "admission.projects": _shared,
    "admission.purposes": _shared,
    "admission.approvals.people": max,
    "admission.approvals.roles": lambda below, above: tuple(dict.fromkeys((*below, *above))),
    "admission.review": _ranked("findings", "first-of-query", "all"),
    "admission.reviewers.people": max,
    "admission.reviewers.roles": lambda below, above: tuple(dict.fromkeys((*below, *above))),
    "admission.opt_outs": _ranked("optional", "attested"),
    "privacy.mode": _ranked("disclosure-control", "differential-privacy"),
    "privacy.capacity_rho": lambda below, above: min(below, above, key=fraction),
    "privacy.project_rho": lambda below, above: min(below, above, key=fraction),
    "privacy.delta": lambda below, above: min(below, above, key=fraction),
    "privacy.contribution.rows": min,
    "privacy.contribution.cells": min,
    "privacy.period": lambda below, above: max(below, above, key=duration),
    "limits.questions_per_researcher": _limit,
    "limits.questions_per_project": _limit,
    "limits.questions_per_population": _limit,
    "limits.data_refusals_per_researcher": _limit,
    "limits.memory": lambda below, above: min(below, above, key=megabytes),
    "limits.deadline": lambda below, above: min(below, above, key=duration),
    "limits.sandbox": _ranked("available", "required"),
    "limits.retention": lambda below, above: min(below, above, key=kept_for),
    "visibility.slot": _any_but("immediate", "slot"),
}


def tightened(policy: Policy, layer: dict[str, Any], where: str) -> Policy:
    """`policy` with every key of `layer` that is stricter; keys that the layer leaves out stay.

    Raises:
        InvalidFile: F-SCHEMA for an unknown key, P-ORDER for values that cannot be compared.
    """
    if not layer:
        return policy
    whole = Policy.read({"schema": "fedcli/policy/1", "name": "layer", **layer}, where)
    changed: Document = policy
    for key in _keys(layer):
        changed = _with(changed, key.split("."), ORDER[key](value_of(policy, key), value_of(whole, key)))
    assert isinstance(changed, Policy)
    return changed


def _keys(layer: dict[str, Any], above: str = "") -> list[str]:
    """The dotted names in `ORDER` that a layer sets."""
    found = []
    for name, value in layer.items():
        key = f"{above}{name}"
        found += [key] if key in ORDER else _keys(value, f"{key}.") if isinstance(value, dict) else []
    return found


def value_of(policy: Policy, key: str) -> Any:
    """The value of a dotted name."""
    value: Any = policy
    for name in key.split("."):
        value = getattr(value, name)
    return value


def _with(document: Document, path: list[str], value: Any) -> Document:
    name, *rest = path
    inner = _with(getattr(document, name), rest, value) if rest else value
    return document.model_copy(update={name: inner})
