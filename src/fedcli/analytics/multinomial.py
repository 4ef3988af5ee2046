"""Multinomial logistic regression: what goes with each level of an outcome of several, over rounds."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, ClassVar, Self

from pydantic import Field

from fedcli.analytics._contract import Iterative
from fedcli.analytics._designed import Designed, OneRow, check_unit
from fedcli.analytics._newton import Fit, Newton
from fedcli.errors import fault
from fedcli.language.design import choosing
from fedcli.model.cells import Cell
from fedcli.model.dataset import Dictionary, Level
from fedcli.model.document import Document
from fedcli.model.policy import Mode
from fedcli.model.result import Answer, Table
from fedcli.model.terms import Design
from fedcli.statistics.fitted import known, number
from fedcli.statistics.levelled import LEVELLED, WHOLE, Levelled, alone, lacking, null_deviance
from fedcli.statistics.reach import has_intercept
from fedcli.statistics.rows import Rows
from fedcli.statistics.score import Score
from fedcli.statistics.seal import Sealed
from fedcli.statistics.synthesis import Effect
from fedcli.statistics.wald import TESTS


class Multinomial(Designed, Iterative[Score, Fit], name="multinomial", version=1):
    """What goes with each level of an outcome of several: multinomial logistic regression.

    Each level but the `reference` (by default the first that the dictionary declares) has a coefficient for
    every term: that of the logarithm of its odds against the reference (baseline-category logits; Agresti
    2013, section 8.1). Newton's method, one step a round, from zero; converged when the deviance changes by
    less than 1e-10 of itself. Rows that lack a value are left out. Errors, statistics and intervals are those
    of R's `multinom` and of statsmodels' `MNLogit`; each term is tested over all levels at once (Wald), and
    the whole model against intercepts alone (likelihood ratio).

    What leaves a site in each round are the score, the information and the deviance. They are judged as those
    of a model in which every level is an outcome: the reference too. Where persons may have several rows,
    `unit = "person"` says that each has one in the cohort; a site where somebody has two refuses.
    """

    example: ClassVar[str] = 'formula = "smoking ~ age + sex"\nreference = "never"'
    modes: ClassVar[tuple[Mode, ...]] = ("disclosure-control",)
    state: ClassVar[type[Document]] = Fit

    formula: Annotated[
        str,
        Field(min_length=3, max_length=2000, description='such as "smoking ~ age * sex + ns(bmi, 25, 30)"'),
    ]
    reference: Annotated[
        Level | None, Field(description="the level that others are compared with; by default the first")
    ] = None
    unit: OneRow = None
    design: Annotated[Design | None, Field(description="the columns that the formula means; filled in")] = (
        None
    )

    def resolved(self, dictionary: Dictionary, where: str) -> Self:
        """With the design that the formula means under a dictionary."""
        check_unit(self.unit, dictionary)
        found = choosing(self.formula, dictionary, where, self.reference)
        if not has_intercept(found):
            raise fault("Q-FORMULA", reason="a model of several levels has intercepts", where=where)
        persons = "once" if self.unit else None
        return self.model_copy(update={"design": found.model_copy(update={"persons": persons})})

    def local_at(self, rows: Rows, state: Fit | None) -> Sealed[Score]:
        """One step at the coefficients of a round; of the first, at zero."""
        return rows.score(self._design, "multinomial", state.beta if state else None)

    def step(self, state: Fit | None, total: Score) -> Fit:
        """The next coefficients, or why there are none."""
        moved = Newton(self._design, "multinomial", self.most_rounds).step(state, total)
        if state is not None or moved.words == "no rows":
            return moved
        return moved.model_copy(update={"null": null_deviance(self._design, total)})

    def loss(self, state: Fit) -> float | None:
        """The deviance."""
        return state.deviance

    def finished(self, state: Fit) -> bool:
        """Whether it converged, or never will."""
        return state.words != "running"

    @property
    def effect_columns(self) -> tuple[str, ...]:
        """A coefficient is of a level and a term."""
        return ("level", "term")

    def effects_at(self, state: Fit, part: Score) -> Iterator[Effect]:
        """The coefficients of a site alone: a step from the common ones on its own sums."""
        if state.words == "converged" and known(part):
            yield from alone(self._design, part, state.beta)

    def answer_at(self, state: Fit, total: Score) -> Answer:
        """Coefficients by level and term, tests of terms, and the fit as a whole; words instead of none."""
        told: dict[str, Cell] = {"n": total.cells["n"][0], "iterations": state.iterations}
        told |= {word: int(state.words == word) for word in ("converged", "collinear", "separated")}
        scalars, (coefficients, tests) = told | dict.fromkeys(WHOLE), lacking(self._design)
        if state.words == "converged" and number(total.cells["n"][0]) > total.terms:
            fit = Levelled(self._design, total, state.beta)
            scalars |= fit.whole(number(state.deviance), number(state.null))
            coefficients, tests = fit.coefficients(), fit.tests()
        return Answer(
            scalars=scalars,
            tables={
                "coefficients": Table(columns=LEVELLED, keys=2, rows=coefficients),
                "tests": Table(columns=TESTS, keys=1, rows=tests),
            },
        )
