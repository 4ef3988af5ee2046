"""Logistic regression with a quadratic penalty, trained over rounds as if the rows lay together."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import Field

from fedcli.analytics._contract import Iterative
from fedcli.analytics._designed import Designed, OneRow, check_unit
from fedcli.analytics._outcomes import suited
from fedcli.analytics._predicting import coefficients, converged, linear
from fedcli.errors import fault
from fedcli.language.design import design
from fedcli.model.cells import Cell
from fedcli.model.dataset import Dictionary
from fedcli.model.document import Document
from fedcli.model.policy import Mode
from fedcli.model.result import Answer, Table
from fedcli.model.terms import Design
from fedcli.model.trained import Linear, Penalty
from fedcli.statistics.fitted import back_of, known, matrix, number, tolerance
from fedcli.statistics.reach import has_intercept
from fedcli.statistics.rows import Rows
from fedcli.statistics.score import Score
from fedcli.statistics.seal import Sealed

_STILL = 1e-9
#: The weight of a row in the first information, which is R's start: (y + 1/2) / 2 times what is left of 1.
_STARTED = 0.1875

Words = Literal["running", "converged", "not converged", "no rows"]


class Fit(Document):
    """Where training stands: coefficients of the scaled columns, and what is made small there.

    `weights` are what the square of each coefficient costs, twice over: nothing for the intercept.
    """

    beta: tuple[float, ...]
    before: tuple[float, ...] = ()
    weights: tuple[float, ...] = ()
    loss: float | None = None
    iterations: int = 0
    words: Words = "running"


class Logistic(Designed, Iterative[Score, Fit], name="logistic", version=1):
    """Logistic regression with an L2 penalty, by federated Newton: exact, and as scikit-learn has it.

    What is made small is the sum of squared coefficients over 2 C, and the logistic losses of all rows
    (scikit-learn's `LogisticRegression`); the intercept costs nothing. With `standardise` coefficients count
    in units of the columns' standard deviations over all sites, which follow from the first round; they are
    told in the columns' own too. Newton's method, one step a round: there is an end also where a column tells
    the outcome. There are no standard errors, since estimates are shrunken.

    What leaves a site in each round is what leaves for a binomial `glm`, under the same checks. Rows that
    lack a value are left out. Where persons may have several rows, `unit = "person"` says that each has one
    in the cohort; a site where somebody has two refuses.
    """

    example: ClassVar[str] = 'formula = "diabetes ~ age + sex + bmi"\nc = 1.0'
    modes: ClassVar[tuple[Mode, ...]] = ("disclosure-control",)
    state: ClassVar[type[Document]] = Fit

    formula: Annotated[
        str, Field(min_length=3, max_length=2000, description='such as "diabetes ~ age * sex + bmi"')
    ]
    c: Annotated[float, Field(ge=1e-9, le=1e9, description="how little is penalised: scikit-learn's C")] = 1.0
    standardise: Annotated[bool, Field(description="penalise in units of standard deviations")] = True
    unit: OneRow = None
    design: Annotated[Design | None, Field(description="the columns that the formula means; filled in")] = (
        None
    )

    def resolved(self, dictionary: Dictionary, where: str) -> Self:
        """With the design that the formula means under a dictionary."""
        check_unit(self.unit, dictionary)
        found = suited("binomial", design(self.formula, dictionary, where), dictionary, where)
        if not has_intercept(found) or len(found.terms) < 2:
            raise fault("Q-FORMULA", reason="it has an intercept, and a column", where=where)
        persons = "once" if self.unit else None
        return self.model_copy(update={"design": found.model_copy(update={"persons": persons})})

    def local_at(self, rows: Rows, state: Fit | None) -> Sealed[Score]:
        """One step at the coefficients of a round."""
        return rows.score(self._design, "binomial", state.beta if state else None)

    def step(self, state: Fit | None, total: Score) -> Fit:
        """The next coefficients."""
        at = state or Fit(beta=(0.0,) * total.terms)
        told = at.model_copy(update={"iterations": at.iterations + 1})
        if not known(total) or number(total.cells["n"][0]) == 0:
            return told.model_copy(update={"words": "no rows"})
        if state is None:
            return self._moved(at, told.model_copy(update={"weights": self._weights(total)}), total, None)
        loss, slack = self._loss(at, total), tolerance(total)
        grown = 0.0 if at.loss is None else loss - at.loss
        if at.loss is not None and abs(grown) <= slack * (loss + 0.1) and (total.digits or _still(at)):
            return told.model_copy(update={"loss": loss, "words": "converged"})
        if grown > slack * (loss + 0.1):
            half = tuple((b + a) / 2 for a, b in zip(at.before, at.beta, strict=True))
            return self._unless_last(told.model_copy(update={"beta": half}))
        return self._moved(at, told, total, loss)

    def loss(self, state: Fit) -> float | None:
        """The penalised loss."""
        return state.loss

    def finished(self, state: Fit) -> bool:
        """Whether it stands still, or rounds are used up."""
        return state.words != "running"

    def answer_at(self, state: Fit, total: Score) -> Answer:
        """The coefficients in the units of their columns, and standardised; nothing of no rows."""
        names = [term.name for term in self._design.terms]
        scalars: dict[str, Cell] = {
            "n": total.cells["n"][0],
            "iterations": state.iterations,
            "converged": int(state.words == "converged"),
            "loss": state.loss,
        }
        told: list[tuple[Cell | str, ...]] = [(name, None, None) for name in names]
        if state.words in ("converged", "not converged"):
            told = [*zip(names, *self._told(state), strict=True)]
        columns = ("term", "estimate", "standardised")
        return Answer(
            scalars=scalars, tables={"coefficients": Table(columns=columns, keys=1, rows=tuple(told))}
        )

    def predictors(self, answer: Answer, dictionary: Dictionary) -> Iterator[Linear]:
        """The fit, where training came to its end."""
        if converged(answer):
            told, penalty = (
                coefficients(answer.tables["coefficients"]),
                Penalty(c=self.c, standardise=self.standardise),
            )
            yield from linear(self, dictionary, ("binomial", "logit"), told, penalty)

    def _told(self, state: Fit) -> tuple[list[float], list[Cell]]:
        """Coefficients of the columns, and times their standard deviations where these are known."""
        import numpy as np

        estimates = back_of(self._design) @ np.array(state.beta)
        spreads = (
            np.sqrt(self.c * np.array(state.weights)) if self.standardise else np.full(len(estimates), np.nan)
        )
        scaled = np.array(state.beta) * spreads
        return [float(one) for one in estimates], [
            float(one) if at and self.standardise else None for at, one in enumerate(scaled)
        ]

    def _weights(self, total: Score) -> tuple[float, ...]:
        """What the square of a coefficient of a scaled column costs."""
        import numpy as np

        squares = matrix(total, "gram") / _STARTED / number(total.cells["n"][0])
        spreads = np.diag(squares) - squares[0] ** 2
        units = [1 / term.scale**2 for term in self._design.terms]
        told = [float(max(one, 0.0)) for one in spreads] if self.standardise else units
        return (0.0, *(one / self.c for one in told[1:]))

    def _loss(self, at: Fit, total: Score) -> float:
        """Minus the logarithm of the likelihood, and half of the squares by what they cost."""
        squares = sum(weight * beta**2 for weight, beta in zip(at.weights, at.beta, strict=True))
        return (number(total.cells["deviance"][0]) + squares) / 2

    def _moved(self, at: Fit, told: Fit, total: Score, loss: float | None) -> Fit:
        """A step of Newton's."""
        import numpy as np

        beta, weights = np.array(at.beta), np.diag(told.weights)
        score = np.array(total.cells["score"], float) - weights @ beta
        # Of a column that is the same for all nothing is known, and nothing penalised: it stays at zero.
        moved = np.linalg.lstsq(matrix(total, "gram") + weights, score, rcond=None)[0]
        update: dict[str, Any] = {"beta": tuple(map(float, beta + moved)), "before": at.beta, "loss": loss}
        return self._unless_last(told.model_copy(update=update))

    def _unless_last(self, told: Fit) -> Fit:
        ended = told.iterations >= self.most_rounds
        return told.model_copy(update={"words": "not converged"}) if ended else told


def _still(at: Fit) -> bool:
    """Whether the coefficients hardly moved."""
    moves = [abs(b - a) for a, b in zip(at.before, at.beta, strict=True)]
    return max(moves) <= _STILL * (1 + max(map(abs, at.beta)))
