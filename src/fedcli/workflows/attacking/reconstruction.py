"""Reconstruction: sums of a secret bit over halves by chance, solved for the bits by linear programming.

Dinur and Nissim (2003), "Revealing information while preserving privacy"; decoding by linear programming as
in Dwork, McSherry and Talwar (2007), "The price of privacy and the limits of LP decoding".
"""

from __future__ import annotations

from itertools import count

import numpy as np

from fedcli.workflows.attacking.attempt import Attempt, Found, Span
from fedcli.workflows.attacking.cohorts import half, in_half
from fedcli.workflows.attacking.population import Population, Vector
from fedcli.workflows.attacking.score import scores

#: The most bits that may be right: a coin gives half of them.
MOST = 0.6
_TIMES, _STEPS = 2, 8


def reconstruct(attempt: Attempt, population: Population) -> Found:
    """Ask for the ill of halves, and guess every person's bit."""
    rows: list[Vector] = []
    known: list[Span] = []
    table = attempt.made("crosstab", by=["ill"])
    factors = population.lots.of("halves", _TIMES * population.persons)
    guess, until = np.full(population.persons, 0.5), None
    every = max(1, len(factors) // _STEPS)
    for number, factor in zip(count(1), factors.tolist(), strict=False):
        answer = attempt.ask(table, half(factor))
        if answer is not None:
            member = in_half(population.income, factor)
            no, yes = attempt.spans(answer.cells["count"], population.persons)
            rows += [member, member]
            known += [yes, Span(member.sum() - no.high, member.sum() - no.low)]
        if number % every == 0 or attempt.ended or number == len(factors):
            guess = decoded(np.array(rows), known, population.persons, attempt.left) if rows else guess
            if until is None and ((guess > 0.5) == population.ill).mean() > MOST:
                until = attempt.questions
        if attempt.ended or (guess.round() == population.ill).all():
            break
    found = scores(population.ill, guess)
    return Found(found, (found.success or 0) > MOST, until)


def decoded(rows: Vector, known: list[Span], persons: int, seconds: float) -> Vector:
    """The bits, between 0 and 1, whose sums are nearest to the middles of what is known, the narrow first."""
    from scipy.optimize import linprog
    from scipy.sparse import csr_matrix, hstack, identity, vstack

    middle = np.array([(one.low + one.high) / 2 for one in known])
    weight = np.array([1 / (1 + one.high - one.low) for one in known])
    sums, slack = csr_matrix(rows.astype(float)), identity(len(known))
    bounds = vstack([hstack([sums, -slack]), hstack([-sums, -slack])])
    cost = np.concatenate([np.zeros(persons), weight])
    limits = [(0, 1)] * persons + [(0, None)] * len(known)
    solved = linprog(
        cost,
        A_ub=bounds,
        b_ub=np.concatenate([middle, -middle]),
        bounds=limits,
        method="highs",
        options={"time_limit": seconds},
    )
    return solved.x[:persons] if solved.x is not None else np.full(persons, 0.5)
