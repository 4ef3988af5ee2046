"""A linear model in which the sites' intercepts are a sample of many: one round, and no row is compared."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, ClassVar, Self

from pydantic import Field

from fedcli.analytics._contract import Analytic
from fedcli.analytics._designed import Designed, OneRow, check_unit
from fedcli.analytics._terms import Contrasts, Terms
from fedcli.errors import fault
from fedcli.language.design import design
from fedcli.model.cells import Cell
from fedcli.model.dataset import Dictionary
from fedcli.model.policy import Mode
from fedcli.model.result import Answer
from fedcli.model.terms import Design
from fedcli.statistics.fitted import known
from fedcli.statistics.mixed import WHOLE, Method, alone, fit, profile
from fedcli.statistics.reach import has_intercept
from fedcli.statistics.rows import Rows
from fedcli.statistics.score import BySite, Score
from fedcli.statistics.seal import Sealed
from fedcli.statistics.synthesis import Effect

#: Of fewer nobody can say how far sites differ.
FEWEST = 3


class RandomIntercept(Designed, Analytic[Score], name="random_intercept", version=1):
    """A linear mixed model with a random intercept of each site, in one round (DLMM; Luo et al. 2022).

    Sites differ by an intercept that is drawn from a normal distribution, about a common one; all other
    coefficients are common. What leaves a site are the sums of a linear model, once: those of a gaussian
    `glm` in its first round, and judged as those. They are kept site by site, and the likelihood of the rows
    together follows from them without loss: the variance between sites over that within is where the
    restricted likelihood is largest (`method = "reml"`), or the likelihood (`"ml"`). Coefficients, errors,
    variances and the likelihood are those of R's `lmer` with `(1 | site)`; statistics and intervals are of
    the normal distribution, as statsmodels' `MixedLM` has them, and too narrow where there are few sites.

    `icc` is the share of the variance between sites; `lr_p_value` tests that there is none. Of fewer than
    three sites with rows nothing is told but their number: of two nobody can say how far sites differ. Where
    persons may have several rows, `unit = "person"` says that each has one in the cohort; a site where
    somebody has two refuses. Each term is tested (Wald), and `contrasts` names sums of coefficients to tell.
    """

    example: ClassVar[str] = 'formula = "sbp ~ age + sex"'
    modes: ClassVar[tuple[Mode, ...]] = ("disclosure-control",)
    stratified: ClassVar[bool] = True

    formula: Annotated[
        str, Field(min_length=3, max_length=2000, description='such as "sbp ~ age * sex + ns(bmi, 25, 30)"')
    ]
    method: Annotated[Method, Field(description="reml (by default): restricted likelihood; or ml")] = "reml"
    unit: OneRow = None
    contrasts: Contrasts = None
    design: Annotated[Design | None, Field(description="the columns that the formula means; filled in")] = (
        None
    )

    def resolved(self, dictionary: Dictionary, where: str) -> Self:
        """With the design that the formula means under a dictionary."""
        check_unit(self.unit, dictionary)
        found = design(self.formula, dictionary, where)
        if not has_intercept(found):
            raise fault("Q-FORMULA", reason="sites differ by an intercept, which stays", where=where)
        [factor] = found.outcome.factors
        if factor.level is not None:
            raise fault("Q-OUTCOME", column=factor.column, where=where)
        Terms(found, self.contrasts).check(where)
        more = {"persons": "once" if self.unit else None, "random": "site"}
        return self.model_copy(update={"design": found.model_copy(update=more)})

    def local(self, rows: Rows) -> Sealed[Score]:
        """The sums of squares and products of all columns."""
        return rows.score(self._design, "gaussian")

    @property
    def effect_columns(self) -> tuple[str, ...]:
        """A coefficient is of a term."""
        return ("term",)

    def effects(self, part: Score) -> Iterator[Effect]:
        """The coefficients of a site alone, by least squares."""
        if known(part):
            yield from alone(self._design, part)

    def answer(self, total: Score) -> Answer:
        """Coefficients with errors, and both variances; nothing but counts of too few sites."""
        assert isinstance(total, BySite)
        found = profile(total, self.method) if known(total) else None
        sites = len(found.sizes) if found else 0
        scalars: dict[str, Cell] = {"n": total.cells["n"][0], "sites": sites, **dict.fromkeys(WHOLE)}
        told = fit(self._design, found) if found and sites >= FEWEST else None
        tables = Terms(self._design, self.contrasts)
        if told is None:
            return Answer(scalars=scalars, tables=tables.lacking())
        return Answer(scalars=scalars | told.whole(), tables=tables.of(told))
