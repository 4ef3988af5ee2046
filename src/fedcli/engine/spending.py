"""How long persons were in each interval of a baseline, and who holds most of it (`statistics.spans`)."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from fedcli.engine.blocks import Seen, Vector, exposures
from fedcli.engine.tops import Tops
from fedcli.model.terms import Design
from fedcli.statistics.evidence import Top
from fedcli.statistics.indicators import Condition
from fedcli.statistics.spans import KINDS, Spent, pieces


class Spending:
    """The largest parts of the time in each interval, among those who meet a condition."""

    def __init__(self, design: Design) -> None:
        assert design.times is not None
        self._times, self.pieces = design.times, pieces(design)
        self._numbers: list[int | None] = [None]
        self._numbers += [at for at, term in enumerate(design.terms) if not term.indicator]
        self._tops = Tops(len(self.pieces), len(design.intervals) * KINDS * len(self._numbers))

    def see(self, seen: Seen, meets: Vector, when: tuple[Vector, Vector | None]) -> None:
        """Take a block: which rows meet each piece, when they ended, and when they began."""
        numbers = [1.0 if at is None else seen.terms[at] for at in self._numbers]
        lines = (part * number for kinds in self._parts(*when) for part in kinds for number in numbers)
        self._tops.add(meets, lines, None)

    def _parts(self, when: Vector, begun: Vector | None) -> Iterator[tuple[Vector, ...]]:
        """For each interval what was spent, by all and by who stopped; what was not, and what was missed."""
        spent = exposures(self._times, when, begun)
        whole = spent if begun is None else exposures(self._times, when, None)
        for (low, high), own, could in zip(self._times.intervals, spent, whole, strict=True):
            stops = (low < when) & (when <= high)
            left = np.where(stops, high - when, 0.0) if np.isfinite(high) else np.zeros(len(when))
            yield own, own * stops, left, could - own

    def found(self) -> Spent:
        """By interval, piece, and number."""
        told: dict[tuple[int, Condition, int | None], tuple[Top, ...]] = {}
        width = len(self._numbers)
        for place, piece in enumerate(self.pieces):
            for line in range(self._intervals * width):
                at, number = divmod(line, width)
                first = at * KINDS * width + number
                tops = tuple(self._tops.of(place, first + kind * width) for kind in range(KINDS))
                told[at, piece, self._numbers[number]] = tops
        return told

    @property
    def _intervals(self) -> int:
        return len(self._times.intervals)
