"""The bounded form of a shape: which integers it is made of, and how far one person can move them.

Under differential privacy an answer is an integer vector, in fixed point: a natural unit is `unit` steps.
What a form says follows from public facts alone (the question, the dictionary, the policy's contribution),
so that the site, its signer and whoever combines agree on it. Its sensitivity is that of adding or removing
one person with all of their rows: `square` is the square of the L2 norm that a person can add, in natural
units; in steps it is `square * unit ** 2`. Each form derives its own in its docstring, and
`tests/laws/test_neighbours.py` measures it.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping
from fractions import Fraction
from typing import ClassVar, Self

from fedcli.errors import fault
from fedcli.model.cells import Axis, Cell, Gap
from fedcli.model.disclosure import Statbarn
from fedcli.model.identifiers import Name
from fedcli.model.policy import Disclosure
from fedcli.model.release import Mechanism
from fedcli.statistics.shape import Field, Shape

#: The noisy numbers of a form by field, in natural units.
Numbers = Mapping[str, tuple[float, ...]]
#: Fixed point: so many steps in one unit, where a sum is not of whole numbers.
STEPS = 2**20


class Form(ABC):
    """The public side of a bounded vector: its fields, unit and sensitivity, and the way back to a shape."""

    kind: ClassVar[str]
    mechanism: ClassVar[Mechanism] = "discrete-gaussian"
    axes: tuple[Axis, ...]

    @property
    @abstractmethod
    def lengths(self) -> Mapping[str, int]:
        """How many numbers each field has, in the order of the vector."""

    @property
    @abstractmethod
    def unit(self) -> int:
        """The steps of a natural unit: a power of two, or one where everything is counted."""

    @property
    @abstractmethod
    def square(self) -> Fraction:
        """The square of the L2 sensitivity, in natural units."""

    @abstractmethod
    def decode(self, numbers: Numbers, deviation: float) -> Shape:
        """The shape that noisy numbers tell of, where each has noise of a standard deviation.

        What the noise leaves unknown (a mean of hardly anybody) is None. This is post-processing: it may
        do anything with the numbers, and costs nothing.
        """

    def told(self, whole: Noisy) -> Shape:
        """What a sum of sites' answers tells of: as a rule that of its numbers, whoever added to them."""
        return self.decode(whole.numbers, whole.deviation)

    @abstractmethod
    def typical(self, persons: int) -> Numbers:
        """The numbers of so many persons of whom nothing else is known, to tell what noise does to them."""

    @property
    def draws(self) -> int:
        """How many draws of noise share the price of an answer evenly."""
        return 1

    def variance(self, scale: float) -> float:
        """The variance of the noise in every number, where it was drawn at a scale."""
        return scale**2

    def slip(self, scale: float) -> float | None:
        """By how many values a choice is off in rank, 95 % of the time; None where numbers have noise."""
        del scale
        return None

    def possible(self, numbers: Numbers) -> bool:
        """Whether the mechanism can have given these numbers: noise that is added gives any."""
        del numbers
        return True

    @property
    def groups(self) -> tuple[Axis, ...]:
        """The axes whose levels are the groups that it tells of."""
        return ()

    @property
    def size(self) -> int:
        """The length of the vector."""
        return sum(self.lengths.values())

    def split(self, numbers: tuple[float, ...]) -> dict[str, tuple[float, ...]]:
        """A vector, in natural units, by field."""
        found, start = {}, 0
        for name, length in self.lengths.items():
            found[name] = numbers[start : start + length]
            start += length
        return found

    @property
    def steps(self) -> int:
        """The square of the L2 sensitivity in steps, rounded up to a whole number."""
        exact = self.square * self.unit**2
        return -(-exact.numerator // exact.denominator)


class Together(Form):
    """Several forms as one vector: a person adds to each, so the squares of what it can be are added up."""

    kind: ClassVar[str] = "bundle"

    def __init__(self, parts: Mapping[str, Form]) -> None:
        if any(part.mechanism != self.mechanism for part in parts.values()):
            raise fault("B-SHAPE", kind=self.kind)  # a choice has no numbers to add noise to
        self.parts = dict(parts)
        self.axes = tuple(axis for part in self.parts.values() for axis in part.axes)

    @property
    def groups(self) -> tuple[Axis, ...]:
        """Those of every part."""
        return next(iter(self.parts.values())).groups

    @property
    def lengths(self) -> Mapping[str, int]:
        """Those of all parts, a field as `part.field`."""
        return {
            f"{name}.{field}": length
            for name, part in self.parts.items()
            for field, length in part.lengths.items()
        }

    @property
    def unit(self) -> int:
        """The finest."""
        return max(part.unit for part in self.parts.values())

    @property
    def square(self) -> Fraction:
        """The sum of the parts'."""
        return sum((part.square for part in self.parts.values()), Fraction(0))

    def decode(self, numbers: Numbers, deviation: float) -> Shape:
        """The bundle of what each part tells."""
        from fedcli.statistics.bundle import Bundle

        return Bundle(
            {name: part.decode(_of(name, part, numbers), deviation) for name, part in self.parts.items()}
        )

    def typical(self, persons: int) -> Numbers:
        """Those of all parts."""
        return {
            f"{name}.{field}": row
            for name, part in self.parts.items()
            for field, row in part.typical(persons).items()
        }


def _of(name: str, part: Form, numbers: Numbers) -> Numbers:
    return {field: numbers[f"{name}.{field}"] for field in part.lengths}


class Noisy(Shape):
    """What a site releases under differential privacy: a form's numbers with noise, as sums to be added up.

    `variance` is that of the noise in every number, in natural units; zero for an outline. The cells are in
    natural units: whole numbers of 1 / unit. A sum remembers the sites' answers that it is the sum of.
    """

    __slots__ = ("_added", "form", "site", "variance")
    kind: ClassVar[str] = "noisy"

    def __init__(
        self,
        form: Form,
        cells: Mapping[str, tuple[Cell, ...]],
        variance: float = 0.0,
        added: tuple[Noisy, ...] = (),
    ) -> None:
        super().__init__(form.axes, cells)
        self.form = form
        self.variance = variance
        self._added = added
        self.site: Name | None = None

    @property
    def fields(self) -> tuple[Field, ...]:
        """One for each of the form."""
        return tuple(Field(name, Statbarn.NOISY) for name in self.form.lengths)

    @property
    def groups(self) -> tuple[Axis, ...]:
        """Those of the form."""
        return self.form.groups

    def length(self, field: Field) -> int:
        """As the form says."""
        return self.form.lengths[field.name]

    def having(self, cells: Mapping[str, tuple[Cell, ...]], digits: Mapping[str, int] | None = None) -> Self:
        """The same form with other numbers, whose noise is as strong."""
        del digits
        return type(self)(self.form, cells, self.variance)

    @property
    def parts(self) -> tuple[Noisy, ...]:
        """The answers of the sites that were added up; of one site, its own."""
        return self._added or (self,)

    def by(self, site: Name) -> Self:
        """The same with the name of the site whose it is."""
        named = self.having(self.cells)
        named.site = site
        return named

    def __add__(self, other: Self) -> Self:
        """The sums of both sites, and of the variances of their noise."""
        self.check_like(other)
        cells = {name: tuple(map(_plus, self.cells[name], other.cells[name])) for name in self.form.lengths}
        added = (*self.parts, *other.parts)
        return type(self)(self.form, cells, self.variance + other.variance, added)

    def gap(self, field: Field, index: int, rules: Disclosure, primary: bool) -> Gap:
        """Noise hides everybody alike, so nothing is suppressed; the interval that says nothing."""
        del field, index, rules, primary
        return Gap()

    @property
    def deviation(self) -> float:
        """The standard deviation of the noise in every number."""
        return math.sqrt(self.variance)

    @property
    def numbers(self) -> dict[str, tuple[float, ...]]:
        """The numbers by field."""
        return {name: tuple(map(_number, self.cells[name])) for name in self.form.lengths}

    def decode(self) -> Shape:
        """What the numbers tell of."""
        return self.form.told(self)


def noiseless(form: Form) -> Noisy:
    """The noisy shape of nobody, without noise: the plan of an answer."""
    return Noisy(form, {name: (0,) * length for name, length in form.lengths.items()})


def known(shape: Shape) -> Shape:
    """The shape that an answer is made of: what a noisy one tells, or itself."""
    return shape.decode() if isinstance(shape, Noisy) else shape


def _plus(left: Cell, right: Cell) -> Cell:
    return _number(left) + _number(right)


def _number(cell: Cell) -> float:
    """A number of a noisy shape, in which nothing is a gap."""
    assert isinstance(cell, int | float)
    return cell
