"""Differencing: two cohorts that differ by one person, whose secret is the difference of two answers.

Asked within a half, by bands whose ends move past one person after another, and of all but one; and
averaged, the same two questions again and again in other words, so that what rounds or blurs them is lost.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from fedcli.model.predicate import Predicate
from fedcli.workflows.attacking.attempt import Attempt, Found, spans
from fedcli.workflows.attacking.cohorts import both, compared, half, in_half, reworded
from fedcli.workflows.attacking.population import Population
from fedcli.workflows.attacking.score import scores

#: How often a question is asked in other words, and how many persons are looked at.
WORDINGS = 5
PERSONS, FEW = 100, 20


class Pair(NamedTuple):
    """A person, and two cohorts of which one alone has that person."""

    person: int
    larger: Predicate | None
    smaller: Predicate


def nested(attempt: Attempt, population: Population) -> Found:
    """A half, and the same half without one person."""
    return _differ(attempt, population, _halves(population, PERSONS), _plain)


def averaged(attempt: Attempt, population: Population) -> Found:
    """The same, each question in several wordings, and the mean of the answers."""
    return _differ(attempt, population, _halves(population, FEW), _reworded)


def complement(attempt: Attempt, population: Population) -> Found:
    """Everybody, and everybody but one person."""
    order = population.lots.order("complement", population.persons)[:PERSONS].tolist()
    pairs = (Pair(person, None, compared("ne", population.income[person])) for person in order)
    return _differ(attempt, population, pairs, _plain)


def bands(attempt: Attempt, population: Population) -> Found:
    """Everybody below an income, which rises past one person after another."""
    persons = population.persons
    places = range(persons // 4, min(persons - persons // 4, persons // 4 + PERSONS))
    below = [compared("lt", population.income[place]) for place in places]
    pairs = (Pair(place, more, less) for place, (less, more) in zip(places, pairwise(below), strict=False))
    return _differ(attempt, population, pairs, _plain)


def _halves(population: Population, number: int) -> Iterator[Pair]:
    factors = population.lots.of("nested", 64 * population.persons).tolist()
    for person in population.lots.order("targets", population.persons)[:number].tolist():
        income = population.income[person]
        factor = next(factor for factor in factors[person * 64 :] if in_half(income, factor))
        yield Pair(person, half(factor), both(half(factor), compared("ne", income)))


def _plain(cohort: Predicate | None) -> list[Predicate | None]:
    return [cohort]


def _reworded(cohort: Predicate | None) -> list[Predicate | None]:
    return [reworded(cohort, number) for number in range(WORDINGS)] if cohort is not None else []


def _differ(
    attempt: Attempt,
    population: Population,
    pairs: Iterator[Pair],
    wordings: Callable[[Predicate | None], list[Predicate | None]],
) -> Found:
    """Each person's bit as the difference of the ill in two cohorts; 0.5 where it is not told."""
    persons, guesses, until = [], [], None
    for pair in pairs:
        larger, smaller = (_ill(attempt, population, wordings(one)) for one in (pair.larger, pair.smaller))
        persons.append(pair.person)
        guesses.append(0.5 if larger is None or smaller is None else larger - smaller)
        if until is None and guesses[-1] != 0.5 and (guesses[-1] > 0.5) == population.ill[pair.person]:
            until = attempt.questions
        if attempt.ended:
            break
    truth, guess = population.ill[np.array(persons, dtype=int)], np.array(guesses)
    right = (guess != 0.5) & ((guess > 0.5) == truth)
    found = scores(truth, guess, right=right)
    return Found(found, bool(right.any()), until)


def _ill(attempt: Attempt, population: Population, cohorts: list[Predicate | None]) -> float | None:
    """The mean of what the answers tell of the ill; None where one does not tell it."""
    table = attempt.made("crosstab", by=["ill"])
    answers = [attempt.ask(table, cohort) for cohort in cohorts]
    if not answers or any(answer is None for answer in answers):
        return None
    told = [spans(one.cells["count"], population.persons)[1] for one in answers if one is not None]
    return float(np.mean([one.low for one in told])) if all(one.exact for one in told) else None
