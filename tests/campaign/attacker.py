"""An attacker of our own: the joint table of all columns, every release as an equation, linear programs.

It shares no code with fedcli's: it knows the persons' number in no cell, and all that is public.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product
from typing import NamedTuple

import numpy as np
from scipy.optimize import linprog

Levels = Mapping[str, Sequence[str]]
#: Some cells of the joint table: the levels that some columns have in them.
Where = Mapping[str, str]


class Told(NamedTuple):
    """That between so many persons have these levels; `marked` where a published interval says so."""

    where: Where
    low: float
    high: float | None
    marked: bool = False


def narrowed(levels: Levels, told: Sequence[Told]) -> list[Told]:
    """The marked cells that can be known more closely than what was published of them."""
    cells = [dict(zip(levels, place, strict=True)) for place in product(*levels.values())]
    rows = {_key(one): np.array([float(_in(cell, one.where)) for cell in cells]) for one in told}
    above, below = [], []
    for one in told:
        row = rows[_key(one)]
        above += [(-row, -one.low)]
        below += [(row, one.high)] if one.high is not None else []
    matrix = np.array([row for row, _ in above + below])
    ends = np.array([end for _, end in above + below])
    return [one for one in told if one.marked and _narrower(rows[_key(one)], one, matrix, ends)]


def _narrower(row: np.ndarray, one: Told, matrix: np.ndarray, ends: np.ndarray) -> bool:
    least = linprog(row, A_ub=matrix, b_ub=ends, method="highs")
    most = linprog(-row, A_ub=matrix, b_ub=ends, method="highs")
    assert least.status == 0, "what was told is possible"
    assert one.high is not None
    largest = np.inf if most.status == 3 else -most.fun
    return bool(least.fun > one.low + 1e-6 or largest < one.high - 1e-6)


def _in(cell: Where, where: Where) -> bool:
    return all(cell[column] == level for column, level in where.items())


def _key(told: Told) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(told.where.items()))
