"""One step of a generalised linear model: information, score and deviance, summed over rows.

McCullagh and Nelder (1989), Generalized Linear Models, section 2.5. All sums are over rows without a
missing value, in the design's centred and scaled columns.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Self

from fedcli.model.cells import Axis, Cell, Gap
from fedcli.model.disclosure import Statbarn
from fedcli.model.policy import Disclosure
from fedcli.statistics.shape import Field, Shape

#: The sums of the outcome, in this order: y; y^2 (gaussian) or y log y (poisson); y times the offset;
#: the exponential of the offset.
SUMS = 4


class Score(Shape):
    """For p terms: `n`; `gram`, the upper triangle of X'WX row by row; `score`, X'W(z - X beta).

    `deviance` is that of the state that was asked about (nothing in the first round), `sums` are of the
    outcome. A model that does not pass is refused as a whole: no cell of it is ever a gap.
    """

    __slots__ = ()
    kind: ClassVar[str] = "score"

    @property
    def fields(self) -> tuple[Field, ...]:
        """All of them are linear models to the gate."""
        return (
            Field("n", Statbarn.LINEAR_MODELS),
            Field("gram", Statbarn.LINEAR_MODELS, precision="coefficient"),
            Field("score", Statbarn.LINEAR_MODELS, precision="coefficient"),
            Field("deviance", Statbarn.LINEAR_MODELS, precision="coefficient"),
            Field("sums", Statbarn.LINEAR_MODELS, precision="coefficient"),
        )

    @property
    def terms(self) -> int:
        """How many columns the design has."""
        return len(self.axes[0].levels)

    def length(self, field: Field) -> int:
        """One for `n` and `deviance`, p for `score`, p (p + 1) / 2 for `gram`."""
        p = self.terms
        return {"n": 1, "gram": p * (p + 1) // 2, "score": p, "deviance": 1, "sums": SUMS}[field.name]

    def having(self, cells: Mapping[str, tuple[Cell, ...]], digits: Mapping[str, int] | None = None) -> Self:
        """The same terms with other cells."""
        return type(self)(self.axes, cells, digits)

    def __add__(self, other: Self) -> Self:
        """Cell by cell; what neither has stays nothing."""
        self.check_like(other)
        digits = {
            name: min(self.digits[name], other.digits[name]) for name in self.digits.keys() & other.digits
        }
        added = {name: tuple(map(_sum, row, other.cells[name])) for name, row in self.cells.items()}
        return self.having(added, digits)

    def gap(self, field: Field, index: int, rules: Disclosure, primary: bool) -> Gap:
        """Nothing of a model is suppressed; the interval that says nothing."""
        del field, index, rules, primary
        return Gap()


def empty(terms: tuple[str, ...], first: bool) -> Score:
    """The step of no rows; the first round has no deviance, because there is no state yet."""
    p = len(terms)
    zeros = {"gram": (0.0,) * (p * (p + 1) // 2), "score": (0.0,) * p, "sums": (0.0,) * SUMS}
    axes = (Axis(name="term", levels=terms),)
    return Score(axes, {"n": (0,), **zeros, "deviance": (None if first else 0.0,)})


def pairs(p: int) -> list[tuple[int, int]]:
    """The places of the upper triangle, row by row."""
    return [(i, j) for i in range(p) for j in range(i, p)]


def _sum(left: Cell, right: Cell) -> Cell:
    if isinstance(left, int | float) and isinstance(right, int | float):
        return left + right
    return left if right is None else right if left is None else Gap()
