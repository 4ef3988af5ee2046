"""Precision: how many significant digits of each kind of number leave."""

from __future__ import annotations

from typing import TypeVar

from fedcli.model.cells import Cell
from fedcli.model.policy import Disclosure
from fedcli.statistics.shape import Field, Shape

S = TypeVar("S", bound=Shape)


def digits_of(field: Field, rules: Disclosure) -> int | None:
    """The significant digits of a field under a policy; None for whole numbers and full precision."""
    if field.precision is None:
        return None
    digits: int | str = getattr(rules.digits, field.precision)
    return digits if isinstance(digits, int) else None


def rounded(shape: S, rules: Disclosure) -> S:
    """The shape at the policy's precision."""
    digits = {field.name: number for field in shape.fields if (number := digits_of(field, rules)) is not None}
    cells = {
        name: tuple(significant(cell, digits[name]) for cell in row) if name in digits else row
        for name, row in shape.cells.items()
    }
    return shape.having(cells, digits)


def significant(cell: Cell, digits: int) -> Cell:
    """A number at so many significant digits, half to even in its decimal form."""
    return float(f"{cell:.{digits - 1}e}") if isinstance(cell, int | float) else cell
