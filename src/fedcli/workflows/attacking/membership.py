"""Membership: whether somebody, all of whose traits are known, is among those of whom means were released.

Homer et al. (2008), "Resolving individuals contributing trace amounts of DNA to highly complex mixtures",
with the likelihood ratio of Sankararaman et al. (2009) for independent traits.
"""

from __future__ import annotations

import numpy as np

from fedcli.model.dataset import Column, Dictionary
from fedcli.workflows.attacking.attempt import Attempt, Found
from fedcli.workflows.attacking.population import Lots, Vector
from fedcli.workflows.attacking.score import Scores, scores
from fedcli.workflows.trial import Columns

#: The largest area under the curve that is not told from chance, and how many traits are asked for.
MOST = 0.55
TRAITS, AT_ONCE = 300, 100
_LEAST, _SPREAD = 0.2, 0.6


class Cohort:
    """Persons with independent traits whose frequencies are public: members, and as many others."""

    def __init__(self, persons: int, lots: Lots) -> None:
        self.frequency = _LEAST + _SPREAD * lots.of("frequencies", TRAITS)
        self.members = self._drawn(persons, lots, "members")
        self.others = self._drawn(persons, lots, "others")

    def _drawn(self, persons: int, lots: Lots, name: str) -> Vector:
        return lots.of(name, persons * TRAITS).reshape(persons, TRAITS) < self.frequency

    @property
    def dictionary(self) -> Dictionary:
        """A column for each trait, 0 or 1."""
        traits = {name: Column(type="integer", bounds=(0, 1), use=("model",)) for name in _names()}
        person = {"person": Column(type="integer", sensitivity="identifier")}
        return Dictionary(dataset="traits", unit="person", person_id="person", columns=person | traits)

    @property
    def columns(self) -> Columns:
        """The rows of the members; the others are in no data."""
        traits = {name: tuple(self.members[:, at].astype(int).tolist()) for at, name in enumerate(_names())}
        return {"person": tuple(range(len(self.members))), **traits}


def tell_members(attempt: Attempt, cohort: Cohort) -> Found:
    """Ask for the means of as many traits as are told, and tell members from others by the likelihood ratio.

    What is refused together is asked in halves.
    """
    known, until = np.full(TRAITS, np.nan), None
    truth = np.repeat([True, False], len(cohort.members))
    score = np.zeros(len(truth))
    start, number = 0, AT_ONCE
    while start < TRAITS and number:
        names = _names()[start : start + number]
        answer = attempt.ask(attempt.made("summary", columns=names))
        if answer is None:
            number //= 2
            continue
        known[start : start + number] = [_number(cell) for cell in answer.cells["mean"]]
        start += number
        score = np.concatenate([_ratio(people, known, cohort) for people in (cohort.members, cohort.others)])
        if until is None and _succeeds(scores(truth, score), len(cohort.members)):
            until = attempt.questions
    found = scores(truth, score, float(np.median(score)))
    return Found(found, _succeeds(found, len(cohort.members)), until)


def _succeeds(found: Scores, persons: int) -> bool:
    """Whether the area is larger than it may be, by more than what chance does in one of twenty cohorts."""
    by_chance = 1.645 * ((2 * persons + 1) / (12 * persons**2)) ** 0.5
    return bool((found.auc or 0.0) - by_chance > MOST)


def _ratio(people: Vector, known: Vector, cohort: Cohort) -> Vector:
    """How much likelier each person's traits are under the released means than in the population."""
    told = ~np.isnan(known)
    mean, usual = np.clip(known[told], 1e-3, 1 - 1e-3), cohort.frequency[told]
    has = people[:, told]
    return np.where(has, np.log(mean / usual), np.log((1 - mean) / (1 - usual))).sum(axis=1)


def _names() -> list[str]:
    return [f"trait_{number:03}" for number in range(1, TRAITS + 1)]


def _number(cell: object) -> float:
    return float(cell) if isinstance(cell, int | float) else float("nan")
