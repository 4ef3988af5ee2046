"""Training at a site of a model of hazards: some steps down the slope of minus the partial likelihood.

Cox (1972), with Breslow's (1974) way with events at the same time. A site's risk sets are its own rows; those
followed longest come first, and each block has all rows of its times.

The slope is the sum over rows of columns times a residual: whether the event came, less the row's hazard
times what the baseline came to while it was followed (Barlow and Prentice 1988). So each row has a part in a
step as it has in any other model. What the baseline came to is added up from the first event on, and rows
come from the last: they are gone through twice, once for the sums of blocks.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import numpy as np

from fedcli.engine.blocks import Block, Vector
from fedcli.engine.training import Seen, Slope, Training


class Following(Training):
    """The steps of a site, in each of which persons must be many by residuals, and events by what is new.

    An event whose hazard is that of all who are followed was sure to be this person's, and moves nothing. It
    counts with what the others' hazard is of all.
    """

    def over(self, blocks: Iterable[Block], entries: Iterable[Block] = ()) -> dict[str, tuple[Any, ...]]:
        """As for any training; and how many were followed at the last event."""
        self.at_risk = None
        return super().over(self._watched(blocks), entries)

    def _watched(self, blocks: Iterable[Block]) -> Iterator[Block]:
        n = 0
        for block in blocks:
            if self.at_risk is None and block.y.any():
                last = _times(block)[np.argmax(block.y > 0)]
                self.at_risk = n + int((_times(block) >= last).sum())
            n += len(block.y)
            yield block

    def _slope(self, blocks: Iterable[Block], at: Vector, told: bool = False) -> Slope:
        """The sums at some coefficients, and who moves them."""
        earlier = self._earlier(blocks, at)
        seen, n, score, deviance, risk = Seen(np.ones(len(at)), ways=2), 0, np.zeros(len(at)), 0.0, 0.0
        for block, before in zip(self._again(), earlier, strict=True):
            passed = self._passed(block, at, risk)
            whole = before + np.cumsum(passed.rises[::-1])[::-1]
            residual = block.y - passed.w * whole[passed.of]
            followed, risk = passed.risk[passed.of], float(passed.risk[-1])
            losses = 2 * block.y * (np.log(followed) - passed.eta)
            parts = (block.x - self._means) / self._spreads * residual
            seen.take(np.abs(parts), np.array([residual, block.y * (1 - passed.w / followed)]), losses)
            n, score, deviance = n + len(residual), score + parts.sum(axis=1), deviance + float(losses.sum())
        self._saw(seen, n, told)
        return Slope(n, score, deviance)

    def _earlier(self, blocks: Iterable[Block], at: Vector) -> Vector:
        """What the baseline came to before the times of each block: the sum of those that come later."""
        sums, risk = [], 0.0
        for block in blocks:
            passed = self._passed(block, at, risk)
            sums.append(float(passed.rises.sum()))
            risk = float(passed.risk[-1])
        told: Vector = np.append(np.cumsum(sums[::-1])[::-1][1:], 0.0)[: len(sums)]
        return told

    def _passed(self, block: Block, at: Vector, risk: float) -> _Passed:
        """A block at some coefficients, when those who were followed longer have the hazard `risk`."""
        beside = at / self._spreads[:, 0]
        eta = beside @ block.x - float(beside @ self._means[:, 0])
        starts = np.flatnonzero(np.diff(_times(block), prepend=np.inf))
        w = np.exp(eta)
        whole = risk + np.cumsum(np.add.reduceat(w, starts))
        of = np.repeat(np.arange(len(starts)), np.diff(starts, append=len(w)))
        return _Passed(eta, w, of, whole, np.add.reduceat(block.y, starts) / whole)


class _Passed(NamedTuple):
    """Of each row its predictor, its hazard, and its time; of each time the hazard of all who are followed.

    `rises` is what the baseline hazard comes to there: the number of events by that hazard.
    """

    eta: Vector
    w: Vector
    of: Any
    risk: Vector
    rises: Vector


def _times(block: Block) -> Vector:
    assert block.times is not None
    return block.times
