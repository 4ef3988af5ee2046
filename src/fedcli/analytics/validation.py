"""How well a model with given numbers predicts: from counts of both classes in bins of its score."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from functools import reduce
from itertools import pairwise
from statistics import NormalDist
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import Field, model_validator

from fedcli.analytics._contract import Analytic, As
from fedcli.analytics._designed import Designed
from fedcli.analytics._outcomes import suited
from fedcli.analytics._scoring import unlike
from fedcli.errors import fault
from fedcli.language.design import design
from fedcli.model.cells import Cell
from fedcli.model.dataset import Dictionary
from fedcli.model.identifiers import ColumnName, Digest
from fedcli.model.result import Answer, Table
from fedcli.model.scoring import Grove, Layered
from fedcli.model.terms import MAX_TERMS, Design
from fedcli.statistics.bins import Bins, Score
from fedcli.statistics.contrast import proportion
from fedcli.statistics.counts import Counts
from fedcli.statistics.discrimination import Classes
from fedcli.statistics.interval import add
from fedcli.statistics.rows import Rows
from fedcli.statistics.seal import Sealed

Link = Literal["logit", "probit", "cloglog", "identity"]
_CALIBRATION = ("low", "high", "n", "events", "observed", "predicted")
_THRESHOLDS = (
    "threshold",
    "selected",
    "sensitivity",
    "specificity",
    "ppv",
    "npv",
    "net_benefit",
    "net_benefit_all",
)
_GROUPS = ("n", "events", "auc", "selected", "sensitivity", "false_positive_rate", "ppv")


class Validation(Designed, Analytic[Counts], name="validation", version=1):
    """How well a model with given numbers predicts an outcome of two levels, also by group.

    The score of a row is the linear predictor of `formula` with `coefficients`, one for each of its columns;
    or what comes out of a `network`, into which these go; or the sum of leaves of `trees`, which split the
    columns that the formula names. The inverse of `link` makes a probability of it. What leaves a site is a
    table of counts: how many rows have each level of the outcome in each of `bins` bins of the probability,
    all as wide, and in each level of `by`; under the checks of such a table, of which a site's policy limits
    the bins as it limits levels. The memory knows a score by the columns that it comes from, and holds scores
    together that move few.

    All else follows from the sum of these tables. Each row counts with the middle of its bin for its
    probability: area under the curve and average precision are those of scores that are rounded so, and
    Brier's score is at most the width of a bin away from that of the scores themselves. `calibration` has
    who has the outcome in each bin beside the middle; intercept and slope are Cox's. `thresholds` has what
    goes with selecting all from an edge on: the curves of sensitivity, of precision and of net benefit.
    `groups` has for each level of `by` what makes a score fair or not, at `threshold`.

    Where counts are hidden, figures are the intervals in which they must lie. A row that lacks a column, or
    has a level there that is not declared, is `n_missing`. A person with several rows counts with each.
    """

    example: ClassVar[str] = (
        'formula = "diabetes ~ age + bmi"\n'
        'coefficients = { "(Intercept)" = -6.6, age = 0.038, bmi = 0.115 }\nby = "sex"\nthreshold = 0.25'
    )

    formula: Annotated[
        str, Field(min_length=3, max_length=2000, description='such as "diabetes ~ age * sex + bmi"')
    ]
    coefficients: Annotated[
        dict[str, float] | None,
        Field(min_length=1, max_length=MAX_TERMS, description="of each column of the formula, by its name"),
    ] = None
    network: Annotated[Layered | None, Field(description="or: the numbers of a network")] = None
    trees: Annotated[Grove | None, Field(description="or: trees, as nodes")] = None
    link: Annotated[Link, Field(description="logit, probit, cloglog or identity")] = "logit"
    bins: Annotated[int, Field(ge=4, le=200, description="how many bins the probability has")] = 20
    by: Annotated[ColumnName | None, As("group"), Field(description="groups to compare")] = None
    threshold: Annotated[
        float, Field(gt=0, lt=1, description="from which probability on groups are selected: an edge of bins")
    ] = 0.5
    model: Annotated[Digest | None, Field(description="the digest of the model that is evaluated")] = None
    design: Annotated[Design | None, Field(description="the columns that the formula means; filled in")] = (
        None
    )

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.threshold not in self._edges:
            raise ValueError("the threshold is an edge of the bins: a multiple of 1 / bins")
        if sum(one is not None for one in (self.coefficients, self.network, self.trees)) != 1:
            raise ValueError("it has coefficients, or a network, or trees")
        return self

    def resolved(self, dictionary: Dictionary, where: str) -> Self:
        """With the design that the formula means under a dictionary."""
        found = suited("binomial", design(self.formula, dictionary, where), dictionary, where)
        for reason in self._amiss(found, dictionary):
            raise fault("Q-SCORE", reason=reason, where=where)
        [outcome] = found.outcome.factors
        As("group", levels=2).check(outcome.column, dictionary.column(outcome.column))
        return self.model_copy(update={"design": found})

    def _amiss(self, found: Design, dictionary: Dictionary) -> Iterator[str]:
        factors = [factor for term in found.terms for factor in term.factors]
        if not factors:
            yield "it is of a column"
        if any(factor.spline for factor in factors):
            yield "it has no splines"
        [outcome] = found.outcome.factors
        if outcome.column in {self.by, *(factor.column for factor in factors)}:
            yield "the outcome is not among what predicts it, nor what it is by"
        yield from unlike(found.terms, self._by_what, dictionary)

    @property
    def _by_what(self) -> Mapping[str, float] | Layered | Grove:
        told = self.coefficients or self.network or self.trees
        assert told is not None
        return told

    def reads(self) -> frozenset[ColumnName]:
        """The columns of the design, and that of the groups."""
        return self._design.columns | ({self.by} if self.by else frozenset())

    def told(self) -> dict[str, Any]:
        """The parameters; coefficients as they are written in a model, of another one what it comes to."""
        value = super().told()
        if self.coefficients is None:
            of = self.network or self.trees
            assert of is not None
            return value | {"network" if self.network else "trees": of.told()}
        written = (f"{number:g} {name}" for name, number in self.coefficients.items())
        return value | {"coefficients": list(written)}

    def local(self, rows: Rows) -> Sealed[Counts]:
        """The table over bins, outcome and groups."""
        edges = tuple(_LINKS[self.link](edge) for edge in self._edges)
        score = Score(self._design.terms, self._numbers)
        return rows.counts(by=self._by, of="row", bins=Bins.of_score(score, edges))

    def answer(self, total: Counts) -> Answer:
        """The figures of all, and the tables."""
        groups = total.axes[2].levels if self.by else ()
        parts = [self._classes(total, group, max(len(groups), 1)) for group in range(max(len(groups), 1))]
        whole = _together(parts)
        intercept, slope = whole.calibration()
        scalars: dict[str, Cell] = {
            "n": whole.n,
            "n_missing": total.cells["missing"][0],
            "events": whole.events,
            "prevalence": whole.prevalence,
            "auc": whole.auc(),
            "average_precision": whole.average_precision(),
            "brier": whole.brier(),
            "calibration_intercept": intercept,
            "calibration_slope": slope,
        }
        tables = {
            "calibration": Table(columns=_CALIBRATION, keys=2, rows=tuple(self._calibration(whole))),
            "thresholds": Table(columns=_THRESHOLDS, keys=1, rows=tuple(self._thresholds(whole))),
        }
        if self.by:
            rows = tuple((level, *self._figures(part)) for level, part in zip(groups, parts, strict=True))
            tables["groups"] = Table(columns=(self.by, *_GROUPS), keys=1, rows=rows)
        return Answer(scalars=scalars, tables=tables)

    @property
    def _numbers(self) -> tuple[float, ...] | Layered | Grove:
        of = self._by_what
        return of if isinstance(of, Layered | Grove) else tuple(of[one.name] for one in self._design.terms)

    @property
    def _edges(self) -> tuple[float, ...]:
        """Between two bins."""
        return tuple(at / self.bins for at in range(1, self.bins))

    @property
    def _by(self) -> tuple[ColumnName, ...]:
        [outcome] = self._design.outcome.factors
        return (outcome.column, *((self.by,) if self.by else ()))

    @property
    def _ends(self) -> tuple[tuple[float, float], ...]:
        return tuple(pairwise((0.0, *self._edges, 1.0)))

    def _classes(self, total: Counts, group: int, groups: int) -> Classes:
        """The counts of one group."""
        [outcome] = self._design.outcome.factors
        second = total.axes[1].levels[1] == outcome.level
        first, other = (total.cells["count"][at * groups + group :: 2 * groups] for at in (0, 1))
        middles = tuple((low + high) / 2 for low, high in self._ends)
        return Classes(first, other, middles) if second else Classes(other, first, middles)

    def _calibration(self, whole: Classes) -> Iterator[tuple[Cell, ...]]:
        lines = zip(self._ends, whole.negative, whole.positive, whole.middles, strict=True)
        for (low, high), without, having, middle in lines:
            yield low, high, add(without, having), having, proportion((without, having), 1), middle

    def _thresholds(self, whole: Classes) -> Iterator[tuple[Cell, ...]]:
        everybody = whole.at(0)
        for place, edge in enumerate(self._edges, start=1):
            at = whole.at(place)
            shares = (at.selected, at.sensitivity, at.specificity, at.ppv, at.npv)
            yield edge, *shares, at.net_benefit(edge), everybody.net_benefit(edge)

    def _figures(self, part: Classes) -> tuple[Cell, ...]:
        at = part.at(self._edges.index(self.threshold) + 1)
        shares = (at.selected, at.sensitivity, at.false_positive_rate, at.ppv)
        return (part.n, part.events, part.auc(), *shares)


def _together(parts: list[Classes]) -> Classes:
    """The counts of all groups."""
    sums = ([reduce(add, cells) for cells in zip(*some, strict=True)]
            for some in ([one.negative for one in parts], [one.positive for one in parts]))  # fmt: skip
    negative, positive = map(tuple, sums)
    return Classes(negative, positive, parts[0].middles)


_LINKS: dict[Link, Callable[[float], float]] = {
    "logit": lambda p: math.log(p / (1 - p)),
    "probit": NormalDist().inv_cdf,
    "cloglog": lambda p: math.log(-math.log(1 - p)),
    "identity": float,
}
