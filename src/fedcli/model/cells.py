"""The cells of a shape: a number, one known about, a gap with an interval, or nothing."""

from __future__ import annotations

from typing import Annotated, TypeAlias

from pydantic import Field

from fedcli.model.dataset import Level
from fedcli.model.document import Document
from fedcli.model.identifiers import ColumnName

MAX_CELLS = 1_000_000


class Gap(Document):
    """A suppressed cell. It lies in `[low, high]` (None: unbounded), known from public facts only."""

    low: int | float | None = None
    high: int | float | None = None


class About(Document):
    """A number that was rounded, or follows from such: the one behind it lies in `[low, high]`.

    Of a number with noise that is the 95 % interval: the one without noise lies there, 95 times in 100.
    """

    value: int | float
    low: int | float
    high: int | float


Cell: TypeAlias = int | float | About | Gap | None
Number: TypeAlias = int | float


class Axis(Document):
    """One dimension of a table: a column with its declared levels, or the variables side by side."""

    name: ColumnName
    levels: Annotated[tuple[Level, ...], Field(min_length=1, max_length=2000)]


Cells: TypeAlias = Annotated[tuple[Cell, ...], Field(max_length=MAX_CELLS)]


def size(axes: tuple[Axis, ...]) -> int:
    """How many cells a table over these axes has; one where there is no axis."""
    product = 1
    for axis in axes:
        product *= len(axis.levels)
    return product
