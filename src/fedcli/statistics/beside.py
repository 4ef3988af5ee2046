"""Persons beside a value: behind a sum of numbers may stand the few who have another one than the rest.

With the intercept, a sum of products with a number is known for the number less any constant too. Less a
value that all but a few have, it is a sum over these few: zero and one, or a score that nobody reaches.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal, NamedTuple, TypeAlias

from fedcli.model.terms import Design, Factor
from fedcli.statistics.bands import Parts, outcomes, split
from fedcli.statistics.evidence import Figures
from fedcli.statistics.indicators import Band, Condition, Least, together
from fedcli.statistics.score import SUMS, pairs

#: A number of a design: the place of a term, or what beside the terms is one.
Which: TypeAlias = int | Literal["outcome", "offset", "weights"]


class Beside(NamedTuple):
    """The fewest persons beside one of a number's values, which are zero and those that `shared` names.

    `met` of a number among those who meet a condition, and among those who do not; `both` of two numbers
    of different columns at once. A term of levels and numbers is a number where the levels are.
    """

    met: Mapping[tuple[Condition, Which], tuple[int, int]]
    both: Mapping[tuple[Which, Which], int]


def shared(counts: Mapping[float, int]) -> set[float]:
    """Zero, what at least half of the rows have, and both where there are two values; from rows by value."""
    rows = sum(counts.values())
    return {0.0, *(value for value, many in counts.items() if 2 * many >= rows or len(counts) == 2)}


def numbers(design: Design) -> dict[Which, tuple[Factor, ...]]:
    """The factors of everything in a design that is a number."""
    terms: dict[Which, tuple[Factor, ...]] = {
        at: term.factors for at, term in enumerate(design.terms) if not term.indicator
    }
    if not design.outcome.indicator:
        terms["outcome"] = design.outcome.factors
    single: dict[Which, Factor | None] = {"offset": design.offset, "weights": design.weights}
    return terms | {which: (factor,) for which, factor in single.items() if factor is not None}


def scored(design: Design) -> tuple[int, ...]:
    """The terms whose sum with the outcome is a total of persons' numbers, or of their prior weights.

    Of an outcome of several levels the totals within each of them are looked at instead.
    """
    if design.choices is not None:
        return ()
    weighs = design.weights is not None and design.outcome.indicator
    return tuple(at for at, term in enumerate(design.terms) if weighs or not term.indicator)


def apart(one: tuple[Factor, ...], other: tuple[Factor, ...]) -> bool:
    """Whether two numbers are of different columns; else a value of one may rule out one of the other."""
    return not {factor.column for factor in one} & {factor.column for factor in other}


def fewest_beside(design: Design, found: Beside, persons: int, least: Least) -> dict[str, Figures]:
    """For each sum of a score the least persons beside a value of what is added up; else all of them."""
    sides = [_Side(at, term) for at, term in enumerate(split(design))]
    told = [_Side("outcome", Parts(one, (one,))) for one in outcomes(design)]

    def behind(one: _Side, other: _Side) -> int:
        return least(_behind(one, other, found), persons)

    upper = tuple(behind(sides[i], sides[j]) for i, j in pairs(len(sides)))
    alone = [met[0] for (one, which), met in found.met.items() if not one and not isinstance(which, int)]
    cells: dict[str, Figures] = {
        "gram": upper,
        "score": tuple(least((behind(side, one) for one in told), persons) for side in sides),
        "sums": (least(alone, persons),) * len(SUMS),
    }
    return cells | {"meat": upper}


class _Side(NamedTuple):
    """One of the two that are multiplied."""

    which: Which
    part: Parts


def _behind(one: _Side, other: _Side, found: Beside) -> Iterator[int]:
    """What is known of the persons behind the products of two; nothing of two indicators.

    Two splines, and a spline in bands, are zero by their knots; these are counted as levels.
    """
    banded = one.part.local and other.part.local
    if (one.which, other.which) in found.both and together(one.part.levels, other.part.levels) and not banded:
        yield found.both[one.which, other.which]
    for left, right in ((one, other), (other, one)):
        for piece in left.part.pieces if not right.part.local else (left.part.levels,):
            yield from _among(piece, right, found, left.which == "outcome")


def _among(condition: Condition, number: _Side, found: Beside, told: bool) -> Iterator[int]:
    """The persons beside a value of a number who meet a condition; and who do not, where it can be.

    Each band of a spline is counted alone; before a horizon (`told`) are those who are not beyond it.
    """
    if (condition, number.which) not in found.met or not together(condition, number.part.levels):
        return
    inside, outside = found.met[condition, number.which]
    yield inside
    banded = not told and any(isinstance(level, Band) for _, level in condition)
    if not banded and not condition <= number.part.levels:
        yield outside
