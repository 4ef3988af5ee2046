"""What models of proportional hazards share: their columns, and a fit over rounds, stratified by site."""

from __future__ import annotations

from typing import Annotated, ClassVar, Generic, Self, TypeVar

from pydantic import Field, model_validator

from fedcli.analytics._contract import As, Category, Iterative, Numeric
from fedcli.analytics._designed import Designed, OneRow, check_unit
from fedcli.analytics._newton import Fit, Newton, events_of
from fedcli.errors import fault
from fedcli.language.design import design
from fedcli.model.cells import Cell
from fedcli.model.dataset import Dictionary
from fedcli.model.document import Document
from fedcli.model.policy import Mode
from fedcli.model.terms import Design, Factor, Term, Ties, Times
from fedcli.statistics.fitted import known
from fedcli.statistics.reach import has_intercept
from fedcli.statistics.rows import Rows
from fedcli.statistics.score import Score
from fedcli.statistics.seal import Sealed
from fedcli.statistics.shape import Shape

S = TypeVar("S", bound=Shape)
T = TypeVar("T", bound=Document)


class Timed(Designed, Iterative[S, T], Generic[S, T]):
    """A model of what changes the hazard: its columns, when follow-up ended, and whether by the event."""

    modes: ClassVar[tuple[Mode, ...]] = ("disclosure-control",)

    time: Numeric
    event: Annotated[Category, Field(description="whether the event came: true or false, or 1 or 0")]
    formula: Annotated[
        str,
        Field(
            min_length=1,
            max_length=2000,
            description='what may change the hazard, such as "age * sex + ns(bmi, 25, 30)"',
        ),
    ]
    until: Annotated[
        float | None, Field(description="where follow-up ends; later events are not looked at")
    ] = None
    unit: OneRow = None
    design: Annotated[Design | None, Field(description="the columns that the formula means; filled in")] = (
        None
    )

    @model_validator(mode="after")
    def _of_two(self) -> Self:
        if self.time == self.event:
            raise ValueError("time and event are different columns")
        return self

    def resolved(self, dictionary: Dictionary, where: str) -> Self:
        """With the design that the formula means under a dictionary."""
        check_unit(self.unit, dictionary)
        column = dictionary.column(self.event)
        if column.type == "text" or set(column.categories) != {0, 1}:
            raise fault("Q-TYPE", column=self.event, type=column.type, wanted="true or false, or 1 or 0,")
        found = design(f"{self.event} ~ {self.formula}", dictionary, where)
        terms = self._terms(found, where)
        event = Factor(column=self.event, level=True if column.type == "boolean" else 1)
        told = Design(
            outcome=Term(name=self.event, factors=(event,)),
            terms=terms,
            times=self._times(),
            persons="once" if self.unit else None,
        )
        return self.model_copy(update={"design": told})

    def _times(self) -> Times:
        """When follow-up ended, and what is looked at of it."""
        return Times(column=self.time, until=self.until)

    def _terms(self, found: Design, where: str) -> tuple[Term, ...]:
        """All but the intercept, whose place the baseline hazard has."""
        if not has_intercept(found):
            raise fault("Q-FORMULA", reason="the baseline hazard is the intercept, which stays", where=where)
        _, *terms = found.terms
        if not terms:
            raise fault("Q-FORMULA", reason="it has no column", where=where)
        times = self._times()
        if {one.column for term in terms for one in term.factors} & {times.column, self.event, times.entry}:
            raise fault("Q-FORMULA", reason="time and event are what it explains", where=where)
        return tuple(terms)


class Followed(Timed[Score, Fit]):
    """Newton's method on a likelihood, one step a round; some may enter late."""

    state: ClassVar[type[Document]] = Fit

    entry: Annotated[
        Numeric | None,
        As("model"),
        Field(description="a numeric column: when follow-up begins, where some enter late"),
    ] = None

    @model_validator(mode="after")
    def _of_three(self) -> Self:
        if self.entry in (self.time, self.event):
            raise ValueError("entry is a column of its own")
        return self

    def _times(self) -> Times:
        """With when follow-up began."""
        return super()._times().model_copy(update={"entry": self.entry})

    @property
    def _start(self) -> tuple[float, ...]:
        """The coefficients that a fit starts at."""
        return (0.0,) * len(self._design.terms)

    def local_at(self, rows: Rows, state: Fit | None) -> Sealed[Score]:
        """One step at the coefficients of a round; of the first, at the start."""
        beta = self._start if state is None else state.beta
        return rows.score(self._design, "hazards", beta)

    def step(self, state: Fit | None, total: Score) -> Fit:
        """The next coefficients, or why there are none."""
        return Newton(self._design, "hazards", self.most_rounds).step(state, total)

    def loss(self, state: Fit) -> float | None:
        """The deviance."""
        return state.deviance

    def finished(self, state: Fit) -> bool:
        """Whether it converged, or never will."""
        return state.words != "running"

    def course(self, state: Fit, total: Score) -> dict[str, Cell]:
        """How many rows and events there are, and how the fit went."""
        events = events_of(total) if known(total) else None
        told: dict[str, Cell] = {"n": total.cells["n"][0], "events": events, "iterations": state.iterations}
        return told | {word: int(state.words == word) for word in ("converged", "collinear", "separated")}


class Hazards(Followed):
    """By the partial likelihood, from zero; sites are strata."""

    stratified: ClassVar[bool] = True

    ties: Annotated[
        Ties, Field(description="how events at the same time are taken: efron (by default) or breslow")
    ] = "efron"

    def _times(self) -> Times:
        """With how events at the same time are taken."""
        return super()._times().model_copy(update={"ties": self.ties})
