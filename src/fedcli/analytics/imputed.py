"""Models of rows that lack values, which each site fills in several times: multiple imputation."""

from __future__ import annotations

import math
from collections.abc import Iterator
from statistics import fmean
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import AfterValidator, Field

from fedcli.analytics._contract import Iterative, once
from fedcli.analytics._designed import Designed, OneRow, check_unit
from fedcli.analytics._newton import Fit, Newton
from fedcli.analytics._outcomes import suited
from fedcli.analytics._terms import Contrasts, Terms
from fedcli.errors import fault
from fedcli.language.contrasts import contrast
from fedcli.language.design import design
from fedcli.model.cells import Cell
from fedcli.model.dataset import Dictionary
from fedcli.model.document import Document
from fedcli.model.identifiers import ColumnName
from fedcli.model.policy import Mode
from fedcli.model.result import Answer, Table
from fedcli.model.terms import MAX_IMPUTED, Design, Imputed
from fedcli.statistics.apart import estimates
from fedcli.statistics.bundle import Bundle
from fedcli.statistics.fitted import Fitted, known, number
from fedcli.statistics.rows import Rows
from fedcli.statistics.rubin import POOLED, TESTED, Pooled, Scalar, scalar
from fedcli.statistics.score import Score, Shared
from fedcli.statistics.seal import Sealed, bundled
from fedcli.statistics.synthesis import Effect
from fedcli.statistics.wald import terms

Family = Literal["gaussian", "binomial", "poisson"]


class Fits(Document):
    """Where the fits of all data sets stand."""

    fits: tuple[Fit, ...]


class ImputedModel(Designed, Iterative[Bundle, Fits], name="imputed", version=1):
    """A gaussian, binomial or poisson model of rows that lack values: multiple imputation.

    Each site fills in the columns that `impute` names, as often as `imputations` says, by chained equations
    over its own rows (van Buuren and Groothuis-Oudshoorn 2011): every such column is modelled by all other
    columns of the formula, outcome and all, and its values are drawn, a number by Bayesian linear regression
    within its bounds, a level by logistic regression; `cycles` times in turn. No value leaves the site. The
    model is fitted to each of the completed data sets over the rows of all sites, as `glm` fits it, and the
    estimates are pooled by Rubin's rules (1987), with the degrees of freedom of Barnard and Rubin (1999).

    Rows without an outcome, or without a column that is not named, are left out; so are, at a site where a
    column has no more values than its model has columns, the rows that lack it. Values that are drawn stand
    for nobody: the rules count those who lack nothing, and everybody. Asked again, a site draws the same.

    `riv` is by how much the variance of an estimate grew for what is missing, `fmi` the fraction of missing
    information. Terms are tested over all data sets at once (Li, Raghunathan and Rubin 1991). It holds where
    what is missing depends on what is known of a row, and the columns' models are right; interactions and
    curves are of the values that were drawn. Where persons may have several rows, `unit = "person"` says that
    each has one in the cohort; a site where somebody has two refuses.
    """

    example: ClassVar[str] = 'family = "binomial"\nformula = "diabetes ~ age + sex + bmi"\nimpute = ["bmi"]'
    modes: ClassVar[tuple[Mode, ...]] = ("disclosure-control",)
    stratified: ClassVar[bool] = True
    state: ClassVar[type[Document]] = Fits

    family: Annotated[Family, Field(description="gaussian, binomial or poisson")]
    formula: Annotated[
        str, Field(min_length=3, max_length=2000, description='such as "diabetes ~ age * sex + bmi"')
    ]
    impute: Annotated[
        tuple[ColumnName, ...],
        AfterValidator(once),
        Field(
            min_length=1, max_length=MAX_IMPUTED, description="explaining columns to fill in, in their order"
        ),
    ]
    imputations: Annotated[
        int, Field(ge=2, le=50, description="how many data sets are made; by default ten")
    ] = 10
    cycles: Annotated[
        int, Field(ge=1, le=50, description="how often the columns are gone through; by default ten times")
    ] = 10
    offset: Annotated[
        str | None, Field(max_length=200, description='counts: added to the predictor, "log(years)"')
    ] = None
    unit: OneRow = None
    contrasts: Contrasts = None
    design: Annotated[Design | None, Field(description="the columns that the formula means; filled in")] = (
        None
    )

    def resolved(self, dictionary: Dictionary, where: str) -> Self:
        """With the design that the formula means under a dictionary."""
        check_unit(self.unit, dictionary)
        found = suited(self.family, design(self.formula, dictionary, where, self.offset), dictionary, where)
        Terms(found, self.contrasts).check(where)
        for reason in self._amiss(found):
            raise fault("Q-MODEL", reason=reason, where=where)
        persons = "once" if self.unit else None
        return self.model_copy(update={"design": found.model_copy(update={"persons": persons})})

    def _amiss(self, found: Design) -> Iterator[str]:
        """What does not go together, in words."""
        if self.offset is not None and self.family != "poisson":
            yield "an offset is for poisson"
        explaining = [factor for term in found.terms for factor in term.factors]
        uses = {name: {one.level is None for one in explaining if one.column == name} for name in self.impute}
        taken = {factor.column for factor in found.outcome.factors}
        taken |= {found.offset.column} if found.offset else set()
        for name, used in uses.items():
            if not used or name in taken:
                yield f"{name} is no explaining column of the formula, so that it is not filled in"
            if len(used) > 1:
                yield f"{name} is filled in as a number or by its levels, and not as both"

    @property
    def _designs(self) -> dict[str, Design]:
        """That of each data set, under its name."""
        return {
            f"set_{which:02}": self._design.model_copy(
                update={"imputed": Imputed(columns=self.impute, cycles=self.cycles, which=which)}
            )
            for which in range(1, self.imputations + 1)
        }

    def local_at(self, rows: Rows, state: Fits | None) -> Sealed[Bundle]:
        """One step of each data set, at its own coefficients."""
        at = [one.beta for one in state.fits] if state else [None] * self.imputations
        asked = zip(self._designs.items(), at, strict=True)
        return bundled({name: rows.score(of, self.family, beta, Shared()) for (name, of), beta in asked})

    def step(self, state: Fits | None, total: Bundle) -> Fits:
        """The next coefficients of each data set whose fit has not ended."""
        before = state.fits if state else (None,) * self.imputations
        newton = Newton(self._design, self.family, self.most_rounds)
        moved = zip(before, _scores(total), strict=True)
        return Fits(
            fits=tuple(
                one if one and one.words != "running" else newton.step(one, part) for one, part in moved
            )
        )

    def finished(self, state: Fits) -> bool:
        """Whether all fits have ended."""
        return all(one.words != "running" for one in state.fits)

    @property
    def effect_columns(self) -> tuple[str, ...]:
        """A coefficient is of a term."""
        return ("term",)

    def effects_at(self, state: Fits, part: Bundle) -> Iterator[Effect]:
        """The coefficients of a site alone, pooled over its data sets."""
        scores = _scores(part)
        if any(one.words != "converged" for one in state.fits) or not all(map(known, scores)):
            return
        told = [
            [*estimates(self._design, self.family, score, fit.beta)]
            for score, fit in zip(scores, state.fits, strict=True)
        ]
        for same in zip(*told, strict=False) if all(told) else ():
            yield _pooled(same)

    def answer_at(self, state: Fits, total: Bundle) -> Answer:
        """Pooled coefficients, their tests, and how much was missing; without a fit, words."""
        scores = _scores(total)
        scalars: dict[str, Cell] = {
            "n": scores[0].cells["n"][0],
            "imputations": self.imputations,
            "iterations": max(one.iterations for one in state.fits),
            "converged": int(all(one.words == "converged" for one in state.fits)),
        }
        scalars |= {
            word: int(any(one.words == word for one in state.fits)) for word in ("collinear", "separated")
        }
        told = scalars["converged"] and all(number(one.cells["n"][0]) > one.terms for one in scores)
        fits = [*map(self._fitted, scores, state.fits)] if told else []
        if self.family == "gaussian":
            left = [one.deviance / (one.n - one.parameters) for one in fits]
            scalars["sigma"] = math.sqrt(fmean(left)) if left else None
        return Answer(scalars=scalars, tables=self._tables(self._pool(fits)))

    def _fitted(self, score: Score, fit: Fit) -> Fitted:
        return Fitted(self._design, self.family, score, fit.beta, number(fit.deviance))

    def _pool(self, fits: list[Fitted]) -> Pooled | None:
        if not fits:
            return None
        return Pooled([one.estimates() for one in fits], fits[0].n - fits[0].parameters)

    def _tables(self, found: Pooled | None) -> dict[str, Table]:
        names = [term.name for term in self._design.terms]
        asked = {one: contrast(one, names, "the query") for one in self.contrasts or ()}
        groups = terms(self._design)
        told: dict[str, tuple[tuple[str, ...], list[tuple[Any, ...]]]] = {
            "coefficients": (POOLED, _lines(names, found and found.coefficients())),
            "tests": (TESTED, [(name, *_tested(at, found)) for name, at in groups.items()]),
            "contrasts": (
                ("contrast", *POOLED[1:]),
                _lines([*asked], found and [*map(found.combined, asked.values())]),
            ),
        }
        return {
            name: Table(columns=columns, keys=1, rows=tuple(rows))
            for name, (columns, rows) in told.items()
            if rows
        }


def _scores(total: Bundle) -> list[Score]:
    """Of each data set."""
    found = [total.parts[name] for name in sorted(total.parts)]
    return [one for one in found if isinstance(one, Score)]


def _lines(names: list[str], found: list[Scalar] | None) -> list[tuple[Any, ...]]:
    if not found:
        return [(name, *(None,) * (len(POOLED) - 1)) for name in names]
    return [(name, *one.line()) for name, one in zip(names, found, strict=True)]


def _tested(places: list[int], found: Pooled | None) -> tuple[Cell, ...]:
    return (len(places), None, None, None) if found is None else found.tested(places)


def _pooled(same: tuple[Effect, ...]) -> Effect:
    """One estimate of several data sets."""
    found = scalar([one.estimate for one in same], [one.variance for one in same])
    return Effect(same[0].of, found.value, found.total)
