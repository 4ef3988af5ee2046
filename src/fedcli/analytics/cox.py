"""Proportional hazards, stratified by site, fitted over rounds as if the rows lay together."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import Field, model_validator

from fedcli.analytics._contract import Category, Iterative, Numeric
from fedcli.analytics._designed import Designed
from fedcli.errors import fault
from fedcli.language.design import design
from fedcli.model.cells import Cell
from fedcli.model.dataset import Dictionary
from fedcli.model.document import Document
from fedcli.model.policy import Mode
from fedcli.model.result import Answer, Table
from fedcli.model.terms import Design, Factor, Term, Ties, Times
from fedcli.statistics import tails
from fedcli.statistics.apart import estimates
from fedcli.statistics.fitted import COLUMNS, Fitted, known, lacking, matrix, number, tolerance
from fedcli.statistics.reach import has_intercept
from fedcli.statistics.rows import Rows
from fedcli.statistics.score import SUMS, Score
from fedcli.statistics.seal import Sealed
from fedcli.statistics.synthesis import Effect

_LARGEST_CONDITION = 1e12
_SEPARATED = 30.0  # on the scale of the bounds: nobody's hazard is e^30 times another's

Words = Literal["running", "converged", "collinear", "separated", "not converged", "no events"]
RATIOS = ("term", "hazard_ratio", "conf_low", "conf_high")
WHOLE = (
    "log_likelihood",
    "null_log_likelihood",
    "lr_statistic",
    "lr_p_value",
    "score_statistic",
    "score_p_value",
    "df",
    "aic",
)


class Fit(Document):
    """Where a fit stands: coefficients of the scaled columns, the deviance there and at zero, how it goes.

    `score_statistic` is that of the test that all coefficients are zero.
    """

    beta: tuple[float, ...]
    before: tuple[float, ...] = ()
    deviance: float | None = None
    null_deviance: float | None = None
    score_statistic: float | None = None
    iterations: int = 0
    words: Words = "running"


class Cox(Designed, Iterative[Score, Fit], name="cox", version=1):
    """Proportional hazards (Cox 1972), with a baseline hazard of each site's own.

    Sites are strata: nobody is compared with somebody at another site, so that no baseline has to be shared,
    and no time of an event leaves a site. Newton's method on the partial likelihood, one step a round, from
    zero; converged when minus twice its logarithm changes by less than 1e-10 of itself. Events at the same
    time are taken as Efron (1977) does, or Breslow (1974). Rows that lack a value are left out; follow-up is
    cut at `until`, where there is one. Errors, statistics and intervals are those of R's `coxph` with
    `strata(site)`.

    What leaves a site in each round are the number of rows and of events, the information, the score and the
    likelihood. They are judged as those of a model in which the event is the outcome; besides, so many
    persons must still be followed at the last event as stand behind a cell: where few are, `until` ends
    follow-up before. Where persons may have several rows, `unit = "person"`
    says that each has one in the cohort; a site where somebody has two refuses.
    """

    example: ClassVar[str] = 'time = "age"\nevent = "diabetes"\nformula = "bmi + sex"\nuntil = 75'
    modes: ClassVar[tuple[Mode, ...]] = ("disclosure-control",)
    state: ClassVar[type[Document]] = Fit
    stratified: ClassVar[bool] = True

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
    ties: Annotated[
        Ties, Field(description="how events at the same time are taken: efron (by default) or breslow")
    ] = "efron"
    unit: Annotated[
        Literal["person"] | None,
        Field(description='where persons may have several rows: "person" (one row each in the cohort)'),
    ] = None
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
        if dictionary.repeats != (self.unit is not None):
            raise fault("Q-PERSONS" if dictionary.repeats else "Q-ONE-ROW", dataset=dictionary.dataset)
        column = dictionary.column(self.event)
        if column.type == "text" or set(column.categories) != {0, 1}:
            raise fault("Q-TYPE", column=self.event, type=column.type, wanted="true or false, or 1 or 0,")
        found = design(f"{self.event} ~ {self.formula}", dictionary, where)
        terms = self._terms(found, where)
        event = Factor(column=self.event, level=True if column.type == "boolean" else 1)
        told = Design(
            outcome=Term(name=self.event, factors=(event,)),
            terms=terms,
            times=Times(column=self.time, until=self.until, ties=self.ties),
            persons="once" if self.unit else None,
        )
        return self.model_copy(update={"design": told})

    def _terms(self, found: Design, where: str) -> tuple[Term, ...]:
        """All but the intercept, whose place the baseline hazard has."""
        if not has_intercept(found):
            raise fault("Q-FORMULA", reason="the baseline hazard is the intercept, which stays", where=where)
        _, *terms = found.terms
        if not terms:
            raise fault("Q-FORMULA", reason="it has no column", where=where)
        if {one.column for term in terms for one in term.factors} & {self.time, self.event}:
            raise fault("Q-FORMULA", reason="time and event are what it explains", where=where)
        return tuple(terms)

    def local_at(self, rows: Rows, state: Fit | None) -> Sealed[Score]:
        """One step at the coefficients of a round; of the first, at zero."""
        beta = (0.0,) * len(self._design.terms) if state is None else state.beta
        return rows.score(self._design, "hazards", beta)

    def step(self, state: Fit | None, total: Score) -> Fit:
        """The next coefficients, or why there are none."""
        at = state or Fit(beta=(0.0,) * total.terms)
        told = at.model_copy(update={"iterations": at.iterations + 1})
        if not known(total) or _sums(total)["y"] == 0:
            return told.model_copy(update={"words": "no events"})
        deviance = number(total.cells["deviance"][0])
        if at.deviance is not None:
            if abs(deviance - at.deviance) <= tolerance(total) * (abs(deviance) + 0.1):
                return told.model_copy(update={"deviance": deviance, "words": "converged"})
            if deviance > at.deviance and at.before:
                half = tuple((b + a) / 2 for a, b in zip(at.before, at.beta, strict=True))
                return told.model_copy(update={"beta": half})
        return self._moved(at, told, total, deviance)

    def _moved(self, at: Fit, told: Fit, total: Score, deviance: float) -> Fit:
        import numpy as np

        gram, score = matrix(total, "gram"), np.array(total.cells["score"], float)
        if not np.linalg.cond(gram) <= _LARGEST_CONDITION:
            return told.model_copy(update={"words": "collinear"})
        delta = np.linalg.solve(gram, score)
        beta = tuple(float(b) for b in np.array(at.beta) + delta)
        moved = told.model_copy(update={"beta": beta, "before": at.beta, "deviance": deviance})
        if at.null_deviance is None:
            first = {"null_deviance": deviance, "score_statistic": float(score @ delta)}
            moved = moved.model_copy(update=first)
        if max(map(abs, beta)) > _SEPARATED:
            return moved.model_copy(update={"words": "separated"})
        ended = moved.iterations >= self.most_rounds
        return moved.model_copy(update={"words": "not converged"}) if ended else moved

    def finished(self, state: Fit) -> bool:
        """Whether it converged, or never will."""
        return state.words != "running"

    @property
    def effect_columns(self) -> tuple[str, ...]:
        """A coefficient is of a term."""
        return ("term",)

    def effects_at(self, state: Fit, part: Score) -> Iterator[Effect]:
        """The coefficients of a site alone: a step from the common ones on its own sums."""
        if state.words == "converged" and known(part):
            yield from estimates(self._design, "hazards", part, state.beta)

    def answer_at(self, state: Fit, total: Score) -> Answer:
        """Coefficients with errors, hazard ratios, and the fit as a whole; words, where there is none."""
        events = int(_sums(total)["y"]) if known(total) else None
        scalars: dict[str, Cell] = {"n": total.cells["n"][0], "events": events}
        scalars |= {"iterations": state.iterations}
        scalars |= {word: int(state.words == word) for word in ("converged", "collinear", "separated")}
        scalars |= dict.fromkeys(WHOLE)
        rows = lacking(self._design.terms)
        if state.words == "converged":
            fit = Fitted(self._design, "hazards", total, state.beta, number(state.deviance))
            scalars, rows = scalars | _whole(state, total.terms), fit.coefficients()
        return Answer(
            scalars=scalars,
            tables={
                "coefficients": Table(columns=COLUMNS, keys=1, rows=rows),
                "hazard_ratios": Table(columns=RATIOS, keys=1, rows=tuple(map(_ratio, rows))),
            },
        )


def _whole(state: Fit, terms: int) -> dict[str, Cell]:
    """The likelihood, and the tests that all coefficients are zero, by chi-squared of as many degrees."""
    deviance, null = number(state.deviance), number(state.null_deviance)
    score = number(state.score_statistic)
    ratio = max(0.0, null - deviance)
    return {
        "log_likelihood": -deviance / 2,
        "null_log_likelihood": -null / 2,
        "lr_statistic": ratio,
        "lr_p_value": tails.chi_squared(ratio, terms),
        "score_statistic": score,
        "score_p_value": tails.chi_squared(score, terms),
        "df": terms,
        "aic": deviance + 2 * terms,
    }


def _ratio(row: tuple[Any, ...]) -> tuple[Any, ...]:
    """How many times the hazard is, by the estimate and the ends of its interval."""
    told = dict(zip(COLUMNS, row, strict=True))
    values = (told[name] for name in ("estimate", "conf_low", "conf_high"))
    return (told["term"], *(_exponential(value) for value in values))


def _exponential(value: float | None) -> float | None:
    """Nothing where it is larger than a number can be."""
    return None if value is None or value > math.log(1e300) else math.exp(value)


def _sums(total: Score) -> dict[str, float]:
    return dict(zip(SUMS, map(number, total.cells["sums"]), strict=True))
