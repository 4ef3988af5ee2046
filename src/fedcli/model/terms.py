"""The columns of a model's design, spelt out: what is signed instead of a formula.

Every site computes exactly these columns. Names are R's; levels, reference levels, centres and scales
come from the dictionary and the query, never from data.
"""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Annotated, Literal

from pydantic import Field

from fedcli.model.dataset import Level
from fedcli.model.document import Document
from fedcli.model.identifiers import ColumnName

MAX_TERMS = 200
MAX_FACTORS = 6
MAX_NAME = 200
MAX_KNOTS = 12
MAX_DEGREE = 4
MAX_BREAKS = 50
MAX_IMPUTED = 50

Persons = Literal["once", "clustered"]
Ties = Literal["efron", "breslow"]
Robust = Literal["HC0", "HC1", "HC2", "HC3"]
Correlation = Literal["independence", "exchangeable"]
Transform = Literal["log", "log1p", "sqrt"]
Trend = Literal["identity", "log"]


class Spline(Document):
    """A cubic spline: `knots` from end to end, and one weight for each B-spline over them.

    The end knots count four times, so that there are two weights more than knots. Beyond the ends the
    last piece goes on, or, where it is `natural`, a straight line.
    """

    knots: Annotated[tuple[float, ...], Field(min_length=2, max_length=MAX_KNOTS + 2)]
    weights: Annotated[tuple[float, ...], Field(min_length=4, max_length=MAX_KNOTS + 4)]
    natural: bool = False


class Factor(Document):
    """A number of a row: a column, a function of it, or 1 where the column has a level, else 0.

    First comes `function`, then `(value - centre) / scale`; of that the power, the polynomial, whose
    coefficients begin with the constant, or the spline. At most one of these is given.
    """

    column: ColumnName
    level: Level | None = None
    function: Transform | None = None
    centre: float = 0.0
    scale: Annotated[float, Field(gt=0)] = 1.0
    power: Annotated[int, Field(ge=1, le=4)] = 1
    polynomial: Annotated[tuple[float, ...] | None, Field(min_length=2, max_length=MAX_DEGREE + 1)] = None
    spline: Spline | None = None


class Term(Document):
    """One column of a design: the product of its factors, 1 where there is none.

    `low` and `high` bound it by public facts. Sites compute with `(product - centre) / scale`, so that
    sums of products keep their digits.
    """

    name: Annotated[str, Field(min_length=1, max_length=MAX_NAME)]
    factors: Annotated[tuple[Factor, ...], Field(max_length=MAX_FACTORS)] = ()
    centre: float = 0.0
    scale: Annotated[float, Field(gt=0)] = 1.0

    @property
    def indicator(self) -> bool:
        """Whether it is always 0 or 1."""
        return all(factor.level is not None for factor in self.factors)


class Mean(Document):
    """A level of a column with the balanced mean of each term's columns there, not centred or scaled.

    Weighed so, coefficients add up to the mean predictor of that level.
    """

    column: ColumnName
    level: Level
    weights: Annotated[tuple[float, ...], Field(min_length=1, max_length=MAX_TERMS)]


class Times(Document):
    """When follow-up ended, by the event or without it; what comes after `until` is not looked at.

    With a `trend` each term is there once more, times a number that grows with the time of an event, as
    `statistics.late` has it; its coefficient is zero. With an `entry` follow-up begins there, and who has not
    begun is not at risk; rows that end before they begin, or then, are left out. With `breaks` all sites
    share a baseline hazard, which changes at these times and is constant between them, and begins at zero.
    """

    column: ColumnName
    entry: ColumnName | None = None
    until: float | None = None
    ties: Ties = "efron"
    trend: Trend | None = None
    breaks: Annotated[tuple[float, ...], Field(min_length=1, max_length=MAX_BREAKS)] | None = None

    @property
    def intervals(self) -> tuple[tuple[float, float], ...]:
        """Where each interval of the baseline begins, and where it ends, which is still in it."""
        if self.breaks is None:
            return ()
        end = math.inf if self.until is None else self.until
        return tuple(pairwise((0.0, *self.breaks, end)))


class Imputed(Document):
    """Columns that are filled in, in their order, so many `cycles`; and which of several times it is."""

    columns: Annotated[tuple[ColumnName, ...], Field(min_length=1, max_length=MAX_IMPUTED)]
    cycles: Annotated[int, Field(ge=1, le=100)]
    which: Annotated[int, Field(ge=1, le=100)]


class Layers(Document):
    """The hidden layers of a network: how many units each has, and what they are a function of."""

    hidden: Annotated[tuple[Annotated[int, Field(ge=1, le=64)], ...], Field(min_length=1, max_length=2)]
    activation: Literal["relu", "tanh"]

    def sizes(self, inputs: int) -> list[tuple[int, int]]:
        """Of each layer how many numbers go in, and how many come out; at the end it is one."""
        return list(pairwise((inputs, *self.hidden, 1)))

    def weights(self, inputs: int) -> int:
        """How many weights and biases there are."""
        return sum((into + 1) * out for into, out in self.sizes(inputs))


class Training(Document):
    """How a site trains a model on its own rows in a round: so many steps down the slope of its mean loss.

    `rate` is the length of a step; `proximal` is what half the square of the way from where the round began
    costs. With `corrected` each step is corrected by how far the site's slope was from that of all sites.
    Under noise no person's slope is longer than `clip`. With `layers` it is a network, else linear.
    """

    epochs: Annotated[int, Field(ge=1, le=100)]
    rate: Annotated[float, Field(gt=0, le=10)]
    proximal: Annotated[float, Field(ge=0, le=1e3)] = 0.0
    corrected: bool = False
    clip: Annotated[float | None, Field(ge=1e-6, le=1e6)] = None
    layers: Layers | None = None


class Design(Document):
    """An outcome and the columns that explain it, in order.

    Where persons may have several rows, `persons` says what a site does of it: "once" has it refuse unless
    each has one complete row in the cohort, "clustered" asks for sums by person, which errors are made of.
    Of `errors` the same sums are by row; `bias` asks for a score that is less biased. With `times` it is of
    hazards: the outcome is an event at that time, and there is no intercept. With `intercepts` every site has
    one of its own, which is not among the terms. With `start` the first step is from sites' own estimates.
    With `choices` it is of several levels: the outcome is the one that these are compared with, and each of
    them has coefficients of its own for all terms, level after level. With `random` the sites' intercepts are
    taken for a sample of many, so that the sums of each site are kept. With a `correlation` rows of a person
    go together as much as that says, and estimating equations are weighed by it. With `imputed` rows are not
    left out that lack a value of some columns: a site draws it, from a model of its own. With `training` a
    site goes some steps by itself, and tells how far it came.
    """

    outcome: Term
    terms: Annotated[tuple[Term, ...], Field(min_length=1, max_length=MAX_TERMS)]
    offset: Factor | None = None
    weights: Factor | None = None
    times: Times | None = None
    persons: Persons | None = None
    errors: Robust | None = None
    bias: Literal["firth"] | None = None
    intercepts: Literal["site"] | None = None
    start: Literal["sites"] | None = None
    random: Literal["site"] | None = None
    correlation: Correlation | None = None
    choices: Annotated[tuple[Level, ...] | None, Field(min_length=1, max_length=MAX_TERMS)] = None
    imputed: Imputed | None = None
    training: Training | None = None

    @property
    def trained(self) -> int:
        """How many numbers training moves: a coefficient of each term, or the weights of a network."""
        return self.layers.weights(len(self.terms) - 1) if self.layers else len(self.terms)

    @property
    def layers(self) -> Layers | None:
        """Those of a network."""
        return self.training.layers if self.training else None

    @property
    def clustered(self) -> bool:
        """Whether errors are made of sums by person."""
        return self.persons == "clustered"

    @property
    def exchangeable(self) -> bool:
        """Whether every two rows of a person go together by one correlation."""
        return self.correlation == "exchangeable"

    @property
    def sandwiched(self) -> bool:
        """Whether errors are made of products of scores, be it by person or by row."""
        return self.clustered or self.errors is not None

    @property
    def whole(self) -> Design:
        """With the intercept of a site's own in the first place, where there is one."""
        if self.intercepts is None:
            return self
        terms = (Term(name="(Intercept)"), *self.terms)
        return self.model_copy(update={"terms": terms, "intercepts": None})

    @property
    def leveraged(self) -> bool:
        """Whether a row counts by its leverage, which is known where the information of all is."""
        return self.bias is not None or self.errors in ("HC2", "HC3")

    @property
    def trending(self) -> bool:
        """Whether each term is there once more, times a number of the time of an event."""
        return self.times is not None and self.times.trend is not None

    @property
    def intervals(self) -> tuple[tuple[float, float], ...]:
        """Those of a baseline hazard that all sites share; none where there is no such."""
        return self.times.intervals if self.times is not None else ()

    @property
    def ordered(self) -> bool:
        """Whether rows are gone through by time."""
        return self.times is not None and not self.intervals

    @property
    def weighed(self) -> bool:
        """Whether rows count differently: by their prior weight, or by how long they were followed."""
        return self.weights is not None or bool(self.intervals)

    @property
    def told(self) -> tuple[str, ...]:
        """The names of the columns that a step is of."""
        names = tuple(term.name for term in self.terms)
        if self.choices is not None:
            return tuple(f"{level}:{name}" for level in self.choices for name in names)
        if self.intervals:
            return (*(f"({_plain(low)}, {_plain(high)}]" for low, high in self.intervals), *names)
        if self.times is None or self.times.trend is None:
            return names
        late = self.times.column if self.times.trend == "identity" else f"log({self.times.column})"
        return (*names, *(f"{name}:{late}" for name in names))

    @property
    def chosen(self) -> list[Factor]:
        """Each level of an outcome of several, the one that others are compared with first; else nothing."""
        if self.choices is None:
            return []
        [first] = self.outcome.factors
        return [first, *(Factor(column=first.column, level=level) for level in self.choices)]

    @property
    def factors(self) -> list[Factor]:
        """Everything that it needs of a row, in the order of its parts."""
        told = [factor for term in (self.outcome, *self.terms) for factor in term.factors]
        named = (self.times.column, self.times.entry) if self.times else ()
        when = [Factor(column=name) for name in named if name is not None]
        besides = [one for one in (self.offset, self.weights) if one is not None]
        return [*told, *self.chosen[1:], *besides, *when]

    @property
    def columns(self) -> frozenset[ColumnName]:
        """The dataset's columns that it reads."""
        return frozenset(factor.column for factor in self.factors)

    @property
    def needed(self) -> frozenset[ColumnName]:
        """Those without a value of which a row is left out."""
        return self.columns.difference(self.imputed.columns if self.imputed else ())


def _plain(time: float) -> str:
    """A time as it is written."""
    return str(int(time)) if time.is_integer() else str(time)
