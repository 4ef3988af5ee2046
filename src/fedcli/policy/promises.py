"""The keys of a policy under differential privacy: what to look at in them, and what they mean in words.

Where the mode is disclosure control nothing is said: the keys then bind nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import NamedTuple

from fedcli.model.identifiers import Name, fraction
from fedcli.model.policy import Policy, Privacy
from fedcli.policy.zcdp import epsilon

#: A budget above it (rho) protects little: at a delta of one in a million its epsilon is above 30.
MOST = 10


class Odd(NamedTuple):
    """One thing to look at: the key of `privacy`, what is odd, and what to do."""

    key: str
    told: str
    fix: str


def noisy(policy: Policy) -> bool:
    """Whether answers have noise added."""
    return policy.privacy.mode == "differential-privacy"


def odd(policy: Policy, persons: Mapping[Name, int]) -> Iterator[Odd]:
    """What a person should look at in `privacy`; `persons` are those of the datasets that a site holds."""
    if noisy(policy):
        yield from _capacities(policy.privacy)
        yield from _delta(policy.privacy, persons)


def promised(privacy: Privacy) -> Iterator[str]:
    """What differential privacy promises under a policy, a sentence each."""
    rows, cells = privacy.contribution.rows, privacy.contribution.cells
    all_of, of_one = (_told(one, privacy.delta) for one in (privacy.capacity_rho, privacy.project_rho))
    yield "Every number has noise added, so that answers hardly tell whether any one person is in the data."
    yield f"All answers about a population together spend at most {all_of}, for good."
    yield f"Those to one project spend at most {of_one}."
    yield f"Epsilon is told at delta = {privacy.delta}."
    yield f"Of each person at most {_count(rows, 'row')} and {_count(cells, 'cell')} of a table count."
    yield f"After the last of these answers no exact ones follow for {privacy.period}."


def _capacities(privacy: Privacy) -> Iterator[Odd]:
    whole, project = fraction(privacy.capacity_rho), fraction(privacy.project_rho)
    for key, value in (("capacity_rho", whole), ("project_rho", project)):
        if value == 0:
            yield Odd(key, f"{key} = 0: no query will be answered", "give a number above 0, such as 0.5")
    if whole > MOST:
        means = _told(privacy.capacity_rho, privacy.delta)
        told = f"capacity_rho = {privacy.capacity_rho} protects little: {means}"
        yield Odd("capacity_rho", told, "lower it: with 1 or less a person's part stays in doubt")
    if project > whole > 0:
        most = f"the population has {privacy.capacity_rho} in all"
        told = f"project_rho = {privacy.project_rho} never binds: {most}"
        yield Odd("project_rho", told, "lower project_rho to capacity_rho at most")


def _delta(privacy: Privacy, persons: Mapping[Name, int]) -> Iterator[Odd]:
    """Who publishes everything of one person in n, at random, has a delta of 1/n."""
    for dataset, number in persons.items():
        if number and fraction(privacy.delta) > Fraction(1, number):
            yield Odd(
                "delta",
                f"delta = {privacy.delta} is more than one in the {number} persons of {dataset}: "
                "a promise that lets one of them be published whole",
                f"set delta well below 1/{number}",
            )


def _told(rho: str, delta: str) -> str:
    return f"rho {rho}, which is epsilon {epsilon(fraction(rho), fraction(delta)):.1f}"


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
