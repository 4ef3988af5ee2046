"""One step of generalised estimating equations over blocks of rows; all rows of a person are together.

Liang and Zeger (1986), Longitudinal data analysis using generalized linear models, Biometrika 73:13-22,
equation 6. With z the columns of a row times the root of its variance and e its Pearson residual, and with m
rows of a person that go together by alpha, the inverse of their correlation is that of independent rows over
1 - alpha, less alpha / ((1 - alpha) (1 + (m - 1) alpha)) for every two. So a person adds to the score the sum
of z e, less what the sum of z times the sum of e is worth; and to the information the same of z and z. The
same figures with matrices written out are in `engine.by_cluster`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from fedcli.engine.blocks import Block, Places, Vector
from fedcli.engine.step import Step, sums_of
from fedcli.engine.tops import Tops
from fedcli.model.terms import Design
from fedcli.statistics.evidence import Top
from fedcli.statistics.families import ModelName
from fedcli.statistics.score import PAIRS, Shared, pairs


class Clusters(Step):
    """The sums of a step, by person."""

    def __init__(
        self, design: Design, family: ModelName, state: tuple[float, ...] | None, shared: Shared
    ) -> None:
        super().__init__(design, family, state, shared)
        self._alpha = shared.alpha if design.exchangeable else 0.0
        self._pairs = np.zeros(len(PAIRS))
        p = len(design.terms)
        self._places = pairs(p)
        self._tops = Tops(1, len(self._places) + p + len(PAIRS))

    def over(self, blocks: Iterable[Block], entries: Iterable[Block] = ()) -> dict[str, tuple[Any, ...]]:
        """The cells of the score of some blocks."""
        cells = super().over(blocks, entries)
        told = {"pearson": (self._pearson,), "pairs": tuple(map(float, self._pairs))}
        if not self._design.exchangeable:
            del told["pairs"]
        first = self._beta is None
        return cells | {name: (None,) * len(row) if first else row for name, row in told.items()}

    @property
    def within(self) -> tuple[Top, ...]:
        """The largest parts of what two rows of a person add: to information, score, and pairs."""
        if not self._design.exchangeable:
            return ()
        return tuple(self._tops.of(0, at) for at in range(len(self._places) + len(self._score) + len(PAIRS)))

    def _add(self, block: Block) -> None:
        if self._beta is None:
            super()._add(block)
            return
        with np.errstate(over="ignore", invalid="ignore"):  # what is not finite is told as D-OVERFLOW
            weight, residual, deviance = self._rows(block)
            self._take(block, 1.0 if weight is None else np.sqrt(weight), residual)
        self._n += len(block.y)
        self._deviance += 0.0 if deviance is None else float(deviance.sum())
        self._sums += sums_of(self._family, block)

    def _take(self, block: Block, root: Vector | float, residual: Vector) -> None:
        assert block.persons is not None
        z, e, starts, alpha = block.x * root, residual / root, block.persons, self._alpha
        many = np.diff(starts, append=len(e))
        share = alpha / ((1 - alpha) * (1 + (many - 1) * alpha))
        columns, residuals = _by_person(z, starts), _by_person(e, starts)
        self._gram += z @ z.T / (1 - alpha) - (columns * share) @ columns.T
        each = _by_person(z * e, starts) / (1 - alpha) - share * columns * residuals
        self._score += each.sum(axis=1)
        if self._persons is not None:
            self._persons.take(each)
        squares = _by_person(e * e, starts)
        self._pearson += float(squares.sum())
        both = np.array([many * (many - 1) / 2, (residuals**2 - squares) / 2])
        self._pairs += both.sum(axis=1)
        self._look(columns[:, many > 1], residuals[many > 1], both[:, many > 1])

    def _look(self, columns: Vector, residuals: Vector, both: Vector) -> None:
        """What those with several rows add by having them."""
        lines = [columns[i] * columns[j] for i, j in self._places]
        lines += [*(columns * residuals), *both]
        for which, line in enumerate(lines if columns.shape[1] else []):
            self._tops.take(which, np.abs(line[None, :]))


def _by_person(lines: Vector, starts: Places) -> Vector:
    """The sums of each person's rows."""
    told: Vector = np.add.reduceat(lines, starts, axis=-1)
    return told
