"""How one policy differs from another, key by key, by the orders of `layers`.

A value is at least as strict as another where laying it over that one gives it back. Where neither is,
the change is mixed: part of it loosens, and it is told with what loosens.
"""

from __future__ import annotations

from typing import Any, Literal, NamedTuple, TypeAlias

from fedcli.errors import FedcliError
from fedcli.model.identifiers import duration, fraction, megabytes
from fedcli.model.policy import Dominance, Limit, Policy, kept_for
from fedcli.policy.layers import ORDER, value_of

Direction: TypeAlias = Literal["stricter", "looser", "mixed", "words"]

#: What each key is about, for people.
MEANS: dict[str, str] = {
    "disclosure.min_count": "the fewest persons behind a number that leaves",
    "disclosure.min_dof": "the fewest degrees of freedom behind a spread",
    "disclosure.dominance": "how much of a total the largest contributors may hold",
    "disclosure.p_percent": "how near a contributor may come to guessing another",
    "disclosure.zeros": "whether zeros are shown or hidden among small counts",
    "disclosure.rounding": "how counts are rounded",
    "disclosure.digits.mean": "significant digits of means",
    "disclosure.digits.sd": "significant digits of spreads",
    "disclosure.digits.coefficient": "significant digits of a model's sums",
    "disclosure.max_levels": "the most levels of a column that is grouped by",
    "disclosure.parameters_per_person": "the most parameters of a model for its persons",
    "disclosure.models": "whether people look at every model",
    "disclosure.networks": "whether networks of several layers are answered exactly",
    "disclosure.min_sites": "the fewest sites in a sum",
    "disclosure.secondary": "whether more is hidden so that hidden cells cannot be worked out",
    "disclosure.memory": "whether earlier releases of the population count",
    "disclosure.aggregates_per_person": "how many numbers may be told of a column for each person, ever",
    "disclosure.traits_per_person": "how many traits of a cohort leave unseen by people, for each person",
    "disclosure.enforce": "which checks have consequences",
    "admission.analytics": "the analytics that are answered",
    "admission.projects": "the projects that are served",
    "admission.purposes": "the purposes that are served",
    "admission.approvals.people": "how many people must grant a query",
    "admission.approvals.roles": "which roles must be among them",
    "admission.review": "when people look at a release",
    "admission.reviewers.people": "how many people must let out what is parked",
    "admission.reviewers.roles": "which roles must be among them",
    "admission.opt_outs": "whether somebody must have said that opt-outs are taken out",
    "privacy.mode": "the mode of privacy",
    "privacy.capacity_rho": "the budget of a population under differential privacy (rho), for good",
    "privacy.project_rho": "the budget of one project of a population (rho)",
    "privacy.delta": "the probability at which epsilon is told",
    "privacy.contribution.rows": "how many rows of a person count under differential privacy",
    "privacy.contribution.cells": "how many cells of a table a person is counted in",
    "privacy.period": "how long no exact answers follow those under differential privacy",
    "limits.questions_per_researcher": "how many questions a researcher may ask",
    "limits.questions_per_project": "how many questions a project may ask",
    "limits.questions_per_population": "how many questions about a population may be asked",
    "limits.data_refusals_per_researcher": "how many refusals a researcher may meet",
    "limits.memory": "how much memory a question may take",
    "limits.deadline": "how long a question may take",
    "limits.sandbox": "whether the machine must shut in what reads data",
    "limits.retention": "how long what was told of a population is remembered after the last question",
    "visibility.slot": "when a release becomes visible: at once, or at the first run after a time (UTC)",
}
_WORDS = ("name", "description")
_NAMES = ("admission.analytics", "admission.projects", "admission.purposes")
_AMOUNTS = {
    "disclosure.p_percent": fraction,
    "disclosure.aggregates_per_person": fraction,
    "disclosure.traits_per_person": fraction,
    "privacy.capacity_rho": fraction,
    "privacy.project_rho": fraction,
    "privacy.delta": fraction,
    "privacy.period": duration,
    "limits.memory": megabytes,
    "limits.deadline": duration,
    "limits.retention": kept_for,
}


class Change(NamedTuple):
    """One key whose value changes."""

    key: str
    before: Any
    after: Any
    direction: Direction


def changes(old: Policy, new: Policy) -> list[Change]:
    """Every key whose meaning differs, in the order of a policy file; then name and description."""
    keys = [*ORDER, *_WORDS]
    found = [(key, value_of(old, key), value_of(new, key)) for key in keys]
    told = [Change(key, before, after, _direction(key, before, after)) for key, before, after in found]
    return [one for one in told if _meaning(one.key, one.before) != _meaning(one.key, one.after)]


def _direction(key: str, before: Any, after: Any) -> Direction:
    if key in _WORDS:
        return "words"
    if at_least_as_strict(key, after, than=before):
        return "stricter"
    return "looser" if at_least_as_strict(key, before, than=after) else "mixed"


def at_least_as_strict(key: str, value: Any, than: Any) -> bool:
    """Whether a value of a key, laid over another, is what is in force; not where they cannot be compared."""
    try:
        return bool(_meaning(key, ORDER[key](than, value)) == _meaning(key, value))
    except FedcliError:
        return False


def _meaning(key: str, value: Any) -> Any:
    """A value such that two ways to write it are equal."""
    if key in _AMOUNTS:
        return _AMOUNTS[key](value)
    if isinstance(value, Limit):
        return value.number, duration(value.period)
    if key in _NAMES and "*" in value:
        return frozenset("*")
    if key == "disclosure.dominance":
        return _shares(value)
    return frozenset(value) if isinstance(value, tuple) else value


def _shares(rules: tuple[Dominance, ...]) -> Any:
    """The share of each n; of two rules for one n the stricter."""
    merged = ORDER["disclosure.dominance"](rules, ())
    return frozenset((rule.n, fraction(rule.share)) for rule in merged)
