"""Precision: how a count leaves, and how many significant digits of each other number."""

from __future__ import annotations

import math
from decimal import ROUND_HALF_EVEN, Decimal
from typing import TypeVar

from fedcli.model.cells import Cell
from fedcli.model.disclosure import Statbarn
from fedcli.model.policy import Disclosure
from fedcli.model.release import Rounded
from fedcli.policy.ontology import MOST_DIGITS
from fedcli.statistics.rounding import told
from fedcli.statistics.shape import Field, Shape

S = TypeVar("S", bound=Shape)


def digits_of(field: Field, rules: Disclosure) -> int | None:
    """The significant digits of a field under a policy; None for whole numbers and full precision."""
    if field.precision is None:
        return None
    digits: int | str = getattr(rules.digits, field.precision)
    most = MOST_DIGITS.get(field.precision) if rules.rounding != "none" else None
    found = [one for one in (digits, most) if isinstance(one, int)]
    return min(found, default=None)


def rounding_of(shape: Shape, rules: Disclosure) -> Rounded | None:
    """How the counts of a shape are rounded under a policy, as a release declares it."""
    counts = any(field.statbarn is Statbarn.FREQUENCIES for field in shape.fields)
    rounds = counts and rules.rounding != "none"
    return Rounded(rule=rules.rounding, least=rules.min_count) if rounds else None


def rounded(shape: S, rules: Disclosure) -> S:
    """The shape at the policy's precision."""
    digits = {field.name: number for field in shape.fields if (number := digits_of(field, rules)) is not None}
    cells = {
        field.name: tuple(
            leaving(shape, field, index, cell, rules) for index, cell in enumerate(shape.cells[field.name])
        )
        for field in shape.fields
    }
    return shape.having(cells, digits)


def leaving(shape: Shape, field: Field, index: int, cell: Cell, rules: Disclosure) -> Cell:
    """A cell as it leaves, beside the counts of its shape; one that has left stays as it is."""
    if field.statbarn is Statbarn.FREQUENCIES:
        return told(cell, rules.rounding) if isinstance(cell, int) else cell
    digits = digits_of(field, rules)
    return cell if digits is None else significant(cell, digits, shape.step(field, index, rules.rounding))


def significant(cell: Cell, digits: int, step: float = 0.0) -> Cell:
    """A number at so many significant digits, or on the grid of `step` where that is coarser.

    Half to even in its decimal form.
    """
    if not isinstance(cell, int | float):
        return cell
    at_digits = float(f"{cell:.{digits - 1}e}")
    if not at_digits or step <= 10.0 ** (math.floor(math.log10(abs(at_digits))) - digits + 1):
        return at_digits
    unit = Decimal(repr(step))
    on_grid = (Decimal(repr(float(cell))) / unit).to_integral_value(ROUND_HALF_EVEN) * unit
    return float(on_grid) + 0.0  # nothing is below zero and zero
