"""Generalised linear models, fitted over rounds as if the rows lay together."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import Field

from fedcli.analytics._contract import Categories, Iterative
from fedcli.analytics._designed import Designed, check_unit
from fedcli.analytics._newton import Fit, Newton
from fedcli.analytics._outcomes import suited
from fedcli.analytics._predicting import coefficients, converged, linear
from fedcli.analytics._terms import Contrasts, Terms
from fedcli.errors import fault
from fedcli.language.design import design, weighing
from fedcli.language.grid import means
from fedcli.model.cells import Cell
from fedcli.model.dataset import Dictionary, Unit
from fedcli.model.document import Document
from fedcli.model.identifiers import ColumnName
from fedcli.model.policy import Mode
from fedcli.model.result import Answer, Table
from fedcli.model.terms import Design, Mean, Persons, Robust
from fedcli.model.trained import Linear, LinkName
from fedcli.statistics.apart import estimates
from fedcli.statistics.blurred import BlurredFit
from fedcli.statistics.families import COUNTS, FamilyName, ModelName
from fedcli.statistics.fitted import (
    COLUMNS,
    DISPERSION,
    FIRTH,
    GAUSSIAN,
    NEGATIVE_BINOMIAL,
    WHOLE,
    Fitted,
    known,
    lacking,
    number,
)
from fedcli.statistics.marginal import MEANS, PAIRS, marginal, pairs, unmeant
from fedcli.statistics.models import Blurred
from fedcli.statistics.reach import has_intercept
from fedcli.statistics.rows import Rows
from fedcli.statistics.score import Score, Shared
from fedcli.statistics.seal import Sealed
from fedcli.statistics.synthesis import Effect

Link = Literal["logit", "probit", "cloglog", "log", "inverse"]
_LINKS: dict[FamilyName, tuple[Link, ...]] = {
    "binomial": ("logit", "probit", "cloglog"),
    "gamma": ("log", "inverse"),
}
_BESIDES: dict[FamilyName, tuple[str, ...]] = {
    "gaussian": GAUSSIAN,
    "gamma": DISPERSION,
    "negative-binomial": NEGATIVE_BINOMIAL,
}
_CANONICAL: dict[FamilyName, LinkName] = {"gaussian": "identity", "binomial": "logit"}
#: Every two of a column are compared.
_MOST_MEANS = 100
_PERSONS: dict[Unit, Persons] = {"person": "once", "row": "clustered"}


class Glm(Designed, Iterative[Score, Fit], name="glm", version=1):
    """A generalised linear model: gaussian, binomial, poisson, gamma or negative-binomial.

    Links are canonical, or of a binomial probit and cloglog; of gamma the logarithm, or the canonical
    inverse. The theta of a negative binomial (variance mu + mu^2 / theta) is estimated too, by Newton's
    method on its logarithm, one step a round. Differential privacy knows gaussian, binomial and poisson with
    their canonical links.

    Iteratively reweighted least squares (McCullagh and Nelder 1989, section 2.5), one step a round, with
    R's starting values; converged when the deviance changes by less than 1e-10 of itself, and beside a link
    that is not canonical no coefficient of a scaled column by more than 1e-9. Rows that lack
    a value, or whose weight is zero, are left out. Standard errors, statistics and intervals are those of
    R's `summary.glm`; or with `errors` those of White (HC0) and their corrections (HC1 to HC3), which hold
    where the variance is not that of the family. `bias = "firth"` (Firth 1993) is for binomial models of few
    events, or with a column that tells the outcome: it has a finite estimate for each.

    With `intercepts = "site"` every site has an intercept of its own, as with a column for each of them; it
    is found at the site, and not told.

    With `start = "sites"` the first step is the mean of the sites' own estimates by their information; a site
    that has none tells its ordinary first step. That saves rounds where an outcome is rare.

    Each term of the formula is tested (Wald), and `contrasts` names sums of coefficients to tell. `means`
    names columns with levels, whose marginal means are told, and their differences in pairs (Holm): other
    columns with levels are balanced, numbers held amid their bounds or where `holding` says; there is no
    offset.

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

    family: Annotated[
        FamilyName, Field(description="gaussian, binomial, poisson, gamma or negative-binomial")
    ]
    link: Annotated[
        Link | None,
        Field(
            description="binomial: logit (by default), probit or cloglog; gamma: log (by default) or inverse"
        ),
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
        str | None, Field(max_length=200, description='counts: added to the predictor, "log(years)"')
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
    errors: Annotated[
        Robust | None, Field(description="errors from the residuals of rows: HC0, HC1, HC2 or HC3")
    ] = None
    intercepts: Annotated[
        Literal["site"] | None, Field(description='"site" for an intercept of each site\'s own')
    ] = None
    start: Annotated[
        Literal["sites"] | None, Field(description='"sites" to begin at their own estimates: fewer rounds')
    ] = None
    bias: Annotated[
        Literal["firth"] | None, Field(description='binomial, logit: "firth" for estimates of less bias')
    ] = None
    contrasts: Contrasts = None
    means: Annotated[
        Categories | None, Field(description="columns with levels, of which to tell marginal means")
    ] = None
    holding: Annotated[
        dict[ColumnName, float] | None,
        Field(max_length=50, description="where numbers are held for means; by default amid their bounds"),
    ] = None
    grid: Annotated[
        tuple[Mean, ...] | None,
        Field(max_length=_MOST_MEANS, description="what the means are over; filled in"),
    ] = None
    design: Annotated[Design | None, Field(description="the columns that the formula means; filled in")] = (
        None
    )

    def resolved(self, dictionary: Dictionary, where: str) -> Self:
        """With the design that the formula means under a dictionary."""
        check_unit(self.unit, dictionary)
        for reason in self._amiss():
            raise fault("Q-MODEL", reason=reason, where=where)
        found = design(self.formula, dictionary, where, self.offset)
        if self._model == "inverse" and not has_intercept(found):
            raise fault("Q-MODEL", reason="with the link inverse the intercept stays", where=where)
        found = suited(self.family, found, dictionary, where)
        weights = weighing(self.weights, dictionary, where) if self.weights else None
        persons: Persons | None = _PERSONS[self.unit] if self.unit else None
        if self.intercepts:
            found = self._without_intercept(found, where)
        Terms(found, self.contrasts).check(where)
        more: dict[str, object] = {
            "weights": weights,
            "persons": persons,
            "errors": self.errors,
            "bias": self.bias,
        }
        more |= {"intercepts": self.intercepts, "start": self.start}
        found = found.model_copy(update=more)
        return self.model_copy(update={"design": found, "grid": self._grid(found, dictionary, where)})

    def _grid(self, found: Design, dictionary: Dictionary, where: str) -> tuple[Mean, ...] | None:
        """What marginal means are over, where they are asked for."""
        if self.means is None:
            return None
        grid = means(self.means, self.holding or {}, found, dictionary, where)
        if len(grid) > _MOST_MEANS:
            raise fault("Q-MODEL", reason=f"there are more than {_MOST_MEANS} means", where=where)
        return grid

    def told(self) -> dict[str, Any]:
        """The parameters, but for the weights of means."""
        return super().told() | {"grid": None}

    def _without_intercept(self, found: Design, where: str) -> Design:
        """The design whose intercept is each site's own."""
        if not has_intercept(found) or len(found.terms) < 2:
            raise fault("Q-MODEL", reason="with intercepts of sites it has one, and a column", where=where)
        return found.model_copy(update={"terms": found.terms[1:]})

    def _amiss(self) -> Iterator[str]:
        """What does not go together, in words."""
        if self.offset is not None and self._model not in COUNTS:
            yield "an offset is for poisson and negative-binomial"
        if self.link is not None and self.link not in _LINKS.get(self.family, ()):
            yield f"{self.family} has no link {self.link}"
        if self.errors is not None and self.unit == "row":
            yield "errors are by person already, so that there are none by row"
        plain = self.errors is None and self.bias is None and self.unit != "row" and self._model != "inverse"
        if self.intercepts is not None and not plain:
            yield "intercepts of sites want the family's own errors, and another link than inverse"
        special = self.bias is not None or self.intercepts is not None
        if self.start is not None and (special or self._model in ("gaussian", "inverse")):
            yield "a start at the sites is for models of rounds, without firth, their intercepts, or inverse"
        if self.holding is not None and self.means is None:
            yield "numbers are held for means only"
        if self.bias is not None and (self._model != "binomial" or self.errors is not None):
            yield "firth is for binomial models with the link logit, and their own errors"

    @property
    def _model(self) -> ModelName:
        """The family with its link."""
        return self.link if self.link in ("probit", "cloglog", "inverse") else self.family

    @property
    def draws(self) -> int:
        """One for a gaussian model, whose first step is the last; else `ROUNDS`, however the fit goes."""
        return 1 if self.family == "gaussian" else self.ROUNDS

    def check_mode(self, mode: Mode) -> None:
        """Raise Q-NOISE where combinations are asked for under noise, whose covariance is not told."""
        super().check_mode(mode)
        if mode == "differential-privacy" and (self.contrasts or self.means):
            raise fault("Q-NOISE", what="a model with contrasts, or means")

    def local_at(self, rows: Rows, state: Fit | None) -> Sealed[Score]:
        """One step at the coefficients of a round."""
        if state is None and self.intercepts:
            state = Fit(beta=(0.0,) * len(self._design.terms))
        if state is None:
            return rows.score(self._design, self._model)
        return rows.score(
            self._design, self._model, state.beta, Shared(state.spread or (), state.theta or 1.0)
        )

    def step(self, state: Fit | None, total: Score) -> Fit:
        """The next coefficients, or why there are none."""
        if isinstance(total, Blurred):
            return self._blurred(state or Fit(beta=(0.0,) * total.terms), total)
        return Newton(self._design, self._model, self.most_rounds).step(state, total)

    def _blurred(self, at: Fit, total: Blurred) -> Fit:
        """A step with noise: as many as were paid for, whatever they say."""
        told = at.model_copy(update={"iterations": at.iterations + 1})
        before = at.beta if at.iterations else total.start
        fit = BlurredFit(self._design, self.family, total, before)
        moved = told.model_copy(update={"beta": fit.beta, "before": before})
        if moved.iterations < self.draws:
            return moved
        settled = self.family == "gaussian" or fit.settled
        return moved.model_copy(update={"words": "converged" if settled else "not converged"})

    @property
    def effect_columns(self) -> tuple[str, ...]:
        """A coefficient is of a term."""
        return ("term",)

    def effects_at(self, state: Fit, part: Score) -> Iterator[Effect]:
        """The coefficients of a site alone: a step from the common ones on its own sums."""
        if state.words == "converged" and known(part) and _with_errors(part):
            yield from estimates(self._design, self._model, part, state.beta)

    def loss(self, state: Fit) -> float | None:
        """The deviance."""
        return state.deviance

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
        tables = Terms(self._design, self.contrasts)
        enough = min(counts.values()) > total.terms
        if state.words in ("converged", "running") and enough and _with_errors(total):
            deviance = math.nan if state.deviance is None else state.deviance
            if self.bias or self.family == "negative-binomial":
                deviance = number(total.cells["deviance"][0])
            fit = Fitted(
                self._design, self._model, total, state.beta, deviance, state.theta or 1.0, state.null
            )
            return Answer(scalars=scalars | fit.whole(), tables=tables.of(fit) | self._means(fit))
        return Answer(scalars=scalars, tables=tables.lacking() | self._means(None))

    def predictors(self, answer: Answer, dictionary: Dictionary) -> Iterator[Linear]:
        """The fit; none with intercepts of sites, which nobody else knows."""
        link: LinkName = self.link or _CANONICAL.get(self.family, "log")
        if converged(answer):
            told = coefficients(answer.tables["coefficients"])
            yield from linear(self, dictionary, (self.family, link), told)

    def _means(self, fit: Fitted | None) -> dict[str, Table]:
        """Marginal means, and their differences in pairs."""
        if self.grid is None:
            return {}
        rows = unmeant(self.grid)
        if fit is not None:
            found = fit.estimates()
            rows = marginal(self.grid, self._model, found), pairs(self.grid, found)
        return {
            "means": Table(columns=MEANS, keys=2, rows=rows[0]),
            "pairs": Table(columns=PAIRS, keys=3, rows=rows[1]),
        }

    def _course(self, state: Fit) -> dict[str, Cell]:
        """How the fit went, and a place for everything that is told of it."""
        told: dict[str, Cell] = {"iterations": state.iterations}
        told |= {word: int(state.words == word) for word in ("converged", "collinear", "separated")}
        return told | dict.fromkeys((*WHOLE, *_BESIDES.get(self.family, ()), *(FIRTH if self.bias else ())))

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
    return all(None not in total.cells.get(name, ()) for name in ("meat", "pearson", "theta"))
