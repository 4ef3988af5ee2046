"""One step of a model of hazards whose baseline is constant in intervals, and shared by all sites.

Holford (1980), "The analysis of rates and of survivorship using log-linear models", Biometrics 36:299-305;
Laird and Olivier (1981), "Covariance analysis of censored survival data using log-linear analysis
techniques", Journal of the American Statistical Association 76:231-240. The likelihood is that of Poisson
counts of zero and one, a row of which stands for a person in an interval, with the logarithm of the time
there as offset.

These rows are never made: of a row's x beta all that differs by interval is a number, so that a block needs
its columns once, and how long each row was followed in each interval. The same row by row is in
`engine.by_interval`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from fedcli.engine.blocks import Block, Vector, exposures
from fedcli.engine.step import sums_of
from fedcli.model.terms import Design
from fedcli.statistics.evidence import Top
from fedcli.statistics.score import SUMS, pairs
from fedcli.statistics.trained import Trained


class Exposures:
    """The sums of a step at the logarithms of the hazards in intervals, and the coefficients of columns."""

    #: Nobody has several rows; evidence of late entry is gathered with the tables.
    meat: tuple[Top, ...] = ()
    within: tuple[Top, ...] = ()
    at_risk: int | None = None
    entered: tuple[int, Top] | None = None
    trained: Trained | None = None

    def __init__(self, design: Design, state: tuple[float, ...] | None) -> None:
        assert design.times is not None
        self._times, k, p = design.times, len(design.intervals), len(design.terms)
        beta = np.array(state or (0.0,) * (k + p))
        self._baseline, self._beta, self._upper = np.exp(beta[:k]), beta[k:], pairs(k + p)
        self._log, self._n, self._sums = beta[:k], 0, np.zeros(len(SUMS))
        self._likelihood, self._expected = 0.0, np.zeros(k)
        self._events, self._score = np.zeros(k), np.zeros(p)
        self._across, self._gram = np.zeros((k, p)), np.zeros((p, p))

    def over(self, blocks: Iterable[Block], entries: Iterable[Block] = ()) -> dict[str, tuple[Any, ...]]:
        """The cells of the score of some blocks, in whatever order."""
        del entries
        for block in blocks:
            with np.errstate(over="ignore", invalid="ignore"):  # what is not finite is told as D-OVERFLOW
                self._add(block)
        gram = np.block([[np.diag(self._expected), self._across], [self._across.T, self._gram]])
        return {
            "n": (self._n,),
            "gram": tuple(float(gram[place]) for place in self._upper),
            "score": tuple(map(float, [*(self._events - self._expected), *self._score])),
            "deviance": (-2 * self._likelihood,),
            "sums": tuple(map(float, self._sums)),
        }

    def _add(self, block: Block) -> None:
        """Of a row are expected as many events as its time in each interval, times the hazards."""
        assert block.times is not None
        eta = self._beta @ block.x
        expected = exposures(self._times, block.times, block.begun) * self._baseline[:, None] * np.exp(eta)
        whole = expected.sum(axis=0)
        events = self._came(block)
        self._n += len(block.y)
        self._sums += sums_of("binomial", block)
        self._events += events
        self._expected += expected.sum(axis=1)
        self._score += block.x @ (block.y - whole)
        self._across += expected @ block.x.T
        self._gram += (block.x * whole) @ block.x.T
        self._likelihood += float(eta @ block.y + self._log @ events - whole.sum())

    def _came(self, block: Block) -> Vector:
        """The events in each interval."""
        assert block.times is not None
        breaks = np.array(self._times.breaks)
        at = np.searchsorted(breaks, block.times, side="left")  # a break is in what it ends
        told: Vector = np.bincount(at, block.y, len(self._log)).astype(np.float64)
        return told
