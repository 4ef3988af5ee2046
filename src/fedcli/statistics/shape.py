"""What every shape has: axes, named fields with their statbarns, cells, and a sum."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce
from itertools import product
from operator import mul
from typing import ClassVar, Literal, NamedTuple, Self

from fedcli.errors import fault
from fedcli.model.cells import Axis, Cell, Gap, size
from fedcli.model.disclosure import Statbarn
from fedcli.model.identifiers import Name
from fedcli.model.policy import Disclosure, Rounding

Mask = frozenset[int]
Masks = Mapping[str, Mask]


@dataclass(frozen=True, slots=True)
class Field:
    """One array of cells of a shape.

    `statbarn` decides which checks judge it. `precision` names the policy's digits that it is
    released at; None is for whole numbers. `axes` are the positions of the shape's axes whose
    levels divide the persons in it. `zero_is_safe` is for counts of something that nobody has.
    """

    name: str
    statbarn: Statbarn
    precision: Literal["mean", "sd", "coefficient"] | None = None
    axes: tuple[int, ...] = ()
    zero_is_safe: bool = False


class Parcel(NamedTuple):
    """Cells that make up a group: some of `field`, and those of `missing` that lack a value."""

    field: str
    cells: Mask
    missing: Mask


class Shape(ABC):
    """A family of arrays over shared axes, in row-major order. `a + b` is the shape of both sites.

    A cell is a number; after the gate it may be a `Gap`. `digits` says how many significant digits
    a field was released at (absent: all of them).
    """

    __slots__ = ("axes", "cells", "digits")
    kind: ClassVar[str]

    def __init__(
        self,
        axes: tuple[Axis, ...],
        cells: Mapping[str, tuple[Cell, ...]],
        digits: Mapping[str, int] | None = None,
    ) -> None:
        self.axes = axes
        self.cells = dict(cells)
        self.digits = dict(digits or {})

    @property
    @abstractmethod
    def fields(self) -> tuple[Field, ...]:
        """The arrays of this shape."""

    @abstractmethod
    def __add__(self, other: Self) -> Self:
        """Both sites' persons together; a gap in either gives a gap."""

    @abstractmethod
    def gap(self, field: Field, index: int, rules: Disclosure, primary: bool) -> Gap:
        """Where a suppressed cell can lie, from public facts only.

        `primary` says that the cell itself failed a check of persons, not a cell linked to it.
        """

    def step(self, field: Field, index: int, rounding: Rounding) -> float:
        """The grid that a number leaves on, so that it does not tell a rounded count; zero for none."""
        del field, index, rounding
        return 0.0

    def linked(self, masks: Masks) -> Masks:
        """The cells to suppress when those in `masks` are: what would give them away."""
        return masks

    @abstractmethod
    def having(self, cells: Mapping[str, tuple[Cell, ...]], digits: Mapping[str, int] | None = None) -> Self:
        """The same shape with other cells."""

    def by(self, site: Name) -> Self:
        """The shape as what a site told; a sum of some kinds remembers of which sites it is."""
        del site
        return self

    @property
    def groups(self) -> tuple[Axis, ...]:
        """The axes whose levels are the groups that the shape tells of; none: everybody is one group."""
        return ()

    @property
    def grouped(self) -> tuple[Axis, ...]:
        """The axes of columns by whose levels or bins persons are told apart, among others."""
        return self.axes

    @property
    def weights(self) -> int:
        """How many weights the network has that it is of; most are of none."""
        return 0

    def parcels(self) -> list[list[Parcel]]:
        """For each group the parcels of this shape, each of which adds up to the whole group.

        Raises:
            Bug: B-SHAPE for a shape that has not said so, and thus cannot be part of a bundle.
        """
        raise fault("B-SHAPE", kind=self.kind)

    def length(self, field: Field) -> int:
        """How many cells a field has: one for each place of the axes, where a shape does not differ."""
        del field
        return size(self.axes)

    @property
    def scalars(self) -> int:
        """How many numbers leave when the shape does."""
        return sum(self.length(field) for field in self.fields)

    def lines(self, field: Field) -> list[tuple[int, ...]]:
        """For each dividing axis, the indexes of cells that differ in that axis alone."""
        lengths = [len(axis.levels) for axis in self.axes]
        strides = [reduce(mul, lengths[place + 1 :], 1) for place in range(len(lengths))]
        found = []
        for place in field.axes:
            others = [range(length) if at != place else range(1) for at, length in enumerate(lengths)]
            for fixed in product(*others):
                start = sum(step * stride for step, stride in zip(fixed, strides, strict=True))
                found.append(tuple(start + step * strides[place] for step in range(lengths[place])))
        return found

    def check_like(self, other: Self) -> None:
        """Raise unless two shapes are of one kind over the same axes."""
        if type(other) is not type(self) or other.axes != self.axes:
            raise fault("B-SHAPE", kind=self.kind)
