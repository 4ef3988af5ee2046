"""The largest parts of totals: what the rules of dominance ask for."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from fedcli.engine.blocks import Places, Vector
from fedcli.statistics.evidence import Top


class Tops:
    """For each of some conditions and totals: the sum of the sizes of persons' parts, and the two largest."""

    def __init__(self, conditions: int, totals: int) -> None:
        self._sum, self._first, self._second = (np.zeros((conditions, totals)) for _ in range(3))

    def of(self, one: int, which: int) -> Top:
        """The sum, and the two largest parts."""
        return float(self._sum[one, which]), float(self._first[one, which]), float(self._second[one, which])

    def add(self, meets: Vector, lines: Iterable[Vector], persons: Places | None) -> None:
        """Take the rows of a block: which meet each condition, and what they add to each total."""
        if persons is None:
            self._rows(meets, np.abs(np.array(tuple(lines)).reshape(-1, meets.shape[-1])))
            return
        for which, line in enumerate(lines):
            self.take(which, np.abs(np.add.reduceat(meets * line, persons, axis=1)))

    def _rows(self, meets: Vector, sizes: Vector) -> None:
        """Each row is a person of its own."""
        self._sum += meets @ sizes.T
        for one, which in np.argwhere(self._second < sizes.max(axis=1)):  # else nobody is among the two
            self._merge(int(one), int(which), sizes[which] * meets[one])

    def take(self, which: int, parts: Vector) -> None:
        """Take the sizes of some persons' parts of a total, under each condition."""
        self._sum[:, which] += parts.sum(axis=1)
        for one, part in enumerate(parts):
            self._merge(one, which, part)

    def _merge(self, one: int, which: int, part: Vector) -> None:
        top = np.partition(part, -2)[-2:] if len(part) > 2 else part
        known = [self._first[one, which], self._second[one, which]]
        self._second[one, which], self._first[one, which] = sorted([*known, *top])[-2:]
