"""Proportional hazards with a baseline that all sites share, constant in intervals of time."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import pairwise
from typing import Annotated, Any, ClassVar, NamedTuple, Self

from pydantic import AfterValidator, Field, model_validator

from fedcli.analytics._grids import Time
from fedcli.analytics._hazards import Followed
from fedcli.analytics._newton import Fit
from fedcli.analytics._ratios import WHOLE, exponential, ratios, whole
from fedcli.model.cells import Cell, Number
from fedcli.model.document import Document
from fedcli.model.result import Answer, Table
from fedcli.model.terms import MAX_BREAKS, Design, Times
from fedcli.statistics.fitted import COLUMNS, known, lacking, line, matrix, number
from fedcli.statistics.score import Score
from fedcli.statistics.synthesis import Effect

BASELINE = ("low", "high", "events", "time", "hazard", "conf_low", "conf_high")
_LARGEST_CONDITION = 1e12


def _increasing(breaks: tuple[Number, ...]) -> tuple[Number, ...]:
    if any(low >= high for low, high in pairwise(breaks)):
        raise ValueError("breaks are written in increasing order")
    return breaks


class Course(Fit):
    """Where a fit stands: the logarithms of the hazards in intervals, then coefficients; and time at risk."""

    times: tuple[float, ...] = ()


class Piecewise(Followed, name="piecewise", version=1):
    """Proportional hazards with a baseline hazard that all sites share, constant in declared intervals.

    A piecewise-exponential model (Holford 1980; Laird and Olivier 1981): Poisson regression of events, with
    the logarithm of the time at risk as offset, in which everybody has a row for each interval. `breaks` are
    the times at which the baseline changes; follow-up begins at zero, and an event at a break is in the
    interval that ends there. Persons are compared over sites, as `cox` does not; and hazards are told, not
    their ratios alone. The finer the intervals, the nearer are the coefficients to those of Cox's model
    without strata.

    One step of Newton's method a round. In the first, sites tell the events in each interval and the time at
    risk; from there on as `cox`, from the hazards of no columns. Rows that lack a value, or end at zero or
    before they begin, are left out; follow-up is cut at `until`, where there is one, and begins at `entry`,
    where it begins late. Hazards are those at zero of all columns, and the first level of each: write
    `scale(age, 60, 10)` for those at 60.

    What leaves a site in each round are the number of rows and of events; and the information, the score and
    the likelihood of a Poisson model of these rows. They are judged as those of a model in which the event is
    the outcome. Besides, in each interval so many must have the event, and not have it; be followed, and
    stop, in each level of a column, and outside of it; as stand behind a cell. Nobody may hold most of the
    time there, or of what is missing of it. Where few are, wider intervals help, or `until`. Where persons
    may have several rows, `unit = "person"` says that each has one in the cohort; a site where somebody has
    two refuses.
    """

    example: ClassVar[str] = (
        'time = "age"\nevent = "diabetes"\nformula = "bmi + sex"\nbreaks = [60]\nuntil = 75'
    )
    state: ClassVar[type[Document]] = Course

    breaks: Annotated[
        tuple[Time, ...],
        AfterValidator(_increasing),
        Field(
            min_length=1, max_length=MAX_BREAKS, description="times at which the baseline changes, increasing"
        ),
    ]

    @model_validator(mode="after")
    def _before_the_end(self) -> Self:
        if self.until is not None and self.until <= self.breaks[-1]:
            raise ValueError("until is after the last break")
        return self

    def _times(self) -> Times:
        """With where the baseline changes."""
        return super()._times().model_copy(update={"breaks": tuple(map(float, self.breaks))})

    @property
    def _start(self) -> tuple[float, ...]:
        """One event in the whole of the time that is looked at, so that what is expected is about as many."""
        whole = float(self.until or self.breaks[-1])
        return (-math.log(whole),) * self._intervals + (0.0,) * len(self._design.terms)

    @property
    def _intervals(self) -> int:
        return len(self.breaks) + 1

    def step(self, state: Fit | None, total: Score) -> Fit:
        """From the start to the hazards of no columns; from there on by Newton's method."""
        if state is not None:
            return super().step(state, total)
        told = Course(beta=self._start, iterations=1)
        if not known(total):
            return told.model_copy(update={"words": "no events"})
        sums = _Baseline.of(total, self._intervals)
        if min(sums.events) <= 0:
            return told.model_copy(update={"words": "separated" if max(sums.events) > 0 else "no events"})
        rates = zip(self._start, sums.events, sums.expected, strict=False)
        times = zip(self._start, sums.expected, strict=False)
        hazards = tuple(at + math.log(events / expected) for at, events, expected in rates)
        return told.model_copy(
            update={
                "beta": (*hazards, *self._start[self._intervals :]),
                "times": tuple(expected * math.exp(-at) for at, expected in times),
            }
        )

    @property
    def effect_columns(self) -> tuple[str, ...]:
        """A coefficient is of a term."""
        return ("term",)

    def effects_at(self, state: Fit, part: Score) -> Iterator[Effect]:
        """The coefficients of a site alone: a step from the common ones on its own sums."""
        if state.words != "converged" or not known(part):
            return
        import numpy as np

        gram = matrix(part, "gram")
        if not np.linalg.cond(gram) <= _LARGEST_CONDITION:
            return
        beta = np.array(state.beta) + np.linalg.solve(gram, np.array(part.cells["score"], float))
        found = _Estimates.of(self._design, gram, beta)
        for at, term in enumerate(self._design.terms, self._intervals):
            yield Effect((term.name,), float(found.beta[at]), float(found.errors[at] ** 2))

    def answer_at(self, state: Fit, total: Score) -> Answer:
        """Coefficients, their ratios, and the baseline; nothing where there is no fit."""
        scalars = self.course(state, total) | dict.fromkeys(WHOLE)
        rows = lacking(self._design.terms)
        hazards: list[tuple[Cell, ...]] = [(None,) * (len(BASELINE) - 2)] * self._intervals
        if state.words == "converged":
            found = _Estimates.of(self._design, matrix(total, "gram"), state.beta)
            rows, hazards = found.lines(self._design), list(self._hazards(state, total, found))
            scalars |= whole(state, len(rows), self._intervals)
        ends = pairwise((0, *self.breaks, self.until))
        baseline = tuple((*edges, *told) for edges, told in zip(ends, hazards, strict=True))
        coefficients = Table(columns=COLUMNS, keys=1, rows=rows)
        return Answer(
            scalars=scalars,
            tables={
                "coefficients": coefficients,
                "hazard_ratios": ratios(coefficients),
                "baseline": Table(columns=BASELINE, keys=1, rows=baseline),
            },
        )

    def _hazards(self, state: Fit, total: Score, found: _Estimates) -> Iterator[tuple[Cell, ...]]:
        """Of each interval the events, the time at risk, and the hazard with its 95 % interval."""
        assert isinstance(state, Course)
        events = _Baseline.of(total, self._intervals).events
        for at, (many, time) in enumerate(zip(events, state.times, strict=True)):
            beta, *_, low, high = line(float(found.beta[at]), float(found.errors[at]), math.inf)
            yield round(many), time, *map(exponential, (beta, low, high))


class _Baseline(NamedTuple):
    """The events in each interval, and those expected."""

    events: tuple[float, ...]
    expected: tuple[float, ...]

    @classmethod
    def of(cls, total: Score, intervals: int) -> _Baseline:
        """From the sums of all: a score is what came less what was expected."""
        gram, score = matrix(total, "gram"), total.cells["score"]
        expected = tuple(float(gram[at, at]) for at in range(intervals))
        return cls(tuple(number(score[at]) + expected[at] for at in range(intervals)), expected)


class _Estimates(NamedTuple):
    """The logarithms of hazards and the coefficients, in the units of the columns, with standard errors."""

    beta: Any
    errors: Any

    @classmethod
    def of(cls, design: Design, gram: Any, beta: Any) -> _Estimates:
        """From those of the scaled columns, which are zero at their centres."""
        import numpy as np

        p, k = len(design.terms), len(design.intervals)
        back = np.diag([*[1.0] * k, *(1 / term.scale for term in design.terms)])
        back[:k, k:] = [-term.centre / term.scale for term in design.terms]
        variances = np.diag(back @ np.linalg.inv(gram) @ back.T)
        # Of sums that left at a few digits a variance can come out below zero: then nobody knows it.
        errors = np.sqrt(np.where(variances < 0, np.nan, variances))
        return cls(back @ np.array(beta)[: k + p], errors)

    def lines(self, design: Design) -> tuple[tuple[Any, ...], ...]:
        """What `COLUMNS` says of each term."""
        k = len(design.intervals)
        told = zip(design.terms, self.beta[k:], self.errors[k:], strict=True)
        return tuple((term.name, *line(float(b), float(se), math.inf)) for term, b, se in told)
