"""Proportional hazards, stratified by site, fitted over rounds as if the rows lay together."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Self

from fedcli.analytics._hazards import Hazards
from fedcli.analytics._newton import Fit
from fedcli.analytics._ratios import WHOLE, ratios, whole
from fedcli.analytics._terms import Contrasts, Terms
from fedcli.model.dataset import Dictionary
from fedcli.model.result import Answer, Table
from fedcli.statistics.apart import estimates
from fedcli.statistics.fitted import Fitted, known, number
from fedcli.statistics.score import Score
from fedcli.statistics.synthesis import Effect


class Cox(Hazards, name="cox", version=1):
    """Proportional hazards (Cox 1972), with a baseline hazard of each site's own.

    Sites are strata: nobody is compared with somebody at another site, so that no baseline has to be shared,
    and no time of an event leaves a site. Newton's method on the partial likelihood, one step a round, from
    zero; converged when minus twice its logarithm changes by less than 1e-10 of itself. Events at the same
    time are taken as Efron (1977) does, or Breslow (1974). Rows that lack a value are left out; follow-up is
    cut at `until`, where there is one. Errors, statistics and intervals are those of R's `coxph` with
    `strata(site)`.

    Each term of the formula is tested (Wald), and `contrasts` names sums of coefficients to tell, and by how
    much they multiply the hazard.

    What leaves a site in each round are the number of rows and of events, the information, the score and the
    likelihood. They are judged as those of a model in which the event is the outcome; besides, so many
    persons must still be followed at the last event as stand behind a cell: where few are, `until` ends
    follow-up before. With `entry`, who begins later than an event is not compared with who has it; rows that
    end before they begin are left out, and those who enter late must be as many. Where persons may have
    several rows, `unit = "person"` says that each has one in the cohort; a site where somebody has two
    refuses.
    """

    example: ClassVar[str] = 'time = "age"\nevent = "diabetes"\nformula = "bmi + sex"\nuntil = 75'

    contrasts: Contrasts = None

    def resolved(self, dictionary: Dictionary, where: str) -> Self:
        """With the design that the formula means under a dictionary."""
        told = super().resolved(dictionary, where)
        Terms(told._design, told.contrasts).check(where)
        return told

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
        scalars = self.course(state, total) | dict.fromkeys(WHOLE)
        terms = Terms(self._design, self.contrasts)
        if state.words != "converged":
            return Answer(scalars=scalars, tables=dict(_with_ratios(terms.lacking())))
        fit = Fitted(self._design, "hazards", total, state.beta, number(state.deviance))
        tables = dict(_with_ratios(terms.of(fit)))
        return Answer(scalars=scalars | whole(state, total.terms), tables=tables)


def _with_ratios(tables: dict[str, Table]) -> Iterator[tuple[str, Table]]:
    """Behind coefficients, and behind combinations of them, what they multiply the hazard by."""
    named = {"coefficients": "hazard_ratios", "contrasts": "contrast_ratios"}
    for name, table in tables.items():
        yield name, table
        if name in named:
            yield named[name], ratios(table)
