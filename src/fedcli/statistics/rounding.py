"""Rounding counts: rules that tell several counts as one number, and what such a number stands for.

A rule divides the counts into classes of the same width and tells the middle of each, so that the rule
and a number give the class: nobody needs the data to know how far a number can be off. Zero is told as
zero. Rounding a number that was rounded changes nothing.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import NamedTuple, TypeVar

from fedcli.model.cells import Cell
from fedcli.model.disclosure import Statbarn
from fedcli.model.policy import Rounding
from fedcli.model.release import Rounded
from fedcli.statistics.interval import Span, about, half_unit, span
from fedcli.statistics.shape import Field, Shape

S = TypeVar("S", bound=Shape)


class Rule(NamedTuple):
    """Classes of `width` counts; one of them begins at `edge`, and each is told as its first plus `told`."""

    width: int
    edge: int
    told: int


#: `nearest-5` and `midpoint-6` as OpenSAFELY has them: 3 to 7 is 5; 1 to 6 is 3 (ceil(x / 6) * 6 - 3).
#: `floor-midpoint-5` tells the middle of the fives, 10 to 14 as 12: a threshold of 10 begins a class.
RULES: dict[Rounding, Rule] = {
    "none": Rule(1, 0, 0),
    "nearest-5": Rule(5, 3, 2),
    "floor-midpoint-5": Rule(5, 0, 2),
    "midpoint-6": Rule(6, 1, 2),
}


def told(count: int, rounding: Rounding) -> int:
    """The number that a count leaves as."""
    width, edge, middle = RULES[rounding]
    return count - (count - edge) % width + middle if count else 0


@lru_cache(4096)
def class_of(count: int, rounding: Rounding, least: int) -> tuple[int, int] | None:
    """The least and largest count told as the same number as `count`, of zero and those from `least` on.

    None where there is no such count.
    """
    around = range(max(0, count - RULES[rounding].width), count + RULES[rounding].width + 1)
    number = told(count, rounding)
    members = [one for one in around if told(one, rounding) == number and (one == 0 or one >= least)]
    return (members[0], members[-1]) if members else None


def told_as(number: int, rounding: Rounding, least: int, zero: bool) -> bool:
    """Whether a rule tells some count from `least` on as this number, or zero where it may be told."""
    found = class_of(number, rounding, least)
    return found is not None and told(number, rounding) == number and (zero or found[1] > 0)


def widest(count: Cell, rounding: Rounding, least: int) -> float:
    """The largest count that is told like this one."""
    if not isinstance(count, int):
        return span(count).high
    found = class_of(count, rounding, least)
    return found[1] if found else count


def step(n: Cell, rounding: Rounding, spread: bool = False) -> float:
    """The grid of a mean of n whole numbers, or of their squared deviations; zero where n is not rounded.

    A mean is known to the width of a class in its sum, so that the sum is as blurred as a count; the squared
    deviations to twice as much, because sum and n can each take a class from them. Rounded up to 1, 2 or 5
    times a power of ten.
    """
    if rounding == "none" or not isinstance(n, int):
        return 0.0  # a mean beside a zero is of counts that were told as zero, and has a grid too
    width, first = RULES[rounding].width, told(n, rounding) - RULES[rounding].told
    return _preferred(2 * width if spread else width / max(first, 1))


def _preferred(number: float) -> float:
    scale = math.floor(math.log10(number))
    return next(
        found for digit in (1, 2, 5, 10) if (found := float(f"{digit}e{scale}")) >= number * (1 - 1e-12)
    )


def known(shape: S, rounding: Rounded | None) -> S:
    """What was released, each number with where the one behind it lies.

    Only where counts were rounded: numbers at a few digits stay as they are, with their digits.
    """
    if rounding is None:
        return shape
    cells = {
        field.name: tuple(
            _known(cell, shape, field, index, rounding) for index, cell in enumerate(shape.cells[field.name])
        )
        for field in shape.fields
    }
    return shape.having(cells, shape.digits)


def _known(cell: Cell, shape: Shape, field: Field, index: int, rounding: Rounded) -> Cell:
    if not isinstance(cell, int | float):
        return cell
    if field.precision is None:
        found = class_of(int(cell), rounding.rule, rounding.least) or (cell, cell)
        return about(cell, Span(*found), whole=True)
    digits = shape.digits.get(field.name)
    off = max(half_unit(cell, digits) if digits else 0.0, shape.step(field, index, rounding.rule) / 2)
    least = 0.0 if field.statbarn is Statbarn.SHAPE else -math.inf
    return about(cell, Span(cell - off, cell + off), least)
