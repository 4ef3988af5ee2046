"""Counting the persons beside a value of a number: `statistics.beside` says which values, and what for."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from fedcli.engine.blocks import ROWS, Base, Places, Seen, Vector, product
from fedcli.model.terms import Design, Factor
from fedcli.statistics.beside import Beside, Which, apart, asked, numbers, shared
from fedcli.statistics.indicators import Condition

Counts = NDArray[np.int64]


#: How many rows tell which values are shared.
ENOUGH = ROWS // 2


class Others:
    """Persons beside the values of a design's numbers, block by block.

    The values are those of the first `ENOUGH` rows: what less than half of them have has thousands beside it.
    """

    def __init__(self, design: Design, conditions: list[Condition], places: dict[Base, int]) -> None:
        self._design, self._conditions, self._places = design, conditions, places
        self._numbers = numbers(design)
        self._under = {which: conditions.index(asked(design, which)) for which in self._numbers}
        self._values: list[tuple[Which, float]] = []
        self._begun = False
        self._first: list[tuple[Seen, Vector]] = []

    def see(self, seen: Seen, meets: Vector) -> None:
        """Take a block, and which of its rows meet each condition."""
        if self._begun:
            self._count(seen, meets)
            return
        self._first.append((replace(seen, terms=seen.terms.copy()), meets))  # they are scaled in place
        if sum(len(one.outcome) for one, _ in self._first) >= ENOUGH:
            self._begin()

    def _count(self, seen: Seen, meets: Vector) -> None:
        values = self._values
        beside = np.array([self._beside(which, value, seen, meets) for which, value in values])
        beside = beside.reshape(len(values), meets.shape[1])
        inside, outside, both = _counted(beside, meets, seen.persons)
        self._inside += inside
        self._outside += outside
        self._both += both

    def found(self) -> Beside:
        """The fewest of each; without rows nobody."""
        if not self._begun:
            self._begin()
        values = self._values
        met: dict[tuple[Condition, Which], tuple[int, int]] = {}
        both: dict[tuple[Which, Which], int] = {}
        for at, (which, _) in enumerate(values):
            for place, one in enumerate(self._conditions):
                counts = int(self._inside[at, place]), int(self._outside[at, place])
                known = met.get((one, which), counts)
                met[one, which] = min(known[0], counts[0]), min(known[1], counts[1])
            for place, (other, _) in enumerate(values):
                count = int(self._both[at, place])
                if apart(self._design, which, other):
                    both[which, other] = min(both.get((which, other), count), count)
        return Beside(met, both)

    def _begin(self) -> None:
        """Find the values among the first rows, and count those."""
        first, self._first, self._begun = self._first, [], True
        if not first:
            return
        rows = np.concatenate([seen.bases for seen, _ in first], axis=1)
        self._values = [
            (which, value)
            for which, factors in self._numbers.items()
            for value in sorted(shared(_by_value(factors, rows, self._places)))
        ]
        kinds = len(self._values)
        self._inside, self._outside = np.zeros((2, kinds, len(self._conditions)), dtype=np.int64)
        self._both = np.zeros((kinds, kinds), dtype=np.int64)
        for seen, meets in first:
            self._count(seen, meets)

    def _beside(self, which: Which, value: float, seen: Seen, meets: Vector) -> Vector:
        """The rows where a number is asked for and is not this value."""
        single = {"outcome": seen.outcome, "offset": seen.offset, "weights": seen.weight}
        line = seen.terms[which] if isinstance(which, int) else single[which]
        found: Vector = np.where(line == value, 0.0, meets[self._under[which]])
        return found


def _by_value(factors: tuple[Factor, ...], rows: Vector, places: dict[Base, int]) -> dict[float, int]:
    """How many rows have each value of a number, wherever its levels are."""
    told = product(tuple(one for one in factors if one.level is None), rows, places)
    values, counts = np.unique(told, return_counts=True)
    return dict(zip(values.tolist(), counts.tolist(), strict=True))


def _counted(beside: Vector, meets: Vector, persons: Places | None) -> tuple[Counts, Counts, Counts]:
    """Persons beside each value who meet each condition, who do not, and who are beside another too."""
    if persons is None:
        inside = beside @ meets.T
        return _whole(inside), _whole(beside.sum(axis=1)[:, None] - inside), _whole(beside @ beside.T)
    return (
        _people(beside, meets, persons),
        _people(beside, 1 - meets, persons),
        _people(beside, beside, persons),
    )


def _people(lines: Vector, others: Vector, persons: Places) -> Counts:
    """The persons with a row that is in a line and in another one, for every two."""
    found = [(np.add.reduceat(line * others, persons, axis=1) > 0).sum(axis=1) for line in lines]
    return np.array(found, dtype=np.int64).reshape(len(lines), len(others))


def _whole(counts: Vector) -> Counts:
    return np.rint(counts).astype(np.int64)
