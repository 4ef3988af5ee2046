"""Proportional hazards by federated averaging, stratified by site."""

from __future__ import annotations

from typing import ClassVar, Self

from fedcli.analytics._averaged import Strategic
from fedcli.analytics._hazards import Timed
from fedcli.model.dataset import Dictionary
from fedcli.model.terms import Times
from fedcli.statistics.averaging import Weights
from fedcli.statistics.families import ModelName
from fedcli.statistics.score import Score


class Fedcox(Strategic, Timed[Score, Weights], name="fedcox", version=1):
    """Proportional hazards by federated averaging: sites train by themselves, and their ways are combined.

    A prediction model, without standard errors: with several `epochs` a round it does not end where `cox`
    does, if sites differ. Take `cox` unless sites may be wrong, or sums must not leave. As there, sites are
    strata: nobody is compared with somebody at another site, and no time of an event leaves a site; follow-up
    is cut at `until`, where there is one. Events at the same time are taken as Breslow (1974) does. The
    penalty is the sum of squares of coefficients over 2 C, of all rows together.

    The first round tells how columns are standardised. Coefficients begin at zero. Then, in each round, every
    site goes `epochs` steps down the slope of minus the logarithm of its partial likelihood, over its number
    of rows, and tells n times how far it came, and that logarithm before. What `strategy`, `combiner` and
    `faulty` make of it, and what `sites` tells, is as of `fedavg`.

    A site answers where it would let all sums of a `cox` out, so that events and those who are followed at
    the last one are enough; and only while in none of its steps one person, or few, have most of what moves
    the coefficients, nor few events. Rows that lack a value are left out. Where persons may have several
    rows, `unit = "person"` says that each has one in the cohort; a site where somebody has two refuses.
    """

    example: ClassVar[str] = (
        'time = "age"\nevent = "diabetes"\nformula = "bmi + sex"\nuntil = 75\n'
        "rounds = 10\nlearning_rate = 2.0"
    )

    @property
    def _fits(self) -> ModelName:
        """Of hazards."""
        return "hazards"

    def resolved(self, dictionary: Dictionary, where: str) -> Self:
        """With the design that the formula means under a dictionary."""
        told = super().resolved(dictionary, where)
        return told.model_copy(update={"design": self._trained(told._design, where)})

    def _times(self) -> Times:
        """With how events at the same time are taken."""
        return super()._times().model_copy(update={"ties": "breslow"})
