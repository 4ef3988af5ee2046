"""Linear models that a penalty keeps small: ridge, lasso and elastic net."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, ClassVar, Self

from pydantic import Field

from fedcli.analytics._contract import Analytic
from fedcli.analytics._designed import Designed
from fedcli.analytics._predicting import coefficients, linear
from fedcli.errors import fault
from fedcli.language.design import design
from fedcli.model.cells import Cell
from fedcli.model.dataset import Dictionary, Level
from fedcli.model.policy import Mode
from fedcli.model.result import Answer, Table
from fedcli.model.terms import Design
from fedcli.model.trained import Linear, Penalty
from fedcli.statistics.fitted import number
from fedcli.statistics.reach import has_intercept
from fedcli.statistics.rows import Rows
from fedcli.statistics.score import Score
from fedcli.statistics.seal import Sealed
from fedcli.statistics.shrunken import Shrunk, centred, path

_LOWEST, _HIGHEST = 1e-12, 1e12


class Penalised(Designed, Analytic[Score], name="penalised", version=1):
    """A linear model with a penalty on its coefficients, at each of some penalties.

    What is made small is RSS / 2n + penalty (mixture |b| + (1 - mixture) b^2 / 2): a `mixture` of 1 is the
    lasso, of 0 ridge regression, between them the elastic net (Friedman, Hastie and Tibshirani 2010; R's
    glmnet, scikit-learn's ElasticNet). The intercept is not penalised. What leaves a site are the sums of a
    linear model, once, which are judged as those of a model; the whole path is computed of their total. With
    `standardise` coefficients are penalised in units of the columns' standard deviations over all sites, and
    told in the columns' own. There are no standard errors, and so no tests: estimates are shrunken. A person
    with several rows counts with each.
    """

    example: ClassVar[str] = 'formula = "sbp ~ age + bmi + sex"\npenalties = [0.1, 1, 10]\nmixture = 1'
    modes: ClassVar[tuple[Mode, ...]] = ("disclosure-control",)

    formula: Annotated[
        str, Field(min_length=3, max_length=2000, description='such as "sbp ~ age * sex + ns(bmi, 25, 30)"')
    ]
    penalties: Annotated[
        tuple[Annotated[float, Field(ge=_LOWEST, le=_HIGHEST)], ...],
        Field(min_length=1, max_length=50, description="how strong the penalty is, each above zero"),
    ]
    mixture: Annotated[float, Field(ge=0, le=1, description="1 for the lasso, 0 for ridge")] = 1.0
    standardise: Annotated[bool, Field(description="penalise in units of standard deviations")] = True
    design: Annotated[Design | None, Field(description="the columns that the formula means; filled in")] = (
        None
    )

    def resolved(self, dictionary: Dictionary, where: str) -> Self:
        """With the design that the formula means under a dictionary."""
        found = design(self.formula, dictionary, where)
        if not has_intercept(found):
            raise fault("Q-FORMULA", reason="a model with a penalty has an intercept", where=where)
        [factor] = found.outcome.factors
        if factor.level is not None:
            raise fault("Q-OUTCOME", column=factor.column, where=where)
        persons = "clustered" if dictionary.repeats else None
        return self.model_copy(update={"design": found.model_copy(update={"persons": persons})})

    def local(self, rows: Rows) -> Sealed[Score]:
        """The sums of squares and products of all columns."""
        return rows.score(self._design, "gaussian")

    def answer(self, total: Score) -> Answer:
        """The coefficients at each penalty, how many are not zero, and what they explain."""
        columns = ("penalty", "term", "estimate"), ("penalty", "nonzero", "r_squared")
        fits = self._fits(total)
        return Answer(
            scalars={"n": total.cells["n"][0]},
            tables={
                "coefficients": Table(columns=columns[0], keys=2, rows=tuple(self._rows(fits))),
                "fits": Table(columns=columns[1], keys=1, rows=tuple(_wholes(self.penalties, fits))),
            },
        )

    def predictors(self, answer: Answer, dictionary: Dictionary) -> Iterator[Linear]:
        """A model for each penalty."""
        for one in self.penalties:
            told = coefficients(answer.tables["coefficients"], (one,))
            penalty = Penalty(penalty=one, mixture=self.mixture, standardise=self.standardise)
            yield from linear(self, dictionary, ("gaussian", "identity"), told, penalty)

    def _fits(self, total: Score) -> list[Shrunk | None]:
        if number(total.cells["n"][0]) <= total.terms:
            return [None] * len(self.penalties)
        about = centred(self._design, total)
        return list(path(about, self.penalties, self.mixture, self.standardise))

    def _rows(self, fits: list[Shrunk | None]) -> Iterator[tuple[Cell | Level, ...]]:
        names = [term.name for term in self._design.terms]
        for penalty, fit in zip(self.penalties, fits, strict=True):
            told = (None,) * len(names) if fit is None else (fit.intercept, *fit.coefficients)
            yield from ((penalty, name, one) for name, one in zip(names, told, strict=True))


def _wholes(penalties: tuple[float, ...], fits: list[Shrunk | None]) -> Iterator[tuple[Cell | Level, ...]]:
    for penalty, fit in zip(penalties, fits, strict=True):
        yield (penalty, None, None) if fit is None else (penalty, fit.terms, fit.r_squared)
