"""Persons with several rows: what the persons of one table say of those of another.

Somebody is in every cell that one of their rows is in, so that nothing adds up. What holds is that who is
in a cell is in every larger one, and in some cell of every other table, or lacks one of its levels.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import permutations
from typing import NamedTuple

from fedcli.policy.told import Between, Has, Is, Part, Told, Where


class NoMore(NamedTuple):
    """The persons of a cell are no more than those of some others together."""

    cell: Told
    than: tuple[Told, ...]


def relations(tables: Sequence[Sequence[Told]]) -> Iterator[NoMore]:
    """What the cells of each table say of those of every other one."""
    for one, other in permutations(tables, 2):
        counts = [(cell, cell.sums[0][1]) for cell in one if not cell.lacking]
        others = [(cell, cell.sums[0][1]) for cell in other]
        for cell, where in counts:
            yield NoMore(cell, tuple(found for found, there in others if _meet(where, there)))
            for found, there in others:
                if not found.lacking and _inside(there, where):
                    yield NoMore(found, (cell,))


def pairs(tables: Sequence[Sequence[Told]]) -> int:
    """How many cells are looked at together."""
    return sum(len(one) * len(other) for one, other in permutations(tables, 2))


def _meet(one: Where, other: Where) -> bool:
    """Whether a row can be in both; in doubt, yes."""
    there = dict(other)
    return all(name not in there or _overlap(part, there[name]) for name, part in one)


def _inside(one: Where, other: Where) -> bool:
    """Whether every row of one is in the other; in doubt, no."""
    there = dict(one)
    return all(name in there and _within(there[name], part) for name, part in other)


def _overlap(one: Part, other: Part) -> bool:
    match one, other:
        case Is(), Is():
            return one == other
        case Between(), Between():
            return max(one.low, other.low) < min(one.high, other.high)
        case (Has(False), has) | (has, Has(False)):
            return has == Has(False)
        case _:
            return True


def _within(one: Part, other: Part) -> bool:
    match one, other:
        case Between(), Between():
            return other.low <= one.low and one.high <= other.high
        case Has(), Has():
            return one == other
        case _, Has(True):
            return True
        case _:
            return one == other
