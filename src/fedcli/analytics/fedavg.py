"""Federated averaging: a linear model that sites train by themselves, and that is averaged over rounds."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field

from fedcli.analytics._averaged import Strategic
from fedcli.analytics._designed import OneRow, check_unit
from fedcli.analytics._outcomes import suited
from fedcli.analytics._predicting import coefficients, linear
from fedcli.analytics._training import Clip
from fedcli.errors import fault
from fedcli.language.design import design
from fedcli.model.dataset import Dictionary
from fedcli.model.result import Answer
from fedcli.model.terms import Design
from fedcli.model.trained import Family, Linear, LinkName, Penalty
from fedcli.statistics.reach import has_intercept

_LINE: tuple[Family, LinkName] = ("gaussian", "identity")


class Fedavg(Strategic, name="fedavg", version=1):
    """A linear model by federated averaging: sites train it by themselves, and their ways are combined.

    A prediction model, without standard errors: with several `epochs` a round it does not end where the
    pooled fit does, if sites differ. `logistic` and `glm` do, in fewer rounds; take them unless sites may be
    wrong, or sums must not leave. It is logistic regression (`binomial`) or least squares (`gaussian`), with
    a quadratic penalty as scikit-learn has it: the sum of squares over 2 C, of all rows together.

    The first round tells how columns are standardised. Coefficients begin at zero, never where somebody
    chose. Then, in each round, every site goes `epochs` steps down the slope of its mean loss, over all of
    its rows, and tells n times how far it came, and its loss before. `strategy` says what is made of it:
    `fedavg`; `fedprox`, whose sites are held back by `proximal`; `scaffold`, which corrects steps by how far
    a site's slope was from that of all, and tells its slope too; `fedadam` and `fedyogi`, adaptive steps.

    `combiner` says how the sites' ways are combined: the `mean` by rows, which one site can move anywhere; or
    one vote a site and robust: `median`, `trimmed_mean`, `geometric_median`, `krum`, `multi_krum` and
    `clipped`. `faulty` is how many sites may be wrong. `sites` tells how far each site is from the median of
    all, in units of the median distance, and in how many rounds that was more than 3: for people to judge. A
    site that misses a round is waited for until its deadline, and may answer the next one: `rounds` and
    `sites` tell who was there.

    A site answers where it would let all sums of a `glm` out, and only while in none of its steps one person,
    or few, have most of what moves the coefficients: a model that fits all but few is refused. Rows that lack
    a value are left out. Where persons may have several rows, `unit = "person"` says that each has one in the
    cohort; a site where somebody has two refuses.

    Under differential privacy, with `epochs = 1` and the strategies `fedavg`, `fedadam` and `fedyogi`, a
    person's slope is made no longer than `clip`, and sites tell noisy sums: n in the first round, then
    slopes. Columns are in units of half their declared bounds, about the middle, which is also what
    `standardise` then means. All rounds are paid for with the first; combiners are of what is noisy already
    and cost nothing. Losses and sites are not told. Of `fedavg` and the `mean`, intervals hold the noise of
    all rounds as if none of it were forgotten, where steps are not too long, and nothing of chance; of other
    combiners and of adaptive steps there are none.
    """

    example: ClassVar[str] = 'family = "binomial"\nformula = "diabetes ~ age + sex + bmi"\nrounds = 10'

    family: Annotated[Literal["binomial", "gaussian"], Field(description="binomial or gaussian")]
    formula: Annotated[
        str, Field(min_length=3, max_length=2000, description='such as "diabetes ~ age * sex + bmi"')
    ]
    clip: Clip = None
    unit: OneRow = None
    design: Annotated[Design | None, Field(description="the columns that the formula means; filled in")] = (
        None
    )

    def resolved(self, dictionary: Dictionary, where: str) -> Self:
        """With the design that the formula means under a dictionary."""
        check_unit(self.unit, dictionary)
        found = suited(self.family, design(self.formula, dictionary, where), dictionary, where)
        if not has_intercept(found) or len(found.terms) < 2:
            raise fault("Q-FORMULA", reason="it has an intercept, and a column", where=where)
        found = found.model_copy(update={"persons": "once" if self.unit else None})
        return self.model_copy(update={"design": self._trained(found, where)})

    def predictors(self, answer: Answer, dictionary: Dictionary) -> Iterator[Linear]:
        """The model as training left it, whether or not it stood still."""
        kind: tuple[Family, LinkName] = ("binomial", "logit") if self.family == "binomial" else _LINE
        penalty = Penalty(c=self.c, standardise=self.standardise)
        yield from linear(self, dictionary, kind, coefficients(answer.tables["coefficients"]), penalty)
