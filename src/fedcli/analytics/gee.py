"""Generalised estimating equations: models of persons with several rows, which go together."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import Field

from fedcli.analytics._contract import Iterative
from fedcli.analytics._designed import Designed
from fedcli.analytics._outcomes import suited
from fedcli.analytics._terms import Contrasts, Terms
from fedcli.errors import fault
from fedcli.language.design import design
from fedcli.model.cells import Cell
from fedcli.model.dataset import Dictionary
from fedcli.model.document import Document
from fedcli.model.policy import Mode
from fedcli.model.result import Answer
from fedcli.model.terms import Correlation, Design
from fedcli.statistics.apart import estimates
from fedcli.statistics.fitted import Fitted, known, matrix, number
from fedcli.statistics.rows import Rows
from fedcli.statistics.score import Score, Shared
from fedcli.statistics.seal import Sealed
from fedcli.statistics.synthesis import Effect

_LARGEST_CONDITION = 1e12
_SEPARATED = 30.0  # on the scale of the bounds: nobody's odds are e^30
_STILL = 1e-9
#: The largest correlation that equations are weighed by: at one they would be of differences alone.
_MOST = 0.99

Words = Literal["running", "converged", "collinear", "separated", "not converged", "no rows"]


class Fit(Document):
    """Where a fit stands: coefficients of the scaled columns, the correlation, and how it goes.

    `before` are the coefficients and the correlation of the round before, `moved` by how much it would have
    moved each.
    """

    beta: tuple[float, ...]
    alpha: float = 0.0
    before: tuple[float, ...] = ()
    moved: tuple[float, ...] = ()
    iterations: int = 0
    words: Words = "running"


class Gee(Designed, Iterative[Score, Fit], name="gee", version=1):
    """A model of persons with several rows, by generalised estimating equations (Liang and Zeger 1986).

    `exchangeable`: every two rows of a person go together by one correlation, which is estimated too;
    `independence`: rows count as they are. Families are gaussian, binomial and poisson with canonical links.
    Steps are those of Fisher's scoring, one a round, from the first of R's `glm`; the correlation and the
    dispersion are those of Pearson's residuals at the coefficients of the round, with degrees of freedom for
    the columns taken off; each step is mixed with the one before (Anderson 1965), which saves rounds.
    Converged when neither a coefficient of a scaled column nor the correlation moves by more than 1e-9. Rows
    that lack a value are left out. Errors are by person (the sandwich), without a factor for few persons,
    and hold whether or not the correlation is the right one; coefficients, errors, normal statistics and
    intervals are those of R's `gee` and of statsmodels' `GEE`. A correlation below zero is told, and counts
    as none; one above 0.99 counts as that.

    Coefficients are of the mean over persons, not of one person. Persons are clusters within their sites:
    somebody at two sites counts as two. What leaves a site in each round are the sums of a clustered `glm`,
    of squared residuals, and of the products of every two rows' residuals. The gate counts persons: those who
    have several rows, and those who have one, apart.
    """

    example: ClassVar[str] = 'family = "gaussian"\nformula = "sbp ~ age + sex"\ncorrelation = "exchangeable"'
    modes: ClassVar[tuple[Mode, ...]] = ("disclosure-control",)
    state: ClassVar[type[Document]] = Fit

    family: Annotated[
        Literal["gaussian", "binomial", "poisson"], Field(description="gaussian, binomial or poisson")
    ]
    formula: Annotated[
        str,
        Field(min_length=3, max_length=2000, description='such as "diabetes ~ age * sex + ns(bmi, 25, 30)"'),
    ]
    correlation: Annotated[
        Correlation, Field(description="how rows of a person go together: exchangeable, or independence")
    ]
    offset: Annotated[
        str | None, Field(max_length=200, description='poisson: added to the predictor, "log(years)"')
    ] = None
    contrasts: Contrasts = None
    design: Annotated[Design | None, Field(description="the columns that the formula means; filled in")] = (
        None
    )

    def resolved(self, dictionary: Dictionary, where: str) -> Self:
        """With the design that the formula means under a dictionary."""
        if not dictionary.repeats:
            raise fault("Q-ONE-ROW", dataset=dictionary.dataset)
        if self.offset is not None and self.family != "poisson":
            raise fault("Q-MODEL", reason="an offset is for poisson", where=where)
        found = design(self.formula, dictionary, where, self.offset)
        found = suited(self.family, found, dictionary, where)
        Terms(found, self.contrasts).check(where)
        more: dict[str, Any] = {"persons": "clustered", "correlation": self.correlation}
        return self.model_copy(update={"design": found.model_copy(update=more)})

    def local_at(self, rows: Rows, state: Fit | None) -> Sealed[Score]:
        """One step at the coefficients and the correlation of a round."""
        if state is None:
            return rows.score(self._design, self.family)
        return rows.score(self._design, self.family, state.beta, Shared(alpha=state.alpha))

    def step(self, state: Fit | None, total: Score) -> Fit:
        """The next coefficients and correlation, or why there are none."""
        import numpy as np

        at = state or Fit(beta=(0.0,) * total.terms)
        told = at.model_copy(update={"iterations": at.iterations + 1})
        if not known(total) or total.cells["n"][0] == 0:
            return told.model_copy(update={"words": "no rows"})
        gram = matrix(total, "gram")
        if not np.linalg.cond(gram) <= _LARGEST_CONDITION:
            return told.model_copy(update={"words": "collinear"})
        delta = np.linalg.solve(gram, np.array(total.cells["score"], float))
        alpha = min(max(_correlation(total), 0.0), _MOST) if state else 0.0
        within = _within(total)
        moved = (*map(float, delta), alpha - at.alpha)
        if state is not None and max(map(abs, moved)) <= within * (1 + max(map(abs, at.beta))):
            return told.model_copy(update={"words": "converged"})
        return self._ended(told.model_copy(update=_moved(at, moved) if state else {"beta": moved[:-1]}))

    def _ended(self, moved: Fit) -> Fit:
        """Where it goes on, or that it does not."""
        if self.family != "gaussian" and max(map(abs, moved.beta)) > _SEPARATED:
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
            yield from estimates(self._design, self.family, part, state.beta)

    def answer_at(self, state: Fit, total: Score) -> Answer:
        """Coefficients with errors by person, the correlation and the dispersion; words instead of none."""
        counts = {name: int(number(total.cells[name][0])) for name in ("n", "persons")}
        scalars: dict[str, Cell] = {**counts, "iterations": state.iterations}
        scalars |= {word: int(state.words == word) for word in ("converged", "collinear", "separated")}
        scalars |= dict.fromkeys(("correlation", "dispersion"))
        tables = Terms(self._design, self.contrasts)
        if state.words != "converged" or min(counts.values()) <= total.terms:
            return Answer(scalars=scalars, tables=tables.lacking())
        fit = Fitted(self._design, self.family, total, state.beta, 0.0)
        scale = fit.unit**2 if self.family == "gaussian" else 1.0
        scalars |= {"correlation": _correlation(total), "dispersion": _dispersion(total) * scale}
        return Answer(scalars=scalars, tables=tables.of(fit))


def _moved(at: Fit, moved: tuple[float, ...]) -> dict[str, Any]:
    """The next coefficients and correlation, from how the last two rounds moved them.

    A mix of both rounds that, were everything linear, would move least (Anderson 1965, with one before):
    each of the two is fitted as if the other were known, and would alone creep towards where both suit.
    """
    import numpy as np

    place, step = np.array([*at.beta, at.alpha]), np.array(moved)
    new = place + step
    if at.moved:
        changed = step - np.array(at.moved)
        square = float(changed @ changed)
        share = float(step @ changed) / square if square > 0 else 0.0
        new = new - share * (place - np.array(at.before) + changed)
    return {
        "beta": tuple(map(float, new[:-1])),
        "alpha": min(max(float(new[-1]), 0.0), _MOST),
        "before": tuple(map(float, place)),
        "moved": moved,
    }


def _dispersion(total: Score) -> float:
    """The mean square of Pearson's residuals, over rows less columns; of a perfect fit, zero."""
    return number(total.cells["pearson"][0]) / max(1.0, number(total.cells["n"][0]) - total.terms)


def _correlation(total: Score) -> float:
    """The mean product of two residuals of a person, over pairs less columns and the dispersion."""
    if "pairs" not in total.cells:
        return 0.0
    many, products = map(number, total.cells["pairs"])
    spread = _dispersion(total) * (many - total.terms)
    return products / spread if spread > 0 else 0.0


def _within(total: Score) -> float:
    """By how much anything may still move; where sums are rounded, as they are."""
    digits = min(total.digits.values(), default=None)
    return _STILL if digits is None else max(_STILL, 10.0 ** (2 - digits))
