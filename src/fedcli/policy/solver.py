"""Linear programs over sums of numbers, solved by HiGHS (Huangfu and Hall 2018, Math. Prog. Comp. 10).

HiGHS is asked through its own package: SciPy's door to it takes twenty times as long to load as a puzzle of
a usual table takes to solve, in every vault anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any, TypeAlias

import highspy
import numpy as np
from numpy.typing import NDArray

Vector: TypeAlias = NDArray[np.float64]
Places: TypeAlias = NDArray[np.int32]
#: Without what people may call back, which tells its name on the standard output.
_Highs: Any = highspy._core._Highs
#: What a solution counts as: the best there is, or the best of so many branches.
_FOUND = (highspy.HighsModelStatus.kOptimal, highspy.HighsModelStatus.kSolutionLimit)


@dataclass(frozen=True, slots=True)
class Sums:
    """Sums of some of many numbers: the places of each, one after the other, with what they count there."""

    starts: Places
    places: Places
    signs: Vector

    @classmethod
    def of(cls, sets: Iterable[Sequence[int]]) -> Sums:
        """The sum over each set of places."""
        return cls.signed([[(1, places)] for places in sets])

    @classmethod
    def signed(cls, rows: Sequence[Sequence[tuple[int, Sequence[int] | NDArray[np.integer]]]]) -> Sums:
        """Sums of several parts, each with its sign; a place that is in two parts counts as both together."""
        parts = [
            (at, sign, np.asarray(places, np.int64)) for at, row in enumerate(rows) for sign, places in row
        ]
        lengths = [len(places) for *_, places in parts]
        places = np.concatenate([np.zeros(0, np.int64), *(places for *_, places in parts)])
        width = int(places.max(initial=0)) + 1
        of = np.repeat(np.array([at for at, *_ in parts], np.int64), lengths)
        keys, each = np.unique(of * width + places, return_inverse=True)
        counted = np.repeat([float(sign) for _, sign, _ in parts], lengths)
        signs = _sums(each, counted, len(keys))
        keys, signs = keys[signs != 0], signs[signs != 0]
        starts = np.searchsorted(keys, np.arange(len(rows) + 1) * width)
        return cls(starts.astype(np.int32), (keys % width).astype(np.int32), signs)

    def __len__(self) -> int:
        return len(self.starts) - 1

    def at(self, numbers: Vector) -> Vector:
        """What they are of some numbers."""
        rows = np.repeat(np.arange(len(self)), np.diff(self.starts))
        return _sums(rows, self.signs * numbers[self.places], len(self))

    def some(self, rows: Sequence[int]) -> Sums:
        """Some of them."""
        ends = [slice(self.starts[row], self.starts[row + 1]) for row in rows]
        starts = accumulate((int(one.stop - one.start) for one in ends), initial=0)
        places = np.concatenate([np.zeros(0, np.int32), *(self.places[one] for one in ends)])
        signs = np.concatenate([np.zeros(0), *(self.signs[one] for one in ends)])
        return Sums(np.fromiter(starts, np.int32), places, signs)

    def row(self, at: int) -> Places:
        """The places of one."""
        return self.places[self.starts[at] : self.starts[at + 1]]

    def beside(self, first: int, sign: float) -> Sums:
        """Each with a number more of its own, which are one after the other from `first` on."""
        ends, own = self.starts[1:], np.arange(first, first + len(self), dtype=np.int32)
        starts = (self.starts + np.arange(len(self.starts))).astype(np.int32)
        places: Places = np.insert(self.places, ends, own)
        return Sums(starts, places, np.insert(self.signs, ends, sign))


def _sums(of: NDArray[np.intp], numbers: Vector, rows: int) -> Vector:
    """The sum of the numbers of each row."""
    return np.asarray(np.bincount(of, numbers, rows), float)


class Program:
    """Numbers between their ends whose cost is to be least; the last so many are whole."""

    def __init__(self, costs: Vector, low: Vector, high: Vector, whole: int = 0) -> None:
        self._solver, number = _Highs(), len(costs)
        for name, value in (("output_flag", False), ("threads", 1)):
            self._solver.setOptionValue(name, value)
        self._solver.addVars(number, low, high)
        self._solver.changeColsCost(number, np.arange(number, dtype=np.int32), costs)
        last = np.arange(number - whole, number, dtype=np.int32)
        kinds = np.full(whole, int(highspy.HighsVarType.kInteger), np.uint8)
        self._solver.changeColsIntegrality(whole, last, kinds)

    def hold(self, sums: Sums, low: Vector | float, high: Vector | float) -> None:
        """Some sums are between these ends."""
        least, most = (np.broadcast_to(np.asarray(end, float), len(sums)) for end in (low, high))
        parts = (len(sums.places), sums.starts[:-1], sums.places, sums.signs)
        self._solver.addRows(len(sums), least, most, *parts)

    def solved(self, branches: int | None = None) -> Vector | None:
        """The numbers, as good as so many branches find them; None where there are none."""
        if branches is not None:
            self._solver.setOptionValue("mip_max_nodes", branches)
        self._solver.run()
        known = (
            self._solver.getInfo().primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible
        )
        if not known or self._solver.getModelStatus() not in _FOUND:
            return None
        return np.array(self._solver.getSolution().col_value)
