"""Training at a site: some steps down the slope of the mean loss of its rows, each over all of them.

McMahan et al. (2017) with whole batches; with a proximal cost Li et al. (2020); with steps that are corrected
Karimireddy et al. (2020), whose slope at the last state (option I) is computed anew, so that a site keeps
nothing between rounds. Every step is over all rows: no row weighs more than another, and nothing is drawn.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

import numpy as np

from fedcli.engine.blocks import Block, Vector
from fedcli.engine.layers import Network
from fedcli.engine.step import AT, LEFT
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
        local = local or Local((0.0,) * p, (1.0,) * p, (0.0,) * design.trained)
        self._means, self._spreads = np.array(local.means)[:, None], np.array(local.spreads)[:, None]
        self._costs, self._anchor = np.array(local.costs), local.anchor
        self._control = np.array(local.control)
        self._network = Network(design.layers, p - 1) if design.layers else None
        self._memory = np.empty((p, 0))
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
            "columns": (None,) * (2 * len(self._spreads)),
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
        later = {"update": (None,) * len(self._costs)} | (
            {"score": (None,) * p} if self._how.corrected else {}
        )
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
        linear = self._network is None
        seen, n = Seen(self._spreads[:, 0] if linear else np.ones(len(at))), 0
        score, deviance = np.zeros(len(at)), 0.0
        for block in blocks:
            for one in (self._flat if linear else self._layered)(block, at, seen, told):
                n, score, deviance = n + one.n, score + one.score, deviance + one.deviance
        self._saw(seen, n, told)
        return Slope(n, score, deviance)

    def _saw(self, seen: Seen, n: int, told: bool) -> None:
        """Remember who moved a step; of losses only where they are `told`."""
        self._fewest.append(seen.fewest(n, told))
        self._tops += seen.tops(told)

    def _flat(self, block: Block, at: Vector, seen: Seen, told: bool) -> Iterator[Slope]:
        """Of some rows the sum of slopes, and the losses where they are told."""
        beside = at / self._spreads[:, 0]
        residual, losses = self._left(block.y, beside @ block.x - beside @ self._means[:, 0], told)
        seen.take(self._away(block.x), residual[None], losses, by=np.abs(residual))
        sums = block.x @ residual - self._means[:, 0] * residual.sum()
        yield Slope(len(residual), sums / self._spreads[:, 0], _sum(losses))

    def _layered(self, block: Block, at: Vector, seen: Seen, told: bool) -> Iterator[Slope]:
        """The same of a network, whose inputs are all columns but the intercept."""
        assert self._network is not None
        x = ((block.x - self._means) / self._spreads)[1:]
        for some in self._network.chunks(x.shape[1]):
            layers = self._network.forward(at, x[:, some])
            residual, losses = self._left(block.y[some], layers[-1][0], told)
            parts = self._network.slopes(at, layers, residual)
            seen.take(np.abs(parts), residual[None], losses)
            yield Slope(len(residual), parts.sum(axis=1), _sum(losses))

    def _left(self, y: Vector, eta: Vector, told: bool) -> tuple[Vector, Vector | None]:
        """What a model leaves of each row, and its loss where that is told."""
        if not told:
            return LEFT[self._family](y, eta), None
        _, residual, losses = AT[self._family](y, eta)
        return residual, losses

    def _away(self, x: Vector) -> Vector:
        """How far columns are from their means, in memory that the next block uses again."""
        if self._memory.shape[1] < x.shape[1]:
            self._memory = np.empty(x.shape)
        away: Vector = np.subtract(x, self._means, out=self._memory[:, : x.shape[1]])
        return np.abs(away, out=away)


def _sum(losses: Vector | None) -> float:
    return 0.0 if losses is None else float(losses.sum())


class Seen:
    """Of one step: how large what moves it is, and losses are, and the largest parts of each coordinate.

    Coordinates have units; there are `ways` in which persons move a step: for each they must be enough.
    """

    def __init__(self, units: Vector, ways: int = 1) -> None:
        #: Of each coordinate and of the loss: its unit, the sum of sizes, the second largest, the largest.
        self._units = np.append(units, 1.0)
        self._whole, self._largest = np.zeros(len(self._units)), np.zeros((len(self._units), 2))
        self._ways, self._sizes, self._squares = ways, np.zeros(ways + 1), np.zeros(ways + 1)

    def take(self, sizes: Vector, moving: Vector, losses: Vector | None, by: Vector | None = None) -> None:
        """Take a block: the sizes of parts of each coordinate, how much rows move in each way, the losses.

        Sizes are multiplied `by` what each row has, and overwritten: a block has many columns, and is read
        for every step. Losses are None where nobody is told of them.
        """
        for way, line in enumerate(moving):
            self._moved(way, line)
        self._whole[:-1] += sizes.sum(axis=1) if by is None else sizes @ by
        if by is not None:
            sizes *= by
        for at in np.flatnonzero(self._largest[:-1, 0] < sizes.max(axis=1, initial=0.0)):
            self._merge(int(at), sizes[at])
        if losses is not None:
            losses = np.abs(losses)
            self._moved(-1, losses)
            self._whole[-1] += losses.sum()
            self._merge(-1, losses)

    def _moved(self, way: int, line: Vector) -> None:
        """How much rows move in a way, all together and squared."""
        self._sizes[way] += np.abs(line).sum()
        self._squares[way] += line @ line

    def _merge(self, at: int, parts: Vector) -> None:
        """The two largest of those that were, and of some more; few of many are larger than the second."""
        larger = parts[parts > self._largest[at, 0]]
        self._largest[at] = np.sort(np.append(self._largest[at], larger))[-2:]

    def fewest(self, n: int, told: bool) -> int:
        """The effective number of persons behind each way, and behind losses where they are told."""
        pairs = list(zip(map(float, self._sizes), map(float, self._squares), strict=True))
        return min(effective(*pair, n) for pair in pairs[: self._ways + told])

    def tops(self, told: bool) -> list[Top]:
        """The sum and the largest parts of each coordinate, and of the loss where it is told."""
        units = self._units
        rows = list(zip((self._whole / units).tolist(), (self._largest.T / units).T.tolist(), strict=True))
        return [(whole, first, second) for whole, (second, first) in (rows if told else rows[:-1])]
