"""Late entry: who enters after a time is not at risk at it, and is taken off again (left truncation).

Rows come twice: by when follow-up ended, and by when it began, the latest first. Both streams are gone
through side by side, a block of each at a time. A row that began at e has w times the sum of 1 / S over the
events after e, less that over the events after its end; the first is known when the streams come to e.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import NamedTuple

import numpy as np

from fedcli.engine.blocks import Block, Places, Vector
from fedcli.statistics.evidence import Top


def side_by_side(
    blocks: Iterable[Block], entries: Iterable[Block]
) -> Iterator[tuple[Block | None, Block | None]]:
    """Parts of both, so that all entries from a time on are there with its rows, and all later events.

    Each block of rows has all of its times; one of the two blocks is used up at every step.
    """
    ending, beginning = iter(blocks), iter(entries)
    rows, new = next(ending, None), next(beginning, None)
    while rows is not None or new is not None:
        first, last = _last(new), _last(rows)
        some, rows = _cut(rows, first, inclusive=False)
        begun, new = _cut(new, last, inclusive=True)
        yield some, begun
        rows, new = rows or next(ending, None), new or next(beginning, None)


def _last(block: Block | None) -> float:
    """The earliest time of a block; where there is none any more, nothing is earlier."""
    return -math.inf if block is None or block.times is None else float(block.times[-1])


def _cut(block: Block | None, time: float, inclusive: bool) -> tuple[Block | None, Block | None]:
    """The rows after a time, and the others."""
    if block is None or block.times is None:
        return None, None
    at = int(np.searchsorted(-block.times, -time, side="right" if inclusive else "left"))
    return _some(block, slice(at)), _some(block, slice(at, None))


def _some(block: Block, which: slice) -> Block | None:
    assert block.times is not None
    times = block.times[which]
    return Block(block.x[:, which], block.y[which], None, None, None, times) if len(times) else None


class Passed(NamedTuple):
    """The times of a block, the latest first; at each the events, and 1 / S of these with powers of g."""

    when: Vector
    events: Places
    each: Vector


class Entered:
    """Who began after the time that the streams have come to; which events they missed is evidence."""

    def __init__(self, columns: int, powers: int) -> None:
        self.n, self.risk, self.moments = 0, 0.0, np.zeros(columns)
        #: Products of x times w and the sum of 1 / S over later events, for each power of g.
        self.products = np.zeros((powers, columns, columns))
        self._later: list[int] = []
        self._all, self._most, self._alike, self._events = 0, 0, 0, 0

    def before(self, new: Block, w: Vector, when: Vector) -> tuple[Places, Vector, Vector]:
        """How many began at some times or after them, their w and w x."""
        assert new.times is not None
        many = np.searchsorted(-new.times, -when, side="right")
        sums = np.concatenate([np.zeros((len(new.x) + 1, 1)), np.cumsum([w, *(w * new.x)], axis=1)], axis=1)
        risk, moments = sums[0, many], sums[1:, many]
        return self.n + many, self.risk + risk, self.moments[:, None] + moments

    def take(self, new: Block, w: Vector, here: Passed, passed: Vector) -> None:
        """Take some rows off, when all events after they began are known; `passed` are those before."""
        assert new.times is not None
        after = np.searchsorted(-here.when, -new.times, side="left")
        zero = np.zeros((len(passed), 1))
        sums = passed[:, None] + np.concatenate([zero, np.cumsum(here.each, axis=1)], axis=1)[:, after]
        self.products += (new.x * w * sums[:, None]) @ new.x.T
        self.n, self.risk = self.n + len(w), self.risk + float(w.sum())
        self.moments = self.moments + new.x @ w
        self._count(self._events + np.append(0, np.cumsum(here.events))[after])

    def go_on(self, here: Passed) -> None:
        """So many events more are passed."""
        self._events += int(here.events.sum())

    def _count(self, later: Places) -> None:
        """By how many events came after they began, which are more from row to row."""
        self._later = [*self._later, *later[:2].tolist()][:2]
        self._all += int(later.sum())
        most = int(later[-1])
        self._alike = int((later == most).sum()) + (self._alike if most == self._most else 0)
        self._most = most

    @property
    def late(self) -> tuple[int, Top]:
        """How many rows missed an event, and how many events they missed: in all, and the two most."""
        alike = self._alike if self._most == self._events else 0
        first, second, *_ = [*(self._events - one for one in self._later), 0, 0]
        return self.n - alike, (float(self.n * self._events - self._all), float(first), float(second))
