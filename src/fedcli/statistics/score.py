"""One step of a generalised linear model: information, score and deviance, summed over rows.

McCullagh and Nelder (1989), Generalized Linear Models, section 2.5. All sums are over rows without a
missing value, in the design's centred and scaled columns.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar, NamedTuple, Self, TypeVar

from fedcli.model.cells import Axis, Cell, Gap
from fedcli.model.disclosure import Statbarn
from fedcli.model.identifiers import Name
from fedcli.model.policy import Disclosure
from fedcli.model.terms import Design
from fedcli.statistics.families import DISPERSED, ModelName
from fedcli.statistics.shape import Field, Parcel, Shape

#: Sums over rows, each times its prior weight: the outcome y; y^2 (gaussian), y log y (counts) or log y
#: (gamma); y times the offset; the exponential of the offset; the logarithm of y! (counts); 1; the logarithm
#: of the weight.
SUMS = ("y", "own", "with_offset", "exposure", "factorials", "weights", "log_weights")
#: Of a negative binomial whose theta is t, summed over rows: the slope of the likelihood in t, and what the
#: slope loses there; log gamma(y + t) - log gamma(t) + t log t; (y + t) log(y + t).
THETA = ("slope", "information", "gammas", "saturated")
T = TypeVar("T")
#: Of every two rows of a person: how many there are, and the products of their Pearson residuals.
PAIRS = ("number", "products")
_COUNTS = ("n", "persons", "strata")
_AT = ("deviance", "meat", "pearson", "theta", "pairs")  # of a state, which the first round does not have


class Local(NamedTuple):
    """How a site trains from a state: columns are less `means`, over `spreads`; squares cost half of `costs`.

    Where steps are corrected, `control` is the slope of all sites at the state `anchor`.
    """

    means: tuple[float, ...]
    spreads: tuple[float, ...]
    costs: tuple[float, ...]
    anchor: tuple[float, ...] = ()
    control: tuple[float, ...] = ()


class Shared(NamedTuple):
    """What all sites know at a state beside its coefficients.

    `spread` is the upper triangle of the inverse of the information of all, of which leverages are made;
    `theta` the shape of a negative binomial: its variance is mu + mu^2 / theta; `alpha` the correlation of
    two rows of a person; `local` is how a site trains.
    """

    spread: tuple[float, ...] = ()
    theta: float = 1.0
    alpha: float = 0.0
    local: Local | None = None


#: Before anything is known of all sites.
START = Shared()


class Score(Shape):
    """For p terms: `n`; `gram`, the upper triangle of X'WX row by row; `score`, X'W(z - X beta).

    `deviance` is that of the state that was asked about (nothing in the first round), `sums` are of the
    outcome. Where errors are made of them, `meat` is the sum over persons, or rows, of the products of one's
    score, and `persons` their number. Of a gamma model `pearson` is the sum of squared relative residuals;
    `theta` are the sums of a negative binomial. Of sites with intercepts of their own `strata` counts those
    that have rows. `pairs` are sums over every two rows of a person. Of a model that sites train, `columns`
    are the sums of the columns and of their squares, in the first round; then `update` is n times the way
    that the coefficients went, and `score` the sums at the state. A model that does not pass is refused as a
    whole: no cell of it is ever a gap.
    """

    __slots__ = ()
    kind: ClassVar[str] = "score"

    @property
    def fields(self) -> tuple[Field, ...]:
        """All of them are linear models to the gate."""
        return tuple(
            Field(name, Statbarn.LINEAR_MODELS, precision=None if name in _COUNTS else "coefficient")
            for name in self.cells
        )

    @property
    def terms(self) -> int:
        """How many columns the design has."""
        return len(self.axes[0].levels)

    def parcels(self) -> list[list[Parcel]]:
        """None: of a model nothing is hidden, so that nothing is left to be worked out."""
        return [[]]

    def length(self, field: Field) -> int:
        """One for `n` and other numbers, p for `score`, p (p + 1) / 2 for `gram` and `meat`."""
        return lengths(self.terms)[field.name]

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


class BySite(Score):
    """A score that remembers of which sites' it is the sum, where a model has to know them one by one."""

    __slots__ = ("_added", "site")

    def __init__(
        self,
        axes: tuple[Axis, ...],
        cells: Mapping[str, tuple[Cell, ...]],
        digits: Mapping[str, int] | None = None,
        added: tuple[BySite, ...] = (),
    ) -> None:
        super().__init__(axes, cells, digits)
        self._added = added
        self.site: Name | None = None

    @property
    def parts(self) -> tuple[BySite, ...]:
        """The scores of the sites that were added up; of one site, its own."""
        return self._added or (self,)

    def by(self, site: Name) -> Self:
        """The same with the name of the site whose it is."""
        named = self.having(self.cells, self.digits)
        named.site = site
        return named

    def __add__(self, other: Self) -> Self:
        """Cell by cell, and the sites of both."""
        whole = super().__add__(other)
        return type(self)(whole.axes, whole.cells, whole.digits, (*self.parts, *other.parts))


class Weighed(BySite):
    """The same of a network: an update has a number for each of its weights, of which there are many."""

    __slots__ = ()

    def length(self, field: Field) -> int:
        """As many as it was made with."""
        return len(self.cells[field.name])

    @property
    def weights(self) -> int:
        """How many weights the network has."""
        return len(self.cells["update"])


def lengths(p: int) -> dict[str, int]:
    """How many cells each field has for p terms."""
    upper = p * (p + 1) // 2
    fitted = {"n": 1, "gram": upper, "score": p, "deviance": 1, "sums": len(SUMS)}
    return fitted | {
        "meat": upper,
        "persons": 1,
        "pearson": 1,
        "theta": len(THETA),
        "strata": 1,
        "pairs": len(PAIRS),
        "columns": 2 * p,
        "update": p,
    }


def asked(design: Design, model: ModelName) -> dict[str, int]:
    """The fields of a step of a model, and how many cells each has."""
    told = lengths(len(design.told))
    if design.training is not None:
        corrected = ("score",) if design.training.corrected else ()
        told |= {"update": design.trained, "score": design.trained}
        return {name: told[name] for name in ("n", "columns", "update", *corrected, "deviance")}
    left = {"columns", "update"}
    left |= set() if design.sandwiched else {"meat", "persons"}
    left |= set() if model in DISPERSED or design.correlation else {"pearson"}
    left |= set() if design.exchangeable else {"pairs"}
    left |= set() if model == "negative-binomial" else {"theta"}
    left |= set() if design.intercepts else {"strata"}
    return {name: length for name, length in told.items() if name not in left}


def empty(design: Design, model: ModelName, first: bool) -> Score:
    """The step of no rows; the first round has no deviance, because there is no state yet."""
    left: tuple[str, ...] = _AT if first else ()
    if design.training is not None:
        left = ("update", "score", "deviance") if first else ("columns",)
    cells: dict[str, tuple[Cell, ...]] = {
        name: (0 if name in _COUNTS else None if name in left else 0.0,) * length
        for name, length in asked(design, model).items()
    }
    axes = (Axis(name="term", levels=design.told),)
    if design.layers is not None:
        return Weighed(axes, cells)
    kind = BySite if design.random or design.training else Score
    return kind(axes, cells)


def pairs(p: int) -> list[tuple[int, int]]:
    """The places of the upper triangle, row by row."""
    return [(i, j) for i in range(p) for j in range(i, p)]


def repeated(name: str, row: Sequence[T], p: int, times: int = 2) -> list[T]:
    """What is known of the sums of p columns, where these are there several times, all alike."""
    if name == "score":
        return [*row] * times
    if name not in ("gram", "meat"):
        return list(row)
    place = {at: where for where, at in enumerate(pairs(p))}
    return [row[place[min(i % p, j % p), max(i % p, j % p)]] for i, j in pairs(times * p)]


def _sum(left: Cell, right: Cell) -> Cell:
    if isinstance(left, int | float) and isinstance(right, int | float):
        return left + right
    return left if right is None else right if left is None else Gap()
