"""The largest parts of totals: what the rules of dominance ask for."""

from __future__ import annotations

import numpy as np

from fedcli.engine.blocks import Places, Vector
from fedcli.statistics.supports import Top


class Tops:
    """For each of some conditions and totals: the sum of the sizes of persons' parts, and the two largest."""

    def __init__(self, conditions: int, totals: int) -> None:
        self._sum, self._first, self._second = (np.zeros((conditions, totals)) for _ in range(3))

    def of(self, one: int, which: int) -> Top:
        """The sum, and the two largest parts."""
        return float(self._sum[one, which]), float(self._first[one, which]), float(self._second[one, which])

    def add(self, meets: Vector, totals: Vector, persons: Places | None) -> None:
        """Take the rows of a block: which meet each condition, and what they add to each total."""
        if persons is not None:
            for one, inside in enumerate(meets):
                self.take(one, np.abs(np.add.reduceat(totals * inside, persons, axis=1)))
            return
        sizes = np.abs(totals)
        self._sum += meets @ sizes.T
        larger = sizes.max(axis=1) > self._second  # else nobody in the block can be among the two
        for one, which in np.argwhere(larger):
            self._merge(one, which, sizes[which] * meets[one])

    def take(self, one: int, parts: Vector) -> None:
        """Take the sizes of some persons' parts of each total, under one condition."""
        self._sum[one] += parts.sum(axis=1)
        for which, part in enumerate(parts):
            self._merge(one, which, part)

    def _merge(self, one: int, which: int, part: Vector) -> None:
        top = np.partition(part, -2)[-2:] if len(part) > 2 else part
        known = [self._first[one, which], self._second[one, which]]
        self._second[one, which], self._first[one, which] = sorted([*known, *top])[-2:]
