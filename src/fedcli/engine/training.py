"""Training at a site: some steps down the slope of the mean loss of its rows, each over all of them.

McMahan et al. (2017) with whole batches; with a proximal cost Li et al. (2020); with steps that are corrected
Karimireddy et al. (2020), whose slope at the last state (option I) is computed anew, so that a site keeps
nothing between rounds. Every step is over all rows: no row weighs more than another, and nothing is drawn.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import numpy as np

from fedcli.engine.blocks import Block, Vector
from fedcli.engine.step import AT
from fedcli.model.terms import Design
from fedcli.statistics.evidence import Top
from fedcli.statistics.families import ModelName
from fedcli.statistics.score import Local
from fedcli.statistics.trained import Trained, effective


class Slope(NamedTuple):
    """At some coefficients: the rows, the sum of residuals times columns, and the deviance of all."""

    n: int
    score: Vector
    deviance: float


class Training:
    """What a site tells of the rows that it trains on: in the first round of their columns alone."""

    #: Nobody has several rows, and nobody is followed.
    meat: tuple[Top, ...] = ()
    within: tuple[Top, ...] = ()
    at_risk: int | None = None
    entered: tuple[int, Top] | None = None

    def __init__(
        self,
        design: Design,
        family: ModelName,
        state: tuple[float, ...] | None,
        local: Local | None,
        again: Callable[[], Iterable[Block]],
    ) -> None:
        assert design.training is not None
        self._how, self._family, self._again = design.training, family, again
        self._beta = None if state is None else np.array(state)
        p = len(design.terms)
        local = local or Local((0.0,) * p, (1.0,) * p, (0.0,) * p)
        self._means, self._spreads = np.array(local.means)[:, None], np.array(local.spreads)[:, None]
        self._costs, self._anchor = np.array(local.costs), local.anchor
        self._control = np.array(local.control)
        self._fewest: list[int] = []
        self._tops: list[Top] = []

    @property
    def trained(self) -> Trained | None:
        """Who moved the coefficients; nobody in the first round."""
        return None if self._beta is None else Trained(min(self._fewest), tuple(self._tops))

    def over(self, blocks: Iterable[Block], entries: Iterable[Block] = ()) -> dict[str, tuple[Any, ...]]:
        """The sums of the columns, or n times the way that the coefficients went; `blocks` begin with."""
        del entries
        if self._beta is None:
            return self._columns(blocks)
        with np.errstate(all="ignore"):  # what is not finite is told as D-OVERFLOW
            start = self._slope(blocks, self._beta, told=True)
            update = self._went(start, self._beta)
        cells: dict[str, tuple[Any, ...]] = {
            "n": (start.n,),
            "columns": (None,) * (2 * len(self._beta)),
            "update": tuple(map(float, update)),
        }
        cells |= {"score": tuple(map(float, start.score))} if self._how.corrected else {}
        return cells | {"deviance": (start.deviance,)}

    def _columns(self, blocks: Iterable[Block]) -> dict[str, tuple[Any, ...]]:
        """Sums of the columns, and of their squares, as the design's bounds scale them."""
        p = len(self._spreads)
        n, sums = 0, np.zeros((2, p))
        for block in blocks:
            n += block.x.shape[1]
            sums += np.array([block.x.sum(axis=1), (block.x * block.x).sum(axis=1)])
        later = {"update": (None,) * p} | ({"score": (None,) * p} if self._how.corrected else {})
        return {"n": (n,), "columns": tuple(map(float, sums.ravel())), **later, "deviance": (None,)}

    def _went(self, start: Slope, begun: Vector) -> Vector:
        """N times how far the coefficients go in all steps of a round."""
        if not start.n:
            return np.zeros(len(begun))
        at, slope, correction = begun, start, self._correction()
        for step in range(self._how.epochs):
            slope = slope if step == 0 else self._slope(self._again(), at)
            down = slope.score / slope.n - self._costs * at - self._how.proximal * (at - begun) - correction
            at = at + self._how.rate * down
        told: Vector = start.n * (at - begun)
        return told

    def _correction(self) -> Vector:
        """The slope of all sites at the anchor, less this site's there."""
        if not self._how.corrected or not self._anchor:
            return np.zeros(len(self._costs))
        here = self._slope(self._again(), np.array(self._anchor))
        told: Vector = self._control + here.score / here.n
        return told

    def _slope(self, blocks: Iterable[Block], at: Vector, told: bool = False) -> Slope:
        """The sums at some coefficients, and who moves them; of the losses only where they are `told`."""
        beside = at / self._spreads[:, 0]
        shift = float(beside @ self._means[:, 0])
        seen, n, score, deviance = Seen(len(at)), 0, np.zeros(len(at)), 0.0
        for block in blocks:
            _, residual, losses = AT[self._family](block.y, beside @ block.x - shift)
            assert losses is not None
            parts = (block.x - self._means) / self._spreads * residual
            seen.take(parts, residual[None], losses)
            n, score, deviance = n + len(residual), score + parts.sum(axis=1), deviance + float(losses.sum())
        self._saw(seen, n, told)
        return Slope(n, score, deviance)

    def _saw(self, seen: Seen, n: int, told: bool) -> None:
        """Remember who moved a step; of losses only where they are `told`."""
        self._fewest.append(seen.fewest(n, told))
        self._tops += seen.tops(told)


class Seen:
    """Of one step: how large what moves it is, and losses are, and the largest parts of each coordinate.

    There are `ways` in which persons move a step: for each they must be enough.
    """

    def __init__(self, p: int, ways: int = 1) -> None:
        #: Of each coordinate and of the loss: the sum of sizes; the second largest, and the largest.
        self._whole, self._largest = np.zeros(p + 1), np.zeros((p + 1, 2))
        self._ways, self._sizes, self._squares = ways, np.zeros(ways + 1), np.zeros(ways + 1)

    def take(self, parts: Vector, moving: Vector, losses: Vector) -> None:
        """Take a block: the parts of each coordinate, how much rows move in each way, and the losses."""
        lines = np.abs(np.vstack([parts, losses]))
        self._whole += lines.sum(axis=1)
        self._largest = np.partition(np.hstack([self._largest, lines]), -2, axis=1)[:, -2:]
        sizes = np.abs(np.vstack([moving, losses]))
        self._sizes += sizes.sum(axis=1)
        self._squares += (sizes * sizes).sum(axis=1)

    def fewest(self, n: int, told: bool) -> int:
        """The effective number of persons behind each way, and behind losses where they are told."""
        pairs = list(zip(map(float, self._sizes), map(float, self._squares), strict=True))
        return min(effective(*pair, n) for pair in pairs[: self._ways + told])

    def tops(self, told: bool) -> list[Top]:
        """The sum and the largest parts of each coordinate, and of the loss where it is told."""
        rows = list(zip(map(float, self._whole), self._largest.tolist(), strict=True))
        return [(whole, first, second) for whole, (second, first) in (rows if told else rows[:-1])]
