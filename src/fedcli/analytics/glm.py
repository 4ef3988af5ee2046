"""Generalised linear models, fitted over rounds as if the rows lay together."""

from __future__ import annotations

import math
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import Field

from fedcli.analytics._contract import Iterative
from fedcli.errors import fault
from fedcli.language.design import INTERCEPT, design
from fedcli.model.cells import Cell
from fedcli.model.dataset import Column, Dictionary
from fedcli.model.document import Document
from fedcli.model.identifiers import ColumnName
from fedcli.model.result import Answer, Table
from fedcli.model.terms import Design, Factor, Term
from fedcli.statistics.families import FamilyName
from fedcli.statistics.rows import Rows
from fedcli.statistics.score import Score, pairs
from fedcli.statistics.seal import Sealed

TOLERANCE = 1e-10
_LARGEST_CONDITION = 1e12
_SEPARATED = 30.0  # on the scale of the bounds: nobody's odds are e^30
_COLUMNS = ("term", "estimate", "std_error", "statistic", "p_value", "conf_low", "conf_high")

Words = Literal["running", "converged", "collinear", "separated", "not converged", "no rows"]


class Fit(Document):
    """Where a fit stands: coefficients of the scaled columns, the deviance there, and how it goes."""

    beta: tuple[float, ...]
    before: tuple[float, ...] = ()
    deviance: float | None = None
    iterations: int = 0
    words: Words = "running"


class Glm(Iterative[Score, Fit], name="glm", version=1):
    """A generalised linear model with its canonical link: gaussian, binomial or poisson.

    Iteratively reweighted least squares (McCullagh and Nelder 1989, section 2.5), one step a round, with
    R's starting values; converged when the deviance changes by less than 1e-10 of itself. Rows that lack
    a value are left out. Standard errors, statistics and intervals are those of R's `summary.glm`.
    """

    example: ClassVar[str] = 'family = "binomial"\nformula = "diabetes ~ age + sex + bmi"'
    state: ClassVar[type[Document]] = Fit

    family: Annotated[FamilyName, Field(description="gaussian, binomial or poisson")]
    formula: Annotated[
        str, Field(min_length=3, max_length=2000, description='such as "diabetes ~ age * sex + log(bmi)"')
    ]
    offset: Annotated[
        str | None, Field(max_length=200, description='poisson: added to the predictor, "log(years)"')
    ] = None
    design: Annotated[Design | None, Field(description="the columns that the formula means; filled in")] = (
        None
    )

    def resolved(self, dictionary: Dictionary, where: str) -> Self:
        """With the design that the formula means under a dictionary."""
        if dictionary.repeats:
            raise fault("Q-PERSONS", dataset=dictionary.dataset)
        if self.offset is not None and self.family != "poisson":
            raise fault("Q-FORMULA", reason="an offset is for poisson", where=where)
        found = design(self.formula, dictionary, where, self.offset)
        self._check_outcome(found, dictionary, where)
        if self.family != "gaussian":
            found = found.model_copy(update={"outcome": self._as_it_is(found.outcome)})
        return self.model_copy(update={"design": found})

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

    def check(self, dictionary: Dictionary) -> None:
        """Raise unless the design is the one that formula and dictionary give."""
        if self.design is None or self.resolved(dictionary, "the query").design != self.design:
            raise fault("Q-DESIGN")

    def told(self) -> dict[str, Any]:
        """Family and formula, and the columns that it means by name."""
        value: dict[str, Any] = self.json_value()
        return value | {"design": [term.name for term in self._design.terms]}

    def reads(self) -> frozenset[ColumnName]:
        """The columns of the design."""
        return self._design.columns

    @property
    def _design(self) -> Design:
        if self.design is None:
            raise fault("Q-DESIGN")
        return self.design

    def local_at(self, rows: Rows, state: Fit | None) -> Sealed[Score]:
        """One step at the coefficients of a round."""
        return rows.score(self._design, self.family, None if state is None else state.beta)

    def step(self, state: Fit | None, total: Score) -> Fit:
        """The next coefficients, or why there are none."""
        at = state or Fit(beta=(0.0,) * total.terms)
        told = at.model_copy(update={"iterations": at.iterations + 1})
        if not _numbers(total) or total.cells["n"][0] == 0:
            return told.model_copy(update={"words": "no rows"})
        deviance = _number(total.cells["deviance"][0]) if state is not None else None
        if deviance is not None and at.deviance is not None:
            if abs(deviance - at.deviance) <= _tolerance(total) * (abs(deviance) + 0.1):
                return told.model_copy(update={"deviance": deviance, "words": "converged"})
            if deviance > at.deviance and at.before and at.iterations > 1:
                half = tuple((b + a) / 2 for a, b in zip(at.before, at.beta, strict=True))
                return told.model_copy(update={"beta": half})
        return self._moved(at, told, total, deviance)

    def _moved(self, at: Fit, told: Fit, total: Score, deviance: float | None) -> Fit:
        import numpy as np

        gram, score = _matrix(total), np.array(total.cells["score"], float)
        if np.linalg.cond(gram) > _LARGEST_CONDITION:
            return told.model_copy(update={"words": "collinear"})
        delta = np.linalg.solve(gram, score)
        beta = tuple(float(b) for b in np.array(at.beta) + delta)
        if deviance is None and self.family == "gaussian":
            deviance = _number(total.cells["sums"][1]) - float(score @ delta)
        moved = told.model_copy(update={"beta": beta, "before": at.beta, "deviance": deviance})
        if self.family != "gaussian" and max(map(abs, beta)) > _SEPARATED:
            return moved.model_copy(update={"words": "separated"})
        ended = moved.iterations >= self.most_rounds
        return moved.model_copy(update={"words": "not converged"}) if ended else moved

    def finished(self, state: Fit) -> bool:
        """Whether it converged, or never will."""
        return state.words != "running"

    def answer_at(self, state: Fit, total: Score) -> Answer:
        """Coefficients with their errors, and the fit as a whole; words instead, where there is no fit."""
        n = _number(total.cells["n"][0])
        scalars: dict[str, Cell] = {
            "n": int(n),
            "iterations": state.iterations,
            "converged": int(state.words == "converged"),
            "collinear": int(state.words == "collinear"),
            "separated": int(state.words == "separated"),
        }
        if state.words not in ("converged", "running") or n <= total.terms:
            rows = tuple((term.name, *(None,) * 6) for term in self._design.terms)
            return Answer(
                scalars=scalars, tables={"coefficients": Table(columns=_COLUMNS, keys=1, rows=rows)}
            )
        return self._fitted(state, total, n, scalars)

    def _fitted(self, state: Fit, total: Score, n: float, scalars: dict[str, Cell]) -> Answer:
        import numpy as np

        p = total.terms
        unit = self._design.outcome.scale
        deviance = (state.deviance if state.deviance is not None else math.nan) * unit**2
        dispersion = deviance / (n - p) if self.family == "gaussian" else 1.0
        back = _back(self._design)
        beta = back @ np.array(state.beta) * unit
        if INTERCEPT in (term.name for term in self._design.terms):
            beta[0] += self._design.outcome.centre
        inverse = np.linalg.inv(_matrix(total))
        errors = np.sqrt(dispersion * np.diag(back @ inverse @ back.T))
        degrees = n - p if self.family == "gaussian" else math.inf
        rows = tuple(
            (term.name, *_line(float(b), float(se), degrees))
            for term, b, se in zip(self._design.terms, beta, errors, strict=True)
        )
        null = self._null(total, n) * unit**2
        whole = self._whole(total, n, deviance, null)
        told: dict[str, Cell] = {
            name: value if math.isfinite(value) else None for name, value in whole.items()
        }
        table = Table(columns=_COLUMNS, keys=1, rows=rows)
        return Answer(scalars=scalars | told, tables={"coefficients": table})

    def _null(self, total: Score, n: float) -> float:
        """The deviance of the mean alone; without an intercept, of nothing (R's convention)."""
        y, own, with_offset, exposure = (_number(cell) for cell in total.cells["sums"])
        intercept = any(term.name == INTERCEPT for term in self._design.terms)
        if self.family == "gaussian":
            centre = self._design.outcome.centre / self._design.outcome.scale
            return own - y * y / n if intercept else own + 2 * centre * y + n * centre * centre
        if self.family == "binomial":
            if not intercept:
                return 2 * n * math.log(2)
            return -2 * sum(k * math.log(k / n) for k in (y, n - y) if k > 0)
        if not intercept:
            return 2 * (own - with_offset - (y - exposure))
        rate = y / exposure
        return 2 * (own - with_offset - y * math.log(rate)) if y > 0 else 0.0

    def _whole(self, total: Score, n: float, deviance: float, null: float) -> dict[str, float]:
        """Deviances, degrees of freedom, likelihood, AIC."""
        p = total.terms
        intercept = any(term.name == INTERCEPT for term in self._design.terms)
        told = {
            "deviance": deviance,
            "null_deviance": null,
            "df_residual": n - p,
            "df_null": n - int(intercept),
        }
        if self.family == "gaussian":
            likelihood = -n / 2 * (math.log(2 * math.pi * deviance / n) + 1)
            told |= {"log_likelihood": likelihood, "aic": -2 * likelihood + 2 * (p + 1)}
            told |= {"sigma": math.sqrt(deviance / (n - p)), "r_squared": 1 - deviance / null}
        if self.family == "binomial":
            told |= {"log_likelihood": -deviance / 2, "aic": deviance + 2 * p}
        return told


def _counts(column: Column) -> bool:
    """Whether a column holds whole numbers from zero on."""
    return column.type == "integer" and column.range is not None and column.range[0] >= 0


def _line(beta: float, error: float, degrees: float) -> tuple[Cell, ...]:
    """An estimate with its error, statistic, p-value and 95 % interval; from t where it has degrees."""
    from scipy import special

    statistic = beta / error
    if math.isfinite(degrees):
        tail, quantile = special.stdtr(degrees, -abs(statistic)), special.stdtrit(degrees, 0.975)
    else:
        tail, quantile = special.ndtr(-abs(statistic)), special.ndtri(0.975)
    half = float(quantile) * error
    return beta, error, statistic, 2 * float(tail), beta - half, beta + half


def _matrix(total: Score) -> Any:
    """The information as a full matrix."""
    import numpy as np

    gram = np.zeros((total.terms, total.terms))
    for (i, j), cell in zip(pairs(total.terms), total.cells["gram"], strict=True):
        gram[i, j] = gram[j, i] = _number(cell)
    return gram


def _back(found: Design) -> Any:
    """From coefficients of scaled columns to those of the columns themselves."""
    import numpy as np

    back = np.diag([1 / term.scale for term in found.terms])
    if found.terms[0].name == INTERCEPT:
        back[0, 1:] = [-term.centre / term.scale for term in found.terms[1:]]
    return back


def _numbers(total: Score) -> bool:
    rows = (total.cells[name] for name in ("n", "gram", "score", "sums"))
    return all(isinstance(cell, int | float) for row in rows for cell in row)


def _number(cell: Cell) -> float:
    assert isinstance(cell, int | float)
    return float(cell)


def _tolerance(total: Score) -> float:
    """The rule of the deviance; where sums leave rounded, no finer than they are."""
    digits = total.digits.get("deviance")
    return TOLERANCE if digits is None else max(TOLERANCE, 10.0 ** (2 - digits))
