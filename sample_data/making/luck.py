"""Chance, from a seed: only `random.Random.random` is drawn from, whose sequence Python promises to keep."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping, Sequence
from typing import Any


class Luck:
    """Draws of one site."""

    def __init__(self, seed: str) -> None:
        self._next = random.Random(seed).random

    def chance(self, probability: float) -> bool:
        """Whether something of this probability happens."""
        return self._next() < probability

    def whole(self, below: int) -> int:
        """One of 0, 1, ..., below - 1."""
        return int(self._next() * below)

    def one(self, of: Sequence[Any]) -> Any:
        """Any of a few things, all equally likely."""
        return of[self.whole(len(of))]

    def pick(self, weights: Mapping[Any, float]) -> Any:
        """A key, as likely as its weight; the weights add up to one."""
        left = self._next()
        for key, weight in weights.items():
            left -= weight
            if left < 0:
                return key
        return key

    def bell(self, mean: float, sd: float, low: float, high: float) -> float:
        """Nearly normal (the sum of twelve uniform draws), and drawn again until within the ends."""
        while True:
            drawn = mean + sd * (sum(self._next() for _ in range(12)) - 6)
            if low <= drawn <= high:
                return drawn


def likely(log_odds: float) -> float:
    """The probability of some log odds."""
    return 1 / (1 + math.exp(-log_odds))
