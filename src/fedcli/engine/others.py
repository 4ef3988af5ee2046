"""Counting the persons beside a value of a number: `statistics.beside` says which values, and what for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fedcli.engine.blocks import ROWS, Base, Places, Seen, Vector, product
from fedcli.engine.products import Products
from fedcli.model.terms import Design, Factor
from fedcli.statistics.beside import Beside, Which, apart, numbers, shared
from fedcli.statistics.evidence import Top
from fedcli.statistics.indicators import Condition, levels

Counts = NDArray[np.int64]
Counted = tuple[Counts, Counts, Counts]


#: How many rows tell which values are shared.
ENOUGH = ROWS // 2


class Others:
    """Persons beside the values of a design's numbers, block by block.

    The values are those of the first `ENOUGH` rows: what less than half of them have has thousands beside it.
    """

    def __init__(self, design: Design, conditions: list[Condition], places: dict[Base, int]) -> None:
        self._conditions, self._places = conditions, places
        self._numbers = numbers(design)
        self._under = {which: conditions.index(levels(factors)) for which, factors in self._numbers.items()}
        self._values: list[tuple[Which, float]] = []
        self._products = Products(design, conditions)
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
        self._products.see(seen, meets)
        having = [self._line(which, seen) == value for which, value in self._values]
        if seen.persons is None:
            inside, outside, both = _rows(having, self._places_under, meets)
        else:
            under = meets[self._places_under]
            beside = np.where(np.array(having).reshape(under.shape), 0.0, under)
            inside, outside, both = _persons(beside, meets, seen.persons)
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
                if apart(self._numbers[which], self._numbers[other]):
                    both[which, other] = min(both.get((which, other), count), count)
        return Beside(met, both)

    def scored(self) -> Mapping[int, Top]:
        """Who holds most of the sums with the outcome; once the others are found."""
        return self._products.found()

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
        self._products.begin([value for which, value in self._values if which == "outcome"])
        self._places_under = [self._under[which] for which, _ in self._values]
        kinds = len(self._values)
        self._inside, self._outside = np.zeros((2, kinds, len(self._conditions)), dtype=np.int64)
        self._both = np.zeros((kinds, kinds), dtype=np.int64)
        for seen, meets in first:
            self._count(seen, meets)

    def _line(self, which: Which, seen: Seen) -> Any:
        """A number in each row; zero where a term's levels are not."""
        single = {"outcome": seen.outcome, "offset": seen.offset, "weights": seen.weight}
        return seen.terms[which] if isinstance(which, int) else single[which]


def _by_value(factors: tuple[Factor, ...], rows: Vector, places: dict[Base, int]) -> dict[float, int]:
    """How many rows have each value of a number, wherever its levels are."""
    told = product(tuple(one for one in factors if one.level is None), rows, places)
    values, counts = np.unique(told, return_counts=True)
    return dict(zip(values.tolist(), counts.tolist(), strict=True))


def _rows(having: list[Any], under: list[int], meets: Vector) -> Counted:
    """Rows beside each value who meet each condition, who do not, and who are beside another value too.

    `having` says who has each value, `under` under which condition it is asked for. Most rows have none
    of them, so that those who do are taken off all.
    """
    alone = meets @ meets.T
    inside, both = alone[under], alone[np.ix_(under, under)]
    outside = alone.diagonal()[under][:, None] - inside
    told = np.flatnonzero(np.logical_or.reduce([np.zeros(meets.shape[1], dtype=bool), *having]))
    some = meets[:, told]
    here = some[under] * np.array([has[told] for has in having]).reshape(len(under), len(told))
    met = here @ some.T
    lost = met[:, under]
    inside -= met
    outside -= here.sum(axis=1)[:, None] - met
    both += here @ here.T - lost - lost.T
    return _whole(inside), _whole(outside), _whole(both)


def _persons(beside: Vector, meets: Vector, persons: Places) -> Counted:
    """The same of persons, who count where one of their rows does."""
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
