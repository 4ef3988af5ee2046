"""A figure of several cells: a number where all are, and an interval that must hold it where some are hidden.

What rounded cells give is told in its interval, where that has two ends.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeAlias

from fedcli.model.cells import About, Cell
from fedcli.statistics.interval import INFINITY, Span, gap, span, value_of, within

#: From numbers to a figure; None, or no finite number, where there is none.
Formula: TypeAlias = Callable[[Sequence[float]], float | None]


class Tested(NamedTuple):
    """A statistic, its degrees of freedom, and how likely one as far from its hypothesis is under it."""

    statistic: Cell
    df: Cell
    p_value: Cell


#: There is no test: too few values, or no spread.
UNTESTED = Tested(None, None, None)
#: What kinds of figures can be.
ANYTHING, POSITIVE, SHARE = Span(-INFINITY, INFINITY), Span(0.0, INFINITY), Span(0.0, 1.0)


def plain(cells: Sequence[Cell]) -> bool:
    """Whether all cells are numbers."""
    return all(isinstance(cell, int | float) for cell in cells)


def numbers(cells: Sequence[object]) -> tuple[float, ...]:
    """The numbers of cells that all have one; else nothing."""
    known = [cell.value if isinstance(cell, About) else cell for cell in cells]
    found = [float(one) for one in known if isinstance(one, int | float) and not isinstance(one, bool)]
    return tuple(found) if len(found) == len(known) else ()


def number_of(formula: Formula, cells: Sequence[Cell]) -> float | None:
    """The formula of the cells' numbers, if all have one."""
    numbers = [number for cell in cells if (number := value_of(cell)) is not None]
    return _finite(formula(numbers)) if len(numbers) == len(cells) else None


def figure(
    formula: Formula, cells: Sequence[Cell], possible: Span = ANYTHING, ends: Span | None = None
) -> Cell:
    """The formula of the cells' numbers; beside a hidden or rounded one within ends, and what is possible."""
    number = number_of(formula, cells)
    return number if plain(cells) else within(gap(ends or possible, *possible), number)


def monotone(
    formula: Formula, cells: Sequence[Cell], signs: Sequence[int], possible: Span = ANYTHING
) -> Cell:
    """The same of a formula that grows with the cells of sign 1 and falls with those of sign -1.

    It then lies between what it is at their ends; an end is open where it has no number there.
    """
    ends = [span(cell)[::sign] for cell, sign in zip(cells, signs, strict=True)]
    low, high = (_at(formula, [one[at] for one in ends]) for at in (0, 1))
    known = Span(possible.low if low is None else low, possible.high if high is None else high)
    return figure(formula, cells, possible, known)


def _at(formula: Formula, numbers: Sequence[float]) -> float | None:
    return _finite(formula(numbers)) if all(map(math.isfinite, numbers)) else None


def _finite(number: float | None) -> float | None:
    return number if number is not None and math.isfinite(number) else None
