"""What a person should look at in a policy: rules that cannot work, never bind, or let nothing in.

Each rule looks at the policy as it is in force and at public facts beside it, and gives a sentence
and a remedy; none changes anything.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple, TypeAlias

from fedcli.model.dataset import Dictionary
from fedcli.model.identifiers import ColumnName, Name, fraction
from fedcli.model.policy import ASKING, Policy
from fedcli.policy.promises import odd
from fedcli.statistics.rounding import class_of, told

#: Below so many persons a count is taken to name them; what does not hide it must be rounded.
FEWEST = 3


class Known(NamedTuple):
    """What is known beside a policy: dictionaries, analytics by name, and the persons of held datasets."""

    dictionaries: tuple[Dictionary, ...] = ()
    analytics: tuple[Name, ...] = ()
    persons: Mapping[Name, int] = {}


class Lint(NamedTuple):
    """One thing to look at: the key, what is odd, and what to do."""

    key: str
    told: str
    fix: str


Rule: TypeAlias = Callable[[Policy, Known], Iterator[Lint]]


def lint(policy: Policy, known: Known) -> list[Lint]:
    """Everything that the rules find, in the order of a policy file."""
    return [found for rule in RULES for found in rule(policy, known)]


def _small_counts(policy: Policy, known: Known) -> Iterator[Lint]:
    rules = policy.disclosure
    if rules.min_count < FEWEST and rules.rounding == "none":
        yield Lint(
            "disclosure.min_count",
            f'min_count = {rules.min_count}, rounding = "none": counts of one or two persons leave',
            f"raise min_count to {FEWEST} at least; published rules have 10",
        )
    for dataset, persons in known.persons.items():
        if rules.min_count > persons:
            yield Lint(
                "disclosure.min_count",
                f"min_count = {rules.min_count} is more than the persons of {dataset}: nothing leaves of it",
                "lower min_count, or answer for a larger dataset",
            )


def _rounding(policy: Policy, _: Known) -> Iterator[Lint]:
    """The first count that leaves should stand for as many as the others do."""
    rules = policy.disclosure
    first, last = class_of(rules.min_count, rules.rounding, 1) or (rules.min_count,) * 2
    if first < rules.min_count:
        number = told(rules.min_count, rules.rounding)
        yield Lint(
            "disclosure.rounding",
            f"min_count = {rules.min_count}: rounded, {number} tells {rules.min_count} to {last}, "
            f"and without a threshold {first} to {last}",
            f"set min_count = {last + 1}, where a class begins, or {first}",
        )


def _degrees_of_freedom(policy: Policy, known: Known) -> Iterator[Lint]:
    rules = policy.disclosure
    if rules.min_dof < rules.min_count:
        yield Lint(
            "disclosure.min_dof",
            f"min_dof = {rules.min_dof} never binds: min_count = {rules.min_count} asks for as many already",
            "raise min_dof to min_count at least",
        )
    for dataset, persons in known.persons.items():
        if rules.min_count <= persons <= rules.min_dof:
            yield Lint(
                "disclosure.min_dof",
                f"min_dof = {rules.min_dof} is more than the persons of {dataset} allow: no spread leaves",
                "lower min_dof, or answer for a larger dataset",
            )


def _dominance(policy: Policy, _: Known) -> Iterator[Lint]:
    shares = policy.disclosure.shares
    for rule in policy.disclosure.dominance:
        if not 0 < fraction(rule.share) <= 1:
            never = "always fails" if fraction(rule.share) == 0 else "never binds"
            yield Lint(
                "disclosure.dominance",
                f"the rule for n = {rule.n} {never}: its share is {rule.share}",
                'write a share between 0 and 1, such as "0.50"',
            )
    if 1 in shares and 2 in shares and shares[2] <= shares[1]:
        yield Lint(
            "disclosure.dominance",
            "the rule for n = 1 never binds: the two largest may hold no more than the largest alone",
            "give n = 1 a smaller share than n = 2",
        )
    if not shares:
        yield Lint(
            "disclosure.dominance",
            "there is no rule of dominance: one person may make up a whole total",
            'add { n = 1, share = "0.50" }',
        )


def _p_percent(policy: Policy, _: Known) -> Iterator[Lint]:
    given = fraction(policy.disclosure.p_percent)
    if given == 0:
        yield Lint(
            "disclosure.p_percent", "p_percent = 0 never binds", 'write a fraction, such as "0.10" for 10 %'
        )
    if given > 1:
        yield Lint(
            "disclosure.p_percent",
            f"p_percent = {policy.disclosure.p_percent} is more than the whole: it is a fraction",
            'write "0.10" for 10 %',
        )


def _levels(policy: Policy, known: Known) -> Iterator[Lint]:
    for dictionary in known.dictionaries:
        column, levels = _longest(dictionary)
        if levels > policy.disclosure.max_levels:
            yield Lint(
                "disclosure.max_levels",
                f"max_levels = {policy.disclosure.max_levels} is less than the {levels} levels of {column} "
                f"in {dictionary.dataset}: it cannot be grouped by",
                "raise max_levels, or agree on coarser levels",
            )


def _longest(dictionary: Dictionary) -> tuple[ColumnName, int]:
    """The column with the most levels among those that may be grouped by."""
    lengths = {
        name: len(column.categories)
        for name, column in dictionary.columns.items()
        if "group" in column.use and column.sensitivity != "identifier"
    }
    return max(lengths.items(), key=lambda item: item[1], default=("", 0))


def _sites(policy: Policy, _: Known) -> Iterator[Lint]:
    if policy.disclosure.min_sites < 3:
        yield Lint(
            "disclosure.min_sites",
            f"min_sites = {policy.disclosure.min_sites}: of a sum of two, each can tell the other's share",
            "raise min_sites to 3",
        )


def _enforced(policy: Policy, _: Known) -> Iterator[Lint]:
    if policy.disclosure.enforce == "threshold":
        yield Lint(
            "disclosure.enforce",
            'enforce = "threshold": only the threshold refuses; the other checks are recorded',
            'set enforce = "all" before real data are asked',
        )


def _admission(policy: Policy, known: Known) -> Iterator[Lint]:
    admission = policy.admission
    for key in ("analytics", "projects", "purposes"):
        if not getattr(admission, key):
            yield Lint(f"admission.{key}", f"{key} is empty: no query will be admitted", f"name some {key}")
    for name in admission.analytics:
        if known.analytics and name not in (*known.analytics, "*"):
            yield Lint(
                "admission.analytics",
                f"analytics names {name}, and this fedcli has none of that name",
                'correct it: "fedcli analytic list"',
            )
    for dictionary in known.dictionaries:
        served = {*admission.purposes} & {*dictionary.data_use, "*"}
        if dictionary.data_use and admission.purposes and not served:
            yield Lint(
                "admission.purposes",
                f"no purpose is among the data uses of {dictionary.dataset}: no query on it will be admitted",
                f"serve one of: {', '.join(dictionary.data_use)}",
            )


def _approvals(policy: Policy, _: Known) -> Iterator[Lint]:
    wanted = policy.admission.approvals
    if wanted.people == 0 and not wanted.roles:
        yield Lint(
            "admission.approvals",
            "people = 0: queries run without anybody's approval",
            "let two people grant, one of them the data owner",
        )
    if len(wanted.roles) > wanted.people:
        yield Lint(
            "admission.approvals",
            f"{len(wanted.roles)} roles and people = {wanted.people}: each role needs a person of its own, "
            "so the roles decide",
            f"set people = {len(wanted.roles)}, or name fewer roles",
        )


def _limits(policy: Policy, _: Known) -> Iterator[Lint]:
    for key in (*(f"questions_per_{of}" for of in ASKING), "data_refusals_per_researcher"):
        if getattr(policy.limits, key).number == 0:
            yield Lint(f"limits.{key}", "number = 0: no query will be answered", "give a number above 0")


def _privacy(policy: Policy, known: Known) -> Iterator[Lint]:
    for one in odd(policy, known.persons):
        yield Lint(f"privacy.{one.key}", one.told, one.fix)


RULES: tuple[Rule, ...] = (
    _small_counts,
    _rounding,
    _degrees_of_freedom,
    _dominance,
    _p_percent,
    _levels,
    _sites,
    _enforced,
    _admission,
    _approvals,
    _privacy,
    _limits,
)
