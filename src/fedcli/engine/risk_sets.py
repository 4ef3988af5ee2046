"""A step of a model of proportional hazards, event by event as its definition reads: a part of the oracle.

Cox (1972); Breslow (1974); Efron (1977), The efficiency of Cox's likelihood function for censored data.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple, TypeAlias

from fedcli.model.terms import Ties
from fedcli.statistics.score import pairs

#: A number of the time of an event.
Late: TypeAlias = Callable[[float], float]


class Followed(NamedTuple):
    """A row: its columns, when it was looked at last, whether the event came then, and when it began."""

    x: list[float]
    time: float
    event: bool
    entry: float = -math.inf

    def at_risk(self, time: float) -> bool:
        """Whether it had begun before a time, and had not ended."""
        return self.entry < time <= self.time


class Event(NamedTuple):
    """An event: the logarithm of the sum of hazards, the mean and the spread of x under these."""

    log_sum: float
    mean: list[float]
    spread: list[float]


def step_at(
    rows: Sequence[Followed], beta: Sequence[float], ties: Ties, late: Late | None = None
) -> tuple[list[float], list[float], float]:
    """The score, the upper triangle of the information, and the logarithm of the likelihood.

    With `late` each column is there once more, times that number of the time of an event.
    """
    beta = beta if late is None else [*beta, *(0.0 for _ in beta)]
    died = [_wide(row, row.time, late) for row in rows if row.event]
    events = [
        one
        for time in sorted({row.time for row in died})
        for one in _at([_wide(row, time, late) for row in rows if row.at_risk(time)], time, beta, ties)
    ]
    p = len(beta)
    score = [math.fsum([*(row.x[i] for row in died), *(-one.mean[i] for one in events)]) for i in range(p)]
    information = [math.fsum(one.spread[at] for one in events) for at in range(len(pairs(p)))]
    likelihood = [*(_predictor(row, beta) for row in died), *(-one.log_sum for one in events)]
    return score, information, math.fsum(likelihood)


def fewest_at_risk(rows: Sequence[Followed]) -> int | None:
    """The fewest rows that were followed when an event came."""
    times = [row.time for row in rows if row.event]
    return min((sum(row.at_risk(time) for row in rows) for time in times), default=None)


def missed(rows: Sequence[Followed]) -> list[int]:
    """How many events came before each row began."""
    times = [row.time for row in rows if row.event]
    return [sum(time <= row.entry for time in times) for row in rows]


def _wide(row: Followed, time: float, late: Late | None) -> Followed:
    """A row with its columns at a time."""
    return row if late is None else row._replace(x=[*row.x, *(value * late(time) for value in row.x)])


def _at(risk: list[Followed], time: float, beta: Sequence[float], ties: Ties) -> Iterator[Event]:
    """The events of one time among those who are at risk, each with its own share of those who have it."""
    theirs = [row.event and row.time == time for row in risk]
    for before in range(sum(theirs)):
        left = 1 - before / sum(theirs) if ties == "efron" else 1.0
        weights = [
            math.exp(_predictor(row, beta)) * (left if event else 1.0)
            for row, event in zip(risk, theirs, strict=True)
        ]
        yield _event(risk, weights)


def _event(risk: list[Followed], weights: list[float]) -> Event:
    whole, p = math.fsum(weights), len(risk[0].x)
    mean = [math.fsum(w * row.x[i] for w, row in zip(weights, risk, strict=True)) / whole for i in range(p)]
    spread = [
        math.fsum(
            w * (row.x[i] - mean[i]) * (row.x[j] - mean[j]) for w, row in zip(weights, risk, strict=True)
        )
        / whole
        for i, j in pairs(p)
    ]
    return Event(math.log(whole), mean, spread)


def _predictor(row: Followed, beta: Sequence[float]) -> float:
    return math.fsum(b * value for b, value in zip(beta, row.x, strict=True))
