"""One attack under way: what it may ask until the policy or the clock ends it, and what came of it."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Any, NamedTuple

from fedcli.errors import FedcliError, Outcome
from fedcli.model.cells import About, Cell, Gap
from fedcli.model.identifiers import Name
from fedcli.model.predicate import Predicate
from fedcli.model.query import Analysis
from fedcli.model.release import Answered
from fedcli.workflows.attacking.score import Scores
from fedcli.workflows.questioner import Questioner
from fedcli.workflows.trial import analysis

_MOMENT = 1.0


class Span(NamedTuple):
    """What is known of a number."""

    low: float
    high: float

    @property
    def exact(self) -> bool:
        """Whether it is known."""
        return self.low == self.high


class Found(NamedTuple):
    """What came of an attack: rates, whether it did what it must not, and after how many questions."""

    scores: Scores
    succeeded: bool
    until: int | None


class Attempt:
    """Questions of one attack; `ended` says what stopped it: the code of a refusal, or "time"."""

    def __init__(self, questioner: Questioner, seconds: float) -> None:
        self.questioner = questioner
        self._until = time.monotonic() + seconds
        self.ended: str | None = None

    @property
    def left(self) -> float:
        """How many seconds are left, a moment at least."""
        return max(self._until - time.monotonic(), _MOMENT)

    @property
    def questions(self) -> int:
        """How many were asked."""
        return self.questioner.questions

    def ask(self, one: Analysis, cohort: Predicate | None = None) -> Answered | None:
        """The answer; None for a refusal, and for everything after the end."""
        if self.ended is None and time.monotonic() > self._until:
            self.ended = "time"
        if self.ended is not None:
            return None
        try:
            return self.questioner.asked([one], cohort)[one.id]
        except FedcliError as error:
            if error.outcome not in (Outcome.REFUSED, Outcome.BUDGET):
                raise
            self.ended = error.code
            return None

    def made(self, name: str, number: Name | None = None, **parameters: Any) -> Analysis:
        """An analysis of the rows that are attacked."""
        return analysis(self.questioner.dictionary, name, number, **parameters)

    def spans(self, cells: Iterable[Cell], most: int) -> list[Span]:
        """What cells tell of counts: a number where it lies, rounded or not, a gap its interval."""
        blur = rounded_within(self.questioner.policy.disclosure.rounding)
        return [_span(cell, most, blur) for cell in cells]


def rounded_within(rounding: str) -> int:
    """How far a rounded count may lie from the true one: the number at the end of its rule's name, or 0."""
    base = rounding.rpartition("-")[2]
    return int(base) if base.isdigit() else 0


def _span(cell: Cell, most: int, blur: int) -> Span:
    match cell:
        case Gap():
            return Span(float(cell.low or 0), float(most if cell.high is None else cell.high))
        case About():
            return Span(float(cell.low or 0), float(most if cell.high is None else cell.high))
        case None:
            return Span(0.0, float(most))
        case _:
            return Span(float(max(cell - blur, 0)), float(cell + blur))
