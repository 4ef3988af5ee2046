"""Differencing: two cohorts that differ by one person, whose secret is the difference of two answers.

Asked within a half, by bands whose ends move past one person after another, and of all but one; and
averaged, the same two questions again and again in other words, so that what rounds or blurs them is lost.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from fedcli.model.cells import Gap
from fedcli.model.predicate import Predicate
from fedcli.workflows.attacking.attempt import Attempt, Found, Span
from fedcli.workflows.attacking.cohorts import both, compared, half, in_half, reworded
from fedcli.workflows.attacking.population import Population
from fedcli.workflows.attacking.score import scores

#: How often a question is asked in other words, and how many persons are looked at.
WORDINGS = 5
PERSONS, FEW = 100, 20


#: The most bits that may be right where an attacker guesses from means of answers: a coin gives half.
MOST = 0.6
_UNTOLD = 0.5


class Guess(NamedTuple):
    """What the attacker takes a person's bit for, whether there is no doubt, and after how many questions."""

    person: int
    bit: float
    certain: bool
    questions: int


class Pair(NamedTuple):
    """A person, and two cohorts of which one alone has that person."""

    person: int
    larger: Predicate | None
    smaller: Predicate


def nested(attempt: Attempt, population: Population) -> Found:
    """A half, and the same half without one person."""
    return _isolated(population, _guesses(attempt, population, _halves(population, PERSONS), _plain))


def averaged(attempt: Attempt, population: Population) -> Found:
    """The same, each question in several wordings, and the mean of the answers."""
    return _likely(population, _guesses(attempt, population, _halves(population, FEW), _reworded))


def complement(attempt: Attempt, population: Population) -> Found:
    """Everybody, and everybody but one person."""
    order = population.lots.order("complement", population.persons)[:PERSONS].tolist()
    pairs = (Pair(person, None, compared("ne", population.income[person])) for person in order)
    return _isolated(population, _guesses(attempt, population, pairs, _plain))


def bands(attempt: Attempt, population: Population) -> Found:
    """Everybody below an income, which rises past one person after another."""
    persons = population.persons
    places = range(persons // 4, min(persons - persons // 4, persons // 4 + PERSONS))
    below = [compared("lt", population.income[place]) for place in places]
    pairs = (Pair(place, more, less) for place, (less, more) in zip(places, pairwise(below), strict=False))
    return _isolated(population, _guesses(attempt, population, pairs, _plain))


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


def _isolated(population: Population, guesses: list[Guess]) -> Found:
    """A bit is told where both numbers are known; where they are rounded, a guess is right by chance."""
    return _found(population, guesses, [one for one in guesses if one.certain], 0.0)


def _likely(population: Population, guesses: list[Guess]) -> Found:
    """A bit is told where the guesses of all are right more often than by chance."""
    return _found(population, guesses, [one for one in guesses if one.bit != _UNTOLD], MOST)


def _found(population: Population, guesses: list[Guess], counted: list[Guess], above: float) -> Found:
    hits = [one for one in counted if (one.bit > _UNTOLD) == population.ill[one.person]]
    truth = population.ill[np.array([one.person for one in guesses], dtype=int)]
    right = np.array([one in hits for one in guesses], dtype=bool)
    found = scores(truth, np.array([one.bit for one in guesses]), right=right)
    succeeded = (found.success or 0) > above
    return Found(found, succeeded, hits[0].questions if succeeded else None)


def _guesses(
    attempt: Attempt,
    population: Population,
    pairs: Iterator[Pair],
    wordings: Callable[[Predicate | None], list[Predicate | None]],
) -> list[Guess]:
    """Each person's bit as the difference of the ill in two cohorts, until the end."""
    found = []
    for pair in pairs:
        larger, smaller = (_ill(attempt, population, wordings(one)) for one in (pair.larger, pair.smaller))
        if larger is None or smaller is None:
            found.append(Guess(pair.person, _UNTOLD, False, attempt.questions))
        else:
            certain = larger.exact and smaller.exact
            found.append(Guess(pair.person, larger.low - smaller.low, certain, attempt.questions))
        if attempt.ended:
            break
    return found


def _ill(attempt: Attempt, population: Population, cohorts: list[Predicate | None]) -> Span | None:
    """The mean of what the answers tell of the ill; None where one does not tell it."""
    table = attempt.made("crosstab", by=["ill"])
    cells = [one.cells["count"] if one else () for one in (attempt.ask(table, cohort) for cohort in cohorts)]
    if not cells or any(not row or isinstance(row[1], Gap) for row in cells):
        return None
    told = [attempt.spans(row, population.persons)[1] for row in cells]
    return Span(float(np.mean([one.low for one in told])), float(np.mean([one.high for one in told])))
