"""One step of a model of several levels over blocks of rows: baseline-category logits.

Agresti (2013), Categorical Data Analysis, section 8.1. With x the columns of a row, pi the probabilities of
the levels but the first, and y which of them the row has, the score of level k is the sum of (y_k - pi_k) x,
and the information of levels k and l the sum of pi_k (1 - pi_k) x x' or, where they differ, -pi_k pi_l x x'.
The same figures row by row are in `engine.by_choice`.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import combinations_with_replacement
from typing import Any

import numpy as np

from fedcli.engine.blocks import Block
from fedcli.model.terms import Design
from fedcli.statistics.evidence import Top
from fedcli.statistics.score import pairs
from fedcli.statistics.trained import Trained


class Choices:
    """The sums of a step at some coefficients, zeros before there are any; level after level."""

    #: Errors are not made of products of scores, nobody is followed.
    meat: tuple[Top, ...] = ()
    within: tuple[Top, ...] = ()
    at_risk: int | None = None
    entered: tuple[int, Top] | None = None
    trained: Trained | None = None

    def __init__(self, design: Design, state: tuple[float, ...] | None) -> None:
        assert design.choices is not None
        self._many, self._terms = len(design.choices), len(design.terms)
        size = self._many * self._terms
        self._first = state is None
        self._beta = np.array(state or (0.0,) * size).reshape(self._many, self._terms)
        self._n, self._likelihood = 0, 0.0
        self._gram = np.zeros((self._many, self._terms, self._many, self._terms))
        self._score = np.zeros((self._many, self._terms))

    def over(self, blocks: Iterable[Block], entries: Iterable[Block] = ()) -> dict[str, tuple[Any, ...]]:
        """The cells of the score of some blocks, whose outcome has a line for each level but the first."""
        del entries
        for block in blocks:
            with np.errstate(over="ignore", invalid="ignore"):  # what is not finite is told as D-OVERFLOW
                self._add(block)
        n, size = float(self._n), self._many * self._terms
        gram = self._gram.reshape(size, size)
        return {
            "n": (self._n,),
            "gram": tuple(float(gram[place]) for place in pairs(size)),
            "score": tuple(map(float, self._score.ravel())),
            "deviance": (None if self._first else -2 * self._likelihood,),
            "sums": (0.0, 0.0, 0.0, n, 0.0, n, 0.0),
        }

    def _add(self, block: Block) -> None:
        eta = self._beta @ block.x
        top = np.maximum(eta.max(axis=0), 0.0)
        parts = np.exp(eta - top)
        whole = np.exp(-top) + parts.sum(axis=0)
        probability = parts / whole
        self._n += block.x.shape[1]
        self._score += (block.y - probability) @ block.x.T
        self._likelihood += float((eta * block.y).sum() - (top + np.log(whole)).sum())
        for k, level in combinations_with_replacement(range(self._many), 2):
            weight = probability[k] * (float(k == level) - probability[level])
            product = (block.x * weight) @ block.x.T
            self._gram[k, :, level] += product
            if k != level:
                self._gram[level, :, k] += product
