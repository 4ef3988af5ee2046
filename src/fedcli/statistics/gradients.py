"""Gradients: what a round of boosting sums up in each bin of each node, as means that the gate judges.

Friedman (2001), "Greedy function approximation: a gradient boosting machine"; second order as in Chen and
Guestrin (2016), "XGBoost", section 2.2.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, NamedTuple, Self

from fedcli.model.cells import Axis, Cell, Gap, size
from fedcli.model.dataset import Dictionary
from fedcli.model.disclosure import Statbarn
from fedcli.model.policy import Disclosure, Rounding
from fedcli.model.trees import Growing
from fedcli.statistics.counts import small_count
from fedcli.statistics.interval import add, value_of
from fedcli.statistics.moments import Part, merged
from fedcli.statistics.rounding import step
from fedcli.statistics.shape import Field, Mask, Masks, Shape

#: What is averaged of an outcome with two levels: whether it is the second one; and where scores differ, the
#: size of the gradient and the hessian of who has the first level, zero for others, and of who has the other.
SECOND = "second"
SIDES = ("gradient of first", "gradient of second", "hessian of first", "hessian of second")
#: Of a number: how far it lies above its score.
RESIDUAL = "residual"
#: Of all trees, how far off scores are: the logistic losses of who has the first level and of who has the
#: second, zero for others; or the square of the residual.
LOSSES, SQUARE = ("loss of first", "loss of second"), "square"
#: No gradient of two levels is larger, and no hessian.
_MOST = {SECOND: 1.0, SIDES[0]: 1.0, SIDES[1]: 1.0, SIDES[2]: 0.25, SIDES[3]: 0.25}


class Sums(NamedTuple):
    """Of some rows: how many, how many of the second level, the sum of gradients, and of hessians."""

    n: float
    second: float
    gradient: float
    hessian: float

    def plus(self, other: Sums) -> Sums:
        """Of both together."""
        return Sums(*(one + two for one, two in zip(self, other, strict=True)))

    def less(self, other: Sums) -> Sums:
        """Without those of others among them."""
        return Sums(*(one - two for one, two in zip(self, other, strict=True)))


#: Of no rows.
NOBODY = Sums(0.0, 0.0, 0.0, 0.0)


class Gradients(Shape):
    """The first axis lists the means, the second what they are about: the bins of nodes.

    `n` has a cell for each of the second. A person with few others in a bin, or with few others of one level
    of the outcome, is hidden with all that is told there.
    """

    __slots__ = ("growing", "per_person", "whole")
    kind: ClassVar[str] = "gradients"

    def __init__(
        self,
        axes: tuple[Axis, ...],
        cells: Mapping[str, tuple[Cell, ...]],
        digits: Mapping[str, int] | None = None,
        *,
        growing: Growing,
        per_person: int | None,
        whole: bool,
    ) -> None:
        super().__init__(axes, cells, digits)
        self.growing, self.per_person, self.whole = growing, per_person, whole

    @property
    def fields(self) -> tuple[Field, ...]:
        """`n` is a count, `mean` what trees are grown of."""
        return (
            Field("n", Statbarn.FREQUENCIES, axes=(1,)),
            Field("mean", Statbarn.TREES, precision="mean"),
        )

    @property
    def spots(self) -> int:
        """How many bins of nodes there are."""
        return len(self.axes[1].levels)

    @property
    def grouped(self) -> tuple[Axis, ...]:
        """The columns of the features: how many bins one may have is the policy's to say."""
        return tuple(
            Axis(name=one.column, levels=one.levels or tuple(range(one.bins)))
            for one in self.growing.divided.features
        )

    def length(self, field: Field) -> int:
        """One for each bin, and of means for each of them."""
        return self.spots if field.name == "n" else size(self.axes)

    def lines(self, field: Field) -> list[tuple[int, ...]]:
        """The bins of a feature divide the persons of a node."""
        del field
        return self.growing.lines()

    def having(self, cells: Mapping[str, tuple[Cell, ...]], digits: Mapping[str, int] | None = None) -> Self:
        """The same bins with other cells."""
        known = {"growing": self.growing, "per_person": self.per_person, "whole": self.whole}
        return type(self)(self.axes, cells, digits, **known)  # type: ignore[arg-type]

    def __add__(self, other: Self) -> Self:
        """The rows of both sites together."""
        self.check_like(other)
        means = tuple(merged(self.part(at), other.part(at)).mean for at in range(size(self.axes)))
        return self.having({"n": tuple(map(add, self.cells["n"], other.cells["n"])), "mean": means})

    def part(self, index: int) -> Part:
        """The n and the mean of one cell; of squares nothing is told."""
        return Part(self.cells["n"][index % self.spots], self.cells["mean"][index], 0.0)

    def linked(self, masks: Masks) -> Masks:
        """All means of a bin are hidden, or none; and without n there is no mean."""
        bins = {at % self.spots for at in masks["mean"] | masks["n"]}
        return {"n": masks["n"], "mean": Mask(at for at in range(size(self.axes)) if at % self.spots in bins)}

    def step(self, field: Field, index: int, rounding: Rounding) -> float:
        """As of whole numbers: where scores are the same, a mean tells a count."""
        if field.precision is None or not self.whole:
            return 0.0
        return step(self.cells["n"][index % self.spots], rounding)

    def gap(self, field: Field, index: int, rules: Disclosure, primary: bool) -> Gap:
        """Counts as in a table; gradients and hessians of two levels have ends."""
        if field.statbarn is Statbarn.FREQUENCIES:
            return small_count(field, rules, self.per_person) if primary else Gap(low=0)
        most = _MOST.get(str(self.axes[0].levels[index // self.spots]))
        return Gap() if most is None else Gap(low=0.0, high=most)

    def loss(self) -> float | None:
        """The mean loss of all, when it is measured; None where it is hidden."""
        means = [value_of(cell) for cell in self.cells["mean"]]
        known = [mean for mean in means if mean is not None]
        return float(sum(known)) if len(known) == len(means) else None

    def sums(self, at: int) -> Sums | None:
        """The sums in a bin, in the first round at the score zero; None where they are hidden."""
        n = value_of(self.cells["n"][at])
        if n == 0:
            return NOBODY
        means = dict(
            zip(self.axes[0].levels, map(value_of, self.cells["mean"][at :: self.spots]), strict=True)
        )
        if n is None or None in means.values():
            return None
        return _sums(float(n), means, self.growing.forest.start)  # type: ignore[arg-type]


def _sums(n: float, means: Mapping[object, float], start: float) -> Sums:
    """What the means of some rows come to."""
    if RESIDUAL in means:
        return Sums(n, 0.0, -n * means[RESIDUAL], n)
    second = float(round(n * means[SECOND]))
    if len(means) == 1:
        share = logistic(start)
        return Sums(n, second, n * share - second, n * share * (1 - share))
    first_gradient, second_gradient, *hessians = (n * means[side] for side in SIDES)
    return Sums(n, second, first_gradient - second_gradient, sum(hessians))


def logistic(score: float) -> float:
    """The probability of the second level at a score."""
    import math

    return 1 / (1 + math.exp(-score)) if score >= 0 else 1 - 1 / (1 + math.exp(score))


def variables(growing: Growing) -> tuple[str, ...]:
    """The means that a round asks for."""
    if growing.measuring:
        return LOSSES if growing.divided.classes else (SQUARE,)
    if not growing.divided.classes:
        return (RESIDUAL,)
    return (SECOND,) if growing.flat else (SECOND, *SIDES)


def empty_gradients(growing: Growing, dictionary: Dictionary) -> Gradients:
    """Gradients of no rows."""
    axes = (
        Axis(name="mean", levels=variables(growing)),
        Axis(name="bin", levels=tuple(map(growing.label, growing.spots))),
    )
    cells: dict[str, tuple[Cell, ...]] = {"n": (0,) * len(growing.spots), "mean": (None,) * size(axes)}
    whole = bool(growing.divided.classes) or dictionary.columns[growing.outcome].whole
    return Gradients(axes, cells, growing=growing, per_person=dictionary.rows_per_person, whole=whole)
