"""A step of a generalised linear model in its bounded form, and the noisy step that it tells of.

For a row with columns x, weight w (see `reach`), prior weight v in [0, 1] of the heaviest, residual e in
units of its bound and information h (1 for gaussian, mu (1 - mu) for binomial, mu in units of the highest
count for poisson), a step sums

    score  sqrt(v w) e  *  sqrt(v w) x / R          gram  h v w (x / R)(x / R)', the upper triangle
    n      1 / 4                                    own   (sqrt(v w) y)^2 / 4, gaussian only

where both factors of every product are whole numbers of 1 / 2^17, cut towards zero. Their products and
sums are whole numbers, whose sum does not depend on any order.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import ClassVar, NamedTuple, Self

from fedcli.errors import fault
from fedcli.model.cells import Axis, Cell
from fedcli.model.dataset import Dictionary
from fedcli.model.policy import Contribution
from fedcli.model.terms import Design
from fedcli.statistics.families import FamilyName
from fedcli.statistics.forms import Form, Numbers
from fedcli.statistics.reach import Reach, centred, has_intercept, reach
from fedcli.statistics.score import SUMS, Score, pairs

#: The steps of a factor; a block of 2^13 rows of products then adds up within the 2^53 of a double.
BITS = 17
#: What a natural unit of n and of y^2 is a part of: enough to tell, and hardly felt in the sensitivity.
QUARTER = 4
#: The most information of a row, in the unit that its products are summed in. That of poisson is halved:
#: noise in the score moves a fit, noise in the information only how fast it gets there.
MOST: Mapping[FamilyName, Fraction] = {
    "gaussian": Fraction(1),
    "binomial": Fraction(1, 4),
    "poisson": Fraction(1, 2),
}


class Blur(NamedTuple):
    """The standard deviation of the noise in the numbers of a step, and the most rows of a person in it.

    `moments` is the gram before it was repaired.
    """

    score: float
    gram: float
    own: float
    rows: int
    moments: tuple[float, ...] = ()


class Blurred(Score):
    """A noisy step: no deviance, and of the sums what a gaussian fit needs.

    `blur` is its noise, `start` are the coefficients that a fit of its model starts at.
    """

    __slots__ = ("blur", "start")

    def __init__(
        self,
        axes: tuple[Axis, ...],
        cells: Mapping[str, tuple[Cell, ...]],
        blur: Blur,
        start: tuple[float, ...],
    ) -> None:
        super().__init__(axes, cells)
        self.blur, self.start = blur, start

    def having(self, cells: Mapping[str, tuple[Cell, ...]], digits: Mapping[str, int] | None = None) -> Self:
        """The same terms and noise with other cells."""
        del digits
        return type(self)(self.axes, cells, self.blur, self.start)


class Newton(Form):
    """The sums of a step of a model with p terms: `n`, `gram`, `score`, and `own` for gaussian.

    A row's factors have |sqrt(v w) x / R| <= 1 and |sqrt(v w) e| <= 1, so its score is at most 1 long. With
    h <= m (`MOST`) its gram is a product u u' with |u|^2 <= m, and |u_i|^2 <= m / R^2 since no column is
    beyond 1. The squares of the upper triangle add up to (|u|^4 + sum u_i^4) / 2, at most
    m^2 (1 + 1 / R^2) / 2. Then n and own add 1/16 each. Cutting factors towards zero makes each of these
    less. A person adds `rows` rows, the norm of whose sum is at most `rows` times that of one.
    """

    kind: ClassVar[str] = "newton"

    def __init__(self, design: Design, family: FamilyName, reach: Reach) -> None:
        self.design, self.family, self.reach = design, family, reach
        self.axes = (Axis(name="term", levels=tuple(term.name for term in design.terms)),)

    @property
    def terms(self) -> int:
        """How many columns the design has."""
        return len(self.design.terms)

    @property
    def start(self) -> tuple[float, ...]:
        """The coefficients that a fit starts at: those of the first round."""
        return (self.reach.start, *(0.0,) * (self.terms - 1))

    @property
    def lengths(self) -> Mapping[str, int]:
        """One for `n` and `own`, p for `score`, p (p + 1) / 2 for `gram`."""
        p = self.terms
        own = {"own": 1} if self.family == "gaussian" else {}
        return {"n": 1, "gram": p * (p + 1) // 2, "score": p} | own

    @property
    def unit(self) -> int:
        """The steps of a product of two factors."""
        return 1 << 2 * BITS

    @property
    def square(self) -> Fraction:
        """See above."""
        gram = MOST[self.family] ** 2 * (1 + 1 / self.reach.square) / 2
        quarters = Fraction(len(self.lengths) - 2, QUARTER**2)
        return self.reach.rows**2 * (1 + gram + quarters)

    @property
    def units(self) -> Mapping[str, float]:
        """What a natural unit of each field is in the units of the design."""
        reach, information = self.reach, self._information
        told = {
            "n": float(QUARTER),
            "gram": information * float(reach.square) * reach.weight,
            "score": reach.residual * reach.radius * reach.weight,
            "own": QUARTER * reach.weight,
        }
        return {name: told[name] for name in self.lengths}

    @property
    def _information(self) -> float:
        """What the information of a row is summed in units of."""
        return self.reach.residual / float(MOST["poisson"]) if self.family == "poisson" else 1.0

    def decode(self, numbers: Numbers, deviation: float) -> Blurred:
        """The step in the units of the design; in no direction is its gram less than its noise."""
        from fedcli.statistics.repair import repaired

        units = self.units
        told = {name: tuple(one * units[name] for one in row) for name, row in numbers.items()}
        blur = Blur(
            deviation * units["score"],
            deviation * units["gram"],
            deviation * units.get("own", 0.0),
            self.reach.rows,
            told["gram"],
        )
        gram = repaired(told["gram"], self.terms, blur.gram)
        return Blurred(self.axes, self._cells(told | {"gram": gram}), blur, self.start)

    def _cells(self, told: Mapping[str, tuple[float, ...]]) -> dict[str, tuple[Cell, ...]]:
        """The cells of a score; of a sum that noise is not told of, nothing."""
        sums: dict[str, Cell] = dict.fromkeys(SUMS)
        if self.family == "gaussian":
            sums["own"] = told["own"][0]
            if has_intercept(self.design):
                sums |= {"y": told["score"][0], "weights": told["gram"][0]}
        fields = {name: told[name] for name in ("n", "gram", "score")}
        return fields | {"deviance": (None,), "sums": tuple(sums.values())}

    def typical(self, persons: int) -> Numbers:
        """Columns evenly within their bounds, none of which goes with another, or with the outcome."""
        p, m, square = self.terms, float(MOST[self.family]), float(self.reach.square)
        diagonal = [persons * m / square * (1.0 if at == 0 else 1 / 3) for at in range(p)]
        gram = tuple(diagonal[i] if i == j else 0.0 for i, j in pairs(p))
        own = {"own": (persons / 3 / QUARTER,)} if self.family == "gaussian" else {}
        return {"n": (persons / QUARTER,), "gram": gram, "score": (0.0,) * p} | own


def newton(design: Design, family: FamilyName, dictionary: Dictionary, contribution: Contribution) -> Newton:
    """The bounded form of a step of a model.

    Raises:
        InvalidFile: Q-NOISE where it is by residuals or leverages: how far one moves others is not known.
    """
    if design.errors is not None or design.bias is not None:
        raise fault("Q-NOISE", what=f"a model with {design.errors or design.bias}")
    if design.intercepts is not None or design.start is not None:
        raise fault("Q-NOISE", what="a model that a site fits by itself")
    if design.training is not None:
        raise fault("Q-NOISE", what="a model that a site trains by itself")
    return Newton(centred(design), family, reach(design, family, dictionary, contribution))
