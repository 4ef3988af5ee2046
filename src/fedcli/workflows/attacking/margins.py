"""Margins: a table with hidden cells, and its sums asked for apart; what is hidden, by linear programming.

Hundepool et al. (2012), "Statistical disclosure control", section 4.4: secondary suppression exists
because of this.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from fedcli.model.cells import Gap
from fedcli.model.predicate import Predicate
from fedcli.workflows.attacking.attempt import Attempt, Found, Span
from fedcli.workflows.attacking.cohorts import half, in_half
from fedcli.workflows.attacking.population import STAGES, WARDS, Population, Vector
from fedcli.workflows.attacking.score import scores

TABLES, SHARE = 12, 0.8
_EXACT = 1 - 1e-6


class Hidden(NamedTuple):
    """A suppressed cell: its true count, what the table says of it, and what the sums leave of that."""

    true: int
    told: Span
    left: Span

    @property
    def recovered(self) -> bool:
        """Whether one whole number is left of several."""
        return not self.told.exact and self.left.high - self.left.low < _EXACT


def recover(attempt: Attempt, population: Population) -> Found:
    """Ask for tables with their margins, of several cohorts, and solve for what is hidden."""
    hidden: list[Hidden] = []
    until = None
    for cohort, member in _cohorts(population):
        if attempt.ended:
            break
        hidden += _hidden(attempt, population, cohort, member)
        if until is None and any(one.recovered for one in hidden):
            until = attempt.questions
    least = attempt.questioner.policy.disclosure.min_count
    truth = np.array([2 * one.true >= least for one in hidden], dtype=bool)
    score = np.array([(one.left.low + one.left.high) / 2 for one in hidden])
    right = np.array([one.recovered for one in hidden], dtype=bool)
    sure = np.array([one.left.low - one.left.high for one in hidden])
    found = scores(truth, score, least / 2, right, sure)
    return Found(found, bool(right.any()), until)


def _cohorts(population: Population) -> list[tuple[Predicate | None, Vector]]:
    factors = population.lots.of("tables", TABLES - 1).tolist()
    everybody: tuple[Predicate | None, Vector] = (None, np.ones(population.persons, dtype=bool))
    return [everybody, *((half(one, SHARE), in_half(population.income, one, SHARE)) for one in factors)]


def _hidden(
    attempt: Attempt, population: Population, cohort: Predicate | None, member: Vector
) -> list[Hidden]:
    """The suppressed cells of one table, with what its margins leave of them."""
    asked = (["ward", "stage"], ["ward"], ["stage"])
    answers = [attempt.ask(attempt.made("crosstab", by=by), cohort) for by in asked]
    if answers[0] is None:
        return []
    most = int(member.sum())
    cells, wards, stages = (attempt.spans(one.cells["count"], most) if one else [] for one in answers)
    table = np.zeros((len(WARDS), len(STAGES)), dtype=int)
    np.add.at(table, (population.ward[member], population.stage[member]), 1)
    places = [place for place, cell in enumerate(answers[0].cells["count"]) if isinstance(cell, Gap)]
    left = solved(cells, wards, stages, places)
    true = table.ravel().tolist()
    return [Hidden(true[place], cells[place], span) for place, span in zip(places, left, strict=True)]


def solved(cells: list[Span], wards: list[Span], stages: list[Span], places: list[int]) -> list[Span]:
    """The least and the most that each of some cells can be, beside the other cells and the margins."""
    from scipy.optimize import linprog

    grid = np.arange(len(cells)).reshape(len(WARDS), len(STAGES))
    lines = [*zip(grid, wards, strict=False), *zip(grid.T, stages, strict=False)]
    rows = np.array([np.isin(np.arange(len(cells)), line) for line, _ in lines], dtype=float)
    rows = rows.reshape(len(lines), len(cells))
    known: dict[str, Any] = {
        "A_ub": np.vstack([rows, -rows]),
        "b_ub": np.array([span.high for _, span in lines] + [-span.low for _, span in lines]),
        "bounds": [(cell.low, cell.high) for cell in cells],
        "method": "highs",
    }
    ends = []
    for place in places:
        aim = np.zeros(len(cells))
        aim[place] = 1
        least, most = linprog(aim, **known), linprog(-aim, **known)
        both = least.fun is not None and most.fun is not None
        ends.append(Span(np.ceil(least.fun - 1e-6), np.floor(-most.fun + 1e-6)) if both else cells[place])
    return ends
