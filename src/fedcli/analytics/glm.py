"""Generalised linear models, fitted over rounds as if the rows lay together."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field

from fedcli.analytics._contract import Iterative
from fedcli.analytics._designed import Designed
from fedcli.errors import fault
from fedcli.language.design import design, weighing
from fedcli.model.cells import Cell
from fedcli.model.dataset import Column, Dictionary, Unit
from fedcli.model.document import Document
from fedcli.model.identifiers import ColumnName
from fedcli.model.result import Answer, Table
from fedcli.model.terms import Design, Factor, Persons, Term
from fedcli.statistics.apart import estimates
from fedcli.statistics.blurred import BlurredFit
from fedcli.statistics.families import FamilyName, ModelName
from fedcli.statistics.fitted import (
    COLUMNS,
    GAUSSIAN,
    WHOLE,
    Fitted,
    known,
    lacking,
    matrix,
    number,
    tolerance,
)
from fedcli.statistics.models import Blurred
from fedcli.statistics.rows import Rows
from fedcli.statistics.score import Score
from fedcli.statistics.seal import Sealed
from fedcli.statistics.synthesis import Effect

_LARGEST_CONDITION = 1e12
_MOVED = 1e-9
_SEPARATED = 30.0  # on the scale of the bounds: nobody's odds are e^30

_PERSONS: dict[Unit, Persons] = {"person": "once", "row": "clustered"}

Words = Literal["running", "converged", "collinear", "separated", "not converged", "no rows"]


class Fit(Document):
    """Where a fit stands: coefficients of the scaled columns, the deviance there, and how it goes."""

    beta: tuple[float, ...]
    before: tuple[float, ...] = ()
    deviance: float | None = None
    iterations: int = 0
    words: Words = "running"


class Glm(Designed, Iterative[Score, Fit], name="glm", version=1):
    """A generalised linear model: gaussian, binomial or poisson.

    Links are canonical, or of a binomial probit and cloglog (which differential privacy does not know).

    Iteratively reweighted least squares (McCullagh and Nelder 1989, section 2.5), one step a round, with
    R's starting values; converged when the deviance changes by less than 1e-10 of itself, and beside a link
    that is not canonical no coefficient of a scaled column by more than 1e-9. Rows that lack
    a value, or whose weight is zero, are left out. Standard errors, statistics and intervals are those of
    R's `summary.glm`.

    Where persons may have several rows, `unit` says what a model is of. With "person" a person may have
    one row in the cohort, and a site where somebody has two refuses. With "row" errors are clustered by
    person (Liang and Zeger 1986), and somebody at two sites counts as two persons.

    Under differential privacy a gaussian model takes one round, others five, whatever the data. A person
    counts with one row, or with as many as the policy says where `unit` is "row"; nobody refuses. Rows whose
    columns reach far weigh less, numbers are clamped to their bounds, levels that nobody declared are
    missing. Errors and intervals hold the noise beside chance, and are cautious in both; deviances and
    likelihood are not told.
    """

    example: ClassVar[str] = 'family = "binomial"\nformula = "diabetes ~ age + sex + bmi"'
    state: ClassVar[type[Document]] = Fit
    #: Steps under noise. Newton's steps from zero soon square what is left: after five that is less than the
    #: noise, and one more would leave a fifth less for each.
    ROUNDS: ClassVar[int] = 5

    family: Annotated[FamilyName, Field(description="gaussian, binomial or poisson")]
    link: Annotated[
        Literal["logit", "probit", "cloglog"] | None,
        Field(description="binomial: logit unless said otherwise, probit, or cloglog"),
    ] = None
    formula: Annotated[
        str,
        Field(
            min_length=3,
            max_length=2000,
            description='such as "diabetes ~ age * sex + ns(bmi, 25, 30)"',
        ),
    ]
    offset: Annotated[
        str | None, Field(max_length=200, description='poisson: added to the predictor, "log(years)"')
    ] = None
    weights: Annotated[
        ColumnName | None, Field(description="prior weights: a column of numbers from zero on")
    ] = None
    unit: Annotated[
        Unit | None,
        Field(
            description='where persons may have several rows: "person" (one row each) or "row" (clustered)'
        ),
    ] = None
    design: Annotated[Design | None, Field(description="the columns that the formula means; filled in")] = (
        None
    )

    def resolved(self, dictionary: Dictionary, where: str) -> Self:
        """With the design that the formula means under a dictionary."""
        if dictionary.repeats != (self.unit is not None):
            raise fault("Q-PERSONS" if dictionary.repeats else "Q-ONE-ROW", dataset=dictionary.dataset)
        if self.offset is not None and self.family != "poisson":
            raise fault("Q-FORMULA", reason="an offset is for poisson", where=where)
        if self.link is not None and self.family != "binomial":
            raise fault(
                "Q-FORMULA", reason="a link other than the canonical one is for binomial", where=where
            )
        found = design(self.formula, dictionary, where, self.offset)
        self._check_outcome(found, dictionary, where)
        if self.family != "gaussian":
            found = found.model_copy(update={"outcome": self._as_it_is(found.outcome)})
        weights = weighing(self.weights, dictionary, where) if self.weights else None
        persons: Persons | None = _PERSONS[self.unit] if self.unit else None
        return self.model_copy(
            update={"design": found.model_copy(update={"weights": weights, "persons": persons})}
        )

    def _as_it_is(self, outcome: Term) -> Term:
        """An outcome that is not scaled; of 0 and 1 as the level 1, so that the gate counts who has it."""
        [factor] = outcome.factors
        if self.family == "binomial" and factor.level is None:
            factor = Factor(column=factor.column, level=1)
        return Term(name=outcome.name, factors=(factor,))

    def _check_outcome(self, found: Design, dictionary: Dictionary, where: str) -> None:
        [factor] = found.outcome.factors
        column = dictionary.columns[factor.column]
        plain = factor.function is None and factor.power == 1 and (factor.centre, factor.scale) == (0.0, 1.0)
        good = {
            "gaussian": factor.level is None,
            "binomial": factor.level is not None or (plain and column.range == (0, 1)),
            "poisson": factor.level is None and plain and _counts(column),
        }
        if not good[self.family]:
            raise fault("Q-OUTCOME", column=factor.column, where=where)

    @property
    def _model(self) -> ModelName:
        """The family with its link."""
        return self.link if self.link in ("probit", "cloglog") else self.family

    @property
    def draws(self) -> int:
        """One for a gaussian model, whose first step is the last; else `ROUNDS`, however the fit goes."""
        return 1 if self.family == "gaussian" else self.ROUNDS

    def local_at(self, rows: Rows, state: Fit | None) -> Sealed[Score]:
        """One step at the coefficients of a round."""
        return rows.score(self._design, self._model, None if state is None else state.beta)

    def step(self, state: Fit | None, total: Score) -> Fit:
        """The next coefficients, or why there are none."""
        at = state or Fit(beta=(0.0,) * total.terms)
        told = at.model_copy(update={"iterations": at.iterations + 1})
        if isinstance(total, Blurred):
            return self._blurred(at, told, total)
        if not known(total) or total.cells["n"][0] == 0:
            return told.model_copy(update={"words": "no rows"})
        deviance = number(total.cells["deviance"][0]) if state is not None else None
        if deviance is not None and at.deviance is not None:
            settled = abs(deviance - at.deviance) <= tolerance(total) * (abs(deviance) + 0.1)
            if settled and (self._model == self.family or total.digits or _still(at)):
                return told.model_copy(update={"deviance": deviance, "words": "converged"})
            if deviance > at.deviance and at.before and at.iterations > 1:
                half = tuple((b + a) / 2 for a, b in zip(at.before, at.beta, strict=True))
                return told.model_copy(update={"beta": half})
        return self._moved(at, told, total, deviance)

    def _blurred(self, at: Fit, told: Fit, total: Blurred) -> Fit:
        """A step with noise: as many as were paid for, whatever they say."""
        before = at.beta if at.iterations else total.start
        fit = BlurredFit(self._design, self.family, total, before)
        moved = told.model_copy(update={"beta": fit.beta, "before": before})
        if moved.iterations < self.draws:
            return moved
        settled = self.family == "gaussian" or fit.settled
        return moved.model_copy(update={"words": "converged" if settled else "not converged"})

    def _moved(self, at: Fit, told: Fit, total: Score, deviance: float | None) -> Fit:
        import numpy as np

        gram, score = matrix(total, "gram"), np.array(total.cells["score"], float)
        if np.linalg.cond(gram) > _LARGEST_CONDITION:
            return told.model_copy(update={"words": "collinear"})
        delta = np.linalg.solve(gram, score)
        beta = tuple(float(b) for b in np.array(at.beta) + delta)
        if deviance is None and self.family == "gaussian":
            # A sum of squares: below zero only by rounding, where the fit is perfect.
            deviance = max(0.0, number(total.cells["sums"][1]) - float(score @ delta))
        moved = told.model_copy(update={"beta": beta, "before": at.beta, "deviance": deviance})
        if self.family != "gaussian" and max(map(abs, beta)) > _SEPARATED:
            return moved.model_copy(update={"words": "separated"})
        ended = moved.iterations >= self.most_rounds
        return moved.model_copy(update={"words": "not converged"}) if ended else moved

    @property
    def effect_columns(self) -> tuple[str, ...]:
        """A coefficient is of a term."""
        return ("term",)

    def effects_at(self, state: Fit, part: Score) -> Iterator[Effect]:
        """The coefficients of a site alone: a step from the common ones on its own sums."""
        if state.words == "converged" and known(part) and _with_errors(part):
            yield from estimates(self._design, self._model, part, state.beta)

    def finished(self, state: Fit) -> bool:
        """Whether it converged, or never will."""
        return state.words != "running"

    def answer_at(self, state: Fit, total: Score) -> Answer:
        """Coefficients with their errors, and the fit as a whole; words instead, where there is no fit."""
        if isinstance(total, Blurred):
            return self._answer_blurred(state, total)
        counted: list[str] = [name for name in ("n", "persons") if name in total.cells]
        counts = {name: int(number(total.cells[name][0])) for name in counted}
        scalars: dict[str, Cell] = {**counts, **self._course(state)}
        rows = lacking(self._design.terms)
        enough = min(counts.values()) > total.terms
        if state.words in ("converged", "running") and enough and _with_errors(total):
            deviance = math.nan if state.deviance is None else state.deviance
            fit = Fitted(self._design, self._model, total, state.beta, deviance)
            scalars, rows = scalars | fit.whole(), fit.coefficients()
        return Answer(scalars=scalars, tables={"coefficients": Table(columns=COLUMNS, keys=1, rows=rows)})

    def _course(self, state: Fit) -> dict[str, Cell]:
        """How the fit went, and a place for everything that is told of it."""
        told: dict[str, Cell] = {"iterations": state.iterations}
        told |= {word: int(state.words == word) for word in ("converged", "collinear", "separated")}
        return told | dict.fromkeys((*WHOLE, *(GAUSSIAN if self.family == "gaussian" else ())))

    def _answer_blurred(self, state: Fit, total: Blurred) -> Answer:
        """From the last step itself, so that it can be asked how far other noise would have moved it."""
        fit = BlurredFit(self._design, self.family, total, state.before)
        scalars = {"n": fit.n, **self._course(state)}
        rows = lacking(self._design.terms)
        if fit.n > total.terms:
            scalars, rows = scalars | fit.whole(), fit.coefficients()
        return Answer(scalars=scalars, tables={"coefficients": Table(columns=COLUMNS, keys=1, rows=rows)})


def _with_errors(total: Score) -> bool:
    """Whether the sums have what errors are made of: before there is a state, persons have no scores."""
    return None not in total.cells.get("meat", ())


def _still(at: Fit) -> bool:
    """Whether the coefficients hardly moved: beside other links the deviance is settled long before."""
    moves = (abs(b - a) for a, b in zip(at.before, at.beta, strict=True))
    return max(moves) <= _MOVED * (1 + max(map(abs, at.beta)))


def _counts(column: Column) -> bool:
    """Whether a column holds whole numbers from zero on."""
    return column.type == "integer" and column.range is not None and column.range[0] >= 0
